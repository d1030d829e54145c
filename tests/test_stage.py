"""The stage without a browser: what it sends, where parts stand, its codes, its file, and how a panel uses it."""

import base64
import json
import re
import struct
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.labs import autoscaling_limits, autoscaling_policies, load_balancing, start_here
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady
from cloudlab.views.charts import levels
from cloudlab.views.charts.lane_counts import read_lanes
from cloudlab.views.charts.tiles import DEAD, tiles
from cloudlab.views.lesson import Stage, Task, explore, in_service, predict, stage, tasks
from cloudlab.views.line import in_line
from cloudlab.views.share import LETTERS, decode, encode
from cloudlab.views.stage import scene, script
from cloudlab.views.stage.layout import layout
from cloudlab.views.stage.scene import scene_of


def part_names(record, found):
    return {record.parts[part].name: place for part, place in enumerate(found) if place is not None}


# Layout


def test_a_part_stands_one_layer_behind_the_last_that_sends_to_it():
    record = load_balancing.scenario(minutes=1)
    found = part_names(record, layout(record).layer)
    assert found["customers"] == 0 and found["shop"] == 1
    assert {found[name] for name in load_balancing.SERVERS} == {2}
    assert layout(record).back == ()


def test_the_longest_way_counts_and_a_return_edge_does_not():
    record = Record(1)
    shop, cart, stock, mail = (record.add_part(name, "server") for name in ("shop", "cart", "stock", "mail"))
    for link in ((shop, cart), (cart, stock), (shop, stock), (stock, mail), (mail, shop)):
        record.add_link(*link)
    found = layout(record)
    assert found.layer == (0, 1, 2, 3)
    assert found.back == ((mail, shop),)
    assert (mail, shop) not in found.forward


def test_rows_follow_what_parts_are_linked_with():
    record = Record(1)
    left = [record.add_part(name, "queue") for name in ("one", "two")]
    right = [record.add_part(name, "server") for name in ("of two", "of one")]
    record.add_link(left[0], right[1])
    record.add_link(left[1], right[0])
    found = layout(record)
    assert [found.row[part] for part in left] == [0, 1]
    assert [found.row[part] for part in right] == [1, 0]


# What is sent


def columns(run):
    """The columns of a run, read back."""
    n, at, found = run["rows"], 0, {}
    names = ["arrived", "started", "finished", "answered", "row", "target", "client", "status"]
    for name, kind, size in zip(names, "ddddIHHB", (8, 8, 8, 8, 4, 2, 2, 1), strict=True):
        found[name] = list(struct.unpack_from(f"<{n}{kind}", run["columns"], at))
        at += n * size + -(n * size) % 8
    assert at == len(run["columns"])
    return found


def test_the_columns_hold_each_request_as_it_was():
    record = load_balancing.health(die=(127.0,))
    found, rows = columns(scene_of(record)), record.requests
    for name in ("arrived", "started", "finished", "answered", "target", "client", "status"):
        assert found[name] == list(getattr(rows, name))
    assert found["row"] == list(range(len(rows)))
    assert inf in found["finished"], "what died with its server has no end"


def test_all_else_is_plain_json_and_small():
    run = scene_of(autoscaling_policies.scenario())
    data = run.pop("columns")
    assert len(data) <= 41 * run["rows"] + 64
    assert len(json.dumps(run, allow_nan=False)) < 100_000


