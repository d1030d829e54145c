"""The exercises of lesson 02: settings for a sale (E3), a policy of your own (E4), a schedule for a rush (E5)."""

from statistics import median
from typing import Annotated

from cloudlab.exercises.autoscaling_policies import office, rush, sale, waves
from cloudlab.judge.definition import Config, Cost, Exercise, Function, Objective, Trial
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.measures import instance_hours

TRIED = 2
"""Runs with one setting changed that a diagnosis makes."""


# E3: settings of target tracking for a sale


@checked()
def three_settings(
    *,
    target_value: Annotated[int, Limit(10, 100, "%")],
    default_instance_warmup: Annotated[int, Limit(0, 900, "s")],
    max_size: Annotated[int, Limit(1, 60, "instances")],
) -> None:
    """An answer of E3."""


def try_sale(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One sale with these settings."""
    record = sale.sale(answer, variant, seed, easy=easy)
    return Trial(seed, value=office.slowest(record), cost=instance_hours(record), evidence=(record, variant))


def diagnose_sale(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Why orders took too long, or where the instance-hours went."""
    easy = stage == "easy"

    def again(changes):
        return [try_sale(answer | changes, variant, one.seed, easy=easy) for one in trials[:TRIED]]

    late = stage != "cost"
    code = sale.late(answer, variant, again, easy) if late else sale.dear(trials, answer, variant, again)
    records = [trial.evidence[0] for trial in trials]
    begins = office.READY + 60 * variant["begins"]
    return code, answer | {
        "needed": sale.needed(variant, easy),
        "calm_size": f"{median(sale.held(record, begins) for record in records):.0f}",
        "peak": f"{median(sale.peak_wish(record) for record in records):.0f}",
        "first": f"{median(sale.held(record, begins + 240) for record in records):.0f}",
    }


def trace_sale(trial: Trial, code: str) -> list[str]:
    """How the wish changed, what the metric said, and who waited."""
    record, variant = trial.evidence
    limit, start = variant["limit"], office.READY + 60 * variant["begins"]
    return [
        f"Seed {trial.seed}, times after opening. The sale begins at {office.clock(start)},",
        f"lasts {variant['lasts']} minutes, and keeps {sale.needed(variant, trial.easy)} instances busy.",
        f"{sale.held(record, start)} were wished before it, {sale.held(record, start + 240)} four minutes into it,",
        f"and {sale.peak_wish(record)} at the most.",
        *office.told_by_the_record(record, office.READY, office.clock, trial.value > limit),
        f"95 of 100 orders took at most {trial.value:,.0f} s ({limit:.0f} s are allowed).",
        f"Cost: {trial.cost:.1f} instance-hours.",
    ]


def show_sale(variant: dict) -> dict:
    """What is given: the orders, and what an instance can do."""
    return {
        "orders": sale.corners(variant),
        "orders_a_minute_of_an_instance": office.PER_INSTANCE,
        "minutes_until_a_new_instance_serves": 2,
        "metric_period_in_seconds": 60,
        "datapoints_to_scale_out": 3,
        "datapoints_to_scale_in": 15,
        "seconds_for_95_of_100_orders": variant["limit"],
    }


E3 = Exercise(
    name="E3",
    answer=Config(three_settings),
    trial=try_sale,
    diagnose=diagnose_sale,
    trace=trace_sale,
    scenario=show_sale,
    easy="With half the sale",
    objective=Objective(None, "s", "for 95 of 100 orders", missed=office.MISSED),
    cost=Cost("instance-hours", naive="enough for the sale, all the time"),
)


# E4: a policy of your own


def try_waves(decide, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """The open hours with this policy."""
    record, decisions, corners = waves.waves(decide, variant, seed, easy=easy, altered_after=altered_after)
    value, cost = office.slowest(record), instance_hours(record)
    return Trial(seed, value=value, cost=cost, evidence=(record, corners), decisions=decisions)


def diagnose_waves(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """What the wishes of most runs show."""
    records = [trial.evidence[0] for trial in trials]
    turns = median(waves.turns(record) for record in records)
    peak = median(waves.peak(record) for record in records)
    last = median(office.wishes(record)[-1][1] for record in records)
    least = median(waves.too_few(trial.decisions, trial.evidence[1]) for trial in trials)
    asked = [waves.asked_again(trial.evidence[0], trial.decisions) for trial in trials]
    again, raised = (sum(numbers) for numbers in zip(*asked, strict=True))
    if least > FEW and turns > SHAKY:
        code = "asks_for_the_difference"
    elif again > (MOST if turns > SHAKY else SOME) * max(1, raised):
        code = "ignores_pending_double_launch"
    elif stage != "cost":
        code = "instant_metric" if turns > SHAKY else "too_late"
    else:
        code = "no_scale_in" if last >= 0.8 * peak else "too_much_room"
    return code, {
        "turns": f"{turns:.0f}",
        "peak": f"{peak:.0f}",
        "last": f"{last:.0f}",
        "again": again,
        "raised": raised,
        "least": f"{least:.0f}",
        "needed": f"{median(waves.highest(trial.evidence[1]) for trial in trials):.0f}",
    }


SHAKY = 20
"""A wish that turns more often than this within two hours follows luck, not the load."""

FEW = 1
"""Whoever asks in more minutes than this for one or none, though 3 are kept busy, means a difference."""

SOME, MOST = 0.25, 0.6
"""Whoever raises by so much again has asked twice; who follows luck raises again by luck, up to the second."""


def trace_waves(trial: Trial, code: str) -> list[str]:
    """The orders, the changes of the wish, and the order that took longest."""
    record, corners = trial.evidence
    again, raised = waves.asked_again(record, trial.decisions)
    return [
        f"Seed {trial.seed}, times after opening. The orders a minute, at the corners of their line:",
        "  " + ", ".join(f"{minute // 60}:{minute % 60:02} {rate:.0f}" for minute, rate in corners),
        *office.told_by_the_record(record, waves.READY, waves.clock, trial.value > waves.LIMIT),
        f"The wish turned {waves.turns(record)} times, and went up by {raised} instances in all,",
        f"{again} of them while others were on their way and no minute had had more orders.",
        f"In {waves.too_few(trial.decisions, corners)} minutes it was one or none, though at least 3 were kept busy.",
        f"95 of 100 orders took at most {trial.value:,.0f} s ({waves.LIMIT:.0f} s are allowed).",
        f"Cost: {trial.cost:.1f} instance-hours.",
    ]


def show_waves(variant: dict) -> dict:
    """What is given, with a history as decide gets it."""
    calm = variant["calm"]
    row = {"orders": calm, "cpu": 55.0, "in_service": 7, "pending": 0, "desired": 7}
    return {
        "calm_orders_a_minute": calm,
        "orders_a_minute_of_an_instance": office.PER_INSTANCE,
        "minutes_until_a_new_instance_serves": waves.SERVES / 60,
        "max_size": waves.MOST,
        "seconds_for_95_of_100_orders": waves.LIMIT,
        "history": [{"minute": 2} | row, {"minute": 3} | row | {"orders": calm + 12, "cpu": 69.0}],
    }


E4 = Exercise(
    name="E4",
    answer=Function("decide", ("history",), decisions=waves.MINUTES),
    trial=try_waves,
    diagnose=diagnose_waves,
    trace=trace_waves,
    scenario=show_waves,
    easy="With one gentle wave",
    objective=Objective(waves.LIMIT, "s", "for 95 of 100 orders", missed=office.MISSED),
    cost=Cost("instance-hours", naive="enough for the highest wave, all the time"),
)


# E5: a schedule and target tracking for the rush of each morning


@checked()
def four_settings(
    *,
    raise_at: str,
    rush_minimum: Annotated[int, Limit(1, rush.MOST, "instances")],
    reset_at: str,
    target_value: Annotated[int, Limit(10, 100, "%")],
) -> None:
    """An answer of E5. Raises InvalidParameter when a time can't be read."""
    rush.readable("raise_at", raise_at)
    rush.readable("reset_at", reset_at)


def try_morning(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One morning with these settings."""
    record = rush.morning(answer, variant, seed, easy=easy)
    value, cost = rush.waited(record, variant), instance_hours(record)
    return Trial(seed, value=value, cost=cost, evidence=(record, variant, answer))


def diagnose_morning(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Why orders of the rush took too long, or where the instance-hours went."""
    easy = stage == "easy"

    def again(changes):
        return [try_morning(answer | changes, variant, one.seed, easy=easy) for one in trials[:TRIED]]

    code = rush.dear(answer, variant, again) if stage == "cost" else rush.late(answer, variant, again, easy)
    records = [trial.evidence[0] for trial in trials]
    begins = rush.begins(variant)
    return code, answer | {
        "needed": rush.needed(variant, easy),
        "begins": rush.said(begins),
        "at_the_rush": median(sale.held(record, 60 * begins + 1) for record in records),
        "raised": rush.rises(answer, variant),
        "lowered": rush.falls(answer, variant),
        "over": rush.said(rush.ends(variant)),
    }


def trace_morning(trial: Trial, code: str) -> list[str]:
    """How the wish changed, what the metric said, and who waited."""
    record, variant, answer = trial.evidence
    begins = 60 * rush.begins(variant)
    lowered = f"It {rush.falls(answer, variant)}, and the rush is over at {rush.said(rush.ends(variant))}."
    return [
        f"Seed {trial.seed}. The rush begins at {rush.clock(begins)}, lasts {variant['lasts']} minutes,",
        f"and keeps {rush.needed(variant, trial.easy)} instances busy.",
        f"{sale.held(record, begins + 1)} instances were wished then.",
        f"The minimum of {answer['rush_minimum']} {rush.rises(answer, variant)}.",
        *([lowered] if code == "schedule_never_reset" else []),
        *office.told_by_the_record(record, 60.0 * rush.OPENS, rush.clock, trial.value > rush.LIMIT),
        f"{office.wishes(record)[-1][1]} instances were wished at the end.",
        f"95 of 100 orders of the rush took at most {trial.value:,.0f} s ({rush.LIMIT:.0f} s are allowed).",
        f"Cost: {trial.cost:.1f} instance-hours.",
    ]


def show_morning(variant: dict) -> dict:
    """What is given: the orders, minutes after 8:00, when the rush begins, and what an instance can do."""
    return {
        "rush_begins_at": rush.said(rush.begins(variant)),
        "rush_lasts_minutes": variant["lasts"],
        "orders": rush.corners(variant),
        "orders_a_minute_of_an_instance": office.PER_INSTANCE,
        "minutes_until_a_new_instance_serves": 2,
        "seconds_for_95_of_100_orders_of_the_rush": rush.LIMIT,
    }


E5 = Exercise(
    name="E5",
    answer=Config(four_settings),
    trial=try_morning,
    diagnose=diagnose_morning,
    trace=trace_morning,
    scenario=show_morning,
    easy="With 85 % of the rush",
    objective=Objective(rush.LIMIT, "s", "for 95 of 100 orders of the rush", missed=rush.MISSED),
    cost=Cost("instance-hours", naive="enough for the rush, all the time"),
)
