"""Where the copies of a topic are over time, for each who listens: delivered, waiting, lost, filtered.

Read `tallies` first. All that was published while somebody listened is in one of the four. A copy waits while it is
tried again, while it lies in a queue until a worker has deleted it, and among the dead letters.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from itertools import compress
from math import inf
from typing import NamedTuple

from cloudlab.kernel.messages import Copies, Fate, Outcome, QueueTable, TopicTable
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Record
from cloudlab.kernel.series import Series, stair

DELIVERED, WAITING, LOST, FILTERED = WORDS = ("delivered", "waiting", "lost", "filtered")

DELETED = Fate.DELETED.value


class Steps(NamedTuple):
    """The moments (s) at which there is one more, and those at which there is one less."""

    more: list[float]
    less: list[float]


def tallies(record: Record, topic: int) -> dict[int, dict[str, Series]]:
    """{part that listens: {word: how many over time}} for the topic with that part; dead letters stand last."""
    return once(record, ("tallies", topic), lambda: _tallies(record, topic))


def _tallies(record: Record, topic: int) -> dict[int, dict[str, Series]]:
    table = record.topics[topic]
    steps: dict[int, dict[str, Steps]] = {}
    for copies in table.copies:
        _count(record, topic, copies, steps.setdefault(copies.subscriber, _none()))
    for part in dict.fromkeys(copies.dead_letters for copies in table.copies):
        if part is not None and part not in steps:
            steps[part] = _none()
            queue = record.queues[part]
            came_dead = {row for row, (of, old) in queue.was.items() if _is_of(record, of, old, topic)}
            _lie(queue, came_dead.union(rows_of(queue, topic)), steps[part])
    return {part: {word: stair(*found[word]) for word in WORDS} for part, found in steps.items()}


def _none() -> dict[str, Steps]:
    """No step yet, for each word."""
    return {word: Steps([], []) for word in WORDS}


def tally_at(record: Record, topic: int, time: float) -> dict[int, dict[str, int]]:
    """The same at one moment (s), what happens at exactly that moment included."""
    found = tallies(record, topic)
    return {
        part: {word: int(series.at(time)) for word, series in words.items()} for part, words in found.items()
    }


def _count(record: Record, topic: int, copies: Copies, steps: dict[str, Steps]) -> None:
    """The copies of one subscription."""
    table = record.topics[topic]
    first = len(table.published) if copies.first is None else copies.first
    last = len(table.published) if copies.last is None else copies.last
    made = set(copies.publish)
    if len(made) < last - first:
        steps[FILTERED].more.extend(table.published[row] for row in range(first, last) if row not in made)
    queue = record.queues.get(copies.subscriber)
    published = [table.published[row] for row in copies.publish]
    late = [(start, ended) for start, ended in zip(published, copies.ended, strict=True) if ended > start]
    steps[WAITING].more.extend(start for start, _ in late)
    steps[WAITING].less.extend(ended for _, ended in late)
    for outcome, word in ((Outcome.LOST, LOST), (Outcome.DELIVERED, DELIVERED)):
        if word == LOST or queue is None:
            steps[word].more.extend(_those(copies, outcome))
    if queue is not None:
        _lie(queue, _rows(queue, topic, made), steps)


def rows_of(queue: QueueTable, topic: int) -> Collection[int]:
    """The rows of a queue with copies of what that topic (a part) published: others may fill the queue, too."""
    mine = {number for number, part in enumerate(queue.sources, start=1) if part == topic}
    if mine.issuperset(queue.origin):
        return range(len(queue.origin))
    return {row for row, origin in enumerate(queue.origin) if origin in mine}


def _rows(queue: QueueTable, topic: int, made: set[int]) -> Collection[int]:
    """The rows of a queue with the copies of these publishes."""
    rows = rows_of(queue, topic)
    return rows if made.issuperset(queue.publish) else {row for row in rows if queue.publish[row] in made}


def _is_of(record: Record, part: int, row: int, topic: int) -> bool:
    """Whether a message of a queue, which may itself be a dead letter, is a copy of what that topic published."""
    queue = record.queues[part]
    if row in queue.was:
        return _is_of(record, *queue.was[row], topic)
    origin = queue.origin[row] if row < len(queue.origin) else 0
    return origin > 0 and queue.sources[origin - 1] == topic


def _those(copies: Copies, outcome: int) -> Iterable[float]:
    """When the copies ended that ended so (s)."""
    return compress(copies.ended, [one == outcome for one in copies.outcome])


def _lie(queue: QueueTable, rows: Collection[int], steps: dict[str, Steps]) -> None:
    """Messages in a queue wait until they are deleted, or leave in another way."""
    ends = [inf] * len(queue.sent)
    for row, (left, _) in queue.left.items():
        ends[row] = left
    for row, ended, fate in zip(queue.message, queue.ended, queue.fate, strict=True):
        if fate == DELETED and row in rows:
            ends[row] = ended
            steps[DELIVERED].more.append(ended)
    steps[WAITING].more.extend([queue.sent[row] for row in rows])
    steps[WAITING].less.extend([ends[row] for row in rows])


def published(table: TopicTable) -> Series:
    """How many messages were published, over time."""
    return stair(table.published, ())


def arrived(table: TopicTable, row: int, time: float) -> int:
    """How many copies of what was published in a row were taken by `time` (s)."""
    return sum(
        copies.outcome[place] == Outcome.DELIVERED and copies.ended[place] <= time
        for copies in table.copies
        if (place := bisect_right(copies.publish, row) - 1) >= 0 and copies.publish[place] == row
    )
