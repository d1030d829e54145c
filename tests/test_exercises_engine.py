"""The engine of the exercises: what it accepts, in which order it judges, and what it says."""

import json
import logging
import random
import re
import signal
import subprocess
import sys
import warnings
from collections import Counter
from math import erf, sqrt
from random import Random
from typing import Annotated

import numpy as np
import pytest
from verdicts import chance_to_pass

from cloudlab.exercises import definition, exercise
from cloudlab.exercises.autoscaling_limits import E1, E2
from cloudlab.judge import feedback, results, variants, words
from cloudlab.judge.attempts import Attempts
from cloudlab.judge.calling import Here, untouched
from cloudlab.judge.definition import (
    BoundedWorld,
    Config,
    Cost,
    Exercise,
    Function,
    Objective,
    Program,
    Trial,
)
from cloudlab.judge.feedback import WORDS, Fault, shortened
from cloudlab.judge.judging import cost_points, judge, meets
from cloudlab.judge.plain import NotPlain, plain
from cloudlab.judge.question import exercises, in_lines
from cloudlab.judge.telling import told
from cloudlab.kernel.limits import InvalidParameter, Limit, checked

SEEDS = variants.PUBLISHED


def good(state):
    wish = max(state["min_size"], min(state["max_size"], state["asked"]))
    standing = [one for one in state["instances"] if one["state"] != "Terminating"]
    sick = [one["name"] for one in standing if not one["healthy"]]
    well = [one["name"] for one in standing if one["healthy"]]
    return {"launch": max(0, wish - len(well)), "terminate": sick + well[wish:]}


def checked_answer(answer, name="E2"):
    return exercise(name).check(answer)


# --- not attempted is not wrong ---------------------------------------------------------------------------


def dots(state): ...


def passes(state):
    pass


def with_words(state):
    """What it should do."""


def with_words_and_dots(state):
    """What it should do."""


def returns_dots(state):
    return ...


@pytest.mark.parametrize("answer", [None, ..., dots, passes, with_words, with_words_and_dots, returns_dots])
def test_an_untouched_function_is_not_attempted(answer):
    result = checked_answer(answer)
    assert (result.code, result.attempted, result.correct, result.points) == (
        "not_attempted",
        False,
        False,
        0.0,
    )
    assert repr(result).startswith(
        "E2 ○ Not attempted.\nNothing to check yet: write the function reconcile(state)"
    )


@pytest.mark.parametrize("answer", [None, ..., {"min_size": ..., "desired_capacity": ..., "max_size": ...}])
def test_an_untouched_config_is_not_attempted(answer):
    assert checked_answer(answer, "E1").code == "not_attempted"


def returns_none(*given):
    return None


def returns(*given):
    return


@pytest.mark.parametrize("answer", [returns_none, returns])
@pytest.mark.parametrize("name", [n for n in exercises() if type(exercise(n)._exercise.answer) is Function])
def test_a_function_that_returns_none_is_told_so(name, answer):
    result = exercise(name).check(answer)
    happened = f"{exercise(name)._exercise.answer.name} returned None: is a `return` missing?"
    assert result.code == "wrong_shape" and result.text.splitlines()[1] == happened


@pytest.mark.parametrize("answer", [returns_none, returns])
@pytest.mark.parametrize("name", [n for n in exercises() if type(exercise(n)._exercise.answer) is Program])
def test_a_program_without_a_yield_is_told_so(name, answer):
    result = exercise(name).check(answer)
    happened = f"{exercise(name)._exercise.answer.name} has no yield in it, so none of its calls is made."
    assert result.code == "wrong_shape" and result.text.splitlines()[1] == happened


def test_a_sentence_of_feedback_begins_large_and_goes_on_small_after_its_seeds():
    for name in exercises():
        for code, said in words.of(name)["feedback"].items():
            assert not re.search(r"\{seeds\}[A-Z]", said["happened"]), f"{name}, {code}"
    numbers = {"timeout": 300, "back": 290, "back_allowed": 37}
    for seeds, begins in (("", "A crash"), ("On 5 of 20 seeds: ", "On 5 of 20 seeds: a crash")):
        assert words.feedback("E14", "timeout_huge", numbers | {"seeds": seeds}).happened.startswith(begins)


def test_what_is_said_of_an_answer_is_set_as_words_in_a_notebook_and_a_solution_as_code():
    q = exercise("E2")
    result = q.check(returns_none)
    for said in (result, q.why(), q.hint()):
        assert "pre-wrap" in said._repr_html_() and "reconcile returned <" not in said._repr_html_()
    assert "is a <code>return</code> missing?" in result._repr_html_()
    assert "is a `return` missing?" in repr(result)
    shown = exercise("E2").solution()._repr_html_()
    assert shown.startswith('<pre style="white-space: pre; overflow-x: auto">') and "\n    " in shown
    assert "a &lt;b&gt; &amp; *c*" in in_lines("a <b> & *c*")


def does_something(state):
    state["asked"]


@pytest.mark.parametrize("answer", [does_something, lambda state: 5, lambda state: state, lambda state: []])
def test_a_function_that_does_anything_at_all_is_attempted(answer):
    assert not untouched(answer)
    assert checked_answer(answer).attempted


