"""When a row of a table was: dates, numbers after 1970, plain numbers with a unit, a workbook's serial dates.

Read `stamp` first.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from math import isnan, nan

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.window import SECOND, ticks

Stamp = tuple[int, tzinfo]
"""µs after 1970, and the zone of the clock that showed it."""

LATEST = 7_000_000_000
"""Seconds after 1970 (in the year 2191): from here on a number is taken for ms, from 1000 times as much for µs,
and again for ns."""

EARLIEST = 1_000_000_000
"""Below it a number is no moment after 1970 but counts from the start of something."""

DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\S.*))?")

COMPACT = re.compile(
    r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?:[T ]?([0-2]\d)([0-5]\d)([0-5]\d)?(\S*)|(?: +(\S.*))?)"
)
"""A date without marks: 20261102, 202611021000, 20261102T100000Z."""

CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?:\s*([AaPp])\.?[Mm]\.?)?")

UNITS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "day": 86_400.0}
"""Seconds in each unit in which plain numbers may count."""

WORDS = {
    "ms": {"ms", "millisecond", "milliseconds", "millis"},
    "h": {"h", "hr", "hrs", "hour", "hours", "stunde", "stunden"},
    "min": {"min", "mins", "minute", "minutes", "minuten"},
    "day": {"day", "days", "tag", "tage"},
    "s": {"s", "sec", "secs", "second", "seconds", "sekunde", "sekunden"},
}
"""Words of a head that say in which unit the numbers below it count."""

DATES = {"date", "datetime", "timestamp", "datum"}

SERIAL = 36_526, 73_051
"""The years 2000 to 2100 as a workbook counts them, in days from the end of 1899; 1970 begins at `FROM`."""

FROM = 25_569


def stamp(text: str, unit: str | None = None) -> Stamp | None:
    """(µs after 1970, zone) of a date or of a number after 1970, in s, ms, µs or ns; None for anything else.

    With a `unit` numbers below `EARLIEST` are in it; 'excel' stands for a workbook's days.
    """
    text = text if unit else _spaced(text)
    value = number(text)
    if EARLIEST <= value < LATEST:
        return round(value * SECOND), UTC
    if 0 <= value < EARLIEST:
        return _plain(value, unit) if unit else None
    if value >= LATEST:
        factor = next((f for f in (1000, 1_000_000, 1_000_000_000) if value < LATEST * f), None)
        return (round(value * SECOND / factor), UTC) if factor else None
    if not (date := DATE.fullmatch(text)):
        return None
    year, month, day, clock = date.groups(default="00:00")
    clock = clock.replace("UTC", "Z").replace(" ", "")
    try:
        moment = datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{'0' * (clock[1:2] == ':')}{clock}")
    except ValueError:
        return None
    tick = ticks(moment, UTC)
    return (tick, moment.tzinfo or UTC) if 0 <= tick < LATEST * SECOND else None


def _spaced(text: str) -> str:
    """A date without marks as one with marks; any other text as it is."""
    if not (found := COMPACT.fullmatch(text)):
        return text
    year, month, day, hour, minute, second, rest, clock = found.groups(default="")
    clock = f"{hour}:{minute}:{second or '00'}{rest}" if hour else clock
    return f"{year}-{month}-{day} {clock}".strip()


def _plain(value: float, unit: str) -> Stamp | None:
    """The moment that a plain number in `unit` stands for."""
    seconds = round((value - FROM) * 86_400) if unit == "excel" else value * UNITS[unit]
    return (round(seconds * SECOND), UTC) if 0 <= seconds < LATEST else None


def number(text: str) -> float:
    """The number in a cell, `nan` when it holds none."""
    try:
        return float(text)
    except ValueError:
        return nan


def is_plain(text: str) -> bool:
    """Whether a cell holds a number that is no moment after 1970."""
    return 0 <= number(text) < EARLIEST and not COMPACT.fullmatch(text)


def day_only(text: str) -> bool:
    """Whether a cell holds a date without a clock."""
    found = DATE.fullmatch(_spaced(text))
    return bool(found and found[4] is None)


def clock_only(text: str) -> str | None:
    """A clock such as '9:05' or '9:05:30 PM' as '21:05:30'; None for anything else."""
    found = CLOCK.fullmatch(text)
    if not found:
        return None
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        hour = hour % 12 + 12 * (half == "p")
    return f"{hour:02}:{found[2]}:{found[3] or '00'}"


def unit_of(words: set[str], cell: str, given: str | None) -> str:
    """The unit of a column of plain numbers whose head holds `words` and whose first cell is `cell`.

    Raises InvalidParameter where they can be read in two ways.
    """
    if given:
        return given
    for unit, names in WORDS.items():
        if words & names and not (unit == "day" and number(cell) >= SERIAL[0]):
            return unit
    value = number(cell)
    days = SERIAL[0] <= value < SERIAL[1]
    if days and (words & {*DATES, *WORDS["day"]} or value != int(value)):
        return "excel"
    if "time" in words and not days:
        return "s"
    raise unit_is_asked(cell)


def unit_is_asked(cell: str) -> InvalidParameter:
    """The error for plain numbers such as `cell` whose unit nobody tells."""
    return InvalidParameter(
        f"time_unit is not given, but the times are plain numbers, such as {cell}: it must be one of "
        f"{', '.join(UNITS)}, excel."
    )


def reader(unit: str | None) -> Callable[[str], Stamp | None]:
    """Reads the times of a column."""
    if unit is None:
        return stamp
    return lambda text: stamp(text.replace(",", ".") if isnan(number(text)) else text, unit)
