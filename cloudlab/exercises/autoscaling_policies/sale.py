"""The sale of E3: from one minute to the next four times as many customers come, and target tracking follows.

Read `sale` first. A variant holds "calm" (orders a minute before and after), "begins", "lasts" and "open"
(minutes), and "limit" (seconds that 95 of 100 orders may take).
"""

from math import ceil
from statistics import fmean, median

from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking
from cloudlab.exercises.autoscaling_policies import office
from cloudlab.kernel.record import Record

JUMP, EASY_JUMP = 4, 2
"""How many times as many customers come during the sale."""

SERVES = 120
"""Seconds until a new instance serves: a shorter warm-up counts what helps nobody yet."""

SETTLED = 240
"""A warm-up (s) that lets a new instance work off its first line before the next step."""


def sale(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """The open hours with these settings; `easy`: only twice as many customers come."""
    calm, target, most = variant["calm"], answer["target_value"], answer["max_size"]
    size = min(most, ceil(calm / office.PER_INSTANCE / target * 100))
    warmup = answer["default_instance_warmup"]
    shop = office.Office(
        seed, min_size=1, desired_capacity=size, max_size=most, default_instance_warmup=warmup
    )
    scaling = ScalingPolicies(shop.world, shop.group)
    shop.world.run(until=office.READY - 60)
    TargetTracking(scaling, target_value=target)
    return shop.open(corners(variant, easy), variant["open"])


def corners(variant: dict, easy: bool = False) -> list[list[float]]:
    """The line of [minute, orders a minute]."""
    calm, begins = variant["calm"], variant["begins"]
    high, ends = jump(easy) * calm, begins + variant["lasts"]
    return [[0, calm], [begins, calm], [begins, high], [ends, high], [ends, calm], [variant["open"], calm]]


def jump(easy: bool) -> int:
    """How many times as many customers come during the sale."""
    return EASY_JUMP if easy else JUMP


def needed(variant: dict, easy: bool = False) -> int:
    """Instances that the orders of the sale keep busy."""
    return ceil(jump(easy) * variant["calm"] / office.PER_INSTANCE)


def late(answer: dict, variant: dict, again, easy: bool = False) -> str:
    """Why orders took too long. `again(changes)` makes trials with other settings."""
    busy = needed(variant, easy)
    ideas = {}
    if answer["max_size"] <= busy:  # else it leaves room, and what is slow is the way there
        ideas["max_below_sale"] = {"max_size": busy + 4}
    if answer["default_instance_warmup"] > SETTLED:
        ideas["warmup_too_long"] = {"default_instance_warmup": SETTLED}
    for code, changes in ideas.items():
        if fmean(trial.value for trial in again(changes)) <= variant["limit"]:
            return code
    return "max_below_sale" if answer["max_size"] < 0.8 * busy else "target_too_high"


def dear(trials: list, answer: dict, variant: dict, again) -> str:
    """Where the instance-hours went: tried with one setting changed, and the largest saving counts."""
    begins = office.READY + 60 * variant["begins"]
    if median(held(trial.evidence[0], begins) for trial in trials) >= needed(variant):
        return "fixed_at_peak"
    if answer["default_instance_warmup"] < SERVES and _highest(trials) >= 1.3 * needed(variant):
        return "warmup_short_overshoot"
    ideas = {
        "target_too_low": {"target_value": max(60, answer["target_value"])},
        "max_too_high": {"max_size": min(needed(variant) + 1, answer["max_size"])},
    }
    spent = {code: fmean(trial.cost for trial in again(changes)) for code, changes in ideas.items()}
    return min(spent, key=lambda code: spent[code])


def _highest(trials: list) -> float:
    """The largest wish of a run, on average."""
    return fmean(peak_wish(trial.evidence[0]) for trial in trials)


def held(record: Record, moment: float) -> int:
    """What was wished at a moment (s)."""
    return max((pair for pair in office.wishes(record) if pair[0] <= moment), default=(0, 0))[1]


def peak_wish(record: Record) -> int:
    """The largest wish of the run."""
    return max(size for _, size in office.wishes(record))
