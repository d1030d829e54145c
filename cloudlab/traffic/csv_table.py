"""A table while it is read: the counts by time, and what was odd about its rows. Read `Table.add` first."""

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import pairwise

from cloudlab.traffic.strays import FAR, main_part, told
from cloudlab.traffic.window import SECOND, shown


@dataclass
class Table:
    """The counts by time stamp (µs after 1970), the zone of the first stamp, and what was odd.

    `marks` holds the lines at which the table leaps over months, by their stamp, so that a stray can be named.
    """

    counts: dict[int, float] = field(default_factory=dict)
    zone: tzinfo = UTC
    rows: int = 0
    empty: int = 0
    repeated: int = 0
    last: int = 0
    unsorted: bool = False
    marks: dict[int, int] = field(default_factory=dict)
    strays: list[int] = field(default_factory=list)

    def add(self, line: int, stamp: int, count: float, empty: bool = False) -> None:
        """Add one row; the cell of its count may have been `empty`."""
        if not self.rows or abs(stamp - self.last) > FAR * SECOND:
            self.marks[stamp] = line
        self.rows += 1
        self.empty += empty
        self.unsorted |= stamp < self.last
        self.last = stamp
        self.repeated += stamp in self.counts
        self.counts[stamp] = self.counts.get(stamp, 0.0) + count

    def leave_out_strays(self) -> None:
        """Forget the rows that lie years from all others."""
        stamps = sorted(self.counts)
        low, high = main_part(stamps, [1] * len(stamps), SECOND)
        self.strays = [stamp for stamp in stamps if not low <= stamp <= high]
        for stamp in self.strays:
            del self.counts[stamp]

    def notes(self, stamps: list[int], interval: int) -> tuple[str, ...]:
        """Sentences about what was odd in the rows at `stamps`."""
        gaps = [(stamp, round((later - stamp) / interval) - 1) for stamp, later in pairwise(stamps)]
        gaps = [(stamp, gap) for stamp, gap in gaps if gap > 0]
        notes = []
        if gaps:
            missing, after = sum(gap for _, gap in gaps), shown(gaps[0][0], self.zone)
            notes.append(f"Intervals without a row: {missing:,} (the first after {after}); they count as 0.")
        if self.empty:
            notes.append(f"Rows without a count: {self.empty:,}; they count as 0.")
        if self.repeated:
            notes.append(f"Rows with the time stamp of another: {self.repeated:,}; their counts are added.")
        if self.unsorted:
            notes.append("The rows were not in order of time; they have been sorted.")
        if self.strays:
            names = [f"{shown(stamp, self.zone)}{self._line(stamp)}" for stamp in self.strays[:3]]
            notes.append(told(names, len(self.strays), "all others", "row"))
        return tuple(notes)

    def _line(self, stamp: int) -> str:
        return f" (line {self.marks[stamp]})" if stamp in self.marks else ""
