"""An experiment without any widget: values, runs, refusals, presets, luck, codes, and what is done at a moment."""

from decimal import Decimal
from typing import Annotated

import pytest

from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.views.experiment import Experiment


@checked()
def toss(
    seed: int = 1,
    *,
    coins: Annotated[int, Limit(1, 9, "coins", label="Coins")] = 3,
    most: Annotated[int, Limit(1, 9, "coins")] = 6,
    shake: Annotated[tuple[float, ...], Action("Shake the table")] = (),
    length: float = 60.0,
) -> Record:
    """Coins that are tossed once, and a table that is shaken."""
    if coins > most:
        raise InvalidParameter(f"coins is {coins} coins, but must be at most most ({most}).")
    world = World(seed)
    table = world.record.add_part(
        "table", "table", heads=sum(world.dice("coin").random() < 0.5 for _ in range(coins))
    )
    for moment in shake:
        world.record.enter(moment, table, "application", "crashed")
    return world.run(until=length)


@pytest.fixture
def tosses():
    return Experiment(toss, presets={"Many": {"coins": 6}})


def test_it_runs_at_once_with_the_defaults(tosses):
    assert (tosses.values, tosses.seed) == ({"coins": 3, "most": 6, "shake": ()}, 1)
    assert tosses.record.fingerprint() == toss().fingerprint()
    assert (tosses.previous, tosses.error) == (None, "")
    assert repr(tosses) == "toss with coins 3, most 6, shake never, seed 1."


def test_a_change_runs_once_and_keeps_the_run_before(tosses):
    first, seen = tosses.record, []
    tosses.on_run(seen.append)
    tosses.set(coins=5, seed=4)
    assert seen == [tosses.record]
    assert tosses.record.fingerprint() == toss(4, coins=5).fingerprint()
    assert tosses.previous is first
    tosses.set(coins=5)
    assert tosses.previous is first  # the same run again


def test_what_the_model_refuses_leaves_the_last_good_run(tosses):
    record = tosses.record
    assert not tosses.change({"coins": 8}, seed=2)
    assert (tosses.error, tosses.blamed) == ("coins is 8 coins, but must be at most most (6).", "coins")
    assert (tosses.record, tosses.seed, tosses.ran["coins"], tosses.values["coins"]) == (record, 1, 3, 8)
    assert tosses.change({"most": 9})
    assert (tosses.error, tosses.blamed, tosses.ran["coins"]) == ("", "", 8)


def test_a_sentence_that_names_no_parameter_is_about_the_last_one_changed(tosses):
    tosses.refuse("It is too late.", ["coins", "most"])
    assert tosses.blamed == "most"
    tosses.refuse("It is too late.", [])
    assert tosses.blamed == ""


def test_a_fault_of_the_scenario_is_not_hidden():
    def faulty(size: Annotated[int, Limit(1, 12)] = 2):
        if size == 3:
            raise KeyError("web")
        return toss(coins=size)

    experiment = Experiment(faulty)
    record = experiment.record
    with pytest.raises(KeyError):
        experiment.set(size=3)
    assert experiment.record is record


def test_a_preset_is_chosen_until_another_change(tosses):
    tosses.set(most=9)
    tosses.preset("Many")
    assert (tosses.values["coins"], tosses.values["most"], tosses.chosen) == (6, 6, "Many")
    tosses.reset()
    assert (tosses.values["coins"], tosses.chosen) == (3, "")
    with pytest.raises(InvalidParameter, match="name is 'Few', but must be one of Many"):
        tosses.preset("Few")


def test_something_is_done_at_a_moment_and_taken_back(tosses):
    tosses.press("shake", 30.0)
    tosses.press("shake", 10.0)
    assert tosses.values["shake"] == (10.0, 30.0)
    assert [entry.time for entry in tosses.record.states] == [10, 30]
    tosses.take_back("shake", 10.0)
    assert tosses.values["shake"] == (30.0,)


