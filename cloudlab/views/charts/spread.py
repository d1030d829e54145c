"""How response times spread: their ranks in each piece of time, and how many lie between which edges.

All times are kept for a moment, 8 bytes each, in runs that are sorted each by itself; whoever looks for a value
in them searches every run. Read `Spread` first.
"""

from array import array
from bisect import bisect_left, bisect_right
from math import ceil

from cloudlab.kernel.ranks import Sieve, rank_of
from cloudlab.kernel.record import Record
from cloudlab.kernel.summary import times

RUN, SHARES = 2048, (50, 95)
"""Times in a run, and the shares (%) that are shown."""


class Spread:
    """The response times of a run, by pieces of time of so many seconds.

    `pieces` holds (middle of the piece in s, p50, p95) of each in which a request was answered well.
    """

    def __init__(self, record: Record, period: float):
        self.times, self.ends = array("d"), [0]
        self.pieces: list[tuple[float, float, float]] = []
        arrived, end = record.requests.arrived, record.end
        for place in range(ceil((end + period) / period) - 1):
            start, until = place * period, (place + 1) * period
            runs = len(self.ends) - 1
            self._keep(record, bisect_left(arrived, start), bisect_left(arrived, until))
            if len(self.ends) - 1 > runs:
                p50, p95 = self._ranks(runs)
                self.pieces.append(((start + min(end, until)) / 2, p50, p95))

    def below(self, edges: list[float]) -> list[int]:
        """How many times are shorter than each edge (s)."""
        runs = list(zip(self.ends, self.ends[1:], strict=False))
        return [sum(bisect_left(self.times, edge, *run) - run[0] for run in runs) for edge in edges]

    def over(self, edge: float) -> int:
        """How many times are longer than this (s)."""
        runs = zip(self.ends, self.ends[1:], strict=False)
        return sum(last - bisect_right(self.times, edge, first, last) for first, last in runs)

    def _keep(self, record: Record, first: int, last: int) -> None:
        """Take over the times of these rows, run by run."""
        run: list[float] = []
        for _, some in times(record, first, last, record.end):
            run += some
            if len(run) >= RUN:
                self._close(run)
        self._close(run)

    def _close(self, run: list[float]) -> None:
        if run:
            run.sort()
            self.times.extend(run)
            self.ends.append(len(self.times))
            run.clear()

    def _ranks(self, since: int) -> list[float]:
        """The times at the shares that are shown, in the runs from number `since` on."""
        first, last = self.ends[since], self.ends[-1]
        count = last - first
        sample = sorted(self.times[first : last : 1 + count // RUN]) if count > 4 * RUN else []
        sieve = Sieve.around(sample, SHARES)
        for start, until in zip(self.ends[since:], self.ends[since + 1 :], strict=False):
            sieve.take_sorted(self.times, start, until)
        if (found := sieve.all()) is None:  # the sample was wrong
            every = sorted(self.times[first:last])
            found = [every[rank_of(share, count) - 1] for share in SHARES]
        return found
