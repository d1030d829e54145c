"""Virtual machines beside containers on the same hardware: who has a kernel of its own, and how many find room.

Read `walls` first. What a system and a program need are examples, which the reader may change; the rest follows.
"""

from dataclasses import dataclass
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.views.charts.common import show
from cloudlab.views.words import count, number

NARROW, DRAWN = 800, 3
"""The width below which both stand below each other (px), and how many of each are drawn."""

Megabytes = Annotated[int, Limit(1, 1_048_576, "MB")]
Seconds = Annotated[float, Limit(0, 3600, "s")]


@dataclass(frozen=True)
class Fit:
    """How many find room, and how many kernels then run."""

    machines: int
    containers: int


@checked()
def fit(*, memory: Megabytes = 8192, system: Megabytes = 512, program: Megabytes = 128) -> Fit:
    """How many virtual machines, and how many containers, find room in `memory`.

    A virtual machine brings a `system` with its kernel for each `program`; containers share one.
    """
    if system + program > memory:
        raise InvalidParameter(
            f"memory is {memory} MB, but must hold a system and a program ({system + program} MB)."
        )
    return Fit(memory // (system + program), (memory - system) // program)


@checked()
def walls(
    *,
    memory: Megabytes = 8192,
    system: Megabytes = 512,
    program: Megabytes = 128,
    boot: Seconds = 20,
    start: Seconds = 0.5,
    picture=None,
    alone=True,
):
    """Both, side by side, from the hardware up; returns a `Picture`.

    Sizes are in MB, and `boot` (of a system) and `start` (of a program) in seconds: all of them are examples.
    """
    found = fit(memory=memory, system=system, program=program)
    machines, containers = count(found.machines, "virtual machine"), count(found.containers, "container")
    caption = f"{containers} or {machines} in {memory:,} MB: containers share one kernel"
    rows = [
        ("Kernels", f"{number(found.machines)}, one each", "1, the host's"),
        ("Starts in", f"{number(boot + start)} s: it boots", f"{number(start)} s"),
        ("Takes", f"{system + program:,} MB", f"{program:,} MB"),
        (f"Room in {memory:,} MB", number(found.machines), number(found.containers)),
        ("The host dies", "all are gone", "all are gone"),
    ]
    taken = f"a system takes {system:,} MB, a program {program:,} MB"
    examples = f"As an example: {taken}; a boot {number(boot)} s, a start {number(start)} s"
    told = " ".join(
        f"{what}: {one} with virtual machines, {other} with containers." for what, one, other in rows
    )
    return show(
        picture,
        lambda sheet: _paint(sheet, rows, examples),
        caption=caption,
        note=f"{told} {examples}.",
        alone=alone,
    )


def _paint(sheet, rows, examples: str) -> None:
    narrow = sheet.width < NARROW
    wide = sheet.width - 32 if narrow else (sheet.width - 56) / 2
    stack, row = 182, 82 if narrow else 34
    said = examples.replace(": ", ":, ").replace("; ", ", ").split(", ") if narrow else [examples]
    sheet.size((2 * stack + 20 if narrow else stack) + row * len(rows) + 24 + 22 * len(said))
    _stack(sheet, 16, 8, wide, own=True)
    _stack(sheet, 16 if narrow else wide + 40, 8 + (stack + 12 if narrow else 0), wide, own=False)
    y = (2 * stack + 20 if narrow else stack) + 28
    colours = sheet.colours
    for what, one, other in rows:
        sheet.line((16, sheet.width - 16), (y - 20, y - 20), colours.hair, 1)
        sheet.text(16, y, what, colours.muted)
        if narrow:
            sheet.text(16, y + 24, f"machines: {one}", bold=True)
            sheet.text(16, y + 48, f"containers: {other}", bold=True)
        else:
            sheet.text(0.3 * sheet.width, y, one, bold=True)
            sheet.text(wide + 40, y, other, bold=True)
        y += row
    sheet.line((16, sheet.width - 16), (y - 20, y - 20), colours.hair, 1)
    for place, words in enumerate(said):
        sheet.text(16, y + 22 * place, words, colours.muted)


def _stack(sheet, x: float, top: float, wide: float, *, own: bool) -> None:
    """Three programs on a host: each with a system of its own, or all on the host's kernel."""
    colours = sheet.colours
    sheet.text(x, top + 16, "Virtual machines" if own else "Containers", bold=True)
    gap, y = 10, top + 28
    each = (wide - gap * (DRAWN - 1)) / DRAWN
    for place in range(DRAWN):
        left = x + place * (each + gap)
        high = 84 if own else 50
        sheet.rectangle(left, y + 84 - high, each, high, radius=6, edge=colours.slate, line=2)
        _box(sheet, left + 5, y + 84 - high + 5, each - 10, 34, "program", colours.request_tint)
        if own:
            _box(sheet, left + 5, y + 45, each - 10, 34, "own kernel", colours.boot_tint)
    words = "hypervisor" if own else "one kernel for all"
    _box(sheet, x, y + 92, wide, 28, words, colours.raised if own else colours.boot_tint)
    _box(sheet, x, y + 124, wide, 26, "hardware", colours.hair)


def _box(sheet, x, y, wide, high, words, fill) -> None:
    sheet.rectangle(x, y, wide, high, radius=4, fill=fill, edge=sheet.colours.edge, line=1.25)
    shown = words if sheet.width_of(words) <= wide - 6 else words.split()[-1]
    sheet.text(x + wide / 2, y + high / 2 + 6, shown, anchor="center")