def test_a_config_with_one_place_still_open_is_told_which():
    result = checked_answer({"min_size": 1, "desired_capacity": ..., "max_size": 3}, "E1")
    assert result.code == "wrong_shape"
    assert "'desired_capacity' is still open" in repr(result)


# --- the wrong shape is named in one sentence -------------------------------------------------------------


def generates(state):
    yield good(state)


async def waits(state):
    return good(state)


def two(state, table):
    return good(state)


@pytest.mark.parametrize(
    "answer, said",
    [
        ("reconcile", "Your answer is a text, but must be the function reconcile(state)."),
        (-3, "Your answer is a number, but must be the function reconcile(state)."),
        ({"launch": 1}, "Your answer is a dict, but must be the function reconcile(state)."),
        (Random, "Your answer is a class, but must be the function reconcile(state)."),
        (two, "Your function takes state, table, but is called with state."),
        (lambda *, state: good(state), "Your function takes state by name only, but is called with state."),
        (generates, "it is a generator (there is a yield in the function)"),
        (waits, "it is a coroutine (there is an async before the def)"),
        (lambda state: {1, 2}, "it is a set"),
        (does_something, "reconcile returned None: is a `return` missing?"),
        (
            lambda state: {"launch": float("nan"), "terminate": []},
            "it is nan, which is no number to work with",
        ),
        (lambda state: {"launch": 10**30, "terminate": []}, "it is a number of more than 18 digits"),
        (lambda state: {"launch": True, "terminate": []}, "launch is not a number of instances."),
        (lambda state: {"launch": 1.0, "terminate": []}, "launch is not a number of instances."),
        (lambda state: {"launch": 0, "terminate": "i-1"}, "terminate is not a list of names"),
        (lambda state: {"launch": 0, "terminate": [{}]}, "terminate is not a list of names"),
    ],
)
def test_a_function_of_the_wrong_shape(answer, said):
    result = checked_answer(answer)
    assert result.code == "wrong_shape" and said in repr(result)


@pytest.mark.parametrize(
    "answer, said",
    [
        (
            [2, 3, 5],
            "Your answer is a list, but must be a dict with 'min_size', 'desired_capacity' and 'max_size'.",
        ),
        ({"min_size": 2, "max_size": 5}, "'desired_capacity' is missing"),
        ({"min_size": 2, "desired_capacity": 3, "max_size": 5, "size": 1}, "The answer has 'size' in it"),
        (
            {"min_size": 2, "desired_capacity": 3, "max_size": 500},
            "max_size is 500 instances, but must be between 0",
        ),
        (
            {"min_size": -2, "desired_capacity": 3, "max_size": 5},
            "min_size is -2 instances, but must be between 0",
        ),
        ({"min_size": "2", "desired_capacity": 3, "max_size": 5}, "min_size is '2', but must be a number"),
        ({"min_size": True, "desired_capacity": 3, "max_size": 5}, "min_size is True, but must be a number"),
        (
            {"min_size": 2.0, "desired_capacity": 3, "max_size": 5},
            "must be a whole number between 0 and 20 instances, written without a point",
        ),
        ({"min_size": None, "desired_capacity": 3, "max_size": 5}, "min_size is None"),
        ({"min_size": 10**9999, "desired_capacity": 3, "max_size": 5}, "a number of more than 18 digits"),
        (
            {"min_size": 4, "desired_capacity": 3, "max_size": 5},
            "min_size ≤ desired_capacity ≤ max_size must hold",
        ),
    ],
)
def test_a_config_of_the_wrong_shape(answer, said):
    result = checked_answer(answer, "E1")
    assert result.code == "wrong_shape" and said in repr(result)


# --- what goes wrong while it runs ------------------------------------------------------------------------


def helper(state):
    return state["desired"]


def raises_in_a_helper(state):
    wish = 1
    return wish + helper(state)


def test_an_exception_is_told_with_its_line_and_what_was_handed_over():
    q = exercise("E2")
    said = repr(q.check(raises_in_a_helper))
    assert "reconcile raised KeyError in line 2 of helper." in said and "KeyError: 'desired'" in said
    assert "Traceback" not in said
    assert 'It was called with:\n  {"min_size": ' in repr(q.why())


class Loud(Exception):
    """An exception of the learner's own, with a long text."""

    def __str__(self):
        return "x" * 10_000


def leaves(state):
    sys.exit("done")


def without_end(state):
    return without_end(state)


def own_exception(state):
    raise Loud


@pytest.mark.parametrize(
    "answer, code, said",
    [
        (leaves, "raised", "SystemExit"),
        (own_exception, "raised", "an exception of its own"),
        (without_end, "endless", "calls itself"),
    ],
)
def test_whatever_it_raises_is_one_sentence(answer, code, said):
    result = checked_answer(answer)
    assert result.code == code and said in repr(result) and len(repr(result)) < 500


def never_ends(state):
    while True:
        signal.raise_signal(signal.SIGINT)  # what the interrupt button does


def test_the_interrupt_button_ends_a_check_with_a_sentence():
    q = exercise("E2")
    result = q.check(never_ends)
    assert result.code == "interrupted" and "a loop in your function never ends" in repr(result)
    assert repr(q.check(good)).startswith("E2 ✓ Correct"), "and the notebook goes on"


