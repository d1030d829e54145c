"""Alarms and scaling policies: what they refuse, in one sentence each, and what they write into the record."""

import pytest
from timetables import AT_ONCE

from cloudlab.alarms import Alarm, InvalidParameterValue
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import (
    CPUUtilization,
    ScalingPolicies,
    Scheduled,
    SimpleScaling,
    StepScaling,
    TargetTracking,
    ValidationError,
)
from cloudlab.autoscaling.policies.adjustments import steps
from cloudlab.autoscaling.policies.schedules import cron
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.labs.autoscaling_policies import scenario


@pytest.fixture
def scaling(world):
    at_once = LaunchTemplate(launch_time=0, boot_time=0)
    return ScalingPolicies(
        world, AutoScalingGroup(world, "web", min_size=1, max_size=9, launch_template=at_once)
    )


def alarm_of(world, *values, **more):
    """An alarm above 60 whose metric shows these values, minute by minute."""
    values = iter(values)
    return Alarm(world, "busy", **{"threshold": 60, "metric": lambda: next(values, None)} | more)


@pytest.mark.parametrize(
    "values, setting, told",
    [
        ([50, 50], {}, []),
        ([50, 70, 50], {}, ["goes off: 1 value above 60", "is off again"]),
        ([70, 50, 70], {"evaluation_periods": 3, "datapoints_to_alarm": 2}, ["goes off: 2 of 3 values above 60"]),
        ([50, 20, 20], {"evaluation_periods": 2, "comparison_operator": "LessThanThreshold", "threshold": 42},
         ["goes off: 2 values below 42"]),
        ([50, None, None, None], {"treat_missing_data": "breaching"}, ["goes off"]),
    ],
)  # fmt: skip
def test_an_alarm_tells_in_plain_words_why_it_goes_off_and_nothing_before(world, values, setting, told):
    alarm_of(world, *values, **setting)
    world.run(until=60 * len(values) + 1)
    assert [note.text for note in world.record.notes] == [f"Alarm busy {words}." for words in told]


def states(world, alarm):
    """(minute, state) of each state of an alarm."""
    return [(entry.time / 60, entry.state) for entry in world.record.states if entry.part == alarm.part]


# Alarms


def test_an_alarm_goes_off_when_so_many_of_the_last_datapoints_breach(world):
    alarm = alarm_of(world, 70, 50, 70, 50, 50, 50, evaluation_periods=3, datapoints_to_alarm=2)
    world.run(until=361)
    assert states(world, alarm) == [(0, "INSUFFICIENT_DATA"), (1, "OK"), (3, "ALARM"), (4, "OK")]


@pytest.mark.parametrize(
    "treated, expected",
    [
        ("missing", [(1, "ALARM"), (4, "INSUFFICIENT_DATA")]),
        ("ignore", [(1, "ALARM")]),
        ("breaching", [(1, "ALARM")]),
        ("notBreaching", [(1, "ALARM"), (4, "OK")]),
    ],
)
def test_missing_data_count_as_the_alarm_says(world, treated, expected):
    """One point is needed and three are looked at, so the one that there was counts for three minutes."""
    alarm = alarm_of(world, 70, None, None, None, treat_missing_data=treated)
    world.run(until=241)
    assert states(world, alarm)[1:] == expected


