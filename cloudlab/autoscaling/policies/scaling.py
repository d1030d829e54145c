"""The policies of one group, and which of them gets its way.

Several may want something at the same moment: the one that gives the largest capacity wins (AS-31). Read
`ScalingPolicies._settle` first.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.autoscaling.group import AutoScalingGroup
from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.contracts import Policy, Process
from cloudlab.kernel.limits import checked
from cloudlab.kernel.world import World


class ScalingPolicies:
    """The policies of `group`: it collects what they want at one moment and lets the largest wish win.

    A policy has a `name`, and `may_scale_in()` tells whether its wish for less may count now.
    """

    @checked(ValidationError)
    def __init__(self, world: World, group: AutoScalingGroup):
        self.world, self.group = world, group
        self.policies: list[Policy] = []
        self._wishes: list[tuple[int, Policy]] = []

    def add(self, policy: Policy) -> None:
        """Take over a new policy."""
        self.policies.append(policy)

    def wish(self, capacity: int, policy: Policy) -> None:
        """`policy` wants `capacity` instances. The group is asked when all have spoken."""
        if not self._wishes:
            self.world.process(self._settle())
        self._wishes.append((capacity, policy))

    def warmup(self, estimated: int | None) -> int:
        """A policy's warm-up (s): its own estimate, else the group's, else the cooldown (AS-18)."""
        given = estimated, self.group.default_instance_warmup, self.group.default_cooldown
        return next(seconds for seconds in given if seconds is not None)

    def warming(self, warmup: int) -> int:
        """How many count as capacity but not in the metric yet: pending or warming up (AS-19)."""
        return len(self.group.fleet.holding()) - len(self.group.warmed(warmup))

    def _settle(self) -> Process:
        """Ask the group for the largest of this moment's wishes. A SimPy process."""
        yield self.world.timeout(0)
        group = self.group
        allowed = [
            wish for wish in self._wishes if wish[0] > group.desired_capacity or wish[1].may_scale_in()
        ]
        self._wishes = []
        if allowed:
            capacity, policy = max(allowed, key=lambda wish: wish[0])
            if max(group.min_size, min(group.max_size, capacity)) != group.desired_capacity:
                group.ask(capacity, policy.name)
