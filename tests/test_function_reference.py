"""Functions against ones that walk through each moment (`function_reference`), row by row.

Times stand on a coarse grid, so that ties are the rule, with lulls longer than a poll and a lifetime: callers with
patience and retries, events from two sources, a mapped queue, one or two functions under one limit, versions and an
alias, environments that are kept ready, settings that change, calls by hand.
"""

import json
from bisect import insort
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from operator import itemgetter
from random import Random

import pytest
from function_reference import Mapped, SlowAccount, SlowFunction, SlowWorld, Stream
from samples import some

from cloudlab.kernel.invocations import Ending, EventFate, Throttle
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.lambda_function import (
    Account,
    EventSourceMapping,
    Function,
    InvalidParameterValueException,
    TooManyRequestsException,
)
from cloudlab.sqs import Queue
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.traffic import Customers, Senders

FATES = ("in hand", "deleted", "failed", "stale", "broken", "missed")
KINDS = ("a", "b", "c")
WHOLE = 1769


@dataclass
class One:
    """A function of a scene: its settings, and who calls it."""

    init: float
    lifetime: float
    timeout: int
    memory: int
    reserved: int | None
    error_rate: float
    fails: tuple
    versions: int
    share: float
    streams: list  # (requests, patience, attempts, delay, qualifier)
    events: list  # lists of (time, path), a source each
    mapping: dict | None
    failures: str  # where events go that fail: nowhere, to a queue, to the queue that is mapped to the other function
    config: tuple  # attempts, age


@dataclass
class Scene:
    seed: int
    grid: int
    most: int
    shared: bool  # whether they share an account
    scale: int
    rate: int
    functions: list[One]
    controls: list  # (time, function, what, value)
    looks: list
    end: float
    again: dict = field(default_factory=dict)

    def work(self, *who) -> float:
        """The work of an event or a message."""
        dice = Random(f"{self.seed} {who}")
        return float(self.grid * dice.randint(1, dice.choice([2, 3, 9])))


def moments(dice, time, most) -> list[float]:
    """When something comes: close together, with a long lull now and then."""
    now, found = 0.0, []
    for _ in range(dice.randint(0, most)):
        now += time(0, 2) + (time(9, 40) if dice.random() < 0.08 else 0)
        found.append(now)
    return found


def one(dice, time, grid, number, count, most, left) -> One:
    versions = dice.choice([0, 0, 0, 1, 2])
    share = dice.choice([0, 0.5]) if versions == 2 else 0
    qualifiers = ["$LATEST"] if not versions else ["$LATEST", "1", "live", "live"]
    timeout = int(time(3, 8))
    streams = [
        (
            [(moment, time(0, 5), dice.choice(KINDS)) for moment in moments(dice, time, 25)],
            dice.choice([inf, inf, time(1, 3)]),
            dice.choice([1, 1, 2, 4]),
            time(1, 2),
            dice.choice(qualifiers),
        )
        for _ in range(dice.choice([0, 1, 1, 2]))
    ]
    mapping = None
    if dice.random() < 0.5:
        fifo = dice.random() < 0.25
        window = 0 if fifo else dice.choice([0, 0, int(time(1, 4))])
        sent = moments(dice, time, dice.choice([15, 60]))
        mapping = {
            "fifo": fifo,
            "letters": [(moment, dice.choice(KINDS)) for moment in sent],
            "timeout": timeout + time(versions, 4 + versions),
            "most_receives": dice.choice([inf, inf, 1, 2]),
            "batch": dice.choice([1, 1, 2, 3, 10]),
            "window": window,
            "reports": dice.random() < 0.5,
            "most": dice.choice([2, 3, 1000]),
            "fails": dice.choice([(), (), ("b",)]),
            "qualifier": dice.choice(qualifiers),
        }
    return One(
        init=dice.choice([0.0, time(1, 1), 0.2, 12.0]),
        lifetime=dice.choice([0.0, time(1, 4), 30.0, 600.0]),
        timeout=timeout,
        memory=dice.choice([WHOLE, WHOLE, WHOLE, 884]),
        reserved=dice.choice([None, None, dice.randint(0, min(3, left))]) if left else None,
        error_rate=dice.choice([0, 0, 0.3]),
        fails=dice.choice([(), (), ("c",)]),
        versions=versions,
        share=share,
        streams=streams,
        events=[
            [(moment, dice.choice(KINDS)) for moment in moments(dice, time, 20)]
            for _ in range(dice.choice([0, 1, 1, 2]))
        ],
        mapping=mapping,
        failures=dice.choice(["nowhere", "queue"]),
        config=dice.choice(
            [(2, 21_600.0), (2, 21_600.0), (dice.randint(0, 2), dice.choice([60.0, 120.0, 185.0]))]
        ),
    )


