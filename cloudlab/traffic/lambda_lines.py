"""What the log of a Lambda function says of its calls, line by line (docs/facts.md lists them: FN-34 to FN-40).

A call ends with a line REPORT, or, where the function's log is in JSON, with an event platform.report:

    REPORT RequestId: 8f5…\tDuration: 12.34 ms\tBilled Duration: 143 ms\tMemory Size: 128 MB\tMax Memory Used: 56 MB
    {"time": "2026-11-02T10:00:07.185Z", "type": "platform.report", "record": {"requestId": …, "metrics": …}}

All else (START, END, what the function prints) is passed over. Fields are read by their names, since their order and
number have changed. Read `Reader.read` first.
"""

import json
import math
import re
from typing import NamedTuple

from cloudlab.kernel.logged import LOGGED_STATUS

FIELD = re.compile(
    r"((?:[A-Z][A-Za-z]{0,30} ){0,4}[A-Z][A-Za-z]{0,30}): ([^\s:]{1,200})"
    r"(?: (ms|MB|[uµn]?s|sec|seconds|min|h|[kKGT]i?B|MiB|B|bytes)(?![\w:]))?"
)
"""A name, its value, and perhaps a unit, as 'Billed Duration: 143 ms'."""

NUMBER = re.compile(r"[0-9.eE+-]{1,40}")
"""A number as Lambda writes it."""

TIMED_OUT = re.compile(r"(?:\S+ )?(\S+) Task timed out after [\d.]+ seconds")
"""What an older function prints when its time is over (FN-37)."""

LONGEST = 86_400_000
"""Milliseconds; no call takes longer."""

MOST_MB = 65_535
"""No function has more memory, and a column holds no more."""


class Call(NamedTuple):
    """What a log says of one call: times in µs, `init` -1 for a warm one; `billed` in ms; memory in MB, 0: not told."""

    request: str
    duration: int
    init: int
    billed: int
    memory_size: int
    max_memory_used: int
    status: int


class Reader:
    """Reads the messages of a log, one after the other, and counts what is odd.

    `broken` counts lines that begin as a REPORT and can't be read, `failed_inits` the INITs that failed (FN-38), and
    `restored` the calls that began from a snapshot. Which calls timed out may be said by a line of its own before.
    """

    def __init__(self) -> None:
        self.broken = self.failed_inits = self.restored = 0
        self._timed_out: set[str] = set()

    def read(self, message: str) -> Call | None:
        """The call that this message tells of; None for one that tells of none."""
        message = message.lstrip()
        if message.startswith("{"):
            try:
                return self.read_event(json.loads(message))
            except (ValueError, RecursionError):
                return None
        if message.startswith("REPORT RequestId:"):
            return self._sound(self._report(message))
        if message.startswith("INIT_REPORT"):
            self.failed_inits += "Status:" in message
        elif found := TIMED_OUT.match(message):
            self._timed_out.add(found[1])
        return None

    def read_event(self, event) -> Call | None:
        """The same for an event of a log in JSON (FN-39)."""
        if not isinstance(event, dict) or not isinstance(event.get("record"), dict):
            return None
        record, metrics = event["record"], event["record"].get("metrics")
        if event.get("type") == "platform.initReport":
            self.failed_inits += record.get("status", "success") != "success"
        if event.get("type") != "platform.report":
            return None
        if not isinstance(metrics, dict):
            return self._sound(None)
        self.restored += "restoreDurationMs" in metrics
        names = ("durationMs", "initDurationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB")
        values = [metrics.get(name) for name in names]
        values[1] = metrics.get("restoreDurationMs") if values[1] is None else values[1]
        return self._sound(self._call(str(record.get("requestId", "")), values, record.get("status")))

    def _report(self, message: str) -> Call | None:
        found = FIELD.findall(message)
        fields = {name: value for name, value, _ in found}
        self.restored += "Restore Duration" in fields
        names = ("Duration", "Init Duration", "Billed Duration", "Memory Size", "Max Memory Used")
        values = [fields.get(name) for name in names]
        values[1] = fields.get("Restore Duration") if values[1] is None else values[1]
        if any(unit not in ("", "ms" if "Duration" in name else "MB") for name, _, unit in found):
            return None
        return self._call(fields.get("REPORT RequestId", ""), values, fields.get("Status"))

    def _sound(self, call: Call | None) -> Call | None:
        self.broken += call is None
        return call

    def _call(self, request: str, values: list, status) -> Call | None:
        try:
            duration, init, billed, memory, used = map(_number, values)
        except (TypeError, ValueError, OverflowError):
            return None
        told = [duration, billed, memory, *(one for one in (init, used) if not math.isnan(one))]
        if not request or not all(0 <= one <= LONGEST for one in told) or billed != int(billed):
            return None
        if not 1 <= memory <= MOST_MB or used > MOST_MB:
            return None
        if status is None:
            status = "timeout" if request in self._timed_out else "success"
        return Call(
            request,
            round(duration * 1000),
            -1 if math.isnan(init) else round(init * 1000),
            int(billed),
            int(memory),
            0 if math.isnan(used) else int(used),
            LOGGED_STATUS.index(status if status in LOGGED_STATUS else "error"),
        )


def _number(told) -> float:
    """A number in a log; nan where none is told. Raises TypeError, ValueError, OverflowError for what is no number."""
    if told is None:
        return math.nan
    if isinstance(told, bool) or (isinstance(told, str) and not NUMBER.fullmatch(told)):
        raise ValueError(told)
    return float(told)
