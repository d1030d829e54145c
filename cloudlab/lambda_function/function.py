"""A function: code that is there only while it is called.

Read `Function.handle` first, then `Function.call`. The four steps: deploy a package of code; make it ready to be
triggered (someone calls it, sends it events, or a mapping pulls for it); it runs only then, in an environment that
is made or used again (see `fleet`); and only while it runs is it paid for.

Many calls at once are served as columns where nothing can go wrong, else one by one; both give the same.

Numbers such as FN-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress, count, repeat
from math import inf, nextafter
from operator import sub
from typing import Annotated

from simpy.events import Event

from cloudlab.kernel.columns import packed
from cloudlab.kernel.contracts import AnswerChange, Caller, Paths
from cloudlab.kernel.draws import Work, draws
from cloudlab.kernel.invocations import Ending, Origin, Throttle
from cloudlab.kernel.limits import Limit, checked, takes
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.lambda_function.account import Account
from cloudlab.lambda_function.asynchronous import ASYNC_PAYLOAD, EventQueue, EventSource, Works
from cloudlab.lambda_function.deployed import Deployed, Memory, Reserved, Timeout
from cloudlab.lambda_function.environment import SYNC_PAYLOAD, Result
from cloudlab.lambda_function.errors import (
    InvalidParameterValueException,
    InvalidRequestContentException,
    RequestTooLargeException,
    turned_away,
)
from cloudlab.lambda_function.fleet import AWAY, Call
from cloudlab.lambda_function.release import Release
from cloudlab.lambda_function.runtimes import runtime as runtime_called
from cloudlab.lambda_function.versions import Settings, check_code
from cloudlab.lambda_function.zipped import opened


@dataclass(frozen=True)
class Response:
    """What the caller of `invoke` gets (FN-6). A function that failed answers 200 too, with `function_error` set."""

    status_code: int
    payload: object = None
    function_error: str | None = None
    executed_version: str = "$LATEST"


Telling = Callable[[Call], str]
"""What a handler gets of a call, as JSON."""

Invoking = Generator[Event, object, Response]
"""What `invoke` gives back: a SimPy process that ends with a `Response`."""

STATUS_OF = bytes((Status.OK,)) + bytes((Status.TARGET_ERROR,)) * 255
"""The status of a request, by the `Ending` of its call."""


class Function(Deployed):
    """A function: customers call it, senders and topics give it events, and mappings pull messages for it.

    `code` is a zip (see `package`), whose `handler`, 'file.function', is really called with an event and a context;
    a request of customers is the event `event(number, class)`. Without code a request brings its own work, in seconds
    on one vCPU, and each event or message `mean_work`; a share `error_rate`, and all of the classes in `fails`, end
    with an error. `idle_lifetime` is how long an environment that nobody calls is kept, and `init_duration` what the
    runtime's own INIT takes: the provider publishes neither (FN-9, FN-10). Raises InvalidParameterValueException.
    """

    idle_timeout = inf

    @checked(InvalidParameterValueException)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        code: bytes | None = None,
        handler: str = "app.handler",
        runtime: str = "python3.13",
        memory_size: Memory = 128,
        timeout: Timeout = 3,
        architecture: Annotated[str, Limit(choices=("x86_64", "arm64"), label="Architecture")] = "x86_64",
        ephemeral_storage: Annotated[int, Limit(512, 10_240, "MB", label="Ephemeral storage")] = 512,
        reserved_concurrent_executions: Reserved = None,
        account: Account | None = None,
        idle_lifetime: Annotated[float, Limit(0, 86_400, "s", label="Idle environments are kept")] = 600,
        init_duration: Annotated[float | None, Limit(0, 900, "s", label="INIT of the runtime")] = None,
        error_rate: Annotated[float, Limit(0, 1, label="Share of calls that fail")] = 0,
        fails: tuple[str, ...] | list[str] = (),
        event: Callable | None = None,
        work: Work = "fixed",
        mean_work: Annotated[float, Limit(0.0001, 3600, "s", label="Work per event")] = 0.1,
        work_spread: Annotated[float, Limit(0.05, 3, label="Spread of log-normal work")] = 1.0,
    ):
        kind = runtime_called(runtime)
        init = kind.init if init_duration is None else init_duration
        deployed = None if code is None else opened(code)
        settings = Settings(
            deployed, handler, runtime, memory_size, timeout, architecture, ephemeral_storage, init
        )
        check_code(settings)
        if code is not None and (error_rate or fails):
            rule = "but code is given too: a function with code fails where its code does"
            raise InvalidParameterValueException(f"error_rate or fails is given, {rule}.")
        if not all(isinstance(path, str) for path in fails):
            rule = "must be a tuple of names of classes"
            raise InvalidParameterValueException(f"fails is {fails!r:.60}, but {rule}.")
        if event is not None and not takes(event, 2):
            rule = "must be a function of number and class"
            raise InvalidParameterValueException(f"event is {event!r:.60}, but {rule}.")
        super().__init__(
            world,
            name,
            settings,
            account or Account(),
            reserved_concurrent_executions,
            idle_lifetime,
            error_rate,
            fails,
        )
        self.event = event or _event
        self.works = Works(draws(work, mean_work, work_spread, world.dice(f"{name} work")))
        self.events = EventQueue(self, self.table.events)
        self.results: dict[int, Result] = {}
        self._origins: dict[tuple[str, int], int] = {}
        self.origin("event", self.part)  # numbered now, so that no question in between changes the order
        self._by_hand = 0
        world.add_stage(self)
        self._wire()

    # Who calls and waits: customers (see `contracts.Contact`), or a call by hand

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Take a column of requests in order of time, and record each; returns the first new row."""
        return self.handled(None, customers, arrived, works, paths)

    def handled(self, choose: Callable | None, customers: Caller, arrived, works, paths: Paths) -> int:
        """As `handle`; `choose()` gives the release of each call, of what stands behind an alias (None: $LATEST)."""
        requests, table = customers.record.requests, self.table
        first, row, born = len(requests), len(table.began), len(table.born)
        origin = self.origin("request", customers.client)
        each = repeat(paths) if isinstance(paths, int) else paths
        requested = zip(repeat(origin), count(first), arrived, works, each)
        serve = self.serve if choose is None else partial(self._serve_chosen, choose)
        self.account.serve(requested, arrived, serve, merged=choose is None)
        started, finished, answered, statuses = self._found(row, born, origin, first, arrived)
        if customers.limit < inf:
            latest = [time + customers.limit for time in arrived]
            if any(end > late for end, late in zip(answered, latest, strict=True)):
                each_status = [statuses] * len(arrived) if isinstance(statuses, int) else statuses
                ends = zip(answered, latest, each_status, strict=True)
                statuses = [customers.too_late if end > late else how for end, late, how in ends]
                answered = [min(end, late) for end, late in zip(answered, latest, strict=True)]
        return requests.extend(
            customers.client, arrived, started, finished, answered, paths, self.part, statuses
        )

    def _serve_chosen(self, choose: Callable[[], Release], calls: Iterable[Call]) -> None:
        for call in calls:
            self.call(choose(), call, self.told)

    def _found(
        self, row: int, born: int, origin: int, first: int, arrived: list[float]
    ) -> tuple[Sequence[float], Sequence[float], Sequence[float], int | Sequence[int]]:
        """What the rows from `row` on tell of requests: when each began, ended and was answered (s), and its status."""
        table, origins = self.table, self.table.origin[row:].tobytes()
        sources: Sequence[int] = table.source[row:]
        finished, endings = table.ended[row:], table.ending[row:].tobytes()
        if origins.count(origin) < len(origins):
            mine = origins.translate(bytes(origin) + b"\1" + bytes(255 - origin))
            sources, endings = [*compress(sources, mine)], bytes(compress(endings, mine))
            finished = packed("d", [*compress(finished, mine)])
        started = list(arrived)
        for number in range(born, len(table.born)):
            cold = bisect_left(table.began, table.born[number], row)
            while table.environment[cold] != number:
                cold += 1
            if table.origin[cold] == origin:
                started[table.source[cold] - first] = table.ready[number]
        statuses = endings.translate(STATUS_OF)
        if len(sources) < len(arrived):
            return _with_gaps(sources, first, arrived, started, finished, statuses)
        if statuses.count(Status.OK) == len(statuses):
            return started, finished, finished, int(Status.OK)
        return started, finished, finished, statuses

    def time_passed(self, now: float) -> bool:
        """Nothing waits at a function."""
        return False

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """No server works here."""

    @checked(InvalidParameterValueException)
    def invoke(
        self,
        payload=None,
        *,
        invocation_type: Annotated[
            str, Limit(choices=("RequestResponse", "Event", "DryRun"), label="Kind of call")
        ] = "RequestResponse",
        qualifier: str = "$LATEST",
    ) -> Invoking:
        """Call it now with an event. A SimPy process that ends with a `Response`.

        One that waits ('RequestResponse') ends when the function has; 'Event' ends at once with 202, 'DryRun' with 204
        (FN-6). Raises TooManyRequestsException when it is turned away, InvalidRequestContentException for what is no
        JSON, RequestTooLargeException (FN-1).
        """
        most = ASYNC_PAYLOAD if invocation_type == "Event" else SYNC_PAYLOAD
        text = _json(payload, most)
        release = self.versions.one(qualifier)
        return self._invoke(text, invocation_type, qualifier, release)

    def _invoke(self, text: str, invocation_type: str, qualifier: str, release: Release) -> Invoking:
        if invocation_type == "DryRun":
            return Response(204, executed_version=release.version.qualifier)
        self.world.reach(self)
        now = float(self.world.now)
        if invocation_type == "Event":
            row = len(self.table.events.came)
            self.events.put([now], self.world.record.add_path("event"))
            self.events.take_in(nextafter(now, inf))
            self.events.payloads[row] = text
            return Response(202)
        self._by_hand += 1
        path = self.world.record.add_path("event")
        release, origin = self.versions.choose(qualifier), self.origin("hand", self.part)
        row = self.call(release, (origin, self._by_hand - 1, now, 0.0, path), lambda call: text)
        if row < 0:
            raise turned_away(Throttle(self.table.why[-1]), self.name)
        end = self.table.ended[row]
        while self.world.now < end:
            yield self.world.until(end)
        returned, error = self.said_of(row)
        if error is None:
            return Response(200, returned, executed_version=release.version.qualifier)
        payload = {"errorType": error[0], "errorMessage": error[1]}
        return Response(200, payload, "Unhandled", release.version.qualifier)

    # Who sends and waits for nobody (see `contracts.Inbox`)

    def deliver(
        self, times: Sequence[float], paths: Paths, publishes: Sequence[int] = (), source: int = 0
    ) -> None:
        """Events come, in order of time: each is called with when the function goes on."""
        self.events.put(times, paths, publishes, source)

    def add_source(self, source: EventSource) -> int:
        """Events of this source will come; returns its number here."""
        if len(self.events.sources) == 255:
            raise InvalidParameterValueException(
                f"{self.name} has 255 sources of events, and room for no more."
            )
        self.events.sources.append(source)
        return len(self.events.sources)

    def tell(self) -> None:
        """Nobody waits here."""

    def advance(self, now: float) -> None:
        """Let all happen here that comes before `now` (s), and hand on what leaves (see `contracts.Stage`)."""
        self.account.bring(now)
        self.fleet.settle(now)
        self.events.hand_on(now)

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""
        return min(self.events.next_time(), self.events.leaves_at)

    # One call

    def serve(self, calls: Iterable[Call]) -> None:
        """Call $LATEST with these events, or for these requests (see `asynchronous.Called`)."""
        release = self.versions.latest
        if release.code is None:
            self.fleet.serve(release, calls)
        else:
            for call in calls:
                self.call(release, call, self.told)

    def call(self, release: Release, call: Call, told: Telling) -> int:
        """One call: its row, or AWAY. Without code it takes its work; else its handler gets what `told` says of it."""
        if release.code is None:
            return self.fleet.call(release, *call)
        origin, source, time, _, _ = call
        fleet, row = self.fleet, len(self.table.began)
        number = fleet.begin(time, release.pools)
        if number < 0:
            return AWAY
        inside = release.environments[number]
        result = release.run(number, told(call), (self.name, self.arn, self.request_id(row)))
        fleet.ends(origin, source, time, number, result.seconds, release.timeout, result.ending)
        if self.table.ending[row] == Ending.TIMEOUT:
            result = result.timed_out(release.timeout)
        self._keep(row, result)
        if inside.failed is not None and not Ending(self.table.ending[row]).resets:
            fleet.drop(number, self.table.ended[row])
        return row

    def _keep(self, row: int, result: Result) -> None:
        """What a log tells of a call later."""
        self.results[row] = result
        if result.memory:
            self.table.memory_used[row] = result.memory
        said = result.printed.splitlines()
        if result.error is not None and result.ending != Ending.TIMEOUT:
            said.append(f"[ERROR] {result.error[0]}: {result.error[1]}")
        if said:
            self.table.said[row] = said
        if result.ending == Ending.OK and result.returned is not None:
            self.table.returned[row] = result.returned

    def said_of(self, invocation: int) -> tuple[object, tuple[str, str] | None]:
        """What an invocation returned, and its error (type, message)."""
        result = self.results.get(invocation)
        if result is not None:
            return result.returned, result.error
        ending = Ending(self.table.ending[invocation])
        return None, None if ending == Ending.OK else (ending.error_type, ending.reason)

    def told(self, call: Call) -> str:
        """What the handler gets of a request or an event, as JSON."""
        origin, source, _, _, path = call
        if self.table.origins[origin].how == "event":
            return self.event_text(source)
        return self.event_of(source, path)

    def event_text(self, row: int) -> str:
        """The event in that row of those that nobody waits for, as JSON."""
        events = self.table.events
        if row in self.events.payloads:
            return self.events.payloads[row]
        if origin := events.origin[row]:
            return json.dumps(self.events.sources[origin - 1].payload(events.publish[row]))
        return self.event_of(row, events.path[row])

    def event_of(self, number: int, path: int) -> str:
        """What a request or an event of a stream brings, as JSON."""
        return _json(self.event(number, self.world.record.paths[path]), SYNC_PAYLOAD)

    def request_id(self, row: int) -> str:
        """The id of an invocation in its logs."""
        return f"{self.name}-{row + 1:08d}"

    def note_event(self, time: float, row: int, text: str) -> None:
        """A sentence about an event."""
        self.world.record.note(time, self.part, "✕", f"Event {row + 1} of {self.name} {text}")

    def origin(self, how: str, part: int) -> int:
        """The number of an origin in the table."""
        number = self._origins.get((how, part))
        if number is None:
            number = self._origins[how, part] = len(self.table.origins)
            self.table.origins.append(Origin(how, part))
        return number


