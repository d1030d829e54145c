"""Logs of a month for E17 as plain data, what they cost, and wrong ideas of that.

Read `right` first. An idea is a wrong rule that somebody may have: an answer that agrees with it has that idea.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from random import Random

GB_SECOND, REQUEST = Fraction(166667, 10**10), Fraction(2, 10**7)
"""Dollars, as exact fractions."""

FREE_GB_SECONDS, FREE_REQUESTS = 400_000, 1_000_000

CLOSE = Fraction(1, 1000)
"""Dollars by which an answer may be off: a millidollar."""

ENDS = ("success", "error", "timeout")

Log = list[dict]


def case(dice: Random, easy: bool = False) -> tuple[Log, int]:
    """(a month of calls in a few groups of equal ones, memory in MB)."""
    memory = dice.choice((128, 512, 1024, 1536, 1769))
    size = 1_024_000 * FREE_GB_SECONDS / memory  # ms that are free, whatever the memory
    log = []
    for _ in range(1 if easy else dice.randint(2, 4)):
        duration = float(dice.randint(40, 900)) if easy else round(dice.uniform(12, 900), 2)
        cold = not easy and dice.random() < 0.5
        log.append(
            {
                "calls": int(size * dice.uniform(0.4, 1.5) / duration),
                "duration_ms": duration,
                "init_ms": round(dice.uniform(150, 900), 2) if cold else 0.0,
                "ended": "success" if easy else dice.choice(("success", "success", *ENDS)),
            }
        )
    return log, memory


def billed(row: dict) -> int:
    """What is billed of a call, from hundredths of a millisecond, so that nothing is rounded on the way."""
    return ceil(Fraction(round(100 * row["duration_ms"]) + round(100 * row["init_ms"]), 100))


def _dollars(log: Log, memory: int, ms=billed, mb=1024, free=1, counts=lambda row: True) -> Fraction:
    """The bill, in which some of the rules may be wrong ones."""
    rows = [row for row in log if counts(row)]
    gb_seconds = sum((Fraction(row["calls"] * memory, mb * 1000) * ms(row) for row in rows), Fraction(0))
    requests = sum(row["calls"] for row in rows)
    paid = max(Fraction(0), gb_seconds - free * FREE_GB_SECONDS) * GB_SECOND
    return paid + max(0, requests - free * FREE_REQUESTS) * REQUEST


def right(log: Log, memory: int) -> Fraction:
    """Each call's duration and INIT rounded up together, times memory, less what is free in a month."""
    return _dollars(log, memory)


def _free_in_each(log: Log, memory: int) -> Fraction:
    """What is free is taken off each group."""
    return sum((_dollars([row], memory) for row in log), Fraction(0))


def _exact(row: dict) -> Fraction:
    return Fraction(round(100 * row["duration_ms"]) + round(100 * row["init_ms"]), 100)


IDEAS: dict[str, tuple[Callable[[Log, int], Fraction], ...]] = {
    "per_second_rounding": (
        lambda log, memory: _dollars(log, memory, ms=lambda row: 1000 * ceil(_exact(row) / 1000)),
        lambda log, memory: _dollars(log, memory, ms=lambda row: 100 * ceil(_exact(row) / 100)),
    ),
    "mb_as_gb": (
        lambda log, memory: _dollars(log, memory, mb=1),
        lambda log, memory: _dollars(log, memory, mb=1000),
    ),
    "init_ignored": (lambda log, memory: _dollars(log, memory, ms=lambda row: ceil(row["duration_ms"])),),
    "free_tier_twice": (
        lambda log, memory: _dollars(log, memory, free=2),
        _free_in_each,
    ),
    "no_free_tier": (lambda log, memory: _dollars(log, memory, free=0),),
    "failed_are_free": (
        lambda log, memory: _dollars(log, memory, counts=lambda row: row["ended"] == "success"),
        lambda log, memory: _dollars(log, memory, counts=lambda row: row["ended"] != "error"),
    ),
    "rounded_apart": (
        lambda log, memory: _dollars(
            log, memory, ms=lambda row: ceil(row["duration_ms"]) + ceil(row["init_ms"])
        ),
    ),
    "not_rounded": (lambda log, memory: _dollars(log, memory, ms=_exact),),
}
"""The codes, and the rules that lead to them; of two that explain as much, the first is named."""
