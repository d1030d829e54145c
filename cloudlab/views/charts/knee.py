"""The knee: how long a request takes, in service times, against how busy the servers are.

One server with chance arrivals and chance work needs 1 / (1 − busy) service times on average: 2 at 50 %,
5 at 80 %, 10 at 90 %, 100 at 99 %. Four servers that share one line stay low for longer. Dots are runs;
in a panel the earlier runs stay as small dots. Read `alone`, `pooled` and `point` first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import factorial, fsum

from cloudlab.kernel import measures, summary, work
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import fitted, must_be_runs
from cloudlab.views.picture import Picture
from cloudlab.views.words import number

HEIGHT, TOP, FOOT = 360, 58, 66
"""The picture's height, and the room above and below its frame (px)."""

HEADS = ["busy, %", "time in system, service times"]
"""The heads of the table in which a picture keeps its runs."""

POOL, ONE, NARROW, NAMES = 4, "one server: 1 / (1 − busy)", 720, 0.44
"""Servers that share the second curve's line; the first one's name; up to which width names stand above (px).

Beside that the busy share up to which the names of settings reach, above the curve.
"""

STEEP = 0.85
"""The busy share from which on one percent more changes the formula's answer by 7 % and more."""


@dataclass(frozen=True)
class Dot:
    """What runs gave: busy share (0 to 1), mean time in service times, lowest and highest, how many runs."""

    busy: float
    times: float
    low: float
    high: float
    runs: int = 1


def alone(busy: float) -> float:
    """Mean time in system of one server, in service times, chance arrivals and chance work (M/M/1).

    >>> [round(alone(busy), 1) for busy in (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)]
    [2.0, 3.3, 5.0, 10.0, 20.0, 100.0]
    """
    return 1 / (1 - busy)


def pooled(busy: float, servers: int = POOL) -> float:
    """The same for several servers that share one line (M/M/c, by Erlang's formula).

    >>> round(pooled(0.8), 2), round(pooled(0.8, servers=1), 2)
    (1.75, 5.0)
    """
    offered = servers * busy
    full = offered**servers / factorial(servers) / (1 - busy)
    waits = full / (sum(offered**there / factorial(there) for there in range(servers)) + full)
    return 1 + waits / (servers * (1 - busy))


def point(record: Record) -> tuple[float, float]:
    """(busy share of all slots, mean time in system in service times) of a run, of what was answered well."""
    first, last = 0, len(record.requests)
    took = fsum(sum(piece) for _, piece in summary.times(record, first, last, record.end))
    worked = work.well(record)
    if not worked:
        raise InvalidParameter("knee draws answered requests, but this run has none: give it some traffic.")
    return measures.utilisation(record, record.end)[0], took / worked


def knee(runs, *, picture=None, prediction=None, alone=True):
    """Time in system against the busy share, with the formula as a line; returns a `Picture`.

    `runs` is a record, or maps names to records or to several records of one setting, such as twenty
    seeds; those become a dot at their mean with a bar from the lowest to the highest. `prediction` is a
    predicted time in service times: a pair (words, number), a number, or the key of a prediction.
    """
    must_be_runs(runs)
    picture = Picture() if picture is None else picture
    named = {} if isinstance(runs, Record) else {name: _dot(some) for name, some in runs.items()}
    now = None if named else _dot(runs)
    earlier = _kept(picture)
    if now:
        mine = (100 * now.busy, now.times)
        earlier = [pair for pair in earlier if _row(pair) != _row(mine)]
        table = [HEADS, *map(_row, [*earlier, mine])]
    else:
        rows = [_named_row(name, dot) for name, dot in named.items()]
        table = [["runs", *HEADS, "lowest and highest"], *rows]

    def paint(sheet):
        return _paint(sheet, now, named, earlier, axes.predicted(prediction))

    caption, note = finding(now, named), _note(now, named)
    return picture.show(paint, caption=caption, description=note, table=table, details=alone)


def _dot(runs) -> Dot:
    records: Iterable[Record] = [runs] if isinstance(runs, Record) else runs
    found = [point(record) for record in records]
    times = [each for _, each in found]
    busy = sum(share for share, _ in found) / len(found)
    return Dot(busy, sum(times) / len(times), min(times), max(times), len(found))


def _kept(picture: Picture) -> list[tuple[float, float]]:
    """The earlier runs of a picture: (busy in %, service times), from its own table."""
    rows = picture.table
    return [(float(busy), float(times)) for busy, times in rows[1:]] if rows and rows[0] == HEADS else []


def _row(pair) -> list[str]:
    return [f"{pair[0]:.1f}", f"{pair[1]:.2f}"]


