"""The ways that a stage plays, made from the tables of queues and topics."""

from collections import Counter
from contextlib import suppress
from math import inf
from random import Random

import pytest
from timetables import Requests

from cloudlab.kernel import moves, standing
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import Fate, Outcome, counts
from cloudlab.kernel.moves import Numbers, ends, sorted_ways, ways
from cloudlab.kernel.standing import came_back, in_flight, visible
from cloudlab.kernel.tallies import tallies, tally_at
from cloudlab.kernel.world import World
from cloudlab.sns import Endpoint, Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.redrive import start_message_move_task
from cloudlab.traffic import Senders, steady
from cloudlab.views import charts
from cloudlab.views.describe import describe
from cloudlab.views.kinds import kind_named
from cloudlab.views.lesson import Stage


@pytest.fixture
def shop():
    """A queue with short timeouts, a worker that dies, poison, and dead letters."""
    world = World(2)
    dead = Queue(world, "dead")
    queue = Queue(world, "orders", visibility_timeout=10, dead_letter_target=dead, max_receive_count=2)
    Senders(world, "people", traffic=steady(1), to=queue)
    pool = Workers(world, "packer", queue=queue, count=4, mean_work=4)

    def accident():
        yield world.timeout(50)
        pool.kill(pool.workers[0])
        yield world.timeout(60)
        pool.restart(pool.workers[0])

    world.process(accident())
    world.run(300)
    return world.record, queue, dead


def test_at_any_moment_the_moves_put_as_many_messages_in_a_queue_as_its_counts(shop):
    record, queue, dead = shop
    found = ways(record)
    dice = Random(5)
    for time in [dice.uniform(0, 300) for _ in range(40)]:
        where: dict[int, int] = {}
        for move in found:
            if move.time > time:
                break
            where[move.message] = move.target
        lying = Counter(where.values())
        now = counts(queue.table, time)
        assert lying[queue.part] == now.visible
        assert lying[dead.part] == counts(dead.table, time).visible == now.dead
        assert lying[None] == now.deleted
        workers = sum(lying[part] for part in record.parts_of("worker"))
        assert workers == now.in_flight


def test_dead_letters_lie_on_no_curve(shop):
    record, queue, dead = shop
    assert counts(dead.table, 300).visible == 1
    for time in (40.5, 120.5, 220.5, 300):
        now = counts(queue.table, time)
        assert (visible(record).at(time), in_flight(record).at(time)) == (now.visible, now.in_flight)


def test_what_is_planned_for_after_the_end_has_not_happened_yet():
    """Of what is sent at 0, 3 and 9 s the first is done at the very end; the last comes back, and is done later."""
    world = World(1)
    queue = Queue(world, "orders", visibility_timeout=12)
    Senders(world, "people", traffic=Requests((0, 0), (3, 0)), to=queue)
    late = Queue(world, "late", visibility_timeout=2)
    Senders(world, "others", traffic=Requests((9, 0)), to=late)
    Workers(world, "packer", queue=queue, count=2, work="fixed", mean_work=10)
    Workers(world, "slow", queue=late, work="fixed", mean_work=30)
    record = world.run(10)
    assert [move.time for move in ways(record)] == [0, 0, 3, 3, 9, 9, 10]
    assert max(move.time for move in sorted_ways(record).others) == 9
    assert ends(record) == (3, 1, 0)
    assert came_back(record) == ()
    assert (in_flight(record).times[-1], in_flight(record).values[-1]) == (10, 2)
    assert max(visible(record).times) == 9
    assert came_back(world.run(11)) == (11,)


def test_before_the_first_message_there_is_none():
    world = World(1)
    queue = Queue(world, "orders")
    Senders(world, "people", traffic=Requests((5, 0)), to=queue)
    record = world.run(10)
    assert (list(visible(record).times), list(visible(record).values)) == ([0, 5], [0, 1])
    assert (list(in_flight(record).times), list(in_flight(record).values)) == ([0], [0])


