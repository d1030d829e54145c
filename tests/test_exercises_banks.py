"""Every solution of every bank gets exactly the code that it should, whatever the salt.

A bank is a file in `banks/`, named as its lesson. RIGHT holds, for each exercise, solutions that are built
differently; WRONG holds pairs of a solution and its code; WORKED is what `q.solution()` shows. An entry may
be a function of the variant, marked `for_variant`, since three right numbers differ from day to day. POOLS
says how `pools` draws scenarios and searches for references; what it found is stored beside the bank: for
each variant {"reference": an answer, "measured": [{"answer": …, "values": [one for each seed]}, …]}, where an
answer is a dict or the name of a function, and the last one measured is the reference itself.

Each solution is judged once in a usual run, as at a learner's desk. A nightly run judges it with 100 salts, or as
many as CLOUDLAB_SALTS says, and looks at every stored measurement.
"""

import json
import os
from importlib import import_module
from statistics import fmean
from types import SimpleNamespace

import pytest
from banks import handed, tried
from places import TESTS
from samples import some
from verdicts import chance_of_a_false_verdict

from cloudlab.exercises import exercise
from cloudlab.judge import variants, words
from cloudlab.judge.judging import judge
from cloudlab.judge.question import exercises

BANKS = {
    path.stem: import_module(f"banks.{path.stem}")
    for path in sorted((TESTS / "banks").glob("*.py"))
    if path.stem != "__init__"
}
SALTS = int(os.environ.get("CLOUDLAB_SALTS", "100"))


def made(name: str):
    return getattr(import_module(f"cloudlab.exercises.{words.lessons()[name]}"), name)


def worked(bank, name: str):
    """The worked solution as an answer for one variant: what its code leaves under the name `answer`."""

    def answer(variant):
        space = {"q": SimpleNamespace(scenario=lambda: made(name).scenario(variant))}
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


def answer_for(name: str, answer, variant: dict):
    return handed(BANKS[words.lessons()[name]], answer, variant)


def stored_of(name: str) -> list[dict]:
    """What `pools` found and measured for each variant."""
    path = TESTS / "banks" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", exercises())
def test_each_exercise_has_a_bank_that_is_large_enough(name):
    bank = BANKS[words.lessons()[name]]
    codes = {code for _, code in bank.WRONG[name]}
    assert len(bank.RIGHT[name]) >= 2, "with the worked solution at least three right ones"
    assert len(codes) >= 4
    assert set(words.of(name)["feedback"]) <= codes, "each code is said at least once"


each_answer = pytest.mark.parametrize(
    "name, label, answer, code", ALL, ids=[f"{name}-{label}" for name, label, *_ in ALL]
)


def drawn(name: str, salt: str):
    """(number of the variant, variant, seeds) that a salt draws."""
    draw = variants.draw(salt, name, "a student", len(variants.pool(name)))
    return draw.variant, variants.variant(name, draw.variant), draw.seeds


@each_answer
def test_at_the_desk_this_solution_gets_its_code_in_plain_words(name, label, answer, code):
    number, variant, _ = drawn(name, f"salt of {label}")
    q = exercise(name, variant=number)
    result = q.check(answer_for(name, answer, variant))
    assert result.code == code, f"variant {number}: {result}"
    assert (result.points == 10) == (code == "correct")
    assert "Traceback" not in repr(result) and "object at" not in repr(result)
    assert q.points() == result.points
    assert repr(q.why()) and all(len(line) <= 400 for line in repr(q.why()).splitlines())


@pytest.mark.nightly
@each_answer
def test_this_solution_gets_its_code_with_every_salt(name, label, answer, code):
    for salt in range(SALTS):
        number, variant, seeds = drawn(name, f"salt {salt}")
        verdict = judge(made(name), answer_for(name, answer, variant), variant, seeds)
        assert verdict.code == code, f"salt {salt}, variant {number}: {verdict}"
        assert (verdict.points == 10) == (code == "correct")
        assert verdict.feedback is None or verdict.feedback.words <= 60


LIMITED = [name for name in exercises() if made(name).objective]


@pytest.mark.parametrize("name", LIMITED)
def test_a_false_verdict_is_rarer_than_one_of_a_thousand_on_either_side_of_the_limit(name):
    """Method: counted seeds, with the bound that counting leaves, then the exact sum over 20 seeds
    (`verdicts`).

    `pools` measured, for each variant, the answers near the reference that must fail, and the reference.
    """
    stored, limit = stored_of(name), made(name).objective.limit
    assert len(stored) == len(variants.pool(name))
    for row in stored:
        assert len(row["measured"]) >= 2 and row["measured"][-1]["answer"] == row["reference"]
        for measured in row["measured"]:
            assert chance_of_a_false_verdict(measured["values"], limit) < 1e-3
        means = [fmean(measured["values"]) for measured in row["measured"]]
        assert means[-1] <= 0.9 * limit and all(mean >= 1.1 * limit for mean in means[:-1])


@pytest.mark.sampled
@pytest.mark.parametrize("name", LIMITED)
def test_what_was_measured_is_still_so(name):
    """On seeds that were not measured."""
    limit, pool = made(name).objective.limit, variants.pool(name)
    for variant, row in some(zip(pool, stored_of(name), strict=True)):
        for measured in row["measured"]:
            answer = answer_for(name, measured["answer"], variant)
            trials = [tried(made(name), answer, variant, seed) for seed in range(501, 507)]
            met = sum(trial.value <= limit for trial in trials)
            assert met >= 5 if measured["answer"] == row["reference"] else met <= 3


@pytest.mark.sampled
@pytest.mark.parametrize("name", LIMITED)
def test_the_stored_references_hold(name):
    """Each costs what is stored, the worked solution finds it where it can be found by hand, and its mean
    load leaves room."""
    bank, pool = BANKS[words.lessons()[name]], variants.pool(name)
    for variant, row in some(zip(pool, stored_of(name), strict=True), 3):
        answer = answer_for(name, row["reference"], variant)
        trials = [tried(made(name), answer, variant, seed) for seed in range(601, 605)]
        if made(name).cost:
            assert fmean(trial.cost for trial in trials) == pytest.approx(variant["reference"], rel=0.05)
        assert fmean(bank.mean_load(trial) for trial in trials) <= 0.8
        if bank.POOLS[name].more_is_better:
            assert answer_for(name, worked(bank, name), variant) == row["reference"]


@pytest.mark.parametrize("name", LIMITED)
def test_the_variants_of_a_pool_weigh_the_same(name):
    pool = variants.pool(name)
    assert len(pool) >= 20 and len({json.dumps(v | {"number": 0}) for v in pool}) == len(pool)
    if made(name).cost:
        mean = fmean(variant["reference"] for variant in pool)
        assert all(abs(variant["reference"] / mean - 1) <= 0.1 for variant in pool)


@pytest.mark.parametrize("name", exercises())
def test_the_worked_solution_is_shown_and_hints_come_one_by_one(name):
    q = exercise(name)
    assert repr(q.solution()) == BANKS[words.lessons()[name]].WORKED[name].strip()
    assert repr(q.hint()).startswith("Hint 1 of ")
    assert repr(q.hint()).startswith("Hint 2 of ")
