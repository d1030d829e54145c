"""What each server of a sampled run had got, let wait and lost, counted over all requests at many moments.

Read `count` first.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import inf

from cloudlab.kernel import summary
from cloudlab.kernel.record import Record
from cloudlab.kernel.summary import Block

FULL, FEW = 16, 4
"""So many blocks of requests are counted together; more moments than these are not looked at one by one."""


class Tally:
    """How many events of one kind there were by each of some moments (s, in order)."""

    def __init__(self, moments: Sequence[float]):
        self.moments = moments
        self.cells: Counter[int] = Counter()
        self.times: list[float] = []

    def count(self) -> None:
        """Count the times that have come together, and forget them."""
        times, moments = self.times, self.moments
        times.sort()
        place = 0
        while place < len(times):
            cell = bisect_left(moments, times[place])
            until = bisect_right(times, moments[cell], place) if cell < len(moments) else len(times)
            self.cells[cell] += until - place
            place = until
        times.clear()

    def totals(self) -> list[int]:
        """How many there were by each moment."""
        self.count()
        return list(accumulate(self.cells[cell] for cell in range(len(self.moments))))


class Counts:
    """Of one part: requests sent to it, those that left its line, and how they ended."""

    def __init__(self, moments: Sequence[float]):
        self.sent, self.left, self.done, self.failed = (Tally(moments) for _ in range(4))

    def count(self) -> None:
        """Count what has come together."""
        for tally in (self.sent, self.left, self.done, self.failed):
            if tally.times:
                tally.count()

    def any(self) -> bool:
        """Whether anything happened there."""
        return any((self.sent.cells, self.left.cells, self.done.cells, self.failed.cells))

    def told(self) -> dict[str, list[int]]:
        """The numbers at each moment."""
        sent, left = self.sent.totals(), self.left.totals()
        waiting = [came - gone for came, gone in zip(sent, left, strict=True)]
        return {"sent": sent, "done": self.done.totals(), "failed": self.failed.totals(), "waiting": waiting}


def count(record: Record, moments: Sequence[float], shared: int | None) -> dict[int, dict[str, list[int]]]:
    """By part: how many requests were sent, done, failed and waiting at each moment (s, in order).

    With a `shared` line all wait there, and each joins its server when it starts.
    """
    parts = {part: Counts(moments) for part in range(len(record.parts))}
    for number, block in enumerate(summary.blocks(record)):
        if block.work is None or shared is not None:
            _by_row(record, block, parts, shared)
        else:
            _ended_well(record, block, moments, parts)
        if number % FULL == FULL - 1:
            for counts in parts.values():
                counts.count()
    if shared is None:
        _sent(record, moments, parts)
    told = {part: counts.told() for part, counts in parts.items()}
    return {part: numbers for part, numbers in told.items() if parts[part].any()}


def _sent(record: Record, moments: Sequence[float], parts: dict[int, Counts]) -> None:
    """Count who was sent where: requests come in order, so between two moments they are one piece."""
    arrived = record.requests.arrived
    edges = [0, *(bisect_right(arrived, moment) for moment in moments), len(arrived)]
    for cell, (first, last) in enumerate(pairwise(edges)):
        for part, amount in summary.sent(record, first, last).items():
            parts[part].sent.cells[cell] += amount


def _ended_well(record: Record, block: Block, moments: Sequence[float], parts: dict[int, Counts]) -> None:
    """Count a block of plain requests: by the moments after the first came and before the last was answered."""
    rows, first = record.requests, block.first
    low, high = bisect_left(moments, rows.arrived[first]), bisect_left(moments, block.latest)
    if high - low > FEW:
        _by_part(record, block, parts)
        return
    left: Counter[int] = Counter()
    done: Counter[int] = Counter()
    for cell in range(low, high + 1):
        moment = moments[cell] if cell < high else inf
        last = bisect_right(rows.arrived, moment, first, block.last)
        columns = (column[first:last] for column in (rows.target, rows.started, rows.answered))
        pairs = zip(*columns, strict=True) if cell < high else ()
        still = [(part, start) for part, start, end in pairs if end > moment]
        here = Counter([part for part, _ in still])
        waiting = Counter([part for part, start in still if start > moment])
        for part, amount in summary.sent(record, first, last).items():
            gone, ended = amount - waiting[part], amount - here[part]
            parts[part].left.cells[cell] += gone - left[part]
            parts[part].done.cells[cell] += ended - done[part]
            left[part], done[part] = gone, ended


def _by_part(record: Record, block: Block, parts: dict[int, Counts]) -> None:
    """Count a block of plain requests that were answered over a long time: each part's in order."""
    rows = record.requests
    columns = (column[block.first : block.last] for column in (rows.target, rows.started, rows.answered))
    left, done = (
        [getattr(counts, name).times.append for counts in parts.values()] for name in ("left", "done")
    )
    for part, started, answered in zip(*columns, strict=True):
        left[part](started)
        done[part](answered)


def _by_row(record: Record, block: Block, parts: dict[int, Counts], shared: int | None) -> None:
    """Count a block with failures in it, or of one line that all share."""
    rows = record.requests
    names = (rows.target, rows.arrived, rows.started, rows.answered, rows.status)
    columns = (column[block.first : block.last] for column in names)
    for target, arrived, started, answered, status in zip(*columns, strict=True):
        counts = parts[target]
        (counts.failed if status else counts.done).times.append(answered)
        left = min(started, answered)
        if shared is None:
            counts.left.times.append(left)
            continue
        line = parts[shared]
        line.sent.times.append(arrived)
        line.left.times.append(left)
        if target != shared:
            counts.sent.times.append(started)
            counts.left.times.append(started)
