"""The scenarios of lesson 03: four servers behind one contact, one server alone, and health checks.

Read `scenario` first: ten lines that build four servers, put a balancer before them, and send customers.
All work is 1 s on average, so that a time in seconds is also a time in service times.
"""

from bisect import bisect_right
from collections import Counter
from statistics import fmean
from typing import Annotated

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.limits import Action, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady

SERVERS = ("Server A", "Server B", "Server C", "Server D")

LENGTH = 600.0
"""Seconds of a run with health checks."""

LONG = 36_000.0
"""Seconds of a run with one server: near the end of the curve chance needs many requests to even out."""

NEVER_OUT = {
    "health_check_interval_seconds": 300,
    "health_check_timeout_seconds": 120,
    "unhealthy_threshold_count": 10,
    "idle_timeout_timeout_seconds": 4000,
}
"""Settings of a balancer that keeps a slow server and gives up on nobody, to see its method alone."""

PAUSE = 12.0
"""Seconds for which a server that blips stands still."""

LATE = 127.0
"""The moment (s) at which a server dies or blips, between two checks of any interval."""

FEWEST = "least_outstanding_requests"
Method = Annotated[
    str,
    Limit(
        choices=("random", "round_robin", FEWEST, "one_line"),
        label="Method",
        names=((FEWEST, "fewest open"),),
    ),
]
Slow = Annotated[str, Limit(choices=("none", "C"), label="Slow")]
Load = Annotated[int, Limit(1, 200, "%", choices=(50, 80, 95), label="Load")]
Interval = Annotated[int, Limit(5, 300, "s", choices=(5, 10, 30), label="Check every")]
Unhealthy = Annotated[int, Limit(2, 10, "checks", choices=(2, 3, 5), label="Out after")]
Healthy = Annotated[int, Limit(2, 10, "checks", choices=(2, 5), label="Back after")]


@checked()
def scenario(
    seed: int = 1,
    *,
    method: Method = "round_robin",
    slow: Slow = "none",
    load: Load = 80,
    minutes: Annotated[int, Limit(1, 600, "min", label="Length")] = 10,
) -> Record:
    """Some minutes of four servers, of which C may be `slow`: it works at half speed.

    `load` is the work that comes in, in percent of what four servers at full speed can do. `one_line`
    is no AWS option: one line for all, from which a server takes the first when it is free.
    """
    world = World(seed)
    speeds = {"Server C": 0.5} if slow == "C" else {}
    servers = [server(world, name, speeds.get(name, 1.0)) for name in SERVERS]
    name = "weighted_random" if method == "random" else method
    shop = LoadBalancer(world, "shop", targets=servers, load_balancing_algorithm_type=name, **NEVER_OUT)
    Customers(world, "customers", traffic=steady(4 * load / 100), to=shop, mean_work=1.0)
    return world.run(until=60 * minutes)


@checked()
def one_server(
    seed: int = 1,
    *,
    load: Annotated[int, Limit(1, 99, "%", choices=(50, 70, 80, 90, 95, 99), label="Load")] = 50,
) -> Record:
    """Ten hours of one server that is busy for `load` percent of its time."""
    world = World(seed)
    desk = server(world, "Server A")
    Customers(world, "customers", traffic=steady(load / 100), to=desk, mean_work=1.0)
    return world.run(until=LONG)


