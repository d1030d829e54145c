"""What the provider says of queues, fact by fact, as timetables."""

from math import inf

import pytest
from timetables import Requests

from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.messages import age_of_oldest, counts, done_again
from cloudlab.kernel.world import World
from cloudlab.sqs import InvalidMessageContents, Message, Queue, Workers
from cloudlab.sqs.batch import change_message_visibility_batch, delete_message_batch, send_message_batch
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.sqs.queue import MOST_IN_FLIGHT
from cloudlab.sqs.redrive import start_message_move_task
from cloudlab.traffic import Senders, steady


@pytest.fixture
def world():
    return World(1)


def receive(world, queue, **more) -> list[Message]:
    return world.do(queue.receive_message(**more))


def one(world, queue, **more) -> Message:
    (message,) = receive(world, queue, **more)
    return message


def bodies(messages) -> list[str]:
    return [message.body for message in messages]


def where(queue) -> dict[str, int]:
    """The states in which messages are, without those that hold none."""
    return {name: number for name, number in queue.counts()._asdict().items() if number}


# Attributes

RANGES = {
    "visibility_timeout": (0, 43_200, 30),
    "delay_seconds": (0, 900, 0),
    "message_retention_period": (60, 1_209_600, 345_600),
    "receive_message_wait_time_seconds": (0, 20, 0),
    "maximum_message_size": (1024, 1_048_576, 1_048_576),
    "max_receive_count": (1, 1000, 10),
}


@pytest.mark.parametrize("name", RANGES)
def test_each_attribute_has_its_range_and_default(name):
    """SQS-1. SQS-2. SQS-3. SQS-4. SQS-5. SQS-17."""
    found = parameters(Queue.__init__)[name]
    low, high, default = RANGES[name]
    assert (found.limit.low, found.limit.high, found.default) == (low, high, default)
    for good in (low, high):
        Queue(World(1), "orders", **{name: good})
    for bad in (low - 1, high + 1):
        with pytest.raises(InvalidParameter, match=f"InvalidAttributeValue|{name} is {bad}"):
            Queue(World(1), "orders", **{name: bad})


def test_a_delay_hides_a_new_message_and_may_be_told_for_one(world):
    """SQS-2."""
    queue = Queue(world, "orders", delay_seconds=10)
    queue.send_message("slow")
    queue.send_message("slower", delay_seconds=20)
    queue.send_message("at once", delay_seconds=0)
    assert where(queue) == {"delayed": 2, "visible": 1}
    world.run(9.9)
    assert bodies(receive(world, queue, max_number_of_messages=10)) == ["at once"]
    world.run(10.1)
    assert bodies(receive(world, queue, max_number_of_messages=10)) == ["slow"]
    world.run(20.1)
    assert bodies(receive(world, queue, max_number_of_messages=10)) == ["slower"]


def test_a_message_as_old_as_the_retention_period_is_gone(world):
    """SQS-3."""
    queue = Queue(world, "orders", message_retention_period=60)
    queue.send_message("old")
    world.run(59.9)
    assert where(queue) == {"visible": 1}
    world.run(60.1)
    assert where(queue) == {"expired": 1} and receive(world, queue) == []


def test_one_in_hand_expires_when_it_comes_back(world):
    """SQS-3."""
    queue = Queue(world, "orders", message_retention_period=60, visibility_timeout=30)
    queue.send_message("old")
    world.run(50)
    message = one(world, queue)
    world.run(70)
    assert where(queue) == {"in_flight": 1}
    world.run(81)
    assert where(queue) == {"expired": 1}
    queue.delete_message(message.receipt_handle)
    assert where(queue) == {"expired": 1}


