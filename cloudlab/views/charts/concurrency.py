"""How many calls of a run's functions run at once, over time, beside the cap; and how many were turned away.

The area is what runs, INIT included; a tick above it is a call that was turned away. Read `views.line.at_once` first.
"""

from dataclasses import replace
from itertools import chain

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.line import Line, at_once
from cloudlab.views.words import clock, count, number

HEIGHT = 260
"""The picture's height (px)."""

FAR = 4
"""A cap that is more than so many times the most that ran is told in words alone."""


@checked()
def concurrency(record: Record, *, picture=None, ghost=None, at=None, alone=True):
    """How many calls run at once over time, in all functions together; returns a `Picture`.

    `ghost` is an earlier run, which is dashed; `at` (s) is the cursor.
    """
    if not record.functions:
        raise InvalidParameter("record holds no function, but concurrency draws how many of its calls run.")
    line, away = at_once(record), _away(record)

    def paint(sheet):
        return _paint(sheet, record, line, away, ghost)

    most = number(line.most)
    note = f"Up to {most} calls run at once; {count(len(away), 'call was', 'calls were')} turned away."
    return show(picture, paint, caption=finding(record), note=note, record=record, alone=alone, at=at)


def at_end(record: Record) -> str:
    """What the picture shows of the whole run, in one line."""
    return finding(record)


def finding(record: Record) -> str:
    """What the picture shows, in one line."""
    line, away = at_once(record), _away(record)
    when = clock(line.when, record.end)
    first = f"Up to {count(line.most, 'call')} at once, at {when}" if line.most else "Nobody calls"
    return f"{first}; {number(len(away))} turned away" if away else first


def _away(record: Record) -> list[float]:
    """When calls were turned away (s)."""
    times = (table.throttled for table in record.functions.values())
    return [time for time in sorted(chain(*times)) if time <= record.end]


def _cap(record: Record) -> float:
    """How many calls of all functions may run at once, at the end."""
    limits = (record.series.get((part, "ConcurrencyLimit")) for part in record.functions)
    return sum(limit.values[-1] for limit in limits if limit is not None)


def _paint(sheet, record, line: Line, away: list[float], ghost) -> dict:
    colours = sheet.colours
    sheet.size(HEIGHT)
    before = at_once(ghost) if ghost is not None and ghost.functions else None
    before = None if before is not None and before.shown == line.shown else before
    cap, most = _cap(record), max(line.most, before.most if before else 0, 3)
    shown = cap <= FAR * most
    ticks = axes.nice_ticks(max(most, cap if shown else 0), about=4, whole=True)
    ends = [End(0.0, f"in use {number(line.last)}", colours.ok, bold=True)]
    values: list[float] = [line.last]
    if shown:
        ends.append(End(0.0, f"cap {number(cap)}", colours.ink))
        values.append(cap)
    if before is not None:
        ends.append(End(0.0, f"last run {number(before.last)}", colours.muted))
        values.append(before.last)
    told = f"{number(len(away))} turned away" if away else ""
    room = max(axes.room_for(sheet, ends), sheet.width_of(told) + 28)
    frame = Frame(60, sheet.width - room, 66, HEIGHT - 44, record.end, max(ticks))
    sheet.text(16, 28, "Calls at once" if shown else f"Calls at once, of {number(cap)}", colours.muted)
    xs, ys = frame.steps(line.shown.times, line.shown.values)
    sheet.area(xs, ys, [frame.bottom] * len(xs), fill=colours.ok_tint)
    axes.draw_values(sheet, frame, ticks)
    if before is not None:
        sheet.line(*frame.steps(before.shown.times, before.shown.values), colours.muted, 1.5, dash=(6, 5))
    if shown:
        sheet.line((frame.left, frame.right), (frame.y(cap), frame.y(cap)), colours.slate, 1.5, dash=(6, 4))
    sheet.line(xs, ys, colours.ok, 2)
    for time in away:
        sheet.line((frame.x(time), frame.x(time)), (42, 54), colours.fail, 2)
    if told:
        sheet.text(frame.right + 12, 53, told, colours.ink)
    axes.draw_time(sheet, frame)
    axes.draw_ends(
        sheet, frame, [replace(end, y=frame.y(value)) for end, value in zip(ends, values, strict=True)]
    )
    return frame.plot(sheet, above=38)
