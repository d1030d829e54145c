"""The ways of messages, made from the tables of a record: what a stage plays.

Read `ways` first. A message has one number wherever it is: copies in queues have the number of what was
published, and a dead letter has the number of the message that it was.
"""

from collections.abc import Iterable
from math import inf

from cloudlab.kernel.messages import Fate, Outcome, QueueTable, TopicTable
from cloudlab.kernel.record import Move, Record


def ways(record: Record) -> list[Move]:
    """All moves of a run, in order of time: those of topics and queues, and what was entered one by one."""
    numbers = Numbers(record)
    found = list(record.moves)
    for part, topic in record.topics.items():
        moved = topic_moves(topic, part, _sender(record, part), until=record.end)
        found += [_moved(move, numbers.of_publish(part, move.message), move.source) for move in moved]
    dead_letters_last = sorted(record.queues.items(), key=lambda pair: bool(pair[1].was))
    for part, queue in dead_letters_last:
        sender = _sender(record, part)
        sent = [_sent_from(queue, row, sender) for row in range(len(queue.sent))]
        for move in moves(queue, part, part):
            row, came = move.message, move.source == part == move.target and move.count == 0
            source = sent[row] if came else move.source
            if source is None:
                continue  # the topic's own move brought it
            if move.target is None and queue.left.get(row, (inf, ""))[1] == "dead":
                continue  # it goes on to the dead letters
            found.append(_moved(move, numbers.of_message(part, row), source))
    found = [move for move in found if move.time <= record.end]
    found.sort(key=lambda move: move.time)
    return found


def _moved(move: Move, message: int, source: int) -> Move:
    """The same move of a message with this number, from this part: made anew, as there are many."""
    return Move(move.time, message, source, move.target, move.until, move.count)


class Numbers:
    """One number for each message of a run, from 1 on: first what was published, then what was sent to queues."""

    def __init__(self, record: Record):
        self.record, count = record, 1
        self._first: dict[int, int] = {}
        sizes = {part: len(table.published) for part, table in record.topics.items()}
        sizes |= {part: len(table.sent) for part, table in record.queues.items()}
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


def _sent_from(table: QueueTable, row: int, sender: int) -> int | None:
    """The part from which a message came to a queue; None where the topic's own moves say so."""
    if row in table.was:
        return table.was[row][0]
    if row < len(table.origin) and table.origin[row]:
        return None
    return sender


def _sender(record: Record, part: int) -> int:
    """Who sends to a part: the first of those who aren't sent to from there; the part itself where nobody is known."""
    pulls = {target for source, target in record.links if source == part}
    return next((source for source, target in record.links if target == part and source not in pulls), part)


def moves(table: QueueTable, queue: int, source: int, rows: Iterable[int] | None = None) -> list[Move]:
    """The way of messages through a queue, in order of time, as a stage plays it.

    `queue` is the queue's part, `source` the part that sent them; `rows` are the messages that are shown, all if None.
    """
    shown = range(len(table.sent)) if rows is None else sorted(rows)
    chosen = None if rows is None else set(shown)
    found = [Move(table.sent[row], row, source, queue) for row in shown]
    for handout, row in enumerate(table.message):
        if chosen is not None and row not in chosen:
            continue
        until, ended, poller = table.visible_again(handout), table.ended[handout], table.poller[handout]
        found.append(Move(table.handed[handout], row, queue, poller, until, table.count[handout]))
        deleted = table.fate[handout] == Fate.DELETED
        if deleted and ended < until:
            found.append(Move(ended, row, poller, None))
            continue
        found.append(Move(until, row, poller, queue))
        if deleted:
            found.append(Move(ended, row, queue, None))
    found += [
        Move(left, row, queue, None)
        for row, (left, _) in table.left.items()
        if chosen is None or row in chosen
    ]
    found = [move for move in found if move.time < inf]
    found.sort(key=lambda move: move.time)
    return found


def topic_moves(
    table: TopicTable, topic: int, source: int, rows: Iterable[int] | None = None, until: float = inf
) -> list[Move]:
    """The ways of copies from a topic to its subscribers up to `until` (s), in order of time.

    `topic` is the topic's part, `source` the part that published; `rows` are the publishes that are shown, all if
    None. What nobody gets leaves at once. A queue behind the topic counts its messages by itself: its column
    `publish` tells which row each of them is.
    """
    shown = range(len(table.published)) if rows is None else sorted(rows)
    chosen = set(shown)
    found = [Move(table.published[row], row, source, topic) for row in shown]
    heard = set()
    for copies in table.copies:
        targets = {
            Outcome.DELIVERED: copies.subscriber,
            Outcome.DEAD: copies.dead_letters,
            Outcome.LOST: None,
        }
        for row, ended, outcome in zip(copies.publish, copies.ended, copies.outcome, strict=True):
            heard.add(row)
            if row in chosen and ended < inf:
                found.append(Move(ended, row, topic, targets[Outcome(outcome)]))
    found += [Move(table.published[row], row, topic, None) for row in shown if row not in heard]
    found = [move for move in found if move.time <= until]
    found.sort(key=lambda move: move.time)
    return found
