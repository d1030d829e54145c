"""A server: a few slots, first come, first served. What it plans, and how it plans again after a change."""

from math import inf

import pytest
from timetables import checks, send, timetable

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.record import Status
from cloudlab.kernel.server import Server
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer


def a_machine(world, slots=1, speed=1.0):
    """An instance that answers from the first moment on."""
    template = LaunchTemplate(launch_time=0, boot_time=0, slots=slots, speed=speed)
    return Instance(world, "machine", launch_template=template)


def rows(world):
    """(arrived, started, finished, answered, HTTP code) of each request."""
    requests = world.record.requests
    columns = (requests.arrived, requests.started, requests.finished, requests.answered)
    return [(*times, Status(status).code) for *times, status in zip(*columns, requests.status, strict=True)]


def at(world, time, act, *arguments):
    """Do `act` at `time` (s)."""

    def wait():
        yield world.timeout(time)
        act(*arguments)

    world.process(wait())


# Taking work


def test_one_slot_serves_one_after_the_other(world):
    server = Server(world, 0)
    assert [server.take(arrived, 2) for arrived in (0, 1, 2, 10)] == [(0, 2), (2, 4), (4, 6), (10, 12)]


def test_the_slot_that_is_free_first_takes_the_next(world):
    server = Server(world, 0, slots=2)
    assert [server.take(0, work) for work in (5, 1, 1, 4, 1)] == [(0, 5), (0, 1), (1, 2), (2, 6), (5, 6)]


def test_twice_the_speed_takes_half_the_time(world):
    assert Server(world, 0, speed=2.0).take(1, 3) == (1, 2.5)


def test_a_dead_server_takes_nothing(world):
    server = Server(world, 0)
    server.take(0, 5)
    server.alive = False
    assert server.take(1, 1) == (inf, inf)


def test_a_server_that_comes_back_is_empty(world):
    server = Server(world, 0, slots=2)
    server.take(0, 50)
    server.restart(10)
    assert [server.take(11, 1) for _ in range(3)] == [(11, 12), (11, 12), (12, 13)]


def test_busy_time_counts_what_was_worked_and_not_what_is_planned(world):
    server = Server(world, 0, slots=2)
    for work in (4, 10, 1):
        server.take(0, work)
    assert [server.busy_time(now) for now in (0, 2, 4, 5, 10, 20)] == [0, 4, 8, 10, 15, 15]


def test_busy_time_follows_a_new_plan(world):
    """One slot: 2 s at full speed, 4 s at half, and the rest of the line is lost at 8 s."""
    machine = a_machine(world)
    send(world, machine, (0, 4), (1, 9))
    at(world, 2, machine.slow_down, 0.5)
    world.run(until=8)
    machine.kill()
    world.run(until=30)
    assert [machine.server.busy_time(now) for now in (8, 30)] == [8, 8]


# A plan that changes


def test_a_death_breaks_off_what_is_in_service_and_in_line(world):
    machine = a_machine(world, slots=2)
    send(world, machine, (0, 2), (1, 9), (2, 9), (3, 9), (5, 1))
    at(world, 4, machine.kill)
    world.run(until=30)
    assert rows(world) == [
        (0, 0, 2, 2, 200),
        (1, 1, inf, 4, 502),
        (2, 2, inf, 4, 502),
        (3, inf, inf, 4, 502),
        (5, inf, inf, 15, 504),
    ]


def test_a_request_that_ends_at_the_moment_of_a_death_has_ended_and_one_that_would_start_has_not(world):
    machine = a_machine(world)
    send(world, machine, (0, 4), (1, 4))
    at(world, 4, machine.kill)
    world.run(until=30)
    assert rows(world) == [(0, 0, 4, 4, 200), (1, inf, inf, 4, 502)]


def test_a_slower_server_keeps_the_work_that_is_done(world):
    machine = a_machine(world)
    send(world, machine, (0, 4), (1, 4), (10, 4))
    at(world, 2, machine.slow_down, 0.5)
    at(world, 8, machine.slow_down, 2.0)
    world.run(until=30)
    # At 2 s half of the first is left and takes 4 s; at 8 s a quarter of the second is done.
    assert rows(world) == [(0, 0, 6, 6, 200), (1, 6, 9.5, 9.5, 200), (10, 10, 12, 12, 200)]


