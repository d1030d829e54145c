"""How long requests take in the exercises of lesson 03: of all that came, also of those that failed.

A percentile of well answered requests alone would praise whoever loses the slow ones.
"""

from math import ceil

from cloudlab.kernel.record import Record, Status

FAILED = 60.0
"""Seconds that a request counts which was not answered well."""


def times(record: Record) -> list[float]:
    """Seconds of each request, in order of arrival. Who still waits at the end gets an answer later."""
    rows = record.requests
    columns = zip(rows.arrived, rows.answered, rows.status, strict=True)
    return [FAILED if status != Status.OK else min(FAILED, end - start) for start, end, status in columns]


def p95(record: Record) -> float:
    """Seconds that 95 of 100 requests do not exceed; 0 without any request."""
    ordered = sorted(times(record))
    return ordered[ceil(0.95 * len(ordered)) - 1] if ordered else 0.0


def clock(seconds: float) -> str:
    """A moment as minutes and seconds: '4:07'."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"
