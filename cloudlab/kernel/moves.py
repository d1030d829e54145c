"""The ways of messages, made from the tables of a record for those that are shown."""

from collections.abc import Iterable
from math import inf

from cloudlab.kernel.messages import Fate, Outcome, QueueTable, TopicTable
from cloudlab.kernel.record import Move


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