@pytest.mark.parametrize(
    "operator, breaches",
    [
        ("GreaterThanThreshold", [False, False, True]),
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_a_datapoint_is_compared_as_the_operator_says(world, operator, breaches):
    found = []
    alarm_of(world, 59, 60, 61, comparison_operator=operator, actions=[lambda *both: found.append(both)])
    world.run(until=181)
    assert found == [(value, 60) for value, breach in zip((59, 60, 61), breaches, strict=True) if breach]


def test_an_action_is_called_at_the_end_of_each_period_in_alarm(world):
    moments = []
    alarm_of(world, *[70] * 9, period=300, actions=[lambda *_: moments.append(world.now)])
    world.run(until=901)
    assert moments == [300, 600, 900]


@pytest.mark.parametrize(
    "setting, sentence",
    [
        ({"period": 5}, "period is 5 s, but must be between 10 and 86400 s."),
        ({"threshold": "high"}, "threshold is 'high', but must be a number between -1"),
        (
            {"datapoints_to_alarm": 2},
            "datapoints_to_alarm is 2 datapoints, but must be at most evaluation_periods (1).",
        ),
        ({"comparison_operator": ">"}, "comparison_operator is '>', but must be one of GreaterThan"),
        ({"treat_missing_data": "no"}, "treat_missing_data is 'no', but must be one of missing, ignore"),
        ({"metric": 5}, "metric is 5, but must be a function without parameters that returns a number"),
        ({"actions": ["call me"]}, "actions is ['call me'], but must be a list of functions of a value"),
    ],
)
def test_an_alarm_refuses_in_one_sentence_and_enters_nothing(world, setting, sentence):
    with pytest.raises(InvalidParameterValue) as error:
        alarm_of(world, 1, **setting)
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)
    assert not world.record.has_part("busy")


@pytest.mark.parametrize("value", ["high", True, [5]])
def test_a_metric_that_returns_no_number_is_named(world, value):
    alarm_of(world, value)
    with pytest.raises(InvalidParameterValue, match="metric returned .*, but must return a number or None"):
        world.run(until=61)


# Policies


@pytest.mark.parametrize(
    "kind, setting, sentence",
    [
        (SimpleScaling, {"scaling_adjustment": 1.5}, "scaling_adjustment is 1.5, but must be a whole number"),
        (
            SimpleScaling,
            {"scaling_adjustment": 1, "adjustment_type": "Add"},
            "adjustment_type is 'Add', but must be",
        ),
        (
            SimpleScaling,
            {"scaling_adjustment": 1, "cooldown": -1},
            "cooldown is -1 s, but must be between 0 and",
        ),
        (
            StepScaling,
            {"step_adjustments": "x"},
            "step_adjustments is 'x', but must be a list of (lower, upper",
        ),
        (TargetTracking, {"target_value": 0}, "target_value is 0, but must be between 0.001 and"),
        (
            TargetTracking,
            {"target_value": 50, "period": 7},
            "period is 7 s, but must be between 10 and 300 s.",
        ),
        (TargetTracking, {"target_value": 50, "metric": 5}, "metric is 5, but must be a function such as"),
        (Scheduled, {"recurrence": 9, "min_size": 1}, "recurrence is 9, but must be a text."),
        (
            Scheduled,
            {"recurrence": "0 9 * * *", "min_size": -1},
            "min_size is -1 instances, but must be between 0",
        ),
        (
            Scheduled,
            {"recurrence": "0 9 * * *", "min_size": 5, "max_size": 4},
            "min_size is 5 instances, but must be at most max_size (4).",
        ),
    ],
)
def test_a_policy_refuses_in_one_sentence_and_enters_nothing(world, scaling, kind, setting, sentence):
    parts = len(world.record.parts)
    with pytest.raises(ValidationError) as error:
        kind(scaling, **setting)
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)
    assert (scaling.policies, len(world.record.parts)) == ([], parts)


def test_policies_need_a_group(world):
    with pytest.raises(ValidationError, match="group is 'web', but must be an AutoScalingGroup"):
        ScalingPolicies(world, "web")


def test_two_policies_of_one_name_are_refused(world, scaling):
    TargetTracking(scaling, target_value=50)
    with pytest.raises(InvalidParameter, match="another part already has that name"):
        TargetTracking(scaling, target_value=60)


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("61 * * * *", "its minute, '61', must be numbers from 0 to 59"),
        ("a * * * *", "its minute"),
        ("5-3 * * * *", "its minute"),
        ("*/0 * * * *", "its minute"),
        ("*-5 * * * *", "its minute"),
        ("1,,2 * * * *", "its minute"),
        ("* 24 * * *", "its hour"),
        ("* * 0 * *", "its day of the month"),
        ("* * * 13 *", "its month"),
        ("* * * * MONDAY", "its day of the week"),
    ],
)
def test_a_recurrence_that_can_not_be_read_is_named_by_its_field(text, words):
    with pytest.raises(ValidationError, match=f"recurrence is .*{words}"):
        cron(text)


@pytest.mark.parametrize(
    "wrong",
    [[], "x", None, [(0, 10)], [5], [(0, "a", 1)], [(0, None, 1.5)], [(0, None, None)], [(0, None, True)],
     [(float("nan"), None, 1)], [(10, 10, 1)], [(float("inf"), None, 1)]],
)  # fmt: skip
def test_steps_that_are_no_steps_are_refused_in_one_sentence(wrong):
    with pytest.raises(ValidationError, match=r"^step_adjustments .*\.$"):
        steps(wrong)


def test_the_metric_of_a_group_is_written_into_the_record(world, scaling):
    world.run(until=1)
    metric = CPUUtilization(scaling.group)
    world.run(until=60)
    assert metric() == 0
    series = world.record.series[scaling.group.part, "CPUUtilization"]
    assert (list(series.times), list(series.values)) == ([60], [0])


def test_each_policy_says_its_name_in_the_wish(world, scaling):
    policy = SimpleScaling(scaling, "more", scaling_adjustment=1, cooldown=0)
    world.run(until=1)
    policy.execute_policy()
    world.run(until=2)
    assert [(ask.by, ask.granted) for ask in world.record.asks] == [("more", 2)]


