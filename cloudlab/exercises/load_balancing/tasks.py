"""The exercises of lesson 03: choose a server (E6), set health checks (E7), routing or capacity (E8).

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from statistics import median
from typing import Annotated

from cloudlab.exercises.load_balancing import checks, shops
from cloudlab.exercises.load_balancing import pick as picking
from cloudlab.exercises.load_balancing.times import FAILED, clock, p95, times
from cloudlab.judge import results
from cloudlab.judge.definition import Config, Cost, Exercise, Function, Objective, Trial, needs
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.measures import instance_hours

MISSED = "95 % of the requests took up to {value} s ({limit} s allowed)"
"""How the goal of E6 and E8 is missed."""

# E6: which server gets the request?

SLOWEST = 8.0
"""Seconds within which 95 of 100 requests must be answered in E6."""

FAIR = 0.3
"""Each server that is well gets at least this share of an even share."""


def try_pick(pick, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Eight minutes with this `pick`. Who leaves a server out misses the goal, however fast it is."""
    picker = picking.eight_minutes(pick, variant, seed, easy=easy, altered_after=altered_after)
    value = p95(picker.world.record)
    if not easy and picking.left_out(picker.choices, FAIR) is not None:
        value = max(value, 2 * SLOWEST)
    decisions = [(choice.time, choice.picked) for choice in picker.choices]
    return Trial(seed, value=value, evidence=(picker.world.record, picker), decisions=decisions)


