"""What queues and topics are charged for: requests, and copies by kind of endpoint.

Read `message_counts` first: it counts what a run did. What one run costs is mostly less than a cent; `month` tells
what a month of so much costs.

A request holds 64 KB: more payload is more requests (PR-28, PR-29). Each call to a queue is one, also a receive
that brings nothing. Copies for queues and functions cost nothing (PR-30); nor do those that never arrive.

A batch is one call, with the payload of all that is in it; a FIFO topic is charged by the message.

Simplified: changes of a visibility timeout and short messages (their price depends on the country, see `sns.sms`)
are not counted.

Numbers such as PR-28 are facts of the provider: docs/facts.md lists them with their sources.
"""

from bisect import bisect_right
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from itertools import accumulate, groupby
from math import inf
from operator import itemgetter
from typing import Annotated

from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.messages import Fate, Outcome, QueueTable
from cloudlab.kernel.record import Record
from cloudlab.pricing.prices import Price, complete

MILLION = 1_000_000

Size = Annotated[int, Limit(1, 1_048_576, "bytes", label="Size of a message")]

NOTIFICATIONS = {
    "http": "sns-http",
    "https": "sns-http",
    "email": "sns-email",
    "email-json": "sns-email",
    "application": "sns-application",
}
"""The price of a copy, by the kind of its endpoint; other kinds cost nothing here (PR-30)."""

CALLED_DELETE = (Fate.DELETED, Fate.STALE, Fate.MISSED)
"""Whoever had the message said that it is done, whether that had an effect or not."""

Event = tuple[float, str, int]
"""When (s), the name of a price, and how many requests, copies or bytes."""


@checked()
def chunks(size: Annotated[int, Limit(0, 1_000_000_000, "bytes")], prices: dict[str, Price] | None = None):
    """How many requests a call with so much payload is: one for each 64 KB of it, and at least one (PR-28).

    >>> chunks(0), chunks(65_536), chunks(65_537), chunks(262_144)
    (1, 1, 2, 4)
    """
    return in_chunks(size, complete(prices))


@checked()
def message_counts(
    record: Record, *, message_bytes: Size = 1000, prices: dict[str, Price] | None = None
) -> dict[str, int]:
    """How much of each price the queues and topics of a run used: {name of the price: requests, copies or bytes}.

    A message that a stream sent holds `message_bytes`; one that was sent by hand what it really holds.
    """
    return in_all(message_events(record, message_bytes, complete(prices), whole=True), record.end)