def test_another_retention_period_holds_from_now_on_and_changes_nothing_that_was(world):
    """SQS-3."""
    queue, gone = Queue(world, "orders"), Queue(world, "letters", message_retention_period=60)
    queue.send_message("order 1")
    gone.send_message("letter 1")
    world.run(100)
    one(world, queue)
    world.run(200)
    queue.set_queue_attributes(message_retention_period=60)
    gone.set_queue_attributes(message_retention_period=1000)
    world.run(300)
    assert where(queue) == where(gone) == {"expired": 1}
    for time, state in ((99, "visible"), (110, "in_flight"), (150, "visible"), (201, "expired")):
        assert getattr(counts(queue.table, time), state) == 1
    assert counts(gone.table, 61).expired == 1


def test_a_longer_retention_period_holds_for_dead_letters_too(world):
    """SQS-3, SQS-18; and one that is too old is gone when it comes."""
    dead = Queue(world, "dead", message_retention_period=60)
    queue = Queue(world, "orders", visibility_timeout=1, dead_letter_target=dead, max_receive_count=1)
    queue.send_message("order 1")
    one(world, queue)
    world.run(30)
    receive(world, queue)
    queue.send_message("order 2")
    one(world, queue)
    world.run(40)
    dead.set_queue_attributes(message_retention_period=300)
    world.run(100)
    assert where(dead) == {"visible": 1}
    world.run(301)
    assert where(dead) == {"expired": 1}
    world.run(400)
    receive(world, queue)
    world.run(401)
    assert where(dead) == {"expired": 2} and where(queue) == {"dead": 2}
    assert counts(dead.table, 399).expired == 1


def test_one_that_is_hidden_for_0_s_is_not_visible_before_it_was_taken(world):
    """SQS-12. The moment of the receive is no whole microsecond."""
    queue = Queue(world, "orders")
    queue.send_message("order 1")
    world.run(27.155433407815675)
    one(world, queue, visibility_timeout=0)
    assert where(queue) == {"visible": 1} and queue.table.until[0] >= queue.table.handed[0]


@pytest.mark.parametrize("most", [1, 2])
def test_what_one_receive_gets_no_other_one_gets_though_neither_says_who_it_is(world, most):
    """SQS-9. Both wait, and both are served at the same moment."""
    queue, got = Queue(world, "orders"), []

    def receive_one():
        messages = yield from queue.receive_message(max_number_of_messages=most, wait_time_seconds=20)
        got.append((world.now, bodies(messages)))

    for _ in range(3):
        world.process(receive_one())
    world.run(5)
    for name in "abc"[: 2 * most]:
        queue.send_message(name)
    world.run(40)
    assert (
        sorted(got)
        == {
            1: [(5, ["a"]), (5, ["b"]), (20, [])],
            2: [(5, ["a", "b"]), (5, ["c"]), (20, [])],
        }[most]
    )


def test_the_timeout_of_a_receive_that_waits_holds_from_the_moment_of_the_message_on(world):
    """SQS-1. The queue's own timeout is 0 s: nobody else gets what this receive hides."""
    queue, got = Queue(world, "orders", visibility_timeout=0), []

    def receive_for(seconds):
        messages = yield from queue.receive_message(wait_time_seconds=20, visibility_timeout=seconds)
        got.append((world.now, bodies(messages)))

    world.process(receive_for(8))
    world.process(receive_for(8))
    world.run(5)
    queue.send_message("order 1")
    world.run(60)
    assert got == [(5, ["order 1"]), (13, ["order 1"])] and list(queue.table.handed) == [5, 13]


def test_the_wait_of_the_queue_holds_where_a_receive_says_none(world):
    """SQS-4."""
    queue = Queue(world, "orders", receive_message_wait_time_seconds=7)
    assert receive(world, queue) == [] and world.now == 7
    assert receive(world, queue, wait_time_seconds=0) == [] and world.now == 7


def test_a_message_is_no_larger_than_the_queue_allows_its_attributes_counted(world):
    """SQS-5."""
    queue = Queue(world, "orders", maximum_message_size=1024)
    queue.send_message("x" * 1024)
    with pytest.raises(InvalidMessageContents, match="1025 bytes"):
        queue.send_message("x" * 1025)
    kind = {"kind": {"DataType": "String", "StringValue": "print"}}
    with pytest.raises(InvalidMessageContents, match="1025 bytes"):
        queue.send_message("x" * 1010, message_attributes=kind)
    assert where(queue) == {"visible": 1}


