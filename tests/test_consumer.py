"""A consumer of the learner's own: what its program yields is done, and a death takes along all but the queue."""

import gc
from contextlib import suppress

import pytest

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import Fate, counts
from cloudlab.kernel.world import World
from cloudlab.labs.sqs import practice
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.consumer import CALL, EMPTY, Call, Client, Consumer, Died, plain
from cloudlab.traffic import Senders, steady


@pytest.fixture
def world():
    return World(1)


@pytest.fixture
def queue(world):
    return Queue(world, "orders", visibility_timeout=30)


def prints(queue):
    """Receives, works for 8 s, deletes."""
    while True:
        for message in (yield queue.receive_message(wait_time_seconds=20)):
            yield queue.work(8)
            yield queue.delete_message(message["receipt_handle"])


def test_a_method_only_makes_a_call():
    client = Client()
    assert client.receive_message(wait_time_seconds=20) == Call(
        "receive_message", {"max_number_of_messages": 1, "wait_time_seconds": 20}
    )
    assert client.delete_message("a") == Call("delete_message", {"receipt_handle": "a"})
    assert client.work(3) == Call("work", {"seconds": 3})
    assert client.change_message_visibility("a", 0).given == {"receipt_handle": "a", "visibility_timeout": 0}


def test_what_it_yields_is_done_in_its_time(world, queue):
    queue.send_message("order 1")
    Consumer(world, "printer", queue=queue, program=prints)
    world.run(until=60)
    table = queue.table
    assert list(table.handed) == [0.0] and list(table.fate) == [Fate.DELETED]
    printer = world.record.part("printer")
    assert {(queue.part, printer), (printer, queue.part)} <= set(world.record.links)
    assert table.ended[0] == pytest.approx(8 + 2 * CALL) == 8.02
    work = [state for state in world.record.states if state.aspect == "work"]
    assert [(state.time, state.until) for state in work] == [(CALL, 8 + CALL)]


def test_it_gets_messages_as_plain_data(world, queue):
    seen = []

    def looks(queue):
        seen.extend((yield queue.receive_message(max_number_of_messages=10)))

    queue.send_message("order 1")
    queue.send_message("order 2")
    Consumer(world, "printer", queue=queue, program=looks)
    world.run(until=5)
    assert [one["body"] for one in seen] == ["order 1", "order 2"]
    assert set(seen[0]) == {"message_id", "receipt_handle", "body", "approximate_receive_count"}
    assert all(type(value) in (str, int) for one in seen for value in one.values())
    assert plain(queue.message(0)) == seen[0]


def test_who_dies_lets_the_message_come_back_and_begins_anew_with_nothing(world, queue):
    begun = []

    def remembers(queue):
        mine = []
        begun.append(mine)
        while True:
            for message in (yield queue.receive_message(wait_time_seconds=20)):
                mine.append(message["approximate_receive_count"])
                yield queue.work(20)
                yield queue.delete_message(message["receipt_handle"])

    consumer = Consumer(world, "printer", queue=queue, program=remembers)
    queue.send_message("order 1")
    world.run(until=10)
    consumer.kill()
    consumer.kill()
    world.run(until=12)
    consumer.restart()
    consumer.restart()
    world.run(until=80)
    assert begun == [[1], [2]] and counts(queue.table, 80).deleted == 1
    assert list(queue.table.handed) == [0.0, 30.0]
    states = [(s.time, s.state) for s in world.record.states if s.aspect == "application"]
    assert states == [(0.0, "answering"), (10.0, "killed"), (12.0, "answering")]


def test_it_stands_at_a_queue_beside_fast_workers(world, queue):
    Senders(world, "shop", traffic=steady(0.2), to=queue)
    Consumer(world, "printer", queue=queue, program=prints)
    Workers(world, "worker", queue=queue, count=1, work="fixed", mean_work=4)
    world.run(until=600)
    done = {world.record.parts[part].name for part in queue.table.poller}
    assert done == {"printer", "worker 1"}
    now = counts(queue.table, 600)
    assert now.visible + now.in_flight + now.deleted == len(queue.table.sent) and now.deleted > 100


def test_a_batch_of_deletes_tells_of_each_entry(world, queue):
    told = []

    def deletes(queue):
        (message,) = yield queue.receive_message()
        good = {"id": "a", "receipt_handle": message["receipt_handle"]}
        told.append((yield queue.delete_message_batch([good, {"id": "b", "receipt_handle": "never given"}])))

    queue.send_message("order 1")
    Consumer(world, "printer", queue=queue, program=deletes)
    world.run(until=5)
    assert told[0]["successful"] == ["a"] and [one["id"] for one in told[0]["failed"]] == ["b"]
    assert "never gave such a handle" in told[0]["failed"][0]["message"]


def test_what_the_queue_refuses_is_raised_in_the_program(world, queue):
    caught = []

    def asks(queue):
        try:
            yield queue.delete_message("no handle")
        except InvalidParameter as error:
            caught.append(str(error))
        yield queue.work(1)
        caught.append("goes on")

    Consumer(world, "printer", queue=queue, program=asks)
    record = world.run(until=5)
    assert caught == ["receipt_handle is 'no handle', but orders never gave such a handle.", "goes on"]
    assert record.notes[-1].text.startswith("printer has come to the end of its program")


