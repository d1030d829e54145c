"""A number over time: `Series`; how many there are, from steps up and down: `stair`; and sums: `summed`."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import inf, nextafter

from cloudlab.kernel.columns import packed


@dataclass
class Series:
    """A number over time, as the moments at which it changed and the values from then on."""

    times: array = field(default_factory=lambda: array("d"))
    values: array = field(default_factory=lambda: array("d"))

    def at(self, time: float, default: float = 0.0) -> float:
        """The value at `time`, a change at exactly `time` included."""
        place = bisect_right(self.times, time)
        return self.values[place - 1] if place else default


def stair(more: Iterable[float], less: Iterable[float], until: float = inf) -> Series:
    """How many there are from each moment on (s), up to `until`: one more at each of `more`, one less at `less`.

    Neither need be in order. What never happens (`inf`) is left out.
    """
    up, down = ([*sorted(moments), inf] for moments in (more, less))
    for moments in (up, down):
        del moments[bisect_left(moments, nextafter(until, inf)) : -1]
    times: list[float] = []
    amounts: list[int] = []
    amount, last, place, end = 0, -inf, 0, down[0]
    for time in up:
        while end < time:
            amount -= 1
            if end == last:
                amounts[-1] = amount
            else:
                times.append(end)
                amounts.append(amount)
                last = end
            place += 1
            end = down[place]
        amount += 1
        if time == last:
            amounts[-1] = amount
        else:
            times.append(time)
            amounts.append(amount)
            last = time
    return Series(packed("d", times[:-1]), packed("d", amounts[:-1]))


def summed(series: Iterable[Series]) -> Series:
    """The sum of numbers over time, each of which is 0 before its first moment."""
    times: list[float] = []
    steps: list[float] = []
    for one in series:
        times += one.times
        steps += [after - before for before, after in pairwise((0.0, *one.values))]
    order = sorted(range(len(times)), key=times.__getitem__)
    sums = accumulate(map(steps.__getitem__, order))
    last = dict(zip(map(times.__getitem__, order), sums, strict=True))  # the last sum of each moment
    return Series(packed("d", [*last]), packed("d", [*last.values()]))