def in_chunks(size: int, prices: dict[str, Price]) -> int:
    """As `chunks`, for a complete list of prices that needs no look."""
    return max(1, -(-size // _chunk(prices)))


def _chunk(prices: dict[str, Price]) -> int:
    """So many bytes are one request (PR-28)."""
    return int(prices["message-chunk"].value)


def in_units(name: str, count, prices: dict[str, Price]) -> Decimal:
    """Requests and copies in millions, bytes in gigabytes."""
    return Decimal(count) / (prices["message-gigabyte"].value if name.endswith("gigabyte") else MILLION)


# What a run did


def so_far(events: Iterable[Event], end: float) -> dict[str, tuple[list[float], list[int]]]:
    """For each price the moments up to `end` (s) at which something was charged, and how much it was by then."""
    charged: dict[str, list[tuple[float, int]]] = {}
    for time, name, amount in events:
        if time <= end:
            charged.setdefault(name, []).append((time, amount))
    found = {name: _summed(one) for name, one in charged.items()}
    return dict(sorted(found.items(), key=lambda pair: (pair[1][0][0], pair[0])))


def _summed(charged: list[tuple[float, int]]) -> tuple[list[float], list[int]]:
    """The moments (s) in order, and the amounts so far."""
    times, amounts = zip(*sorted(charged), strict=True)
    return list(times), list(accumulate(amounts))


def in_all(events: Iterable[Event], end: float) -> dict[str, int]:
    """For each price how much was charged by `end` (s), in the order in which they were first."""
    first: dict[str, float] = {}
    found: dict[str, int] = {}
    for time, name, amount in events:
        if time <= end:
            found[name] = found.get(name, 0) + amount
            if time < first.get(name, inf):
                first[name] = time
    return {name: found[name] for name in sorted(found, key=lambda name: (first[name], name))}


def amount_at(used: tuple[list[float], list[int]], time: float) -> int:
    """How much it was at `time` (s)."""
    times, amounts = used
    place = bisect_right(times, time)
    return amounts[place - 1] if place else 0


def message_events(
    record: Record, message_bytes: int, prices: dict[str, Price], *, whole: bool = False
) -> Iterable[Event]:
    """All that is charged for in a run, part by part; if `whole`, receives that brought nothing as one event."""
    for part, table in record.queues.items():
        fifo = record.parts[part].name.endswith(".fifo")
        name = "sqs-fifo-request" if fifo else "sqs-request"
        size, chunk = partial(_size_in_queue, record, table, message_bytes), _chunk(prices)
        for time, payload in _calls(table, size):
            yield time, name, max(1, -(-payload // chunk))
        empty = record.series.get((part, "NumberOfEmptyReceives"))
        if empty is not None and whole:
            yield empty.times[0], name, int(empty.values[-1])
        elif empty is not None:
            before = [0.0, *empty.values]
            for time, count, earlier in zip(empty.times, empty.values, before, strict=False):
                yield time, name, int(count - earlier)
    for part in record.topics:
        yield from _topic(record, part, message_bytes, prices)


def _calls(table: QueueTable, size) -> Iterable[tuple[float, int]]:
    """(when, bytes) of sends, of receives that brought something, and of deletes."""
    moved, together = set(table.was), dict[int, int]()
    for row, time in enumerate(table.sent):
        from_topic = row < len(table.origin) and table.origin[row]
        if from_topic or row in moved:
            continue
        if row in table.sent_with:
            together[table.sent_with[row]] = together.get(table.sent_with[row], 0) + size(row)
        else:
            yield time, size(row)
    yield from ((table.sent[first], payload) for first, payload in together.items())
    begins = set(table.begins)
    receives = accumulate(handout in begins for handout in range(len(table.handed)))
    handouts = zip(table.handed, table.poller, receives, table.message, strict=True)
    for (time, *_), same in groupby(handouts, key=itemgetter(0, 1, 2)):
        yield time, sum(size(row) for *_, row in same)
    for handout, (ended, fate) in enumerate(zip(table.ended, table.fate, strict=True)):
        if fate in CALLED_DELETE and table.deleted_with.get(handout, handout) == handout:
            yield ended, 0


def _topic(record: Record, part: int, message_bytes: int, prices: dict[str, Price]) -> Iterable[Event]:
    """What is published to a topic, and the copies that are delivered."""
    table, fifo = record.topics[part], record.parts[part].name.endswith(".fifo")

    def size(row: int) -> int:
        return getattr(table.content.get(row), "size", message_bytes)

    together: dict[int, int] = {}
    for row, time in enumerate(table.published):
        if fifo:
            yield time, "sns-fifo-publish", 1
            yield time, "sns-fifo-publish-gigabyte", size(row)
        elif row in table.published_with:
            together[table.published_with[row]] = together.get(table.published_with[row], 0) + size(row)
        else:
            yield time, "sns-publish", in_chunks(size(row), prices)
    for first, payload in together.items():
        yield table.published[first], "sns-publish", in_chunks(payload, prices)
    for copies in table.copies:
        name = "sns-fifo-delivery" if fifo else NOTIFICATIONS.get(copies.protocol)
        for row, ended, outcome in zip(copies.publish, copies.ended, copies.outcome, strict=True):
            if name is None or outcome != Outcome.DELIVERED:
                continue
            yield ended, name, 1
            if fifo:
                yield ended, "sns-fifo-delivery-gigabyte", size(row)


def _size_in_queue(record: Record, table: QueueTable, message_bytes: int, row: int) -> int:
    """The payload of a message in a queue (bytes); of a copy that of what was published."""
    if row < len(table.origin) and table.origin[row]:
        found = record.topics[table.sources[table.origin[row] - 1]].content.get(table.publish[row])
    else:
        found = table.content.get(row)
    return getattr(found, "size", message_bytes)
