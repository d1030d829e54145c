"""A meter: what one way to do the work of a run costs so far. Two of them, side by side, are compared.

Its series are `Cost` (dollars so far, to be joined by straight lines), `First` (the part of it that `first` names in
its attributes), `Idle` (dollars that were paid for nothing), `Calls` and `Late` (how many so far). Read `gaps` first.
"""

from array import array
from bisect import bisect_left
from itertools import pairwise

from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Kind, Row
from cloudlab.views.words import clock, count

SETTLED = 3600.0
"""Seconds from which on a meeting counts: before, both stand near nothing."""

CENT = 0.01
"""Dollars that they must be apart after a meeting; less is only a flutter around the same sum."""


class MeterKind(Kind):
    """What something costs so far."""

    metrics = ("Cost", "First", "Idle", "Calls", "Late")

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Whose meters they are."""
        return [f"a meter of {record.parts[part].attributes['title']}" for part in parts]

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """When two meters met, how much was paid for nothing, and how many were late."""
        said = [f"the meters met at {clock(time, record.end)}" for time, _ in meetings(record, parts)]
        for part in parts:
            name, first, idle, late = (record.parts[part].name, *_last(record, part, "First", "Idle", "Late"))
            if idle:
                said.append(f"{name} was paid for idling for {100 * idle / first:.0f} % of its hours")
            if late:
                said.append(f"{name} was late for {count(int(late), 'call')}")
        return said

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """What each cost."""
        return [f"{record.parts[part].name} has cost ${_last(record, part, 'Cost')[0]:.2f}" for part in parts]

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """What each cost, what of it was for nothing, and how many calls it had."""
        found: list[Row] = []
        for part in parts:
            name, (cost, idle, calls, late) = (
                record.parts[part].name,
                _last(record, part, "Cost", "Idle", "Calls", "Late"),
            )
            found += [
                (f"cost of {name}", f"{cost:.2f}", "$"),
                (f"paid for idling, {name}", f"{idle:.2f}", "$"),
                (f"calls of {name}", f"{calls:,.0f}", "calls"),
                (f"late, {name}", f"{late:,.0f}", "calls"),
            ]
        return found

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """By how many cents the second is dearer in the end."""
        if len(parts) != 2:
            return {}
        one, other = (_last(record, part, "Cost")[0] for part in parts)
        return {f"the extra cost of {record.parts[parts[1]].name} in cents": round(100 * (other - one), 1)}

    def finding(self, record: Record, parts: list[int]) -> str:
        """Which one is cheaper in the end, by how much, and though how much of it was idle."""
        if len(parts) != 2:
            return ""
        cheap, dear = sorted(parts, key=lambda part: _last(record, part, "Cost")[0])
        first, idle = _last(record, cheap, "First", "Idle")
        gap = _last(record, dear, "Cost")[0] - _last(record, cheap, "Cost")[0]
        though = f", though {100 * idle / first:.0f} % of its hours were idle" if idle > first / 2 else ""
        return f"{record.parts[cheap].name} is cheaper by ${gap:.2f}{though}"

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """By how many cents they differ."""
        if len(parts) != 2:
            return None
        times, apart = zip(*gaps(record, parts), strict=True)
        return Series(array("d", times), array("d", (round(abs(100 * gap)) for gap in apart)))


def gaps(record: Record, parts: list[int]) -> list[tuple[float, float]]:
    """(moment in s, dollars by which the second of two meters is ahead) wherever one of them was read."""
    one, other = (record.series[part, "Cost"] for part in parts)
    moments = sorted({*one.times, *other.times})
    return [(time, along(other, time) - along(one, time)) for time in moments]


def meetings(record: Record, parts: list[int]) -> list[tuple[float, float]]:
    """(moment in s, dollars by which the second is ahead soon after it) at which one overtakes the other."""
    if len(parts) != 2:
        return []
    found: list[tuple[float, float]] = []
    same = side = 0.0
    settled = [(time, gap) for time, gap in gaps(record, parts) if time >= SETTLED]
    for (before, gap), (after, then) in pairwise(settled):
        if gap * then < 0:
            same = before + (after - before) * gap / (gap - then)
        if abs(then) >= CENT:
            if side * then < 0:
                found.append((same, then))
            side = then
    return found


def along(series: Series, time: float) -> float:
    """A series of readings as straight lines from one to the next."""
    place = bisect_left(series.times, time)
    if place in (0, len(series.times)):
        return series.values[min(place, len(series.times) - 1)]
    before, after = series.times[place - 1], series.times[place]
    part = (time - before) / (after - before)
    return series.values[place - 1] * (1 - part) + series.values[place] * part


def _last(record: Record, part: int, *metrics: str) -> list[float]:
    return [record.series[part, metric].values[-1] for metric in metrics]
