"""The ways of messages, made from the tables of a record: what a stage plays.

Read `ways` first. A message has one number wherever it is: copies in queues have the number of what was
published, and a dead letter has the number of the message that it was.
"""

from collections.abc import Iterable, Sequence
from math import inf
from operator import itemgetter

from cloudlab.kernel.messages import Fate, Outcome, QueueTable, TopicTable
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Move, Note, Record

TIME = itemgetter(0)


def ways(record: Record) -> tuple[Move, ...]:
    """All moves of a run, in order of time: those of topics and queues, and what was entered one by one."""
    return once(record, ("ways",), lambda: _ways(record))


def _ways(record: Record) -> tuple[Move, ...]:
    numbers = Numbers(record)
    found = list(record.moves)
    for part, topic in record.topics.items():
        first = numbers.of_publish(part, 0)
        found += topic_moves(topic, part, _sender(record, part), until=record.end, first=first)
    for part, queue in _dead_letters_last(record):
        sources = _sources(queue, _sender(record, part))
        found += queue_moves(queue, part, sources, numbers.of_messages(part))
    found = [move for move in found if move.time <= record.end]
    found.sort(key=TIME)
    return tuple(found)


def _dead_letters_last(record: Record) -> list[tuple[int, QueueTable]]:
    """The queues of a run with their tables; those that hold what was moved there come last."""
    return sorted(record.queues.items(), key=lambda pair: bool(pair[1].was))


class Numbers:
    """One number for each message of a run, from 1 on: first what was published, then what was sent to queues.

    Dead letters bring their number along, so the queues where they lie come last: a message is called the same
    whether some others ended there or not.
    """

    def __init__(self, record: Record):
        self.record, count = record, 1
        self._first: dict[int, int] = {}
        sizes = {part: len(table.published) for part, table in record.topics.items()}
        sizes |= {part: len(table.sent) for part, table in _dead_letters_last(record)}
        for part, size in sizes.items():
            self._first[part] = count
            count += size

    def of_publish(self, topic: int, row: int) -> int:
        """The number of what was published to a topic in that row."""
        return self._first[topic] + row

    def of_message(self, queue: int, row: int) -> int:
        """The number of a message of a queue."""
        table = self.record.queues[queue]
        if row in table.was:
            return self.of_message(*table.was[row])
        if row < len(table.origin) and table.origin[row]:
            topic = table.sources[table.origin[row] - 1]
            return self.of_publish(topic, table.publish[row])
        return self._first[queue] + row

    def of_messages(self, queue: int) -> list[int]:
        """The numbers of all messages of a queue, in the order of its rows."""
        table, first = self.record.queues[queue], self._first[queue]
        found = list(range(first, first + len(table.sent)))
        for row, origin in enumerate(table.origin):
            if origin:
                found[row] = self.of_publish(table.sources[origin - 1], table.publish[row])
        for row in table.was:
            found[row] = self.of_message(queue, row)
        return found

    def told(self, note: Note) -> str:
        """The text of a note. Who wrote it knew the row only; here the message has its one number."""
        if note.row is None:
            return note.text
        if note.part in self.record.topics:
            number = self.of_publish(note.part, note.row)
        elif note.part in self.record.queues:
            number = self.of_message(note.part, note.row)
        else:
            return note.text
        return note.text.replace(f"Message {note.row + 1} ", f"Message {number} ", 1)


def _sources(table: QueueTable, sender: int) -> list[int | None]:
    """The part from which each message came to a queue; None where the topic's own moves say so."""
    found: list[int | None] = [None if origin else sender for origin in table.origin]
    found += [sender] * (len(table.sent) - len(found))
    for row, (queue, _) in table.was.items():
        found[row] = queue
    return found


def _sender(record: Record, part: int) -> int:
    """Who sends to a part: the first of those who aren't sent to from there; the part itself where nobody is known."""
    pulls = {target for source, target in record.links if source == part}
    return next((source for source, target in record.links if target == part and source not in pulls), part)


def queue_moves(
    table: QueueTable, queue: int, sources: Sequence[int | None], numbers: Sequence[int]
) -> list[Move]:
    """The ways of all messages through a queue, as a stage plays them: of each in order of time.

    `queue` is the queue's part. Of each row, `sources` holds the part that it came from, None where that is told
    elsewhere, and `numbers` its number. Who goes on to the dead letters is not gone.
    """
    rows = zip(table.sent, numbers, sources, strict=True)
    found = [Move(sent, number, source, queue) for sent, number, source in rows if source is not None]
    columns = zip(
        table.message, table.handed, table.poller, table.ended, table.count, table.fate, strict=True
    )
    for handout, (row, handed, poller, ended, count, fate) in enumerate(columns):
        until, number = table.visible_again(handout), numbers[row]
        found.append(Move(handed, number, queue, poller, until, count))
        if fate == DELETED and ended < until:
            found.append(Move(ended, number, poller, None))
            continue
        found.append(Move(until, number, poller, queue))
        if fate == DELETED:
            found.append(Move(ended, number, queue, None))
    found += [
        Move(left, numbers[row], queue, None) for row, (left, how) in table.left.items() if how != "dead"
    ]
    return found


DELETED = int(Fate.DELETED)


def topic_moves(
    table: TopicTable,
    topic: int,
    source: int,
    rows: Iterable[int] | None = None,
    until: float = inf,
    first: int = 0,
) -> list[Move]:
    """The ways of copies from a topic to its subscribers up to `until` (s), in order of time.

    `topic` is the topic's part, `source` the part that published; `rows` are the publishes that are shown, all if
    None; `first` is the number of the first. What nobody gets leaves at once. A queue behind the topic counts its
    messages by itself: its column `publish` tells which row each of them is.
    """
    shown = range(len(table.published)) if rows is None else sorted(rows)
    chosen = set(shown)
    found = [Move(table.published[row], first + row, source, topic) for row in shown]
    heard: set[int] = set()
    for copies in table.copies:
        targets = {
            Outcome.DELIVERED: copies.subscriber,
            Outcome.DEAD: copies.dead_letters,
            Outcome.LOST: None,
        }
        heard.update(copies.publish)
        ends = zip(copies.publish, copies.ended, copies.outcome, strict=True)
        found += [
            Move(ended, first + row, topic, targets[outcome])
            for row, ended, outcome in ends
            if row in chosen and ended < inf
        ]
    found += [Move(table.published[row], first + row, topic, None) for row in shown if row not in heard]
    found = [move for move in found if move.time <= until]
    found.sort(key=TIME)
    return found
