"""The ticket office of E3, E4 and E5: a group behind a balancer, and customers who come in waves.

Read `office` first. Numbers are chosen so that they can be worked out by hand: an order takes 10 s on one of
the two places of an instance, so an instance does 12 orders a minute; a new one needs 2 minutes (in E4 4). A
variant holds "orders", the corners of a line of [minute, orders a minute], with a jump where a minute stands twice.
"""

from collections.abc import Callable, Sequence
from math import inf

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.measures import in_system
from cloudlab.kernel.record import Record
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers
from cloudlab.traffic.shapes import Shape, line

ORDER, PLACES = 10.0, 2
"""Seconds of work for an order, and orders side by side on an instance."""

PER_INSTANCE = 60 / ORDER * PLACES
"""Orders a minute that one instance does."""

SERVES, LAUNCH, CHECK = 120.0, 60.0, 10.0
"""Seconds until a new instance serves, that it is pending of them, and until its first check is passed."""

MISSED = "95 of 100 orders took up to {value} s ({limit} s allowed)"
"""How the goal is missed."""

READY = SERVES + CHECK
"""Seconds from the first launch until the doors open; minutes are counted from then."""


class Office:
    """The world, the group and the balancer of a run, before the doors open.

    `begin` (s) is when the first instances are launched, `serves` (s) how long it takes until one serves,
    `pending` (s) how long it is pending of that, and `group` the settings of the group.
    """

    def __init__(
        self, seed: int, *, begin: float = 0.0, serves: float = SERVES, pending: float = LAUNCH, **group
    ):
        self.world = BoundedWorld(seed)
        if begin:
            self.world.run(until=begin)
        self.opens = begin + serves + CHECK
        template = LaunchTemplate(launch_time=pending, boot_time=serves - CHECK - pending, slots=PLACES)
        self.group = AutoScalingGroup(self.world, "web", launch_template=template, **group)
        self.balancer = LoadBalancer(
            self.world,
            "office",
            targets=self.group,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check_timeout_seconds=59,  # patient: a long line alone makes no target unhealthy
            health_check_interval_seconds=60,
            healthy_threshold_count=2,
            unhealthy_threshold_count=10,
            deregistration_delay_timeout_seconds=60,
            idle_timeout_timeout_seconds=4000,
        )

    def open(self, corners: Sequence, minutes: float, altered_after: float | None = None) -> Record:
        """Open the doors, and let customers come for so many `minutes`, as `corners` say.

        From `altered_after` (s, a full minute after opening) on, three times as many come.
        """
        opens = self.opens
        self.world.run(until=opens)
        per_minute = line(corners)
        other_from = inf if altered_after is None else altered_after - opens

        def rate(time: float) -> float:
            return per_minute(time / 60) / 60 * (3.0 if time >= other_from else 1.0)

        traffic = Shape(rate, breaks=tuple(60 * minute for minute, _ in corners))
        Customers(self.world, "customers", traffic=traffic, to=self.balancer, work="fixed", mean_work=ORDER)
        return self.world.run(until=opens + 60 * minutes)


def slowest(record: Record, since: float = 0.0, until: float = inf) -> float:
    """Seconds that 95 of 100 orders took at most, of those that came between two moments (s).

    Who still waits at the end has waited at least until then, and so has one whose order was lost.
    """
    rows, end = record.requests, record.end
    cells = zip(rows.arrived, rows.answered, rows.status, strict=True)
    times = sorted(
        (end if lost else min(done, end)) - came for came, done, lost in cells if since <= came < until
    )
    return times[-(-len(times) * 95 // 100) - 1] if times else 0.0


def wishes(record: Record) -> list[tuple[float, int]]:
    """(time in s, instances wished) at the start and at each change."""
    series = record.series[record.part("web"), "GroupDesiredCapacity"]
    found: list[tuple[float, int]] = []
    for time, size in zip(series.times, series.values, strict=True):
        if not found or found[-1][1] != size:
            found.append((time, int(size)))
    return found


def told_by_the_record(
    record: Record, opens: float, clock: Callable[[float], str], late: bool, most: int = 8
) -> list[str]:
    """The changes of the wish with what the CPU metric said then and how many customers were there.

    Where orders were `late`, the changes around the order that took longest are told, and that order; else
    those around the largest wish.
    """
    changes = wishes(record)
    rows, end = record.requests, record.end
    waits = [(min(done, end) - came, came) for came, done in zip(rows.arrived, rows.answered, strict=True)]
    longest, came = max(waits)
    moment = came if late else max(changes, key=lambda change: change[1])[0]
    before = sum(time <= moment for time, _ in changes)
    start = max(0, min(before - most // 2 - 1, len(changes) - most))
    told = [
        (time, _change(record, changes, place))
        for place, (time, _) in enumerate(changes)
        if start <= place < start + most
    ]
    if late:
        told.append((came, f"The order that took longest comes: {longest:,.0f} s until it is done."))
    lines = [f"  {clock(max(time, opens))}  {text}" for time, text in sorted(told)]
    left = len(changes) - most
    more = "once more" if left == 1 else f"{left} times more"
    return lines + ([f"  The wish changed {more}."] if left > 0 else [])


def _change(record: Record, changes: list[tuple[float, int]], place: int) -> str:
    """What a change of the wish was, and what was to be seen then."""
    time, size = changes[place]
    if not place:
        return f"The doors open: {size} instances wished."
    cpu = record.series.get((record.part("web"), "CPUUtilization"))
    metric = f"CPU {cpu.at(time):.0f} %, " if cpu and cpu.times[0] <= time else ""
    return (
        f"Wish {changes[place - 1][1]} → {size}: {metric}{in_system(record, [time])[0]:,} customers inside."
    )


def clock(time: float, opens: float = READY) -> str:
    """A moment after opening: '0:47:20'."""
    seconds = max(0, round(time - opens))
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
