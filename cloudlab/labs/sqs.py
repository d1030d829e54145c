"""The scenarios of lesson 06: a queue with workers, and the shop of lesson 04 built anew with a topic and queues.

Read `scenario` first: ten lines in which a shop leaves its print orders in a queue, and workers pull them.
`rebuilt` is the shop whose parts no longer wait for each other. The other functions read from a record what a
learner asks of it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial
from math import inf, log
from random import Random
from typing import Annotated

from cloudlab.applications import Arrow, Component, Design, Microservices
from cloudlab.kernel import measures
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.messages import Fate, QueueTable, counts, done_again
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.sns import Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.consumer import Consumer
from cloudlab.sqs.message import Timeout
from cloudlab.sqs.workers import Worker
from cloudlab.traffic import Customers, Senders, steady
from cloudlab.traffic.shapes import DAY, Shape

LENGTH = 600.0
"""Seconds of a run."""

EVERY = 10.0
"""Seconds from one print order to the next, on average."""

KILL = 60.0
"""The moment (s) at which the button kills a worker before there is a stage to press on."""

Count = Annotated[int, Limit(1, 50, "workers", choices=(2, 4, 8), label="Workers")]
MeanWork = Annotated[int, Limit(1, 3600, "s", choices=(5, 20, 60), label="Work, mean")]


@checked()
def scenario(
    seed: int = 1,
    *,
    visibility_timeout: Timeout = 30,
    workers: Count = 4,
    mean_work: MeanWork = 20,
    kill_one: Annotated[tuple[float, ...], Action("A worker dies", (KILL,))] = (),
) -> Record:
    """Ten minutes of a shop that leaves a print order in a queue every 10 s, on average.

    Each of the `workers` takes one order, prints it, and deletes the message. A print takes `mean_work` on average,
    exponentially spread. Who dies is a worker that has an order in hand, if there is one.
    """
    world = World(seed)
    orders = Queue(world, "orders", visibility_timeout=visibility_timeout)
    Senders(world, "shop", traffic=steady(1 / EVERY), to=orders)
    printers = Workers(world, "Worker", queue=orders, count=workers, mean_work=mean_work)
    for moment in kill_one:
        world.process(_kill(world, printers, moment))
    return world.run(until=LENGTH)


def _kill(world: World, pool: Workers, moment: float):
    """At `moment` (s) the first worker that is at work dies. A SimPy process."""
    yield world.timeout(moment)
    world.advance()
    alive = [worker for worker in pool.workers if worker.alive]
    busy = [worker for worker in alive if worker.at_work(world.now)]
    for victim in (busy or alive)[:1]:
        pool.kill(victim)


# A consumer of the learner's own

DEATHS, AWAY = (62.0, 200.0, 350.0), 20.0
"""When the first of the learner's consumers dies, and for how long it is away (s)."""


@checked()
def practice(program: Callable, *, seed: int = 1) -> tuple[Record, list[str]]:
    """Ten minutes as in `scenario`, in which four consumers run `program`, and one dies three times.

    The program gets a client and a list that outlives it. Returns the record and that list. Raises InvalidParameter
    where the program yields something that is no call.
    """
    world = World(seed)
    orders = Queue(world, "orders")
    shipped: list[str] = []
    Senders(world, "shop", traffic=Photos(1 / EVERY, 0), to=orders)
    consumers = [
        Consumer(world, f"Worker {number}", queue=orders, program=program, handed=(shipped,))
        for number in range(1, 5)
    ]
    world.process(_die_again_and_again(world, consumers[0]))
    try:
        return world.run(until=LENGTH), shipped
    finally:
        for consumer in consumers:
            consumer.end()


def _die_again_and_again(world: World, consumer: Consumer):
    """A consumer dies at each of `DEATHS`, and begins anew a little later. A SimPy process."""
    for moment in DEATHS:
        yield world.timeout(moment - world.now)
        consumer.kill()
        yield world.timeout(AWAY)
        consumer.restart()


def work_of(order: str) -> float:
    """Seconds that it takes to print an order: 20 on average, exponentially spread, the same for each try."""
    return round(20 * -log(1 - Random(f"print {order}").random()), 3)


# Poison: an order that can't be printed, however often it is tried

DeadLetters = Annotated[
    str,
    Limit(
        choices=("none", "after 1", "after 3", "after 10"),
        label="Dead letters",
        names=(("after 1", "after 1 try"), ("after 3", "after 3 tries"), ("after 10", "after 10 tries")),
    ),
]
TRIES = {"none": 1000, "after 1": 1, "after 3": 3, "after 10": 10}

BROKEN = 0.08
"""Share of the orders that hold a broken photo: the work on them fails each time."""


