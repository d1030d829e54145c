"""Facts about scaling policies: each test is a sentence, cites its fact, and reads a timetable from the record.

Instances are in service at once, unless a test says otherwise, and an alarm has a datapoint each minute. Where
`shown` stands, the metric is a list: its first value is known at 60 s, the second at 120 s, and so on.
"""

import re
from zoneinfo import ZoneInfo

import pytest
from timetables import AT_ONCE, changes, send

from cloudlab.alarms import Alarm
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import (
    CPUUtilization,
    RequestCountPerTarget,
    ScalingPolicies,
    Scheduled,
    SimpleScaling,
    StepScaling,
    TargetTracking,
    ValidationError,
)
from cloudlab.autoscaling.policies.adjustments import adjusted, step_for, steps
from cloudlab.autoscaling.policies.schedules import cron, due
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import parameters
from cloudlab.load_balancer import LoadBalancer

QUICK = LaunchTemplate(launch_time=30, boot_time=0)
GUIDE = [(0, 10, 0), (10, 20, 10), (20, None, 30), (-10, 0, 0), (-20, -10, -10), (None, -20, -30)]
"""The steps of the provider's guide, in percent around a threshold of 50 (EX-16)."""


def fleet_of(world, size, *, low=0, high=100, warmup=0, template=AT_ONCE, **more):
    """A group called 'web' and its policies."""
    more = {"default_instance_warmup": warmup, "launch_template": template} | more
    group = AutoScalingGroup(world, "web", min_size=low, max_size=high, desired_capacity=size, **more)
    world.run(until=0.001)
    return group, ScalingPolicies(world, group)


def shown(*values):
    """A metric that shows these values, the last one again and again."""
    values = list(values)
    return lambda: values.pop(0) if len(values) > 1 else values[0]


def wishes(world):
    """(minute, wanted) of each wish that a policy got."""
    return [(round(ask.time / 60, 2), ask.granted) for ask in world.record.asks]


def tracking(world, scaling, *values, target=50, **more):
    """Target tracking of a metric that shows `values`."""
    return TargetTracking(scaling, target_value=target, metric=shown(*values), **more)


# Cooldown and warm-up


def test_simple_scaling_waits_for_the_activity_and_then_for_the_cooldown(world):
    """AS-17, AS-25: alarms in between are ignored, however many."""
    _group, scaling = fleet_of(world, 2, template=QUICK)
    policy = SimpleScaling(scaling, scaling_adjustment=1)
    Alarm(world, "busy", metric=shown(90), threshold=60, actions=[policy.execute_policy])
    world.run(until=900)
    assert [(ask.time, ask.granted) for ask in world.record.asks] == [(360.001, 3), (720.001, 4)]


def test_the_cooldown_of_a_simple_policy_may_be_its_own_and_is_300_s_otherwise(world):
    """AS-17."""
    _group, scaling = fleet_of(world, 2)
    given = [SimpleScaling(scaling, scaling_adjustment=1, cooldown=cooldown) for cooldown in (None, 0, 90)]
    assert [policy.cooldown for policy in given] == [300, 0, 90]


def test_a_cooldown_is_over_at_its_last_second_and_not_before(world):
    """AS-17, AS-25: in service at 0 s."""
    group, scaling = fleet_of(world, 2)
    policy = SimpleScaling(scaling, scaling_adjustment=1)
    for time, wanted in ((299.999, 2), (300, 3)):
        world.run(until=time)
        policy.execute_policy()
        world.run(until=time + 0.0005)
        assert group.desired_capacity == wanted


def test_simple_scaling_without_a_cooldown_still_waits_for_the_activity(world):
    """AS-25: an alarm each minute, and an instance that takes 90 s to come."""
    _group, scaling = fleet_of(world, 2, template=LaunchTemplate(launch_time=90, boot_time=0))
    policy = SimpleScaling(scaling, scaling_adjustment=1, cooldown=0)
    world.run(until=100)
    Alarm(world, "busy", metric=shown(90), threshold=60, actions=[policy.execute_policy])
    world.run(until=500)
    assert [(ask.time, ask.granted) for ask in world.record.asks] == [(160, 3), (280, 4), (400, 5)]


