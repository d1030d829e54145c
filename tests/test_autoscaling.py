"""An Auto Scaling group as a whole: what it writes down, when it looks, and how it works with balancers.

What the provider's documents say about a group is tested, fact by fact, in `test_facts_autoscaling.py`.
"""

import pytest
from timetables import changes, timetable

from cloudlab.autoscaling import AutoScalingGroup, ValidationError
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer

TEMPLATE = LaunchTemplate(launch_time=30, boot_time=15)
QUICK = LaunchTemplate(launch_time=0, boot_time=0)


def a_group(world, **more):
    more = {"min_size": 1, "desired_capacity": 2, "max_size": 4, "launch_template": TEMPLATE} | more
    return AutoScalingGroup(world, "web", **more)


def story(world):
    """(time, glyph, sentence) of each note."""
    return [(note.time, note.glyph, note.text) for note in world.record.notes]


def test_the_whole_story_of_a_group_is_on_the_record(world):
    group = a_group(world)
    world.run(until=62)
    group.targets()[0].kill()
    world.run(until=100)
    group.ask(9, "a policy")
    world.run(until=200)
    group.set_desired_capacity(1)
    world.run(until=300)
    assert story(world)[:8] == [
        (0, "•", "Group web: minimum 1, desired 2, maximum 4."),
        (0, "◔", "web has 0 and wants 2: it launches i-1 and i-2."),
        (62, "✕", "i-1 is killed."),
        (70, "✕", "i-1 no longer runs: it is replaced."),
        (70, "◔", "web has 1 and wants 2: it launches i-3."),
        (100, "⚑", "A policy asks for 9. The maximum is 4, so desired is 4."),
        (100, "◔", "web has 2 and wants 4: it launches i-4 and i-5."),
        (200, "⚑", "You ask for 1. Now desired is 1."),
    ]
    assert changes(world, "web", "GroupDesiredCapacity") == [(0, 2), (100, 4), (200, 1)]
    assert changes(world, "web", "GroupInServiceInstances") == [
        (0, 0),
        (30, 2),
        (70, 1),
        (100, 2),
        (130, 4),
        (200, 1),
    ]
    assert changes(world, "web", "GroupPendingInstances") == [(0, 2), (30, 0), (70, 1), (100, 2), (130, 0)]
    assert changes(world, "web", "GroupMinSize") == [(0, 1)]
    assert changes(world, "web", "GroupMaxSize") == [(0, 4)]
    asks = [(ask.time, ask.asked, ask.granted, ask.by) for ask in world.record.asks]
    assert asks == [(100, 9, 4, "a policy"), (200, 1, 1, "you")]


def test_instances_belong_to_their_group_and_say_when_they_expect_to_be_ready(world):
    group = a_group(world, min_size=1, desired_capacity=1)
    world.run(until=60)
    part = world.record.parts[group.targets()[0].part]
    assert (part.name, part.parent, part.born) == ("i-1", group.part, 0)
    entry = world.record.state(world.record.part("i-1"), 10)
    assert (entry.state, entry.until) == ("Pending", 30)


def test_a_death_is_seen_at_the_next_look_and_a_wish_at_once(world):
    group = a_group(world, desired_capacity=1, launch_template=QUICK)
    world.run(until=20.5)
    group.targets()[0].kill()
    world.run(until=23.5)
    assert group.targets()[0].state == "terminated"
    group.set_desired_capacity(2)
    world.run(until=23.6)
    assert [one.name for one in group.targets()] == ["i-2", "i-3"]
    assert timetable(world, "i-1")[-2:] == [(23.5, "Terminating"), (23.5, "Terminated")]


def test_a_pending_instance_that_is_not_wanted_any_more_never_comes_into_service(world):
    group = a_group(world, desired_capacity=3)
    world.run(until=10)
    group.set_desired_capacity(1)
    world.run(until=100)
    states = [timetable(world, name)[1:] for name in ("i-1", "i-2", "i-3")]
    assert sorted(states) == [
        [(10, "Terminating"), (10, "Terminated")],
        [(10, "Terminating"), (10, "Terminated")],
        [(30, "InService")],
    ]


def test_a_group_may_be_empty_and_come_back(world):
    group = a_group(world, min_size=0, desired_capacity=0, launch_template=QUICK)
    world.run(until=10)
    assert group.targets() == []
    group.set_desired_capacity(3)
    world.run(until=20)
    group.set_desired_capacity(0)
    world.run(until=30)
    assert changes(world, "web", "GroupInServiceInstances") == [(0, 0), (10, 3), (20, 0)]


