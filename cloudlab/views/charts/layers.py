"""The layers of images as stacks, and which of them have to be sent where the images before are there already."""

from collections.abc import Mapping

from cloudlab.kernel.limits import InvalidParameter, checked, fits
from cloudlab.views.charts.common import fitted, show
from cloudlab.views.words import count

NARROW, SLAB, HEAD = 620, 34, 56
"""The width below which stacks stand below each other, the height of a slab, and of a stack's head (px)."""


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
    narrow = sheet.width < NARROW
    gap, many = 20, 1 if narrow else len(stacks)
    wide = (sheet.width - 32 - gap * (many - 1)) / many
    most = max(len(slabs) for _, _, slabs in stacks)
    heights = [HEAD + SLAB * (len(slabs) if narrow else most) + 16 for _, _, slabs in stacks]
    sheet.size((sum(heights) if narrow else heights[0]) + 8)
    room = wide - 16
    marked = all(
        sheet.width_of(f"{digest[7:11]}  {made_by}") <= room - _right(sheet, size, known)
        for _, _, slabs in stacks
        for digest, size, made_by, known in slabs
    )
    top = 0.0
    for place, (stack, high) in enumerate(zip(stacks, heights, strict=True)):
        _draw_stack(sheet, stack, 16 + (0 if narrow else place * (wide + gap)), top, wide, high, marked)
        top += high if narrow else 0


def _draw_stack(sheet, stack, x: float, top: float, wide: float, high: float, marked: bool) -> None:
    """One stack; `marked` says that each slab in the picture has room for the beginning of its digest."""
    colours = sheet.colours
    name, digest, slabs = stack
    sheet.text(x, top + 22, fitted(sheet, name, wide, bold=True), bold=True)
    sheet.text(x, top + 44, f"digest {digest[7:19]}…", colours.muted)
    for place, (layer, size, made_by, known) in enumerate(slabs):
        y = top + high - 16 - SLAB * (place + 1)
        style = {} if known else {"fill": colours.request_tint}
        sheet.rectangle(
            x,
            y + 2,
            wide,
            SLAB - 4,
            radius=4,
            edge=colours.edge if known else colours.request,
            line=1.5,
            dash=(5, 4) if known else None,
            **style,
        )
        named = f"{layer[7:11]}  {made_by}" if marked else made_by
        words = fitted(sheet, named, wide - 16 - _right(sheet, size, known))
        sheet.text(x + 10, y + 23, words, colours.muted if known else colours.ink)
        sheet.text(
            x + wide - 10, y + 23, _told(size, known), colours.muted if known else colours.ink, anchor="right"
        )


def _told(size: int, known: bool) -> str:
    return "there" if known else _size(size)


def _right(sheet, size: int, known: bool) -> float:
    """The room at the right end of a slab, for what is said of its size."""
    return sheet.width_of(_told(size, known)) + 20


def _size(size: int) -> str:
    return f"{round(size / 1000):,} KB" if size >= 10_000 else f"{size:,} bytes"
