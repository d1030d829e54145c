"""Orders: a request that was answered well becomes a message at the moment of its answer.

The oracle is the same shop cut in two: what was answered well in the run is read from the table of requests (which
`test_reference` holds), and a second world gets messages at exactly those moments from plain senders. Topic, queues and
workers must then do the same, row by row, whatever is done to the web tier and whenever somebody looks.
"""

from dataclasses import dataclass
from math import inf
from random import Random

import pytest
from samples import some

from cloudlab.applications import Arrow, Component, Design, Microservices
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel import orders
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.lambda_function import Account, EventSourceMapping, Function
from cloudlab.load_balancer import LoadBalancer
from cloudlab.orders import Orders
from cloudlab.sns import Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Customers, Senders, steady

NOW = LaunchTemplate(launch_time=0, boot_time=0, slots=1)
END = 400.0


@dataclass
class Moments:
    """A traffic at given moments, each of its class."""

    times: list
    classes: list
    paths: tuple = ("a", "b")
    duration: float = inf

    def chunks(self, dice, regular=False):
        yield inf, list(self.times), list(self.classes), None


@pytest.mark.sampled
@pytest.mark.parametrize("seed", some(range(400), 60))
def test_what_is_told_is_what_was_answered_well_and_all_behind_does_as_if_it_had_been_sent_so(seed):
    whole = shop(seed)
    rows = whole.record.requests
    good = sorted(
        (answered, row)
        for row, (answered, status) in enumerate(zip(rows.answered, rows.status, strict=True))
        if status == Status.OK and answered < END
    )
    told = whole.record.orders[whole.record.part("orders")]
    assert [*zip(told.told, told.request, strict=True)] == good
    second = World(seed)
    topic, queues = listeners(second, seed)
    classes = [rows.path[row] for _, row in good]
    Senders(second, "shop", traffic=Moments([time for time, _ in good], classes), to=topic)
    look(second, queues, seed)
    second.run(until=END)
    assert behind(second) == behind(whole)


@pytest.mark.sampled
@pytest.mark.parametrize("seed", some(range(100), 15))
def test_who_looks_changes_nothing(seed):
    assert everything(shop(seed, looks=40)) == everything(shop(seed))


def shop(seed: int, looks: int = 0) -> World:
    """A small shop in which much goes wrong, and nobody is asked but at random moments."""
    dice, world = Random(f"orders {seed}"), World(seed)
    topic, queues = listeners(world, seed)
    kind = dice.choice(["instance", "balancer", "balancer", "function", "application"])
    instances = [
        Instance(world, f"web {n}", launch_template=NOW) for n in range(2 if kind == "balancer" else 1)
    ]
    if kind == "function":
        door = Function(
            world, "page", memory_size=1769, timeout=5, error_rate=0.2, reserved_concurrent_executions=4
        )
    elif kind == "application":
        design = Design(
            [Component("cart", slots=3), Component("pay", 0.8, 1)], [Arrow("cart", "pay", timeout=4)]
        )
        door = Microservices(world, "app", design=design)
    else:
        door = instances[0] if kind == "instance" else LoadBalancer(world, "door", targets=instances)
    people = Customers(
        world,
        "people",
        traffic=classed(dice),
        to=door,
        mean_work=dice.choice([0.3, 1.0, 2.5]),
        patience=dice.choice([None, 3.0, 20.0]),
        max_attempts=1 if kind == "application" else dice.choice([1, 1, 3]),
        retry_delay=2.0,
    )
    Orders(world, "orders", of=people, to=topic)
    if kind == "application":
        world.process(at(world, 100.0, lambda: door.hang("pay")))
        world.process(at(world, 160.0, lambda: door.recover("pay")))
    for one in instances:
        for _ in range(dice.randint(0, 6)):
            what = dice.choice(["crash", "recover", "recover", "fail", "slow", "fast"])
            world.process(at(world, dice.uniform(1, 350), done_to(one, what)))
    if len(instances) == 2 and dice.random() < 0.3:
        world.process(at(world, dice.uniform(1, 350), instances[0].kill))
    look(world, queues, seed)
    for _ in range(looks):
        what = dice.choice([world.advance, lambda: queues[0].counts(), lambda: world.reach(queues[-1])])
        world.process(at(world, dice.choice([dice.uniform(0, END), float(dice.randint(0, 399))]), what))
    world.run(until=END)
    return world


def classed(dice: Random) -> Moments:
    times = sorted(
        round(dice.uniform(0, 300), dice.choice([0, 2])) + 0.25 for _ in range(dice.randint(1, 250))
    )
    return Moments(times, [dice.randrange(2) for _ in times])


