"""Monolith and microservices: timetables by hand, the spread of failures, what is done against them, bad input."""

from dataclasses import replace
from itertools import pairwise
from math import factorial, fsum, inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timetables import send, timetable

from cloudlab.applications import (
    Arrow,
    Component,
    Design,
    Microservices,
    Monolith,
    Outages,
    availability,
    late,
    monolith_availability,
)
from cloudlab.kernel import measures
from cloudlab.kernel.calls import CallStatus, amplification, held, waiting
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import counts
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.sns import Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Customers, steady

NAMES = "shop", "catalogue", "recommendations", "payment", "e-mail", "database"
PAIRS = (
    ("shop", "catalogue"),
    ("catalogue", "database"),
    ("shop", "recommendations"),
    ("shop", "payment"),
    ("payment", "database"),
    ("shop", "e-mail"),
)


def shop(**arrows):
    """A shop of six components; `arrows` are {callee: what is different about the arrow to it}."""
    components = [Component(name, None if name == "shop" else 0.02, slots=10) for name in NAMES]
    return Design(components, [Arrow(*pair, **arrows.get(pair[1].replace("-", ""), {})) for pair in PAIRS])


def chain(*works, slots=1, **arrow):
    """Components a, b, c … in a row; `works` are those of all but the first."""
    names = "abcdefgh"[: len(works) + 1]
    components = [Component("a", slots=slots)]
    components += [Component(name, work, slots=slots) for name, work in zip(names[1:], works, strict=True)]
    return Design(components, [Arrow(*pair, **arrow) for pair in pairwise(names)])


def together(world, kind=Microservices, design=None, **more):
    """An application whose works are fixed."""
    return kind(world, "app", design=design or chain(1.0), work="fixed", **more)


def calls(world):
    """(service, arrived, started, ended, status) of each call."""
    names = [part.name for part in world.record.parts]
    columns = world.record.calls.columns()[2:]
    return [
        (names[of], round(came, 6), start, round(end, 6), CallStatus(status).name)
        for of, came, start, end, status in zip(*columns, strict=True)
    ]


def at(world, *acts):
    """Do each (time s, function, values …) at its moment."""

    def do(time, function, *values):
        yield world.timeout(time)
        function(*values)

    for act in acts:
        world.process(do(*act))


def ends(world):
    """(answered, status) of each order."""
    rows = world.record.requests
    return [
        (round(time, 6), Status(status).name) for time, status in zip(rows.answered, rows.status, strict=True)
    ]


# Timetables


def test_in_a_monolith_an_order_takes_one_slot_and_calls_functions(world):
    app = together(world, Monolith, chain(2.0, 3.0), slots=1)
    send(world, app, (1, 1), (2, 1))
    world.run(100)
    assert calls(world) == [
        ("a", 1, 1, 7, "OK"),
        ("b", 2, 2, 7, "OK"),
        ("a", 2, 7, 13, "OK"),
        ("c", 4, 4, 7, "OK"),
        ("b", 8, 8, 13, "OK"),
        ("c", 10, 10, 13, "OK"),
    ]
    assert ends(world) == [(7, "OK"), (13, "OK")]


def test_microservices_take_a_slot_each_and_lose_time_on_the_network(world):
    app = together(world, design=chain(2.0, 3.0), latency=0.5)
    send(world, app, (1, 1), (2, 1))
    world.run(100)
    assert calls(world) == [
        ("a", 1, 1, 9, "OK"),
        ("b", 2.5, 2.5, 8.5, "OK"),
        ("a", 2, 9, 17, "OK"),
        ("c", 5, 5, 8, "OK"),
        ("b", 10.5, 10.5, 16.5, "OK"),
        ("c", 13, 13, 16, "OK"),
    ]
    assert world.record.requests.started[1] == 9


def test_side_by_side_takes_as_long_as_the_longest(world):
    components = [Component("a"), Component("b", 2.0), Component("c", 3.0)]
    arrows = [Arrow("a", "b", side_by_side=True), Arrow("a", "c", side_by_side=True)]
    send(world, together(world, design=Design(components, arrows), latency=0.5), (0, 1))
    world.run(100)
    assert ends(world) == [(5, "OK")]


def test_who_is_not_answered_in_time_asks_again_while_the_callee_works_on(world):
    app = together(
        world, design=chain(2.0, timeout=1.5, max_attempts=2, backoff=0.25, jitter=0), latency=0.25
    )
    send(world, app, (0, 1))
    world.run(100)
    assert calls(world) == [
        ("a", 0, 0, 4.25, "FAILED"),
        ("b", 1.25, 1.25, 3.25, "LATE"),
        ("b", 3, 3.25, 5.25, "LATE"),
    ]
    assert ends(world) == [(4.25, "TARGET_ERROR")]


