"""How long answers take: p50 and p95 over time, and all of them as a histogram beside it.

Never a mean alone: half the requests take at most p50, and one in twenty takes longer than p95. A line
of waiting requests moves p95 first.
"""

from dataclasses import replace
from itertools import pairwise
from math import isnan
from typing import NamedTuple

from cloudlab.kernel import measures
from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.axes import TIMES, End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.charts.spread import Spread
from cloudlab.views.words import count, duration, number

HEIGHT, BARS = 330, 36
"""The picture's height (px), and how many bars the histogram has."""


@checked()
def latency(record: Record, *, picture=None, ghost=None, luck=(), prediction=None, at=None, alone=True):
    """Response times of a run in seconds; returns a `Picture`.

    ○ is p50 and ◆ p95 of the requests that came in each piece of time and were answered well. `ghost`
    is an earlier run, whose p95 is dashed; `luck` a list of `luck.Sample`, whose p95 stand as diamonds
    beside the histogram; for the others see `levels`.
    """
    result = measures.outcomes(record)
    p50, p95, slowest = measures.percentiles(record, (50, 95, 100))

    def paint(sheet):
        return _paint(sheet, record, ghost, luck, axes.predicted(prediction))

    note = "No request was answered well."
    if result.answered:
        note = (
            f"Response times of {count(result.answered, 'request')}: half take at most "
            f"{duration(p50)} (p50), one in 20 longer than {duration(p95)} (p95), and the slowest "
            f"{duration(slowest)}."
        )
    if result.failed:
        note += f" Not among them: {count(result.failed, 'request')} that failed."
    caption = finding(p50, p95, result.answered, result.failed, luck)
    return show(
        picture, paint, caption=caption, note=note, record=record, alone=alone, at=at, prediction=prediction
    )


def finding(p50: float, p95: float, answered: int, failed: int, luck=()) -> str:
    """What the picture shows, in one line."""
    if not answered:
        return "No request was answered, so there are no response times"
    found = [entry.p95 for entry in luck if not isnan(entry.p95)]
    if p50 == p95 and not found:
        return f"Nearly all are answered within {duration(p95)}"
    words = f"Half are answered within {duration(p50)}, but one in 20 takes over {duration(p95)}"
    if found:
        return f"{words}; over {len(found)} seeds that is {duration(min(found))} to {duration(max(found))}"
    return f"{words}; {number(failed)} failed" if failed > 0.01 * answered else words


def _paint(sheet, record, ghost, luck, prediction) -> dict:
    colours = sheet.colours
    whole = _whole(record)
    sheet.size(HEIGHT)
    ends = _ends(colours, whole, ghost, prediction)
    bars = 0 if sheet.width < 620 else max(min(220.0, 0.2 * sheet.width), _room_for_heads(sheet, whole, luck))
    right = sheet.width - axes.room_for(sheet, [end for _, end in ends]) - (bars + 28 if bars else 0)
    period = next((step for step in TIMES if record.end / step <= max(6, (right - 56) / 19)), TIMES[-1])
    spread = Spread(record, period)
    pieces, old = spread.pieces, Spread(ghost, period).pieces if ghost is not None else []
    tops = [p95 for _, _, p95 in pieces + old] + [entry.p95 for entry in luck if not isnan(entry.p95)]
    ticks = axes.nice_ticks(max((*tops, prediction[1] if prediction else 0, 0)))
    frame = Frame(60, right, 44, HEIGHT - 44, record.end, max(ticks))
    sheet.text(16, 28, "Seconds to the answer", colours.muted)
    axes.draw_values(sheet, frame, ticks)
    sheet.line(*_line(frame, old), colours.muted, 2, dash=(6, 5))
    for time, p50, p95 in pieces:
        x = frame.x(time)
        sheet.line((x, x), (frame.y(p50), frame.y(p95)), colours.request, 2)
        draw_p50(sheet, x, frame.y(p50))
        draw_p95(sheet, x, frame.y(p95))
    axes.draw_time(sheet, frame)
    beside = replace(frame, left=right + 28, right=right + 28 + bars) if bars else frame
    if bars and whole.answered:
        _draw_whole(sheet, beside, spread, whole, luck)
    axes.draw_ends(sheet, beside, [replace(end, y=frame.y(value)) for value, end in ends])
    plot = frame.plot(sheet)
    if bars:  # how many there are in all is known at the end
        plot["veils"].append([0.0, plot["veils"][0][0], beside.left / sheet.width])
    return plot


