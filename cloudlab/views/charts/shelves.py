"""Where the messages of a run's queues are, over time: visible, in flight; and when one came back.

A tick above the curve is a message that came back, since nobody had said that it is done.
"""

from collections.abc import Iterable
from dataclasses import replace

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.standing import came_back, in_flight, visible
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.words import clock, count, number

HEIGHT = 280
"""The picture's height (px)."""


@checked()
def shelves(record: Record, *, picture=None, ghost=None, at=None, alone=True):
    """How many messages are visible and in flight over time, in all queues; returns a `Picture`.

    Dead letters are left out. `ghost` is an earlier run, whose visible ones are dashed; `at` (s) is the cursor.
    """
    if not record.queues:
        raise InvalidParameter("record holds no queue, but shelves draws where the messages of queues are.")
    lines = visible(record), in_flight(record), came_back(record)

    def paint(sheet):
        return _paint(sheet, record, lines, ghost)

    note = (
        f"Up to {number(max(lines[0].values))} are visible and up to {number(max(lines[1].values))} in flight; "
        f"{count(len(lines[2]), 'message')} came back."
    )
    return show(picture, paint, caption=finding(record), note=note, record=record, alone=alone, at=at)


def at_end(record: Record) -> str:
    """What the picture shows of the whole run, in one line."""
    return finding(record)


def finding(record: Record) -> str:
    """What the picture shows, in one line."""
    lying, back = visible(record), came_back(record)
    most = max(lying.values)
    when = clock(lying.times[lying.values.index(most)], record.end)
    wait = f"Up to {count(most, 'message waits', 'messages wait')}, at {when}" if most else "No message waits"
    return f"{wait}; {number(len(back))} came back" if back else wait


def _paint(sheet, record, shown, ghost) -> dict:
    colours = sheet.colours
    lying, flying, back = shown
    sheet.size(HEIGHT)
    before = visible(ghost) if ghost is not None and ghost.queues else None
    before = None if before is not None and before == lying else before
    values = _last((lying, flying, before))
    tops: Iterable[float] = (*lying.values, *flying.values, *(before.values if before else ()), 3)
    ticks = axes.nice_ticks(max(tops), about=4, whole=True)
    ends = [
        End(0.0, f"visible {number(values[0])}", colours.request_text, bold=True),
        End(0.0, f"in flight {number(values[1])}", colours.ink),
    ]
    if before is not None:
        ends.append(End(0.0, f"last run {number(values[2])}", colours.muted))
    room = max(axes.room_for(sheet, ends), sheet.width_of(_came(back)) + 28)
    frame = Frame(60, sheet.width - room, 66, HEIGHT - 44, record.end, max(ticks))
    sheet.text(16, 28, "Messages", colours.muted)
    xs, ys = frame.steps(lying.times, lying.values)
    sheet.area(xs, ys, [frame.bottom] * len(xs), fill=colours.request_tint)
    axes.draw_values(sheet, frame, ticks)
    if before is not None:
        sheet.line(*frame.steps(before.times, before.values), colours.muted, 1.5, dash=(6, 5))
    sheet.line(*frame.steps(flying.times, flying.values), colours.boot_edge, 1.5, dash=(2, 3))
    sheet.line(xs, ys, colours.request, 2)
    for time in back:
        x = frame.x(time)
        sheet.line((x, x), (42, 54), colours.fail, 2)
    if back:
        sheet.text(frame.right + 12, 53, _came(back), colours.ink)
    axes.draw_time(sheet, frame)
    axes.draw_ends(
        sheet, frame, [replace(end, y=frame.y(value)) for end, value in zip(ends, values, strict=True)]
    )
    return frame.plot(sheet, above=38)


def _last(series) -> list[float]:
    return [one.values[-1] for one in series if one is not None]


def _came(back: tuple[float, ...]) -> str:
    return f"{number(len(back))} came back" if back else ""
