"""Applications against one process for each call (`calls_reference`), row by row.

Times stand on a coarse grid in half of the scenes, so that ties are the rule; there are limits, retries, breakers,
fallbacks, messages, crashes, slowdowns, hangs, deploys, overloads and changes of size.
"""

from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest
from calls_reference import NOBODY, SlowApplication
from samples import some
from timetables import Requests

from cloudlab.applications import Arrow, Component, Design, Microservices, Monolith
from cloudlab.kernel.world import World
from cloudlab.traffic import Customers


@dataclass
class Scene:
    design: Design
    orders: list
    controls: list
    end: float
    seed: int
    latency: float
    works: dict = field(default_factory=dict)
    monolith: tuple | None = None


GRID = 0.125
"""A power of two, so that sums are exact."""


def scene(seed: int) -> Scene:
    dice = Random(f"calls {seed}")
    coarse = dice.random() < 0.5

    def time(low, high):
        if coarse:
            return GRID * dice.randint(low, high)
        return round(dice.uniform(GRID * low, GRID * high), 6)

    names = [f"c{place}" for place in range(dice.randint(1, 6))]
    components = [
        Component(
            name, None if name == "c0" else 1.0, slots=dice.randint(1, 3), instances=dice.choice([1, 1, 2, 3])
        )
        for name in names
    ]
    arrows = []
    for place, name in enumerate(names[1:], start=1):
        callers = {dice.randrange(place)} | ({dice.randrange(place)} if dice.random() < 0.4 else set())
        for caller in sorted(callers):
            later = dice.random() < 0.15
            others = [one for one in names[place + 1 :] if one != name]
            fallback = dice.choice([None, None, "default", *others[:1]])
            arrows.append(
                Arrow(
                    names[caller],
                    name,
                    asynchronous=later,
                    side_by_side=dice.random() < 0.3,
                    timeout=dice.choice([None, GRID * dice.randint(3, 30)]) if not later else None,
                    max_attempts=dice.choice([1, 1, 2, 3]),
                    backoff=time(1, 8),
                    jitter=0.0 if coarse else dice.choice([0.0, 1.0]),
                    breaker_failures=dice.choice([None, None, 1, 3]),
                    breaker_reset=time(4, 30),
                    fallback=None if later else fallback,
                )
            )
    now, orders = 0.0, []
    for _ in range(dice.randint(1, 60)):
        now += time(0, 4) if dice.random() < 0.9 else time(10, 60)
        orders.append((round(now, 6), time(1, 6)))
    controls, moment = [], 0.0
    for _ in range(dice.choice([0, 2, 5, 9])):
        moment += GRID * dice.randint(1, 40)
        verb = dice.choice(["crash", "crash", "recover", "recover", "slow_down", "hang", "scale", "overload"])
        values = {
            "crash": [dice.choice([None, 1])],
            "recover": [dice.choice([None, 1])],
            "slow_down": [dice.choice([0.25, 0.5, 2.0])],
            "scale": [dice.randint(1, 3)],
            "overload": [dice.choice([1.0, 2.0, 4.0]), time(8, 40)],
        }.get(verb, [])
        controls.append((moment, verb, dice.choice(names), *values))
    if dice.random() < 0.4:
        controls.append((moment + GRID, "deploy", dice.choice(names), GRID * (dice.randint(1, 20) + 0.5)))
    monolith = (dice.randint(1, 4), dice.randint(1, 3)) if dice.random() < 0.3 else None
    grid = GRID if coarse else 0.0
    it = Scene(
        Design(components, arrows), orders, controls, moment + now + 20, seed, GRID if coarse else 0.05
    )
    it.monolith, it.works["grid"] = monolith, grid
    return it


def work_of(it: Scene):
    """The work along a link: by dice, on the grid where the scene is; for others' calls one after the other."""
    counts = {}

    def work(link, order):
        if order == NOBODY:
            order = counts[link] = counts.get(link, NOBODY) + 1
        dice = Random(f"{it.seed} {link} {order}")
        return GRID * dice.randint(1, 8) if it.works["grid"] else round(dice.expovariate(3), 6)

    return work


def fast(it: Scene):
    world = World(it.seed)
    if it.monolith:
        slots, instances = it.monolith
        app = Monolith(world, "app", design=it.design, slots=slots, instances=instances)
    else:
        app = Microservices(world, "app", design=it.design, latency=it.latency)
    work = work_of(it)
    for link in (link for place in app.places.values() for group in place.groups for link in group):
        arrow = link.arrow
        link.work = partial(work, (arrow.caller, arrow.callee))
        if link.instead is not None:
            link.instead.work = partial(work, (arrow.caller, f"{arrow.fallback} in place of {arrow.callee}"))
    Customers(world, "people", traffic=Requests(*it.orders), to=app)
    for control in it.controls:
        world.process(do(world, app, work, *control))
    dice = Random(f"{it.seed} looks")
    for look in sorted([*(dice.uniform(0, it.end) for _ in range(3)), it.end]):
        world.run(look)
    return world, app


def do(world, app, work, time, verb, name, *values):
    """One control. A SimPy process."""
    yield world.timeout(time)
    if verb in ("crash", "recover"):
        getattr(app, verb)(name, instances=values[0])
    elif verb == "overload":
        app.overload(name, rate=values[0], duration=values[1])
        app.others[-1].link.work = partial(work, ("overload", name, len(app.others) - 1))
    elif verb == "deploy":
        app.deploy(name, downtime=values[0])
    else:
        getattr(app, verb)(name, *values)


def slow(it: Scene) -> SlowApplication:
    dice: dict = {}

    def luck(link):
        caller, callee = link
        name = f"{it.seed} app: {caller} to {callee} back-off"
        return dice.setdefault(link, Random(name)).random()

    latency = 0.0 if it.monolith else it.latency
    app = SlowApplication(it.design, monolith=it.monolith, latency=latency, work=work_of(it), luck=luck)
    for number, (time, work) in enumerate(it.orders):
        app.order(number, time, work)
    floods = 0
    for time, verb, name, *values in it.controls:
        if verb == "overload":
            values.append(floods)
            floods += 1
        verb = "set_speed" if verb == "slow_down" else verb
        app.control(time, verb, name, *values)
    app.env.run(it.end)
    return app


def rows_of(world, app, end):
    """(order, parent, service, arrived, started, ended, status) of each call, as it stands at the end."""
    names = [part.name for part in world.record.parts]
    found = []
    for order, parent, service, came, start, over, status in zip(*world.record.calls.columns(), strict=True):
        start = start if start < end else float("inf")
        known = over < end
        found.append(
            (order, parent, names[service], came, start, over if known else float("inf"), status * known)
        )
    return found


@pytest.mark.sampled
@pytest.mark.parametrize("seed", some(range(4000), 200))
def test_the_same_calls_at_the_same_times_as_with_a_process_for_each(seed):
    it = scene(seed)
    world, app = fast(it)
    reference = slow(it)
    columns = ("order", "parent", "service", "arrived", "started", "ended", "status")
    expected = [tuple(row[name] for name in columns) for row in reference.rows]
    assert rows_of(world, app, it.end) == expected
    requests = world.record.requests
    for order, (time, status) in reference.answers.items():
        assert (requests.answered[order], requests.status[order] == 0) == (time, status == 0)
    assert sum(end < it.end for end in requests.answered) == len(reference.answers)