@pytest.mark.parametrize("number, known", [(1, True), (10, True), (0, False), (11, False)])
def test_a_receive_asks_for_one_to_ten_messages(world, number, known):
    """SQS-6."""
    queue = Queue(world, "orders")
    for place in range(12):
        queue.send_message(f"order {place}")
    if known:
        assert len(receive(world, queue, max_number_of_messages=number)) == number
    else:
        with pytest.raises(InvalidParameter, match=f"max_number_of_messages is {number}"):
            queue.receive_message(max_number_of_messages=number)
    assert parameters(Queue.receive_message)["max_number_of_messages"].default == 1


@pytest.mark.parametrize(
    "name, good",
    [
        ("a" * 80, True),
        ("A-b_9", True),
        ("a" * 81, False),
        ("a.fifo", False),
        ("", False),
        ("a b", False),
        ("ä", False),
    ],
)
def test_the_name_of_a_queue(world, name, good):
    """SQS-8."""
    if good:
        Queue(world, name)
    else:
        with pytest.raises(InvalidParameter, match="name is"):
            Queue(world, name)


def test_a_fifo_queue_says_so_in_its_name(world):
    """SQS-8."""
    FifoQueue(world, "orders.fifo")
    with pytest.raises(InvalidParameter, match="must end with .fifo"):
        FifoQueue(world, "orders")


# Life of a message


def test_the_way_of_a_message(world):
    """SQS-9. SQS-10: to receive isn't to delete."""
    queue = Queue(world, "orders", visibility_timeout=30, delay_seconds=5)
    queue.send_message("order 1")
    assert where(queue) == {"delayed": 1}
    world.run(6)
    assert where(queue) == {"visible": 1}
    first = one(world, queue)
    assert where(queue) == {"in_flight": 1} and receive(world, queue) == []
    world.run(36)
    assert where(queue) == {"visible": 1}
    again = one(world, queue)
    assert again.approximate_receive_count == 2 and again.message_id == first.message_id
    queue.delete_message(again.receipt_handle)
    assert where(queue) == {"deleted": 1}
    world.run(200)
    assert where(queue) == {"deleted": 1}


def test_each_receive_has_its_own_handle_and_an_old_one_deletes_nothing(world):
    """SQS-10."""
    queue = Queue(world, "orders", visibility_timeout=30)
    queue.send_message("order 1")
    old = one(world, queue)
    world.run(31)
    new = one(world, queue)
    assert old.receipt_handle != new.receipt_handle
    queue.delete_message(old.receipt_handle)
    assert where(queue) == {"in_flight": 1}
    assert [note.text for note in world.record.notes if note.glyph == "!"] == [
        "Message 1 is not deleted: the receipt handle is old, somebody else has received it since."
    ]
    queue.delete_message(new.receipt_handle)
    queue.delete_message(new.receipt_handle)
    assert where(queue) == {"deleted": 1}


def test_late_is_soon_enough_while_nobody_else_has_received_it(world):
    """SQS-10."""
    queue = Queue(world, "orders", visibility_timeout=30)
    queue.send_message("order 1")
    message = one(world, queue)
    world.run(45)
    assert where(queue) == {"visible": 1}
    queue.delete_message(message.receipt_handle)
    assert where(queue) == {"deleted": 1} and receive(world, queue) == []


def test_in_a_fifo_queue_late_is_too_late(world):
    """SQS-10."""
    queue = FifoQueue(world, "orders.fifo", visibility_timeout=30, content_based_deduplication=True)
    queue.send_message("order 1", message_group_id="a")
    message = one(world, queue)
    world.run(31)
    with pytest.raises(InvalidParameter, match="receipt_handle has expired"):
        queue.delete_message(message.receipt_handle)
    assert where(queue) == {"visible": 1}