def test_the_wait_before_a_retry_doubles_and_jitter_takes_a_share_of_it(world):
    design = chain(1.0, max_attempts=4, backoff=1.0, jitter=0)
    app = together(world, design=design, latency=0.25)
    app.crash("b")
    send(world, app, (0, 1))
    world.run(100)
    came = [time for name, time, *_ in calls(world) if name == "b"]
    assert came == [1.25, 2.75, 5.25, 9.75]
    again = World(2)
    app = (
        together(again, design=chain(1.0, max_attempts=2, backoff=1.0), latency=0.25, slots=None)
        if 0
        else None
    )
    app = together(again, design=chain(1.0, max_attempts=2, backoff=1.0), latency=0.25)
    app.crash("b")
    send(again, app, *((4 * number, 1) for number in range(50)))
    again.run(1000)
    waits = [
        second[1] - first[1] - 0.5
        for first, second in zip(calls(again)[1::3], calls(again)[2::3], strict=True)
    ]
    assert 0 <= min(waits) < 0.2 and 0.8 < max(waits) <= 1
    assert 0.35 < fsum(waits) / 50 < 0.65


def test_a_crash_breaks_off_what_is_in_hand_and_then_nobody_is_there(world):
    app = together(world, design=chain(4.0), latency=0.5)
    send(world, app, (0, 1), (3, 1), (20, 1))
    at(world, (2, app.crash, "b"), (10, app.recover, "b"))
    world.run(100)
    assert calls(world) == [
        ("a", 0, 0, 2.5, "FAILED"),
        ("b", 1.5, 1.5, 2, "BROKEN"),
        ("a", 3, 3, 5, "FAILED"),
        ("b", 4.5, inf, 4.5, "REFUSED"),
        ("a", 20, 20, 26, "OK"),
        ("b", 21.5, 21.5, 25.5, "OK"),
    ]
    assert ends(world) == [(2.5, "TARGET_ERROR"), (5, "TARGET_ERROR"), (26, "OK")]
    assert timetable(world, "b", "application") == [(0, "answering"), (2, "crashed"), (10, "answering")]


def test_a_crash_of_any_component_takes_the_whole_monolith(world):
    app = together(world, Monolith, chain(4.0, 4.0), slots=2)
    send(world, app, (0, 1), (3, 1))
    at(world, (2, app.crash, "c"), (10, app.recover, "c"))
    send(world, app, (20, 1), name="more")
    world.run(100)
    assert ends(world) == [(2, "BAD_GATEWAY"), (3, "BAD_GATEWAY"), (29, "OK")]
    assert [row[4] for row in calls(world)] == ["BROKEN", "BROKEN", "REFUSED", "OK", "OK", "OK"]
    assert timetable(world, "a", "application")[1:] == [(2, "crashed"), (10, "answering")]


def test_one_instance_of_two_takes_half_of_what_is_in_hand_along(world):
    app = together(world, Monolith, Design([Component("a")]), slots=2, instances=2)
    send(world, app, *[(0, 5)] * 4, (1, 5))
    at(world, (2, lambda: app.crash("a", instances=1)))
    world.run(100)
    assert [row[4] for row in calls(world)] == ["BROKEN", "OK", "BROKEN", "OK", "OK"]
    assert calls(world)[4][2] == 5


def test_who_is_slow_keeps_its_callers_slots(world):
    app = together(world, design=chain(1.0), latency=0.5)
    send(world, app, (0, 1), (1, 1))
    at(world, (2, app.slow_down, "b", 0.5))
    world.run(100)
    # half a second of b's work is done at 2 s; the other half takes one second
    assert calls(world)[1] == ("b", 1.5, 1.5, 3, "OK")
    assert calls(world)[2] == ("a", 1, 3.5, 7.5, "OK")


def test_who_hangs_takes_calls_until_it_recovers(world):
    app = together(world, design=chain(1.0, slots=2), latency=0.5)
    send(world, app, (0, 1), (1, 1), (2, 1))
    at(world, (2, app.hang, "b"), (50, app.recover, "b"))
    world.run(40)
    assert ends(world) == [(inf, "OK")] * 3
    assert held(world.record.calls, app.places["a"].part, 40) == 2
    assert waiting(world.record.calls, app.places["a"].part, 40) == 1
    world.run(100)
    assert calls(world)[1] == ("b", 1.5, 1.5, 50.5, "OK")
    assert ends(world) == [(51, "OK"), (51.5, "OK"), (54, "OK")]


