"""The line of those who wait, over a whole run: how long it is at any moment, on average, and at most.

A run of many requests has too many changes to keep them one by one. At any moment so many wait as joined the line
less those that left it, so two sorted columns of times answer all of it. Read `in_line` first, then `Waiting`.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from operator import gt, sub
from typing import NamedTuple

from cloudlab.kernel.once import once
from cloudlab.kernel.record import Record, Series
from cloudlab.kernel.series import stair
from cloudlab.kernel.summary import blocks, kept

PIECES, STEP, SORTED = 480, 128, 4096
"""Pieces of time that are shown at most; arrivals that are looked at, and departures that are sorted, together."""


def in_line(record: Record) -> Series:
    """How many requests had arrived and were not yet started, over time.

    A request that fails in line leaves it when its caller is answered.
    """
    changes: dict[float, int] = {}
    for arrived, left in _waits(record):
        changes[arrived] = changes.get(arrived, 0) + 1
        changes[left] = changes.get(left, 0) - 1
    line, amount = Series(), 0
    for time in sorted(changes):
        if time > record.end:
            break
        amount += changes[time]
        line.times.append(time)
        line.values.append(amount)
    return line


def _waits(record: Record) -> Iterator[tuple[float, float]]:
    """(arrived, left the line) of each request that waited, in order of arrival."""
    rows = record.requests
    for first, last, *_ in blocks(record):
        columns = (column[first:last] for column in (rows.arrived, rows.started, rows.answered))
        for arrived, started, answered in zip(*columns, strict=True):
            if started > arrived < answered:
                yield arrived, min(started, answered)


class Line(NamedTuple):
    """How many wait: the line to be `shown`, its `most` and `when` that was first (s), its mean, its `last` length."""

    shown: Series
    most: int
    when: float
    mean: float
    last: int


def line_of(record: Record) -> Line:
    """The line of a run: all of its changes where they are few, else the longest line in each of `PIECES` pieces."""
    return kept(record, ("line", record.end), lambda: _line_of(record))


def _line_of(record: Record) -> Line:
    moments: set[float] = set()
    waited = []
    for arrived, left in _waits(record):
        waited.append((arrived, left))
        moments.update(time for time in (arrived, left) if time <= record.end)
        if len(moments) > 2 * PIECES:
            found = Waiting(record.requests.arrived, lefts(record), record.end)
            return found.line(found.longest(PIECES))
    joined, gone = zip(*waited, strict=True) if waited else ((), ())
    found = Waiting(array("d", joined), array("d", sorted(gone)), record.end)
    return found.line(in_line(record))


def running(record: Record) -> "Waiting":
    """The calls of all functions at work: as a line, which a call joins when it begins and leaves when it ends."""
    return once(record, ("running",), lambda: _running(record))


def _running(record: Record) -> "Waiting":
    tables = record.functions.values()
    began = sorted(chain.from_iterable(table.began for table in tables))
    ended = sorted(chain.from_iterable(table.ended for table in tables))
    return Waiting(array("d", began), array("d", ended), record.end)


def at_once(record: Record) -> Line:
    """How many calls of all functions run at once; of many calls the most in each of `PIECES` pieces of time."""
    return once(record, ("at once",), lambda: _at_once(running(record)))


def _at_once(calls: "Waiting") -> Line:
    if len(calls.joined) > PIECES:
        return calls.line(calls.longest(PIECES))
    each = stair(calls.joined, calls.left, calls.end)
    return calls.line(Series(array("d", [0.0, *each.times]), array("d", [0.0, *each.values])))


def lefts(record: Record) -> array:
    """When each request left the line, in order of time."""
    rows, found = record.requests, array("d")
    waiting: list[float] = []
    new = 0
    for first, last, _, work in blocks(record):
        started = rows.started[first:last]
        waiting.extend(started if work is not None else map(min, started, rows.answered[first:last]))
        new += last - first
        if max(SORTED, len(waiting)) > 2 * new and last < len(rows):
            continue  # so that a long line isn't sorted again and again
        waiting.sort()
        done = bisect_left(waiting, rows.arrived[last]) if last < len(rows) else len(waiting)
        found.extend(waiting[:done])
        del waiting[:done]
        new = 0
    return found


@dataclass
class Waiting:
    """Those who `joined` the line and those who `left` it (s, each in order), up to `end`."""

    joined: array
    left: array
    end: float

    def line(self, shown: Series) -> Line:
        """The numbers of this line."""
        most = int(max(shown.values, default=0))
        first = shown.times[list(shown.values).index(most)] if most else 0.0
        when = self._first(first, most) if most else 0.0
        return Line(shown, most, when, self.mean(), self.at(self.end))

    def at(self, time: float) -> int:
        """How many wait at a moment (s), a change at exactly that moment included."""
        return bisect_right(self.joined, time) - bisect_right(self.left, time)

    def mean(self) -> float:
        """How many wait on average, up to the end."""
        gone = bisect_right(self.left, self.end)
        waited = sum(map(sub, islice(self.left, gone), self.joined)) if gone else 0.0
        waited += sum(self.end - time for time in self.joined[gone:])
        return waited / self.end if self.end else 0.0

    def longest(self, pieces: int) -> Series:
        """The longest line within each of so many pieces of time."""
        found = Series()
        for piece in range(pieces):
            start, until = piece * self.end / pieces, (piece + 1) * self.end / pieces
            first, last = bisect_left(self.joined, start), bisect_left(self.joined, until)
            found.times.append(start)
            found.values.append(self._most(first, last, first - bisect_left(self.left, start)))
        return found

    def _first(self, since: float, most: int) -> float:
        """When the line was first so long, from `since` on (s)."""
        joined, left = self.joined, self.left
        for place in range(max(bisect_left(joined, since), most - 1), len(joined), STEP):
            some = joined[place : place + STEP]
            for came, gone in zip(some, left[place + 1 - most : place + 1 - most + len(some)], strict=True):
                if gone > came:
                    return came
        return since

    def _most(self, first: int, last: int, least: int) -> int:
        """The longest line that an arrival `first` to `last` makes, if longer than `least`.

        Arrival number i makes a line of x or more exactly when, of those who left, number i + 1 - x left after it.
        """
        joined, left, starts, gone = self.joined, self.left, [], 0
        for place in range(first, last, STEP):
            gone = bisect_right(left, joined[place], gone, place + 1)
            least = max(least, place + 1 - gone)
            starts.append((place, gone))
        for place, gone in starts:
            until = min(place + STEP, last)
            while until - gone > least:
                start = max(place, least)
                if not any(map(gt, left[start - least : until - least], joined[start:until])):
                    break
                least += 1
        return least
