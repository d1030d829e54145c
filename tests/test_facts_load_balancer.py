"""Facts about load balancers: each test is a sentence, cites its fact, and reads a timetable from the record.

Targets are single instances called 'a', 'b', … that answer from the first second on, unless a test says
otherwise. A change by hand happens between two calls of `world.run`.
"""

from dataclasses import replace
from itertools import count

import pytest
from timetables import AT_ONCE, changes, send, served_by, timetable

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import parameters
from cloudlab.kernel.record import Status
from cloudlab.kernel.serving import CONNECT_TIMEOUT
from cloudlab.load_balancer import LoadBalancer, ValidationError
from cloudlab.traffic import Customers, steady

KNOWN = parameters(LoadBalancer.__init__)


def instances(world, names, **template):
    """One instance for each letter of `names`."""
    return [Instance(world, name, launch_template=replace(AT_ONCE, **template)) for name in names]


def balancer(world, targets, **more):
    return LoadBalancer(world, "shop", targets=targets, **more)


def every(seconds, until, work=0.01):
    """Requests at equal distances, as (arrival, work)."""
    return [(seconds * n, work) for n in range(1, int(until / seconds) + 1)]


def endings(world):
    """(code, answered at s) of each request that has ended."""
    requests = world.record.requests
    ended = [row for row in range(len(requests)) if requests.answered[row] <= world.now]
    return [(Status(requests.status[row]).code, requests.answered[row]) for row in ended]


def shares(world):
    """The share of the requests that each part got."""
    served = served_by(world)
    return {name: served.count(name) / len(served) for name in sorted(set(served))}


# Choosing a target


def test_round_robin_is_the_default_and_takes_turns(world):
    """LB-4."""
    assert KNOWN["load_balancing_algorithm_type"].default == "round_robin"
    send(world, balancer(world, instances(world, "abc")), *every(1, 7))
    world.run(until=10)
    assert "".join(served_by(world)) == "abcabca"


def test_least_outstanding_requests_goes_where_fewest_are_in_progress(world):
    """LB-5: a needs 5 s for what b does in half a second; at 1.2 and 1.3 s b has one or two open itself."""
    slow, quick = instances(world, "ab", slots=1)
    slow.slow_down(0.1)
    contact = balancer(world, [slow, quick], load_balancing_algorithm_type="least_outstanding_requests")
    send(world, contact, *((time, 0.5) for time in (1, 1.1, 1.2, 1.3, 2, 3, 4, 5, 11.5)))
    world.run(until=20)
    assert "".join(served_by(world)) == "ababbbbba"


def test_outstanding_are_those_in_service_and_those_in_line(world):
    """LB-5: a has one request in service and one in line, b has one in service."""
    contact = balancer(
        world, instances(world, "ab", slots=1), load_balancing_algorithm_type="least_outstanding_requests"
    )
    send(world, contact, (1, 20), (1, 10), (2, 20), (3, 20), (12, 20))
    world.run(until=20)
    assert "".join(served_by(world)) == "ababb"


def test_of_several_with_the_fewest_the_next_after_the_last_choice_gets_it(world):
    """LB-5: nothing is open when a request comes, but at 4.2 s, when b works on that of 4.1 s."""
    contact = balancer(
        world, instances(world, "abc"), load_balancing_algorithm_type="least_outstanding_requests"
    )
    send(world, contact, *((time, 0.5) for time in (1, 2, 3, 4, 4.1, 4.2, 5)))
    world.run(until=20)
    assert "".join(served_by(world)) == "abcabca"


def test_the_random_method_gives_each_target_the_same_weight(world):
    """LB-6."""
    contact = balancer(world, instances(world, "abcd"), load_balancing_algorithm_type="weighted_random")
    Customers(world, "customers", traffic=steady(100), to=contact, mean_work=0.001)
    world.run(until=200)
    assert shares(world) == pytest.approx(dict.fromkeys("abcd", 0.25), abs=0.01)


