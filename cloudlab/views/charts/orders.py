"""What became of the orders of an application, over time: sold, lost, late.

An order is late when it is sold, while what a message of it is for isn't done in time.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, compress, repeat
from operator import sub

from cloudlab.kernel import summary
from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Record, Series, Status
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.kinds.application import LATE, late_times
from cloudlab.views.words import count, number

HEIGHT, PIECES = 300, 1200
"""The picture's height (px), and at how many moments many orders are counted."""


@checked()
def orders(record: Record, *, picture=None, ghost=None, at=None, alone=True):
    """How many orders were sold, lost and late so far, over time; returns a `Picture`.

    `ghost` is an earlier run, whose lost orders are dashed; `at` (s) is the cursor.
    """
    sold, lost, late = lines = _lines(record)

    def paint(sheet):
        return _paint(sheet, record, lines, ghost)

    note = f"{number(_last(sold))} orders were sold, {number(_last(lost))} lost, and {number(_last(late))} are late: "
    note += f"what a message of theirs is for was not done within {LATE:g} s."
    return show(picture, paint, caption=finding(record), note=note, record=record, alone=alone, at=at)


def at_end(record: Record) -> str:
    """What the picture shows of the whole run, in one line."""
    return finding(record)


def finding(record: Record) -> str:
    """What the picture shows, in one line."""
    sold, lost, late = map(_last, _lines(record))
    ended = f"Of {count(sold + lost, 'order')} {number(lost)} {'is' if lost == 1 else 'are'} lost"
    if not sold + lost:
        return "No order has ended"
    return f"{ended}, and {number(late)} {'is' if late == 1 else 'are'} late" if late else ended


def _lines(record: Record) -> tuple[Series, Series, Series]:
    """How many orders were sold, lost and late by each moment."""
    sold, lost = summary.kept(record, ("orders", record.end), lambda: _ended(record))
    return sold, lost, _stair(late_times(record))


def _ended(record: Record) -> tuple[Series, Series]:
    """How many orders were sold and lost by each moment; of many orders at the ends of `PIECES` pieces of time."""
    rows, until = record.requests, record.end
    if len(rows) < summary.MANY:
        ends = [pair for pair in zip(rows.answered, rows.status, strict=True) if pair[0] <= until]
        sold, lost = ([time for time, how in ends if (how == Status.OK) == well] for well in (True, False))
        return _stair(sorted(sold)), _stair(sorted(lost))
    moments = [until * place / PIECES for place in range(PIECES)] + [until]
    all_ends: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    for block in summary.blocks(record):
        low, high = bisect_left(moments, rows.arrived[block.first]), bisect_left(moments, block.latest)
        answered = rows.answered[block.first : block.last]
        places = [*map(bisect_left, repeat(moments), answered, repeat(low), repeat(high))]
        all_ends.update(places)
        if block.work is None:
            failed.update(compress(places, rows.status[block.first : block.last]))
    ended, lost = ([*accumulate(found[place] for place in range(PIECES + 1))] for found in (all_ends, failed))
    times = array("d", moments)
    return Series(times, array("d", map(sub, ended, lost))), Series(times, array("d", lost))


def _stair(times: Sequence[float]) -> Series:
    line = Series()
    for amount, time in enumerate([0.0, *times]):
        line.times.append(time)
        line.values.append(amount)
    return line


def _last(line: Series) -> int:
    return int(line.values[-1])


def _paint(sheet, record, lines, ghost) -> dict:
    colours = sheet.colours
    sheet.size(HEIGHT)
    before = _lines(ghost)[1] if ghost is not None and _lines(ghost)[1].times != lines[1].times else None
    styles = (("sold", colours.ok, None), ("lost", colours.fail, None), ("late", colours.boot_edge, (2, 4)))
    tops = [_last(line) for line in (*lines, *([before] if before else []))]
    ticks = axes.nice_ticks(max(*tops, 3), about=4, whole=True)
    ends = [
        End(0.0, f"{words} {number(_last(line))}", colours.ink, bold=True)
        for (words, *_), line in zip(styles, lines, strict=True)
    ]
    if before:
        ends.append(End(0.0, f"last run lost {number(_last(before))}", colours.muted))
    frame = Frame(60, sheet.width - axes.room_for(sheet, ends), 44, HEIGHT - 44, record.end, max(ticks))
    sheet.text(16, 28, "Orders so far", colours.muted)
    axes.draw_values(sheet, frame, ticks)
    if before:
        sheet.line(*frame.steps(before.times, before.values), colours.muted, 1.5, dash=(6, 5))
    for (_, colour, dash), line in zip(styles, lines, strict=True):
        sheet.line(*frame.steps(line.times, line.values), colour, 2.5, dash=dash)
    axes.draw_time(sheet, frame)
    values = [_last(line) for line in (*lines, *([before] if before else []))]
    axes.draw_ends(
        sheet, frame, [replace(end, y=frame.y(value)) for end, value in zip(ends, values, strict=True)]
    )
    return frame.plot(sheet)
