"""An access log as traffic: what a web server wrote down, request by request.

A line of the log (`log_line` shows one) gives three things: the second, the path, and, if you name
it, how long the request took. The client's address is not kept. nginx writes the second in which the
answer was out, Apache the one in which the request came in. Read `_read` first: it goes through the
lines and keeps a few bytes of each (`log_rows`).
"""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from cloudlab.kernel.limits import Limit, checked
from cloudlab.traffic.files import SECOND, Window, lines, moment, opened, wrong
from cloudlab.traffic.log_line import EXAMPLE, LINE, UNITS, Duration, path_of, stamp_time
from cloudlab.traffic.log_rows import Rows
from cloudlab.traffic.recorded import Recorded, Scale


@checked()
def from_access_log(
    path: str | Path,
    *,
    scale: Scale = 1.0,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    duration_field: str | None = None,
    duration_unit: Annotated[str, Limit(choices=tuple(UNITS))] = "s",
) -> Recorded:
    """The traffic in an access log of nginx or Apache, plain or gzipped.

    Second 0 is `since`, or the first second of the log where that is later. `scale` 2 repeats each
    request at another moment of its second, 0.5 keeps each with a chance of a half. The classes are
    the ten commonest paths, without what follows '?', and 'other'.

    `duration_field` says where a line tells how long the request took, which is then its work:
    'last' is the last field of the line (nginx's `$request_time`; Apache's `%D`, with
    `duration_unit` 'us'), and any other name, as 'rt', stands for a field `rt=0.081`. Otherwise
    `Customers` draws the work.

    Lines that are no such line are counted and skipped. Raises InvalidParameter, with one sentence,
    for a file that can't be read, when more than half of its lines are broken, and when no request
    is left.
    """
    window = Window(since, until)
    log = _Log(None if duration_field is None else Duration(duration_field, duration_unit))
    with opened(path) as file:
        _read(file, log, window)
    if log.broken * 2 > log.lines or not log.lines:
        raise wrong(path, log.complaint())
    low, high = window.bounds(log.zone)
    first, last = log.first * SECOND, (log.last + 1) * SECOND
    if not log.rows.seconds:
        raise window.empty(first, last, log.zone)
    start, end = int(max(low, first)), int(min(high, last))
    starts, counts = log.rows.in_order(start)
    names, classes = log.rows.classes()
    return Recorded(
        f"{Path(path).name}, {log.lines:,} lines",
        moment(start, log.zone),
        (end - start) / SECOND,
        starts,
        counts,
        scale=scale,
        paths=names,
        classes=classes,
        works=log.rows.works,
        notes=log.notes(),
        skipped=log.broken,
    )


def sample_access_log() -> Path:
    """The path of a small log that comes with the course.

    A real nginx wrote it in twelve minutes with two peaks.
    """
    return Path(__file__).with_name("sample_access.log.gz")


class _Log:
    """A log while it is read: what was kept of it, and what was odd.

    `first` and `last` are the seconds (after 1970) of the first and the last request in the whole file.
    """

    def __init__(self, duration: Duration | None):
        self.rows, self.duration = Rows(with_works=duration is not None), duration
        self.lines = self.broken = 0
        self.first_broken: list[int] = []
        self.begun, self.first, self.last = False, 0, 0
        self.zone: tzinfo = UTC

    def skip(self, number: int) -> None:
        """Count a line that can't be read, the file's line `number`."""
        self.broken += 1
        if len(self.first_broken) < 5:
            self.first_broken.append(number)

    def notes(self) -> tuple[str, ...]:
        """A sentence about the broken lines, if there are any."""
        if not self.broken:
            return ()
        broken = "1 line is" if self.broken == 1 else f"{self.broken:,} lines are"
        return (f"{broken} broken and skipped: {self._which()}.",)

    def complaint(self) -> str:
        """Why this is no access log."""
        if not self.lines:
            return "that file has no lines"
        text = f"{self.broken:,} of its {self.lines:,} lines are broken ({self._which()}); "
        text += f"a line should be like {EXAMPLE}"
        if self.duration:
            text += (
                f", with the duration in {self.duration.unit} as duration_field {self.duration.field!r} says"
            )
        return text

    def _which(self) -> str:
        lines = ", ".join(map(str, self.first_broken))
        return ("line " if self.broken == 1 else "lines ") + lines + (", …" if self.broken > 5 else "")


def _read(file, log: _Log, window: Window) -> None:
    """Go through the lines of a log and keep what is needed of those inside the window."""
    read_time, low, high = lru_cache(1024)(stamp_time), 0.0, 0.0
    for number, line in enumerate(lines(file), 1):
        if line.isspace():
            continue
        log.lines += 1
        found = LINE.match(line)
        stamp = read_time(found[1]) if found else None
        work = log.duration.read(line[found.end() :]) if found and log.duration else 0.0
        if found is None or stamp is None or work is None:
            log.skip(number)
            continue
        second, zone = stamp
        if not log.begun:
            log.begun, log.zone, log.first = True, zone, second
            low, high = (bound / SECOND for bound in window.bounds(zone))
        if second < log.first:
            log.first = second
        elif second > log.last:
            log.last = second
        if low <= second < high:
            log.rows.add(second, path_of(found[2]), work)