@checked()
def health(
    seed: int = 1,
    *,
    health_check_interval_seconds: Interval = 30,
    unhealthy_threshold_count: Unhealthy = 2,
    healthy_threshold_count: Healthy = 5,
    die: Annotated[tuple[float, ...], Action("C dies", (LATE,))] = (),
    blip: Annotated[tuple[float, ...], Action("C stands still for 12 s", (LATE,))] = (),
) -> Record:
    """Ten minutes of four servers that are busy for 50 % of their time, until one dies or blips.

    A check waits 5 s for its answer, or a second less than the interval. Round robin.
    """
    world = World(seed)
    servers = [server(world, name) for name in SERVERS]
    shop = LoadBalancer(
        world,
        "shop",
        targets=servers,
        health_check_interval_seconds=health_check_interval_seconds,
        health_check_timeout_seconds=min(5, health_check_interval_seconds - 1),
        healthy_threshold_count=healthy_threshold_count,
        unhealthy_threshold_count=unhealthy_threshold_count,
    )
    for moment in die:
        world.process(_die(world, servers[2], moment))
    for moment in blip:
        world.process(_blip(world, servers[2], moment))
    Customers(world, "customers", traffic=steady(10), to=shop, mean_work=0.2)
    return world.run(until=LENGTH)


def server(world: World, name: str, speed: float = 1.0) -> Instance:
    """An instance that is there from the first moment, and works on one request at a time."""
    return Instance(
        world, name, launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=1, speed=speed)
    )


def _die(world, victim, moment):
    """Kill `victim` at `moment` (s). A SimPy process."""
    yield world.timeout(moment)
    victim.kill()


def _blip(world, victim, moment):
    """Let `victim` all but stand still for `PAUSE` seconds. A SimPy process."""
    yield world.timeout(moment)
    victim.slow_down(0.01)
    yield world.timeout(PAUSE)
    victim.slow_down(1.0)


# What a learner reads from a record


def longest_line(record: Record) -> int:
    """The most requests that stood in line for one server at one moment, those at work not counted."""
    rows, most = record.requests, 0
    for part in record.parts_of("instance"):
        mine = [row for row, target in enumerate(rows.target) if target == part]
        started = sorted(rows.started[row] for row in mine)
        counts = (place + 1 - bisect_right(started, rows.arrived[row]) for place, row in enumerate(mine))
        most = max(most, max(counts, default=0))
    return most


def waiting_at_end(record: Record) -> list[int]:
    """How many requests stand in line for each server at the end of the run."""
    rows = record.requests
    late = zip(rows.target, rows.started, rows.answered, strict=True)
    counts = Counter(target for target, started, answered in late if min(started, answered) > record.end)
    return [counts[part] for part in record.parts_of("instance")]


def sent(record: Record) -> list[int]:
    """How many requests each server got, in the order of the servers."""
    counts = Counter(record.requests.target)
    return [counts[part] for part in record.parts_of("instance")]


def slowest(record: Record) -> float:
    """The speed of the slowest server."""
    return min(record.parts[part].attributes["speed"] for part in record.parts_of("instance"))


def p95(record: Record) -> float:
    """Seconds from arrival to answer that 95 of 100 requests did not exceed."""
    return measures.percentiles(record, (95,))[0]


def busy(record: Record) -> float:
    """The share (0 to 1) of the time that the servers were at work, over all of them."""
    return measures.utilisation(record, record.end)[0]


def mean_time(record: Record) -> float:
    """Seconds from arrival to answer, on average."""
    return fmean(measures.response_times(record))


def lost(record: Record) -> int:
    """How many requests failed."""
    return measures.outcomes(record).failed


def taken_out(record: Record) -> list[tuple[float, float]]:
    """(moment, seconds out) of each time that the balancer sent a server nothing more, up to the end."""
    found: dict[int, float] = {}
    spells = []
    for entry in record.states:
        if entry.aspect == "target" and entry.state == "unhealthy":
            found[entry.part] = entry.time
        elif entry.aspect == "target" and entry.part in found:
            start = found.pop(entry.part)
            spells.append((start, entry.time - start))
    return sorted([*spells, *((start, record.end - start) for start in found.values())])


BAD_DAY: dict = {
    "label": "Same counts, different lines",
    "prediction": {"03-line": (lambda run, moment: max(waiting_at_end(run)), 600, "Server C")},
    "minutes": 10,
    "start": {"slow": "C"},
    "opening": 29,
    "question": "All got the same number. How many wait for C after ten minutes?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
