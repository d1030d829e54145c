"""The day of E14: printing presses at one queue, with crashes, an outage, and orders that nobody can print.

Read `day` first. Now and then a press crashes with an order in its hand. For a while the service that all presses need
is away, so that each try fails soon. And some orders hold a broken photo: each try fails. A variant holds "work" (s of
a print, on average), "outage" (s) and what is allowed: "back" (s after a crash) and "out" (s for a broken photo).
"""

from bisect import bisect_right
from math import inf
from statistics import fmean

from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.draws import draws
from cloudlab.kernel.messages import Fate, QueueTable, done_again
from cloudlab.kernel.record import Record
from cloudlab.labs.sqs import Photos
from cloudlab.sqs import Queue
from cloudlab.traffic import Senders

PRESSES, BUSY, SPREAD = 4, 0.5, 0.5
"""Presses, the share of time for which they print, and the spread of a print's time (log-normal)."""

LENGTH, CRASHES = 300, 12
"""A day is so many mean prints long, and has so many crashes."""

CALM = 10
"""So many mean prints before the outage nothing crashes."""

SOON = 2.0
"""Seconds after which a try fails while the service is away."""

BROKEN = 0.02
"""Share of the orders that hold a broken photo."""

TWICE, DEAD = 0.01, 2
"""What is allowed: work done twice, as a share of the orders, and good orders among the dead letters."""

NEVER = 1000
"""Tries without a dead-letter queue, in effect."""


class Press:
    """A worker at the queue: it prints one order at a time."""

    most, wait, pause = 1, 20.0, 1.0

    def __init__(self, shop: "Presses", name: str):
        self.shop, self.part = shop, shop.world.record.add_part(name, "worker")
        self.number = shop.orders.line.join(self)
        shop.orders.line.ready(self.number, 0.0)

    def take(self, time: float, row: int, count: int) -> tuple[float, bool]:
        """A print from `time` (s) on: when it is over, and whether well."""
        return self.shop.work(time, row, count)


class Presses:
    """The queue with its dead letters, and those who print."""

    def __init__(self, world: BoundedWorld, answer: dict, work: float, outage: tuple[float, float]):
        self.world, self.outage = world, outage
        keeps = answer["dead_letter_queue"] == "yes"
        dead = Queue(world, "dead-letters") if keeps else None
        self.orders = Queue(
            world,
            "orders",
            visibility_timeout=answer["visibility_timeout"],
            dead_letter_target=dead,
            max_receive_count=answer["max_receive_count"] if keeps else NEVER,
        )
        self._draw = draws("log-normal", work, SPREAD, world.dice("work"))
        self._again = draws("log-normal", work, SPREAD, world.dice("work again"))
        self._first: list[float] = []
        self.presses = [Press(self, f"Press {letter}") for letter in "ABCD"[:PRESSES]]

    def work(self, time: float, row: int, count: int) -> tuple[float, bool]:
        """When a try that begins at `time` (s) is over, and whether well."""
        start, end = self.outage
        if start <= time < end:
            return time + SOON, False
        while row >= len(self._first):
            self._first.extend(self._draw(200))
        took = self._first[row] if count == 1 else self._again(1)[0]
        return time + took, self.orders.table.path[row] == 0

    def crash(self) -> Press | None:
        """The press that has had its order for the shortest time crashes; None while nobody prints."""
        line, now = self.orders.line, self.world.now
        self.world.advance()
        busy = [
            (line.table.handed[handout], press)
            for press in self.presses
            for handout in line.newest_of(press.number)
            if line.table.ended[handout] > now
        ]
        if not busy:
            return None
        _, press = max(busy, key=lambda one: one[0])
        line.leave(press.number, now, dies=True)
        return press


def day(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """One day with these settings; `easy`: the service is there all the time."""
    work, world = variant["work"], BoundedWorld(seed)
    length = LENGTH * work
    begins = inf if easy else (0.4 + 0.2 * world.dice("fate").random()) * length
    shop = Presses(world, answer, work, (begins, begins + variant["outage"]))
    Senders(world, "shop", traffic=Photos(BUSY * PRESSES / work, BROKEN), to=shop.orders)
    world.process(_crashes(shop, work, length))
    return world.run(until=length)


def _crashes(shop: Presses, work: float, length: float):
    """Crashes spread over the day; a press comes back after a print's time. A SimPy process."""
    world, dice = shop.world, shop.world.dice("crashes")
    for number in range(CRASHES):
        moment = (number + 0.2 + 0.5 * dice.random()) * 0.9 * length / CRASHES
        yield world.timeout(max(0.0, moment - world.now))
        if shop.outage[0] - CALM * work < world.now < shop.outage[1] + work:
            continue  # what the outage does is told apart from what a crash does
        while (press := shop.crash()) is None:
            yield world.timeout(work / 10)
        yield world.timeout(work)
        shop.orders.line.ready(press.number, world.now)


# What the record says


def table_of(record: Record) -> QueueTable:
    """All that happened at the queue of orders."""
    return record.queues[record.part("orders")]


def twice(record: Record) -> int:
    """How often an order was printed that had been printed before."""
    return done_again(table_of(record), record.end)


def recoveries(record: Record) -> list[tuple[float, int, float]]:
    """(when a press crashed, handout, seconds until its order was printed after all) of each crash."""
    table, found = table_of(record), []
    done: dict[int, float] = {}
    for row, ended, fate in zip(table.message, table.ended, table.fate, strict=True):
        if fate in (Fate.DELETED, Fate.STALE):
            done[row] = min(ended, done.get(row, inf))
    for handout, fate in enumerate(table.fate):
        if fate == Fate.BROKEN and table.path[table.message[handout]] == 0:
            crashed = table.ended[handout]
            if table.left.get(table.message[handout], (0, ""))[1] == "dead":
                continue  # that is counted by itself
            printed = min(done.get(table.message[handout], inf), record.end)
            found.append((crashed, handout, max(0.0, printed - crashed)))
    return found


def broken_photos(record: Record, allowed: float) -> list[tuple[int, float]]:
    """(row, seconds from its first receive until it was out) of each broken photo that had time enough to be out."""
    table = table_of(record)
    first: dict[int, float] = {}
    for row, handed in zip(table.message, table.handed, strict=True):
        first.setdefault(row, handed)
    latest = record.end - 2 * allowed
    return [
        (row, table.left.get(row, (record.end, ""))[0] - handed)
        for row, handed in first.items()
        if table.path[row] == 1 and handed < latest
    ]


def good_dead(record: Record) -> list[int]:
    """The rows of good orders that went to the dead letters."""
    table = table_of(record)
    return [row for row, (_, how) in table.left.items() if how == "dead" and table.path[row] == 0]


def tries(record: Record, row: int) -> list[int]:
    """The hand-outs of a message, in order."""
    return [handout for handout, message in enumerate(table_of(record).message) if message == row]


def measured(record: Record, variant: dict) -> dict[str, float]:
    """The four that are judged, as they were measured."""
    back = [wait for _, _, wait in recoveries(record)]
    out = [time for _, time in broken_photos(record, variant["out"])]
    return {
        "twice": twice(record),
        "back": fmean(back) if back else 0.0,
        "out": fmean(out) if out else 0.0,
        "dead": len(good_dead(record)),
    }


def parts(record: Record, variant: dict) -> dict[str, float]:
    """The same, each as a share of what is allowed."""
    found = measured(record, variant)
    orders = bisect_right(table_of(record).sent, record.end)
    allowed = {"twice": TWICE * orders, "back": variant["back"], "out": variant["out"], "dead": DEAD}
    return {name: found[name] / allowed[name] for name in found}