def test_the_ways_of_what_is_taken_again_purged_lost_or_late():
    world = World(1)
    queue = Queue(world, "orders", visibility_timeout=4)
    Senders(world, "people", traffic=Requests((0, 0)), to=queue)
    topic, gone = Topic(world, "news"), Endpoint(world, "web")
    topic.subscribe("lambda", gone)
    topic.subscribe("sqs", queue)

    def morning():
        yield from queue.receive_message(by=gone.part, wait_time_seconds=1)
        yield world.timeout(5)
        (message,) = yield from queue.receive_message(by=gone.part)
        queue.delete_message(message.receipt_handle)
        gone.delete()
        queue.set_queue_attributes(delay_seconds=3)
        yield world.timeout(1)
        topic.publish("late")
        yield world.timeout(4)
        yield from queue.receive_message(by=gone.part)
        yield world.timeout(1)
        queue.purge_queue()

    world.process(morning())
    record = world.run(20)
    names = [part.name for part in record.parts]
    found = [
        (move.time, move.message, names[move.source], None if move.target is None else names[move.target],
         move.until, move.received)
        for move in ways(record)
    ]  # fmt: skip
    assert found == [
        (0, 2, "people", "orders", inf, 0),
        (0, 2, "orders", "web", 4, 1),
        (4, 2, "web", "orders", inf, 0),
        (5, 2, "orders", "web", 9, 2),
        (5, 2, "web", None, inf, 0),
        (6, 1, "news", "news", inf, 0),
        (6, 1, "news", None, inf, 0),
        (6, 1, "news", "orders", 9, 0),
        (10, 1, "orders", "web", 14, 1),
        (11, 1, "web", None, inf, 0),
    ]


def test_a_message_keeps_its_number_from_a_topic_through_a_queue_to_the_dead_letters():
    world = World(1)
    topic, dead = Topic(world, "news"), Queue(world, "dead")
    queue = Queue(world, "inbox", visibility_timeout=5, dead_letter_target=dead, max_receive_count=1)
    other = Queue(world, "other")
    topic.subscribe("sqs", queue)
    Senders(world, "elsewhere", traffic=Requests((1, 0)), to=other)
    Senders(world, "press", traffic=Requests((3, 0)), to=topic)
    Workers(world, "reader", queue=queue, count=1, fails=("/",), work="fixed", mean_work=1)
    world.run(60)
    names = {part: one.name for part, one in enumerate(world.record.parts)}
    found = [
        (move.time, move.message, names[move.source], names.get(move.target)) for move in ways(world.record)
    ]
    mine = [move for move in found if move[1] == 1]
    assert [(source, target) for _, _, source, target in mine] == [
        ("press", "news"),
        ("news", "inbox"),
        ("inbox", "reader 1"),
        ("reader 1", "inbox"),
        ("inbox", "dead"),
    ]
    assert [move[2:] for move in found if move[1] != 1] == [("elsewhere", "other")]


def test_of_a_fan_out_each_copy_waits_until_it_is_deleted():
    world = World(1)
    topic = Topic(world, "news")
    queues = [Queue(world, name) for name in ("first", "second")]
    for queue in queues:
        topic.subscribe("sqs", queue)
    Senders(world, "press", traffic=Requests((1, 0), (2, 0)), to=topic)
    Workers(world, "reader", queue=queues[0], work="fixed", mean_work=1)
    world.run(60)
    assert "2 messages were published, 2 copies delivered and 2 waiting" in describe(world.record)
    Workers(world, "other", queue=queues[1], work="fixed", mean_work=1)
    world.run(90)
    assert "2 messages were published and 4 copies delivered" in describe(world.record)


