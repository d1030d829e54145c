"""The forms in which the log of a function leaves CloudWatch Logs: what was written down, and when.

    lines          of the console, of S3's export (`TIME MESSAGE`), of `aws logs tail` (`TIME STREAM MESSAGE`)
    JSON lines     of a function whose log is in JSON, each with its time
    JSON           of `aws logs get-log-events` and `filter-log-events`, page after page
    subscriptions  what CloudWatch Logs hands to others: base64 of gzip, or unpacked

Read `entries` first. Which of them a file is, is seen from how it begins (docs/facts.md lists them: FN-39, FN-40).
"""

import base64
import io
import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from cloudlab.traffic.containers import MARKS
from cloudlab.traffic.files import Name, lines, wrong
from cloudlab.traffic.window import SECOND, ticks

TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"

LINE = re.compile(
    rf'(?:(?P<first>{TIME})\s+|(?P<tick>\d{{13}}),"?)?(?:(?P<stream>\S{{0,512}}\[[^\[\]\s]{{1,128}}\]\w{{1,128}})\s+)?'
    rf"(?:(?P<second>{TIME})\s+)?(?P<message>.*)",
    re.DOTALL,
)
"""A line of text: perhaps a time, perhaps the name of a stream, and the message."""

LAST = 4_000_000_000_000_000
"""Microseconds after 1970, of the year 2096: no log is of a later time."""

UNPACKED = 64_000_000
"""Bytes to which what a subscription packed may unpack: it packs one event of a few megabytes at most."""

NOT_BLANK = re.compile(r"\S")

JSON = re.compile(r"\{\s*[\"}]|\[\s*[{\[\"\]]")
"""How JSON begins."""

GZIP = 31
"""zlib's number for the form of gzip."""

JSON_CURE = "ask for --output json, without --query"


class Entry(NamedTuple):
    """One message of a log: when (µs after 1970, None where it isn't told), its text or JSON, the log group if told.

    `zoned` says whether its clock told its zone.
    """

    time: int | None
    message: object
    group: str = ""
    zoned: bool = True


def entries(file: io.BufferedReader, path: Name) -> Iterator[Entry]:
    """The messages of an open file. Raises WrongFile for a form that is known and not read."""
    start = file.peek(4096)[:4096]
    encoding = MARKS.get(start[:2], "utf-8-sig")
    beginning = start.decode(encoding, "replace").lstrip()
    if beginning.startswith("EVENTS\t"):
        raise wrong(path, f"that is what the command line of AWS writes with --output text; {JSON_CURE}")
    if not JSON.match(beginning):
        for line in lines(file):
            yield _line(line.decode("utf-8", "replace"))
        return
    for document in _documents(io.TextIOWrapper(file, encoding, errors="replace"), path):
        yield from _entries_of(document, path)


def _line(line: str) -> Entry:
    """One line of text."""
    found = LINE.match(line.rstrip("\r\n"))
    if found is None:
        return Entry(None, line)
    if found["tick"]:
        told = int(found["tick"]) * 1000
        return Entry(told if told < LAST else None, found["message"])
    stamp = found["second"] or found["first"]
    time, zoned = _moment(stamp) if stamp else (None, True)
    return Entry(time, found["message"], "", zoned)


@lru_cache(1024)
def _moment(stamp: str) -> tuple[int | None, bool]:
    """(µs after 1970, whether it told its zone) of '2026-11-02T10:00:07.185Z'; a clock without one is UTC's."""
    stamp = re.sub(r"([.,]\d{6})\d+", r"\1", stamp.replace(",", "."))
    try:
        clock = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
        time = ticks(clock, UTC)
        return time if 0 < time < LAST else None, clock.tzinfo is not None
    except (ValueError, OverflowError):
        return None, True


def _documents(text: io.TextIOWrapper, path: Name) -> Iterator[object]:
    """The JSON documents of a file: one a line, or one over many lines, or one directly after the other.

    A line among others that is no JSON is given as it is.
    """
    by_line = False
    for line in text:
        if line.isspace():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            if not by_line:
                yield from _one_after_the_other(line + text.read(), path)
                return
            document = line
        by_line = True
        yield document


def _one_after_the_other(text: str, path: Name) -> Iterator[object]:
    decoder, place = json.JSONDecoder(), 0
    while (rest := NOT_BLANK.search(text, place)) is not None:
        try:
            document, place = decoder.raw_decode(text, rest.start())
        except (ValueError, RecursionError):
            raise wrong(path, "that is JSON which is damaged or ends too early") from None
        yield document


def _entries_of(document, path: Name) -> Iterator[Entry]:
    """The messages in one document."""
    if isinstance(document, list):
        if document and not all(isinstance(one, dict) and "message" in one for one in document):
            raise wrong(path, f"that is a list of messages without their times; {JSON_CURE}")
        yield from _events(document, "")
        return
    if isinstance(document, str):
        yield _line(document)
    elif not isinstance(document, dict):
        return
    elif isinstance(document.get("awslogs"), dict):
        inside = _unpacked(document["awslogs"].get("data"), path)
        yield from _entries_of(inside, path)
    elif isinstance(document.get("logEvents"), list):
        if document.get("messageType") != "CONTROL_MESSAGE":
            yield from _events(document["logEvents"], str(document.get("logGroup", "")))
    elif isinstance(document.get("events"), list):
        yield from _events(document["events"], "")
    elif "queryId" in document or ("results" in document and "statistics" in document):
        rule = "that is the result of a query of Logs Insights; ask aws logs filter-log-events for the log itself"
        raise wrong(path, rule)
    else:
        time, zoned = _moment(str(document.get("time", "")))
        yield Entry(time, document, "", zoned)


def _events(events: list, group: str) -> Iterator[Entry]:
    for event in events:
        if isinstance(event, dict) and isinstance(event.get("message"), str):
            ms = event.get("timestamp")
            told = isinstance(ms, (int, float)) and not isinstance(ms, bool) and 0 < ms * 1000 < LAST
            yield Entry(int(ms or 0) * SECOND // 1000 if told else None, event["message"], group)


def _unpacked(data, path: Name) -> object:
    """What a subscription packed: base64 of gzip of JSON."""
    try:
        packed = zlib.decompressobj(GZIP)
        text = packed.decompress(base64.b64decode(data, validate=True), UNPACKED)
        inside = json.loads(text) if packed.eof else None
    except (TypeError, ValueError, RecursionError, zlib.error):
        raise wrong(path, "its awslogs.data is no base64 of gzip of JSON, or is damaged") from None
    if not packed.eof and len(text) == UNPACKED:
        raise wrong(path, f"its awslogs.data unpacks to more than {UNPACKED:,} bytes")
    if not packed.eof:
        raise wrong(path, "its awslogs.data is no base64 of gzip of JSON, or is damaged")
    if isinstance(inside, dict) and "awslogs" in inside:
        raise wrong(path, "its awslogs.data holds awslogs.data again, which no subscription writes")
    return inside
