"""Every solution of every bank gets exactly the code that it should, whatever the salt.

A bank is a file in `banks/`, named as its lesson. RIGHT holds, for each exercise, solutions that are built
differently; WRONG holds pairs of a solution and its code; WORKED is what `q.solution()` shows. An entry may
be a function of the variant, marked `for_variant`, since three right numbers differ from day to day. POOLS
says how `pools` draws scenarios and searches for references; what it found is stored beside the bank: for
each variant {"reference": an answer, "measured": [{"answer": …, "values": [one for each seed]}, …]}, where an
answer is a dict or the name of a function, and the last one measured is the reference itself.

A usual run judges the worked solution and one of each wrong code, as at a learner's desk, on five of the desk's 20
seeds; the worked one, and those that are `close` since five tell something else, on all. A nightly run judges each
on all seeds and with 100 salts, or as many as CLOUDLAB_SALTS says, and looks at every stored measurement.
"""

import json
import os
import re
from collections import Counter
from importlib import import_module
from itertools import count
from statistics import fmean, median
from types import SimpleNamespace

import pytest
from banks import ALIKE, CLOSE, handed, tried
from places import TESTS
from samples import NIGHTLY, some
from verdicts import chance_of_a_false_verdict, chance_to_pass

from cloudlab.exercises import definition, exercise
from cloudlab.judge import variants, words
from cloudlab.judge.definition import Config
from cloudlab.judge.judging import judge
from cloudlab.judge.question import exercises
from cloudlab.judge.results import SLACK

BANKS = {
    path.stem: import_module(f"banks.{path.stem}")
    for path in sorted((TESTS / "banks").glob("*.py"))
    if path.stem != "__init__"
}
SALTS = int(os.environ.get("CLOUDLAB_SALTS", "100"))
SEEDS = some(variants.PUBLISHED, 5)
"""Five tell most answers apart as the 20 of a desk do, and each costs a run. The others are `close`."""


def worked(bank, name: str):
    """The worked solution as an answer for one variant: what its code leaves under the name `answer`."""

    def answer(variant):
        space = {"q": SimpleNamespace(scenario=lambda: definition(name).scenario(variant))}
        exec(bank.WORKED[name], space)
        return space["answer"]

    answer.for_variant = True
    return answer


WORKED = "correct-0"
"""The label of the worked solution."""


def entries(name: str) -> list[tuple[str, object, str]]:
    """(label, answer, code) of all in the bank."""
    bank = BANKS[words.lessons()[name]]
    right = [worked(bank, name), *bank.RIGHT[name]]
    pairs = [(answer, "correct") for answer in right] + bank.WRONG[name]
    return [(f"{code}-{number}", answer, code) for number, (answer, code) in enumerate(pairs)]


ALL = [(name, *entry) for name in exercises() for entry in entries(name)]
OF_EACH_CODE = [entry for entry in ALL if entry is next(one for one in ALL if one[::3] == entry[::3])]
"""The worked solution of each exercise, and the first wrong one of each code: a usual run judges these."""


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


def each_answer(entries: list):
    return pytest.mark.parametrize(
        "name, label, answer, code", entries, ids=[f"{name}-{label}" for name, label, *_ in entries]
    )


def drawn(name: str, salt: str, answer=None):
    """(number of the variant, variant, seeds) that a salt draws, of the variants that an answer is for."""
    for student in count():
        draw = variants.draw(salt, name, f"student {student}", len(variants.pool(name)))
        variant = variants.variant(name, draw.variant)
        if not hasattr(answer, "only") or answer.only(variant):
            return draw.variant, variant, draw.seeds
    return None


BARE = re.compile(
    r"(?<!Seed )(?<!order )(?<!August )(?<!bytes: )(?<!\d, )(?<![\w.,:'-])\d{4,}(?![\w'-])(?!, \d)"
)
"""A large number without commas that is no name, seed or year, was printed by no program, and stands in no list."""


@pytest.mark.sampled
@each_answer(ALL if NIGHTLY else OF_EACH_CODE)
def test_at_the_desk_this_solution_gets_its_code_in_plain_words(name, label, answer, code, monkeypatch):
    number, variant, _ = drawn(name, f"salt of {label}", answer)
    if label != WORKED and not any(answer is one for one in CLOSE):
        monkeypatch.setattr(variants, "PUBLISHED", SEEDS)
    q = exercise(name, variant=number)
    result = q.check(answer_for(name, answer, variant))
    assert result.code == code, f"variant {number}: {result}"
    assert (result.points == 10) == (code == "correct")
    assert "Traceback" not in repr(result) and "object at" not in repr(result)
    assert q.points() == result.points
    assert repr(q.why()) and all(len(line) <= 400 for line in repr(q.why()).splitlines())
    if code not in ("wrong_shape", "raised"):  # which tell a limit, or an error, in the words of the code
        assert [said for said in (repr(result), *repr(q.why()).splitlines()) if BARE.search(said)] == []
    agree(name, q, result, answer_for(name, answer, variant), variant)


