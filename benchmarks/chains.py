"""Chains of calls: ours beside the same in textbook SimPy, call by call.

Services with ten slots each, four in a row, or six as in the shop of lesson 04; whoever calls keeps its slot. Without
limits a call is waited for as long as it takes. With limits it is given up after a while and made again, while the
callee works on. The textbook version has a process for each call and a `simpy.Resource` for each service, and records
the same columns. Direct calls do the same without limits in the barest way. All take the same moments and works, so
their rows are the same, which a test holds.
"""

import itertools
from array import array
from collections import deque
from heapq import heappop, heappush
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
BYTES_GOAL, GROWTH_GOAL, LEAST_SHARE = 36.0, 1.15, 0.3


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


def direct(times: list[float], drawn: list[list[float]], shape: str) -> CallTable:
    """The same run without limits in the barest way: what happens next is a function that is called directly.

    No call can be broken off, slowed down or given up here, and no service dies: so it is the most that plain Python
    can do.
    """
    calls, heap, numbers = CallTable(), [], itertools.count()
    order_of = names(shape)
    behind = [[order_of.index(to) for of, to in SHAPES[shape] if of == name] for name in order_of]
    free, lines = [SLOTS] * len(behind), [deque() for _ in behind]

    def begin(now: float, call: list) -> None:
        row, service, order, _, _ = call
        calls.started[row] = now
        heappush(heap, (now + drawn[service][order], next(numbers), go_on, call))

    def arrive(now: float, call: list) -> None:
        service = call[1]
        if free[service]:
            free[service] -= 1
            begin(now, call)
        else:
            lines[service].append(call)

    def go_on(now: float, call: list) -> None:
        row, service, order, parent, asked = call
        if asked < len(behind[service]):
            call[4] += 1
            callee = behind[service][asked]
            new = [calls.add(order, row, callee, now + LATENCY), callee, order, call, 0]
            heappush(heap, (now + LATENCY, next(numbers), arrive, new))
            return
        calls.ended[row], calls.status[row] = now, CallStatus.OK
        if lines[service]:
            begin(now, lines[service].popleft())
        else:
            free[service] += 1
        if parent:
            heappush(heap, (now + LATENCY, next(numbers), go_on, parent))

    for order, time in enumerate(times):
        _happen(heap, time)
        arrive(time, [calls.add(order, NOBODY, 0, time), 0, order, None, 0])
    _happen(heap, times[-1] + 60)
    return calls


def _happen(heap: list, until: float) -> None:
    while heap and heap[0][0] < until:
        now, _, does, call = heappop(heap)
        does(now, call)


def ratio(mine, other, calls: int, runs: int) -> tuple[float, float]:
    """(times as fast as the other version, our calls a CPU second): medians of runs side by side."""
    pairs = [(seconds(*mine), seconds(*other)) for _ in range(runs)]
    one, two = (sorted(some)[runs // 2] for some in zip(*pairs, strict=True))
    return two / one, calls / one


def bytes_of(calls: CallTable) -> float:
    """The bytes of the columns, for each call."""
    columns = [column for column in calls.columns() if isinstance(column, array)]
    return sum(column.itemsize * len(column) for column in columns) / len(calls)


def report(orders: int = 20_000, runs: int = 3, large: int = 200_000) -> Report:
    """Both shapes without and with limits, bytes, and growth. Limits are more than direct calls could do."""
    rows, goals = [], []
    for shape in SHAPES:
        times, drawn = arrivals(orders, shape), works(orders, shape)
        for name, (limits, least) in GOALS.items():
            mine = (ours, times, shape, limits)
            many = len(ours(times, shape, limits).table)
            faster, rate = ratio(mine, (textbook, times, drawn, shape, limits), many, runs)
            what = f"calls of {shape} {name}, × textbook SimPy"
            goals.append(goal(what, faster, "{:.1f}", at_least=least))
            share = ""
            if not limits:
                beside, _ = ratio(mine, (direct, times, drawn, shape), many, runs)
                what, share = f"calls of {shape} {name}, × direct calls", f"{beside:.2f}"
                goals.append(goal(what, beside, "{:.2f}", at_least=LEAST_SHARE))
            rows.append([f"{shape}, {name}", f"{faster:.1f}", share, f"{rate:,.0f}"])
    (shape, *_) = SHAPES
    size = bytes_of(ours(arrivals(orders, shape), shape, True).table)
    goals.append(goal("bytes of a call", size, "{:.1f}", at_most=BYTES_GOAL))
    grown = growth(
        lambda times: ours(times, shape, True),
        arrivals(orders, shape),
        arrivals(large, shape),
        large // orders,
    )
    goals.append(goal(f"time an order, {orders:,} → {large:,}", grown, "{:.2f}", at_most=GROWTH_GOAL))
    return Report(table(["calls", "× textbook SimPy", "× direct calls", "calls a CPU second"], rows), goals)