def test_the_cooldown_begins_when_the_last_instance_has_drained(world):
    """AS-17."""
    group, scaling = fleet_of(world, 2)
    shop = LoadBalancer(world, "shop", targets=group, idle_timeout_timeout_seconds=4000)
    send(world, shop, (301, 100), (301, 100), (301, 100), (301, 100))
    policy = SimpleScaling(scaling, scaling_adjustment=-1)
    world.run(until=302)
    policy.execute_policy()
    world.run(until=402)
    ended = group.active_until
    policy.execute_policy()
    world.run(until=ended + 299)
    policy.execute_policy()
    world.run(until=ended + 301)
    policy.execute_policy()
    world.run(until=ended + 302)
    assert ended == 401.001 and [ask.granted for ask in world.record.asks] == [1, 0]


@pytest.mark.parametrize(
    "own, group_s, warmup", [(90, 120, 90), (None, 120, 120), (None, None, 300), (0, 120, 0), (None, 0, 0)]
)
def test_the_warmup_is_the_policy_s_else_the_group_s_else_the_cooldown(world, own, group_s, warmup):
    """AS-18."""
    _group, scaling = fleet_of(world, 1, warmup=group_s)
    step = StepScaling(scaling, step_adjustments=[(0, None, 1)], estimated_instance_warmup=own)
    target = TargetTracking(scaling, target_value=50, estimated_instance_warmup=own)
    assert (step.warmup, target.warmup) == (warmup, warmup)


def test_the_warmup_of_a_group_is_unset_by_default():
    """AS-18."""
    assert parameters(AutoScalingGroup.__init__)["default_instance_warmup"].default is None


def test_a_warming_instance_is_not_in_the_metric(world):
    """AS-19: in service at 90 s, it warms up until 210 s, and halves the busy share from then on."""
    template = LaunchTemplate(launch_time=30, boot_time=0, slots=1)
    group, scaling = fleet_of(world, 1, template=template)
    world.run(until=40)
    send(world, group.targets()[0], (40, 1000))
    TargetTracking(scaling, target_value=101, estimated_instance_warmup=120)
    world.run(until=60)
    group.set_desired_capacity(2)
    world.run(until=390)
    assert changes(world, "web", "CPUUtilization") == [(160, 100), (220, 50)]


def test_a_warming_instance_counts_as_capacity_for_a_step_out(world):
    """AS-19, AS-27, EX-16: the same breach again adds nothing, a higher one the difference."""
    _group, scaling = fleet_of(world, 10, warmup=600)
    world.run(until=700)
    policy = StepScaling(scaling, step_adjustments=GUIDE, adjustment_type="PercentChangeInCapacity")
    metric = shown(62, 62, 70, 70)
    Alarm(world, "busy", metric=metric, threshold=50, actions=[policy.execute_policy])
    world.run(until=941)
    assert [(ask.time, ask.granted) for ask in world.record.asks] == [(760, 11), (880, 13)]


def test_no_step_goes_in_while_instances_warm_up(world):
    """AS-20: the wish of minute 1 warms up until minute 4."""
    _group, scaling = fleet_of(world, 10, warmup=180)
    world.run(until=240)
    policy = StepScaling(scaling, step_adjustments=[(0, None, 1), (None, 0, -1)])
    metric = shown(60, 40)
    for name, kind in (("high", "GreaterThanThreshold"), ("low", "LessThanThreshold")):
        Alarm(
            world,
            name,
            metric=metric,
            threshold=50,
            comparison_operator=kind,
            actions=[policy.execute_policy],
        )
    world.run(until=541)
    asked = [(ask.time, ask.granted) for ask in world.record.asks]
    assert asked[0] == (300, 11) and asked[1] == (480, 10)


def test_target_tracking_goes_not_in_while_instances_warm_up(world):
    """AS-20: fifteen low datapoints are there after 15 minutes, but a new instance warms up until minute 20."""
    group, scaling = fleet_of(world, 8)
    tracking(world, scaling, 20, estimated_instance_warmup=600)
    world.run(until=590)
    group.set_desired_capacity(9)
    world.run(until=1210)
    assert wishes(world)[1:] == [(20, 4)]


