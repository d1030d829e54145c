"""The hours of E15: workers at a queue, whose number a function decides once a minute.

Read `hours` first. Orders come along a line, with groups that come all at once. A new worker needs two minutes. What
is handed over is what the queue and the group tell at that moment. A variant holds "calm" (orders a minute between
the waves), how many times that the "ramp" is, and the orders of a "group".
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from random import Random

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.judge.definition import BoundedWorld, needs
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.messages import Fate, QueueTable
from cloudlab.kernel.record import Record
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Senders
from cloudlab.traffic.shapes import Shape, line

PRINT, PER_WORKER = 20.0, 3
"""Seconds of a print, and orders a minute that a worker does."""

MINUTES, MOST, ROWS = 120, 60, 15
"""Minutes of a run, the group's maximum, and rows of history that are handed over."""

SERVES, READY = 120.0, 150.0
"""Seconds until a new worker takes messages, and from the first launch until orders come."""

AT_ONCE = 10.0
"""Seconds in which a group's orders come."""

LIMIT = 420.0
"""Seconds that the oldest message may be old, at any time."""


@dataclass
class Hours:
    """What is left of a run: the record, the line of orders, the groups, what was decided, and what was probed."""

    record: Record
    corners: list
    groups: list
    rows: list[dict]
    wishes: list[tuple[float, int]]
    probed: dict[str, bool]


def hours(
    decide, variant: dict, seed: int = 1, *, easy: bool = False, altered_after: float | None = None
) -> Hours:
    """Two hours with this policy; `easy`: one gentle ramp and no groups."""
    world = BoundedWorld(seed)
    corners, groups = drawn(variant, seed, easy)
    queue = Queue(world, "orders", visibility_timeout=60)
    start = ceil(1.2 * variant["calm"] / PER_WORKER)
    template = LaunchTemplate(launch_time=60, boot_time=SERVES - 60)
    group = AutoScalingGroup(
        world, "printers", launch_template=template, min_size=1, desired_capacity=start, max_size=MOST
    )
    group.attach(Workers(world, "press", queue=queue, count=0, work="fixed", mean_work=PRINT))
    world.run(until=READY)
    Senders(world, "shop", traffic=_traffic(corners, groups, altered_after), to=queue)
    found = Hours(world.record, corners, groups, [], [], {})
    world.process(_ask(world, queue, group, decide, found))
    world.run(until=READY + 60 * MINUTES)
    found.probed = probe(decide)
    return found


def drawn(variant: dict, seed: int, easy: bool) -> tuple[list, list]:
    """The line of [minute, orders a minute], and the groups as [minute, orders].

    A ramp, two groups and a night, in any order.
    """
    dice, calm = Random(f"backlog {seed}"), variant["calm"]
    if easy:
        high = 1.6 * calm
        return [[0, calm], [30, calm], [60, high], [75, high], [85, calm], [MINUTES, calm]], []
    kinds = ["ramp", "group", "night", "group"]
    dice.shuffle(kinds)
    corners, groups, minute = [[0, calm]], [], 8 + dice.randint(0, 3)
    for kind in kinds:
        if kind == "ramp":
            high = calm * (variant["ramp"] + dice.uniform(-0.1, 0.1))
            corners += [[minute, calm], [minute + 15, high], [minute + 25, high], [minute + 28, calm]]
            minute += 34
        elif kind == "night":
            low = calm * dice.uniform(0.3, 0.4)
            corners += [[minute, calm], [minute + 3, low], [minute + 20, low], [minute + 23, calm]]
            minute += 27
        else:
            moment = minute + dice.randint(1, 4) + round(dice.random(), 2)
            groups.append([moment, round(variant["group"] * dice.uniform(0.9, 1.1))])
            minute += 22
    return [*corners, [MINUTES, calm]], groups


def _traffic(corners: list, groups: list, altered_after: float | None) -> Shape:
    """The rate (a second) from the moment at which orders begin to come."""
    per_minute = line(corners)
    spells = [(60 * minute, 60 * minute + AT_ONCE, orders / AT_ONCE) for minute, orders in groups]
    other = inf if altered_after is None else altered_after - READY

    def rate(time: float) -> float:
        crowd = sum(more for start, end, more in spells if start <= time < end)
        return per_minute(time / 60) / 60 * (3.0 if time >= other else 1.0) + crowd

    edges = [moment for start, end, _ in spells for moment in (start, end)]
    return Shape(rate, breaks=tuple(60 * minute for minute, _ in corners) + tuple(edges))


