"""Every solution of every bank gets exactly the code that it should, whatever the salt.

A bank is a file in `banks/`, named as its lesson. RIGHT holds, for each exercise, solutions that are built
differently; WRONG holds pairs of a solution and its code; WORKED is what `q.solution()` shows. An entry may
be a function of the variant, marked `for_variant`, since three right numbers differ from day to day. NEAREST
holds the answers whose values lie nearest to the limit; POOLS says how `pools` draws and searches.

Each solution is judged with a few salts here, and with as many as CLOUDLAB_SALTS says (100 before a release).
"""

import os
from importlib import import_module
from pathlib import Path
from statistics import fmean

import pytest
from verdicts import chance_of_a_false_verdict

from cloudlab.exercises import exercise, variants, words
from cloudlab.exercises.engine import exercises
from cloudlab.exercises.judging import judge

BANKS = {
    path.stem: import_module(f"banks.{path.stem}")
    for path in sorted((Path(__file__).parent / "banks").glob("*.py"))
    if path.stem != "__init__"
}
SALTS = int(os.environ.get("CLOUDLAB_SALTS", "0"))
FEW = {True: 1, False: 5}
"""Salts for an exercise that simulates, and for one that doesn't, when all are not wanted."""


def made(name: str):
    return getattr(import_module(f"cloudlab.exercises.{words.lessons()[name]}"), name)


def worked(bank, name: str):
    """The worked solution as an answer for one variant: what its code leaves under the name `answer`."""

    def answer(variant):
        space = {"scenario": made(name).scenario(variant)}
        exec(bank.WORKED[name], space)
        return space["answer"]

    answer.for_variant = True
    return answer


def entries(name: str) -> list[tuple[str, object, str]]:
    """(label, answer, code) of all in the bank."""
    bank = BANKS[words.lessons()[name]]
    right = [worked(bank, name), *bank.RIGHT[name]]
    pairs = [(answer, "correct") for answer in right] + bank.WRONG[name]
    return [(f"{code}-{number}", answer, code) for number, (answer, code) in enumerate(pairs)]


ALL = [(name, *entry) for name in exercises() for entry in entries(name)]


def answer_for(answer, variant: dict):
    return answer(variant) if getattr(answer, "for_variant", False) else answer


def salts(name: str, label: str) -> list[str]:
    """All salts where wanted, else a few that differ from solution to solution."""
    few = FEW[made(name).objective is not None]
    return [f"salt {n}" for n in range(SALTS)] or [f"salt {n} of {label}" for n in range(few)]


@pytest.mark.parametrize("name", exercises())
def test_each_exercise_has_a_bank_that_is_large_enough(name):
    bank = BANKS[words.lessons()[name]]
    codes = {code for _, code in bank.WRONG[name]}
    assert len(bank.RIGHT[name]) >= 2, "with the worked solution at least three right ones"
    assert len(codes) >= 4
    assert set(words.of(name)["feedback"]) <= codes, "each code is said at least once"


@pytest.mark.parametrize("name, label, answer, code", ALL, ids=[f"{name}-{label}" for name, label, *_ in ALL])
def test_this_solution_gets_its_code(name, label, answer, code):
    size = len(variants.pool(name))
    for salt in salts(name, label):
        drawn = variants.draw(salt, name, "a student", size)
        variant = variants.variant(name, drawn.variant)
        verdict = judge(made(name), answer_for(answer, variant), variant, drawn.seeds)
        assert verdict.code == code, f"{salt}, variant {drawn.variant}: {verdict}"
        assert (verdict.points == 10) == (code == "correct")
        assert verdict.feedback is None or verdict.feedback.words <= 60


@pytest.mark.parametrize("name, label, answer, code", ALL, ids=[f"{name}-{label}" for name, label, *_ in ALL])
def test_at_the_desk_it_is_told_in_plain_words(name, label, answer, code):
    q = exercise(name)
    result = q.check(answer_for(answer, variants.variant(name, 1)))
    assert result.code == code
    assert "Traceback" not in repr(result) and "object at" not in repr(result)
    assert q.points() == result.points
    assert repr(q.why()) and all(len(line) <= 400 for line in repr(q.why()).splitlines())


LIMITED = [name for name in exercises() if made(name).objective]


@pytest.mark.parametrize("name", LIMITED)
def test_answers_near_the_limit_get_a_false_verdict_in_less_than_one_of_a_thousand(name):
    """Method: the values of 16 seeds, continued by a normal tail; then the exact sum over all outcomes of 20.

    One variant here, all of them where CLOUDLAB_SALTS is set; `pools` has done the same with 40 seeds for
    each.
    """
    bank, pool, objective = BANKS[words.lessons()[name]], variants.pool(name), made(name).objective
    for variant in pool if SALTS else pool[:1]:
        sides = set()
        for answer in bank.NEAREST[name]:
            answer = answer_for(answer, variant)
            values = [made(name).trial(dict(answer), variant, seed).value for seed in range(501, 517)]
            error = chance_of_a_false_verdict(values, objective.limit)
            assert error < 1e-3, f"variant {variant.get('number')}, {answer}: {error}, {values}"
            sides.add(fmean(values) <= objective.limit)
        assert sides == {True, False}, "some that pass and some that fail"


@pytest.mark.parametrize("name", LIMITED)
def test_the_stored_references_hold(name):
    """Each costs what is stored, the worked solution finds it, and its mean load leaves room."""
    bank, pool = BANKS[words.lessons()[name]], variants.pool(name)
    for variant in pool if SALTS else pool[::8]:
        reference = bank.reference_of(name, variant)
        trials = [made(name).trial(dict(reference), variant, seed) for seed in range(601, 605)]
        cost = fmean(trial.cost for trial in trials)
        assert cost == pytest.approx(variant["reference"], rel=0.02)
        assert all(bank.mean_load(trial) <= 0.8 for trial in trials)
        assert answer_for(worked(bank, name), variant) == reference


@pytest.mark.parametrize("name", exercises())
def test_the_worked_solution_is_shown_and_hints_come_one_by_one(name):
    q = exercise(name)
    assert repr(q.solution()) == BANKS[words.lessons()[name]].WORKED[name].strip()
    assert repr(q.hint()).startswith("Hint 1 of ")
    assert repr(q.hint()).startswith("Hint 2 of ")