# Kinds of policies and adjustments


def test_there_are_simple_step_and_target_tracking_policies_and_schedules(world):
    """AS-21."""
    _group, scaling = fleet_of(world, 2)
    SimpleScaling(scaling, scaling_adjustment=1)
    StepScaling(scaling, step_adjustments=[(0, None, 1)])
    TargetTracking(scaling, target_value=50)
    Scheduled(scaling, recurrence="0 9 * * *", min_size=1)
    assert [type(policy).__name__ for policy in scaling.policies] == [
        "SimpleScaling",
        "StepScaling",
        "TargetTracking",
    ]


@pytest.mark.parametrize(
    "start, kind, change, end",
    [
        (3, "ChangeInCapacity", 5, 8),
        (3, "ChangeInCapacity", -5, 0),
        (3, "ExactCapacity", 5, 5),
        (8, "ExactCapacity", 5, 5),
        (8, "ExactCapacity", 0, 0),
        (10, "PercentChangeInCapacity", 10, 11),
    ],
)
def test_an_adjustment_adds_sets_or_adds_percent(start, kind, change, end):
    """AS-22, EX-21."""
    assert adjusted(start, kind, change) == end


@pytest.mark.parametrize(
    "start, percent, end",
    [
        (127, 10, 139),
        (67, 1, 68),
        (67, -1, 66),
        (67, -10, 61),
        (10, 30, 13),
        (14, 10, 15),
        (13, -30, 10),
        (0, 50, 0),
    ],
)
def test_percent_are_rounded_towards_zero_but_never_to_nothing(start, percent, end):
    """AS-23, EX-19: 12.7 is 12, 0.67 is 1, -0.67 is -1, -6.7 is -6."""
    assert adjusted(start, "PercentChangeInCapacity", percent) == end


def test_the_smallest_adjustment_holds_for_percent_in_both_directions():
    """AS-24, EX-20."""
    ends = [adjusted(4, "PercentChangeInCapacity", percent, 2) for percent in (25, -25, 75)]
    assert ends == [6, 2, 7]
    assert adjusted(4, "ChangeInCapacity", 1, 2) == 5


# Step scaling


def test_step_scaling_takes_the_steps_of_the_guide(world):
    """AS-26, EX-16: 60, 70, 40 and 30 lie exactly on bounds."""
    group, scaling = fleet_of(world, 10)
    policy = StepScaling(scaling, step_adjustments=GUIDE, adjustment_type="PercentChangeInCapacity")
    sizes = []
    for minute, value in enumerate((60, 70, 40, 30, 45, 55, 50), start=1):
        policy.execute_policy(value, 50)
        world.run(until=60 * minute)
        sizes.append(group.desired_capacity)
    assert sizes == [11, 14, 13, 10, 10, 10, 10]


@pytest.mark.parametrize(
    "beyond, adjustment",
    [(0, 1), (9.99, 1), (10, 2), (1000, 2), (-0.01, -1), (-9.99, -1), (-10, -2), (-1000, -2)],
)
def test_the_lower_bound_belongs_to_a_step_above_the_threshold_and_the_upper_one_below(beyond, adjustment):
    """AS-26."""
    found = steps([(10, None, 2), (0, 10, 1), (-10, 0, -1), (None, -10, -2)])
    assert step_for(found, beyond) == adjustment


@pytest.mark.parametrize(
    "wrong, words",
    [
        ([(0, 10, 1), (5, None, 2)], "overlap between 5 and 10"),
        ([(0, 10, 1), (11, None, 2)], "leave a gap between 10 and 11"),
        ([(0, None, 1), (10, None, 2)], "overlap"),
        ([(None, 0, 1), (None, -5, 2)], "overlap"),
        ([(None, None, 1)], "needs a bound"),
        ([(-5, 0, 1)], "negative lower bound"),
        ([(0, 10, 1)], "positive upper bound"),
    ],
)
def test_steps_have_no_gap_no_overlap_and_an_open_end_where_they_need_one(wrong, words):
    """AS-26."""
    with pytest.raises(ValidationError, match=f"step_adjustments .*{words}"):
        steps(wrong)


