"""The exercises of lesson 01: three numbers for a day (E1), and what a group does at each look (E2).

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from random import Random
from typing import Annotated

from cloudlab.exercises.autoscaling_limits import shop_day as shop
from cloudlab.exercises.autoscaling_limits.group_look import (
    IDEAS,
    Plan,
    any_state,
    clipped,
    done,
    easy_state,
    instance,
    living,
    right,
    standing,
)
from cloudlab.judge.definition import Config, Cost, Exercise, Function, Objective, Trial, needs
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.measures import availability, instance_hours

Size = Annotated[int, Limit(0, 20, "instances")]

LIMIT = 2.0
"""Percent of the orders that may be dropped in E1."""

MISSED = "{value} % of the orders were dropped ({limit} % allowed)"

STATES = 25
"""States of E2 for each seed, so 500 in all."""

FEW = 0.5
"""An idea that explains less than this share of the mistakes explains nothing."""


# E1: three numbers for a day with two peaks


@checked()
def three_numbers(*, min_size: Size, desired_capacity: Size, max_size: Size) -> None:
    """An answer of E1. Raises InvalidParameter unless min ≤ desired ≤ max (AS-2)."""
    if not min_size <= desired_capacity <= max_size:
        raise InvalidParameter(
            f"min_size {min_size}, desired_capacity {desired_capacity} and max_size {max_size}: "
            "min_size ≤ desired_capacity ≤ max_size must hold."
        )


def try_day(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One day with these three numbers."""
    record = shop.shop_day(answer, variant, seed, easy=easy)
    percent = 100 * (1 - availability(record))
    return Trial(seed, value=percent, cost=instance_hours(record), evidence=(record, variant))