def test_a_long_run_is_sampled_and_its_numbers_count_all(monkeypatch):
    monkeypatch.setattr(scene, "MOST", 500)
    record = load_balancing.scenario(slow="C")
    run = scene_of(record)
    assert run["every"] == -(-len(record.requests) // 500) > 2
    assert run["rows"] == -(-len(record.requests) // run["every"]) <= 500
    assert columns(run)["row"] == list(range(0, len(record.requests), run["every"]))
    bins = run["bins"]
    for place in (100, 600, 1199):
        lanes = read_lanes(record, bins["times"][place]).lanes
        for part, lane in zip(record.parts_of("instance"), lanes, strict=True):
            counted = bins["parts"][str(part)]
            assert (counted["sent"][place], counted["waiting"][place]) == (lane.sent, lane.waiting)
            assert counted["failed"][place] == lane.failed


@pytest.mark.parametrize("method", ["round_robin", "one_line"])
def test_a_sampled_run_knows_how_many_wait(monkeypatch, method):
    monkeypatch.setattr(scene, "MOST", 500)
    record = load_balancing.scenario(method=method, load=95)
    bins = scene_of(record)["bins"]
    waiting = [sum(part["waiting"][place] for part in bins["parts"].values()) for place in range(1200)]
    line = in_line(record)
    assert waiting == [line.at(moment) for moment in bins["times"]] and max(waiting) > 5


def test_the_cost_so_far_is_the_running_cost_of_the_bill():
    """A clerk costs 18 dollars an hour; a balancer's hour is paid as it begins, and its capacity as it ends."""
    desk = scene_of(start_here.scenario(clerks=2))["money"]
    assert dict(zip(desk["times"], desk["values"], strict=True))[3600] == 36
    record = autoscaling_limits.day()
    money, cost = scene_of(record)["money"], record.series[record.part("bill"), "Cost"]
    whole = float(sum(line.amount for line in record.bill))
    so_far = [min(cost.at(time), whole) for time in money["times"][:-1]]
    assert money["values"] == pytest.approx([*so_far, whole], abs=1e-6)
    assert abs(whole - cost.values[-1]) < 0.015


def test_the_cost_curve_ends_at_the_bill():
    record = autoscaling_limits.scenario()
    curve = scene_of(record)["money"]
    assert curve["values"][-1] == pytest.approx(float(sum(line.amount for line in record.bill)))
    assert curve["values"] == sorted(curve["values"]) and curve["values"][0] == 0
    assert scene_of(load_balancing.scenario(minutes=1))["money"] is None


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("method", ["round_robin", "least_outstanding_requests", "weighted_random"])
def test_the_state_at_a_moment_is_the_models_own(seed, method):
    """The same world is stopped at t: what the balancer and its servers hold then is what the record says later."""

    def built():
        world = World(seed)
        small = LaunchTemplate(launch_time=0, boot_time=0, slots=1)
        servers = [Instance(world, name, launch_template=small) for name in "ABC"]
        patient = load_balancing.NEVER_OUT | {"load_balancing_algorithm_type": method}
        shop = LoadBalancer(world, "shop", targets=servers, **patient)
        servers[2].slow_down(0.5)
        Customers(world, "customers", traffic=steady(2.4), to=shop, mean_work=1.0)
        return world, servers

    record = built()[0].run(until=300)
    rows = record.requests
    for moment in (7.0, 61.5, 200.25):
        world, servers = built()
        world.run(until=moment)
        for server, lane in zip(servers, read_lanes(record, moment).lanes, strict=True):
            assert server.server.busy_time(moment) == pytest.approx(lane.busy * moment)
            assert (server.server.free[0] > moment) == bool(lane.at_work)
            mine = [row for row in range(rows.before(moment)) if rows.target[row] == server.part]
            assert lane.sent == len(mine)
            assert lane.waiting == sum(rows.started[row] > moment for row in mine)
            assert max(server.server.free) == max(rows.finished[row] for row in mine)


@pytest.mark.parametrize("seed", range(1, 4))
def test_the_tiles_at_a_moment_are_the_groups_own_members(seed):
    """The same world is stopped at t, and the group is asked itself: its wish, its members, their states."""

    def built():
        world = World(seed)
        template = LaunchTemplate(launch_time=30, boot_time=45, slots=2)
        group = AutoScalingGroup(
            world, "web", min_size=1, desired_capacity=4, max_size=6, launch_template=template
        )
        shop = LoadBalancer(world, "shop", targets=group)
        Customers(world, "customers", traffic=steady(0.9), to=shop, mean_work=8.0)

        def fate():
            dice = world.dice("fate")
            for wish in (6, 2, 9, 3, 1):
                yield world.timeout(60 + 60 * dice.random())
                if group.targets():
                    dice.choice(group.targets()).kill()
                group.ask(wish, "a policy")

        world.process(fate())
        return world, group

    record = built()[0].run(until=700)
    part, shown = record.part("web"), set()
    for moment in [0.5 + 11.3 * place for place in range(60)]:
        world, group = built()
        world.run(until=moment)
        looks = tiles(record, part, moment)
        shown |= {tile.letter for tile in looks}
        letters = {}
        for member in group.members.values():
            dead = world.record.state(member.instance.part, moment, "application").state in DEAD
            words = {"Pending": "P", "InService": "S", "Terminating": "T"}
            letters[member.instance.name] = (
                "✕" if dead and member.state != "Terminating" else words[member.state]
            )
        assert {tile.name: tile.letter for tile in looks} == letters
        assert record.series[part, "GroupDesiredCapacity"].at(moment) == group.desired_capacity
        states = [member.state for member in group.members.values()]
        assert record.series[part, "GroupInServiceInstances"].at(moment) == states.count("InService")
        assert record.series[part, "GroupPendingInstances"].at(moment) == states.count("Pending")
    assert shown >= {"P", "S", "T"}


# The widget


def test_a_stage_is_its_title_and_its_description_where_there_are_no_widgets():
    made = Stage(autoscaling_limits.scenario(), title="The elastic band")
    assert repr(made).splitlines()[0] == "The elastic band"
    assert "This run of 8 min" in repr(made)
    assert made._repr_mimebundle_()[0]["text/plain"] == repr(made)
    assert repr(Stage()) == "Stage()"


def test_two_runs_are_told_by_name():
    runs = [
        load_balancing.scenario(slow="C", method=method, minutes=1) for method in ("round_robin", "one_line")
    ]
    made = Stage(*runs, names=("In turn", "One line"))
    assert "In turn: This run" in made.description and "One line: This run" in made.description
    assert len(made.runs) == 2 and made.names == ["In turn", "One line"]


def test_a_new_run_keeps_the_play_head_and_is_an_event():
    made = Stage(autoscaling_limits.scenario())
    made.time = 200.0
    before = made.revision
    made.show(autoscaling_limits.scenario(max_size=12))
    assert made.time == 200.0 and made.revision == before + 1
    made.show(load_balancing.scenario(minutes=1))
    assert made.time == 60.0, "clipped to the end of a shorter run"


def test_the_module_is_one_piece_without_imports():
    text = script()
    assert text.count("export default") == 1 and not re.search(r"^import ", text, re.MULTILINE)
    assert "http://" not in text and "https://" not in text


# In a panel


def test_what_is_said_of_the_whole_run_below_a_stage_that_stands_at_a_moment_says_so():
    panel = explore(autoscaling_limits.scenario, stage)
    panel.at = 100
    panel.set(max_size=12)
    assert panel._words.description.startswith("To its end: this run of 8 min")
    assert explore(autoscaling_limits.scenario, levels)._words.description.startswith("This run of 8 min")


def test_what_is_done_at_a_moment_is_a_button_of_the_stage():
    panel = explore(autoscaling_limits.scenario, stage, levels, label="The elastic band")
    (shown,) = panel.stages
    assert shown.title == panel.bar.label == "The elastic band"
    assert [entry["name"] for entry in panel.bar.fields] == ["min_size", "desired_capacity", "max_size"]
    assert [action["label"] for action in shown.actions] == [
        "Kill one",
        "Ask for 20",
        "Ask for 0",
    ]
    panel.hear({"press": "kill_one", "moment": 200.5})
    panel.hear({"press": "kill_one", "moment": 100.0})
    assert panel.controls["kill_one"].value == (100.0, 200.5)
    assert shown.actions[0]["moments"] == [100.0, 200.5]
    panel.hear({"unpress": "kill_one", "moment": 100.0})
    assert panel.controls["kill_one"].value == (200.5,)
    assert any(entry.time == 200.5 and entry.state == "killed" for entry in panel.record.states)


def test_a_changed_control_keeps_the_play_head_and_the_charts_follow_it():
    panel = explore(autoscaling_limits.scenario, stage, levels)
    shown, chart = panel.pictures
    assert panel.at == 0
    shown.time = 120.0
    panel.set(max_size=12)
    assert shown.time == 120.0 and chart.time == 120.0
    assert shown.pictures == [f"IPY_MODEL_{chart.model_id}"]
    assert shown.before["values"][-1] == 6


def test_tasks_are_ticked_beside_the_stage(tmp_path, monkeypatch):
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path))
    panel = explore(autoscaling_limits.scenario, stage)
    tasks(
        panel, [Task("Kill one", lambda run: any(e.state == "killed" for e in run.states))], key="test-stage"
    )
    assert panel.stages[0].todo == [{"done": False, "text": "Kill one"}]
    panel.set(kill_one=(100.0,))
    assert panel.stages[0].todo == [{"done": True, "text": "Kill one"}]


