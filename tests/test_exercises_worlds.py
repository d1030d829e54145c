"""The worlds that exercises are tried in: what a schedule has set, which number rules, who asked again."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from cloudlab.exercises.autoscaling_limits import shop_day
from cloudlab.exercises.autoscaling_policies import rush, waves
from cloudlab.exercises.start_here import mornings
from cloudlab.judge.question import exercise

MORNING = {"begins": 60, "lasts": 40, "calm": 36, "rush": 180}


def schedule(raise_at, reset_at="30 9 * * *"):
    return {"raise_at": raise_at, "rush_minimum": 16, "reset_at": reset_at, "target_value": 90}


@pytest.mark.parametrize(
    "raise_at, before, rises",
    [
        ("30 7 * * *", 16, "rises at 7:30"),
        ("57 7 * * *", 16, "rises at 7:57"),
        ("58 7 * * *", 1, "rises at 7:58"),
        ("57 8 * * *", 1, "rises at 8:57"),
        ("5 9 * * *", 1, "rises at 9:05, after the rush has begun"),
        ("0 20 * * *", 16, "rises at 20:00 on an earlier day"),
        ("0 20 * * 0", 16, "rises at 20:00 on an earlier day"),
        ("57 8 * * 2", 1, "does not rise this morning"),
        ("0 0 30 2 *", 1, "does not rise this morning"),
        ("0 7 1 * *", 16, "rises at 7:00"),
    ],
)
def test_a_schedule_counts_whenever_it_was_set(raise_at, before, rises):
    """Also long before the fleet is launched, and on an earlier day: it is there each day."""
    answer = schedule(raise_at)
    assert rush.set_before(answer) == before
    assert rush.rises(answer, MORNING) == rises


def test_what_was_lowered_since_is_down():
    assert rush.set_before(schedule("30 7 * * *", "45 7 * * *")) == 1
    assert rush.set_before(schedule("0 20 * * *", "0 6 * * *")) == 1
    assert rush.set_before(schedule("0 7 * * *", "0 7 * * *")) == 1, "of one minute the second goes second"


def test_a_fleet_that_was_raised_early_stands_there_from_the_launch():
    record = rush.morning(schedule("30 7 * * *"), MORNING, 1)
    wish = record.series[record.part("web"), "GroupDesiredCapacity"]
    assert wish.at(60 * rush.OPENS) == 16


DAY = {"plan": [[100, 9], [150, 0], [200, 9], [250, 0]]}


@pytest.mark.parametrize(
    "minute, number",
    [
        (0, "desired_capacity"),
        (99, "desired_capacity"),
        (100, "max_size"),
        (160, "min_size"),
        (300, "min_size"),
    ],
)
def test_one_of_the_three_numbers_rules_at_each_moment(minute, number):
    assert shop_day.ruler(DAY, shop_day.READY + 60 * minute) == number


def asked(pending, decisions, orders):
    """What `asked_again` finds, when so many orders come in each minute and so many are pending."""
    arrived = [60.0 * minute + place for minute, number in enumerate(orders) for place in range(number)]
    series = {
        ("web", "GroupPendingInstances"): SimpleNamespace(at=lambda time: pending),
        ("web", "GroupDesiredCapacity"): SimpleNamespace(times=[0.0], values=[5]),
    }
    record = SimpleNamespace(requests=SimpleNamespace(arrived=arrived), series=series, part=lambda name: name)
    return waves.asked_again(record, [(60.0 * minute, wish) for minute, wish in decisions])


def test_who_asks_for_what_is_on_its_way_asks_again():
    assert asked(2, [(2, 7), (3, 9)], [9, 9, 9]) == (2, 4), "no minute had more, and two are on their way"
    assert asked(2, [(2, 7), (3, 9)], [9, 12, 9]) == (0, 4), "more orders came"
    assert asked(0, [(2, 7), (3, 9)], [9, 9, 9]) == (0, 4), "nothing is on its way"


def test_mornings_are_good_when_the_nineteenth_time_is():
    good, bad = [10] * 18 + [300, 900], [10] * 18 + [301, 900]
    plan = {"clerks": 2, "busy": 0.9, "days": [good] * 19 + [bad]}
    assert mornings.good_days(plan) == 19 and mornings.right([plan]) == 2
    assert mornings.right([plan | {"days": [good] * 18 + [bad] * 2}]) == 0


def test_each_wrong_idea_of_e0_differs_from_the_right_choice():
    from random import Random

    dice = Random(1)
    cases = [mornings.any_plans(dice) for _ in range(200)]
    for code, ideas in mornings.IDEAS.items():
        for idea in ideas:
            assert sum(idea(plans) != mornings.right(plans) for plans in cases) > 20, code
    assert sum(mornings.right(plans) == 0 for plans in cases) > 5


def test_a_scenario_says_when_the_rush_begins():
    given = exercise("E5").scenario()
    corners = pairwise(given["orders"])
    begins = next(minute for (minute, low), (_, high) in corners if low < high)
    assert given["rush_begins_at"] == f"{8 + begins // 60}:{begins % 60:02}"