def test_too_many_decisions_fail_by_name():
    run = Here(good, "reconcile", 3).start(1)
    state = exercise("E2").scenario()
    for _ in range(3):
        run(state)
    with pytest.raises(Fault) as fault:
        run(state)
    assert fault.value.feedback.code == "over_budget" and "3 decisions" in fault.value.feedback.text


def test_too_many_events_fail_by_name():
    world = BoundedWorld(1, events=10)

    def ticks():
        while True:
            yield world.timeout(1)

    world.process(ticks())
    with pytest.raises(Fault) as fault:
        world.run(until=1000)
    assert world.now < 11 and "10 events" in fault.value.feedback.text


def prints(state):
    print("looking at", state["asked"])
    return good(state)


def test_what_it_prints_does_not_flood_the_notebook(capsys):
    said = repr(checked_answer(prints))
    assert capsys.readouterr().out == ""
    assert said.count("looking at") == 5 and "Your function printed (the first lines):" in said


# --- each run begins anew ---------------------------------------------------------------------------------

seen: list = []
counts = {"calls": 0}


def remembers(number, mine=[]):
    seen.append(number)
    mine.append(number)
    counts["calls"] += 1
    return [len(seen), len(mine), counts["calls"], looks()]


def looks():
    return len(seen)


def test_a_run_sees_copies_of_globals_and_defaults_also_through_its_helpers():
    caller = Here(remembers, "remembers", 100)
    first = caller.start(1)
    assert [first(7), first(8)] == [[1, 1, 1, 1], [2, 2, 2, 2]]
    assert caller.start(2)(7) == [1, 1, 1, 1]
    assert seen == [] and counts == {"calls": 0}, "and the learner's own are as they were"


def test_a_run_sees_copies_of_what_a_function_encloses():
    kept = []

    def inner(number):
        kept.append(number)
        return inner(number - 1) if number else len(kept)

    caller = Here(inner, "inner", 100)
    assert [caller.start(1)(2), caller.start(2)(2)] == [3, 3] and kept == []


def test_random_is_seeded_for_each_run_and_is_afterwards_as_it_was():
    caller = Here(lambda: random.random(), "throws", 100)
    assert caller.start(1)() == caller.start(1)() != caller.start(2)()
    random.seed(5)
    expected = [Random(5).random()]
    checked_answer(good)
    assert [random.random()] == expected


def test_a_function_gets_its_own_copy_of_what_it_is_handed():
    state = {"instances": [1, 2]}
    Here(lambda state: state["instances"].clear(), "clears", 1).start(1)(state)
    assert state == {"instances": [1, 2]}


# --- only plain values come back --------------------------------------------------------------------------


class EqualsAll(dict):
    def __eq__(self, other):
        return True

    __hash__ = None


class Sly(int):
    def __ge__(self, other):
        return True


class Fake:
    """Says that it is a list from numpy."""

    __module__ = "numpy"

    @staticmethod
    def tolist(value):
        return [EqualsAll()]


CIRCLE: list = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    "value",
    [
        EqualsAll(),
        Sly(3),
        Fake(),
        CIRCLE,
        {1: 2},
        {1, 2},
        b"x",
        float("inf"),
        [0] * 200_000,
        object(),
        print,
        ...,
        1j,
    ],
)
def test_what_only_looks_plain_is_refused(value):
    with pytest.raises(NotPlain):
        plain(value)


def test_plain_values_are_copied_and_numpys_become_python_s():
    given = {"a": [1, 2.5, None, True, "x"], "b": {"c": (1, 2)}}
    copy = plain(given)
    assert copy == {"a": [1, 2.5, None, True, "x"], "b": {"c": [1, 2]}} and copy["a"] is not given["a"]
    back = plain({"n": np.int64(3), "row": np.array([1.5, 2.5])})
    assert back == {"n": 3, "row": [1.5, 2.5]} and type(back["n"]) is int


def hostile():
    """A thing that fails at everything that one may ask of it, even its class at its name."""

    class Nameless(type):
        @property
        def __name__(cls):
            raise RuntimeError

    class Hostile(metaclass=Nameless):
        """Fails at everything that one may ask of it."""

        def __eq__(self, other):
            raise RuntimeError

        def __repr__(self):
            raise RuntimeError

        __hash__ = None

        @property
        def __signature__(self):
            raise RuntimeError

        def __call__(self, state):
            raise self

    return Hostile()


class Key(str):
    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Own(BaseException):
    def __str__(self):
        raise RuntimeError


def raises_its_own(state):
    raise Own


def asks(state):
    return input("What now?")


@pytest.mark.parametrize(
    "name, make, code",
    [
        ("E2", hostile, "raised"),
        ("E2", lambda: lambda state: hostile(), "wrong_shape"),
        ("E2", lambda: raises_its_own, "raised"),
        ("E2", lambda: asks, "raised"),
        ("E1", hostile, "wrong_shape"),
        ("E1", lambda: {"min_size": hostile(), "desired_capacity": 3, "max_size": 5}, "wrong_shape"),
        ("E1", lambda: {Key("min_size"): 2, "desired_capacity": 3, "max_size": 5}, "wrong_shape"),
        ("E1", lambda: {Key("x"): 2}, "wrong_shape"),
    ],
)
def test_a_hostile_answer_ends_in_a_sentence(name, make, code):
    q = exercise(name)
    assert q.check(make()).code == code and repr(q.why())


