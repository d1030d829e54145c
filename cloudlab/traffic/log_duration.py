"""How long a request took, as a line of a log of nginx or Apache says it.

nginx writes seconds (0.081), or several where it asked several servers (0.010, 0.020); Apache's %D is in
microseconds (81000) and its %T in whole seconds. Some write the unit (81ms). Read `Duration.read` first.
"""

import re
from math import nan

from cloudlab.kernel.limits import InvalidParameter

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}

WRITTEN = {**UNITS, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "sec": 1.0, "m": 60.0, "min": 60.0}
"""Units that may stand behind a number."""

NAMED = re.compile(r"(?:.*_)?(ms|us|s)|.*(millis|micros|seconds)", re.IGNORECASE)
"""A name that ends with its unit, as in time_us=81000."""

LONG = {"millis": "ms", "micros": "us", "seconds": "s"}

TIME = re.compile(rb"([0-9.]+)\s*([a-z\xc2\xb5\xce\xbc]+)")

SEVERAL = re.compile(rb"(?<=[0-9.s-])(?:, *| : )(?=[0-9.-])")
"""What stands between the times of several servers."""

COMMA = re.compile(rb"\d+,\d+")
"""A number with a comma, or two whole ones: several times of nginx have points."""

FIELDS = re.compile(rb'"(?:[^"\\]|\\.)*"|\S+')

QUOTED = re.compile(rb' "(?:[^"\\]|\\.)*"')

FIRST = 8
"""The number of the first field after the size; what stands in quotes or brackets is one field."""


class Duration:
    """Where a line says how long the request took, and in which unit.

    `field` is 'last', the name of a field such as `rt=0.081`, or a number: 8 is the field after the size, -2
    the last but one. Without a `unit` the name or the values must tell it. Raises InvalidParameter for another
    form of name.
    """

    def __init__(self, field: str | int, unit: str | None):
        if isinstance(field, str) and re.fullmatch(r"-?\d+", field, re.ASCII):
            field = int(field)
        number = isinstance(field, int) and not isinstance(field, bool) and (field < 0 or field >= FIRST)
        if not number and not (isinstance(field, str) and re.fullmatch(r"[A-Za-z_][\w-]*", field, re.ASCII)):
            raise InvalidParameter(
                f"duration_field is {field!r:.60}, but must be 'last', the rt of a field rt=0.081, or the number "
                f"of a field: {FIRST} is the one after the size, -2 the last but one."
            )
        self.field = field
        if unit is None and isinstance(field, str) and (named := NAMED.fullmatch(field)):
            unit = named[1] or LONG[named[2].lower()]
        self.unit = unit.lower() if unit else None
        self.whole = self.parts = 0
        self.example = self.comma = ""
        self._mark = b" " + field.encode() + b"=" if isinstance(field, str) and field != "last" else None
        self._factor = UNITS[self.unit] if self.unit else 1.0

    def read(self, rest: bytes) -> float | None:
        """The seconds in the fields that follow the size; None where there are none, or more than a day.

        nan for a dash, with which nginx says that no server was asked. At least one microsecond: a log rounds short
        times to 0.
        """
        text = self._text(rest)
        text = text[1:-1] if text.startswith(b'"') else text
        if text == b"-":
            return nan
        work = self._seconds(text)
        if b"," in text:
            if COMMA.fullmatch(text):
                self.comma = self.comma or text.decode("ascii")
            times = [self._seconds(one) for one in text.split(b",") if one != b"-"]
            work = sum(time for time in times if time is not None) if times and None not in times else None
        return max(1e-6, int(work * 1e6 + 0.5) / 1e6) if work is not None and 0 <= work <= 86_400 else None

    def question(self) -> str:
        """What has to be asked: of a comma, and where all numbers are whole and nobody says in which unit; else ''."""
        if self.comma:
            rule = f"a comma can't be read: it may be a decimal mark, or stand between two times, as in {self.comma}"
            return f"duration_field must name durations with a point, such as 0.081; {rule}."
        if self.unit or self.whole <= self.parts:
            return ""
        return (
            f"duration_unit is not given, but the durations are whole numbers, such as {self.example}: it must be "
            "'s' (Apache's %T), 'ms' or 'us' (Apache's %D)."
        )

    def note(self) -> str:
        """What the numbers were taken for where nobody says; else ''."""
        if self.unit or not self.parts:
            return ""
        return "The durations have a point, so they are taken for seconds; duration_unit names another unit."

    def _text(self, rest: bytes) -> bytes:
        if isinstance(self.field, int):
            fields = FIELDS.findall(SEVERAL.sub(b",", rest))
            place = self.field - FIRST if self.field > 0 else self.field
            return fields[place] if -len(fields) <= place < len(fields) else b""
        if self._mark is None:
            found = rest.rsplit(None, 2)
            if len(found) > 1 and found[-2][-1:] in (b",", b":"):
                found = SEVERAL.sub(b",", rest).rsplit(None, 1)
            return found[-1] if found else b""
        before, _, _ = rest.partition(self._mark)
        if before.count(b'"') % 2:  # what a caller writes into his agent is no field
            rest = QUOTED.sub(b' ""', rest)
        found = rest.partition(self._mark)[2].split(None, 2)
        if len(found) > 1 and (found[0].endswith(b",") or found[1] == b":"):
            found = SEVERAL.sub(b",", rest).partition(self._mark)[2].split(None, 1)
        return found[0] if found else b""

    def _seconds(self, text: bytes) -> float | None:
        try:
            value = float(text)
        except ValueError:
            found = TIME.fullmatch(text)
            factor = WRITTEN.get(found[2].decode("utf-8", "replace")) if found else None
            return float(found[1]) * factor if found and factor and found[1].count(b".") < 2 else None
        if self.unit is None:
            if b"." in text:
                self.parts += 1
            else:
                self.whole, self.example = self.whole + 1, self.example or text.decode("ascii", "replace")
        return value * self._factor