def _named_row(name: str, dot: Dot) -> list[str]:
    return [name, *_row((100 * dot.busy, dot.times)), f"{dot.low:.2f} to {dot.high:.2f}"]


# The words


def finding(now: Dot | None, named: Mapping[str, Dot]) -> str:
    """What the picture shows, in one line."""
    if now:
        takes = f"a request takes {number(now.times)} service times on average"
        told = _in_percent(now.busy)
        words = f"Busy for {told} %, {takes}"
        return f"{words}; the formula says {number(alone(float(told) / 100))}" if float(told) < 100 else words
    (first, one), *_, (last, other) = [*named.items()] * (2 if len(named) == 1 else 1)
    if first == last:
        return f"{first}: {number(one.times)} service times, {_between(one)}"
    return f"From {number(one.times)} service times ({first}) to {number(other.times)} ({last}), on average"


def _in_percent(busy: float) -> str:
    """A busy share as it is told: with a decimal where the curve is steep, so that the formula can be done by hand.

    >>> _in_percent(0.496), _in_percent(0.8946), _in_percent(0.9825)
    ('50', '89.5', '98.2')
    """
    return f"{100 * busy:.{1 if busy > STEEP else 0}f}"


def _between(dot: Dot) -> str:
    if dot.runs == 1:
        return "in one run"
    return f"from {number(dot.low)} to {number(dot.high)} in {dot.runs} runs"


def _note(now: Dot | None, named: Mapping[str, Dot]) -> str:
    lines = (
        "The upper line is 1 / (1 − busy), for one server: 2 at 50 %, 5 at 80 %, 10 at 90 %, 20 at 95 %, "
        f"100 at 99 %. The lower line is for {POOL} servers with one line: {number(pooled(0.8))} at 80 %."
    )
    shown = named or ({} if now is None else {"This run": now})
    dots = [
        f"{name}: {number(dot.times)} service times at {_in_percent(dot.busy)} % busy, {_between(dot)}."
        for name, dot in shown.items()
    ]
    return " ".join([lines, *dots])


# The drawing


def _paint(sheet, now, named, earlier, guess) -> None:
    colours = sheet.colours
    sheet.size(HEIGHT)
    dots = [now] if now else list(named.values())
    tops = [dot.high for dot in dots] + [times for _, times in earlier] + ([guess[1]] if guess else [])
    above = 1.25 * now.times if now else 0.0  # the dot's number stays below the first curve's name
    ticks = axes.nice_ticks(max(above, 1.08 * max(8.0 if named else 20.0, *tops)), about=4, whole=True)
    frame = Frame(60, sheet.width, TOP, HEIGHT - FOOT, 100.0, max(ticks))
    above = [f"{name} {number(dot.times)}" for name, dot in _from_the_top(named)]
    frame, ends = _with_names(sheet, frame, guess, len(above))
    title = "Mean time in system, in service times"
    fits = 16 + sheet.width_of(title) < sheet.width
    sheet.text(16, 28, title if fits else "Mean, in service times", colours.muted)
    axes.draw_values(sheet, frame, ticks)
    _draw_busy_axis(sheet, frame)
    _draw_curve(sheet, frame, pooled, colours.edge, (7, 5))
    x = _draw_curve(sheet, frame, alone, colours.ink, None)
    if sheet.width >= NARROW:
        sheet.text(x - 14, frame.top + 16, ONE, bold=True, anchor="right")
        axes.draw_ends(sheet, frame, ends)
    else:
        _draw_names_above(sheet, guess, above)
    for busy, times in earlier:
        sheet.disc(frame.x(busy), frame.y(times), 4.5, fill=colours.wait, edge=colours.wait_edge)
    if now:
        _draw_now(sheet, frame, now)
    _draw_named(sheet, frame, named)


def _from_the_top(named: Mapping[str, Dot]) -> list[tuple[str, Dot]]:
    """The settings in the order in which their dots stand."""
    return sorted(named.items(), key=lambda entry: -entry[1].times)


def _with_names(sheet, frame, guess, settings: int) -> tuple[Frame, list[End]]:
    """The frame with room for the names at its right; on a narrow picture with room for them above."""
    if sheet.width < NARROW:
        room = 20 + 23 * max(2, 2 + bool(guess) + settings)
        sheet.size(HEIGHT + room)
        return replace(frame, right=sheet.width - 28, top=TOP + room, bottom=frame.bottom + room), []
    colours = sheet.colours
    ends = [End(frame.top, f"{POOL} servers,", colours.muted), End(frame.top + 22, "one line", colours.muted)]
    if guess:
        ends.append(axes.peg_end(frame.y(guess[1]), guess, number, colours.request_text))
    return replace(frame, right=sheet.width - axes.room_for(sheet, ends)), ends


