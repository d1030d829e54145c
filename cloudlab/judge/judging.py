"""The order of judgement, the same for every exercise. Read `judge` first.

Ran? → right shape? → invariants → easy workload → objective → cost. The first failure decides what the
learner reads. Of ten points, shape and invariants give 2, the easy workload 2, the objective 3 and the cost
3; where nothing costs anything, the objective gives 6.

One run proves little: with one threshold, luck passes a fleet that is too small in a quarter of the cases.
So the objective is judged on 20 seeds, in two ways at once (see `meets`), and the cost is a mean.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, fsum, inf
from statistics import median
from typing import Any

from cloudlab.judge import feedback, results, words
from cloudlab.judge.calling import Here, own_dice
from cloudlab.judge.definition import Exercise, Trial
from cloudlab.judge.feedback import Fault, Feedback
from cloudlab.judge.results import SLACK
from cloudlab.kernel.logs import logs_to

SHARE = 17 / 20
"""Single seeds may exceed the limit by the factor SLACK, in all but this share of them."""

FULL, NOTHING = 1.10, 1.60
"""Cost as a multiple of the reference: full marks up to the one, none from the other on."""

EASY_SEEDS = (1, 2, 3)

LOOKS = 4
"""Runs that are looked at, the worst first, for one that shows by itself what the feedback says."""
SHAPE, EASY, OBJECTIVE, COST = 2, 2, 3, 3


@dataclass
class Verdict:
    """What was found: a code ('correct', or the feedback's), points of ten, the stage that was not passed.

    `limit` is what the objective allows, `values` what was measured against it. `costs` are yours, the
    reference's and the naive fleet's. `trial` is the run that `why()` shows; `handed` is what a function was
    called with last, and `printed` the beginning of what it printed.
    """

    code: str
    points: float
    stage: str = ""
    feedback: Feedback | None = None
    values: list[float] = field(default_factory=list)
    limit: float = 0.0
    costs: tuple[float, float, float] | None = None
    trial: Trial | None = None
    cases: int = 0
    handed: list | None = None
    printed: str = ""

    @property
    def correct(self) -> bool:
        """Whether everything is reached, the cost within full marks too."""
        return self.code == "correct"


def judge(exercise: Exercise, answer: Any, variant: dict, seeds: Sequence[int], *, caller=None) -> Verdict:
    """Judge `answer` on `seeds` of a `variant`.

    With a `caller` (see `calling`), a function is called through it, and `answer` isn't looked at.
    """
    if _judged_now:
        raise feedback.inside()
    _judged_now.append(exercise.name)
    try:
        return _alone(exercise, answer, variant, seeds, caller)
    finally:
        _judged_now.clear()


_judged_now: list[str] = []
"""The exercise that is judged at this moment: an answer can't ask for another check."""


def _alone(exercise: Exercise, answer: Any, variant: dict, seeds: Sequence[int], caller) -> Verdict:
    """What `judge` does, when no other check runs."""
    try:
        runs = exercise.answer.accept(answer, caller)
    except (Fault, KeyboardInterrupt) as fault:
        if isinstance(fault, Fault):
            return _faulty(fault, 0)
        raise
    except BaseException as error:  # an object with a mind of its own may do anything when it is looked at
        return _faulty(feedback.odd(error), 0)
    with own_dice(), logs_to(runs if isinstance(runs, Here) else None):
        verdict = _judged(exercise, runs, answer, variant, seeds)
    verdict.printed, verdict.handed = runs.printed, runs.handed
    return verdict


def _judged(exercise: Exercise, runs, answer, variant: dict, seeds: Sequence[int]) -> Verdict:
    """The stages, one after the other."""

    def run(seed: int, **changes) -> Trial:
        trial = exercise.trial(runs.start(luck(seed)), variant, seed, **changes)
        trial.easy = changes.get("easy", False)
        return trial

    try:
        trials = [run(seed, easy=True) for seed in EASY_SEEDS]
    except Fault as fault:
        return _faulty(fault, 0)
    if not passed(exercise, trials, variant):
        return _missed(exercise, "easy", SHAPE, trials, answer, variant)
    try:
        trials = _trials(exercise, run, variant, seeds)
        _must_not_peek(run, trials)
    except Fault as fault:
        return _faulty(fault, EASY)
    if not passed(exercise, trials, variant, len(seeds)):
        return _missed(exercise, "objective", SHAPE + EASY, trials, answer, variant)
    return _priced(exercise, trials, answer, variant)


def luck(seed: int) -> int:
    """The number that seeds `random` for an answer's run: it follows from the seed and doesn't give it away.

    An answer that knew the seed of a workload could throw the same dice and look ahead.
    """
    return int.from_bytes(hashlib.sha256(f"luck of {seed}".encode()).digest()[:8], "big")


def passed(exercise: Exercise, trials: list[Trial], variant: dict, of: int | None = None) -> bool:
    """Whether the objective is reached in `trials` (out of `of` seeds: the rest was not needed)."""
    if exercise.objective is None:
        return not any(trial.mistakes for trial in trials)
    return meets([trial.value for trial in trials], exercise.objective.of(variant), of)


def meets(values: Sequence[float], limit: float, of: int | None = None) -> bool:
    """The rule of 20 seeds: the median meets `limit`, and 17 of 20 meet `limit` × 1.15.

    >>> meets([0.4] * 18 + [3.0] * 2, 0.5), meets([0.4] * 16 + [3.0] * 4, 0.5), meets([0.55] * 20, 0.5)
    (True, False, False)
    """
    of = of or len(values)
    near = sum(value <= limit * SLACK for value in values)
    return len(values) == of and median(values) <= limit and near >= ceil(SHARE * of)


def cost_points(cost: float, reference: float) -> float:
    """Points for the cost: 3 up to 1.10 × `reference`, then evenly down to 0 at 1.60 ×.

    >>> [cost_points(cost, 100) for cost in (90, 110, 135, 160, 200)]
    [3.0, 3.0, 1.5, 0.0, 0.0]
    """
    left = (NOTHING - cost / reference) / (NOTHING - FULL)
    return round(COST * max(0.0, min(1.0, left)), 1)


def _trials(exercise: Exercise, run: Callable, variant: dict, seeds: Sequence[int]) -> list[Trial]:
    """One trial a seed. It ends early when what is still to come can't turn 'missed' into 'passed'."""
    trials = []
    limit = exercise.objective.of(variant) if exercise.objective else inf
    for seed in seeds:
        trials.append(run(seed))
        over = sum(trial.value > limit for trial in trials)
        far = sum(trial.value > limit * SLACK for trial in trials)
        if over > (len(seeds) + 1) // 2 or far > len(seeds) - ceil(SHARE * len(seeds)):
            break
    return trials


def _must_not_peek(run: Callable, trials: list[Trial]) -> None:
    """Run two seeds again with other arrivals after the middle; raise Fault if earlier decisions differ."""
    for trial in trials[:2]:
        if not trial.decisions:
            return
        middle = trial.decisions[len(trial.decisions) // 2][0]
        before = _until(middle, trial)
        if before != _until(middle, run(trial.seed, altered_after=middle)):
            same = before == _until(middle, run(trial.seed))
            raise (feedback.peeks if same else feedback.own_dice)(f"{middle:,.0f} s")


def _until(moment: float, trial: Trial) -> list[tuple[float, Any]]:
    """The decisions up to a moment (s)."""
    return [decision for decision in trial.decisions if decision[0] <= moment]


def _faulty(fault: Fault, points: int) -> Verdict:
    return Verdict(fault.feedback.code, points, "shape", fault.feedback)


def _missed(exercise: Exercise, stage: str, points: int, trials: list[Trial], answer, variant) -> Verdict:
    verdict = Verdict("", points, stage, values=[trial.value for trial in trials])
    numbers: dict = {}
    if exercise.objective:
        verdict.limit = exercise.objective.of(variant)
        easy = exercise.easy if stage == "easy" else ""
        numbers["missed"] = results.missed(exercise.objective.missed, verdict.values, verdict.limit, easy)
        numbers["seeds"] = results.begin(verdict.values, verdict.limit, easy)
    worst = sorted(trials, key=lambda trial: (len(trial.mistakes), trial.value), reverse=True)
    worst = [trial for trial in worst if trial.mistakes or trial.value > verdict.limit] or worst
    return _said(exercise, verdict, numbers, trials, worst, answer, variant)


def _priced(exercise: Exercise, trials: list[Trial], answer, variant) -> Verdict:
    values = [trial.value for trial in trials]
    earned = SHAPE + EASY + OBJECTIVE
    limit = exercise.objective.of(variant) if exercise.objective else 0.0
    if exercise.cost is None:
        cases = sum(trial.cases for trial in trials)
        return Verdict("correct", earned + COST, values=values, limit=limit, cases=cases)
    cost = fsum(trial.cost for trial in trials) / len(trials)
    costs = (cost, variant["reference"], variant["naive"])
    points = cost_points(cost, variant["reference"])
    if points == COST:
        return Verdict("correct", earned + COST, values=values, limit=limit, costs=costs)
    verdict = Verdict("", earned + points, "cost", values=values, limit=limit, costs=costs)
    numbers = {"spent": results.spent(exercise.cost.unit, cost, variant["reference"])}
    dearest = sorted(trials, key=lambda trial: trial.cost, reverse=True)
    return _said(exercise, verdict, numbers, trials, dearest, answer, variant)


def _said(exercise: Exercise, verdict: Verdict, numbers: dict, trials, order, answer, variant) -> Verdict:
    """`verdict` with its code, its words, and the first run of `order` that by itself shows code and `shown`."""
    code, more = exercise.diagnose(trials, answer, variant, verdict.stage)
    numbers["result"] = numbers.get("missed") or numbers.get("spent", "")

    def tells(trial: Trial) -> tuple:
        alone, numbers = exercise.diagnose([trial], answer, variant, verdict.stage)
        return alone, numbers.get("shown")

    verdict.code, verdict.feedback = code, words.feedback(exercise.name, code, numbers | more)
    same = []
    for trial in order[:LOOKS]:  # a diagnosis may try many runs, so the first that fits is enough
        told = tells(trial)
        if told == (code, more.get("shown")):
            verdict.trial = trial
            return verdict
        if told[0] == code:
            same.append(trial)
    verdict.trial = (same or order)[0]
    return verdict
