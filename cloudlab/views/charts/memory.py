"""What a thousand calls of a function cost with each size of memory, and how long one takes.

More memory brings more CPU: up to one whole virtual CPU work in one thread takes less time in proportion, so that its
price hardly changes. Read `finding` first.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.views.charts.common import show
from cloudlab.views.words import number

ROW, TOP, LEFT = 34, 46, 100
"""Height of a row, where the first begins, and where bars begin (px)."""

SAME = 1.01
"""Times that differ by less are the same."""


class Row(NamedTuple):
    """A memory size (MB), seconds of a call, dollars of a thousand."""

    memory: int
    seconds: float
    dollars: float


@checked()
def memory(sizes: Sequence, *, picture=None, alone=True):
    """Bars of what a thousand calls cost with each memory size, and what a call takes; returns a `Picture`.

    `sizes` are triples of MB, milliseconds and dollars, in order of memory, such as those of a lesson.
    """
    rows = _rows(sizes)
    told = [f"{number(row.memory)} MB: {dollars(row)}, {number(row.seconds)} s" for row in rows]
    note = f"A thousand calls, and how long one takes: {'; '.join(told)}."

    def paint(sheet):
        _paint(sheet, rows)

    return show(picture, paint, caption=finding(rows), note=note, alone=alone)


def finding(rows: list[Row]) -> str:
    """What the picture shows, in one line: how much faster, for how much more, and from where on no more."""
    first, quickest = rows[0], min(row.seconds for row in rows)
    best = next(row for row in rows if row.seconds <= SAME * quickest)
    if best is first:
        return f"More memory than {number(first.memory)} MB makes no call faster"
    faster, dearer = first.seconds / best.seconds, best.dollars / first.dollars
    told = f"With {number(best.memory)} MB calls are {number(faster)} times as fast as with {number(first.memory)} MB"
    return f"{told}, for {number(round(dearer, 2))} times the price"


def dollars(row: Row) -> str:
    """The price as it stands at a bar.

    >>> dollars(Row(128, 1.0, 0.0582)), dollars(Row(128, 1.0, 3.0))
    ('$0.058', '$3.000')
    """
    return f"${row.dollars:.3f}"


def _rows(sizes: Sequence) -> list[Row]:
    try:
        rows = [Row(int(mb), float(ms) / 1000, float(price)) for mb, ms, price in sizes]
    except (TypeError, ValueError):
        rows = []
    ordered = [row.memory for row in rows] == sorted({row.memory for row in rows})
    if not rows or not ordered or not all(row.seconds > 0 and row.dollars > 0 for row in rows):
        rule = "must hold triples of MB, ms and dollars, all above 0, in order of memory"
        raise InvalidParameter(f"sizes is {sizes!r:.60}, but {rule}.")
    return rows


def _paint(sheet, rows: list[Row]) -> None:
    colours = sheet.colours
    sheet.size(TOP + ROW * len(rows) + 12)
    sheet.text(16, 26, "Memory", colours.muted)
    sheet.text(LEFT, 26, "1,000 calls; one call", colours.muted)
    words = [f"{dollars(row)}, {number(row.seconds)} s" for row in rows]
    room = sheet.width - LEFT - 28 - max(sheet.width_of(one, bold=True) for one in words)
    most = max(row.dollars for row in rows)
    quickest = min(row.seconds for row in rows)
    best = next(row for row in rows if row.seconds <= SAME * quickest)
    for place, (row, said) in enumerate(zip(rows, words, strict=True)):
        y = TOP + ROW * place
        sheet.text(LEFT - 14, y + 19, number(row.memory), anchor="right", bold=row is best)
        wide = max(4.0, room * row.dollars / most)
        sheet.rectangle(LEFT, y + 3, wide, 20, radius=4, fill=colours.money)
        sheet.text(LEFT + wide + 10, y + 19, said, bold=row is best)
