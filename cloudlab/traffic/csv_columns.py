"""Which column of a table holds the times, which the counts, and what its numbers are.

Exports differ in their head rows, so a column may be called by any of the words above it. Read
`find_columns` first.
"""

from typing import NamedTuple

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.csv_head import Meaning, meaning, tokens, told_of
from cloudlab.traffic.csv_labels import check_parts, told_by
from cloudlab.traffic.csv_numbers import is_number
from cloudlab.traffic.csv_times import (
    COMPACT,
    DATE,
    DATES,
    SERIAL,
    WORDS,
    clock_only,
    day_only,
    is_plain,
    number,
    stamp,
    unit_of,
)

COUNTS = ("requestcount", "requests", "count", "sum", "hits", "value", "samplecount")
"""Names by which the counts are found, the best first. Only letters are compared, in small ones."""

TIMES = ("timestamp", "time", "datetime", "date")

CLOCKS = {"time", "clock", "uhrzeit", "zeit", *WORDS["h"]}

Ask = str | int | None


class Columns(NamedTuple):
    """The columns `times` and `counts`, and how they are read.

    `clock` is the column of a clock beside a date, or None. `unit` is that of plain numbers as times. `name` is
    what the counts are called, `means` what the head says of them. `sure`: the head calls the times seconds.
    `labels` holds the columns whose cells tell of the counts, with what the first row says; `notes` says what was
    taken for what.
    """

    times: int
    clock: int | None
    unit: str | None
    counts: int
    name: str
    means: Meaning
    sure: bool
    labels: dict[int, str]
    notes: list[str]

    def when(self, cells: list[str]) -> str:
        """The time in a row, as a text."""
        text = cells[self.times] if self.times < len(cells) else ""
        if self.clock is None:
            return text
        if self.unit == "excel":
            return str(number(text) + number(_cell(cells, self.clock).replace(",", ".")))
        clock = _cell(cells, self.clock)
        return f"{text} {clock_only(clock) or (f'{int(clock):02}:00' if clock.isdecimal() else clock)}"


def find_columns(
    head: list[list[str]], first: list[str], time_column: Ask, count_column: Ask, time_unit: str | None
) -> Columns:
    """The columns of a table with these `head` rows and `first` row of data.

    Raises InvalidParameter for a name that no column has, or several, where the name is needed, and for a
    column whose head says that it counts no requests.
    """
    head = [[" ".join(cell.split()) for cell in row] for row in head]
    names = _names(head, max(len(row) for row in [*head, first]))
    time = _named("time_column", time_column, names)
    notes: list[str] = []
    if time is None:
        check_parts(names, first)
        time = _time(names, first, notes)
    clock = None
    if time is not None and clock_only(_cell(first, time)):  # the clock was taken: the date stands elsewhere
        days = [column for column, cell in enumerate(first) if day_only(cell)]
        time, clock = (days[0], time) if days else (time, None)
    elif time is not None and day_only(_cell(first, time)):
        clock = _clock(names, first)
    elif time is not None and is_plain(_cell(first, time).replace(",", ".")):
        time, clock = _days_and_clock(names, first, time)
    count = _named("count_column", count_column, names)
    labels = {column: kind for column, kind in told_by(names, first).items() if column not in (time, clock)}
    said = {kind: first[column] for column, kind in labels.items()}
    metric = [said["metric"]] if "metric" in said else []
    meanings = [
        meaning([*_words(head, names, column), *metric], said | told_of(head, column))
        for column in range(len(names))
    ]
    if count is None:
        others = [column for column in range(len(names)) if column not in (time, clock)]
        counts = [column for column in others if is_number(_cell(first, column) or "0")] or others
        counts = [column for column in counts if not meanings[column].fault] or counts
        count = _found("count_column", COUNTS, names, counts, counts if len(counts) == 1 else [])
    if time is None or count is None:
        name = "time_column" if time is None else "count_column"
        raise InvalidParameter(f"{name} is not given, but must name one of the columns {_list(names)}.")
    if meanings[count].fault:
        called = [*_words(head, names, count), *metric]
        raise InvalidParameter(
            f"count_column must be a column of counts, but column {count + 1} is called {' '.join(called)!r:.60}: "
            f"{meanings[count].fault}."
        )
    plain = is_plain(_cell(first, time).replace(",", "."))
    unit = unit_of(tokens(names[time]), _cell(first, time).replace(",", "."), time_unit) if plain else None
    name, known = _words(head, names, count)[-1], {word for words in WORDS.values() for word in words}
    sure = bool(time_unit or tokens(names[time]) & (DATES if unit == "excel" else known))
    if unit in ("s", "excel") and not sure:
        shown = "seconds" if unit == "s" else "a workbook's days"
        notes.append(f"The times are plain numbers, taken for {shown}; time_unit names another unit.")
    if meanings[count].odd and any(row[count : count + 1] for row in head):
        notes.append(f"The numbers of {name!r:.60} are taken for the requests of each interval.")
    alike = {column: first[column] for column in labels if column != count}
    return Columns(time, clock, unit, count, name, meanings[count], sure, alike, notes)


