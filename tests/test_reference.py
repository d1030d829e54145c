"""The loop that serves requests equals one SimPy process for each request, row by row.

The scenes hold all that can happen to a request: boots, scale-in, drains that are cut off, deaths, crashes,
recovery, changes of speed, errors, callers who leave, idle timeouts and retries. Without changes of speed all
times are equal to the last digit. With them, work that is left is computed in another order, so that the last
digits may differ.
"""

from math import inf

import pytest
from hypothesis import given
from reference import differences
from scenes import NO_CHECKS, Scene, Sender, play, replay, scenes
from timetables import ONE_AT_A_TIME, Requests

from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.load_balancer.routing import METHODS, OneLine
from cloudlab.traffic import steady, step

LAST_DIGITS = 1e-9
SEEDS = (1, 2, 3)
SLOW_START = LaunchTemplate(launch_time=7.5, boot_time=11.25, slots=2)
SENDERS = (
    Sender("ann", steady(2.5), {"mean_work": 2.0, "patience": 6.0, "max_attempts": 3, "retry_delay": 0.7}),
    Sender("bob", step(1.0, jump=2, at=150), {"mean_work": 0.5}),
)
DEATHS = (
    (60.5, "ask", 6),
    (100.25, "kill", 0),
    (120.125, "crash", 2),
    (135.5, "recover", 2),
    (180.75, "ask", 2),
    (200.5, "kill", 1),
    (230.5, "ask", 0),
    (260.5, "ask", 4),
)
SPEEDS = (
    (30.5, "slow_down", 0.3),
    (70.5, "fail", 1),
    (75.25, "slow_down", 1.1),
    (80.5, "recover", 1),
    (81.5, "speed_up", 1.25),
    (90.5, "speed_up", 0.2),
    (150.5, "fail", 0),
)