def test_with_two_targets_in_one_zone_and_eight_in_the_other_each_gets_a_tenth(world):
    """LB-17: cross-zone balancing is on."""
    template = AT_ONCE
    in_zones = [("a", "us-east-1a")] * 2 + [("b", "us-east-1b")] * 8
    targets = [
        Instance(world, f"{letter}{n}", launch_template=template, availability_zone=zone)
        for n, (letter, zone) in enumerate(in_zones)
    ]
    send(world, balancer(world, targets), *every(1, 100))
    world.run(until=101)
    assert shares(world) == {target.name: 0.1 for target in targets}


# Health checks

RANGES = [
    ("health_check_interval_seconds", 5, 300, 30),
    ("health_check_timeout_seconds", 2, 120, 5),
    ("healthy_threshold_count", 2, 10, 5),
    ("unhealthy_threshold_count", 2, 10, 2),
    ("deregistration_delay_timeout_seconds", 0, 3600, 300),
    ("idle_timeout_timeout_seconds", 1, 4000, 60),
]


def settings(name, value):
    """A setting whose check timeout is shorter than its interval."""
    room = {"health_check_interval_seconds": {"health_check_timeout_seconds": 2}}
    room["health_check_timeout_seconds"] = {"health_check_interval_seconds": 300}
    return room.get(name, {}) | {name: value}


@pytest.mark.parametrize("name, low, high, default", RANGES)
def test_each_setting_has_the_range_and_default_of_the_provider(world, name, low, high, default):
    """LB-9, LB-14, LB-18: both ends are allowed, one outside is not."""
    assert KNOWN[name].default == default
    numbers = count()
    for allowed in (low, high):
        LoadBalancer(world, f"shop {next(numbers)}", **settings(name, allowed))
    for refused in (low - 1, high + 1):
        with pytest.raises(
            ValidationError, match=rf"^{name} is {refused} .*, but must be between {low} and {high} "
        ):
            LoadBalancer(world, f"shop {next(numbers)}", **settings(name, refused))


@pytest.mark.parametrize("work, state", [(14.9, "healthy"), (15, "healthy"), (15.1, "unhealthy")])
def test_a_failed_check_is_one_that_has_no_good_answer_within_the_timeout(world, work, state):
    """LB-9: at the checks at 60 and 90 s the line is 4.9, 5 or 5.1 s long."""
    contact = balancer(world, instances(world, "a", slots=1))
    send(world, contact, (50, work), (80, work))
    world.run(until=100)
    assert timetable(world, "a", "target")[-1][1] == state


def test_a_new_target_needs_one_good_check_and_a_failed_one_five(world):
    """LB-10: checks are at 0, 30, 60 …; it crashes at 10 s and works again from 70 s on."""
    one = instances(world, "a")[0]
    balancer(world, [one])
    world.run(until=10)
    one.crash()
    world.run(until=70)
    one.recover()
    world.run(until=300)
    states = [(0, "initial"), (0, "healthy"), (60, "unhealthy"), (210, "healthy")]
    assert timetable(world, "a", "target") == states


def test_only_failed_checks_in_a_row_make_a_target_unhealthy(world):
    """LB-9: the checks of 30 and 90 s fail, that of 60 s between them doesn't."""
    one = instances(world, "a")[0]
    balancer(world, [one])
    for time, act in ((20, one.crash), (40, one.recover), (80, one.crash), (100, one.recover)):
        world.run(until=time)
        act()
    world.run(until=200)
    assert timetable(world, "a", "target") == [(0, "initial"), (0, "healthy")]


def test_only_good_checks_in_a_row_make_a_target_healthy_again(world):
    """LB-9, LB-10: unhealthy at 60 s; four good checks, the bad one of 210 s, and five good ones up to 360 s."""
    one = instances(world, "a")[0]
    balancer(world, [one])
    for time, act in ((20, one.crash), (80, one.recover), (200, one.crash), (220, one.recover)):
        world.run(until=time)
        act()
    world.run(until=500)
    states = [(0, "initial"), (0, "healthy"), (60, "unhealthy"), (360, "healthy")]
    assert timetable(world, "a", "target") == states


