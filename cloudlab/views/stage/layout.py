"""Where parts stand: layers from left to right by who sends to whom, and an order within each layer.

No pixels: the browser turns layers and rows into those. Read `layout` first.
"""

from dataclasses import dataclass
from math import inf

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import kind_of


@dataclass(frozen=True)
class Layout:
    """`layer` and `row` of each part that is drawn (None where it isn't), and the links without return edges.

    `forward` and `back` are links as pairs of parts; those in `back` close a circle, and run below. A way that
    leads through a part that isn't drawn is a link too: those stand in `through`, and in one of the two.
    """

    layer: tuple[int | None, ...]
    row: tuple[int | None, ...]
    forward: tuple[tuple[int, int], ...]
    back: tuple[tuple[int, int], ...]
    through: tuple[tuple[int, int], ...]


def layout(record: Record) -> Layout:
    """The layers of a record: a part's layer is the longest way to it from where requests begin."""
    drawn = [part for part in range(len(record.parts)) if kind_of(record, part).stands(record, part)]
    through = _through(record, set(drawn))
    forward, back = _without_circles([*record.links, *through], drawn)
    layers = _longest_ways(drawn, forward)
    rows = _rows(record, layers, forward)
    every = range(len(record.parts))
    return Layout(
        tuple(layers.get(part) for part in every),
        tuple(rows.get(part) for part in every),
        forward,
        back,
        through,
    )


def _through(record: Record, drawn: set[int]) -> tuple[tuple[int, int], ...]:
    """Links between parts that are drawn, for the ways from one to the next that lead through others."""
    onward: dict[int, list[int]] = {}
    for source, target in record.links:
        onward.setdefault(source, []).append(target)
    found: dict[tuple[int, int], None] = {}
    for start in [source for source in onward if source in drawn]:
        hidden = [part for part in onward[start] if part not in drawn]
        for part in hidden:
            targets = onward.get(part, [])
            found.update(((start, target), None) for target in targets if target in drawn and target != start)
            hidden += [one for one in targets if one not in drawn and one not in hidden]
    return tuple(link for link in found if link not in record.links)


def _without_circles(links: list[tuple[int, int]], drawn: list[int]):
    """(links that lead on, links that lead back to where a way came from), in their order."""
    onward: dict[int, list[int]] = {part: [] for part in drawn}
    for source, target in links:
        if source in onward and target in onward:
            onward[source].append(target)
    back: set[tuple[int, int]] = set()
    done: set[int] = set()

    def walk(start: int) -> None:
        way, left = [start], {start: iter(onward[start])}
        while way:
            part = way[-1]
            following = next(left[part], None)
            if following is None:
                done.add(way.pop())
            elif following in way:
                back.add((part, following))
            elif following not in done:
                way.append(following)
                left[following] = iter(onward[following])

    for part in drawn:
        if part not in done:
            walk(part)
    shown = [link for link in links if link[0] in onward and link[1] in onward]
    return tuple(link for link in shown if link not in back), tuple(link for link in shown if link in back)


def _longest_ways(drawn: list[int], forward) -> dict[int, int]:
    layers = dict.fromkeys(drawn, 0)
    for _ in drawn:
        moved = False
        for source, target in forward:
            if layers[target] <= layers[source]:
                layers[target], moved = layers[source] + 1, True
        if not moved:
            break
    return layers


def _rows(record: Record, layers: dict[int, int], forward) -> dict[int, int]:
    """The order within a layer: near to what a part is linked with in the layer before, then as registered."""
    before: dict[int, list[int]] = {}
    for source, target in forward:
        before.setdefault(target, []).append(source)
    rows: dict[int, int] = {}
    for layer in sorted(set(layers.values())):
        members = [part for part in layers if layers[part] == layer]

        def wanted(part: int) -> tuple:
            near = [rows[source] for source in before.get(part, ()) if source in rows]
            return (sum(near) / len(near) if near else inf, part)

        rows.update((part, row) for row, part in enumerate(sorted(members, key=wanted)))
    return rows
