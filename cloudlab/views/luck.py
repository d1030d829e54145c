"""Is it luck? The same setting with other seeds, each run reduced to the few numbers that tell.

One run is one throw of the dice. What holds for twenty seeds is an effect; what changes with the seed is
luck. A run is reduced at once, so that twenty long ones fit in memory. Read `Sample` first.
"""

from dataclasses import dataclass
from math import isnan

from cloudlab.kernel import measures
from cloudlab.kernel.record import Record, Series
from cloudlab.views.words import count, duration, listed

SEEDS = 20


@dataclass(frozen=True)
class Sample:
    """A run in a few numbers. Times in s; p50 and p95 are nan when nothing was answered."""

    seed: int
    requests: int
    p50: float
    p95: float
    failed: int
    availability: float
    instance_hours: float
    cost: float | None
    in_service: Series | None


def sample(record: Record) -> Sample:
    """The few numbers of one run."""
    p50, p95 = measures.percentiles(record, (50, 95))
    result = measures.outcomes(record)
    groups = record.parts_of("group")
    return Sample(
        seed=record.seed,
        requests=result.arrived,
        p50=p50,
        p95=p95,
        failed=result.failed,
        availability=measures.availability(record),
        instance_hours=measures.instance_hours(record),
        cost=float(sum(line.amount for line in record.bill)) if record.bill else None,
        in_service=record.series.get((groups[0], "GroupInServiceInstances")) if groups else None,
    )


def describe_luck(samples: list[Sample]) -> str:
    """One sentence: between which values the numbers of several runs lie."""
    if not samples:
        return ""
    parts = []
    times = [entry.p95 for entry in samples if not isnan(entry.p95)]
    if times:
        parts.append(f"p95 {between(times, duration)}")
    if any(entry.requests for entry in samples):
        parts.append(f"availability {between([100 * entry.availability for entry in samples], percent)}")
    if any(entry.instance_hours for entry in samples):
        parts.append(f"instance-hours {between([entry.instance_hours for entry in samples], hours)}")
    costs = [entry.cost for entry in samples if entry.cost is not None]
    if costs:
        parts.append(f"cost {between(costs, dollars)}")
    return f"{count(len(samples), 'seed')}: {listed(parts) or 'nothing to count'}."


def between(values: list[float], shown) -> str:
    """From the lowest to the highest, or the one value that all show.

    >>> between([0.31, 0.42], duration), between([2.0, 2.0], hours)
    ('0.31 s to 0.42 s', '2.00 each time')
    """
    low, high = shown(min(values)), shown(max(values))
    return f"{low} each time" if low == high else f"{low} to {high}"


def percent(value: float) -> str:
    """A share of 100, never rounded up to all of it.

    >>> percent(100), percent(99.996), percent(87.3)
    ('100 %', '99.99 %', '87.3 %')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{'99.99' if text == '100' and value < 100 else text} %"


def hours(value: float) -> str:
    """Hours with two decimals."""
    return f"{value:.2f}"


def dollars(value: float) -> str:
    """An amount of money."""
    return f"${value:,.2f}"
