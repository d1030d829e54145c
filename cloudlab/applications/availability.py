"""How often an application works, as a formula.

In a row, all must work: multiply. Side by side, one is enough: multiply what is missing. So ten parts of 99 % in a
row give 90.4 %, and two of 99 % of which one is enough give 99.99 %. Read `availability` first.
"""

from collections.abc import Iterator
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
    needed = list(_needed(design, design.names[0]))
    shared = [name for name in design.names if needed.count(name) > 1]
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
        total += prod(chances) * _works(design, design.names[0], known)
    return total


@checked()
def monolith_availability(
    design: Design, instances: Annotated[int, Limit(1, 100, "instances", label="Instances")] = 1
) -> float:
    """The share of time in which one of so many copies of a monolith works.

    All components are in one process, and each can take it down, be it needed or not.
    """
    return of_instances(prod(one.availability for one in design.components), instances)


def _needed(design: Design, name: str) -> Iterator[str]:
    """This component and all that it needs, each as often as a way leads to it."""
    yield name
    for arrow in design.arrows_from(name):
        if not arrow.asynchronous and arrow.fallback != DEFAULT:
            for one in (arrow.callee, arrow.fallback):
                if one is not None:
                    yield from _needed(design, one)


def _own(component: Component) -> float:
    return of_instances(component.availability, component.instances)


def _works(design: Design, name: str, known: dict[str, bool]) -> float:
    """The chance that this component answers well. `known` says which of the shared ones are up."""
    chance = float(known[name]) if name in known else _own(design.component(name))
    for arrow in design.arrows_from(name):
        if arrow.asynchronous or arrow.fallback == DEFAULT:
            continue
        good = _works(design, arrow.callee, known)
        if arrow.fallback is not None:
            good = 1 - (1 - good) * (1 - _works(design, arrow.fallback, known))
        chance *= good
    return chance
