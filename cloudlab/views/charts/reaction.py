"""The wave and the lifeboat: load against capacity when the load jumps, and below it where the time goes.

The upper strip fills what comes in beyond the capacity, and what is worked off later. The ruler below, on the
same clock, splits the delay from the jump to the relief: until the alarm has its datapoints, until a new
instance is launched, has booted and is checked, and until the line is gone. Flags are the policy's wishes.
"""

import itertools
from dataclasses import replace

from cloudlab.kernel import measures
from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Ask, Record, Series
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.charts.load import mean_work, period_of
from cloudlab.views.luck import dollars
from cloudlab.views.table import total as bill_total
from cloudlab.views.words import clock, count, listed, number, span

PLOT, BAR, ROW = 200, 18, 28
"""Height of the upper strip's plot, of the ruler's bar, and of a row below the plot (px)."""

WORDS = {
    "metric": "until the alarm",
    "launch": "launch",
    "boot": "boot",
    "check": "check",
    "line": "until the line is gone",
}
"""What the parts of the delay are called (see `measures.reaction`)."""


@checked()
def reaction(
    record: Record,
    *,
    jump: float | None = None,
    picture=None,
    ghost=None,
    prediction=None,
    at=None,
    alone=True,
):
    """What a jump of the load at `jump` (s) set in motion; returns a `Picture`.

    Blue is the load in slots, green the capacity, dashes the capacity of the run before (`ghost`). Hatched is
    load beyond the capacity, so a line grows; light blue is room in which it shrinks. `jump` is the record's
    own setting unless given. `prediction` is the delay in seconds; for the others see `levels`.
    """
    jump = record.setting.get("jump", 0.0) if jump is None else float(jump)
    found = measures.reaction(record, jump)
    period, work, there = max(60.0, period_of(record.end)), mean_work(record), measures.capacity(record)
    load = Series()
    load.times.extend(start for start, _ in measures.by_period(record, period))
    load.values.extend(rate * work for rate in measures.arrivals(record, period))

    def paint(sheet):
        return _paint(sheet, record, found, load, there, ghost, axes.predicted(prediction))

    caption = finding(record, found)
    note = f"Load and capacity are in slots over time. {_told(record, found)}".strip()
    return show(
        picture, paint, caption=caption, note=note, record=record, alone=alone, at=at, prediction=prediction
    )


def finding(record: Record, found: measures.Reaction) -> str:
    """What the picture shows and what the run cost, in one line."""
    cost = f"; the run costs {dollars(bill_total(record))}" if record.bill else ""
    if found.relief == found.jump:
        return f"Nobody queues after the jump at {clock(found.jump, record.end)}{cost}"
    if found.relief > record.end:
        return (
            f"People still queue {span(record.end - found.jump)} after the jump, at the end of the run{cost}"
        )
    total, blind = (number(round(seconds)) for seconds in (found.relief - found.jump, found.parts[0][1]))
    return f"People queue until {total} s after the jump, {blind} s of it before any decision{cost}"


def _told(record: Record, found: measures.Reaction) -> str:
    """The parts of the delay and the policy's wishes, in words."""
    parts = [f"{WORDS[name]} {number(round(seconds))} s" for name, seconds in found.parts if seconds >= 0.5]
    wishes = [f"{ask.granted} at {clock(ask.time, record.end)}" for ask in _wishes(record)]
    told = [f"The delay from the jump is split: {listed(parts)}."] if parts else []
    told += [f"Wanted instances: {listed(wishes)}."] if wishes else []
    return " ".join(told)


def _wishes(record: Record) -> list[Ask]:
    """The asks that changed what a group wants."""
    wish: dict[int, float] = {}
    found = []
    for ask in record.asks:
        before = wish.get(ask.part, record.series[ask.part, "GroupDesiredCapacity"].values[0])
        if ask.granted != before:
            found.append(ask)
        wish[ask.part] = ask.granted
    return found


def _paint(sheet, record, found, load, there, ghost, prediction) -> dict:
    colours = sheet.colours
    before = measures.capacity(ghost) if ghost is not None else Series()
    before = Series() if before == there else before
    ticks = axes.nice_ticks(max((*load.values, *there.values, *before.values, 1)), whole=True)
    frame = Frame(48, sheet.width, 44, 44 + PLOT, record.end, max(ticks))
    ends = _ends(frame, colours, load, there, before)
    frame = replace(frame, right=sheet.width - axes.room_for(sheet, ends))
    parts = [(name, seconds) for name, seconds in found.parts if seconds >= 0.5]
    key = _key(sheet, parts, _wishes(record))
    ruler = frame.bottom + 46
    below = ruler + BAR + (ROW + 12 if prediction else 12) + ROW
    sheet.size(below + ROW * (1 + key[-1][1] if key else 0) + 8)
    sheet.text(16, 28, "Slots", colours.muted)
    _draw_strip(sheet, frame, found, load, there, before, ticks)
    axes.draw_time(sheet, frame)
    axes.draw_ends(sheet, frame, ends)
    _draw_ruler(sheet, frame, found, parts, ruler, prediction)
    _draw_wishes(sheet, frame, _wishes(record), below - ROW + 4)
    for x, row, style, words in key:
        y = below + ROW * row
        _chip(sheet, x, y, style)
        sheet.text(x + 24, y + 13, words)
    high = sheet.height
    veils = [
        [(frame.top - 12) / high, (frame.bottom + 4) / high],
        [(ruler - 18) / high, (below - 4) / high],
        [(below - 4) / high, 1.0, 0.0],
    ]
    return {**frame.plot(sheet), "veils": veils}


