"""Numbers read from a record: percentiles, availability, utilisation, instance-hours.

Everything on the screen and in a grade is computed here, from the record alone. A moment `until`
(the end of the run unless given) hides all that lies after it; `since` leaves out the beginning.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import ceil, fsum, inf
from typing import Annotated

from cloudlab.kernel import summary, work
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record, Series, Status

Moment = Annotated[float, Limit(0, 315_360_000, "s")]
Until = Annotated[float | None, Limit(0, 315_360_000, "s")]
Period = Annotated[float, Limit(0.001, 315_360_000, "s")]


@dataclass(frozen=True)
class Outcomes:
    """How many requests came, and what became of them: answered + failed + open = arrived."""

    arrived: int
    answered: int
    failed: int
    open: int
    by_status: dict[Status, int]

    @property
    def availability(self) -> float:
        """The share (0 to 1) of ended requests that were answered well; 1 when none has ended."""
        ended = self.answered + self.failed
        return self.answered / ended if ended else 1.0


@checked()
def outcomes(record: Record, *, since: Moment = 0.0, until: Until = None) -> Outcomes:
    """Count the requests that arrived from `since` (s) on, by what had become of them at `until`."""
    first, last, until = _rows(record, since, until)
    counts = summary.statuses(record, first, last, until)
    good = counts.get(Status.OK, 0)
    total = sum(counts.values())
    by_status = {Status(status): counts[status] for status in sorted(counts)}
    return Outcomes(last - first, good, total - good, last - first - total, by_status)


@checked()
def availability(record: Record, *, since: Moment = 0.0, until: Until = None) -> float:
    """The share (0 to 1) of ended requests that were answered well; 1 when none has ended."""
    return outcomes(record, since=since, until=until).availability


@checked()
def response_times(record: Record, *, since: Moment = 0.0, until: Until = None) -> Iterator[float]:
    """Seconds from arrival to answer of each request that was answered well, in order of arrival."""
    first, last, until = _rows(record, since, until)
    return chain.from_iterable(piece for _, piece in summary.times(record, first, last, until))


@checked()
def percentiles(
    record: Record,
    shares: tuple[float, ...] | list[float] = (50, 95),
    *,
    since: Moment = 0.0,
    until: Until = None,
) -> list[float]:
    """Response times (s) that 50, 95, … percent of the well answered requests did not exceed.

    The exact nearest rank (see `summary.ranks`). Without any such request: nan.
    """
    good = isinstance(shares, (tuple, list)) and all(
        isinstance(share, (int, float)) and 0 <= share <= 100 for share in shares
    )
    if not good:
        raise InvalidParameter(
            f"shares is {shares!r:.60}, but must be a tuple of numbers between 0 and 100 %."
        )
    return summary.ranks(record, tuple(shares), *_rows(record, since, until))


@checked()
def by_period(record: Record, period: Period) -> Iterator[tuple[float, float]]:
    """(start, end) in s of one period after the other, the last one as long as is left."""
    for index in range(ceil(record.end / period)):
        start, end = index * period, min(record.end, (index + 1) * period)
        if start < end:  # the division may have been rounded up
            yield start, end


@checked()
def arrivals(record: Record, period: Period) -> list[float]:
    """Requests a second in each period."""
    rows = record.requests.arrived
    return [
        (bisect_left(rows, end) - bisect_left(rows, start)) / (end - start)
        for start, end in by_period(record, period)
    ]


@checked()
def utilisation(record: Record, period: Period, *, part: int | None = None) -> list[float]:
    """The share (0 to 1) of slots at work in each period, over all instances or one `part`.

    Only slots of running instances count; a period without any gives 0.
    """
    serving = [index for index, one in enumerate(record.parts) if "slots" in one.attributes]
    if part is not None and part not in serving:
        raise InvalidParameter(f"part is {part!r:.60}, but must be the index of a part with slots.")
    parts = record.parts_of("instance") if part is None else [part]
    there = [0.0] * ceil(record.end / period)
    for index in parts:
        slots = record.parts[index].attributes["slots"]
        work.spread(there, period, _up(record, index), min(record.parts[index].gone, record.end), slots)
    worked = work.by_period(record, frozenset(parts), period)
    return [min(1.0, busy / slots) if slots else 0.0 for busy, slots in zip(worked, there, strict=True)]


@checked()
def capacity(record: Record) -> Series:
    """Slots × speed of all instances whose application answers, over time."""
    now, total = Series(), {}
    changes = [
        (entry.time, entry.part, entry.state)
        for entry in record.states
        if entry.aspect == "application" and "slots" in record.parts[entry.part].attributes
    ]
    speeds = [
        (time, part, value)
        for (part, metric), series in record.series.items()
        if metric == "Speed" and "slots" in record.parts[part].attributes
        for time, value in zip(series.times, series.values, strict=True)
    ]
    speed: dict[int, float] = {}
    answering: dict[int, bool] = {}
    for time, part, change in sorted(changes + speeds, key=lambda entry: entry[:2]):
        if isinstance(change, str):
            answering[part] = change == "answering"
        else:
            speed[part] = change
        made_of = record.parts[part].attributes
        total[part] = (
            made_of["slots"] * speed.get(part, made_of.get("speed", 1.0)) if answering.get(part) else 0.0
        )
        now.times.append(time)
        now.values.append(fsum(total.values()))
    return now


@checked()
def in_system(record: Record, times: list[float] | tuple[float, ...]) -> list[int]:
    """How many requests had arrived and were not yet answered at each of `times` (s, ascending)."""
    for time in times:
        if isinstance(time, bool) or not isinstance(time, (int, float)):
            raise InvalidParameter(f"times holds {time!r:.60}, but must be a list of moments in seconds.")
    requests = record.requests
    ends = sorted(requests.answered)
    return [bisect_left(requests.arrived, time) - bisect_right(ends, time) for time in times]


LONG = 10.0
"""Seconds in line from which on a wait is called queueing."""


@dataclass(frozen=True)
class Reaction:
    """How a jump of the load was answered, as moments (s); `inf` is what did not happen.

    `decided` is the first wish for more, `in_service`, `answering` and `healthy` what became of the first
    instance that it brought. From `queueing` to `relief` somebody stood in line for long; both are `jump`
    when nobody did. `parts` splits the time from `jump` to `relief`, or to the end of the run.
    """

    jump: float
    decided: float
    in_service: float
    answering: float
    healthy: float
    queueing: float
    relief: float
    parts: tuple[tuple[str, float], ...]


@checked()
def reaction(record: Record, jump: Moment, *, long: Annotated[float, Limit(0, 3600, "s")] = LONG) -> Reaction:
    """Split the delay from a jump of the load (s) to the relief: metric, launch, boot, check, line (s each).

    People queue while somebody is in line who waits longer than `long`; the longest such time counts.
    """
    queueing, relief = _longest_queue(record, jump, long)
    decided, group = inf, None
    wish: dict[int, float] = {}
    for ask in record.asks:
        before = wish.get(ask.part, record.series[ask.part, "GroupDesiredCapacity"].values[0])
        wish[ask.part] = ask.granted
        if ask.time >= jump and ask.granted > before:
            decided, group = ask.time, ask.part
            break
    launched = (i for i, part in enumerate(record.parts) if part.parent == group and part.born >= decided)
    new = next(launched, None) if group is not None else None
    reached = {entry.state: entry.time for entry in reversed(record.states) if entry.part == new}
    in_service, answering, healthy = (reached.get(s, inf) for s in ("InService", "answering", "healthy"))
    edges, end = [decided, in_service, answering, healthy, relief], min(relief, record.end)
    cut = [jump, *(min(edge, end) for edge in edges[:-1]), end]
    names = "metric", "launch", "boot", "check", "line"
    stretches = zip(names, cut[:-1], cut[1:], strict=True)
    parts = tuple((name, max(0.0, to - start)) for name, start, to in stretches)
    return Reaction(jump, decided, in_service, answering, healthy, queueing, relief, parts)


@checked()
def in_service(record: Record, at: Moment) -> int:
    """How many instances were in service at a moment (s), over all groups."""
    found = (series for (_, metric), series in record.series.items() if metric == "GroupInServiceInstances")
    return int(sum(series.at(at) for series in found))


@checked()
def instance_hours(record: Record, *, until: Until = None) -> float:
    """Hours of all instances from launch to end (AS-5), up to `until`."""
    until = record.end if until is None else until
    lives = (min(p.gone, until) - p.born for p in record.parts if p.kind == "instance" and p.born < until)
    return fsum(lives) / 3600


def _longest_queue(record: Record, since: float, long: float) -> tuple[float, float]:
    """(begin, end) of the longest time in which somebody was in line for longer than `long` (s)."""
    best, begin, end = (since, since), since, since
    requests = record.requests
    for first, last, latest, _ in summary.within(record, bisect_left(requests.arrived, since), len(requests)):
        if latest - requests.arrived[first] <= long:
            continue
        columns = (column[first:last] for column in (requests.arrived, requests.started, requests.answered))
        rows = zip(*columns, strict=True)
        late = [
            (came, min(starts, told)) for came, starts, told in rows if starts - came > long < told - came
        ]
        for arrived, left in late:
            if arrived > end or end <= since:
                begin, end = arrived, left
            elif left > end:
                end = left
            if end - begin > best[1] - best[0]:
                best = begin, end
    return best if best[1] <= record.end else (best[0], inf)


def _rows(record: Record, since: float, until: float | None) -> tuple[int, int, float]:
    until = record.end if until is None else until
    rows = record.requests.arrived
    return bisect_left(rows, since), bisect_left(rows, max(since, until)), until


def _up(record: Record, part: int) -> float:
    """When the application on `part` first answered."""
    for entry in record.states:
        if entry.part == part and entry.aspect == "application" and entry.state == "answering":
            return entry.time
    return inf
