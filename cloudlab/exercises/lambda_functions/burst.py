"""The hour of E19: a burst of photos, a function that makes small pictures, and a database that takes few connections.

Read `hour` first. Each call connects to the database, works on its photos, and writes each. A database that gets more
connections than it takes falls, and what is done until it is up again is lost. A variant holds "photos" (of the burst),
"connections" (that the database takes) and "limit" (s until the last photo is done).

Numbers such as PR-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from math import inf
from random import Random

from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.invocations import Ending, FunctionTable
from cloudlab.kernel.messages import Fate, QueueTable
from cloudlab.kernel.record import Record, Status
from cloudlab.kernel.world import microseconds
from cloudlab.lambda_function import EventSourceMapping, Function, package
from cloudlab.sqs import Queue
from cloudlab.traffic import Customers, Senders
from cloudlab.traffic.shapes import DAY, Shape

CONNECT, WRITE, WORK = 4.0, 3.0, 2.0
"""Seconds: of each call to connect, of each photo to be written, and of each photo on one vCPU."""

TIMEOUT, HIDDEN, TRIES = 60, 360, 2
"""Seconds of a call at most, seconds for which a message is hidden, and receives before it is given up."""

WITHIN, FIRST, SPREAD = 20.0, 90.0, 30.0
"""The burst comes within so many seconds, and begins so long after the hour, and up to so much later (s)."""

LENGTH = 2400.0
"""Seconds that are played; who isn't done by then isn't done."""

HOUR = 3600.0
READY_PRICE = 0.25
"""An environment that is kept ready costs this share of the price of one at work, the whole hour (PR-5 and PR-2)."""

DOWN = 120.0
"""Seconds until a database that fell is up again."""

CODE = f"""
compute({WORK})  # load what it needs

def handler(event, context):
    photos = len(event.get("Records", ["one"]))
    wait({CONNECT})
    compute({WORK} * photos)
    wait({WRITE} * photos)
"""
ZIP = package(CODE)


class Burst(Shape):
    """So many photos within 20 s, from a moment on that the dice choose."""

    paths = ("photo",)

    def __init__(self, photos: int):
        super().__init__(lambda time: photos / WITHIN if FIRST <= time < FIRST + WITHIN else 0.0, grain=1.0)
        self.photos = photos

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple]:
        """All of them at once, in order of time."""
        begins = FIRST + SPREAD * dice.random()
        yield (
            DAY,
            sorted(microseconds(begins + WITHIN * dice.random()) for _ in range(self.photos)),
            None,
            None,
        )


def hour(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """One burst with these settings; `easy`: a third of the photos."""
    world = BoundedWorld(seed)
    photos = Burst(variant["photos"] // 3 if easy else variant["photos"])
    queued, cap, ready = answer["queue"] == "yes", answer["cap"], answer["ready"]
    resize = Function(
        world,
        "resize",
        code=ZIP,
        memory_size=answer["memory_size"],
        timeout=TIMEOUT,
        reserved_concurrent_executions=None if queued else cap,
    )
    live, called = "$LATEST", resize
    if ready:
        live = resize.publish_version()
        called = resize.create_alias("live", live)
        resize.put_provisioned_concurrency_config("live", ready)
    if not queued:
        Customers(world, "cameras", traffic=photos, to=called, work="fixed", mean_work=WORK)
        return world.run(until=LENGTH)
    dead = Queue(world, "given-up")
    waiting = Queue(
        world, "photos", visibility_timeout=HIDDEN, dead_letter_target=dead, max_receive_count=TRIES
    )
    EventSourceMapping(
        resize, waiting, batch_size=answer["batch_size"], maximum_concurrency=cap, qualifier=live
    )
    Senders(world, "cameras", traffic=photos, to=waiting)
    return world.run(until=LENGTH)


def takes(memory_size: float, batch_size: int) -> float:
    """Seconds of a call with so many photos: the processor's share grows with memory, and waits do not."""
    return CONNECT + batch_size * (WORK / min(1.0, memory_size / 1769) + WRITE)


# What the record says