def test_an_instance_joins_and_leaves_every_balancer_of_its_group(world):
    group = a_group(world, desired_capacity=1)
    shops = [LoadBalancer(world, name, targets=group) for name in ("shop", "office")]
    world.run(until=31)
    assert [shop.target_health(group.targets()[0]) for shop in shops] == ["initial", "initial"]
    late = LoadBalancer(world, "late", targets=group)
    assert late.target_health(group.targets()[0]) == "initial"
    first = group.targets()[0]
    group.set_desired_capacity(2)
    world.run(until=100)
    group.set_instance_protection(["i-2"], protected_from_scale_in=True)
    group.set_desired_capacity(1)
    world.run(until=101)
    assert [shop.target_health(first) for shop in (*shops, late)] == ["unused"] * 3


def test_two_groups_give_their_instances_different_names(world):
    for name in ("web", "api"):
        AutoScalingGroup(world, name, min_size=2, max_size=2, launch_template=QUICK)
    world.run(until=1)
    assert [part.name for part in world.record.parts] == ["web", "api", "i-1", "i-2", "i-3", "i-4"]
    assert [world.record.parts[part].parent for part in world.record.parts_of("instance")] == [0, 0, 1, 1]


def test_a_group_leaves_out_a_name_that_is_taken(world):
    Instance(world, "i-2", launch_template=QUICK)
    a_group(world, launch_template=QUICK)
    world.run(until=1)
    assert [part.name for part in world.record.parts] == ["i-2", "web", "i-1", "i-3"]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"min_size": 5}, "min_size is 5 instances, but must be at most max_size (4)."),
        (
            {"desired_capacity": 5},
            "desired_capacity is 5, but must lie between min_size (1) and max_size (4).",
        ),
        (
            {"desired_capacity": 0},
            "desired_capacity is 0, but must lie between min_size (1) and max_size (4).",
        ),
        ({"max_size": 2.5}, "max_size is 2.5 instances, but must be a whole number"),
        (
            {"availability_zones": ()},
            "availability_zones is (), but must be a tuple of one zone's name or more",
        ),
        ({"availability_zones": "us-east-1a"}, "availability_zones is 'us-east-1a', but must be a tuple"),
        ({"health_check_type": "elb"}, "health_check_type is 'elb', but must be one of EC2, ELB."),
    ],
)
def test_a_group_with_a_bad_number_is_one_sentence_and_leaves_nothing_behind(world, sizes, message):
    with pytest.raises(ValidationError) as error:
        a_group(world, **sizes)
    assert str(error.value).startswith(message)
    assert world.record.fingerprint() == World(1).record.fingerprint()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda group: group.set_desired_capacity(5), "desired_capacity is 5, but must lie between"),
        (lambda group: group.set_desired_capacity(1.5), "desired_capacity is 1.5"),
        (lambda group: group.ask(-1, "a policy"), "capacity is -1 instances, but must be a whole number"),
        (lambda group: group.ask(True, "a policy"), "capacity is True"),
        (
            lambda group: group.update_auto_scaling_group(min_size=9),
            "min_size is 9 instances, but must be at most",
        ),
        (
            lambda group: group.update_auto_scaling_group(max_size=0),
            "min_size is 1 instances, but must be at most",
        ),
        (
            lambda group: group.set_instance_health("i-9", "Unhealthy"),
            "instance_id is 'i-9', but must be one of i-1, i-2.",
        ),
        (
            lambda group: group.set_instance_protection(["i-1", "i-9"], protected_from_scale_in=True),
            "instance_id is 'i-9', but must be one of i-1, i-2.",
        ),
    ],
)
def test_a_bad_change_is_one_sentence_and_changes_nothing(world, change, message):
    group = a_group(world)
    before = world.run(until=50).fingerprint()
    with pytest.raises(InvalidParameter) as error:
        change(group)
    assert str(error.value).startswith(message)
    assert world.record.fingerprint() == before
    assert (group.min_size, group.desired_capacity, group.max_size) == (1, 2, 4)
    assert [member.protected for member in group.members.values()] == [False, False]


def test_what_is_done_to_a_list_of_zones_afterwards_changes_no_group(world):
    zones = ["a", "b"]
    group = AutoScalingGroup(world, "web", min_size=1, max_size=3, availability_zones=zones)
    zones.clear()
    world.run(until=200)
    assert group.availability_zones == ("a", "b")
    assert len(group.targets()) == 1
