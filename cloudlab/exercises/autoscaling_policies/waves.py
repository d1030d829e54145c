"""The hours of E4: a ramp, a steep rise, groups and a night, in an order and of a size that nobody knows.

Read `waves` first. Once a minute the answer is asked for a number of instances. It sees what a metric would
show: the last full minute is not there yet, so each row holds the orders and the CPU of the minute before. A
variant holds "calm" (orders a minute between the waves) and how many times that the "ramp" and the "groups" are.

Two ideas must not pay off. Who follows the newest minute ends in the pause between two groups what the next
one needs. Who asks each minute again for what is still on its way has four times as many when they come.
"""

from bisect import bisect_left
from itertools import pairwise
from math import ceil
from random import Random

from cloudlab.autoscaling.policies import CPUUtilization
from cloudlab.exercises.autoscaling_policies import office
from cloudlab.judge.definition import needs
from cloudlab.kernel.record import Record
from cloudlab.traffic.shapes import line

MINUTES, MOST, ROWS = 120, 40, 15
"""Minutes that the office is open, the group's maximum, and rows of history that are handed over."""

SERVES, PENDING = 240.0, 230.0
"""Seconds until a new instance serves, and that "pending" tells of it: it is in service a check earlier."""

READY = SERVES + office.CHECK
"""Seconds from the first launch until the doors open."""

BEAT, GROUPS = 4, 3
"""Minutes that a group comes, and as many that few come; and how many groups there are."""

LATELY = 10
"""Minutes back that a policy may remember its largest number of orders."""

LIMIT = 120.0
"""Seconds that 95 of 100 orders may take."""


def waves(decide, variant: dict, seed: int = 1, *, easy: bool = False, altered_after: float | None = None):
    """(record, decisions, corners) of the open hours with a policy; `easy`: one gentle ramp."""
    corners = drawn(variant, seed, easy)
    start = ceil(1.5 * variant["calm"] / office.PER_INSTANCE)
    shop = office.Office(
        seed, serves=SERVES, pending=PENDING, min_size=1, desired_capacity=start, max_size=MOST
    )
    decisions: list[tuple[float, int]] = []
    shop.world.process(_ask(shop, decide, decisions))
    return shop.open(corners, MINUTES, altered_after), decisions, corners


def drawn(variant: dict, seed: int, easy: bool) -> list[list[float]]:
    """The line of [minute, orders a minute]: four waves, in any order, calm between."""
    dice, calm = Random(f"waves {seed}"), variant["calm"]
    kinds = ["ramp", "rise", "groups", "night"]
    dice.shuffle(kinds)
    corners, minute = [[0, calm]], 8 + dice.randint(0, 2)
    for kind in ["easy"] if easy else kinds:
        corners += WAVES[kind](dice, calm, variant, minute)
        minute = corners[-1][0] + 2 + dice.randint(0, 2)
    return [*corners, [MINUTES, calm]]


def _climb(high: float, calm: float, minute: int, up: int, stay: int) -> list[list[float]]:
    top = minute + up
    return [[minute, calm], [top, high], [top + stay, high], [top + stay + 2, calm]]


def _gentle(dice: Random, calm: float, variant: dict, minute: int) -> list[list[float]]:
    return _climb(1.6 * calm, calm, minute, 18, 6)


def _ramp(dice: Random, calm: float, variant: dict, minute: int) -> list[list[float]]:
    return _climb(calm * (variant["ramp"] + dice.uniform(-0.1, 0.1)), calm, minute, 18, 6)


def _rise(dice: Random, calm: float, variant: dict, minute: int) -> list[list[float]]:
    return _climb(calm * (0.72 * variant["ramp"] + dice.uniform(-0.1, 0.1)), calm, minute, 10, 7)


