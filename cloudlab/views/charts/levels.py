"""Levels over time: the band from minimum to maximum, what is desired, and what is there."""

from array import array
from dataclasses import replace
from itertools import groupby
from math import inf

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record, Series
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import first_group, show
from cloudlab.views.charts.tiles import DEAD
from cloudlab.views.happenings import happenings
from cloudlab.views.words import clock, count, number, span

HEIGHT, MARKS = 344, 50
"""The picture's height, and where the marks of what happened stand (px)."""

METRICS = ("MinSize", "MaxSize", "DesiredCapacity", "InServiceInstances", "PendingInstances")


@checked()
def levels(record: Record, *, picture=None, ghost=None, luck=(), prediction=None, at=None, alone=True):
    """A group's sizes over time; returns a `Picture`.

    Grey is the band from min to max, ink what is desired, green what is in service, hatched what is
    pending. ✕ is a loss, a flag an ask; the dashes above the band are what an ask wanted and did not
    get. `ghost` is an earlier run (dashed), `luck` a list of `luck.Sample`, `prediction` a pair
    (words, number) or a function that gives one, `at` a moment (s) for the cursor.
    """
    group = first_group(record)
    if group is None:
        raise InvalidParameter("levels draws a group, but this run has none: choose another picture.")

    def paint(sheet):
        return _paint(sheet, record, group, ghost, luck, axes.predicted(prediction))

    low, high, wish, there, pending = (series.at(record.end) for series in group_series(record, group))
    note = (
        f"Group {record.parts[group].name} over {span(record.end)}. At the end: minimum {number(low)}, "
        f"maximum {number(high)}, desired {number(wish)}, in service {number(there)}, "
        f"pending {number(pending)}."
    )
    return show(
        picture,
        paint,
        caption=finding(record, group),
        note=note,
        record=record,
        alone=alone,
        at=at,
        prediction=prediction,
    )


def group_series(record: Record, group: int) -> list[Series]:
    """A group's minimum, maximum, desired, in service and pending, as series.

    Who has died is not in service from then on, whenever the group looks: as the stage counts, too.
    """
    low, high, wish, have, pending = (
        record.series.get((group, f"Group{name}"), Series()) for name in METRICS
    )
    return [low, high, wish, _without(have, unnoticed(record, group)), pending]


def unnoticed(record: Record, group: int) -> list[tuple[float, float]]:
    """From when to when each instance of a group was dead (s) and still counted as in service."""
    since: dict[int, float] = {}
    serving: set[int] = set()
    found = []
    for entry in record.states:
        part = entry.part
        if record.parts[part].parent != group or entry.aspect not in ("lifecycle", "application"):
            continue
        dead = entry.aspect == "application" and entry.state in DEAD
        if entry.aspect == "lifecycle":
            (serving.add if entry.state == "InService" else serving.discard)(part)
        if dead and part in serving:
            since.setdefault(part, entry.time)
        elif part in since and (entry.aspect == "application" or part not in serving):
            found.append((since.pop(part), entry.time))
    return found + [(time, inf) for time in since.values()]


def _without(have: Series, spans: list[tuple[float, float]]) -> Series:
    """A series less one in each of the spans."""
    if not spans:
        return have
    times = array("d", sorted({*have.times, *(time for span in spans for time in span if time < inf)}))
    values = [have.at(time) - sum(start <= time < end for start, end in spans) for time in times]
    return Series(times, array("d", values))


