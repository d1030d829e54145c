"""A balancer and its methods: who gets the next request, and what happens when the list of targets changes.

What the provider's documents say about balancers is tested, fact by fact, in `test_facts_load_balancer.py`.
"""

from math import inf

import pytest
from scenes import NO_CHECKS
from timetables import AT_ONCE, ONE_AT_A_TIME, changes, send, served_by, timetable

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer, ValidationError


def machines(world, names, template=ONE_AT_A_TIME):
    """One instance for each letter of `names`."""
    return [Instance(world, name, launch_template=template) for name in names]


def a_shop(world, targets, method="round_robin", **more):
    return LoadBalancer(
        world, "shop", targets=targets, load_balancing_algorithm_type=method, **NO_CHECKS | more
    )


def rows(world):
    """(arrived, started, finished, answered, HTTP code, target) of each request."""
    requests = world.record.requests
    columns = (requests.arrived, requests.started, requests.finished, requests.answered)
    codes = [Status(status).code for status in requests.status]
    return [
        (*times, code, name) for *times, code, name in zip(*columns, codes, served_by(world), strict=True)
    ]


def leave(world, shop, instance):
    shop.deregister(instance)


# Round robin


def test_the_turn_goes_on_where_it_was_when_a_target_comes_or_goes(world):
    """The turn is a number in the list of targets: when b leaves, the next goes to the third of a, c, d."""
    targets = machines(world, "abcd")
    shop = a_shop(world, targets)
    send(world, shop, *((time, 0.1) for time in range(1, 11)))
    world.run(until=2.5)
    leave(world, shop, targets[1])
    world.run(until=6.5)
    shop.register(targets[1])
    world.run(until=20)
    assert "".join(served_by(world)) == "ab" + "dacd" + "acdb"


# Least outstanding requests


def test_of_several_with_the_fewest_the_next_in_turn_gets_it(world):
    shop = a_shop(world, machines(world, "abc"), "least_outstanding_requests")
    send(world, shop, *((time, 0.5) for time in (1, 2, 3, 4, 4.1, 4.2, 4.3, 4.55)))
    world.run(until=20)
    assert "".join(served_by(world)) == "abcabcab"


def test_who_left_before_the_answer_is_no_longer_outstanding(world):
    """At 3 s both callers of a have left, so a counts as free again, though it still works."""
    shop = a_shop(world, machines(world, "ab"), "least_outstanding_requests")
    send(world, shop, (0, 10), (0.5, 9), (1, 9), (3, 1), patience=1.5)
    world.run(until=30)
    assert "".join(served_by(world)) == "abab"


def test_requests_on_a_target_that_comes_back_still_count(world):
    one, _ = targets = machines(world, "ab")
    shop = a_shop(world, targets, "least_outstanding_requests")
    send(world, shop, (1, 100), (2, 1), (4, 0.1), (6, 0.1), (7, 0.1))
    world.run(until=3)
    leave(world, shop, one)
    world.run(until=5)
    shop.register(one)
    world.run(until=200)
    assert "".join(served_by(world)) == "abbbb"


@pytest.mark.parametrize(("work", "speed", "third"), [(2, 0.5, "a"), (8, 10, "b")])
def test_a_new_plan_of_a_server_changes_when_its_requests_are_answered(world, work, speed, third):
    """At half the speed b has not answered by 4 s, so it is a's turn; at ten times the speed b is free."""
    targets = machines(world, "ab")
    shop = a_shop(world, targets, "least_outstanding_requests")
    send(world, shop, (1, 20), (1.5, work), (4, 1))
    world.run(until=2)
    targets[1].slow_down(speed)
    world.run(until=30)
    assert "".join(served_by(world)) == "ab" + third


def test_a_request_that_reaches_nobody_is_outstanding_until_its_504(world):
    """Two requests each hang on a and b, which run from 5 s on. A new plan of a doesn't forget them."""
    targets = machines(world, "ab", LaunchTemplate(launch_time=5, boot_time=0, slots=1))
    shop = a_shop(world, targets, "least_outstanding_requests")
    send(world, shop, (1, 1), (2, 1), (3, 1), (4, 1), (7, 5), (7.1, 5))
    world.run(until=6)
    targets[0].slow_down(0.5)
    world.run(until=30)
    assert "".join(served_by(world)) == "abab" + "ab"