def test_what_is_made_of_messages_is_made_once_until_one_of_them_changes(shop, monkeypatch):
    """A stage, its level, its words and a chart want the same ways; a delete at the very end is no longer the same."""
    record, queue, _ = shop
    made = Counter()
    for module, name in ((moves, "_sorted_ways"), (standing, "_visible")):
        counted = count_calls(made, name, getattr(module, name))
        monkeypatch.setattr(module, name, counted)
    Stage(record)
    describe(record)
    charts.shelves(record)
    assert made == {"_sorted_ways": 1, "_visible": 1}
    assert sorted_ways(record) is sorted_ways(record)
    before = ways(record)
    handout = next(row for row, fate in enumerate(queue.table.fate) if fate == Fate.DELETED)
    queue.table.fate[handout] = Fate.FAILED
    assert ways(record) != before
    queue.table.fate[handout] = Fate.DELETED
    assert ways(record) == before
    queue.table.until[handout] = 299.5
    assert ways(record) != before
    assert made["_sorted_ways"] == 4


def count_calls(made: Counter, name: str, function):
    """`function`, with its calls counted under `name`."""

    def counted(*values):
        made[name] += 1
        return function(*values)

    return counted


def test_copies_that_change_are_noticed_too():
    world = World(1)
    topic = Topic(world, "news")
    made = topic.subscribe("sqs", Queue(world, "inbox"))
    Senders(world, "press", traffic=Requests((3, 0)), to=topic)
    world.run(60)
    before = tallies(world.record, topic.part)
    assert tallies(world.record, topic.part) is before
    made.copies.outcome[0] = Outcome.LOST
    assert tallies(world.record, topic.part)[made.copies.subscriber]["lost"].values[-1] == 1


@pytest.mark.parametrize(
    "colours, filtered", [(["red", "red"], 0), (["red", "blue"], 1), (["blue", "blue"], 2)]
)
def test_each_publish_that_a_filter_stops_is_counted(colours, filtered):
    world = World(1)
    topic, inbox = Topic(world, "news"), Queue(world, "inbox")
    topic.subscribe("sqs", inbox, filter_policy={"colour": ["red"]})
    for colour in colours:
        topic.publish("news", message_attributes={"colour": {"DataType": "String", "StringValue": colour}})
    world.run(9)
    words = tallies(world.record, topic.part)[inbox.part]
    assert (words["filtered"].at(9), words["waiting"].at(9)) == (filtered, 2 - filtered)


@pytest.mark.parametrize("seed", range(6))
def test_of_several_topics_before_one_queue_each_counts_its_own_copies(seed):
    """Each copy is followed by itself; some are lost, purged or filtered, and some messages are sent by hand."""
    dice, world = Random(seed), World(seed)
    dead = Queue(world, "dead")
    inbox = Queue(world, "inbox", visibility_timeout=3, dead_letter_target=dead, max_receive_count=2)
    topics = [Topic(world, name) for name in ("news", "sport")]
    listening = [topic.subscribe("sqs", inbox, dead_letter_target=dead) for topic in topics]
    listening[1].topic.set_subscription_attributes(listening[1], filter_policy={"colour": ["red"]})
    listening.append(topics[0].subscribe("http", Endpoint(world, "web")))
    Workers(world, "reader", queue=inbox, count=2, mean_work=1.5)

    def day():
        for _ in range(60):
            yield world.timeout(dice.uniform(0.1, 1.5))
            colour = {"colour": {"DataType": "String", "StringValue": dice.choice(("red", "blue"))}}
            dice.choice(topics).publish("one", message_attributes=colour)
            if dice.random() < 0.2:
                inbox.send_message("by hand")
            if dice.random() < 0.1:
                endpoint = dice.choice(listening).endpoint
                dice.choice((endpoint.delete, endpoint.restore, endpoint.fail))()
        inbox.purge_queue()

    world.process(day())
    record = world.run(100)
    for topic in topics:
        for time in (0, *(dice.uniform(0, 100) for _ in range(40)), 100):
            assert tally_at(record, topic.part, time) == tallied(record, topic.part, time)
        told = [row for row, _ in enumerate(topic.table.published)]
        texts = kind_named("topic").tales(record, [topic.part])
        for row in told[:20]:
            lines = [text for _, text in texts[Numbers(record).of_publish(topic.part, row)]]
            assert sum("is done and deletes it" in line for line in lines) <= 1


