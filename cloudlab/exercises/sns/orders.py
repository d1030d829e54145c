"""The orders of E11, and which of them a service wants.

A want is a list such as ["express for", 100]. Read `WANTS` first: for each kind of want its words, as the task
says them, and which orders it holds for.
"""

from collections.abc import Callable
from random import Random

COUNTRIES = ("AT", "CH", "DE", "FR")

WANTS: dict[str, tuple[str, Callable[..., bool]]] = {
    "all": ("all orders", lambda order: True),
    "speed": ("{0} orders only", lambda order, speed: order["speed"] == speed),
    "to": ("orders to {0} or {1}", lambda order, one, other: order["country"] in (one, other)),
    "not to": ("all orders but those to {0}", lambda order, country: order["country"] != country),
    "for": ("orders for {0} or more", lambda order, total: order["total"] >= total),
    "speed for": (
        "{0} orders, but only those for {1} or more",
        lambda order, speed, total: order["speed"] == speed and order["total"] >= total,
    ),
    "speed or to": (
        "all {0} orders, and besides all orders to {1}",
        lambda order, speed, country: order["speed"] == speed or order["country"] == country,
    ),
    "voucher": ("orders with a voucher", lambda order: "voucher" in order),
}
"""Words, and which orders are wanted, by the kind of a want."""


def words_of(want: list) -> str:
    """What a service wants, as a sentence's end."""
    kind, *values = want
    return WANTS[kind][0].format(*values)


def wanted(want: list, order: dict) -> bool:
    """Whether a service wants this order."""
    kind, *values = want
    return WANTS[kind][1](order, *values)


def any_order(dice: Random) -> dict:
    """An order: its speed, its country, what it costs, and perhaps a voucher."""
    order = {
        "speed": "express" if dice.random() < 0.4 else "standard",
        "country": dice.choice(COUNTRIES),
        "total": dice.randrange(10, 300),
    }
    return order | ({"voucher": "SPRING"} if dice.random() < 0.3 else {})


def attributes(order: dict) -> dict:
    """An order as the attributes of a message: total is a number, all else a text."""
    return {
        name: {"DataType": "Number" if name == "total" else "String", "StringValue": str(value)}
        for name, value in order.items()
    }