def test_three_numbers_instead_of_a_dict_are_told_so():
    assert "Your answer is a tuple, but must be a dict" in repr(exercise("E1").check(2, 3, 5))


def test_an_answer_that_equals_everything_gets_no_points():
    assert checked_answer(lambda state: EqualsAll()).points == 0
    assert checked_answer(lambda state: {"launch": Sly(0), "terminate": []}).points == 0


# --- the order of judgement -------------------------------------------------------------------------------


@checked()
def one_number(*, value: Annotated[float, Limit(0, 100)]) -> None:
    """The answer of the toy."""


def toy(
    easy=lambda value: value, hard=lambda value, seed: value, cost=lambda value: 100.0, costs=True
) -> Exercise:
    """An exercise whose answer is the value that is measured: at most 10, at a cost of about 100."""

    def trial(answer, variant, seed, **changes):
        value = answer["value"]
        measured = easy(value) if changes.get("easy") else hard(value, seed)
        return Trial(seed, value=measured, cost=cost(value))

    return Exercise(
        name="E1",
        answer=Config(one_number),
        trial=trial,
        diagnose=lambda trials, answer, variant, stage: ("min_above_quiet", FILLED),
        trace=lambda trial, code: [f"seed {trial.seed}"],
        scenario=lambda variant: variant,
        easy="On an easy day",
        objective=Objective(10, "s", "at p95", missed="It took {value} s ({limit} s are allowed)"),
        cost=Cost("hours", naive="one size") if costs else None,
    )


FILLED = {"spent": "Too much", "spare": 1, "min_size": 3, "quietest": 4}
VARIANT = {"reference": 100.0, "naive": 180.0}


def judged(made: Exercise, value):
    return judge(made, {"value": value}, VARIANT, SEEDS)


@pytest.mark.parametrize(
    "made, value, stage, points",
    [
        (toy(), "a text", "shape", 0),
        (toy(easy=lambda value: 99), 5.0, "easy", 2),
        (toy(hard=lambda value, seed: 99), 5.0, "objective", 4),
        (toy(), 5.0, "", 10),
        (toy(cost=lambda value: 135.0), 5.0, "cost", 8.5),
        (toy(cost=lambda value: 500.0), 5.0, "cost", 7),
        (toy(cost=lambda value: 500.0, costs=False), 5.0, "", 10),
        (toy(hard=lambda value, seed: 99 if seed <= 3 else value), 10.0, "", 10),
        (toy(hard=lambda value, seed: 99 if seed <= 4 else value), 1.0, "objective", 4),
        (toy(), 11.0, "easy", 2),
    ],
)
def test_the_first_failure_decides(made, value, stage, points):
    verdict = judged(made, value)
    assert (verdict.stage, verdict.points) == (stage, points)
    assert verdict.correct == (points == 10)


def test_judging_ends_early_only_where_nothing_can_change_the_verdict():
    ran = Counter()

    def hard(value, seed):
        ran[seed] += 1
        return 99 if seed % 5 == 0 else 1

    assert judged(toy(hard=hard), 1.0).stage == "objective"
    assert max(ran) == 20, "the fourth seed far beyond the limit is the twentieth"
    assert meets([1.0] * 4, 10, 20) is False, "four of twenty are not enough to pass"


def test_a_fault_in_the_real_workload_keeps_the_points_of_the_easy_one():
    made = toy(hard=lambda value, seed: BoundedWorld(1, events=0).run(until=1))

    def trial(answer, variant, seed, **changes):
        if not changes.get("easy"):
            BoundedWorld(1, events=0).step()
        return Trial(seed)

    verdict = judge(Exercise(**{**vars(made), "trial": trial}), {"value": 1.0}, VARIANT, SEEDS)
    assert (verdict.code, verdict.points) == ("over_budget", 2)


def test_the_cost_is_told_as_yours_reference_naive_and_beating_it_is_said():
    made = toy(cost=lambda value: 90.0)
    said = told(made, judged(made, 5.0))
    assert "Goal met: 5 s at p95, at most 10 s allowed." in said
    assert "Cost: yours 90.0 hours, reference 100.0, naive (one size) 180.0." in said
    assert "You beat the reference by 10 %." in said and "graded ones are drawn anew" in said
    assert "beat" not in told(made, judged(toy(), 5.0))


def test_points_fall_evenly_from_one_and_a_tenth_to_one_and_six_tenths_of_the_reference():
    assert [cost_points(cost, 200) for cost in (220, 245, 270, 320, 1000)] == [3.0, 2.2, 1.5, 0.0, 0.0]


# --- no peeking -------------------------------------------------------------------------------------------

customers = {"later": 0}


def foresight(decide) -> Exercise:
    """A toy with a function that decides each second; the customers are hidden in a global of this file."""

    def trial(run, variant, seed, *, easy=False, altered_after=None):
        done = Trial(seed)
        customers["later"] = seed + (1000 if altered_after else 0)
        for second in range(1, 11):
            come = second if altered_after is None or second <= altered_after else 99
            done.decisions.append((float(second), run(come)))
        return done

    return Exercise(
        name="E1",
        answer=Function("decide", ("come",)),
        trial=trial,
        diagnose=lambda *_: ("min_above_quiet", FILLED),
        trace=lambda trial, code: [],
        scenario=lambda variant: variant,
        easy="On an easy day",
    )


