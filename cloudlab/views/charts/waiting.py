"""Who waits, and how busy the servers are: a line's length over time above a strip of busy shares.

A line is short while there is time to spare, and long after a while without any: the dashes in the strip are
the 70 % that the course often plans with. Read `views.line.in_line` first.
"""

from dataclasses import replace

from cloudlab.kernel import measures
from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Record, Series
from cloudlab.views import axes
from cloudlab.views.axes import TIMES, End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.kinds import kinds_in
from cloudlab.views.line import Line, line_of
from cloudlab.views.words import clock, count, number

HEIGHT, STRIP, GAP = 256, 36, 30
"""The picture's height, that of the strip of busy shares, and of the room between line and strip (px)."""

ROOM = 0.7
"""The share of their time that servers should be at work at most."""


@checked()
def waiting(record: Record, *, picture=None, ghost=None, at=None, alone=True):
    """How many requests stand in line over time, and the busy share of the servers; returns a `Picture`.

    Requests at work are not counted as waiting. `ghost` is an earlier run, whose line is dashed; `at` (s)
    is the cursor. Works for a part with slots that stands alone, or for all instances together.
    """
    line = line_of(record)
    share = busy(record, record.end)[0] if record.end else 0.0

    def paint(sheet):
        return _paint(sheet, record, line, share, ghost)

    long = (
        f"{number(line.mean)} wait on average, {number(line.most)} at most and {number(line.last)} at the end"
    )
    note = f"{long}; the {servers(record)} are busy {percent(share)} of the time."
    caption = finding(record, line, share)
    return show(picture, paint, caption=caption, note=note, record=record, alone=alone, at=at)


def busy(record: Record, period: float) -> list[float]:
    """The share (0 to 1) of slots at work in each period: of all instances, or of what serves where there are none."""
    serving = [index for index, part in enumerate(record.parts) if "slots" in part.attributes]
    alone = serving[0] if serving and not record.parts_of("instance") else None
    return measures.utilisation(record, period, part=alone)


def percent(share: float) -> str:
    """A share of 1 in whole percent.

    >>> percent(0.894)
    '89 %'
    """
    return f"{100 * share:.0f} %"


def at_end(record: Record) -> str:
    """What the picture shows of the whole run, in one line."""
    return finding(record, line_of(record), busy(record, record.end)[0])


def finding(record: Record, line: Line, share: float) -> str:
    """What the picture shows, in one line."""
    if not line.most:
        return f"Nobody waits, and the {servers(record)} are busy {percent(share)} of the time"
    when = clock(line.when, record.end)
    verb = "waits" if line.most == 1 else "wait at once"
    at_work = f"the {servers(record)} are busy {percent(share)} of the time"
    return f"Up to {number(line.most)} {verb}, at {when}; {at_work}"


def servers(record: Record) -> str:
    """What those who answer are called in this run: clerks, or else servers."""
    return next((kind.servers for kind, _ in kinds_in(record) if kind.serves), "servers")


def _paint(sheet, record, line, share, ghost) -> dict:
    colours = sheet.colours
    sheet.size(HEIGHT)
    shown, old = line.shown, line_of(ghost) if ghost is not None else None
    before = Series() if old is None else old.shown
    ticks = axes.nice_ticks(max((*shown.values, *before.values, 3)), about=3, whole=True)
    frame = Frame(68, sheet.width, 44, HEIGHT - 44 - STRIP - GAP, record.end, max(ticks))
    ends = [End(frame.y(line.last), f"wait {number(line.last)}", colours.request_text)]
    if old is not None and before.times and before != shown:
        ends.append(End(frame.y(old.last) + 1, f"last run {number(old.last)}", colours.muted))
    told = f"busy {percent(share)}"
    right = max(axes.room_for(sheet, ends), sheet.width_of(told, bold=True) + 28)
    frame = replace(frame, right=sheet.width - right)
    sheet.text(16, 28, "In line", colours.muted)
    xs, ys = frame.steps(shown.times, shown.values)
    sheet.area(xs, ys, [frame.bottom] * len(xs), fill=colours.request_tint)
    axes.draw_values(sheet, frame, ticks)
    sheet.line(*frame.steps(before.times, before.values), colours.muted, 1.5, dash=(6, 5))
    sheet.line(xs, ys, colours.request, 2)
    sheet.line((frame.left, frame.right), (frame.bottom, frame.bottom), colours.edge, 1)
    axes.draw_ends(sheet, frame, ends)
    strip = replace(frame, top=HEIGHT - 44 - STRIP, bottom=HEIGHT - 44, high=1.0)
    _draw_busy(sheet, strip, record, told)
    axes.draw_time(sheet, strip)
    bands = [(frame.top - 8, frame.bottom), (strip.top - 2, strip.bottom)]
    veils = [[top / sheet.height, bottom / sheet.height] for top, bottom in bands]
    return {**strip.plot(sheet), "top": frame.top / sheet.height, "veils": veils}


def _draw_busy(sheet, frame, record, told: str) -> None:
    """Bars as high as the busy share of each piece of time, the 70 % as dashes, the whole as a number."""
    colours = sheet.colours
    period = next((step for step in TIMES if record.end / step <= 48), TIMES[-1])
    shares = busy(record, period)
    sheet.text(frame.left, frame.top - 7, f"Busy, in pieces of {_piece(period)}", colours.muted)
    for (start, end), share in zip(measures.by_period(record, period), shares, strict=True):
        x, y = frame.x(start) + 0.5, frame.y(share)
        if share:
            sheet.rectangle(x, y, frame.x(end) - x - 0.5, frame.bottom - y, fill=colours.ok)
    y = frame.y(ROOM)
    sheet.line((frame.left, frame.right), (y, y), colours.ink, 1, dash=(3, 4))
    sheet.line((frame.left, frame.right), (frame.top, frame.top), colours.hair, 1)
    sheet.text(frame.left - 10, frame.top + 5.5, "100 %", colours.muted, anchor="right")
    sheet.text(frame.right + 12, (frame.top + frame.bottom) / 2 + 5.5, told, bold=True)


def _piece(period: float) -> str:
    """The length of a piece of time: 10 min, 30 s, 2 h."""
    if period < 60:
        return count(period, "s", "s")
    return f"{number(period / 60)} min" if period < 7200 else f"{number(period / 3600)} h"