# Codes


def test_a_code_restores_the_same_run_elsewhere():
    one, other = (explore(autoscaling_limits.scenario, stage) for _ in range(2))
    one.set(seed=7, max_size=12, desired_capacity=None, kill_one=(118.5, 200.0))
    other.restore(one.code.lower())
    assert other.record.fingerprint() == one.record.fingerprint()
    assert other.code == one.code and len(one.code) <= 60


SCENARIOS = [
    autoscaling_limits.scenario,
    autoscaling_policies.scenario,
    load_balancing.scenario,
    load_balancing.health,
    start_here.scenario,
]


def values_of(parameter):
    """Values that a control may have."""
    limit = parameter.limit
    if not hasattr(limit, "choices"):
        moments = st.integers(0, 4800).map(lambda tenth: tenth / 10)
        return st.lists(moments, max_size=2, unique=True).map(lambda found: tuple(sorted(found)))
    some = st.sampled_from(limit.choices) if limit.choices else st.nothing()
    return some | st.just(parameter.default)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.__module__}.{s.__name__}")
@given(data=st.data(), seed=st.integers(0, 10**9))
def test_every_code_reads_back(scenario, data, seed):
    known = {name: p for name, p in parameters(scenario).items() if name != "seed" and p.limit}
    values = {name: data.draw(values_of(parameter)) for name, parameter in known.items()}
    assert decode(scenario, known, encode(scenario, known, values, seed)) == (values, seed)


