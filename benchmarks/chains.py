"""Chains of calls: ours beside the same in textbook SimPy, call by call.

Services with ten slots each, four in a row, or six as in the shop of lesson 04; whoever calls keeps its slot. Without
limits a call is waited for as long as it takes. With limits it is given up after a while and made again, while the
callee works on. The textbook version has a process for each call and a `simpy.Resource` for each service, and records
the same columns. Both take the same moments and works, so their rows are the same, which a test holds.
"""

from array import array
from math import inf

import simpy

from benchmarks.messages import WORKERS, Moments, growth, moments, seconds
from benchmarks.table import Report, goal, table
from cloudlab.applications import Arrow, Component, Design, Microservices
from cloudlab.kernel.calls import NOBODY, CallStatus, CallTable
from cloudlab.kernel.world import World
from cloudlab.traffic import Customers

SLOTS, WORK, LATENCY = 10, 0.2, 0.001
LOAD = 0.5
"""Of the first service's slots, which are held for all works of an order, and for the ways between them."""

SHAPES = {"four in a row": ("ab", "bc", "cd"), "a shop of six": ("ab", "bc", "ad", "ae", "af")}
"""Who calls whom, in order; the letters are in the order of their first call."""

LIMITS = {"timeout": 1.5, "max_attempts": 3, "backoff": 0.05, "jitter": 0}
GOALS = {"without limits": (False, 2.5), "with limits": (True, 3.0)}
BYTES_GOAL, GROWTH_GOAL = 36.0, 1.15


def names(shape: str) -> list[str]:
    """The services."""
    return sorted({letter for pair in SHAPES[shape] for letter in pair})


def arrivals(count: int, shape: str, seed: int = 1) -> list[float]:
    """When orders come (s): by chance, so that the first service is busy for a share `LOAD`."""
    rate = LOAD * SLOTS / (len(names(shape)) * WORK)
    return [time * WORKERS / rate for time in moments(count, 1.0, seed)]


def design(shape: str, limits: bool) -> Design:
    """The services and who calls whom."""
    parts = [Component(name, WORK if name != "a" else None, slots=SLOTS) for name in names(shape)]
    return Design(parts, [Arrow(*pair, **(LIMITS if limits else {})) for pair in SHAPES[shape]])


def ours(times: list[float], shape: str, limits: bool) -> Microservices:
    """The run with cloudlab's own model."""
    world = World(1)
    app = Microservices(world, "app", design=design(shape, limits), latency=LATENCY)
    Customers(world, "people", traffic=Moments(times), to=app, mean_work=WORK, work="fixed")
    world.run(until=times[-1] + 60)
    return app


def works(count: int, shape: str) -> list[list[float]]:
    """The works of each service by order: those that `ours` draws."""
    app = Microservices(World(1), "app", design=design(shape, False), latency=LATENCY)
    links = {group[0].place.name: group[0] for place in app.places.values() for group in place.groups}
    others = [[links[name].work(order) for order in range(count)] for name in names(shape)[1:]]
    return [[WORK] * count, *others]


class Textbook:
    """The same run in plain SimPy. `table` holds a row for each call, services by their number."""

    def __init__(self, works: list[list[float]], shape: str, limits: bool):
        self.env, self.table = simpy.Environment(), CallTable()
        self.services = [simpy.Resource(self.env, SLOTS) for _ in works]
        self.works, self.limits = works, limits
        order = names(shape)
        self.calls = [[order.index(to) for of, to in SHAPES[shape] if of == name] for name in order]

    def orders(self, times: list[float]):
        """Orders come. A SimPy process."""
        for order, time in enumerate(times):
            yield self.env.timeout(time - self.env.now)
            row = self.table.add(order, NOBODY, 0, self.env.now)
            self.env.process(self.serve(row, 0, order, inf))

    def serve(self, row: int, service: int, order: int, limit: float):
        """A slot, kept until what is behind has answered; returns whether it went well. A SimPy process."""
        with self.services[service].request() as slot:
            yield slot
            self.table.started[row] = self.env.now
            yield self.env.timeout(self.works[service][order])
            good = True
            for callee in self.calls[service]:
                good = good and (yield from self.ask(row, callee, order))
        self.table.ended[row] = self.env.now
        late = self.env.now + LATENCY > limit
        self.table.status[row] = CallStatus.LATE if late else CallStatus.OK if good else CallStatus.FAILED
        return good

    def ask(self, parent: int, service: int, order: int):
        """A call, made again where there are limits."""
        if not self.limits:
            return (yield self.env.process(self.call(parent, service, order, inf)))
        for attempt in range(LIMITS["max_attempts"]):
            limit = self.env.now + LIMITS["timeout"]
            answer = self.env.process(self.call(parent, service, order, limit))
            found = yield answer | self.env.timeout(LIMITS["timeout"])
            if answer in found and answer.value:
                return True
            if attempt + 1 < LIMITS["max_attempts"]:
                yield self.env.timeout(LIMITS["backoff"] * 2**attempt)
        return False

    def call(self, parent: int, service: int, order: int, limit: float):
        """There, and back again. A SimPy process."""
        row = self.table.add(order, parent, service, self.env.now + LATENCY)
        yield self.env.timeout(LATENCY)
        good = yield from self.serve(row, service, order, limit)
        yield self.env.timeout(LATENCY)
        return good


def textbook(times: list[float], drawn: list[list[float]], shape: str, limits: bool) -> CallTable:
    """The same run in textbook SimPy, with these works."""
    book = Textbook(drawn, shape, limits)
    book.env.process(book.orders(times))
    book.env.run(until=times[-1] + 60)
    return book.table


def ratio(count: int, shape: str, limits: bool, runs: int) -> tuple[float, float]:
    """(times as fast as the textbook version, our calls a CPU second): medians of runs side by side."""
    times, drawn = arrivals(count, shape), works(count, shape)
    calls = len(ours(times, shape, limits).table)
    pairs = [
        (seconds(ours, times, shape, limits), seconds(textbook, times, drawn, shape, limits))
        for _ in range(runs)
    ]
    mine, theirs = (sorted(some)[runs // 2] for some in zip(*pairs, strict=True))
    return theirs / mine, calls / mine


def bytes_of(calls: CallTable) -> float:
    """The bytes of the columns, for each call."""
    columns = [column for column in calls.columns() if isinstance(column, array)]
    return sum(column.itemsize * len(column) for column in columns) / len(calls)


def report(count: int = 20_000, runs: int = 3, large: int = 200_000) -> Report:
    """Both shapes without and with limits, bytes, and growth."""
    rows, goals = [], []
    for shape in SHAPES:
        for name, (limits, least) in GOALS.items():
            faster, rate = ratio(count, shape, limits, runs)
            rows.append([f"{shape}, {name}", f"{faster:.1f}", f"{rate:,.0f}"])
            what = f"calls of {shape} {name}, × textbook SimPy"
            goals.append(goal(what, faster, "{:.1f}", at_least=least))
    (shape, *_) = SHAPES
    size = bytes_of(ours(arrivals(count, shape), shape, True).table)
    goals.append(goal("bytes of a call", size, "{:.1f}", at_most=BYTES_GOAL))
    grown = growth(
        lambda times: ours(times, shape, True), arrivals(count, shape), arrivals(large, shape), large // count
    )
    goals.append(goal(f"time an order, {count:,} → {large:,}", grown, "{:.2f}", at_most=GROWTH_GOAL))
    return Report(table(["calls", "× textbook SimPy", "calls a CPU second"], rows), goals)
