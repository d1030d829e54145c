"""The panel without a browser: controls from the signature, runs, errors beside controls, luck, presets."""

from typing import Annotated

import pytest

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.printed import WIDE
from cloudlab.kernel.world import World
from cloudlab.labs import (
    autoscaling_limits,
    autoscaling_policies,
    load_balancing,
    monolith_and_microservices,
)
from cloudlab.pricing import bill as write_bill
from cloudlab.views.charts import band, bill, latency, levels, orders
from cloudlab.views.panel import explore
from cloudlab.views.picture import Picture
from cloudlab.views.predict import predict
from cloudlab.views.stage import Stage, stage
from cloudlab.views.tasks import Task, tasks


@checked()
def scenario(
    seed: int = 1,
    *,
    min_size: Annotated[int, Limit(0, 12, "instances", choices=(0, 2, 4), label="Minimum")] = 2,
    max_size: Annotated[int, Limit(0, 12, "instances", choices=(6, 9, 12), label="Maximum")] = 9,
    kill_one: Annotated[tuple[float, ...], Action("Kill one")] = (),
    launch_time: Annotated[float, Limit(1, 200, "s", label="Launch")] = 90.0,
    desired_capacity: Annotated[int | None, Limit(0, 12, "instances", label="Desired")] = 6,
    lose: Annotated[bool, Limit(label="Lose one by luck")] = False,
    until: float = 480,
):
    """A group of which one instance is killed at the moments asked for, and perhaps one by luck."""
    world = World(seed)
    group = AutoScalingGroup(
        world,
        "web",
        min_size=min_size,
        max_size=max_size,
        desired_capacity=desired_capacity,
        launch_template=LaunchTemplate(launch_time=launch_time, boot_time=0),
    )

    def kill(moment):
        yield world.timeout(moment)
        group.targets()[0].kill()

    for moment in kill_one:
        world.process(kill(moment))
    if lose:
        world.process(kill(120 + 240 * world.dice("fate").random()))
    return write_bill(world.run(until=until))


START = (
    "scenario with min_size 2, max_size 9, kill_one never, launch_time 90, desired_capacity 6, lose no, "
    "seed 1."
)


@pytest.fixture
def panel():
    return explore(
        scenario, levels, bill, presets={"A large group": {"max_size": 12, "desired_capacity": 12}}
    )


def fields(panel) -> dict[str, dict]:
    return {field["name"]: field for field in panel.bar.fields}


# Controls


def test_each_limited_parameter_gets_the_control_that_fits(panel):
    kinds = {name: field["kind"] for name, field in fields(panel).items()}
    assert kinds == {
        "min_size": "choice",
        "max_size": "choice",
        "kill_one": "choice",
        "launch_time": "number",
        "desired_capacity": "number",
        "lose": "check",
    }
    assert panel.bar.visible == 3


def test_a_choice_with_a_shorter_name_keeps_its_value_and_its_full_name():
    panel = explore(load_balancing.scenario, stage)
    offered = fields(panel)["method"]["options"]
    assert {one["value"]: (one["text"], one["full"]) for one in offered} == {
        "random": ("random", "random"),
        "round_robin": ("round robin", "round robin"),
        "least_outstanding_requests": ("fewest open", "least outstanding requests"),
        "one_line": ("one line", "one line"),
    }
    panel.set(method="least_outstanding_requests")
    assert repr(panel).startswith("scenario with method least outstanding requests,")


def test_choices_stand_in_words_with_their_unit(panel):
    field = fields(panel)["min_size"]
    assert (field["label"], field["unit"]) == ("Minimum", "instances")
    assert [option["text"] for option in field["options"]] == ["0", "2", "4"]


def test_an_action_offers_its_moments_and_never(panel):
    options = fields(panel)["kill_one"]["options"]
    assert [(option["text"], option["value"]) for option in options] == [
        ("never", ()),
        ("2:00", (120.0,)),
        ("5:00", (300.0,)),
    ]


def test_a_range_stands_in_the_label_with_its_unit(panel):
    assert fields(panel)["launch_time"]["range"] == "1 to 200 s"
    assert fields(panel)["desired_capacity"]["range"] == "0 to 12 instances"
    assert fields(panel)["desired_capacity"]["step"] == 1


def test_a_keyword_that_is_fixed_gets_no_control():
    panel = explore(scenario, levels, max_size=6, until=60)
    assert "max_size" not in panel.controls
    assert panel.record.end == 60