class Whole(NamedTuple):
    """All requests that were answered well: how many there are, and their p50 and p95 (s)."""

    answered: int
    p50: float
    p95: float


def _whole(record: Record) -> Whole:
    return Whole(measures.outcomes(record).answered, *measures.percentiles(record, (50, 95)))


def _ends(colours, whole, ghost, prediction) -> list[tuple[float, End]]:
    """The names at the right, each with its value in seconds."""
    ends = []
    if whole.answered:
        ends.append((whole.p95, End(0, f"p95 {duration(whole.p95)}", colours.ink, bold=True)))
        ends.append((whole.p50, End(0, f"p50 {duration(whole.p50)}", colours.ink)))
    if ghost is not None:
        old = _whole(ghost).p95
        if not isnan(old):
            ends.append((old, End(0, f"last run {duration(old)}", colours.muted)))
    if prediction:
        ends.append((prediction[1], axes.peg_end(0, prediction, duration, colours.request_text)))
    return ends


def _line(frame, pieces):
    return [frame.x(time) for time, _, _ in pieces], [frame.y(p95) for _, _, p95 in pieces]


def draw_p50(sheet, x, y, size=5.0) -> None:
    """The sign of p50: a ring."""
    sheet.disc(x, y, size, fill=sheet.colours.ground, edge=sheet.colours.request, line=2)


def draw_p95(sheet, x, y, size=6.0) -> None:
    """The sign of p95: a filled diamond."""
    sheet.polygon(((x, y - size), (x + size, y), (x, y + size), (x - size, y)), fill=sheet.colours.request)


def _all(whole: Whole) -> str:
    return f"all {number(whole.answered)}"


def _room_for_heads(sheet, whole: Whole, luck) -> float:
    """How wide the histogram must be, that what stands above it at both sides keeps apart (px)."""
    return sheet.width_of(_all(whole)) + 16 + sheet.width_of(f"{len(luck)} seeds") if luck else 0.0


def _draw_whole(sheet, frame, spread: Spread, whole: Whole, luck) -> None:
    """The histogram of all requests on the same scale of seconds, with p50 and p95 at its foot."""
    colours, wide = sheet.colours, frame.right - frame.left
    step = frame.high / BARS
    edges = [*(place * step for place in range(BARS)), frame.high]
    counts = [b - a for a, b in pairwise([*spread.below(edges[:-1]), whole.answered])]
    most = max(counts)
    for amount, low, up in zip(counts, edges[:-1], edges[1:], strict=True):
        if amount:
            y, length = frame.y(up) + 0.5, max(1.5, wide * (amount / most))
            sheet.rectangle(frame.left, y, length, frame.y(low) - y - 0.5, fill=colours.request)
    over = spread.over(frame.high)
    if over:
        length = wide * (counts[-1] / most)
        sheet.text(
            frame.left + length + 8,
            frame.top + 14,
            f"{number(over)} over {number(frame.high)} s",
            colours.muted,
        )
    sheet.line((frame.left, frame.left), (frame.top, frame.bottom), colours.edge, 1)
    sheet.text(frame.left, 28, _all(whole), colours.muted)
    draw_p50(sheet, frame.left, frame.y(whole.p50), 6)
    draw_p95(sheet, frame.left, frame.y(whole.p95), 7)
    values = [entry.p95 for entry in luck if not isnan(entry.p95)]
    if values:
        x, top = frame.right - 14, frame.y(max(values)) - 9
        style = {"fill": colours.request_tint, "edge": colours.request, "line": 1.5}
        sheet.rectangle(x - 9, top, 18, frame.y(min(values)) + 9 - top, radius=9, **style)
        for value in values:
            draw_p95(sheet, x, frame.y(value), 5)
        sheet.text(x + 9, 28, f"{len(values)} seeds", colours.muted, anchor="right")
