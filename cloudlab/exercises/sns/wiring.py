"""The half hour of E11: a topic, five services that listen in the way that the answer says, and what each got.

Read `half_hour` first. A service that works from a later minute on, or is away, can't be reached until then; what
lies in its queue waits for it. Services that share a queue take from it in turn.

A variant holds {service: {"wants": a want, "from": minute, "away": [minute, minute] or None}}.
"""

from dataclasses import dataclass

from cloudlab.exercises.sns.orders import any_order, attributes, wanted
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.messages import Outcome
from cloudlab.sns import Endpoint, Topic
from cloudlab.sns.filters import wants as passes
from cloudlab.sns.subscription import CONFIRMS
from cloudlab.sqs import Queue

SERVICES = ("printing", "parcels", "invoices", "office", "statistics")

WAYS = {
    "printing": ("queue",),
    "parcels": ("https", "queue"),
    "invoices": ("lambda", "queue"),
    "office": ("email",),
    "statistics": ("https", "queue"),
}
"""In which ways each service can be reached."""

MINUTES, EVERY = 30, 20.0
"""How long orders come, and how many seconds lie between two of them."""


@dataclass
class Result:
    """What one service was to get, what it got, and what its filter lets pass, as rows of the topic."""

    service: str
    wanted: set[int]
    got: set[int]
    passing: set[int]
    early: set[int]
    """Rows that were published before it subscribed."""
    shared: bool
    pending: bool
    orders: list[dict]


def way_of(endpoint: str) -> str:
    """The way that an endpoint stands for: any name that begins with `queue-` is a queue."""
    return "queue" if endpoint.startswith("queue-") else endpoint


def half_hour(answer: dict, variant: dict, seed: int, *, easy: bool = False) -> list[Result]:
    """What each service got. `easy`: all are there from the first minute on, and nobody is ever away."""
    world = BoundedWorld(seed)
    topic = Topic(world, "orders")
    places = {name: _place(world, name, answer[name]["endpoint"]) for name in SERVICES}
    queues = {name: Queue(world, name) for name in sorted(set(places.values()) - {None} - set(SERVICES))}
    subscriptions: dict = {}
    for name in SERVICES:
        chosen, given = answer[name], variant["services"][name]
        place = queues.get(places[name]) or Endpoint(world, name)
        if not easy and isinstance(place, Endpoint):
            for start, end in spells(given):
                world.process(_away(world, place, start, end))
        world.process(_subscribe(world, topic, name, chosen, place, subscriptions))
    orders: list[dict] = []
    world.process(_publish(world, topic, orders))
    world.run(until=60.0 * (MINUTES + 2))
    return [_result(name, answer, variant, topic, subscriptions, orders) for name in SERVICES]


def spells(given: dict) -> list[tuple[float, float]]:
    """When a service can't be reached (s): before it works, and while it is away."""
    before = [(0.0, 60.0 * given["from"])] if given["from"] else []
    return before + ([(60.0 * given["away"][0], 60.0 * given["away"][1])] if given["away"] else [])


def _place(world, name: str, endpoint: str) -> str:
    """The name of the queue, or that of the service where it is reached itself."""
    return endpoint if way_of(endpoint) == "queue" else name


def _away(world, place: Endpoint, start: float, end: float):
    """It can't be reached for a while. A SimPy process."""
    yield world.until(start)
    place.fail(503)
    yield world.until(end)
    place.restore()


def _subscribe(world, topic: Topic, name: str, chosen: dict, place, subscriptions: dict):
    """It subscribes at its minute, or shares what another one has subscribed. A SimPy process."""
    yield world.until(60.0 * chosen["subscribe_at"])
    known = next((one for one in topic.subscriptions if one.endpoint.part == place.part), None)
    protocol = "sqs" if isinstance(place, Queue) else chosen["endpoint"]
    made = known or topic.subscribe(protocol, place, filter_policy=chosen["filter_policy"])
    if made.pending and chosen["confirm"]:
        topic.confirm_subscription(made.token)
    subscriptions[name] = made


def _publish(world, topic: Topic, orders: list[dict]):
    """An order every so often. A SimPy process."""
    dice = world.dice("orders")
    for number in range(1, int(60 * MINUTES / EVERY)):
        yield world.until(EVERY * number + 7)
        orders.append(any_order(dice))
        topic.publish(f"order {number}", message_attributes=attributes(orders[-1]))


def _result(name: str, answer, variant, topic: Topic, subscriptions: dict, orders: list[dict]) -> Result:
    made, policy = subscriptions[name], answer[name]["filter_policy"]
    sharing = [other for other in SERVICES if subscriptions[other] is made]
    copies = made.copies
    rows = zip(copies.publish, copies.outcome, strict=True)
    taken = [row for row, outcome in rows if outcome == Outcome.DELIVERED]
    start = 60.0 * answer[name]["subscribe_at"]
    return Result(
        name,
        {row for row, order in enumerate(orders) if wanted(variant["services"][name]["wants"], order)},
        set(taken[sharing.index(name) :: len(sharing)]),
        {row for row, order in enumerate(orders) if passes(policy, attributes(order))},
        {row for row, time in enumerate(topic.table.published) if time < start},
        len(sharing) > 1,
        made.protocol in CONFIRMS and made.pending,
        orders,
    )