def done_to(one: Instance, what: str):
    return {
        "crash": one.crash,
        "recover": one.recover,
        "fail": one.fail,
        "slow": lambda: one.slow_down(0.2),
        "fast": lambda: one.slow_down(3.0),
    }[what]


def at(world, moment, what):
    """Do something at a moment. A SimPy process."""
    yield world.timeout(moment)
    what()


def listeners(world: World, seed: int):
    """A topic with up to three queues, one with a filter, their workers, and a function that polls the last."""
    dice = Random(f"listeners {seed}")
    for path in ("a", "b"):
        world.record.add_path(path)
    queues = [
        Queue(world, f"queue-{number}", visibility_timeout=dice.choice([6, 20, 60]))
        for number in range(dice.randint(1, 3))
    ]
    if dice.random() < 0.2:
        topic = queues[0]
        queues = queues[:1]
    else:
        topic = Topic(world, "placed")
        for number, queue in enumerate(queues):
            wanted = {"class": ["a"]} if number == 1 else None
            topic.subscribe("sqs", queue, filter_policy=wanted)
    for number, queue in enumerate(queues):
        if number == 2:
            called = Function(world, "receipt", memory_size=1769, timeout=5)
            EventSourceMapping(called, queue, batch_size=dice.choice([1, 3]), mean_work=0.4)
        else:
            Workers(
                world, f"pool {number}", queue=queue, count=dice.randint(1, 2), mean_work=dice.choice([1, 4])
            )
    return topic, queues


def look(world: World, queues: list[Queue], seed: int) -> None:
    """Somebody also receives by hand, at moments of the clock."""
    dice = Random(f"hands {seed}")
    for _ in range(dice.choice([0, 0, 3])):
        world.process(by_hand(world, queues[0], dice.uniform(0, 350), dice.choice([0, 5])))


def by_hand(world, queue, moment, wait):
    """Receive one message, and delete it. A SimPy process."""
    yield world.timeout(moment)
    for message in (yield from queue.receive_message(wait_time_seconds=wait)):
        queue.delete_message(message.receipt_handle)


def behind(world: World) -> list:
    """All that happened at topics, queues and the function that polls, as plain data."""
    record = world.record
    found: list = []
    for table in record.topics.values():
        found.append(("topic", [*table.published], [*table.path]))
        found += [([*c.publish], [*c.ended], [*c.outcome]) for c in table.copies]
    for table in record.queues.values():
        rows = ("sent", "path", "publish", "message", "handed", "ended", "count", "fate")
        found.append(tuple([*getattr(table, name)] for name in rows))
        found.append([record.parts[part].name for part in table.poller])
    for part, table in record.functions.items():
        if record.parts[part].name == "receipt":
            found.append(([*table.began], [*table.ended], [*table.ending]))
    return found


def everything(world: World) -> list:
    told = world.record.orders[world.record.part("orders")]
    columns = [[*column] for column in world.record.requests.columns()]
    return [columns, [*told.told], [*told.request], behind(world)]


# Timetables


def small(world, **settings):
    """One instance, a queue, and orders in between."""
    web = Instance(world, "web", launch_template=NOW)
    queue = Queue(world, "to-pack")
    people = Customers(world, "people", to=web, work="fixed", mean_work=4, **settings)
    return web, queue, people


def test_an_order_is_in_the_queue_when_its_page_is_answered_and_not_before(world):
    _, queue, people = small(world, traffic=Moments([10.0, 11.0], [0, 1]))
    Orders(world, "orders", of=people, to=queue)
    world.run(until=100)
    assert [*queue.table.sent] == [14.0, 18.0]
    assert [queue.content(row).body for row in (0, 1)] == ["a 1", "b 2"]


def test_a_crash_before_the_answer_leaves_no_order(world):
    web, queue, people = small(world, traffic=Moments([10.0, 30.0], [0, 0]))
    Orders(world, "orders", of=people, to=queue)
    world.process(at(world, 12.0, web.crash))
    world.process(at(world, 20.0, web.recover))
    world.run(until=100)
    assert [*queue.table.sent] == [34.0]


def test_an_answer_that_comes_sooner_than_planned_is_told_sooner(world):
    web, queue, people = small(world, traffic=Moments([10.0], [0]))
    Orders(world, "orders", of=people, to=queue)
    world.process(at(world, 12.0, lambda: web.slow_down(4.0)))
    world.run(until=100)
    assert [*queue.table.sent] == [12.5]


def test_who_leaves_has_ordered_nothing_though_the_work_is_done(world):
    _, queue, people = small(world, traffic=Moments([10.0, 10.5], [0, 0]), patience=5)
    Orders(world, "orders", of=people, to=queue)
    world.run(until=100)
    assert [*queue.table.sent] == [14.0]
    assert [*world.record.requests.finished] == [14.0, 18.0]


