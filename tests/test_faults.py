"""What was wrong once: bad values that ended in a traceback, and behaviour that broke a fact."""

import math

import pytest
from timetables import AT_ONCE, checks, send, timetable

from cloudlab.alarms import Alarm
from cloudlab.autoscaling import AutoScalingGroup, ScalingActivityInProgress
from cloudlab.autoscaling.policies import (
    CPUUtilization,
    RequestCountPerTarget,
    ScalingPolicies,
    SimpleScaling,
    TargetTracking,
)
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.measures import arrivals, outcomes, percentiles, utilisation
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady


def group(world, **more):
    return AutoScalingGroup(world, "web", **{"min_size": 1, "max_size": 3} | more)


def one(world, name="a"):
    return Instance(world, name, launch_template=AT_ONCE)


BAD_VALUES = {
    "huge": lambda world: group(world, max_size=10**400),
    "whole but a float": lambda world: group(world, max_size=3.0),
    "slots": lambda world: LaunchTemplate(slots=2.0),
    "no template": lambda world: group(world, launch_template="t3.micro"),
    "the class of templates": lambda world: group(world, launch_template=LaunchTemplate),
    "a template for later": lambda world: group(world).update_auto_scaling_group(launch_template="m5.large"),
    "one zone as a text": lambda world: group(world, availability_zones="us-east-1a"),
    "no zones": lambda world: group(world, availability_zones=()),
    "a zone twice": lambda world: group(world, availability_zones=("a", "a")),
    "protection as a text": lambda world: group(world, new_instances_protected_from_scale_in="no"),
    "no world": lambda world: group(None),
    "a name that is no text": lambda world: AutoScalingGroup(world, 5, min_size=1, max_size=1),
    "names as a text": lambda world: group(world).set_instance_protection(
        "i-1", protected_from_scale_in=True
    ),
    "nobody asks": lambda world: group(world).ask(2, None),
    "a target that is a name": lambda world: LoadBalancer(world, "shop", targets="web"),
    "a target that is no list": lambda world: LoadBalancer(world, "shop", targets=one(world)),
    "no targets": lambda world: LoadBalancer(world, "shop", targets=None),
    "a balancer as target": lambda world: LoadBalancer(world, "shop", targets=[LoadBalancer(world, "other")]),
    "a target elsewhere": lambda world: LoadBalancer(world, "shop", targets=[one(World())]),
    "a shape not called": lambda world: Customers(world, "c", traffic=steady, to=LoadBalancer(world, "shop")),
    "no traffic": lambda world: Customers(world, "c", traffic=None, to=LoadBalancer(world, "shop")),
    "straight to a group": lambda world: Customers(world, "c", traffic=steady(1), to=group(world)),
    "slow as a text": lambda world: one(world).slow_down("slow"),
    "error work below zero": lambda world: one(world).fail(-1),
    "error work that is no number": lambda world: one(world).fail(math.nan),
    "a name that is taken": lambda world: (one(world), one(world)),
    "for ever": lambda world: world.run(until=1e300),
    "a period of nothing": lambda world: arrivals(world.run(until=10), 0),
    "a period below zero": lambda world: utilisation(world.run(until=10), -1),
    "a share that is no number": lambda world: percentiles(world.run(until=10), (50, math.nan)),
    "a share of 101 %": lambda world: percentiles(world.run(until=10), (101,)),
    "shares that are no list": lambda world: percentiles(world.run(until=10), 95),
    "until a text": lambda world: outcomes(world.run(until=10), until="5"),
}


@pytest.mark.parametrize("attempt", BAD_VALUES.values(), ids=list(BAD_VALUES))
def test_a_bad_value_is_one_sentence(world, attempt):
    with pytest.raises(InvalidParameter) as error:
        attempt(world)
    sentence = str(error.value)
    assert ", but " in sentence and sentence.endswith(".") and "\n" not in sentence and len(sentence) < 250