def test_a_standard_queue_may_hand_out_a_deleted_message_once_more():
    """SQS-11: a server was away when it was deleted."""
    world = World(3)
    queue = Queue(world, "orders", visibility_timeout=60, missed_deletes=0.1)
    shop(world, queue, *range(1000))
    Workers(world, "packer", queue=queue, count=4, mean_work=1, work="fixed")
    world.run(5000)
    found = queue.counts()
    assert found.deleted == sum(found) == len(queue.table.sent)
    again = done_again(queue.table)
    assert 0.07 < again / found.deleted < 0.15
    assert all(count <= 6 for count in queue.table.count)


def test_visibility_counts_from_the_call(world):
    """SQS-12. EX-25: 60 s, and after 15 s changed to 10: visible 25 s after the receive."""
    queue = Queue(world, "orders", visibility_timeout=60)
    queue.send_message("order 1")
    message = one(world, queue)
    world.run(15)
    queue.change_message_visibility(message.receipt_handle, 10)
    world.run(24.9)
    assert where(queue) == {"in_flight": 1}
    world.run(25.1)
    assert where(queue) == {"visible": 1}
    one(world, queue)
    world.run(25.1 + 59)
    assert where(queue) == {"in_flight": 1}  # what was changed isn't remembered


def test_visibility_of_0_gives_a_message_back_at_once_and_12_hours_are_the_end(world):
    """SQS-12."""
    queue = Queue(world, "orders")
    queue.send_message("order 1")
    message = one(world, queue)
    queue.change_message_visibility(message.receipt_handle, 0)
    again = one(world, queue)
    assert again.approximate_receive_count == 2
    world.run(1)
    queue.change_message_visibility(again.receipt_handle, 43_199)
    with pytest.raises(InvalidParameter, match="must be at most 43200 s from the receive on"):
        queue.change_message_visibility(again.receipt_handle, 43_200)
    with pytest.raises(InvalidParameter, match="in nobody's hand any more"):
        queue.change_message_visibility(message.receipt_handle, 5)
    world.run(43_199)
    assert where(queue) == {"in_flight": 1} and receive(world, queue) == []


def test_so_many_are_in_flight_at_most(world):
    """SQS-13: a short poll fails, a long one brings nothing."""
    assert MOST_IN_FLIGHT == 120_000
    queue = Queue(world, "orders")
    queue.most_in_flight = 3
    for place in range(5):
        queue.send_message(f"order {place}")
    messages = receive(world, queue, max_number_of_messages=3)
    with pytest.raises(InvalidParameter, match="messages are in flight"):
        receive(world, queue)
    assert receive(world, queue, wait_time_seconds=5) == []
    queue.delete_message(messages[0].receipt_handle)
    assert bodies(receive(world, queue)) == ["order 3"]


def test_a_short_poll_asks_some_servers_and_a_long_one_all():
    """SQS-14."""
    found = []
    for seed in range(60):
        world = World(seed)
        queue = Queue(world, "orders", servers=8)
        for place in range(4):
            queue.send_message(f"order {place}")
        found.append(len(receive(world, queue, max_number_of_messages=10)))
        assert len(receive(world, queue, max_number_of_messages=10, wait_time_seconds=1)) == 4 - found[-1]
    assert 0 in found and 4 in found and 1.5 < sum(found) / len(found) < 2.5


def test_with_a_thousand_messages_a_short_poll_is_full(world):
    """SQS-14."""
    queue = Queue(world, "orders", servers=100)
    for place in range(1005):
        queue.send_message(f"order {place}")
    assert bodies(receive(world, queue, max_number_of_messages=5)) == [f"order {place}" for place in range(5)]


