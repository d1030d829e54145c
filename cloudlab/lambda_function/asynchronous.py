"""Events that nobody waits for: Lambda takes each at once (202), and calls the function itself, again where that fails.

Read `EventQueue.attempts` first. An error of the function is tried again after one minute and then after two; one
that was turned away comes again after 1 s, then twice as long each time, up to 5 minutes. What fails for good, or
becomes too old, goes to the destination for failures and to the dead letters, or is lost (FN-20).

At one moment those that are tried again go first, then new ones.

Numbers such as FN-20 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain, repeat
from math import inf
from operator import itemgetter
from typing import Protocol

from cloudlab.kernel.blocks import Block, Piece
from cloudlab.kernel.columns import packed
from cloudlab.kernel.contracts import Inbox, Letter, LetterSource, Paths
from cloudlab.kernel.invocations import EventFate, Events, FunctionTable
from cloudlab.kernel.world import WHOLE, microseconds
from cloudlab.lambda_function.fleet import Call

RETRY_AFTER = (60.0, 120.0)
"""Seconds before the second and the third attempt, after an error of the function (FN-20)."""

THROTTLED_FIRST, THROTTLED_MOST = 1.0, 300.0
"""Seconds before one that was turned away comes again, and the most: twice as long each time (FN-20)."""

WAITS = tuple(min(THROTTLED_FIRST * 2.0**times, THROTTLED_MOST) for times in range(100))
"""Seconds until the next attempt, by how often one was turned away before; it becomes too old before the last."""

ASYNC_PAYLOAD = 1024 * 1024
"""Bytes of an event that nobody waits for, at most (FN-1; the older figure is 256 KB)."""


@dataclass(frozen=True)
class EventConfig:
    """What becomes of events that fail. `maximum_event_age_in_seconds` and attempts as in FN-20."""

    maximum_retry_attempts: int = 2
    maximum_event_age_in_seconds: float = 21_600.0
    on_success: Inbox | None = None
    on_failure: Inbox | None = None
    dead_letter_target: Inbox | None = None


class EventSource(LetterSource, Protocol):
    """A source that knows what a function receives: a subscription."""

    def payload(self, publish: int, /):
        """The event for that row of its table (SNS-27)."""


class Called(Protocol):
    """What an event queue asks of its function."""

    part: int
    name: str
    arn: str
    table: FunctionTable
    works: "Works"

    def origin(self, how: str, part: int) -> int:
        """The number of an origin in the table."""

    def serve(self, calls: Iterable[Call]) -> None:
        """Call with these events: each gets a row in the table, or is turned away."""

    def event_text(self, row: int) -> str:
        """The event in that row, as JSON."""

    def said_of(self, invocation: int) -> tuple[object, tuple[str, str] | None]:
        """What an invocation returned, and its error (type, message)."""

    def note_event(self, time: float, row: int, text: str) -> None:
        """A sentence about an event."""


class Works:
    """Works (s on one vCPU) by number, drawn in blocks by `draw`: each has its own, however often it is asked for."""

    def __init__(self, draw: Callable[[int], list[float]]):
        self._draw = draw
        self._drawn: list[float] = []

    def upto(self, number: int) -> list[float]:
        """The works with the numbers below that one, and maybe more."""
        while len(self._drawn) < number:
            self._drawn.extend(self._draw(1000))
        return self._drawn

    def of(self, number: int) -> float:
        """The work with that number."""
        try:
            return self._drawn[number]
        except IndexError:  # seldom, so this is faster than to ask first
            while len(self._drawn) <= number:
                self._drawn.extend(self._draw(1000))
            return self._drawn[number]


class EventQueue:
    """The internal queue of a function: `events` is its history. Times in seconds."""

    def __init__(self, function: Called, events: Events):
        self.function, self.events, self.config = function, events, EventConfig()
        self.part = function.part
        self.sources: list[EventSource] = []
        self.payloads: dict[int, str] = {}
        """The JSON of events that were invoked by hand, by their row."""
        self._fresh = 0
        self._again: list[tuple[float, int, int]] = []  # a heap of (time, row, how often turned away)
        self._incoming: list[Block] = []
        self._over: list[tuple[float, int, int, Inbox, bool]] = []  # a heap of what leaves for another place
        self._numbers: dict[int, int] = {}  # the number of this source at a queue, by the queue's part
        self._sent: list[tuple[int, int, str, float, bool]] = []

    def put(
        self, times: Sequence[float], paths: Paths, publishes: Sequence[int] = (), source: int = 0
    ) -> None:
        """Events come, in order of time (see `contracts.Inbox.deliver`)."""
        if len(times):
            self._incoming.append(Block(times, paths, publishes, source))

    def next_time(self) -> float:
        """When the next attempt begins, as far as is known (s)."""
        came = self.events.came
        fresh = came[self._fresh] if self._fresh < len(came) else inf
        coming = min([block.next_time for block in self._incoming]) if self._incoming else inf
        return min(fresh, coming, self._again[0][0] if self._again else inf)

    def take_in(self, before: float) -> None:
        """What comes before that moment stands in the table, in order of time. All sources were brought up to it."""
        if not self._incoming:
            return
        pieces = [block.take(before) for block in self._incoming if block.next_time < before]
        if not pieces:
            return
        self._incoming = [block for block in self._incoming if not block.is_over]
        parts = [_columns(piece) for piece in pieces]
        events, columns = self.events, parts[0]
        if len(parts) > 1:
            rows = sorted((row for part in parts for row in zip(*part, strict=True)), key=itemgetter(0))
            columns = tuple(zip(*rows, strict=True))
        count = len(columns[0])
        for column, values in zip(
            (events.came, events.path, events.publish, events.origin), columns, strict=True
        ):
            column.extend(values)
        events.attempts.frombytes(bytes(count))
        events.ended.extend(array("d", (inf,)) * count)
        events.fate.frombytes(bytes(count))

    def go_on(self, upto: float) -> None:
        """Attempts begin that are due by `upto` (s), that moment included."""
        if self.next_time() <= upto:
            self.function.serve(self.attempts(upto))

    def attempts(self, upto: float, calls: Iterable[Call] = ()) -> Iterator[Call]:
        """The calls that are due by `upto` (s), in order of time, before each of the others in `calls`.

        What follows from one is planned when the next is asked for.
        """
        events, again, table, first = self.events, self._again, self.function.table, self._fresh
        began, ended, ending = table.began, table.ended, table.ending
        came, path = events.came, events.path
        known = len(came) if upto == -inf else bisect_right(came, upto, first)
        works = self.function.works.upto(len(came))
        attempts, answered, fate = events.attempts, events.ended, events.fate
        origin, on_success = self.function.origin("event", self.part), self.config.on_success
        young = self.config.maximum_event_age_in_seconds - 0.001
        over, drained = (origin, known, inf, 0.0, 0), (origin, 0, upto, 0.0, 0)
        rows = slice(first, known)
        coming = zip(repeat(origin), range(first, known), came[rows], works[rows], path[rows])
        fresh = next(coming, over)
        for call in chain(calls, (drained,)):
            limit = call[2]
            while fresh[2] <= limit or (again and again[0][0] <= limit):
                invocation = len(began)
                if again and again[0][0] <= fresh[2]:
                    time, row, turned_away = heappop(again)
                    yield origin, row, time, works[row], path[row]
                else:
                    _, row, time, _, _ = one = fresh
                    turned_away, fresh = 0, next(coming, over)
                    self._fresh = fresh[1]
                    yield one
                if len(began) == invocation:
                    later = ((time + WAITS[turned_away]) * 1e6 + WHOLE - WHOLE) / 1e6  # as `microseconds`
                    if later - came[row] < young:
                        heappush(again, (later, row, turned_away + 1))
                    else:
                        self._later(time, row, later, turned_away + 1)
                elif ending[invocation] or on_success is not None:
                    self._go_on_with(row, invocation)
                else:
                    attempts[row] += 1
                    answered[row], fate[row] = ended[invocation], 1  # EventFate.DONE
            if call is not drained:
                yield call

    def _go_on_with(self, row: int, invocation: int) -> None:
        """Plan what follows from that invocation."""
        events, table = self.events, self.function.table
        end = table.ended[invocation]
        attempts = events.attempts[row] = events.attempts[row] + 1
        if not table.ending[invocation]:
            events.ended[row], events.fate[row] = end, EventFate.DONE
            if self.config.on_success is not None:
                self._send(end, row, invocation, "Success", self.config.on_success, True)
        elif attempts > self.config.maximum_retry_attempts:
            self._fail(end, row, EventFate.FAILED, invocation)
        else:
            self._later(end, row, end + RETRY_AFTER[attempts - 1], 0, invocation)

    def hand_on(self, before: float) -> None:
        """What ended before that moment goes to its destination, in order of time."""
        while self._over and self._over[0][0] < before:
            time, _, number, inbox, _whole = heappop(self._over)
            row = self._sent[number][0]
            source = self._source_at(inbox)
            inbox.deliver([time], self.events.path[row], [number], source)

    @property
    def leaves_at(self) -> float:
        """When the next one goes to a destination (s)."""
        return self._over[0][0] if self._over else inf

    # What lies in the destination (see `contracts.LetterSource`)

    def letter(self, publish: int) -> Letter:
        """What a destination or a queue for dead letters gets: a record of the call, or the event with its error."""
        row, invocation, condition, time, whole = self._sent[publish]
        payload = json.loads(self.function.event_text(row))
        returned, error = self.function.said_of(invocation) if invocation >= 0 else (None, None)
        kind, text = error or ("", "")
        if not whole:
            said = {"RequestID": self.request_id(row), "ErrorCode": "200", "ErrorMessage": text or condition}
            return Letter(
                json.dumps(payload), {k: {"DataType": "String", "StringValue": v} for k, v in said.items()}
            )
        answer = {"errorMessage": text, "errorType": kind} if error else returned
        status = {"statusCode": 200, "executedVersion": "$LATEST"} | (
            {"functionError": "Unhandled"} if error else {}
        )
        about = {
            "requestId": self.request_id(row),
            "functionArn": self.function.arn,
            "condition": condition,
            "approximateInvokeCount": self.events.attempts[row],
        }
        record = {"version": "1.0", "timestamp": time, "requestContext": about, "requestPayload": payload}
        if invocation >= 0:
            record |= {"responseContext": status, "responsePayload": answer}
        return Letter(json.dumps(record), {})

    def group_of(self, publish: int) -> str | None:
        """No group: a queue that keeps order can't be a destination here."""
        return None

    def request_id(self, row: int) -> str:
        """The id of an event, the same for all attempts."""
        return f"{self.function.name}-event-{row + 1}"

    # Helpers

    def _later(self, time: float, row: int, again: float, turned_away: int, invocation: int = -1) -> None:
        """Another attempt, unless the event is too old by then."""
        again = microseconds(again)
        oldest = microseconds(self.events.came[row] + self.config.maximum_event_age_in_seconds)
        if again <= oldest:
            heappush(self._again, (again, row, turned_away))
        else:
            self._fail(max(time, oldest), row, EventFate.TOO_OLD, invocation)

    def _fail(self, time: float, row: int, fate: EventFate, invocation: int) -> None:
        """An event is given up at `time`."""
        self.events.ended[row], self.events.fate[row] = time, fate
        config = self.config
        condition = "RetriesExhausted" if fate == EventFate.FAILED else "EventAgeExceeded"
        self._send(time, row, invocation, condition, config.on_failure, True)
        self._send(time, row, invocation, condition, config.dead_letter_target, False)
        kept = config.on_failure or config.dead_letter_target
        how = "failed at each attempt" if fate == EventFate.FAILED else "became too old"
        self.function.note_event(
            time, row, f"{how}: " + (f"it goes to {kept.name}." if kept else "it is lost.")
        )

    def _send(
        self, time: float, row: int, invocation: int, condition: str, inbox: Inbox | None, whole: bool
    ) -> None:
        if inbox is not None:
            heappush(self._over, (time, row, len(self._sent), inbox, whole))
            self._sent.append((row, invocation, condition, time, whole))

    def _source_at(self, inbox: Inbox) -> int:
        if inbox.part not in self._numbers:
            self._numbers[inbox.part] = inbox.add_source(self)
        return self._numbers[inbox.part]


def _columns(piece: Piece) -> tuple[Sequence, ...]:
    """Times, classes, rows at the source, the source, of each event."""
    times, paths, publishes, source = piece
    count = len(times)
    classes = array("B", (paths,)) * count if isinstance(paths, int) else packed("B", paths)
    rows = packed("I", publishes) if publishes else array("I", (0,)) * count
    return packed("d", times), classes, rows, array("B", (source,)) * count