def test_a_target_that_refuses_attracts_all_requests(world):
    """It has no open request ever: the trap of least outstanding requests until the checks notice."""
    one, _ = targets = machines(world, "ab")
    shop = a_shop(world, targets, "least_outstanding_requests")
    send(world, shop, *((time, 5) for time in range(1, 8)))
    world.run(until=0.5)
    one.crash()
    world.run(until=30)
    assert "".join(served_by(world)) == "abaaaab"


# Random


def test_random_choice_has_dice_of_its_own():
    def order(name, seed=5):
        world = World(seed)
        shop = LoadBalancer(
            world, name, targets=machines(world, "abc"), load_balancing_algorithm_type="weighted_random"
        )
        send(world, shop, *((time, 0.1) for time in range(1, 60)))
        world.run(until=60)
        return "".join(served_by(world))

    assert order("shop") == order("shop")
    assert order("shop") != order("office")
    assert order("shop") != order("shop", seed=6)


# One shared line


def test_the_first_in_the_shared_line_gets_the_first_free_slot(world):
    shop = a_shop(world, machines(world, "ab"), "one_line")
    send(world, shop, (1, 5), (2, 1), (2.5, 1), (2.6, 4), (2.7, 1))
    world.run(until=30)
    assert rows(world) == [
        (1, 1, 6, 6, 200, "a"),
        (2, 2, 3, 3, 200, "b"),
        (2.5, 3, 4, 4, 200, "b"),
        (2.6, 4, 8, 8, 200, "b"),
        (2.7, 6, 7, 7, 200, "a"),
    ]


def test_of_several_free_servers_the_one_free_for_longest_takes_the_next(world):
    shop = a_shop(world, machines(world, "abc"), "one_line")
    send(world, shop, (1, 1), (1, 0.5), (1, 0.2), (5, 1), (6, 1), (7, 1), (8.5, 1))
    world.run(until=30)
    assert "".join(served_by(world)) == "abccbac"


def test_who_waits_in_the_shared_line_is_at_the_balancer_until_a_server_takes_it(world):
    shop = a_shop(world, machines(world, "a"), "one_line")
    send(world, shop, (1, 5), (2, 1))
    world.run(until=4)
    assert rows(world)[1] == (2, inf, inf, 62, 504, "shop")
    world.run(until=10)
    assert rows(world)[1] == (2, 6, 7, 7, 200, "a")


def test_a_server_that_is_down_takes_nothing_from_the_line(world):
    one, _two = targets = machines(world, "ab")
    shop = a_shop(world, targets, "one_line")
    send(world, shop, (1, 5), (2, 5), (3, 1), (4, 1))
    world.run(until=2.5)
    one.crash()
    world.run(until=20)
    one.recover()
    world.run(until=30)
    assert rows(world) == [
        (1, 1, inf, 2.5, 502, "a"),
        (2, 2, 7, 7, 200, "b"),
        (3, 7, 8, 8, 200, "b"),
        (4, 8, 9, 9, 200, "b"),
    ]


def test_who_failed_comes_again_before_the_next_change(world):
    """The retry of 1.6 s meets the failing machine too: nothing else happens until it recovers at 3 s."""
    machine = machines(world, "a")[0]
    shop = a_shop(world, [machine], "one_line")
    send(world, shop, (1, 1), max_attempts=2, retry_delay=0.5)
    machine.fail(0.1)
    world.run(until=3)
    machine.recover()
    world.run(until=10)
    assert [(row[0], row[4]) for row in rows(world)] == [(1, 500), (1.6, 500)]


def test_a_target_takes_from_the_line_from_its_first_good_check_on(world):
    """c answers from 20 s on and passes its check at 30 s: nothing starts there before 30 s."""
    shop = a_shop(
        world,
        machines(world, "a"),
        "one_line",
        health_check_interval_seconds=30,
        health_check_timeout_seconds=2,
    )
    late = Instance(world, "c", launch_template=LaunchTemplate(launch_time=0, boot_time=20, slots=1))
    shop.register(late)
    send(world, shop, (1, 100), (5, 4), (6, 4))
    world.run(until=50)
    assert rows(world)[1:] == [(5, 30, 34, 34, 200, "c"), (6, 34, 38, 38, 200, "c")]


# Leaving and coming back


def test_a_target_whose_drain_was_cut_can_come_back_and_serve(world):
    machine = machines(world, "a")[0]
    shop = a_shop(world, [machine], deregistration_delay_timeout_seconds=5)
    send(world, shop, (1, 50), (11, 1))
    world.run(until=2)
    leave(world, shop, machine)
    world.run(until=10)
    shop.register(machine)
    world.run(until=30)
    assert rows(world) == [(1, 1, inf, 7, 502, "a"), (11, 11, 12, 12, 200, "a")]
    assert timetable(world, "a", "target")[2:] == [
        (2, "draining"),
        (7, "unused"),
        (10, "initial"),
        (10, "healthy"),
    ]


