"""Metrics of a running group, as functions that an alarm calls once a period.

Each returns the value of the period that ends now, or None when there is no data. The world must have been
advanced. A metric to scale by must fall as capacity grows (AS-33): the busy share of an instance does, the
number of all requests doesn't. Read `CPUUtilization` first, and see where it stops: at 100 %. What lies above,
however much it is, it can't tell.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from math import fsum
from typing import Annotated

from cloudlab.autoscaling.policies.scaling import scalable
from cloudlab.kernel.contracts import Scalable
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.world import at_home

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: fsum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}
"""How the values of several instances become one (AS-28)."""


class CPUUtilization:
    """The busy share (%) of the instances' slots since the last look; None without any instance that counts.

    `instances` is a function that tells which ones count now: those of the group that are warmed (AS-19).
    """

    of_servers = True
    """It reads servers only, so messages may be left behind (see `World.serve`)."""

    @checked()
    def __init__(
        self,
        group: Scalable,
        instances: Callable | None = None,
        *,
        statistic: Annotated[str, Limit(choices=tuple(STATISTICS), label="Statistic")] = "Average",
    ):
        if not scalable(group):
            raise InvalidParameter(f"group is {group!r:.60}, but must be an AutoScalingGroup or a Service.")
        if instances is not None and not at_home(group.world, instances):
            raise InvalidParameter(
                "instances belongs to a part of another world, but must be of the group's own."
            )
        self.world, self.group, self.instances = group.world, group, instances or group.warmed
        self.of, self.statistic = group.part, statistic
        self._one_of, self._before, self._seen = STATISTICS[statistic], group.world.now, self._busy()

    def __call__(self) -> float | None:
        """The value of the period that ends now; it is also written into the record."""
        now, before = self.group.world.now, self._before
        seen = self._busy()
        shares = [
            100 * (seen[one.part] - self._seen[one.part]) / (one.server.slots * (now - before))
            for one in self.instances()
            if one.part in self._seen and now > before
        ]
        self._before, self._seen = now, seen
        if not shares:
            return None
        value = round(self._one_of(shares), 6)
        self.group.world.record.set(self.group.part, "CPUUtilization", now, value)
        return value

    def _busy(self) -> dict[int, float]:
        """The slot-seconds that each instance in service has worked up to now."""
        now = self.group.world.now
        return {one.part: one.server.busy_time(now) for one in self.group.targets()}


class RequestCountPerTarget:
    """Requests a minute and healthy target of a balancer since the last look; None without such a target."""

    of_servers = True

    def __init__(self, balancer):
        if not fits(balancer, "world", "part", "targets", "target_health"):
            raise InvalidParameter(f"balancer is {balancer!r:.60}, but must be a load balancer.")
        self.world, self.balancer, self._before = balancer.world, balancer, balancer.world.now
        self.of = balancer.part
        self._rows = len(balancer.world.record.requests)

    def __call__(self) -> float | None:
        """The value of the period that ends now; it is also written into the record."""
        world, record = self.balancer.world, self.balancer.world.record
        links = {index for index, (_, to) in enumerate(record.links) if to == self.balancer.part}
        new = record.requests.client[self._rows :]
        count = sum(link in links for link in new)
        minutes, self._before, self._rows = (world.now - self._before) / 60, world.now, self._rows + len(new)
        healthy = sum(target.state == "healthy" for target in self.balancer.targets.values())
        if not healthy or not minutes:
            return None
        value = round(count / minutes / healthy, 6)
        record.set(self.balancer.part, "RequestCountPerTarget", world.now, value)
        return value