def holds_data(cells: list[str]) -> bool:
    """Whether a row belongs to the table and not to its head: it has a time, or is all numbers."""
    numbers = [cell for cell in cells if cell]
    dates = any((DATE.match(cell) or COMPACT.fullmatch(cell)) and stamp(cell) for cell in cells)
    epochs = any(
        factor <= number(cell) / 1e9 < 4.2 * factor for cell in cells for factor in (1, 1e3, 1e6, 1e9)
    )
    return dates or epochs or (len(numbers) > 1 and all(is_number(cell) for cell in numbers))


def _time(names: list[list[str]], first: list[str], notes: list[str]) -> int | None:
    """The column of the times: dates before moments after 1970, those before plain numbers."""
    stamps = [column for column, cell in enumerate(first) if stamp(cell)]
    if stamps:
        dates = [column for column in stamps if DATE.match(first[column])] or stamps
        found = _found("time_column", TIMES, names, dates, dates[:1])
        if found is not None and len(dates) > 1 and DATE.match(first[found]):
            notes.append(
                f"The times are those of {names[found][-1]!r:.60}; time_column names another column."
            )
        return found
    plain = [column for column, cell in enumerate(first) if is_plain(cell.replace(",", "."))]
    timed = {word for known in WORDS.values() for word in known} | {*TIMES}
    named = [column for column in plain if tokens(names[column]) & timed]
    return _found("time_column", TIMES, names, named or plain, (named or plain)[:1])


def _clock(names: list[list[str]], first: list[str]) -> int | None:
    """The column of a clock that stands beside a date. Raises InvalidParameter for one that can't be read."""
    clocks = [column for column, cell in enumerate(first) if clock_only(cell)]
    hours = [
        column
        for column, cell in enumerate(first)
        if cell.isdecimal() and int(cell) < 24 and tokens(names[column]) <= CLOCKS and tokens(names[column])
    ]
    if clocks or hours:
        return [*clocks, *hours][0]
    for column, cell in enumerate(first):
        if (
            cell
            and not day_only(cell)
            and tokens(names[column]) & {*CLOCKS, *WORDS["min"]}
            and not stamp(cell)
        ):
            raise InvalidParameter(
                f"time_column has dates only, and beside it {names[column][-1]!r:.60} has {cell!r:.40}, but must have "
                "clocks such as 10:00."
            )
    return None


def _days_and_clock(names: list[list[str]], first: list[str], time: int) -> tuple[int, int | None]:
    """A workbook's day and its clock, a part of a day, where they stand in two columns; else `time` alone."""
    plain = {column: number(cell.replace(",", ".")) for column, cell in enumerate(first)}
    days = [
        column
        for column, value in plain.items()
        if SERIAL[0] <= value < SERIAL[1] and value.is_integer() and tokens(names[column]) & DATES
    ]
    clocks = [
        column
        for column, value in plain.items()
        if 0 <= value < 1 and tokens(names[column]) & (CLOCKS - WORDS["h"])
    ]
    return (days[0], clocks[0]) if days and clocks and time in (days[0], clocks[0]) else (time, None)


def _names(head: list[list[str]], width: int) -> list[list[str]]:
    """The words above each column."""
    words = [[row[column] for row in head if column < len(row) and row[column]] for column in range(width)]
    return [above or [f"column {column}"] for column, above in enumerate(words, 1)]


def _words(head: list[list[str]], names: list[list[str]], column: int) -> list[str]:
    """The words above a column without those of rows that tell statistic, period and unit."""
    told = told_of(head, column).values()
    return [word for word in dict.fromkeys(names[column]) if word not in told] or names[column][:1]


def _named(parameter: str, name: Ask, names: list[list[str]]) -> int | None:
    """The column that is called `name`, or has that number."""
    if name is None:
        return None
    if isinstance(name, int) and not isinstance(name, bool) and 1 <= name <= len(names):
        return name - 1
    wanted = " ".join(str(name).split()).casefold()
    found = [column for column, words in enumerate(names) if wanted in (word.casefold() for word in words)]
    if len(found) > 1:
        raise InvalidParameter(f"{parameter} is {name!r}, but {_several(found)}.")
    if not found:
        raise InvalidParameter(f"{parameter} is {name!r}, but must be one of the columns {_list(names)}.")
    return found[0]


def _found(
    parameter: str, known: tuple[str, ...], names: list[list[str]], columns: list[int], otherwise: list[int]
) -> int | None:
    """The one of `columns` with the best name in `known`, else the one in `otherwise`."""
    for name in known:
        called = [
            column
            for column in columns
            if name in ("".join(filter(str.isalpha, word)).casefold() for word in names[column])
        ]
        if len(called) > 1:
            raise InvalidParameter(f"{parameter} is not given, but {_several(called)}.")
        if called:
            return called[0]
    return otherwise[0] if otherwise else None


def _several(columns: list[int]) -> str:
    numbers = [str(column + 1) for column in columns]
    return f"{len(columns)} columns are called so: name one by its number, {', '.join(numbers[:-1])} or {numbers[-1]}"


def _list(names: list[list[str]]) -> str:
    return ", ".join(words[-1] if len(words[-1]) <= 40 else f"{words[-1][:39]}…" for words in names)


def _cell(cells: list[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""