def test_step_scaling_acts_during_an_activity_and_in_the_cooldown(world):
    """AS-27: at minute 2 the instance of minute 1 is still pending, and the higher step adds two more."""
    _group, scaling = fleet_of(world, 4, template=LaunchTemplate(launch_time=90, boot_time=0))
    world.run(until=100)
    policy = StepScaling(scaling, step_adjustments=[(0, 20, 1), (20, None, 3)])
    Alarm(world, "busy", metric=shown(65, 85, 65), threshold=60, actions=[policy.execute_policy])
    world.run(until=221)
    assert [(ask.time, ask.granted) for ask in world.record.asks] == [(160, 5), (220, 7)]


# Metrics


@pytest.mark.parametrize("statistic, value", [("Average", 37.5), ("Minimum", 25), ("Maximum", 50)])
def test_the_values_of_the_instances_become_one_by_a_statistic(world, statistic, value):
    """AS-28: of two instances with two slots, one works on one request, the other one for half of the time."""
    group, _scaling = fleet_of(world, 2)
    metric = CPUUtilization(group, statistic=statistic)
    for instance, work, name in zip(group.targets(), (60, 30), "ab", strict=True):
        send(world, instance, (0, work), name=name)
    world.run(until=60.001)
    assert metric() == pytest.approx(value, abs=0.01)


def test_the_average_is_the_default():
    """AS-28."""
    assert parameters(CPUUtilization.__init__)["statistic"].default == "Average"


def test_the_metric_of_a_balancer_counts_requests_a_minute_and_target(world):
    """AS-29: thirty requests in the second minute, at two targets."""
    group, scaling = fleet_of(world, 2)
    shop = LoadBalancer(world, "shop", targets=group)
    send(world, shop, *((70 + number, 0.1) for number in range(30)))
    tracking = TargetTracking(scaling, target_value=100, metric=RequestCountPerTarget(shop))
    world.run(until=181)
    assert [round(value, 1) for _, value in changes(world, "shop", "RequestCountPerTarget")] == [0, 15, 0]
    assert not tracking.disable_scale_in


def test_the_metric_of_a_balancer_counts_healthy_targets_only(world):
    """AS-29: sixty requests a minute at two targets; one crashes at 70 s and is unhealthy from 120 s on."""
    group, _scaling = fleet_of(world, 2)
    shop = LoadBalancer(world, "shop", targets=group)
    send(world, shop, *((number + 0.5, 0.1) for number in range(240)))
    metric = RequestCountPerTarget(shop)
    Alarm(world, "many", metric=metric, threshold=1000)
    world.run(until=70)
    group.targets()[0].crash()
    world.run(until=241)
    assert [round(value) for _, value in changes(world, "shop", "RequestCountPerTarget")] == [30, 60]


def test_target_tracking_with_scale_in_off_only_adds(world):
    """AS-29."""
    _group, scaling = fleet_of(world, 4)
    tracking(world, scaling, 80, 80, 80, 10, disable_scale_in=True)
    world.run(until=3600)
    assert wishes(world) == [(3, 7)]


def test_an_average_falls_as_capacity_grows(world):
    """AS-33: the same work on twice as many instances is half of the busy share."""
    shares = []
    for size in (2, 4):
        group, _scaling = fleet_of(type(world)(), size)
        metric = CPUUtilization(group)
        for number, instance in enumerate(group.targets()[:2]):
            send(group.world, instance, (0, 60), name=f"c{number}")
        group.world.run(until=60)
        shares.append(round(metric()))
    assert shares == [50, 25]


@pytest.mark.parametrize("needed, end", [(61.25, 10), (38.75, 7), (50, 8), (50.000000001, 8)])
def test_capacity_follows_in_proportion_and_is_rounded_up(world, needed, end):
    """AS-30, EX-17: of eight instances, +1.8 becomes +2 and -1.8 becomes -1."""
    group, scaling = fleet_of(world, 8)
    policy = tracking(world, scaling, needed)
    policy.low.state = "ALARM"
    policy.execute_policy(needed, 50)
    world.run(until=1)
    assert group.desired_capacity == end


