"""A log while it is read: what was kept of it, how far it reaches, and what was odd, in sentences.

Read `Log.reach` first.
"""

from datetime import UTC, tzinfo

from cloudlab.traffic.files import Name, readable
from cloudlab.traffic.log_duration import Duration
from cloudlab.traffic.log_known import is_table, other
from cloudlab.traffic.log_line import COMMON, Format
from cloudlab.traffic.log_rows import Rows
from cloudlab.traffic.strays import FAR, told
from cloudlab.traffic.window import SECOND, Window, shown

NEVER = 1 << 62


class Log:
    """A log while it is read: what was kept of it, and what was odd.

    `first` and `last` are the seconds (after 1970) of the first and the last request in all of it, `low` and
    `high` those between which requests are kept.
    `marks` holds the lines at which the log leaps over months, by their second, so that a stray can be named.
    """

    def __init__(self, duration: Duration | None, several: bool):
        self.rows, self.duration, self.several = Rows(with_works=False), duration, several
        self.form: Format | None = None
        self.lines = self.broken = 0
        self.head: list[bytes] = []
        self.first_broken: list[str] = []
        self.left_out: list[str] = []
        self.marks: dict[int, str] = {}
        self.first, self.last = NEVER, -1
        self.low = self.high = 0.0
        self.zone: tzinfo = UTC

    def reach(self, second: int, zone: tzinfo, file: Name, number: int, window: Window) -> None:
        """The log reaches further than it did before the line `number` of `file`."""
        if self.first == NEVER:
            self.zone, self.first, self.last = zone, second, second
            self.low, self.high = (bound / SECOND for bound in window.bounds(zone))
            self.marks[second] = self._place(file, number)
        if second < self.first - FAR or second > self.last + FAR:
            self.marks[second] = self._place(file, number)
        self.first, self.last = min(second, self.first), max(second, self.last)

    def skip(self, line: bytes, file: Name, number: int) -> None:
        """Count a line that can't be read; one that begins with # is none."""
        if line.startswith(b"#"):
            self.lines -= 1
            return
        self.broken += 1
        if len(self.first_broken) < 5:
            self.first_broken.append(self._place(file, number))

    def notes(self, strays: list[int], unknown: int) -> tuple[str, ...]:
        """Sentences about what was left out, and about what the work is."""
        notes = []
        if self.broken:
            broken = "1 line is" if self.broken == 1 else f"{self.broken:,} lines are"
            notes.append(f"{broken} broken and skipped: {self._which()}.")
        if strays:
            names = [self._stray(second) for second in strays[:3]]
            notes.append(told(names, len(strays), "all others", "line"))
        if self.left_out:
            shown_ones = ", ".join(self.left_out[:5]) + (", …" if len(self.left_out) > 5 else "")
            files = "1 file is" if len(self.left_out) == 1 else f"{len(self.left_out):,} files are"
            notes.append(f"{files} no such log and left out: {shown_ones}.")
        form = self.form or COMMON
        if form.work:
            rest = f"; of {unknown:,} requests it is not known" if unknown else ""
            notes.append(f"The work of a request is {form.work}{rest}.")
        elif unknown:
            notes.append(f"Of {unknown:,} requests the duration is not known.")
        elif form.note and self.duration is None:
            notes.append(form.note)
        if form is COMMON and self.duration and (taken := self.duration.note()):
            notes.append(taken)
        return tuple(notes)

    def complaint(self, folder: bool) -> str:
        """Why this is no access log."""
        if folder and not self.lines:
            return "that is a folder, but no file in it is an access log"
        if known := other(self.head):
            return known
        if not self.lines:
            return "that file has no lines"
        if is_table(self.head):
            return "that is a table of counts; read it with from_csv"
        text = f"{self.broken:,} of its {self.lines:,} lines are broken ({self._which()}); "
        text += f"a line should be like {(self.form or COMMON).example}"
        if self.duration:
            text += f", with the duration that duration_field {self.duration.field!r} names"
        return text

    def odd(self, form: Format | None, head: list[bytes]) -> str:
        """Why a file doesn't go with others."""
        if form and self.form:
            return f"that is {form.name}, and the file before is {self.form.name}: read one kind at a time"
        return other(head) or "that is no access log"

    def _place(self, file: Name, number: int) -> str:
        """How a line is called in a sentence."""
        return f"{readable(file)} {number}" if self.several else str(number)

    def _which(self) -> str:
        places = ", ".join(self.first_broken)
        return ("line " if self.broken == 1 else "lines ") + places + (", …" if self.broken > 5 else "")

    def _stray(self, second: int) -> str:
        line = f" (line {self.marks[second]})" if second in self.marks else ""
        return f"{shown(second * SECOND, self.zone)}{line}"
