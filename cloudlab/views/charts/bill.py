"""What a run costs, line by line: quantity × unit price, and a bar as long as the amount."""

from decimal import Decimal

from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Line, Record
from cloudlab.views.charts.common import in_lines, show
from cloudlab.views.luck import dollars
from cloudlab.views.table import total
from cloudlab.views.words import listed

TOP, ROW, LINE, NARROW = 20, 56, 22, 560
"""Height above the first line, of a line and of a line of words; below so many pixels of width, bars stand under the
words, which go on in another line where they must.
"""


@checked()
def bill(record: Record, *, picture=None, ghost=None, alone=True):
    """The lines of a run's bill and their total; returns a `Picture`.

    `ghost` is an earlier run, whose total stands below. The lines come from `record.bill`. In a panel without a
    stage it stands beside the chart before it, where there is room.
    """
    lines, all_of_it = list(record.bill), total(record)
    before = total(ghost) if ghost is not None and ghost.bill else None

    def paint(sheet):
        return _paint(sheet, lines, all_of_it, before)

    told = [f"{line.item}: {_sum(line)} = {dollars(line.amount)}" for line in lines]
    note = f"The bill is {listed(told)}." if told else "The record holds no bill."
    made = show(picture, paint, caption=finding(lines, all_of_it), note=note, record=record, alone=alone)
    return made.add_class("cloudlab-aside")


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
    return f"{shown} {unit} × ${_price(line.unit_price)}"


def _price(price: Decimal) -> str:
    """All digits of a price, however small: at least two behind the point, or none."""
    whole, _, rest = f"{Decimal(str(price)).normalize():f}".partition(".")
    return f"{whole}.{rest:0<2}" if rest else whole


def _paint(sheet, lines, total, before) -> None:
    colours, narrow, right = sheet.colours, sheet.width < NARROW, sheet.width - 24
    wide = max(
        (sheet.width_of(text, bold=True) for line in lines for text in (line.item, _sum(line))), default=0
    )
    said = [_words(sheet, line, right) if narrow else ([line.item], [_sum(line)]) for line in lines]
    more = [LINE * (len(item) + len(sums) - (1 if narrow else 2)) for item, sums in said]
    sheet.size(TOP + ROW * len(lines) + sum(more) + 56 + (24 if before is not None else 0))
    most = max((float(line.amount) for line in lines), default=0) or 1
    left, room = (24, right - 24) if narrow else (56 + wide, right - 136 - wide)
    y = TOP
    for line, (item, sums), height in zip(lines, said, more, strict=True):
        for place, words in enumerate(item + sums):
            named = place < len(item)
            sheet.text(24, y + 20 + LINE * place, words, None if named else colours.muted, bold=named)
        length, thick = max(2.0, room * float(line.amount) / most), 10 if narrow else 24
        top = y + (height + 32 if narrow else 12)
        sheet.rectangle(left, top, length, thick, radius=min(6, thick / 2, length / 2), fill=colours.money)
        sheet.text(right, y + (20 if narrow else 30), dollars(line.amount), bold=True, anchor="right")
        y += ROW + height
    sheet.line((24, right), (y + 2, y + 2), colours.edge, 1.5)
    sheet.text(24, y + 32, "Total", bold=True)
    sheet.text(right, y + 34, dollars(total), size=20, bold=True, anchor="right")
    if before is not None:
        sheet.text(right, y + 58, f"last run {dollars(before)}", colours.muted, anchor="right")


def _words(sheet, line: Line, right: float) -> tuple[list[str], list[str]]:
    """The item, beside what it costs, and its sum, in as many lines as a narrow sheet asks for."""
    free = right - sheet.width_of(dollars(line.amount), bold=True) - 24 - 12
    sums = _sum(line).replace("× ", "×\N{NO-BREAK SPACE}")
    return in_lines(sheet, line.item, free, bold=True), in_lines(sheet, sums, right - 24)
