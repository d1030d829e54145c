"""Facts about Auto Scaling: each test is a sentence, cites its fact, and reads a timetable from the record.

A change by hand happens between two calls of `world.run`. Instances are launched in 30 s and boot in none,
unless a test says otherwise; the group looks at its instances every 10 s.
"""

import pytest
from timetables import changes, send, timetable

from cloudlab.autoscaling import LOOK_EVERY, AutoScalingGroup, ScalingActivityInProgress, ValidationError
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import parameters
from cloudlab.kernel.measures import instance_hours
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer

QUICK = LaunchTemplate(launch_time=30, boot_time=0)
ONE_ZONE = ("us-east-1a",)


def group_of(world, low, desired, high, **more):
    """A group called 'web' whose instances are in service after 30 s."""
    more = {"launch_template": QUICK} | more
    return AutoScalingGroup(world, "web", min_size=low, desired_capacity=desired, max_size=high, **more)


def names(group):
    """The names of the instances in service, in order of launch."""
    return [instance.name for instance in group.targets()]


def zones(group):
    """The zone of each instance in service, as its last letter."""
    return "".join(sorted(instance.availability_zone[-1] for instance in group.targets()))


def instance(group, name):
    return next(one for one in group.targets() if one.name == name)


# Capacity


def test_desired_is_the_minimum_unless_given(world):
    """AS-1."""
    group = group_of(world, 2, None, 5)
    world.run(until=30.001)
    assert (group.desired_capacity, names(group)) == (2, ["i-1", "i-2"])
    assert group_of(World(), 2, 4, 5).desired_capacity == 4


def test_minimum_and_maximum_must_be_given_and_desired_need_not():
    """AS-1."""
    known = parameters(AutoScalingGroup.__init__)
    sizes = ("min_size", "max_size", "desired_capacity")
    assert [known[name].required for name in sizes] == [True, True, False]


@pytest.mark.parametrize("low, desired, high", [(3, None, 2), (1, 0, 4), (1, 5, 4)])
def test_no_group_starts_with_desired_outside_of_its_range(world, low, desired, high):
    """AS-2."""
    with pytest.raises(ValidationError, match=r"min_size|desired_capacity"):
        group_of(world, low, desired, high)


@pytest.mark.parametrize("wish", [0, 5])
def test_a_change_by_hand_outside_of_the_range_is_an_error_and_changes_nothing(world, wish):
    """AS-2."""
    group = group_of(world, 1, 2, 4)
    with pytest.raises(ValidationError, match=rf"desired_capacity is {wish}, but .* min_size \(1\) .* \(4\)"):
        group.set_desired_capacity(wish)
    assert (group.desired_capacity, world.record.asks) == (2, [])


@pytest.mark.parametrize("wish", [1, 4])
def test_a_change_by_hand_may_go_to_either_end_of_the_range(world, wish):
    """AS-2."""
    group = group_of(world, 1, 2, 4)
    group.set_desired_capacity(wish)
    assert group.desired_capacity == wish


@pytest.mark.parametrize("wish, granted", [(0, 1), (1, 1), (3, 3), (4, 4), (20, 4)])
def test_what_a_policy_asks_for_is_clipped_to_the_range(world, wish, granted):
    """AS-2."""
    group = group_of(world, 1, 2, 4)
    assert group.ask(wish, "a policy") == group.desired_capacity == granted
    assert [(ask.asked, ask.granted, ask.by) for ask in world.record.asks] == [(wish, granted, "a policy")]


def test_a_minimum_above_desired_raises_it(world):
    """AS-2."""
    group = group_of(world, 1, 2, 5)
    group.update_auto_scaling_group(min_size=4)
    assert (group.min_size, group.desired_capacity, group.max_size) == (4, 4, 5)


def test_a_maximum_below_desired_lowers_it(world):
    """AS-2."""
    group = group_of(world, 1, 4, 5)
    group.update_auto_scaling_group(max_size=3)
    assert (group.min_size, group.desired_capacity, group.max_size) == (1, 3, 3)


