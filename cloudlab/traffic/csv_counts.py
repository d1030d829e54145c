"""A table of counts as traffic: a time stamp and a number of requests in each row.

CloudWatch exports RequestCount so, and any spreadsheet can. Columns stand between commas, semicolons or
tabs; rows above the first time stamp are head rows, and their words count. Read `from_csv` first.
"""

import csv
import io
import re
from array import array
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import chain, islice
from math import isnan
from pathlib import Path
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.traffic.containers import MARKS
from cloudlab.traffic.csv_columns import Columns, find_columns, holds_data
from cloudlab.traffic.csv_interval import interval_of
from cloudlab.traffic.csv_numbers import Counts
from cloudlab.traffic.csv_table import Table
from cloudlab.traffic.csv_times import UNITS, reader, unit_is_asked
from cloudlab.traffic.files import LONGEST, opened, readable, reading, wrong
from cloudlab.traffic.log_known import format_of, other
from cloudlab.traffic.recorded import Recorded, Scale
from cloudlab.traffic.window import SECOND, Window, moment

HEAD_ROWS = 50
"""So many rows may stand above the first one with a time."""


@checked()
def from_csv(
    path: str | Path,
    *,
    time_column: str | int | None = None,
    count_column: str | int | None = None,
    time_unit: Annotated[str | None, Limit(choices=(*UNITS, "excel"))] = None,
    decimal_mark: Annotated[str | None, Limit(choices=(".", ","))] = None,
    interval: Annotated[float | None, Limit(1, 31_622_400, "s")] = None,
    scale: Scale = 1.0,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
) -> Recorded:
    """The traffic in a table of counts, such as CloudWatch's RequestCount (statistic Sum).

    A count belongs to the interval that begins at its time stamp. The interval is `interval`, the Period in
    the head, or the smallest distance between stamps that divides all others. Where a stamp is missing,
    nothing came, and a note says so. Stamps are ISO dates ('2026-11-02 10:00', also with '/' and a zone, or
    with the clock in a column beside it), seconds after 1970 (or ms, µs, ns), a workbook's days, or
    numbers in the `time_unit` that the head names; without a zone they are taken as UTC. Rows may stand in any
    order; counts of the same stamp are added. A column is named by a word above it, or by its number.

    The words of the head count: a rate (requests/s) becomes a count, and what counts no requests (an
    average, a latency, percent) is refused. Numbers may be written as 1,234.5 or 1.234,5 or 1 234,5; where 1.234
    can be read in two ways, `decimal_mark` is asked for. Second 0 is `since`, or the first stamp where that is
    later. `scale` multiplies the counts.

    Raises InvalidParameter, with one sentence, for a file that can't be read or is another known format, a
    column that is not there or not found, a cell that is no time or no count (it names the line), what can be
    read in two ways, fewer than two stamps, and when all counts are 0.
    """
    window = Window(since, until)
    with reading([path], readable(path)) as shown, opened(path, shown) as file:
        table, columns = _read(path, _Rows(path, file), (time_column, count_column, time_unit), decimal_mark)
    table.leave_out_strays()
    if len(table.counts) < 2 and not (interval or columns.means.period):
        raise wrong(path, "that file has fewer than 2 different time stamps, and an interval needs 2")
    stamps = sorted(table.counts)
    length = interval_of(stamps, interval, columns.means.period)
    if length < SECOND and columns.unit == "s" and not (time_unit or columns.sure):
        raise unit_is_asked(f"{(stamps[0] / SECOND):g} and {(stamps[1] / SECOND):.6g}")
    low, high = window.bounds(table.zone)
    first, last = stamps[0], stamps[-1] + length
    inside = [stamp for stamp in stamps if low <= stamp < high]
    if not inside:
        raise window.empty(first, last, table.zone)
    start, end = int(max(low, first)), int(min(max(high, inside[-1] + length), last))
    factor = columns.means.times * (length / SECOND / columns.means.per if columns.means.per else 1.0)
    counts = array("d", (table.counts[stamp] * factor for stamp in inside))
    if columns.means.counter and len(counts) > 2 and list(counts) == sorted(counts):
        raise InvalidParameter(
            f"count_column must be a column of counts, but {columns.name!r:.60} never falls, as what counts from the "
            "beginning on: take from each row the one before it."
        )
    if not any(counts):
        raise wrong(path, "that traffic is empty: all counts are 0")
    return Recorded(
        f"{readable(path)}, {len(inside):,} intervals of {length / SECOND:g} s",
        moment(start, table.zone),
        (end - start) / SECOND,
        array("q", (stamp - start for stamp in inside)),
        counts,
        interval=length,
        scale=scale,
        notes=(*table.notes(inside, length), *columns.notes, *_rate(columns, factor)),
    )