# What happens at one moment


def busy_from(minute):
    """A metric that is above 60 from a minute on."""
    seen = iter(range(1, 10_000))
    return lambda: 90 if next(seen) >= minute else 50


def more_and_a_schedule(
    world, *, alarm_first: bool, adjustment: int = 1, recurrence: str = "10 0 * * *", **sizes
):
    """A group of 4 of 1 to 20: at 600 s an alarm's simple policy and a schedule act in the same second."""
    group = AutoScalingGroup(
        world, "web", min_size=1, max_size=20, desired_capacity=4, launch_template=AT_ONCE, default_cooldown=0
    )
    scaling = ScalingPolicies(world, group)

    def alarm():
        policy = SimpleScaling(scaling, scaling_adjustment=adjustment)
        Alarm(world, "busy", metric=busy_from(10), threshold=60, actions=[policy.execute_policy])

    def schedule():
        Scheduled(scaling, recurrence=recurrence, **sizes)

    for make in (alarm, schedule) if alarm_first else (schedule, alarm):
        make()
    return group


@pytest.mark.parametrize("alarm_first", [True, False])
def test_a_wish_for_more_never_lowers_what_a_schedule_sets_in_the_same_second(world, alarm_first):
    """The alarm goes first, since both look once a minute: five are wanted, then nine."""
    group = more_and_a_schedule(world, alarm_first=alarm_first, desired_capacity=9)
    world.run(until=601)
    assert group.desired_capacity == 9


@pytest.mark.parametrize("alarm_first", [True, False])
def test_a_wish_for_less_never_raises_what_a_schedule_sets_in_the_same_second(world, alarm_first):
    group = more_and_a_schedule(world, alarm_first=alarm_first, adjustment=-1, desired_capacity=2)
    world.run(until=601)
    assert group.desired_capacity <= 2


@pytest.mark.parametrize("alarm_first", [True, False])
@pytest.mark.parametrize(("adjustment", "desired"), [(-1, 9), (1, 2), (-2, 3), (5, 7), (1, 4)])
def test_a_policy_does_not_undo_what_a_schedule_sets_in_the_same_second(
    world, alarm_first, adjustment, desired
):
    """Four with one less are three, then the schedule sets nine, and that holds; so does what lies between."""
    group = more_and_a_schedule(
        world, alarm_first=alarm_first, adjustment=adjustment, desired_capacity=desired
    )
    world.run(until=601)
    assert group.desired_capacity == desired


@pytest.mark.parametrize(
    "sizes, why",
    [
        ({"min_size": 26}, "min_size is 26 instances, but must be at most max_size (20)."),
        (
            {"desired_capacity": 26},
            "desired_capacity is 26, but must lie between min_size (1) and max_size (20).",
        ),
        ({"max_size": 0}, "min_size is 1 instances, but must be at most max_size (0)."),
    ],
)
def test_a_scheduled_action_that_does_not_fit_fails_and_all_goes_on(world, sizes, why):
    """The action of 0:10 fails, that of 0:20 works once the range is another one; the alarm's policy goes on."""
    group = more_and_a_schedule(world, alarm_first=True, recurrence="10,20 0 * * *", **sizes)
    world.run(until=900)
    assert (group.min_size, group.max_size) == (1, 20)
    told = [note.text for note in world.record.notes if note.glyph == "✕"]
    assert told == [f"The schedule fails and changes nothing: {why}"]
    before = group.desired_capacity
    assert before > 4
    group.update_auto_scaling_group(min_size=0, max_size=30)
    world.run(until=1300)
    assert (group.min_size, group.max_size, group.desired_capacity) != (0, 30, before)


def test_the_scenario_of_lesson_02_runs_to_its_end_with_any_jump_and_target():
    """A minimum that the schedule wants and the group can't have ended the run before."""
    record = scenario(target_value=20, jump=6, schedule_it=True)
    assert record.end > 0
    assert any(note.text.startswith("The schedule fails") for note in record.notes)


def test_when_all_are_protected_one_note_says_why_nothing_goes(world):
    group = AutoScalingGroup(
        world, "web", min_size=1, max_size=5, desired_capacity=3, launch_template=AT_ONCE,
        new_instances_protected_from_scale_in=True,
    )  # fmt: skip
    world.run(until=60)
    group.set_desired_capacity(1)
    world.run(until=300)
    told = [note.text for note in world.record.notes if "protected" in note.text]
    assert told == ["web wants 1 and has 3, but all of these are protected from scale-in: none goes."]
    assert len(group.targets()) == 3