def finding(record: Record, group: int) -> str:
    """What the picture shows, in one line."""
    _, _, desired, in_service, _ = group_series(record, group)
    wish, there = desired.at(record.end), in_service.at(record.end)
    asks = [ask for ask in record.asks if ask.part == group]
    have = number(there) if there == wish else f"{number(there)} of {number(wish)} desired instances"
    if asks and asks[-1].asked != asks[-1].granted:
        limit = "maximum" if asks[-1].asked > asks[-1].granted else "minimum"
        have = count(there, "instance") if there == wish else have
        return f"{have} at the end: the {limit} clips the ask for {asks[-1].asked}"
    since, fall = _complete_since(in_service, desired, record.end), _last_fall(desired)
    if since is None or (fall is not None and fall < since):
        fall = None  # else the group reached its wish by giving some back
    lost = [
        (cause.time, part) for cause in happenings(record) if cause.kind == "killed" for part in cause.parts
    ]
    if lost:
        who = f"{record.parts[lost[0][1]].name} dies at {clock(lost[0][0], record.end)}"
        if len(lost) > 1:
            return f"{number(len(lost))} instances die, and {have} {_are(there)} in service at the end"
        if since is None or since < lost[0][0] or fall is not None:
            return f"{who}; at the end {have} {_are(there)} in service"
        return f"{who}, and from {clock(since, record.end)} on the group has its {number(wish)} again"
    if since is None:
        return f"At the end {have} are in service"
    every = "the one desired instance is" if wish == 1 else f"all {number(wish)} desired instances are"
    if fall is not None:
        return f"Desired falls to {number(wish)} at {clock(fall, record.end)}, and {every} in service"
    return f"From {clock(since, record.end)} on {every} in service"


def _last_fall(wish: Series) -> float | None:
    """When the wish was changed last, if it fell then."""
    changes = [place for place in range(1, len(wish.values)) if wish.values[place] != wish.values[place - 1]]
    fell = changes and wish.values[changes[-1]] < wish.values[changes[-1] - 1]
    return wish.times[changes[-1]] if fell else None


def _are(amount: float) -> str:
    return "is" if amount == 1 else "are"


def _complete_since(there: Series, wish: Series, end: float) -> float | None:
    """Since when, up to the end, as many were in service as desired."""
    if there.at(end) != wish.at(end):
        return None
    moments = sorted({*there.times, *wish.times}) or [0.0]
    apart = [index for index, moment in enumerate(moments) if there.at(moment) != wish.at(moment)]
    return moments[apart[-1] + 1] if apart else moments[0]


def _paint(sheet, record, group, ghost, luck, prediction) -> dict:
    colours = sheet.colours
    sheet.size(HEIGHT if happenings(record) else HEIGHT - 38)
    found = group_series(record, group)
    times, (low, high, wish, there, pending) = axes.together(*found)
    both = [a + b for a, b in zip(there, pending, strict=True)]
    other = _ghost_series(ghost)
    other = Series() if other == found[3] else other
    ticks = axes.nice_ticks(
        max((*high, *both, *other.values, prediction[1] if prediction else 0, 12)), whole=True
    )
    frame = Frame(
        48, sheet.width, 82 if happenings(record) else 44, sheet.height - 44, record.end, max(ticks)
    )
    ends = _ends(frame, colours, [series.at(record.end) for series in found], other, prediction)
    frame = replace(frame, right=sheet.width - axes.room_for(sheet, ends))

    xs, tops = frame.steps(times, high)
    sheet.area(xs, tops, frame.steps(times, low)[1], fill=colours.hair, alpha=0.6)
    xs, ys = frame.steps(times, there)
    tops = frame.steps(times, both)[1]
    sheet.area(xs, ys, [frame.bottom] * len(xs), fill=colours.ok_tint)
    sheet.area(xs, tops, ys, fill=colours.boot_tint)
    sheet.area(xs, tops, ys, hatch=colours.boot)
    sheet.text(16, 28, "Instances", colours.muted)
    axes.draw_values(sheet, frame, ticks)
    if frame.left + 10 + sheet.width_of("min – max") < frame.right:
        _draw_name(sheet, frame.left + 10, frame.y(high[0]) + 19, "min – max")
    if luck:
        _draw_luck(sheet, frame, luck)
    sheet.line(xs, tops, colours.boot_edge, 1.5)
    sheet.line(*frame.steps(other.times, other.values), colours.muted, 2, dash=(6, 5))
    sheet.line(xs, ys, colours.ok, 2.5)
    sheet.line(*frame.steps(times, wish), colours.ink, 2.5)
    _draw_marks(sheet, frame, record)
    _draw_clipped(sheet, frame, record, group)
    axes.draw_time(sheet, frame)
    axes.draw_ends(sheet, frame, ends)
    return frame.plot(sheet, above=MARKS - 12)


def _ghost_series(ghost: Record | None) -> Series:
    """What was in service in the earlier run."""
    if ghost is None or (group := first_group(ghost)) is None:
        return Series()
    return group_series(ghost, group)[3]


