"""Where the copies of a topic are over time, for each who listens: delivered, waiting, lost, filtered.

Read `tallies` first. All that was published while somebody listened is in one of the four. A copy waits while it is
tried again, while it lies in a queue until a worker has deleted it, and among the dead letters.
"""

from bisect import bisect_right
from math import inf

from cloudlab.kernel.messages import Copies, Fate, Outcome, QueueTable, TopicTable
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Record
from cloudlab.kernel.series import Series

DELIVERED, WAITING, LOST, FILTERED = WORDS = ("delivered", "waiting", "lost", "filtered")

Steps = dict[str, list[tuple[float, int]]]
"""For each word the moments (s) at which there is one more, or one less."""


def tallies(record: Record, topic: int) -> dict[int, dict[str, Series]]:
    """{part that listens: {word: how many over time}} for the topic with that part; dead letters stand last."""
    return once(record, ("tallies", topic), lambda: _tallies(record, topic))


def _tallies(record: Record, topic: int) -> dict[int, dict[str, Series]]:
    table = record.topics[topic]
    steps: dict[int, Steps] = {}
    for copies in table.copies:
        _count(record, table, copies, steps.setdefault(copies.subscriber, {word: [] for word in WORDS}))
    for part in dict.fromkeys(copies.dead_letters for copies in table.copies):
        if part is not None and part not in steps:
            steps[part] = {word: [] for word in WORDS}
            _lie(record.queues[part], range(len(record.queues[part].sent)), steps[part])
    return {part: {word: _series(found[word]) for word in WORDS} for part, found in steps.items()}


def tally_at(record: Record, topic: int, time: float) -> dict[int, dict[str, int]]:
    """The same at one moment (s), what happens at exactly that moment included."""
    found = tallies(record, topic)
    return {
        part: {word: int(series.at(time)) for word, series in words.items()} for part, words in found.items()
    }


def _count(record: Record, table: TopicTable, copies: Copies, steps: Steps) -> None:
    """The copies of one subscription."""
    first = len(table.published) if copies.first is None else copies.first
    last = len(table.published) if copies.last is None else copies.last
    made = set(copies.publish)
    steps[FILTERED] += [(table.published[row], 1) for row in range(first, last) if row not in made]
    queue = record.queues.get(copies.subscriber)
    for row, ended, outcome in zip(copies.publish, copies.ended, copies.outcome, strict=True):
        if ended > table.published[row]:
            steps[WAITING] += [(table.published[row], 1), (ended, -1)]
        if outcome == Outcome.LOST:
            steps[LOST].append((ended, 1))
        elif outcome == Outcome.DELIVERED and queue is None:
            steps[DELIVERED].append((ended, 1))
    if queue is not None:
        origins = zip(queue.origin, queue.publish, strict=True)
        rows = {row for row, (origin, publish) in enumerate(origins) if origin and publish in made}
        _lie(queue, rows, steps)


def _lie(queue: QueueTable, rows, steps: Steps) -> None:
    """Messages in a queue wait until they are deleted, or leave in another way."""
    ends = {row: left for row, (left, _) in queue.left.items()}
    for row, ended, fate in zip(queue.message, queue.ended, queue.fate, strict=True):
        if fate == Fate.DELETED and row in rows:
            ends[row] = ended
            steps[DELIVERED].append((ended, 1))
    for row in rows:
        steps[WAITING] += [(queue.sent[row], 1), (ends.get(row, inf), -1)]


def _series(steps: list[tuple[float, int]]) -> Series:
    """How many there are from each moment on, from steps in any order."""
    found, level = Series(), 0
    for time, step in sorted(one for one in steps if one[0] < inf):
        level += step
        if found.times and found.times[-1] == time:
            found.values[-1] = level
        else:
            found.times.append(time)
            found.values.append(level)
    return found


def together(series: list[Series]) -> Series:
    """The sum of several numbers over time."""
    total = Series()
    for time in sorted({time for one in series for time in one.times}):
        total.times.append(time)
        total.values.append(sum(one.at(time) for one in series))
    return total


def published(table: TopicTable) -> Series:
    """How many messages were published, over time."""
    return _series([(time, 1) for time in table.published])


def arrived(table: TopicTable, row: int, time: float) -> int:
    """How many copies of what was published in a row were taken by `time` (s)."""
    return sum(
        copies.outcome[place] == Outcome.DELIVERED and copies.ended[place] <= time
        for copies in table.copies
        if (place := bisect_right(copies.publish, row) - 1) >= 0 and copies.publish[place] == row
    )
