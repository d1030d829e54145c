"""Where the messages of a run's queues are, over time: visible, in flight; and when one came back.

A tick above the curve is a message that came back, since nobody had said that it is done.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.messages import Fate, QueueTable
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Record, Series
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.words import clock, count, number

DELETED = int(Fate.DELETED)

HEIGHT = 280
"""The picture's height (px)."""


@checked()
def shelves(record: Record, *, picture=None, ghost=None, at=None, alone=True):
    """How many messages are visible and in flight over time, in all queues; returns a `Picture`.

    Dead letters are left out. `ghost` is an earlier run, whose visible ones are dashed; `at` (s) is the cursor.
    """
    if not record.queues:
        raise InvalidParameter("record holds no queue, but shelves draws where the messages of queues are.")
    visible, flying, back = lines(record)

    def paint(sheet):
        return _paint(sheet, record, (visible, flying, back), ghost)

    note = (
        f"Up to {number(max(visible.values))} are visible and up to {number(max(flying.values))} in flight; "
        f"{count(len(back), 'message')} came back."
    )
    return show(picture, paint, caption=finding(record), note=note, record=record, alone=alone, at=at)


def at_end(record: Record) -> str:
    """What the picture shows of the whole run, in one line."""
    return finding(record)


def finding(record: Record) -> str:
    """What the picture shows, in one line."""
    visible, _, back = lines(record)
    most = max(visible.values)
    when = clock(visible.times[visible.values.index(most)], record.end)
    wait = f"Up to {count(most, 'message waits', 'messages wait')}, at {when}" if most else "No message waits"
    return f"{wait}; {number(len(back))} came back" if back else wait


def lines(record: Record) -> tuple[Series, Series, tuple[float, ...]]:
    """(visible over time, in flight over time, when messages came back)."""
    return once(record, ("shelves",), lambda: _lines(record))


def _lines(record: Record) -> tuple[Series, Series, tuple[float, ...]]:
    visible, flying = Steps([], []), Steps([], [])
    back: list[float] = []
    for table in record.queues.values():
        if not table.was:
            back += _add(table, visible, flying)
    came = tuple(sorted(time for time in back if time <= record.end))
    return _stair(visible, record.end), _stair(flying, record.end), came


class Steps(NamedTuple):
    """When there is one more (s), and when one less."""

    more: list[float]
    less: list[float]


def _add(table: QueueTable, visible: Steps, flying: Steps) -> list[float]:
    """The steps of one queue's messages; returns when they came back (s)."""
    came = table.sent.tolist()
    for row, due in table.due.items():
        came[row] = due
    back, hidden, gone = [], [], [left for left, _ in table.left.values()]
    for handout, (ended, fate) in enumerate(zip(table.ended, table.fate, strict=True)):
        until = table.visible_again(handout)
        if fate == DELETED and ended < until:
            hidden.append(ended)
            continue
        hidden.append(until)
        back.append(until)
        if fate == DELETED:
            gone.append(ended)
    visible.more.extend([*came, *back])
    visible.less.extend([*table.handed, *gone])
    flying.more.extend(table.handed)
    flying.less.extend(hidden)
    return back


def _stair(steps: Steps, end: float) -> Series:
    """How many there are over time."""
    more, less = Counter(steps.more), Counter(steps.less)
    found, amount = Series(), 0
    for time in sorted({0.0, *more, *less}):
        if time > end:
            break
        amount += more.get(time, 0) - less.get(time, 0)
        found.times.append(time)
        found.values.append(amount)
    return found


def _paint(sheet, record, shown, ghost) -> dict:
    colours = sheet.colours
    visible, flying, back = shown
    sheet.size(HEIGHT)
    before = lines(ghost)[0] if ghost is not None and ghost.queues else None
    before = None if before is not None and before == visible else before
    values = _last((visible, flying, before))
    tops: Iterable[float] = (*visible.values, *flying.values, *(before.values if before else ()), 3)
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
    xs, ys = frame.steps(visible.times, visible.values)
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
    return frame.plot(sheet)


def _last(series) -> list[float]:
    return [one.values[-1] for one in series if one is not None]


def _came(back: tuple[float, ...]) -> str:
    return f"{number(len(back))} came back" if back else ""
