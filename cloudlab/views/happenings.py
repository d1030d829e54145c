"""What happened to a run from outside, and where it turned.

A happening is a cause: a part is killed, crashes, fails or changes speed, or what its kind knows beside that,
such as an ask for another size. The turning point is the happening with the largest effect: the one at which
failures set in, or, where nothing failed, the one that changed most how many a fleet holds. Read
`turning_point` first.

Standard library and kernel only.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from math import inf

from cloudlab.kernel import summary
from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Fleet, Happening, fleets, kind_named, kind_of, kinds_in, request_word
from cloudlab.views.words import DAY, HOUR, LONG, an, clock, count, duration, listed, number

VERBS = {
    "killed": ("is killed", "are killed"),
    "crashed": ("crashes", "crash"),
    "failing": ("answers with errors", "answer with errors"),
}

ORDER = ("killed", "crashed", "failing", "slowed", "clipped")
"""Of several causes at hand the first of these is named; all others come after them."""


def happenings(record: Record) -> list[Happening]:
    """All causes in order of time; what befell several parts at one moment is one happening."""
    special = (cause for kind, parts in kinds_in(record) for cause in kind.causes(record, parts))
    found = [*_failures(record), *_speeds(record), *special]
    return sorted(found, key=lambda happening: happening.time)


def turning_point(record: Record) -> str:
    """One sentence about the moment after which the run was another one, or '' when there is none."""
    causes, known = happenings(record), fleets(record)
    if onset := _onset(record):
        return _failing_sentence(record, causes, *onset)
    if causes:
        fleet = {cause: _fleet_of(record, known, cause) for cause in causes}
        most = max(causes, key=lambda cause: _effect(record, causes, cause, fleet[cause]))
        return _effect_sentence(record, most, fleet[most])
    if longest := _longest(record):
        seconds, arrived = longest
        return (
            f"The longest answer took {duration(seconds)}; that {request_word(record)} came at "
            f"{clock(arrived, record.end)}."
        )
    return " ".join(filter(None, (_complete(record, fleet) for fleet in known.values())))


def period(record: Record) -> tuple[float, str]:
    """The length (s) and the name of the pieces in which the busiest and the worst moment are looked for."""
    if record.end <= 120:
        return 10.0, "ten seconds"
    if record.end <= LONG:
        return 60.0, "minute"
    return (300.0, "five minutes") if record.end <= 2 * DAY else (HOUR, "hour")


# Causes


def _failures(record: Record) -> Iterator[Happening]:
    together: dict[tuple[float, str], list[int]] = {}
    for entry in record.states:
        if entry.aspect == "application" and entry.state in VERBS:
            together.setdefault((entry.time, entry.state), []).append(entry.part)
    for (time, kind), all_parts in together.items():
        inside = {part for part in all_parts if record.parts[part].parent in all_parts}  # these go with it
        parts = [part for part in all_parts if part not in inside]
        names = listed([record.parts[part].name for part in parts[:3]])
        one = kind_of(record, parts[0])
        who = names if len(parts) <= 3 else count(len(parts), one.one, one.many)
        yield Happening(time, kind, tuple(parts), f"{who} {VERBS[kind][len(parts) > 1]}")


def _speeds(record: Record) -> Iterator[Happening]:
    for (part, metric), series in record.series.items():
        if metric == "Speed":
            for time, speed in zip(series.times, series.values, strict=True):
                name = record.parts[part].name
                yield Happening(time, "slowed", (part,), f"{name} changes to speed {number(speed)}")


# Failing requests


def _onset(record: Record) -> tuple[float, int, int] | None:
    """(start s, failed, arrived) of the first piece of time with at least half as many failures as the worst.

    Those before the first server answers count only where there are no others.
    """
    length, _ = period(record)
    requests = record.requests
    failed = summary.failed(record, length)
    if not failed:
        return None
    ready, _ = _first_answer(record)
    late = {piece: amount for piece, amount in failed.items() if piece * length >= ready}
    failed = Counter(late) if late else failed
    worst = max(failed.values())
    first = min(piece for piece in failed if 2 * failed[piece] >= worst)
    start = first * length
    arrived = bisect_left(requests.arrived, start + length) - bisect_left(requests.arrived, start)
    return start, failed[first], arrived


def _failing_sentence(
    record: Record, causes: list[Happening], start: float, failed: int, arrived: int
) -> str:
    """Failures set in at `start`; a cause shortly before is named."""
    length, name = period(record)
    near = [cause for cause in causes if start - 2 * length <= cause.time < start + length]
    ready, server = _first_answer(record)
    if ready == inf:
        head = f"No {server} ever answers:"
    elif ready > start:
        head = f"The first {server} answers only at {clock(ready, record.end)}:"
    elif near:
        cause = min(near, key=_weight)
        head = f"The turning point is {clock(cause.time, record.end)}, when {cause.text}:"
    else:
        head = f"The turning point is {clock(start, record.end)}, when failures mount:"
    one = request_word(record)
    share = f"{number(failed)} of {number(arrived)} {one}s"
    if failed == arrived:
        share = f"the one {one}" if arrived == 1 else f"all {count(arrived, one)}"
    where = f"in the {name} from {clock(start, record.end)} on"
    return f"{head} {share} {where} {'fails' if failed == 1 else 'fail'}."


def _weight(cause: Happening) -> tuple[int, float]:
    """The smaller it is, the sooner a cause is named."""
    return ORDER.index(cause.kind) if cause.kind in ORDER else len(ORDER), -cause.time


def _first_answer(record: Record) -> tuple[float, str]:
    """When an application first answered (s; inf if none did), and what it runs on."""
    first = [e for e in record.states if e.aspect == "application" and e.state == "answering"]
    if first:
        entry = min(first, key=lambda entry: entry.time)
        return entry.time, kind_of(record, entry.part).one
    ready = [
        (record.parts[part].born, kind.one)
        for kind, parts in kinds_in(record)
        if kind.there_at_once
        for part in parts
    ]
    return min(
        ready, default=(inf, next((kind.one for kind, _ in kinds_in(record) if kind.serves), "server"))
    )


# How many a fleet holds


def _effect(record: Record, causes: list[Happening], cause: Happening, fleet: Fleet | None) -> float:
    """By how much the number that a fleet holds changed between this cause and the next one."""
    if fleet is None:
        return 0
    later = min((other.time for other in causes if other.time > cause.time), default=record.end + 1)
    before = _before(fleet.have, cause.time)
    within = zip(fleet.have.times, fleet.have.values, strict=True)
    return max((abs(value - before) for time, value in within if cause.time <= time < later), default=0)


def _effect_sentence(record: Record, cause: Happening, fleet: Fleet | None) -> str:
    head = f"The turning point is {clock(cause.time, record.end)}, when {cause.text}"
    longest = _longest(record)
    if fleet is not None and cause.kind not in ("failing", "slowed"):
        return f"{head}: {_aftermath(record, fleet, cause.time)}."
    if longest:
        seconds, arrived = longest
        came = clock(arrived, record.end)
        return f"{head}; the longest answer took {duration(seconds)} and went to {an(request_word(record))} of {came}."
    return f"{head}."


def _aftermath(record: Record, fleet: Fleet, time: float) -> str:
    """What became of the number in the fleet after `time`."""
    have, wish, ready = fleet.have, fleet.wish, fleet.ready
    before, missing = _before(have, time), False
    for moment in sorted({time, *have.times, *wish.times}):
        if moment >= time:
            wanted = wish.at(moment)
            matches = have.at(moment) == wanted
            if matches and missing:
                again = " again" if wanted == before else ""
                return f"at {clock(moment, record.end)} {_all(fleet, wanted)} {ready}{again}"
            missing = missing or not matches
    after = have.at(record.end)
    if missing:
        wanted = wish.at(record.end)
        return (
            f"at the end {number(after)} of {number(wanted)} desired {kind_named(fleet.of).many} are {ready}"
        )
    if before == after:
        return f"the number {ready} stays {number(after)}"
    return f"the number {ready} goes from {number(before)} to {number(after)}"


def _complete(record: Record, fleet: Fleet) -> str:
    """When all that was desired was there, in a run without causes."""
    words = _aftermath(record, fleet, 0.0)
    reached = words.startswith("at ") and not words.startswith("at the end")
    return f"{words[0].upper()}{words[1:]}." if reached else ""


def _all(fleet: Fleet, wish: float) -> str:
    held = kind_named(fleet.of)
    return f"the one desired {held.one} is" if wish == 1 else f"all {number(wish)} desired {held.many} are"


def _fleet_of(record: Record, known: dict[int, Fleet], cause: Happening) -> Fleet | None:
    """The fleet that a cause befell: the part itself, or the one that it belongs to."""
    part = cause.parts[0]
    parent = record.parts[part].parent
    return known.get(part) or (None if parent is None else known.get(parent))


def _before(series: Series, time: float) -> float:
    place = bisect_left(series.times, time)
    return series.values[place - 1] if place else 0.0


def _longest(record: Record) -> tuple[float, float] | None:
    """(seconds, when it came) of the request that waited longest for a good answer."""
    found = summary.longest(record)
    return found if found[0] > 0 else None
