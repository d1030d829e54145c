"""Functions: ours beside the same in textbook SimPy, call by call, and beside SimFaaS on W3.

W3 is a function with cold starts: 0.9 calls a second, 2.0 s of work, 0.2 s more for a new environment, which is kept
for ten minutes. The second workload sends half of the calls as events that are tried again where they fail or are
turned away, under a limit. In the third one pollers pull messages from a queue beside callers, under one limit. The
textbook version has a process for each call and each idle environment; it records the same columns. Without a queue one
bare loop does the same, too. All take the same moments and works, so their rows are the same, which a test holds.
"""

import importlib.util
from array import array
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf, log
from random import Random
from statistics import median

import simpy

from benchmarks.messages import Moments, growth, seconds
from benchmarks.table import Report, goal, not_measured, table
from cloudlab.kernel.invocations import FunctionTable
from cloudlab.kernel.world import World, microseconds
from cloudlab.lambda_function import EventSourceMapping, Function
from cloudlab.sqs import Queue
from cloudlab.traffic import Customers, Senders

WARM, INIT, KEPT, RATE = 2.0, 0.2, 600.0, 0.9
LIMIT, ERRORS = 20, 0.1
POLLERS, WAIT, PAUSE = 2, 20.0, 1.0
GOALS = {"W3": 10.0, "half events": 12.0, "mapping": 8.0}
SIMFAAS_GOAL, BYTES_GOAL, GROWTH_GOAL, LEAST_SHARE = 12.0, 32.0, 1.15, 0.5


def moments(count: int, rate: float, seed: int = 1) -> list[float]:
    """When calls come: by chance, so many a second."""
    dice, now, times = Random(seed), 0.0, []
    for _ in range(count):
        now = microseconds(now - log(1 - dice.random()) / rate)
        times.append(now)
    return times


def works(name: str, count: int, mean: float) -> list[float]:
    """The works that a part of ours of that name draws: the same dice."""
    dice = World(1).dice(f"{name} work")
    return [microseconds(-mean * log(1.0 - dice.random())) for _ in range(count)]


@dataclass
class Load:
    """Who calls and waits, who sends events, and what lies in a queue: moments (s)."""

    calls: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    messages: list[float] = field(default_factory=list)
    limit: int | None = None
    errors: float = 0.0

    @property
    def end(self) -> float:
        """When the run is over (s)."""
        return max(max(times) for times in (self.calls, self.events, self.messages) if times) + 1000


def loads(count: int) -> dict[str, Load]:
    """The three workloads, with so many calls, events and messages together."""
    half = count // 2
    busy = 0.8 * LIMIT / WARM
    return {
        "W3": Load(calls=moments(count, RATE)),
        "half events": Load(
            calls=moments(half, busy / 2), events=moments(half, busy / 2, 2), limit=LIMIT, errors=ERRORS
        ),
        "mapping": Load(calls=moments(half, busy / 2), messages=moments(half, 0.4 * POLLERS, 2), limit=LIMIT),
    }


def ours(load: Load) -> Function:
    """The run with cloudlab's own models."""
    world = World(1)
    function = Function(
        world,
        "f",
        memory_size=1769,
        timeout=900,
        init_duration=INIT,
        idle_lifetime=KEPT,
        reserved_concurrent_executions=load.limit,
        error_rate=load.errors,
        work="exponential",
        mean_work=WARM,
    )
    if load.messages:
        queue = Queue(world, "q", visibility_timeout=900)
        EventSourceMapping(
            function, queue, batch_size=1, maximum_concurrency=POLLERS, work="exponential", mean_work=WARM
        )
        Senders(world, "shop", traffic=Moments(load.messages), to=queue)
    if load.events:
        Senders(world, "camera", traffic=Moments(load.events), to=function)
    if load.calls:
        Customers(world, "people", traffic=Moments(load.calls), to=function, mean_work=WARM)
    world.run(until=load.end)
    return function


def columns(kinds: str) -> tuple[array, ...]:
    """Empty columns of these kinds."""
    return tuple(array(kind) for kind in kinds)


def add(columns: tuple[array, ...], row: tuple) -> None:
    """One more row."""
    for column, value in zip(columns, row, strict=True):
        column.append(value)