def test_the_capacity_that_grows_in_proportion_is_what_the_metric_was_taken_of(world):
    """AS-30, AS-19: four at 80 of a target of 50 need seven; the two that warm up since 200 s aren't in the metric."""
    group, scaling = fleet_of(world, 4, warmup=100)
    world.run(until=200)
    group.set_desired_capacity(6)
    world.run(until=201)
    tracking(world, scaling, 80).execute_policy(80, 50)
    world.run(until=202)
    assert group.desired_capacity == 7


def test_target_tracking_holds_a_backlog_per_instance(world):
    """AS-30, EX-18: 1,500 messages, ten instances, a target of 100 messages an instance."""
    group, scaling = fleet_of(world, 10)
    TargetTracking(scaling, target_value=100, metric=lambda: 1500 / len(group.targets()))
    world.run(until=200)
    assert wishes(world) == [(3, 15)]


def test_what_target_tracking_wants_is_clipped(world):
    """AS-30."""
    _group, scaling = fleet_of(world, 4, high=6)
    tracking(world, scaling, 100)
    world.run(until=600)
    assert [(ask.asked, ask.granted) for ask in world.record.asks] == [(8, 6)]


# Several policies


def test_the_larger_of_two_wishes_wins(world):
    """AS-31, EX-22: one more and two more at once are two more."""
    group, scaling = fleet_of(world, 4)
    one, two = (SimpleScaling(scaling, scaling_adjustment=number, cooldown=0) for number in (1, 2))
    two.execute_policy(), one.execute_policy()
    world.run(until=2)
    assert group.desired_capacity == 6


def test_the_larger_of_two_wishes_for_less_wins(world):
    """AS-31."""
    group, scaling = fleet_of(world, 6)
    one, two = (SimpleScaling(scaling, scaling_adjustment=number, cooldown=0) for number in (-1, -2))
    two.execute_policy(), one.execute_policy()
    world.run(until=2)
    assert group.desired_capacity == 5


@pytest.mark.parametrize("second, off, end", [(20, False, 4), (45, False, 10), (45, True, 4)])
def test_target_tracking_goes_in_only_if_all_such_policies_agree(world, second, off, end):
    """AS-31: at 45 of 50 the second one disagrees, unless its scale-in is off."""
    group, scaling = fleet_of(world, 10)
    tracking(world, scaling, 20)
    tracking(world, scaling, second, name="the second", disable_scale_in=off)
    world.run(until=901)
    assert group.desired_capacity == end


def test_any_of_several_target_tracking_policies_goes_out_alone(world):
    """AS-31."""
    _group, scaling = fleet_of(world, 10)
    tracking(world, scaling, 20)
    tracking(world, scaling, 60, name="the second")
    world.run(until=181)
    assert wishes(world) == [(3, 12)]


# Missing data


class SlowDoor:
    """A registry where each drain takes 290 s."""

    def __init__(self, world):
        self.world = world

    def register(self, instance):
        pass

    def deregister(self, instance):
        return self.world.timeout(290)

    def target_health(self, instance):
        return "healthy"


@pytest.mark.parametrize(
    "more, asked",
    [({}, [(1, 9), (6, 8), (11, 7)]), ({"count_terminating": False}, [(n, 10 - n) for n in range(1, 11)])],
)
@pytest.mark.parametrize("kind, by", [("ChangeInCapacity", -1), ("PercentChangeInCapacity", -1)])
def test_a_step_in_counts_what_is_still_ending(world, more, asked, kind, by):
    """AS-50: one less each minute, and each drain takes 290 s: none more goes before the first is gone."""
    group, _ = fleet_of(world, 10)
    group.attach(SlowDoor(world))
    scaling = ScalingPolicies(world, group, **more)
    policy = StepScaling(scaling, step_adjustments=[(None, 0, by)], adjustment_type=kind)
    Alarm(
        world,
        "idle",
        metric=shown(10),
        threshold=50,
        comparison_operator="LessThanThreshold",
        actions=[policy.execute_policy],
    )
    world.run(until=660.1)
    assert wishes(world) == asked


