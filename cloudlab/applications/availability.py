"""How often an application works, as a formula.

In a row, all must work: multiply. Side by side, one is enough: multiply what is missing. So ten parts of 99 % in a
row give 90.4 %, and two of 99 % of which one is enough give 99.99 %. Read `availability` first.
"""

from collections import Counter
from itertools import product
from math import prod
from typing import Annotated

from cloudlab.applications.design import DEFAULT, Component, Design
from cloudlab.kernel.limits import InvalidParameter, Limit, checked

MOST_SHARED = 16
"""So many components at most may be needed in several places: each doubles the cases."""


def of_instances(availability: float, instances: int) -> float:
    """The share of time in which one of so many works at least, each on its own."""
    return 1 - (1 - availability) ** instances


@checked()
def availability(design: Design) -> float:
    """The share of time in which microservices answer an order well, when their components fail on their own.

    A component works while one of its instances does. An order needs the first one, and whatever that needs: the
    callee of each arrow, or its fallback. What is asynchronous is not waited for, so not needed.

    Those that are needed in several places are looked at in each case: all up, one down, and so on.
    """
    shared = _shared(design)
    if len(shared) > MOST_SHARED:
        raise InvalidParameter(
            f"design needs {len(shared)} components in several places, but may need {MOST_SHARED} at most there."
        )
    total = 0.0
    for states in product((True, False), repeat=len(shared)):
        known = dict(zip(shared, states, strict=True))
        chances = (
            _own(design.component(name)) if up else 1 - _own(design.component(name))
            for name, up in known.items()
        )
        total += prod(chances) * _works(design, design.names[0], known, {})
    return total


@checked()
def monolith_availability(
    design: Design, instances: Annotated[int, Limit(1, 100, "instances", label="Instances")] = 1
) -> float:
    """The share of time in which one of so many copies of a monolith works.

    All components are in one process, and each can take it down, be it needed or not.
    """
    return of_instances(prod(one.availability for one in design.components), instances)


def _needed(design: Design, name: str) -> list[str]:
    """Whatever a component needs itself: the callee of each arrow that it waits for, and its fallback."""
    waits = [
        arrow for arrow in design.arrows_from(name) if not arrow.asynchronous and arrow.fallback != DEFAULT
    ]
    return [one for arrow in waits for one in (arrow.callee, arrow.fallback) if one is not None]


def _shared(design: Design) -> list[str]:
    """The components to which more than one way leads; ways are counted from callers to callees, and not walked."""
    order: dict[str, None] = {}  # who needs nothing that is not there yet

    def visit(name: str) -> None:
        if name not in order:
            for one in _needed(design, name):
                visit(one)
            order[name] = None

    first = design.names[0]
    visit(first)
    ways = Counter({first: 1})
    for name in reversed(order):
        for one in _needed(design, name):
            ways[one] = min(2, ways[one] + ways[name])
    return [name for name in design.names if ways[name] > 1]


def _own(component: Component) -> float:
    return of_instances(component.availability, component.instances)


def _works(design: Design, name: str, known: dict[str, bool], found: dict[str, float]) -> float:
    """The chance that this component answers well. `known` says which of the shared ones are up.

    What a shared one needs is shared too, so its chance is 0 or 1, and may count wherever it is needed. `found`
    holds the chances that were looked up already.
    """
    if name in found:
        return found[name]
    chance = float(known[name]) if name in known else _own(design.component(name))
    for arrow in design.arrows_from(name):
        if arrow.asynchronous or arrow.fallback == DEFAULT:
            continue
        good = _works(design, arrow.callee, known, found)
        if arrow.fallback is not None:
            good = 1 - (1 - good) * (1 - _works(design, arrow.fallback, known, found))
        chance *= good
    found[name] = chance
    return chance