def test_a_target_that_boots_through_its_first_checks_needs_five_good_ones(world):
    """LB-10: it answers from 40 s on, after two failed checks."""
    balancer(world, instances(world, "a", boot_time=40))
    world.run(until=300)
    assert timetable(world, "a", "target") == [(0, "initial"), (30, "unhealthy"), (180, "healthy")]


@pytest.mark.parametrize(
    "dies, noticed, settings",
    [
        (30.001, 95, {}),
        (59.999, 95, {}),
        (30.001, 122, {"unhealthy_threshold_count": 3, "health_check_timeout_seconds": 2}),
        (30.001, 42, {"health_check_interval_seconds": 5, "health_check_timeout_seconds": 2}),
    ],
)
def test_a_dead_target_is_noticed_after_threshold_times_interval_plus_timeout(world, dies, noticed, settings):
    """LB-11: at most 2 × 30 + 5 = 65 s by default, here after the good check at 30 s."""
    one, _ = targets = instances(world, "ab")
    balancer(world, targets, **settings)
    world.run(until=dies)
    one.kill()
    world.run(until=200)
    assert timetable(world, "a", "target")[-1] == (noticed, "unhealthy")


def test_a_target_that_refuses_connections_is_noticed_without_the_timeout(world):
    """LB-11: 2 × 30 s after the last good check."""
    one, _ = targets = instances(world, "ab")
    balancer(world, targets)
    world.run(until=30.001)
    one.crash()
    world.run(until=200)
    assert timetable(world, "a", "target")[-1] == (90, "unhealthy")


def test_a_check_counts_when_it_is_answered_not_when_it_is_asked(world):
    """LB-9, LB-11: asked at 30 s behind a request that ends at 39 s, it stands in line when the machine dies."""
    one, _ = targets = instances(world, "ab", slots=1)
    send(world, balancer(world, targets, health_check_timeout_seconds=20), (29, 10))
    world.run(until=31)
    one.kill()
    world.run(until=200)
    assert timetable(world, "a", "target") == [(0, "initial"), (0, "healthy"), (80, "unhealthy")]


@pytest.mark.parametrize("change, healthy", [(None, 9), (0.5, 13), (4, 6)])
def test_a_target_behind_a_line_is_healthy_when_its_check_is_answered(world, change, healthy):
    """LB-9, LB-10: registered at 2 s behind work that ends at 9 s, or otherwise when its speed changes at 5 s."""
    one = instances(world, "a", slots=1)[0]
    send(world, one, (1, 8))
    world.run(until=2)
    contact = balancer(world, [], health_check_timeout_seconds=20)
    contact.register(one)
    world.run(until=5)
    if change:
        one.slow_down(change)
    world.run(until=60)
    assert timetable(world, "a", "target") == [(2, "initial"), (healthy, "healthy")]


@pytest.mark.parametrize("verb, noticed", [("kill", 80), ("crash", 61)])
def test_a_check_in_line_fails_when_the_application_dies_or_when_its_time_is_over(world, verb, noticed):
    """LB-9: the check of 30 s meets errors, that of 60 s stands behind what ends at 69 s when all ends at 61 s."""
    one = instances(world, "a", slots=1)[0]
    balancer(world, [one], health_check_timeout_seconds=20)
    send(world, one, (59, 10))
    for time, act in ((25, one.fail), (55, one.recover), (61, getattr(one, verb))):
        world.run(until=time)
        act()
    world.run(until=100)
    assert timetable(world, "a", "target")[-1] == (noticed, "unhealthy")


def test_until_it_is_noticed_a_dead_target_gets_its_share(world):
    """LB-11: a dies at 31 s and is noticed at 95 s; after that b gets all."""
    one, _ = targets = instances(world, "ab")
    send(world, balancer(world, targets), *every(1, 150))
    world.run(until=30.5)
    one.kill()
    world.run(until=160)
    served = "".join(served_by(world))
    assert (served[30:94].count("a"), served[30:94].count("b"), set(served[95:])) == (32, 32, {"b"})