def test_a_keyword_that_the_scenario_does_not_have_is_refused():
    with pytest.raises(TypeError, match="explore names 'maximum', but the scenario has only seed, min_size"):
        explore(scenario, levels, maximum=6)
    with pytest.raises(TypeError, match="preset 'Large' names 'maximum'"):
        explore(scenario, levels, presets={"Large": {"maximum": 6}})


# Runs


def test_setting_a_value_runs_the_model_once(panel):
    seen = []
    panel.on_run(seen.append)
    first = panel.record
    panel.controls["min_size"].value = 4
    assert seen == [panel.record]
    assert panel.previous is first
    assert panel.record.series[panel.record.part("web"), "GroupMinSize"].values[0] == 4
    assert panel.bar.values["min_size"] == 4


def test_setting_several_values_runs_once_and_draws_into_the_same_pictures(panel):
    seen, pictures = [], panel.pictures
    panel.on_run(seen.append)
    panel.set(max_size=6, kill_one=(120,))
    assert len(seen) == 1
    assert panel.pictures == pictures
    assert panel.pictures[0].caption == "i-1 dies at 2:00, and from 3:30 on the group has its 6 again"


def test_the_run_before_is_drawn_until_it_is_switched_off(panel):
    panel.set(desired_capacity=4)
    assert "last run 6" in panel.pictures[0].image
    panel.hear({"ghost": False})
    assert "last run" not in panel.pictures[0].image


def test_the_same_run_again_keeps_the_one_before(panel):
    panel.set(desired_capacity=4)
    before = panel.previous
    panel.set(desired_capacity=4)
    assert panel.previous is before


def test_reset_brings_each_control_back(panel):
    panel.set(min_size=4, max_size=12)
    assert panel.controls["min_size"].changed
    panel.controls["min_size"].reset()
    assert (panel.controls["min_size"].value, panel.controls["max_size"].value) == (2, 12)
    panel.reset()
    assert not any(control.changed for control in panel.controls.values())


def test_a_preset_sets_its_values_and_the_defaults_of_all_others(panel):
    panel.set(min_size=4)
    panel.hear({"preset": "A large group"})
    assert (panel.controls["min_size"].value, panel.controls["max_size"].value) == (2, 12)
    assert panel.bar.preset == "A large group"
    with pytest.raises(InvalidParameter, match="name is 'Small', but must be one of A large group"):
        panel.preset("Small")


def test_the_moment_moves_the_band_and_the_cursor_but_runs_nothing():
    panel = explore(scenario, band, levels, kill_one=(120,))
    assert all(picture.image for picture in panel.pictures)
    record, revision = panel.record, panel.pictures[1].revision
    panel.at = 125
    assert panel.pictures[0].caption == "At 2:05, 5 of 6 desired are in service, 1 is on the way"
    assert panel.pictures[1].time == 125
    assert (panel.record, panel.pictures[1].revision) == (record, revision)
    panel.controls["max_size"].value = 12
    assert panel.at == 125
    panel.pictures[1].time = 100.0  # the learner points into the picture
    assert panel.pictures[0].caption == "At 1:40, all 6 desired are in service"
    panel.at = None
    assert panel.at == 480


def test_a_prediction_goes_to_each_chart_that_takes_one():
    predict("after-kill", "How many?", high=12).lock(5)
    panel = explore(scenario, band, levels, bill, prediction="after-kill")
    assert ["you predicted 5" in picture.image for picture in panel.pictures] == [True, True, False]


def test_tasks_tick_themselves_off_from_what_the_panel_ran(panel):
    todo = tasks(panel, [Task("Lose one", lambda record: len(record.parts_of("instance")) > 6)], key="t")
    assert todo.done == 0
    panel.set(kill_one=(120,))
    assert todo.done == 1


# Errors


def test_what_the_model_refuses_is_printed_where_it_was_asked_for(panel, capsys):
    panel.set(max_size=9)
    assert capsys.readouterr().out == ""
    panel.set(max_size=-5)
    assert panel.error and capsys.readouterr().out.split() == f"Not run: {panel.error}".split()


