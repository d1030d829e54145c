"""The exercises of lesson 01: three numbers for a day (E1), and the group's own look (E2)."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from cloudlab.exercises.definition import Exercise, Function, Trial, needs

STATES = 25
"""States of E2 for each seed, so 500 in all."""

FEW = 0.3
"""An idea that explains less than this share of the mistakes explains nothing."""


# E2: what an Auto Scaling group does at each look


@dataclass(frozen=True)
class Plan:
    """How many a look launches, and how many of those that live it ends."""

    launch: int
    end: int


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


def easy_state(dice: Random) -> dict:
    """A state in which all instances are well and in service, and the wish lies inside the band."""
    low = dice.randint(0, 3)
    high = low + dice.randint(2, 6)
    there = [_instance(number, "InService", True) for number in range(1, dice.randint(low, high) + 1)]
    return {"min_size": low, "max_size": high, "asked": dice.randint(low, high), "instances": there}


def any_state(dice: Random) -> dict:
    """A state in which anything may be the case: pending, terminating, unhealthy, a wish outside the band."""
    low = dice.randint(0, 4)
    high = low + dice.randint(0, 6)
    states = dice.choices(
        ("InService", "Pending", "Terminating"), weights=(6, 3, 2), k=dice.randint(0, high + 2)
    )
    there = [_instance(number, state, dice.random() > 0.2) for number, state in enumerate(states, 1)]
    return {"min_size": low, "max_size": high, "asked": dice.randint(0, high + 4), "instances": there}


def _instance(number: int, state: str, healthy: bool) -> dict:
    return {"name": f"i-{number}", "state": state, "healthy": healthy}


def living(state: dict) -> list[dict]:
    """The instances that count: healthy, and in service or on their way there."""
    return [one for one in state["instances"] if one["healthy"] and one["state"] != "Terminating"]


def done(state: dict, reply: dict) -> dict:
    """The state after a look: what was launched is pending, what was ended is terminating."""
    ended, size = set(reply["terminate"]), len(state["instances"])
    there = [one | {"state": "Terminating"} if one["name"] in ended else one for one in state["instances"]]
    there += [_instance(size + number, "Pending", True) for number in range(1, reply["launch"] + 1)]
    return state | {"instances": there}


def right(state: dict) -> Plan:
    """What a look does (AS-2, AS-3): the wish, clipped to the band, less what lives."""
    return _plan(state, _clipped(state), living(state))


def _clipped(state: dict) -> int:
    return max(state["min_size"], min(state["max_size"], state["asked"]))


def _plan(state: dict, wish: int, counted: list[dict]) -> Plan:
    return Plan(max(0, wish - len(counted)), max(0, len(counted) - wish))


def _in_service(state: dict) -> list[dict]:
    return [one for one in living(state) if one["state"] == "InService"]


def _standing(state: dict) -> list[dict]:
    """All that is not on its way out, healthy or not."""
    return [one for one in state["instances"] if one["state"] != "Terminating"]


IDEAS = {
    "terminates_below_min": [lambda s: _plan(s, min(s["max_size"], s["asked"]), living(s))],
    "no_clip": [
        lambda s: _plan(s, s["asked"], living(s)),
        lambda s: _plan(s, max(s["min_size"], s["asked"]), living(s)),
    ],
    "uses_min": [lambda s: _plan(s, s["min_size"], living(s))],
    "uses_max": [lambda s: _plan(s, s["max_size"], living(s))],
    "ignores_pending": [lambda s: _plan(s, _clipped(s), _in_service(s))],
    "counts_the_dead": [lambda s: _plan(s, _clipped(s), _standing(s))],
    "counts_terminating": [
        lambda s: _plan(s, _clipped(s), [one for one in s["instances"] if one["healthy"]]),
        lambda s: _plan(s, _clipped(s), s["instances"]),
    ],
}
"""Wrong ideas, each as what it would do. The one that explains most mistakes gives the code."""


def _check_reply(state: dict, reply) -> None:
    """The shape of what reconcile returns; raises Fault."""
    asked = 'a dict such as {"launch": 2, "terminate": ["i-3"]}'
    needs(reply is not None, "reconcile returned nothing.", f"End it with return, followed by {asked}.")
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
    dead = {one["name"] for one in _standing(state) if not one["healthy"]}
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
    """The idea that explains most mistakes (of equals, the first in `IDEAS`), unless it explains few of them."""
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
    ends = [one["name"] for one in _standing(state) if not one["healthy"]]
    ends += [f"{plan.end} of {there}"] if plan.end else []
    return [
        f"A look at a group with min_size {state['min_size']}, max_size {state['max_size']}, asked {state['asked']}:",
        *(f"  {one['name']:5} {one['state']:11} {_health(one)}" for one in state["instances"]),
        f"  The wish, inside the band, is {_clipped(state)}. What counts: {there}.",
        f"  Your reconcile: launch {reply['launch']}, terminate {', '.join(reply['terminate']) or 'none'}.",
        f"  Right: launch {plan.launch}, terminate {' and '.join(ends) or 'none'}.",
    ]


def _health(one: dict) -> str:
    return "healthy" if one["healthy"] else "unhealthy"


def _names(instances: list[dict]) -> str:
    return ", ".join(one["name"] for one in instances) or "none"


def show_reconcile(variant: dict) -> dict:
    """One state as reconcile gets it."""
    there = [_instance(1, "InService", True), _instance(2, "Pending", True), _instance(3, "InService", False)]
    return {"min_size": 2, "max_size": 9, "asked": 20, "instances": there}


E2 = Exercise(
    name="E2",
    answer=Function("reconcile", ("state",), decisions=2 * STATES),
    trial=try_reconcile,
    diagnose=diagnose_reconcile,
    trace=trace_reconcile,
    scenario=show_reconcile,
)