# Checks and timeouts


def test_before_an_instance_runs_a_request_for_it_is_504_and_while_it_boots_502(world):
    """The only target is registered from the start on, so all requests go to it, whatever its health."""
    machine = Instance(world, "a", launch_template=LaunchTemplate(launch_time=10, boot_time=20, slots=1))
    send(world, a_shop(world, [machine]), (1, 1), (9, 1), (11, 1), (31, 1))
    world.run(until=60)
    assert [(answered, code) for _, _, _, answered, code, _ in rows(world)] == [
        (11, 504),
        (19, 504),
        (11, 502),
        (32, 200),
    ]


def test_an_overloaded_target_fails_its_check_after_the_timeout(world):
    shop = a_shop(
        world, machines(world, "ab"), health_check_interval_seconds=10, health_check_timeout_seconds=4
    )
    send(world, shop, (1, 40), (2, 0.1))
    world.run(until=60)
    assert timetable(world, "a", "target") == [(0, "initial"), (0, "healthy"), (24, "unhealthy")]
    assert changes(world, "shop", "UnHealthyHostCount") == [(0, 0), (24, 1)]


def test_the_shorter_of_patience_and_idle_timeout_ends_the_wait(world):
    shop = a_shop(world, machines(world, "a"), idle_timeout_timeout_seconds=4)
    send(world, shop, (1, 10), name="patient")
    send(world, shop, (2, 10), name="hasty", patience=3)
    world.run(until=60)
    assert rows(world) == [(1, 1, 11, 5, 504, "a"), (2, 11, 21, 5, 460, "a")]


def test_a_balancer_in_front_of_an_empty_group_says_503_and_serves_when_it_has_a_target(world):
    group = AutoScalingGroup(world, "web", min_size=0, max_size=2, launch_template=ONE_AT_A_TIME)
    shop = a_shop(world, group)
    send(world, shop, (1, 1), (5, 1))
    world.run(until=3)
    group.set_desired_capacity(1)
    world.run(until=20)
    assert rows(world) == [(1, inf, inf, 1, 503, "shop"), (5, 5, 6, 6, 200, "i-1")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"load_balancing_algorithm_type": "fastest"},
            "load_balancing_algorithm_type is 'fastest', but must be one of ",
        ),
        ({"targets": 3}, "targets is 3, but must be a group or a list of instances."),
        ({"targets": ["a"]}, "targets is ['a'], but must be a group or a list of instances."),
        (
            {"health_check_timeout_seconds": 30},
            "health_check_timeout_seconds is 30 s, but must be less than health_check_interval_seconds",
        ),
        (
            {"health_check_interval_seconds": 4},
            "health_check_interval_seconds is 4 s, but must be between 5 and 300 s.",
        ),
    ],
)
def test_a_balancer_with_a_bad_setting_is_one_sentence_and_leaves_nothing_behind(world, settings, message):
    with pytest.raises(ValidationError) as error:
        LoadBalancer(world, "shop", **settings)
    assert str(error.value).startswith(message)
    assert world.record.parts == []


def test_a_target_is_of_the_balancers_own_world(world):
    stranger = machines(World(2), "a")
    with pytest.raises(ValidationError, match="targets holds an instance of another world"):
        LoadBalancer(world, "shop", targets=stranger)


@pytest.mark.parametrize("delay", [0, 300])
def test_a_target_that_leaves_and_comes_back_at_one_moment_stays(world, delay):
    """It is idle, so the drain would be over at once; what was registered anew is not the drain's to take away."""
    machine = Instance(world, "a", launch_template=AT_ONCE)
    shop = LoadBalancer(world, "shop", targets=[machine], deregistration_delay_timeout_seconds=delay)
    world.run(until=100)
    shop.deregister(machine)
    shop.register(machine)
    world.run(until=200)
    assert (shop.target_health(machine), list(shop.targets)) == ("healthy", [machine.part])
    assert timetable(world, "a", "target")[-1][1] == "healthy"
    for act in (shop.deregister, shop.register, shop.deregister):
        act(machine)
    world.run(until=300)
    assert (shop.target_health(machine), list(shop.targets)) == ("unused", [])