def diagnose_pick(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that the choices follow in most runs, or a server that is left out in any."""
    missed = [trial for trial in trials if trial.value > SLOWEST] or trials
    codes = Counter(picking.idea(trial.evidence[1].choices, FAIR) for trial in missed)
    code = "leaves_one_out" if codes["leaves_one_out"] else codes.most_common(1)[0][0]
    shown = [trial for trial in missed if picking.idea(trial.evidence[1].choices, FAIR) == code]
    worst = max(shown, key=lambda trial: trial.value)
    return code, picking.numbers(worst.evidence[1], FAIR) | {
        "p95": _seconds(p95(worst.evidence[0])),
        "limit": f"{SLOWEST:g}",
        "easy": f"{E6.easy}: " if stage == "easy" else "",
    }


def _seconds(value: float) -> str:
    return f"{value:.0f} s or more" if value >= FAILED else f"{value:.1f} s"


def trace_pick(trial: Trial, code: str) -> list[str]:
    """The choice before the request that took longest, with what pick saw."""
    record, picker = trial.evidence
    took = times(record)
    row = picking.failing_choice(picker, took, picking.idea(picker.choices, FAIR))
    choice = picker.choices[row]
    lines = [f"Seed {trial.seed}, {clock(choice.time)} after opening, request {row}. What pick was handed:"]
    for place, (healthy, active, total) in enumerate(choice.seen):
        well = "healthy" if healthy else "unhealthy"
        mark = "  ← your choice" if place == choice.picked else ""
        lines.append(f"  {picker.names[place]}  {well:9}  active {active:3}  total {total:4}{mark}")
    if record.requests.status[row]:
        refused = (
            "It was refused at once, which counts as" if not choice.seen[choice.picked][0] else "No answer in"
        )
        return [*lines, f"{refused} {FAILED:g} s."]
    return [*lines, f"The request was answered after {_seconds(took[row])}."]


def show_pick(variant: dict) -> dict:
    """The servers as pick gets them at one moment, a request, and the goal."""
    seen = [(True, 2, 41), (False, 0, 3), (True, 0, 17), (True, 3, 40)]
    keys = ("healthy", "active", "total")
    names = ("i-17", "i-48", "i-81", "i-23")
    servers = [
        {"name": name, **dict(zip(keys, one, strict=True))} for name, one in zip(names, seen, strict=True)
    ]
    before, after = variant["rates"]
    return {
        "servers": servers,
        "request": {"number": 101, "time": 62.4},
        "requests_a_second": [before, after],
        "minutes_until_the_crashed_server_is_well": picking.BACK / 60,
        "seconds_for_95_percent": SLOWEST,
        "least_part_of_an_even_share": FAIR,
    }


E6 = Exercise(
    name="E6",
    answer=Function("pick", ("servers", "request")),
    trial=try_pick,
    diagnose=diagnose_pick,
    trace=trace_pick,
    scenario=show_pick,
    easy="With four good servers",
    objective=Objective(SLOWEST, "s", "for 95 % of the requests", missed=MISSED),
)


# E7: when is a server taken out, and when does it come back?

ALLOWED = 100
"""What the worst of the three may be, in percent of what is allowed."""

Interval = Annotated[int, Limit(5, 300, "s")]
Count = Annotated[int, Limit(2, 10, "checks")]


@checked()
def check_settings(
    *,
    health_check_interval_seconds: Interval,
    unhealthy_threshold_count: Count,
    healthy_threshold_count: Count,
) -> None:
    """An answer of E7 (LB-9)."""


def try_checks(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Half an hour with these settings. The value is the worst of three, in percent of what is allowed."""
    record = checks.half_hour(answer, variant, seed, easy=easy)
    value = 100 * max(checks.parts(record, variant).values())
    return Trial(seed, value=value, evidence=(record, variant))


def diagnose_checks(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Which of the three is missed most."""
    told = results.telling(trials, ALLOWED)
    parts = [checks.parts(*trial.evidence) for trial in told]
    code = max(parts[0], key=lambda code: median(part[code] for part in parts))
    if code == "failed":
        crashes = [one for trial in told for one in checks.crashes(trial.evidence[0], variant["up"])]
        again = sum(len(crash.failed) for crash in crashes if crash.returned)
        first = sum(len(crash.failed) for crash in crashes if not crash.returned)
        code = "returns_too_soon" if first <= variant["failed"] * len(told) and again else "too_slow"
    interval, out, back = answer.values()
    measured = {name: median(part[name] for part in parts) for name in parts[0]}
    return code, variant | {
        "lost": f"{measured['failed'] * variant['failed']:.0f}",
        "removed": f"{measured['too_eager'] * checks.REMOVALS:.0f}",
        "waited": f"{measured['slow_to_return'] * variant['return']:.0f}",
        "interval": interval,
        "out": out,
        "back": back,
        "notice": interval * out,
        "span": interval * (out - 1),
        "span_back": interval * (back - 1),
        "notice_back": interval * back,
    }


def trace_checks(trial: Trial, code: str) -> list[str]:
    """What the balancer did around one crash or pause."""
    record, variant = trial.evidence
    return [f"Seed {trial.seed}, times after opening:", *checks.moment(record, variant, code)]


def show_checks(variant: dict) -> dict:
    """What is given: the load, what goes wrong and for how long, and what is allowed."""
    return {
        "servers": 4,
        "requests_a_second": variant["rate"],
        "minutes": checks.LENGTH / 60,
        "crashes": checks.TROUBLES // 2,
        "seconds_that_a_false_start_lasts": variant["up"],
        "pauses": checks.TROUBLES // 2,
        "seconds_that_a_pause_lasts": variant["still"],
        "seconds_to_catch_up_after_a_pause_at_most": checks.CATCH_UP,
        "failed_requests_allowed": variant["failed"],
        "good_servers_taken_out_allowed": checks.REMOVALS,
        "mean_seconds_until_back_in_use_allowed": variant["return"],
    }


E7 = Exercise(
    name="E7",
    answer=Config(check_settings),
    trial=try_checks,
    diagnose=diagnose_checks,
    trace=trace_checks,
    scenario=show_checks,
    easy="With crashes alone, and restarts that succeed",
    objective=Objective(
        ALLOWED, "%", "of what is allowed, in the worst of the three", missed="{value} % of what is allowed"
    ),
)


# E8: routing or capacity?

WAIT = 6.0
"""Seconds within which 95 of 100 requests must be answered in each shop of E8."""

Which = Annotated[str, Limit(choices=("routing", "capacity"))]
Method = Annotated[str, Limit(choices=("round_robin", "least_outstanding_requests", "weighted_random"))]
Size = Annotated[int, Limit(1, 12, "instances")]


@checked()
def two_verdicts(
    *,
    north_limit: Which,
    north_algorithm_type: Method,
    north_instances: Size,
    south_limit: Which,
    south_algorithm_type: Method,
    south_instances: Size,
) -> None:
    """An answer of E8."""


def try_shops(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Half an hour of both shops. The value is the worse p95; a wrong word counts as a miss."""
    for shop in shops.SHOPS:
        name, least = f"{shop}_instances", len(variant[shop]["servers"])
        rule = f"{name} is {answer[name]}, but must be at least {least}: no server is given back."
        needs(answer[name] >= least, rule, "Change that value, and check again.")
    records = {shop: shops.half_hour(answer, variant, shop, seed, easy=easy) for shop in shops.SHOPS}
    value = max(map(p95, records.values()))
    if not easy and any(answer[f"{shop}_limit"] != shops.limit(variant[shop]) for shop in shops.SHOPS):
        value = max(value, 2 * WAIT)
    return Trial(
        seed,
        value=value,
        cost=sum(map(instance_hours, records.values())),
        evidence=(records, answer, variant),
    )


def diagnose_shops(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """The first shop with a wrong word, else the one that is too slow, else the one that is too large."""
    easy = stage == "easy"
    wrong = [shop for shop in shops.SHOPS if answer[f"{shop}_limit"] != shops.limit(variant[shop])]
    slow = {shop: [p95(trial.evidence[0][shop]) for trial in trials] for shop in shops.SHOPS}
    shop = max(slow, key=lambda shop: (median(slow[shop]) > WAIT, sum(slow[shop])))
    if stage == "cost":
        code, shop = "too_many", max(shops.SHOPS, key=lambda shop: shops.spare(answer, variant, shop))
    elif wrong and not easy:
        shop = wrong[0]
        code = f"{answer[f'{shop}_limit']}_for_{shops.limit(variant[shop])}"
    else:
        code = "still_blind" if _mended_by_method(answer, variant, shop, trials[:TRIED], easy) else "too_few"
    given, size = variant[shop], answer[f"{shop}_instances"]
    return code, {
        "shop": shop,
        "missed": results.missed(MISSED, slow[shop], WAIT, E8.easy if easy else ""),
        "rate": f"{shops.rate(variant, shop, easy):g}",
        "can": f"{sum(given['servers']):g}",
        "load": f"{100 * given['rate'] / sum(given['servers']):.0f}",
        "method": answer[f"{shop}_algorithm_type"],
        "size": size,
        "can_now": f"{sum(shops.speeds(given, size)):g}",
        "slowest": f"{min(given['servers']):g}",
        "share": f"{given['rate'] / len(given['servers']):.2f}",
    }


TRIED = 2
"""Runs with another method that a diagnosis makes."""


def _mended_by_method(answer: dict, variant: dict, shop: str, trials: list[Trial], easy: bool) -> bool:
    """Whether another method alone would make a shop quick enough."""
    other = answer | {f"{shop}_algorithm_type": "least_outstanding_requests"}
    if other == answer:
        return False
    again = [p95(shops.half_hour(other, variant, shop, trial.seed, easy=easy)) for trial in trials]
    return max(again) <= WAIT


def trace_shops(trial: Trial, code: str) -> list[str]:
    """The lines of the shop that is to be looked at, five minutes before the end."""
    records, answer, variant = trial.evidence
    stage = "cost" if code == "too_many" else "easy" if trial.easy else "objective"
    _, numbers = diagnose_shops([trial], answer, variant, stage)
    shop = numbers["shop"]
    return [
        f"Seed {trial.seed}.",
        *shops.moment(records[shop], answer, variant, shop, trial.easy),
        f"95 % of its requests took up to {_seconds(p95(records[shop]))} ({WAIT:g} s are allowed).",
    ]


def show_shops(variant: dict) -> dict:
    """What is given for each shop, and the goal."""
    given = {
        shop: {
            "servers": len(variant[shop]["servers"]),
            "requests_a_second": variant[shop]["rate"],
            "each_server_can_do_a_second": variant[shop]["servers"],
        }
        for shop in shops.SHOPS
    }
    return given | {"a_new_server_can_do_a_second": 1.0, "seconds_for_95_percent": WAIT}


E8 = Exercise(
    name="E8",
    answer=Config(two_verdicts, open_at_first=("north_limit", "south_limit")),
    trial=try_shops,
    diagnose=diagnose_shops,
    trace=trace_shops,
    scenario=show_shops,
    easy="With half the requests",
    objective=Objective(WAIT, "s", "for 95 % of the requests, in the slower shop", missed=MISSED),
    cost=Cost("instance-hours", naive="twice as many servers"),
)