def test_a_deploy_takes_one_instance_after_the_other(world):
    design = Design([Component("a", slots=8), Component("b", 4.0, slots=1, instances=2)], [Arrow("a", "b")])
    app = together(world, design=design, latency=0.5)
    send(world, app, *((0.5 * number, 0.5) for number in range(3)))
    at(world, (3, app.deploy, "b"))
    world.run(200)
    assert [row[4] for row in calls(world)] == ["OK"] * 6
    assert sorted(row[3] for row in calls(world) if row[0] == "b") == [5, 5.5, 9.5]


def test_a_deploy_of_the_only_instance_is_an_outage(world):
    app = together(world, design=chain(1.0, slots=4), latency=0.5)
    send(world, app, (0, 1), (10, 1), (50, 1))
    at(world, (2, app.deploy, "b"))
    world.run(100)
    assert [status for _, status in ends(world)] == ["OK", "TARGET_ERROR", "OK"]
    assert timetable(world, "b", "application")[1:] == [(2, "deploying"), (32, "answering")]


def test_scaling_one_component_lets_its_line_begin_at_once(world):
    app = together(world, design=chain(10.0, slots=1), latency=0.5)
    app.scale("a", 4)
    send(world, app, (0, 1), (0, 1), (0, 1))
    at(world, (5, app.scale, "b", 3), (30, app.scale, "b", 1))
    world.run(100)
    assert sorted(row[2] for row in calls(world) if row[0] == "b") == [1.5, 5, 5]


def test_a_state_says_what_is_worst_now(world):
    app = together(world, design=Design([Component("a", instances=2)]))
    at(
        world,
        (1, app.slow_down, "a", 0.5),
        (2, lambda: app.crash("a", instances=1)),
        (3, app.crash, "a"),
        (4, app.recover, "a"),
        (5, app.hang, "a"),
    )
    world.run(10)
    states = [(1, "slow"), (3, "crashed"), (4, "answering"), (5, "hanging")]
    assert timetable(world, "a", "application")[1:] == states


def test_others_calls_take_slots_and_belong_to_no_order(world):
    app = together(world, design=chain(1.0), latency=0.5)
    app.overload("b", rate=1, duration=3.5)
    send(world, app, (0.5, 1))
    world.run(100)
    assert [row for row in calls(world) if row[0] == "b"] == [
        ("b", 1, 1, 2, "OK"),
        ("b", 2, 2, 3, "OK"),
        ("b", 2, 3, 4, "OK"),
        ("b", 3, 4, 5, "OK"),
    ]
    assert list(world.record.requests.answered) == [pytest.approx(3.5)]


# Against failures


def test_a_circuit_breaker_opens_after_failures_and_tries_one_call_later(world):
    design = chain(1.0, breaker_failures=2, breaker_reset=10, fallback="default", slots=4)
    app = together(world, design=design, latency=0.5)
    app.crash("b")
    send(world, app, *((float(time), 0.5) for time in (0, 2, 4, 6, 14, 16, 26, 30)))
    at(world, (20, app.recover, "b"))
    world.run(100)
    found = [row[4] for row in calls(world) if row[0] == "b"]
    # at 14 s one is tried and fails, at 26 s one is tried and goes well
    assert found == ["REFUSED", "REFUSED", "CUT", "CUT", "REFUSED", "CUT", "OK", "OK"]
    assert {status for _, status in ends(world)} == {"OK"}
    series = world.record.series[app.places["a"].part, "BreakerOpen to b"]
    assert list(zip(series.times, series.values, strict=True)) == [(3.5, 1), (28.5, 0)]


def test_another_call_is_tried_where_nobody_is_left_to_hear_how_the_first_one_ended(world):
    """At 14 s one call is tried, and hangs; its caller crashes. At 20 s another one is tried."""
    app = together(world, design=chain(1.0, breaker_failures=1, breaker_reset=10, slots=4), latency=0.5)
    app.crash("b")
    send(world, app, *((float(time), 0.5) for time in (0, 14, 16, 20)))
    at(world, (12, app.recover, "b"), (13, app.hang, "b"), (18, app.crash, "a"), (19, app.recover, "a"))
    at(world, (19, app.recover, "b"))
    world.run(100)
    assert [row[4] for row in calls(world) if row[0] == "b"] == ["REFUSED", "OK", "CUT", "OK"]
    assert [status for _, status in ends(world)] == ["TARGET_ERROR", "BAD_GATEWAY", "TARGET_ERROR", "OK"]