def tallied(record, topic, time) -> dict:
    """Where the copies of a topic's messages are, for each who listens and for its dead letters: one by one."""
    table, found = record.topics[topic], {}
    for copies in table.copies:
        now = found.setdefault(copies.subscriber, Counter())
        made = set(copies.publish)
        last = len(table.published) if copies.last is None else copies.last
        first = last if copies.first is None else copies.first
        now["filtered"] += sum(table.published[row] <= time for row in range(first, last) if row not in made)
        for row, ended, outcome in zip(copies.publish, copies.ended, copies.outcome, strict=True):
            now["waiting"] += table.published[row] <= time < ended
            now["lost"] += outcome == Outcome.LOST and ended <= time
            now["delivered"] += (
                outcome == Outcome.DELIVERED and ended <= time and copies.subscriber not in record.queues
            )
    for part in {copies.dead_letters for copies in table.copies} - {None}:
        found.setdefault(part, Counter())
    for part, now in found.items():
        queue = record.queues.get(part)
        for row, sent in enumerate(queue.sent if queue else ()):
            if sent > time or topic_of(record, part, row) != topic:
                continue
            ends = [
                queue.ended[handout]
                for handout, taken in enumerate(queue.message)
                if taken == row and queue.fate[handout] == Fate.DELETED
            ]
            done = min(ends, default=inf) <= time
            now["delivered"] += done
            now["waiting"] += not done and queue.left.get(row, (inf, ""))[0] > time
    words = ("delivered", "waiting", "lost", "filtered")
    return {part: {word: now[word] for word in words} for part, now in found.items()}


def topic_of(record, part, row) -> int | None:
    """The topic that published what lies in a queue; None where it was sent by hand."""
    while row in record.queues[part].was:
        part, row = record.queues[part].was[row]
    queue = record.queues[part]
    origin = queue.origin[row] if row < len(queue.origin) else 0
    return queue.sources[origin - 1] if origin else None


def test_a_move_that_is_entered_anew_is_noticed():
    world = World(1)
    record = world.record
    first, second = record.add_part("first", "queue"), record.add_part("second", "queue")
    record.move(1, 1, first, second)
    world.run(5)
    assert ways(record)[0].target == second
    record.moves[0] = record.moves[0]._replace(target=None)
    assert ways(record)[0].target is None


def test_nobody_can_alter_the_ways_that_are_kept(shop):
    record, _, _ = shop
    assert isinstance(ways(record), tuple)
    assert isinstance(came_back(record), tuple)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_called_between_two_looks_what_is_kept_is_what_is_made_anew(seed):
    dice, shop = Random(seed), Between(seed)
    calls = [name for name in vars(Between) if not name.startswith("_")]
    for _ in range(120):
        call = dice.choice(calls)
        with suppress(InvalidParameter):  # such as a second purge within a minute
            getattr(shop, call)(dice)
        record, topic = shop.world.record, shop.topic.part
        kept = seen(record, topic)
        record.derived = {}
        assert kept == seen(record, topic), call
    assert shop.held


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_called_the_shelves_hold_what_the_queues_count_and_the_past_stays(seed):
    """The queues count by rows; here each message is followed along its ways, and what was counted then is kept."""
    dice, shop = Random(seed), Between(seed)
    calls = [name for name in vars(Between) if not name.startswith("_")]
    then = []
    for _ in range(150):
        with suppress(InvalidParameter):
            getattr(shop, dice.choice(calls))(dice)
        shop.world.run(shop.world.now + dice.uniform(0.01, 0.7))
        then.append((shop.world.now, [queue.counts() for queue in shop.queues]))
        shop.world.run(shop.world.now + 0.01)
    record = shop.world.record
    for time, counted in then:
        found = [counts(queue.table, time) for queue in shop.queues]
        assert found == counted and min(map(min, found)) >= 0
        lying, hidden = where(record, time)
        assert [lying[queue.part] for queue in shop.queues] == [one.visible for one in found]
        assert sum(hidden.values()) == sum(one.delayed + one.in_flight for one in found)
        others = [counts(table, time) for part, table in record.queues.items() if part != shop.dead.part]
        assert visible(record).at(time) == sum(one.visible for one in others)
        assert in_flight(record).at(time) == sum(one.in_flight for one in others)
    assert min(visible(record).values) >= 0 == min(in_flight(record).values)
    assert ends(record) == followed(record)


