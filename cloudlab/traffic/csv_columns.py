"""Which column of a table holds the times, which the counts, and what a cell means.

Exports differ in their head rows, so a column may be called by any of the words above it. Read
`find_columns` first.
"""

import re
from datetime import UTC, datetime, tzinfo
from math import isnan, nan

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.files import SECOND, ticks

COUNTS = ("requestcount", "requests", "count", "sum", "hits", "value", "samplecount")
"""Names by which the counts are found, the best first. Only letters are compared, in small ones."""

TIMES = ("timestamp", "time", "datetime", "date")

LATEST = 7_000_000_000
"""Seconds after 1970 (in the year 2191) from which on a number is taken for milliseconds."""

DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\S.*))?")


def find_columns(
    head: list[list[str]], first: list[str], time_column: str | None, count_column: str | None
) -> tuple[int, int]:
    """(index of the times, index of the counts) of a table with these `head` rows and `first` row of data.

    Raises InvalidParameter for a name that no column has, and where the name is needed.
    """
    names = _names(head, max(len(row) for row in [*head, first]))
    columns = ", ".join(words[-1] for words in names)
    time = _named("time_column", time_column, names, columns)
    if time is None:
        times = [column for column, cell in enumerate(first) if stamp(cell)]
        times.sort(key=lambda column: not DATE.match(first[column]))  # a plain number is a worse guess
        time = _found(TIMES, names, times, times[:1])
    count = _named("count_column", count_column, names, columns)
    if count is None:
        others = [column for column in range(len(names)) if column != time]
        counts = [
            column for column in others if column < len(first) and not isnan(number(first[column] or "0"))
        ]
        counts = counts or others
        count = _found(COUNTS, names, counts, counts if len(counts) == 1 else [])
    if time is None or count is None:
        name = "time_column" if time is None else "count_column"
        raise InvalidParameter(f"{name} is not given, but must name one of the columns {columns}.")
    return time, count


def holds_data(cells: list[str]) -> bool:
    """Whether a row belongs to the table and not to its head: it has a time, or is all numbers."""
    numbers = [number(cell) for cell in cells if cell]
    dates = any(DATE.match(cell) and stamp(cell) for cell in cells)
    epochs = any(1e9 <= value < 4.2e9 or 1e12 <= value < 4.2e12 for value in numbers)
    return dates or epochs or (len(numbers) > 1 and not any(map(isnan, numbers)))


def stamp(text: str) -> tuple[int, tzinfo] | None:
    """(µs after 1970, zone) of a date, of seconds or of milliseconds after 1970; None for anything else."""
    value = number(text)
    if 0 <= value < LATEST:
        return round(value * SECOND), UTC
    if LATEST <= value < LATEST * 1000:
        return round(value * 1000), UTC
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


def number(text: str) -> float:
    """The number in a cell, `nan` when it holds none."""
    try:
        return float(text)
    except ValueError:
        return nan


def _names(head: list[list[str]], width: int) -> list[list[str]]:
    """The words above each column."""
    words = [[row[column] for row in head if column < len(row) and row[column]] for column in range(width)]
    return [above or [f"column {column}"] for column, above in enumerate(words, 1)]


def _named(parameter: str, name: str | None, names: list[list[str]], columns: str) -> int | None:
    """The column that is called `name`."""
    if name is None:
        return None
    for column, words in enumerate(names):
        if str(name).strip().casefold() in (word.casefold() for word in words):
            return column
    raise InvalidParameter(f"{parameter} is {name!r}, but must be one of the columns {columns}.")


def _found(
    known: tuple[str, ...], names: list[list[str]], columns: list[int], otherwise: list[int]
) -> int | None:
    """The one of `columns` with the best name in `known`, else the one in `otherwise`."""
    for name in known:
        for column in columns:
            if name in ("".join(filter(str.isalpha, word)).casefold() for word in names[column]):
                return column
    return otherwise[0] if otherwise else None
