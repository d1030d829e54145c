"""The scenarios of lesson 10: the shop's services move into a cluster, a host is lost, a new version is rolled out.

Read `scenario` first: some lines in which services arrive one after the other, and a strategy chooses a host for each
of their containers. `rollout` replaces a version by the next one. The other
functions read from a record what a learner asks of it.
"""

from collections.abc import Callable
from math import inf
from typing import Annotated

from cloudlab.cluster import (
    Cluster,
    ContainerDefinition,
    ContainerInstance,
    HealthCheck,
    Need,
    Service,
    Space,
    Strategy,
    TaskDefinition,
    bound,
    place,
    schedule,
    strategy,
)
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.pricing import bill

CPU, MEMORY = 2048, 8192
"""CPU units and memory (MB) of a host: an m5.large."""

SERVICES = {
    "web": (128, 640, 40),
    "api": (256, 1024, 40),
    "cart": (128, 1536, 40),
    "thumbs": (384, 896, 40),
    "cache": (64, 1280, 40),
}
"""CPU units, memory (MB) and how many containers of each service that moves in first."""

SEARCH = (256, 3072, 12)
"""The same of the service that moves in last: its containers need much memory."""

FIRST, EVERY = 6.0, 9.0
"""When the first service moves in, and how long it is from one to the next (s)."""

LAST = FIRST + EVERY * len(SERVICES)
"""The moment (s) at which the last service moves in."""

COUNTED = 60.0
"""So long (s) after that it is told how many hosts there must be at least: who predicts should not read it before."""

PULL, START = 4.0, 2.0
"""Seconds until a host has fetched an image, and until a container in it runs."""

LENGTH = 300.0
"""Seconds of a run."""

PLACEMENTS: dict[str, tuple[Strategy, ...]] = {
    "spread": (strategy("spread", "instanceId"),),
    "binpack": (strategy("binpack", "memory"),),
    "random": (strategy("random"),),
}

Placement = Annotated[str, Limit(choices=tuple(PLACEMENTS), label="Placement")]
Hosts = Annotated[int, Limit(20, 100, "hosts", choices=(34, 37, 40), label="Hosts")]


@checked()
def scenario(
    seed: int = 1,
    *,
    placement: Placement = "spread",
    hosts: Hosts = 40,
    kill: Annotated[tuple, Action("Kill a host", moments=(150.0, 210.0))] = (),
    drain: Annotated[tuple, Action("Drain a host", moments=(150.0, 210.0))] = (),
    rule: Callable | None = None,
) -> Record:
    """Five minutes in which six services move into a cluster of so many hosts, one after the other.

    `placement` chooses a host for each container; a `rule` of your own takes its place: a function of a need and of
    the hosts that have room for it. At the moments `kill` a host is lost with all that is on it, at those of `drain`
    one hands over what it holds; which one, and in which order the first five services come, is luck.
    """
    world = World(seed)
    cluster = Cluster(world, "cluster", count=hosts, cpu=CPU, memory=MEMORY, instance_type="m5.large")
    order = world.dice("order").sample(list(SERVICES.items()), len(SERVICES))
    world.process(_move_in(cluster, [*order, ("search", SEARCH)], PLACEMENTS[placement], rule))
    world.process(_at(kill, cluster, "fate", ContainerInstance.kill))
    world.process(_at(drain, cluster, "drained", ContainerInstance.drain))
    return bill(world.run(until=LENGTH))


def _move_in(cluster: Cluster, services: list, strategies: tuple, rule: Callable | None) -> Process:
    """One service after the other; a minute later the fewest hosts that there must be are entered. A SimPy process."""
    world, wanted = cluster.world, []
    yield world.timeout(FIRST)
    for name, (cpu, memory, count) in services:
        image = ContainerDefinition(name, f"{name}:1", cpu=cpu, memory=memory, start_time=START)
        tasks = TaskDefinition(name, [image], pull_time=PULL)
        Service(
            world,
            name,
            cluster=cluster,
            task_definition=tasks,
            desired_count=count,
            placement_strategy=strategies,
            rule=rule,
        )
        wanted += [Need(f"{name} {number}", cpu, memory, name) for number in range(count)]
        yield world.timeout(EVERY)
    yield world.until(LAST + COUNTED)
    least = bound(wanted, CPU, MEMORY)
    world.record.set(cluster.part, "FewestHosts", world.now, least)
    world.record.note(
        world.now, cluster.part, "•", f"All {len(wanted)} containers need at least {least} such hosts."
    )


