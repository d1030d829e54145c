"""What the words above a column say of its numbers: their unit, their statistic, their period.

A sum of requests in each interval is a count. A rate becomes one, and what counts no requests (a latency, a share,
an average) is refused with the cure. Read `meaning` first.
"""

import re
from typing import NamedTuple

KEYS = {"statistic": "statistic", "stat": "statistic", "period": "period", "unit": "unit"}
"""First cells of the rows above a table that tell of all columns, as CloudWatch writes them."""

LENGTHS = {
    1: "s sec second seconds sek sekunde sekunden seconde secondes segundo segundos",
    60: "m min mins minute minutes minuten minuto minutos",
    3600: "h hr hrs hour hours std stunde stunden heure heures hora horas",
    86_400: "d day days tag tage jour jours día días",
    604_800: "week weeks woche wochen",
}
"""Seconds, and the words for that time."""

SECONDS = {word: seconds for seconds, words in LENGTHS.items() for word in words.split()}

PER = re.compile(rf"(?:/\s*|\b(?:per|pro|je|par|por) )(\d*)\s*({'|'.join(SECONDS)})\b")

OTHER_PER = re.compile(
    r"\b(?:per|pro|je|par|por) \w+|/ ?(?:instance|server|target|host|node|pod|user|client|month|year)s?\b"
)
"""A share of something that is no time."""

MANY = (
    (
        r"\b(?:thousands?|tsd|tausend|milliers)\b|[(\[]k[)\]]|\bk ?req|(?<!\d)'?000s?\b|(?:\bx|×|\bin) ?1[.,']?000\b",
        1000,
    ),
    (r"\b(?:millions?|mio|millionen)\b|[(\[]m[)\]]", 1_000_000),
)
"""Words of a head in whose unit the counts are."""

SHORT = {"rps": 1, "qps": 1, "tps": 1, "hz": 1, "s⁻¹": 1, "rpm": 60, "rph": 3600}

MEANS = re.compile(r"\b(average|avg|mean|mittel\w*|durchschnitt\w*|moyenne|promedio)\b|ø")

EXTREMES = re.compile(r"\b(median|minimum|maximum|max|stddev|percentile|(?:p|tm|tc|wm)\d[\d.]*)\b")

CUMULATED = re.compile(r"\b(cumul\w+|kumul\w+|running total|acumulad\w+|aufsummiert)\b")

NO_COUNT = re.compile(
    r"%|\b(percent|percentage|prozent|anteil|utili[sz]ation|auslastung|latenc\w+|latenz\w*|duration|dauer|\w+zeit|"
    r"temps de \w+|tiempo de \w+|ms|milliseconds?|microseconds?|nanoseconds?|seconds|bytes?|[kmg]?bits?|[kmg]bps|kb|mb|"
    r"gb|kib|mib|gib|kilobytes|megabytes|gigabytes|cpu|memory|temperatur\w*|"
    r"ratio|(?:response|processing|request|load|answer|target response) time|delay|cost|price|usd|per target|"
    r"connections?(?: count)?|instances|host count|lcus?|queue (?:length|depth)|in flight|concurrency)\b"
)

REQUESTS = re.compile(
    r"\b(requests?|reqs?|counts?|sum|n|hits?|calls?|values?|total|anfragen?|zugriffe?|aufrufe?|requêtes?|"
    r"solicitud(?:es)?|[rqt]p[smh]|sample ?count|requestcount)\b"
)
"""Words by which a head says that its column counts requests, or says nothing else."""

SOME = re.compile(r"\b([1-5]xx|errors?|fehler|erreurs?)\b")
"""Words for some of the requests only."""


class Meaning(NamedTuple):
    """What the numbers of a column are.

    `fault` says why they are no counts, or is ''. `per` is the seconds of which they are a rate, 0 for counts;
    `period` the seconds that each counts, 0 where nobody says; `times` how many requests one stands for.
    `counter`: they may count from the beginning on, as Prometheus's `_total`. `odd`: the head doesn't say
    that they count requests, all of them.
    """

    fault: str = ""
    per: float = 0.0
    period: float = 0.0
    times: int = 1
    counter: bool = False
    odd: bool = False


def meaning(words: list[str], told: dict[str, str]) -> Meaning:
    """What numbers below `words` are; `told` holds statistic, period and unit where rows of the head tell them."""
    statistic, unit = told.get("statistic", ""), told.get("unit", "")
    text, period = plain(" ".join(words)), _seconds(told.get("period", ""))
    per = _rate(text) or _rate(plain(unit))
    rest = PER.sub(" ", text)
    if per:  # the mean of a rate is a rate
        rest, statistic = MEANS.sub(" ", rest), MEANS.sub("", statistic.casefold())
    if found := CUMULATED.search(rest):
        return Meaning(f"'{found[0]}' counts from the beginning on; take from each row the one before it")
    if found := NO_COUNT.search(rest) or OTHER_PER.search(rest):
        return Meaning(f"'{found[0].strip()}' counts no requests")
    if unit and not re.match("count|none", unit.casefold()):
        return Meaning(f"the unit {unit} counts no requests")
    if statistic and not re.match(r"(sum|sample ?count|total|count|n)\b", plain(statistic)):
        return Meaning(f"the statistic {statistic} counts no requests; take Sum, which counts all of them")
    if found := MEANS.search(rest) or EXTREMES.search(rest):
        return Meaning(f"'{found[0]}' counts no requests; take Sum, which counts all of them")
    if not per and re.search(r"\b(rate|throughput|durchsatz)\b", text):
        return Meaning("a rate is no count; say of which time it is, such as requests/s or requests/min")
    times = next((number for pattern, number in MANY if re.search(pattern, text)), 1)
    odd = not per and times == 1 and (not REQUESTS.search(text) or bool(SOME.search(text)))
    counter = not per and any(re.search(r"_total\b", word) for word in words)
    return Meaning(per=per, period=period, times=times, counter=counter, odd=odd)


def _rate(text: str) -> float:
    """The seconds in which as many come as a rate says; 0 for what is none."""
    if found := PER.search(text):
        return float(found[1] or 1) * SECONDS[found[2]]
    if found := re.search(r"\bincrease\s*\(.*\[(\d+)([smhd])\]", text):
        return float(found[1]) * SECONDS[found[2]]
    if re.search(r"\bi?rate\s*\(", text):
        times = re.search(r"\)\s*\*\s*(\d+)\s*$", text)
        return float(times[1]) if times else 1.0
    if re.search(r"\bs\^? 1\b", text):
        return 1.0
    return float(next((SHORT[word] for word in re.findall(r"[\w⁻¹]+", text) if word in SHORT), 0))


def plain(text: str) -> str:
    """Words in small letters, those of camelCase and snake_case apart."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|_|-", " ", text).casefold()


def tokens(words: list[str]) -> set[str]:
    """The single words above a column."""
    return set(re.findall(r"[^\W\d_]+", plain(" ".join(words))))


def told_of(head: list[list[str]], column: int) -> dict[str, str]:
    """Statistic, period and unit of a column, where rows of the head tell them."""
    rows = [row for row in head if row[0].casefold() in KEYS and 0 < column < len(row) and row[column]]
    return {KEYS[row[0].casefold()]: row[column] for row in rows}


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)\s*([a-z]*)", text.casefold())
    return float(found[1]) * SECONDS.get(found[2] or "s", 0) if found else 0.0