def where(record, time) -> tuple[Counter, Counter]:
    """How many messages anyone may take, and how many are hidden, at each part."""
    there: dict[tuple, float] = {}
    for move in ways(record):
        if move.time <= time:
            there.pop((move.source, move.message), None)
            there[move.target, move.message] = move.until
    hidden = Counter(part for (part, _), until in there.items() if time < until < inf)
    return Counter(part for part, _ in there) - hidden, hidden


def followed(record) -> tuple[int, int, int]:
    """How many messages moved, are gone with all their copies, and were received again."""
    copies: dict[int, set] = {}
    for move in ways(record):
        places = copies.setdefault(move.message, set())
        places.discard(move.source)
        places.add(move.target)
    gone = sum(places == {None} for places in copies.values())
    return len(copies), gone, sum(move.received > 1 for move in ways(record))


def seen(record, topic) -> list:
    """All that is made once of a record's messages."""
    return [make(record) for make in (ways, visible, in_flight, came_back)] + [tallies(record, topic)]


class Between:
    """A topic before one queue, another queue with dead letters, and all that may be called there."""

    def __init__(self, seed: int):
        self.world = world = World(seed)
        self.dead, self.inbox = Queue(world, "dead"), Queue(world, "inbox")
        self.orders = Queue(
            world, "orders", visibility_timeout=5, dead_letter_target=self.dead, max_receive_count=2
        )
        self.queues = (self.orders, self.inbox, self.dead)
        self.topic = Topic(world, "news")
        self.listeners = [self.topic.subscribe("sqs", self.inbox)]
        self.held: list[tuple] = []

    def send(self, dice):
        for _ in range(3):
            self.orders.send_message("one")

    def delay(self, dice):
        self.orders.send_message("late", delay_seconds=dice.choice((0.4, 9)))
        dice.choice(self.queues).set_queue_attributes(delay_seconds=dice.choice((0, 0, 2)))

    def publish(self, dice):
        self.topic.publish("one")

    def receive(self, dice):
        for queue in self.queues:
            got = self.world.process(queue.receive_message(max_number_of_messages=2))
            self.world.run(self.world.now + 0.5)
            self.held += [(queue, message) for message in got.value]

    def delete(self, dice):
        for queue, message in self.held[-1:]:
            queue.delete_message(message.receipt_handle)

    def hide(self, dice):
        for queue, message in self.held[-1:]:
            queue.change_message_visibility(message.receipt_handle, dice.choice((0, 7)))

    def purge(self, dice):
        dice.choice(self.queues).purge_queue()

    def redrive(self, dice):
        start_message_move_task(self.dead, self.orders)

    def subscribe(self, dice):
        another = Queue(self.world, f"inbox-{len(self.world.record.parts)}")
        self.listeners.append(self.topic.subscribe("sqs", another))

    def unsubscribe(self, dice):
        if self.listeners:
            self.topic.unsubscribe(self.listeners.pop())

    def set_attributes(self, dice):
        self.orders.set_queue_attributes(visibility_timeout=dice.choice((3, 5, 9)))
        dice.choice(self.queues).set_queue_attributes(message_retention_period=dice.choice((60, 90, 900)))

    def run(self, dice):
        self.world.run(self.world.now + dice.choice((1, 6, 70)))