def test_a_fallback_is_asked_in_place_of_who_fails(world):
    components = [Component("a"), Component("b", 1.0), Component("c", 2.0)]
    design = Design(components, [Arrow("a", "b", fallback="c")])
    app = together(world, design=design, latency=0.5)
    app.crash("b")
    send(world, app, (0, 1))
    world.run(100)
    assert ends(world) == [(5, "OK")]
    assert [row[0] for row in calls(world)] == ["a", "b", "c"]


def test_an_extra_that_hangs_stops_all_unless_there_is_a_limit_and_a_fallback():
    """Recommendations hang at 10 s: after a minute nobody sells, or hardly anybody notices."""
    sold = {}
    for name, guard in (("none", {}), ("both", {"timeout": 0.2, "fallback": "default"})):
        world = World(3)
        app = Microservices(world, "app", design=shop(recommendations=guard))
        Customers(world, "people", traffic=steady(20), to=app, mean_work=0.02)
        at(world, (10, app.hang, "recommendations"))
        world.run(120)
        sold[name] = measures.outcomes(world.record, since=60).answered
        busy = held(world.record.calls, app.places["shop"].part, 119)
        assert (busy == 10) == (name == "none")
    assert sold["none"] == 0 and sold["both"] > 1000


def test_retries_make_an_overload_a_storm():
    made = {}
    for attempts in (1, 4):
        world = World(5)
        arrow = {"timeout": 0.3, "max_attempts": attempts, "backoff": 0.05}
        app = Microservices(world, "app", design=shop(payment=arrow))
        Customers(world, "people", traffic=steady(30), to=app, mean_work=0.02)
        at(world, (60, app.slow_down, "payment", 0.05))
        world.run(180)
        part = app.places["payment"].part
        assert amplification(world.record.calls, part, until=50) < 1.05
        made[attempts] = amplification(world.record.calls, part, since=70, until=170)
    assert made[1] == 1 and made[4] > 3


def test_a_message_turns_lost_into_late():
    lost, behind = {}, {}
    for name, arrow in (("waits", {}), ("leaves a message", {"asynchronous": True})):
        world = World(7)
        app = Microservices(world, "app", design=shop(email=arrow))
        Customers(world, "people", traffic=steady(10), to=app, mean_work=0.02)
        at(world, (60, app.crash, "e-mail"), (240, app.recover, "e-mail"))
        world.run(600)
        lost[name] = measures.outcomes(world.record).failed
        behind[name] = late(world.record, "e-mail", limit=60)
    assert lost["waits"] > 1500 and lost["leaves a message"] == 0
    assert (
        1000 < behind["leaves a message"] < 1300
    )  # of 180 s, those of the first 120 s wait for more than 60 s


def test_a_message_whose_work_is_broken_off_is_worked_on_again(world):
    app = together(world, design=chain(4.0, asynchronous=True), latency=0.5)
    send(world, app, (0, 1), (1, 1))
    at(world, (3, app.crash, "b"), (10, app.recover, "b"))
    world.run(100)
    assert [row[1:] for row in calls(world) if row[0] == "b"] == [
        (1.5, 1.5, 3, "BROKEN"),
        (2.5, 14, 18, "OK"),
        (3, 10, 14, "OK"),
    ]
    assert ends(world) == [(1, "OK"), (2, "OK")]


def test_messages_come_back_in_their_order(world):
    components = [Component("a"), Component("b", 4.0, slots=1, instances=2)]
    design = Design(components, [Arrow("a", "b", asynchronous=True)])
    app = together(world, design=design, latency=0.5)
    send(world, app, (0, 1), (0.5, 1), (1, 1))
    at(world, (3, app.crash, "b"), (10, lambda: app.recover("b", instances=1)))
    world.run(100)
    rows = zip(world.record.calls.order, calls(world), strict=True)
    done = sorted((row[2], order) for order, row in rows if row[0] == "b" and row[4] == "OK")
    assert done == [(10, 0), (14, 1), (18, 2)]


@pytest.mark.parametrize("kind", [Monolith, Microservices])
def test_an_arrow_may_leave_its_messages_in_a_queue(kind):
    world = World(2)
    queue = Queue(world, "e-mails")
    app = kind(world, "app", design=shop(email={"asynchronous": True}), mailboxes={("shop", "e-mail"): queue})
    Workers(world, "mailer", queue=queue, count=2, mean_work=0.1)
    Customers(world, "people", traffic=steady(5), to=app, mean_work=0.02)
    world.run(300)
    found = measures.outcomes(world.record)
    assert found.failed == 0 and abs(len(queue.table.sent) - found.answered) <= found.open
    assert not world.record.has_part("e-mail")
    assert list(queue.table.sent) == sorted(queue.table.sent)
    assert late(world.record, "e-mails", limit=60) == 0
    assert late(world.record, "e-mails", limit=0.1) > 100


