"""The scenarios of lesson 08: the same films of one day, made by two servers and by a function, and two meters.

Read `servers` and `function` first: a few lines each, in which the same calls go to servers behind a balancer, and to
a function. `scenario` lets both run, and lays their bills side by side. The other functions read from such a record
what a learner asks of it, and compute what a call costs with each memory size.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate, pairwise
from math import isfinite
from random import Random
from typing import Annotated, NamedTuple

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.series import Series
from cloudlab.kernel.vcpu import share
from cloudlab.kernel.world import World
from cloudlab.lambda_function import Function
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill, billed_ms, charge, millisecond_price, total
from cloudlab.traffic import Customers
from cloudlab.traffic.shapes import Shape

DAY, HOUR = 86_400.0, 3600.0
"""Seconds: a run lasts from midnight to midnight."""

WAITS, COMPUTES = 25.0, 3.0
"""Seconds of a film: so long it waits for the storage, and so long it computes on one whole virtual CPU."""

TYPE, SLOTS = "m7i.large", 8
"""A server: a film needs a gigabyte, so with 8 GiB it makes eight side by side, and they rarely compute at once."""

LATE = 120.0
"""Seconds after which a film is late."""

STEP = 600
"""Seconds between two readings of what isn't money."""

RUSH = 600.0
"""Films an hour that a rush adds, for an hour."""

SHAPES = {
    "spiky": (
        *(1700, 700, 60, 40, 40, 50, 90, 260, 620, 820, 480, 280, 380),
        *(320, 260, 250, 300, 480, 820, 1150, 1100, 700, 420, 260, 120),
    ),
    "nightly": (300, 900, 1250, 1250, 1250, 900, 300, *(20,) * 18),
    "steady": (600,) * 25,
}
"""Films an hour at each full hour of the day: a sale that begins at midnight, a nightly batch, and no change at all."""

Kind = Annotated[str, Limit(choices=tuple(SHAPES), label="Traffic")]
Servers = Annotated[int, Limit(1, 8, "servers", choices=(1, 2), label="Servers")]
Memory = Annotated[int, Limit(1024, 10_240, "MB", choices=(1024, 1769, 3538), label="Memory")]
"""A film needs a gigabyte."""

Rushes = Annotated[tuple[float, ...], Action("An hour of rush", (7 * HOUR, 14 * HOUR))]


