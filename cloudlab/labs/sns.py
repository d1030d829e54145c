"""The scenarios of lesson 05: six who listen to one topic, and one that sleeps.

Read `scenario` first: it builds a topic, subscribes six kinds of endpoint, and lets the shop publish its orders.
`payloads` gives what each kind of endpoint really receives.
"""

import json
from html import escape
from typing import Annotated

from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.tallies import arrived, tally_at
from cloudlab.kernel.world import World
from cloudlab.sns import Endpoint, Topic, healthy_retry_policy
from cloudlab.sqs import Queue, Workers

LENGTH = 360.0
"""Seconds of a run with six subscribers."""

EVERY = 10.0
"""Seconds from one order to the next."""

NAP, WAKE = 125.0, 270.0
"""When the parcel service and the printer fall asleep, and when they wake (s)."""

LATE = 241.0
"""When the app joins if it is late (s)."""

EXPRESS = {"speed": ["express"]}
"""A filter policy: only orders that must go out at once."""

START, LONG = 60.0, 7200.0
"""When the parcel service of `outage` falls asleep, and how long that run is (s)."""

Asleep = Annotated[
    str,
    Limit(choices=("nobody", "parcels", "printer", "both"), label="Asleep"),
]
Joins = Annotated[str, Limit(choices=("0:00", "4:01"), label="App joins")]
Courier = Annotated[str, Limit(choices=("all", "express"), label="Courier gets")]


@checked()
def scenario(
    seed: int = 1, *, asleep: Asleep = "both", joins: Joins = "4:01", courier: Courier = "all"
) -> Record:
    """Six minutes of a shop that says "order placed" to six who listen, each by another kind of endpoint.

    From 2:05 to 4:30 some are `asleep`: a web server that answers nothing, or the printer behind a queue.
    """
    world = World(seed)
    topic = Topic(world, "orders")
    prints, parcels, app = Queue(world, "prints"), Endpoint(world, "Parcels"), Endpoint(world, "App")
    printer = Workers(world, "printer", queue=prints, work="fixed", mean_work=3)
    subscribe(topic, "https", parcels)
    topic.subscribe("sqs", prints)
    subscribe(topic, "email", Endpoint(world, "Office"))
    topic.subscribe("lambda", Endpoint(world, "Invoices"))
    topic.subscribe(
        "sms", Endpoint(world, "Courier"), filter_policy=EXPRESS if courier == "express" else None
    )
    world.process(publish(world, topic, LENGTH))
    if joins == "0:00":
        topic.subscribe("application", app)
    else:
        world.process(join(world, topic, app))
    world.process(nap(world, [parcels] if asleep in ("parcels", "both") else [], WAKE))
    if asleep in ("printer", "both"):
        world.process(rest(world, printer))
    return world.run(until=LENGTH)


@checked()
def outage(
    seed: int = 1,
    *,
    minutes: Annotated[int, Limit(1, 60, "min", choices=(1, 5, 30), label="Minutes asleep")] = 5,
    retries: Annotated[int, Limit(0, 100, "retries", choices=(3, 10, 50), label="Retries")] = 3,
    dead_letters: Annotated[str, Limit(choices=("no", "yes"), label="Dead letters")] = "no",
) -> Record:
    """Ten orders a minute to a parcel service that sleeps from 1:00 on, and to a queue beside it.

    Retries come 20 s apart, as by default; there may be more of them, up to an hour's. What can't be delivered
    is lost, or goes to a queue for dead letters.
    """
    world = World(seed)
    topic = Topic(world, "orders")
    parcels = Endpoint(world, "Parcels")
    target = Queue(world, "dead-letters") if dead_letters == "yes" else None
    policy = healthy_retry_policy(num_retries=retries)
    subscribe(topic, "https", parcels, delivery_policy=policy, dead_letter_target=target)
    topic.subscribe("sqs", Queue(world, "prints"))
    world.process(publish(world, topic, START + 60 * minutes + 120))
    world.process(nap(world, [parcels], START + 60 * minutes, START))
    return world.run(until=START + 60 * minutes + 240)


def subscribe(topic: Topic, protocol: str, endpoint: Endpoint, **attributes) -> None:
    """Subscribe one that must confirm, and let it confirm at once."""
    topic.confirm_subscription(topic.subscribe(protocol, endpoint, **attributes).token)


def publish(world: World, topic: Topic, end: float):
    """An order about every ten seconds until `end` (s), one in four of them express. A SimPy process."""
    shop = world.record.add_part("Shop", "customers")
    world.record.add_link(shop, topic.part)
    dice = world.dice("orders")
    for number in range(1, int(end / EVERY)):
        yield world.until(round(EVERY * number + dice.uniform(-3, 3), 1))
        topic.publish(**order(number, express=dice.random() < 0.25))


