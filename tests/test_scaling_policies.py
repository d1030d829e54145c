"""Scaling policies: the worked examples of the provider's guide, and timetables."""

import pytest

from cloudlab.alarms import Alarm, InvalidParameterValue
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.limits import InvalidParameter
from cloudlab.load_balancer import LoadBalancer
from cloudlab.scaling_policies import (
    RequestCountPerTarget,
    ScalingPolicies,
    Scheduled,
    SimpleScaling,
    StepScaling,
    TargetTracking,
    adjusted,
    cron,
    due,
)
from cloudlab.traffic import Customers, step
from cloudlab.world import World

AT_ONCE = LaunchTemplate(launch_time=0, boot_time=0)
OUT_AND_IN = [(0, 10, 0), (10, 20, 10), (20, None, 30), (-10, 0, 0), (-20, -10, -10), (None, -20, -30)]


def fleet(size, *, template=AT_ONCE, **more):
    world = World(1)
    group = AutoScalingGroup(
        world,
        "web",
        **{"min_size": 0, "max_size": 100, "desired_capacity": size, "launch_template": template} | more,
    )
    world.run(until=1)
    return world, group, ScalingPolicies(group)


def test_step_scaling_takes_the_steps_of_the_guide():
    """EX-16, with metrics that lie exactly on bounds."""
    world, group, scaling = fleet(10)
    policy = StepScaling(
        scaling, threshold=50, step_adjustments=OUT_AND_IN, adjustment_type="PercentChangeInCapacity"
    )
    sizes = []
    for minute, value in enumerate((60, 70, 40, 30, 45, 55), start=1):
        policy.act(value)
        world.run(until=60 * minute)
        sizes.append(group.desired_capacity)
    assert sizes == [11, 14, 13, 10, 10, 10]


def test_warming_instances_count_as_already_there():
    """The same breach again adds nothing, a higher step only the difference (EX-16, variant)."""
    world, group, scaling = fleet(10, default_instance_warmup=600)
    world.run(until=700)
    policy = StepScaling(
        scaling, threshold=50, step_adjustments=OUT_AND_IN, adjustment_type="PercentChangeInCapacity"
    )
    sizes = []
    for minute, value in enumerate((62, 62, 70, 70), start=12):
        policy.act(value)
        world.run(until=60 * minute)
        sizes.append(group.desired_capacity)
    assert sizes == [11, 11, 13, 13]


@pytest.mark.parametrize(
    "start, kind, change, magnitude, end",
    [
        (3, "ChangeInCapacity", 5, 0, 8),
        (3, "ExactCapacity", 5, 0, 5),
        (10, "PercentChangeInCapacity", 10, 0, 11),
        (4, "PercentChangeInCapacity", 25, 2, 6),
        (100, "PercentChangeInCapacity", 12.7, 0, 112),
        (1, "PercentChangeInCapacity", 67, 0, 2),
        (10, "PercentChangeInCapacity", -6.7, 0, 9),
        (10, "PercentChangeInCapacity", -12.7, 0, 9),
    ],
)
def test_adjustments_of_the_guide(start, kind, change, magnitude, end):
    assert adjusted(start, kind, change, magnitude) == end


def test_the_larger_of_two_wishes_wins():
    """EX-22"""
    world, group, scaling = fleet(4)
    scaling.wish(5, "one"), scaling.wish(6, "two")
    world.run(until=2)
    assert group.desired_capacity == 6


def test_simple_waits_for_the_cooldown():
    world, group, scaling = fleet(2)
    policy = SimpleScaling(scaling, scaling_adjustment=1)
    sizes = []
    for moment in (310, 400, 600, 700):
        world.run(until=moment)
        policy.act(90.0)
        world.run(until=moment + 1)
        sizes.append(group.desired_capacity)
    assert sizes == [3, 3, 3, 4]


def test_target_tracking_follows_a_jump():
    world, group, scaling = fleet(
        2, template=LaunchTemplate(launch_time=30, boot_time=60), default_instance_warmup=120, max_size=20
    )
    shop = LoadBalancer(world, "shop", targets=group, health_check_timeout_seconds=20)
    tracking = TargetTracking(scaling, target_value=60)
    world.run(until=300)
    Customers(world, "c", traffic=step(1.0, jump=4, at=600), to=shop, mean_work=2.0, patience=60)
    record = world.run(until=4200)
    assert [(ask.time, ask.granted) for ask in record.asks][0] == (1081, 4)


def test_schedule():
    assert [due(cron("50 8 * * 1-5"), 86400 * d + 8 * 3600 + 50 * 60) for d in range(7)] == [True] * 5 + [
        False
    ] * 2
    world, group, scaling = fleet(1)
    Scheduled(scaling, recurrence="0 9 * * *", min_size=6)
    world.run(until=9 * 3600 + 1)
    assert group.desired_capacity == 6


@pytest.mark.parametrize(
    "text", ["", "* * * *", "61 * * * *", "a * * * *", "5-3 * * * *", "*/0 * * * *", "* * 0 * *"]
)
def test_bad_cron(text):
    with pytest.raises(InvalidParameter, match="recurrence is"):
        cron(text)


@pytest.mark.parametrize(
    "steps",
    [
        [],
        "x",
        [(0, 10)],
        [(0, 10, 1), (5, None, 2)],
        [(0, 10, 1), (11, None, 2)],
        [(0, 10, 1)],
        [(None, None, 1)],
        [(-5, 0, 1)],
        [(0, "a", 1)],
    ],
)
def test_bad_steps(steps):
    world, group, scaling = fleet(1)
    with pytest.raises(InvalidParameter) as e:
        StepScaling(scaling, threshold=50, step_adjustments=steps)
    assert str(e.value)
