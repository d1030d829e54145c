"""Is it luck? The same setting with other seeds, each run reduced to the few numbers that tell.

One run is one throw of the dice. What holds for twenty seeds is an effect; what changes with the seed is
luck. A run is reduced at once, so that twenty long ones fit in memory. Read `Sample` first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isnan

from cloudlab.kernel import measures
from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import fleets, kinds_in
from cloudlab.views.table import total
from cloudlab.views.words import count, duration, listed, number

SEEDS = 20


@dataclass(frozen=True)
class Sample:
    """A run in a few numbers. Times in s; p50 and p95 are nan when nothing was answered.

    `used` maps a unit, such as instance-hours, to how much was used; `fleet` is how many the first fleet held.
    """

    seed: int
    requests: int
    p50: float
    p95: float
    failed: int
    availability: float
    used: dict[str, float]
    cost: float | None
    fleet: Series | None
    told: dict[str, float] = field(default_factory=dict)
    """What its kinds count that may be luck, by name. It is told first: it is what a run of them is about."""


def sample(record: Record) -> Sample:
    """The few numbers of one run."""
    p50, p95 = measures.percentiles(record, (50, 95))
    result = measures.outcomes(record)
    uses = [use for kind, parts in kinds_in(record) if (use := kind.used(record, parts))]
    return Sample(
        seed=record.seed,
        requests=result.arrived,
        p50=p50,
        p95=p95,
        failed=result.failed,
        availability=measures.availability(record),
        used={use.unit: use.amount for use in uses},
        cost=float(total(record)) if record.bill else None,
        fleet=next((fleet.have for fleet in fleets(record).values()), None),
        told={
            name: value
            for kind, parts in kinds_in(record)
            for name, value in kind.luck(record, parts).items()
        },
    )


def describe_luck(samples: Sequence[Sample]) -> str:
    """One sentence: between which values the numbers of several runs lie."""
    if not samples:
        return ""
    parts = [f"{name} {between(values, number)}" for name, values in told_by(samples).items()]
    times = [entry.p95 for entry in samples if not isnan(entry.p95)]
    if times:
        parts.append(f"p95 {between(times, duration)}")
    if any(entry.requests for entry in samples):
        parts.append(f"availability {between([100 * entry.availability for entry in samples], percent)}")
    for unit, amounts in used_by(samples).items():
        if any(amounts):
            parts.append(f"{unit} {between(amounts, hours)}")
    costs = [entry.cost for entry in samples if entry.cost is not None]
    if costs:
        parts.append(f"cost {between(costs, dollars)}")
    return f"{count(len(samples), 'seed')}: {listed(parts) or 'nothing to count'}."


SMALL = 1.1
"""What is at most so many times as large is told as about the same."""

TWICE = 2.0
"""What is never more than so many times as large is luck in part only: with any seed most of it is there."""

MOST = 0.95
"""The share of seeds that must agree before an effect is no luck."""


def is_it_luck(now: Sequence[Sample], before: Sequence[Sample] = (), change: str = "") -> str:
    """Yes or no, and why: `now` are runs with other seeds, `before` those of the setting before, seed by seed.

    `change` says what differs between the two, such as "clerks 2 instead of 1". Only numbers that differ are named,
    first those that no luck explains.
    """
    many = count(len(now), "seed")
    if not before:
        moved = [row for row in _numbers(now) if _differ(row)]
        if not moved:
            return f"No: all {many} give the same."
        _, values, _ = moved[0]
        told = listed([f"{name} {between(values, shown)}" for name, values, shown in moved])
        return f"{_how_much(min(values), max(values))} with the seed. {many}: {told}."
    sure, unsure = ([words for _, words in told] for told in _effects(now, before))
    if not sure and not unsure:
        same = listed([name for name, _, _ in _numbers(now, told_by([*now, *before]))])
        return f"No difference in {same}: with {change}, nothing of that changes with any of {many}."
    if not sure:
        return f"It may be luck: with {change}, {'; '.join(unsure)}."
    rest = f" This may be luck: {'; '.join(unsure)}." if unsure else ""
    return f"No, it is no luck: with {change}, {'; '.join(sure)}.{rest}"


def named_first(now: Sequence[Sample], before: Sequence[Sample] = ()) -> str | None:
    """The number that the answer to *Is it luck?* names first, or None where none differs."""
    if not before:
        return next((row[0] for row in _numbers(now) if _differ(row)), None)
    sure, unsure = _effects(now, before)
    return next((name for name, _ in [*sure, *unsure]), None)


def _effects(now: Sequence[Sample], before: Sequence[Sample]) -> tuple[list, list]:
    """What differs between two settings, as (name, words): what no luck explains, and what may be luck."""
    names = told_by([*now, *before])
    old = {row[0]: row for row in _numbers(before, names)}
    found = [row for row in _numbers(now, names) if row[0] in old]
    told = [(row[0], effect) for row in found if (effect := _effect(row, old[row[0]]))]
    sure = [(name, words) for name, (times, words) in told if times >= MOST * len(now)]
    return sure, [(name, words) for name, (times, words) in told if times < MOST * len(now)]


def _how_much(low: float, high: float) -> str:
    """Whether a number that lies between these, from seed to seed, is luck."""
    if high <= SMALL * low:
        return "No: it hardly changes"
    return "Only in part: it changes" if high <= TWICE * low else "Yes: it changes"


Row = tuple[str, list[float], Callable[[float], str]]
"""A number of several runs: its name, a value for each run, how it is shown."""


def _effect(new: Row, old: Row) -> tuple[int, str] | None:
    """With how many seeds a number went the same way, and that in words; None where none of them shows a change."""
    name, values, shown = new
    pairs = [pair for pair in zip(values, old[1], strict=True) if shown(pair[0]) != shown(pair[1])]
    if not pairs:
        return None
    more = sum(value > other for value, other in pairs)
    way, times = ("higher", more) if 2 * more >= len(pairs) else ("lower", len(pairs) - more)
    many = count(len(values), "seed")
    each = f"each of {many}" if times == len(values) else f"{number(times)} of {many}"
    now, then = (between(row[1], shown).removesuffix(" each time") for row in (new, old))
    return times, f"{name} {'are' if name.endswith('s') else 'is'} {way} with {each}: {now}, before {then}"


def _numbers(samples: Sequence[Sample], names: Iterable[str] = ()) -> list[Row]:
    """The numbers of several runs that can be compared; of `names`, a kind counted none where it doesn't tell."""
    told = told_by(samples)
    none = [0.0] * len(samples)
    found: list[Row] = [(name, told.get(name, none), number) for name in {**told, **dict.fromkeys(names)}]
    if not any(isnan(entry.p95) for entry in samples):
        found.append(("p95", [entry.p95 for entry in samples], duration))
    if any(entry.requests for entry in samples):
        found.append(("availability", [100 * entry.availability for entry in samples], percent))
    found += [(unit, amounts, hours) for unit, amounts in used_by(samples).items()]
    costs = [entry.cost for entry in samples if entry.cost is not None]
    if len(costs) == len(samples):
        found.append(("cost", costs, dollars))
    return found


def _differ(row: Row) -> bool:
    _, values, shown = row
    return shown(min(values)) != shown(max(values))


def told_by(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """What kinds count of themselves, run by run."""
    names = dict.fromkeys(name for entry in samples for name in entry.told)
    return {name: [entry.told.get(name, 0.0) for entry in samples] for name in names}


def used_by(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """How much each run used, by unit."""
    units = dict.fromkeys(unit for entry in samples for unit in entry.used)
    return {unit: [entry.used.get(unit, 0.0) for entry in samples] for unit in units}


def between(values: Sequence[float], shown: Callable[[float], str]) -> str:
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


def dollars(value: float | Decimal) -> str:
    """An amount of money."""
    return f"${value:,.2f}"
