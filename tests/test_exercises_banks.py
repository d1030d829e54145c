"""Every solution of every bank gets exactly the code that it should, whoever the student and whatever the salt.

A bank is a file in `banks/`, named as its lesson. RIGHT holds, for each exercise, solutions that are built differently;
WRONG holds pairs of a solution and its code; WORKED is what `q.solution()` shows. An entry may be a function of the
variant, marked `for_variant`, since three right numbers differ from day to day.

Each solution is judged with a few salts here, and with 100 where CLOUDLAB_SALTS says so.
"""

import os
from importlib import import_module
from pathlib import Path

import pytest

from cloudlab.exercises import exercise, variants, words
from cloudlab.exercises.engine import exercises
from cloudlab.exercises.judging import judge

BANKS = {
    path.stem: import_module(f"banks.{path.stem}")
    for path in sorted((Path(__file__).parent / "banks").glob("*.py"))
    if path.stem != "__init__"
}
SALTS = int(os.environ.get("CLOUDLAB_SALTS", "0"))
FEW = 3


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


def salts(label: str) -> list[str]:
    """All salts where wanted, else a few that differ from solution to solution."""
    return [f"salt {n}" for n in range(SALTS)] or [f"salt {n} of {label}" for n in range(FEW)]


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
    for salt in salts(label):
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


@pytest.mark.parametrize("name", exercises())
def test_the_worked_solution_is_shown_and_hints_come_one_by_one(name):
    q = exercise(name)
    assert repr(q.solution()) == BANKS[words.lessons()[name]].WORKED[name].strip()
    assert repr(q.hint()).startswith("Hint 1 of ")
    assert repr(q.hint()).startswith("Hint 2 of ")