def _with_gaps(
    sources: Sequence[int],
    first: int,
    arrived: list[float],
    started: list[float],
    finished: array,
    statuses: bytes,
):
    """What `_found` tells where of the requests from number `first` on only these were let in, in order."""
    every = len(arrived)
    begins, ends, answered = [inf] * every, array("d", (inf,)) * every, array("d", arrived)
    told = bytearray((Status.THROTTLED,)) * every
    for row, upto in _runs(sources):
        place = slice(sources[row] - first, sources[row] - first + upto - row)
        begins[place] = started[place]
        ends[place] = answered[place] = finished[row:upto]
        told[place] = statuses[row:upto]
    return begins, ends, answered, bytes(told)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(from, up to) of what follows one on the other, of numbers in order."""
    left_out, row = [*map(sub, numbers, count())], 0
    while row < len(left_out):
        upto = bisect_right(left_out, left_out[row], row)
        yield row, upto
        row = upto


def _event(number: int, path: str) -> dict:
    """What a request of a stream brings, unless something else is asked for."""
    return {"number": number, "class": path}


def _json(value, most: int) -> str:
    """An event as JSON. Raises InvalidRequestContentException, RequestTooLargeException."""
    try:
        text = json.dumps(value, allow_nan=False)
    except Exception:
        raise InvalidRequestContentException(
            f"payload is {value!r:.60}, but must be plain values of JSON."
        ) from None
    if len(text.encode()) > most:
        raise RequestTooLargeException(
            f"payload is {len(text.encode())} bytes, but must be at most {most} (FN-1)."
        )
    return text