def test_requests_go_to_healthy_targets_only_or_to_all_if_none_is_healthy(world):
    """LB-12: a is unhealthy from 60 s on, b from 120 s on; a passes its fifth check in a row at 300 s."""
    one, two = targets = instances(world, "ab")
    send(world, balancer(world, targets), *every(1, 350))
    for time, change in ((10, one.crash), (70, two.crash), (170, one.recover)):
        world.run(until=time)
        change()
    world.run(until=351)
    served = served_by(world)
    parts = [served[60:119], served[119:299], served[299:]]
    assert ["".join(sorted(set(part))) for part in parts] == ["b", "ab", "a"]
    assert changes(world, "shop", "HealthyHostCount") == [(0, 2), (60, 1), (120, 0), (300, 1)]


def test_a_target_is_initial_healthy_unhealthy_draining_unused(world):
    """LB-13."""
    one = instances(world, "a", boot_time=20)[0]
    contact = balancer(world, [one], idle_timeout_timeout_seconds=4000)
    send(world, contact, (35, 100))
    assert contact.target_health(one) == "initial"
    world.run(until=40)
    one.fail()
    world.run(until=100)
    contact.deregister(one)
    world.run(until=200)
    states = [(0, "initial"), (30, "healthy"), (90, "unhealthy"), (100, "draining"), (135, "unused")]
    assert timetable(world, "a", "target") == states
    assert contact.target_health(one) == "unused"


# Leaving


def leave_at_10(world, **more):
    """A request each second to a and b, and one of 100 s to a at 9.5 s; a leaves at 10 s. Who served them."""
    one, _ = targets = instances(world, "ab")
    contact = balancer(world, targets, idle_timeout_timeout_seconds=4000, **more)
    send(world, contact, *every(1, 8), (9.5, 100), *((time, 0.01) for time in range(11, 200)))
    world.run(until=10)
    contact.deregister(one)
    world.run(until=200)
    return served_by(world)


def test_a_target_that_drains_gets_nothing_new_and_ends_what_is_open(world):
    """LB-14: the long request ends at 109.5 s, well before the limit of 300 s."""
    served = leave_at_10(world)
    assert (served[8], set(served[9:])) == ("a", {"b"})
    assert timetable(world, "a", "target")[-2:] == [(10, "draining"), (109.5, "unused")]
    assert endings(world)[8] == (200, 109.5)


@pytest.mark.parametrize(
    "verb, more, arguments, ended",
    [
        ("kill", {}, (), 31),
        ("crash", {}, (), 31),
        ("slow_down", {}, (4,), 31 + 170 / 4),
        ("slow_down", {}, (0.8,), 31 + 170 / 0.8),
        (None, {"patience": 60}, (), 61),
        (None, {"patience": 5}, (), 10),
    ],
)
def test_a_drain_is_over_when_nothing_is_open_any_more(world, verb, more, arguments, ended):
    """LB-14: work of 200 s from 1 s on, of a target that leaves at 10 s, and what becomes of it at 31 s."""
    one, _ = targets = instances(world, "ab")
    contact = balancer(world, targets, idle_timeout_timeout_seconds=4000)
    send(world, contact, (1, 200), **more)
    world.run(until=10)
    contact.deregister(one)
    world.run(until=31)
    if verb:
        getattr(one, verb)(*arguments)
    world.run(until=400)
    assert timetable(world, "a", "target")[-2:] == [(10, "draining"), (ended, "unused")]


@pytest.mark.parametrize(
    "requests, ended",
    [
        ([(1, 1)], 10),
        ([(1, 9)], 10),
        ([(1, 9.25)], 10.25),
        ([(1, 9.25), (2, 90), (3, 20), (4, 90), (5, 6)], 23),
    ],
)
def test_a_drain_ends_with_the_last_request_of_its_target(world, requests, ended):
    """LB-14: a, which got the first and every other one, leaves at 10 s."""
    one, _ = targets = instances(world, "ab")
    contact = balancer(world, targets, idle_timeout_timeout_seconds=4000)
    send(world, contact, *requests)
    world.run(until=10)
    contact.deregister(one)
    world.run(until=200)
    assert timetable(world, "a", "target")[-2:] == [(10, "draining"), (ended, "unused")]


