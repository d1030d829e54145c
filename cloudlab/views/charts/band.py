"""The elastic band: a group at one moment, on a ruler from 0 to 12.

The band reaches from minimum to maximum; the flag stands at desired; tile n fills cell n. The group
always restores what the flag says. Who asks for more than the maximum stretches a spring, and the flag
stays inside the band.
"""

from math import exp, pi, sin

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Ask, Record
from cloudlab.views import axes
from cloudlab.views.charts.common import first_group, fitted, show
from cloudlab.views.charts.levels import group_series
from cloudlab.views.charts.tiles import Loss, draw_tile, losses, tiles
from cloudlab.views.theme import COUNT
from cloudlab.views.words import clock, count, listed, number

RULER, FLAG, ROW = 202, 74, 108
"""Where the ruler, the flag and the row of tiles lie (px)."""


@checked()
def band(record: Record, *, picture=None, prediction=None, at=None, alone=True):
    """A group at the moment `at` (s; the end unless given); returns a `Picture`.

    `prediction` is a pair (words, number), a number, or a function that gives one: a hollow blue peg.
    """
    group = first_group(record)
    if group is None:
        raise InvalidParameter("band draws a group, but this run has none: choose another picture.")
    now = axes.at_or_end(record, at)
    low, high, wish = (series.at(now) for series in group_series(record, group)[:3])
    shown, lost = tiles(record, group, now), losses(record, group, now)
    any_loss = bool(losses(record, group, record.end))  # so that the height stays the same at every moment
    asks = [ask for ask in record.asks if ask.part == group and ask.time <= now]
    clipped = asks[-1] if asks and asks[-1].asked != asks[-1].granted else None

    def paint(sheet):
        guess = axes.predicted(prediction)
        drop = 30 if not guess else 86 if guess[1] in (low, high) else 62
        sheet.size(RULER + (drop + 92 if any_loss else drop + 36))
        ruler = Ruler(sheet, max(12, high, len(shown), *(loss.place + 1 for loss in lost), 0))
        sheet.text(24, 38, f"Group {record.parts[group].name}", bold=True)
        after = 24 + sheet.width_of(f"Group {record.parts[group].name}", bold=True) + 14
        sheet.text(after, 38, fitted(sheet, _there(shown), sheet.width - after - 4), sheet.colours.muted)
        _draw_band(sheet, ruler, low, high)
        for place, tile in enumerate(shown):
            draw_tile(sheet, ruler.x(place + 0.5) - ruler.tile / 2, ROW + 64 - ruler.tile, ruler.tile, tile)
        _draw_flag(sheet, ruler, wish, clipped, after + sheet.width_of(_there(shown)))
        if guess:
            _draw_prediction(sheet, ruler, *guess, below=guess[1] in (low, high))
        if lost:
            _draw_loss(sheet, ruler, lost[-1], record, drop)

    caption = f"At {clock(now, record.end)}, {_caption(shown, wish, clipped)}"
    note = _note(record, group, shown, lost, low, high, wish)
    return show(picture, paint, caption=caption, note=note, record=record, alone=alone, prediction=prediction)


class Ruler:
    """The number line of `cells` cells on a sheet: where a number stands, and how large a tile may be."""

    def __init__(self, sheet, cells: float):
        self.cells = int(cells)
        self.left = 64 if sheet.width >= 720 else 28
        self.right = sheet.width - (100 if sheet.width >= 720 else 56)
        self.pitch = (self.right - self.left) / self.cells
        self.tile = min(64.0, 0.87 * self.pitch)

    def x(self, value: float) -> float:
        """Where `value` stands (px)."""
        return self.left + self.pitch * value


# The words


def _there(shown) -> str:
    names = {"S": "in service", "P": "pending", "T": "terminating", "✕": "lost"}
    amounts = [(sum(tile.letter == letter for tile in shown), name) for letter, name in names.items()]
    starting = sum(tile.letter == "S" and tile.done < 1 for tile in shown)
    words = [f"{number(amount)} {name}" for amount, name in amounts if amount or name == "in service"]
    words[0] += f" ({number(starting)} still booting)" if starting else ""
    return ", ".join(words)


