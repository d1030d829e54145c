"""The day of E1: a shop's six hours with two peaks, a plan that asks for capacity, and a loss every 20 minutes.

Read `shop_day` first. Numbers are chosen so that they can be worked out by hand: an order takes 6 s on one
of the two places of an instance, so an instance does 20 orders a minute; a new one needs 5 minutes. A
variant holds "orders", the corners of a line of [minute, orders a minute], and "plan", a list of [minute,
instances asked for]. The plan always asks for more than it takes, and for nothing in the quiet hours.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.measures import capacity
from cloudlab.kernel.record import Record, Status
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers
from cloudlab.traffic.shapes import Shape

HOURS, TWENTY = 6, 1200
ORDER, PLACES, PATIENCE = 6.0, 2, 20.0
"""Seconds of work for an order, orders side by side on an instance, seconds after which a customer leaves."""

READY = 310.0
"""Seconds from the first launch until the doors open; minutes and hours are counted from then."""

LAUNCH, BOOT = 60.0, 230.0
"""A new instance passes its first check 5 minutes after its launch."""

PER_INSTANCE = 60 / ORDER * PLACES
"""Orders a minute that one instance does."""


def shop_day(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """The six hours with these three numbers; `easy`: no losses, and three quarters of the orders."""
    world = BoundedWorld(seed)
    template = LaunchTemplate(launch_time=LAUNCH, boot_time=BOOT, slots=PLACES)
    group = AutoScalingGroup(world, "web", launch_template=template, **answer)
    shop = LoadBalancer(
        world,
        "shop",
        targets=group,
        health_check_timeout_seconds=20,
        healthy_threshold_count=2,
        deregistration_delay_timeout_seconds=60,
    )
    world.process(_plan(world, group, variant["plan"]))
    if not easy:
        world.process(_lose_one_every_20_minutes(world, group))
    world.run(until=READY)
    per_minute = orders(variant, easy)
    traffic = Shape(lambda time: per_minute(time / 60) / 60)
    Customers(world, "customers", traffic=traffic, to=shop, work="fixed", mean_work=ORDER, patience=PATIENCE)
    return world.run(until=READY + HOURS * 3600)


def orders(variant: dict, easy: bool = False) -> Callable[[float], float]:
    """Orders a minute at a minute after opening: straight lines between the corners."""
    corners, part = variant["orders"], 0.75 if easy else 1.0
    minutes = [minute for minute, _ in corners]

    def at(minute: float) -> float:
        right = min(max(1, bisect_right(minutes, minute)), len(corners) - 1)
        (start, low), (end, high) = corners[right - 1], corners[right]
        return part * (low + (high - low) * min(1.0, max(0.0, (minute - start) / (end - start))))

    return at


def _plan(world, group, plan):
    """Ask for what the plan says, at its minutes. A SimPy process."""
    for minute, asked in plan:
        yield world.timeout(READY + 60 * minute - world.now)
        group.ask(asked, "the plan")


def _lose_one_every_20_minutes(world, group):
    """Kill one instance at a random moment of each 20 minutes, 5 from their ends. A SimPy process.

    So two losses are never so close that the second comes before the first has a stand-in.
    """
    fate = world.dice("fate")
    yield world.timeout(READY)
    while True:
        moment = 300 + fate.random() * 600
        yield world.timeout(moment)
        if in_service := group.targets():
            world.dice("victim").choice(in_service).kill()
        yield world.timeout(TWENTY - moment)


# What the record says about dropped orders


@dataclass(frozen=True, order=True)
class Drop:
    """An order that was dropped: when (s), how, why, and the size that the group wished then."""

    time: float
    status: Status
    cause: str
    wished: int


def dropped(record: Record, variant: dict, easy: bool = False) -> list[Drop]:
    """All dropped orders, in order of time."""
    rows, wish = record.requests, record.series[record.part("web"), "GroupDesiredCapacity"]
    per_minute, found = orders(variant, easy), []
    for time, status in zip(rows.answered, rows.status, strict=True):
        if status != Status.OK and time <= record.end:
            wished, load = int(wish.at(time)), per_minute((time - READY) / 60) / PER_INSTANCE
            enough = load <= wished and not easy  # in an easy run nothing is lost
            cause = "no_spare_for_loss" if enough else TOO_FEW[ruler(variant, time)]
            if cause == "min_below_quiet" and not wished:
                cause = "min_zero"
            found.append(Drop(time, Status(status), cause, wished))
    return sorted(found)


def ruler(variant: dict, time: float) -> str:
    """Which of the three numbers decides what is wished at a moment (s)."""
    asked = [size for minute, size in variant["plan"] if READY + 60 * minute <= time]
    return "desired_capacity" if not asked else "max_size" if asked[-1] else "min_size"


TOO_FEW = {
    "desired_capacity": "desired_below_opening",
    "max_size": "max_below_peak",
    "min_size": "min_below_quiet",
}
"""Why an order was dropped while fewer were wished than the orders keep busy, by the number that rules."""


def spare_hours(record: Record, variant: dict) -> dict[str, float]:
    """Instance-hours that a lower number would have saved, for each of the three.

    To spare is what stands beyond what the orders keep busy, and one more. A number could be lower by what is to spare
    in the busiest minute that it ruled. Where the minimum alone holds what is wished, it ruled.
    """
    web, per_minute = record.part("web"), orders(variant)
    wish, low = record.series[web, "GroupDesiredCapacity"], record.series[web, "GroupMinSize"]
    spare: dict[str, list[float]] = {key: [] for key in TOO_FEW}
    for minute in range(HOURS * 60):
        time = READY + 60 * minute + 30
        ruled = "min_size" if wish.at(time) <= low.at(time) else ruler(variant, time)
        spare[ruled].append(wish.at(time) - per_minute(minute) / PER_INSTANCE - 1)
    return {key: max(0.0, min(found, default=0.0)) * len(found) / 60 for key, found in spare.items()}


def most_wished(drops: list[Drop], code: str) -> int:
    """The size that was wished while `code` made the most orders drop."""
    return Counter(drop.wished for drop in drops if drop.cause == code).most_common(1)[0][0]


def first_moment(record: Record, variant: dict, code: str, easy: bool = False) -> list[str]:
    """What led to the first five minutes in which `code` made several orders drop, else to the first drop.

    Only drops while the size was wished that `most_wished` names: it is the one that the feedback tells of.
    """
    drops = dropped(record, variant, easy)
    wished = most_wished(drops, code)
    lost = [drop for drop in drops if drop.cause == code and drop.wished == wished]
    if code == "no_spare_for_loss":
        lost = [drop for drop in lost if _after_a_loss(record, drop.time)] or lost
    followed = [drop for drop in lost if drop.status != Status.BAD_GATEWAY] or lost  # that is the kill itself
    times = [drop.time for drop in lost]
    after = [bisect_right(times, drop.time + 300) - bisect_left(times, drop.time) for drop in followed]
    place = next((place for place, number in enumerate(after) if number >= 5), 0)
    moment, status, number = followed[place].time, followed[place].status, after[place]
    size = f"{wished or 'none'} {'are' if wished > 1 else 'is'}"
    what = "enough for them" if code == "no_spare_for_loss" else "too few for them"
    return [
        f"Seed {record.seed}, times after opening. What came before an order that was dropped:",
        *(f"  {clock(note.time)}  {note.glyph}  {note.text}" for note in _notes_before(record, moment)),
        f"  {clock(moment)}  ✕  An order is dropped ({status.code}, {status.reason}).",
        f"{_at_work(record, moment, wished)}, and {_rate(variant, moment, easy)} come.",
        f"In the five minutes from then on {number:,} orders are dropped while {size} wished, {what}.",
    ]


def _at_work(record: Record, moment: float, wished: int) -> str:
    """How many instances work at a moment, beside those that are wished."""
    working = round(capacity(record).at(moment) / PLACES)
    if working <= wished:
        return f"{working} of {wished} wished instances work"
    last = "the last one is" if working == 1 else f"{working - wished} of the {working} that work are"
    return f"{wished or 'No'} instances are wished: {last} leaving"


def _rate(variant: dict, moment: float, easy: bool) -> str:
    """Orders a minute at a moment; in an easy run also as which part of the day's."""
    minute = (moment - READY) / 60
    said = f"{orders(variant, easy)(minute):.0f} orders a minute"
    return f"{said}, three quarters of the day's {orders(variant)(minute):.0f}," if easy else said


def _after_a_loss(record: Record, time: float) -> bool:
    """Whether an instance was killed in the five minutes before."""
    return any(entry.state == "killed" and time - 300 <= entry.time <= time for entry in record.states)


def _notes_before(record: Record, moment: float) -> list:
    """The last five notes before a moment, without the balancer's; of what goes as planned the last one alone."""
    balancer, web = record.part("shop"), record.part("web")
    told: list = []
    for note in record.notes:
        if note.time > moment or note.part == balancer or (note.glyph == "○" and note.part != web):
            continue
        if told and told[-1].glyph == note.glyph == "○":
            told.pop()
        told.append(note)
    return told[-5:]


def clock(time: float) -> str:
    """A moment after opening: '3:07:20'; before it with a minus."""
    seconds = round(time - READY)
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