def test_a_drain_waits_for_whom_nobody_answers_up_to_their_504(world):
    """LB-14, LB-19: sent at 25 s to a machine that is gone since 20 s."""
    one = instances(world, "a")[0]
    contact = balancer(world, [one])
    send(world, contact, (25, 1))
    world.run(until=20)
    one.kill()
    world.run(until=30)
    contact.deregister(one)
    world.run(until=100)
    assert timetable(world, "a", "target")[-1] == (35, "unused") and endings(world) == [(504, 35)]


def test_a_group_waits_for_a_drain_that_somebody_else_began(world):
    """LB-14, LB-20: it drains from 10 s on; the group lets it go at 20 s, and its request ends at 41 s."""
    group = AutoScalingGroup(
        world, "web", min_size=0, max_size=1, desired_capacity=1, launch_template=AT_ONCE
    )
    contact = balancer(world, group)
    send(world, contact, (1, 40))
    world.run(until=10)
    contact.deregister(group.targets()[0])
    world.run(until=20)
    group.set_desired_capacity(0)
    world.run(until=100)
    assert endings(world) == [(200, 41)]
    assert timetable(world, "i-1")[-2:] == [(20, "Terminating"), (41, "Terminated")]


def test_an_idle_timeout_ends_a_drain_and_with_it_the_activity_of_a_group(world):
    """LB-14, LB-18, LB-20, AS-17: of 200 s of work from 1 s on, the balancer waits for 60 s."""
    group = AutoScalingGroup(
        world, "web", min_size=0, max_size=1, desired_capacity=1, launch_template=AT_ONCE
    )
    send(world, balancer(world, group), (1, 200))
    world.run(until=10)
    group.set_desired_capacity(0)
    world.run(until=60)
    assert group.busy()
    world.run(until=62)
    assert (group.busy(), group.active_until) == (False, 61)
    assert timetable(world, "i-1")[-2:] == [(10, "Terminating"), (61, "Terminated")]


@pytest.mark.parametrize("limit", [0, 50])
def test_at_the_limit_of_draining_what_is_open_is_cut_with_502(world, limit):
    """LB-14, LB-19."""
    leave_at_10(world, deregistration_delay_timeout_seconds=limit)
    assert timetable(world, "a", "target")[-1] == (10 + limit, "unused")
    assert endings(world)[8] == (502, 10 + limit)
    assert {code for code, _ in endings(world)[9:]} == {200}


# Errors of the balancer, and whose fault they are


def test_a_target_slower_than_the_idle_timeout_is_504_and_works_on(world):
    """LB-18, LB-19: 60 s by default."""
    send(world, balancer(world, instances(world, "ab")), (1, 60), (2, 60.5))
    world.run(until=100)
    assert endings(world) == [(200, 61), (504, 62)]
    assert world.record.requests.finished[1] == 62.5


@pytest.mark.parametrize("quicker, ending", [(None, (504, 61)), (9, (200, 50 + 31 / 9)), (2, (504, 61))])
def test_the_idle_timeout_holds_after_a_new_plan_too(world, quicker, ending):
    """LB-18: of 50 s of work from 1 s on, 31 s are left at 50 s, after 40 s at a quarter of the speed."""
    one = instances(world, "a")[0]
    send(world, balancer(world, [one], health_check_interval_seconds=300), (1, 50))
    world.run(until=10)
    one.slow_down(0.25)
    world.run(until=50)
    if quicker:
        one.slow_down(quicker)
    world.run(until=300)
    assert endings(world) == [pytest.approx(ending)]


