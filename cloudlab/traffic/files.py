"""Files that a learner brings: opened, unpacked, and limited to a window of time.

Whatever is wrong with a file (missing, a folder, empty, damaged) is one sentence. Read `opened` first.
"""

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from pathlib import Path

from cloudlab.kernel.limits import InvalidParameter

LONGEST = 65_536
"""Bytes of a line that are looked at. Whoever reads more of a line may have to load a whole file."""

SECOND = 1_000_000
"""Microseconds in a second: recorded moments are whole microseconds."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def opened(path: str | os.PathLike) -> Iterator[io.BufferedReader]:
    """A file open for reading bytes, unpacked if it begins as gzip does.

    Raises InvalidParameter, with one sentence that names `path`, also for what goes wrong while the
    file is read.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise InvalidParameter(f"path is {path!r:.60}, but must be the name of a file: a text or a Path.")
    try:
        with _open(path) as file:
            start = file.peek(2)[:2]
            if not start:
                raise wrong(path, "that file is empty")
            yield io.BufferedReader(gzip.GzipFile(fileobj=file)) if start == b"\x1f\x8b" else file
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise wrong(path, "that gzip file is damaged or ends too early; pack it again") from None
    except OSError as error:
        raise wrong(path, f"that file can't be read ({error.strerror or error})") from None


def _open(path: str | os.PathLike) -> io.BufferedReader:
    name = Path(path).expanduser()
    if name.is_dir():
        raise wrong(path, "that is a folder; name a file in it")
    try:
        return open(name, "rb")
    except FileNotFoundError:
        raise wrong(path, "there is no such file; a name is seen from the folder of the notebook") from None
    except ValueError:
        raise wrong(path, "no file can have such a name") from None


def wrong(path: str | os.PathLike, rule: str) -> InvalidParameter:
    """The error that says what is wrong with the file at `path`."""
    return InvalidParameter(f"path is {os.fspath(path)!r:.200}, but {rule}.")


def lines(file: io.BufferedReader) -> Iterator[bytes]:
    """The lines of a file, one at a time, each cut after `LONGEST` bytes."""
    while line := file.readline(LONGEST):
        yield line
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = file.readline(LONGEST)


class Window:
    """The time from `since` up to, but without, `until`: texts such as '2026-11-02 10:00', datetimes or None.

    A time without a zone is meant in the zone of the file. Raises InvalidParameter for what is no
    time, and when the window is empty.
    """

    def __init__(self, since: str | datetime | None, until: str | datetime | None):
        self.since, self.until = _time("since", since), _time("until", until)

    def bounds(self, zone: tzinfo) -> tuple[float, float]:
        """(since, until) in microseconds after 1970, for a file in `zone`; infinite where not given."""
        low = -inf if self.since is None else ticks(self.since, zone)
        high = inf if self.until is None else ticks(self.until, zone)
        if low >= high:
            raise InvalidParameter(f"since is '{self.since}', but must lie before until ('{self.until}').")
        return low, high

    def empty(self, first: int, last: int, zone: tzinfo) -> InvalidParameter:
        """The error for a window in which nothing came, though the file goes from `first` to `last` (µs)."""
        given = " and ".join(f"{name} is '{value}'" for name, value in vars(self).items() if value)
        span = f"{shown(first, zone)} to {shown(last, zone)}"
        return InvalidParameter(f"{given}, but no request came then: the file goes from {span}.")


def ticks(moment: datetime, zone: tzinfo) -> int:
    """Microseconds after 1970; a `moment` without a zone is meant in `zone`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(tick: int, zone: tzinfo) -> datetime:
    """The datetime of `tick` microseconds after 1970, as a clock in `zone` shows it."""
    return (EPOCH + timedelta(microseconds=tick)).astimezone(zone)


def shown(tick: int, zone: tzinfo) -> str:
    """`tick` (µs after 1970) as it is written: '2026-11-02 10:00:00'."""
    return f"{moment(tick, zone):%Y-%m-%d %H:%M:%S}"


def _time(name: str, value) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value.strip().replace("/", "-"))
    except (ValueError, AttributeError):
        raise InvalidParameter(
            f"{name} is {value!r}, but must be a time such as '2026-11-02 10:00'."
        ) from None
