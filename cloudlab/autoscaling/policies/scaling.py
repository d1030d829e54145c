"""The policies of one group or service, and which of them gets its way.

Several may want something at the same moment: the one that gives the largest capacity wins (AS-31). A schedule
may change the group at that moment too. No source says which goes first; our rule is that it is who has waited
longer for it (an alarm of a minute or more), so what a schedule sets then takes the place of what a policy wished
before. Read `ScalingPolicies._settle` first.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import NamedTuple

from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.contracts import Policy, Process, Scalable
from cloudlab.kernel.limits import checked, fits
from cloudlab.kernel.world import World


def scalable(group) -> bool:
    """Whether policies can scale this (`contracts.Scalable`)."""
    return fits(group, "ask", "busy", "targets", "warmed", "holding", "ending", "default_cooldown", "world")


class Wish(NamedTuple):
    """`policy` wants `capacity` instances; when it spoke, the group had been asked `times_asked` times."""

    capacity: int
    policy: Policy
    times_asked: int


class ScalingPolicies:
    """The policies of `group`, or of a service: it collects what they want at one moment and lets the largest wish win.

    A policy has a `name`, and `may_scale_in()` tells whether its wish for less may count now. With
    `count_terminating` a wish for less counts from what serves and what is still ending (AS-50).
    """

    @checked(ValidationError)
    def __init__(self, world: World, group: Scalable, *, count_terminating: bool = True):
        if not scalable(group):
            raise ValidationError(f"group is {group!r:.60}, but must be an AutoScalingGroup or a Service.")
        if group.world is not world:
            raise ValidationError("group is a part of another world, but must be of the policies' own.")
        self.world, self.group, self.count_terminating = world, group, count_terminating
        self.policies: list[Policy] = []
        self._wishes: list[Wish] = []

    def add(self, policy: Policy) -> None:
        """Take over a new policy."""
        self.policies.append(policy)

    def wire(self, policy, kind: str, **settings) -> None:
        """Enter how a policy of this group was set up, for `export`; of one name, the next one gets a number.

        `policy.wired` is where that stands in the record's `wiring`.
        """
        record, part, name, number = self.world.record, self.group.part, policy.name, 1
        while any((part, name) == (of, known) for of, _, known in record.wiring):
            number += 1
            name = f"{policy.name} {number}"
        record.wire(part, kind, name, **settings)
        policy.wired = part, kind, name

    def wish(self, capacity: int, policy: Policy) -> None:
        """`policy` wants `capacity` instances. The group is asked when all have spoken."""
        if not self._wishes:
            self.world.process(self._settle())
        self._wishes.append(Wish(capacity, policy, self.group.times_asked))

    def warmup(self, estimated: int | None) -> int:
        """A policy's warm-up (s): its own estimate, else the group's, else the cooldown (AS-18)."""
        given = estimated, self.group.default_instance_warmup, self.group.default_cooldown
        return next(seconds for seconds in given if seconds is not None)

    def warming(self, warmup: int) -> int:
        """How many count as capacity but not in the metric yet: pending or warming up (AS-19)."""
        return len(self.group.holding()) - len(self.group.warmed(warmup))

    def terminating(self) -> int:
        """How many that are ending count as capacity when a policy goes in (AS-50).

        So a step of −1 each minute takes none more while the first one drains.
        """
        return len(self.group.ending()) if self.count_terminating else 0

    def _settle(self) -> Process:
        """Ask the group for the largest of this moment's wishes. A SimPy process."""
        yield self.world.timeout(0)
        group, wishes = self.group, self._wishes
        self._wishes = []
        allowed = [wish for wish in wishes if self._counts(wish)]
        if allowed:
            capacity, policy, _ = max(allowed, key=lambda wish: wish.capacity)
            if max(group.min_size, min(group.max_size, capacity)) != group.desired_capacity:
                group.ask(capacity, policy.name)

    def _counts(self, wish: Wish) -> bool:
        """Whether a wish still holds: nobody else has asked the group meanwhile, and it may scale in."""
        desired = self.group.desired_capacity
        less = wish.capacity < desired and wish.policy.may_scale_in()
        return wish.times_asked == self.group.times_asked and (less or wish.capacity > desired)
