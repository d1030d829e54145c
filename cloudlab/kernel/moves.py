"""The ways of messages, made from the tables of a record for those that are shown."""

from collections.abc import Iterable
from math import inf

from cloudlab.kernel.messages import Fate, QueueTable
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
