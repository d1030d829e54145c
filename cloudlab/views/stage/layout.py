"""Who stands where: layers from left to right, and an order within each, from the record's links alone.

No pixels here. The layer of a part is the longest way to it from where requests come from; a link that leads
back, so that there would be a circle, is left out and listed apart. Read `layout` first.
"""

import re
from dataclasses import dataclass

from cloudlab.record import Record
from cloudlab.views.members import cells


@dataclass(frozen=True)
class Spot:
    """Where a part stands: `layer` from the left, `row` from the top of its layer, and its cell in a group.

    `layer` is None for what has no place in the picture, such as a bill; `cell` outside of groups.
    """

    layer: int | None
    row: int
    cell: int | None


@dataclass(frozen=True)
class Layout:
    """A spot for each part of a record, the links that lead forward, and those that lead back."""

    spots: tuple[Spot, ...]
    links: tuple[tuple[int, int], ...]
    back: tuple[tuple[int, int], ...]


def layout(record: Record) -> Layout:
    """The layout of a record's parts."""
    links, back = _forward(len(record.parts), record.links)
    layers = _layers(record, links)
    rows = _rows(record, links, layers)
    places = {}
    for group in record.parts_of("group"):
        places |= cells(record, group)
    spots = (Spot(layers[part], rows.get(part, 0), places.get(part)) for part in range(len(record.parts)))
    return Layout(tuple(spots), tuple(links), tuple(back))


def _forward(count: int, links) -> tuple[list, list]:
    """Links that lead on, and links that close a circle; sources are walked first, then in order of entry."""
    after: dict[int, list[int]] = {part: [] for part in range(count)}
    for source, target in links:
        after[source].append(target)
    fed = {target for _, target in links}
    seen, path, back = set(), set(), []
    for start in sorted(range(count), key=lambda part: part in fed):
        todo = [(start, False)]
        while todo:
            part, leave = todo.pop()
            if leave:
                path.discard(part)
            elif part not in seen:
                seen.add(part)
                path.add(part)
                todo.append((part, True))
                back += [(part, target) for target in after[part] if target in path]
                todo += [(target, False) for target in reversed(after[part]) if target not in path]
    turned = set(back)
    return [link for link in links if link not in turned], [link for link in links if link in turned]


def _layers(record: Record, links) -> list[int | None]:
    """The longest way to each part that has links; a group stands with its members, and they with it."""
    depth: dict[int, int] = {}
    for _ in record.parts:
        deeper = dict(depth)
        for source, target in links:
            deeper.setdefault(source, 0)
            deeper[target] = max(deeper.get(target, 0), deeper[source] + 1)
        if deeper == depth:
            break
        depth = deeper
    members: dict[int, list[int]] = {}
    for part, made in enumerate(record.parts):
        if made.parent is not None:
            members.setdefault(made.parent, []).append(part)
    found: list[int | None] = []
    for part, made in enumerate(record.parts):
        theirs = [depth[member] for member in members.get(part, ()) if member in depth]
        stands = made.kind == "group" or "slots" in made.attributes or part in members
        otherwise = min(theirs, default=0) if stands else None
        found.append(depth.get(part, otherwise))
    for part, made in enumerate(record.parts):
        if part not in depth and made.parent is not None and found[made.parent] is not None:
            found[part] = found[made.parent]
    return found


def _rows(record: Record, links, layers) -> dict[int, int]:
    """The order within each layer: by the middle of what leads to a part, then as `_rank` says."""
    rows: dict[int, int] = {}
    before: dict[int, list[int]] = {}
    entered: dict[int, int] = {}
    for place, (source, target) in enumerate(links):
        before.setdefault(target, []).append(source)
        entered.setdefault(target, place)
    for layer in sorted({layer for layer in layers if layer is not None}):
        there = [part for part, own in enumerate(layers) if own == layer]
        middle = {}
        for part in there:
            above = [rows[source] for source in before.get(part, ()) if source in rows]
            middle[part] = sum(above) / len(above) if above else 0.0
        order = sorted(there, key=lambda part: (middle[part], *_rank(record, part, entered)))
        rows |= {part: row for row, part in enumerate(order)}
    return rows


def _rank(record: Record, part: int, entered: dict[int, int]) -> tuple:
    """Servers keep the order in which they were registered; all else goes by name, i-2 before i-10."""
    made = record.parts[part]
    registered = entered.get(part, part) if "slots" in made.attributes else -1
    pieces = re.split(r"(\d+)", made.name)
    natural = [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in pieces]
    return made.kind != "group", registered, natural