@pytest.mark.parametrize("kind", [Monolith, Microservices])
def test_an_arrow_may_leave_its_messages_at_a_topic(kind):
    """Each subscriber has a copy of each message, at the moment at which it was left; the seller waits for none."""
    world = World(2)
    placed, mail, prints = Topic(world, "placed"), Queue(world, "e-mails"), Queue(world, "prints")
    for queue in (mail, prints):
        placed.subscribe("sqs", queue)
    app = kind(
        world, "app", design=shop(email={"asynchronous": True}), mailboxes={("shop", "e-mail"): placed}
    )
    Workers(world, "mailer", queue=mail, count=2, mean_work=0.1)
    Customers(world, "people", traffic=steady(5), to=app, mean_work=0.02)
    world.run(300)
    found = measures.outcomes(world.record)
    left = list(placed.table.published)
    assert found.failed == 0 and abs(len(left) - found.answered) <= found.open and len(left) > 1000
    assert list(mail.table.sent) == list(prints.table.sent) == left == sorted(left)
    assert not world.record.has_part("e-mail")
    assert (app.places["shop"].part, placed.part) in world.record.links
    assert counts(mail.table, 300).deleted > 1000 and counts(prints.table, 300).visible == len(left)


def test_a_message_for_a_topic_is_there_at_the_moment_at_which_it_is_left(world):
    placed, queue = Topic(world, "placed"), Queue(world, "letters")
    placed.subscribe("sqs", queue)
    app = together(world, design=chain(1.0, asynchronous=True), mailboxes={("a", "b"): placed})
    send(world, app, (3, 2.5))
    assert len(world.do(queue.receive_message(wait_time_seconds=20))) == 1
    assert world.now == pytest.approx(5.5)


def test_a_receiver_gets_a_message_at_the_moment_at_which_it_is_left(world):
    queue = Queue(world, "letters")
    app = together(world, design=chain(1.0, asynchronous=True), mailboxes={("a", "b"): queue})
    send(world, app, (3, 2.5))
    assert len(world.do(queue.receive_message(wait_time_seconds=20))) == 1
    assert world.now == pytest.approx(5.5)


def test_customers_who_try_again_are_served_by_an_application(world):
    app = together(world, design=chain(1.0), latency=0.5)
    app.crash("b")
    send(world, app, (0, 1), max_attempts=3, retry_delay=5)
    at(world, (10, app.recover, "b"))
    world.run(100)
    assert [status for _, status in ends(world)] == ["TARGET_ERROR", "TARGET_ERROR", "OK"]
    assert list(world.record.requests.arrived) == [0, 7, 19]


@pytest.mark.parametrize("attempts", [1, 3])
def test_orders_of_two_customers_are_served_as_those_of_one(attempts):
    dice = Random(attempts)
    orders = [(round(dice.uniform(0, 60), 6), 0.25) for _ in range(200)]
    orders.sort()
    found = []
    for shares in ([orders], [orders[::2], orders[1::2]]):
        world = World(1)
        app = together(world, design=chain(0.3, slots=1), latency=0.01)
        for number, share in enumerate(shares):
            send(world, app, *share, name=f"customers {number}", max_attempts=attempts, patience=10)
        at(world, (20, app.crash, "b"), (30, app.recover, "b"))
        world.run(400)
        found.append((ends(world), calls(world)))
    assert found[0] == found[1]


def test_who_loses_patience_leaves_and_the_work_goes_on(world):
    app = together(world, design=chain(5.0), latency=0.5)
    send(world, app, (0, 1), patience=3)
    world.run(100)
    assert ends(world) == [(3, "GAVE_UP")]
    assert world.record.requests.finished[0] == 7


# Formulas


def test_ten_parts_of_99_percent_in_a_row_give_90():
    names = [f"c{number}" for number in range(10)]
    components = [Component(name, None if name == "c0" else 1.0, availability=0.99) for name in names]
    row = Design(components, [Arrow(*pair) for pair in pairwise(names)])
    assert availability(row) == pytest.approx(0.99**10) == pytest.approx(0.904, abs=0.0005)
    assert monolith_availability(row) == pytest.approx(0.99**10)
    assert monolith_availability(row, 2) == pytest.approx(1 - (1 - 0.99**10) ** 2)
    twice = Design([replace(one, instances=2) for one in components], row.arrows)
    assert availability(twice) == pytest.approx((1 - 0.01**2) ** 10)


