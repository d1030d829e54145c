"""Topics of E12 as plain data, how many copies each subscription gets, and wrong ideas of that.

Read `right` first. An idea is a wrong rule that somebody may have: an answer that agrees with it has that idea.
"""

from collections.abc import Callable
from random import Random

SPEEDS, COUNTRIES, KINDS = ("express", "standard"), ("AT", "CH", "DE"), ("print", "frame")
VALUES = {"speed": SPEEDS, "country": COUNTRIES, "kind": KINDS}
NAMES = ("prints", "parcels", "invoices", "office", "app")


def passes(policy: dict | None, attributes: dict) -> bool:
    """All keys of a policy must be there and have one of the values."""
    return policy is None or all(attributes.get(key) in values for key, values in policy.items())


def _count(wants: Callable[[dict, dict], bool]) -> Callable[[dict, list], dict[str, int]]:
    def counted(topic: dict, messages: list) -> dict[str, int]:
        return {
            one["name"]: sum(wants(one, message) for message in messages) for one in topic["subscriptions"]
        }

    return counted


def _there(one: dict, message: dict) -> bool:
    return message["time"] >= one["since"]


def _fits(one: dict, message: dict) -> bool:
    return passes(one["filter_policy"], message["attributes"])


def _any_key(one: dict, message: dict) -> bool:
    policy, held = one["filter_policy"], message["attributes"]
    return policy is None or any(held.get(key) in values for key, values in policy.items())


def _or_missing(one: dict, message: dict) -> bool:
    policy, held = one["filter_policy"], message["attributes"]
    return policy is None or all(held.get(key, values[0]) in values for key, values in policy.items())


right = _count(lambda one, message: one["confirmed"] and _there(one, message) and _fits(one, message))
"""{name: copies}: it is confirmed, was there when the message was published, and its filter lets it pass."""


def _even(topic: dict, messages: list) -> dict[str, int]:
    many = len(topic["subscriptions"])
    return {one["name"]: len(messages) // many for one in topic["subscriptions"]}


def _in_turn(topic: dict, messages: list) -> dict[str, int]:
    many = len(topic["subscriptions"])
    return {one["name"]: len(messages[place::many]) for place, one in enumerate(topic["subscriptions"])}


def _wanted_in_turn(topic: dict, messages: list) -> dict[str, int]:
    """Each message goes to one of those that may have it."""
    found = {one["name"]: 0 for one in topic["subscriptions"]}
    for number, message in enumerate(messages):
        able = [
            one["name"]
            for one in topic["subscriptions"]
            if one["confirmed"] and _there(one, message) and _fits(one, message)
        ]
        if able:
            found[able[number % len(able)]] += 1
    return found


def _first_only(topic: dict, messages: list) -> dict[str, int]:
    """Each message goes to the first that may have it."""
    found = {one["name"]: 0 for one in topic["subscriptions"]}
    for message in messages:
        able = (
            one["name"]
            for one in topic["subscriptions"]
            if one["confirmed"] and _there(one, message) and _fits(one, message)
        )
        if name := next(able, None):
            found[name] += 1
    return found


IDEAS: dict[str, list[Callable[[dict, list], dict[str, int]]]] = {
    "divides": [_even, _in_turn, _wanted_in_turn, _first_only],
    "published_is_delivered": [_count(lambda one, message: True)],
    "counts_before": [_count(lambda one, message: one["confirmed"] and _fits(one, message))],
    "ignores_filter": [_count(lambda one, message: one["confirmed"] and _there(one, message))],
    "ignores_confirmation": [_count(lambda one, message: _there(one, message) and _fits(one, message))],
    "one_key_is_enough": [
        _count(lambda one, message: one["confirmed"] and _there(one, message) and _any_key(one, message))
    ],
    "missing_key_passes": [
        _count(lambda one, message: one["confirmed"] and _there(one, message) and _or_missing(one, message))
    ],
}
"""Wrong rules, by the code that tells of them."""


def case(dice: Random, *, easy: bool = False) -> tuple[dict, list[dict]]:
    """A topic and what is published to it. `easy`: all are there, confirmed, and want everything."""
    messages = [
        {"time": 10 * number + 5, "attributes": _attributes(dice)} for number in range(1, dice.randint(7, 14))
    ]
    subscriptions = [
        {
            "name": name,
            "since": 0 if easy else 10 * dice.choice((0, 0, 0, 3, 5)),
            "confirmed": easy or dice.random() < 0.8,
            "filter_policy": None if easy else _policy(dice),
        }
        for name in dice.sample(NAMES, dice.randint(2, 5))
    ]
    return {"subscriptions": subscriptions}, messages


def _attributes(dice: Random) -> dict[str, str]:
    return {key: dice.choice(values) for key, values in VALUES.items() if dice.random() < 0.85}


def _policy(dice: Random) -> dict[str, list[str]] | None:
    many = dice.choice((0, 1, 1, 2, 2))
    if not many:
        return None
    keys = dice.sample(list(VALUES), many)
    return {key: dice.sample(VALUES[key], dice.randint(1, len(VALUES[key]) - 1)) for key in keys}
