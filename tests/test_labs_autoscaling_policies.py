"""The ticket office of lesson 02: what its text says is what its model does, and its chart says what it draws."""

import subprocess
import sys
from math import inf

import pytest
from sheet_texts import noted_texts
from timetables import send

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.measures import instance_hours, percentiles, reaction
from cloudlab.labs.autoscaling_policies import JUMP, NINE, TEN, day, rush_at_nine, scenario
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import from_access_log, sample_access_log, steady
from cloudlab.views import charts
from cloudlab.views.panel import explore
from cloudlab.views.picture import Picture

SEEDS = range(1, 11)


def queued(record):
    return reaction(record, JUMP).relief - JUMP


def asked(record):
    return [ask.asked for ask in record.asks]


def delays(**setting):
    return [round(queued(scenario(seed, **setting))) for seed in SEEDS]


@pytest.fixture(scope="module")
def office():
    return scenario()


@pytest.fixture(scope="module")
def steep():
    return scenario(jump=4)


# What the lesson's text says


def test_the_same_seed_gives_the_same_half_hour():
    assert scenario(3).fingerprint() == scenario(3).fingerprint() != scenario(4).fingerprint()


def test_the_delay_is_split_as_the_lesson_adds_it(office):
    parts = [(name, round(seconds)) for name, seconds in reaction(office, JUMP).parts]
    assert parts == [("metric", 180), ("launch", 30), ("boot", 50), ("check", 10), ("line", 17)]
    assert (round(queued(office)), asked(office)) == (287, [7, 9])


def test_the_trace_by_hand_is_the_run(office):
    series = office.series[office.part("web"), "CPUUtilization"]
    shown = [round(series.at(60 * minute)) for minute in (10, 11, 12, 13, 16)]
    assert shown == [54, 99, 100, 100, 72]


def test_four_times_as_many_people_are_answered_in_steps_that_are_too_small_and_then_too_large(steep):
    assert (asked(steep), round(queued(steep))) == ([7, 12, 20, 30], 794)


def test_the_bad_friday_grows_from_three_to_nine_and_is_13_minutes_late():
    friday = scenario(target_value=80)
    assert (asked(friday), round(queued(friday))) == ([4, 5, 7, 9], 814)
    assert charts.waiting(friday).caption.startswith("Up to 480 wait at once, at 18:02")


def test_the_bands_of_the_three_targets_lie_apart():
    low, middle, high = (delays(target_value=target) for target in (40, 60, 80))
    assert set(low) == {0} and (min(middle), max(middle)) == (136, 328)
    assert (min(high), max(high)) == (466, 872)


@pytest.mark.parametrize("jump", [2, 4])
def test_with_a_schedule_nobody_queues(jump):
    assert set(delays(jump=jump, schedule_it=True)) == {0}


def test_a_period_of_five_minutes_is_fifteen_minutes_late():
    assert reaction(scenario(period=300), JUMP).parts[0] == ("metric", 900)


def test_a_longer_warmup_keeps_the_fleet_smaller():
    assert max(asked(scenario(jump=4, warm_up=300))) == 20 < max(asked(scenario(jump=4, warm_up=60)))


def test_headroom_costs_and_a_schedule_costs_less():
    hours = [instance_hours(scenario(**more)) for more in ({}, {"schedule_it": True}, {"target_value": 40})]
    assert hours == sorted(hours)


# The day


def test_the_rush_keeps_the_goal_with_a_schedule_only():
    def p95(**setting):
        return percentiles(day(**setting), (95,), since=NINE, until=TEN)[0]

    assert round(p95()) == 140
    assert p95(minimum_at_nine=6) < 10 and p95(minimum_at_nine=9, target_value=80) < 10
    assert p95(target_value=40) > 10


def test_the_minimum_at_nine_is_lowered_again():
    run = day(minimum_at_nine=9)
    low = run.series[run.part("web"), "GroupMinSize"]
    assert [low.at(hour * 3600) for hour in (8, 9, 11)] == [1, 9, 1]


def test_three_more_a_second_come_from_nine_to_ten():
    shape = rush_at_nine()
    assert shape.rate(NINE) - shape.rate(NINE - 121) == pytest.approx(3, abs=0.05)
    assert len(day(traffic=steady(0.0)).requests) == 0


def test_a_log_is_replayed_as_long_as_it_lasts():
    log = from_access_log(sample_access_log(), scale=1)
    run = day(traffic=log, mean_work=0.2)
    assert run.end == pytest.approx(120 + log.duration) and len(run.requests) == 10_370


# The measure


