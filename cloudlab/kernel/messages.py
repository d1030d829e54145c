"""What happened to messages, in columns: one table for each queue, and one for each topic.

Read `QueueTable` first, and `TopicTable` where copies are sent. The first is two tables in one: a row for each message
that was sent, and one for each time that a message was handed to somebody. A message that is received once takes
38 bytes. All else is rare and stands in dicts. Read `counts` next.

Numbers such as SQS-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from operator import lt
from typing import NamedTuple

from cloudlab.kernel.columns import packed
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
    and where topics send them `origin` (the number of their source, 0: none) and `publish` (a row of its table);
    these two end with the last message of a topic. A row for each hand-out, in order of
    time: `message`, `handed` to part `poller`, `ended`, `count` (the how manieth receive of this message),
    `fate` (a `Fate`). Those of one poller and one moment are one receive, but for those in `begins`.
    """

    sent: array = field(default_factory=lambda: array("d"))
    path: array = field(default_factory=lambda: array("B"))
    origin: array = field(default_factory=lambda: array("B"))
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
    sources: list[int] = field(default_factory=list)
    """The part behind each number in `origin`, from 1 on."""
    planned: dict[int, float] = field(default_factory=dict)
    """When the work of a hand-out would have ended that was broken off (s)."""
    was: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Which message of which queue a dead letter was: (part, row)."""
    begins: list[int] = field(default_factory=list)
    """The hand-outs with which the same poller's next receive at the same moment begins."""
    sent_with: dict[int, int] = field(default_factory=dict)
    """The first row of the batch that a message was sent in, of those that were sent in one."""
    deleted_with: dict[int, int] = field(default_factory=dict)
    """The first hand-out of the batch that one was deleted in, of those that were deleted in one."""

    def deleted_at_once(
        self, messages: list[int], handed: list[float], pollers: list[int], ended: list[float]
    ) -> None:
        """Write down hand-outs of messages that are received for the first time, and deleted in time."""
        many = len(messages)
        self.message.extend(packed("I", messages))
        self.handed.extend(packed("d", handed))
        self.poller.extend(packed("H", pollers))
        self.ended.extend(packed("d", ended))
        self.count.extend(array("H", (1,)) * many)
        self.fate.extend(array("B", (Fate.DELETED,)) * many)

    def visible_again(self, handout: int) -> float:
        """When the message of a hand-out is visible again unless it is deleted by then (s)."""
        if handout in self.until:
            return self.until[handout]
        handed = self.handed[handout]
        return handed + self.timeout.at(handed)

    def all_visible_again(self) -> array:
        """The same of every hand-out (s)."""
        if len(self.timeout.values) == 1:
            (hidden,) = self.timeout.values
            found = packed("d", [handed + hidden for handed in self.handed])
        else:
            found = packed("d", [handed + self.timeout.at(handed) for handed in self.handed])
        for handout, time in self.until.items():
            found[handout] = time
        return found

    def purged_in_hand(self, until: array) -> dict[int, float]:
        """When the message of a hand-out was purged that somebody had in hand (s). `until` as for the next one."""
        left = self.left
        return {
            handout: left[row][0]
            for handout, row in enumerate(self.message if left else ())
            if row in left and left[row][0] < until[handout]
        }

    def not_deleted_in_time(self, until: array) -> list[int]:
        """The hand-outs after which the message was visible again, or may yet be, or was purged.

        `until` is `all_visible_again`.
        """
        deleted = Fate.DELETED.value
        if self.fate.count(deleted) == len(self.fate) and all(map(lt, self.ended, until)):
            return []
        ends = zip(self.fate, self.ended, until, strict=True)
        return [
            handout for handout, (fate, ended, last) in enumerate(ends) if fate != deleted or ended >= last
        ]


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
    handed = bisect_right(table.handed, time)
    ends = zip(table.fate[:handed], table.ended[:handed], strict=True)
    gone = Fate.DELETED.value
    others = [handout for handout, (fate, ended) in enumerate(ends) if fate != gone or ended > time]
    deleted = handed - len(others)
    in_flight = sum(
        table.message[handout] not in away and time < table.visible_again(handout) for handout in others
    )
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
    if max(table.count, default=0) < 2:
        return 0
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


class Outcome(IntEnum):
    """What became of a copy, at `Copies.ended`. Only TRYING has no end yet."""

    TRYING = 0
    DELIVERED = 1
    DEAD = 2
    LOST = 3

    @property
    def reason(self) -> str:
        """What happened, as the end of a sentence."""
        return (
            "it is tried again and again",
            "the endpoint took it",
            "it could not be delivered and went to the dead letters",
            "it could not be delivered and is lost",
        )[self]


@dataclass
class Copies:
    """The copies for one subscription, 17 bytes each, in the order of their publishes.

    `subscriber` is the part that gets them, by `protocol` (SNS-1). The subscription takes all publishes from row
    `first` on and before `last`; None: not confirmed yet, and not ended yet. A row for each copy that the filter
    lets pass: `publish` (a row of the topic's table), `attempts` so far, `ended` (s; it may lie in the future),
    `outcome`.
    """

    subscriber: int
    first: int | None = None
    last: int | None = None
    dead_letters: int | None = None
    """The part where dead letters go."""
    protocol: str = ""
    publish: array = field(default_factory=lambda: array("I"))
    attempts: array = field(default_factory=lambda: array("I"))
    ended: array = field(default_factory=lambda: array("d"))
    outcome: array = field(default_factory=lambda: array("B"))


@dataclass
class TopicTable:
    """All that was published to one topic, and what became of the copies. Times in seconds.

    A row for each publish, in order of time: `published`, `path` (an index in `Record.paths`). `content` holds what
    was published one by one. `unheard` are the rows that had no subscriber at all, so that they are gone.
    """

    published: array = field(default_factory=lambda: array("d"))
    path: array = field(default_factory=lambda: array("B"))
    content: dict[int, object] = field(default_factory=dict)
    unheard: array = field(default_factory=lambda: array("I"))
    copies: list[Copies] = field(default_factory=list)
    """One for each subscription there ever was."""
    published_with: dict[int, int] = field(default_factory=dict)
    """The first row of the batch that a message was published in, of those that were published in one."""


class CopyCounts(NamedTuple):
    """Where the copies of one subscription are. They and `filtered` add up to the publishes that it was there for."""

    delivered: int
    trying: int
    dead: int
    lost: int
    filtered: int


def copy_counts(table: TopicTable, copies: Copies, time: float) -> CopyCounts:
    """Where the copies of a subscription are at `time` (s), what happens at exactly that moment included."""
    published = bisect_right(table.published, time)
    made = bisect_left(copies.publish, published)
    outcomes = [
        outcome if ended <= time else 0
        for outcome, ended in zip(copies.outcome[:made], copies.ended[:made], strict=True)
    ]
    first = published if copies.first is None else min(copies.first, published)
    last = published if copies.last is None else max(first, min(copies.last, published))
    delivered, trying, dead, lost = (
        outcomes.count(one) for one in (Outcome.DELIVERED, Outcome.TRYING, Outcome.DEAD, Outcome.LOST)
    )
    return CopyCounts(delivered, trying, dead, lost, last - first - made)