def agree(name: str, q, result, answer, variant: dict):
    """Assert that the code, the number that was judged, and the run that `why()` shows tell the same."""
    verdict = q._verdict
    if verdict.trial is None:
        return
    said, shown = verdict.feedback.happened, verdict.trial
    alone, _ = definition(name).diagnose([shown], answer, variant, verdict.stage)
    assert alone == verdict.code, f"why() shows a run of {alone}"
    assert ("easy" in said.lower() or definition(name).easy in said) == (verdict.stage == "easy")
    assert shown.easy == (verdict.stage == "easy")
    if verdict.stage == "cost":
        assert verdict.costs[0] > 1.1 * verdict.costs[1]
        assert (
            f"{verdict.costs[0]:,.1f}" in said and f"{verdict.costs[0] / verdict.costs[1]:.2f} times" in said
        )
    elif definition(name).objective:
        assert shown.value > verdict.limit
        few = median(verdict.values) <= verdict.limit
        assert f"of {len(verdict.values)} seeds" in said or not few or name in ("E6", "E8")
    else:
        assert f"In {sum_of_mistakes(said):,} of " in said and shown.mistakes
    if name in TOLD_IN_WHY:
        assert TOLD_IN_WHY[name].format(value=shown.value, cost=shown.cost, seed=shown.seed) in repr(q.why())
    if name == "E1" and (size := re.search(r"mostly (\d+)|stood at (\d+)", said)):
        assert re.search(f"dropped while {size[1] or size[2]} (is|are) wished", repr(q.why()))


TOLD_IN_WHY = {
    "E3": "95 of 100 orders took at most {value:,.0f} s",
    "E4": "95 of 100 orders took at most {value:,.0f} s",
    "E5": "95 of 100 orders of the rush took at most {value:,.0f} s",
    "E1": "Seed {seed}",
    "E6": "Seed {seed}",
    "E7": "Seed {seed}",
    "E8": "Seed {seed}",
    "E13": "Seed {seed}",
    "E14": "Seed {seed}",
    "E15": "became {value:,.0f} s old",
}
"""What `why()` says of the run that it shows."""


def sum_of_mistakes(said: str) -> int:
    """The number of mistakes that a sentence tells, which is positive."""
    number = int(said.split(" of ")[0].split()[-1].replace(",", ""))
    assert number > 0
    return number


@pytest.mark.nightly
@each_answer(ALL)
def test_this_solution_gets_its_code_with_every_salt(name, label, answer, code):
    for salt in range(SALTS):
        number, variant, seeds = drawn(name, f"salt {salt}", answer)
        verdict = judge(definition(name), answer_for(name, answer, variant), variant, seeds)
        assert verdict.code == code, f"salt {salt}, variant {number}: {verdict}"
        assert (verdict.points == 10) == (code == "correct")
        assert verdict.feedback is None or verdict.feedback.words <= 60


LIMITED = [name for name in exercises() if definition(name).objective]


@pytest.mark.parametrize("name", LIMITED)
def test_a_false_verdict_is_rarer_than_one_of_a_thousand_on_either_side_of_the_limit(name):
    """Method: counted seeds, with the bound that counting leaves, then the exact sum over 20 seeds
    (`verdicts`).

    `pools` measured the answers near the reference that must fail, and the reference: for each variant, or
    for the first where several have the same best answer.
    """
    stored, pool = stored_of(name), variants.pool(name)
    assert len(stored) == len(pool)
    kind = BANKS[words.lessons()[name]].POOLS[name].kind
    for row, variant in zip(stored, pool, strict=True):
        if kind and not row["measured"]:
            assert row is not stored[0], "the first is measured"
            continue
        limit = definition(name).objective.of(variant)
        assert len(row["measured"]) >= 2 and row["measured"][-1]["answer"] == row["reference"]
        for measured in row["measured"]:
            assert chance_of_a_false_verdict(measured["values"], limit) < 1e-3
        means = [fmean(measured["values"]) for measured in row["measured"]]
        assert means[-1] <= 0.9 * limit and all(mean >= 1.1 * limit for mean in means[:-1])


@pytest.mark.nightly
@pytest.mark.parametrize("name", LIMITED)
def test_the_worked_solution_keeps_its_limit_with_room(name):
    """In a variant of each kind, or in the first three: else honest work would fail with some salts. As counted
    on 60 seeds, without the bound that the stored measurements hold."""
    bank = BANKS[words.lessons()[name]]
    kind, pool = bank.POOLS[name].kind, variants.pool(name)
    chosen = {kind(variant): variant for variant in pool}.values() if kind else pool[:3]
    for variant in chosen:
        limit, answer = definition(name).objective.of(variant), answer_for(name, worked(bank, name), variant)
        values = [tried(definition(name), answer, variant, seed).value for seed in range(601, 661)]
        within = fmean(value <= limit for value in values)
        near = fmean(limit < value <= limit * SLACK for value in values)
        assert 1 - chance_to_pass(within, near) < 1e-3, variant


