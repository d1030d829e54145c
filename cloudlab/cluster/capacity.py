"""A capacity provider: hosts that come while tasks wait for room, and go when they are empty.

Read `reservation` first: it is the one number by which all of it goes.

Numbers such as CT-20 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Sequence
from copy import copy
from math import ceil
from typing import Annotated, NamedTuple

from cloudlab.cluster.errors import InvalidParameterException
from cloudlab.cluster.hosts import Cluster
from cloudlab.cluster.placement import Need, Space, place
from cloudlab.cluster.service import Service
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Limit, checked

EVERY = 60.0
"""The metric is looked at each minute (CT-20)."""


class Item(NamedTuple):
    """A provider in a strategy: `base` tasks are its before all others, of the rest `weight` parts (CT-18)."""

    provider: str
    weight: int = 1
    base: int = 0


@checked(InvalidParameterException)
def split(
    tasks: Annotated[int, Limit(0, 1_000_000, "tasks", label="Tasks")], items: Sequence[Item]
) -> dict[str, int]:
    """How many of so many tasks each provider gets: the base first, the rest by weight (CT-18).

    What doesn't come out even goes to whom it would bring nearest to its share; of equal ones to the first.
    """
    if not items or not all(isinstance(item, Item) for item in items):
        raise InvalidParameterException(f"items is {items!r:.60}, but must be a list of one Item or more.")
    for name, most in (("base", 100_000), ("weight", 1000)):
        for item in items:
            value = getattr(item, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
                raise InvalidParameterException(
                    f"{name} is {value!r:.60}, but must be a whole number between 0 and {most}."
                )
    if sum(item.base > 0 for item in items) > 1:
        raise InvalidParameterException(
            "base is given to several providers, but only one may have it (CT-18)."
        )
    if not any(item.weight for item in items):
        raise InvalidParameterException(
            "weight is 0 for all providers, but one of them must have more (CT-18)."
        )
    given = {item.provider: min(tasks, item.base) for item in items}
    rest, spread, total = (
        tasks - sum(given.values()),
        {item.provider: 0 for item in items},
        sum(item.weight for item in items),
    )
    for number in range(1, rest + 1):
        behind = max(
            items, key=lambda item: (item.weight > 0, item.weight * number / total - spread[item.provider])
        )
        spread[behind.provider] += 1
    return {name: given[name] + spread[name] for name in given}


@checked(InvalidParameterException)
def reservation(
    needed: Annotated[int, Limit(0, 1_000_000, "hosts", label="Hosts needed")],
    present: Annotated[int, Limit(0, 1_000_000, "hosts", label="Hosts now")],
) -> float:
    """CapacityProviderReservation in %: the hosts that all tasks need, by those there are (CT-20)."""
    if not present:
        return 200.0 if needed else 100.0
    return 100 * needed / present


@checked(InvalidParameterException)
def hosts_wanted(
    needed: Annotated[int, Limit(0, 1_000_000, "hosts", label="Hosts needed")],
    target_capacity: Annotated[int, Limit(1, 100, "%", label="Target capacity")] = 100,
) -> int:
    """How many hosts bring the metric to its target: below 100 % some are spare (CT-20)."""
    return ceil(needed * 100 / target_capacity)


class CapacityProvider:
    """Managed scaling of a cluster's hosts for its services (CT-19, CT-20), at most `maximum` of them.

    A new host takes tasks after `launch_time` s, and counts from its launch on, so that nobody launches twice for
    the same need. Only empty hosts go, one step a minute. Raises InvalidParameterException.
    """

    @checked(InvalidParameterException)
    def __init__(
        self,
        cluster: Cluster,
        services: tuple[Service, ...] | list[Service],
        *,
        target_capacity: Annotated[int, Limit(1, 100, "%", label="Target capacity")] = 100,
        minimum_scaling_step_size: Annotated[int, Limit(1, 10_000, "hosts", label="Smallest step")] = 1,
        maximum_scaling_step_size: Annotated[int, Limit(1, 10_000, "hosts", label="Largest step")] = 10_000,
        instance_warmup_period: Annotated[int, Limit(0, 10_000, "s", label="Warm-up of a host")] = 300,
        launch_time: Annotated[float, Limit(0, 3600, "s", label="Launch time of a host")] = 60.0,
        minimum: Annotated[int, Limit(0, 1000, "hosts", label="Fewest hosts")] = 0,
        maximum: Annotated[int, Limit(1, 1000, "hosts", label="Most hosts")] = 100,
    ):
        if not all(isinstance(one, Service) and one.cluster is cluster for one in services):
            raise InvalidParameterException("services holds what is no service of this cluster.")
        if minimum > maximum:
            raise InvalidParameterException(
                f"minimum is {minimum} hosts, but must be at most maximum ({maximum} hosts)."
            )
        self.cluster, self.world, self.services = cluster, cluster.world, tuple(services)
        self.target_capacity, self.minimum, self.maximum = target_capacity, minimum, maximum
        self.steps = minimum_scaling_step_size, max(minimum_scaling_step_size, maximum_scaling_step_size)
        self.warmup, self.launch_time, self.coming = instance_warmup_period, launch_time, 0
        self._warm_at = 0.0
        self.world.process(self._keep())

    def needed(self) -> int:
        """Hosts with tasks, and those that the waiting ones would fill, packed as they come (CT-20)."""
        used = [host for host in self.cluster.active() if host.tasks]
        spaces = [copy(host.space) for host in used]
        for space in spaces:
            space.holds, space.families = list(space.holds), dict(space.families)
        for need in self._waiting():
            if place([need], spaces).waiting:
                new = Space(f"new {len(spaces)}", self.cluster.cpu, self.cluster.memory)
                place([need], [new])
                spaces.append(new)
        return len(spaces)

    def _waiting(self) -> list[Need]:
        """What the services miss; of what no host of this size could hold, nothing."""
        found = []
        for service in self.services:
            definition = service.definition
            if definition.cpu <= self.cluster.cpu and definition.memory <= self.cluster.memory:
                names = [f"{service.name} waits {n}" for n in range(service.waiting)]
                found += [Need(name, definition.cpu, definition.memory, service.name) for name in names]
        return found

    def _keep(self) -> Process:
        """Look each minute. A SimPy process."""
        while True:
            self._look()
            yield self.world.timeout(EVERY)

    def _look(self) -> None:
        needed, present = self.needed(), len(self.cluster.active()) + self.coming
        value = round(reservation(needed, present), 6)
        self.world.record.set(self.cluster.part, "CapacityProviderReservation", self.world.now, value)
        wanted = max(self.minimum, min(self.maximum, hosts_wanted(needed, self.target_capacity)))
        least, most = self.steps
        if wanted > present:
            step = min(self.maximum - present, max(least, min(most, wanted - present)))
            self._warm_at = self.world.now + self.warmup
            self._note("◔", f"{self.cluster.name} needs {needed} hosts and has {present}: {step} more.")
            for _ in range(step):
                self.coming += 1
                self.world.process(self._bring())
        elif wanted < present and self.world.now >= self._warm_at:
            empty = [host for host in reversed(self.cluster.active()) if not host.tasks]
            for host in empty[: min(present - wanted, most)]:
                host.terminate()

    def _bring(self) -> Process:
        """A host is launched, and takes tasks. A SimPy process."""
        yield self.world.timeout(self.launch_time)
        self.coming -= 1
        self.cluster.add_host()

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.cluster.part, glyph, text)