def decides_from_the_past(come):
    return come + 1


def peeks(come):
    return sys.modules[__name__].customers["later"]


def test_a_decision_that_depends_on_later_arrivals_is_found():
    assert judge(foresight(None), decides_from_the_past, {}, SEEDS).correct
    verdict = judge(foresight(None), peeks, {}, SEEDS)
    assert (verdict.code, verdict.points) == ("looks_ahead", 2)


# --- a false verdict is rare ------------------------------------------------------------------------------

STEADY = 0.09
"""The relative deviation of a single seed's value up to which the rule errs in less than 1 of 1,000."""


def below(bound: float, mean: float, spread: float) -> float:
    return (1 + erf((bound - mean) / spread / sqrt(2))) / 2


@pytest.mark.parametrize("spread", [0.01, 0.03, 0.05, 0.07, STEADY])
def test_the_rule_errs_in_less_than_one_of_a_thousand_away_from_the_limit(spread):
    """Method: seeds are independent and near to normal; the sum over all numbers of good seeds is exact."""

    def passes(mean):
        good_one = below(1.0, mean, spread * mean)
        return chance_to_pass(good_one, below(1.15, mean, spread * mean) - good_one)

    assert 1 - passes(0.9) < 1e-3
    assert passes(1.1) < 1e-3


def test_the_sum_over_all_numbers_of_seeds_agrees_with_throwing_dice():
    dice, good_one, near = Random(1), 0.55, 0.35
    values = [
        [dice.choices((0.9, 1.1, 2.0), (good_one, near, 0.1))[0] for _ in range(20)] for _ in range(4000)
    ]
    counted = sum(meets(row, 1.0) for row in values) / len(values)
    assert abs(counted - chance_to_pass(good_one, near)) < 0.03


# --- luck of its own is no peeking ----------------------------------------------------------------------


def throws_numpys(come):
    return come + int(np.random.randint(2))


def throws_random(come):
    return come + random.randint(0, 1)


def throws_the_systems(come):
    return come + random.SystemRandom().randint(0, 1_000_000)


def test_dice_that_everybody_shares_are_seeded_and_others_are_named():
    assert judge(foresight(None), throws_numpys, {}, SEEDS).correct
    assert judge(foresight(None), throws_random, {}, SEEDS).correct
    verdict = judge(foresight(None), throws_the_systems, {}, SEEDS)
    assert verdict.code == "own_dice" and "random.choice" in verdict.feedback.text


def test_numpys_dice_are_afterwards_as_they_were():
    np.random.seed(5)
    expected = np.random.RandomState(5).random()
    checked_answer(lambda state: np.random.random())
    assert np.random.random() == expected


def checks_inside(state):
    return exercise("E2").check(checks_inside)


def test_a_check_inside_an_answer_ends_with_a_sentence():
    result = checked_answer(checks_inside)
    assert result.code == "check_inside" and "a cell of its own" in repr(result)
    assert checked_answer(good).correct, "and the next check runs"


class Leaves:
    """Leaves the program whenever it is looked at."""

    def __deepcopy__(self, memo):
        sys.exit()

    @property
    def __class__(self):
        sys.exit()


LEAVES = [Leaves()]


def uses_what_leaves(state):
    return good(state) if LEAVES[0] is not None else {}


@pytest.mark.parametrize("make", [Leaves, lambda: lambda state: Leaves(), lambda: lambda state: [Leaves()]])
def test_a_thing_that_leaves_the_program_ends_with_a_sentence(make):
    assert checked_answer(make()).code in ("wrong_shape", "raised")
    sizes = {"min_size": Leaves(), "desired_capacity": 3, "max_size": 5}
    assert exercise("E1").check(sizes).code == "wrong_shape"


def test_a_global_that_can_not_be_copied_is_used_as_it_is():
    assert checked_answer(uses_what_leaves).correct


def test_a_class_that_calls_itself_numpys_is_refused():
    liar = type("ndarray", (), {"__module__": "numpy", "tolist": lambda self: sys.exit(), "size": 1})
    with pytest.raises(NotPlain):
        plain(liar())
    assert checked_answer(lambda state: liar()).code == "wrong_shape"


def warns(state):
    warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    print("to the other stream", file=sys.stderr)
    return good(state)


def test_warnings_and_the_other_stream_are_caught(capsys):
    said = repr(checked_answer(warns))
    caught = capsys.readouterr()
    assert caught.err == "" and caught.out == ""
    assert "DeprecationWarning: deprecated" in said and "to the other stream" in said


def logs(state):
    logging.getLogger("mine").warning("a line of the log")
    logging.basicConfig(force=True)  # a new one, in the middle of a check
    logging.getLogger("mine").warning("and one more")
    return good(state)


@pytest.mark.parametrize("of", ["", "mine"])
def test_what_it_logs_is_caught_and_goes_to_the_screen_afterwards(of, monkeypatch, capsys):
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.getLogger("mine"), "handlers", [])
    logging.getLogger(of).addHandler(logging.StreamHandler())
    said = repr(checked_answer(logs))
    assert (
        capsys.readouterr().err == "" and "a line of the log" in said and "WARNING:mine:and one more" in said
    )
    logging.getLogger("mine").warning("later")
    assert capsys.readouterr().err.count("later\n") == (2 if of else 1)


