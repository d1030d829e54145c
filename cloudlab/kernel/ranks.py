"""Exact ranks of very many times, without keeping or sorting them all.

A sample tells between which times a rank must lie. Then all pass through a sieve that counts those below, and
keeps only those between. Where the sample was wrong, `find` says so, and a wider sieve is made. Read `Sieve` first.
"""

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from math import ceil, gcd, inf, nan, nextafter, sqrt

from cloudlab.kernel.record import Record

SAMPLE, WIDE = 20_000, 3.0
"""Rows that are drawn at most, and how many times as wide as chance may move a rank the first sieve is."""


def rank_of(share: float, count: int) -> int:
    """The place of a nearest rank among `count` sorted values: 1 is the smallest."""
    return max(1, ceil(share / 100 * count))


def stride(count: int) -> int:
    """Every which of `count` rows is drawn for a sample: all, or a step that no round of servers falls in with."""
    step = 1 + count // SAMPLE
    while step > 1 and gcd(step, 30_030) > 1:  # 2 × 3 × 5 × 7 × 11 × 13
        step += 1
    return step


@dataclass
class Sieve:
    """Finds the values at some `shares` (%) of all that it takes: between `spans` (above, up to) they should lie.

    `where` is the number of the piece, as they were taken, with the first of the largest values.
    """

    shares: tuple[float, ...]
    spans: list[tuple[float, float]]
    count: int = 0
    where: int = 0
    below: list[int] = field(init=False)
    inside: list[array] = field(init=False)

    @classmethod
    def around(cls, sample: list[float], shares: tuple[float, ...], wide: float = WIDE) -> "Sieve":
        """A sieve for all values of which a sorted sample is given; without one, all is kept."""
        return cls(shares, _spans(sample, shares, wide) if sample else [(-inf, inf)])

    def __post_init__(self):
        self.low = self.spans[0][0]
        self.below, self.inside = [0] * len(self.spans), [array("d") for _ in self.spans]
        self._pieces, self._largest, self._sorted = 0, -inf, True

    def take(self, amount: int, values: list[float]) -> None:
        """A piece of `amount` values, of which those above `low` are given."""
        for place, (low, high) in enumerate(self.spans):
            if place:
                values = [value for value in values if value > low]
            self.below[place] += amount - len(values)
            self.inside[place].extend(values if high == inf else [value for value in values if value <= high])
        if values and max(values) > self._largest:
            self.where, self._largest = self._pieces, max(values)
        self.count += amount
        self._pieces += 1
        self._sorted = False

    def take_sorted(self, values: array, first: int, last: int) -> None:
        """Sorted values, from place `first` to `last`."""
        for place, (low, high) in enumerate(self.spans):
            start = bisect_right(values, low, first, last)
            self.below[place] += start - first
            self.inside[place].extend(values[start : bisect_right(values, high, start, last)])
        self.count += last - first
        self._sorted = False

    def all(self) -> list[float] | None:
        """The values at all of its shares; None if one of them fell through."""
        found = [value for share in self.shares if (value := self.find(share)) is not None]
        return found if len(found) == len(self.shares) else None

    def find(self, share: float) -> float | None:
        """The value that `share` percent do not exceed; nan without any, None if it fell through the sieve."""
        if not self.count:
            return nan
        if not self._sorted:
            self.inside, self._sorted = [_in_order(values) for values in self.inside], True
        rank = rank_of(share, self.count)
        for fewer, values in zip(self.below, self.inside, strict=True):
            if fewer < rank <= fewer + len(values):
                return values[rank - fewer - 1]
        return None


def _in_order(values: array) -> array:
    if not values or min(values) == max(values):
        return values
    return array("d", sorted(values))


def sieve(
    record: Record, first: int, last: int, until: float, shares: tuple[float, ...], wide: float = WIDE
) -> Sieve:
    """A sieve for the response times of these rows, as far as they were answered well by `until` (s)."""
    rows, step = record.requests, stride(last - first)
    if step == 1:
        return Sieve.around([], shares)
    columns = (column[first:last:step] for column in (rows.arrived, rows.answered, rows.status))
    sample = sorted(end - came for came, end, how in zip(*columns, strict=True) if not how and end <= until)
    return Sieve.around(sample, shares, wide)


def _spans(sample: list[float], shares: tuple[float, ...], wide: float) -> list[tuple[float, float]]:
    """Between which values each rank lies if the sample is right, in order, none twice; the last has no upper end."""
    found: list[tuple[float, float]] = []
    for share in sorted({*shares, 100}):
        part = share / 100
        place, off = int(part * len(sample)), int(wide * (1 + sqrt(part * (1 - part) * len(sample))))
        low = sample[place - off] if place > off else -inf
        high = sample[place + off] if place + off < len(sample) else inf
        low = min(low, nextafter(min(high, sample[-1]), -inf))  # many may have taken the same time
        if found and low <= found[-1][1]:
            low, high = found[-1][0], max(high, found.pop()[1])
        found.append((low, high))
    return found
