"""What a message turns a failure into: an order is not lost, but what belongs to it is done late."""

from array import array
from math import inf
from typing import Annotated

from cloudlab.kernel.calls import NOBODY, CallStatus
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.messages import Fate
from cloudlab.kernel.record import Record


@checked()
def late(
    record: Record, name: str, *, limit: Annotated[float, Limit(0, 86_400, "s", label="Late after")] = 60.0
) -> int:
    """How many orders `name` had not done its part of within `limit` seconds of their arrival, or has not yet.

    `name` is a component behind an asynchronous arrow, or the queue of that arrow. Orders that are younger than the
    limit when the record ends don't count.
    """
    if not record.has_part(name):
        raise InvalidParameter(f"name is {name!r:.60}, but must be the name of a component or a queue.")
    part, calls, requests = record.part(name), record.calls, record.requests
    done = _done_at_queue(record, part) if part in record.queues else _done(record, part)
    latest: dict[int, float] = {}
    for row, (of, order) in enumerate(zip(calls.service, calls.order, strict=True)):
        if of == part and order != NOBODY:
            latest[order] = min(latest.get(order, inf), done[row])
    arrived = requests.arrived
    due = [(arrived[order] + limit, end) for order, end in latest.items()]
    return sum(end > time for time, end in due if time < record.end)


def _done(record: Record, part: int) -> list[float]:
    """When each call was answered well (s)."""
    calls = record.calls
    good = (CallStatus.OK, CallStatus.LATE)
    return [end if status in good else inf for end, status in zip(calls.ended, calls.status, strict=True)]


def _done_at_queue(record: Record, part: int) -> dict[int, float]:
    """When the message that each call to a queue left was deleted (s): they are there in the same order."""
    table = record.queues[part]
    deleted = array("d", [inf]) * len(table.sent)
    for message, ended, fate in zip(table.message, table.ended, table.fate, strict=True):
        if fate == Fate.DELETED:
            deleted[message] = ended
    rows = (row for row, of in enumerate(record.calls.service) if of == part)
    times = iter(deleted)
    return {row: next(times, inf) for row in rows}
