"""What a run costs, line by line: quantity × unit price, and a bar as long as the amount."""

from decimal import Decimal

from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Line, Record
from cloudlab.views.charts.common import fitted, show
from cloudlab.views.luck import dollars
from cloudlab.views.table import total
from cloudlab.views.words import listed

TOP, ROW, NARROW = 20, 56, 560
"""Height above the first line and of a line; below so many pixels of width, bars stand under the words."""


@checked()
def bill(record: Record, *, picture=None, ghost=None, alone=True):
    """The lines of a run's bill and their total; returns a `Picture`.

    `ghost` is an earlier run, whose total stands below. The lines come from `record.bill`.
    """
    lines, all_of_it = list(record.bill), total(record)
    before = total(ghost) if ghost is not None and ghost.bill else None

    def paint(sheet):
        return _paint(sheet, lines, all_of_it, before)

    told = [f"{line.item}: {_sum(line)} = {dollars(line.amount)}" for line in lines]
    note = f"The bill is {listed(told)}." if told else "The record holds no bill."
    return show(picture, paint, caption=finding(lines, all_of_it), note=note, record=record, alone=alone)


def finding(lines: list[Line], total: Decimal) -> str:
    """What the bill says, in one line."""
    if not lines:
        return "There is no bill"
    most = max(lines, key=lambda line: line.amount)
    if not total:
        return "The bill is $0.00: nothing was used long enough to cost a cent"
    share = 100 * float(most.amount) / float(total)
    if len(lines) == 1 or share > 99.5:
        return f"The bill is {dollars(total)}, all of it for {most.item}"
    return f"The bill is {dollars(total)}: {share:.0f} % of it is for {most.item}"


def _sum(line: Line) -> str:
    amount = float(line.quantity)
    few = 0 < amount < 0.01  # thousands, where millions are charged
    shown = f"{amount:.6f}".rstrip("0") if few else f"{amount:,.{0 if amount.is_integer() else 2}f}"
    one = shown == "1" and not line.unit.startswith("million")
    unit = line.unit.removesuffix("s") if one else line.unit
    return f"{shown} {unit} × ${float(line.unit_price):.10g}"


def _paint(sheet, lines, total, before) -> None:
    colours, narrow = sheet.colours, sheet.width < NARROW
    row = ROW + (22 if narrow else 0)
    sheet.size(TOP + row * len(lines) + 56 + (24 if before is not None else 0))
    most = max((float(line.amount) for line in lines), default=0) or 1
    right = sheet.width - 24
    words = max(
        (sheet.width_of(text, bold=True) for line in lines for text in (line.item, _sum(line))), default=0
    )
    left, room = (24, right - 24) if narrow else (56 + words, right - 136 - words)
    y = TOP
    for line in lines:
        paid = dollars(line.amount)
        free = right - sheet.width_of(paid, bold=True) - 24 - 12
        sheet.text(24, y + 20, fitted(sheet, line.item, free, bold=True) if narrow else line.item, bold=True)
        sheet.text(24, y + 42, _sum(line), colours.muted)
        length, height = max(2.0, room * float(line.amount) / most), 10 if narrow else 24
        top = y + (54 if narrow else 12)
        sheet.rectangle(left, top, length, height, radius=min(6, height / 2, length / 2), fill=colours.money)
        sheet.text(right, y + (20 if narrow else 30), paid, bold=True, anchor="right")
        y += row
    sheet.line((24, right), (y + 2, y + 2), colours.edge, 1.5)
    sheet.text(24, y + 32, "Total", bold=True)
    sheet.text(right, y + 34, dollars(total), size=20, bold=True, anchor="right")
    if before is not None:
        sheet.text(right, y + 58, f"last run {dollars(before)}", colours.muted, anchor="right")
