"""Plans for a desk, each tried on 20 mornings: the right choice, and what wrong ideas would choose (E0).

A plan is a dict: "clerks", "busy" (the share of their time that they work, 0 to 1), and "days", 20 lists of 20
times in s. Read `right`. What a plan is like goes by kinds, from too few clerks to enough; see `KINDS`.
"""

from math import ceil
from random import Random
from statistics import fmean

LIMIT, DAYS, PASSENGERS, GOOD_DAYS = 300, 20, 20, 19
"""Seconds that the p95 may take, mornings that are tried, passengers of each, mornings that must be good."""

KINDS = ("crowded", "mean is good", "some days are good", "first day is good", "good", "first day is bad")
"""What mornings are like: of the last two kinds 19 or 20 are good, of the others fewer."""


def easy_plans(dice: Random) -> list[dict]:
    """Two or three plans of which some are crowded on each day, and the others good on each."""
    enough = dice.randint(0, 2)
    return _plans(dice, ["crowded"] * (2 - enough) + ["good"] * (enough + 1), lucky=False)


def any_plans(dice: Random) -> list[dict]:
    """Three to five plans, in any order; the more clerks, the better the mornings."""
    too_few = [kind for kind in KINDS[:4] if dice.random() < 0.6]
    enough = [dice.choice(KINDS[4:]) for _ in range(dice.randint(0, 2))]
    plans = _plans(dice, (too_few + enough or ["good"])[:5], lucky=True)
    dice.shuffle(plans)
    return plans


def _plans(dice: Random, kinds: list[str], lucky: bool) -> list[dict]:
    clerks = dice.randint(1, 4)
    return [
        {"clerks": clerks + place, "busy": busy, "days": _days(dice, kind, lucky)}
        for place, (kind, busy) in enumerate(zip(kinds, _busy(dice, len(kinds)), strict=True))
    ]


def _busy(dice: Random, size: int) -> list[float]:
    """Shares of busy time, the largest first."""
    return sorted((round(dice.uniform(0.5, 0.99), 2) for _ in range(size)), reverse=True)


def _days(dice: Random, kind: str, lucky: bool) -> list[list[int]]:
    """The mornings of one plan."""
    bad: set[int] = set()
    if kind in ("crowded", "mean is good"):
        bad = set(range(DAYS))
    elif kind in ("some days are good", "first day is good"):
        bad = set(dice.sample(range(1, DAYS), dice.randint(4, 12)))
        bad |= {0} if kind == "some days are good" else set()
    elif kind == "first day is bad":
        bad = {0}
    elif lucky and dice.random() < 0.4:
        bad = {dice.randrange(1, DAYS)}
    return [_times(dice, day in bad, crowded=kind == "crowded") for day in range(DAYS)]


def _times(dice: Random, bad: bool, crowded: bool) -> list[int]:
    """The times of a morning. A bad one has two or three who wait for long, a crowded one many."""
    late = dice.randint(12, 18) if crowded else dice.randint(2, 3) if bad else dice.randint(0, 1)
    times = [dice.randint(30, 200) for _ in range(PASSENGERS - late)]
    times += [dice.randint(400, 900) for _ in range(late)]
    dice.shuffle(times)
    return times


def p95(times: list[int]) -> int:
    """The time that 95 of 100 don't exceed: of 20 the 19th."""
    return sorted(times)[ceil(0.95 * len(times)) - 1]


def good_days(plan: dict) -> int:
    """On how many mornings the p95 keeps the limit."""
    return sum(p95(times) <= LIMIT for times in plan["days"])


def mean(plan: dict) -> float:
    """The mean of all times of a plan."""
    return fmean(time for times in plan["days"] for time in times)


def fewest(plans: list[dict], keeps) -> int:
    """The fewest clerks of the plans for which `keeps(plan)`, 0 when there is none."""
    return min((plan["clerks"] for plan in plans if keeps(plan)), default=0)


def right(plans: list[dict]) -> int:
    """The fewest clerks with whom 19 of 20 mornings are good; 0 where no plan is enough."""
    return fewest(plans, lambda plan: good_days(plan) >= GOOD_DAYS)


IDEAS = {
    "by_the_mean": [
        lambda plans: fewest(plans, lambda plan: mean(plan) <= LIMIT),
        lambda plans: fewest(
            plans, lambda plan: sum(fmean(times) <= LIMIT for times in plan["days"]) >= GOOD_DAYS
        ),
    ],
    "one_lucky_day": [
        lambda plans: fewest(plans, lambda plan: p95(plan["days"][0]) <= LIMIT),
        lambda plans: fewest(plans, lambda plan: good_days(plan) >= 1),
    ],
    "all_busy": [lambda plans: max(plans, key=lambda plan: plan["busy"])["clerks"]],
    "no_bad_day": [lambda plans: fewest(plans, lambda plan: good_days(plan) == DAYS)],
    "more_than_needed": [lambda plans: max(plan["clerks"] for plan in plans)],
}
"""Wrong ideas, each as what it would choose. The one that explains most mistakes gives the code."""
