"""The shops of E9: whom the cart calls, which answers are needed, and which parts may die.

Read `two_minutes` first. A variant holds "arrows" (texts such as 'cart -> mail'), "needed" (arrows whose answer is
shown to the customer), "die" (parts that may die, one at a time), and "pickup": the seconds that a message of each
arrow waits until somebody picks it up, if the arrow is a queue.
"""

from cloudlab.applications import Arrow, Component, Design, Microservices
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel import measures
from cloudlab.kernel.calls import CallStatus
from cloudlab.kernel.record import Record
from cloudlab.traffic import Customers, steady

LENGTH, DIES, BACK = 120.0, 30.0, 70.0
"""Seconds of a run, and when the part dies and works again."""

RATE, WORK, LATENCY = 0.5, 0.2, 0.01
"""Orders a second, seconds of work of each part for an order, and seconds of a call's way."""

AGAIN = 2.0
"""Seconds until a message whose work failed is tried again."""


def ends(arrow: str) -> tuple[str, str]:
    """Who calls whom, from 'cart -> mail'."""
    caller, _, callee = arrow.partition(" -> ")
    return caller, callee


def design(variant: dict, queues: list[str]) -> Design:
    """The shop with these arrows as queues."""
    pairs = [ends(arrow) for arrow in variant["arrows"]]
    names = dict.fromkeys(name for pair in pairs for name in pair)
    parts = [Component(name, WORK if place else None, slots=8) for place, name in enumerate(names)]
    return Design(parts, [_arrow(arrow, arrow in queues) for arrow in variant["arrows"]])


def _arrow(arrow: str, queued: bool) -> Arrow:
    return Arrow(*ends(arrow), asynchronous=True, backoff=AGAIN) if queued else Arrow(*ends(arrow))


def two_minutes(queues: list[str], variant: dict, part: str, seed: int = 1) -> Record:
    """Two minutes of the shop with these queues, in which `part` is dead from 0:30 to 1:10."""
    world = BoundedWorld(seed)
    app = Microservices(world, "shop", design=design(variant, queues), latency=LATENCY, work="fixed")
    world.process(_die(world, app, part))
    Customers(world, "customers", traffic=steady(RATE), to=app, mean_work=WORK, work="fixed")
    return world.run(until=LENGTH)


def _die(world, app, part):
    """Let a part die, and come back. A SimPy process."""
    yield world.timeout(DIES)
    app.crash(part)
    yield world.timeout(BACK - DIES)
    app.recover(part)


def lost(record: Record, queues: list[str], variant: dict) -> int:
    """How many orders failed; without an answer that is needed, all of them did."""
    if any(arrow in variant["needed"] for arrow in queues):
        return len(record.requests)
    return measures.outcomes(record).failed


def way_to(part: str, variant: dict) -> list[str]:
    """The arrows that lead from the cart to a part, the first one first."""
    into = {ends(arrow)[1]: arrow for arrow in variant["arrows"]}
    way: list[str] = []
    while part in into:
        way.insert(0, into[part])
        part = ends(into[part])[0]
    return way


def guarded(part: str, queues: list[str], variant: dict) -> bool:
    """Whether one of these queues stands on the way to a part."""
    return any(arrow in queues for arrow in way_to(part, variant))


def moment(record: Record, part: str) -> list[str]:
    """What became of the first order that was lost after `part` had died."""
    rows, calls = record.requests, record.calls
    row = next(
        (row for row, status in enumerate(rows.status) if status and rows.answered[row] <= LENGTH), None
    )
    if row is None:
        return [f"  No order was lost while {part} was dead."]
    columns = zip(calls.order, calls.service, calls.ended, calls.status, strict=True)
    ends = [
        (end, record.parts[of].name, how) for order, of, end, how in columns if order == row and end <= LENGTH
    ]
    told = [(end, f"{name}: {CallStatus(how).reason}") for end, name, how in reversed(ends)]
    lines = [(rows.arrived[row], f"order {row + 1} comes"), *sorted(told, key=lambda line: line[0])]
    return [f"  {time:6.1f} s  {words}" for time, words in lines]