def _draw_names_above(sheet, guess, settings: list[str]) -> None:
    """On a narrow picture: what the two lines are, what was predicted, and the settings, as their dots stand."""
    colours = sheet.colours
    sheet.line((16, 40), (51, 51), colours.ink, 2.5)
    sheet.text(52, 56, ONE, bold=True)
    sheet.line((16, 40), (74, 74), colours.edge, 2.5, dash=(7, 5))
    sheet.text(52, 79, f"{POOL} servers, one line", colours.muted)
    if guess:
        sheet.text(52, 102, f"{guess[0]} {number(guess[1])}", colours.request_text, bold=True)
    for place, words in enumerate(settings):
        y = 79 + 23 * (1 + bool(guess) + place)
        sheet.disc(28, y - 5, 6.5, fill=colours.request, edge=colours.ground, line=1.5)
        sheet.text(42, y, fitted(sheet, words, sheet.width - 50))


def _draw_curve(sheet, frame, curve, colour, dash) -> float:
    """A formula as a line, as far as the frame reaches; returns where it leaves the frame (px)."""
    shares = [step / 400 for step in range(400)]
    shown = [share for share in shares if curve(share) <= frame.high]
    low, high = shown[-1], 1 - 1e-9
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if curve(middle) <= frame.high else (low, middle)
    xs = [frame.x(100 * share) for share in [*shown, low]]
    sheet.line(xs, [frame.y(curve(share)) for share in [*shown, low]], colour, 2.5, dash=dash)
    return xs[-1]


def _draw_busy_axis(sheet, frame) -> None:
    colours = sheet.colours
    sheet.line((frame.left, frame.right), (frame.bottom, frame.bottom), colours.edge, 1)
    wide = frame.right - frame.left > 480
    for value in (0, 25, 50, 70, 80, 90, 95, 100) if wide else (0, 50, 80, 100):
        x = frame.x(value)
        sheet.line((x, x), (frame.bottom, frame.bottom + 5), colours.edge, 1)
        if value in (80, 95) and frame.x(100) - frame.x(value) < 40:  # no room beside the last
            continue
        label = f"{value} %" if value == 100 else str(value)
        sheet.text(x, frame.bottom + 24, label, colours.muted, anchor="center")
    words = "busy, share of the time" if wide else "busy"
    sheet.text((frame.left + frame.right) / 2, frame.bottom + 48, words, colours.muted, anchor="center")


def _draw_now(sheet, frame, dot: Dot) -> None:
    """The run of the moment: a large dot with a thread to both axes, and its number."""
    colours, x, y = sheet.colours, frame.x(100 * dot.busy), frame.y(dot.times)
    sheet.line((frame.left, x), (y, y), colours.request, 1.5, dash=(3, 4))
    sheet.line((x, x), (y, frame.bottom), colours.request, 1.5, dash=(3, 4))
    sheet.disc(x, y, 9, fill=colours.request, edge=colours.ground, line=2)
    words = f"{number(dot.times)} at {_in_percent(dot.busy)} %"
    left = max(frame.left + 8, x - 18 - sheet.width_of(words, bold=True))
    sheet.text(left, y - 10, words, colours.request_text, bold=True)


def _draw_named(sheet, frame, named: Mapping[str, Dot]) -> None:
    """Settings as dots with bars from lowest to highest; their names above the curve, with a thread to each."""
    colours = sheet.colours
    order = _from_the_top(named)
    edge = frame.left + (frame.right - frame.left) * NAMES
    free = frame.y(alone(NAMES)) - 20
    lowest = max(free, frame.top + 30 + 24 * (len(order) - 1))
    places = axes.spread([frame.y(dot.times) for _, dot in order], 24, frame.top + 30, lowest)
    for place, ((name, dot), y) in enumerate(zip(order, places, strict=True)):
        x, at = frame.x(100 * dot.busy) - 2 * (len(order) - 1) + 4 * place, frame.y(dot.times)
        sheet.line((x, x), (frame.y(dot.low), frame.y(dot.high)), colours.request, 3)
        if sheet.width >= NARROW:
            sheet.line((edge + 8, x - 8), (y, at), colours.wire, 1)
            sheet.text(edge, y + 5.5, f"{name} {number(dot.times)}", bold=True, anchor="right")
        sheet.disc(x, at, 6.5, fill=colours.request, edge=colours.ground, line=1.5)
