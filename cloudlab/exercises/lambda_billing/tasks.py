"""The exercises of lesson 08: server or function (E16), the bill of a log (E17), memory and timeout (E18).

Numbers such as FN-3 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from math import isfinite
from random import Random
from statistics import fmean, median

from cloudlab.exercises.lambda_billing import billing, calls, choosing
from cloudlab.judge import results
from cloudlab.judge.definition import Config, Cost, Exercise, Function, Objective, Trial, needs
from cloudlab.kernel.limits import checked
from cloudlab.pricing.functions import Memory

FEW = 0.5
"""An idea that explains less than this share of the mistakes explains nothing."""


def _named(trials: list[Trial], ideas: dict, otherwise: str) -> tuple[str, int, int]:
    """(the idea that explains most mistakes, of equals the first; mistakes; cases)."""
    slips = Counter(slip for trial in trials for mistake in trial.mistakes for slip in mistake["slips"])
    wrong, cases = sum(len(trial.mistakes) for trial in trials), sum(trial.cases for trial in trials)
    code = max(ideas, key=lambda code: slips[code])
    return (code if slips[code] >= FEW * wrong else otherwise), wrong, cases


# E16: server or function?

NEAR = 1.05
"""A choice may cost so many times the least."""

CENT = 0.01
"""Dollars by which a bill may be off."""

ASKED = 'a dict such as {"way": "servers", "servers": 2, "dollars": 5.38}'


def try_choice(choose, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Hand over six days, one after the other."""
    dice = Random(f"E16 {seed}")
    given, trial = choosing.given_of(dice), Trial(seed, cases=6)
    for day in choosing.days(dice, given, easy):
        reply = choose(list(day), dict(given))
        _check_choice(reply)
        way, servers = reply["way"], reply["servers"]
        cost, (_, _, least) = choosing.dollars_of(way, servers, day, given), choosing.right(day, given)
        fits = cost <= NEAR * least
        if fits and abs(reply["dollars"] - cost) <= CENT:
            continue
        slips = [
            code
            for code, ideas in choosing.IDEAS.items()
            if not fits and any(idea(day, given)[:2] == (way, servers) for idea in ideas)
        ]
        trial.mistakes.append(
            {
                "day": day,
                "given": given,
                "reply": reply,
                "cost": cost,
                "slips": slips or ["wrong_bill"] * fits,
            }
        )
    return trial


def _check_choice(reply) -> None:
    """The shape of what choose returns; raises Fault."""
    needs(
        reply is not None,
        "choose returned None: is a `return` missing?",
        f"End it with return, followed by {ASKED}.",
    )
    good = isinstance(reply, dict) and set(reply) == {"way", "servers", "dollars"}
    needs(
        good,
        "What choose returned has another shape than asked for.",
        f"Return {ASKED}.",
        f"It was {reply!r:.80}.",
    )
    way, servers, dollars = reply["way"], reply["servers"], reply["dollars"]
    needs(
        way in choosing.WAYS,
        "What choose returned as way is none of the two.",
        "Return 'servers' or 'function'.",
        f"It was {way!r:.40}.",
    )
    whole = type(servers) is int and (servers >= 1 if way == "servers" else servers == 0)
    needs(
        whole,
        "What choose returned as servers is no number of servers.",
        "Return a whole number of at least 1 with servers, and 0 with a function.",
        f"It was {servers!r:.40}.",
    )
    number = type(dollars) in (int, float) and isfinite(dollars) and dollars >= 0
    needs(
        number,
        "What choose returned as dollars is no sum.",
        "Return a number of at least 0.",
        f"It was {dollars!r:.40}.",
    )