def test_a_change_of_speed_keeps_the_order_of_the_line_on_two_slots(world):
    machine = a_machine(world, slots=2)
    send(world, machine, (0, 2), (0, 6), (0, 2), (0, 2))
    at(world, 1, machine.slow_down, 0.5)
    world.run(until=30)
    assert rows(world) == [(0, 0, 3, 3, 200), (0, 0, 11, 11, 200), (0, 3, 7, 7, 200), (0, 7, 11, 11, 200)]


def test_a_change_of_speed_can_bring_a_caller_to_leave_or_to_stay(world):
    machine = a_machine(world)
    send(world, machine, (0, 3), (1, 3), patience=6)
    at(world, 1.5, machine.slow_down, 0.25)
    at(world, 3.5, machine.slow_down, 4.0)
    world.run(until=5)
    assert rows(world) == [(0, 0, 3.75, 3.75, 200), (1, 3.75, 4.5, 4.5, 200)]
    slow = World()
    machine = a_machine(slow)
    send(slow, machine, (0, 3), (1, 3), patience=6)
    at(slow, 1.5, machine.slow_down, 0.25)
    slow.run(until=30)
    assert rows(slow) == [(0, 0, 7.5, 6, 460), (1, 7.5, 19.5, 7, 460)]


def test_a_failing_server_ends_well_what_it_works_on_and_answers_the_line_with_errors(world):
    machine = a_machine(world)
    send(world, machine, (0, 4), (1, 4), (2, 4), (10, 4), (20, 4))
    at(world, 3, machine.fail, 0.5)
    at(world, 15, machine.recover)
    world.run(until=30)
    assert rows(world) == [
        (0, 0, 4, 4, 200),
        (1, 4, 4.5, 4.5, 500),
        (2, 4.5, 5, 5, 500),
        (10, 10, 10.5, 10.5, 500),
        (20, 20, 24, 24, 200),
    ]


def test_whose_turn_comes_at_the_very_moment_of_a_failure_gets_an_error(world):
    machine = a_machine(world)
    send(world, machine, (0, 4), (1, 4))
    at(world, 4, machine.fail, 0.5)
    world.run(until=30)
    assert rows(world) == [(0, 0, 4, 4, 200), (1, 4, 4.5, 4.5, 500)]


def test_who_stands_in_line_at_a_failure_gets_an_error_even_if_it_ends_before_the_turn_comes(world):
    machine = a_machine(world)
    send(world, machine, (0, 9), (1, 4), (6, 4))
    at(world, 3, machine.fail, 0.5)
    at(world, 5, machine.recover)
    world.run(until=30)
    assert rows(world) == [(0, 0, 9, 9, 200), (1, 9, 9.5, 9.5, 500), (6, 9.5, 13.5, 13.5, 200)]


def test_a_crash_loses_all_and_refuses_until_the_server_works_again(world):
    machine = a_machine(world)
    send(world, machine, (0, 9), (1, 4), (4, 1), (6, 1))
    at(world, 3, machine.crash)
    at(world, 5, machine.recover)
    world.run(until=30)
    assert rows(world) == [
        (0, 0, inf, 3, 502),
        (1, inf, inf, 3, 502),
        (4, inf, inf, 4, 502),
        (6, 6, 7, 7, 200),
    ]


def test_a_caller_who_left_before_a_death_stays_a_caller_who_left(world):
    machine = a_machine(world)
    send(world, machine, (0, 9), (1, 9), patience=2)
    at(world, 5, machine.kill)
    world.run(until=30)
    assert rows(world) == [(0, 0, inf, 2, 460), (1, inf, inf, 3, 460)]


# Health checks


@pytest.mark.parametrize(
    ("verb", "arguments", "answered", "good"),
    [
        ("terminate", (), 101, False),
        ("kill", (), 101, False),
        ("crash", (), 6, False),
        ("slow_down", (0.5,), 14, True),
        ("slow_down", (4,), 7, True),
        ("fail", (3,), 11, False),
    ],
)
def test_a_check_in_line_hears_of_all_that_happens_to_its_server(world, verb, arguments, answered, good):
    """Asked at 1 s behind 10 s of work and before 50 s: at 6 s there are 4 s left, and what comes after waits."""
    machine = a_machine(world)
    send(world, machine, (0, 8), (0.5, 2), (2, 50))
    found = checks(world, machine, 1)
    at(world, 6, getattr(machine, verb), *arguments)
    world.run(until=200)
    assert found == [(1, answered, good)]