class Photos(Shape):
    """Orders at a steady `rate` (a second), of which a share `broken` hold a photo that can't be printed."""

    paths = ("order", "broken photo")

    def __init__(self, rate: float, broken: float):
        super().__init__(lambda time: rate, grain=DAY)
        self.broken = broken

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple]:
        """As of any shape; dice of their own say which order is broken."""
        own = Random(dice.random())
        for covered, times, _, works in super().chunks(dice, regular):
            yield covered, times, [int(own.random() < self.broken) for _ in times], works


@checked()
def poison(
    seed: int = 1,
    *,
    dead_letters: DeadLetters = "none",
    visibility_timeout: Timeout = 30,
    kill_one: Annotated[tuple[float, ...], Action("A worker dies", (KILL,))] = (),
) -> Record:
    """Ten minutes as in `scenario`, in which some orders hold a broken photo, so that the work on them fails.

    Four workers print for 10 s on average. `dead_letters` says after how many tries a message goes to a queue of its
    own for them.
    """
    world = World(seed)
    dead = None if dead_letters == "none" else Queue(world, "dead-letters")
    orders = Queue(
        world,
        "orders",
        visibility_timeout=visibility_timeout,
        dead_letter_target=dead,
        max_receive_count=TRIES[dead_letters],
    )
    Senders(world, "shop", traffic=Photos(1 / EVERY, BROKEN), to=orders)
    printers = Workers(world, "Worker", queue=orders, count=4, mean_work=10, fails=("broken photo",))
    for moment in kill_one:
        world.process(_kill(world, printers, moment))
    return world.run(until=LENGTH)


# Long polls and short ones

HOUR = 3600.0


@checked()
def quiet(
    seed: int = 1,
    *,
    wait_time_seconds: Annotated[int, Limit(0, 20, "s", choices=(0, 5, 20), label="Wait for messages")] = 0,
) -> Record:
    """A quiet hour: an order a minute on average, one worker that prints for 1 s, and asks anew after 1 s at once."""
    world = World(seed)
    orders = Queue(world, "orders")
    Senders(world, "shop", traffic=steady(1 / 60), to=orders)
    Workers(world, "Worker", queue=orders, work="fixed", mean_work=1, wait_time_seconds=wait_time_seconds)
    return world.run(until=HOUR)


# The shop of lesson 04, built anew: who sells no longer waits for who tells

SALES = 0.5
"""Orders a second."""

DOWN, STILL = 120.0, 180.0
"""Mail stands still from then on, for so long (s)."""

Wiring = Annotated[
    str,
    Limit(
        choices=("direct calls", "topic and queues"),
        label="Wiring",
    ),
]


@checked()
def rebuilt(
    seed: int = 1,
    *,
    wiring: Wiring = "topic and queues",
    mailers: Annotated[int, Limit(1, 20, "workers", choices=(1, 2, 4), label="Mailers")] = 1,
) -> Record:
    """Ten minutes of lesson 04's shop, in which mail stands still for three.

    The cart needs catalogue, payment and database to sell. With `direct calls` it also waits for mail and
    recommender; with `topic and queues` it calls out that an order was placed, and each of the two has a queue.
    An e-mail is a second of work, and `mailers` send them, one at a time each.
    """
    world = World(seed)
    if wiring == "direct calls":
        shop = Microservices(world, "app", design=design(mailers), work="fixed")
        stops, goes_on = partial(shop.crash, "mail"), partial(shop.recover, "mail")
    else:
        placed = Topic(world, "order-placed")
        emails = listener(world, placed, "mail", "Post", mailers, EMAIL)
        listener(world, placed, "recommend", "Adviser", 1, SIMILAR)
        mailboxes = {("cart", "announcement"): placed}
        shop = Microservices(world, "app", design=design(), work="fixed", mailboxes=mailboxes)
        stops, goes_on = partial(each, emails.kill, emails), partial(each, emails.restart, emails)
    Customers(world, "customers", traffic=steady(SALES), to=shop, work="fixed", mean_work=0.05)
    world.process(_trouble(world, stops, goes_on))
    return world.run(until=LENGTH)


@checked()
def told(
    seed: int = 1,
    *,
    mailers: Annotated[int, Limit(1, 20, "workers", choices=(1, 2), label="Mailers")] = 1,
    stand_still: Annotated[tuple[float, ...], Action("Mail stands still for 3 min", (DOWN,))] = (),
) -> Record:
    """Ten minutes of the half of that shop that listens: a topic, a queue for each of two services, their workers."""
    world = World(seed)
    placed = Topic(world, "order-placed")
    emails = listener(world, placed, "mail", "Post", mailers, EMAIL)
    listener(world, placed, "recommend", "Adviser", 1, SIMILAR)
    Senders(world, "cart", traffic=steady(SALES), to=placed)
    for moment in stand_still:
        stops, goes_on = partial(each, emails.kill, emails), partial(each, emails.restart, emails)
        world.process(_trouble(world, stops, goes_on, moment))
    return world.run(until=LENGTH)


EMAIL, SIMILAR = 1.0, 0.5
"""Seconds of work for an e-mail, and to look for similar photos."""


