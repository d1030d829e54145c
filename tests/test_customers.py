"""Customers: what they send, how much work it is, how long they wait, and how they try again."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timetables import ONE_AT_A_TIME, send

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Status
from cloudlab.kernel.serving import CONNECT_TIMEOUT
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady, step

LARGE = 1000
"""So many slots that nobody stands in line."""


def shop(world, *, name="shop", slots=LARGE, speed=1.0):
    """An instance that answers from the start."""
    template = LaunchTemplate(launch_time=0, boot_time=0, slots=min(slots, 256), speed=speed)
    return Instance(world, name, launch_template=template)


def at(world, moment, act):
    """Do something at a moment."""

    def wait():
        yield world.timeout(moment - world.now)
        act()

    world.process(wait())


def rows(record, *names):
    """These columns, row by row."""
    return list(zip(*(getattr(record.requests, name) for name in names), strict=True))


def works(seed=1, number=20_000, **options):
    """The works of many requests at a place without a line."""
    world = World(seed)
    Customers(world, "c", traffic=steady(100), to=shop(world), mean_work=0.5, **options)
    record = world.run(number / 100)
    return [end - start for start, end in rows(record, "started", "finished")]


# Work


def test_exponential_work_has_the_mean_and_the_spread_of_its_law():
    drawn = works(work="exponential")
    mean = sum(drawn) / len(drawn)
    assert mean == pytest.approx(0.5, rel=0.04)
    assert sum((work - mean) ** 2 for work in drawn) / len(drawn) == pytest.approx(0.25, rel=0.1)
    assert sum(work > 0.5 for work in drawn) / len(drawn) == pytest.approx(0.3679, abs=0.02)  # 1/e


def test_fixed_work_is_always_the_same():
    assert {round(work, 6) for work in works(work="fixed", number=500)} == {0.5}


@pytest.mark.parametrize("spread", (0.05, 0.5, 1.0))
def test_log_normal_work_keeps_its_mean_at_any_spread(spread):
    drawn = sorted(works(work="log-normal", work_spread=spread))
    assert sum(drawn) / len(drawn) == pytest.approx(0.5, rel=0.06)
    median = drawn[len(drawn) // 2]
    assert median == pytest.approx(0.5 * 2.718281828 ** (-(spread**2) / 2), rel=0.05)


def test_all_times_are_whole_microseconds():
    for kind in ("exponential", "fixed", "log-normal"):
        world = World(2)
        Customers(world, "c", traffic=steady(5), to=shop(world), mean_work=1 / 3, work=kind)
        record = world.run(100)
        for column in ("arrived", "finished"):
            assert all(
                abs(time * 1e6 - round(time * 1e6)) < 1e-3 for time in getattr(record.requests, column)
            )


def test_a_faster_server_does_the_same_work_in_less_time(world):
    send(world, shop(world, name="one", speed=2), (1, 3))
    assert rows(world.run(10), "started", "finished") == [(1, 2.5)]


# Luck


def run(seed=1, until=200.0, **options):
    """The record of one stream of customers at an instance with two slots."""
    world = World(seed)
    options = {"traffic": steady(8), "mean_work": 0.2, **options}
    Customers(world, "c", to=shop(world, slots=2), **options)
    return world.run(until)


def test_the_same_seed_gives_the_same_record_and_another_does_not():
    assert run(5).fingerprint() == run(5).fingerprint() != run(6).fingerprint()


def test_more_work_per_request_leaves_the_arrivals_alone_and_stretches_each_work():
    small, large = run(mean_work=0.1), run(mean_work=0.3)
    assert small.requests.arrived == large.requests.arrived
    lengths = [
        [end - start for start, end in rows(record, "started", "finished")] for record in (small, large)
    ]
    assert all(3 * a == pytest.approx(b, abs=1e-5) for a, b in zip(*lengths, strict=True))


def test_another_law_of_work_leaves_the_arrivals_alone():
    arrived = [run(work=law).requests.arrived for law in ("exponential", "fixed", "log-normal")]
    assert arrived[0] == arrived[1] == arrived[2]


def test_a_jump_leaves_what_came_before_it_alone():
    calm, jump = run(), run(traffic=step(8, jump=3, at=120))
    before = [row for row in rows(calm, "arrived", "started", "finished") if row[0] < 120]
    assert rows(jump, "arrived", "started", "finished")[: len(before)] == before


def test_patience_and_retries_leave_the_first_attempts_alone():
    plain, retrying = run(mean_work=0.24), run(mean_work=0.24, patience=1, max_attempts=3, retry_delay=0.5)
    fresh = [time for row, time in enumerate(retrying.requests.arrived) if row not in retrying.retries]
    assert retrying.retries and fresh == list(plain.requests.arrived)


def test_a_second_stream_leaves_the_luck_of_the_first_alone():
    world = World(1)
    place = shop(world)
    first = Customers(world, "first", traffic=steady(3), to=place)
    alone = list(world.run(100).requests.arrived)
    world = World(1)
    place = shop(world)
    first = Customers(world, "first", traffic=steady(3), to=place)
    Customers(world, "second", traffic=steady(5), to=place)
    record = world.run(100)
    both = [time for time, client in rows(record, "arrived", "client") if client == first.client]
    assert both == alone
    assert len(record.requests) > 2 * len(both)


def test_regular_arrivals_are_regular():
    record = run(traffic=steady(8), arrivals="regular", until=1)
    assert list(record.requests.arrived) == [0.0625, 0.1875, 0.3125, 0.4375, 0.5625, 0.6875, 0.8125, 0.9375]


def test_the_clock_of_the_traffic_starts_with_the_customers():
    world = World(1)
    place = shop(world)
    at(world, 100, lambda: Customers(world, "c", traffic=steady(2), to=place, arrivals="regular"))
    record = world.run(102)
    assert list(record.requests.arrived) == [100.25, 100.75, 101.25, 101.75]


# Several streams


def test_streams_are_merged_in_order_of_time(world):
    place = shop(world, slots=1)
    send(world, place, (1, 5), (4, 1), (9, 1), name="a")
    send(world, place, (2, 1), (3, 1), (20, 1), name="b")
    record = world.run(30)
    assert list(record.requests.arrived) == [1, 2, 3, 4, 9, 20]
    assert list(record.requests.started) == [1, 6, 7, 8, 9, 20]


@given(
    seed=st.integers(0, 1000),
    streams=st.lists(
        st.tuples(st.sampled_from((0.5, 3.0, 9.0)), st.sampled_from((None, 0.3)), st.integers(1, 3)),
        min_size=1,
        max_size=3,
    ),
    pauses=st.lists(st.floats(0.1, 10), max_size=4),
)
def test_rows_stand_in_order_of_arrival_and_none_is_lost(seed, streams, pauses):
    world = World(seed)
    place = shop(world, slots=2)
    customers = [
        Customers(
            world,
            f"c{n}",
            traffic=steady(rate),
            to=place,
            mean_work=0.3,
            patience=patience,
            max_attempts=attempts,
        )
        for n, (rate, patience, attempts) in enumerate(streams)
    ]
    at(world, 12, place.crash)
    at(world, 14, place.recover)
    for pause in pauses:
        world.run(world.now + pause)
    record = world.run(60)
    requests = record.requests
    assert list(requests.arrived) == sorted(requests.arrived)
    for n, (rate, patience, attempts) in enumerate(streams):
        mine = [row for row, client in enumerate(requests.client) if client == customers[n].client]
        fresh = [requests.arrived[row] for row in mine if row not in record.retries]
        assert fresh == expected_arrivals(seed, f"c{n}", rate, 60)
        tries = [record.retries[row] for row in mine if row in record.retries]
        assert all(2 <= attempt <= attempts for _, attempt in tries)
        assert len({parent for parent, _ in tries}) == len(tries)
        again = {parent for parent, _ in tries}
        for row in mine:
            failed = requests.status[row] != Status.OK
            made = 1 + (record.retries[row][1] - 1 if row in record.retries else 0)
            due = requests.answered[row] + 2.0 ** (made - 1)
            assert (row in again) == (failed and made < attempts and due < 60)
            assert requests.answered[row] - requests.arrived[row] <= (patience or inf) + 1e-9


def expected_arrivals(seed, name, rate, until):
    """The arrivals of a stream, drawn apart from any world's run."""
    times = []
    for covered, part, _, _ in steady(rate).chunks(World(seed).dice(f"{name} arrivals")):
        times += [time for time in part if time < until]
        if covered >= until:
            return times
    return None


