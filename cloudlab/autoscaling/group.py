"""An Auto Scaling group: min, desired, max, and instances that are replaced when they fail.

The group has one wish, `desired_capacity`, and does one thing again and again: it compares the wish
with what is there and removes the difference. Read `AutoScalingGroup._look` first. Whoever changes the
wish (you, a schedule, a policy) only moves a number; the look does the rest.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import simpy

from cloudlab.autoscaling.fleet import Fleet
from cloudlab.autoscaling.members import SERVING, Member, surplus
from cloudlab.autoscaling.sizes import ScalingActivityInProgress, Size, ValidationError, check_sizes
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.contracts import Process, Registry
from cloudlab.kernel.limits import Limit, checked, fits
from cloudlab.kernel.world import World

LOOK_EVERY = 10.0
"""Seconds between two looks at the health of the instances. The provider publishes no figure."""


class AutoScalingGroup:
    """As many instances as `desired_capacity` says, between `min_size` and `max_size`.

    `desired_capacity` is `min_size` unless given (AS-1). `health_check_type` 'ELB' also replaces what a
    balancer calls unhealthy, but not within `health_check_grace_period` after it came into service
    (AS-13, AS-14). Instances are spread over `availability_zones` (AS-3). Raises ValidationError.
    """

    @checked(ValidationError)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        min_size: Annotated[int, Size],
        max_size: Annotated[int, Size],
        desired_capacity: Annotated[int | None, Size] = None,
        launch_template: LaunchTemplate | None = None,
        health_check_type: Annotated[str, Limit(choices=("EC2", "ELB"), label="Health check")] = "EC2",
        health_check_grace_period: Annotated[int, Limit(0, 7200, "s", label="Grace period")] = 0,
        default_cooldown: Annotated[int, Limit(0, 86_400, "s", label="Cooldown")] = 300,
        default_instance_warmup: Annotated[int | None, Limit(0, 86_400, "s", label="Warm-up")] = None,
        availability_zones: tuple[str, ...] | list[str] = ("us-east-1a", "us-east-1b"),
        new_instances_protected_from_scale_in: bool = False,
    ):
        desired = min_size if desired_capacity is None else desired_capacity
        check_sizes(min_size, desired, max_size)
        zones = tuple(availability_zones) if isinstance(availability_zones, (tuple, list)) else ()
        if not zones or not all(isinstance(zone, str) for zone in zones) or len(set(zones)) < len(zones):
            rule = "must be a tuple of one zone's name or more, each once"
            raise ValidationError(f"availability_zones is {availability_zones!r:.60}, but {rule}.")
        self.world, self.name = world, name
        self.min_size, self.desired_capacity, self.max_size = min_size, desired, max_size
        self.launch_template, self.version = launch_template or LaunchTemplate(), 1
        self.health_check_type = health_check_type
        self.health_check_grace_period = health_check_grace_period
        self.default_cooldown = default_cooldown
        self.default_instance_warmup = default_instance_warmup
        self.new_instances_protected_from_scale_in = new_instances_protected_from_scale_in
        self.part = world.record.add_part(name, "group", time=world.now)
        world.record.wire(
            self.part,
            "group",
            min_size=min_size,
            max_size=max_size,
            desired_capacity=desired,
            launch_template=vars(self.launch_template),
            health_check_type=health_check_type,
            health_check_grace_period=health_check_grace_period,
            default_cooldown=default_cooldown,
            default_instance_warmup=default_instance_warmup,
            new_instances_protected_from_scale_in=new_instances_protected_from_scale_in,
        )
        self._write_sizes()
        self.fleet = Fleet(world, self.part, zones)
        self._dice = world.dice(f"{name} scale-in")
        self._told_protected = (-1, -1)
        self.times_asked = 0  # how often the wish was set, be it to what it was
        self._next_look, self._changed = world.event(), self._change()
        self._note("•", f"Group {name}: minimum {min_size}, desired {desired}, maximum {max_size}.")
        world.process(self._keep())

    # What others ask of the group

    @checked(ValidationError)
    def set_desired_capacity(self, desired_capacity: int, *, honor_cooldown: bool = False) -> None:
        """Change the wish by hand. Outside of min and max it is an error and nothing changes (AS-2).

        It ignores the cooldown unless `honor_cooldown` (AS-4): then a change within `default_cooldown`
        seconds after the last scaling raises ScalingActivityInProgress.
        """
        check_sizes(self.min_size, desired_capacity, self.max_size)
        if honor_cooldown and self.busy():
            raise ScalingActivityInProgress(
                "desired_capacity can't change now: honor_cooldown is set, "
                f"and {self.name} is still launching or ending instances."
            )
        cool_at = self.active_until + self.default_cooldown
        if honor_cooldown and self.world.now < cool_at:
            raise ScalingActivityInProgress(
                f"desired_capacity can't change before {cool_at:g} s: "
                f"honor_cooldown is set and the cooldown of {self.default_cooldown} s still runs."
            )
        self._grant(desired_capacity, desired_capacity, "you")

    @checked(ValidationError)
    def ask(self, capacity: int, by: str) -> int:
        """A policy or schedule called `by` wants `capacity`; returns what it gets, clipped to the range (AS-2)."""
        if isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 0:
            raise ValidationError(
                f"capacity is {capacity!r:.60} instances, but must be a whole number of at least 0."
            )
        granted = max(self.min_size, min(self.max_size, capacity))
        self._grant(capacity, granted, by)
        return granted

    @checked(ValidationError)
    def update_auto_scaling_group(
        self,
        *,
        min_size: Annotated[int | None, Size] = None,
        max_size: Annotated[int | None, Size] = None,
        desired_capacity: Annotated[int | None, Size] = None,
        launch_template: LaunchTemplate | None = None,
        by: str = "you",
    ) -> None:
        """Change the group. A new minimum lifts desired, a new maximum lowers it, where it must (AS-2)."""
        low = self.min_size if min_size is None else min_size
        high = self.max_size if max_size is None else max_size
        wish = max(low, min(high, self.desired_capacity)) if desired_capacity is None else desired_capacity
        check_sizes(low, wish, high)
        self.min_size, self.max_size = low, high
        if launch_template is not None:
            self.launch_template, self.version = launch_template, self.version + 1
        self._grant(wish, wish, by)

    @checked(ValidationError)
    def set_instance_protection(self, instance_ids: list[str], *, protected_from_scale_in: bool) -> None:
        """Protect instances from scale-in, or no longer. A failed one is replaced all the same (AS-7)."""
        for instance_id in instance_ids:
            self._member(instance_id)
        for instance_id in instance_ids:
            self.members[instance_id].protected = protected_from_scale_in

    @checked(ValidationError)
    def set_instance_health(
        self, instance_id: str, health_status: str, *, should_respect_grace_period: bool = True
    ) -> None:
        """Say that an instance is 'Unhealthy', so that it is replaced (AS-14), or 'Healthy' again."""
        if health_status not in ("Healthy", "Unhealthy"):
            raise ValidationError(
                f"health_status is {health_status!r:.60}, but must be one of Healthy, Unhealthy."
            )
        member = self._member(instance_id)
        if health_status == "Healthy":
            member.unhealthy = ""
        elif not should_respect_grace_period or not self._in_grace(member):
            member.unhealthy = "was set to Unhealthy"

    # What others see of it

    @property
    def members(self) -> dict[str, Member]:
        """Its instances by name, with what each is to the group."""
        return self.fleet.members

    @property
    def availability_zones(self) -> Sequence[str]:
        """The zones that its instances are spread over."""
        return self.fleet.availability_zones

    @property
    def active_until(self) -> float:
        """When its last scaling activity ended (s); -inf before the first."""
        return self.fleet.active_until

    def attach(self, balancer: Registry) -> None:
        """Register what is in service with `balancer`, now and from now on (LB-20). Raises ValidationError."""
        if not fits(balancer, "register", "deregister", "target_health"):
            raise ValidationError(f"balancer is {balancer!r:.60}, but must be a load balancer.")
        if getattr(balancer, "world", self.world) is not self.world:
            raise ValidationError("balancer is a part of another world, but must be of the group's own.")
        self.fleet.attach(balancer)

    def busy(self) -> bool:
        """Whether a scaling activity runs: an instance is on its way in or out."""
        return self.fleet.busy()

    def holding(self) -> list[Member]:
        """Those that count as capacity: on their way in, or in service (AS-16)."""
        return self.fleet.holding()

    def ending(self) -> list[Member]:
        """Those on their way out."""
        return self.fleet.ending()

    def targets(self) -> list[Instance]:
        """The instances in service, in order of launch."""
        return self.fleet.serving()

    @checked(ValidationError)
    def warmed(self, warmup: int | None = None) -> list[Instance]:
        """The instances whose load counts in the group's metric: in service for `warmup` s (AS-19).

        Without `warmup` the group's own default is taken.
        """
        return self.fleet.serving(
            since=self.world.now - ((self.default_instance_warmup or 0) if warmup is None else warmup)
        )

    # What the group does by itself

    def _keep(self) -> Process:
        """Look at once when the wish changes, and every `LOOK_EVERY` seconds. A SimPy process."""
        while True:
            self._look()
            self._next_look = self.world.event()
            self.world.timeout(LOOK_EVERY).callbacks.append(partial(_wake, self._next_look))
            yield self._next_look
            if self._changed.triggered:
                self._changed = self._change()

    def _change(self) -> simpy.Event:
        """What comes when the wish changes."""
        event = self.world.event()
        event.callbacks.append(lambda _: _wake(self._next_look, event))
        return event

    def _look(self) -> None:
        """Replace what is unhealthy, then launch what is missing or end what is too much (AS-3, AS-16)."""
        there = self.holding()
        faults = [(member, reason) for member in there if (reason := self._fault(member))]
        for member, reason in faults:
            self._note("✕", f"{member.instance.name} {reason}: it is replaced.")
            self.fleet.let_go(member)
        have = len(self.holding() if faults else there)
        missing = self.desired_capacity - have
        if missing > 0:
            names = [self._launch() for _ in range(missing)]
            wants = f"{self.name} has {have} and wants {self.desired_capacity}"
            self._note("◔", f"{wants}: it launches {_listed(names)}.")
        for gone in range(-missing):
            ending = surplus(self.holding(), self.world.now, self._dice)
            if ending is None:
                self._tell_protected(have - gone)
                break
            self._note("○", f"{self.name} wants {self.desired_capacity}: {ending.instance.name} is to go.")
            self.fleet.let_go(ending)

    def _tell_protected(self, have: int) -> None:
        """Say once, for each number that is wanted, why nothing goes."""
        told = have, self.desired_capacity
        if told != self._told_protected:
            self._told_protected = told
            wants = f"{self.name} wants {self.desired_capacity} and has {have}"
            self._note("•", f"{wants}, but all of these are protected from scale-in: none goes.")

    def _launch(self) -> str:
        return self.fleet.launch(
            self.launch_template, self.version, self.new_instances_protected_from_scale_in
        )

    def _fault(self, member: Member) -> str:
        """Why a member must be replaced, or nothing."""
        if member.instance.state == "terminated":
            return "no longer runs"
        if member.unhealthy:
            return member.unhealthy
        judged = self.health_check_type == "ELB" and member.state == SERVING and not self._in_grace(member)
        if judged and any(b.target_health(member.instance) == "unhealthy" for b in self.fleet.balancers):
            return "fails the balancer's checks"
        return ""

    # Small things

    def _grant(self, asked: int, granted: int, by: str) -> None:
        self.world.advance()
        self.times_asked += 1
        self.world.record.ask(self.world.now, self.part, asked, granted, by)
        if granted != self.desired_capacity or asked != granted:
            who = "You ask" if by == "you" else f"{by[:1].upper()}{by[1:]} asks"
            bound = "maximum" if asked > granted else "minimum"
            clipped = f" The {bound} is {granted}, so" if asked != granted else " Now"
            self._note("⚑", f"{who} for {asked}.{clipped} desired is {granted}.")
        self.desired_capacity = granted
        if not self._changed.triggered:
            self._changed.succeed()
        self._write_sizes()

    def _in_grace(self, member: Member) -> bool:
        return self.world.now < member.in_service_at + self.health_check_grace_period

    def _member(self, name: str) -> Member:
        if not isinstance(name, str) or name not in self.members:
            raise ValidationError(
                f"instance_id is {name!r:.60}, but must be one of {', '.join(self.members) or 'no instance'}."
            )
        return self.members[name]

    def _write_sizes(self) -> None:
        """Write the metrics of what is wanted."""
        for metric, value in (
            ("GroupMinSize", self.min_size),
            ("GroupDesiredCapacity", self.desired_capacity),
            ("GroupMaxSize", self.max_size),
        ):
            self.world.record.set(self.part, metric, self.world.now, value)

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text)


def _wake(look: simpy.Event, _: simpy.Event) -> None:
    """Let a look come. SimPy's `|` would say the same, and take longer: a day has 8,640 looks."""
    if not look.triggered:
        look.succeed()


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
