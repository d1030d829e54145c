"""The facts of CloudWatch's alarms (CW): which state the latest datapoints give, and which periods there are."""

import pytest
from facts import FACTS
from timetables import AT_ONCE

from cloudlab.alarms import MORE_POINTS, Alarm, InvalidParameterValue, judged
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "kept"
PUBLISHED = [
    (3, "0 - X - X", ("OK", "OK", "OK", "OK")),
    (3, "0 - - - -", ("OK", "OK", "OK", "OK")),
    (3, "- - - - -", ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")),
    (3, "0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    (3, "- - X - -", ("ALARM", KEPT, "ALARM", "OK")),
    (2, "0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    (2, "0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    (2, "0 - X - -", ("OK", "OK", "ALARM", "OK")),
    (2, "- - - - 0", ("OK", "OK", "ALARM", "OK")),
    (2, "- - - X -", ("ALARM", KEPT, "ALARM", "OK")),
]
"""The provider's own tables, for 3 periods of which 5 are looked at; the newest point stands last."""

CELLS = [
    (needed, data, treated, state)
    for needed, data, states in PUBLISHED
    for treated, state in zip(TREATMENTS, states, strict=True)
]


def points(data: str) -> list[bool | None]:
    """'0 X -' as the alarm keeps it: fine, breaching, missing."""
    return [{"0": False, "X": True, "-": None}[sign] for sign in data.split()]


def state_of(data: str, state: str = "OK", *, needed: int = 3, treated: str = "missing") -> str:
    return judged(
        points(data), state, evaluation_periods=3, datapoints_to_alarm=needed, treat_missing_data=treated
    )


@pytest.mark.parametrize("before", ["OK", "ALARM", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize("needed, data, treated, state", CELLS)
def test_the_published_table_of_missing_data(needed, data, treated, state, before):
    """CW-1, CW-7, CW-8, CW-9, CW-11: each cell, whatever the state was before."""
    assert state_of(data, before, needed=needed, treated=treated) == (before if state == KEPT else state)


@pytest.mark.parametrize("data", ["- - - - X", "- - - X -"])
def test_breaching_points_that_are_too_young_are_no_alarm_yet(data):
    """CW-10: three are needed, and the oldest one is one or two periods old; no source says which state it is."""
    assert [state_of(data, state) for state in ("OK", "INSUFFICIENT_DATA")] == ["OK", "OK"]
    assert state_of("- - X - -") == "ALARM"


@pytest.mark.parametrize("treated", TREATMENTS)
@pytest.mark.parametrize("data", ["- - - X X", "- X - X -", "X - - - X"])
def test_as_many_breaching_points_as_are_needed_are_an_alarm_whatever_the_setting(data, treated):
    """CW-11: two of three, and one is missing."""
    assert state_of(data, needed=2, treated=treated) == "ALARM"


@pytest.mark.parametrize("data", ["- - - - 0", "X - - - -", "- X - - -", "0 - - - -"])
def test_with_any_datapoint_there_is_enough_to_judge(data):
    """CW-8: INSUFFICIENT_DATA only where all points of the range are missing."""
    assert state_of(data, "INSUFFICIENT_DATA") != "INSUFFICIENT_DATA"


def alarm_that_sees(world, data: str, **setting):
    """An alarm above 60 that sees 70 for X, 50 for 0 and nothing for -, minute by minute."""
    values = iter({"X": 70, "0": 50, "-": None}[sign] for sign in data.split())
    return Alarm(world, "busy", metric=lambda: next(values, None), threshold=60, **setting)


def states(world, alarm) -> list[tuple[float, str]]:
    """(minute, state) of each state of an alarm."""
    return [(entry.time / 60, entry.state) for entry in world.record.states if entry.part == alarm.part]


def test_a_new_alarm_has_no_data_and_one_that_loses_all_data_has_none_again(world):
    """CW-5, CW-6: it looks at two more points than it needs, so it forgets only after five minutes."""
    alarm = alarm_that_sees(world, "X X X - - - - -", evaluation_periods=3)
    world.run(until=541)
    assert MORE_POINTS == 2
    assert states(world, alarm) == [
        (0, "INSUFFICIENT_DATA"),
        (1, "OK"),
        (3, "ALARM"),
        (8, "INSUFFICIENT_DATA"),
    ]


def test_actions_of_auto_scaling_repeat_while_the_state_lasts(world):
    """CW-5: at the end of each period in ALARM, not only when it begins."""
    moments = []
    alarm_that_sees(world, "X X 0 X", actions=[lambda *_: moments.append(world.now / 60)])
    world.run(until=241)
    assert moments == [1, 2, 4]


def test_a_policy_that_is_called_without_a_value_asks_for_nothing(world):
    """CW-7: an alarm may stay in ALARM while points are missing, and then there is no value to go by."""
    group = AutoScalingGroup(
        world, "web", min_size=1, max_size=9, launch_template=AT_ONCE, default_instance_warmup=0
    )
    values = iter([90, 90, 90, None, None])
    TargetTracking(ScalingPolicies(world, group), target_value=60, metric=lambda: next(values, None))
    world.run(until=301)
    assert [ask.time for ask in world.record.asks] == [180]


@pytest.mark.parametrize("period", [10, 20, 30, 60, 120, 3600, 86_400])
def test_periods_that_there_are(world, period):
    """CW-2: 10, 20, 30 or a multiple of 60 s."""
    assert alarm_that_sees(world, "0", period=period).period == period


@pytest.mark.parametrize("period", [15, 40, 61, 90])
def test_periods_that_there_are_not(world, period):
    """CW-2."""
    with pytest.raises(InvalidParameterValue, match=f"period is {period} s, but must be 10, 20, 30 or a mul"):
        alarm_that_sees(world, "0", period=period)
    assert not world.record.has_part("busy")


@pytest.mark.parametrize(
    "period, most, span", [(1800, 48, 88_200), (3600, 100, None), (86_400, 7, 691_200), (900, 96, 87_300)]
)
def test_all_that_is_looked_at_is_at_most_a_day_or_a_week_of_long_periods(world, period, most, span):
    """CW-3: a day, and a week where a period is an hour or longer."""
    assert alarm_that_sees(world, "0", period=period, evaluation_periods=most)
    if span:
        with pytest.raises(InvalidParameterValue, match=f"is {span} s, and must be at most"):
            Alarm(world, "more", metric=lambda: 1, threshold=1, period=period, evaluation_periods=most + 1)


def test_the_facts_of_alarms_are_listed():
    assert {f"CW-{number}" for number in range(1, 12)} <= FACTS.keys()