def scene(seed: int) -> Scene:
    dice = Random(seed)
    grid = dice.choice([1, 1, 5])

    def time(low, high):
        return float(grid * dice.randint(low, high))

    most = dice.choice([1, 2, 3, 5, 8, 1000])
    count, shared, left, functions = dice.choice([1, 1, 2]), dice.random() < 0.75, most - 1, []
    for number in range(count):
        functions.append(one(dice, time, grid, number, count, most, left))
        left -= (functions[-1].reserved or 0) if shared else 0
    if count == 2 and functions[1].mapping and not functions[1].mapping["fifo"] and dice.random() < 0.5:
        functions[0].failures = "mapped"
    controls, now = [], 0.0
    for _ in range(dice.choice([0, 0, 2, 6])):
        now += time(0, 20)
        number = dice.randrange(count)
        it = functions[number]
        what = dice.choice(
            [
                "deploy",
                "memory",
                "reserve",
                "config",
                "hand",
                "hand",
                "event",
                *(["ready"] * 3 if it.versions else []),
            ]
        )
        value = {
            "deploy": int(time(1, 3)),
            "memory": dice.choice([WHOLE, 884]),
            "reserve": dice.choice([None, 0, 1, 2]),
            "config": (dice.randint(0, 2), dice.choice([60.0, 90.0, 21_600.0])),
            "hand": dice.choice(["$LATEST", "live"] if it.versions else ["$LATEST"]),
            "ready": (dice.choice(["1", "live"]), dice.choice([0, 1, 2])),
            "event": None,
        }[what]
        moment = now + (0.5 if what in ("hand", "event") else 0.0)
        if moment == now or all(moment != before for before, *_ in controls):
            controls.append((moment, number, what, value))
    controls.sort(key=lambda control: control[0])
    times = [moment for it in functions for requests, *_ in it.streams for moment, *_ in requests]
    times += [moment for it in functions for source in it.events for moment, _ in source]
    times += [moment for it in functions if it.mapping for moment, _ in it.mapping["letters"]]
    last = max([now, *times])
    return Scene(
        seed,
        grid,
        most,
        shared,
        dice.choice([1000, 1000, 2, 4]),
        dice.choice([10, 10, 1, 2]),
        functions,
        controls,
        sorted(dice.uniform(0, last + 300) for _ in range(dice.choice([0, 3, 20]))),
        last + dice.choice([grid * 10, 300.0, 900.0]) + 0.25,
    )