def test_however_often_a_run_is_interrupted_the_record_is_the_same():
    whole = run(until=50, patience=0.4, max_attempts=3)
    world = World(1)
    Customers(
        world, "c", to=shop(world, slots=2), traffic=steady(8), mean_work=0.2, patience=0.4, max_attempts=3
    )
    for moment in (0.01, 3, 3.5, 17.123456, 49.9, 50):
        record = world.run(moment)
    assert record.fingerprint() == whole.fingerprint()


# Patience


def test_who_has_no_answer_in_time_leaves_while_the_server_works_on(world):
    send(world, shop(world, slots=1), (0, 4), (1, 1), (2, 3), patience=3.5)
    record = world.run(20)
    assert rows(record, "started", "finished", "answered", "status") == [
        (0, 4, 3.5, Status.GAVE_UP),
        (4, 5, 4.5, Status.GAVE_UP),
        (5, 8, 5.5, Status.GAVE_UP),
    ]


def test_an_answer_at_the_last_moment_counts(world):
    send(world, shop(world, slots=1), (0, 2), (1, 1), patience=2)
    assert rows(world.run(20), "answered", "status") == [(2, Status.OK), (3, Status.OK)]


@pytest.mark.parametrize(
    ("patience", "idle", "status", "answered"),
    [(None, 5, Status.GATEWAY_TIMEOUT, 35), (9, 5, Status.GATEWAY_TIMEOUT, 35), (3, 5, Status.GAVE_UP, 33)],
)
def test_whoever_is_less_patient_of_caller_and_balancer_ends_the_request(patience, idle, status, answered):
    world = World(1)
    place = shop(world, slots=1)
    balancer = LoadBalancer(world, "lb", targets=[place], idle_timeout_timeout_seconds=idle)
    send(world, balancer, (30, 20), patience=patience)
    assert rows(world.run(60), "answered", "finished", "status") == [(answered, 50, status)]


