"""What the cells beside a count say of it: its unit, its statistic, its metric.

Some exports write in each row what others write in the head. Read `told_by` first.
"""

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.csv_head import KEYS, tokens
from cloudlab.traffic.csv_times import WORDS

METRIC = {"metric", "metrics", "label", "measure", "series"}

DATAPOINTS = "DATAPOINTS"
"""With this word AWS's command line begins each row; the last cell is the unit."""

PARTS = {
    "year",
    "jahr",
    "month",
    "monat",
    *(word for unit in ("day", "h", "min", "s") for word in WORDS[unit]),
}


def told_by(names: list[list[str]], first: list[str]) -> dict[int, str]:
    """The columns whose cells tell of the counts, with what they tell: 'unit', 'statistic' or 'metric'."""
    if first[0] == DATAPOINTS:
        return {len(first) - 1: "unit"} if first[-1].isalpha() else {}
    told = {}
    for column, cell in enumerate(first):
        words = tokens(names[column])
        if cell and not cell[0].isdigit() and words & {*KEYS, *METRIC} and not words & {"value", "count"}:
            told[column] = next((KEYS[word] for word in sorted(words) if word in KEYS), "metric")
    return told


def check_parts(names: list[list[str]], first: list[str]) -> None:
    """Raise InvalidParameter where year, month, day, hour stand in columns of their own."""
    parts = [
        names[column][-1]
        for column, cell in enumerate(first)
        if cell.isdecimal() and tokens(names[column]) and tokens(names[column]) <= PARTS
    ]
    if len(parts) > 1:
        raise InvalidParameter(
            f"time_column is not given, but the time stands in {len(parts)} columns ({', '.join(parts)}): put it into "
            "one, such as 2026-11-02 10:00."
        )
