"""The balancer of lesson 03: what its text says is what its model does."""

import subprocess
import sys
from statistics import fmean

import pytest

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.labs.load_balancing import (
    LATE,
    busy,
    health,
    longest_line,
    lost,
    mean_time,
    one_server,
    p95,
    scenario,
    sent,
    slowest,
    taken_out,
    waiting_at_end,
)
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady
from cloudlab.views import charts
from cloudlab.views.experiment import Experiment
from cloudlab.views.lesson import questions
from cloudlab.views.panel import explore
from cloudlab.views.stage import luck_of

SEEDS = range(1, 21)


def slow(seed=1, method="round_robin", **setting):
    return scenario(seed, method=method, slow="C", **setting)


@pytest.fixture(scope="module")
def turns():
    return [slow(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def fewest():
    return [slow(seed, "least_outstanding_requests") for seed in SEEDS]


# What the lesson's text says


def test_the_friday_is_as_the_lesson_tells():
    friday = slow()
    assert sent(friday) == [454, 454, 454, 453]
    assert round(busy(friday), 2) == 0.82
    assert waiting_at_end(friday) == [1, 1, 160, 0] and longest_line(friday) == 161
    rows = friday.requests
    waits = [started - arrived for started, arrived in zip(rows.started, rows.arrived, strict=True)]
    assert fmean(wait > 60 for wait in waits) == pytest.approx(0.2, abs=0.005)


def test_with_equal_counts_the_slow_server_has_nearly_all_of_the_line_on_every_seed(turns):
    for day in turns:
        assert max(sent(day)) - min(sent(day)) <= 1
        assert waiting_at_end(day)[2] >= 0.8 * sum(waiting_at_end(day))


def test_the_better_method_is_busier_on_average_and_far_faster(turns, fewest):
    """So the average CPU does not tell whether users wait."""
    assert min(map(p95, turns)) > 5 * max(map(p95, fewest))
    assert all(busy(after) > busy(before) for before, after in zip(turns, fewest, strict=True))
    assert (round(min(map(p95, turns))), round(max(map(p95, turns)))) == (119, 189)
    assert (round(min(map(p95, fewest))), round(max(map(p95, fewest)))) == (6, 18)


@pytest.mark.parametrize("method", ["least_outstanding_requests", "one_line"])
def test_no_method_mends_a_load_above_the_capacity(method):
    """3.8 servers' work comes in, and 3.5 are there: what is left over piles up."""
    days = [slow(seed, method, load=95) for seed in SEEDS]
    assert all(busy(day) > 0.97 for day in days[:1])
    assert fmean(len(day.requests) - measures.outcomes(day).answered for day in days) > 100


def test_the_busiest_round_robin_day_leaves_three_servers_idle_time():
    day = slow(load=95)
    assert round(busy(day), 2) == 0.91 and p95(day) > 200
    assert max(waiting_at_end(day)) == 248


@pytest.mark.parametrize(
    "method, mean",
    [("random", 5.0), ("round_robin", 3.3), ("least_outstanding_requests", 1.95), ("one_line", 1.75)],
)
def test_four_equal_servers_at_80_percent_need_so_many_service_times(method, mean):
    found = fmean(mean_time(scenario(seed, method=method, minutes=60)) for seed in SEEDS)
    assert found == pytest.approx(mean, rel=0.06)


@pytest.mark.parametrize(
    "load, times, within", [(50, 2, 0.03), (70, 10 / 3, 0.04), (80, 5, 0.05), (90, 10, 0.1)]
)
def test_one_server_follows_the_knee(load, times, within):
    assert fmean(mean_time(one_server(seed, load=load)) for seed in range(1, 7)) == pytest.approx(
        times, rel=within
    )


def test_six_requests_go_through_the_model_as_through_the_tables_by_hand():
    by_turns = [("A", 3), ("C", 6), ("A", 3), ("C", 9), ("A", 4), ("C", 13)]
    by_count = [("A", 3), ("C", 6), ("A", 3), ("C", 9), ("A", 4), ("A", 6)]
    assert six("round_robin") == by_turns
    assert six("least_outstanding_requests") == by_count
    assert sum(seconds for _, seconds in by_turns) == 38 and sum(seconds for _, seconds in by_count) == 31


def six(method):
    """(server, seconds) of the six requests of the tables, through the public parts."""
    from cloudlab.kernel.world import World

    world = World(1)
    made = [
        Instance(
            world, name, launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=1, speed=speed)
        )
        for name, speed in (("A", 1.0), ("C", 0.5))
    ]
    shop = LoadBalancer(world, "shop", targets=made, load_balancing_algorithm_type=method)
    people = Customers(world, "people", traffic=steady(0), to=shop)
    world.run(until=0.001)
    shop.handle(people, [0.001 + second for second in (0, 2, 4, 5, 6, 7)], [3.0] * 6, 0)
    record = world.run(until=29)
    names = [record.parts[target].name for target in record.requests.target]
    return list(zip(names, [round(seconds, 3) for seconds in measures.response_times(record)], strict=True))


# Health checks


def test_a_dead_server_gets_its_share_until_two_checks_have_failed():
    day = health(die=(LATE,))
    assert lost(day) == 134
    ((out, _),) = taken_out(day)
    assert out - LATE == pytest.approx(2 * 30, abs=8)
    assert health().fingerprint() != day.fingerprint() and lost(health()) == 0


def test_checking_more_often_loses_fewer():
    losses = [lost(health(die=(LATE,), health_check_interval_seconds=every)) for every in (5, 10, 30)]
    assert losses == sorted(losses) and losses[0] < losses[2] / 4


def test_eager_checks_take_a_good_server_out_and_patient_ones_do_not():
    eager = health(blip=(LATE,), health_check_interval_seconds=5)
    assert lost(eager) == 0 and [round(out) for out, _ in taken_out(eager)] == [139]
    assert taken_out(health(blip=(LATE,))) == []


@pytest.mark.parametrize(
    "every, threshold, met", [(30, 2, False), (5, 2, False), (10, 2, False), (5, 5, True), (10, 3, True)]
)
def test_the_decision_of_the_lesson_has_more_than_one_right_answer(every, threshold, met):
    choice = {"health_check_interval_seconds": every, "unhealthy_threshold_count": threshold}
    few = sum(lost(health(seed, die=(LATE,), **choice)) <= 80 for seed in SEEDS)
    kept = sum(not taken_out(health(seed, blip=(LATE,), **choice)) for seed in SEEDS)
    assert (min(few, kept) >= 19) is met


# Limits and words


def test_every_parameter_has_a_limit_and_a_label():
    for run in (scenario, one_server, health):
        for name, parameter in parameters(run).items():
            assert name == "seed" or parameter.limit.label, f"{run.__name__}: {name}"


@pytest.mark.parametrize(
    "run, setting, sentence",
    [
        (scenario, {"load": 0}, "load is 0 %, but must be between 1 and 200 %."),
        (scenario, {"slow": "E"}, "slow is 'E', but must be one of none, C."),
        (one_server, {"load": 100}, "load is 100 %, but must be between 1 and 99 %."),
        (
            health,
            {"unhealthy_threshold_count": 1},
            "unhealthy_threshold_count is 1 checks, but must be between 2 and 10 checks.",
        ),
    ],
)
def test_a_value_out_of_range_gets_one_sentence(run, setting, sentence):
    with pytest.raises(InvalidParameter) as error:
        run(**setting)
    assert str(error.value) == sentence


def test_lesson_03_clears_its_five_misconceptions():
    asked = questions("load_balancing", "check").questions
    found = {option.misconception for question in asked for option in question.options}
    assert {"A6", "L1", "L2", "L3", "L4"} <= found


def test_readers_agree_with_the_measures():
    day = slow(7)
    assert slowest(day) == 0.5 and sum(sent(day)) == len(day.requests)
    assert mean_time(day) == fmean(measures.response_times(day))


def test_every_chart_of_the_lesson_works_in_its_panel():
    shop = explore(scenario, charts.lanes, charts.waiting, minutes=10)
    shop.set(slow="C", method="one_line")
    shop.at = 240
    assert "At" not in shop.error and shop.pictures[0].caption.startswith("One line for four")
    alone = explore(one_server, charts.knee)
    alone.set(load=80)
    alone.set(load=90)
    assert len(alone.pictures[0].table) == 1 + 3
    checks = explore(health, charts.lanes)
    checks.set(die=(LATE,))
    assert checks.pictures[0].caption == "134 requests sent to Server C are lost"


def test_the_lab_needs_no_widgets_and_no_numpy():
    code = "import sys, cloudlab.labs.load_balancing; print({'numpy', 'ipywidgets'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "set()"


def test_the_diamonds_show_the_number_that_the_answer_names_first():
    checks = Experiment(health, start={"die": (127.0,)})
    checks.is_it_luck(5)
    assert luck_of(checks.luck)["words"] == "p95"
    answer = checks.set(health_check_interval_seconds=5).is_it_luck(5)
    assert answer.startswith(
        "No, it is no luck: with check every 5 instead of 30, availability is higher with each"
    )
    shown = luck_of(checks.luck, checks.luck_before)
    assert (shown["words"], shown["unit"]) == ("failed requests", "%")
    assert shown["values"] == [100 * (1 - one.availability) for one in checks.luck]
    assert max(shown["values"]) < min(shown["before"])
