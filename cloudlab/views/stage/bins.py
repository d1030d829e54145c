"""What each server of a sampled run had got, let wait and lost, counted over all requests at many moments.

Read `count` first.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise, repeat
from math import inf

from cloudlab.kernel import summary
from cloudlab.kernel.record import Record
from cloudlab.kernel.summary import Block

EVENTS, ROWS = 400, 60
"""What it costs to count each event of a block, and to look at its rows once; a part's numbers cost 1."""


class Counts:
    """Of one part: requests sent to it, those that left its line, and how they ended.

    Each is a list of how many there were after the moment before and by each moment; the last of all is for later.
    """

    def __init__(self, many: int):
        self.sent, self.left, self.done, self.failed = ([0] * (many + 1) for _ in range(4))

    def any(self) -> bool:
        """Whether anything happened there."""
        return any(map(any, (self.sent, self.left, self.done, self.failed)))

    def told(self) -> dict[str, list[int]]:
        """The numbers by each moment."""
        sent, left, done, failed = (
            list(accumulate(cells[:-1])) for cells in (self.sent, self.left, self.done, self.failed)
        )
        waiting = [came - gone for came, gone in zip(sent, left, strict=True)]
        return {"sent": sent, "done": done, "failed": failed, "waiting": waiting}


def count(record: Record, moments: Sequence[float], shared: int | None) -> dict[int, dict[str, list[int]]]:
    """By part: how many requests were sent, done, failed and waiting at each moment (s, in order).

    With a `shared` line all wait there, and each joins its server when it starts.
    """
    parts = [Counts(len(moments)) for _ in record.parts]
    for block in summary.blocks(record):
        if block.work is None or shared is not None:
            _by_row(record, block, moments, parts, shared)
        else:
            _ended_well(record, block, moments, parts)
    if shared is None:
        _sent(record, moments, parts)
    return {part: counts.told() for part, counts in enumerate(parts) if counts.any()}


def _sent(record: Record, moments: Sequence[float], parts: list[Counts]) -> None:
    """Count who was sent where: requests come in order, so between two moments they are one piece."""
    arrived = record.requests.arrived
    edges = [0, *(bisect_right(arrived, moment) for moment in moments), len(arrived)]
    for cell, (first, last) in enumerate(pairwise(edges)):
        for part, amount in summary.sent(record, first, last).items():
            parts[part].sent[cell] += amount


def _ended_well(record: Record, block: Block, moments: Sequence[float], parts: list[Counts]) -> None:
    """Count a block of plain requests: by the moments after the first came and before the last was answered."""
    rows, (low, high) = record.requests, _reach(record, block, moments)
    if (high - low + 1) * (ROWS + len(parts)) > EVENTS:
        _each(record, block, moments, parts)
        return
    left: Counter[int] = Counter()
    done: Counter[int] = Counter()
    for cell in range(low, high + 1):
        moment = moments[cell] if cell < high else inf
        last = bisect_right(rows.arrived, moment, block.first, block.last)
        columns = (column[block.first : last] for column in (rows.target, rows.started, rows.answered))
        pairs = zip(*columns, strict=True) if cell < high else ()
        still = [(part, start) for part, start, end in pairs if end > moment]
        here = Counter([part for part, _ in still])
        waiting = Counter([part for part, start in still if start > moment])
        for part, amount in summary.sent(record, block.first, last).items():
            gone, ended = amount - waiting[part], amount - here[part]
            parts[part].left[cell] += gone - left[part]
            parts[part].done[cell] += ended - done[part]
            left[part], done[part] = gone, ended


def _each(record: Record, block: Block, moments: Sequence[float], parts: list[Counts]) -> None:
    """Count each start and each answer of a block of plain requests."""
    rows, reach = record.requests, _reach(record, block, moments)
    targets = rows.target[block.first : block.last]
    left, done = [counts.left for counts in parts], [counts.done for counts in parts]
    for cells, column in ((left, rows.started), (done, rows.answered)):
        places = _places(moments, column[block.first : block.last], *reach)
        for part, place in zip(targets, places, strict=True):
            cells[part][place] += 1


def _by_row(
    record: Record, block: Block, moments: Sequence[float], parts: list[Counts], shared: int | None
) -> None:
    """Count a block with failures in it, or of one line that all share."""
    rows, reach = record.requests, _reach(record, block, moments)
    names = (rows.target, rows.arrived, rows.started, rows.answered, rows.status)
    targets, arrived, started, answered, status = (column[block.first : block.last] for column in names)
    done, failed = [counts.done for counts in parts], [counts.failed for counts in parts]
    for part, place, how in zip(targets, _places(moments, answered, *reach), status, strict=True):
        (failed if how else done)[part][place] += 1
    left = _places(moments, map(min, started, answered), *reach)
    if shared is None:
        for part, place in zip(targets, left, strict=True):
            parts[part].left[place] += 1
        return
    line = parts[shared]
    for came, place in zip(_places(moments, arrived, *reach), left, strict=True):
        line.sent[came] += 1
        line.left[place] += 1
    for part, place in zip(targets, _places(moments, started, 0, len(moments)), strict=True):
        if part != shared:
            parts[part].sent[place] += 1
            parts[part].left[place] += 1


def _reach(record: Record, block: Block, moments: Sequence[float]) -> tuple[int, int]:
    """The places of the first moments that are not before the first request of a block, and its last answer."""
    return bisect_left(moments, record.requests.arrived[block.first]), bisect_left(moments, block.latest)


def _places(moments: Sequence[float], times: Iterable[float], low: int, high: int) -> Iterable[int]:
    """For each time (s) the place of the first moment that is not before it, which is from `low` to `high`."""
    return map(bisect_left, repeat(moments), times, repeat(low), repeat(high))
