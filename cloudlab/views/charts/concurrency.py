"""How many calls of a run's functions run at once, over time, beside the cap; and how many were turned away.

The area is what runs, INIT included; a tick above it is a call that was turned away. Read `lines` first.
"""

from dataclasses import replace

from cloudlab.kernel.invocations import FunctionTable
from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record, Series
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
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
    running, away = lines(record)

    def paint(sheet):
        return _paint(sheet, record, running, away, ghost)

    most = number(max(running.values))
    note = f"Up to {most} calls run at once; {count(len(away), 'call was', 'calls were')} turned away."
    return show(picture, paint, caption=finding(record), note=note, record=record, alone=alone, at=at)


def at_end(record: Record) -> str:
    """What the picture shows of the whole run, in one line."""
    return finding(record)


def finding(record: Record) -> str:
    """What the picture shows, in one line."""
    running, away = lines(record)
    most = max(running.values)
    when = clock(running.times[running.values.index(most)], record.end)
    first = f"Up to {count(most, 'call')} at once, at {when}" if most else "Nobody calls"
    return f"{first}; {number(len(away))} turned away" if away else first


def lines(record: Record) -> tuple[Series, list[float]]:
    """(calls that run over time, when calls were turned away)."""
    tables = list(record.functions.values())
    steps = sorted(step for table in tables for step in _steps(table) if step[0] <= record.end)
    found, now = Series(), 0
    found.times.append(0.0)
    found.values.append(0)
    for time, step in steps:
        now += step
        found.times.append(time)
        found.values.append(now)
    away = sorted(time for table in tables for time in table.throttled if time <= record.end)
    return found, away


def _steps(table: FunctionTable) -> list[tuple[float, int]]:
    return [(time, 1) for time in table.began] + [(time, -1) for time in table.ended]


def _cap(record: Record) -> float:
    """How many calls of all functions may run at once, at the end."""
    limits = (record.series.get((part, "ConcurrencyLimit")) for part in record.functions)
    return sum(limit.values[-1] for limit in limits if limit is not None)


def _paint(sheet, record, running: Series, away: list[float], ghost) -> dict:
    colours = sheet.colours
    sheet.size(HEIGHT)
    before = lines(ghost)[0] if ghost is not None and ghost.functions else None
    before = None if before is not None and before == running else before
    cap, most = _cap(record), max(*running.values, *(before.values if before else ()), 3)
    shown = cap <= FAR * most
    ticks = axes.nice_ticks(max(most, cap if shown else 0), about=4, whole=True)
    ends = [End(0.0, f"in use {number(running.values[-1])}", colours.ok, bold=True)]
    values = [running.values[-1]]
    if shown:
        ends.append(End(0.0, f"cap {number(cap)}", colours.ink))
        values.append(cap)
    if before is not None:
        ends.append(End(0.0, f"last run {number(before.values[-1])}", colours.muted))
        values.append(before.values[-1])
    told = f"{number(len(away))} turned away" if away else ""
    room = max(axes.room_for(sheet, ends), sheet.width_of(told) + 28)
    frame = Frame(60, sheet.width - room, 66, HEIGHT - 44, record.end, max(ticks))
    sheet.text(16, 28, "Calls at once" if shown else f"Calls at once, of {number(cap)}", colours.muted)
    xs, ys = frame.steps(running.times, running.values)
    sheet.area(xs, ys, [frame.bottom] * len(xs), fill=colours.ok_tint)
    axes.draw_values(sheet, frame, ticks)
    if before is not None:
        sheet.line(*frame.steps(before.times, before.values), colours.muted, 1.5, dash=(6, 5))
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