def asks_about_the_screen(state):
    assert not sys.stdout.isatty() and not sys.stderr.isatty() and sys.stdout.encoding is None
    sys.stdout.writelines(["looking\n"])
    return good(state)


def test_what_it_prints_to_can_be_asked_what_a_stream_can():
    said = checked_answer(asks_about_the_screen)
    assert said.correct and "looking" in repr(said)


def test_a_stopped_check_of_settings_speaks_of_no_function():
    assert "function" not in feedback.interrupted(function=False).text
    assert "function" not in feedback.over_budget("events", 3).feedback.text


# --- what is written by hand ------------------------------------------------------------------------------


def test_settings_that_come_one_by_one_and_names_without_parentheses_get_a_sentence():
    q = exercise("e1")
    result = q.check(min_size=2, desired_capacity=3, max_size=5)
    assert result.code == "wrong_shape"
    assert 'q.check({"min_size": …, "desired_capacity": …, "max_size": …})' in repr(result)
    for name in ("points", "hint", "why", "solution", "scenario"):
        assert repr(getattr(q, name)).startswith(f"Write q.{name}(), with the parentheses")
    assert repr(exercise("E2").check).startswith("Write q.check(reconcile)")


def test_help_shows_how_an_answer_is_handed_over(capsys):
    help(exercise("E1").check)
    assert '{"min_size": …, "desired_capacity": …, "max_size": …}' in capsys.readouterr().out


def test_the_untouched_template_of_e8_is_not_attempted():
    given = exercise("E8").scenario()
    template = {}
    for shop in ("north", "south"):
        template |= {f"{shop}_limit": ..., f"{shop}_algorithm_type": "round_robin"}
        template[f"{shop}_instances"] = given[shop]["servers"]
    assert exercise("E8").check(template).code == "not_attempted"
    assert exercise("E8").check(template | {"north_limit": "routing"}).code == "wrong_shape"


def test_a_task_and_what_is_given_are_typeset():
    q = exercise("E1")
    assert q._repr_markdown_().startswith("**E1 · Three numbers for a day")
    assert "| `losses_an_hour` | 3 |" in q.scenario()._repr_markdown_()
    assert type(q.scenario()) is not dict and q.scenario() == dict(q.scenario())


def test_codes_are_not_shown_to_learners():
    said = repr(checked_answer(lambda state: {"launch": 0, "terminate": []}))
    assert not any(code in said for code in words.of("E2")["feedback"])


# --- attempts are kept ------------------------------------------------------------------------------------


def test_a_notebook_that_is_opened_again_remembers_the_attempts():
    exercise("E2").check(good)
    exercise("E2").check(does_something)
    q = exercise("E2")
    assert "So far 2 attempts: the best 10 of 10 points, the last 0 on 20" in repr(q)
    (first, last), lost = Attempts("E2").all()
    assert lost == 0 and first["verdict"] == "correct" and "def good(state):" in first["answer"]
    assert last["points"] == 0 and q.points() == 0.0


def test_what_is_not_attempted_is_not_kept():
    exercise("E2").check(dots)
    assert "So far" not in repr(exercise("E2")) and Attempts("E2").all() == ([], 0)


def test_broken_lines_of_others_give_a_sentence_and_lose_nothing():
    exercise("E2").check(good)
    path = Attempts("E2").path
    broken = b'{"time": 3, "points": NaN}\n[' + b"[" * 5000 + b"\n\xff\xfe\n" + b'{"time": "2026", "poi'
    path.write_bytes(path.read_bytes() + broken)
    said = repr(exercise("E2"))
    assert "So far one attempt" in said and f"4 lines of {path} can't be read, and stay as they are." in said
    exercise("E2").check(good)
    assert broken in path.read_bytes(), "also the line that was cut off"
    assert len(Attempts("E2").all()[0]) == 2
    path.write_bytes(b"{}\n")
    assert f"A line of {path} can't be read, and stays as it is." in repr(exercise("E2"))


def test_where_nothing_can_be_written_the_check_says_so(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / "file"))
    result = exercise("E2").check(good)
    assert result.correct and "This attempt can't be kept in" in repr(result)


