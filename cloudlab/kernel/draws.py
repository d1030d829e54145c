"""How much work something is, by chance: columns of drawn times, each rounded to a whole microsecond."""

from collections.abc import Callable
from math import log
from random import Random
from typing import Annotated

from cloudlab.kernel.limits import Limit
from cloudlab.kernel.world import WHOLE, microseconds

Work = Annotated[str, Limit(choices=("exponential", "fixed", "log-normal"), label="Work per request")]


def draws(work: str, mean: float, spread: float, dice: Random) -> Callable[[int], list[float]]:
    """A function that draws so many works (s at speed 1) with this `mean` (s); `spread` is that of a log-normal one."""
    random, minus_mean = dice.random, -1e6 * mean
    middle = log(mean) - spread * spread / 2

    def exponential(count: int) -> list[float]:
        return [(minus_mean * log(1.0 - random()) + WHOLE - WHOLE) / 1e6 for _ in range(count)]

    def fixed(count: int) -> list[float]:
        return [microseconds(mean)] * count

    def log_normal(count: int) -> list[float]:
        return [microseconds(dice.lognormvariate(middle, spread)) for _ in range(count)]

    return {"exponential": exponential, "fixed": fixed, "log-normal": log_normal}[work]