def test_a_failed_attempt_leaves_nothing_behind(world):
    with pytest.raises(InvalidParameter):
        LoadBalancer(world, "shop", targets="web")
    contact = LoadBalancer(world, "shop")
    with pytest.raises(InvalidParameter):
        Customers(world, "customers", traffic=None, to=contact)
    Customers(world, "customers", traffic=steady(1), to=contact)
    assert [part.name for part in world.record.parts] == ["shop", "customers"]


def test_a_group_leaves_names_alone_that_are_taken(world):
    Instance(world, "i-2")
    made = group(world, desired_capacity=2)
    world.run(until=100)
    assert [instance.name for instance in made.targets()] == ["i-1", "i-3"]


def test_an_overloaded_target_is_silent_so_its_check_takes_the_whole_timeout(world):
    """LB-9: the checks at 60 and 90 s get no answer within 5 s."""
    target = Instance(world, "a", launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=1))
    send(world, LoadBalancer(world, "shop", targets=[target]), (50, 200))
    world.run(until=100)
    assert timetable(world, "a", "target")[-1] == (95, "unhealthy")


def test_a_target_that_answers_with_errors_fails_its_check_at_once(world):
    """LB-9."""
    target = one(world)
    LoadBalancer(world, "shop", targets=[target])
    world.run(until=50)
    target.fail()
    world.run(until=100)
    assert timetable(world, "a", "target")[-1] == (90, "unhealthy")


def test_an_instance_that_needs_no_boot_passes_its_first_check(world):
    """LB-10, LB-20."""
    LoadBalancer(
        world, "shop", targets=group(world, launch_template=LaunchTemplate(launch_time=30, boot_time=0))
    )
    world.run(until=100)
    assert timetable(world, "i-1", "target") == [(30, "initial"), (30, "healthy")]


def test_a_target_that_was_cut_off_can_be_registered_again(world):
    """LB-14: the balancer closes the connections, the machine works on."""
    target = one(world)
    contact = LoadBalancer(world, "shop", targets=[target], deregistration_delay_timeout_seconds=10)
    send(world, contact, (5, 50), (100, 1))
    world.run(until=20)
    contact.deregister(target)
    world.run(until=40)
    contact.register(target)
    world.run(until=200)
    assert [Status(status).code for status in world.record.requests.status] == [502, 200]


def test_a_target_that_is_registered_again_while_it_drains_stays(world):
    """LB-13."""
    target = one(world)
    contact = LoadBalancer(world, "shop", targets=[target])
    send(world, contact, (5, 50))
    world.run(until=20)
    contact.deregister(target)
    world.run(until=25)
    contact.register(target)
    world.run(until=200)
    assert contact.target_health(target) == "healthy"


def test_a_target_that_is_registered_twice_is_one_target(world):
    """LB-13."""
    target = one(world)
    LoadBalancer(world, "shop", targets=[target, target])
    world.run(until=20)
    target.crash()
    world.run(until=200)
    assert timetable(world, "a", "target") == [(0, "initial"), (0, "healthy"), (60, "unhealthy")]


def test_a_change_that_honors_the_cooldown_waits_for_the_running_activity_too(world):
    """AS-4, AS-17: one instance is pending from 400 to 430 s."""
    made = group(world)
    world.run(until=400)
    made.set_desired_capacity(2)
    world.run(until=410)
    with pytest.raises(ScalingActivityInProgress):
        made.set_desired_capacity(3, honor_cooldown=True)


def test_an_instance_slows_down_whatever_it_is_doing(world):
    booting, crashed = Instance(world, "a"), one(world, "b")
    world.run(until=10)
    booting.slow_down(0.5)
    crashed.crash()
    crashed.slow_down(0.5)
    crashed.recover()
    world.run(until=200)
    assert (booting.server.speed, crashed.server.speed) == (0.5, 0.5)


def test_recovering_is_no_way_to_boot_faster(world):
    booting = Instance(world, "a", launch_template=LaunchTemplate(launch_time=0, boot_time=100))
    world.run(until=10)
    booting.recover()
    found = checks(world, booting, 50)
    world.run(until=60)
    assert found == [(50, 50, False)]


