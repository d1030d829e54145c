"""An access log as traffic: what a server or a balancer wrote down, request by request.

A line of the log (`log_line` and `log_aws` show some) gives the second, the path, and perhaps how long the
request took. The client's address is not kept. nginx writes the second in which the answer was out, Apache
and AWS's balancers tell the one in which the request came in. Read `_read` first: it goes through the lines
and keeps a few bytes of each (`log_rows`).
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain, islice, pairwise
from os import fspath
from pathlib import Path
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.traffic.files import Name, WrongFile, inside, lines, named, opened, readable, reading, wrong
from cloudlab.traffic.log_aws import only_known
from cloudlab.traffic.log_duration import UNITS, Duration
from cloudlab.traffic.log_known import format_of
from cloudlab.traffic.log_line import COMMON, Reader
from cloudlab.traffic.log_rows import Rows
from cloudlab.traffic.log_seen import Log
from cloudlab.traffic.recorded import Recorded, Scale
from cloudlab.traffic.window import SECOND, Window, moment

HEAD = 20
"""So many lines are looked at to know the form of a file."""


@checked()
def from_access_log(
    path: str | Path | list[str | Path] | tuple[str | Path, ...],
    *,
    scale: Scale = 1.0,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    duration_field: str | int | None = None,
    duration_unit: Annotated[str | None, Limit(choices=tuple(UNITS))] = None,
) -> Recorded:
    """The traffic in an access log: nginx, Apache, a balancer of AWS, or CloudFront, plain or gzipped.

    `path` is a file, a list of files, or a folder: then all logs in it and in its folders are one, as S3
    delivers those of a balancer, and what is no such log is named and left out. Second 0 is `since`, or the
    first second of the log where that is later. `scale` 2 repeats each request at another moment of its
    second, 0.5 keeps each with a chance of a half. The classes are the ten commonest paths, without what
    follows '?', and 'other'.

    A balancer's log tells how long the target worked; that is the request's work, and where it is not known
    `Customers` draws it. Of nginx and Apache, `duration_field` says where a line tells how long the request
    took: 'last' is the last field of the line, 8 the one after the size, and any other name, as 'rt', stands for
    a field `rt=0.081`. `duration_unit` has to be given where all are whole numbers: Apache's `%T` is in 's',
    its `%D` in 'us'. Otherwise `Customers` draws the work.

    Lines that are no such line are counted and skipped; one of another year is named and left out. Raises
    InvalidParameter, with one sentence, for a file that can't be read or is another known format, when more
    than half of its lines are broken, and when no request is left.
    """
    window = Window(since, until)
    files, folder = files_of(path)
    log = Log(None if duration_field is None else Duration(duration_field, duration_unit), len(files) > 1)
    name = readable(path) if isinstance(path, Name) else f"{len(files)} files"
    with reading(files, name) as progress:
        for file in files:
            before = log.lines
            try:
                with opened(file, progress) as content:
                    _read(content, file, log, window, len(files) == 1 and not folder)
            except WrongFile:
                if not folder or log.lines > before:
                    raise
                log.left_out.append(readable(file))
    if log.duration and log.form is COMMON and (question := log.duration.question()):
        raise InvalidParameter(question)
    if log.broken * 2 > log.lines or not log.lines:
        raise wrong(path if isinstance(path, Name) else files[0], log.complaint(folder))
    return _recorded(log, window, f"{name}, {log.lines:,} lines", scale)


def sample_access_log() -> Path:
    """The path of a small log that comes with the course.

    A real nginx wrote it in twelve minutes with two peaks.
    """
    return Path(__file__).with_name("sample_access.log.gz")


def files_of(path) -> tuple[list[Name], bool]:
    """(the files that `path` stands for, whether it is a folder)."""
    if isinstance(path, (list, tuple)):
        if not path:
            raise InvalidParameter("path is an empty list, but must name a file, some files or a folder.")
        files = sorted(path, key=lambda one: fspath(named(one)))
        for file, following in pairwise(files):
            if named(file) == named(following):
                raise wrong(file, "it is named twice, and its requests would count twice")
        return files, False
    name = named(path)
    try:
        folder = name.is_dir()
    except (OSError, ValueError):
        folder = False  # `opened` says what is wrong with it
    if not folder:
        return [path], False
    files = inside(name)
    if not files:
        raise wrong(path, "that is a folder without a file in it")
    return list(files), True


def _read(file, path: Name, log: Log, window: Window, alone: bool) -> None:
    """Go through the lines of a file and keep what is needed of those inside the window."""
    text = lines(file)
    head = list(islice(text, HEAD))
    log.head = log.head or head
    form = format_of(head)
    if not alone and (form is None or form is not (log.form or form)):
        raise wrong(path, log.odd(form, head))
    if log.form is None:
        log.form = form = form or COMMON
        only_known(form, log.duration)
        log.rows = Rows(with_works=bool(form.work or log.duration))
    _keep(chain(head, text), log.form.reader(log.duration), path, log, window)


def _keep(text: Iterable[bytes], read: Reader, path: Name, log: Log, window: Window) -> None:
    """Keep the requests of these lines that lie in the window, and count the lines that can't be read."""
    for number, line in enumerate(text, 1):
        if line.isspace():
            continue
        log.lines += 1
        request = read(line)
        if request is None:
            log.skip(line, path, number)
            continue
        second, zone, asked, work = request
        if not log.first <= second <= log.last:
            log.reach(second, zone, path, number, window)
        if log.low <= second < log.high:
            log.rows.add(second, asked, work)


def _recorded(log: Log, window: Window, source: str, scale: float) -> Recorded:
    """The traffic of what was kept."""
    low, high = window.bounds(log.zone)
    first, last = log.first * SECOND, (log.last + 1) * SECOND
    if not log.rows.seconds:
        raise window.empty(first, last, log.zone)
    strays = log.rows.leave_out_strays() if len(log.marks) > 1 else []
    if strays:
        main = min(log.rows.seconds), max(log.rows.seconds)
        first = main[0] * SECOND if strays[0] < main[0] else first
        last = (main[1] + 1) * SECOND if strays[-1] > main[1] else last
    start, end = int(max(low, first)), int(min(high, last))
    starts, counts = log.rows.in_order(start)
    names, classes = log.rows.classes()
    unknown = log.rows.unknown()
    if log.duration and unknown == len(log.rows.seconds):
        name = repr(log.duration.field)
        raise InvalidParameter(f"duration_field is {name}, but no line has a duration there: name another.")
    return Recorded(
        source,
        moment(start, log.zone),
        (end - start) / SECOND,
        starts,
        counts,
        scale=scale,
        paths=names,
        classes=classes,
        works=log.rows.works,
        notes=log.notes(strays, unknown),
        skipped=log.broken,
    )
