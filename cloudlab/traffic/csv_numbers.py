"""Counts as they are written in other countries: 1,234.5 or 1.234,5 or 1 234,5 or 1'234 or 12,34,567.

One cell may be read in two ways, so a mark is understood when the whole column is known. Read `Counts.values`
first.
"""

import re
from math import inf, nan

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.csv_times import number

BLANKS = str.maketrans("", "", " \u00a0\u2007\u2009\u202f'\u2019")
"""What stands between thousands and is never read as anything else."""

MARKED = re.compile(r"\d[\d.,]*(?:[eE][+-]?\d+)?")

ONE_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""What can be thousands or a decimal number: 1.234."""


def is_number(text: str) -> bool:
    """Whether a cell may be a count."""
    text = text.translate(BLANKS)
    return number(text) == number(text) or bool(MARKED.fullmatch(text))


class Counts:
    """The counts of a column while it is read: (line, stamp, cell) of those with a mark wait for the end.

    `english` says that commas separate the cells, so that a comma in a number is one between thousands.
    """

    def __init__(self, decimal_mark: str | None, english: bool):
        self._mark, self._english = decimal_mark, english
        self._waiting: list[tuple[int, int, str]] = []
        self._largest = 0.0

    def read(self, line: int, stamp: int, cell: str) -> float | None:
        """The count in a cell; None for one that has to wait. nan for what is none."""
        value = number(cell)
        if "." in cell and value == value and self._is_decimal(cell):
            return value if 0 <= value < inf else nan
        text = cell.translate(BLANKS)
        if ("," in text or "." in text) and MARKED.fullmatch(text):
            self._waiting.append((line, stamp, text))
            return None
        value = number(text)
        if not 0 <= value < inf:
            return nan
        self._largest = max(self._largest, value)
        return value

    def _is_decimal(self, cell: str) -> bool:
        """Whether the point in a number is beyond doubt its decimal mark."""
        if not self._mark and not ONE_GROUP.fullmatch(cell):
            self._mark = "."
        return self._mark == "."

    def values(self):
        """(line, stamp, cell, count) of the cells that had to wait; nan for what is no count.

        Raises InvalidParameter when they can be read in two ways.
        """
        mark = self._mark or self._decimal_mark() if self._waiting else "."
        other = "." if mark == "," else ","
        grouped = re.compile(rf"\d{{1,3}}(\{other}\d{{2,3}})*\{other}\d{{3}}(\{mark}\d*)?")
        for line, stamp, text in self._waiting:
            good = other not in text or grouped.fullmatch(text)
            value = number(text.replace(other, "").replace(mark, ".")) if good else nan
            yield line, stamp, text, value if value < inf else nan

    def _decimal_mark(self) -> str:
        for _, _, text in self._waiting:
            if found := _certain(text):
                return found
        line, _, text = self._waiting[0]
        mark = "," if "," in text else "."
        likely = {mark} if self._largest >= 1000 else set()  # others have no mark between thousands
        likely |= {"."} if mark == "," and self._english else set()
        if len(likely) == 1:
            return likely.pop()
        thousands = text.replace(mark, "")
        raise InvalidParameter(
            f"decimal_mark is not given, but {text!r} (line {line}) can be {thousands} or "
            f"{text.replace(mark, '.')}: it must be '.' or ','."
        )


def _certain(text: str) -> str:
    """The decimal mark that a number shows beyond doubt, or ''."""
    if "," in text and "." in text:
        return max(",.", key=text.rfind)
    mark = "," if "," in text else "."
    if text.count(mark) > 1:
        return "." if mark == "," else ","
    return "" if ONE_GROUP.fullmatch(text) else mark