def test_instances_are_spread_evenly_over_the_zones(world):
    """AS-3."""
    group = group_of(world, 0, 5, 6)
    world.run(until=40)
    assert zones(group) == "aaabb"
    group.set_desired_capacity(6)
    world.run(until=80)
    assert zones(group) == "aaabbb"


def test_the_group_launches_when_below_ends_when_above_and_replaces_the_dead(world):
    """AS-3."""
    group = group_of(world, 1, 2, 4)
    world.run(until=100)
    group.set_desired_capacity(3)
    world.run(until=200)
    assert names(group) == ["i-1", "i-2", "i-3"]
    instance(group, "i-2").kill()
    world.run(until=300)
    assert names(group) == ["i-1", "i-3", "i-4"]
    group.set_desired_capacity(1)
    world.run(until=400)
    assert len(group.targets()) == 1
    counts = [(0, 0), (30, 2), (130, 3), (200, 2), (230, 3), (300, 1)]
    assert changes(world, "web", "GroupInServiceInstances") == counts


def test_a_dead_instance_is_replaced_in_the_zone_that_it_left(world):
    """AS-3."""
    group = group_of(world, 4, 4, 4)
    world.run(until=100)
    instance(group, "i-2").kill()
    world.run(until=200)
    assert zones(group) == "aabb"


def test_a_change_by_hand_ignores_the_cooldown(world):
    """AS-4."""
    group = group_of(world, 1, 1, 4)
    world.run(until=31)
    group.set_desired_capacity(2)
    assert group.desired_capacity == 2


def test_a_change_by_hand_that_honors_the_cooldown_waits_for_its_end(world):
    """AS-4, AS-17: in service at 30 s, so the cooldown of 300 s ends at 330 s."""
    group = group_of(world, 1, 1, 4)
    world.run(until=329)
    with pytest.raises(ScalingActivityInProgress, match="before 330 s"):
        group.set_desired_capacity(2, honor_cooldown=True)
    assert group.desired_capacity == 1
    world.run(until=330)
    group.set_desired_capacity(2, honor_cooldown=True)
    assert group.desired_capacity == 2


def test_a_change_by_hand_that_honors_the_cooldown_waits_for_the_activity_too(world):
    """AS-4: with no cooldown at all, what is pending from 100 to 130 s still holds it back."""
    group = group_of(world, 1, 1, 4, default_cooldown=0)
    world.run(until=100)
    group.set_desired_capacity(2)
    world.run(until=129)
    with pytest.raises(ScalingActivityInProgress, match="still launching or ending"):
        group.set_desired_capacity(3, honor_cooldown=True)
    world.run(until=131)
    group.set_desired_capacity(3, honor_cooldown=True)
    assert group.desired_capacity == 3


def test_an_instance_is_paid_from_its_launch(world):
    """AS-5: two instances, half an hour each, none of them in service yet."""
    group = group_of(world, 2, 2, 2, launch_template=LaunchTemplate(launch_time=3600))
    assert instance_hours(world.run(until=1800)) == 1.0
    assert group.targets() == []


def test_protection_holds_against_scale_in(world):
    """AS-7."""
    group = group_of(world, 0, 3, 3)
    world.run(until=100)
    group.set_instance_protection(["i-1", "i-3"], protected_from_scale_in=True)
    group.set_desired_capacity(0)
    world.run(until=200)
    assert names(group) == ["i-1", "i-3"]
    group.set_instance_protection(["i-1"], protected_from_scale_in=False)
    world.run(until=300)
    assert names(group) == ["i-3"]


def test_new_instances_can_be_protected_from_the_start(world):
    """AS-7."""
    group = group_of(world, 0, 2, 2, new_instances_protected_from_scale_in=True)
    world.run(until=100)
    group.set_desired_capacity(0)
    world.run(until=200)
    assert names(group) == ["i-1", "i-2"]


