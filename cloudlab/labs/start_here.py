"""The scenarios of lesson 00: the information desk of a station, and a day with a rush.

Read `Desk` first: it is the smallest part of the course, a line and the clerks who serve it. Then read
`scenario`: five lines that build a world, put a desk and passengers into it, and return the record.
"""

from bisect import bisect_right
from decimal import ROUND_HALF_UP, Decimal
from math import inf
from typing import Annotated

from cloudlab.kernel import measures
from cloudlab.kernel.contracts import AnswerChange, Caller, Paths
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.record import Line, Record
from cloudlab.kernel.server import Server
from cloudlab.kernel.serving import Alone, serve
from cloudlab.kernel.world import World
from cloudlab.pricing import write_bill
from cloudlab.traffic import Customers, spike, steady

HOUR = 3600

OPEN = 8 * HOUR
"""Seconds from the opening of the doors to their closing."""

SERVICE = 60.0
"""Seconds that a passenger's question takes, on average."""

PRICE = Decimal("0.005")
"""Dollars that one clerk costs a second; 18 dollars an hour."""

Clerks = Annotated[int, Limit(1, 20, choices=(1, 2, 3), label="Clerks")]
Hourly = Annotated[float, Limit(0, 600, "an hour", choices=(30, 45, 54), label="Passengers")]
Chance = Annotated[bool, Limit(choices=(True, False), label="Chance")]


class Desk:
    """One line in front of `clerks` who work side by side, first come, first served."""

    idle_timeout = inf

    @checked()
    def __init__(self, world: World, name: str, *, clerks: Clerks = 1):
        record = world.record
        self.part = record.add_part(name, "desk", time=world.now, slots=clerks, speed=1.0)
        self.server = Server(world, self.part, slots=clerks)
        record.enter(world.now, self.part, "application", "answering")

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Serve a column of requests; returns the first new row of the record."""
        return serve(customers, [self.server], Alone, arrived, works, paths)

    def time_passed(self, now: float) -> bool:
        """Nothing waits outside the line."""
        return False

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """No plan changes here: clerks neither stop nor slow down."""


@checked()
def scenario(seed: int = 1, *, passengers: Hourly = 30, clerks: Clerks = 1, chance: Chance = True) -> Record:
    """A day of a desk: eight hours, so many passengers an hour, a question of a minute each.

    With `chance` they come at random moments and their questions take 60 s on average; without it
    one comes every so many seconds, and each question takes 60 s exactly.
    """
    world = World(seed)
    desk = Desk(world, "information", clerks=clerks)
    arrivals, work = ("poisson", "exponential") if chance else ("regular", "fixed")
    traffic = steady(passengers / HOUR)
    Customers(world, "passengers", traffic=traffic, to=desk, arrivals=arrivals, work=work, mean_work=SERVICE)
    return pay(world.run(until=OPEN))


@checked()
def rush(
    seed: int = 1,
    *,
    clerks: Annotated[int, Limit(1, 20, choices=(2, 3, 4, 5, 6), label="Clerks")] = 2,
) -> Record:
    """A day with a rush: 75 passengers an hour, from 3:00 h to 5:00 h twice as many."""
    world = World(seed)
    desk = Desk(world, "information", clerks=clerks)
    traffic = spike(75 / HOUR, jump=2, at=3 * HOUR, length=2 * HOUR)
    Customers(world, "passengers", traffic=traffic, to=desk, mean_work=SERVICE)
    return pay(world.run(until=OPEN))


def pay(record: Record) -> Record:
    """Write the bill into the record: each clerk is paid for each second of the day, busy or not."""
    clerks = sum(record.parts[desk].attributes["slots"] for desk in record.parts_of("desk"))
    seconds = clerks * int(record.end)
    amount = (seconds * PRICE).quantize(Decimal("0.01"), ROUND_HALF_UP)
    line = Line("Clerks", Decimal(seconds), "seconds", PRICE, amount)
    return write_bill(record, [line], lambda until: clerks * PRICE * until)


# What a learner reads from a record


def longest_line(record: Record) -> int:
    """The most passengers who stood in line at one moment, those at a desk not counted."""
    rows = record.requests
    started = sorted(rows.started)
    counts = (row + 1 - bisect_right(started, arrived) for row, arrived in enumerate(rows.arrived))
    return max(counts, default=0)


def busy(record: Record) -> float:
    """The share (0 to 1) of the day that the clerks were at work."""
    return measures.utilisation(record, record.end, part=record.parts_of("desk")[0])[0]


def p95(record: Record) -> float:
    """Seconds, from joining the line to the answer, that 95 of 100 passengers did not exceed."""
    return measures.percentiles(record, (95,))[0]


BAD_DAY: dict = {
    "label": "The information desk",
    "prediction": {"00-line": longest_line},
    "start": {"passengers": 54},
    "opening": (900, 2965),
    "question": "Five stand in line. How long will the line be at its longest?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