def _rate(columns: Columns, factor: float) -> list[str]:
    """What became of a rate, or of thousands."""
    if factor == 1 and not columns.means.per:
        return []
    kind = "a rate" if columns.means.per else f"in units of {columns.means.times:,} requests"
    return [f"{columns.name!r:.60} is {kind}: each value counts {factor:g} times in its interval."]


class _Rows:
    """The rows of a file that are not empty, as (line number, cells). `head` holds its first lines."""

    def __init__(self, path, file):
        self._path = path
        encoding = MARKS.get(file.peek(2)[:2], "utf-8-sig")
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
        lines = iter(partial(text.readline, LONGEST), "")
        self.head = list(islice(lines, 20))
        self.delimiter = max("\t;,", key=lambda mark: sum(mark in line for line in self.head))
        self._reader = csv.reader(chain(self.head, lines), delimiter=self.delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        try:
            for cells in self._reader:
                if any(cell.strip() for cell in cells):
                    yield self._reader.line_num, [cell.strip() for cell in cells]
        except csv.Error as error:
            raise wrong(
                self._path, f"that is no table of counts ({error}, line {self._reader.line_num})"
            ) from None


def _read(path, rows: _Rows, asked: tuple, decimal_mark: str | None) -> tuple[Table, Columns]:
    """Go through the rows below the head: times and counts."""
    lines = iter(rows)
    head, first, columns = _find(path, rows.head, lines, asked)
    table, counts = Table(), Counts(decimal_mark, english=rows.delimiter == ",")
    stamp_of, width = reader(columns.unit), max((len(row) for row in head), default=0)
    for line, cells in chain([first], lines):
        found = stamp_of(columns.when(cells))
        if found is None:
            raise _bad_cell(path, line, columns.when(cells), "a time such as 2026-11-02 10:00")
        if len(cells) > width:
            _check_width(path, line, cells, width)
        for column, label in columns.labels.items():
            if column < len(cells) and cells[column] != label:
                names = f"{label!r:.40} and {cells[column]!r:.40}"
                raise wrong(
                    path,
                    f"column {column + 1} tells its rows apart ({names}, line {line}): keep those of one",
                )
        cell = cells[columns.counts] if columns.counts < len(cells) else ""
        count = counts.read(line, found[0], cell) if cell else 0.0
        if count is None or count != count:
            _check(path, line, cell, count)
        table.zone = table.zone if table.rows else found[1]
        table.add(line, found[0], count or 0.0, empty=not cell)
    for line, tick, cell, count in counts.values():
        _check(path, line, cell, count)
        table.counts[tick] += count
    return table, columns


def _find(
    path, lines: list[str], rows: Iterator, asked: tuple
) -> tuple[list, tuple[int, list[str]], Columns]:
    """(head rows, first row below them, the columns) of a file that begins with `lines`."""
    beginning = [line.encode("utf-8", "replace") for line in lines]
    if form := format_of(beginning):
        raise wrong(path, f"that is {form.name}; read it with from_access_log")
    head: list[list[str]] = []
    for line, cells in islice(rows, HEAD_ROWS):
        if holds_data(cells):
            _check_width(path, line, cells, max((len(row) for row in head), default=0))
            return head, (line, cells), find_columns(head, cells, *asked)
        head.append(cells)
    rule = "no row of it has a time such as 2026-11-02 10:00 and a count beside it"
    if dates := re.search(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b", "".join(lines)):
        rule += f"; write {dates[0]!r} so, since day and month could be taken for each other"
    raise wrong(path, other(beginning) or rule)


def _check_width(path, line: int, cells: list[str], width: int) -> None:
    if width > 1 and any(cells[width:]):
        rule = f"has {len(cells)} cells under a head of {width}: a number with a mark in it needs quotes"
        raise wrong(path, f"line {line} of it {rule}")


def _check(path, line: int, cell: str, count: float | None) -> None:
    if count is not None and isnan(count):
        raise _bad_cell(path, line, cell, "a number of requests, at least 0")


def _bad_cell(path, line: int, cell: str, rule: str) -> InvalidParameter:
    return wrong(path, f"line {line} of it has {cell[:40]!r} in place of {rule}")