def test_who_tries_again_orders_once(world):
    _, queue, people = small(
        world, traffic=Moments([10.0, 10.5], [0, 0]), patience=5, max_attempts=3, retry_delay=2
    )
    Orders(world, "orders", of=people, to=queue)
    world.run(until=100)
    assert [*queue.table.sent] == [14.0, 22.0]


def test_only_the_classes_that_are_asked_for_are_orders(world):
    _, queue, people = small(world, traffic=Moments([10.0, 20.0], [0, 1]))
    Orders(world, "orders", of=people, to=queue, classes=("b",))
    world.run(until=100)
    assert [*queue.table.sent] == [24.0]


def test_who_waits_at_the_queue_gets_an_order_at_the_moment_of_its_answer(world):
    _, queue, people = small(world, traffic=Moments([10.0], [0]))
    Orders(world, "orders", of=people, to=queue)
    (message,) = world.do(queue.receive_message(wait_time_seconds=20))
    assert world.now == 14.0
    assert message.body == "a 1"


def test_a_worker_begins_at_the_moment_of_the_answer(world):
    _, queue, people = small(world, traffic=Moments([10.0], [0]))
    Orders(world, "orders", of=people, to=queue)
    Workers(world, "packer", queue=queue, work="fixed", mean_work=3)
    world.run(until=100)
    assert [*zip(queue.table.handed, queue.table.ended, strict=True)] == [(14.0, 17.0)]


def test_orders_that_come_later_than_others_leave_those_alone(world):
    _, queue, people = small(world, traffic=Moments([10.0], [0]))
    world.run(until=50)
    Orders(world, "orders", of=people, to=queue)
    world.run(until=100)
    assert [*queue.table.sent] == []


def test_when_an_order_is_done_is_read_at_each_place_that_hears_of_it(world):
    web = Instance(world, "web", launch_template=NOW)
    topic, queue = Topic(world, "placed"), Queue(world, "to-pack")
    receipt = Function(world, "receipt", memory_size=1769, timeout=9, init_duration=1, mean_work=1)
    topic.subscribe("sqs", queue, filter_policy={"class": ["a"]})
    topic.subscribe("lambda", receipt)
    Workers(world, "packer", queue=queue, work="fixed", mean_work=50)
    traffic = Moments([10.0, 20.0, 30.0], [0, 1, 0])
    people = Customers(world, "people", to=web, work="fixed", mean_work=4, traffic=traffic)
    part = Orders(world, "orders", of=people, to=topic).part
    record = world.run(until=100)
    assert orders.places(record, part) == [queue.part, receipt.part]
    assert orders.done(record, part, queue.part) == [64.0, inf, inf]
    assert orders.done(record, part, receipt.part) == [16.0, 25.0, 35.0]


def test_of_several_that_send_to_one_queue_each_order_finds_its_own_message(world):
    _, queue, people = small(world, traffic=Moments([10.0, 20.0], [0, 1]))
    part = Orders(world, "orders", of=people, to=queue).part
    Senders(world, "post", traffic=Moments([12.0, 14.0, 15.0], [0, 0, 0]), to=queue)
    record = world.run(until=100)
    assert [*queue.table.sent] == [12.0, 14.0, 14.0, 15.0, 24.0]
    assert orders.rows_at(queue.table.sent, record.orders[part]) == [1, 4]
    assert orders.places(record, part) == [queue.part]


# Refused


def test_what_does_not_fit_is_refused_in_a_sentence(world):
    web, queue, people = small(world, traffic=steady(1))
    other = Queue(World(1), "elsewhere")
    for wrong, sentence in (
        ({"of": web}, "of is .* must be customers"),
        ({"to": web}, "to is .* must be a queue or a topic"),
        ({"to": other}, "to is a part of another world"),
        ({"by": 3}, "by is 3, but must be a part"),
        ({"classes": (3,)}, "classes is .* names of classes"),
    ):
        with pytest.raises(InvalidParameter, match=sentence):
            Orders(world, "orders", **({"of": people, "to": queue} | wrong))
    assert not world.record.has_part("orders")


def test_functions_that_follow_from_each_other_in_one_account_are_refused(world):
    account = Account()
    page = Function(world, "page", account=account, memory_size=1769, timeout=9)
    pack = Function(world, "pack", account=account, memory_size=1769, timeout=9)
    queue = Queue(world, "to-pack")
    EventSourceMapping(pack, queue)
    people = Customers(world, "people", to=page, traffic=steady(1))
    Orders(world, "orders", of=people, to=queue)
    with pytest.raises(InvalidParameter, match="pack shares an account with page"):
        world.run(until=60)