def test_a_target_that_refuses_connections_is_502_at_once(world):
    """LB-19."""
    one = instances(world, "a")[0]
    send(world, balancer(world, [one]), (5, 1))
    world.run(until=1)
    one.crash()
    world.run(until=10)
    assert endings(world) == [(502, 5)]


def test_a_target_that_dies_breaks_what_it_works_on_and_what_waits_there_with_502(world):
    """LB-19."""
    one = instances(world, "a", slots=1)[0]
    send(world, balancer(world, [one]), (1, 1), (3, 9), (4, 9))
    world.run(until=5)
    one.kill()
    world.run(until=10)
    assert endings(world) == [(200, 2), (502, 5), (502, 5)]


def test_a_balancer_without_targets_is_503_at_once(world):
    """LB-19."""
    send(world, balancer(world, []), (5, 1))
    world.run(until=10)
    assert endings(world) == [(503, 5)]


def test_a_target_that_stays_silent_is_504_after_ten_seconds(world):
    """LB-19: nobody answers where a machine was."""
    one = instances(world, "a")[0]
    send(world, balancer(world, [one]), (5, 1))
    world.run(until=1)
    one.kill()
    world.run(until=30)
    assert (CONNECT_TIMEOUT, endings(world)) == (10, [(504, 15)])


@pytest.mark.parametrize(
    "patience, ending", [(3, (460, 8)), (10, (460, 15)), (11, (504, 15)), (None, (504, 15))]
)
def test_a_caller_with_less_patience_than_the_connect_timeout_leaves_first(world, patience, ending):
    """LB-19: sent at 5 s to where a machine was."""
    one = instances(world, "a")[0]
    send(world, balancer(world, [one]), (5, 1), patience=patience)
    world.run(until=1)
    one.kill()
    world.run(until=30)
    assert endings(world) == [ending]


def test_a_caller_who_leaves_first_is_460_and_the_target_works_on(world):
    """LB-19."""
    send(world, balancer(world, instances(world, "ab")), (1, 3), (2, 3.5), patience=3)
    world.run(until=10)
    assert endings(world) == [(200, 4), (460, 5)]
    assert world.record.requests.finished[1] == 5.5


def test_an_error_of_the_application_is_a_500_of_the_target(world):
    """LB-19."""
    one = instances(world, "a")[0]
    send(world, balancer(world, [one]), (5, 1))
    world.run(until=1)
    one.fail(error_work=0.5)
    world.run(until=10)
    assert endings(world) == [(500, 5.5)]


@pytest.mark.parametrize(
    "code, fault",
    [
        (460, "the caller waited no longer"),
        (500, "the application on the target"),
        (502, "the target closed the connection"),
        (503, "the balancer had no target"),
        (504, "the target was unreachable or slower than the balancer's idle timeout"),
    ],
)
def test_each_code_says_whose_fault_it_was(code, fault):
    """LB-19."""
    assert [status.reason.startswith(fault) for status in Status if status.code == code] == [True]


# With a group


def test_a_group_registers_its_instances_in_service_and_drains_them_before_their_end(world):
    """LB-20: in service at 30 s, answers from 40 s on; from 70 s on it drains what ends at 115 s."""
    boots = LaunchTemplate(launch_time=30, boot_time=10)
    group = AutoScalingGroup(world, "web", min_size=0, max_size=1, desired_capacity=1, launch_template=boots)
    send(world, balancer(world, group), (65, 50))
    world.run(until=70)
    group.set_desired_capacity(0)
    world.run(until=200)
    group_says = [(0, "Pending"), (30, "InService"), (70, "Terminating"), (115, "Terminated")]
    assert timetable(world, "i-1") == group_says
    balancer_says = [(30, "initial"), (60, "healthy"), (70, "draining"), (115, "unused")]
    assert timetable(world, "i-1", "target") == balancer_says


def test_a_balancer_registers_what_is_already_in_service(world):
    """LB-20."""
    group = AutoScalingGroup(world, "web", min_size=2, max_size=2)
    world.run(until=50)
    contact = balancer(world, group)
    assert [contact.target_health(one) for one in group.targets()] == ["initial", "initial"]
