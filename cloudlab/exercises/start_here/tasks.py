"""The exercise of lesson 00: which plan is good enough, and costs least (E0)."""

from collections import Counter
from random import Random

from cloudlab.exercises.start_here import mornings
from cloudlab.judge.definition import Exercise, Function, Trial, needs

CASES = 8
"""Choices for each seed, so 160 in all."""

FEW = 0.5
"""An idea that explains less than this share of the mistakes explains nothing."""


def try_choose(choose, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Hand over some plans, again and again."""
    dice, trial = Random(f"E0 {seed}"), Trial(seed, cases=CASES)
    for _ in range(CASES):
        plans = mornings.easy_plans(dice) if easy else mornings.any_plans(dice)
        reply = choose(plans)
        asked = "the number of clerks of a plan, or 0 when none is enough"
        needs(
            reply is not None,
            "choose returned None: is a `return` missing?",
            f"End it with return, followed by {asked}.",
        )
        good = type(reply) is int and reply in [0, *(plan["clerks"] for plan in plans)]
        needs(
            good,
            "What choose returned is not the clerks of a plan.",
            f"Return {asked}.",
            f"It was {reply!r:.60}.",
        )
        if reply != mornings.right(plans):
            slips = [
                code for code, ideas in mornings.IDEAS.items() if reply in [idea(plans) for idea in ideas]
            ]
            trial.mistakes.append({"plans": plans, "reply": reply, "slips": [*slips, "wrong_plan"]})
    return trial


def diagnose_choose(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes (of equals, the first), unless it explains only a few."""
    slips = Counter(slip for trial in trials for mistake in trial.mistakes for slip in mistake["slips"])
    wrong, cases = sum(len(trial.mistakes) for trial in trials), sum(trial.cases for trial in trials)
    code = max(mornings.IDEAS, key=lambda code: slips[code])
    if slips[code] < FEW * wrong:
        code = "wrong_plan"
    return code, {"wrong": wrong, "cases": cases, "kind": "easy cases" if stage == "easy" else "cases"}


def trace_choose(trial: Trial, code: str) -> list[str]:
    """The choice with the fewest plans that shows the slip."""
    shown = [mistake for mistake in trial.mistakes if code in mistake["slips"]] or trial.mistakes
    mistake = min(shown, key=lambda mistake: len(mistake["plans"]))
    plans = sorted(mistake["plans"], key=lambda plan: plan["clerks"])
    return [
        f"A choice of {len(plans)} plans (good is a morning with a p95 of at most {mornings.LIMIT} s):",
        *(
            f"  {plan['clerks']} clerks: {mornings.good_days(plan)} of {mornings.DAYS} mornings good, p95 of the "
            f"first {mornings.p95(plan['days'][0])} s, mean of all {mornings.mean(plan):.0f} s, "
            f"busy {100 * plan['busy']:.0f} %"
            for plan in plans
        ),
        f"  Your choose: {mistake['reply']}. Right: {mornings.right(plans)}.",
    ]


def show_choose(variant: dict) -> dict:
    """Two plans as choose gets them, with the first two mornings of each."""
    plans = mornings.any_plans(Random("E0 shown"))[:2]
    return {"plans": [plan | {"days": plan["days"][:2]} for plan in plans]}


E0 = Exercise(
    name="E0",
    answer=Function("choose", ("plans",), decisions=CASES),
    trial=try_choose,
    diagnose=diagnose_choose,
    trace=trace_choose,
    scenario=show_choose,
    easy="In easy cases",
)
