"""The two shops of E8: in each of them either the routing is the limit or the capacity.

Read `half_hour` first. A variant holds for each shop, "north" and "south", "rate" (requests a second) and
"servers" (requests a second that each can do). Whoever adds servers gets some that do one a second.
"""

from bisect import bisect_left

from cloudlab.exercises.load_balancing.times import clock
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.record import Record
from cloudlab.labs.load_balancing import NEVER_OUT, server
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady

LENGTH = 1800.0
"""Seconds of a run."""

SHOPS = ("north", "south")

ROOM = 0.97
"""A shop whose load is above this share of what its servers can do is at the limit of its capacity."""


def limit(given: dict) -> str:
    """What is the limit of a shop: 'capacity' when its servers can't do what comes, else 'routing'."""
    return "capacity" if given["rate"] > ROOM * sum(given["servers"]) else "routing"


def speeds(given: dict, size: int) -> list[float]:
    """Requests a second of each server, of `size` in all."""
    return [*given["servers"], *[1.0] * size][:size]


def rate(variant: dict, shop: str, easy: bool = False) -> float:
    """Requests a second that come to a shop."""
    return variant[shop]["rate"] / (2 if easy else 1)


def spare(answer: dict, variant: dict, shop: str) -> float:
    """Servers' worth of work (requests a second) that a shop has beyond 80 % load."""
    given = variant[shop]
    return sum(speeds(given, answer[f"{shop}_instances"])) - given["rate"] / 0.8


def half_hour(answer: dict, variant: dict, shop: str, seed: int = 1, *, easy: bool = False) -> Record:
    """Half an hour of one shop with this answer; `easy`: half as many requests."""
    world = BoundedWorld(seed)
    given, size = variant[shop], answer[f"{shop}_instances"]
    names = [f"Server {letter}" for letter in "ABCDEFGHIJKL"]
    servers = [server(world, name, speed) for name, speed in zip(names, speeds(given, size), strict=False)]
    method = answer[f"{shop}_algorithm_type"]
    balancer = LoadBalancer(world, shop, targets=servers, load_balancing_algorithm_type=method, **NEVER_OUT)
    Customers(
        world,
        "customers",
        traffic=steady(rate(variant, shop, easy)),
        to=balancer,
        work="log-normal",
        work_spread=0.5,
        mean_work=1.0,
    )
    return world.run(until=LENGTH)


def moment(record: Record, answer: dict, variant: dict, shop: str, easy: bool = False) -> list[str]:
    """Each server of a shop five minutes before the end: what it got, what it did, how many wait for it."""
    at, given, rows = LENGTH - 300, variant[shop], record.requests
    since = bisect_left(rows.arrived, at - 600)
    until = bisect_left(rows.arrived, at)
    size = answer[f"{shop}_instances"]
    lines = [
        (
            f"Shop {shop} at {clock(at)}, {answer[f'{shop}_algorithm_type']}, {size} servers. "
            f"They can do {sum(speeds(given, size)):g} requests a second, and {rate(variant, shop, easy):g} come."
        )
    ]
    for part, speed in zip(record.parts_of("instance"), speeds(given, size), strict=True):
        sent = sum(target == part for target in rows.target[since:until])
        ends = zip(rows.target[:until], rows.answered[:until], strict=True)
        waiting = sum(target == part and end > at for target, end in ends)
        got = f"got {sent / 600:.2f} in the last ten minutes, {waiting} open"
        lines.append(f"  {record.parts[part].name}  can do {speed:g} a second, {got}")
    return lines
