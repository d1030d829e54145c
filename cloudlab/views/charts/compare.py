"""Several runs side by side, each a row, all on the same axes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan

from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.axes import Frame
from cloudlab.views.charts.common import must_be_runs, show
from cloudlab.views.charts.latency import draw_p50, draw_p95
from cloudlab.views.luck import Sample, between, describe_luck, dollars, hours, sample
from cloudlab.views.words import count, duration, listed, number

TOP, ROW, SEEDS, NARROW = 54, 52, 34, 720
"""Height of the heading, of a row, and of its seeds; from which width on names stand beside (px)."""

LAST = ("Last run", "This run")
"""The names of a run before and of the one now."""


def compare(runs, *, picture=None, ghost=None, luck=(), alone=True):
    """Runs as rows: p50 ○ and p95 ◆, lost requests, instance-hours and cost; returns a `Picture`.

    `runs` maps names to records, or is one record, which is then compared with `ghost`, the run before.
    `luck` maps names to lists of `luck.Sample`, or is the list of the only or last row: diamonds.
    """
    must_be_runs(runs)
    rows = _rows(runs, ghost)
    seeds = dict(luck) if isinstance(luck, Mapping) else {list(rows)[-1]: list(luck)}

    def paint(sheet):
        return _paint(sheet, rows, seeds)

    note = " ".join([*(_told(name, entry) for name, entry in rows.items()), *_told_luck(seeds)])
    return show(picture, paint, caption=finding(rows), note=note, alone=alone)


def _rows(runs, ghost: Record | None) -> dict[str, Sample]:
    if isinstance(runs, Record):
        runs = dict(zip(LAST, (ghost, runs), strict=True)) if ghost is not None else {LAST[1]: runs}
    return {name: sample(record) for name, record in runs.items()}


def finding(rows: dict[str, Sample]) -> str:
    """What changed most from the first row to the last, in one line."""
    pairs = list(rows.items())
    (first, before), (last, after) = pairs[0], pairs[-1]
    if len(rows) == 1:
        parts = [] if isnan(before.p95) else [f"p95 {duration(before.p95)}"]
        parts += [f"{number(before.failed)} lost"] if before.requests else []
        parts += [
            f"{hours(machine_hours(before))} instance-hours" if before.cost is None else dollars(before.cost)
        ]
        return f"{first}: {listed(parts)}"
    changes = []
    for words, verbs, old, new, shown in _pairs(before, after):
        if shown(old) != shown(new):
            size = abs(new - old) / max(abs(new), abs(old))
            changes.append((size, f"{words} {verbs[new > old]} from {shown(old)} to {shown(new)}"))
    if not changes:
        return f"{first} and {last} come to the same"
    best = listed([words for _, words in sorted(changes, key=lambda change: -change[0])[:2]])
    return f"Since the last run, {best}" if (first, last) == LAST else f"From {first} to {last}, {best}"


def machine_hours(entry: Sample) -> float:
    """The hours of all instances of a run."""
    return entry.used.get("instance-hours", 0.0)


def _pairs(before: Sample, after: Sample):
    """(words, falls and rises, number before, number after, how it is shown) of what two runs share."""
    one, more = ("falls", "rises"), ("fall", "rise")
    if not isnan(before.p95) and not isnan(after.p95):
        yield "p95", one, before.p95, after.p95, duration
    if before.requests or after.requests:
        yield "lost requests", more, before.failed, after.failed, number
    if before.cost is not None and after.cost is not None:
        yield "the cost", one, before.cost, after.cost, dollars
    else:
        yield "instance-hours", more, machine_hours(before), machine_hours(after), hours


def _told(name: str, entry: Sample) -> str:
    parts = (
        []
        if isnan(entry.p95)
        else [f"half within {duration(entry.p50)} and 95 % within {duration(entry.p95)}"]
    )
    parts += [f"{number(entry.failed)} of {count(entry.requests, 'request')} lost"] if entry.requests else []
    parts += [f"{hours(machine_hours(entry))} instance-hours"]
    parts += [dollars(entry.cost)] if entry.cost is not None else []
    return f"{name}: {', '.join(parts)}."


def _told_luck(seeds) -> list[str]:
    return [f"{name}, {describe_luck(samples)}" for name, samples in seeds.items() if samples]


# The drawing


def _paint(sheet, rows, seeds) -> None:
    """The heading, the axis of seconds, and a row for each run."""
    colours, narrow = sheet.colours, sheet.width < NARROW
    timed = not narrow and any(not isnan(entry.p95) for entry in rows.values())
    heights = [ROW + 28 * narrow + SEEDS * bool(seeds.get(name)) for name in rows]
    sheet.size(TOP + sum(heights) + (40 if timed else 16))
    columns = _columns(sheet, rows, timed)
    frame = _time_frame(sheet, rows, seeds, columns[0].left - 150) if timed else None
    y = TOP
    for place, ((name, entry), height) in enumerate(zip(rows.items(), heights, strict=True)):
        if place:
            sheet.line((24, sheet.width - 24), (y, y), colours.hair, 1)
        middle = y + ROW / 2 + 28 * narrow
        sheet.text(24, y + 28 if narrow else middle + 5.5, name, bold=place == len(rows) - 1)
        if frame and not isnan(entry.p95):
            _draw_times(sheet, frame, middle, entry)
        for column in columns:
            column.draw(sheet, middle, entry)
        if seeds.get(name):
            _draw_seeds(sheet, frame, y + height - SEEDS + 6, seeds[name], columns[0].left)
        y += height


@dataclass(frozen=True)
class Column:
    """A column of numbers with bars: where it stands, whose value, the largest, in which words and colour."""

    left: float
    width: float
    value: Callable[[Sample], float | None]
    most: float
    shown: Callable[[float], str]
    colour: str

    def draw(self, sheet, middle: float, entry: Sample) -> None:
        """The number of a run, and below it a bar that is as long as the number is large."""
        value = self.value(entry)
        if value is None:
            return
        sheet.text(self.left, middle + 1, self.shown(value), bold=True)
        length = self.width * float(value) / self.most if self.most else 0.0
        sheet.rectangle(
            self.left, middle + 9, max(length, 1.5), 6, radius=3 if length > 6 else 0, fill=self.colour
        )


def _columns(sheet, rows, timed: bool) -> list[Column]:
    """The columns that have something to show, with their headings drawn."""
    colours, entries, narrow = sheet.colours, list(rows.values()), sheet.width < NARROW
    wanted: list[tuple[str, Callable[[Sample], float | None], Callable[[float], str], str]]
    wanted = [("Instance-hours", machine_hours, hours, colours.ok)]
    if any(entry.requests for entry in entries):
        wanted.insert(0, ("Lost", lambda entry: entry.failed, number, colours.fail))
        if narrow:
            wanted.insert(
                0, ("p95", lambda entry: None if isnan(entry.p95) else entry.p95, duration, colours.request)
            )
    if any(entry.cost is not None for entry in entries):
        wanted.append(("Cost", lambda entry: entry.cost, dollars, colours.money))
    names = 24 if narrow else _beside(sheet, rows)
    left = names + (0.5 * (sheet.width - names) if timed else 0)
    wide = (sheet.width - 24 - left) / len(wanted)
    found = []
    for place, (heading, value, shown, colour) in enumerate(wanted):
        most = max((value(entry) or 0 for entry in entries), default=0)
        short = heading == "Instance-hours" and sheet.width_of(heading) > wide - 12
        sheet.text(left + place * wide, 34, "Hours" if short else heading, colours.muted)
        found.append(Column(left + place * wide, wide - 20, value, float(most), shown, colour))
    return found


def _beside(sheet, rows) -> float:
    """How far the names reach from the left."""
    return 48 + max(sheet.width_of(name, bold=True) for name in rows)


def _time_frame(sheet, rows, seeds, right: float) -> Frame:
    """The axis of seconds, shared by all rows."""
    colours = sheet.colours
    slow = [entry.p95 for entry in [*rows.values(), *(s for group in seeds.values() for s in group)]]
    ticks = axes.nice_ticks(max(value for value in slow if not isnan(value)))
    frame = Frame(_beside(sheet, rows), right, TOP, sheet.height - 40, max(ticks), 1)
    sheet.text(frame.left, 34, "Time to the answer", colours.muted)
    for value in ticks:
        x = frame.x(value)
        sheet.line((x, x), (TOP, frame.bottom), colours.hair if value else colours.edge, 1)
        unit = " s" if value == ticks[-1] else ""
        sheet.text(x, frame.bottom + 24, f"{value:.10g}{unit}", colours.muted, anchor="center")
    return frame


def _draw_times(sheet, frame, y, entry: Sample) -> None:
    """p50 and p95 of a run, joined, with their numbers."""
    sheet.line((frame.x(entry.p50), frame.x(entry.p95)), (y, y), sheet.colours.request, 3)
    draw_p50(sheet, frame.x(entry.p50), y, 6)
    draw_p95(sheet, frame.x(entry.p95), y, 8)
    words = f"{duration(entry.p50).removesuffix(' s')} – {duration(entry.p95)}"
    sheet.text(frame.x(entry.p95) + 16, y + 5.5, words)


def _draw_seeds(sheet, frame, y, samples, room: float) -> None:
    """p95 of the same setting with other seeds, as diamonds in a capsule, and the range in words."""
    times = [entry.p95 for entry in samples if not isnan(entry.p95)]
    if times:
        words = f"{len(samples)} seeds: {between(times, duration)}"
    else:
        used = [machine_hours(entry) for entry in samples]
        words = f"{len(samples)} seeds, instance-hours: {between(used, hours)}"
    x = 24
    if frame and times:
        left, right = frame.x(min(times)) - 10, frame.x(max(times)) + 10
        style = {"fill": sheet.colours.request_tint, "edge": sheet.colours.request, "line": 1.5}
        sheet.rectangle(left, y - 9, right - left, 18, radius=9, **style)
        for value in times:
            draw_p95(sheet, frame.x(value), y, 5)
        wide = sheet.width_of(words)
        x = right + 8 if right + wide + 16 < room else max(8, left - wide - 8)
    sheet.text(x, y + 5.5, words, sheet.colours.muted)