def test_protection_does_not_hold_against_replacement_or_termination_by_hand(world):
    """AS-7."""
    group = group_of(world, 3, 3, 3, new_instances_protected_from_scale_in=True)
    world.run(until=100)
    instance(group, "i-1").kill()
    instance(group, "i-2").terminate()
    group.set_instance_health("i-3", "Unhealthy")
    world.run(until=200)
    assert names(group) == ["i-4", "i-5", "i-6"]


# Lifecycle


def test_an_instance_is_pending_in_service_terminating_terminated(world):
    """AS-9."""
    group = group_of(world, 0, 1, 1)
    world.run(until=100)
    group.set_desired_capacity(0)
    world.run(until=200)
    states = [(0, "Pending"), (30, "InService"), (100, "Terminating"), (100, "Terminated")]
    assert timetable(world, "i-1") == states


def test_an_instance_that_dies_while_pending_never_comes_into_service(world):
    """AS-9: it would be in service at 28 s, dies at 25 s, and is found by the look at 30 s."""
    group = group_of(world, 1, 1, 1, launch_template=LaunchTemplate(launch_time=28, boot_time=0))
    world.run(until=25)
    group.members["i-1"].instance.kill()
    world.run(until=100)
    assert timetable(world, "i-1") == [(0, "Pending"), (30, "Terminating"), (30, "Terminated")]
    assert timetable(world, "i-2") == [(30, "Pending"), (58, "InService")]


@pytest.mark.parametrize("word", ["healthy", "Sick", ""])
def test_a_health_status_is_healthy_or_unhealthy(world, word):
    """AS-11."""
    group = group_of(world, 1, 1, 1)
    world.run(until=100)
    with pytest.raises(ValidationError, match="must be one of Healthy, Unhealthy"):
        group.set_instance_health("i-1", word)
    group.set_instance_health("i-1", "Unhealthy")
    group.set_instance_health("i-1", "Healthy")
    world.run(until=200)
    assert names(group) == ["i-1"]


# Health


def crash_one_at_100(world, **more):
    """A group of one behind a balancer, whose application crashes at 100 s; returns the names at 400 s."""
    group = group_of(world, 1, 1, 1, **more)
    LoadBalancer(world, "shop", targets=group)
    world.run(until=100)
    instance(group, "i-1").crash()
    world.run(until=400)
    return names(group)


def test_what_fails_only_the_checks_of_the_balancer_is_not_replaced(world):
    """AS-13: EC2 sees a machine that runs."""
    assert crash_one_at_100(world) == ["i-1"]
    assert timetable(world, "i-1", "target")[-1] == (150, "unhealthy")


def test_what_fails_the_checks_of_the_balancer_is_replaced_with_health_check_type_elb(world):
    """AS-13: the checks at 120 and 150 s fail, and the next look mends it."""
    assert crash_one_at_100(world, health_check_type="ELB") == ["i-2"]
    assert timetable(world, "i-2")[0] in [(150, "Pending"), (150 + LOOK_EVERY, "Pending")]


def test_failed_checks_are_ignored_in_the_grace_period_which_starts_in_service(world):
    """AS-14: in service at 30 s, so the grace of 300 s ends at 330 s."""
    assert crash_one_at_100(world, health_check_type="ELB", health_check_grace_period=300) == ["i-2"]
    assert timetable(world, "i-1")[-2:] == [(330, "Terminating"), (330, "Terminated")]


def test_without_a_grace_period_a_slow_boot_is_replaced_again_and_again(world):
    """AS-14: the grace period is 0 by default, and checks begin when the machine runs."""
    slow = LaunchTemplate(launch_time=30, boot_time=100)
    group = group_of(world, 1, 1, 1, health_check_type="ELB", launch_template=slow)
    LoadBalancer(world, "shop", targets=group)
    world.run(until=1000)
    answered = [entry for entry in world.record.states if entry.state == "answering"]
    assert answered == [] and len(world.record.parts_of("instance")) > 5


