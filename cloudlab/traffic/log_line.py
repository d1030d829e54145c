"""One line of an access log: who, when, what, how it went, and perhaps how long it took.

The Common Log Format, the Combined one, which adds two texts, and what you add yourself:

    203.0.113.9 - - [02/Nov/2026:10:00:07 +0100] "GET /cart?id=7 HTTP/1.1" 200 512 "-" "Firefox" 0.081

Inside the quotes Apache writes a quote as \\", and both write what is no text as \\x16.
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.files import SECOND, ticks

EXAMPLE = '203.0.113.9 - - [02/Nov/2026:10:00:07 +0000] "GET / HTTP/1.1" 200 512'

LINE = re.compile(
    rb"\S+ \S+ .*?\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "  # who, when
    rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)" \d{3} (?:\d+|-)(?=\s|$)',  # request line, status, bytes
    re.DOTALL,
)
"""Matches a line; its groups are the time stamp and the request line. More fields may follow."""

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}

MONTHS = {
    name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}


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

    Of a path that is longer than 200 bytes, only those count.
    """
    parts = request.split(b" ", 2)
    path = parts[1].partition(b"?")[0] if len(parts) > 1 else b""
    return path[:200] if path.startswith(b"/") else b""


class Duration:
    """Where a line says how long the request took, and in which unit.

    `field` is 'last', or the name of a field such as `rt=0.081`. Raises InvalidParameter for another
    form of name.
    """

    def __init__(self, field: str, unit: str):
        if not isinstance(field, str) or not re.fullmatch(r"\w+", field, re.ASCII):
            raise InvalidParameter(
                f"duration_field is {field!r}, but must be 'last', or the rt of a field rt=0.081."
            )
        self.field, self.unit = field, unit
        self.mark = None if field == "last" else b" " + field.encode() + b"="

    def read(self, rest: bytes) -> float | None:
        """The seconds in the fields that follow the size; None where there are none, or more than a day.

        At least one microsecond: a log rounds short times to 0.
        """
        found = (
            rest.rsplit(None, 1)[-1:] if self.mark is None else rest.partition(self.mark)[2].split(None, 1)
        )
        field = found[0] if found else b""
        try:
            work = float(field[1:-1] if field.startswith(b'"') else field) * UNITS[self.unit]
        except ValueError:
            return None
        return max(1e-6, int(work * 1e6 + 0.5) / 1e6) if 0 <= work <= 86_400 else None