@dataclass
class Textbook:
    """A function, its environments, its events and its pollers in plain SimPy."""

    env: simpy.Environment
    load: Load
    idle: list = field(default_factory=list)
    running: int = 0
    born: int = 0
    rows: tuple = field(default_factory=lambda: columns("BIddIB"))
    """Origin and number there, began, ended, environment, whether it went well."""
    requests: tuple = field(default_factory=lambda: columns("ddddB"))
    """Arrived, started, finished, answered, whether it went well."""
    events: tuple = field(default_factory=lambda: columns("dBdB"))
    """Came, attempts, ended, what became of it."""
    throttled: array = field(default_factory=lambda: array("d"))
    sent: array = field(default_factory=lambda: array("d"))
    hands: tuple = field(default_factory=lambda: columns("IdHdHB"))
    """Message, handed, poller, ended, received how often, whether it went well."""
    counts: dict = field(default_factory=dict)
    visible: deque = field(default_factory=deque)
    polls: deque = field(default_factory=deque)

    def __post_init__(self):
        self.dice = World(1).dice("f errors")

    def call(self, origin: int, source: int, work: float):
        """One call; returns whether it went well, None where it was turned away. A SimPy process."""
        if self.load.limit is not None and self.running >= self.load.limit:
            self.throttled.append(self.env.now)
            return None
        self.running += 1
        began = self.env.now
        if self.idle:
            environment, _ = self.idle.pop()
        else:
            environment, self.born = self.born, self.born + 1
            work += INIT
        good = not self.load.errors or self.dice.random() >= self.load.errors
        yield self.env.timeout(work)
        self.running -= 1
        token = (environment, object())
        self.idle.append(token)
        self.env.process(self.expire(token))
        add(self.rows, (origin, source, began, self.env.now, environment, good))
        return good

    def expire(self, token):
        """An idle environment is gone after ten minutes. A SimPy process."""
        yield self.env.timeout(KEPT)
        if token in self.idle:
            self.idle.remove(token)

    def caller(self, number: int, work: float):
        """Somebody who calls and waits. A SimPy process."""
        arrived = self.env.now
        good = yield from self.call(0, number, work)
        add(self.requests, (arrived, arrived, self.env.now, self.env.now, bool(good)))

    def event(self, number: int, work: float):
        """An event that is tried again. A SimPy process."""
        _, attempts, ended, fate = self.events
        add(self.events, (self.env.now, 0, inf, 0))
        turned_away = 0
        while attempts[number] < 3:
            good = yield from self.call(1, number, work)
            if good is None:
                yield self.env.timeout(min(2.0**turned_away, 300.0))
                turned_away += 1
                continue
            turned_away, attempts[number] = 0, attempts[number] + 1
            if good or attempts[number] == 3:
                ended[number], fate[number] = self.env.now, 1 if good else 2
                return
            yield self.env.timeout((60.0, 120.0)[attempts[number] - 1])

    def poller(self, number: int, drawn: list[float]):
        """One that pulls messages for the function. A SimPy process."""
        while True:
            while not self.visible:
                poll = self.env.event()
                self.polls.append(poll)
                woken = yield poll | self.env.timeout(WAIT)
                if poll not in woken:
                    self.polls.remove(poll)
            message, handed = self.visible.popleft(), self.env.now
            count = self.counts[message] = self.counts.get(message, 0) + 1
            good = yield from self.call(2, message, drawn[message])
            if good is None:
                self.env.process(self.come_back(message))
                yield self.env.timeout(PAUSE)
            add(self.hands, (message, handed, number, self.env.now, count, bool(good)))

    def come_back(self, message: int):
        """A message that was turned away is visible again when its time is over. A SimPy process."""
        yield self.env.timeout(900.0)
        self.show(message)

    def send(self, message: int) -> None:
        """A message is sent, and visible at once."""
        self.sent.append(self.env.now)
        self.show(message)

    def show(self, message: int) -> None:
        """A message is visible; who has waited longest is woken."""
        self.visible.append(message)
        if self.polls:
            self.polls.popleft().succeed()

    def stream(self, times: list[float], begin):
        """At each of these moments something begins. A SimPy process."""
        for number, moment in enumerate(times):
            yield self.env.timeout(moment - self.env.now)
            begin(number)


def textbook(load: Load) -> Textbook:
    """The same run in textbook SimPy."""
    env = simpy.Environment()
    made = Textbook(env, load)
    if load.messages:
        drawn = works("q to f", len(load.messages), WARM)
        for number in range(POLLERS):
            env.process(made.poller(number, drawn))
        env.process(made.stream(load.messages, made.send))
    if load.events:
        mine = works("f", len(load.events), WARM)
        env.process(made.stream(load.events, lambda number: env.process(made.event(number, mine[number]))))
    if load.calls:
        theirs = works("people", len(load.calls), WARM)
        env.process(made.stream(load.calls, lambda number: env.process(made.caller(number, theirs[number]))))
    env.run(until=load.end)
    return made