@pytest.mark.parametrize("more, asked", [({}, [(15, 7)]), ({"count_terminating": False}, [(15, 7), (16, 5)])])
def test_target_tracking_in_counts_what_is_still_ending(world, more, asked):
    """AS-50: ten at 34 of a target of 50 need seven; a minute later the three still drain."""
    group, _ = fleet_of(world, 10)
    group.attach(SlowDoor(world))
    tracking(world, ScalingPolicies(world, group, **more), 34, target=50)
    world.run(until=1_000)
    assert wishes(world) == asked


def test_a_step_out_does_not_count_what_is_ending(world):
    """AS-50: it counts on the way in only. Eight serve and two drain: 25 percent more are ten."""
    group, scaling = fleet_of(world, 10)
    group.attach(SlowDoor(world))
    group.set_desired_capacity(8)
    world.run(until=1)
    assert scaling.terminating() == 2
    policy = StepScaling(scaling, step_adjustments=[(0, None, 25)], adjustment_type="PercentChangeInCapacity")
    policy.execute_policy(60, 50)
    world.run(until=2)
    assert group.desired_capacity == 10


def test_without_data_nothing_scales(world):
    """AS-32: the alarms are in INSUFFICIENT_DATA."""
    _group, scaling = fleet_of(world, 4)
    policy = tracking(world, scaling, None)
    world.run(until=3600)
    assert (wishes(world), policy.high.state, policy.low.state) == ([], *["INSUFFICIENT_DATA"] * 2)


def test_a_group_may_go_to_zero_and_then_has_no_data(world):
    """AS-32: an idle group with minimum 0; from zero instances there is no CPU to measure."""
    group, scaling = fleet_of(world, 2)
    policy = TargetTracking(scaling, target_value=50)
    world.run(until=901)
    assert (wishes(world), policy.value) == ([(15, 0)], 0)
    world.run(until=2100)
    assert (group.desired_capacity, policy.value, policy.low.state) == (0, None, "INSUFFICIENT_DATA")


# The alarms of target tracking


def test_target_tracking_goes_out_after_three_datapoints_above_the_target(world):
    """AS-34, observed: two are not enough, and at the target it does nothing."""
    _group, scaling = fleet_of(world, 4)
    tracking(world, scaling, 80, 80, 50, 80, 80, 80, 50)
    world.run(until=600)
    assert wishes(world) == [(6, 7)]


@pytest.mark.parametrize("value, expected", [(34.9, [(15, 3)]), (35, [])])
def test_target_tracking_goes_in_after_fifteen_datapoints_below_70_percent_of_the_target(
    world, value, expected
):
    """AS-34, observed: of a target of 50 that is 35."""
    _group, scaling = fleet_of(world, 4)
    tracking(world, scaling, value)
    world.run(until=901)
    assert wishes(world) == expected


@pytest.mark.parametrize("target, low", [(50, 35), (40, 28), (90, 63)])
def test_the_pairs_of_thresholds_are_those_that_were_seen(world, target, low):
    """AS-34."""
    _group, scaling = fleet_of(world, 4)
    policy = TargetTracking(scaling, target_value=target)
    assert (policy.high.threshold, policy.low.threshold) == pytest.approx((target, low))


# Schedules


def test_a_schedule_changes_the_sizes_at_its_minutes(world):
    """AS-36: at 8:50 on working days; a minimum lifts desired. The run begins on a Monday."""
    _group, scaling = fleet_of(world, 1)
    Scheduled(scaling, recurrence="50 8 * * 1-5", min_size=6)
    Scheduled(scaling, "the evening", recurrence="0 18 * * *", min_size=1, desired_capacity=2)
    world.run(until=2 * 86_400)
    found = [(ask.time / 3600, ask.granted, ask.by) for ask in world.record.asks]
    times = [(8 + 5 / 6, 6), (18, 2), (32 + 5 / 6, 6), (42, 2)]
    assert found == [(pytest.approx(h), n, ("the schedule", "the evening")[n == 2]) for h, n in times]