def test_a_long_poll_ends_with_the_first_message_or_empty(world):
    """SQS-14."""
    queue = Queue(world, "orders")

    def later():
        yield world.timeout(3)
        queue.send_message("order 1")
        queue.send_message("order 2")

    world.process(later())
    assert bodies(receive(world, queue, wait_time_seconds=20)) == ["order 1"] and world.now == 3
    one(world, queue)
    assert receive(world, queue, wait_time_seconds=20) == [] and world.now == 23


def test_what_the_system_tells_of_a_message(world):
    """SQS-15. SQS-27."""
    queue = Queue(world, "orders", visibility_timeout=10)
    world.run(2)
    kind = {"kind": {"DataType": "String", "StringValue": "print"}}
    sent = queue.send_message("order 1", message_attributes=kind)
    world.run(5)
    one(world, queue)
    world.run(20)
    message = one(world, queue)
    assert message.attributes == {
        "SentTimestamp": "2000",
        "ApproximateReceiveCount": "2",
        "ApproximateFirstReceiveTimestamp": "5000",
    }
    assert (message.message_id, message.md5_of_body) == (sent.message_id, sent.md5_of_message_body)
    assert message.message_attributes == kind
    assert message.md5_of_body == "99a233e67156812c9681c22c78e91aaa"


def test_a_purge_empties_the_queue_and_once_in_60_s(world):
    """SQS-16."""
    queue = Queue(world, "orders")
    queue.send_message("order 1")
    queue.send_message("order 2", delay_seconds=30)
    queue.send_message("order 3")
    message = one(world, queue)
    queue.purge_queue()
    assert where(queue) == {"purged": 3}
    queue.delete_message(message.receipt_handle)
    world.run(59)
    with pytest.raises(InvalidParameter, match="was purged 59 s ago"):
        queue.purge_queue()
    world.run(60)
    queue.send_message("order 4")
    queue.purge_queue()
    assert where(queue) == {"purged": 4}


# Dead letters


def test_handed_out_so_often_and_then_moved(world):
    """SQS-17."""
    dead = Queue(world, "dead")
    queue = Queue(world, "orders", visibility_timeout=10, dead_letter_target=dead, max_receive_count=3)
    queue.send_message("order 1")
    for turn in range(3):
        world.run(11 * turn)
        assert one(world, queue).approximate_receive_count == turn + 1
    world.run(40)
    assert where(queue) == {"visible": 1} and where(dead) == {}
    assert receive(world, queue) == []
    assert where(queue) == {"dead": 1} and where(dead) == {"visible": 1}


def test_a_dead_letter_keeps_its_id_and_the_note_says_how_often_it_was_received(world):
    dead = Queue(world, "dead")
    queue = Queue(world, "orders", visibility_timeout=10, dead_letter_target=dead, max_receive_count=9)
    sent = queue.send_message("order 1")
    for turn in range(3):
        world.run(11 * turn)
        one(world, queue)
    queue.set_queue_attributes(max_receive_count=2)
    world.run(40)
    receive(world, queue)
    assert [note.text for note in world.record.notes if note.glyph == "✕"] == [
        "Message 1 was received 3 times and never deleted: it goes to dead."
    ]
    assert one(world, dead).message_id == sent.message_id


def test_what_a_short_poll_sees_does_not_depend_on_when_the_world_is_looked_at():
    """SQS-14."""

    def handed(steps):
        world = World(4)
        queue = Queue(world, "orders", servers=10)
        shop(world, queue, *(place / 100 for place in range(3000)))
        Workers(world, "packer", queue=queue, wait_time_seconds=0, pause=0.5, work="fixed", mean_work=0.02)
        for time in steps:
            world.run(time)
        return list(queue.table.handed), list(queue.table.message)

    assert handed([60]) == handed(range(1, 61))