def test_two_notebooks_at_once_lose_no_attempt(tmp_path):
    code = (
        "from cloudlab.judge.attempts import Attempts; from cloudlab.judge.judging import Verdict\n"
        "for n in range(200): Attempts('E2').keep(1, {'n': n, 'x': 'y' * 500}, Verdict('correct', 10))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    kept, lost = Attempts("E2").all()
    assert (len(kept), lost) == (400, 0)


# --- variants ---------------------------------------------------------------------------------------------


def test_the_same_salt_exercise_and_student_always_get_the_same():
    drawn = variants.draw("salt", "E1", "ada", 24)
    assert drawn == variants.draw("salt", "E1", "ada", 24)
    others = [("pepper", "E1", "ada"), ("salt", "E2", "ada"), ("salt", "E1", "bob"), ("salt", "E1ada", "x")]
    assert all(variants.draw(*other, 24).seeds != drawn.seeds for other in others)


def test_graded_seeds_are_twenty_and_none_of_the_published():
    for student in range(200):
        seeds = variants.draw("salt", "E1", f"student {student}", 24).seeds
        assert len(set(seeds)) == 20 and not set(seeds) & set(variants.PUBLISHED)


def test_each_variant_is_drawn_about_equally_often():
    counts = Counter(variants.draw("salt", "E1", f"student {n}", 24).variant for n in range(4800))
    assert set(counts) == set(range(1, 25)) and min(counts.values()) > 140 and max(counts.values()) < 270


def test_known_draws_stay_as_they_are():
    """A change would give a student another task between two gradings."""
    drawn = variants.draw("salt", "E1", "ada", 24)
    assert (drawn.variant, drawn.seeds[:2]) == KNOWN


KNOWN = (11, (266641956500634, 28503200068612))


@pytest.mark.parametrize("number", [0, 25, -1, True, "3", 1.0, None])
def test_a_variant_that_is_not_there_is_named(number):
    with pytest.raises(InvalidParameter, match="variant is .* but must be a whole number from 1 to 20"):
        exercise("E1", variant=number)


def test_a_pool_holds_twenty_of_equal_weight():
    pool = variants.pool("E1")
    mean = sum(variant["reference"] for variant in pool) / len(pool)
    assert len(pool) == 20 and len({str(variant["orders"]) for variant in pool}) == 20
    assert all(abs(variant["reference"] / mean - 1) <= 0.1 for variant in pool)
    assert all(variant["naive"] > 1.25 * variant["reference"] for variant in pool)


# --- at the desk ------------------------------------------------------------------------------------------


def test_a_small_letter_is_as_good_as_a_large_one():
    assert repr(exercise(" e2 ")) == repr(exercise("E2"))


@pytest.mark.parametrize("name", ["E99", "f2", "", None, 2, ["E2"]])
def test_an_exercise_that_is_not_there_is_named(name):
    with pytest.raises(InvalidParameter, match=r"but must be one of E0, E1, E2"):
        exercise(name)


def test_there_are_points_only_after_a_check_and_why_says_so_too():
    q = exercise("E2")
    assert q.points() == 0.0
    assert repr(q.why()) == "There is no check to explain yet: call q.check(your answer) first."
    q.check(good)
    assert q.points() == 10.0 and type(q.points()) is float
    assert repr(q.why()) == "Nothing failed in the last check."


def test_hints_come_one_after_the_other_and_begin_again():
    q = exercise("E2")
    said = [repr(q.hint()) for _ in range(6)]
    assert [line[:11] for line in said] == [f"Hint {n} of 4" for n in (1, 2, 3, 4)] + [
        "Those were ",
        "Hint 1 of 4",
    ]


def test_the_solution_is_absent_where_the_tests_are(monkeypatch, tmp_path):
    import cloudlab

    monkeypatch.setattr(cloudlab, "__file__", str(tmp_path / "cloudlab" / "__init__.py"))
    assert repr(exercise("E2").solution()) == "The worked solution is not part of this copy of the course."


def test_the_same_check_says_the_same_twice():
    q = exercise("E2")
    assert repr(q.check(dots)) == repr(q.check(dots))
    assert repr(q.check(raises_in_a_helper)) == repr(exercise("E2").check(raises_in_a_helper))
    assert repr(q) == repr(exercise("E2")) and "object at" not in repr(q)


@pytest.mark.parametrize("name", exercises())
def test_the_words_of_an_exercise_are_whole(name):
    said = words.of(name)
    assert set(said) == {"title", "task", "hints", "feedback"} and 3 <= len(said["hints"]) <= 5
    for code, parts in said["feedback"].items():
        assert set(parts) == {"happened", "why", "look", "misconception"}, code
        assert len(" ".join(parts.values()).split()) <= WORDS, code
        assert "{" in parts["happened"], f"{code} names a number"


LONG = {
    ("E1", "left"): "5 do all the work",
    ("E5", "raised"): "rises to 16 at 8:58",
}
"""What is filled into a feedback and may be several words; anything else is one."""


@pytest.mark.parametrize("name", exercises())
def test_a_feedback_has_at_most_60_words_with_whatever_is_filled_in(name):
    made = definition(name)
    few = results.begin([0.0] * 15 + [99.0] * 5, 1.0, made.easy)
    longest = {hole: said for (exercise_name, hole), said in LONG.items() if exercise_name == name}
    longest |= {"easy": results.begin([99.0] * 20, 1.0, made.easy), "seeds": few}
    if made.objective:
        longest["missed"] = few + made.objective.missed
    if made.cost:
        longest["spent"] = results.spent(made.cost.unit, 12.5, 10.0)
    longest["result"] = max(
        longest.get("missed", ""), longest.get("spent", ""), key=lambda said: len(said.split())
    )
    for code, parts in words.of(name)["feedback"].items():
        said = " ".join(parts[part] for part in ("happened", "why", "look"))
        said = re.sub(r"\{(\w+)[^}]*\}", lambda hole: longest.get(hole[1], "5"), said)
        assert len(re.sub(r"\{[^}]*\}", "5", said).split()) <= WORDS, f"{code}: {said}"


def test_a_long_text_is_cut_and_control_characters_are_gone():
    assert shortened("a\x1b[31m\n b" + "x" * 200, 10) == "a [31m bx…"


# --- the same check behind a pipe -------------------------------------------------------------------------

WORKER = """
import json, sys
space = {}
exec(sys.argv[1], space)
for line in sys.stdin:
    request = json.loads(line)
    if request == "start":
        space = {}
        exec(sys.argv[1], space)
    else:
        print(json.dumps(space["reconcile"](*request)), flush=True)
"""
SOURCE = """
turns = []
def reconcile(state):
    turns.append(1)
    serving = [one for one in state["instances"] if one["healthy"] and one["state"] == "InService"]
    wish = max(state["min_size"], min(state["max_size"], state["asked"]))
    sick = [o["name"] for o in state["instances"] if not o["healthy"] and o["state"] != "Terminating"]
    return {"launch": max(0, wish - len(serving)), "terminate": sick + [one["name"] for one in serving[wish:]]}
"""


class Piped:
    """A caller that runs the function in another process: JSON in, JSON out."""

    def __init__(self, source: str):
        command = [sys.executable, "-c", WORKER, source]
        self.worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self.printed, self.handed = "", None

    def start(self, seed):
        self._send("start")
        return self.call

    def call(self, *arguments):
        self.handed = arguments
        self._send(arguments)
        return plain(json.loads(self.worker.stdout.readline()))

    def _send(self, what):
        self.worker.stdin.write(json.dumps(what) + "\n")
        self.worker.stdin.flush()

    def close(self):
        self.worker.communicate()


def test_a_function_in_another_process_gets_the_same_verdict():
    space = {}
    exec(SOURCE, space)
    here = judge(E2, space["reconcile"], {}, SEEDS)
    caller = Piped(SOURCE)
    try:
        there = judge(E2, None, {}, SEEDS, caller=caller)
    finally:
        caller.close()
    assert (there.code, there.points, there.feedback) == (here.code, here.points, here.feedback)
    assert there.code == "ignores_pending"


def test_the_exercises_need_no_view_and_no_package_but_simpy():
    code = (
        "import sys, cloudlab.exercises as e; from cloudlab.judge.question import exercises; "
        "[e.exercise(n) for n in exercises()]; "
        "print([m for m in ('numpy', 'matplotlib', 'ipywidgets', 'cloudlab.views') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "[]"


def test_a_miss_on_a_few_seeds_says_on_how_many():
    said = told(toy(), judged(toy(hard=lambda value, seed: 99 if seed <= 4 else value), 1.0))
    assert "It took" not in said.splitlines()[0] and "4 of 4 seeds" not in said
    few = results.missed("{value} s ({limit} s are allowed)", [5.0] * 16 + [20.0] * 4, 10)
    assert few == "On 4 of 20 seeds, at worst: 20 s (10 s are allowed)"
    assert results.missed("{value} s", [20.0] * 3, 10, "With half the load") == (
        "With half the load (easier trial): 20 s"
    )
    assert results.telling([Trial(1, 5.0), Trial(2, 5.0), Trial(3, 20.0)], 10) == [Trial(3, 20.0)]


def test_an_easy_run_is_told_with_its_own_orders():
    """Three quarters of the orders come, and nothing is lost: so no loss is blamed."""
    variant = variants.variant("E1", 1)
    few = {"min_size": 1, "desired_capacity": 1, "max_size": 1}
    verdict = judge(E1, few, variant, SEEDS)
    assert verdict.stage == "easy" and verdict.feedback.text.startswith(E1.easy)
    assert verdict.code != "no_spare_for_loss" and verdict.trial.easy


def test_why_of_a_day_shows_the_size_that_the_feedback_names_and_not_the_kill_itself():
    q = exercise("E1")
    said = str(q.check({"min_size": 2, "desired_capacity": 4, "max_size": 9}))
    assert "mostly 2." in said and "one does all the work" in said
    told = str(q.why())
    assert "1 of 2 wished instances work, and 36 orders a minute come." in told
    assert " orders are dropped while 2 are wished, enough for them." in told
    assert "(502" not in told


def test_why_of_a_minimum_of_0_says_that_the_last_one_is_leaving():
    q = exercise("E1")
    q.check({"min_size": 0, "desired_capacity": 4, "max_size": 9})
    told = str(q.why())
    assert "web wants 0: i-4 is to go." in told and told.count("is to go") == 1
    assert "No instances are wished: the last one is leaving" in told
    assert "27 orders a minute, three quarters of the day's 36, come." in told


def test_a_day_repeats_to_the_last_digit():
    variant = variants.variant("E1", 1)
    answer = {"min_size": 2, "desired_capacity": 3, "max_size": 5}
    one, two_ = (E1.trial(answer, variant, 7).evidence[0].fingerprint() for _ in range(2))
    assert one == two_


@pytest.mark.parametrize("name", ["E1", "E3", "E4", "E5", "E6", "E7", "E8"])
def test_what_is_done_to_a_scenario_changes_no_check(name):
    """A learner may sort, cut or empty what `scenario` gave: the next one is the same."""
    question = exercise(name)
    given, untouched = question.scenario(), json.dumps(question.scenario(), sort_keys=True, default=str)
    for value in [given, *given.values()]:
        if isinstance(value, list):
            value.clear()
        elif isinstance(value, dict):
            value.popitem()
    assert json.dumps(question.scenario(), sort_keys=True, default=str) == untouched