def test_what_the_model_refuses_stands_beside_the_control_it_names(panel):
    record, image = panel.record, panel.pictures[0].image
    panel.controls["min_size"].value = 12
    assert panel.error == "min_size is 12 instances, but must be at most max_size (9)."
    told = "Minimum is 12 instances, but must be at most Maximum (9)."  # on the screen: by the labels
    assert panel.bar.errors == {"min_size": told}
    assert panel.controls["min_size"].value == 12
    assert (panel.record, panel.pictures[0].image) == (record, image)
    assert panel.summary().splitlines()[:2] == [
        f"Not run: {panel.error}",
        START,
    ]


def test_the_error_goes_when_another_control_mends_it(panel):
    panel.set(min_size=12)
    panel.set(max_size=12, desired_capacity=12)
    assert (panel.error, panel.bar.errors) == ("", {})
    assert panel.record.series[panel.record.part("web"), "GroupMinSize"].values[0] == 12


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0.5, "launch_time is 0.5 s, but must be between 1 and 200 s."),
        (None, "launch_time is None, but must be a number between 1 and 200 s."),
        ("ten", "launch_time is 'ten', but must be a number between 1 and 200 s."),
    ],
)
def test_a_value_outside_its_limit_gets_one_sentence(value, sentence, panel):
    panel.hear({"set": {"launch_time": value}})
    assert panel.bar.errors == {"launch_time": sentence.replace("launch_time", "Launch")}


def test_limits_hold_for_a_scenario_that_checks_nothing():
    def unchecked(size: Annotated[int, Limit(0, 12, "instances")] = 2):
        return scenario(desired_capacity=size)

    panel = explore(unchecked, levels)
    panel.set(size=13)
    assert panel.error == "size is 13 instances, but must be between 0 and 12 instances."


def test_a_fault_in_a_scenario_is_told_and_the_panel_stays_usable():
    def faulty(size: Annotated[int, Limit(1, 12)] = 2):
        if size == 3:
            raise KeyError("web")
        return scenario(desired_capacity=size)

    panel = explore(faulty, levels)
    panel.hear({"set": {"size": 3}})
    assert panel.bar.message == "The run stopped with KeyError: 'web'"
    panel.hear({"set": {"size": 4}})
    assert (panel.bar.message, panel.controls["size"].value) == ("", 4)
    with pytest.raises(KeyError):
        panel.set(size=3)  # in a cell of the learner's own the traceback is the better help


def test_a_wrong_seed_is_refused_and_the_old_one_stays(panel):
    panel.hear({"seed": 1.5})
    assert panel.bar.message == "seed is 1.5, but must be a whole number."
    assert (panel.seed, panel.bar.seed) == (1, 1)


# Luck


def test_a_new_seed_is_the_next_one_and_all_else_stays():
    panel = explore(scenario, levels, lose=True)
    first = panel.record.fingerprint()
    panel.new_seed()
    assert panel.seed == panel.record.seed == 2
    assert panel.record.fingerprint() != first
    panel.set(seed=1)
    assert panel.record.fingerprint() == first


def test_is_it_luck_runs_the_same_setting_with_other_seeds(panel):
    panel.set(lose=True)
    words = panel.is_it_luck(4)
    change = "lose one by luck yes instead of no"
    same = "instance-hours and cost"
    assert words == f"No difference in {same}: with {change}, nothing of that changes with any of 4 seeds."
    assert [entry.seed for entry in panel.luck] == [1, 2, 3, 4]
    assert panel.bar.message == words
    assert "4 seeds: instance-hours 0.80 each time" in panel.summary()
    panel.set(min_size=0)
    assert panel.luck == []


def test_is_it_luck_writes_cpu_as_its_control_does():
    panel = explore(autoscaling_policies.scenario, levels)
    panel.set(target_value=40)
    assert "with target CPU 40 instead of 60" in panel.is_it_luck(2)


@pytest.mark.parametrize("moment", ["12", [12], float("nan"), True])
def test_a_moment_of_the_pictures_that_is_none_is_one_sentence(panel, moment):
    with pytest.raises(InvalidParameter, match="^moment is .*, but must be a number"):
        panel.at = moment
    panel.at = 12
    assert panel.at == 12


def test_a_scenario_without_a_seed_has_no_luck():
    def fixed(size: Annotated[int, Limit(1, 12)] = 2):
        return scenario(desired_capacity=size)

    panel = explore(fixed, levels)
    assert not panel.bar.seeded
    with pytest.raises(InvalidParameter, match="fixed has no parameter seed"):
        panel.is_it_luck()


# Text