def _at(moments: tuple, cluster: Cluster, luck: str, happens: Callable[[ContainerInstance], None]) -> Process:
    """At these moments (s) something happens to one of the hosts, by these dice. A SimPy process."""
    world = cluster.world
    for moment in sorted(moments):
        yield world.until(moment)
        if found := cluster.active():
            happens(world.dice(luck).choice(found))


# One container, by hand

FREE = {"h1": (1088, 2816, 0), "h2": (128, 5120, 0), "h3": (700, 3200, 1), "h4": (1900, 7000, 0)}
"""Of each host: CPU units and memory (MB) that are free, and how many containers of search it holds."""


def four_hosts() -> list[Space]:
    """Four hosts with so much free as `FREE` says."""
    found = []
    for name, (cpu, memory, there) in FREE.items():
        space = Space(name, CPU, MEMORY)
        held = [Need(f"{name} search {number}", *SEARCH[:2], "search") for number in range(there)]
        used = (sum(one.cpu for one in held), sum(one.memory for one in held))
        held.append(Need(f"{name} others", CPU - cpu - used[0], MEMORY - memory - used[1], "others"))
        for one in held:
            space.add(one)
        found.append(space)
    return found


def search(hosts: list[Space], strategies: tuple[Strategy, ...]) -> str:
    """The host that one more container of search gets, by strategies."""
    return place([Need("search", *SEARCH[:2], "search")], hosts, strategies=strategies).hosts["search"]


def kubernetes(nodes: list[Space], score: str) -> str:
    """The host that Kubernetes gives it, by its score."""
    return schedule([Need("search", *SEARCH[:2], "search")], nodes, score=score).hosts["search"]


def largest_first() -> int:
    """How many hosts all 212 take if those with most memory come first, each on the first host with room."""
    wanted = [
        Need(f"{name} {number}", cpu, memory, name)
        for name, (cpu, memory, count) in {**SERVICES, "search": SEARCH}.items()
        for number in range(count)
    ]
    hosts = [Space(f"h{number + 1}", CPU, MEMORY) for number in range(len(wanted))]
    return place(sorted(wanted, key=lambda one: one.memory, reverse=True), hosts).used


# A new version

FRONT = (512, 2048)
"""CPU units and memory (MB) of a container of the web service that is rolled out: four fill a host."""

TASKS, MORE, DEPLOY, AGAIN = 8, 4, 60.0, 180.0
"""So many containers of it are wanted, so many more at once, when the new version comes, the length of that run (s)."""

Minimum = Annotated[int, Limit(0, 100, "%", choices=(0, 50, 100), label="At least healthy")]
Maximum = Annotated[int, Limit(100, 200, "%", choices=(100, 150, 200), label="At most")]
Few = Annotated[int, Limit(2, 8, "hosts", choices=(2, 3, 4), label="Hosts")]


@checked()
def rollout(
    seed: int = 1,
    *,
    hosts: Few = 2,
    minimum_healthy_percent: Minimum = 100,
    maximum_percent: Maximum = 200,
    works: bool = True,
    circuit_breaker: bool = False,
    more: Annotated[tuple, Action("Want 4 more", moments=(120.0, 30.0))] = (),
) -> Record:
    """Three minutes of eight web containers, which fill two hosts; at 1:00 version 2 is rolled out.

    There are at least `minimum_healthy_percent` of them healthy, and at most `maximum_percent` in all. Where it does
    not work, it crashes five seconds after its start. With `circuit_breaker` a deployment that fails ends, and the last
    version that worked comes back. At the moments `more` the service scales out: it wants four more.
    """
    world = World(seed)
    cluster = Cluster(world, "cluster", count=hosts, cpu=CPU, memory=MEMORY, instance_type="m5.large")
    check = HealthCheck(interval=5, retries=2)
    image = ContainerDefinition(
        "web", "web:1", cpu=FRONT[0], memory=FRONT[1], start_time=START, health_check=check
    )
    first = TaskDefinition("web", [image], pull_time=PULL)
    web = Service(
        world,
        "web",
        cluster=cluster,
        task_definition=first,
        desired_count=TASKS,
        placement_strategy=PLACEMENTS["binpack"],
        minimum_healthy_percent=minimum_healthy_percent,
        maximum_percent=maximum_percent,
        deployment_circuit_breaker=circuit_breaker,
        rollback=circuit_breaker,
    )
    second = first.revise(image="web:2", exits_after=inf if works else 5.0)
    world.process(_deploy(web, second))
    world.process(_scale_out(web, more))
    return bill(world.run(until=AGAIN))


