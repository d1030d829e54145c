"""The graphs of E10: parts with copies, and arrows that wait, leave a message, or have a fallback.

Read `any_graph` first. A graph is plain data, as the function gets it; `designed` makes a `Design` of it, whose
availability is the right result. `IDEAS` are results that follow from a wrong idea.
"""

from collections.abc import Callable
from itertools import pairwise
from math import prod
from random import Random

from cloudlab.applications import Arrow, Component, Design, availability

NAMES = ("cart", "catalogue", "payment", "mail", "database", "stock", "bank", "printer", "parcels", "archive")
SHARES = (0.9, 0.95, 0.96, 0.97, 0.98, 0.99)

Row = Callable[[list[float]], float]


def easy_graph(dice: Random) -> dict:
    """Parts in a row, one copy each."""
    names = ["cart", *dice.sample(NAMES[1:], dice.randint(2, 5))]
    arrows = [arrow(*pair) for pair in pairwise(names)]
    return {"first": "cart", "parts": {name: part(dice.choice(SHARES)) for name in names}, "arrows": arrows}


def any_graph(dice: Random) -> dict:
    """A tree of parts with copies, a message, a ready-made answer, and one or two fallbacks; none is needed twice."""
    names = ["cart", *dice.sample(NAMES[1:], dice.randint(7, 9))]
    spare = [names.pop() for _ in range(dice.randint(1, 2))]
    arrows = [
        arrow(names[dice.randrange((place + 1) // 2)], name) for place, name in enumerate(names) if place
    ]
    callers = {one["from"] for one in arrows}
    leaves = [one for one in arrows[1:] if one["to"] not in callers]
    message, ready = dice.sample(leaves, 2)
    message["message"], ready["fallback"] = True, "default"
    others = [one for one in arrows if one is not message and one is not ready]
    for one, name in zip(dice.sample(others, len(spare)), spare, strict=True):
        one["fallback"] = name
    parts = {name: part(dice.choice(SHARES), dice.choice((1, 1, 2, 3))) for name in [*names, *spare]}
    parts["cart"]["copies"] = 2
    arrows.sort(key=lambda one: (list(parts).index(one["from"]), one["to"]))
    return {"first": "cart", "parts": parts, "arrows": arrows}


def part(share: float, copies: int = 1) -> dict:
    """A part of a graph."""
    return {"availability": share, "copies": copies}


def arrow(caller: str, callee: str) -> dict:
    """An arrow of a graph: a call, without a fallback."""
    return {"from": caller, "to": callee, "message": False, "fallback": None}


def designed(graph: dict) -> Design:
    """The same as a design."""
    parts = [
        Component(
            name,
            None if name == graph["first"] else 0.1,
            instances=one["copies"],
            availability=one["availability"],
        )
        for name, one in graph["parts"].items()
    ]
    arrows = [
        Arrow(one["from"], one["to"], asynchronous=one["message"], fallback=one["fallback"])
        for one in graph["arrows"]
    ]
    return Design(parts, arrows)


def right(graph: dict) -> float:
    """The share of time in which an order is answered well."""
    return availability(designed(graph))


def computed(
    graph: dict, *, row: Row = prod, side: Row | None = None, copies=True, messages=False, ready=True
) -> float:
    """The same by hand, or with one thing wrong.

    `row` says how parts in a row are put together, `side` how a part and its fallback are. Without `copies` each
    part counts as one; with `messages` they are waited for; without `ready` a ready-made answer helps nobody.
    """
    together = side or _one_is_enough

    def works(name: str) -> float:
        one = graph["parts"][name]
        shares = [_one_is_enough([one["availability"]] * (one["copies"] if copies else 1))]
        for each in graph["arrows"]:
            if each["from"] != name or (each["message"] and not messages):
                continue
            fallback = each["fallback"]
            if fallback == "default" and ready:
                continue
            good = works(each["to"])
            shares.append(together([good, works(fallback)]) if fallback in graph["parts"] else good)
        return row(shares)

    return works(graph["first"])


def _one_is_enough(shares: list[float]) -> float:
    return 1 - prod(1 - share for share in shares)


def _added(shares: list[float]) -> float:
    return 1 - sum(1 - share for share in shares)


def _flat(graph: dict) -> list[float]:
    return [one["availability"] for one in graph["parts"].values()]


IDEAS: dict[str, list[Callable[[dict], float]]] = {
    "adds": [
        lambda graph: computed(graph, row=_added),
        lambda graph: computed(graph, row=_added, side=_added),
        lambda graph: _added(_flat(graph)),
    ],
    "as_its_parts": [
        lambda graph: computed(graph, row=min),
        lambda graph: computed(graph, row=min, side=max),
        lambda graph: min(_flat(graph)),
        lambda graph: sum(_flat(graph)) / len(_flat(graph)),
    ],
    "multiplies_parallel": [
        lambda graph: computed(graph, side=prod),
        lambda graph: computed(graph, side=prod, copies=False),
        lambda graph: computed(graph, side=prod, ready=False),
        lambda graph: prod(_flat(graph)),
    ],
    "waits_for_messages": [
        lambda graph: computed(graph, messages=True),
        lambda graph: computed(graph, messages=True, ready=False),
    ],
    "forgets_fallback": [
        lambda graph: computed(graph, side=lambda pair: pair[0]),
        lambda graph: computed(graph, side=lambda pair: pair[0], ready=False),
        lambda graph: computed(graph, ready=False),
    ],
    "forgets_copies": [lambda graph: computed(graph, copies=False)],
}
"""Results that follow from a wrong idea, by its feedback code."""