def direct(load: Load) -> Textbook:  # noqa: C901 - that it is one loop is the point
    """The same calls and events in the barest way: one loop, in which nothing can be added, changed or asked.

    No settings, versions, payloads, destinations or other functions: so it is the most that plain Python can do.
    """
    book = Textbook(simpy.Environment(), load)
    drawn = works("people", len(load.calls), WARM), works("f", len(load.events), WARM)
    running: list[tuple[float, int]] = []
    idle: list[tuple[float, int]] = []
    again: list[tuple[float, int, int]] = []
    limit, chance = inf if load.limit is None else load.limit, book.dice.random
    origins, sources, begins, ends, environments, oks = (column.append for column in book.rows)
    arrivals, starts, finishes, answers, answered_well = (column.append for column in book.requests)
    came, attempts, ended, fate = book.events
    came.extend(load.events)
    for column, value in ((attempts, 0), (ended, inf), (fate, 0)):
        column.extend([value] * len(came))
    calls, events, number, row = [*load.calls, inf], [*load.events, inf], 0, 0
    while True:
        time = min(calls[number], events[row], again[0][0] if again else inf)
        if time == inf:
            return book
        turned_away, origin = 0, 1
        if again and again[0][0] == time:
            _, source, turned_away = heappop(again)
        elif events[row] == time:
            source, row = row, row + 1
        else:
            source, origin, number = number, 0, number + 1
        while running and running[0][0] <= time:
            idle.append(heappop(running))
        if len(running) >= limit:
            book.throttled.append(time)
            if origin:
                heappush(again, (time + min(2.0**turned_away, 300.0), source, turned_away + 1))
            else:
                arrivals(time), starts(time), finishes(time), answers(time), answered_well(False)
            continue
        end, environment = time + drawn[origin][source], book.born
        if idle and idle[-1][0] + KEPT > time:
            environment = idle.pop()[1]
        else:
            book.born, end = book.born + 1, end + INIT
        good = not load.errors or chance() >= load.errors
        heappush(running, (end, environment))
        origins(origin), sources(source), begins(time), ends(end), environments(environment), oks(good)
        if not origin:
            arrivals(time), starts(time), finishes(end), answers(end), answered_well(good)
            continue
        attempts[source] += 1
        if good or attempts[source] == 3:
            ended[source], fate[source] = end, 1 if good else 2
        else:
            heappush(again, (end + (60.0, 120.0)[attempts[source] - 1], source, 0))


def simfaas(count: int) -> None:
    """W3 in SimFaaS, as its documentation shows it."""
    from simfaas.ServerlessSimulator import ServerlessSimulator
    from simfaas.SimProcess import ExpSimProcess

    simulator = ServerlessSimulator(
        arrival_process=ExpSimProcess(rate=RATE),
        warm_service_process=ExpSimProcess(rate=1 / WARM),
        cold_service_process=ExpSimProcess(rate=1 / (WARM + INIT)),
        expiration_threshold=KEPT,
        max_time=count / RATE,
    )
    simulator.generate_trace(debug_print=False, progress=False)


def bytes_of(table: FunctionTable) -> float:
    """The bytes of the columns of a function, for each of its invocations."""
    columns = [column for column in vars(table).values() if isinstance(column, array)]
    return sum(column.itemsize * len(column) for column in columns) / len(table.began)


def report(count: int = 100_000, runs: int = 3, large: int = 1_000_000) -> Report:
    """Functions in three workloads, SimFaaS, bytes, and growth."""
    rows, goals = [], []
    for name, load in loads(count).items():
        mine, theirs = [], []
        for _ in range(runs):
            mine.append(seconds(ours, load))
            theirs.append(seconds(textbook, load))
        faster = median(theirs) / median(mine)
        rows.append([f"function, {name}", f"{faster:.1f}", f"{count / median(mine):,.0f}"])
        what = f"function, {name}, × textbook SimPy"
        goals.append(goal(what, faster, "{:.1f}", at_least=GOALS[name]))
        if not load.messages:
            barest = median(seconds(direct, load) for _ in range(runs)) / median(mine)
            what = f"function, {name}, × one bare loop"
            goals.append(goal(what, barest, "{:.2f}", at_least=LEAST_SHARE))
    what = "function, W3, × SimFaaS"
    if importlib.util.find_spec("simfaas"):
        few, load = count // 10, loads(count)["W3"]
        simfaas(100)  # so that its imports are done
        pairs = [(seconds(simfaas, few) / few * count, seconds(ours, load)) for _ in range(runs)]
        theirs, mine = (median(some) for some in zip(*pairs, strict=True))
        faster = theirs / mine
        goals.append(goal(what, faster, "{:.1f}", at_least=SIMFAAS_GOAL))
    else:
        goals.append(not_measured(what, f"≥ {SIMFAAS_GOAL:g}"))
    size = bytes_of(ours(loads(count)["W3"]).table)
    goals.append(goal("bytes of an invocation", size, "{:.1f}", at_most=BYTES_GOAL))
    grown = growth(ours, loads(count)["W3"], loads(large)["W3"], large // count)
    goals.append(goal(f"time an invocation, {count:,} → {large:,}", grown, "{:.2f}", at_most=GROWTH_GOAL))
    return Report(table(["functions", "× textbook SimPy", "calls a CPU second"], rows), goals)