def parts(*names, share=0.9):
    return [Component(name, None if name == "a" else 1.0, availability=share) for name in names]


def test_a_fallback_is_parallel_and_a_ready_made_answer_or_a_message_needs_nobody():
    one = Design(parts("a", "b", "c"), [Arrow("a", "b", fallback="c")])
    assert availability(one) == pytest.approx(0.9 * (1 - 0.1**2))
    for spare in ({"fallback": "default"}, {"asynchronous": True}):
        assert availability(Design(parts("a", "b"), [Arrow("a", "b", **spare)])) == pytest.approx(0.9)


def test_who_is_needed_in_two_places_counts_once():
    arrows = [Arrow("a", "b"), Arrow("a", "c"), Arrow("b", "d"), Arrow("c", "d"), Arrow("d", "e")]
    assert availability(Design(parts("a", "b", "c", "d", "e"), arrows)) == pytest.approx(0.9**5)
    arrows = [Arrow("a", "b", fallback="c"), Arrow("b", "d"), Arrow("c", "d")]
    assert availability(Design(parts("a", "b", "c", "d"), arrows)) == pytest.approx(0.9 * 0.9 * 0.99)


def by_cases(design):
    """The availability by asking each case of up and down."""
    total = 0.0
    for case in range(2 ** len(design.names)):
        up = {name: bool(case >> place & 1) for place, name in enumerate(design.names)}

        def works(name, up=up):
            return up[name] and all(
                arrow.asynchronous
                or arrow.fallback == "default"
                or works(arrow.callee)
                or (arrow.fallback is not None and works(arrow.fallback))
                for arrow in design.arrows_from(name)
            )

        chance = 1.0
        for component in design.components:
            share = 1 - (1 - component.availability) ** component.instances
            chance *= share if up[component.name] else 1 - share
        total += chance * works(design.names[0])
    return total


@st.composite
def designs(draw):
    """A design of up to six components without a circle."""
    count = draw(st.integers(1, 6))
    dice = Random(draw(st.integers(0, 10**6)))
    names = [f"c{place}" for place in range(count)]
    components = [
        Component(
            name,
            None if name == "c0" else 0.05,
            slots=dice.randint(1, 3),
            instances=dice.randint(1, 2),
            availability=dice.choice([0.5, 0.9, 1.0]),
        )
        for name in names
    ]
    arrows = []
    for place in range(1, count):
        for caller in {dice.randrange(place): 0, dice.randrange(place): 0}:
            later = dice.random() < 0.2
            arrows.append(
                Arrow(
                    names[caller],
                    names[place],
                    asynchronous=later,
                    side_by_side=dice.random() < 0.3,
                    timeout=None if later else dice.choice([None, 0.1, 1.0]),
                    max_attempts=dice.randint(1, 3),
                    breaker_failures=dice.choice([None, 2]),
                    fallback=None if later else dice.choice([None, "default", *names[place + 1 : place + 2]]),
                )
            )
    return Design(components, arrows)


@given(designs())
def test_the_formula_is_the_sum_over_all_cases(design):
    assert availability(design) == pytest.approx(by_cases(design))


def test_availability_as_measured_over_many_seeds_is_that_of_the_formula():
    components = [
        Component(name, None if name == "a" else 0.001, availability=share, instances=count)
        for name, share, count in (("a", 0.95, 1), ("b", 0.9, 2), ("c", 0.8, 1), ("d", 0.9, 1), ("e", 0.5, 1))
    ]
    arrows = [Arrow("a", "b"), Arrow("a", "c", fallback="d"), Arrow("a", "e", fallback="default")]
    design = Design(components, arrows)
    for kind, expected in (
        (Microservices, availability(design)),
        (Monolith, monolith_availability(design, 2)),
    ):
        found = []
        for seed in range(12):
            world = World(seed)
            app = kind(world, "app", design=design, **({"instances": 2} if kind is Monolith else {}))
            Outages(app, mean_downtime=20)
            Customers(world, "people", traffic=steady(0.5), to=app, mean_work=0.001, arrivals="regular")
            found.append(measures.availability(world.run(4000)))
        assert fsum(found) / 12 == pytest.approx(expected, abs=0.025)