def _ends(frame, colours, last, other, prediction) -> list[End]:
    """The names at the ends of the lines."""
    low, high, wish, there, pending = last
    limit = " = max" if wish == high else " = min" if wish == low else ""
    ends = [
        End(frame.y(wish), f"desired {number(wish)}{limit}", colours.ink, bold=True),
        End(frame.y(there) + 1, f"in service {number(there)}", colours.ink),
    ]
    if pending:
        ends.append(End(frame.y(there + pending / 2), f"pending {number(pending)}", colours.ink))
    if high != wish:
        ends.append(End(frame.y(high), f"max {number(high)}", colours.muted))
    if low != wish:
        ends.append(End(frame.y(low), f"min {number(low)}", colours.muted))
    if other.times:
        value = other.at(frame.end)
        ends.append(End(frame.y(value) + 2, f"last run {number(value)}", colours.muted))
    if prediction:
        ends.append(axes.peg_end(frame.y(prediction[1]), prediction, number, colours.request_text))
    return ends


def _draw_luck(sheet, frame, luck) -> None:
    """Between how many and how many were in service with the other seeds."""
    series = [entry.fleet for entry in luck if entry.fleet]
    times, values = axes.together(*series)
    across = list(zip(*values, strict=True))
    xs, tops = frame.steps(times, [max(column) for column in across])
    bottoms = frame.steps(times, [min(column) for column in across])[1]
    sheet.area(xs, tops, bottoms, fill=sheet.colours.ok, alpha=0.28)
    sheet.line(xs, tops, sheet.colours.ok, 1, dash=(2, 3))
    sheet.line(xs, bottoms, sheet.colours.ok, 1, dash=(2, 3))


def _draw_clipped(sheet, frame, record, group) -> None:
    """Dashes along what was asked for, as long as it was more or less than what was granted."""
    asks = [ask for ask in record.asks if ask.part == group]
    until = [*(ask.time for ask in asks), frame.end][1:]
    said = False
    pairs = zip(asks, until, strict=True)
    for clipped, stretch in groupby(pairs, lambda pair: pair[0].asked != pair[0].granted):
        if not clipped:
            continue
        asked = list(stretch)
        xs, ys = [frame.x(asked[0][0].time)], [frame.y(asked[0][0].granted)]
        for ask, end in asked:
            y = frame.top - 12 if ask.asked > frame.high else frame.y(ask.asked)
            xs += [frame.x(ask.time), frame.x(end)]
            ys += [y, y]
        if asked[-1][1] < frame.end:
            xs, ys = [*xs, xs[-1]], [*ys, frame.y(asked[-1][0].granted)]
        sheet.line(xs, ys, sheet.colours.edge, 1.75, dash=(4, 4))
        words = f"asked for {max(ask.asked for ask, _ in asked)}"
        if not said and frame.right - xs[0] > sheet.width_of(words) + 16:
            _draw_name(sheet, xs[0] + 8, ys[1] - 6, words)
            said = True


def _draw_name(sheet, x: float, y: float, words: str) -> None:
    """Words on a plate, so that no line strikes through them."""
    sheet.rectangle(x - 3, y - 15, sheet.width_of(words) + 6, 20, radius=3, fill=sheet.colours.ground)
    sheet.text(x, y, words, sheet.colours.muted)


def _draw_marks(sheet, frame, record) -> None:
    """What befell the group, above the plot: ✕ for a loss, a flag for an ask (unless there are many)."""
    causes = happenings(record)
    asks = [cause for cause in causes if cause.kind in ("asked", "clipped")]
    losses = [cause for cause in causes if cause not in asks]
    marks = losses + (asks if len(asks) <= 6 else [])
    for cause in marks:
        x = frame.x(cause.time)
        if len(marks) <= 6:
            sheet.line((x, x), (MARKS + 12, frame.bottom), sheet.colours.hair, 1)
        if cause in asks:
            flag = (
                (x - 5, MARKS - 6),
                (x + 5, MARKS - 6),
                (x + 5, MARKS + 1),
                (x, MARKS + 7),
                (x - 5, MARKS + 1),
            )
            sheet.polygon(flag, fill=sheet.colours.ink)
        else:
            sheet.cross(x, MARKS)
