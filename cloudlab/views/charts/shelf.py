"""What is installed on each machine of a run, and what its programs do there. Read `shelf` first."""

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record
from cloudlab.views.charts.common import fitted, show
from cloudlab.views.kinds import kind_named
from cloudlab.views.kinds.machine import RIGHT, programs_on, result_of

NARROW, ROW = 620, 26
"""The width below which a row takes two lines, and the height of a line (px)."""


@checked()
def shelf(record: Record, *, picture=None, alone=True):
    """A row for each program on each machine, at the end of the run: what is installed, and what came of it.

    Returns a `Picture`. Raises InvalidParameter where the run has no machine.
    """
    parts = record.parts_of("machine")
    if not parts:
        raise InvalidParameter("record must be a run with machines, but holds none.")
    rows = [
        (
            record.parts[part].name,
            _installed(record, part),
            record.parts[one].name,
            result_of(record, one, record.end),
        )
        for part in parts
        for one in programs_on(record, part)
    ]
    note = " ".join(f"{machine} has {has} installed; {who}: {came}." for machine, has, who, came in rows)
    return show(
        picture,
        lambda sheet: _paint(sheet, rows),
        caption=at_end(record),
        note=note,
        record=record,
        alone=alone,
    )


def at_end(record: Record) -> str:
    """What the picture shows at the end of the run, in one line."""
    return kind_named("machine").finding(record, record.parts_of("machine"))


def _installed(record: Record, part: int) -> str:
    found = record.state(part, record.end, "shelf")
    return found.state if found else "nothing"


def _paint(sheet, rows) -> None:
    colours = sheet.colours
    narrow = sheet.width < NARROW
    high = 3 * ROW + 8 if narrow else 2 * ROW
    sheet.size(16 + high * len(rows) + 8)
    y = 16
    for machine, has, who, came in rows:
        good = came.startswith(RIGHT)
        sheet.line((16, sheet.width - 16), (y - 6, y - 6), colours.hair, 1)
        if good:
            sheet.disc(26, y + 14, 8, fill=colours.ok)
        else:
            sheet.cross(26, y + 14, 7, 3)
        kind, _, told = came.partition(": ")
        sheet.text(46, y + 20, who if narrow else f"{who}: {kind.lower()}", bold=True)
        low = y + 20 + ROW if narrow else y + 20
        sheet.text(46 if narrow else 330, low, fitted(sheet, told, sheet.width - (62 if narrow else 346)))
        below = low + ROW - 2
        sheet.text(46, below, fitted(sheet, f"{machine} has {has}", sheet.width - 62), colours.muted)
        y += high
