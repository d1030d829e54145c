"""The scenarios of lesson 04: a print shop of six parts, as one process or as a service each, and one part in trouble.

Read `design` first: who calls whom. Then read `day`: the same design is put together in two ways, customers
send orders, and at 0:20 one part gets into trouble for 70 s. A customer who has no answer after 15 s leaves: that
order is lost. What a queue holds is done later: after 10 s it counts as late.
"""

from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from typing import Annotated

from cloudlab.applications import Arrow, Component, Design, Microservices, Monolith, Outages, late
from cloudlab.kernel import measures
from cloudlab.kernel.calls import CallStatus, amplification
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.traffic import Customers, steady

WORK = {"catalogue": 0.4, "recommender": 0.4, "payment": 1.0, "mail": 0.6, "database": 0.4}
"""Seconds of work for an order, on average, in each part that the cart calls, or that the catalogue calls."""

CART_WORK, RATE, PATIENCE, LATENCY = 0.4, 0.5, 15.0, 0.02
"""Seconds of the cart's own work, orders a second, seconds that a customer waits, and seconds of a call's way."""

SLOTS, LATE = {"cart": 4}, 10.0
"""Slots, where it is not 2; and seconds from when on what a message brings about is late."""

BEGIN, END, LENGTH = 20.0, 90.0, 180.0
"""Trouble begins and ends, and so does the run (s)."""

MARK = 80.0
"""The moment (s) that the lesson asks about: one minute after the beginning of the trouble."""

EVEN: dict = {"work": "log-normal", "work_spread": 0.4}
"""How works differ from order to order: not much."""

HOT = 4.4
"""So many times as many orders come in a rush."""

SLOW = 0.1
"""The speed of a part that is slow."""

GUARDS: dict[str, dict] = {
    "call": {},
    "retries": {"timeout": 2.0, "max_attempts": 3, "backoff": 0.2},
    "limit": {"timeout": 2.0, "fallback": "default"},
    "breaker": {"timeout": 2.0, "fallback": "default", "breaker_failures": 3, "breaker_reset": 10.0},
    "queue": {"asynchronous": True},
}
"""What may be done about the arrow to the part in trouble."""

Shop = Annotated[str, Limit(choices=("monolith", "services"), label="Shop", names=(("monolith", "one box"),))]
Trouble = Annotated[
    str,
    Limit(choices=("recommender hangs", "mail dies", "mail deploys", "database slow"), label="Trouble"),
]
Unplanned = Annotated[str, Limit(choices=("recommender hangs", "mail dies"), label="Trouble")]
Link = Annotated[str, Limit(choices=tuple(GUARDS), label="Arrow")]


def design(links: dict[str, str] | None = None) -> Design:
    """Six parts of a shop. `links` says how the arrow to a part is built, as {part: key of `GUARDS`}, else a call.

    Raises InvalidParameter for another part, and for another key.
    """
    links = links or {}
    works = {"cart": None, **WORK}
    for part, link in links.items():
        for what, name, known in (("part", part, WORK), (f"the arrow to {part}", link, GUARDS)):
            if name not in known:
                raise InvalidParameter(f"{what} is {name!r:.60}, but must be one of {', '.join(known)}.")
    components = [Component(name, work, slots=SLOTS.get(name, 2)) for name, work in works.items()]
    arrows = [
        Arrow(caller, callee, **GUARDS[links.get(callee, "call")])
        for caller, callee in (
            ("cart", "catalogue"),
            ("catalogue", "database"),
            ("cart", "recommender"),
            ("cart", "payment"),
            ("cart", "mail"),
        )
    ]
    return Design(components, arrows)


@checked()
def scenario(seed: int = 1, *, shop: Shop = "services", trouble: Trouble = "recommender hangs") -> Record:
    """Three minutes of the shop. From 0:20 to 1:30 one part is in `trouble`; every arrow is a call."""
    return day(seed, shop=shop, trouble=trouble)


@checked()
def arrows(seed: int = 1, *, trouble: Unplanned = "recommender hangs", link: Link = "call") -> Record:
    """The same in services; `link` is how the arrow to the part in trouble is built, a key of `GUARDS`."""
    return day(seed, {trouble.split()[0]: link}, trouble=trouble)


def day(seed: int, links: dict[str, str] | None = None, *, shop="services", trouble="") -> Record:
    """The same with any arrows, as {part: 'queue'}, and any trouble, such as 'payment dies', or none."""
    world, plan = World(seed), design(links)
    app: Monolith | Microservices
    if shop == "monolith":
        app = Monolith(world, "shop", design=plan, slots=4, **EVEN)
    else:
        app = Microservices(world, "shop", design=plan, latency=LATENCY, **EVEN)
    if trouble:
        world.process(_trouble(world, app, *trouble.split()))
    traffic = steady(RATE)
    Customers(world, "customers", traffic=traffic, to=app, mean_work=CART_WORK, patience=PATIENCE, **EVEN)
    return world.run(until=LENGTH)


