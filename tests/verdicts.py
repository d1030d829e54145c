"""How likely the rule of 20 seeds passes an answer, computed from what single seeds do.

A seed's value meets the limit with some chance, or only the limit × 1.15, or neither. The seeds are
independent, so the number of each kind among 20 is multinomial, and the chance of each verdict is a sum over
all numbers. How large the chances of a single seed are is known from counting many seeds, and only within a
bound: what was never seen in 150 seeds may still happen once in 50.
"""

from math import comb
from statistics import fmean

from cloudlab.judge.judging import meets
from cloudlab.judge.results import SLACK

SEEDS = 20
DOUBT = 0.05
"""The bound of a counted share is wrong in one of 20 cases."""


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


def at_most(number: int, of: int) -> float:
    """The chance of something that was seen `number` times in `of` trials, at most (Clopper and Pearson)."""
    low, high = number / of, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        seen = sum(comb(of, k) * middle**k * (1 - middle) ** (of - k) for k in range(number + 1))
        low, high = (middle, high) if seen > DOUBT else (low, middle)
    return high


def chance_of_a_false_verdict(values: list[float], limit: float) -> float:
    """The chance, at most, that the rule says the contrary of the mean of these values."""
    size = len(values)
    if fmean(values) <= limit:
        over = at_most(sum(value > limit for value in values), size)
        far = min(over, at_most(sum(value > limit * SLACK for value in values), size))
        return 1 - chance_to_pass(1 - over, over - far)
    near = at_most(sum(value <= limit * SLACK for value in values), size)
    within = min(near, at_most(sum(value <= limit for value in values), size))
    return chance_to_pass(within, near - within)