def at_end(record: Record) -> str:
    """What the picture shows of the first group at the end of the run, in one line."""
    group = first_group(record)
    return "" if group is None else finding(record, group, record.end)


def finding(record: Record, group: int, now: float) -> str:
    """What a group has at `now` (s), in one line."""
    wish = record.series[group, "GroupDesiredCapacity"].at(now)
    asks = [ask for ask in record.asks if ask.part == group and ask.time <= now]
    clipped = asks[-1] if asks and asks[-1].asked != asks[-1].granted == wish else None
    return f"At {clock(now, record.end)}, {_caption(tiles(record, group, now), wish, clipped)}"


def _caption(shown, wish: float, clipped: Ask | None) -> str:
    there, pending = (sum(tile.letter == letter for tile in shown) for letter in "SP")
    if there == wish:
        words = (
            "the one desired instance is in service"
            if wish == 1
            else f"all {number(wish)} desired are in service"
        )
        words = "nothing is desired, and nothing is there" if wish == 0 else words
    else:
        words = f"{number(there)} of {number(wish)} desired are in service"
        words += f", {number(pending)} {'is' if pending == 1 else 'are'} on the way" if pending else ""
    if clipped:
        limit = "maximum" if clipped.asked > clipped.granted else "minimum"
        words += f": the {limit} clips the ask for {clipped.asked}"
    return words


def _note(record, group, shown, lost, low, high, wish) -> str:
    name = record.parts[group].name
    reach = f"The band of group {name} reaches from minimum {number(low)} to maximum {number(high)}"
    sentences = [f"{reach}, and the flag of desired stands at {number(wish)}."]
    for letter, name in (
        ("S", "In service"),
        ("P", "Pending"),
        ("T", "Terminating"),
        ("✕", "Lost, not yet noticed"),
    ):
        names = [tile.name for tile in shown if tile.letter == letter]
        if names:
            sentences.append(f"{name}: {listed(names)}.")
    for loss in lost[-2:]:
        place = f"; {loss.stand_in} takes its place" if loss.stand_in else ""
        sentences.append(f"{loss.name} was killed at {clock(loss.time, record.end)}{place}.")
    if len(lost) > 2:
        sentences.append(f"{count(len(lost), 'instance')} were killed in all.")
    return " ".join(sentences)


# The drawing


def _draw_band(sheet, ruler, low, high) -> None:
    """The number line, the band on it, and its two handles."""
    colours, every = sheet.colours, 1 if ruler.pitch >= 34 else 2 if ruler.pitch >= 17 else 5
    sheet.line((ruler.x(0), ruler.x(ruler.cells)), (RULER, RULER), colours.wire, 1.5)
    width = max(ruler.x(high) - ruler.x(low), 1)
    sheet.rectangle(
        ruler.x(low), RULER - 17, width, 34, radius=8, fill=colours.hair, edge=colours.edge, line=1.75
    )
    handle = 34 if ruler.pitch >= 44 else 28
    for value in range(ruler.cells + 1):
        near = min(abs(value - low), abs(value - high)) * ruler.pitch
        if value % every or near < handle / 2 + 12:
            continue
        if not low < value < high:
            sheet.disc(ruler.x(value), RULER, 14, fill=colours.ground)
        colour = colours.ink if low < value < high else colours.muted
        sheet.text(ruler.x(value), RULER + 5.5, str(value), colour, anchor="center")
    apart = 0 if low < high else handle * 0.52
    for value, name, shift in ((low, "min", -apart), (high, "max", apart)):
        x = ruler.x(value) + shift
        sheet.rectangle(x - handle / 2, RULER - 21, handle, 42, radius=9, fill=colours.slate)
        sheet.text(x, RULER + 7, number(value), colours.on_slate, size=COUNT, bold=True, anchor="center")
        sheet.text(x, RULER + 47, name, bold=True, anchor="center")