@pytest.mark.parametrize(
    "values",
    [{"shake": (float("nan"),)}, {"shake": [1e400]}, {"coins": float("nan")}, {"coins": 10**400}],
)
def test_a_number_that_no_control_can_show_is_not_kept(tosses, values):
    before = dict(tosses.values)
    tosses.set(**values)
    assert tosses.blamed == next(iter(values))
    assert tosses.values == before


@pytest.mark.parametrize("moment", [[30.0], {}, "30", None, float("nan"), {30}])
def test_a_moment_that_is_none_is_one_sentence(tosses, moment):
    for act in (tosses.press, tosses.take_back):
        with pytest.raises(InvalidParameter, match="^moment is .*, but must be a number.$"):
            act("shake", moment)
    assert tosses.values["shake"] == ()


@pytest.mark.parametrize("seeds", [0, "3", 2.0, None, [3], 1001])
def test_a_number_of_seeds_that_is_none_is_one_sentence(tosses, seeds):
    with pytest.raises(InvalidParameter, match="^seeds is .*, but must be"):
        tosses.is_it_luck(seeds)


def test_a_preset_that_is_refused_is_not_chosen():
    experiment = Experiment(toss, presets={"None": {"coins": None}})
    experiment.preset("None")
    assert experiment.error.startswith("coins is None")
    assert (experiment.chosen, experiment.values["coins"]) == ("", 3)


def test_is_it_luck_runs_other_seeds_and_forgets_them_with_the_setting(tosses):
    begun = []
    assert tosses.is_it_luck(3, begun.append) == "No: all 3 seeds give the same."
    assert (begun, [entry.seed for entry in tosses.luck]) == ([1, 2, 3], [1, 2, 3])
    tosses.new_seed()
    assert (tosses.seed, tosses.luck) == (2, [])


def test_a_code_brings_values_and_seed_to_another_experiment(tosses):
    tosses.set(coins=5, shake=(12.5,), seed=7)
    other = Experiment(toss).restore(tosses.code)
    assert (other.values, other.seed) == (tosses.values, 7)
    assert other.record.fingerprint() == tosses.record.fingerprint()
    with pytest.raises(InvalidParameter, match="must have four pieces"):
        other.restore("ABC")
    assert other.record.fingerprint() == tosses.record.fingerprint()


def test_what_is_fixed_is_no_parameter_and_unknown_names_are_refused():
    assert list(Experiment(toss, most=9, length=30.0).parameters) == ["coins", "shake"]
    assert Experiment(toss, length=30.0).record.end == 30
    with pytest.raises(TypeError, match="Experiment names 'dice', but the scenario has only seed, coins"):
        Experiment(toss, dice=2)
    with pytest.raises(TypeError, match="set names 'dice'"):
        Experiment(toss).set(dice=2)


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"shake": 12}, "shake is 12, but must be a tuple of moments in seconds, each at least 0."),
        ({"shake": (1, "two")}, "shake is (1, 'two'), but must be a tuple of moments in seconds"),
        ({"shake": None}, "shake is None, but must be a tuple of moments in seconds"),
        ({"coins": None}, "coins is None, but must be a number between 1 and 9 coins."),
        ({"coins": Decimal(3)}, "coins is Decimal('3'), but must be a number between"),
        ({"coins": "3"}, "coins is '3', but must be a number between"),
        ({"coins": True}, "coins is True, but must be a number between"),
        ({"most": 7, "coins": [3]}, "coins is (3,), but must be a number between"),
    ],
)
def test_what_no_control_can_show_is_refused_before_it_is_kept(tosses, values, sentence):
    """A forgotten comma must not make an experiment unusable: the next change runs as if nothing had been."""
    before = dict(tosses.values)
    assert not tosses.change(values)
    assert tosses.error.startswith(sentence)
    assert tosses.values == before
    assert tosses.set(coins=4).record.parts[0].attributes["heads"] <= 4 and not tosses.error