@pytest.mark.parametrize(
    "recurrence, minute, is_due",
    [
        ("50 8 * * 1-5", 530, True),
        ("50 8 * * 1-5", 531, False),
        ("50 8 * * 1-5", 530 + 5 * 1440, False),
        ("0 0 * * 0", 6 * 1440, True),
        ("0 0 * * 7", 6 * 1440, True),
        ("*/20 9 * * *", 9 * 60 + 40, True),
        ("5/20 9 * * *", 9 * 60 + 45, True),
        ("0 9,17 1 6 *", 17 * 60, True),
        ("0 9 2 * *", 9 * 60, False),
        ("0 9 2 * 1", 9 * 60, True),
        ("0 9 * 7 *", 9 * 60, False),
        ("0 9 1-31 * 2", 9 * 60, True),
        ("0 9 */2 * 2", 9 * 60, False),
        ("0 9 2 * 0-7", 9 * 60, True),
        ("59 23 1 6 1", 23 * 60 + 59, True),
        ("0 0 30 6 *", 29 * 1440, True),
        ("0 0 31 12 *", 213 * 1440, True),
        ("50 8 * * MON-FRI", 530, True),
        ("50 8 * * MON-FRI", 530 + 5 * 1440, False),
        ("50 8 * * Sat,Sun", 530 + 6 * 1440, True),
        ("50 8 * * FRI-SUN", 530 + 6 * 1440, True),
        ("50 8 * JAN-JUN *", 530, True),
        ("50 8 * jul *", 530, False),
    ],
)
def test_a_recurrence_has_five_fields_as_cron_has_them(recurrence, minute, is_due):
    """AS-36, AS-52: two days mean either, if neither has a star. Names of days and months are our addition."""
    assert due(cron(recurrence), minute) is is_due


@pytest.mark.parametrize(
    "recurrence, numbers",
    [
        ("0-59 0-23 1-31 1-12 0-7", [range(60), range(24), range(1, 32), range(1, 13), range(8)]),
        ("* * * * *", [range(60), range(24), range(1, 32), range(1, 13), range(8)]),
        ("59 23 31 12 7", [[59], [23], [31], [12], [7]]),
        ("0 0 1 1 0", [[0], [0], [1], [1], [0]]),
        ("5,7-9 */6 1-9/4 JAN MON-FRI", [[5, 7, 8, 9], [0, 6, 12, 18], [1, 5, 9], [1], [1, 2, 3, 4, 5]]),
    ],
)
def test_each_field_of_a_recurrence_has_its_numbers_lists_and_ranges(recurrence, numbers):
    """AS-36, AS-52."""
    assert [sorted(field) for field in cron(recurrence)] == [list(field) for field in numbers]


@pytest.mark.parametrize(
    "recurrence, field",
    [
        ("60 0 * * *", "its minute, '60'"),
        ("0 24 * * *", "its hour, '24'"),
        ("0 0 0 * *", "its day of the month, '0'"),
        ("0 0 32 * *", "its day of the month, '32'"),
        ("0 0 * 0 *", "its month, '0'"),
        ("0 0 * 13 *", "its month, '13'"),
        ("0 0 * * 8", "its day of the week, '8'"),
        ("9-5 0 * * *", "its minute, '9-5'"),
        ("*/0 0 * * *", "its minute, '*/0'"),
        ("0 0 ? * *", "its day of the month, '?'"),
        ("0 0 * * FRI-MON", "its day of the week, 'FRI-MON'"),
        ("0 0 * FRI *", "its month, 'FRI'"),
        ("0 0 * * * *", "must be a text of five fields"),
        ("cron(0 0 * * *)", "its minute, 'cron(0'"),
        ("0 0 * *", "must be a text of five fields"),
    ],
)
def test_what_is_no_recurrence_is_refused(recurrence, field):
    """AS-36, AS-52: six fields, a question mark and cron() fail, and so does a number outside of its range."""
    with pytest.raises(ValidationError, match=f"^recurrence is .*{re.escape(field)}"):
        cron(recurrence)


