"""What was measured, in words: how the goal was missed, or what was spent.

Each is the first half of a feedback's first sentence, {missed} or {spent}, so that the number that a learner
reads is the one that was judged.
"""

from collections.abc import Sequence
from statistics import median

SLACK = 1.15
"""Single seeds may exceed the limit by this factor."""


def missed(said: str, values: Sequence[float], limit: float, easy: str = "") -> str:
    """How `values` miss `limit`: in the median, or only on too many single seeds.

    `said` is a sentence with {value} and {limit}, `easy` what the easy workload is.

    >>> missed("{value} s ({limit} s allowed)", [12.0, 13.0, 14.0], 10)
    '13 s (10 s allowed)'
    >>> missed("{value} s ({limit} s allowed)", [5.0] * 15 + [20.0] * 5, 10)
    'On 5 of 20 seeds, at worst: 20 s (10 s allowed)'
    >>> missed("{value} s ({limit} s allowed)", [12.0] * 3, 10, easy="With half the load")
    'With half the load (easier trial): 12 s (10 s allowed)'
    """
    value = median(values) if median(values) > limit else max(values)
    return begin(values, limit, easy) + said.format(value=shown(value, limit), limit=f"{limit:,.10g}")


def begin(values: Sequence[float], limit: float, easy: str = "") -> str:
    """How a sentence about `values` begins: of what they tell, unless it is all seeds of the real workload."""
    parts = [easy if "eas" in easy else f"{easy} (easier trial)"] if easy else []
    if median(values) <= limit:
        bad = sum(one > limit * SLACK for one in values)
        parts += [f"{'on' if easy else 'On'} {bad} of {len(values)} seeds", "at worst"]
    return f"{', '.join(parts)}: " if parts else ""


def telling(trials: list, limit: float) -> list:
    """The trials whose numbers tell of the miss: all, or the worst alone where only some seeds miss."""
    values = [trial.value for trial in trials]
    return trials if median(values) > limit else [max(trials, key=lambda trial: trial.value)]


def spent(unit: str, cost: float, reference: float) -> str:
    """What was spent, and how much more that is than the reference.

    >>> spent("KB", 3237.4, 1712.9)
    'You use 3,237.4 KB, 1.89 times the reference'
    """
    return f"You use {cost:,.1f} {unit}, {cost / reference:.2f} times the reference"


def shown(value: float, limit: float) -> str:
    """A value with so many digits that it differs from the limit where it does.

    >>> shown(430.4, 420), shown(0.512, 0.5), shown(420.3, 420), shown(3007.0, 420)
    ('430', '0.51', '420.3', '3,007')
    """
    if value == limit:
        return f"{value:,.10g}"
    for digits in range(2 if value < 10 else 0, 4):
        text = f"{value:,.{digits}f}"
        if float(text.replace(",", "")) != limit:
            break
    return text
