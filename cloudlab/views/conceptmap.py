"""The concept map of the course: a node for each lesson, filled when the lesson is finished, half when it is begun.

A lesson's words name its concept, what it holds, and after which lessons it comes, with the words on the arrow.
Nodes stand in layers, each behind those that it comes after; after five layers the map goes on below, as text does.
Read `drawn` first.
"""

from html import escape

from cloudlab.views.course import Standing
from cloudlab.views.words import count

WIDE, PAD, HIGH, PITCH, TOP = 917, 16, 58, 78, 48
"""Sizes (px): the drawing, its padding, a node, the distance of two rows, the room above for the title."""

ACROSS, BETWEEN = 5, 34
"""Layers that stand side by side, and the room between them and those below (px)."""

LETTER = 8.4
"""Pixels of a letter, of the widest usual ones."""

LEAST_LABEL = 112
"""Pixels between two layers from which on the words on an arrow have room."""


def layers(found: list[Standing]) -> dict[str, int]:
    """In which layer the concept of each lesson stands: one behind the last of those that it comes after."""
    placed: dict[str, int] = {}
    for one in found:
        before = [placed[name] for name in _before(one) if name in placed]
        placed[one.lesson.name] = max(before) + 1 if before else 0
    return placed


def told(found: list[Standing], read: bool = False) -> str:
    """The map in words."""
    names = {one.lesson.name: _concept(one) for one in found}
    ways = [
        f"{names[name]} {words} {_concept(one)}"
        for one in found
        for name, words in _before(one).items()
        if name in names
    ]
    filled = [_concept(one) for one in found if one.finished]
    done = "" if read else f" Filled: {', '.join(filled) or 'none yet'}."
    return f"Map: {', '.join(ways)}.{done}"


def drawn(found: list[Standing], read: bool = False) -> str:
    """The map as HTML: a drawing, and a list where there is little room. One that is `read` is nobody's."""
    placed = layers(found)
    columns = min(max(placed.values()) + 1, ACROSS)
    gap = 150 if columns <= 3 else 24
    width = (WIDE - 2 * PAD - gap * (columns - 1)) / columns
    spots, tops, height = _spots(placed, _passed(found, placed), width, gap)
    ways = "".join(_ways(one, spots, tops[one.lesson.name], width, gap) for one in found)
    nodes = "".join(_node(one, *spots[one.lesson.name], width) for one in found)
    title = "The map" if read else "Your map"
    sums = "" if read else f"{sum(one.finished for one in found)} of {count(len(found), 'concept')} filled"
    text = f'<text x="{PAD}" y="28" class="cloudlab-strong">{title}</text>'
    text += f'<text x="{WIDE - PAD}" y="28" text-anchor="end" class="cloudlab-quiet">{sums}</text>'
    said = escape(told(found, read))
    items = "".join(f'<li data-state="{_state(one)}">{escape(_concept(one))}</li>' for one in found)
    return (
        f'<section class="cloudlab-map"><svg viewBox="0 0 {WIDE} {height:g}" role="img" aria-label="{said}">'
        f'{text}{ways}{nodes}</svg><div class="cloudlab-map-list"><h3>{title}</h3>'
        f"<ul>{items}</ul><p>{said}</p></div></section>"
    )


def _passed(found: list[Standing], placed: dict[str, int]) -> dict[str, dict[str, int]]:
    """Where the arrows from each node pass a layer between its own and their target's: {a name of the spot: layer}.

    A place is kept free for them there, so that no arrow runs behind a node.
    """
    passed: dict[str, dict[str, int]] = {name: {} for name in placed}
    for one in found:
        target = one.lesson.name
        for source in [name for name in _before(one) if name in placed]:
            if placed[source] // ACROSS == placed[target] // ACROSS:
                for layer in range(placed[source] + 1, placed[target]):
                    passed[source][_between(source, target, layer)] = layer
    return passed


def _between(source: str, target: str, layer: int | str) -> str:
    """The name of the spot where this arrow passes a layer."""
    return f"{source} {target} {layer}"