def test_an_own_call_is_carried_out_by_the_function_of_its_name(world, queue):
    brought = []

    def asks(queue, shelf):
        brought.append((yield shelf))

    def count(start):
        yield world.timeout(2)
        return start + 1

    Consumer(
        world,
        "printer",
        queue=queue,
        program=asks,
        handed=(Call("count", {"start": 4}),),
        others={"count": count},
    )
    world.run(until=5)
    assert brought == [5]


def test_who_is_told_to_die_in_a_call_dies_there(world, queue):
    def asks(queue):
        yield Call("trap")
        raise AssertionError("never reached")

    def trap():
        yield world.timeout(1)
        raise Died

    consumer = Consumer(world, "printer", queue=queue, program=asks, others={"trap": trap})
    world.run(until=5)
    assert not consumer.alive and world.record.notes[-1].text == "printer is killed."


def test_a_program_that_never_pauses_gets_on(world, queue):
    asked = []

    def asks(queue):
        while True:
            asked.append((yield queue.receive_message()))

    Consumer(world, "printer", queue=queue, program=asks)
    world.run(until=10.5 * EMPTY)
    assert len(asked) == 10


@pytest.mark.parametrize(
    "program, sentence",
    [
        (lambda queue: None, "but must be a function with a yield in it."),
        (
            lambda queue: (one for one in (5,)),
            "the program yielded 5, but must yield a call, such as queue.receive_message().",
        ),
        (
            lambda queue: (one for one in (queue.work(-1),)),
            "seconds is -1 s, but must be between 0 and 43200 s.",
        ),
        (
            lambda queue: (one for one in (queue.receive_message(max_number_of_messages=11),)),
            "max_number_of_messages is 11 messages, but must be between 1 and 10 messages.",
        ),
    ],
)
def test_a_program_that_does_not_fit_gets_one_sentence(world, queue, program, sentence):
    with pytest.raises(InvalidParameter) as error:
        Consumer(world, "printer", queue=queue, program=program)
        world.run(until=1)
    assert str(error.value).endswith(sentence)


@pytest.mark.parametrize("program", [print, lambda queue: [queue.work(1)], lambda queue: 1 / 0])
def test_what_is_no_program_leaves_the_world_as_it_was(world, queue, program):
    before = world.record.fingerprint()
    with pytest.raises((InvalidParameter, ZeroDivisionError)):
        Consumer(world, "printer", queue=queue, program=program)
    assert world.record.fingerprint() == before
    Consumer(world, "printer", queue=queue, program=prints)


def test_a_queue_of_another_world_is_refused(world, queue):
    with pytest.raises(
        InvalidParameter, match="queue is of another world, but must be of the consumer's own."
    ):
        Consumer(World(2), "printer", queue=queue, program=prints)


def yields(call):
    def program(queue):
        yield call

    return program


@pytest.mark.parametrize(
    "call, sentence",
    [
        (Call("purge"), "the program yielded the call 'purge', but it must be made by a method"),
        (
            Call("send_message", {"message_body": "x"}),
            "the program yielded the call 'send_message', but it must",
        ),
        (Call("world"), "the program yielded the call 'world', but it must be made by a method"),
        (Call("__init__"), "the program yielded the call '__init__', but it must be made by a method"),
        (Call(5), "the program yielded the call 5, but it must be made by a method"),
        (Call("work"), "the call work has {}, but must have what its method takes."),
        (Call("work", None), "the call work has None, but must have what its method takes."),
        (
            Call("receive_message", {"by": 3}),
            "the call receive_message has {'by': 3}, but must have what its",
        ),
        (Call("self", {"a": 1}), "the program yielded the call 'self', but it must be made by a method"),
        (Call("own", {"size": 1}), "the call own has {'size': 1}, but must have what its method takes."),
    ],
)
def test_a_call_that_no_method_made_is_refused_in_one_sentence(world, queue, call, sentence):
    def own(start):
        yield world.timeout(start)

    Consumer(world, "printer", queue=queue, program=yields(call), others={"own": own})
    with pytest.raises(InvalidParameter) as error:
        world.run(until=5)
    assert str(error.value).startswith(sentence)


def test_a_program_that_takes_too_little_is_refused(world, queue):
    with pytest.raises(InvalidParameter, match="must be a function that takes a client and 1 more.$"):
        Consumer(world, "printer", queue=queue, program=prints, handed=([],))


def goes_on(queue):
    while True:
        with suppress(BaseException):
            yield queue.work(1)


def says_more(queue):
    try:
        yield queue.work(100)
    finally:
        yield queue.work(1)


def raises_at_last(queue):
    try:
        yield queue.work(100)
    finally:
        raise KeyError("at last")


@pytest.mark.parametrize("program", [goes_on, says_more, raises_at_last])
def test_who_is_killed_is_dead_whatever_its_program_does_then(world, queue, capsys, program):
    consumer = Consumer(world, "printer", queue=queue, program=program)
    world.run(until=5)
    consumer.kill()
    world.run(until=50)
    consumer.restart()
    world.run(until=60)
    assert consumer.alive
    consumer.end()
    del consumer
    gc.collect()
    assert capsys.readouterr() == ("", "")


def test_in_practice_too_nothing_of_a_program_is_heard_after_the_run(capsys):
    record, shipped = practice(lambda queue, shipped: goes_on(queue))
    assert not shipped
    del record
    gc.collect()
    assert capsys.readouterr() == ("", "")
