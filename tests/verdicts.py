"""How likely the rule of 20 seeds passes an answer, computed from what single seeds do.

A seed's value meets the limit with some chance, or only the limit × 1.15, or neither. The seeds are
independent, so the number of each kind among 20 is multinomial, and the chance of each verdict is a sum over
all such numbers.
"""

from math import comb, erf, sqrt
from statistics import fmean, stdev

from cloudlab.exercises.judging import SLACK, meets

SEEDS = 20


def chance_to_pass(meets_limit: float, near: float) -> float:
    """The chance that 20 seeds pass, when one meets the limit, or only 1.15 × it, with these chances."""
    beyond = 1 - meets_limit - near
    total = 0.0
    for within in range(SEEDS + 1):
        for close in range(SEEDS + 1 - within):
            values = [0.9] * within + [1.1] * close + [2.0] * (SEEDS - within - close)
            if meets(values, 1.0):
                ways = comb(SEEDS, within) * comb(SEEDS - within, close)
                total += ways * meets_limit**within * near**close * beyond ** (SEEDS - within - close)
    return total


def chances(values: list[float], limit: float) -> tuple[float, float]:
    """(meets the limit, meets only limit × 1.15) of a seed, each the worse of what was counted and a normal
    tail.

    The tail has the measured mean and deviation, so that 'never seen' does not count as 'never'. Worse is
    what makes the expected verdict (passed when the mean meets the limit) less likely.
    """
    mean, spread, size = fmean(values), max(stdev(values), 1e-9), len(values)

    def below(bound: float) -> float:
        counted = sum(value <= bound for value in values) / size
        tail = (1 + erf((bound - mean) / spread / sqrt(2))) / 2
        return min(counted, tail) if mean <= limit else max(counted, tail)

    meets_limit = below(limit)
    return meets_limit, max(0.0, below(limit * SLACK) - meets_limit)


def chance_of_a_false_verdict(values: list[float], limit: float) -> float:
    """For an answer whose seeds gave `values`: the chance that the rule says the contrary of its mean."""
    passes = chance_to_pass(*chances(values, limit))
    return 1 - passes if fmean(values) <= limit else passes