@pytest.mark.sampled
@pytest.mark.parametrize("name", LIMITED)
def test_what_was_measured_is_still_so(name):
    """On seeds that were not measured."""
    pool = variants.pool(name)
    for variant, row in some(zip(pool, stored_of(name), strict=True)):
        limit = definition(name).objective.of(variant)
        for measured in row["measured"]:
            answer = answer_for(name, measured["answer"], variant)
            seeds = some(range(501, 507), 3)
            met = sum(tried(definition(name), answer, variant, seed).value <= limit for seed in seeds)
            assert met >= len(seeds) - 1 if measured["answer"] == row["reference"] else met <= len(seeds) / 2


@pytest.mark.sampled
@pytest.mark.parametrize("name", LIMITED)
def test_the_stored_references_hold(name):
    """Each costs what is stored, the worked solution finds it where it can be found by hand, and its mean
    load leaves room."""
    bank, pool = BANKS[words.lessons()[name]], variants.pool(name)
    for variant, row in some(zip(pool, stored_of(name), strict=True), 3):
        answer = answer_for(name, row["reference"], variant)
        trials = [tried(definition(name), answer, variant, seed) for seed in range(601, 605)]
        if definition(name).cost:
            assert fmean(trial.cost for trial in trials) == pytest.approx(variant["reference"], rel=0.05)
        assert fmean(bank.mean_load(trial) for trial in trials) <= 0.8
        if bank.POOLS[name].more_is_better:
            assert answer_for(name, worked(bank, name), variant) == row["reference"]


@pytest.mark.parametrize("name", LIMITED)
def test_the_variants_of_a_pool_weigh_the_same(name):
    pool = variants.pool(name)
    assert len(pool) >= 20 and len({json.dumps(v | {"number": 0}) for v in pool}) == len(pool)
    if definition(name).cost:
        mean = fmean(variant["reference"] for variant in pool)
        assert all(abs(variant["reference"] / mean - 1) <= 0.1 for variant in pool)


SETTINGS = [name for name in LIMITED if isinstance(definition(name).answer, Config)]


def points(name: str, answer, variant: dict) -> float:
    """What an answer earns at a learner's desk."""
    return judge(definition(name), answer, variant, SEEDS).points


@pytest.mark.sampled
@pytest.mark.parametrize("name", SETTINGS)
def test_who_copies_an_answer_fails_in_most_other_variants(name):
    """One variant's best answer earns more than 7 points in at most 3 others."""
    pool = variants.pool(name)
    for variant, row in some(zip(pool, stored_of(name), strict=True)):
        answer = answer_for(name, row["reference"], variant)
        others = some([other for other in pool if other["number"] != variant["number"]], 4)
        passed = [other["number"] for other in others if points(name, answer, other) > 7]
        assert len(passed) <= 3, f"the answer of variant {variant['number']} passes in {passed}"


@pytest.mark.parametrize("name", SETTINGS)
def test_a_pool_of_settings_holds_at_most_four_of_a_kind(name):
    kind = BANKS[words.lessons()[name]].POOLS[name].kind
    kinds = Counter(kind(variant) for variant in variants.pool(name))
    assert len(kinds) >= 5 and max(kinds.values()) <= ALIKE


@pytest.mark.sampled
def test_the_cost_tells_a_fleet_of_one_size_and_a_start_at_the_maximum_apart():
    for variant, row in some(zip(variants.pool("E1"), stored_of("E1"), strict=True)):
        best = row["reference"]
        full = points("E1", best | {"desired_capacity": best["max_size"]}, variant)
        one = points("E1", dict.fromkeys(best, best["max_size"]), variant)
        assert full <= 9 and one <= 7 and points("E1", best, variant) == 10


@pytest.mark.sampled
def test_a_fleet_that_never_scales_is_late_or_dear_in_e3():
    """However small it is: patience lets no fleet through that costs as little as one that follows the sale."""
    bank = BANKS["autoscaling_policies"]
    for variant in some(variants.pool("E3"), 2):
        busy = bank.busy(variant)
        sizes = some([busy, busy - 1, *range(busy // 2, busy - 1), busy + 1], 2)
        earned = {size: points("E3", bank.settings(10, 180, size), variant) for size in sizes}
        assert max(earned.values()) <= 8.5, earned


@pytest.mark.sampled
def test_the_two_ideas_of_e4_pay_off_in_no_variant():
    """Whoever follows the newest minute, or asks again for what is on its way, misses the goal or its cost."""
    bank = BANKS["autoscaling_policies"]
    wrong = [bank.newest(percent) for percent in some((70, 40, 50, 60, 80, 90), 2)]
    wrong += [bank.missing_again, bank.missing_again_and_in_at_once]
    for variant in some(variants.pool("E4")):
        earned = [points("E4", decide, variant) for decide in wrong]
        assert max(earned) <= 9, earned


@pytest.mark.parametrize("name", exercises())
def test_the_worked_solution_is_shown_and_hints_come_one_by_one(name):
    q = exercise(name)
    assert repr(q.solution()) == BANKS[words.lessons()[name]].WORKED[name].strip()
    assert repr(q.hint()).startswith("Hint 1 of ")
    assert repr(q.hint()).startswith("Hint 2 of ")
