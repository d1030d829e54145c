"""The calls of E18: how long each takes with so much memory, which hang, and what they cost.

Read `month` first. A call waits, and computes in one thread; a few hang, and end with the timeout.
"""

from dataclasses import dataclass
from math import ceil, inf
from random import Random
from typing import Annotated

from cloudlab.kernel.limits import Limit
from cloudlab.kernel.vcpu import share
from cloudlab.pricing import billed_ms, charge, millisecond_price

CALLS = 400
"""Calls of one seed, each of which stands for many in the month."""

HANG = 0.02
"""The share of calls that would never end."""

SPREAD = 0.1
"""How far computing and waiting spread around their means (log-normal)."""

A_SECOND = 2.0
"""Calls a second, in the busy hours."""

Timeout = Annotated[int, Limit(1, 900, "s")]

MEASURED = (128, 256, 512, 1024, 1769, 3538, 7076)
"""Memory sizes (MB) with which somebody has measured."""


@dataclass(frozen=True)
class Outcome:
    """What a setting led to, of the calls that don't hang: seconds (`inf` for one that was broken off), and `untimed`.

    `dollars` are those of a thousand calls, `hanging` those of the hanging ones among them; `untimed` are the seconds
    that calls would take without a timeout.
    """

    took: list[float]
    dollars: float
    hanging: float
    untimed: list[float]


def month(answer: dict, variant: dict, seed: int, *, easy: bool = False) -> Outcome:
    """Some calls with this memory and timeout; easy ones are all alike, and none hangs."""
    dice = Random(f"E18 {seed}")
    memory, timeout = answer["memory_size"], answer["timeout"]
    untimed, took, ms, lost = [], [], 0, 0
    for _ in range(CALLS):
        hangs, spread = dice.random() < HANG, dice.lognormvariate(0, SPREAD)
        seconds = _seconds(variant, memory) * (1 if easy else spread)
        if hangs and not easy:
            lost += 1000 * timeout
            continue
        untimed.append(seconds)
        took.append(seconds if seconds <= timeout else inf)
        ms += billed_ms(min(seconds, timeout))
    price = float(millisecond_price(memory))
    request = float(charge("lambda-request", 1).unit_price) / 1000
    return Outcome(
        took,
        1000 * (ms + lost) * price / CALLS + request,
        1000 * lost * price / CALLS,
        untimed,
    )


def _seconds(variant: dict, memory: int) -> float:
    """What a call takes with so much memory, on average."""
    return variant["waits"] + variant["computes"] / share(memory)


def at_rank(times: list[float], percent: int = 95) -> float:
    """So many percent of the calls took at most so long (s)."""
    ordered = sorted(times)
    return ordered[ceil(percent * len(ordered) / 100) - 1]


def measured(variant: dict) -> list[dict]:
    """What somebody has measured: for each of `MEASURED` the mean, the 95th percentile and the longest (s)."""
    dice, rows = Random(f"E18 measured {variant['waits']} {variant['computes']}"), []
    for memory in MEASURED:
        mean = _seconds(variant, memory)
        times = [mean * dice.lognormvariate(0, SPREAD) for _ in range(CALLS)]
        rows.append(
            {
                "memory_size": memory,
                "mean_s": round(sum(times) / CALLS, 2),
                "p95_s": round(at_rank(times), 2),
                "longest_s": round(max(times), 2),
            }
        )
    return rows
