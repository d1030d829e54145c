"""The exercises of lesson 02: settings for a sale (E3), a policy of your own (E4), a schedule for a rush (E5)."""

from statistics import fmean, median
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

    def again(changes):
        return [try_sale(answer | changes, variant, trial.seed) for trial in trials[:TRIED]]

    code = (sale.dear if stage == "cost" else sale.late)(trials, answer, variant, again)
    record, cost = trials[0].evidence[0], fmean(trial.cost for trial in trials)
    begins = office.READY + 60 * variant["begins"]
    return code, answer | {
        "took": f"{median(trial.value for trial in trials):.0f}",
        "limit": f"{sale.LIMIT:.0f}",
        "hours": f"{cost:.1f}",
        "times": f"{cost / variant.get('reference', cost):.2f}",
        "needed": sale.needed(variant),
        "calm_size": sale.held(record, begins),
        "peak": sale.peak_wish(record),
        "first": sale.held(record, begins + 240),
    }


def trace_sale(trial: Trial, code: str) -> list[str]:
    """How the wish changed, what the metric said, and who waited."""
    record, variant = trial.evidence
    begins = office.clock(office.READY + 60 * variant["begins"])
    return [
        f"Seed {trial.seed}, times after opening. The sale begins at {begins}, lasts {variant['lasts']} minutes,",
        f"and keeps {sale.needed(variant)} instances busy.",
        *office.told_by_the_record(record, office.READY, office.clock, trial.value > sale.LIMIT),
        f"95 of 100 orders took at most {trial.value:.0f} s ({sale.LIMIT:.0f} s are allowed).",
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
        "seconds_for_95_of_100_orders": sale.LIMIT,
    }


E3 = Exercise(
    name="E3",
    answer=Config(three_settings),
    trial=try_sale,
    diagnose=diagnose_sale,
    trace=trace_sale,
    scenario=show_sale,
    objective=Objective(sale.LIMIT, "s", "for 95 of 100 orders"),
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
    needed = max(rate for trial in trials for _, rate in trial.evidence[1]) / office.PER_INSTANCE
    cost = fmean(trial.cost for trial in trials)
    turns = median(waves.turns(record) for record in records)
    peak = median(waves.peak(record) for record in records)
    last = median(office.wishes(record)[-1][1] for record in records)
    again, spike = map(sum, zip(*(waves.spike_wishes(*trial.evidence) for trial in trials), strict=True))
    on_top = again / max(1, spike)
    if stage == "cost":
        code = "too_much_room"
        if on_top > TWICE:
            code = "ignores_pending_double_launch"
        elif last >= 0.8 * peak:
            code = "no_scale_in"
    else:
        code = "instant_metric" if turns > SHAKY else "too_late"
    return code, {
        "took": f"{median(trial.value for trial in trials):.0f}",
        "limit": f"{waves.LIMIT:.0f}",
        "hours": f"{cost:.1f}",
        "times": f"{cost / variant.get('reference', cost):.2f}",
        "turns": f"{turns:.0f}",
        "peak": f"{peak:.0f}",
        "last": f"{last:.0f}",
        "on_top": f"{100 * on_top:.0f}",
        "needed": f"{needed:.0f}",
    }


TWICE = 0.4
"""Whoever asks for more than this share of a spike's instances on top has asked twice."""

SHAKY = 15
"""A wish that turns more often than this within two hours follows luck, not the load."""


def trace_waves(trial: Trial, code: str) -> list[str]:
    """The orders, the changes of the wish, and the order that took longest."""
    record, corners = trial.evidence
    return [
        f"Seed {trial.seed}, times after opening. The orders a minute, at the corners of their line:",
        "  " + ", ".join(f"{minute // 60}:{minute % 60:02} {rate:.0f}" for minute, rate in corners),
        *office.told_by_the_record(record, office.READY, office.clock, trial.value > waves.LIMIT),
        f"95 of 100 orders took at most {trial.value:.0f} s ({waves.LIMIT:.0f} s are allowed).",
        f"Cost: {trial.cost:.1f} instance-hours.",
    ]


def show_waves(variant: dict) -> dict:
    """What is given, with a history as decide gets it."""
    calm = variant["calm"]
    row = {"orders": calm, "cpu": 55.0, "in_service": 7, "pending": 0, "desired": 7}
    return {
        "calm_orders_a_minute": calm,
        "orders_a_minute_of_an_instance": office.PER_INSTANCE,
        "minutes_until_a_new_instance_serves": 2,
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
    objective=Objective(waves.LIMIT, "s", "for 95 of 100 orders"),
    cost=Cost("instance-hours", naive="enough for the highest wave, all the time"),
)


# E5: a schedule and target tracking for the rush at nine


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
    return Trial(seed, value=value, cost=cost, evidence=(record, variant))


def diagnose_morning(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Why orders of the rush took too long, or where the instance-hours went."""

    def again(changes):
        return [try_morning(answer | changes, variant, trial.seed) for trial in trials[:TRIED]]

    code = (rush.dear if stage == "cost" else rush.late)(answer, variant, again)
    record, cost = trials[0].evidence[0], fmean(trial.cost for trial in trials)
    raised = rush.first(answer["raise_at"])
    return code, answer | {
        "took": f"{median(trial.value for trial in trials):.0f}",
        "limit": f"{rush.LIMIT:.0f}",
        "hours": f"{cost:.1f}",
        "times": f"{cost / variant.get('reference', cost):.2f}",
        "needed": rush.needed(variant),
        "at_nine": sale.held(record, 60 * rush.NINE + 1),
        "raised": "not at all this morning" if raised is None else f"at {raised // 60}:{raised % 60:02}",
        "last": office.wishes(record)[-1][1],
    }


def trace_morning(trial: Trial, code: str) -> list[str]:
    """How the wish changed, what the metric said, and who waited."""
    record, variant = trial.evidence
    return [
        f"Seed {trial.seed}. The rush begins at 9:00, lasts {variant['lasts']} minutes,",
        f"and keeps {rush.needed(variant)} instances busy.",
        *office.told_by_the_record(record, 60.0 * rush.OPENS, rush.clock, trial.value > rush.LIMIT),
        f"95 of 100 orders of the rush took at most {trial.value:.0f} s ({rush.LIMIT:.0f} s are allowed).",
        f"Cost: {trial.cost:.1f} instance-hours.",
    ]


def show_morning(variant: dict) -> dict:
    """What is given: the orders, minutes after 8:00, and what an instance can do."""
    return {
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
    objective=Objective(rush.LIMIT, "s", "for 95 of 100 orders of the rush"),
    cost=Cost("instance-hours", naive="enough for the rush, all the time"),
)