# Trying again


def test_the_wait_before_a_retry_doubles(world):
    place = shop(world)
    at(world, 0.5, place.crash)
    send(world, place, (1, 1), (40, 1), max_attempts=5, retry_delay=0.5)
    record = world.run(30)
    assert list(record.requests.arrived) == [1, 1.5, 2.5, 4.5, 8.5]
    assert record.retries == {1: (0, 2), 2: (1, 3), 3: (2, 4), 4: (3, 5)}
    assert set(record.requests.status) == {Status.BAD_GATEWAY}


def test_a_retry_that_succeeds_is_the_last(world):
    place = shop(world)
    at(world, 0.5, place.crash)
    at(world, 3, place.recover)
    send(world, place, (1, 0.25), max_attempts=10, retry_delay=0.5)
    assert rows(world.run(30), "arrived", "answered", "status") == [
        (1, 1, Status.BAD_GATEWAY),
        (1.5, 1.5, Status.BAD_GATEWAY),
        (2.5, 2.5, Status.BAD_GATEWAY),
        (4.5, 4.75, Status.OK),
    ]


def test_who_gave_up_comes_back_and_makes_the_line_longer(world):
    send(world, shop(world, slots=1), (0, 4), patience=3, max_attempts=3, retry_delay=2)
    assert rows(world.run(60), "arrived", "started", "finished", "answered", "status") == [
        (0, 0, 4, 3, Status.GAVE_UP),
        (5, 5, 9, 8, Status.GAVE_UP),
        (12, 12, 16, 15, Status.GAVE_UP),
    ]


def test_a_retry_takes_its_place_among_the_other_requests(world):
    place = shop(world, slots=1)
    at(world, 2, place.crash)
    at(world, 2.5, place.recover)
    send(world, place, (1, 5), (3, 1), (6, 1), max_attempts=2, retry_delay=2.5)
    assert rows(world.run(30), "arrived", "started", "finished", "status") == [
        (1, 1, inf, Status.BAD_GATEWAY),
        (3, 3, 4, Status.OK),
        (4.5, 4.5, 9.5, Status.OK),  # the first again: broken off at 2, sent 2.5 s later
        (6, 9.5, 10.5, Status.OK),
    ]


def test_a_retry_is_the_same_work_on_the_same_path_from_the_same_caller(world):
    class Paths:
        paths = ("/a", "/b")
        duration = 10.0

        def chunks(self, dice, regular=False):
            yield 10.0, [1.0, 2.0], [1, 0], [0.5, 0.25]

    place = shop(world)
    at(world, 0.5, place.crash)
    at(world, 2.5, place.recover)
    Customers(world, "c", traffic=Paths(), to=place, max_attempts=4, retry_delay=1.5)
    record = world.run(30)
    asked = [(time, record.paths[path]) for time, path in rows(record, "arrived", "path")]
    assert asked == [(1, "/b"), (2, "/a"), (2.5, "/b"), (3.5, "/a")]
    assert list(record.requests.finished) == [inf, inf, 3, 3.75]


def test_without_a_failure_nobody_tries_again(world):
    place = shop(world)
    Customers(world, "c", traffic=steady(20), to=place, max_attempts=10)
    assert world.run(60).retries == {}


