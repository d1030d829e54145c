"""The exercise of lesson 11: design the whole shop for four limits, at least cost (E22).

A missed limit is explained by repairs: the run is made again with one setting put right, and what helps most is named.

Numbers such as PR-15 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from math import ceil
from typing import Annotated, NamedTuple

from cloudlab.exercises.whole_shop import shop_day as shop
from cloudlab.export import template
from cloudlab.judge.definition import Config, Cost, Exercise, Objective, Trial
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record

ALLOWED = 100
"""Percent of what is allowed, of the worst of the four limits."""

NAMES = {
    "p95": "the page's p95",
    "lost": "orders lost",
    "oldest": "the age of the oldest message",
    "budget": "the cost",
}

UNITS = {"p95": "s", "lost": "orders", "oldest": "s", "budget": "cents"}


@checked()
def whole_design(
    *,
    web: Annotated[str, Limit(choices=("monolith", "instances", "containers", "functions"))],
    min_size: Annotated[int, Limit(1, 20, "instances")],
    max_size: Annotated[int, Limit(1, 20, "instances")],
    target_value: Annotated[int, Limit(10, 100, "%")],
    zones: Annotated[int, Limit(1, 2, "zones")],
    packing: Annotated[str, Limit(choices=("instances", "containers", "functions"))],
    packers: Annotated[int, Limit(2, 40, "packers")],
    hosts: Annotated[int, Limit(1, 20, "hosts")],
    visibility_timeout: Annotated[int, Limit(10, 7200, "s")],
    max_receive_count: Annotated[int, Limit(0, 20, "receives")],
) -> None:
    """An answer of E22. Raises InvalidParameter unless min_size ≤ max_size (AS-2)."""
    if min_size > max_size:
        raise InvalidParameter(
            f"min_size is {min_size} instances, but must be at most max_size ({max_size})."
        )


def try_design(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Three hours with this design: the worst of the four limits, and what it costs."""
    record = shop.hours(answer, variant, seed, easy=easy)
    found = shop.measured(record)
    worst = max(shop.shares(found, variant).values())
    return Trial(seed, value=worst, cost=found["budget"], evidence=(found, variant, answer))


# Why a limit is missed


class Repair(NamedTuple):
    """One setting that may be at fault: its code, whether it may be, and what is put in its place."""

    code: str
    suspect: Callable[[dict, dict], bool]
    changes: Callable[[dict, dict], dict]


def _uses_hosts(answer: dict) -> bool:
    return "containers" in (answer["web"], answer["packing"])


def _hosts_for(answer: dict) -> int:
    """Hosts on which all containers of a design find room, two on each."""
    packers = answer["packers"] if answer["packing"] == "containers" else 0
    pages = answer["max_size"] if answer["web"] == "containers" else 0
    return max(1, ceil((packers + pages) / 2))


def _with_hosts(answer: dict, **changes) -> dict:
    """A changed design with as many hosts as it needs then, or more."""
    changed = answer | changes
    return changes | {"hosts": min(20, max(answer["hosts"], _hosts_for(changed)))}


REPAIRS = (
    Repair("does_all_in_the_request", lambda a, v: a["web"] == "monolith", lambda a, v: {"web": "functions"}),
    Repair(
        "all_on_one_host",
        lambda a, v: _uses_hosts(a) and (a["zones"] == 1 or a["hosts"] == 1),
        lambda a, v: {"zones": 2, "hosts": max(2, a["hosts"])},
    ),
    Repair(
        "lost_when_one_dies",
        lambda a, v: a["zones"] == 1 and not _uses_hosts(a),
        lambda a, v: {"zones": 2},
    ),
    Repair("no_dead_letters", lambda a, v: not a["max_receive_count"], lambda a, v: {"max_receive_count": 3}),
    Repair(
        "too_many_tries",
        lambda a, v: a["max_receive_count"] > 3,
        lambda a, v: {"max_receive_count": 3},
    ),
    Repair(
        "timeout_below_work",
        lambda a, v: a["visibility_timeout"] < 3 * v["pack"],
        lambda a, v: {"visibility_timeout": round(5 * v["pack"])},
    ),
    Repair(
        "timeout_huge",
        lambda a, v: a["visibility_timeout"] > 6 * v["pack"],
        lambda a, v: {"visibility_timeout": round(5 * v["pack"])},
    ),
    Repair(
        "no_room_on_hosts",
        lambda a, v: _uses_hosts(a) and a["hosts"] < _hosts_for(a),
        lambda a, v: {"hosts": min(20, _hosts_for(a))},
    ),
    Repair(
        "backlog_too_old",
        lambda a, v: a["web"] != "monolith" and not (_uses_hosts(a) and a["hosts"] < _hosts_for(a)),
        lambda a, v: _with_hosts(a, packers=min(40, ceil(1.5 * a["packers"]))),
    ),
    Repair(
        "too_slow_at_noon",
        lambda a, v: a["web"] in ("instances", "containers"),
        lambda a, v: {"web": "functions"},
    ),
    Repair(
        "over_budget",
        lambda a, v: a["packing"] != "containers" or a["hosts"] > _hosts_for(a),
        lambda a, v: {"packing": "containers", "hosts": _hosts_for(a | {"packing": "containers"})},
    ),
)

FALLBACK = {
    "p95": "too_slow_at_noon",
    "lost": "lost_when_one_dies",
    "oldest": "backlog_too_old",
    "budget": "over_budget",
}


