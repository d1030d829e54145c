"""The hours of E4: a ramp, a spike and a night, in an order and of a size that nobody knows beforehand.

Read `waves` first. Once a minute the answer is asked for a number of instances. It sees what a metric would
show: the last full minute is not there yet, so each row holds the orders and the CPU of the minute before. A
variant holds "calm" (orders a minute between the waves) and how many times that the "ramp" and the "spike" are.
"""

from itertools import pairwise
from random import Random

from cloudlab.autoscaling.policies import CPUUtilization
from cloudlab.exercises.autoscaling_policies import office
from cloudlab.judge.definition import needs
from cloudlab.kernel.record import Record

MINUTES, MOST, ROWS = 120, 40, 15
"""Minutes that the office is open, the group's maximum, and rows of history that are handed over."""

PENDING = 110.0
"""Seconds until a new instance is in service, and serves: until then "pending" tells of it."""

WINDOW = 200.0
"""Seconds from the first raise for a spike, in which none of its instances serves yet."""

LIMIT = 60.0
"""Seconds that 95 of 100 orders may take."""


def waves(decide, variant: dict, seed: int = 1, *, easy: bool = False, altered_after: float | None = None):
    """(record, decisions, corners) of the open hours with a policy; `easy`: one gentle ramp."""
    corners = drawn(variant, seed, easy)
    start = round(1.8 * variant["calm"] / office.PER_INSTANCE)
    shop = office.Office(seed, pending=PENDING, min_size=1, desired_capacity=start, max_size=MOST)
    decisions: list[tuple[float, int]] = []
    shop.world.process(_ask(shop, decide, decisions))
    return shop.open(corners, MINUTES, altered_after), decisions, corners


def drawn(variant: dict, seed: int, easy: bool) -> list[list[float]]:
    """The line of [minute, orders a minute]: three waves of half an hour, in any order, calm between."""
    dice, calm = Random(f"waves {seed}"), variant["calm"]
    kinds = ["ramp", "spike", "night"]
    dice.shuffle(kinds)
    corners, minute = [[0, calm]], 12 + dice.randint(0, 4)
    for kind in ["ramp"] if easy else kinds:
        if kind == "ramp":
            high = calm * (1.8 if easy else variant["ramp"] + dice.uniform(-0.1, 0.1))
            corners += [[minute, calm], [minute + 14, high], [minute + 22, high], [minute + 24, calm]]
        elif kind == "spike":
            high = calm * (variant["spike"] + dice.uniform(-0.05, 0.05))
            corners += [[minute, calm], [minute, high], [minute + 12, high], [minute + 12, calm]]
        else:
            low = calm * dice.uniform(0.3, 0.4)
            corners += [[minute, calm], [minute + 3, low], [minute + 24, low], [minute + 27, calm]]
        minute += 34
    return [*corners, [MINUTES, calm]]


def _ask(shop, decide, decisions: list):
    """Once a minute: measure, hand over the history, and ask the group for the answer. A SimPy process."""
    world, group, rows = shop.world, shop.group, shop.world.record.requests
    yield world.timeout(office.READY)
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
    needs(wish is not None, "decide returned nothing.", f"End it with {asked}.")
    good = type(wish) is int and 0 <= wish <= 1000
    rule = f"Return {asked}: from 0 to 1000, without a point. math.ceil rounds up."
    needs(good, "What decide returned is not a number of instances.", rule, f"It was {wish!r:.60}.")


def busy(corners: list, minute: float) -> float:
    """Instances that the orders of a minute keep busy."""
    return office.line(corners)(minute) / office.PER_INSTANCE


def peak(record: Record) -> int:
    """The largest wish of the run."""
    return max(size for _, size in office.wishes(record))


def turns(record: Record) -> int:
    """How often the wish changed from up to down or back."""
    sizes = [size for _, size in office.wishes(record)]
    ups = [after > before for before, after in pairwise(sizes)]
    return sum(one != other for one, other in pairwise(ups))


def spike_wishes(record: Record, corners: list) -> tuple[int, int]:
    """How many instances were wished for because of the spike: those that came on top, and all.

    The spike is there from one minute to the next, so one raise is enough. What is wished for while the
    instances of that raise are still on their way is on top.
    """
    pairs = pairwise(corners)
    begins = next((start for (start, low), (end, high) in pairs if start == end and high > low), None)
    if begins is None:
        return 0, 0
    pending = record.series[record.part("web"), "GroupPendingInstances"]
    changes, first = office.wishes(record), office.READY + 60 * begins + 60
    raises = [
        (pending.at(time - 1) > 0, after - before)
        for (_, before), (time, after) in pairwise(changes)
        if first < time < first + WINDOW and after > before
    ]
    return sum(more for waiting, more in raises if waiting), sum(more for _, more in raises)
