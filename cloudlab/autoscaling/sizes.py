"""What minimum, desired and maximum may be, and the error codes of Auto Scaling.

Read `check_sizes` first: it is the one rule between the three numbers of a group.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.limits import InvalidParameter, Limit

Size = Limit(0, 1000, "instances", step=1)
"""How many instances a group may want."""


class ValidationError(InvalidParameter):
    """Auto Scaling's error code for a parameter that its rule forbids."""


class ScalingActivityInProgress(InvalidParameter):
    """Auto Scaling's error code for a change that the cooldown forbids (AS-4)."""


def check_sizes(low: int, desired: int, high: int) -> None:
    """Min ≤ desired ≤ max, or ValidationError (AS-2)."""
    if low > high:
        raise ValidationError(f"min_size is {low} instances, but must be at most max_size ({high}).")
    if isinstance(desired, bool) or not isinstance(desired, int):
        raise ValidationError(f"desired_capacity is {desired!r:.60} instances, but must be a whole number.")
    if not low <= desired <= high:
        raise ValidationError(
            f"desired_capacity is {desired}, but must lie between min_size ({low}) and max_size ({high})."
        )