def test_a_panel_is_its_settings_and_findings_as_text(panel):
    text = repr(panel)
    first, more = START.rsplit(" ", 2)[0], " ".join(START.rsplit(" ", 2)[1:])
    assert text.splitlines() == [
        first,
        f"    {more}",  # a notebook would break a longer line inside a word
        "From 1:30 on all 6 desired instances are in service.",
        "The bill is $0.08, all of it for EC2 m5.large.",
    ]
    data, _ = panel._repr_mimebundle_()
    assert data["text/plain"] == text
    assert "application/vnd.jupyter.widget-view+json" in data


def test_what_is_stored_of_an_opening_is_broken_between_words():
    panel = explore(autoscaling_policies.scenario, stage, **autoscaling_policies.BAD_DAY)
    told = repr(panel)
    assert told.endswith("any more?") and max(map(len, told.splitlines())) <= WIDE


def test_a_panel_at_its_opening_tells_no_screen_reader_what_comes_and_later_tells_it_once():
    panel = explore(monolith_and_microservices.scenario, stage, opening=28)
    assert panel.bar.spoken == ""
    panel.also(orders)
    panel.set(trouble="mail dies")
    found = orders(monolith_and_microservices.scenario(trouble="mail dies")).caption
    assert panel.bar.spoken == f"{found}." and found.startswith("Of ")


def test_the_same_panel_gives_the_same_summary(panel):
    again = explore(scenario, levels, bill)
    assert again.summary() == panel.summary()
    assert panel.summary().endswith("The bill is $0.08 for 0.80 instance-hours.")


def test_words_and_table_of_the_run_stand_below_the_pictures(panel):
    panel.set(kill_one=(120,))
    *_, last = panel.box.children
    assert isinstance(last, Picture)
    assert last.description in panel.summary()
    assert last.table[0] == ["what", "value", "unit"]


def test_a_view_takes_only_what_it_asks_for():
    given = []

    def view(record, *, picture=None):
        given.append(picture)
        return picture or Picture()

    panel = explore(scenario, view, latency)
    panel.set(min_size=0)
    assert given == [None, panel.pictures[0]]


@pytest.mark.parametrize(
    "opening", [0, -1, 481, (5, 5), (9, 3), (1, 2, 3), (), "x", (None, 3), float("nan"), True]
)
def test_an_opening_is_a_moment_of_the_run_or_two_in_order(opening):
    with pytest.raises(InvalidParameter, match="^opening is .*, but must be .*\\.$"):
        explore(autoscaling_limits.scenario, stage, opening=opening)


def test_a_cell_that_shows_more_of_a_panel_and_is_run_again_adds_nothing():
    panel = explore(autoscaling_limits.scenario, stage)
    first = panel.also(levels, bill)
    assert panel.also(levels, bill) is first
    assert [type(one) for one in panel.pictures[1:]] == [type(one) for one in first.pictures]
    panel.set(desired_capacity=4)
    assert repr(first).startswith("From 1:30 on all 4 desired")
    with pytest.raises(InvalidParameter, match="^views holds stage, but must be charts"):
        panel.also(stage)


def test_what_comes_of_a_prediction_may_be_about_a_moment_and_one_part(tmp_path):
    def four(record, moment):
        return 4.0

    shown = Stage()
    predict("one-part", "How many?", unit="instances", answer=3)
    record = scenario()
    for outcome, told in (((four, 60), {"at": 60.0}), ((four, 60, "web"), {"at": 60.0, "part": 0})):
        explore(scenario, stage, prediction={"one-part": outcome})
        shown.show(record, prediction="one-part", outcome={"one-part": outcome})
        known = {key: shown.prediction[key] for key in ("at", "part") if key in shown.prediction}
        assert known == told | ({"part": record.part("web")} if "part" in told else {})
    for wrong in ((four,), (four, -1), (four, 60, 3), (four, 60, "web", "web"), (3, 60)):
        with pytest.raises(InvalidParameter, match="must be a key, or map keys to functions of a record"):
            explore(scenario, stage, prediction={"one-part": wrong})


def test_a_charts_own_prediction_wins_over_the_panels():
    """More pictures with another prediction show that one, also after the next run."""
    seen = []

    def drawn(record, *, picture=None, prediction=None):
        seen.append(prediction)
        return levels(record, picture=picture)

    panel = explore(scenario, prediction="01-kill")
    panel.also(drawn, prediction="01-ask")
    panel.set(max_size=12)
    assert seen == ["01-ask", "01-ask"]
