"""The rate of requests over time: steady, ramp, step, spike, waves, a day, a week.

A shape says how many requests a second arrive on average at each moment. It is a chain of short
pieces of constant rate, so that arrivals inside a piece are easy to draw: exponential gaps for
customers who don't know of each other ('poisson'), equal ones for a machine ('regular').
Read `Shape.chunks` first.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, takewhile
from math import cos, fsum, inf, log, pi
from random import Random
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.world import WHOLE, microseconds

DAY = 86_400.0
CHUNK = 4096

Rate = Annotated[float, Limit(0, 100_000, "requests/s")]
Moment = Annotated[float, Limit(0, 604_800, "s")]
Length = Annotated[float, Limit(1, 604_800, "s")]


class Shape:
    """A rate (requests/s) as a function of time (s).

    The rate is held constant in pieces of `grain` seconds, at the value of their middle; `breaks`
    are moments at which a piece ends early, so that a jump is exactly where it should be.
    """

    paths: tuple[str, ...] = ("/",)
    duration = inf

    def __init__(self, rate: Callable[[float], float], *, grain: float = 60.0, breaks: tuple = ()):
        self.rate = rate
        self.grain = grain
        self.breaks = tuple(sorted(breaks))

    def pieces(self, since: float = 0.0) -> Iterator[tuple[float, float, float]]:
        """(start s, end s, requests/s) of one piece after the other, without end.

        The first is the one that `since` (s) lies in.
        """
        step = int(since // self.grain)
        start = max([self.grain * step, *(moment for moment in self.breaks if moment <= since)])
        step, breaks = step + 1, [moment for moment in self.breaks if moment > since]
        while True:
            end = self.grain * step
            if breaks and breaks[0] < end:
                end = breaks.pop(0)
            else:
                step += 1
            if end > start:
                yield start, end, self.rate((start + end) / 2)
                start = end

    def count(self, start: float, end: float) -> float:
        """The expected number of requests between two moments (s)."""
        inside = takewhile(lambda piece: piece[0] < end, self.pieces(start))
        return fsum(rate * (min(end, stop) - max(start, begin)) for begin, stop, rate in inside)

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple[float, list, None, None]]:
        """(covered until s, arrival times in s, paths, works): lists of at most `CHUNK` requests.

        Times are whole microseconds. A shape knows nothing of paths and works: both are None.
        """
        owed = 0.5
        for start, end, rate in self.pieces():
            if rate <= 0:
                yield end, [], None, None
            elif regular:
                expected = owed + rate * (end - start)
                for first in range(1, int(expected) + 1, CHUNK):
                    numbers = range(first, min(first + CHUNK, int(expected) + 1))
                    part = [microseconds(start + (number - owed) / rate) for number in numbers]
                    yield part[-1], part, None, None
                owed = expected - int(expected)
                yield end, [], None, None
            else:
                yield from _poisson(dice.random, start, end, rate)


def _poisson(random: Callable[[], float], start: float, end: float, rate: float) -> Iterator[tuple]:
    """Chunks with exponential gaps of mean 1 / `rate`.

    The gap that crosses the end is dropped: exponential gaps have no memory.
    """
    time, last, minus_mean = start * 1e6 + WHOLE - WHOLE, end * 1e6, -1e6 / rate
    while True:
        count = min(CHUNK, int((time - last) / minus_mean * 1.1) + 10)
        gaps = [minus_mean * log(1.0 - random()) + WHOLE - WHOLE for _ in range(count)]
        ticks = list(accumulate(gaps, initial=time))
        inside = bisect_left(ticks, last, 1)
        times = [tick / 1e6 for tick in ticks[1:inside]]
        if inside < len(ticks):
            yield end, times, None, None
            return
        yield times[-1], times, None, None
        time = ticks[-1]


@checked()
def steady(rate: Rate) -> Shape:
    """The same rate for ever."""
    return Shape(lambda time: rate, grain=DAY)


@checked()
def ramp(rate: Rate, to: Rate, *, at: Moment = 0.0, over: Length = 600.0) -> Shape:
    """`rate` until `at`, then evenly up or down to `to` within `over` seconds."""

    def value(time):
        return rate + (to - rate) * min(1.0, max(0.0, (time - at) / over))

    return Shape(value, breaks=tuple(at + over * part / 20 for part in range(21)))


@checked()
def step(rate: Rate, *, jump: Annotated[float, Limit(0, 100, "times")] = 2.0, at: Moment = 300.0) -> Shape:
    """`rate` until `at`, then `jump` times as much."""
    return Shape(lambda time: rate * (jump if time >= at else 1.0), grain=DAY, breaks=(at,))


@checked()
def spike(
    rate: Rate,
    *,
    jump: Annotated[float, Limit(0, 100, "times")] = 4.0,
    at: Moment = 300.0,
    length: Length = 120.0,
) -> Shape:
    """`rate`, but `jump` times as much for `length` seconds from `at` on."""
    between = (at, at + length)
    return Shape(lambda time: rate * (jump if at <= time < at + length else 1.0), grain=DAY, breaks=between)


@checked()
def sinusoid(low: Rate, high: Rate, *, period: Length = DAY) -> Shape:
    """A wave from `low` (at the start) to `high` (half a `period` later) and back."""
    _rising(low=low, high=high)

    def value(time):
        return low + (high - low) * (1 - cos(2 * pi * time / period)) / 2

    return Shape(value, grain=min(60.0, period / 60))


@checked()
def daily(night: Rate, peak: Rate) -> Shape:
    """A day with two peaks, at noon and, the higher one, at eight in the evening.

    The rate is `night` at four in the morning and `peak` in the evening; noon reaches four fifths.
    """
    _rising(night=night, peak=peak)
    return Shape(lambda time: night + (peak - night) * _two_peaks(time))


@checked()
def weekly(night: Rate, peak: Rate, *, weekend: Annotated[float, Limit(0, 2, "times")] = 0.5) -> Shape:
    """Five days as in `daily`, then two on which the part above `night` is `weekend` times as high."""
    _rising(night=night, peak=peak)

    def value(time):
        factor = weekend if time % (7 * DAY) >= 5 * DAY else 1.0
        return night + (peak - night) * factor * _two_peaks(time)

    return Shape(value)


def _rising(**rates: float) -> None:
    """Refuse two rates of which the first is the higher one, in one sentence."""
    (low, least), (high, most) = rates.items()
    if least > most:
        raise InvalidParameter(
            f"{low} is {least:.10g} requests/s, but must be at most {high}, {most:.10g} requests/s."
        )


def _two_peaks(time: float) -> float:
    """0 at night, 0.8 around noon, 1 in the evening, smooth between."""
    hour = time % DAY / 3600

    def hill(top, half_width):
        away = min(abs(hour - top), 24 - abs(hour - top)) / half_width
        return (1 + cos(pi * away)) / 2 if away < 1 else 0.0

    return min(1.0, 0.8 * hill(12, 6) + hill(20, 4.5))


def line(corners: Sequence) -> Callable[[float], float]:
    """What straight lines between the corners (time, rate) give at a time; the later of two corners at one time counts.

    >>> line([[0, 6], [10, 6], [20, 18]])(15)
    12.0
    """
    times = [time for time, _ in corners]

    def at(time: float) -> float:
        right = min(max(1, bisect_right(times, time)), len(corners) - 1)
        (start, low), (end, high) = corners[right - 1], corners[right]
        if end == start:
            return high
        return low + (high - low) * min(1.0, max(0.0, (time - start) / (end - start)))

    return at
