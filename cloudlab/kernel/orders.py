"""Which requests became messages, in columns, and when what they are for was done.

Read `OrderTable` first, then `done`, which follows each order through its topic to the queues and functions that hear
of it.
"""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from math import inf

from cloudlab.kernel.invocations import EventFate, FunctionTable
from cloudlab.kernel.messages import Fate, QueueTable, TopicTable


@dataclass
class OrderTable:
    """A row for each order, in the order in which they were told: its `request` (a row of the record), `told` (s).

    `client` is the link of those requests, `to` the part that was told: a topic or a queue.
    """

    client: int
    to: int
    request: array = field(default_factory=lambda: array("I"))
    told: array = field(default_factory=lambda: array("d"))


def rows_at(times, table: OrderTable) -> list[int]:
    """The row of each order where it was told, whose messages came at `times` (s); -1 where it did not come yet.

    Others may send there too. Of messages of one moment the first ones are taken.
    """
    found, row = [], 0
    for time in table.told:
        row = bisect_left(times, time, row)
        here = row < len(times) and times[row] == time
        found.append(row if here else -1)
        row += here
    return found


def done(record, part: int, place: int) -> list[float]:
    """When each order that part `part` told was done at `place` (s): a queue, or a function that its topic calls.

    `inf`: not by the end of the run, or it is none of what `place` hears of.
    """
    table = record.orders[part]
    if table.to == place:
        ends = _deleted(record.queues[place])
        return [ends.get(row, inf) for row in rows_at(record.queues[place].sent, table)]
    published = rows_at(record.topics[table.to].published, table)
    by_publish = _ends(record, table.to, place)
    return [by_publish.get(row, inf) for row in published]


def places(record, part: int) -> list[int]:
    """The parts in which something is done about the orders that part `part` told: queues and functions."""
    to = record.orders[part].to
    if to in record.queues:
        return [to]
    topic: TopicTable = record.topics[to]
    heard = dict.fromkeys(copies.subscriber for copies in topic.copies)
    return [one for one in heard if one in record.queues or one in record.functions]


def _ends(record, topic: int, place: int) -> dict[int, float]:
    """{publish of the topic: when it was done at `place` (s)}, up to the end of the run."""
    if place in record.functions:
        return _called(record.functions[place], topic, record.end)
    queue: QueueTable = record.queues[place]
    mine = {number for number, source in enumerate(queue.sources, 1) if source == topic}
    return {
        queue.publish[row]: end
        for row, end in _deleted(queue).items()
        if row < len(queue.origin) and queue.origin[row] in mine and end <= record.end
    }


def _deleted(queue: QueueTable) -> dict[int, float]:
    """{message: when it was deleted (s)}."""
    ends = zip(queue.message, queue.ended, queue.fate, strict=True)
    return {row: end for row, end, fate in ends if fate == Fate.DELETED}


def _called(function: FunctionTable, topic: int, until: float) -> dict[int, float]:
    """{publish of the topic: when the function had worked on it (s)}."""
    events = function.events
    ended = zip(events.publish, events.ended, events.fate, strict=True)
    return {publish: end for publish, end, fate in ended if fate == EventFate.DONE and end <= until}
