"""What the charts over time share: scales, ticks, a clock below, values at the left, names at the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, fsum, log10

from cloudlab.kernel.record import Record, Series
from cloudlab.views.predict import prediction
from cloudlab.views.sheet import Sheet
from cloudlab.views.words import DAY, LONG, clock

TIMES = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    14_400,
    21_600,
    43_200,
    86_400,
)
"""Distances between two ticks of a clock (s)."""

LINE = 22
"""Distance between two base lines of text (px)."""

LETTERS, HALF = 9, 1.25
"""What letters need below their middle, and a line below its own (px).

So far above the axis a name or a line ends at least: what was not played yet is covered down to the axis.
"""


@dataclass(frozen=True)
class Frame:
    """A plot's place on a sheet (px), the length of its time axis (s) and the top of its values."""

    left: float
    right: float
    top: float
    bottom: float
    end: float
    high: float

    def x(self, time: float) -> float:
        """Where `time` (s) lies."""
        return self.left + (self.right - self.left) * (time / self.end if self.end else 0.0)

    def y(self, value: float) -> float:
        """Where `value` lies; what is larger than the top lies there."""
        share = min(1.0, value / self.high) if self.high else 0.0
        return self.bottom - (self.bottom - self.top) * share

    def plot(self, sheet: Sheet, above: float = 0.0) -> dict:
        """The frame for the browser's cursor (see `picture.Picture`), and where what was not played yet is hidden.

        A name or a peg at the top of the plot reaches out of it; `above` is the y where what stands above it begins.
        """
        return {
            "left": self.left / sheet.width,
            "right": self.right / sheet.width,
            "top": self.top / sheet.height,
            "bottom": self.bottom / sheet.height,
            "from": 0.0,
            "to": self.end,
            "veils": [[(above or self.top - LINE / 2) / sheet.height, self.bottom / sheet.height]],
        }

    def steps(self, times: Sequence[float], values: Sequence[float]) -> tuple[list[float], list[float]]:
        """A line with steps: `values` from each of `times` on, the last one to the end."""
        xs: list[float] = []
        ys: list[float] = []
        for time, value in zip(times, values, strict=True):
            if time > self.end:
                break
            if ys:
                xs.append(self.x(time))
                ys.append(ys[-1])
            xs.append(self.x(time))
            ys.append(min(self.y(value), self.bottom - HALF))
        if xs:
            xs.append(self.right)
            ys.append(ys[-1])
        return xs, ys