@pytest.mark.parametrize(
    "time_zone, times",
    [
        (None, [9, 33, 57]),
        ("Etc/UTC", [9, 33, 57]),
        ("Europe/Berlin", [7, 31, 55]),
        ("America/New_York", [13, 37, 61]),
        ("Asia/Kolkata", [3.5, 27.5, 51.5]),
    ],
)
def test_a_recurrence_means_the_clock_of_its_time_zone(world, time_zone, times):
    """AS-36, AS-52: 9:00 in June, when Berlin is two hours ahead of UTC."""
    _group, scaling = fleet_of(world, 1)
    zone = {"time_zone": time_zone} if time_zone else {}
    Scheduled(scaling, recurrence="0 9 * * *", desired_capacity=2, **zone)
    world.run(until=62 * 3600)
    assert [ask.time / 3600 for ask in world.record.asks] == times


def test_a_time_zone_changes_its_clock_with_the_season():
    """AS-52: Berlin goes back to one hour ahead on 25 October; 2:30 comes twice in that night."""
    berlin, recurrence = ZoneInfo("Europe/Berlin"), cron("30 2 * * *")
    before = 145 * 1440  # midnight UTC before 24 October
    found = [minute for minute in range(before, before + 3 * 1440) if due(recurrence, minute, berlin)]
    assert [minute - before for minute in found] == [30, 1440 + 30, 1440 + 90, 2880 + 90]


@pytest.mark.parametrize("time_zone", ["Mars/Olympus", "", "Europe", "../zone"])
def test_what_is_no_time_zone_is_refused(world, time_zone):
    """AS-52."""
    _group, scaling = fleet_of(world, 2)
    with pytest.raises(ValidationError, match=f"^time_zone is {time_zone!r}, but must be the IANA name"):
        Scheduled(scaling, recurrence="0 9 * * *", min_size=1, time_zone=time_zone)


@pytest.mark.parametrize("since, acts_at", [(119, 120), (120, 120), (120.001, 86_400 + 120)])
def test_a_schedule_acts_at_the_beginning_of_its_minute_also_when_it_is_made_then(world, since, acts_at):
    """AS-36."""
    _group, scaling = fleet_of(world, 1)
    world.run(until=since)
    Scheduled(scaling, recurrence="2 0 * * *", desired_capacity=2)
    world.run(until=86_400 + 121)
    assert world.record.asks[0].time == acts_at


def test_the_sizes_of_a_schedule_may_be_equal(world):
    """AS-36, AS-53: what it sets is the group's range from then on."""
    group, scaling = fleet_of(world, 1)
    Scheduled(scaling, recurrence="2 0 * * *", min_size=3, desired_capacity=3, max_size=3)
    world.run(until=121)
    assert (group.min_size, group.desired_capacity, group.max_size) == (3, 3, 3)


def test_a_schedule_waits_for_no_cooldown(world):
    """AS-36."""
    group, scaling = fleet_of(world, 2)
    world.run(until=100)
    group.set_desired_capacity(3)
    Scheduled(scaling, recurrence="2 0 * * *", desired_capacity=4)
    world.run(until=121)
    assert (group.desired_capacity, group.active_until > 99) == (4, True)


def test_a_schedule_needs_at_least_one_size(world):
    """AS-36, AS-53: nor may desired lie outside of the action's own range."""
    _group, scaling = fleet_of(world, 2)
    with pytest.raises(ValidationError, match="min_size, max_size and desired_capacity are None"):
        Scheduled(scaling, recurrence="0 9 * * *")
    with pytest.raises(
        ValidationError, match="desired_capacity is 6 instances, but must be at most max_size"
    ):
        Scheduled(scaling, recurrence="0 9 * * *", desired_capacity=6, max_size=5)
    with pytest.raises(
        ValidationError, match="min_size is 3 instances, but must be at most desired_capacity"
    ):
        Scheduled(scaling, recurrence="0 9 * * *", min_size=3, desired_capacity=2)