class Films(Shape):
    """When films are ordered, and how much work each of them is, the same for all who are given the same seed.

    `vcpu` is the share of a virtual CPU of whoever makes them: so much less is done in a second of computing, and a
    second of waiting stays one.
    """

    def __init__(self, traffic: str, rush: tuple[float, ...], seed: int, vcpu: float = 1.0):
        hours = SHAPES[traffic]

        def rate(time: float) -> float:
            hour = min(int(time // HOUR), len(hours) - 2)
            part = time / HOUR - hour
            usual = hours[hour] * (1 - part) + hours[hour + 1] * part
            return (usual + RUSH * sum(start <= time < start + HOUR for start in rush)) / HOUR

        super().__init__(
            rate, grain=300.0, breaks=tuple(edge for start in rush for edge in (start, start + HOUR))
        )
        self.seed, self.vcpu = seed, vcpu

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple]:
        """As of any shape, with dice of its own."""
        when, how = Random(f"films {self.seed}"), Random(f"work {self.seed}")
        for covered, times, _, _ in super().chunks(when, regular):
            works = []
            for _ in times:
                seconds = WAITS * how.uniform(0.6, 1.4) + COMPUTES * how.uniform(0.6, 1.4) / self.vcpu
                works.append(round(seconds * self.vcpu, 6))
            yield covered, times, None, works


@checked()
def servers(seed: int = 1, *, traffic: Kind = "spiky", instances: Servers = 2, rush: Rushes = ()) -> Record:
    """A day of films made by so many servers behind a balancer, with its bill."""
    world = World(seed)
    template = LaunchTemplate(instance_type=TYPE, launch_time=0, boot_time=0, slots=SLOTS)
    rented = [Instance(world, f"server {number}", launch_template=template) for number in range(instances)]
    door = LoadBalancer(
        world, "door", targets=rented, health_check_interval_seconds=300, idle_timeout_timeout_seconds=4000
    )
    Customers(world, "shop", traffic=Films(traffic, rush, seed), to=door)
    return bill(world.run(until=DAY))


@checked()
def function(
    seed: int = 1, *, traffic: Kind = "spiky", memory_size: Memory = 1024, rush: Rushes = ()
) -> Record:
    """A day of the same films made by a function with so much memory, with its bill."""
    world = World(seed)
    films = Function(world, "films", memory_size=memory_size, timeout=900)
    Customers(world, "shop", traffic=Films(traffic, rush, seed, share(memory_size)), to=films)
    return bill(world.run(until=DAY))


@checked()
def scenario(
    seed: int = 1,
    *,
    traffic: Kind = "spiky",
    instances: Servers = 2,
    memory_size: Memory = 1024,
    rush: Rushes = (),
) -> Record:
    """One day of films, made twice: by so many servers, and by a function with so much memory. Two meters run.

    The record holds no films, only the two meters: what each costs so far, and what it is made of.
    """
    rented = servers(seed, traffic=traffic, instances=instances, rush=rush)
    called = function(seed, traffic=traffic, memory_size=memory_size, rush=rush)
    record = World(seed).run(until=DAY)
    _rent(record, rented, instances)
    _calls(record, called, memory_size)
    _tell(record, rush)
    return record


# The meters

EC2, LAMBDA = "EC2", "Lambda"


def _rent(record: Record, rented: Record, instances: int) -> None:
    """The meter of the servers, and what is paid of it for nothing."""
    hour, door = charge(TYPE, 1).unit_price, charge("alb-hour", 1).unit_price
    many = "One server" if instances == 1 else f"{instances} servers"
    part = record.add_part(
        EC2,
        "meter",
        title=f"{many} {TYPE}",
        price=f"${instances * hour + door:.3f} an hour",
        first="servers",
        second="balancer",
        square=True,
    )
    times = [*range(0, int(DAY) + 1, STEP)]
    machines = [float(instances * hour) * time / HOUR for time in times]
    busy = _busy(rented, times)
    idle = [
        paid * (1 - worked / (SLOTS * instances * time)) if time else 0.0
        for paid, worked, time in zip(machines, busy, times, strict=True)
    ]
    _enter(record, part, rented, times, First=machines, Idle=idle)


def _calls(record: Record, called: Record, memory_size: int) -> None:
    """The meter of the function."""
    each = charge("lambda-request", 1).unit_price / 1_000_000
    exact = sum(line.quantity * line.unit_price for line in called.bill)
    dear = 1000 * exact / max(1, len(called.requests))
    part = record.add_part(
        LAMBDA,
        "meter",
        title=f"Lambda, {memory_size:,} MB",
        price=f"${dear:.2f} a thousand",
        first="duration",
        second="calls",
        square=False,
    )
    times = [*range(0, int(DAY) + 1, STEP)]
    ends = sorted(end for end in called.requests.finished if isfinite(end))
    cost = called.series[called.parts_of("bill")[0], "Cost"]
    _enter(record, part, called, times, Idle=[0.0] * len(times))
    # Read as often as the cost is, so that at no moment a part is more than the whole.
    readings = zip(cost.times, cost.values, strict=True)
    duration = [max(0.0, paid - float(each) * bisect_left(ends, time)) for time, paid in readings]
    record.series[part, "First"] = Series(array("d", cost.times), array("d", duration))


def _tell(record: Record, rush: tuple[float, ...]) -> None:
    """What is worth reading: rushes, meetings, and the first film that is late."""
    rented, called = record.part(EC2), record.part(LAMBDA)
    told = [(start, called, "●", "An hour of rush begins.") for start in rush if start < DAY]
    for meeting in meetings(record):
        other = EC2 if meeting.ahead == LAMBDA else LAMBDA
        text = f"{meeting.ahead} overtakes {other} at ${meeting.dollars:.2f}."
        told.append((meeting.time, record.part(meeting.ahead), "○", text))
    late = record.series[rented, "Late"]
    first = next((time for time, many in zip(late.times, late.values, strict=True) if many), None)
    if first is not None:
        told.append((first, rented, "✕", "The servers have no room, and the first film is late."))
    for time, part, glyph, text in sorted(told):
        record.note(time, part, glyph, text)


def _enter(record: Record, part: int, run: Record, times: list[int], **columns: list[float]) -> None:
    """The series of one meter: money, films, and how many are late."""
    requests = run.requests
    late = sorted(
        came + LATE
        for came, end in zip(requests.arrived, requests.answered, strict=True)
        if end > came + LATE and came + LATE <= run.end
    )
    record.series[part, "Cost"] = run.series[run.parts_of("bill")[0], "Cost"]
    columns["Calls"] = [float(bisect_left(requests.arrived, time)) for time in times]
    columns["Late"] = [float(bisect_left(late, time)) for time in times]
    for name, values in columns.items():
        record.series[part, name] = Series(array("d", times), array("d", values))


def _busy(run: Record, times: list[int]) -> list[float]:
    """Slot-seconds of work up to each moment: what has ended, and what has begun, each cut off there."""

    def cut(column) -> list[float]:
        ordered = sorted(value for value in column if isfinite(value))
        sums = [0.0, *accumulate(ordered)]
        found = []
        for time in times:
            place = bisect_left(ordered, time)
            found.append(sums[place] + time * (len(column) - place))
        return found

    began, ended = cut(run.requests.started), cut(run.requests.finished)
    return [end - begin for begin, end in zip(began, ended, strict=True)]


def _along(series: Series, time: float) -> float:
    """A series of readings, as straight lines from one to the next."""
    place = bisect_left(series.times, time)
    if place == 0 or place == len(series.times):
        return series.values[min(place, len(series.times) - 1)]
    before, after = series.times[place - 1], series.times[place]
    part = (time - before) / (after - before)
    return series.values[place - 1] * (1 - part) + series.values[place] * part


# What a learner reads from a record of two meters


CENT = 0.01
"""Dollars that the meters must be apart after a meeting; less is only a flutter around the same sum."""


class Meeting(NamedTuple):
    """A moment (s) at which both meters show the same, so many dollars, and which one is ahead from then on."""

    time: float
    dollars: float
    ahead: str


def meetings(record: Record) -> list[Meeting]:
    """When one meter overtakes the other by a cent or more, after the first hour, in order of time."""
    rented, called = _meters(record)
    moments = sorted({*rented.times, *called.times})
    gaps = [(time, _along(called, time) - _along(rented, time)) for time in moments if time >= HOUR]
    found, same, ahead = [], 0.0, None
    for (before, gap), (after, then) in pairwise(gaps):
        if gap * then < 0:
            same = before + (after - before) * gap / (gap - then)
        if abs(then) >= CENT:
            leader = LAMBDA if then > 0 else EC2
            if ahead not in (None, leader):
                found.append(Meeting(same, _along(called, same), leader))
            ahead = leader
    return found


def meets_again(record: Record) -> float:
    """The hour at which the meters meet for the second time; 24 where they don't."""
    found = meetings(record)
    return round(found[1].time / HOUR, 1) if len(found) > 1 else 24.0


def costs(record: Record) -> tuple[float, float]:
    """(dollars of the servers, dollars of the function) at the end of the day."""
    rented, called = _meters(record)
    return rented.values[-1], called.values[-1]


def tried(way: str, size: int, *, traffic: str = "spiky", seed: int = 1) -> tuple[float, int]:
    """(dollars of a day, late films) of 'servers', `size` of them, or of a 'function' with `size` MB.

    Raises InvalidParameter for another way.
    """
    if way not in ("servers", "function"):
        raise InvalidParameter(f"way is {way!r:.60}, but must be 'servers' or 'function'.")
    if way == "servers":
        run = servers(seed, traffic=traffic, instances=size)
    else:
        run = function(seed, traffic=traffic, memory_size=size)
    pairs = zip(run.requests.arrived, run.requests.answered, strict=True)
    return float(total(run.bill)), sum(end > came + LATE for came, end in pairs)


def idle_share(record: Record) -> float:
    """The share of what the servers' hours cost that was paid for idling."""
    part = record.part(EC2)
    return record.series[part, "Idle"].values[-1] / record.series[part, "First"].values[-1]


def late(record: Record) -> tuple[int, int]:
    """(late films of the servers, late films of the function)."""
    found = [int(record.series[record.part(name), "Late"].values[-1]) for name in (EC2, LAMBDA)]
    return found[0], found[1]


def _meters(record: Record) -> tuple[Series, Series]:
    if not all(record.has_part(name) for name in (EC2, LAMBDA)):
        raise InvalidParameter("record has no two meters: it must come from scenario(…).")
    rented, called = (record.series[record.part(name), "Cost"] for name in (EC2, LAMBDA))
    return rented, called


# What a call costs, with each memory size

SIZES = (128, 256, 512, 1024, 1769, 3538, 7076)
"""MB: each twice the one before, roughly, and those with one, two and four whole virtual CPUs."""


class Size(NamedTuple):
    """A memory size (MB), how long a call takes with it (ms, as billed), and what a thousand of them cost."""

    memory_size: int
    ms: int
    dollars: Decimal


@checked()
def sizes(
    *,
    computes: Annotated[float, Limit(0, 600, "s", label="Computes")] = 2.0,
    waits: Annotated[float, Limit(0, 600, "s", label="Waits")] = 0.2,
) -> list[Size]:
    """What a call that computes and waits for so long (s, on one whole virtual CPU) costs with each of `SIZES`."""
    found = []
    for memory in SIZES:
        ms = billed_ms(waits + computes / share(memory))
        dear = 1000 * (ms * millisecond_price(memory) + charge("lambda-request", 1).unit_price / 1_000_000)
        found.append(Size(memory, ms, dear))
    return found


BAD_DAY: dict = {
    "label": "Two taxi meters",
    "prediction": {"08-meet": (lambda run, moment: meets_again(run), 75_000)},
    "opening": (1_800, 13_500),
    "question": "Both stand at the same cent. When do they meet again?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