def _draw_flag(sheet, ruler, wish, clipped, used: float) -> None:
    """The flag at desired, and a spring to the number that was asked for and not granted."""
    colours, x = sheet.colours, ruler.x(wish)
    words = f"desired {number(wish)}"
    wide = sheet.width_of(words, bold=True) + 22
    room = 46 if clipped else 0
    side = 1 if x + wide + 10 + room <= sheet.width - 12 else -1
    y, tip = FLAG, x + side * (wide + 10)
    sheet.line((x, x), (y - 14, RULER - 21), colours.slate, 3)
    edge = x + side * wide
    sheet.polygon(((x, y - 16), (edge, y - 16), (tip, y), (edge, y + 16), (x, y + 16)), fill=colours.slate)
    left = x + 11 if side > 0 else x - wide + 11
    sheet.text(left, y + 5.5, words, colours.on_slate, bold=True)
    if clipped:
        _draw_wish(sheet, ruler, clipped, (tip if side > 0 else x, x if side > 0 else tip), used)


def _draw_wish(sheet, ruler, clipped: Ask, ends: tuple[float, float], used: float) -> None:
    """A spring to the number that was asked for, right or left of the flag (whose `ends` are given)."""
    colours, y, more = sheet.colours, FLAG, clipped.asked > clipped.granted
    there = ruler.x(min(clipped.asked, ruler.cells + 1))
    box = min(sheet.width - 28, max(there, ends[0] + 60)) if more else max(28, min(there, ends[1] - 60))
    _draw_spring(sheet, ends[0] if more else ends[1], box - 15 if more else box + 15, y)
    sheet.rectangle(
        box - 15, y - 15, 30, 30, radius=8, fill=colours.ground, edge=colours.edge, line=1.75, dash=(4, 3)
    )
    sheet.text(box, y + 5.5, str(clipped.asked), bold=True, anchor="center")
    limit = "the maximum lets it have" if more else "the minimum keeps"
    told = f"{clipped.by} asked for {clipped.asked}, {limit} {clipped.granted}"
    if used + sheet.width_of(told) + 48 < sheet.width:
        sheet.text(sheet.width - 24, 38, told, colours.muted, anchor="right")


def _draw_spring(sheet, start: float, end: float, y: float) -> None:
    """A line that swings less and less between two points."""
    shares = [step / 160 for step in range(161)]
    swings = max(2, min(11, round(abs(end - start) / 17)))
    ys = [y - 8.5 * exp(-2.8 * share) * (1 - share**8) * sin(2 * pi * swings * share) for share in shares]
    sheet.line([start + (end - start) * share for share in shares], ys, sheet.colours.edge, 2)


def _draw_prediction(sheet, ruler, words: str, value: float, below: bool) -> None:
    """A hollow peg below the ruler; `below` the name of a handle where it stands at one."""
    x, y = ruler.x(min(value, ruler.cells)), RULER + (52 if below else 20)
    axes.draw_peg(sheet, x, y, "up")
    told = f"{words} {number(value)}"
    half = sheet.width_of(told, bold=True) / 2
    place = max(12 + half, min(sheet.width - 12 - half, x))
    sheet.text(place, y + 44, told, sheet.colours.request_text, bold=True, anchor="center")


def _draw_loss(sheet, ruler, loss: Loss, record: Record, down: float) -> None:
    """The last lost instance, fallen out of the row, and who takes its place."""
    colours, size, x = sheet.colours, min(50.0, max(28.0, ruler.tile)), ruler.x(loss.place + 0.5)
    y = RULER + 22 + down
    if down == 30:
        sheet.line((x, x), (RULER + 22, y - 6), colours.fail, 2, dash=(2, 5))
    box = {"radius": 9, "turn": 9, "fill": colours.fail_tint, "edge": colours.fail, "line": 2}
    sheet.rectangle(x - size / 2, y, size, size, **box)
    sheet.cross(x, y + size / 2, half=size * 0.18, width=3.2)
    lines = [f"{loss.name}, killed at {clock(loss.time, record.end)}"]
    lines += [f"{loss.stand_in} takes its place"] if loss.stand_in else []
    wide = max(sheet.width_of(line) for line in lines)
    side = -1 if x - size / 2 - 16 - wide >= 12 else 1
    for place, line in enumerate(lines):
        anchor = "right" if side < 0 else "left"
        colour = colours.muted if place else colours.ink
        sheet.text(x + side * (size / 2 + 16), y + size / 2 - 4 + 22 * place, line, colour, anchor=anchor)
