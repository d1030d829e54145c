"""The bill of a real function, from its log, and what other settings would have cost.

Read `bill_of_log` first. What a log doesn't tell has to be said: the architecture, which has a price of its own, and,
for another memory size, how much of each duration was waiting (for a database, for another service), since more memory
brings more CPU, and a faster CPU doesn't make anybody else answer sooner (FN-3).

Numbers such as FN-3 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from decimal import Decimal
from heapq import heapreplace
from math import ceil
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.logged import LoggedCalls
from cloudlab.kernel.record import Line
from cloudlab.kernel.vcpu import share
from cloudlab.pricing.functions import MB_MS, named, rounded_ms
from cloudlab.pricing.month import month_of_functions
from cloudlab.pricing.prices import Price, complete

NOT_TOLD = "is not given, but a log doesn't tell it"

SECOND = 1_000_000
"""Microseconds."""


@checked()
def bill_of_log(
    calls: LoggedCalls,
    *,
    architecture: Annotated[str | None, Limit(choices=("x86_64", "arm64"))] = None,
    memory_size: Annotated[int | None, Limit(128, 10_240, "MB")] = None,
    waiting: Annotated[float | None, Limit(0, 1, "of a duration")] = None,
    provisioned_concurrency: Annotated[int, Limit(0, 10_000, "environments")] = 0,
    times: Annotated[int, Limit(1, 1_000_000, "times")] = 1,
    free_tier: bool = False,
    prices: dict[str, Price] | None = None,
) -> list[Line]:
    """The lines of a bill for the `calls` of a log: what was billed, or what it would have been.

    With another `memory_size` a duration becomes longer or shorter where it isn't `waiting` (0: it computes all the
    time, in one thread; 1: it only waits); INIT stays as it was. With `provisioned_concurrency` so many environments
    are kept ready from the first call to the end of the last: who finds one free runs on it, at its lower price and
    without INIT; the others go on as they did. `times` such logs are billed together: a month has 730 hours. The free
    tier is that of a whole month. Raises InvalidParameter for what has to be said and isn't, and for a memory size
    that a call of this log exceeds.
    """
    if architecture is None:
        raise InvalidParameter(f"architecture {NOT_TOLD}: it must be 'x86_64' or 'arm64'.")
    prices = complete(prices)
    if memory_size is not None:
        _fits(calls, memory_size, waiting)
    kept_ready = [-1] * provisioned_concurrency  # until when each is busy (µs), a heap
    counts: Counter[str] = Counter()
    for row, began in enumerate(calls.began):
        memory = calls.memory_size[row] if memory_size is None else memory_size
        took, init = _changed(calls, row, memory, waiting), max(0, calls.init[row])
        ms = rounded_ms(took / SECOND, init / SECOND, prices)
        if memory == calls.memory_size[row]:
            ms = calls.billed[row]
        price = "duration"
        if kept_ready and kept_ready[0] <= began:
            heapreplace(kept_ready, began + took)
            price, ms = "on-provisioned", rounded_ms(took / SECOND, 0.0, prices)
        counts[named(price, architecture)] += memory * ms
    if provisioned_concurrency:
        largest = memory_size or max(calls.memory_size, default=0)
        rounding = int(prices["lambda-provisioned-rounding"].value)
        begun = max(1, ceil(_span(calls) / SECOND / rounding)) * rounding
        counts[named("provisioned", architecture)] = provisioned_concurrency * largest * begun * 1000
    used = {"lambda-request": Decimal(len(calls) * times)}
    used |= {name: Decimal(amount * times) / MB_MS for name, amount in counts.items()}
    return month_of_functions(used, free_tier=free_tier, prices=prices)


def _fits(calls: LoggedCalls, memory_size: int, waiting: float | None) -> None:
    """Raise InvalidParameter for a memory size that is too small, or that needs to know what was waiting."""
    most = max(calls.max_memory_used, default=0)
    if memory_size < most:
        raise InvalidParameter(f"memory_size is {memory_size} MB, but a call of this log used {most} MB.")
    if waiting is None and any(memory != memory_size for memory in calls.memory_size):
        raise InvalidParameter(
            f"waiting {NOT_TOLD}: with {memory_size} MB a duration changes by the part in which it computes, so say "
            "which part it waits, between 0 and 1."
        )


def _changed(calls: LoggedCalls, row: int, memory: int, waiting: float | None) -> int:
    """The duration of a call (µs) with another memory size."""
    duration, before = calls.duration[row], calls.memory_size[row]
    if memory == before or waiting is None:
        return duration
    faster = share(before) / share(memory)
    return round(duration * (waiting + (1 - waiting) * faster))


def _span(calls: LoggedCalls) -> int:
    """From the first call to the end of the last (µs)."""
    ends = (b + max(0, i) + d for b, i, d in zip(calls.began, calls.init, calls.duration, strict=True))
    return max(ends, default=0) - min(calls.began, default=0)