def draw_time(sheet: Sheet, frame: Frame) -> None:
    """The clock below the plot."""
    colours = sheet.colours
    sheet.line((frame.left, frame.right), (frame.bottom, frame.bottom), colours.edge, 1)
    widest = sheet.width_of(tick_label(frame.end, frame.end)) + 24
    room = max(1, (frame.right - frame.left) // widest)
    step = next((step for step in TIMES if frame.end / step <= room), DAY * ceil(frame.end / DAY / room))
    ticks = [index * step for index in range(floor(frame.end / step + 1e-9) + 1)]
    if len(ticks) == 1:  # a narrow plot: without a second moment nobody could read it
        step = max((one for one in TIMES if one <= frame.end), default=frame.end)
        last = step * floor(frame.end / step) if step else 0
        ticks += [last] if frame.x(last) - frame.left >= LINE else []
    labels = [tick_label(time, frame.end) for time in ticks]
    labels[-1] += " h" if LONG <= frame.end <= DAY else ""
    wide = [sheet.width_of(label) for label in labels]
    tight = len(ticks) == 2 and frame.x(ticks[1]) - frame.x(0) < fsum(wide) / 2 + 8
    for place, (time, label) in enumerate(zip(ticks, labels, strict=True)):
        x, anchor = frame.x(time), "center"
        sheet.line((x, x), (frame.bottom, frame.bottom + 5), colours.edge, 1)
        if tight:
            x, anchor = (x - 8, "left") if place else (x + 8, "right")
        elif x + wide[place] / 2 > sheet.width - 8:
            x, anchor = sheet.width - 8, "right"
        sheet.text(x, frame.bottom + 24, label, colours.muted, anchor=anchor)


def tick_label(time: float, end: float) -> str:
    """A moment on the clock: 2:05, or day 3 in a run of several days."""
    if end > DAY:
        return (
            clock(time, end).split(",")[0] if time % DAY == 0 else clock(time % DAY, DAY).removesuffix(" h")
        )
    return clock(time, end).removesuffix(" h")


def draw_values(sheet: Sheet, frame: Frame, ticks: list[float], shown=lambda value: f"{value:,.10g}") -> None:
    """Hairlines at `ticks` with their values at the left."""
    for value in ticks:
        y = frame.y(value)
        if value:
            sheet.line((frame.left, frame.right), (y, y), sheet.colours.hair, 1)
        sheet.text(frame.left - 10, y + 5.5, shown(value), sheet.colours.muted, anchor="right")


def nice_ticks(high: float, about: int = 4, whole: bool = False) -> list[float]:
    """Round values from 0 to at least `high`.

    >>> nice_ticks(9, whole=True), nice_ticks(0.62), nice_ticks(0)
    ([0, 3, 6, 9], [0.0, 0.2, 0.4, 0.6000000000000001, 0.8], [0.0, 1.0])
    """
    if high <= 0:
        return [0, 1] if whole else [0.0, 1.0]
    size = 10.0 ** floor(log10(high / about))
    step = next(
        factor * size for factor in (1, 2, 2.5, 3, 5, 10, 20) if high / (factor * size) <= about + 0.01
    )
    if whole:
        step = max(1, ceil(step))
    return [index * step for index in range(ceil(high / step - 1e-9) + 1)]


@dataclass(frozen=True)
class End:
    """The name of a line at its end: where it wants to stand, its words and colour."""

    y: float
    words: str
    colour: str
    bold: bool = False
    peg: bool = False


def peg_end(y: float, prediction: tuple[str, float], shown: Callable[[float], str], colour: str) -> End:
    """The name of a prediction (see `predicted`), with its peg at height `y`."""
    words, value = prediction
    return End(y, f"{words} {shown(value)}", colour, bold=True, peg=True)


def room_for(sheet: Sheet, ends: list[End]) -> float:
    """How many pixels the names at the right need."""
    pegs = 18 if any(end.peg for end in ends) else 0
    return max((sheet.width_of(end.words, bold=end.bold) for end in ends), default=0) + 28 + pegs


def draw_ends(sheet: Sheet, frame: Frame, ends: list[End]) -> None:
    """Names at the ends of lines, moved apart where they would touch."""
    x = frame.right + (30 if any(end.peg for end in ends) else 12)
    order = sorted(ends, key=lambda end: end.y)
    places = spread([end.y for end in order], LINE, frame.top, frame.bottom - LETTERS)
    for end, y in zip(order, places, strict=True):
        if end.peg:
            draw_peg(sheet, frame.right + 2, end.y, "left")
        sheet.text(x, y + 5.5, end.words, end.colour, bold=end.bold)


def spread(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Sorted places moved as little as needed to be `gap` apart and between `low` and `high`.

    >>> spread([10, 12, 60], 20, 0, 100)
    [1.0, 21.0, 60.0]
    >>> spread([10, 95, 99], 20, 0, 100)
    [10.0, 80, 100]
    """
    groups: list[list[float]] = []  # each: [sum of wishes for its first place, how many]
    for place in places:
        groups.append([place, 1])
        while len(groups) > 1 and _start(groups[-2]) + gap * groups[-2][1] > _start(groups[-1]):
            wish, amount = groups.pop()
            groups[-1][0] += wish - gap * groups[-1][1] * amount
            groups[-1][1] += amount
    found = [float(_start(group) + gap * index) for group in groups for index in range(int(group[1]))]
    last = len(found) - 1
    found = [min(place, high - gap * (last - index)) for index, place in enumerate(found)]
    return [max(place, low + gap * index) for index, place in enumerate(found)]


def _start(group: list[float]) -> float:
    return group[0] / group[1]


def draw_peg(sheet: Sheet, x: float, y: float, towards: str) -> None:
    """The hollow blue peg of a prediction, its point at (x, y)."""
    shapes = {
        "up": ((0, 0), (9, 10), (9, 22), (-9, 22), (-9, 10)),
        "left": ((0, 0), (8, -7), (20, -7), (20, 7), (8, 7)),
    }
    points = tuple((x + across, y + down) for across, down in shapes[towards])
    sheet.polygon(points, fill=sheet.colours.ground, edge=sheet.colours.request_text, line=2)


def predicted(given) -> tuple[str, float] | None:
    """What was predicted: (words, number), or None.

    `given` is the key of a prediction, a pair, a number, or a function that gives one of them now. What
    was predicted in words can't be drawn.
    """
    if isinstance(given, str):
        given = prediction(given)
    elif callable(given):
        given = given()
    words, value = given if isinstance(given, (tuple, list)) else ("", given)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (words or "you predicted", float(value)) if number else None


def at_or_end(record: Record, at: float | None) -> float:
    """The moment to show: `at` within the run, or its end."""
    return record.end if at is None else max(0.0, min(float(at), record.end))


def together(*found: Series) -> tuple[list[float], list[list[float]]]:
    """All moments at which any of the series changes, and the values of each at them."""
    times = sorted({time for series in found for time in series.times})
    return times, [[series.at(time) for time in times] for series in found]