def test_a_dead_letter_keeps_its_age(world):
    """SQS-18."""
    dead = Queue(world, "dead", message_retention_period=100)
    queue = Queue(world, "orders", visibility_timeout=10, dead_letter_target=dead, max_receive_count=1)
    queue.send_message("order 1")
    one(world, queue)
    world.run(50)
    receive(world, queue)
    world.run(60)
    assert dead.approximate_age_of_oldest_message() == 60
    message = one(world, dead)
    assert message.attributes["SentTimestamp"] == "0" and message.body == "order 1"
    dead.change_message_visibility(message.receipt_handle, 0)
    world.run(99)
    assert where(dead) == {"visible": 1}
    world.run(101)
    assert where(dead) == {"expired": 1}


def test_in_a_fifo_queue_the_age_of_a_dead_letter_begins_anew(world):
    """SQS-18."""
    dead = FifoQueue(world, "dead.fifo", message_retention_period=100)
    queue = FifoQueue(
        world,
        "orders.fifo",
        visibility_timeout=10,
        dead_letter_target=dead,
        max_receive_count=1,
        content_based_deduplication=True,
    )
    queue.send_message("order 1", message_group_id="a")
    one(world, queue)
    world.run(50)
    receive(world, queue)
    world.run(60)
    assert dead.approximate_age_of_oldest_message() == 10
    assert one(world, dead).attributes["MessageGroupId"] == "a"


def test_dead_letters_go_to_a_queue_of_the_same_kind(world):
    """SQS-18."""
    with pytest.raises(InvalidParameter, match="must be of the same kind"):
        Queue(world, "orders", dead_letter_target=FifoQueue(world, "dead.fifo"))
    with pytest.raises(InvalidParameter, match="must be a queue"):
        Queue(world, "mail", dead_letter_target="dead")


def test_dead_letters_go_back_as_new_messages(world):
    """SQS-19."""
    dead = Queue(world, "dead")
    queue = Queue(world, "orders", visibility_timeout=10, dead_letter_target=dead, max_receive_count=1)
    for place in range(5):
        queue.send_message(f"order {place}")
    receive(world, queue, max_number_of_messages=10)
    world.run(20)
    receive(world, queue)
    assert start_message_move_task(dead, queue, max_number_of_messages_per_second=2) == 5
    world.run(20.5)
    assert where(dead) == {"visible": 3, "moved": 2}
    world.run(23)
    assert where(dead) == {"moved": 5} and where(queue) == {"visible": 5, "dead": 5}
    message = one(world, queue)
    assert message.approximate_receive_count == 1 and int(message.attributes["SentTimestamp"]) >= 20_000
    assert parameters(start_message_move_task)["max_number_of_messages_per_second"].limit.high == 500


# FIFO


def steps(world):
    return FifoQueue(world, "orders.fifo", content_based_deduplication=True)


def test_a_group_is_in_order_and_stands_still_while_one_is_in_hand(world):
    """SQS-20."""
    fifo = steps(world)
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")):
        fifo.send_message(body, message_group_id=group)
    first = one(world, fifo)
    assert first.body == "a1" and bodies(receive(world, fifo, max_number_of_messages=10)) == ["b1"]
    assert receive(world, fifo) == []
    fifo.delete_message(first.receipt_handle)
    assert bodies(receive(world, fifo, max_number_of_messages=10)) == ["a2", "a3"]


def test_a_group_is_needed(world):
    """SQS-20."""
    fifo = steps(world)
    with pytest.raises(InvalidParameter, match="message_group_id is None"):
        fifo.send_message("a1")
    assert where(fifo) == {}


def test_what_comes_back_is_first_in_its_group(world):
    """SQS-20."""
    fifo = steps(world)
    for body in ("1", "2", "3"):
        fifo.send_message(body, message_group_id="a")
    one(world, fifo)
    world.run(31)
    assert bodies(receive(world, fifo, max_number_of_messages=10)) == ["1", "2", "3"]


def test_what_is_sent_again_within_five_minutes_is_not_delivered(world):
    """SQS-21: the body stands for the id, and its attributes don't count."""
    fifo = steps(world)
    sent = fifo.send_message("1", message_group_id="a")
    kind = {"kind": {"DataType": "String", "StringValue": "print"}}
    world.run(299.9)
    assert fifo.send_message("1", message_group_id="a", message_attributes=kind) == sent
    assert where(fifo) == {"visible": 1}
    world.run(300.1)
    fifo.send_message("1", message_group_id="a")
    assert where(fifo) == {"visible": 2}