def test_a_component_waits_as_erlang_says():
    """M/M/2 at 80 %: the mean wait is 1.78 mean works. What is before it has room for all."""
    load, slots, works = 0.8, 2, []
    offered = load * slots
    full = offered**slots / factorial(slots) / (1 - load)
    expected = full / (1 + offered + full) / (slots * (1 - load))
    for seed in range(3):
        world = World(seed)
        design = Design([Component("a", slots=256), Component("b", 1.0, slots=slots)], [Arrow("a", "b")])
        app = Microservices(world, "app", design=design)
        Customers(world, "people", traffic=steady(offered), to=app, mean_work=0.001, work="fixed")
        world.run(40_000)
        table, part = world.record.calls, app.places["b"].part
        rows = zip(table.service, table.arrived, table.started, strict=True)
        waits = [start - came for of, came, start in rows if of == part and came > 2000 and start < 40_000]
        works.append(fsum(waits) / len(waits))
    assert fsum(works) / 3 == pytest.approx(expected, rel=0.06)


# Invariants


@given(designs(), st.integers(0, 10**6), st.booleans())
def test_orders_add_up_slots_are_kept_and_nobody_works_who_is_down(design, seed, as_one):
    world, dice = World(seed), Random(seed)
    size = {"instances": 2, "slots": 2} if as_one else {}
    app = (Monolith if as_one else Microservices)(world, "app", design=design, **size)
    Customers(world, "people", traffic=steady(20), to=app, mean_work=0.05, patience=dice.choice([None, 2.0]))
    table, requests = world.record.calls, world.record.requests
    for _ in range(8):
        name = dice.choice(design.names)
        dice.choice([app.crash, app.crash, app.hang, app.recover, app.recover])(name)
        world.run(world.now + dice.uniform(0.5, 4))
        now = world.now
        found = measures.outcomes(world.record)
        assert found.answered + found.failed + found.open == len(requests)
        for service in dict.fromkeys(app.services.values()):
            part = app.entry.place.part if as_one else service.part
            busy = held(table, part, now)
            assert busy <= service.slots * service.instances
            if service.down == service.instances:
                assert busy == 0
    rows = zip(table.arrived, table.started, table.ended, table.status, strict=True)
    for came, start, end, status in rows:
        assert came <= start and came <= end
        assert (start < inf) or status != CallStatus.OK or end == inf
    firsts = [order for order, parent in zip(table.order, table.parent, strict=True) if parent == 2**32 - 1]
    assert sorted(firsts) == list(range(len(requests)))


def test_the_same_order_is_the_same_work_in_both():
    sums = []
    for kind, more in ((Monolith, {"slots": 64}), (Microservices, {})):
        world = World(9)
        app = kind(world, "app", design=shop(), **more)
        Customers(world, "people", traffic=steady(2), to=app)
        world.run(200)
        table, part = world.record.calls, app.places["e-mail"].part
        rows = zip(table.service, table.order, table.started, table.ended, strict=True)
        sums.append({order: end - start for of, order, start, end in rows if of == part and end < 190})
    assert len(sums[0]) > 300
    same = sums[0].keys() & sums[1].keys()
    assert all(sums[0][order] == pytest.approx(sums[1][order], abs=1e-5) for order in sorted(same))


