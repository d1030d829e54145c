"""From a wish such as "30 percent more" to a number of instances.

Read `adjusted` first. `steps` reads the list of a step policy, and `step_for` picks one of them.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

import itertools
from math import inf, isfinite
from typing import Annotated

from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.limits import Limit

KINDS = ("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")
"""Add or remove so many, set to so many, add or remove so many percent (AS-22)."""

AdjustmentType = Annotated[str, Limit(choices=KINDS, label="Adjustment type")]
Magnitude = Annotated[int, Limit(0, 1000, "instances", label="Smallest adjustment")]


def adjusted(capacity: int, adjustment_type: str, adjustment: int, magnitude: int = 0) -> int:
    """The capacity after an adjustment, never below 0.

    A percentage of more than one instance is rounded towards zero, one of less than one becomes one
    (AS-23), and none is smaller than `magnitude` (AS-24).

    >>> adjusted(11, "PercentChangeInCapacity", 30), adjusted(4, "PercentChangeInCapacity", -10)
    (14, 3)
    """
    if adjustment_type == "ExactCapacity":
        return max(0, adjustment)
    if adjustment_type == "ChangeInCapacity":
        return max(0, capacity + adjustment)
    if not capacity * adjustment:
        return capacity
    size = max(1, abs(capacity * adjustment) // 100, magnitude)
    return max(0, capacity + (size if adjustment > 0 else -size))


def steps(step_adjustments) -> list[tuple[float, float, int]]:
    """The steps in order, with infinite ends for None. Raises ValidationError when they break AS-26.

    >>> steps([(10, None, 2), (0, 10, 1)])
    [(0, 10, 1), (10, inf, 2)]
    """
    shape = "must be a list of (lower, upper, adjustment), numbers or None for an open end"
    listed = isinstance(step_adjustments, (list, tuple)) and step_adjustments
    if not listed or not all(_is_step(step) for step in step_adjustments):
        raise ValidationError(f"step_adjustments is {step_adjustments!r:.60}, but {shape}.")
    found = sorted(
        (-inf if low is None else low, inf if up is None else up, change)
        for low, up, change in step_adjustments
    )
    for low, up, change in found:
        if low >= up or (low, up) == (-inf, inf):
            rule = "a step needs a bound, and its lower one below its upper one"
            raise ValidationError(f"step_adjustments has the step ({low:g}, {up:g}, {change}), but {rule}.")
    for (_, up, _), (following, _, _) in itertools.pairwise(found):
        if up != following:
            what = "overlap" if up > following else "leave a gap"
            low, high = sorted((up, following))
            raise ValidationError(f"step_adjustments {what} between {low:g} and {high:g}.")
    if -inf < found[0][0] < 0:
        raise ValidationError(
            "step_adjustments has a negative lower bound, but no step without a lower bound."
        )
    if 0 < found[-1][1] < inf:
        raise ValidationError(
            "step_adjustments has a positive upper bound, but no step without an upper bound."
        )
    return found


def step_for(found: list[tuple[float, float, int]], beyond: float) -> int | None:
    """The adjustment of the step that holds `beyond` (metric − threshold), or None when no step does.

    From the threshold up the lower bound belongs to a step, below it the upper one does (AS-26).
    """
    for low, up, adjustment in found:
        if (low <= beyond < up) if beyond >= 0 else (low < beyond <= up):
            return adjustment
    return None


def _is_step(step) -> bool:
    """Whether this is (lower, upper, adjustment): numbers or None, and a whole number."""
    if not isinstance(step, (list, tuple)) or len(step) != 3:
        return False
    numbers = [value for value in step if value is not None]
    plain = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in numbers)
    return plain and all(isfinite(value) for value in numbers) and isinstance(step[2], int)