def a_shop(method, seed, *, speeds=False, senders=SENDERS):
    """A group of up to eight behind a balancer, for five minutes, with every kind of trouble."""
    return Scene(
        senders=senders,
        end=320.0,
        seed=seed,
        group={"min_size": 0, "desired_capacity": 3, "max_size": 8, "launch_template": SLOW_START},
        balancer={
            "load_balancing_algorithm_type": method,
            "health_check_interval_seconds": 10,
            "healthy_threshold_count": 2,
            "deregistration_delay_timeout_seconds": 5,
            "idle_timeout_timeout_seconds": 20,
        },
        acts=tuple(sorted(DEATHS + SPEEDS)) if speeds else DEATHS,
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_request_is_as_in_the_reference_to_the_last_digit(method, seed):
    scene = a_shop(method, seed)
    record = play(scene)
    assert differences(record, replay(scene, record)) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_request_is_as_in_the_reference_with_errors_and_changes_of_speed(method, seed):
    scene = a_shop(method, seed, speeds=True)
    record = play(scene)
    assert differences(record, replay(scene, record), near=LAST_DIGITS) == []


def test_the_scenes_hold_every_ending_and_every_state():
    records = [play(a_shop(method, seed, speeds=True)) for method in METHODS for seed in SEEDS]
    endings = [status for record in records for status in record.requests.status]
    known = [status for status in Status if status != Status.THROTTLED]  # only a function turns away so
    assert {status: endings.count(status) > 10 for status in known} == dict.fromkeys(known, True)
    states = {(entry.aspect, entry.state) for record in records for entry in record.states}
    for state in ("pending", "booting", "answering", "failing", "crashed", "killed", "terminated"):
        assert ("application", state) in states
    for state in ("initial", "healthy", "unhealthy", "draining", "unused"):
        assert ("target", state) in states
    cut = [note for record in records for note in record.notes if "open requests are cut" in note.text]
    assert cut
    assert max(attempt for record in records for _, attempt in record.retries.values()) == 3


@given(scene=scenes())
def test_any_scene_is_as_in_the_reference(scene):
    record = play(scene)
    assert differences(record, replay(scene, record), near=LAST_DIGITS) == []


@pytest.mark.parametrize("work", ["exponential", "fixed"])
@pytest.mark.parametrize("arrivals", ["poisson", "regular"])
def test_one_instance_without_a_balancer_is_as_in_the_reference(arrivals, work):
    more = {"arrivals": arrivals, "work": work, "mean_work": 0.5, "patience": 4.0}
    machine = LaunchTemplate(launch_time=3, boot_time=2, slots=3)
    acts = ((40.5, "slow_down", 0.5), (60.5, "crash", 0), (70.5, "recover", 0), (90.5, "kill", 0))
    scene = Scene((Sender("ann", steady(5.5), more),), 100.0, instances=(machine,), balancer=None, acts=acts)
    record = play(scene)
    assert differences(record, replay(scene, record), near=LAST_DIGITS) == []


# What the reference itself does, worked out by hand, so that it is no mere copy of the model's mistakes


def test_the_reference_serves_two_at_a_time_and_loses_all_on_a_crash():
    sender = Sender("ann", Requests((0, 4), (1, 4), (2, 4), (3, 4)), {"max_attempts": 2, "retry_delay": 3.0})
    machine = LaunchTemplate(launch_time=0, boot_time=0, slots=2)
    scene = Scene(
        (sender,), 30.0, instances=(machine,), balancer=None, acts=((6, "crash", 0), (8, "recover", 0))
    )
    calls = replay(scene, play(scene)).calls
    assert [(call.arrived, call.started, call.finished, call.answered, call.status) for call in calls] == [
        (0, 0, 4, 4, 200),
        (1, 1, 5, 5, 200),
        (2, 4, inf, 6, 502),
        (3, 5, inf, 6, 502),
        (9, 9, 13, 13, 200),
        (9, 9, 13, 13, 200),
    ]


def test_the_reference_does_half_the_work_at_half_the_speed():
    sender = Sender("ann", Requests((0, 4), (1, 4)), {"patience": 8.0})
    scene = Scene((sender,), 30.0, instances=(ONE_AT_A_TIME,), balancer=None, acts=((2, "slow_down", 0.5),))
    calls = replay(scene, play(scene)).calls
    assert [(call.started, call.finished, call.answered, call.status) for call in calls] == [
        (0, 6, 6, 200),
        (6, 14, 9, 460),
    ]


def test_the_reference_counts_a_check_when_it_is_answered_or_its_time_is_over():
    """Asked at 30 s behind what ends at 39 s, when the machine dies at 31 s; at 60 s nobody is there."""
    sender = Sender("ann", Requests((5, 9), (29, 10)))
    settings = {"health_check_timeout_seconds": 20}
    acts = ((31, "kill", 0),)
    scene = Scene((sender,), 200.0, instances=(ONE_AT_A_TIME,), balancer=settings, acts=acts)
    assert replay(scene, play(scene)).states == [(0, 0, "initial"), (0, 0, "healthy"), (80, 0, "unhealthy")]


def test_the_reference_drains_until_nobody_waits_for_an_answer_or_the_delay_is_over():
    """A request of 200 s from 1 s on: its caller leaves at 21 s, or the drain of 5 s cuts it off."""
    ends = []
    for delay, patience in ((300, 20.0), (5, 60.0)):
        sender = Sender("ann", Requests((1, 200)), {"patience": patience})
        settings = {"deregistration_delay_timeout_seconds": delay}
        acts = ((10, "leave", 0),)
        scene = Scene((sender,), 90.0, instances=(ONE_AT_A_TIME,), balancer=settings, acts=acts)
        shop = replay(scene, play(scene))
        ends.append((shop.states[-2:], shop.calls[0].status))
    assert ends == [
        ([(10, 0, "draining"), (21, 0, "unused")], 460),
        ([(10, 0, "draining"), (15, 0, "unused")], 502),
    ]


# The two rules of `advance`: break one, and the reference finds out


class Forgetful(World):
    """A world that brings its streams forward only when the run ends, not before each change."""

    ends = False

    def advance(self):
        if self.ends:
            super().advance()

    def run(self, until):
        self.process(self._end(until))
        return super().run(until)

    def _end(self, until):
        yield self.timeout(until - 1e-6)
        self.ends = True


@pytest.mark.parametrize("method", METHODS)
def test_without_advance_before_a_change_the_waits_are_wrong(method):
    scene = a_shop(method, 1)
    right, wrong = play(scene), play(scene, make=Forgetful)
    waits = [sum(waits_of(record)) / len(waits_of(record)) for record in (right, wrong)]
    assert abs(waits[1] / waits[0] - 1) > 0.01
    assert differences(right, replay(scene, right)) == []
    assert differences(wrong, replay(scene, wrong)) != []


class Greedy(OneLine):
    """A shared line that gives out all that is in it, even what would start later than now."""

    def time_passed(self, now):
        return super().time_passed(inf)


def test_a_shared_line_that_looks_into_the_future_gives_wrong_waits(monkeypatch):
    acts = ((30.5, "ask", 5), (90.5, "kill", 0), (120.5, "kill", 1))
    scene = Scene(
        (Sender("ann", step(3.0, jump=0, at=150), {"mean_work": 1.0}),),
        200.0,
        group={"min_size": 1, "desired_capacity": 2, "max_size": 5, "launch_template": ONE_AT_A_TIME},
        balancer={"load_balancing_algorithm_type": "one_line", **NO_CHECKS},
        acts=acts,
    )
    right = play(scene)
    assert differences(right, replay(scene, right)) == []
    monkeypatch.setitem(METHODS, "one_line", Greedy)
    wrong = play(scene)
    assert differences(wrong, replay(scene, wrong)) != []


def waits_of(record):
    """Seconds in line of all requests that were started by the end."""
    requests = record.requests
    return [
        started - arrived
        for arrived, started in zip(requests.arrived, requests.started, strict=True)
        if started < record.end
    ]