def _spots(
    placed: dict[str, int], passed: dict[str, dict[str, int]], width: float, gap: float
) -> tuple[dict[str, tuple[float, float]], dict[str, float], float]:
    """Where each node stands (px), and each place that an arrow passes, the top of its band, and the drawing's height.

    Band stands below band, and in each the layers side by side.
    """
    spots: dict[str, tuple[float, float]] = {}
    tops: dict[str, float] = {}
    top = float(TOP)
    for band in range(max(placed.values()) // ACROSS + 1):
        here = [name for name, layer in placed.items() if layer // ACROSS == band]
        layers_of = {
            spot: layer for name in here for spot, layer in ({name: placed[name]} | passed[name]).items()
        }
        inside = {spot: layer % ACROSS for spot, layer in layers_of.items()}
        rows = [list(inside.values()).count(column) for column in range(ACROSS)]
        taken = [0] * ACROSS
        for name, column in inside.items():
            y = top + (taken[column] + (max(rows) - rows[column]) / 2) * PITCH
            spots[name] = (PAD + column * (width + gap), y)
            tops[name] = top
            taken[column] += 1
        top += max(rows) * PITCH - (PITCH - HIGH) + BETWEEN
    return spots, tops, top - BETWEEN + PAD


def _ways(one: Standing, spots: dict, top: float, width: float, gap: float) -> str:
    """The arrows that lead to a node; `top` is that of its band."""
    drawn = ""
    target = one.lesson.name
    end_x, end_y = spots[target]
    for name, words in _before(one).items():
        if name not in spots:
            continue
        done = " data-done" if one.finished else ""
        if end_x <= spots[name][0]:  # it stands in the band below
            drawn += _down(spots[name], (end_x, end_y), top, width, done)
            continue
        x, y = spots[name][0] + width, spots[name][1] + HIGH / 2
        to, middle = end_x - 8, end_y + HIGH / 2
        path = f"M{x:g} {y:g}"
        for spot in [each for each in spots if each.startswith(_between(name, target, ""))]:
            place_x, place_y = spots[spot][0], spots[spot][1] + HIGH / 2
            path += _curve(x, y, place_x, place_y) + f"L{place_x + width:g} {place_y:g}"
            x, y = place_x + width, place_y
        half = (x + to) / 2
        drawn += (
            f'<path class="cloudlab-way"{done} d="{path}{_curve(x, y, to, middle)}"/>'
            f'<path class="cloudlab-home-head" d="M{to + 6:g} {middle:g}l-9 -5v10z"/>'
        )
        if gap >= LEAST_LABEL:
            place = (y + middle) / 2 - (8 if y == middle else 0)
            spot = f'x="{half:g}" y="{place + 5:g}" text-anchor="middle"'
            drawn += f'<text {spot} class="cloudlab-on-way">{escape(words)}</text>'
    return drawn


def _curve(x: float, y: float, to: float, end: float) -> str:
    half = (x + to) / 2
    return f"C{half:g} {y:g} {half:g} {end:g} {to:g} {end:g}"


def _down(
    source: tuple[float, float], target: tuple[float, float], top: float, width: float, done: str
) -> str:
    """The arrow from the end of a band to the beginning of the next one, whose `top` may lie above its first node."""
    x, y = source[0] + width / 2, source[1] + HIGH
    to, end = target[0] + width / 2, target[1] - 8
    half = top - BETWEEN / 2  # in the room between the two bands
    return (
        f'<path class="cloudlab-way"{done} d="M{x:g} {y:g}C{x:g} {half:g} {x:g} {half:g} {x - 14:g} {half:g}'
        f'L{to + 14:g} {half:g}C{to:g} {half:g} {to:g} {half:g} {to:g} {end:g}"/>'
        f'<path class="cloudlab-home-head" d="M{to:g} {end + 6:g}l-5 -9h10z"/>'
    )


def _node(one: Standing, x: float, y: float, width: float) -> str:
    middle = f'x="{x + width / 2:g}" text-anchor="middle"'
    holds = escape(_fitting(one.lesson.home["holds"], width - 12))
    box = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{HIGH}" rx="14"/>'
    if _state(one) == "begun":
        done = (width - 28) * one.share
        box += f'<rect x="{x + 14:g}" y="{y + HIGH - 9:g}" width="{done:g}" height="4" rx="2" class="cloudlab-filled"/>'
    return (
        f'<g class="cloudlab-node" data-state="{_state(one)}">{box}'
        f'<text {middle} y="{y + 22:g}" class="cloudlab-strong">{escape(_concept(one))}</text>'
        f'<text {middle} y="{y + 42:g}" class="cloudlab-quiet">{holds}</text></g>'
    )


def _fitting(words: list[str], room: float) -> str:
    """As many of these words, from the first on, as have room in a node (px)."""
    kept = list(words)
    while len(kept) > 1 and LETTER * len(" · ".join(kept)) > room:
        kept.pop()
    return " · ".join(kept)


def _state(one: Standing) -> str:
    return "finished" if one.finished else "begun" if one.begun else "open"


def _concept(one: Standing) -> str:
    return one.lesson.home["concept"]


def _before(one: Standing) -> dict[str, str]:
    return one.lesson.home.get("after", {})
