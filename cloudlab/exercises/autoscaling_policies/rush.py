"""The morning of E5: a rush that begins at the same minute each day, a schedule that knows it, and tracking.

Read `morning` first. A variant holds "begins" (the minute after 8:00), "lasts" (minutes), and "calm" and "rush"
(orders a minute). The fleet is launched just before the office opens. A schedule is there each day, so what it
has set by then holds from then on, be it since an hour or since last evening.
"""

from functools import cache
from math import ceil
from statistics import fmean

from cloudlab.autoscaling.policies import ScalingPolicies, Scheduled, TargetTracking
from cloudlab.autoscaling.policies.schedules import cron, due
from cloudlab.exercises.autoscaling_policies import office
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record

OPENS, MINUTES = 8 * 60, 160
"""When the office opens (minutes after midnight), and for how long it is open."""

LAUNCHED = ceil(OPENS - office.READY / 60)
"""The first full minute after the fleet is launched."""

LIMIT = 30.0
"""Seconds that 95 of 100 orders of the rush may take."""

MOST, WARMUP, DAY, YEAR = 60, 240, 1440, 366

WORTH = 0.95
"""A change that leaves more of the cost than this is not what the instance-hours went for."""

MISSED = "95 of 100 orders of the rush took up to {value} s ({limit} s allowed)"


