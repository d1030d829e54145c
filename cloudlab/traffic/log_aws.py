"""The access logs of AWS's balancers and of CloudFront (docs/facts.md lists them: LB-21 to LB-27).

An Application Load Balancer writes when a request came in (LB-22) and how long the target worked on it
(LB-23), its own line included. 460, 502, 503 and 504 are requests like any other, and where no target
answered, no work is known.
CloudFront writes when the answer was out. Read `_balancer` first.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import nan

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.log_duration import Duration
from cloudlab.traffic.log_line import Format, Reader, Request, path_of
from cloudlab.traffic.window import EPOCH

REQUEST = rb'"(?P<request>[^"\\]*+(?:\\.[^"\\]*+)*+)"'
TIME = rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z"

APPLICATION = re.compile(
    rb"(?:https?|h2|grpcs|wss?) \S+ \S+ \S+ \S+ \S+ (?P<work>\S+) \S+ (?:\d{3}|-) \S+ \S+ \S+ "
    + REQUEST
    + rb' "(?:[^"\\]|\\.)*+" \S+ \S+ \S+ "[^"]*" "[^"]*" "[^"]*" \S+ '
    + TIME
    + rb' "'
)
"""The fields 1 to 23 of a line (LB-21); more follow, and new ones are appended."""

CLASSIC = re.compile(TIME + rb" \S+ \S+ \S+ \S+ (?P<work>\S+) \S+ (?:\d+|-) (?:\d+|-) \d+ \d+ " + REQUEST)
"""A line of a Classic Load Balancer (LB-26); its time is that of the request."""

EDGE = b"x-edge-location"
"""A field that only CloudFront writes (LB-27)."""

TAKEN = "time-taken"


def _balancer(pattern: re.Pattern[bytes]):
    """What makes a reader of a balancer's lines."""

    def reader(duration: Duration | None) -> Reader:
        second_of = lru_cache(1024)(_second)

        def read(line: bytes) -> Request | None:
            found = pattern.match(line)
            second = second_of(found["time"]) if found else None
            if found is None or second is None:
                return None
            return second, UTC, path_of(found["request"]), _work(found["work"])

        return read

    return reader


def _cloudfront(duration: Duration | None) -> Reader:
    """Reads lines in the order of the fields that the last '#Fields:' names.

    The clock shows when the answer was out, in whole seconds, so what it took is taken off the middle of the second.
    """
    second_of, places = lru_cache(1024)(_second), {}
    with_work = duration is not None

    def read(line: bytes) -> Request | None:
        if line.startswith(b"#Fields:"):
            places.update({name: place for place, name in enumerate(line.split()[1:])})
            return None
        cells = line.rstrip(b"\r\n").split(b"\t")
        try:
            date, time, path = (cells[places[name]] for name in (b"date", b"time", b"cs-uri-stem"))
            took = cells[places[TAKEN.encode()]] if TAKEN.encode() in places else b"0"
            second, seconds = second_of(date + b"T" + time), float(took)
        except (KeyError, IndexError, ValueError):
            return None
        if second is None or not 0 <= seconds <= 86_400:
            return None
        path = path[:200] if path.startswith(b"/") else b""
        return int(second + 0.5 - seconds), UTC, path, _work(took) if with_work else nan

    return read


def only_known(form: Format, duration: Duration | None) -> None:
    """Raise InvalidParameter for a `duration_field` that a log of AWS doesn't have."""
    if duration is None or form not in AWS or (duration.field == TAKEN and form is AWS[-1]):
        return
    cure = "leave it out" if form.work else f"leave it out, or take {TAKEN!r}"
    tells = f", and its work is {form.work}" if form.work else ""
    raise InvalidParameter(
        f"duration_field is {duration.field!r}, but the file is {form.name}{tells}: {cure}."
    )


def _second(stamp: bytes) -> int | None:
    """Seconds after 1970 of b'2026-11-02T10:00:07', in UTC; None for what no clock shows."""
    try:
        moment = datetime.fromisoformat(stamp.decode("ascii")).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (moment - EPOCH) // timedelta(seconds=1) if 1970 < moment.year < 2100 else None


def _work(text: bytes) -> float:
    """Seconds, at least a microsecond; nan for -1 and for what is none."""
    try:
        work = float(text)
    except ValueError:
        return nan
    return max(1e-6, int(work * 1e6 + 0.5) / 1e6) if 0 <= work <= 86_400 else nan


AWS = (
    Format(
        "a log of an Application Load Balancer",
        "https 2026-11-02T10:00:07.185000Z app/shop/50dc6c495c0c9188 …",
        APPLICATION.match,
        _balancer(APPLICATION),
        "target_processing_time",
    ),
    Format(
        "a log of a Classic Load Balancer",
        "2026-11-02T10:00:07.185000Z shop 203.0.113.9:2817 …",
        CLASSIC.match,
        _balancer(CLASSIC),
        "backend_processing_time",
    ),
    Format(
        "a log of CloudFront",
        "#Fields: date time x-edge-location …",
        lambda line: line.startswith(b"#Fields:") and EDGE in line,
        _cloudfront,
        note=(
            f"CloudFront tells when an answer was out; what it took ({TAKEN}, if it is there) is taken off. That is no "
            f"work of a server: duration_field='{TAKEN}' takes it for that."
        ),
    ),
)
