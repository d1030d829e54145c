"""Instances as tiles: which ones a group has at a moment, in which state, and how each looks.

A tile says its state three times: by letter, by shape and by colour.

    S  in service   solid; with a ring as long as its application still boots
    P  pending      hatch that rises from below, and a ring
    T  terminating  dashed
    ✕  failed       killed, crashed or answering with errors
"""

from dataclasses import dataclass
from math import inf

from cloudlab.kernel.record import Record, State
from cloudlab.views.kinds.group import places
from cloudlab.views.theme import COUNT, LETTER

DEAD = ("killed", "terminated", "crashed", "failing")


@dataclass(frozen=True)
class Tile:
    """An instance at a moment: its part, name, letter, and how much of its start is done (0 to 1)."""

    part: int
    name: str
    letter: str
    done: float = 1.0


@dataclass(frozen=True)
class Loss:
    """An instance that was killed: when, its place in the row then, and the name of its stand-in or ''."""

    name: str
    time: float
    place: int
    stand_in: str


def tiles(record: Record, group: int, now: float) -> list[Tile]:
    """The instances of a group at `now`, those that count first; a stand-in takes the lost one's place."""
    cells = places(record, group)
    shown = []
    for part in sorted(cells, key=lambda part: (cells[part], part)):
        tile = _tile(record, part, now)
        if tile is not None:
            shown.append(tile)
    return sorted(shown, key=lambda tile: tile.letter == "T")


def losses(record: Record, group: int, now: float) -> list[Loss]:
    """The instances of a group that were killed up to `now`, in order of time."""
    found, cells = [], places(record, group)
    for entry in record.states:
        if (
            entry.aspect == "application"
            and entry.state == "killed"
            and entry.time <= now
            and entry.part in cells
        ):
            later = (p for p in cells if record.parts[p].born >= entry.time and cells[p] == cells[entry.part])
            stand_in = next((record.parts[p].name for p in later if record.parts[p].born <= now), "")
            found.append(Loss(record.parts[entry.part].name, entry.time, cells[entry.part], stand_in))
    return found


def _tile(record: Record, part: int, now: float) -> Tile | None:
    name, life = record.parts[part].name, record.state(part, now)
    application = record.state(part, now, "application")
    if life is None or life.state == "Terminated":
        return None
    if life.state == "Terminating":
        return Tile(part, name, "T")
    if application is not None and application.state in DEAD:
        return Tile(part, name, "✕")
    if life.state == "Pending":
        return Tile(part, name, "P", _done(life, now))
    if application is not None and application.state == "booting":
        return Tile(part, name, "S", _done(application, now))
    return Tile(part, name, "S")


def _done(state: State, now: float) -> float:
    length = state.until - state.time
    return min(1.0, (now - state.time) / length) if 0 < length < inf else 0.0


def draw_tile(sheet, x: float, y: float, size: float, tile: Tile) -> None:
    """A tile with its top left corner at (x, y). From 46 px on it has a name, from 18 px on a letter."""
    colours, radius = sheet.colours, 10 * size / 64
    named = size >= 46 and sheet.width_of(tile.name) <= size - 4
    if tile.letter == "P":
        _draw_pending(sheet, x, y, size, tile.done, named)
    elif tile.letter == "S" and tile.done < 1:
        sheet.rectangle(x, y, size, size, radius=radius, fill=colours.ok_tint, edge=colours.ok, line=2)
    elif tile.letter == "S":
        sheet.rectangle(x, y, size, size, radius=radius, fill=colours.ok)
    elif tile.letter == "T":
        sheet.rectangle(
            x + 1, y + 1, size - 2, size - 2, radius=radius, edge=colours.edge, line=2, dash=(5, 4)
        )
    else:
        sheet.rectangle(x, y, size, size, radius=radius, fill=colours.fail_tint, edge=colours.fail, line=2)
    ink = {"S": colours.on_ok if tile.done == 1 else colours.ink, "T": colours.muted}.get(
        tile.letter, colours.ink
    )
    _draw_words(sheet, x + size / 2, y, size, tile, named, ink)


def _draw_pending(sheet, x, y, size, done, named) -> None:
    colours, radius = sheet.colours, 10 * size / 64
    sheet.rectangle(x, y, size, size, radius=radius, fill=colours.boot_tint)
    height = max(0.06, done) * size
    corners = (max(0.0, radius - (size - height)), radius)
    sheet.rectangle(x, y + size - height, size, height, radius=corners, hatch=colours.boot)
    sheet.line((x + 1, x + size - 1), (y + size - height,) * 2, colours.boot_edge, 1.5)
    if named:
        sheet.rectangle(x + 6, y + size * 0.65, size - 12, size * 0.28, radius=6, fill=colours.boot_tint)
    sheet.rectangle(x, y, size, size, radius=radius, edge=colours.boot_edge, line=2)


def _draw_words(sheet, middle, y, size, tile, named, ink) -> None:
    """Letter, ring and name of a tile."""
    colours = sheet.colours
    line = y + size * ((0.36 if size >= 56 else 0.3) if named else 0.5)
    if tile.letter == "✕":
        sheet.cross(middle, line, half=size * 0.14, width=3.2)
    elif size >= 18:
        ring = tile.done < 1 and size >= (56 if named else 36)
        if ring:
            colour = colours.boot_edge if tile.letter == "P" else colours.ok
            sheet.disc(middle, line, 15, fill=colours.boot_tint if tile.letter == "P" else colours.ok_tint)
            sheet.arc(middle, line, 13.5, 1.0, colours.hair, 3.5)
            sheet.arc(middle, line, 13.5, tile.done, colour, 3.5)
        letter = LETTER if ring or size < 36 else COUNT if size >= 56 or not named else LETTER + 2
        sheet.text(middle, line + 0.36 * letter, tile.letter, ink, size=letter, bold=True, anchor="center")
    if named:
        sheet.text(middle, y + size * (0.86 if size >= 56 else 0.88), tile.name, ink, anchor="center")