def _groups(dice: Random, calm: float, variant: dict, minute: int) -> list[list[float]]:
    many, few = calm * variant["groups"], calm * (2 - variant["groups"])
    corners = [[minute, calm]]
    for start in range(minute, minute + 2 * BEAT * GROUPS, 2 * BEAT):
        middle = start + BEAT
        corners += [[start, many], [middle, many], [middle, few], [middle + BEAT, few]]
    return [*corners, [minute + 2 * BEAT * GROUPS, calm]]


def _night(dice: Random, calm: float, variant: dict, minute: int) -> list[list[float]]:
    low = calm * dice.uniform(0.3, 0.4)
    return [[minute, calm], [minute + 3, low], [minute + 17, low], [minute + 20, calm]]


WAVES = {"easy": _gentle, "ramp": _ramp, "rise": _rise, "groups": _groups, "night": _night}


def _ask(shop, decide, decisions: list):
    """Once a minute: measure, hand over the history, and ask the group for the answer. A SimPy process."""
    world, group, rows = shop.world, shop.group, shop.world.record.requests
    yield world.timeout(READY)
    history: list[dict] = []
    cpu, seen, last = CPUUtilization(group, group.targets), len(rows), None
    for minute in range(1, MINUTES):
        yield world.timeout(60)
        world.advance()
        now = {"orders": len(rows) - seen, "cpu": round(cpu() or 0.0, 1)}
        seen = len(rows)
        if last is not None:
            states = [member.state for member in group.members.values()]
            there = {"in_service": states.count("InService"), "pending": states.count("Pending")}
            history.append({"minute": minute} | last | there | {"desired": group.desired_capacity})
            wish = decide(history[-ROWS:])
            _check(wish)
            decisions.append((world.now, wish))
            group.ask(wish, "your policy")
        last = now


def _check(wish) -> None:
    """The shape of what decide returns; raises Fault."""
    asked = "a whole number of instances, such as return 5"
    needs(wish is not None, "decide returned None: is a `return` missing?", f"End it with {asked}.")
    good = type(wish) is int and 0 <= wish <= 1000
    rule = f"Return {asked}: from 0 to 1000, without a point. math.ceil rounds up."
    needs(good, "What decide returned is not a number of instances.", rule, f"It was {wish!r:.60}.")


# What the record says


def busy(corners: list, minute: float) -> float:
    """Instances that the orders of a minute keep busy."""
    return line(corners)(minute) / office.PER_INSTANCE


def peak(record: Record) -> int:
    """The largest wish of the run."""
    return max(size for _, size in office.wishes(record))


def turns(record: Record) -> int:
    """How often the wish changed from up to down or back."""
    sizes = [size for _, size in office.wishes(record)]
    ups = [after > before for before, after in pairwise(sizes)]
    return sum(one != other for one, other in pairwise(ups))


def asked_again(record: Record, decisions: list[tuple[float, int]]) -> tuple[int, int]:
    """How many instances were asked for again, and in all: counted are the raises of the wish.

    It was asked again where instances were still on their way, and no minute of late had had more orders.
    """
    arrived, pending = record.requests.arrived, record.series[record.part("web"), "GroupPendingInstances"]
    again = total = 0
    seen: list[int] = []
    before = office.wishes(record)[0][1]
    for time, wish in decisions:
        newest = bisect_left(arrived, time - 60) - bisect_left(arrived, time - 120)
        wish = max(1, min(MOST, wish))
        if wish > before:
            total += wish - before
            if pending.at(time - 1) and newest <= max(seen[-LATELY:], default=0):
                again += wish - before
        seen.append(newest)
        before = wish
    return again, total


def too_few(decisions: list[tuple[float, int]], corners: list) -> int:
    """In how many minutes one instance or none was asked for, though the orders keep at least 3 busy."""
    return sum(wish <= 1 and busy(corners, (time - READY) / 60) >= 3 for time, wish in decisions)


def highest(corners: list) -> float:
    """Instances that the busiest minute keeps busy."""
    return max(rate for _, rate in corners) / office.PER_INSTANCE


def clock(time: float) -> str:
    """A moment after opening: '0:47:20'."""
    return office.clock(time, READY)