def test_an_instance_killed_in_the_moment_of_its_launch_stays_dead(world):
    dead = Instance(world, "a")
    dead.kill()
    world.run(until=200)
    assert timetable(world, "a", "application") == [(0, "killed")]


# Worlds that don't fit together, and worlds that were broken off


def a_shop(world):
    return LoadBalancer(world, "shop", targets=[Instance(world, "i-1", launch_template=AT_ONCE)])


def a_fleet(world):
    return AutoScalingGroup(world, "web", min_size=1, max_size=3, launch_template=AT_ONCE)


MIXED = {
    "customers of a balancer": lambda here, there: Customers(
        here, "ann", traffic=steady(1), to=a_shop(there)
    ),
    "customers of an instance": lambda here, there: Customers(here, "ann", traffic=steady(1), to=one(there)),
    "policies of a group": lambda here, there: ScalingPolicies(here, a_fleet(there)),
    "a balancer of a group": lambda here, there: LoadBalancer(here, "shop", targets=a_fleet(there)),
    "a target": lambda here, there: a_shop(here).register(one(there)),
    "one that leaves": lambda here, there: a_shop(here).deregister(one(there)),
    "the health of one": lambda here, there: a_shop(here).target_health(one(there)),
}
"""What belongs here, and the other half of another world."""


@pytest.mark.parametrize("mixed", MIXED)
def test_parts_of_another_world_are_refused_at_once_and_nothing_is_registered(world, mixed):
    """Cells that were run out of order: the instance of an old world, and everything else of a new one."""
    with pytest.raises(InvalidParameter, match="another world, but must be of the"):
        MIXED[mixed](world, World(2))
    names = [part.name for part in world.record.parts]
    world.run(until=60)
    assert set(names) <= {"shop", "i-1"}
    assert len(world.record.requests) == 0


def a_policy(world):
    return SimpleScaling(ScalingPolicies(world, a_fleet(world)), scaling_adjustment=1)


FUNCTIONS = {
    "the metric of a group": lambda here, there: Alarm(
        here, "busy", metric=CPUUtilization(a_fleet(there)), threshold=60
    ),
    "the metric of a balancer": lambda here, there: Alarm(
        here, "busy", metric=RequestCountPerTarget(a_shop(there)), threshold=60
    ),
    "what an alarm does": lambda here, there: Alarm(
        here, "busy", metric=lambda: 1, threshold=60, actions=[a_policy(there).execute_policy]
    ),
    "the metric of a policy": lambda here, there: TargetTracking(
        ScalingPolicies(here, a_fleet(here)), target_value=50, metric=CPUUtilization(a_fleet(there))
    ),
    "the instances of a metric": lambda here, there: CPUUtilization(a_fleet(here), a_fleet(there).warmed),
}
"""What belongs here, and a function of another world."""


@pytest.mark.parametrize("mixed", FUNCTIONS)
def test_functions_of_another_world_are_refused_at_once(world, mixed):
    """A policy of an old world would move the group that nobody looks at any more."""
    with pytest.raises(InvalidParameter, match="another world, but must be of the"):
        FUNCTIONS[mixed](world, World(2))
    world.run(until=60)
    assert {part.name for part in world.record.parts} <= {"web", "i-1"}


def test_a_run_that_was_broken_off_does_not_go_on_silently(world):
    """An error in a process, or the stop button: what the world holds is not whole, and it says so."""

    def stops():
        yield world.timeout(612)
        raise KeyboardInterrupt

    Customers(world, "ann", traffic=steady(1), to=a_shop(world))
    world.process(stops())
    with pytest.raises(KeyboardInterrupt):
        world.run(until=1000)
    for until in (1000, 2000):
        with pytest.raises(InvalidParameter, match="was broken off at 612 s, and what it holds is not whole"):
            world.run(until=until)