def morning(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """From 8:00 on with this schedule and target; `easy`: a rush of 85 in 100."""
    target, least = answer["target_value"], set_before(answer)
    size = max(least, ceil(variant["calm"] / office.PER_INSTANCE / target * 100))
    begin = 60.0 * OPENS - office.READY
    shop = office.Office(
        seed,
        begin=begin,
        min_size=least,
        desired_capacity=size,
        max_size=MOST,
        default_instance_warmup=WARMUP,
    )
    scaling = ScalingPolicies(shop.world, shop.group)
    Scheduled(scaling, "the schedule", recurrence=answer["raise_at"], min_size=answer["rush_minimum"])
    Scheduled(scaling, "the schedule", recurrence=answer["reset_at"], min_size=1)
    shop.world.run(until=60 * OPENS - 60)
    TargetTracking(scaling, target_value=target)
    return shop.open(corners(variant, easy), MINUTES)


def corners(variant: dict, easy: bool = False) -> list[list[float]]:
    """The line of [minute after 8:00, orders a minute]."""
    calm, begins = variant["calm"], variant["begins"]
    rush, ends = rate(variant, easy), begins + variant["lasts"]
    return [[0, calm], [begins, calm], [begins, rush], [ends, rush], [ends, calm], [MINUTES, calm]]


def rate(variant: dict, easy: bool = False) -> float:
    """Orders a minute in the rush."""
    return (0.85 if easy else 1.0) * variant["rush"]


def begins(variant: dict) -> int:
    """When the rush begins: minutes after midnight."""
    return OPENS + variant["begins"]


def ends(variant: dict) -> int:
    """When the rush is over: minutes after midnight."""
    return begins(variant) + variant["lasts"]


def readable(name: str, text: str) -> None:
    """Raise InvalidParameter, which names the parameter and the field, unless `text` can be read as a time."""
    try:
        cron(text)
    except InvalidParameter as error:
        raise InvalidParameter(str(error).replace("recurrence", name, 1)) from None


def set_before(answer: dict) -> int:
    """The minimum that the schedule has set before the fleet is launched."""
    raised, reset = latest(answer["raise_at"]), latest(answer["reset_at"])
    up = raised is not None and (reset is None or raised > reset)
    return answer["rush_minimum"] if up else 1


@cache
def latest(text: str, before: int = LAUNCHED) -> int | None:
    """The last minute (after this day's midnight) before another that a recurrence holds, within a year."""
    minutes, hours, *_ = fields = cron(text)
    for day in range(before // DAY, before // DAY - YEAR, -1):
        if not due(fields, day * DAY + 60 * min(hours) + min(minutes)):
            continue  # not on this day
        times = (day * DAY + 60 * hour + minute for hour in hours for minute in minutes)
        found = max((time for time in times if time < before), default=None)
        if found is not None:
            return found
    return None


def first(text: str, since: int = LAUNCHED, until: int = OPENS + MINUTES) -> int | None:
    """The first minute (after midnight) from one to another that a recurrence holds."""
    fields = cron(text)
    return next((minute for minute in range(since, until) if due(fields, minute)), None)


def raised(answer: dict) -> int | None:
    """When the minimum is first up this morning: minutes after midnight, less than 0 since the day before."""
    if set_before(answer) > 1:
        return latest(answer["raise_at"])
    return first(answer["raise_at"])


def said(minute: int) -> str:
    """A minute after midnight as a time of the day: '7:30'."""
    return f"{minute % DAY // 60}:{minute % 60:02}"


def rises(answer: dict, variant: dict) -> str:
    """When the minimum rises, in words: 'rises at 7:30'."""
    minute = raised(answer)
    if minute is None:
        return "does not rise this morning"
    late = ", after the rush has begun" if minute > begins(variant) else ""
    return f"rises at {said(minute)}{late}{' on an earlier day' if minute < 0 else ''}"


def falls(answer: dict, variant: dict) -> str:
    """When the minimum falls after the rush has begun, in words: 'falls at 9:40'."""
    minute = first(answer["reset_at"], begins(variant))
    return "does not fall this morning" if minute is None else f"falls at {said(minute)}"


def waited(record: Record, variant: dict) -> float:
    """Seconds that 95 of 100 orders of the rush took at most."""
    return office.slowest(record, 60 * begins(variant), 60 * ends(variant))


def needed(variant: dict, easy: bool = False) -> int:
    """Instances that the orders of the rush keep busy."""
    return ceil(rate(variant, easy) / office.PER_INSTANCE)


def at(minute: int) -> str:
    """A recurrence: each day at this minute after midnight."""
    return f"{minute % 60} {minute // 60} * * *"


def late(answer: dict, variant: dict, again, easy: bool = False) -> str:
    """Why orders of the rush took too long. `again(changes)` makes trials with other settings."""
    start = begins(variant)
    ideas = {
        "schedule_late": {"raise_at": at(start - 10)},
        "minimum_below_rush": {"rush_minimum": needed(variant) + 4},
    }
    up = raised(answer)
    if up is not None and up < start and _lowered(answer, start + 4):
        ideas = {"reset_before_the_rush": {"reset_at": at(start + 30)}} | ideas
    elif up is not None and up <= start - 3:
        del ideas["schedule_late"]
    for code, changes in ideas.items():
        if fmean(trial.value for trial in again(changes)) <= LIMIT:
            return code
    if next(iter(ideas)) == "reset_before_the_rush":
        return "reset_before_the_rush"
    return "schedule_late" if up is None or up > start - 3 else "minimum_below_rush"


def _lowered(answer: dict, until: int) -> bool:
    """Whether the last that the schedule did before a minute was to lower the minimum."""
    up, down = latest(answer["raise_at"], until), latest(answer["reset_at"], until)
    return down is not None and up is not None and down >= up


def dear(answer: dict, variant: dict, again) -> str:
    """Where the instance-hours went: tried with one setting changed, and the largest saving counts.

    Where none saves much, the target is raised as far as it goes: then the room that tracking keeps costs most.
    """
    start, over = begins(variant), ends(variant)
    reset = first(answer["reset_at"], start)
    ideas = {
        "schedule_too_early": {"raise_at": at(start - 5)},
        "minimum_above_rush": {"rush_minimum": min(answer["rush_minimum"], needed(variant) + 2)},
        "target_too_low": {"target_value": max(80, answer["target_value"])},
    }
    if reset is None or reset > over:
        ideas["schedule_never_reset"] = {"reset_at": at(over)}
    spent = {code: fmean(trial.cost for trial in again(changes)) for code, changes in ideas.items()}
    code = min(spent, key=lambda code: spent[code])
    if spent[code] < WORTH * fmean(trial.cost for trial in again({})):
        return code
    higher = again({"target_value": 100})
    kept = fmean(trial.value for trial in higher) <= LIMIT
    return "target_too_low" if kept and fmean(trial.cost for trial in higher) < spent[code] else code


def clock(time: float) -> str:
    """A moment of the morning: '8:55:00'."""
    seconds = max(0, round(time))
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