def test_one_at_a_time_and_in_columns_the_record_is_the_same_when_nothing_fails():
    assert run(max_attempts=1).fingerprint() == run(max_attempts=2).fingerprint()


def test_retries_turn_an_overload_into_a_storm():
    calm = run(traffic=steady(14), mean_work=0.2, patience=1, until=300)
    storm = run(traffic=steady(14), mean_work=0.2, patience=1, max_attempts=4, retry_delay=0.5, until=300)
    fresh = len(storm.requests) - len(storm.retries)
    assert fresh == len(calm.requests)
    assert len(storm.retries) > 2 * fresh
    ok = [list(record.requests.status).count(Status.OK) for record in (calm, storm)]
    assert ok[1] < ok[0]


# Limits


@pytest.mark.parametrize(
    ("option", "low", "high", "outside"),
    [
        ("mean_work", 0.0001, 3600, (0, 3600.1, "1", None)),
        ("work_spread", 0.05, 3, (0.04, 3.1)),
        ("patience", 0.01, 3600, (0, -1, 3601)),
        ("max_attempts", 1, 10, (0, 11, 1.5)),
        ("retry_delay", 0.001, 3600, (0, 3601)),
    ],
)
def test_each_number_is_taken_at_both_ends_and_refused_outside(option, low, high, outside):
    for value in (low, high):
        world = World(1)
        Customers(world, "c", traffic=steady(1), to=shop(world), **{option: value})
        world.run(10)
    for value in outside:
        world = World(1)
        place, parts = shop(world), len(world.record.parts)
        with pytest.raises(InvalidParameter, match=rf"^{option} is .*\.$"):
            Customers(world, "c", traffic=steady(1), to=place, **{option: value})
        assert len(world.record.parts) == parts  # nothing half-done


@pytest.mark.parametrize("option", ("arrivals", "work"))
def test_an_unknown_word_is_refused_with_the_known_ones(world, option):
    with pytest.raises(InvalidParameter, match=rf"^{option} is 'often', but must be one of \w+, "):
        Customers(world, "c", traffic=steady(1), to=shop(world), **{option: "often"})


def test_gaps_between_requests_that_nobody_sends_are_no_trouble(world):
    Customers(world, "c", traffic=step(0.0, at=10), to=shop(world))
    assert len(world.run(100_000).requests) == 0
    times = run(traffic=step(5, jump=0, at=10), until=3000).requests.arrived
    assert max(times) < 10 and all(a <= b for a, b in pairwise(times))


def test_streams_that_send_at_the_same_moments_take_turns_however_a_run_is_cut():
    records = []
    for cuts in ((10,), (1.5, 10), (0.25, 0.6, 1.1, 2.6, 10)):
        world = World(1)
        place = shop(world, slots=1)
        for name in "abc":
            Customers(world, name, traffic=steady(2), to=place, arrivals="regular", mean_work=0.1)
        for cut in cuts:
            record = world.run(cut)
        records.append(record)
    assert list(records[0].requests.client) == [0, 1, 2] * 20
    assert len({record.fingerprint() for record in records}) == 1


def test_customers_who_come_later_send_at_whole_microseconds_too(world):
    place = shop(world)
    at(world, 0.1, lambda: Customers(world, "c", traffic=steady(50), to=place))
    times = world.run(100).requests.arrived
    assert all(time == round(time * 1e6) / 1e6 for time in times)


# At the edge of patience


def test_who_is_answered_at_the_last_moment_of_patience_has_an_answer(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (0, 2.0), (10, 2.000001), patience=2.0)
    requests = world.run(until=60).requests
    assert [Status(status).code for status in requests.status] == [200, 460]
    assert list(requests.answered) == [2.0, 12.0]


def test_a_patience_of_just_the_connect_timeout_ends_as_the_callers_own(world):
    """LB-19: after ten seconds without any answer the balancer gives up (504), but here the caller left (460)."""
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    machine.kill()
    send(world, machine, (0, 1.0), patience=CONNECT_TIMEOUT)
    requests = world.run(until=60).requests
    assert [(Status(requests.status[0]).code, requests.answered[0])] == [(460, 10.0)]


def test_many_open_requests_are_forgotten_one_by_one(world):
    """A line of thousands who would try again: what is remembered of each goes when it is answered."""
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    ann = Customers(world, "ann", traffic=steady(50), to=machine, mean_work=0.1, patience=60, max_attempts=3)
    world.run(until=200)
    requests = world.record.requests
    still_open = sum(answered > world.now for answered in requests.answered)
    assert 0 < still_open <= len(ann._retries._works) <= still_open + 1000
    assert ann._retries._works.keys() == set(ann._retries._order)
