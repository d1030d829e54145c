"""What the words above a column say of its numbers: their unit, their statistic, their period.

A sum of requests in each interval is a count. A rate becomes one, and what counts no requests (a latency, a share,
an average) is refused with the cure. Read `meaning` first.
"""

import re
from typing import NamedTuple

KEYS = {"statistic": "statistic", "stat": "statistic", "period": "period", "unit": "unit"}
"""First cells of the rows above a table that tell of all columns, as CloudWatch writes them."""

LENGTHS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "day": 86_400}

PER = re.compile(r"(?:/\s*|\bper )(\d*)\s*(s|sec|second|min|minute|h|hour|day)s?\b")
MANY = ((r"\b(thousands?|tsd|tausend)\b|\(k\)", 1000), (r"\b(millions?|mio|millionen)\b|\(m\)", 1_000_000))
"""Words of a head in whose unit the counts are."""

SHORT = {"rps": 1, "qps": 1, "tps": 1, "rpm": 60, "rph": 3600}

MEANS = re.compile(r"\b(average|avg|mean|mittelwert)\b")

EXTREMES = re.compile(r"\b(median|minimum|maximum|max|stddev|percentile|(?:p|tm|tc|wm)\d[\d.]*)\b")

NO_COUNT = re.compile(
    r"%|\b(percent|percentage|prozent|utili[sz]ation|latency|latenz|duration|dauer|ms|milliseconds?|microseconds?|"
    r"nanoseconds?|seconds|bytes?|bits|kb|mb|gb|kib|mib|gib|kilobytes|megabytes|gigabytes|cpu|memory|temperature|"
    r"ratio|(?:response|processing|request|load|answer|target response) time|delay|cost|price|usd|per target|"
    r"connections?(?: count)?|instances|host count|lcus?|queue (?:length|depth)|in flight|concurrency)\b"
)


class Meaning(NamedTuple):
    """What the numbers of a column are.

    `fault` says why they are no counts, or is ''. `per` is the seconds of which they are a rate, 0 for counts;
    `period` the seconds that each counts, 0 where nobody says; `times` how many requests one stands for.
    """

    fault: str = ""
    per: float = 0.0
    period: float = 0.0
    times: int = 1


def meaning(words: list[str], told: dict[str, str]) -> Meaning:
    """What numbers below `words` are; `told` holds statistic, period and unit where rows of the head tell them."""
    statistic, unit = told.get("statistic", ""), told.get("unit", "")
    text, period = plain(" ".join(words)), _seconds(told.get("period", ""))
    per = _rate(text) or _rate(plain(unit))
    rest = PER.sub(" ", text)
    if per:  # the mean of a rate is a rate
        rest, statistic = MEANS.sub(" ", rest), MEANS.sub("", statistic.casefold())
    if found := NO_COUNT.search(rest):
        return Meaning(f"'{found[0].strip()}' counts no requests")
    if unit and not re.match("count|none", unit.casefold()):
        return Meaning(f"the unit {unit} counts no requests")
    if statistic and not re.match(r"(sum|sample ?count|total|count|n)\b", plain(statistic)):
        return Meaning(f"the statistic {statistic} counts no requests; take Sum, which counts all of them")
    if found := MEANS.search(rest) or EXTREMES.search(rest):
        return Meaning(f"'{found[0]}' counts no requests; take Sum, which counts all of them")
    if not per and re.search(r"\brate\b", text):
        return Meaning("a rate is no count; say of which time it is, such as requests/s or requests/min")
    times = next((number for pattern, number in MANY if re.search(pattern, text)), 1)
    return Meaning(per=per, period=period, times=times)


def _rate(text: str) -> float:
    """The seconds in which as many come as a rate says; 0 for what is none."""
    if found := PER.search(text):
        return float(found[1] or 1) * LENGTHS[found[2]]
    short = next((seconds for word, seconds in SHORT.items() if word in text.split()), 0)
    return float(short or bool(re.search(r"\bi?rate\s*\(", text)))


def plain(text: str) -> str:
    """Words in small letters, those of camelCase and snake_case apart."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_|-", " ", text).casefold()


def tokens(words: list[str]) -> set[str]:
    """The single words above a column."""
    return set(re.findall(r"[^\W\d_]+", plain(" ".join(words))))


def told_of(head: list[list[str]], column: int) -> dict[str, str]:
    """Statistic, period and unit of a column, where rows of the head tell them."""
    rows = [row for row in head if row[0].casefold() in KEYS and 0 < column < len(row) and row[column]]
    return {KEYS[row[0].casefold()]: row[column] for row in rows}


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)\s*([a-z]*?)s?", text.casefold())
    if not found or (found[2] and found[2] not in LENGTHS):
        return 0.0
    return float(found[1]) * LENGTHS.get(found[2] or "s", 1)