class Given:
    """A traffic, or works by number."""

    duration = inf

    def __init__(self, entries, of=None):
        self.entries, self.paths, self.of = entries, KINDS, of

    def chunks(self, dice, regular=False):
        """In two pieces."""
        half = self.entries[len(self.entries) // 2][0] if self.entries else 0.0
        for low, high in ((-inf, half), (half, inf)):
            rows = [entry for entry in self.entries if low <= entry[0] < high]
            works = [entry[1] for entry in rows] if rows and len(rows[0]) == 3 else None
            yield high, [entry[0] for entry in rows], [KINDS.index(entry[-1]) for entry in rows], works


class Fast:
    """The scene with the models."""

    def __init__(self, it: Scene):
        self.it, self.world = it, World(it.seed)
        accounts = [Account(concurrent_executions=it.most) for _ in it.functions]
        self.functions, self.queues, self.mappings, self.dead = [], [], [], []
        self.failures = {}
        for number, one in enumerate(it.functions):
            self.functions.append(self.made(number, one, accounts[0 if it.shared else number]))
        for number, one in enumerate(it.functions):
            self.map(number, one)
        for number, one in enumerate(it.functions):
            self.failures[number] = self.failing(number, one)
            self.configure(number, one.config)
        for number, one in enumerate(it.functions):
            self.wire(number, one)
        self.world.process(self.control())
        self.world.process(self.look())

    def made(self, number, one, account):
        made = Function(
            self.world,
            f"f{number}",
            memory_size=one.memory,
            timeout=one.timeout,
            account=account,
            reserved_concurrent_executions=one.reserved,
            idle_lifetime=one.lifetime,
            init_duration=one.init,
            error_rate=one.error_rate,
            fails=one.fails,
        )
        made.works = Works(lambda row: self.it.work("event", number, row))
        for version in range(one.versions):
            made.publish_version()
            if version + 1 < one.versions:
                made.update_function_configuration(timeout=one.timeout + self.it.grid)
        if one.versions:
            made.create_alias("live", "1", routing_config={"2": one.share} if one.share else None)
        return made

    def failing(self, number, one):
        if one.failures == "mapped":
            return self.queues[1]
        return Queue(self.world, f"failed{number}") if one.failures == "queue" else None

    def configure(self, number, config):
        self.functions[number].put_function_event_invoke_config(
            maximum_retry_attempts=config[0],
            maximum_event_age_in_seconds=config[1],
            on_failure=self.failures[number],
        )

    def map(self, number, one):
        self.mappings.append(None)
        self.queues.append(None)
        self.dead.append(None)
        if (given := one.mapping) is None:
            return
        kind, ending = (FifoQueue, ".fifo") if given["fifo"] else (Queue, "")
        more = {}
        if given["most_receives"] < inf:
            self.dead[-1] = kind(self.world, f"dead{number}{ending}")
            more = {"dead_letter_target": self.dead[-1], "max_receive_count": given["most_receives"]}
        queue = self.queues[-1] = kind(
            self.world, f"q{number}{ending}", visibility_timeout=given["timeout"], **more
        )
        mapping = self.mappings[-1] = EventSourceMapping(
            self.functions[number],
            queue,
            batch_size=given["batch"],
            maximum_batching_window_in_seconds=given["window"],
            function_response_types=["ReportBatchItemFailures"] if given["reports"] else [],
            maximum_concurrency=given["most"],
            fails=given["fails"],
            qualifier=given["qualifier"],
        )
        mapping.works = Works(lambda row: self.it.work("message", number, row))
        Senders(self.world, f"to q{number}", traffic=Given(given["letters"]), to=queue)

    def wire(self, number, one):
        for place, source in enumerate(one.events):
            Senders(self.world, f"source {number} {place}", traffic=Given(source), to=self.functions[number])
        for place, (requests, patience, attempts, delay, qualifier) in enumerate(one.streams):
            Customers(
                self.world,
                f"people {number} {place}",
                traffic=Given(requests),
                to=self.behind(number, qualifier),
                patience=None if patience == inf else patience,
                max_attempts=attempts,
                retry_delay=delay,
            )

    def behind(self, number, qualifier):
        function = self.functions[number]
        if qualifier == "$LATEST":
            return function
        return function.create_alias(
            f"to {qualifier} {len(function.versions.aliases)}", "1", **self.shared(number, qualifier)
        )

    def shared(self, number, qualifier):
        share = self.it.functions[number].share
        return {"routing_config": {"2": share}} if qualifier == "live" and share else {}

    def control(self):
        for time, number, what, value in self.it.controls:
            if time > self.world.now:
                yield self.world.timeout(time - self.world.now)
            function = self.functions[number]
            if what == "deploy":
                function.update_function_configuration(timeout=value)
            elif what == "memory":
                function.update_function_configuration(memory_size=value)
            elif what == "reserve":
                with suppress(InvalidParameterValueException):
                    function.put_function_concurrency(value)
            elif what == "config":
                self.configure(number, value)
            elif what == "ready":
                with suppress(InvalidParameterValueException):
                    function.put_provisioned_concurrency_config(*value)
            elif what == "event":
                yield from function.invoke(invocation_type="Event")
            else:
                self.world.process(self.by_hand(function, value))

    def by_hand(self, function, qualifier):
        with suppress(TooManyRequestsException):
            yield from function.invoke(qualifier=qualifier)

    def look(self):
        """Somebody looks now and then: that changes nothing."""
        for time in self.it.looks:
            yield self.world.timeout(time - self.world.now)
            self.world.advance()


class Works:
    def __init__(self, of):
        self.of = of

    def upto(self, number):
        return [self.of(row) for row in range(number)]


def slow_world(it: Scene) -> tuple[SlowWorld, dict]:
    """The scene, one thing at a time."""
    world, accounts = SlowWorld(), [SlowAccount(it.most, it.scale, it.rate) for _ in it.functions]
    failures, queues = {}, {}
    for number, one in enumerate(it.functions):
        made = SlowFunction(
            f"f{number}",
            it.seed,
            accounts[0 if it.shared else number],
            init=one.init,
            lifetime=one.lifetime,
            timeout=one.timeout,
            speed=min(1.0, one.memory / WHOLE),
            reserved=one.reserved,
            error_rate=one.error_rate,
            fails=one.fails,
        )
        world.functions.append(made)
        made.works = lambda row, number=number: it.work("event", number, row)
        for version in range(one.versions):
            made.publish()
            if version + 1 < one.versions:
                made.deploy(0.0, timeout=one.timeout + it.grid)
        if one.versions:
            made.aliases["live"] = ("1", "2" if one.share else None, one.share)
        arrived = failures[number] = []

        def failed(now, event, arrived=arrived, mapped=one.failures == "mapped"):
            arrived.append((event.ended, event.row))
            if mapped:
                insort(queues[1].coming, (event.ended, event.path), key=itemgetter(0))

        made.settings = (*one.config, failed if one.failures != "nowhere" else None)
        made.coming = sorted((entry for source in one.events for entry in source), key=lambda entry: entry[0])
        for requests, patience, attempts, delay, qualifier in one.streams:
            world.streams.append(Stream(made, qualifier, list(requests), patience, attempts, delay))
        if (given := one.mapping) is not None:
            queues[number] = Mapped(
                given["letters"],
                made,
                given["qualifier"],
                batch=given["batch"],
                window=given["window"],
                reports=given["reports"],
                most=given["most"],
                fails=given["fails"],
                works=lambda row, number=number: it.work("message", number, row),
                timeout=given["timeout"],
                most_receives=given["most_receives"],
                fifo=given["fifo"],
            )
            world.queues.append(queues[number])
    for time, number, what, value in it.controls:
        world.controls.append((time, control_of(world, world.functions[number], what, value)))
    return world, failures


def control_of(world, function, what, value):
    def hand(now):
        world.events_and_batches(now)
        function.by_hand += 1
        function.call(now, "hand", function.by_hand - 1, value, 0.0, "event")

    def reserve(now):
        account = function.account
        others = sum(one.reserved or 0 for one in account.functions if one is not function)
        if value is None or value <= max(account.most - others - 1, 0):
            function.reserved = value

    def ready(now):
        if value[1] <= function.limit:
            function.keep_ready(now, *value)

    def config(now):
        function.settings = (*value, function.settings[2])

    def event(now):
        function.coming.insert(0, (now, "event"))

    return {
        "deploy": lambda now: function.deploy(now, timeout=value),
        "memory": lambda now: function.deploy(now, speed=min(1.0, (value or 1) / WHOLE)),
        "reserve": reserve,
        "config": config,
        "ready": ready,
        "hand": hand,
        "event": event,
    }[what]


def by(end, time):
    """A time, if it comes before the end."""
    return time if time < end else inf


def rows_of(function: Function, end: float) -> dict:
    table = function.table
    events = table.events
    return {
        "calls": [
            (
                table.origins[origin].how,
                source,
                began,
                table.handler_began(row),
                place,
                by(end, ended),
                ENDS[Ending(ending)] if ended < end else "",
            )
            for row, (origin, source, began, place, ended, ending) in enumerate(
                zip(
                    table.origin,
                    table.source,
                    table.began,
                    table.environment,
                    table.ended,
                    table.ending,
                    strict=True,
                )
            )
        ],
        "places": [
            (born, ready, by(end, gone), version, provisioned)
            for born, ready, gone, version, provisioned in zip(
                table.born, table.ready, table.gone, table.version, table.provisioned, strict=True
            )
        ],
        "throttles": [
            (time, Throttle(why).name) for time, why in zip(table.throttled, table.why, strict=True)
        ],
        "events": [
            (came, attempts, by(end, ended), EventFate(fate).name if ended < end else "WAITING")
            for came, attempts, ended, fate in zip(
                events.came, events.attempts, events.ended, events.fate, strict=True
            )
        ],
    }


ENDS = {Ending.OK: "ok", Ending.ERROR: "error", Ending.TIMEOUT: "timeout"}
NAMES = {"done": "DONE", "failed": "FAILED", "too old": "TOO_OLD", "waiting": "WAITING"}


def slow_rows_of(function: SlowFunction, end: float) -> dict:
    return {
        "calls": [
            (
                one.kind,
                one.source,
                one.began,
                one.handler_began,
                one.place.number,
                by(end, one.end),
                one.ending if one.end < end else "",
            )
            for one in function.calls
        ],
        "places": [
            (one.born, one.ready, one.gone, one.release.number, one.provisioned) for one in function.places
        ],
        "throttles": function.throttles,
        "events": [
            (one.came, one.attempts, by(end, one.ended), NAMES[one.state] if one.ended < end else "WAITING")
            for one in function.events
        ],
    }


def hand_outs(queue, mapping, end) -> list[tuple]:
    numbers = {poller.part: poller.number for poller in mapping.pollers}
    t = queue.table
    rows = zip(t.message, t.handed, t.poller, t.ended, t.count, t.fate, strict=True)
    return [
        (row, handed, numbers[part], ended, count, FATES[fate])
        if ended < end
        else (row, handed, numbers[part], inf, count, "in hand")
        for row, handed, part, ended, count, fate in rows
    ]


def letters(queue) -> list[str]:
    """Which event each message of a destination tells of."""
    bodies = [json.loads(queue.content(row).body) for row in range(len(queue.table.sent))]
    return [body["requestContext"]["requestId"] for body in bodies]


STATUSES = {
    "ok": Status.OK,
    "throttled": Status.THROTTLED,
    "gave up": Status.GAVE_UP,
    "error": Status.TARGET_ERROR,
}


def compare(it: Scene) -> Fast:
    slow, failures = slow_world(it)
    slow.run(it.end)
    fast = Fast(it)
    fast.world.run(it.end)
    for number, (mine, theirs) in enumerate(zip(fast.functions, slow.functions, strict=True)):
        ours, other = rows_of(mine, it.end), slow_rows_of(theirs, it.end)
        for name in ours:
            assert ours[name] == other[name], (number, name)
        if it.functions[number].failures == "queue":
            assert list(fast.failures[number].table.sent) == [time for time, _ in failures[number]]
            assert letters(fast.failures[number]) == [
                f"f{number}-event-{row + 1}" for _, row in failures[number]
            ]
    left = iter(slow.queues)
    for number, queue in enumerate(fast.queues):
        if queue is not None:
            other = next(left)
            assert hand_outs(queue, fast.mappings[number], it.end) == other.rows(), number
            dead = fast.dead[number]
            assert (list(dead.table.sent) if dead else []) == [time for time, _ in other.dead]
            series = fast.world.record.series.get((queue.part, "NumberOfEmptyReceives"))
            assert (series.values[-1] if series else 0) == len(other.empty)
            polling = fast.world.record.series[fast.mappings[number].part, f"Pollers of {queue.name}"]
            assert polling.values[-1] == sum(one.alive for one in other.workers)
    requests = fast.world.record.requests
    columns = (requests.arrived, requests.started, requests.finished, requests.answered, requests.status)
    assert list(zip(*columns, strict=True)) == [(*line[:4], STATUSES[line[4]]) for line in slow.requests]
    return fast


@pytest.fixture
def small(monkeypatch):
    """Sets the constants of a scene: small ones, so that they are reached."""

    def set_them(it):
        monkeypatch.setattr("cloudlab.lambda_function.account.UNRESERVED", 1)
        monkeypatch.setattr("cloudlab.lambda_function.fleet.SCALE", it.scale)
        monkeypatch.setattr("cloudlab.lambda_function.fleet.RATE", it.rate)

    return set_them


@pytest.mark.sampled
@pytest.mark.parametrize("seed", some(range(20_000), 300))
def test_functions_do_the_same_as_ones_that_walk_through_each_moment(seed, small):
    it = scene(seed)
    small(it)
    compare(it)
