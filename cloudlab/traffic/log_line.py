"""One line of an access log of nginx or Apache: who, when, what, how it went, and perhaps how long it took.

The Common Log Format, the Combined one, which adds two texts, and what you add yourself:

    203.0.113.9 - - [02/Nov/2026:10:00:07 +0100] "GET /cart?id=7 HTTP/1.1" 200 512 "-" "Firefox" 0.081

Inside the quotes Apache writes a quote as \\", and both write what is no text as \\x16.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from math import nan
from typing import NamedTuple

from cloudlab.traffic.log_duration import Duration
from cloudlab.traffic.window import SECOND, ticks

EXAMPLE = '203.0.113.9 - - [02/Nov/2026:10:00:07 +0000] "GET / HTTP/1.1" 200 512'

LINE = re.compile(
    rb"\S+ +\S+ .*?\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "  # who, when
    rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)" (?:\d{3}|-) (?:\d+|-)(?=\s|$)',  # request line, status, bytes
    re.DOTALL,
)
"""Matches a line; its groups are the time stamp and the request line. More fields may follow."""

MONTHS = {
    name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}

Request = tuple[int, tzinfo, bytes, float]
"""What a line says: second after 1970, zone of its clock, path, work (s; nan where it is not known)."""

Reader = Callable[[bytes], Request | None]
"""Reads a line; None for one that it can't read."""


class Format(NamedTuple):
    """A form of log: its name in a sentence, how one of its lines is known, and what makes a reader of them.

    `work` names the field of which the work is made; '' where `Duration` does. `note` is worth reading.
    """

    name: str
    example: str
    fits: Callable[[bytes], object]
    reader: Callable[[Duration | None], Reader]
    work: str = ""
    note: str = ""


def reader(duration: Duration | None) -> Reader:
    """Reads the lines of nginx and Apache; the work is what `duration` finds."""
    read_time = lru_cache(1024)(stamp_time)

    def read(line: bytes) -> Request | None:
        found = LINE.match(line)
        stamp = read_time(found[1]) if found else None
        work = duration.read(line[found.end() :]) if found and duration else nan
        if found is None or stamp is None or work is None:
            return None
        return *stamp, path_of(found[2]), work

    return read


def stamp_time(stamp: bytes) -> tuple[int, tzinfo] | None:
    """(seconds after 1970, zone) of b'02/Nov/2026:10:00:07 +0100'; None for what no clock shows."""
    day, month, year = int(stamp[:2]), MONTHS.get(stamp[3:6], 0), int(stamp[7:11])
    offset = timedelta(hours=int(stamp[22:24]), minutes=int(stamp[24:26]))
    try:
        zone = timezone(-offset if stamp[21:22] == b"-" else offset)
        clock = datetime(
            year, month, day, int(stamp[12:14]), int(stamp[15:17]), int(stamp[18:20]), tzinfo=zone
        )
    except ValueError:
        return None
    return (ticks(clock, zone) // SECOND, zone) if 1970 < year < 2100 else None


def path_of(request: bytes) -> bytes:
    """The path in a request line such as b'GET /cart?id=7 HTTP/1.1', without the query; b'' for none.

    Of a whole address (b'GET https://shop.example:443/cart HTTP/1.1') the part after the host counts, of a path
    that is longer than 200 bytes only those.
    """
    parts = request.split(b" ", 2)
    path = parts[1].partition(b"?")[0] if len(parts) > 1 else b""
    if not path.startswith(b"/"):
        scheme, mark, rest = path.partition(b"://")
        if not mark or not scheme.isalpha() or parts[0] == b"-":
            return b""
        path = b"/" + rest.partition(b"/")[2]
    return path[:200]


COMMON = Format("an access log of nginx or Apache", EXAMPLE, LINE.match, reader)