def test_a_code_with_one_wrong_character_is_refused_and_nothing_changes():
    panel = explore(load_balancing.scenario, stage)
    panel.set(slow="C")
    code, before = panel.code, panel.record
    for place, letter in enumerate(code):
        for other in "3K-":
            if other != letter:
                with pytest.raises(InvalidParameter, match="^code is ") as caught:
                    panel.restore(code[:place] + other + code[place + 1 :])
                assert "\n" not in str(caught.value)
    assert panel.record is before


def test_a_code_of_another_panel_says_so():
    code = explore(load_balancing.health, stage).code
    panel = explore(load_balancing.scenario, stage)
    with pytest.raises(InvalidParameter, match="belongs to another panel or lesson"):
        panel.restore(code)
    panel.hear({"code": code})
    assert "another panel" in panel.bar.message and panel.bar.fault
    assert "another panel" in panel.stages[0].message and panel.stages[0].fault
    panel.set(slow="C")
    assert panel.stages[0].message == ""


def test_no_value_looks_like_a_control():
    assert not set(LETTERS) & set("PMYN0123456789ILOU")


# One file


def test_a_saved_page_holds_all_it_needs(tmp_path):
    made = Stage(load_balancing.scenario(minutes=1), title="Same <counts> & lines")
    path = made.save_html(tmp_path / "stage.html")
    text = path.read_text(encoding="utf-8")
    assert "<title>Same &lt;counts&gt; &amp; lines</title>" in text
    assert not re.findall(r"""(?:src|href)=|url\(|@import|https?://""", text)
    (block,) = json.loads(re.search(r"const blocks = (\[.*?\]);", text)[1])
    assert base64.b64decode(block) == made.runs[0]["columns"]
    assert "needs JavaScript" in text and made.description.split(".")[0] in text


def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path):
    made = Stage(autoscaling_limits.scenario())
    with pytest.raises(InvalidParameter, match="^path is .*but a file must be writable there"):
        made.save_html(tmp_path / "no folder" / "stage.html")
    with pytest.raises(InvalidParameter, match="^path is "):
        made.save_html(tmp_path)


def test_a_prediction_that_is_locked_in_stands_in_the_stage_at_once_and_knows_what_came(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path))
    panel = explore(autoscaling_limits.scenario, stage, prediction={"01-test": lambda run: 6})
    (shown,) = panel.stages
    assert shown.prediction is None
    locked = predict("01-test", "How many?", high=20, unit="instances", answer=11)
    assert shown.prediction == {"words": "you predicted", "value": 11, "unit": "instances", "came": 6}
    panel.set(max_size=12)
    assert shown.prediction is None, "it was not about this run"
    panel.reset()
    assert shown.prediction["came"] == 6
    locked.reset()
    assert shown.prediction is None


def test_what_never_came_has_no_size():
    assert (
        Stage()
        .show(autoscaling_limits.scenario(), prediction=300, outcome=lambda run: float("inf"))
        .prediction["came"]
        is None
    )


def test_of_several_predictions_each_is_answered_at_its_moment_in_the_first_run_only(tmp_path, monkeypatch):
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path))
    told = {"01-kill": (in_service, 240), "01-ask": (in_service, 480)}
    panel = explore(
        autoscaling_limits.scenario,
        stage,
        prediction=told,
        start={"kill_one": (118.0,), "ask_for_20": (300.0,)},
        opening=119,
        question="How many?",
    )
    (shown,) = panel.stages
    assert shown.opening == {"since": 0, "until": 119, "answered": 240, "question": "How many?"}
    predict("01-ask", "How many then?", high=20, answer=20)
    assert (shown.prediction["value"], shown.prediction["at"], shown.later) == (20, 480, [])
    predict("01-kill", "How many?", high=20, answer=5)
    both = [shown.prediction, *shown.later]
    assert [(one["value"], one["came"], one["at"]) for one in both] == [(5, 6, 240), (20, 9, 480)]
    panel.set(kill_one=())
    assert shown.prediction is None and shown.later == [] and shown.opening["question"] == ""
    panel.reset()
    assert len(shown.later) == 1 and shown.opening["question"] == "How many?"


@pytest.mark.parametrize("wrong", [{}, {"01-ask": 6}, {"01-ask": (len,)}, {"01-ask": (len, -1)}])
def test_a_prediction_that_maps_no_key_to_a_function_is_one_sentence(wrong):
    with pytest.raises(InvalidParameter, match="^prediction is .* but must be a key, or map keys to"):
        explore(autoscaling_limits.scenario, stage, prediction=wrong)
