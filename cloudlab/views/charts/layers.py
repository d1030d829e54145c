"""The layers of images as stacks, and which of them have to be sent where the images before are there already."""

from collections.abc import Mapping

from cloudlab.kernel.limits import InvalidParameter, checked, fits
from cloudlab.views.charts.common import fitted, in_lines, show
from cloudlab.views.words import count

NARROW, SLAB, LINE, HEAD = 620, 34, 22, 56
"""The width below which stacks stand below each other, as they do where words would be cut off; the heights of a slab,
of each further line in it, and of a stack's head (px).
"""


@checked()
def layers(images: Mapping, *, picture=None, alone=True):
    """Each image {name: image} as a stack of its layers, the lowest at the bottom; returns a `Picture`.

    They are sent in that order: what an earlier one brought is hollow, and needs not be sent again.
    """
    if not images or not all(fits(one, "layers", "digest", "size") for one in images.values()):
        raise InvalidParameter("images must map a name to an image, for at least one.")
    there: dict[str, int] = {}
    stacks = []
    for name, image in images.items():
        slabs = [
            (one.digest, one.size, one.made_by or "a layer", one.digest in there) for one in image.layers
        ]
        there |= {one.digest: one.size for one in image.layers}
        stacks.append((str(name), image.digest, slabs))
    sent = sum(there.values())
    whole = sum(size for _, _, slabs in stacks for _, size, _, _ in slabs)
    many = count(len(stacks), "image")
    kept = f", and {whole - sent:,} are there already" if whole > sent else ""
    caption = f"{many}: {sent:,} bytes are sent{kept}"
    note = " ".join(_said(*stack) for stack in stacks)
    return show(picture, lambda sheet: _paint(sheet, stacks), caption=caption, note=note, alone=alone)


def _said(name: str, digest: str, slabs) -> str:
    told = ", ".join(
        f"{made_by} ({size:,} bytes, {'there already' if known else 'sent'})"
        for _, size, made_by, known in slabs
    )
    return f"{name} is {digest[:19]}…, from the bottom: {told}."


def _paint(sheet, stacks) -> None:
    gap, many = 20, len(stacks)
    wide = (sheet.width - 32 - gap * (many - 1)) / many
    below = sheet.width < NARROW or not _fit(sheet, stacks, wide, marked=False)
    if below:
        wide = sheet.width - 32
    marked = _fit(sheet, stacks, wide, marked=True)
    drawn = [(name, digest, list(_in_lines(sheet, slabs, wide, marked))) for name, digest, slabs in stacks]
    heights = [HEAD + sum(_height(lines) for lines, _, _ in slabs) + 16 for _, _, slabs in drawn]
    sheet.size((sum(heights) if below else max(heights)) + 8)
    top = 0.0
    for place, (stack, high) in enumerate(zip(drawn, heights, strict=True)):
        left = 16 if below else 16 + place * (wide + gap)
        _draw_stack(sheet, stack, left, top, wide, high if below else max(heights))
        top += high if below else 0


def _fit(sheet, stacks, wide: float, *, marked: bool) -> bool:
    """Whether what is said of each slab fits into one line, with the beginning of its digest if they are `marked`."""
    return all(
        sheet.width_of(_named(digest, made_by, marked)) <= wide - 16 - _right(sheet, size, known)
        for _, _, slabs in stacks
        for digest, size, made_by, known in slabs
    )


def _named(digest: str, made_by: str, marked: bool) -> str:
    return f"{digest[7:11]}  {made_by}" if marked else made_by


def _in_lines(sheet, slabs, wide: float, marked: bool):
    """Of each slab the lines that say what made it, its size, and whether it is known."""
    for digest, size, made_by, known in slabs:
        room = wide - 16 - _right(sheet, size, known)
        lines = [_named(digest, made_by, True)] if marked else in_lines(sheet, made_by, room)
        yield [fitted(sheet, line, room) for line in lines], size, known


def _height(lines: list[str]) -> float:
    return SLAB + LINE * (len(lines) - 1)


def _draw_stack(sheet, stack, x: float, top: float, wide: float, high: float) -> None:
    colours = sheet.colours
    name, digest, slabs = stack
    sheet.text(x, top + 22, fitted(sheet, name, wide, bold=True), bold=True)
    sheet.text(x, top + 44, f"digest {digest[7:19]}…", colours.muted)
    y = top + high - 16
    for lines, size, known in slabs:
        y -= _height(lines)
        style = {} if known else {"fill": colours.request_tint}
        sheet.rectangle(
            x,
            y + 2,
            wide,
            _height(lines) - 4,
            radius=4,
            edge=colours.edge if known else colours.request,
            line=1.5,
            dash=(5, 4) if known else None,
            **style,
        )
        colour = colours.muted if known else colours.ink
        for place, words in enumerate(lines):
            sheet.text(x + 10, y + 23 + LINE * place, words, colour)
        sheet.text(x + wide - 10, y + 23, _told(size, known), colour, anchor="right")


def _told(size: int, known: bool) -> str:
    return "there" if known else _size(size)


def _right(sheet, size: int, known: bool) -> float:
    """The room at the right end of a slab, for what is said of its size."""
    return sheet.width_of(_told(size, known)) + 20


def _size(size: int) -> str:
    return f"{round(size / 1000):,} KB" if size >= 10_000 else f"{size:,} bytes"
