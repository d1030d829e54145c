"""The same job done by a function and by instances: who has which duty, and what an hour without work costs.

Read `DUTIES` first. The numbers below them are those of the two runs.
"""

from dataclasses import dataclass
from decimal import Decimal

from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record
from cloudlab.views.charts.common import show
from cloudlab.views.words import duration, number

YOU, THEY = "you", "AWS"

DUTIES = (
    ("Your code: write, deploy", YOU, YOU),
    ("Permissions: who may call", YOU, YOU),
    ("How many may run at most", YOU, YOU),
    ("Make more or fewer of them", THEY, YOU),
    ("Replace what is broken", THEY, YOU),
    ("Language: update it", THEY, YOU),
    ("Operating system: patch it", THEY, YOU),
    ("Servers, power and network", THEY, THEY),
)
"""A duty, and who has it: with a function, and with instances of your own."""

ROW, NARROW = 30, 690
"""The height of a row (px), and the width below which it takes two lines."""


@dataclass(frozen=True)
class Numbers:
    """A run in numbers: the share of what is paid that was work, a time (s), dollars of an hour without work."""

    work: float
    p95: float
    idle: Decimal


@checked()
def duties(function: Record, instances: Record, *, picture=None, alone=True):
    """Who does what, with a function and with instances; returns a `Picture`.

    `function` and `instances` are runs of the same job, the second with its bill.
    """
    if not function.functions:
        raise InvalidParameter("function must be a run with a function, but holds none.")
    if not instances.parts_of("instance") or not instances.bill:
        raise InvalidParameter("instances must be a run with instances and its bill: call bill(record).")
    left, right = of_function(function), of_instances(instances)
    rows = [(words, ours, theirs) for words, ours, theirs in DUTIES]
    told = [
        ("Share of paid time at work", _percent(left.work), _percent(right.work)),
        ("1 in 20 waits longer than", duration(left.p95), duration(right.p95)),
        ("An hour without a call", f"${left.idle:.2f}", f"${right.idle:.2f}"),
    ]

    def paint(sheet):
        _paint(sheet, rows, told)

    note = " ".join(
        f"{words}: {one} with a function, {other} with instances." for words, one, other in (*rows, *told)
    )
    return show(picture, paint, caption=finding(), note=note, alone=alone)


def finding() -> str:
    """What the picture shows, in one line."""
    kept = sum(one == YOU for _, one, _ in DUTIES)
    given = sum(other == YOU for _, _, other in DUTIES)
    return f"There are servers in both: with a function you keep {kept} of {len(DUTIES)} duties, with instances {given}"


def of_function(record: Record) -> Numbers:
    """A function is paid for while it works, INIT included: so all that is paid is work."""
    return Numbers(1.0, measures.percentiles(record, (95,))[0], Decimal(0))


def of_instances(record: Record) -> Numbers:
    """Instances are paid for from their launch to their end, whether somebody comes or not."""
    hours = Decimal(repr(record.end)) / 3600
    paid = sum(
        (line.quantity * line.unit_price for line in record.bill if line.unit == "instance-hours"), Decimal(0)
    )
    work = measures.utilisation(record, record.end)[0]
    return Numbers(work, measures.percentiles(record, (95,))[0], paid / hours)


def _percent(share: float) -> str:
    return f"{number(round(100 * share))} %"


def _paint(sheet, rows, told) -> None:
    colours = sheet.colours
    narrow = sheet.width < NARROW
    row = ROW + 22 if narrow else ROW
    sheet.size(58 + row * (len(rows) + len(told)) + 22)
    one, other = (16, sheet.width / 2) if narrow else (420, 570)
    sheet.text(one, 32, "Function", bold=True)
    sheet.text(other, 32, "Instances", bold=True)
    y = 58
    for place, (words, ours, theirs) in enumerate((*rows, *told)):
        if place == len(rows):
            y += 12
        sheet.line((16, sheet.width - 16), (y - 20 + 8, y - 20 + 8), colours.hair, 1)
        sheet.text(16, y + 10, words, colours.muted if narrow else colours.ink)
        low = y + 10 + (22 if narrow else 0)
        for x, who in ((one, ours), (other, theirs)):
            _draw_who(sheet, x, low, who)
        y += row


def _draw_who(sheet, x: float, y: float, who: str) -> None:
    """Who has a duty: a filled disc is you, a hollow one the provider; or a number."""
    colours = sheet.colours
    if who in (YOU, THEY):
        fill = {"fill": colours.slate} if who == YOU else {}
        sheet.disc(x + 7, y - 6, 6, edge=colours.slate, line=2, **fill)
        sheet.text(x + 22, y, who, bold=who == YOU)
    else:
        sheet.text(x, y, who, bold=True)
