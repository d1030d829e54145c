"""What every chart does in the end: put what it draws and says into a picture."""

from collections.abc import Mapping

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.printed import AMOUNT
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.describe import answers, describe
from cloudlab.views.kinds import Row
from cloudlab.views.picture import Paint, Picture
from cloudlab.views.table import table
from cloudlab.views.words import number


def show(
    picture: Picture | None,
    paint: Paint,
    *,
    caption: str,
    note: str,
    record: Record | None = None,
    alone: bool = True,
    at: float | None = None,
    prediction=None,
) -> Picture:
    """Show `paint` in `picture`, or in a new one, under its finding `caption`.

    `note` says in words what is drawn. A picture that stands `alone` also describes the whole run of
    `record`, with its table; in a panel that stands once, below all pictures. `at` (s) is the cursor.
    What was predicted is drawn, so it is told too.
    """
    picture = Picture() if picture is None else picture
    rows: tuple[Row, ...] = ()
    guess = axes.predicted(prediction)
    if guess:
        words, value = guess
        note = f"{note} {words[:1].upper()}{words[1:]} {number(value)}."
    if alone and record is not None:
        found = answers(record)
        note = f"{note} {describe(record, found)}".strip()
        rows = (("what", "value", "unit"), *table(record, found).rows)
    picture.show(paint, caption=caption, description=note, table=rows, details=alone)
    picture.time = at
    return picture


def first_group(record: Record) -> int | None:
    """The group that a chart of one group shows."""
    groups = record.parts_of("group")
    return groups[0] if groups else None


def must_be_runs(runs) -> None:
    """Raise InvalidParameter unless `runs` is a record, or maps names to records or lists of records."""
    if isinstance(runs, Record):
        return
    named = runs if isinstance(runs, Mapping) else {}
    given = [
        record for one in named.values() for record in (one if isinstance(one, (list, tuple)) else [one])
    ]
    if not given or not all(isinstance(record, Record) for record in given) or not all(map(_named, named)):
        rule = "must be a record, or map names to records, such as {'one': record, 'other': record_2}"
        raise InvalidParameter(f"runs is {runs!r:.60}, but {rule}.")


def _named(name) -> bool:
    return isinstance(name, str)


def fitted(sheet, words: str, room: float, *, bold: bool = False) -> str:
    """`words`, or what fits of them into so many pixels, with an ellipsis."""
    kept = words
    while kept and sheet.width_of(words if kept == words else f"{kept}…", bold=bold) > room:
        kept = kept[:-1].rstrip()
    return words if kept == words else f"{kept}…"


def in_lines(sheet, words: str, room: float, *, bold: bool = False) -> list[str]:
    """`words` in as many lines as they need to be so many pixels wide, broken at spaces only."""
    lines: list[str] = []
    for word in AMOUNT.sub(_unbroken, words).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and sheet.width_of(longer, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _unbroken(amount) -> str:
    return amount[0].replace(" ", "\N{NO-BREAK SPACE}")
