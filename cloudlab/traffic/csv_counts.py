"""A table of counts as traffic: a time stamp and a number of requests in each row.

CloudWatch exports RequestCount so, and any spreadsheet can. Columns stand between commas, semicolons or
tabs; rows above the first time stamp are head rows. Read `from_csv` first.
"""

import csv
import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from itertools import chain, islice, pairwise
from math import inf
from pathlib import Path

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.traffic.csv_columns import find_columns, holds_data, number, stamp
from cloudlab.traffic.files import LONGEST, SECOND, Window, moment, opened, shown, wrong
from cloudlab.traffic.recorded import Recorded, Scale

HEAD_ROWS = 50
"""So many rows may stand above the first one with a time."""


@checked()
def from_csv(
    path: str | Path,
    *,
    time_column: str | None = None,
    count_column: str | None = None,
    scale: Scale = 1.0,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
) -> Recorded:
    """The traffic in a table of counts, such as CloudWatch's RequestCount.

    A count belongs to the interval that begins at its time stamp; the interval is the median of the
    distances between stamps. Where a stamp is missing, nothing came, and a note says so. Stamps are
    ISO dates ('2026-11-02 10:00', also with '/' and a zone) or seconds (or milliseconds) after 1970;
    without a zone they are taken as UTC. Rows may stand in any order; counts of the same stamp are
    added. Second 0 is `since`, or the first stamp where that is later. `scale` multiplies the counts.

    Raises InvalidParameter, with one sentence, for a file that can't be read, a column that is not
    there or not found, a cell that is no time or no count (it names the line), fewer than two
    stamps, and when all counts are 0.
    """
    window = Window(since, until)
    with opened(path) as file:
        table = _read(path, _rows(path, file), time_column, count_column)
    if len(table.counts) < 2:
        raise wrong(path, "that file has fewer than 2 different time stamps, and an interval needs 2")
    stamps, interval = sorted(table.counts), table.interval()
    low, high = window.bounds(table.zone)
    first, last = stamps[0], stamps[-1] + interval
    inside = [stamp for stamp in stamps if low <= stamp < high]
    if not inside:
        raise window.empty(first, last, table.zone)
    start, end = int(max(low, first)), int(min(max(high, inside[-1] + interval), last))
    counts = array("d", (table.counts[stamp] for stamp in inside))
    if not any(counts):
        raise wrong(path, "that traffic is empty: all counts are 0")
    return Recorded(
        f"{Path(path).name}, {len(inside):,} intervals of {interval / SECOND:g} s",
        moment(start, table.zone),
        (end - start) / SECOND,
        array("q", (stamp - start for stamp in inside)),
        counts,
        interval=interval,
        scale=scale,
        notes=table.notes(inside, interval),
    )


@dataclass
class _Table:
    """The counts by time stamp (µs after 1970), the zone of the first stamp, and what was odd."""

    counts: dict[int, float] = field(default_factory=dict)
    zone: tzinfo = UTC
    rows: int = 0
    empty: int = 0
    last: int = 0
    unsorted: bool = False

    def add(self, stamp: int, count: float | None) -> None:
        """Add one row; `count` is None for an empty cell."""
        self.rows += 1
        self.empty += count is None
        self.unsorted |= stamp < self.last
        self.last = stamp
        self.counts[stamp] = self.counts.get(stamp, 0.0) + (count or 0.0)

    def interval(self) -> int:
        """The median distance between stamps (µs)."""
        distances = sorted(later - earlier for earlier, later in pairwise(sorted(self.counts)))
        return distances[len(distances) // 2]

    def notes(self, stamps: list[int], interval: int) -> tuple[str, ...]:
        """Sentences about what was odd."""
        gaps = [(stamp, round((later - stamp) / interval) - 1) for stamp, later in pairwise(stamps)]
        missing = sum(gap for _, gap in gaps)
        repeated = self.rows - len(self.counts)
        notes = []
        if missing:
            after = shown(next(stamp for stamp, gap in gaps if gap), self.zone)
            notes.append(f"Intervals without a row: {missing:,} (the first after {after}); they count as 0.")
        if self.empty:
            notes.append(f"Rows without a count: {self.empty:,}; they count as 0.")
        if repeated:
            notes.append(f"Rows with the time stamp of another: {repeated:,}; their counts are added.")
        if self.unsorted:
            notes.append("The rows were not in order of time; they have been sorted.")
        return tuple(notes)


def _rows(path, file) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row that is not empty."""
    encoding = "utf-16" if file.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as text:
        lines = iter(partial(text.readline, LONGEST), "")
        first = list(islice(lines, 20))
        delimiter = max(",;\t", key="".join(first).count)
        reader = csv.reader(chain(first, lines), delimiter=delimiter)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, [cell.strip() for cell in cells]
        except csv.Error as error:
            raise wrong(path, f"that is no table of counts ({error}, line {reader.line_num})") from None


def _read(path, rows, time_column: str | None, count_column: str | None) -> _Table:
    """Go through the rows: head rows up to the first time stamp, then times and counts."""
    table, head, columns = _Table(), [], None
    for line, cells in rows:
        if columns is None and not holds_data(cells):
            head.append(cells)
            if len(head) == HEAD_ROWS:
                break
            continue
        if columns is None:
            columns = find_columns(head, cells, time_column, count_column)
        time, count = (cells[column] if column < len(cells) else "" for column in columns)
        found = stamp(time)
        if found is None:
            raise _bad_cell(path, line, time, "a time such as 2026-11-02 10:00")
        if count and not 0 <= number(count) < inf:
            raise _bad_cell(path, line, count, "a number of requests, at least 0")
        tick, zone = found
        table.zone = zone if not table.rows else table.zone
        table.add(tick, number(count) if count else None)
    if columns is None:
        raise wrong(path, "no row of it has a time such as 2026-11-02 10:00 and a count beside it")
    return table


def _bad_cell(path, line: int, cell: str, rule: str) -> InvalidParameter:
    return wrong(path, f"line {line} of it has {cell[:40]!r} in place of {rule}")