def _ask(world: BoundedWorld, queue: Queue, group, decide, found: Hours) -> Process:
    """Once a minute: look, hand over the history, and ask the group for the answer. A SimPy process."""
    first = 0  # all before it are gone
    for minute in range(1, MINUTES):
        yield world.timeout(READY + 60 * minute - world.now)
        world.advance()
        gone = _gone_from(queue.table, first)
        while gone.get(first, inf) < world.now:  # one that ends now may still be broken off now
            first += 1
        found.rows.append(_row(world, queue, group, minute, first))
        wish = decide(found.rows[-ROWS:])
        check(wish)
        found.wishes.append((world.now, wish))
        group.ask(wish, "your policy")


def _gone_from(table: QueueTable, first: int) -> dict[int, float]:
    """When each message from `first` on is deleted, as far as a worker has it; not what one had that was ended."""
    since = bisect_left(table.handed, table.sent[first]) if first < len(table.sent) else len(table.handed)
    tries = zip(table.message[since:], table.ended[since:], table.fate[since:], strict=True)
    return {row: ended for row, ended, fate in tries if fate == Fate.DELETED}


def _row(world: BoundedWorld, queue: Queue, group, minute: int, first: int) -> dict:
    """What is to be seen at this moment. `first` is the oldest message that is not gone."""
    states = [member.state for member in group.members.values()]
    visible = queue.approximate_number_of_messages()
    age = world.now - queue.table.sent[first] if first < len(queue.table.sent) else 0.0
    return {
        "minute": minute,
        "visible": visible,
        "oldest": round(max(0.0, age)),
        "sent": bisect_left(queue.table.sent, world.now) - bisect_left(queue.table.sent, world.now - 60),
        "cpu": round(100 * _busy(queue.table, world.now, states.count("InService")), 1),
        "in_service": states.count("InService"),
        "pending": states.count("Pending"),
        "desired": group.desired_capacity,
    }


def _busy(table: QueueTable, now: float, workers: int) -> float:
    """The share of the last minute for which those in service printed."""
    first = bisect_left(table.handed, now - 60 - PRINT)
    spells = zip(table.handed[first:], table.ended[first:], strict=True)
    seconds = sum(max(0.0, min(end, now) - max(start, now - 60)) for start, end in spells)
    return min(1.0, seconds / 60 / max(1, workers))


def check(wish) -> None:
    """The shape of what decide returns; raises Fault."""
    asked = "a whole number of workers, such as return 5"
    needs(wish is not None, "decide returned None: is a `return` missing?", f"End it with {asked}.")
    good = type(wish) is int and 0 <= wish <= 1000
    rule = f"Return {asked}: from 0 to 1000, without a point. math.ceil rounds up."
    needs(good, "What decide returned is not a number of workers.", rule, f"It was {wish!r:.60}.")


# What a policy goes by


def probe(decide) -> dict[str, bool]:
    """Which of the backlog, the CPU and the orders a policy goes by: asked at the end, where one of them differs."""
    usual = {"visible": 4, "oldest": 20, "sent": 9, "cpu": 80.0, "in_service": 4, "pending": 0, "desired": 4}
    others: dict[str, dict] = {
        "backlog": {"visible": 300, "oldest": 900},
        "cpu": {"cpu": 100.0},
        "calm cpu": {"cpu": 20.0},
        "orders": {"sent": 90},
    }
    wished = {name: decide(_steady(usual | change)) for name, change in others.items()}
    before = decide(_steady(usual))
    return {
        "backlog": wished["backlog"] != before,
        "cpu": wished["cpu"] != before or wished["calm cpu"] != before,
        "orders": wished["orders"] != before,
    }


def _steady(row: dict) -> list[dict]:
    """A history in which nothing changes."""
    return [{"minute": minute} | row for minute in range(1, ROWS + 1)]


# What the run says


def oldest(record: Record) -> tuple[float, float]:
    """(when it was sent, how old it became, in s) of the message that became oldest before it was gone."""
    table = record.queues[record.part("orders")]
    done = [min(end, record.end) for end in _gone(table)]
    return max(
        ((sent, end - sent) for sent, end in zip(table.sent, done, strict=True)), key=lambda one: one[1]
    )


def _gone(table: QueueTable) -> list[float]:
    """When each message was deleted (s); `inf` for one that was not."""
    gone = [inf] * len(table.sent)
    for row, ended, fate in zip(table.message, table.ended, table.fate, strict=True):
        if fate == Fate.DELETED:
            gone[row] = min(gone[row], ended)
    return gone


def fell(found: Hours) -> int:
    """How often the wish became less."""
    sizes = [wish for _, wish in found.wishes]
    return sum(after < before for before, after in pairwise(sizes))


def peak(found: Hours) -> int:
    """The largest wish, as far as the group grants it."""
    return max(min(MOST, wish) for _, wish in found.wishes)
