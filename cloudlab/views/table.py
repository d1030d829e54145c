"""The key numbers of a run with their units, as a table in text and in HTML.

Read `table` first. Standard library and kernel only.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass
from decimal import Decimal
from html import escape

from cloudlab.kernel import measures
from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Record, Status
from cloudlab.views.kinds import Row, fleets, kind_named, kind_of, kinds_in, request_word
from cloudlab.views.words import LONG, clock

FAULT = {
    Status.GAVE_UP: "the caller left",
    Status.TARGET_ERROR: "the application answered with an error",
    Status.BAD_GATEWAY: "the target broke off",
    Status.UNAVAILABLE: "no target was registered",
    Status.GATEWAY_TIMEOUT: "no answer in time",
    Status.THROTTLED: "as many ran as may",
}
"""Each way to fail in a few words; `Status.reason` has the whole sentence (LB-19)."""


@dataclass(frozen=True)
class Table:
    """Key numbers of a run: a caption and rows of (what, value, unit), as text and as HTML."""

    caption: str
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        """The table in Markdown, its columns in line."""
        rows = [("what", "value", "unit"), *self.rows]
        wide = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            f"| {what:<{wide[0]}} | {value:>{wide[1]}} | {unit:<{wide[2]}} |" for what, value, unit in rows
        ]
        rule = f"|{'-' * (wide[0] + 2)}|{'-' * (wide[1] + 1)}:|{'-' * (wide[2] + 2)}|"
        return "\n".join([self.caption, "", lines[0], rule, *lines[1:]])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<tr><th scope="row" style="text-align: left; font-weight: 400">{escape(what)}</th>'
            f'<td style="text-align: right">{escape(value)}</td>'
            f'<td style="text-align: left">{escape(unit)}</td></tr>'
            for what, value, unit in self.rows
        )
        sides = (("what", "left"), ("value", "right"), ("unit", "left"))
        head = "".join(f'<th scope="col" style="text-align: {side}">{title}</th>' for title, side in sides)
        return (
            '<table style="font-size: 16px; font-variant-numeric: tabular-nums">'
            f'<caption style="text-align: left; font-size: 16px">{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"
        )


@dataclass(frozen=True)
class Answers:
    """What became of the requests of a run, and within which times (s) 50, 95 and 99 % were answered.

    Each is read from all rows, so who wants the text and the table reads them once for both.
    """

    outcomes: measures.Outcomes
    percentiles: dict[int, float]


@checked()
def answers(record: Record) -> Answers:
    """Read the answers of a run; without any, the times are nan."""
    shares = (50, 95, 99)
    times = measures.percentiles(record, shares)
    return Answers(measures.outcomes(record), dict(zip(shares, times, strict=True)))


@checked()
def table(record: Record, found: Answers | None = None) -> Table:
    """The key numbers of a run. What the record holds nothing about has no row. `found`: see `Answers`."""
    length, kinds = clock(record.end).removesuffix(" h"), kinds_in(record)
    rows = [("length of the run", length, "h:min" if record.end >= LONG else "min:s")]
    if has_traffic(record):
        rows += _request_rows(found or answers(record), f"{request_word(record)}s")
    rows += [row for one, parts in kinds for row in one.rows(record, parts)]
    rows += _fleet_rows(record)
    rows += [row for one, parts in kinds for row in one.rows_of_use(record, parts)]
    if record.bill:
        rows.append(("cost", f"{total(record):,.2f}", "$"))
    return Table(f"Key numbers of the run with seed {record.seed}", tuple(rows))


def has_traffic(record: Record) -> bool:
    """Whether requests came, or somebody was there who might have sent some; messages are none."""
    if len(record.requests):
        return True
    hear = {*record.topics, *record.queues, *record.functions}
    return any(kind_of(record, source).sends and to not in hear for source, to in record.links)


def total(record: Record) -> Decimal:
    """The sum of the bill's lines ($)."""
    return sum((line.amount for line in record.bill), Decimal(0))


def _request_rows(found: Answers, many: str) -> list[Row]:
    result = found.outcomes
    rows = [(many, f"{result.arrived:,}", many)]
    if not result.arrived:
        return rows
    rows += [("answered", f"{result.answered:,}", many), ("failed", f"{result.failed:,}", many)]
    rows += [
        (f"failed with {status.code}: {FAULT[status]}", f"{amount:,}", many)
        for status, amount in result.by_status.items()
        if status != Status.OK
    ]
    rows.append(("still open", f"{result.open:,}", many))
    if result.answered + result.failed:
        rows.append(("availability", f"{100 * result.availability:.2f}", "%"))
    if result.answered:
        rows += [(f"time to answer, p{s}", f"{v:.3f}", "s") for s, v in found.percentiles.items()]
    return rows


def _fleet_rows(record: Record) -> list[Row]:
    """The most that each fleet held, and what it holds at the end; nothing where it never held any."""
    rows = []
    for part, fleet in fleets(record).items():
        if record.parts_of(fleet.of):
            name, unit = record.parts[part].name, kind_named(fleet.of).many
            most, last = max(fleet.have.values), fleet.have.at(record.end)
            rows += [(f"most {fleet.ready}, {name}", f"{most:.0f}", unit)]
            rows += [(f"{fleet.ready} at the end, {name}", f"{last:.0f}", unit)]
    return rows