def test_an_instance_that_no_longer_runs_is_replaced_even_in_grace(world):
    """AS-14: killed at 95 s, found by the look at 100 s."""
    group = group_of(world, 1, 1, 1, health_check_type="ELB", health_check_grace_period=7200)
    world.run(until=95)
    instance(group, "i-1").kill()
    world.run(until=200)
    assert timetable(world, "i-1")[2:] == [(100, "Terminating"), (100, "Terminated")]
    assert timetable(world, "i-2") == [(100, "Pending"), (130, "InService")]


def test_a_health_set_by_hand_respects_the_grace_period_unless_told_not_to(world):
    """AS-14: the grace of 60 s ends at 90 s."""
    group = group_of(world, 2, 2, 2, health_check_grace_period=60)
    world.run(until=85)
    group.set_instance_health("i-1", "Unhealthy")
    group.set_instance_health("i-2", "Unhealthy", should_respect_grace_period=False)
    world.run(until=200)
    assert names(group) == ["i-1", "i-3"]
    group.set_instance_health("i-1", "Unhealthy")
    world.run(until=300)
    assert names(group) == ["i-3", "i-4"]


def test_a_replacement_waits_for_no_cooldown(world):
    """AS-15: the cooldown runs from 30 to 330 s."""
    group = group_of(world, 1, 1, 1)
    world.run(until=40)
    instance(group, "i-1").kill()
    world.run(until=100)
    assert timetable(world, "i-2") == [(40, "Pending"), (70, "InService")]


def test_a_replacement_asks_no_termination_policy(world):
    """AS-15: the policy would end i-1, whose template is older; i-2 is unhealthy, so i-2 goes."""
    group = group_of(world, 1, 1, 2, availability_zones=ONE_ZONE)
    world.run(until=40)
    group.update_auto_scaling_group(launch_template=QUICK, desired_capacity=2)
    world.run(until=100)
    group.set_instance_health("i-2", "Unhealthy")
    world.run(until=200)
    assert names(group) == ["i-1", "i-3"]


def test_an_unhealthy_instance_is_drained_before_it_is_terminated(world):
    """AS-15: i-1 begins a request of 200 s at 100 s and is unhealthy from 105 s on."""
    group = group_of(world, 1, 1, 1)
    balancer = LoadBalancer(world, "shop", targets=group, idle_timeout_timeout_seconds=4000)
    send(world, balancer, (100, 200))
    world.run(until=105)
    group.set_instance_health("i-1", "Unhealthy")
    world.run(until=400)
    assert timetable(world, "i-1")[2:] == [(110, "Terminating"), (300, "Terminated")]


def test_a_replacement_begins_with_the_end_of_the_old_instance(world):
    """AS-16: at 100 s one leaves, then the next is launched; for 30 s the group has one too few."""
    group = group_of(world, 2, 2, 2)
    world.run(until=95)
    instance(group, "i-1").kill()
    world.run(until=200)
    story = [(entry.time, entry.state) for entry in world.record.states if entry.aspect == "lifecycle"]
    assert story[4:] == [(100, "Terminating"), (100, "Pending"), (100, "Terminated"), (130, "InService")]
    assert changes(world, "web", "GroupInServiceInstances") == [(0, 0), (30, 2), (100, 1), (130, 2)]


# Cooldown and warm-up


def test_a_cooldown_counts_from_the_last_instance_that_came_or_went(world):
    """AS-17: the instance drains from 100 to 300 s, so the cooldown of 300 s ends at 600 s."""
    group = group_of(world, 0, 1, 1)
    balancer = LoadBalancer(world, "shop", targets=group, idle_timeout_timeout_seconds=4000)
    send(world, balancer, (100, 200))
    world.run(until=105)
    group.set_desired_capacity(0)
    world.run(until=599)
    with pytest.raises(ScalingActivityInProgress, match="before 600 s"):
        group.set_desired_capacity(1, honor_cooldown=True)
    world.run(until=600)
    group.set_desired_capacity(1, honor_cooldown=True)


