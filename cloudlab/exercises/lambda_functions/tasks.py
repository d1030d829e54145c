"""The exercise of lesson 07: cap a burst, and let it wait before a database that takes few (E19).

Numbers such as FN-16 are facts of the provider: docs/facts.md lists them with their sources.
"""

from math import ceil
from statistics import median
from typing import Annotated

from cloudlab.exercises.lambda_functions import burst
from cloudlab.judge import results
from cloudlab.judge.definition import Config, Cost, Exercise, Objective, Trial
from cloudlab.kernel.limits import InvalidParameter, Limit, checked

ALLOWED = 100
"""Percent of what is allowed."""

BY_READY = 0.05
"""Whoever pays more than this share for what is kept ready pays for nothing."""


@checked()
def five_settings(
    *,
    queue: Annotated[str, Limit(choices=("yes", "no"))],
    cap: Annotated[int, Limit(2, 900, "calls at once")],
    batch_size: Annotated[int, Limit(1, 10, "photos")],
    memory_size: Annotated[int, Limit(128, 10_240, "MB")],
    ready: Annotated[int, Limit(0, 900, "environments")],
) -> None:
    """An answer of E19. Raises InvalidParameter where more are kept ready than may be called at once (FN-17)."""
    if queue == "no" and ready > cap:
        raise InvalidParameter(
            f"ready is {ready} environments, but must be at most cap ({cap} calls at once)."
        )


def try_burst(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One burst with these settings."""
    record = burst.hour(answer, variant, seed, easy=easy)
    value, cost = burst.value(record, variant), burst.cost(record, answer)
    return Trial(seed, value=value, cost=cost, evidence=(record, variant, answer))


def diagnose_burst(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Which setting loses photos, takes too long, or costs most for nothing."""
    told = results.telling(trials, ALLOWED) if stage != "cost" else trials
    found = [burst.measured(*trial.evidence[:2]) for trial in told]
    middle = {name: median(one[name] for one in found) for name in found[0]}
    code = (
        _dear(answer, median(trial.cost for trial in trials))
        if stage == "cost"
        else _missed(answer, middle, variant)
    )
    shown = {name: f"{amount:,.0f}" for name, amount in middle.items()}
    return code, shown | answer | {
        "photos": f"{median(len(burst.photos(trial.evidence[0])) for trial in told):,.0f}",
        "connections": variant["connections"],
        "limit": variant["limit"],
        "most": f"{median(burst.most(trial.evidence[0]) for trial in told):,.0f}",
        "takes": f"{burst.takes(answer['memory_size'], answer['batch_size']):.0f}",
        "timeout": burst.TIMEOUT,
        "connecting": f"{100 * burst.CONNECT / burst.takes(answer['memory_size'], answer['batch_size']):.0f}",
    }


def _missed(answer: dict, middle: dict, variant: dict) -> str:
    """Why photos are lost, or why it takes too long."""
    if middle["fell"]:
        return "no_cap_db_falls"
    if answer["queue"] == "no":
        return "throttle_loses_sync"
    if middle["late"]:
        return "batch_outlasts_timeout"
    return "cap_below_database" if answer["cap"] < 0.9 * variant["connections"] else "memory_too_small"


def _dear(answer: dict, cost: float) -> str:
    """What costs most for nothing."""
    kept = burst.READY_PRICE * burst.HOUR * answer["memory_size"] / 1024 * answer["ready"]
    if kept > BY_READY * cost:
        return "kept_ready_for_nothing"
    memory, photos = answer["memory_size"], answer["batch_size"]
    fits = max(photos, int((burst.TIMEOUT - burst.CONNECT) / (burst.takes(memory, 1) - burst.CONNECT)))
    by_memory = _price(memory, photos) - _price(512, photos)
    by_batch = _price(memory, photos) - _price(memory, fits)
    return "waits_in_much_memory" if by_memory > by_batch else "connects_for_few"


def _price(memory_size: float, batch_size: int) -> float:
    """MB-seconds of a photo."""
    return memory_size * burst.takes(memory_size, batch_size) / batch_size


def trace_burst(trial: Trial, code: str) -> list[str]:
    """What ran, waited, was done and was lost, every half minute of the burst."""
    record, variant, _ = trial.evidence
    begins = min(came for came, _ in burst.photos(record))
    found = burst.measured(record, variant)
    fell = burst.falls_at(record, variant["connections"])
    span = max(30.0, ceil(found["time"] / 240) * 30.0)
    lines = [f"Seed {trial.seed}, seconds after the first photo:"]
    for step in range(9):
        moment = begins + step * span
        running, waiting, done, lost = burst.at(record, moment, variant["connections"])
        photos = f"{waiting:5,} photos wait, {done:5,} are done, {lost:5,} are lost"
        lines.append(f"  {step * span:5,.0f}  {running:4} calls run, {photos}")
    if found["fell"]:
        lines.append(
            f"At {fell - begins:.1f} s the database gets connection {variant['connections'] + 1}, and falls."
        )
    if found["away"]:
        lines.append(f"{found['away']:,.0f} calls were turned away with 429.")
    if found["late"]:
        lines.append(f"{found['late']:,.0f} calls were stopped by the timeout of {burst.TIMEOUT} s.")
    some = found["lost"] < len(burst.photos(record))
    last = f"; the last one is done after {found['time']:,.0f} s" if some else ""
    lines.append(f"{found['lost']:,.0f} photos are lost{last}.")
    lines.append(f"Cost: {trial.cost:,.0f} GB-seconds.")
    return lines


def show_burst(variant: dict) -> dict:
    """What is given."""
    return {
        "photos_within_20_seconds": variant["photos"],
        "connections_of_the_database": variant["connections"],
        "seconds_to_connect_in_each_call": burst.CONNECT,
        "seconds_of_a_photo_on_one_vcpu": burst.WORK,
        "seconds_to_write_a_photo": burst.WRITE,
        "memory_of_one_vcpu_in_mb": 1769,
        "seconds_of_a_call_at_most": burst.TIMEOUT,
        "seconds_until_all_must_be_done": variant["limit"],
    }


E19 = Exercise(
    name="E19",
    answer=Config(five_settings),
    trial=try_burst,
    diagnose=diagnose_burst,
    trace=trace_burst,
    scenario=show_burst,
    easy="With a third of the photos",
    objective=Objective(
        ALLOWED,
        "%",
        "of the time that is allowed (over 200 where a photo is lost)",
        missed="{value} % of what is allowed",
    ),
    cost=Cost("GB-seconds", naive="a photo a call, in much memory"),
)