def test_an_id_can_be_given_and_one_is_needed(world):
    """SQS-21."""
    queue = FifoQueue(world, "orders.fifo")
    with pytest.raises(InvalidParameter, match="message_deduplication_id is None"):
        queue.send_message("1", message_group_id="a")
    queue.send_message("1", message_group_id="a", message_deduplication_id="x")
    queue.send_message("2", message_group_id="a", message_deduplication_id="x")
    queue.send_message("1", message_group_id="a", message_deduplication_id="y")
    assert bodies(receive(world, queue, max_number_of_messages=10)) == ["1", "1"]
    both = FifoQueue(world, "both.fifo", content_based_deduplication=True)
    for key in ("x", "y"):
        both.send_message("1", message_group_id="a", message_deduplication_id=key)
    assert where(both) == {"visible": 2}
    with pytest.raises(InvalidParameter, match="a standard queue takes none"):
        Queue(world, "mail").send_message("1", message_deduplication_id="x")


def test_a_queue_pushes_nothing(world):
    """SQS-25: without a receiver all stays where it is."""
    queue = Queue(world, "orders")
    queue.send_message("order 1")
    world.run(1000)
    assert where(queue) == {"visible": 1} and one(world, queue).approximate_receive_count == 1


# Batches and errors


def entries(number: int, body="x") -> list[dict]:
    return [{"id": str(place), "message_body": body} for place in range(number)]


def test_a_batch_holds_ten_and_a_mebibyte(world):
    """SQS-7. SQS-28."""
    queue = Queue(world, "orders")
    assert len(send_message_batch(queue, entries(10)).successful) == 10
    for wrong, code in (
        (entries(11), "TooManyEntriesInBatchRequest"),
        ([], "EmptyBatchRequest"),
        ([*entries(1), *entries(1)], "BatchEntryIdsNotDistinct"),
        ([{"id": "a b", "message_body": "x"}], "InvalidBatchEntryId"),
        (entries(2, "x" * 600_000), "BatchRequestTooLong"),
    ):
        with pytest.raises(InvalidParameter) as found:
            send_message_batch(queue, wrong)
        assert type(found.value).__name__ == code
    assert where(queue) == {"visible": 10}


def test_what_is_wrong_with_one_entry_leaves_the_others(world):
    """SQS-27."""
    queue = Queue(world, "orders", visibility_timeout=30)
    wanted = [{"id": "good", "message_body": "x"}, {"id": "bad", "message_body": ""}]
    result = send_message_batch(queue, wanted)
    assert list(result.successful) == ["good"]
    assert [(one.id, one.sender_fault, one.code) for one in result.failed] == [
        ("bad", True, "InvalidMessageContents")
    ]
    handle = one(world, queue).receipt_handle
    pairs = [{"id": "a", "receipt_handle": handle, "visibility_timeout": 100}]
    assert not change_message_visibility_batch(queue, pairs).failed
    world.run(90)
    assert where(queue) == {"in_flight": 1}
    result = delete_message_batch(
        queue, [{"id": "a", "receipt_handle": handle}, {"id": "b", "receipt_handle": "no"}]
    )
    assert [one.code for one in result.failed] == ["ReceiptHandleIsInvalid"] and where(queue) == {
        "deleted": 1
    }


@pytest.mark.parametrize(
    "handle", ["", "orders:0:0", "mail:0:0", "orders:1:0", "orders:0", 3, None, "orders:٣:٣"]
)
def test_a_handle_that_never_was(world, handle):
    """SQS-28."""
    queue = Queue(world, "orders")
    queue.send_message("order 1")
    if handle != "orders:0:0":
        one(world, queue)
    with pytest.raises(InvalidParameter, match="never gave such a handle"):
        queue.delete_message(handle)
    assert sum(queue.counts()) == 1