def _trouble(world, app, part, trouble):
    """Let `part` be in trouble from `BEGIN` to `END`. A SimPy process."""
    yield world.timeout(BEGIN)
    if trouble == "hangs":
        app.hang(part)
    elif trouble == "dies":
        app.crash(part)
    elif trouble == "slow":
        app.slow_down(part, SLOW)
    elif trouble == "deploys":
        app.deploy(part, downtime=END - BEGIN)
    yield world.timeout(END - BEGIN)
    if trouble in ("hangs", "dies", "slow"):
        app.recover(part)


@checked()
def rush(
    seed: int = 1,
    *,
    shop: Shop = "services",
    copies: Annotated[int, Limit(1, 4, "copies", choices=(1, 2, 3), label="Copies")] = 1,
) -> Record:
    """Five minutes of `HOT` times as many orders. `copies` are those of payment, or of the one box.

    The cart has room for all of them here, so that payment has the most to do.
    """
    world, plan = World(seed), design()
    app: Monolith | Microservices
    if shop == "monolith":
        app = Monolith(world, "shop", design=plan, slots=4, instances=copies, **EVEN)
    else:
        more: dict[str, dict] = {"cart": {"slots": 16}, "payment": {"instances": copies}}
        parts = [replace(one, **more.get(one.name, {})) for one in plan.components]
        app = Microservices(world, "shop", design=Design(parts, plan.arrows), latency=LATENCY, **EVEN)
    traffic = steady(HOT * RATE)
    Customers(world, "customers", traffic=traffic, to=app, mean_work=CART_WORK, patience=PATIENCE, **EVEN)
    return world.run(until=300.0)


@checked()
def row(
    seed: int = 1,
    *,
    parts: Annotated[int, Limit(1, 20, "parts", choices=(1, 5, 10), label="In a row")] = 5,
) -> Record:
    """Ten hours of parts in a row, each of which works for 99 % of the time; an order comes each minute."""
    world = World(seed)
    names = [f"part {number}" for number in range(1, parts + 1)]
    components = [
        Component(name, 0.1 if place else None, availability=0.99) for place, name in enumerate(names)
    ]
    plan = Design(components, [Arrow(*pair) for pair in pairwise(names)])
    app = Microservices(world, "shop", design=plan, work="fixed")
    Outages(app, mean_downtime=60)
    traffic = steady(1 / 60)
    Customers(world, "customers", traffic=traffic, to=app, arrivals="regular", mean_work=0.1, work="fixed")
    return world.run(until=36_000)


# What a learner reads from a record


def sold(record: Record) -> int:
    """How many orders were answered well."""
    return measures.outcomes(record).answered


def lost(record: Record) -> int:
    """How many orders failed, or were given up by their customer."""
    return measures.outcomes(record).failed


def late_orders(record: Record, part: str) -> int:
    """How many orders wait, or waited, more than `LATE` seconds for what a message to `part` is for."""
    return late(record, part, limit=LATE)


def mean_time(record: Record) -> float:
    """Seconds from arrival to answer, on average, of the orders that were sold."""
    return fmean(measures.response_times(record))


def parts_at_work(record: Record, moment: float = MARK) -> list[str]:
    """The parts that did a call well in the 20 s before `moment`."""
    calls = record.calls
    rows = zip(calls.service, calls.ended, calls.status, strict=True)
    done = {of for of, end, status in rows if moment - 20 < end <= moment and status == CallStatus.OK}
    return [record.parts[part].name for part in sorted(done)]


def storm(record: Record, part: str) -> float:
    """The calls that reach `part` for each order that reaches it, while it is in trouble."""
    return amplification(record.calls, record.part(part), since=BEGIN, until=END)


def without_letter(record: Record) -> int:
    """How many orders of the first two minutes were sold, and mail never did its part for them."""
    calls, rows, mail = record.calls, record.requests, record.part("mail")
    columns = zip(calls.service, calls.order, calls.ended, calls.status, strict=True)
    good = (CallStatus.OK, CallStatus.LATE)
    done = {order for of, order, end, how in columns if of == mail and how in good and end <= record.end}
    early = (row for row, end in enumerate(rows.answered) if end <= 120 and not rows.status[row])
    return sum(row not in done for row in early)


def one_box(record: Record) -> bool:
    """Whether the shop is one process."""
    return record.parts[record.part("shop")].attributes["shape"] == "monolith"


def troubled(record: Record) -> str:
    """The part in trouble; '' where there was none."""
    return next((record.parts[note.part].name for note in record.notes if note.part is not None), "")


def dead(record: Record) -> bool:
    """Whether a part crashed."""
    return any(entry.state == "crashed" for entry in record.states)


BAD_DAY: dict = {
    "label": "Pull the plug",
    "prediction": {"04-parts": (lambda run, moment: len(parts_at_work(run, moment)), 80)},
    "opening": 28,
    "question": "The cart waits for an extra. How many of the other five parts still get work done at 1:20?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