# Bad input


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Component("", 1.0), "^name is '', but must be a text that can be printed.$"),
        (lambda: Component("default", 1.0), "^name is 'default', but that means a ready-made answer.$"),
        (lambda: Component("b", 0), "^work is 0 s, but must be between 0.0001 and 3600 s.$"),
        (lambda: Component("b", 1.0, slots=0), "^slots is 0 slots, but must be between 1 and 256 slots.$"),
        (
            lambda: Component("b", 1.0, availability=1.1),
            "^availability is 1.1, but must be between 0 and 1.$",
        ),
        (lambda: Arrow("a", "b", timeout=0), "^timeout is 0 s, but must be between 0.001 and 3600 s.$"),
        (
            lambda: Arrow("a", "b", max_attempts=0),
            "^max_attempts is 0 attempts, but must be between 1 and 10",
        ),
        (
            lambda: Arrow("a", "b", asynchronous=True, timeout=1),
            "^asynchronous is True for a → b, but nobody",
        ),
        (lambda: Design([]), "^components is empty, but must hold one at least.$"),
        (lambda: Design("ab"), "^components is 'ab', but must be a tuple of Component objects.$"),
        (lambda: Design([Component("a"), Component("a", 1.0)]), "^components holds 'a' twice"),
        (
            lambda: Design([Component("a", 1.0)]),
            "^work of a is 1 s, but must be left out: the orders bring it",
        ),
        (lambda: Design([Component("a"), Component("b")]), "^work of b is None, but must be a number"),
        (lambda: Design(parts("a", "b"), [Arrow("a", "c")]), "^callee is 'c', but must be one of a, b.$"),
        (lambda: Design(parts("a", "b")), "^components holds b, but no arrow leads to it.$"),
        (lambda: Design(parts("a", "b"), [Arrow("a", "b")] * 2), "^arrows holds a → b twice"),
        (
            lambda: Design(parts("a", "b"), [Arrow("a", "b", fallback="b")]),
            "^fallback of a → b is b, but must be another component.$",
        ),
        (
            lambda: Design(parts("a", "b", "c"), [Arrow("a", "b"), Arrow("b", "c"), Arrow("c", "b")]),
            "^arrows hold the circle (b → c → b|c → b → c), but no way may come back to where it was.$",
        ),
        (
            lambda: Microservices(World(), "app", design=chain(1.0, timeout=0.5), latency=0.25),
            "^timeout of a → b is 0.5 s, but must be more than the way there and back",
        ),
    ],
)
def test_what_no_design_may_be_is_said_in_one_sentence(make, words):
    with pytest.raises(InvalidParameter, match=words) as error:
        make()
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda app: app.crash("x"), "^component is 'x', but must be one of a, b.$"),
        (lambda app: app.crash("b", instances=0), "^instances is 0 instances, but must be between 1 and 100"),
        (lambda app: app.slow_down("b", 0), "^speed is 0, but must be between 0.01 and 100.$"),
        (lambda app: app.deploy("b", downtime=0), "^downtime is 0 s, but must be between 0.1 and 3600 s.$"),
        (lambda app: app.overload("b", rate=0), "^rate is 0 calls/s, but must be between 0.01 and 10000"),
        (lambda app: app.scale("b", 101), "^instances is 101 instances, but must be between 1 and 100"),
        (lambda app: Monolith(app.world, "b", design=chain(1.0)), "^name is 'b', but another part already"),
        (
            lambda app: Monolith(app.world, "c", design=Design([Component("c")])),
            "^name is 'c', but a component of design has that name.$",
        ),
        (
            lambda app: Monolith(app.world, "c", design=chain(1.0), mailboxes={("a", "c"): 1}),
            r"^mailboxes holds \('a', 'c'\), but the arrows of design are \(a, b\).$",
        ),
        (
            lambda app: Monolith(app.world, "c", design=chain(1.0), mailboxes={("a", "b"): 1}),
            "^mailboxes holds a → b, but that arrow must be asynchronous.$",
        ),
        (
            lambda app: Monolith(
                app.world, "c", design=chain(1.0, asynchronous=True), mailboxes={("a", "b"): 1}
            ),
            "^mailboxes holds 1, but must hold queues or topics.$",
        ),
        (
            lambda app: Monolith(
                app.world,
                "c",
                design=chain(1.0, asynchronous=True),
                mailboxes={("a", "b"): Queue(World(), "q")},
            ),
            "^mailboxes holds a queue of another world, but must hold those of its own.$",
        ),
        (
            lambda app: Monolith(
                app.world,
                "c",
                design=chain(1.0, 1.0, asynchronous=True),
                mailboxes={("a", "b"): 1},
            ),
            "^mailboxes holds a → b, but b calls others: who works behind a mailbox calls nobody.$",
        ),
        (lambda app: late(app.world.record, "x"), "^name is 'x', but must be the name of a component"),
    ],
)
def test_what_is_refused_leaves_the_world_as_it_was(world, wrong, words):
    app = together(world, design=chain(1.0), latency=0.5)
    send(world, app, (0, 1))
    world.run(2)
    before = world.record.fingerprint()
    with pytest.raises(InvalidParameter, match=words):
        wrong(app)
    assert world.record.fingerprint() == before
    world.run(10)
    assert ends(world) == [(3, "OK")]


def layers(number: int) -> Design:
    """So many layers of two components, each of which needs both of the next layer."""
    names = [["first"], *([f"a{place}", f"b{place}"] for place in range(number))]
    components = [
        Component(name, 0.1 if name != "first" else None, availability=0.99) for row in names for name in row
    ]
    components[0] = Component("first")
    arrows = [
        Arrow(caller, callee) for above, below in pairwise(names) for caller in above for callee in below
    ]
    return Design(components, arrows)


def test_many_ways_to_one_component_are_not_walked_one_by_one():
    """All must work, however many ways lead there: 2^40 of them are one sentence, at once."""
    assert availability(layers(4)) == pytest.approx(0.99**8)
    with pytest.raises(InvalidParameter, match="may need 16 at most"):
        availability(layers(40))
