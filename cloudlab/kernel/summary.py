"""Many requests, read once, a block of rows at a time.

Whatever reads all rows costs as much as it does for each of them. So one pass cuts the table into blocks, and keeps
of each what settles most questions: when its last answer came, whether all of its rows are plain, and how much work
they were. Only where a block straddles the moment asked about, or holds a failure, are its rows looked at one by
one. The same pass finds the response times that stand at the usual ranks (`ranks.py`). Nothing is rounded or guessed:
the answers are those of a walk through all rows.

What is kept is forgotten as soon as rows are added or altered (see `Requests.kept`). Read `_read` first.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import compress, islice, repeat
from math import ceil, inf, nan
from operator import floordiv, sub
from typing import NamedTuple, TypeVar

from cloudlab.kernel.ranks import WIDE, Sieve, sieve
from cloudlab.kernel.record import Record

Kept = TypeVar("Kept")

BLOCK, MANY = 1024, 20_000
"""Rows in a block, and from how many rows on something is kept."""

USUAL = (50, 95, 99, 100)
"""The shares (%) whose response times the one pass finds."""


class Block(NamedTuple):
    """Rows `first` to `last`: the `latest` answer among them (s), and the seconds of `work` if all are plain.

    Plain rows were all answered well, each when its work was finished; with others among them `work` is None.
    """

    first: int
    last: int
    latest: float
    work: float | None


def kept(record: Record, name: tuple, make: Callable[[], Kept]) -> Kept:
    """What `make` gives, made once for the record as it is. Few rows are read anew each time."""
    if len(record.requests) < MANY:
        return make()
    known = record.requests.kept
    if name not in known:
        known[name] = make()
    return known[name]


def blocks(record: Record) -> list[Block]:
    """The blocks of all rows, in order of arrival."""
    return _summary(record)[0]


def _summary(record: Record) -> tuple[list[Block], Sieve]:
    """The blocks, and the response times of the whole run."""
    return kept(record, ("summary", record.end), lambda: _read(record))


def _read(record: Record) -> tuple[list[Block], Sieve]:
    """The one pass through all rows."""
    rows, until, found = record.requests, record.end, []
    times = sieve(record, 0, len(rows), until, USUAL)
    low = times.low
    for first in range(0, len(rows), BLOCK):
        last = min(first + BLOCK, len(rows))
        ends, well = rows.answered[first:last], rows.status[first:last].tobytes()
        if well.count(0) < len(well) or rows.finished[first:last].tobytes() != ends.tobytes():
            times.take(*_good(record, first, last, until, low))
            found.append(Block(first, last, max(ends), None))
            continue
        work, latest = 0.0, -inf
        long: list[float] = []
        keep = long.append
        for came, start, end in zip(rows.arrived[first:last], rows.started[first:last], ends, strict=True):
            work += end - start  # in order: so it is the same on every Python
            if end > latest:
                latest = end
            took = end - came
            if took > low:
                keep(took)
        times.take(*((last - first, long) if latest <= until else _good(record, first, last, until, low)))
        found.append(Block(first, last, latest, work if latest < inf else None))
    return found, times


def _good(record: Record, first: int, last: int, until: float, low: float) -> tuple[int, list[float]]:
    """(how many of these rows were answered well by `until`, the response times of those above `low`)."""
    rows = record.requests
    columns = (column[first:last] for column in (rows.arrived, rows.answered, rows.status))
    good = [end - came for came, end, how in zip(*columns, strict=True) if not how and end <= until]
    return len(good), [took for took in good if took > low]


def within(record: Record, first: int, last: int) -> Iterator[Block]:
    """The blocks of rows `first` to `last`. Those at both ends are cut, and their work is no longer known."""
    if first < last:
        for block in islice(blocks(record), first // BLOCK, ceil(last / BLOCK)):
            cut = block.first < first or last < block.last
            yield Block(max(first, block.first), min(last, block.last), block.latest, None) if cut else block


def statuses(record: Record, first: int, last: int, until: float) -> Counter[int]:
    """How many of rows `first` to `last` had ended with each status by `until` (s)."""
    answered, status = record.requests.answered, record.requests.status
    found: Counter[int] = Counter()
    for a, b, latest, work in within(record, first, last):
        if latest > until:
            pairs = zip(answered[a:b], status[a:b], strict=True)
            found.update([how for end, how in pairs if end <= until])
        elif work is None:
            found.update(status[a:b])
        else:
            found[0] += b - a
    return found


def all_of(record: Record, block: Block, parts: frozenset[int]) -> bool:
    """Whether all rows of a block are plain, and went to these parts."""
    return block.work is not None and went_to(record, block, parts)


def went_to(record: Record, block: Block, parts: frozenset[int]) -> bool:
    """Whether all rows of a block went to these parts."""
    if len(record.parts) > 256:
        return parts.issuperset(record.requests.target[block.first : block.last])
    return not _targets(record, block.first, block.last).translate(None, bytes(parts))


def sent(record: Record, first: int, last: int) -> dict[int, int]:
    """How many of rows `first` to `last` went to each part."""
    if len(record.parts) > 32:
        return Counter(record.requests.target[first:last])
    targets = _targets(record, first, last)
    return {part: count for part in range(len(record.parts)) if (count := targets.count(part))}


def _targets(record: Record, first: int, last: int) -> bytes:
    """The column of targets, a byte each: there are at most 256 parts, so the other byte is 0."""
    return record.requests.target[first:last].tobytes()[sys.byteorder == "big" :: 2]


def times(
    record: Record, first: int, last: int, until: float, above: float = -inf
) -> Iterator[tuple[int, list[float]]]:
    """Response times (s) of the rows that were answered well by `until`, a block at a time.

    Gives (how many there are in the block, those of them that are longer than `above`).
    """
    arrived, answered = record.requests.arrived, record.requests.answered
    for a, b, latest, work in within(record, first, last):
        if work is None or latest > until:
            yield _good(record, a, b, until, above)
        elif above == -inf:
            yield b - a, list(map(sub, answered[a:b], arrived[a:b]))
        else:
            ends = zip(answered[a:b], arrived[a:b], strict=True)
            yield b - a, [took for end, came in ends if (took := end - came) > above]


def ranks(record: Record, shares: tuple[float, ...], first: int, last: int, until: float) -> list[float]:
    """The response time (s) that each share (%) of the well answered did not exceed; nan without any."""
    if first == 0 and last == len(record.requests) and until == record.end:
        found = [value for share in shares if (value := _summary(record)[1].find(share)) is not None]
        if len(found) == len(shares):
            return found
    wide = WIDE
    while True:
        one = sieve(record, first, last, until, shares, wide)
        for piece in times(record, first, last, until, one.low):
            one.take(*piece)
        if (values := one.all()) is not None:
            return values
        wide *= 4


def failures(record: Record) -> Iterator[float]:
    """When each request came (s) that had failed by the end of the run, in order of arrival."""
    rows, end = record.requests, record.end
    for a, b, latest, work in blocks(record):
        if work is None and latest <= end:
            yield from compress(rows.arrived[a:b], rows.status[a:b])
        elif work is None:
            columns = (column[a:b] for column in (rows.arrived, rows.answered, rows.status))
            yield from (came for came, ended, how in zip(*columns, strict=True) if how and ended <= end)


def failed(record: Record, period: float) -> Counter[int]:
    """How many of the requests that came in each period (s) had failed by the end of the run, by its number."""
    found = kept(
        record,
        ("failed", record.end, period),
        lambda: Counter(map(floordiv, failures(record), repeat(period))),
    )
    return Counter({int(piece): amount for piece, amount in found.items()})


def longest(record: Record) -> tuple[float, float]:
    """(seconds, when it came) of the first request that waited longest for a good answer; nan without any."""
    rows, (known, found) = record.requests, _summary(record)
    if not found.count:
        return nan, nan
    first, last, *_ = known[found.where]
    columns = (column[first:last] for column in (rows.arrived, rows.answered, rows.status))
    took = [
        (end - came, came) for came, end, how in zip(*columns, strict=True) if not how and end <= record.end
    ]
    return max(took, key=lambda pair: pair[0])