def test_a_check_in_line_is_answered_well_or_not_as_its_server_was_when_it_stood_there(world):
    """An error that was given to all in line stays, even if the application recovers before their turn."""
    machine = a_machine(world)
    send(world, machine, (0, 10), (20, 10))
    found = checks(world, machine, 1, 5, 21)
    at(world, 3, machine.fail)
    at(world, 6, machine.recover)
    world.run(until=50)
    assert found == [(1, 10, False), (5, 10, False), (21, 30, True)]


def test_with_several_slots_a_check_waits_until_one_is_free_of_what_came_before_it(world):
    """Of 9, 6 and 4 s of work at two slots, the third starts at 6 s; at half the speed from 3 s on, at 9 s."""
    found = []
    for speed in (1, 0.5):
        other = World(1)
        machine = a_machine(other, slots=2)
        send(other, machine, (0, 9), (0, 6), (1, 4), (3, 1), (3, 1))
        seen = checks(other, machine, 0.5, 2)
        at(other, 3, machine.slow_down, speed)
        other.run(until=50)
        found.append([answered for _, answered, _ in seen])
    assert found == [[6, 9], [9, 15]]


def test_a_check_of_a_machine_where_nobody_is_ends_with_the_time_even_if_somebody_comes(world):
    machine = Instance(world, "m", launch_template=LaunchTemplate(launch_time=10, boot_time=0))
    found = checks(world, machine, 2, 8, within=5)
    at(world, 4, machine.slow_down, 0.5)
    world.run(until=50)
    assert found == [(2, 7, False), (8, 13, False)]


def test_a_check_hears_of_several_changes_at_one_moment_only_once(world):
    machine = a_machine(world)
    send(world, machine, (0, 50))
    shop = LoadBalancer(world, "shop", health_check_timeout_seconds=20)
    at(world, 1, shop.register, machine)

    def all_at_once():
        machine.slow_down(3), machine.slow_down(2), machine.fail(), machine.crash(), machine.recover()

    at(world, 2, all_at_once)
    world.run(until=50)
    assert timetable(world, "machine", "target") == [(1, "initial"), (31, "healthy")]


def test_a_check_breaks_off_with_what_is_cut(world):
    machine = a_machine(world)
    send(world, machine, (0, 50))
    found = checks(world, machine, 1)
    at(world, 3, machine.server.cut, 3)
    world.run(until=60)
    assert found == [(1, 3, False)]


# Work that waits for others


def test_a_caller_keeps_its_slot_until_it_gives_it_back(world):
    server = Server(world, 0, slots=2)
    log = []

    def caller(name, holds):
        slot = server.acquire()
        yield slot
        log.append((world.now, name))
        yield world.timeout(holds)
        server.release(slot)

    for name, holds in (("a", 5), ("b", 2), ("c", 9), ("d", 1)):
        world.process(caller(name, holds))
    world.run(until=20)
    assert log == [(0, "a"), (0, "b"), (2, "c"), (5, "d")]


def test_a_server_that_plans_ends_gives_no_slot_to_keep(world):
    server = Server(world, 0)
    server.take(0, 1)
    with pytest.raises(RuntimeError, match="takes requests in time order"):
        server.acquire()


def test_a_server_whose_slots_a_process_holds_takes_nothing_in_time_order():
    world = World(1)
    server = Server(world, 0)
    server.acquire()
    with pytest.raises(RuntimeError, match="can't take requests in time order too"):
        server.take(0.0, 1.0)


def test_a_request_that_ends_at_the_moment_of_a_crash_is_answered_and_its_neighbour_is_not(world):
    machine = a_machine(world, slots=2)
    send(world, machine, (5, 3.0), (5, 5.0))
    at(world, 8, machine.crash)
    world.run(until=20)
    assert [(finished, code) for _, _, finished, _, code in rows(world)] == [(8, 200), (inf, 502)]
