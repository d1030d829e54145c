"""Events that nobody waits for: Lambda takes each at once (202), and calls the function itself, again where that fails.

Read `EventQueue.begin_next` first. An error of the function is tried again after one minute and then after two; one
that was turned away comes again after 1 s, then twice as long each time, up to 5 minutes. What fails for good, or
becomes too old, goes to the destination for failures and to the dead letters, or is lost (FN-20).

At one moment those that are tried again go first, then new ones.

Numbers such as FN-20 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import Protocol

from cloudlab.kernel.contracts import Inbox, Letter, LetterSource, Paths
from cloudlab.kernel.invocations import Ending, EventFate, Events, Throttle
from cloudlab.kernel.world import microseconds

RETRY_AFTER = (60.0, 120.0)
"""Seconds before the second and the third attempt, after an error of the function (FN-20)."""

THROTTLED_FIRST, THROTTLED_MOST = 1.0, 300.0
"""Seconds before one that was turned away comes again, and the most: twice as long each time (FN-20)."""

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


class Block:
    """Events that one source sent at once, in order of time; from `next` on they are not in the table yet."""

    def __init__(self, times: Sequence[float], paths: Paths, publishes: Sequence[int], source: int):
        self.times, self.paths, self.publishes, self.source, self.next = times, paths, publishes, source, 0

    def taken(self, before: float) -> tuple[Sequence, ...]:
        """The columns of those that come before that moment: times, classes, rows at the source, the source."""
        first, self.next = self.next, bisect_left(self.times, before, self.next)
        count = self.next - first
        return (
            self.times[first : self.next],
            bytes((self.paths,)) * count if isinstance(self.paths, int) else self.paths[first : self.next],
            self.publishes[first : self.next] if self.publishes else [0] * count,
            bytes((self.source,)) * count,
        )


class Called(Protocol):
    """What an event queue asks of its function."""

    part: int
    name: str
    arn: str

    def begin_event(self, time: float, row: int) -> tuple[int, float] | Throttle:
        """Call with the event in that row: the row of the invocation, and its end (s)."""

    def ending_of(self, invocation: int) -> Ending:
        """How an invocation ends."""

    def event_text(self, row: int) -> str:
        """The event in that row, as JSON."""

    def said_of(self, invocation: int) -> tuple[object, tuple[str, str] | None]:
        """What an invocation returned, and its error (type, message)."""

    def note_event(self, time: float, row: int, text: str) -> None:
        """A sentence about an event."""


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
        coming = min((block.times[block.next] for block in self._incoming), default=inf)
        return min(fresh, coming, self._again[0][0] if self._again else inf)

    def take_in(self, before: float) -> None:
        """What comes before that moment stands in the table, in order of time. All sources were brought up to it."""
        blocks = [block for block in self._incoming if block.times[block.next] < before]
        if not blocks:
            return
        parts = [block.taken(before) for block in blocks]
        self._incoming = [block for block in self._incoming if block.next < len(block.times)]
        events, columns = self.events, parts[0]
        if len(parts) > 1:
            rows = sorted((row for part in parts for row in zip(*part, strict=True)), key=lambda row: row[0])
            columns = tuple(zip(*rows, strict=True))
        count = len(columns[0])
        for column, values in zip(
            (events.came, events.path, events.publish, events.origin), columns, strict=True
        ):
            column.extend(values)
        events.attempts.extend(bytes(count))
        events.ended.extend([inf] * count)
        events.fate.extend(bytes(count))

    def begin_next(self) -> None:
        """The next attempt: the function is called, and what follows from its end is planned."""
        events, time = self.events, self.next_time()
        if self._again and self._again[0][0] <= time:
            _, row, turned_away = heappop(self._again)
        else:
            row, turned_away = self._fresh, 0
            self._fresh += 1
        begun = self.function.begin_event(time, row)
        if isinstance(begun, Throttle):
            wait = min(THROTTLED_FIRST * 2.0**turned_away, THROTTLED_MOST)
            self._later(time, row, time + wait, turned_away + 1)
            return
        invocation, end = begun
        events.attempts[row] += 1
        if self.function.ending_of(invocation) == Ending.OK:
            self._settle(end, row, EventFate.DONE, invocation)
        elif events.attempts[row] > self.config.maximum_retry_attempts:
            self._settle(end, row, EventFate.FAILED, invocation)
        else:
            self._later(end, row, end + RETRY_AFTER[events.attempts[row] - 1], 0, invocation)

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
        oldest = self.events.came[row] + self.config.maximum_event_age_in_seconds
        if again <= oldest:
            heappush(self._again, (microseconds(again), row, turned_away))
        else:
            self._settle(max(time, oldest), row, EventFate.TOO_OLD, invocation)

    def _settle(self, time: float, row: int, fate: EventFate, invocation: int) -> None:
        """An event has come to its end at `time`."""
        self.events.ended[row], self.events.fate[row] = time, fate
        config = self.config
        if fate == EventFate.DONE:
            self._send(time, row, invocation, "Success", config.on_success, True)
            return
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