def order(number: int, *, express: bool = False) -> dict:
    """What the shop publishes for one order."""
    body = {"order": number, "prints": 12, "size": "10x15"}
    speed = {"DataType": "String", "StringValue": "express" if express else "standard"}
    return {
        "message": json.dumps(body),
        "subject": "Order placed",
        "message_attributes": {"speed": speed},
    }


def join(world: World, topic: Topic, app: Endpoint):
    """The app subscribes late. A SimPy process."""
    yield world.until(LATE)
    topic.subscribe("application", app)


def nap(world: World, endpoints: list[Endpoint], wake: float, start: float = NAP):
    """These answer nothing from `start` to `wake` (s). A SimPy process."""
    yield world.until(start)
    for endpoint in endpoints:
        endpoint.fail(503)
    yield world.until(wake)
    for endpoint in endpoints:
        endpoint.restore()


def rest(world: World, workers: Workers):
    """The workers take nothing while they sleep. A SimPy process."""
    yield world.until(NAP)
    for worker in workers.workers:
        workers.stop(worker)
    yield world.until(WAKE)
    for worker in workers.workers:
        workers.restart(worker)


# What a learner reads from a record


def counts(record: Record) -> dict[str, dict[str, int]]:
    """For each subscriber how many copies are delivered, waiting, lost and filtered at the end of a run.

    A copy in a queue waits until a worker has deleted it; one that went to the dead letters waits there.
    """
    (topic,) = record.topics
    found = tally_at(record, topic, record.end)
    return {record.parts[part].name: words for part, words in found.items()}


def have(record: Record, number: int) -> int:
    """How many subscribers have got the order with that number by the end, be it only into their queue."""
    (topic,) = record.topics.values()
    return arrived(topic, number - 1, record.end)


def asleep(record: Record) -> bool:
    """Whether somebody slept in a run."""
    return any(entry.state in ("unavailable", "terminated") for entry in record.states)


def lost(record: Record) -> int:
    """How many copies are lost by the end of a run."""
    return sum(one["lost"] for one in counts(record).values())


def published(record: Record) -> int:
    """How many orders were published."""
    (topic,) = record.topics.values()
    return len(topic.published)


# What each kind of endpoint receives


@checked()
def receives(
    kind: Annotated[
        str, Limit(choices=("https", "sqs", "email", "email-json", "lambda", "sms", "application"))
    ],
    *,
    raw: bool = False,
    text: str | None = None,
) -> "Received":
    """What an endpoint of this kind receives when order 7 is published, as text to read.

    `raw` asks for it without the envelope, which web servers and queues may; `text` is published in place of the
    order. Raises InvalidParameter. The signature is a sample.
    """
    world = World(1)
    topic = Topic(world, "orders")
    place = Queue(world, "prints") if kind == "sqs" else Endpoint(world, "shop@example.com")
    made = topic.subscribe(kind, place, raw_message_delivery=raw)
    if made.pending:
        topic.confirm_subscription(made.token)
    topic.publish(**order(7) | ({} if text is None else {"message": text}))
    return Received(shown(made.payload(0)))


class Received(str):
    """What an endpoint received; a notebook shows it as it is, and makes no links of its addresses."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        style = "white-space: pre-wrap; overflow-wrap: anywhere"
        return f'<pre style="{style}">{escape(self)}</pre>'


def shown(payload) -> str:
    """A payload as text: JSON in several lines, a queue's message as body and attributes."""
    if isinstance(payload, dict):
        return json.dumps(payload, indent=2)
    if isinstance(payload, list):
        return "\n".join(f"segment {number}: {part}" for number, part in enumerate(payload, 1))
    if isinstance(payload, str):
        return pretty(payload)
    if len(payload) == 2:
        headers, body = payload
        return "\n".join([*(f"{name}: {value}" for name, value in headers.items()), "", pretty(body)])
    attributes = json.dumps(payload.attributes) if payload.attributes else "none"
    return f"body: {pretty(payload.body)}\nmessage attributes: {attributes}"


def pretty(text: str) -> str:
    """A text, in several lines where it is JSON with an envelope's fields."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return json.dumps(found, indent=2) if isinstance(found, dict) and "Type" in found else text


BAD_DAY: dict = {
    "label": "The loudspeaker",
    "prediction": {"05-have": lambda run: have(run, 13)},
    "opening": 134,
    "question": "Order 13 is out. How many of the six have order 13 at 6:00?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
