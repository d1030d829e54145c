"""Traffic as somebody counted it: so many requests in each interval.

A file says how many requests came within a second or a minute, not when inside it. Each replay
throws dice for that: exactly as many requests as were counted, at random moments of their interval.
Read `Recorded.chunks` first.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate, islice
from math import fsum, isnan
from random import Random
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit
from cloudlab.kernel.printed import wrapped
from cloudlab.traffic.shapes import CHUNK
from cloudlab.traffic.window import SECOND

Scale = Annotated[float, Limit(0.001, 1000, "times", label="Scale")]

HIGHEST = 100_000
"""The highest rate (requests/s), as in a shape: more is taken for a slip."""


class Recorded:
    """Requests counted per interval, from the moment `start` (a datetime, second 0) on.

    `starts` holds the beginnings of the intervals in microseconds, ascending, each `interval`
    microseconds long or up to the next beginning; between them nothing came. `counts` goes with
    them. `classes` (indices into `paths`) and `works` (s; nan for one that is not known) hold one entry a
    request, in order of time, where the file tells; otherwise they are None. `mean_work` is the mean of those
    that are known (s), or None. `scale` multiplies the traffic. `notes` are sentences
    about the file, `skipped` is the number of its lines that could not be read.

    Raises InvalidParameter when that makes more than `HIGHEST` requests/s.
    """

    def __init__(
        self,
        source: str,
        start: datetime,
        duration: float,
        starts: array,
        counts: array,
        *,
        interval: int = SECOND,
        scale: float = 1.0,
        paths: tuple[str, ...] = ("/",),
        classes: array | None = None,
        works: array | None = None,
        notes: tuple[str, ...] = (),
        skipped: int = 0,
    ):
        self.source, self.start, self.duration = source, start, duration
        self.starts, self.counts, self.interval, self.scale = starts, counts, interval, scale
        known = 0 if works is None else len(works) - sum(map(isnan, works))
        total = fsum(work for work in works or () if not isnan(work))
        self.mean_work = total / known if known else None
        self.paths, self.classes, self.works = paths, classes, works if known else None
        self._all_known = works is None or known == len(works)
        self.notes, self.skipped = notes, skipped
        self._before = array("d", accumulate(counts, initial=0.0))
        highest = max(self._rate(index) for index in range(len(starts)))
        if highest > HIGHEST:
            raise InvalidParameter(
                f"scale is {scale:g} times, but the busiest moment then has {highest:,.0f} requests/s; "
                f"the most is {HIGHEST:,} requests/s."
            )

    def rate(self, time: float) -> float:
        """The requests/s that are expected at a moment (s)."""
        index = bisect_right(self.starts, time * SECOND) - 1
        if index < 0 or time * SECOND >= self._end(index):
            return 0.0
        return self._rate(index)

    def count(self, start: float, end: float) -> float:
        """The number of requests that are expected between two moments (s)."""
        return (self._expected(end) - self._expected(start)) * self.scale

    def chunks(
        self, dice: Random, regular: bool = False
    ) -> Iterator[tuple[float, list, list | None, list | None]]:
        """(covered until s, arrival times in s, path indices, works in s): at most `CHUNK` requests each.

        Times are whole microseconds. Regular requests need no dice: equal distances inside an
        interval, and a `scale` that takes every second one, or each one twice.
        """
        drawn = self._draw(dice, regular)
        while part := list(islice(drawn, CHUNK)):
            times = [time / SECOND for time, _ in part]
            classes = None if self.classes is None else [self.classes[row] for _, row in part]
            works = None if self.works is None else self._works_of(self.works, part)
            yield times[-1], times, classes, works
        yield self.duration, [], None, None

    def _works_of(self, column: array, part: list[tuple[int, int]]) -> list[float | None]:
        works = [column[row] for _, row in part]
        return works if self._all_known else [None if isnan(work) else work for work in works]

    def peak(self) -> float:
        """The most requests that are expected in one minute, counted from second 0."""
        minute, minutes = 60 * SECOND, {}
        for index, start in enumerate(self.starts):
            end = self._end(index)
            minutes.update(
                dict.fromkeys((start // minute, (start + end) // 2 // minute, (end - 1) // minute))
            )
        return max(self.count(60.0 * number, 60.0 * number + 60) for number in minutes)

    def moment(self, time: float) -> datetime:
        """What a clock showed `time` seconds after the beginning."""
        return self.start + timedelta(seconds=time)

    def describe(self) -> str:
        """What was read, a sentence a line: source, requests, span, peak, paths, and what was odd."""
        text = self._counted()
        if self.mean_work is not None:
            text.append(f"Mean work: {self.mean_work:.3g} s.")
        if self.classes is not None:
            text.append(f"Asked for, by path: {', '.join(self.paths)}.")
        return self._told(text)

    def _counted(self) -> list[str]:
        """Sentences about how many requests there are, and when."""
        total = self._before[-1]
        end = self.moment(self.duration)
        same_day = end.date() == self.start.date()
        until = f"{end:%H:%M:%S}" if same_day else f"{end:%Y-%m-%d %H:%M:%S}"
        span = f"{self.start:%Y-%m-%d %H:%M:%S} to {until} ({long(self.duration)})"
        text = [f"{self.source}: {total:,.10g} requests from {span}."]
        if self.scale != 1:
            text.append(f"At scale {self.scale:g}, about {total * self.scale:,.0f} are sent.")
        return [*text, f"The busiest minute has {self.peak():,.0f} requests."]

    def _told(self, text: list[str]) -> str:
        """These sentences and the notes, each on a line of its own."""
        return "\n".join(map(wrapped, [*text, *self.notes]))

    def _end(self, index: int) -> int:
        """Where interval `index` ends (µs)."""
        end = self.starts[index] + self.interval
        return min(end, self.starts[index + 1]) if index + 1 < len(self.starts) else end

    def _rate(self, index: int) -> float:
        """The requests/s in interval `index`."""
        return self.counts[index] * self.scale * SECOND / (self._end(index) - self.starts[index])

    def _expected(self, time: float) -> float:
        """The requests recorded before a moment (s), spread evenly inside their interval."""
        index = bisect_right(self.starts, time * SECOND) - 1
        if index < 0:
            return 0.0
        part = (time * SECOND - self.starts[index]) / (self._end(index) - self.starts[index])
        return self._before[index] + self.counts[index] * min(1.0, part)

    def _draw(self, dice: Random, regular: bool) -> Iterator[tuple[int, int]]:
        """(arrival in µs, index of the recorded request) of one request after the other."""
        random = dice.random
        for index, start in enumerate(self.starts):
            end, time = self._end(index), start
            number, rows = self._regular_rows(index) if regular else self._rows(index, random)
            for done, row in enumerate(rows):
                if regular:
                    time = start + (2 * done + 1) * (end - start) // (2 * number)
                else:  # the least of the moments that are left, each anywhere between now and the end
                    gap = (end - time) * (1.0 - (1.0 - random()) ** (1 / (number - done)))
                    time = min(time + int(gap + 0.5), end - 1)
                yield time, row

    def _rows(self, index: int, random) -> tuple[int, Iterable[int]]:
        """How many requests of an interval are sent, and which: some of them twice, or not at all."""
        count, scale = self.counts[index], self.scale
        if self.classes is None:
            number = int(count * scale) + (random() < count * scale % 1)
            return number, range(number)
        rows = range(int(self._before[index]), int(self._before[index + 1]))
        if scale == 1:
            return len(rows), rows
        chosen = [row for row in rows for _ in range(int(scale) + (random() < scale % 1))]
        return len(chosen), chosen

    def _regular_rows(self, index: int) -> tuple[int, Iterable[int]]:
        """The same without dice: what is left over of one interval counts in the next."""
        before, after = self._before[index], self._before[index + 1]
        number = int(after * self.scale + 0.5) - int(before * self.scale + 0.5)
        return number, (int(before + (after - before) * place / number) for place in range(number))


def long(seconds: float) -> str:
    """A time span as a person says it: '12 min', '3.5 h', '2 days'."""
    for unit, size in (("days", 172_800), ("h", 7200), ("min", 120)):
        if seconds >= size:
            return f"{seconds / (86_400 if unit == 'days' else size / 2):.3g} {unit}"
    return f"{seconds:g} s"