def table_of(record: Record) -> FunctionTable:
    """All that happened at the function."""
    return record.functions[record.part("resize")]


def line_of(record: Record) -> QueueTable | None:
    """All that happened at the queue, where there is one."""
    return record.queues[record.part("photos")] if record.has_part("photos") else None


def photos(record: Record) -> list[tuple[float, float]]:
    """(came, done) of each photo in seconds; `inf` where it was turned away, given up, or isn't done."""
    line = line_of(record)
    if line is None:
        rows = record.requests
        answers = zip(rows.arrived, rows.answered, rows.status, strict=True)
        return [
            (came, end if status == Status.OK and end <= record.end else inf) for came, end, status in answers
        ]
    ends = {
        row: end
        for row, end, fate in zip(line.message, line.ended, line.fate, strict=True)
        if fate == Fate.DELETED and end <= record.end
    }
    return [(sent, ends.get(row, inf)) for row, sent in enumerate(line.sent)]


def falls_at(record: Record, connections: int) -> float:
    """When the database gets a connection more than it takes (s); `inf` if never."""
    table = table_of(record)
    handlers = sorted(
        step for row, ended in enumerate(table.ended) for step in ((table.handler_began(row), 1), (ended, -1))
    )
    now = 0
    for time, step in handlers:
        now += step
        if now > connections:
            return time
    return inf


def most(record: Record) -> int:
    """The most connections at one time."""
    low, high = 0, len(table_of(record).began)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if falls_at(record, middle) == inf else (middle + 1, high)
    return low


def measured(record: Record, variant: dict) -> dict[str, float]:
    """What is judged and what explains it: lost photos, seconds until the last is done, and why."""
    shown = photos(record)
    fell = falls_at(record, variant["connections"])
    ends = [done for _, done in shown if done < inf]
    broken = sum(fell <= done < fell + DOWN for done in ends)
    undone = sum(done == inf for _, done in shown)
    table = table_of(record)
    late = sum(ending == Ending.TIMEOUT for ending in table.ending)
    time = max((done for _, done in shown if done < inf), default=record.end) - min(came for came, _ in shown)
    return {
        "lost": broken + undone,
        "fell": float(fell < inf),
        "away": len(table.throttled),
        "late": late,
        "time": time,
    }


def value(record: Record, variant: dict) -> float:
    """In percent of what is allowed: the time, or more than 200 where a photo is lost."""
    found = measured(record, variant)
    if found["lost"]:
        return 200 + 100 * found["lost"] / len(photos(record))
    return 100 * found["time"] / variant["limit"]


def cost(record: Record, answer: dict) -> float:
    """GB-seconds of an hour: calls with INIT, and a quarter for what is kept ready all the time."""
    table, size = table_of(record), answer["memory_size"] / 1024
    made = Counter(table.environment)
    inits = sum(table.ready[number] - table.born[number] for number in made if not table.provisioned[number])
    calls = sum(
        min(ended, record.end) - table.handler_began(row)
        for row, ended in enumerate(table.ended)
        if table.handler_began(row) <= record.end
    )
    return size * (inits + calls) + READY_PRICE * HOUR * size * answer["ready"]


def at(record: Record, time: float, connections: int) -> tuple[int, int, int, int]:
    """(calls that run, photos that wait in the queue, that are done, that are lost) at a moment."""
    table, shown = table_of(record), photos(record)
    running = sum(began <= time < ended for began, ended in zip(table.began, table.ended, strict=True))
    fell = falls_at(record, connections)
    ended = sum(end <= time for _, end in shown)
    broken = sum(fell <= end < fell + DOWN and end <= time for _, end in shown)
    line = line_of(record)
    if line is None:
        return running, 0, ended - broken, broken + bisect_right(table.throttled, time)
    given_up = bisect_right(record.queues[record.part("given-up")].sent, time)
    held = sum(
        handed <= time < min(ended, line.visible_again(row))
        for row, (handed, ended) in enumerate(zip(line.handed, line.ended, strict=True))
    )
    waiting = bisect_right(line.sent, time) - ended - held - given_up
    return running, waiting, ended - broken, broken + given_up
