"""The morning of E5: a rush that begins at 9:00 each day, a schedule that knows it, and target tracking.

Read `morning` first. A variant holds "calm" and "rush" (orders a minute) and "lasts" (minutes).
"""

from math import ceil
from statistics import fmean

from cloudlab.autoscaling.policies import ScalingPolicies, Scheduled, TargetTracking
from cloudlab.autoscaling.policies.schedules import cron, due
from cloudlab.exercises.autoscaling_policies import office
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record

OPENS, NINE, MINUTES = 8 * 60, 9 * 60, 160
"""When the office opens and when the rush begins (minutes after midnight), and for how long it is open."""

LIMIT = 30.0
"""Seconds that 95 of 100 orders of the rush may take."""

MOST, WARMUP = 60, 240


def morning(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """From 8:00 on with this schedule and target; `easy`: a rush of 85 in 100."""
    target = answer["target_value"]
    size = ceil(variant["calm"] / office.PER_INSTANCE / target * 100)
    begin = 60.0 * OPENS - office.READY
    shop = office.Office(
        seed, begin=begin, min_size=1, desired_capacity=size, max_size=MOST, default_instance_warmup=WARMUP
    )
    scaling = ScalingPolicies(shop.world, shop.group)
    Scheduled(scaling, "the schedule", recurrence=answer["raise_at"], min_size=answer["rush_minimum"])
    Scheduled(scaling, "the schedule", recurrence=answer["reset_at"], min_size=1)
    shop.world.run(until=60 * OPENS - 60)
    TargetTracking(scaling, target_value=target)
    return shop.open(corners(variant, easy), MINUTES)


def corners(variant: dict, easy: bool = False) -> list[list[float]]:
    """The line of [minute after 8:00, orders a minute]."""
    calm, rush = variant["calm"], variant["rush"]
    rush = 0.85 * rush if easy else rush
    begins = NINE - OPENS
    ends = begins + variant["lasts"]
    return [[0, calm], [begins, calm], [begins, rush], [ends, rush], [ends, calm], [MINUTES, calm]]


def readable(name: str, text: str) -> None:
    """Raise InvalidParameter, which names the parameter and the field, unless `text` can be read as a time."""
    try:
        cron(text)
    except InvalidParameter as error:
        raise InvalidParameter(str(error).replace("recurrence", name, 1)) from None


def first(text: str, since: int = OPENS - 1, until: int = OPENS + MINUTES) -> int | None:
    """The first minute of the morning (after midnight) that a recurrence holds."""
    fields = cron(text)
    return next((minute for minute in range(since, until) if due(fields, minute)), None)


def waited(record: Record, variant: dict) -> float:
    """Seconds that 95 of 100 orders of the rush took at most."""
    return office.slowest(record, 60 * NINE, 60 * (NINE + variant["lasts"]))


def needed(variant: dict) -> int:
    """Instances that the orders of the rush keep busy."""
    return ceil(variant["rush"] / office.PER_INSTANCE)


def late(answer: dict, variant: dict, again) -> str:
    """Why orders of the rush took too long. `again(changes)` makes trials with other settings."""
    ideas = {
        "schedule_late": {"raise_at": "50 8 * * *"},
        "minimum_below_rush": {"rush_minimum": needed(variant) + 4},
    }
    if first(answer["reset_at"], until=NINE) is not None:
        ideas = {"reset_before_the_rush": {"reset_at": "30 9 * * *"}} | ideas
    for code, changes in ideas.items():
        if fmean(trial.value for trial in again(changes)) <= LIMIT:
            return code
    raised = first(answer["raise_at"])
    return "schedule_late" if raised is None or raised > NINE - 3 else "minimum_below_rush"


def dear(answer: dict, variant: dict, again) -> str:
    """Where the instance-hours went: tried with one setting changed, and the largest saving counts."""
    ends = NINE + variant["lasts"]
    reset = first(answer["reset_at"], NINE)
    ideas = {
        "schedule_too_early": {"raise_at": "55 8 * * *"},
        "minimum_above_rush": {"rush_minimum": min(answer["rush_minimum"], needed(variant) + 2)},
        "target_too_low": {"target_value": max(80, answer["target_value"])},
    }
    if reset is None or reset > ends:
        ideas["schedule_never_reset"] = {"reset_at": f"{ends % 60} {ends // 60} * * *"}
    spent = {code: fmean(trial.cost for trial in again(changes)) for code, changes in ideas.items()}
    return min(spent, key=lambda code: spent[code])


def clock(time: float) -> str:
    """A moment of the morning: '8:55:00'."""
    seconds = max(0, round(time))
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
