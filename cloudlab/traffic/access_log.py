"""An access log as traffic: what a web server wrote down, request by request.

A line of the log (`log_line` shows one) gives three things: the second, the path, and, if you name
it, how long the request took. The client's address is not kept. nginx writes the second in which the
answer was out, Apache the one in which the request came in. Read `_read` first: it goes through the
lines and keeps six bytes of each.
"""

from array import array
from datetime import datetime
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Annotated

from cloudlab.limits import Limit, checked
from cloudlab.traffic.files import SECOND, Window, lines, moment, opened, wrong
from cloudlab.traffic.log_line import EXAMPLE, LINE, UNITS, Duration, path_of, stamp_time
from cloudlab.traffic.recorded import Recorded, Scale

CLASSES = 10
"""So many of the commonest paths have their own class; the rest is 'other'."""

DIFFERENT = 65_535
"""So many different paths are told apart while reading: more don't fit in two bytes."""


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
    if not log.seconds:
        raise window.empty(first, last, log.zone)
    start, end = int(max(low, first)), int(min(high, last))
    starts, counts = _in_order(log, start)
    names, classes = _classes(log)
    return Recorded(
        f"{Path(path).name}, {log.lines:,} lines",
        moment(start, log.zone),
        (end - start) / SECOND,
        starts,
        counts,
        scale=scale,
        paths=names,
        classes=classes,
        works=log.works,
        notes=log.notes(),
        skipped=log.broken,
    )


def sample_access_log() -> Path:
    """The path of a small log that comes with the course.

    A real nginx wrote it in twelve minutes with two peaks.
    """
    return Path(__file__).parent.parent / "data" / "sample_access.log.gz"


class _Log:
    """What is kept of a log: of each request its second (after 1970), path and perhaps duration.

    `first` and `last` are the seconds of the first and the last request in the whole file, `paths`
    numbers the paths: 0 is none.
    """

    def __init__(self, duration: Duration | None):
        self.seconds, self.requests = array("I"), array("H")
        self.works, self.duration = array("d") if duration else None, duration
        self.paths: dict[bytes, int] = {b"": 0}
        self.lines = self.broken = 0
        self.first_broken: list[int] = []
        self.zone, self.first, self.last = None, 0, 0

    def skip(self) -> None:
        """Count a line that can't be read."""
        self.broken += 1
        if len(self.first_broken) < 5:
            self.first_broken.append(self.lines)

    def path(self, request: bytes) -> int:
        """The number of the path in a request line."""
        path = path_of(request)
        number = self.paths.get(path)
        if number is None:
            if len(self.paths) > DIFFERENT:
                return 0
            number = self.paths[path] = len(self.paths)
        return number

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
        text = f"{self.broken:,} of its {self.lines:,} lines are broken ({self._which()}); a line should be like {EXAMPLE}"
        if self.duration:
            text += f", with the duration in {self.duration.unit} as duration_field {self.duration.field!r} says"
        return text

    def _which(self) -> str:
        lines = ", ".join(map(str, self.first_broken))
        return ("line " if self.broken == 1 else "lines ") + lines + (", …" if self.broken > 5 else "")


def _read(file, log: _Log, window: Window) -> None:
    """Go through the lines of a log and keep what is needed of those inside the window."""
    read_time, low, high = lru_cache(1024)(stamp_time), 0.0, 0.0
    for line in lines(file):
        if line.isspace():
            continue
        log.lines += 1
        found = LINE.match(line)
        second, zone = read_time(found[1]) if found else (None, None)
        work = log.duration.read(line[found.end() :]) if found and log.duration else 0.0
        if second is None or work is None:
            log.skip()
            continue
        if log.zone is None:
            log.zone, log.first = zone, second
            low, high = (bound / SECOND for bound in window.bounds(zone))
        if second < log.first:
            log.first = second
        elif second > log.last:
            log.last = second
        if low <= second < high:
            log.seconds.append(second)
            log.requests.append(log.path(found[2]))
            if log.duration:
                log.works.append(work)


def _in_order(log: _Log, start: int) -> tuple[array, array]:
    """(beginnings in µs after `start`, counts) of the seconds in which something came.

    Where lines are out of order, the columns of the log are sorted too: each line goes to the next
    free place of its second, so that lines of one second keep their order.
    """
    counts: dict[int, int] = {}
    for second in log.seconds:
        counts[second] = counts.get(second, 0) + 1
    ordered = sorted(counts)
    if any(before > after for before, after in pairwise(log.seconds)):
        free = dict(zip(ordered, accumulate((counts[second] for second in ordered), initial=0)))
        places = array("I")
        for second in log.seconds:
            places.append(free[second])
            free[second] += 1
        log.requests = _placed(log.requests, places)
        log.works = _placed(log.works, places) if log.works else None
    starts = array("q", (second * SECOND - start for second in ordered))
    return starts, array("I", (counts[second] for second in ordered))


def _placed(column: array, places: array) -> array:
    placed = array(column.typecode, bytes(len(column) * column.itemsize))
    for place, value in zip(places, column):
        placed[place] = value
    return placed


def _classes(log: _Log) -> tuple[tuple[str, ...], array]:
    """(names of the classes, the class of each request): the commonest paths first, then 'other'."""
    asked = [0] * len(log.paths)
    for path in log.requests:
        asked[path] += 1
    by_count = sorted((-asked[number], path, number) for path, number in log.paths.items() if number)
    common = [(path, number) for count, path, number in by_count[:CLASSES] if count]
    class_of = array("B", [len(common)]) * len(log.paths)
    for place, (_, number) in enumerate(common):
        class_of[number] = place
    classes = array("B", (class_of[path] for path in log.requests))
    names = [path.decode("utf-8", "replace") for path, _ in common]
    return tuple([*names, "other"] if len(common) in classes else names), classes