@pytest.mark.parametrize("body", ["", 3, None, "a\x00b", "\ud800"])
def test_what_no_message_may_hold(world, body):
    """SQS-28."""
    queue = Queue(world, "orders")
    with pytest.raises(InvalidParameter, match="message_body"):
        queue.send_message(body)
    assert where(queue) == {}


# Workers and streams


def shop(world, queue, *moments):
    """Messages that are sent at these moments."""
    return Senders(world, "shop", traffic=Requests(*((time, 0) for time in moments)), to=queue)


def test_workers_pull_work_and_delete(world):
    queue = Queue(world, "orders")
    shop(world, queue, 1, 2, 3)
    Workers(world, "packer", queue=queue, count=2, work="fixed", mean_work=5)
    world.run(100)
    assert list(queue.table.handed) == [1, 2, 6] and list(queue.table.ended) == [6, 7, 11]
    assert where(queue) == {"deleted": 3}


def test_a_worker_dies_with_a_message_in_its_hand_and_it_comes_back(world):
    """SQS-9."""
    queue = Queue(world, "orders", visibility_timeout=30)
    shop(world, queue, 1)
    pool = Workers(world, "packer", queue=queue, count=2, work="fixed", mean_work=5)

    def accident():
        yield world.timeout(3)
        pool.kill(pool.workers[0])

    world.process(accident())
    world.run(30)
    assert where(queue) == {"in_flight": 1}
    world.run(100)
    assert list(queue.table.handed) == [1, 31] and where(queue) == {"deleted": 1}
    assert done_again(queue.table) == 0


def test_too_short_a_timeout_never_comes_to_an_end(world):
    """Each has the message for 4 s and works for 5: when it says that it is done, another has it already."""
    queue = Queue(world, "orders", visibility_timeout=4)
    shop(world, queue, 1)
    Workers(world, "packer", queue=queue, count=2, work="fixed", mean_work=5)
    world.run(100)
    assert list(queue.table.handed)[:3] == [1, 5, 9] and queue.counts().deleted == 0
    assert done_again(queue.table, until=100) == 23
    assert age_of_oldest(queue.table, 5) == 4


@pytest.mark.parametrize("timeout, low, high", [(30, 0.20, 0.25), (60, 0.04, 0.065), (120, 0.0005, 0.006)])
def test_so_many_first_tries_are_repeated(timeout, low, high):
    """Work of 20 s, exponential: e^-1.5, e^-3 and e^-6 of first tries are longer than the timeout."""
    world = World(1)
    queue = Queue(world, "orders", visibility_timeout=timeout)
    Senders(world, "shop", traffic=steady(0.5), to=queue)
    Workers(world, "packer", queue=queue, count=40, mean_work=20)
    world.run(20_000)
    table = queue.table
    firsts = [row for row, count in enumerate(table.count) if count == 1]
    late = sum(table.ended[row] >= table.handed[row] + timeout for row in firsts)
    assert low < late / len(firsts) < high


def test_by_hand_and_by_workers_at_one_queue(world):
    """Who has waited longest is served first, whoever it is."""
    queue = Queue(world, "orders")
    shop(world, queue, 10, 11, 12)
    Workers(world, "packer", queue=queue, count=1, work="fixed", mean_work=100)
    assert bodies(receive(world, queue, wait_time_seconds=20)) == [f"{world.record.paths[0]} 2"]
    assert world.now == 11 and list(queue.table.handed) == [10, 11]
    assert inf not in queue.table.handed


def test_a_circle_of_queues_is_refused(world):
    first = Queue(world, "first")
    second = Queue(world, "second", dead_letter_target=first)
    with pytest.raises(InvalidParameter, match="would close a circle"):
        world.add_way(first, second)
    second.send_message("x")
    assert sum(counts(second.table, world.now)) == 1