def test_a_reaction_is_read_from_the_record_of_a_handmade_run(world):
    """Two slots, a line of five from 100 s on; one more instance is asked for at 130 s."""
    template = LaunchTemplate(launch_time=20, boot_time=15)
    group = AutoScalingGroup(world, "web", min_size=1, max_size=3, launch_template=template)
    shop = LoadBalancer(
        world,
        "shop",
        targets=group,
        health_check_interval_seconds=10,
        unhealthy_threshold_count=10,
        idle_timeout_timeout_seconds=4000,
    )
    send(world, shop, *[(100, 40)] * 7, (190, 1))
    world.run(until=130)
    group.ask(2, "a policy")
    found = reaction(world.run(until=400), 100)
    moments = found.decided, found.in_service, found.answering, found.healthy
    assert moments == (130, 150, 165, 170)
    assert (found.queueing, found.relief) == (100, 220)
    assert found.parts == (("metric", 30), ("launch", 20), ("boot", 15), ("check", 5), ("line", 50))


def test_a_line_that_outlasts_the_run_has_no_relief(world):
    group = AutoScalingGroup(
        world, "web", min_size=1, max_size=3, launch_template=LaunchTemplate(boot_time=0)
    )
    shop = LoadBalancer(world, "shop", targets=group, idle_timeout_timeout_seconds=4000)
    send(world, shop, *[(100, 500)] * 3)
    found = reaction(world.run(until=300), 100)
    assert (found.relief, found.decided, dict(found.parts)["metric"]) == (inf, inf, 200)


def test_what_ends_before_anybody_decides_is_no_part_of_launch_or_boot():
    """With seed 7 a line of 151 s goes away by chance before the policy has its datapoints."""
    assert [round(seconds) for _, seconds in reaction(scenario(7), JUMP).parts] == [151, 0, 0, 0, 0]


def test_waits_shorter_than_the_limit_are_no_queue(office):
    assert reaction(office, JUMP, long=600).relief == JUMP


# The chart


def test_the_finding_names_the_delay_and_the_cost(office, steep):
    assert charts.reaction(office).caption == (
        "People queue until 287 s after the jump, 180 s of it before any decision; the run costs $0.34"
    )
    assert charts.reaction(scenario(schedule_it=True)).caption.startswith(
        "Nobody queues after the jump at 10:00"
    )
    assert "still queue 20 min after the jump" in charts.reaction(scenario(target_value=80, jump=4)).caption


def test_the_description_names_the_parts_and_the_wishes(steep):
    words = charts.reaction(steep).description
    assert (
        "until the alarm 180 s, launch 30 s, boot 50 s, check 10 s and until the line is gone 524 s." in words
    )
    assert "Wanted instances: 7 at 13:00, 12 at 16:00, 20 at 19:00 and 30 at 22:00." in words


def test_the_chart_draws_the_prediction_the_run_before_and_a_cursor(office, steep):
    picture = charts.reaction(office, ghost=steep, prediction=("you predicted", 90), at=700)
    assert "you predicted 90 s" in picture.image and "last run" in picture.image
    assert (picture.time, picture.plot["to"]) == (700, 1800)


def test_a_jump_may_be_given(office):
    assert charts.reaction(office, jump=1200).caption.startswith("Nobody queues after the jump at 20:00")


@pytest.mark.parametrize("width", [400, 1000])
def test_all_words_of_the_chart_lie_on_the_picture(width, monkeypatch, office, steep):
    texts = noted_texts(monkeypatch)
    late = scenario(target_value=80, jump=4)
    for run, seconds in ((office, 0), (steep, 1200), (late, 90), (scenario(schedule_it=True), 9999)):
        picture = Picture()
        picture.width = width
        charts.reaction(run, picture=picture, ghost=steep, prediction=("you predicted", seconds))
        assert picture.image
    assert texts and not [one.words for one in texts if one.outside]


def test_the_panel_of_the_lesson_works():
    panel = explore(scenario, charts.reaction, charts.waiting)
    panel.set(schedule_it=True, jump=4)
    assert "Nobody queues" in panel.summary() and list(panel.controls)[:3] == [
        "target_value",
        "jump",
        "schedule_it",
    ]


# Limits


def test_every_control_has_a_label():
    for run in (scenario, day):
        for name, parameter in parameters(run).items():
            assert name in ("seed", "traffic") or parameter.limit.label, f"{run.__name__}: {name}"


@pytest.mark.parametrize(
    "run, setting, sentence",
    [
        (scenario, {"target_value": 0}, "target_value is 0 %, but must be between 10 and 100 %."),
        (
            scenario,
            {"jump": "twice"},
            "jump is 'twice', but must be a number between 1 and 6",
        ),
        (scenario, {"period": 5}, "period is 5 s, but must be between 10 and 300 s."),
        (scenario, {"warm_up": -1}, "warm_up is -1 s, but must be between 0 and 600 s."),
        (
            day,
            {"minimum_at_nine": 21},
            "minimum_at_nine is 21 instances, but must be between 0 and 20 instances.",
        ),
        (day, {"traffic": "log.txt"}, "traffic is 'log.txt', but must be a shape such as"),
    ],
)
def test_a_value_out_of_range_gets_one_sentence(run, setting, sentence):
    with pytest.raises(InvalidParameter) as error:
        run(**setting)
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)


def test_the_lab_needs_no_widgets_and_no_numpy():
    code = "import sys, cloudlab.labs.autoscaling_policies; print({'numpy', 'ipywidgets'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "set()"
