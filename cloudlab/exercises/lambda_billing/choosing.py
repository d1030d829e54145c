"""Days of calls for E16 as plain data, what is right for each, and wrong ideas of that.

Read `right` first. A choice is (way, servers, dollars of the day). An idea is a wrong rule that somebody may have: an
answer that agrees with it has that idea.
"""

from collections.abc import Callable
from math import ceil
from random import Random

WAYS = ("servers", "function")

BUSY = 0.8
"""Servers may be so busy in the busiest hour, at most: more makes calls wait."""

ZONES = 2
"""So many servers at least, each in a zone of its own."""

Choice = tuple[str, int, float]

HOURS = range(24)


def given_of(dice: Random) -> dict:
    """The prices, and what a call is: the same for the six days of one seed."""
    seconds = dice.choice((1.5, 2.0, 3.0))
    return {
        "dollars_an_hour_of_a_server": 0.1008,
        "calls_at_once_on_a_server": 8,
        "seconds_of_a_call_on_a_server": seconds,
        "dollars_an_hour_of_the_balancer": 0.0225,
        "memory_gb_of_the_function": dice.choice((0.5, 1.0)),
        "seconds_of_a_call_of_the_function": round(seconds * dice.choice((1.0, 1.2)), 2),
        "dollars_a_gb_second": 0.0000166667,
        "dollars_a_million_calls": 0.20,
    }


def days(dice: Random, given: dict, easy: bool = False) -> list[list[int]]:
    """Six days: calls in each hour. Their sizes are drawn around the rate at which both ways cost the same."""
    even = server_dollars(given, ZONES) / 24 / call_dollars(given)
    shapes: tuple[Callable[[int], float], ...] = (
        lambda hour: 0.2 * dice.uniform(0.6, 1.4),  # quiet
        lambda hour: dice.uniform(3, 5) if hour in (9, 19) else 0.2,  # spiky
        lambda hour: dice.uniform(2.5, 3.5) if hour < 4 else 0.03,  # nightly
        lambda hour: dice.uniform(0.6, 0.75),  # steady, and little: a single server would do
        lambda hour: dice.uniform(2.2, 2.8),  # busy all day
        lambda hour: dice.uniform(3.5, 8) if hour in (8, 12, 18, 19, 20, 21) else 1.4,  # busy, with rushes
    )
    if easy:
        return [[int(level * even)] * 24 for level in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)]
    scale = dice.uniform(0.9, 1.1)
    return [[max(1, int(shape(hour) * scale * even)) for hour in HOURS] for shape in shapes]


def call_dollars(given: dict) -> float:
    """What one call of the function costs."""
    gb_seconds = given["memory_gb_of_the_function"] * given["seconds_of_a_call_of_the_function"]
    return gb_seconds * given["dollars_a_gb_second"] + given["dollars_a_million_calls"] / 1e6


def function_dollars(day: list[int], given: dict) -> float:
    """What a day costs with the function."""
    return sum(day) * call_dollars(given)


def server_dollars(given: dict, servers: int) -> float:
    """What a day costs with so many servers."""
    hour = servers * given["dollars_an_hour_of_a_server"] + given["dollars_an_hour_of_the_balancer"]
    return 24 * hour


def needed(calls: float, given: dict, least: int = ZONES) -> int:
    """So many servers are at most `BUSY` with so many calls in an hour."""
    at_once = calls * given["seconds_of_a_call_on_a_server"] / 3600
    return max(least, ceil(at_once / (BUSY * given["calls_at_once_on_a_server"]) - 1e-9))


def cheaper(day: list[int], given: dict, servers: int, price: float | None = None) -> Choice:
    """The cheaper of so many servers and the function; `price` is what somebody thinks the servers cost."""
    rented = server_dollars(given, servers) if price is None else price
    called = function_dollars(day, given)
    return ("servers", servers, rented) if rented < called else ("function", 0, called)


def right(day: list[int], given: dict) -> Choice:
    """The cheaper way, with servers enough for the busiest hour, and in two zones."""
    return cheaper(day, given, needed(max(day), given))


def dollars_of(way: str, servers: int, day: list[int], given: dict) -> float:
    """What a choice really costs in the day; infinite where its servers are too few."""
    if way == "function":
        return function_dollars(day, given)
    return float("inf") if servers < needed(max(day), given) else server_dollars(given, servers)


def _always_function(day: list[int], given: dict) -> Choice:
    return "function", 0, function_dollars(day, given)


def _always_servers(day: list[int], given: dict) -> Choice:
    servers = needed(max(day), given)
    return "servers", servers, server_dollars(given, servers)


def _without_idle(day: list[int], given: dict) -> Choice:
    """The servers' hours are priced only for the share that is at work."""
    servers = needed(max(day), given)
    work = sum(day) * given["seconds_of_a_call_on_a_server"] / 3600 / given["calls_at_once_on_a_server"]
    door = 24 * given["dollars_an_hour_of_the_balancer"]
    return cheaper(day, given, servers, work * given["dollars_an_hour_of_a_server"] + door)


def _one_zone(day: list[int], given: dict) -> Choice:
    return cheaper(day, given, needed(max(day), given, least=1))


def _by_the_mean(day: list[int], given: dict) -> Choice:
    return cheaper(day, given, needed(sum(day) / 24, given))


IDEAS: dict[str, tuple[Callable[[list[int], dict], Choice], ...]] = {
    "forgets_two_zones": (_one_zone,),
    "forgets_idle": (_without_idle,),
    "by_the_mean": (_by_the_mean,),
    "always_lambda": (_always_function,),
    "always_ec2": (_always_servers,),
}
"""The codes, and the rules that lead to them; of two that explain as much, the first is named."""
