"""Queues and topics: ours beside the same in textbook SimPy, message by message.

Eight workers pull from a queue by long polls, work, and delete; what isn't deleted in time comes back. The textbook
version has a process for each worker and for each visibility timeout, and a line of waiting polls; it records the same
columns. Both take the same moments and works, so their rows are the same, which a test holds.
"""

import gc
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, log
from random import Random
from statistics import median

import simpy

from benchmarks.table import Report, goal, table
from cloudlab.kernel.world import World, microseconds
from cloudlab.sns import Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Senders

WORKERS, TIMEOUT, WAIT = 8, 30.0, 20.0
LOADS = {"0.3": (0.3, 8.0), "0.9": (0.9, 10.0), "1.2": (1.2, 10.0)}
"""Share of the workers' time that the messages take, and the ratio that is aimed for."""

FAN_OUT, FAN_LOAD, FAN_GOAL = 3, 0.9, 8.0
BYTES_GOAL, GROWTH_GOAL = 48.0, 1.15


@dataclass
class Moments:
    """A traffic of messages at given moments."""

    times: list[float]
    paths: tuple[str, ...] = ("/",)
    duration: float = inf

    def chunks(self, dice, regular=False):
        yield inf, self.times, None, None


def moments(count: int, load: float, seed: int = 1) -> list[float]:
    """When messages are sent: by chance, so that works of 1 s keep the workers busy for a share `load`."""
    dice, now, times = Random(seed), 0.0, []
    for _ in range(count):
        now = microseconds(now - log(1 - dice.random()) / (load * WORKERS))
        times.append(now)
    return times


def ours(times: list[float], queues: int = 1) -> list[Queue]:
    """The run with cloudlab's own models; with several queues a topic sends each message to all of them."""
    world = World(1)
    made = [Queue(world, f"queue-{number}", visibility_timeout=TIMEOUT) for number in range(queues)]
    to: Queue | Topic = made[0]
    if queues > 1:
        to = Topic(world, "topic")
        for queue in made:
            to.subscribe("sqs", queue)
    Senders(world, "shop", traffic=Moments(times), to=to)
    for number, queue in enumerate(made):
        Workers(world, f"pool {number}", queue=queue, count=WORKERS, mean_work=1, wait_time_seconds=WAIT)
    world.run(until=times[-1] + 60)
    return made


def works(pool: int, count: int) -> list[float]:
    """The works that a pool of `ours` draws: the same dice."""
    dice = World(1).dice(f"pool {pool} work")
    return [microseconds(-log(1.0 - dice.random())) for _ in range(count)]


@dataclass
class Textbook:
    """A queue, its workers and its timeouts in plain SimPy."""

    env: simpy.Environment
    works: list[float]
    visible: deque = field(default_factory=deque)
    polls: deque = field(default_factory=deque)
    holds: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)
    sent: array = field(default_factory=lambda: array("d"))
    rows: tuple = field(default_factory=lambda: tuple(array(kind) for kind in "IdHdHB"))
    empty: int = 0

    def send(self, message: int) -> None:
        """A message is visible; who has waited longest is woken."""
        self.visible.append(message)
        if self.polls:
            self.polls.popleft().succeed()

    def receive(self):
        """Take the next message, with polls of 20 s that begin anew. A SimPy process."""
        while not self.visible:
            poll = self.env.event()
            self.polls.append(poll)
            woken = yield poll | self.env.timeout(WAIT)
            if poll not in woken:
                self.polls.remove(poll)
                self.empty += 1
        message = self.visible.popleft()
        hold = self.holds[message] = object()
        self.counts[message] = self.counts.get(message, 0) + 1
        self.env.process(self.come_back(message, hold))
        return message, hold

    def come_back(self, message: int, hold: object):
        """The visibility timeout. A SimPy process."""
        yield self.env.timeout(TIMEOUT)
        if self.holds.get(message) is hold:
            del self.holds[message]
            self.send(message)

    def work(self, number: int):
        """A worker. A SimPy process."""
        while True:
            message, hold = yield from self.receive()
            handed = self.env.now
            yield self.env.timeout(self.works[message])
            good = self.holds.get(message) is hold
            if good:
                del self.holds[message]
            row = (message, handed, number, self.env.now, self.counts[message], good)
            for column, value in zip(self.rows, row, strict=True):
                column.append(value)


def textbook(times: list[float], queues: int = 1) -> list[Textbook]:
    """The same run in textbook SimPy."""
    env = simpy.Environment()
    made = [Textbook(env, works(number, len(times))) for number in range(queues)]

    def shop():
        for message, moment in enumerate(times):
            yield env.timeout(moment - env.now)
            for queue in made:
                queue.sent.append(env.now)
                queue.send(message)

    for queue in made:
        for number in range(WORKERS):
            env.process(queue.work(number))
    env.process(shop())
    env.run(until=times[-1] + 60)
    return made


def seconds(function, *arguments) -> float:
    """CPU seconds of one run."""
    gc.collect()
    begun = time.process_time()
    function(*arguments)
    return time.process_time() - begun


def growth(run: Callable, few, many, times: int, runs: int = 3) -> float:
    """The CPU time of a run with `many` beside that of as many runs with `few` as hold as much: median of `runs`.

    So both sides take as long. Of two short runs the better one is found at a quiet moment more easily than of two
    that take ten times as long, which looks like growth.
    """
    found = []
    for _ in range(runs):
        small = sum(seconds(run, few) for _ in range(times))
        found.append(seconds(run, many) / small)
    return median(found)


def ratio(count: int, load: float, queues: int, runs: int) -> tuple[float, float]:
    """(times as fast as the textbook version, our messages a CPU second): medians of runs side by side."""
    times = moments(count, load)
    mine, theirs = [], []
    for _ in range(runs):
        mine.append(seconds(ours, times, queues))
        theirs.append(seconds(textbook, times, queues))
    return median(theirs) / median(mine), count * queues / median(mine)


def bytes_of(queue: Queue) -> float:
    """The bytes of the columns of a queue, for each of its messages."""
    columns = [column for column in vars(queue.table).values() if isinstance(column, array)]
    return sum(column.itemsize * len(column) for column in columns) / len(queue.table.sent)


def report(count: int = 100_000, runs: int = 3, large: int = 1_000_000) -> Report:
    """Queues at three loads, a topic with three queues, bytes, and growth."""
    rows, goals = [], []
    for name, (load, least) in LOADS.items():
        faster, rate = ratio(count, load, 1, runs)
        rows.append([f"queue, load {name}", f"{faster:.1f}", f"{rate:,.0f}"])
        goals.append(goal(f"queue at load {name}, × textbook SimPy", faster, "{:.1f}", at_least=least))
    faster, rate = ratio(count // 3, FAN_LOAD, FAN_OUT, runs)
    rows.append(["topic → 3 queues → workers", f"{faster:.1f}", f"{rate:,.0f}"])
    goals.append(goal("topic → 3 queues → workers, × textbook SimPy", faster, "{:.1f}", at_least=FAN_GOAL))
    size = bytes_of(ours(moments(count, 0.9))[0])
    goals.append(goal("bytes of a message received once", size, "{:.1f}", at_most=BYTES_GOAL))
    grown = growth(ours, moments(count, 0.9), moments(large, 0.9), large // count)
    goals.append(goal(f"time a message, {count:,} → {large:,}", grown, "{:.2f}", at_most=GROWTH_GOAL))
    head = ["messages", "× textbook SimPy", "messages a CPU second"]
    return Report(table(head, rows), goals)
