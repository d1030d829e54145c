"""How many messages of all queues are visible, or in flight, over time; dead letters are left out.

Read `visible` first. What is told of one table stands in `kernel/messages.py`.
"""

from collections.abc import Iterator
from math import inf

from cloudlab.kernel.messages import Fate, QueueTable
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Record
from cloudlab.kernel.series import Series, stair


def visible(record: Record) -> Series:
    """How many anyone may take, from 0 s on."""
    return once(record, ("visible",), lambda: _visible(record))


def in_flight(record: Record) -> Series:
    """How many somebody has in hand, so that nobody else may have them, from 0 s on."""
    return once(record, ("in flight",), lambda: _in_flight(record))


def came_back(record: Record) -> tuple[float, ...]:
    """When messages were visible again, since nobody had said that they are done (s)."""
    return once(record, ("came back",), lambda: _came_back(record))


def _tables(record: Record) -> Iterator[QueueTable]:
    dead = {target for source, target in record.links if source in record.queues}
    return (table for part, table in record.queues.items() if part not in dead)


def _visible(record: Record) -> Series:
    more: list[float] = []
    less: list[float] = []
    for table in _tables(record):
        until = table.all_visible_again()
        again, purged = table.not_deleted_in_time(until), table.purged_in_hand(until)
        sent = table.sent.tolist()
        for row, due in table.due.items():
            sent[row] = min(due, table.left.get(row, (inf, ""))[0])
        more += sent + [purged.get(handout, until[handout]) for handout in again]  # and gone at that moment
        less += table.handed.tolist() + [left for left, _ in table.left.values()]
        less += [table.ended[handout] for handout in again if table.fate[handout] == Fate.DELETED]
    return _from_start(stair(more, less, record.end))


def _in_flight(record: Record) -> Series:
    more: list[float] = []
    less: list[float] = []
    for table in _tables(record):
        until, hidden = table.all_visible_again(), table.ended.tolist()
        purged = table.purged_in_hand(until)
        for handout in table.not_deleted_in_time(until):
            hidden[handout] = purged.get(handout, until[handout])
        more += table.handed
        less += hidden
    return _from_start(stair(more, less, record.end))


def _came_back(record: Record) -> tuple[float, ...]:
    found: list[float] = []
    for table in _tables(record):
        until = table.all_visible_again()
        purged = table.purged_in_hand(until)
        found += [until[handout] for handout in table.not_deleted_in_time(until) if handout not in purged]
    return tuple(sorted(time for time in found if time <= record.end))


def _from_start(found: Series) -> Series:
    if not found.times or found.times[0] > 0:
        found.times.insert(0, 0.0)
        found.values.insert(0, 0.0)
    return found