def diagnose_design(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """The repair that helps most in the worst run; for a cost the saving that is largest."""
    if stage == "cost":
        trial = max(trials, key=lambda one: one.cost)
        return _dear(trial, answer, variant), _numbers(trial, answer, variant)
    trial = max(trials, key=lambda one: one.value)
    found, best = "", 0.97 * trial.value
    for repair in REPAIRS:
        if not repair.suspect(answer, variant):
            continue
        mended = answer | repair.changes(answer, variant)
        value = try_design(mended, variant, trial.seed, easy=stage == "easy").value
        if value < best:
            found, best = repair.code, value
    shares = shop.shares(trial.evidence[0], variant)
    return found or FALLBACK[max(shares, key=lambda name: shares[name])], _numbers(trial, answer, variant)


def _numbers(trial: Trial, answer: dict, variant: dict) -> dict:
    """What a feedback may tell of a run."""
    found = trial.evidence[0]
    shares = shop.shares(found, variant)
    worst = max(shares, key=lambda name: shares[name])
    return answer | {
        "said": _said(worst, found[worst]),
        "limit": f"{variant[worst]:,g}",
        "pack": f"{variant['pack']:g}",
        "page": f"{variant['page']:g}",
        "also": "" if worst == "lost" else f" Orders lost: {found['lost']:,.0f}.",
        "oldest": f"{found['oldest']:,.0f}",
        "busy": f"{variant['rate'] * variant['pack']:.1f}",
        "needed": _hosts_for(answer),
        "rate": f"{variant['rate']:g}",
    }


def _said(name: str, value: float) -> str:
    """One of the four numbers in words."""
    number = f"{value:,.0f}"
    return {
        "p95": f"the page's p95 was {number} s",
        "lost": "1 order was lost" if number == "1" else f"{number} orders were lost",
        "oldest": f"the oldest message was {number} s old",
        "budget": f"the cost was {number} cents",
    }[name]


SAVINGS: tuple[tuple[str, Callable[[dict], bool], dict], ...] = (
    ("pays_for_calls_all_day", lambda a: a["packing"] == "functions", {"packing": "containers"}),
    ("machines_half_empty", lambda a: a["packing"] == "instances", {"packing": "containers"}),
    ("pages_on_idle_machines", lambda a: a["web"] in ("instances", "containers"), {"web": "functions"}),
    ("hosts_to_spare", lambda a: _uses_hosts(a), {}),
)


def _dear(trial: Trial, answer: dict, variant: dict) -> str:
    """What saves most: packing elsewhere, pages elsewhere, or fewer hosts and packers."""
    found, best = "hosts_to_spare", trial.cost
    for code, suspect, changes in SAVINGS:
        if not suspect(answer):
            continue
        enough = ceil(2.2 * variant["rate"] * variant["pack"])
        changed = answer | changes | {"packers": max(2, min(answer["packers"], enough))}
        changed |= {"hosts": _hosts_for(changed)}
        cost = try_design(changed, variant, trial.seed).cost
        if cost < best:
            found, best = code, cost
    return found


def trace_design(trial: Trial, code: str) -> list[str]:
    """The four numbers of the run beside their limits, and what happened, in order of time."""
    found, variant, answer = trial.evidence
    shares = shop.shares(found, variant)
    lines = [f"Seed {trial.seed}: the four limits."]
    for name, words in NAMES.items():
        state = "kept" if shares[name] <= ALLOWED else "missed"
        lines.append(f"  {words:31} {found[name]:8,.1f} {UNITS[name]:7} limit {variant[name]:,g}: {state}")
    record = shop.hours(answer, variant, trial.seed, easy=trial.easy)
    lines += ["What waited, and what was lost so far, every ten minutes:", *_every_ten_minutes(record)]
    return lines


def _every_ten_minutes(record: Record) -> list[str]:
    gone, waits = shop.lab.lost(record), shop.lab.ages(record)
    lines = []
    for minute in range(10, int(record.end) // 60 + 1, 10):
        time = 60.0 * minute
        waiting = sum(sent <= time < end for sent, end in waits)
        lost = sum(moment <= time for moment in gone)
        (age,) = shop.lab.oldest([(sent, end) for sent, end in waits if sent <= time < end], [time])
        lines.append(f"  {minute:4} min  {waiting:5} wait, the oldest for {age:6,.0f} s; {lost:4} lost")
    return lines


def show_design(variant: dict) -> dict:
    """What is given: the orders, the work, the faults, and the four limits."""
    pack = variant["pack"]
    return {
        "orders_a_second": variant["rate"],
        "in_the_crowd_times_as_many": shop.CROWD,
        "the_crowd_lasts_seconds": shop.LASTS * pack,
        "seconds_of_a_page": variant["page"],
        "seconds_to_pack_on_average": pack,
        "seconds_of_a_receipt": variant["write"],
        "a_zone_is_dark_for_seconds": shop.DARK * pack,
        "p95_of_the_page_at_most_seconds": variant["p95"],
        "orders_lost_at_most": variant["lost"],
        "oldest_message_at_most_seconds": variant["oldest"],
        "cost_at_most_cents": variant["budget"],
    }


def template_of(answer: dict, variant: dict):
    """The design as a template of a real cloud."""
    return template(shop.hours(answer, variant, easy=True))


E22 = Exercise(
    name="E22",
    answer=Config(whole_design),
    trial=try_design,
    diagnose=diagnose_design,
    trace=trace_design,
    scenario=show_design,
    easy="On a quiet day",
    objective=Objective(
        ALLOWED,
        "%",
        "of what is allowed, of the worst of the four limits",
        missed="{value} % of what is allowed",
    ),
    cost=Cost("cents", naive="pages on instances, more hosts"),
    template=template_of,
)