def _ends(frame, colours, load, there, before) -> list[End]:
    have, need = there.at(frame.end), load.values[-1] if load.values else 0.0
    ends = [
        End(frame.y(have), f"capacity {count(have, 'slot')}", colours.ink, bold=True),
        End(frame.y(need), f"load {number(need)}", colours.request_text),
    ]
    if before.times:
        last = before.at(frame.end)
        ends.append(End(frame.y(last) + 1, f"last run {number(last)}", colours.muted))
    return ends


def _draw_strip(sheet, frame, found, load, there, before, ticks) -> None:
    """Load and capacity, and between them the line as it grows and as it is worked off."""
    colours = sheet.colours
    xs, needed = frame.steps(load.times, load.values)
    sheet.area(xs, needed, [frame.bottom] * len(xs), fill=colours.request_tint)
    end = min(found.relief, frame.end)
    times = axes.together(load, there)[0]
    moments = [found.jump, *(time for time in times if found.jump < time < end), end]
    if end > found.jump:
        across, lower = _between(frame, moments, load)
        _, upper = _between(frame, moments, there)
        middle = [max(a, b) for a, b in zip(lower, upper, strict=True)]  # y grows downwards
        sheet.area(across, upper, middle, fill=colours.wait)
        sheet.area(across, lower, middle, fill=colours.fail_tint)
        sheet.area(across, lower, middle, hatch=colours.fail)
    axes.draw_values(sheet, frame, ticks)
    sheet.line(*frame.steps(before.times, before.values), colours.muted, 2, dash=(6, 5))
    sheet.line(xs, needed, colours.request, 2)
    sheet.line(*frame.steps(there.times, there.values), colours.ok, 2.5)


def _between(frame, moments: list[float], series: Series) -> tuple[list[float], list[float]]:
    """A line with steps from the first to the last of `moments`."""
    xs, ys = [], []
    for start, end in itertools.pairwise(moments):
        xs += [frame.x(start), frame.x(end)]
        ys += [frame.y(series.at(start))] * 2
    return xs, ys


def _draw_ruler(sheet, frame, found, parts, top, prediction) -> None:
    """The delay as one bar from the jump on, split; the prediction's peg points at it from below."""
    colours, x = sheet.colours, frame.x(found.jump)
    sheet.line((x, x), (frame.top, top + BAR + 4), colours.ink, 1.5, dash=(2, 4))
    time = found.jump
    for name, seconds in parts:
        width = frame.x(time + seconds) - frame.x(time)
        sheet.rectangle(frame.x(time), top, width, BAR, **_style(colours, name))
        time += seconds
    ended = f"{number(round(time - found.jump))} s" if found.relief <= frame.end else "no end in this run"
    words = ended if parts else "nobody queues"
    right = frame.x(time) + 10
    if right + sheet.width_of(words, bold=True) > sheet.width - 8:
        sheet.text(sheet.width - 8, top - 6, words, bold=True, anchor="right")
    else:
        sheet.text(right, top + 14.5, words, bold=True)
    if prediction:
        words, seconds = prediction
        at = min(frame.x(found.jump + max(0.0, seconds)), frame.right)
        axes.draw_peg(sheet, at, top + BAR + 4, "up")
        long, short = f"{words} {number(seconds)} s", f"{number(seconds)} s"
        said = short if sheet.width_of(long, bold=True) > sheet.width / 2 else long
        fits = at + 18 + sheet.width_of(said, bold=True) < sheet.width - 8
        sheet.text(
            at + (18 if fits else -18), top + BAR + 22, said, colours.request_text, bold=True,
            anchor="left" if fits else "right",
        )  # fmt: skip


def _draw_wishes(sheet, frame, wishes, y) -> None:
    """A flag for each wish, with its number where there is room."""
    free = 0.0
    for ask in wishes:
        x, words = frame.x(ask.time), number(ask.granted)
        _flag(sheet, x, y)
        if x > free and x + 12 + sheet.width_of(words) < sheet.width:
            sheet.text(x + 8, y + 6, words)
            free = x + 14 + sheet.width_of(words)


def _flag(sheet, x, y) -> None:
    sheet.polygon(
        ((x - 5, y - 6), (x + 5, y - 6), (x + 5, y + 1), (x, y + 7), (x - 5, y + 1)), fill=sheet.colours.ink
    )


def _style(colours, name: str) -> dict:
    """How a part of the delay is drawn; its words stand in the key."""
    return {
        "metric": {"fill": colours.slate},
        "launch": {"fill": colours.boot_tint, "edge": colours.boot_edge},
        "boot": {"fill": colours.boot, "edge": colours.boot_edge},
        "check": {"fill": colours.ok, "edge": colours.ok},
        "line": {"fill": colours.wait, "edge": colours.wait_edge},
    }[name]


def _chip(sheet, x, y, name: str) -> None:
    """The sign of an entry of the key: a piece of the ruler, hatching, or a flag."""
    colours = sheet.colours
    if name == "flag":
        _flag(sheet, x + 8, y + 8)
    elif name == "grows":
        sheet.rectangle(x, y, 16, 16, fill=colours.fail_tint)
        sheet.rectangle(x, y, 16, 16, hatch=colours.fail)
    else:
        sheet.rectangle(x, y, 16, 16, **_style(colours, name))


def _key(sheet, parts, wishes) -> list[tuple[float, int, str, str]]:
    """(x, row, sign, words) of each entry below the ruler, as many in a row as fit."""
    entries = [("grows", "a line grows")] if parts else []
    entries += [(name, f"{WORDS[name]} {number(round(seconds))} s") for name, seconds in parts]
    entries += [("flag", "wanted instances")] if wishes else []
    placed, x, row = [], 48.0, 0
    for sign, words in entries:
        wide = 24 + sheet.width_of(words) + 22
        if x + wide > sheet.width and x > 48:
            x, row = 48.0, row + 1
        placed.append((x, row, sign, words))
        x += wide
    return placed
