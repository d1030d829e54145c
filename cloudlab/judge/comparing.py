"""Where a cost stands: beside the reference, a naive design, and those of a class, which stand in a plain CSV file.

Read `told` first. The file has a head with a column `cost`, and a line for each design; other columns are not read, so
it may hold names or none. Who shares it decides what stands there.
"""

import csv
from bisect import bisect_left
from math import inf
from pathlib import Path
from statistics import median

from cloudlab.judge.definition import Cost
from cloudlab.kernel.limits import InvalidParameter

COLUMN = "cost"
MOST = 100_000


def costs_in(path) -> list[float]:
    """The costs in a file, the least first. Raises InvalidParameter, which names the line that can't be read."""
    where = f"path is {str(path)!r:.200}"
    if not isinstance(path, (str, Path)):
        raise InvalidParameter(f"{where}, but must be the name of a CSV file, such as 'class.csv'.")
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()[:MOST]
    except (OSError, ValueError):
        rule = "must be a CSV file that can be read, in UTF-8"
        raise InvalidParameter(f"{where}, but {rule}.") from None
    head = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
    if COLUMN not in head:
        rule = f"must begin with a line that names its columns, one of them {COLUMN!r}"
        raise InvalidParameter(f"{where}, but {rule}.")
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        row = next(csv.reader([line]))
        text = row[head.index(COLUMN)].strip() if head.index(COLUMN) < len(row) else ""
        found.append(_number(text, f"line {number} of {str(path)!r:.200}"))
    if not found:
        raise InvalidParameter(f"{where}, but it holds no costs: a line for each design is needed.")
    return sorted(found)


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < inf:
        raise InvalidParameter(f"{COLUMN} is {text!r:.40} in {where}, but must be a number of at least 0.")
    return value


def told(costs: tuple[float, float, float], others: list[float], cost: Cost) -> str:
    """Yours, the reference's and the naive one's, and how many of the others are cheaper."""
    mine, reference, naive = costs
    rows = [
        ("yours", mine),
        ("the reference", reference),
        (cost.naive, naive),
        ("the cheapest of the class", others[0]),
        ("the class, half of it below", median(others)),
    ]
    lines = [f"  {words:30} {value:10,.1f} {cost.unit}" for words, value in rows]
    cheaper = bisect_left(others, mine)
    stands = f"{cheaper} of {len(others)} in the class {'is' if cheaper == 1 else 'are'} cheaper than yours."
    return "\n".join(["What it costs:", *lines, stands])