def diagnose_choice(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes, unless it explains only a few."""
    code, wrong, cases = _named(trials, choosing.IDEAS | {"wrong_bill": ()}, "wrong_choice")
    return code, {"wrong": wrong, "cases": cases, "kind": "easy days" if stage == "easy" else "days"}


def trace_choice(trial: Trial, code: str) -> list[str]:
    """One day, with both bills, and what was chosen."""
    shown = [mistake for mistake in trial.mistakes if code in mistake["slips"]] or trial.mistakes
    mistake = shown[0]
    day, given, reply = mistake["day"], mistake["given"], mistake["reply"]
    servers = choosing.needed(max(day), given)
    rented, called = choosing.server_dollars(given, servers), choosing.function_dollars(day, given)
    chosen = "the function" if reply["way"] == "function" else f"{reply['servers']} servers"
    lines = [
        f"Seed {trial.seed}. Calls in each hour: {', '.join(map(str, day))}.",
        f"The function: {sum(day):,} calls × ${choosing.call_dollars(given):.8f} = ${called:.2f}.",
        f"Servers: {max(day):,} calls in the busiest hour need {servers}; with the balancer ${rented:.2f}.",
        f"You chose {chosen}, for ${reply['dollars']:.2f}.",
    ]
    if mistake["cost"] == float("inf"):
        return [*lines, "Those are too few for the busiest hour, or in one zone only."]
    return [*lines, f"That really costs ${mistake['cost']:.2f}."]


def show_choice(variant: dict) -> dict:
    """One day and what is given, as choose gets them."""
    dice = Random("E16 shown")
    given = choosing.given_of(dice)
    return {
        "day": choosing.days(dice, given)[1],
        "given": given,
        "servers_are_busy_at_most": choosing.BUSY,
        "servers_at_least": choosing.ZONES,
        "cost_at_most_times_the_least": NEAR,
        "bill_may_be_off_by_dollars": CENT,
    }


E16 = Exercise(
    name="E16",
    answer=Function("choose", ("day", "given"), decisions=6),
    trial=try_choice,
    diagnose=diagnose_choice,
    trace=trace_choice,
    scenario=show_choice,
    easy="In easy days",
)


# E17: the bill of a log

CASES = 25
"""Logs of E17 for each seed, so 500 in all."""


def try_bill(bill, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Hand over 25 logs, one after the other."""
    dice, trial = Random(f"E17 {seed}"), Trial(seed, cases=CASES)
    for _ in range(CASES):
        log, memory = billing.case(dice, easy)
        reply = bill([dict(row) for row in log], memory)
        number = type(reply) in (int, float) and isfinite(reply)
        needs(
            reply is not None,
            "bill returned None: is a `return` missing?",
            "End it with return, followed by dollars.",
        )
        needs(
            number,
            "What bill returned is no sum.",
            "Return one number, the dollars.",
            f"It was {reply!r:.80}.",
        )
        due = billing.right(log, memory)
        if abs(reply - due) > billing.CLOSE:
            slips = [
                code
                for code, ideas in billing.IDEAS.items()
                if any(abs(idea(log, memory) - reply) <= billing.CLOSE for idea in ideas)
            ]
            trial.mistakes.append(
                {"log": log, "memory": memory, "reply": reply, "due": float(due), "slips": slips}
            )
    return trial


def diagnose_bill(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes, unless it explains only a few."""
    code, wrong, cases = _named(trials, billing.IDEAS, "wrong_sum")
    return code, {"wrong": wrong, "cases": cases, "kind": "easy logs" if stage == "easy" else "logs"}


def trace_bill(trial: Trial, code: str) -> list[str]:
    """The smallest log that shows the slip, line by line."""
    shown = [mistake for mistake in trial.mistakes if code in mistake["slips"]] or trial.mistakes
    mistake = min(shown, key=lambda one: len(one["log"]))
    log, memory = mistake["log"], mistake["memory"]
    lines = [f"Seed {trial.seed}, {memory:,} MB. Calls, what each took, and what is billed of it:"]
    for row in log:
        init = f" + INIT {row['init_ms']}" if row["init_ms"] else ""
        ms = billing.billed(row)
        lines.append(
            f"  {row['calls']:,} calls, {row['ended']}: {row['duration_ms']}{init} ms → {ms:,} ms, "
            f"{row['calls'] * ms * memory / 1_024_000:,.1f} GB-s"
        )
    return [*lines, f"Your bill is ${mistake['reply']:,.4f}; it should be ${mistake['due']:,.4f}."]


def show_bill(variant: dict) -> dict:
    """One log as bill gets it, and the prices."""
    log, memory = billing.case(Random("E17 shown 3"))
    return {
        "log": log,
        "memory": memory,
        "dollars_a_gb_second": float(billing.GB_SECOND),
        "dollars_a_million_requests": 0.20,
        "free_gb_seconds_a_month": billing.FREE_GB_SECONDS,
        "free_requests_a_month": billing.FREE_REQUESTS,
        "may_be_off_by_dollars": float(billing.CLOSE),
    }


E17 = Exercise(
    name="E17",
    answer=Function("bill", ("log", "memory"), decisions=CASES),
    trial=try_bill,
    diagnose=diagnose_bill,
    trace=trace_bill,
    scenario=show_bill,
    easy="In easy logs",
)


# E18: how much memory, and when is a call given up?

MISSED = "95 % of the calls took up to {value} s ({limit} s allowed)"

UNIT = "cents for a thousand calls"

BROKEN = 10.0
"""What a call that was broken off counts as, in times the limit."""


@checked()
def settings(*, memory_size: Memory, timeout: calls.Timeout) -> None:
    """An answer of E18 (FN-3, FN-4)."""


def try_settings(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """A sample of the month's calls with these settings; what is broken off by the timeout counts as very late."""
    found = calls.month(answer, variant, seed, easy=easy)
    value = min(calls.at_rank(found.took), BROKEN * variant["limit"])
    return Trial(seed, value=value, cost=100 * found.dollars, evidence=(found, answer, variant))


def diagnose_settings(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Too slow, broken off, or too dear: by the hanging calls, or by the memory."""
    limit = variant["limit"]
    told = trials if stage == "cost" else results.telling(trials, limit)
    untimed = median(calls.at_rank(trial.evidence[0].untimed) for trial in told)
    hanging = fmean(trial.evidence[0].hanging for trial in told)
    dollars = fmean(trial.evidence[0].dollars for trial in told)
    if stage == "cost":
        fitting = 1.3 * untimed / answer["timeout"]
        code = (
            "timeout_too_long"
            if hanging * (1 - fitting) > 0.5 * (dollars - variant["reference"] / 100)
            else "max_memory"
        )
    else:
        code = "min_memory" if untimed > limit else "timeout_too_short"
    broken = fmean(sum(not isfinite(one) for one in trial.evidence[0].took) for trial in told)
    return code, {
        "missed": results.missed(
            MISSED, [trial.value for trial in trials], limit, E18.easy if stage == "easy" else ""
        ),
        "spent": results.spent(UNIT, fmean(trial.cost for trial in trials), variant["reference"])
        if stage == "cost"
        else "",
        "memory": f"{answer['memory_size']:,}",
        "timeout": answer["timeout"],
        "untimed": f"{untimed:.1f}",
        "broken": f"{100 * broken / calls.CALLS:.0f}",
        "hanging": f"{100 * hanging / dollars:.0f}",
        "limit": f"{limit:g}",
    }


def trace_settings(trial: Trial, code: str) -> list[str]:
    """What the calls of one seed took, and what they cost."""
    found, answer, variant = trial.evidence
    broken = sum(not isfinite(one) for one in found.took)
    took, spent = answer["timeout"], f"{100 * found.hanging:.2f} of {100 * found.dollars:.2f} cents"
    return [
        f"Seed {trial.seed}, {calls.CALLS} calls with {answer['memory_size']:,} MB and a timeout of {took} s:",
        f"  95 % would take at most {calls.at_rank(found.untimed):.2f} s; {variant['limit']:g} s are allowed",
        f"  the longest would take {max(found.untimed):.2f} s; {broken} calls were broken off before their end",
        f"  {calls.CALLS - len(found.untimed)} calls hung until the timeout: {spent} for a thousand calls",
    ]


def show_settings(variant: dict) -> dict:
    """What was measured, and the goal."""
    return {
        "measured": calls.measured(variant),
        "seconds_for_95_percent": variant["limit"],
        "share_of_calls_that_hang": calls.HANG,
        "dollars_a_gb_second": 0.0000166667,
    }


E18 = Exercise(
    name="E18",
    answer=Config(settings),
    trial=try_settings,
    diagnose=diagnose_settings,
    trace=trace_settings,
    scenario=show_settings,
    easy="With calls that are all alike",
    objective=Objective(None, "s", "for 95 % of the calls", missed=MISSED),
    cost=Cost(UNIT, naive="1,769 MB and a timeout of a minute"),
)