def _deploy(service: Service, definition: TaskDefinition) -> Process:
    """The new version comes. A SimPy process."""
    yield service.world.until(DEPLOY)
    service.update_service(task_definition=definition)


def _scale_out(service: Service, moments: tuple) -> Process:
    """At these moments (s) it wants so many more. A SimPy process."""
    for moment in sorted(moments):
        yield service.world.until(moment)
        service.ask(service.desired_count + MORE, "you")


# What a learner reads from a record


def running(record: Record, time: float | None = None, service: str = "") -> int:
    """How many containers run at `time` (s), or at the end: all, or those of a service."""
    moment = record.end if time is None else time
    return sum(
        began <= moment < ended for part, began, ended in _lives(record) if _is_of(record, part, service)
    )


def waiting(record: Record, time: float | None = None) -> int:
    """How many containers are wanted at `time` (s), or at the end, and are neither running nor starting.

    In place of others that are there, such as those of an older version, they wait too.
    """
    moment, total = record.end if time is None else time, 0
    for service in record.parts_of("service"):
        wanted, known = (
            int(record.series[service, metric].at(moment))
            for metric in ("DesiredTaskCount", "WaitingTaskCount")
        )
        there = sum(
            part.born <= moment < part.gone and part.attributes["service"] == record.parts[service].name
            for part in record.parts
            if part.kind == "container"
        )
        total += max(0, wanted - there, known)
    return total


def hosts_used(record: Record) -> int:
    """How many hosts hold a container at the end."""
    ends = (part for part in record.parts if part.kind == "container" and part.gone > record.end)
    return len({part.parent for part in ends})


def fewest(record: Record) -> int:
    """So many hosts there must be at least for all that is wanted. Raises InvalidParameter where nobody entered it."""
    found = next((series for (_, name), series in record.series.items() if name == "FewestHosts"), None)
    if found is None:
        raise InvalidParameter("record holds no bound: take one of scenario.")
    return int(found.values[-1])


def lowest(record: Record, service: str = "web", since: float = DEPLOY) -> int:
    """The fewest containers of a service that run at one moment, from `since` (s) to the end."""
    mine = [(began, ended) for part, began, ended in _lives(record) if _is_of(record, part, service)]
    moments = [since, *(ended for _, ended in mine if since <= ended <= record.end)]
    return min(sum(began <= moment < ended for began, ended in mine) for moment in moments)


def version(record: Record, service: str = "web") -> dict[int, int]:
    """How many containers of each version of a service run at the end: {version: containers}."""
    found: dict[int, int] = {}
    for part, began, ended in _lives(record):
        if _is_of(record, part, service) and began <= record.end < ended:
            number = record.parts[part].attributes["revision"]
            found[number] = found.get(number, 0) + 1
    return found


def done(record: Record) -> float:
    """Seconds from the begin of the rollout until it is deployed, or has failed; infinite where it is neither."""
    ends = [note.time for note in record.notes if "is deployed" in note.text or "has failed" in note.text]
    return (ends[-1] - DEPLOY) if ends else inf


def _is_of(record: Record, part: int, service: str) -> bool:
    return not service or record.parts[part].attributes["service"] == service


def _lives(record: Record) -> list[tuple[int, float, float]]:
    """(container, from when, to when it runs) of each that ever ran."""
    began: dict[int, float] = {}
    left: dict[int, float] = {}
    for entry in record.states:
        if entry.aspect == "lifecycle" and record.parts[entry.part].kind == "container":
            if entry.state == "RUNNING":
                began.setdefault(entry.part, entry.time)
            elif entry.part in began:
                left.setdefault(entry.part, entry.time)
    return [(part, time, min(left.get(part, inf), record.parts[part].gone)) for part, time in began.items()]


def lost(record: Record) -> int:
    """How many hosts were lost."""
    return sum(entry.state == "killed" and record.parts[entry.part].kind == "host" for entry in record.states)


def drained(record: Record) -> int:
    """How many hosts were drained."""
    return sum(entry.state == "DRAINING" for entry in record.states)


BAD_DAY: dict = {
    "label": "The removal van",
    "prediction": {"10-hosts": fewest},
    "opening": (FIRST + EVERY, LAST + 0.5),
    "question": "Search has tried the last host: no room. How many such hosts would do for all 212 containers?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
