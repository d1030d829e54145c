"""What is no fact of the provider, and still must be so: each of these was once otherwise."""

from math import inf
from random import Random

import pytest
from test_facts_lambda import events, lives, mapped, plain, rows
from timetables import Requests, changes, send

from cloudlab.kernel.invocations import EventFate
from cloudlab.kernel.messages import Fate
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.lambda_function import (
    Account,
    EventSourceMapping,
    Function,
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.traffic import Customers, Senders


@pytest.fixture
def world():
    return World(1)


def test_an_environment_that_is_needed_no_more_before_it_is_ready_is_gone_when_it_is(world):
    function = plain(world, init_duration=5)
    function.publish_version()
    function.put_provisioned_concurrency_config("1", 2)
    world.run(until=1)
    function.put_provisioned_concurrency_config("1", 1)
    world.run(until=100)
    assert lives(function) == [(0, 5, 5), (0, 5, 5), (1, 6, inf)]


def test_an_alias_of_latest_is_always_the_newest(world):
    function = plain(world)
    live = function.create_alias("live", "$LATEST")
    send(world, live, (0, 1), (10, 1), (20, 1))
    world.run(until=5)
    function.update_function_configuration(memory_size=3538)
    world.run(until=60)
    assert [number for _, _, number, _ in rows(function)] == [0, 1, 1]
    assert list(function.table.version) == [0, 1]


@pytest.mark.parametrize(
    ("version", "routing"), [("live", None), ("1", {"live": 0.5}), ("1", {2: 0.5}), ("1", {"7": 0.5})]
)
def test_an_alias_names_versions_and_no_alias(world, version, routing):
    function = plain(world)
    for _ in range(2):
        function.publish_version()
    function.create_alias("live", "1")
    with pytest.raises(
        (InvalidParameterValueException, ResourceNotFoundException), match="live|routing_config|'7'"
    ):
        function.create_alias("new", version, routing_config=routing)
    function.create_alias("new", "1", routing_config={"2": 0.5})


@pytest.mark.parametrize("error_rate", [0, 1e-12])
def test_who_is_turned_away_is_never_begun_with(world, error_rate):
    function = plain(world, reserved_concurrent_executions=1, error_rate=error_rate)
    send(world, function, (0, 5), (1, 1), (7, 1))
    requests = world.run(until=60).requests
    assert list(requests.started) == [0.5, inf, 7]
    assert list(requests.finished) == [5.5, inf, 8]
    assert list(requests.status) == [Status.OK, Status.THROTTLED, Status.OK]


def test_environments_are_made_just_as_fast_as_they_may_be(world):
    """After the first thousand one each 10 ms, and so many calls a second: none is turned away by a rounding."""
    function = plain(world, account=Account(concurrent_executions=9000))
    times = [0.0] * 1000 + [round(0.01 * number, 6) for number in range(1, 3001)]
    send(world, function, *((time, 500) for time in times))
    world.run(until=60)
    assert (len(rows(function)), len(function.table.throttled)) == (4000, 0)


def test_an_attempt_that_is_due_when_an_event_is_just_old_enough_is_made(world):
    """At most 61 s old, with 60 s between a failure after one second and the second attempt."""
    function = plain(world, error_rate=1, init_duration=0)
    function.put_function_event_invoke_config(maximum_event_age_in_seconds=61)
    function.works.upto = lambda number: [1.0] * number
    events(world, function, *(0.096 + 0.125 * number for number in range(40)))
    world.run(until=1000)
    assert list(function.table.events.attempts) == [2] * 40
    assert set(function.table.events.fate) == {EventFate.TOO_OLD}


def test_an_event_that_is_turned_away_is_given_up_at_the_age_that_it_must_not_pass(world):
    """It fails after half a second, is turned away 60 s later, and would be 61.5 s old when it is tried again."""
    function = plain(world, reserved_concurrent_executions=1, error_rate=1, init_duration=0)
    function.put_function_event_invoke_config(maximum_event_age_in_seconds=61)
    function.works.upto = lambda number: [0.5] * number
    events(world, function, 0.0)
    send(world, function, (60, 100))
    world.run(until=1000)
    told = function.table.events
    assert (list(told.attempts), list(told.ended), list(told.fate)) == ([1], [61], [EventFate.TOO_OLD])
    assert list(function.table.throttled) == [60.5]


def test_a_destination_is_a_queue_and_no_function(world):
    one, other = plain(world, "one"), plain(world, "other")
    for parameter in ("on_failure", "on_success", "dead_letter_target"):
        with pytest.raises(InvalidParameterValueException, match=f"{parameter} is .*, but must be a queue"):
            one.put_function_event_invoke_config(**{parameter: other})


def test_an_account_is_in_one_world_and_a_queue_in_one_account(world):
    account = Account()
    plain(world, "one", account=account)
    with pytest.raises(InvalidParameterValueException, match="account has functions of another world, but"):
        Function(World(2), "other", account=account)
    assert [one.name for one in account.functions] == ["one"]
    queue = Queue(world, "orders", visibility_timeout=60)
    EventSourceMapping(plain(world, "two", account=account), queue)
    with pytest.raises(
        InvalidParameterValueException, match="queue is orders, but messages are pulled from it"
    ):
        EventSourceMapping(plain(world, "three"), queue)


def test_a_queue_can_be_pulled_for_two_functions(world):
    account = Account()
    queue = Queue(world, "orders", visibility_timeout=60)
    both = [plain(world, name, account=account) for name in ("one", "two")]
    for function in both:
        EventSourceMapping(function, queue, batch_size=1, maximum_concurrency=2, mean_work=5)
    Senders(world, "shop", traffic=Requests(*((time, 0) for time in (1, 1, 1, 1))), to=queue)
    world.run(until=60)
    assert [len(rows(function)) for function in both] == [2, 2]


def test_another_ones_reserved_concurrency_changes_what_is_left_for_the_rest(world):
    account = Account(concurrent_executions=200)
    rest, mine = plain(world, "rest", account=account), plain(world, "mine", account=account)
    world.run(until=5)
    mine.put_function_concurrency(30)
    world.run(until=9)
    plain(world, "more", account=account, reserved_concurrent_executions=20)
    assert changes(world, "rest", "ConcurrencyLimit") == [(0, 200), (5, 170), (9, 150)]
    assert rest.fleet.limit == 150


def test_messages_that_wait_in_their_groups_are_visible(world):
    queue = FifoQueue(world, "orders.fifo", visibility_timeout=60, content_based_deduplication=True)
    for number in range(5):
        queue.send_message(f"id{number}", message_group_id="a")
    assert len(world.do(queue.receive_message())) == 1
    assert queue.approximate_number_of_messages() == queue.counts().visible == 4


def test_more_pollers_come_only_for_messages_that_can_be_taken(world):
    """In a FIFO queue those behind one in hand can't."""
    queue = FifoQueue(world, "orders.fifo", visibility_timeout=600, content_based_deduplication=True)
    for number in range(20):
        queue.send_message(f"id{number}", message_group_id="a")
    _, _, mapping = mapped(world, queue=queue, batch_size=1, timeout=500, mean_work=400)
    world.run(until=200)
    assert mapping.polling == 2


def test_a_look_changes_nothing_where_an_alias_shares_calls_out(world):
    """The dice of the alias fall in the order of the calls, those of a batch and of requests."""
    found = []
    for looks in (0, 40):
        world = World(3)
        function = plain(world, init_duration=0)
        for _ in range(2):
            function.publish_version()
        live = function.create_alias("live", "1", routing_config={"2": 0.5})
        queue = Queue(world, "orders", visibility_timeout=60)
        EventSourceMapping(function, queue, batch_size=1, qualifier="live")
        Senders(world, "shop", traffic=Requests(*((2.0 * n, 0) for n in range(40))), to=queue)
        traffic = Requests(*((2.0 * n + 1.5, 0.5) for n in range(40)))
        Customers(world, "people", traffic=traffic, to=live)
        for look in range(looks):
            world.run(until=2.0 * look + 1.2)
        world.run(until=200)
        found.append((rows(function), list(function.table.version)))
    assert found[0] == found[1]


def test_an_event_that_fails_at_this_very_moment_is_not_at_its_destination_yet(world):
    function, failures = plain(world, error_rate=1, init_duration=0), Queue(world, "failures")
    function.put_function_event_invoke_config(maximum_retry_attempts=0, on_failure=failures)
    events(world, function, 1)
    world.run(until=1.1)
    assert list(failures.table.sent) == []
    world.run(until=1.2)
    assert list(failures.table.sent) == [1.1]


@pytest.mark.parametrize("calls", [0, 40])
@pytest.mark.parametrize("looks", [0, 30])
def test_dead_letters_and_other_messages_of_a_mapped_queue_stand_in_order(world, looks, calls):
    dead = Queue(world, "dead", visibility_timeout=60)
    orders = Queue(world, "orders", visibility_timeout=3, dead_letter_target=dead, max_receive_count=1)
    Workers(world, "clerk", queue=orders, count=2, work="fixed", mean_work=1, fails=["/"])
    function = plain(world, init_duration=0)
    EventSourceMapping(function, dead, batch_size=1)
    Senders(world, "shop", traffic=Requests(*((float(n), 0) for n in range(20))), to=orders)
    Senders(world, "other shop", traffic=Requests(*((n + 0.5, 0) for n in range(40))), to=dead)
    events(world, function, *(n + 0.25 for n in range(40)))
    send(world, function, *((n + 0.75, 0.1) for n in range(calls)))
    for look in range(looks):
        world.run(until=look + 0.9)
    world.run(until=100)
    assert len(dead.table.sent) == 60 and list(dead.table.sent) == sorted(dead.table.sent)
    assert [dead.table.sent[row] for row in dead.table.message] == list(dead.table.handed)
    began = list(function.table.began)
    assert len(began) == 100 + calls and began == sorted(began)


def test_two_queues_of_one_function_go_on_in_order_of_time(world):
    function = plain(world, init_duration=0, reserved_concurrent_executions=2)
    for name in ("one", "two"):
        queue = Queue(world, name, visibility_timeout=60)
        EventSourceMapping(function, queue, batch_size=1, mean_work=0.9)
        shift = 0.0 if name == "one" else 0.5
        Senders(world, f"to {name}", traffic=Requests(*((n + shift, 0) for n in range(30))), to=queue)
    world.run(until=100)
    began = list(function.table.began)
    assert began == [n / 2 for n in range(60)] and len(function.table.throttled) == 0


def test_what_goes_out_to_another_account_and_comes_back_is_in_order(world):
    """A failure of the first goes to a queue that is pulled for another account, and as a dead letter to the third."""
    ours, theirs = Account(), Account()
    first = plain(world, "first", account=ours, init_duration=0, fails=["/"])
    third = plain(world, "third", account=ours, init_duration=0)
    second = plain(world, "second", account=theirs, init_duration=0, timeout=2)
    dead = Queue(world, "dead", visibility_timeout=60)
    failures = Queue(world, "failures", visibility_timeout=3, dead_letter_target=dead, max_receive_count=1)
    first.put_function_event_invoke_config(maximum_retry_attempts=0, on_failure=failures)
    first.works.upto = lambda number: [0.5] * number
    EventSourceMapping(second, failures, batch_size=1, fails=["/"], mean_work=0.5)
    EventSourceMapping(third, dead, batch_size=1, mean_work=0.5)
    events(world, first, *(float(n) for n in range(20)))
    Senders(world, "others", traffic=Requests(*((n + 0.2, 0) for n in range(60))), to=third)
    world.run(until=100)
    assert list(failures.table.sent) == [n + 0.5 for n in range(20)]
    assert list(dead.table.sent) == [n + 3.5 for n in range(20)]
    began = list(third.table.began)
    assert len(began) == 80 and began == sorted(began)


@pytest.mark.parametrize("batch_size", [1, 10])
def test_what_a_mapping_lets_fail_counts_in_a_function_without_code_only(world, batch_size):
    """With code the handler decides, whatever the size of a batch."""
    text = {"app.py": "def handler(event, context):\n    return 1\n"}
    queue = mapped(world, text, sent=[1], batch_size=batch_size, fails=["/"])[1]
    world.run(until=30)
    assert list(queue.table.fate) == [Fate.DELETED]


@pytest.mark.parametrize("rate", [5, 15, 60])
def test_calls_that_come_too_fast_are_turned_away_however_many_came_before(world, rate):
    """Ten a second may begin for each that may run at once; here each is over before the next one comes."""
    function, dice = plain(world, reserved_concurrent_executions=1, init_duration=0), Random(rate)
    times = sorted({round(dice.random() * 600 / rate, 3) for _ in range(600)})
    send(world, function, *((time, 0.0005) for time in times))
    world.run(until=times[-1] + 10)
    began = []
    for time in times:
        if sum(one > time - 1 + 5e-7 for one in began[-10:]) < 10:
            began.append(time)
    assert list(function.table.began) == began
    assert len(function.table.throttled) == len(times) - len(began)
    assert function.table.throttled