def diagnose_day(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Why most orders were dropped, or, when few enough were, where the instance-hours went."""
    if stage == "cost":
        return _too_dear(trials, answer, variant)
    lost: list[shop.Drop] = []
    for trial in trials:
        record, variant = trial.evidence
        lost += shop.dropped(record, variant, trial.easy)
    code, number = Counter(drop.cause for drop in lost).most_common(1)[0]
    wished = shop.most_wished(lost, code)
    few = {0: "nobody is there", 1: "nobody is there", 2: "one does all the work"}
    left = few.get(wished, f"{wished - 1} do all the work")
    numbers = {"part": f"{100 * number / len(lost):.0f}", "wished": wished, "left": left}
    return code, answer | numbers | {"shown": wished}  # why() shows a moment with this size


def _too_dear(trials: list[Trial], answer: dict, variant: dict) -> tuple[str, dict]:
    """The number that ruled while most was there to spare."""
    spare = [shop.spare_hours(*trial.evidence) for trial in trials]
    hours = {key: sum(one[key] for one in spare) / len(spare) for key in answer}
    worst = max(hours, key=lambda key: hours[key])
    code = {"min_size": "min_above_quiet", "max_size": "max_above_peak"}.get(worst, "desired_above_opening")
    if worst == "desired_capacity" and answer["desired_capacity"] == answer["max_size"]:
        code = "max_as_desired"
    rates = [rate for _, rate in variant["orders"]]
    numbers = {
        "spare": f"{hours[worst]:.1f}",
        "quietest": min(rates),
        "opening": rates[0],
        "peak": max(rates),
    }
    return code, answer | numbers


def trace_day(trial: Trial, code: str) -> list[str]:
    """What led to dropped orders; for a cost, the hours of each size that was wished."""
    record, variant = trial.evidence
    if any(drop.cause == code for drop in shop.dropped(record, variant, trial.easy)):
        return shop.first_moment(record, variant, code, trial.easy)
    wish = record.series[record.part("web"), "GroupDesiredCapacity"]
    ends = [*wish.times[1:], record.end]
    spare = shop.spare_hours(record, variant)
    return [
        f"Seed {trial.seed}, times after opening. What the group wished, and for how long:",
        *(
            f"  {shop.clock(start)}  {size:.0f} instances for {(end - start) / 60:.0f} minutes"
            for start, end, size in zip(wish.times, ends, wish.values, strict=True)
        ),
        f"That makes {trial.cost:.1f} instance-hours. A lower number would have saved, beyond one to spare, "
        + ", ".join(f"{hours:.1f} while {key} ruled" for key, hours in spare.items())
        + ".",
    ]


def show_day(variant: dict) -> dict:
    """What is given: the orders, the plan, and what an instance can do."""
    return {
        "orders": variant["orders"],
        "plan": variant["plan"],
        "hours": shop.HOURS,
        "orders_a_minute_of_an_instance": shop.PER_INSTANCE,
        "minutes_until_a_new_instance_serves": 5,
        "losses_an_hour": 3,
        "patience_in_seconds": shop.PATIENCE,
        "dropped_at_most_percent": LIMIT,
    }


E1 = Exercise(
    name="E1",
    answer=Config(three_numbers),
    trial=try_day,
    diagnose=diagnose_day,
    trace=trace_day,
    scenario=show_day,
    easy="Without losses, with three quarters of the orders",
    objective=Objective(LIMIT, "%", "of the orders dropped", missed=MISSED),
    cost=Cost("instance-hours", naive="one size all day"),
)


# E2: what an Auto Scaling group does at each look


def try_reconcile(reconcile, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Hand over 25 states, one after the other, and each again after what was returned is done."""
    dice, trial = Random(f"E2 {seed}"), Trial(seed, cases=STATES)
    for _ in range(STATES):
        state = easy_state(dice) if easy else any_state(dice)
        reply = reconcile(state)
        _check_reply(state, reply)
        wrong = _mistake(state, reply, "wrong_number")
        if not wrong and not easy:
            after = done(state, reply)
            again = reconcile(after)
            _check_reply(after, again)
            wrong = _mistake(after, again, "not_idempotent")
        if wrong:
            trial.mistakes.append(wrong)
    return trial


def _check_reply(state: dict, reply) -> None:
    """The shape of what reconcile returns; raises Fault."""
    asked = 'a dict such as {"launch": 2, "terminate": ["i-3"]}'
    needs(
        reply is not None,
        "reconcile returned None: is a `return` missing?",
        f"End it with return, followed by {asked}.",
    )
    good = isinstance(reply, dict) and set(reply) == {"launch", "terminate"}
    needs(
        good,
        "What reconcile returned has another shape than asked for.",
        f"Return {asked}.",
        f"It was {reply!r:.80}.",
    )
    launch, names = reply["launch"], reply["terminate"]
    good = type(launch) is int and 0 <= launch <= 1000
    rule = "Launch a whole number of instances, at least 0, written without a point."
    needs(good, "launch is not a number of instances.", rule, f"It was {launch!r:.60}.")
    known = [one["name"] for one in state["instances"]]
    good = type(names) is list and all(name in known for name in names) and len(set(names)) == len(names)
    rule = 'Each entry must be a "name" from state["instances"], and stand there once.'
    needs(good, "terminate is not a list of names of the group's instances.", rule, f"It was {names!r:.60}.")


def _mistake(state: dict, reply: dict, slip: str) -> dict | None:
    """What is wrong about a reply, as plain data, or None. Which of the living are ended is free."""
    ended = set(reply["terminate"])
    dead = {one["name"] for one in standing(state) if not one["healthy"]}
    gone = {one["name"] for one in state["instances"] if one["state"] == "Terminating"}
    mine, plan = Plan(reply["launch"], len(ended - dead)), right(state)
    if mine == plan and dead <= ended and not ended & gone:
        return None
    slips = [code for code, ideas in IDEAS.items() if any(idea(state) == mine for idea in ideas)]
    if not dead <= ended:
        slips = ["counts_the_dead"]
    elif mine == plan:
        slips = ["counts_terminating"]
    return {"state": state, "reply": reply, "slips": [*slips, slip]}


def diagnose_reconcile(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes (of equals, the first), unless it explains only a few."""
    slips = Counter(slip for trial in trials for mistake in trial.mistakes for slip in mistake["slips"])
    wrong, states = sum(len(trial.mistakes) for trial in trials), sum(trial.cases for trial in trials)
    code = max(IDEAS, key=lambda code: slips[code])
    if slips[code] < FEW * wrong:
        code = "not_idempotent" if slips["not_idempotent"] > slips["wrong_number"] else "wrong_number"
    return code, {"wrong": wrong, "states": states, "kind": "easy states" if stage == "easy" else "states"}


def trace_reconcile(trial: Trial, code: str) -> list[str]:
    """The smallest state that shows the slip."""
    shown = [mistake for mistake in trial.mistakes if code in mistake["slips"]] or trial.mistakes
    mistake = min(shown, key=lambda mistake: len(mistake["state"]["instances"]))
    state, reply = mistake["state"], mistake["reply"]
    there, plan = _names(living(state)), right(state)
    band = ", ".join(f"{key} {state[key]}" for key in ("min_size", "max_size", "asked"))
    ends = [one["name"] for one in standing(state) if not one["healthy"]]
    ends += [f"{plan.end} of {there}"] if plan.end else []
    return [
        f"A look at a group with {band}:",
        *(f"  {one['name']:5} {one['state']:11} {_health(one)}" for one in state["instances"]),
        f"  The wish, inside the band, is {clipped(state)}. What counts: {there}.",
        f"  Your reconcile: launch {reply['launch']}, terminate {', '.join(reply['terminate']) or 'none'}.",
        f"  Right: launch {plan.launch}, terminate {' and '.join(ends) or 'none'}.",
    ]


def _health(one: dict) -> str:
    return "healthy" if one["healthy"] else "unhealthy"


def _names(instances: list[dict]) -> str:
    return ", ".join(one["name"] for one in instances) or "none"


def show_reconcile(variant: dict) -> dict:
    """One state as reconcile gets it."""
    there = [instance(1, "InService", True), instance(2, "Pending", True), instance(3, "InService", False)]
    return {"min_size": 2, "max_size": 9, "asked": 20, "instances": there}


E2 = Exercise(
    name="E2",
    answer=Function("reconcile", ("state",), decisions=2 * STATES),
    trial=try_reconcile,
    diagnose=diagnose_reconcile,
    trace=trace_reconcile,
    scenario=show_reconcile,
    easy="In easy states",
)