def design(mailers: int | None = None) -> Design:
    """Who calls whom: with so many mailers all directly, without them the cart only calls out that it sold."""
    parts = [
        Component("cart", slots=20),
        Component("catalogue", 0.02),
        Component("payment", 0.1),
        Component("database", 0.02),
    ]
    arrows = [Arrow("cart", part.name) for part in parts[1:]]
    if mailers is None:
        announcement = Component("announcement", 0.001)
        return Design([*parts, announcement], [*arrows, Arrow("cart", "announcement", asynchronous=True)])
    told = [Component("mail", EMAIL, 1, mailers), Component("recommender", SIMILAR, 1)]
    return Design([*parts, *told], [*arrows, *(Arrow("cart", part.name) for part in told)])


def listener(world: World, topic: Topic, name: str, who: str, count: int, work: float) -> Workers:
    """A queue for a service, which listens to a topic, and so many workers at it."""
    queue = Queue(world, name)
    topic.subscribe("sqs", queue)
    return Workers(world, who, queue=queue, count=count, work="fixed", mean_work=work)


def each(do: Callable[[Worker], None], pool: Workers) -> None:
    """Do something to each worker of a pool."""
    for worker in pool.workers:
        do(worker)


def _trouble(world: World, stops: Callable[[], None], goes_on: Callable[[], None], moment: float = DOWN):
    """Mail stands still from `moment` (s) on, for `STILL` seconds. A SimPy process."""
    yield world.timeout(moment)
    stops()
    yield world.timeout(STILL)
    goes_on()


# What a learner reads from a record


def table(record: Record, name: str = "orders") -> QueueTable:
    """All that happened at the queue of that name. Raises InvalidParameter where none is called so."""
    if not record.has_part(name) or record.part(name) not in record.queues:
        raise InvalidParameter(f"name is {name!r:.60}, but no queue of this run is called so.")
    return record.queues[record.part(name)]


def printed_twice(record: Record) -> int:
    """How often an order was printed that had been printed before."""
    return done_again(table(record), record.end)


def waiting(record: Record) -> int:
    """How many orders lie in the queue at the end, for anyone to take."""
    return counts(table(record), record.end).visible


def dead(record: Record) -> int:
    """How many orders went to the dead letters."""
    return counts(table(record), record.end).dead


def outlived(record: Record) -> tuple[int, int]:
    """(how many first tries took longer than they were hidden for, of how many)."""
    rows = table(record)
    firsts = [handout for handout, count in enumerate(rows.count) if count == 1]
    return sum(rows.ended[one] >= rows.visible_again(one) for one in firsts), len(firsts)


def taken_over(record: Record) -> list[float]:
    """For each message whose worker died: seconds from the death until another worker took it; `inf` if none did."""
    rows, found = table(record), []
    for handout, fate in enumerate(rows.fate):
        if fate == Fate.BROKEN:
            message, died = rows.message[handout], rows.ended[handout]
            later = [
                rows.handed[one]
                for one in range(handout + 1, len(rows.message))
                if rows.message[one] == message
            ]
            found.append(max(0.0, min(later, default=inf) - died))
    return found


def asked(record: Record) -> tuple[int, int]:
    """(receives that brought something, receives that brought nothing) in a run with one worker at `orders`."""
    part = record.part("orders")
    series = record.series.get((part, "NumberOfEmptyReceives"))
    return len(set(record.queues[part].handed)), int(series.values[-1]) if series else 0


def sales(record: Record) -> tuple[int, int]:
    """(orders that were sold, orders that were lost) of the rebuilt shop."""
    found = measures.outcomes(record)
    return found.answered, found.failed


def emails(record: Record, late: float = 30.0) -> tuple[int, int, int]:
    """(e-mails sent in time, more than `late` seconds after the sale, still waiting) where a queue holds them."""
    rows = table(record, "mail")
    done = {
        row: ended
        for row, ended, fate in zip(rows.message, rows.ended, rows.fate, strict=True)
        if fate == Fate.DELETED and ended <= record.end
    }
    behind = sum(ended - rows.sent[row] > late for row, ended in done.items())
    return len(done) - behind, behind, len(rows.sent) - len(done)


def drained(record: Record) -> float:
    """Seconds from the moment at which the mailers go on until none of their messages waits for long."""
    rows = table(record, "mail")
    back = DOWN + STILL
    for handout in range(bisect_left(rows.handed, back), len(rows.message)):
        if rows.handed[handout] - rows.sent[rows.message[handout]] < EMAIL:
            return rows.handed[handout] - back
    return inf


BAD_DAY: dict = {
    "label": "The coat check",
    "prediction": {"06-back": (lambda run, moment: taken_over(run)[0], 90)},
    "start": {"kill_one": (62.0,)},
    "opening": (45, 74),
    "question": "Half of the ring is left. What becomes of order 7?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