def test_an_instance_counts_in_the_metric_of_the_group_when_it_has_warmed_up(world):
    """AS-19: in service at 30 s and warm 60 s later; the second one is launched at 50 s."""
    group = group_of(world, 1, 1, 2, default_instance_warmup=60)
    world.run(until=50)
    group.set_desired_capacity(2)
    counted = []
    for time in (89.999, 90, 139.999, 140):
        world.run(until=time)
        counted.append([one.name for one in group.warmed()])
    assert counted == [[], ["i-1"], ["i-1"], ["i-1", "i-2"]]


# Which one goes


def mixed_zones(world):
    """i-1 and i-2 of the first template in zones a and b, i-3 of the second in a."""
    group = group_of(world, 1, 2, 3)
    world.run(until=40)
    group.update_auto_scaling_group(launch_template=QUICK, desired_capacity=3)
    world.run(until=100)
    assert [one.availability_zone[-1] for one in group.targets()] == ["a", "b", "a"]
    return group


def test_scale_in_takes_from_the_zone_with_most_instances(world):
    """AS-38: both i-1 and i-2 are old, but only zone a has two."""
    group = mixed_zones(world)
    group.set_desired_capacity(2)
    world.run(until=200)
    assert names(group) == ["i-2", "i-3"]


def test_scale_in_passes_a_zone_that_holds_only_protected_instances(world):
    """AS-38."""
    group = mixed_zones(world)
    group.set_instance_protection(["i-1", "i-3"], protected_from_scale_in=True)
    group.set_desired_capacity(2)
    world.run(until=200)
    assert names(group) == ["i-1", "i-3"]


def test_protected_instances_count_when_the_fullest_zone_is_sought(world):
    """AS-38: three in zone a, of which i-5 alone is free; two in zone b, both free."""
    group = group_of(world, 4, 5, 5)
    world.run(until=100)
    group.set_instance_protection(["i-1", "i-3"], protected_from_scale_in=True)
    group.set_desired_capacity(4)
    world.run(until=200)
    assert names(group) == ["i-1", "i-2", "i-3", "i-4"]


def test_inside_the_zone_the_oldest_template_goes_first(world):
    """AS-39: i-2 is closer to its next full hour, but its template is newer."""
    group = group_of(world, 1, 1, 2, availability_zones=ONE_ZONE)
    world.run(until=600)
    group.update_auto_scaling_group(launch_template=QUICK, desired_capacity=2)
    world.run(until=3700)
    group.set_desired_capacity(1)
    world.run(until=3800)
    assert names(group) == ["i-2"]


@pytest.mark.parametrize("time, stays", [(3000, ["i-2"]), (3700, ["i-1"])])
def test_then_the_one_closest_to_its_next_full_hour_goes(world, time, stays):
    """AS-39: launched at 0 and 600 s; at 3700 s i-1 has just begun another hour."""
    group = group_of(world, 1, 1, 2, availability_zones=ONE_ZONE)
    world.run(until=600)
    group.set_desired_capacity(2)
    world.run(until=time)
    group.set_desired_capacity(1)
    world.run(until=time + 100)
    assert names(group) == stays


def test_then_the_dice_decide():
    """AS-39: of three equal instances each goes with one seed or another."""
    gone = set()
    for seed in range(1, 31):
        group = group_of(World(seed), 2, 3, 3, availability_zones=ONE_ZONE)
        group.world.run(until=100)
        group.set_desired_capacity(2)
        group.world.run(until=200)
        gone |= {"i-1", "i-2", "i-3"}.difference(names(group))
    assert gone == {"i-1", "i-2", "i-3"}


# Worked examples


@pytest.mark.parametrize("change, capacity", [(lambda now: now + 5, 8), (lambda now: 5, 5)])
def test_example_five_more_than_three_is_eight_and_exactly_five_is_five(world, change, capacity):
    """EX-21: the two adjustments that need no percentages."""
    group = group_of(world, 1, 3, 10)
    group.ask(change(group.desired_capacity), "a policy")
    world.run(until=100)
    assert len(group.targets()) == capacity
