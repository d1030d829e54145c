"""What happened to a run from outside, and where it turned.

A happening is a cause: an instance is killed, crashes, fails or changes speed, or somebody asks a group
for another size. The turning point is the happening with the largest effect: the one at which failures set
in, or, where nothing failed, the one that changed the number of instances in service most. Read
`turning_point` first.

Standard library and kernel only.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cloudlab.kernel.record import Record, Series
from cloudlab.views.words import DAY, HOUR, LONG, clock, count, duration, listed, number

VERBS = {
    "killed": ("is killed", "are killed"),
    "crashed": ("crashes", "crash"),
    "failing": ("answers with errors", "answer with errors"),
}


@dataclass(frozen=True)
class Happening:
    """A cause: when (s), of what kind, to which parts, and as the end of a sentence with 'when'."""

    time: float
    kind: str
    parts: tuple[int, ...]
    text: str


def happenings(record: Record) -> list[Happening]:
    """All causes in order of time; what befell several instances at one moment is one happening."""
    found = [*_failures(record), *_speeds(record), *_asks(record)]
    return sorted(found, key=lambda happening: happening.time)


def turning_point(record: Record) -> str:
    """One sentence about the moment after which the run was another one, or '' when there is none."""
    causes = happenings(record)
    if onset := _onset(record):
        return _failing_sentence(record, causes, *onset)
    if causes:
        return _effect_sentence(record, max(causes, key=lambda cause: _effect(record, causes, cause)))
    if longest := _longest(record):
        seconds, arrived = longest
        return (
            f"The longest answer took {duration(seconds)}; that request came at {clock(arrived, record.end)}."
        )
    return " ".join(_complete(record, group) for group in record.parts_of("group")).strip()


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
    for (time, kind), parts in together.items():
        names = listed([record.parts[part].name for part in parts[:3]])
        who = names if len(parts) <= 3 else count(len(parts), "instance")
        yield Happening(time, kind, tuple(parts), f"{who} {VERBS[kind][len(parts) > 1]}")


def _speeds(record: Record) -> Iterator[Happening]:
    for (part, metric), series in record.series.items():
        if metric == "Speed":
            for time, speed in zip(series.times, series.values, strict=True):
                name = record.parts[part].name
                yield Happening(time, "slowed", (part,), f"{name} changes to speed {number(speed)}")


def _asks(record: Record) -> Iterator[Happening]:
    """Asks that changed what a group wants, or that it clipped."""
    wish = {part: record.series[part, "GroupDesiredCapacity"].values[0] for part in _groups(record)}
    for ask in record.asks:
        if ask.asked != ask.granted:
            limit = "maximum" if ask.asked > ask.granted else "minimum"
            gets = "get" if ask.by == "you" else "gets"
            text = f"{ask.by} {_asks_for(ask)} and {gets} {ask.granted}, the {limit}"
            yield Happening(ask.time, "clipped", (ask.part,), text)
        elif ask.granted != wish.get(ask.part):
            yield Happening(ask.time, "asked", (ask.part,), f"{ask.by} {_asks_for(ask)}")
        wish[ask.part] = ask.granted


def _asks_for(ask) -> str:
    return f"{'ask' if ask.by == 'you' else 'asks'} for {count(ask.asked, 'instance')}"


def _groups(record: Record) -> list[int]:
    """The groups that wrote their metrics."""
    return [part for part in record.parts_of("group") if (part, "GroupDesiredCapacity") in record.series]


# Failing requests


def _onset(record: Record) -> tuple[float, int, int] | None:
    """(start s, failed, arrived) of the first piece of time with at least half as many failures as the worst.

    Those before the first instance answers count only where there are no others.
    """
    length, _ = period(record)
    requests, end = record.requests, record.end
    ended = zip(requests.arrived, requests.answered, requests.status, strict=True)
    failed = Counter([int(a // length) for a, answered, status in ended if status and answered <= end])
    if not failed:
        return None
    ready = _first_answer(record)
    failed = {piece: failed[piece] for piece in failed if ready is None or piece * length >= ready} or failed
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
    order = ("killed", "crashed", "failing", "slowed", "clipped", "asked")
    near = [cause for cause in causes if start - 2 * length <= cause.time < start + length]
    ready = _first_answer(record)
    if ready is None:
        head = "No instance ever answers:"
    elif ready > start:
        head = f"The first instance answers only at {clock(ready, record.end)}:"
    elif near:
        cause = min(near, key=lambda cause: (order.index(cause.kind), -cause.time))
        head = f"The turning point is {clock(cause.time, record.end)}, when {cause.text}:"
    else:
        head = f"The turning point is {clock(start, record.end)}, when failures mount:"
    share = (
        f"all {count(arrived, 'request')}"
        if failed == arrived > 1
        else f"{number(failed)} of {number(arrived)} requests"
    )
    where = f"in the {name} from {clock(start, record.end)} on"
    return f"{head} {share} {where} {'fails' if failed == 1 else 'fail'}."


def _first_answer(record: Record) -> float | None:
    """When the first application answered (s)."""
    times = (e.time for e in record.states if e.aspect == "application" and e.state == "answering")
    return min(times, default=None)


# Instances in service


def _effect(record: Record, causes: list[Happening], cause: Happening) -> float:
    """By how much the number in service changed between this cause and the next one."""
    group = _group_of(record, cause)
    if group is None:
        return 0
    later = min((other.time for other in causes if other.time > cause.time), default=record.end + 1)
    series = record.series[group, "GroupInServiceInstances"]
    before = _before(series, cause.time)
    within = zip(series.times, series.values, strict=True)
    return max((abs(value - before) for time, value in within if cause.time <= time < later), default=0)


def _effect_sentence(record: Record, cause: Happening) -> str:
    head = f"The turning point is {clock(cause.time, record.end)}, when {cause.text}"
    group, longest = _group_of(record, cause), _longest(record)
    if group is not None and cause.kind not in ("failing", "slowed"):
        return f"{head}: {_aftermath(record, group, cause.time)}."
    if longest:
        seconds, arrived = longest
        came = clock(arrived, record.end)
        return f"{head}; the longest answer took {duration(seconds)} and went to a request of {came}."
    return f"{head}."


def _aftermath(record: Record, group: int, time: float) -> str:
    """What became of the number in service after `time`."""
    service, wish = (
        record.series[group, f"Group{name}"] for name in ("InServiceInstances", "DesiredCapacity")
    )
    before, missing = _before(service, time), False
    for moment in sorted({time, *service.times, *wish.times}):
        if moment >= time:
            wanted = wish.at(moment)
            matches = service.at(moment) == wanted
            if matches and missing:
                again = " again" if wanted == before else ""
                return f"at {clock(moment, record.end)} {_all(wanted)} in service{again}"
            missing = missing or not matches
    after = service.at(record.end)
    if missing:
        return f"at the end {number(after)} of {number(wish.at(record.end))} desired instances are in service"
    if before == after:
        return f"the number in service stays {number(after)}"
    return f"the number in service goes from {number(before)} to {number(after)}"


def _complete(record: Record, group: int) -> str:
    """When all that was desired came into service, in a run without causes."""
    if group not in _groups(record):
        return ""
    words = _aftermath(record, group, 0.0)
    return (
        f"{words[0].upper()}{words[1:]}."
        if words.startswith("at ") and not words.startswith("at the end")
        else ""
    )


def _all(wish: float) -> str:
    return "the one desired instance is" if wish == 1 else f"all {number(wish)} desired instances are"


def _group_of(record: Record, cause: Happening) -> int | None:
    part = cause.parts[0]
    group = part if record.parts[part].kind == "group" else record.parts[part].parent
    return group if group in _groups(record) else None


def _before(series: Series, time: float) -> float:
    place = bisect_left(series.times, time)
    return series.values[place - 1] if place else 0.0


def _longest(record: Record) -> tuple[float, float] | None:
    """(seconds, when it came) of the request that waited longest for a good answer."""
    requests, end = record.requests, record.end
    rows = zip(requests.answered, requests.arrived, requests.status, strict=True)
    good = (
        (answered - arrived, -arrived) for answered, arrived, status in rows if not status and answered <= end
    )
    seconds, arrived = max(good, default=(0.0, 0.0))
    return (seconds, -arrived) if seconds else None
