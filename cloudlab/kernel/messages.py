"""What happened to messages, in columns: one table for each queue.

Read `QueueTable` first. It is two tables in one: a row for each message that was sent, and one for each time that a
message was handed to somebody. A message that is received once takes
38 bytes. All else is rare and stands in dicts. Read `counts` next.

Numbers such as SQS-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from typing import NamedTuple

from cloudlab.kernel.series import Series


class Fate(IntEnum):
    """How it ended that somebody had a message in hand, at `QueueTable.ended`.

    Only DELETED ends the message. After all others it becomes visible again when its time is over.
    """

    IN_HAND = 0
    DELETED = 1
    FAILED = 2
    STALE = 3
    BROKEN = 4
    MISSED = 5

    @property
    def reason(self) -> str:
        """What happened, as the end of a sentence."""
        return (
            "nobody has said yet that it is done",
            "it was deleted",
            "the work failed, so nobody deleted it",
            "it was deleted too late: somebody else had received it by then",
            "whoever had it died before the end",
            "it was deleted, but one of the servers that hold it did not hear of that",
        )[self]


LEFT = ("dead", "expired", "purged", "moved")
"""How a message leaves without being deleted: to the dead letters, for its age, by a purge, back from the dead."""


@dataclass
class QueueTable:
    """All that happened at one queue. Times in seconds; `inf` stands for what has not happened.

    A row for each message, in the order in which they were sent: `sent`, `path` (an index in `Record.paths`),
    and `publish` (a row of the topic's table) where a topic sends them. A row for each hand-out, in order of
    time: `message`, `handed` to part `poller`, `ended`, `count` (the how manieth receive of this message),
    `fate` (a `Fate`). Those of one poller and one moment are one receive.
    """

    sent: array = field(default_factory=lambda: array("d"))
    path: array = field(default_factory=lambda: array("B"))
    publish: array = field(default_factory=lambda: array("I"))
    message: array = field(default_factory=lambda: array("I"))
    handed: array = field(default_factory=lambda: array("d"))
    poller: array = field(default_factory=lambda: array("H"))
    ended: array = field(default_factory=lambda: array("d"))
    count: array = field(default_factory=lambda: array("H"))
    fate: array = field(default_factory=lambda: array("B"))
    timeout: Series = field(default_factory=Series)
    """The visibility timeout (s) over time."""
    until: dict[int, float] = field(default_factory=dict)
    """When a hand-out ends in being visible again (s), where that is not its receive + timeout."""
    due: dict[int, float] = field(default_factory=dict)
    """From when on a message is visible (s), where that is later than `sent`."""
    left: dict[int, tuple[float, str]] = field(default_factory=dict)
    """When a message left the queue without being deleted (s), and how: one of LEFT."""
    born: dict[int, float] = field(default_factory=dict)
    """From when the age of a message counts (s), where that is not `sent`: those that came as dead letters (SQS-18)."""
    content: dict[int, object] = field(default_factory=dict)
    """What a message holds, of those that were sent one by one."""

    def visible_again(self, handout: int) -> float:
        """When the message of a hand-out is visible again unless it is deleted by then (s)."""
        if handout in self.until:
            return self.until[handout]
        handed = self.handed[handout]
        return handed + self.timeout.at(handed)


class Counts(NamedTuple):
    """Where the messages of a queue are at one moment. They add up to all that were sent by then (SQS-9)."""

    delayed: int
    visible: int
    in_flight: int
    deleted: int
    dead: int
    expired: int
    purged: int
    moved: int


def counts(table: QueueTable, time: float) -> Counts:
    """Where the messages of a queue are at `time` (s), what happens at exactly that moment included."""
    total = bisect_right(table.sent, time)
    delayed = sum(row < total and due > time for row, due in table.due.items())
    away = {row: how for row, (left, how) in table.left.items() if left <= time}
    delayed -= sum(table.due.get(row, time) > time for row in away)
    deleted = in_flight = 0
    for handout in range(bisect_right(table.handed, time)):
        if table.fate[handout] == Fate.DELETED and table.ended[handout] <= time:
            deleted += 1
        elif table.message[handout] not in away and time < table.visible_again(handout):
            in_flight += 1
    visible = total - delayed - in_flight - deleted - len(away)
    ways = list(away.values())
    return Counts(delayed, visible, in_flight, deleted, *(ways.count(how) for how in LEFT))


def age_of_oldest(table: QueueTable, time: float) -> float:
    """ApproximateAgeOfOldestMessage: how long the oldest one that was not deleted has been there at `time` (s)."""
    total = bisect_right(table.sent, time)
    ended = bytearray(total)
    for handout in range(bisect_right(table.handed, time)):
        if table.fate[handout] == Fate.DELETED and table.ended[handout] <= time:
            ended[table.message[handout]] = 1
    for row, (left, _) in table.left.items():
        if left <= time:
            ended[row] = 1
    ages = (time - table.born.get(row, table.sent[row]) for row in range(total) if not ended[row])
    return max(ages, default=0.0) if table.born else next(ages, 0.0)


def done_again(table: QueueTable, until: float = inf) -> int:
    """How many times the work for a message was done to its end although it had been done before, by `until` (s)."""
    done = bytearray(len(table.sent))
    again = 0
    for handout, ended in enumerate(table.ended):
        if table.fate[handout] in (Fate.DELETED, Fate.STALE, Fate.MISSED) and ended <= until:
            row = table.message[handout]
            again += done[row]
            done[row] = 1
    return again


def sent_between(table: QueueTable, start: float, end: float) -> int:
    """How many messages were sent from `start` on and before `end` (s): NumberOfMessagesSent."""
    return bisect_left(table.sent, end) - bisect_left(table.sent, start)
