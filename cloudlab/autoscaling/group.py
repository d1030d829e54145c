"""An Auto Scaling group: min, desired, max, and instances that are replaced when they fail.

The group has one wish, `desired_capacity`, and does one thing again and again: it compares the wish
with what is there and mends the difference. Read `AutoScalingGroup._look` first. Whoever changes the
wish (you, a schedule, a policy) only moves a number; the look does the rest.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Annotated

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.world import World

LOOK_EVERY = 10.0
"""Seconds between two looks at the health of the instances. The provider publishes no figure."""

Size = Limit(0, 1000, "instances", step=1)


class ValidationError(InvalidParameter):
    """Auto Scaling's error code for a parameter that its rule forbids."""


class ScalingActivityInProgress(InvalidParameter):
    """Auto Scaling's error code for a change that the cooldown forbids (AS-4)."""


@dataclass
class Member:
    """An instance in the group: its lifecycle state, when it came into service, and the template's version."""

    instance: Instance
    version: int
    protected: bool
    state: str = "Pending"
    in_service_at: float = inf
    unhealthy: str = ""


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
        _check_sizes(min_size, desired, max_size)
        zones = availability_zones if isinstance(availability_zones, (tuple, list)) else ()
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
        self.availability_zones = availability_zones
        self.new_instances_protected_from_scale_in = new_instances_protected_from_scale_in
        self.members: dict[str, Member] = {}
        self._names = _free_names(world.record)
        self._balancers: list = []
        self.active_until = -inf
        self._dice = world.dice(f"{name} scale-in")
        self.part = world.record.add_part(name, "group", time=world.now)
        self._changed = world.event()
        self._count()
        self._note("•", f"Group {name}: minimum {min_size}, desired {desired}, maximum {max_size}.")
        world.process(self._keep())

    # What others ask of the group

    @checked(ValidationError)
    def set_desired_capacity(self, desired_capacity: int, *, honor_cooldown: bool = False) -> None:
        """Change the wish by hand. Outside of min and max it is an error and nothing changes (AS-2).

        It ignores the cooldown unless `honor_cooldown` (AS-4): then a change within `default_cooldown`
        seconds after the last scaling raises ScalingActivityInProgress.
        """
        _check_sizes(self.min_size, desired_capacity, self.max_size)
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
                f"capacity is {capacity!r} instances, but must be a whole number of at least 0."
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
        _check_sizes(low, wish, high)
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
                f"health_status is {health_status!r}, but must be one of Healthy, Unhealthy."
            )
        member = self._member(instance_id)
        if health_status == "Healthy":
            member.unhealthy = ""
        elif not should_respect_grace_period or not self._in_grace(member):
            member.unhealthy = "was set to Unhealthy"

    def attach(self, balancer) -> None:
        """Register what is in service with `balancer`, now and from now on (LB-20)."""
        self._balancers.append(balancer)
        for instance in self.targets():
            balancer.register(instance)

    def busy(self) -> bool:
        """Whether a scaling activity runs: an instance is on its way in or out."""
        return any(member.state != "InService" for member in self.members.values())

    def targets(self) -> list[Instance]:
        """The instances in service, in order of launch."""
        return [member.instance for member in self.members.values() if member.state == "InService"]

    def warmed(self, warmup: int | None = None) -> list[Instance]:
        """The instances whose load counts in the group's metric: in service for `warmup` s (AS-19).

        Without `warmup` the group's own default is taken.
        """
        ready = self.world.now - ((self.default_instance_warmup or 0) if warmup is None else warmup)
        return [
            m.instance for m in self.members.values() if m.state == "InService" and m.in_service_at <= ready
        ]

    # What the group does by itself

    def _keep(self):
        """Look at once when the wish changes, and every `LOOK_EVERY` seconds. A SimPy process."""
        while True:
            self._look()
            yield self._changed | self.world.timeout(LOOK_EVERY)
            self._changed = self.world.event() if self._changed.triggered else self._changed

    def _look(self) -> None:
        """Replace what is unhealthy, then launch what is missing or end what is too much (AS-3, AS-16)."""
        for member in self._holding():
            if reason := self._fault(member):
                self._note("✕", f"{member.instance.name} {reason}: it is replaced.")
                self._let_go(member)
        missing = self.desired_capacity - len(self._holding())
        if missing > 0:
            names = [self._launch() for _ in range(missing)]
            have = len(self._holding()) - missing
            self._note(
                "◔",
                f"{self.name} has {have} and wants {self.desired_capacity}: it launches {_listed(names)}.",
            )
        for _ in range(-missing):
            member = self._surplus()
            if member is None:
                break
            self._note("○", f"{self.name} wants {self.desired_capacity}: {member.instance.name} is to go.")
            self._let_go(member)

    def _fault(self, member: Member) -> str:
        """Why a member must be replaced, or nothing."""
        if member.instance.state == "terminated":
            return "no longer runs"
        if member.unhealthy:
            return member.unhealthy
        judged = (
            self.health_check_type == "ELB" and member.state == "InService" and not self._in_grace(member)
        )
        if judged and any(b.target_health(member.instance) == "unhealthy" for b in self._balancers):
            return "fails the balancer's checks"
        return ""

    def _launch(self) -> str:
        """Launch one instance in the zone that has the fewest; returns its name."""
        held = [member.instance.availability_zone for member in self._holding()]
        zone = min(self.availability_zones, key=held.count)
        name = next(self._names)
        instance = Instance(
            self.world, name, launch_template=self.launch_template, availability_zone=zone, group=self.part
        )
        member = Member(instance, self.version, self.new_instances_protected_from_scale_in)
        self.members[name] = member
        self._enter(member, "Pending", until=self.world.now + self.launch_template.launch_time)
        self.world.process(self._bring_into_service(member))
        return name

    def _bring_into_service(self, member: Member):
        """Wait for the machine, then register it with the balancers (AS-9, LB-20). A SimPy process."""
        yield self.world.timeout(self.launch_template.launch_time)
        if member.state == "Pending" and member.instance.state == "running":
            member.in_service_at = self.world.now
            self.active_until = self.world.now
            self._enter(member, "InService")
            for balancer in self._balancers:
                balancer.register(member.instance)

    def _surplus(self) -> Member | None:
        """Which member to end: the fullest zone first (AS-38), then the Default policy (AS-39).

        Oldest version of the template, closest to the next full hour, then dice. Protected ones stay.
        """
        held = self._holding()
        free = [member for member in held if not member.protected]
        if not free:
            return None
        zones = [member.instance.availability_zone for member in held]
        fullest = max(zones.count(member.instance.availability_zone) for member in free)
        free = [member for member in free if zones.count(member.instance.availability_zone) == fullest]
        order = [(m.version, -((self.world.now - m.instance.born) % 3600)) for m in free]
        return self._dice.choice([m for m, rank in zip(free, order, strict=True) if rank == min(order)])

    def _let_go(self, member: Member) -> None:
        """End one instance; from now on it no longer counts."""
        self._enter(member, "Terminating")
        self.world.process(self._end(member))

    def _end(self, member: Member):
        """Drain, then terminate one instance (AS-9, AS-15, LB-20). A SimPy process."""
        yield self.world.all_of([self.world.process(b.deregister(member.instance)) for b in self._balancers])
        member.instance.terminate()
        self._enter(member, "Terminated")
        del self.members[member.instance.name]
        self.active_until = self.world.now

    # Small things

    def _grant(self, asked: int, granted: int, by: str) -> None:
        self.world.record.ask(self.world.now, self.part, asked, granted, by)
        if granted != self.desired_capacity or asked != granted:
            who = "You ask" if by == "you" else f"{by[:1].upper()}{by[1:]} asks"
            bound = "maximum" if asked > granted else "minimum"
            clipped = f" The {bound} is {granted}, so" if asked != granted else " Now"
            self._note("⚑", f"{who} for {asked}.{clipped} desired is {granted}.")
        self.desired_capacity = granted
        if not self._changed.triggered:
            self._changed.succeed()
        self._count()

    def _holding(self) -> list[Member]:
        return [member for member in self.members.values() if member.state in ("Pending", "InService")]

    def _in_grace(self, member: Member) -> bool:
        return self.world.now < member.in_service_at + self.health_check_grace_period

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise ValidationError(
                f"instance_id is {name!r}, but must be one of {', '.join(self.members) or 'no instance'}."
            )
        return self.members[name]

    def _enter(self, member: Member, state: str, until: float = inf) -> None:
        member.state = state
        self.world.record.enter(self.world.now, member.instance.part, "lifecycle", state, until)
        self._count()

    def _count(self) -> None:
        """Write the group's CloudWatch metrics."""
        states = [member.state for member in self.members.values()]
        for metric, value in (
            ("GroupMinSize", self.min_size),
            ("GroupDesiredCapacity", self.desired_capacity),
            ("GroupMaxSize", self.max_size),
            ("GroupInServiceInstances", states.count("InService")),
            ("GroupPendingInstances", states.count("Pending")),
            ("GroupTerminatingInstances", states.count("Terminating")),
        ):
            self.world.record.set(self.part, metric, self.world.now, value)

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text)


def _check_sizes(low: int, desired: int, high: int) -> None:
    """Min ≤ desired ≤ max, or ValidationError (AS-2)."""
    if low > high:
        raise ValidationError(f"min_size is {low} instances, but must be at most max_size ({high}).")
    if isinstance(desired, bool) or not isinstance(desired, int):
        raise ValidationError(f"desired_capacity is {desired!r} instances, but must be a whole number.")
    if not low <= desired <= high:
        raise ValidationError(
            f"desired_capacity is {desired}, but must lie between min_size ({low}) and max_size ({high})."
        )


def _free_names(record):
    """i-1, i-2, … without end, those left out that another part has."""
    for number in count(1):
        if not record.has_part(f"i-{number}"):
            yield f"i-{number}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
