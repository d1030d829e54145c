"""The bank of lesson 05: five services at one topic (E11), how many copies (E12)."""

import json
from pathlib import Path
from random import Random

from cloudlab.exercises.sns import counting
from cloudlab.exercises.sns.orders import COUNTRIES
from cloudlab.exercises.sns.wiring import SERVICES

POOLS: dict = {}
"""Neither exercise has an objective; the pool of E11 is what `draw_services` draws, one number after the other."""

SIZE = 24

WORKED = {
    "E11": r'''
import re

scenario = q.scenario()


def policy_of(wants):
    """The filter policy for what a service wants."""
    countries = re.findall(r"\b[A-Z]{2}\b", wants)
    least = [int(number) for number in re.findall(r"\d+", wants)]
    rules = {}
    if "voucher" in wants:
        rules["voucher"] = [{"exists": True}]
    if speed := re.findall("express|standard", wants):
        rules["speed"] = speed
    if countries:
        rules["country"] = [{"anything-but": countries}] if " but those to " in wants else countries
    if least:
        rules["total"] = [{"numeric": [">=", least[0]]}]
    if "besides" in wants:  # one or the other
        return {"$or": [{key: rule} for key, rule in rules.items()]}
    return rules or None  # all of them


answer = {}
for name in ("printing", "parcels", "invoices", "office", "statistics"):
    ways = scenario[name]["reached_by"]
    answer[name] = {
        # a queue of its own keeps copies for whoever is away
        "endpoint": f"queue-{name}" if "queue" in ways else ways[0],
        "filter_policy": policy_of(scenario[name]["wants"]),
        "subscribe_at": 0,  # copies are made for those who are there
        "confirm": True,
    }
''',
    "E12": '''
def deliveries(topic, messages):
    """Each subscription counts for itself."""
    copies = {}
    for one in topic["subscriptions"]:
        policy = one["filter_policy"] or {}
        copies[one["name"]] = sum(
            one["confirmed"]
            and message["time"] >= one["since"]
            and all(message["attributes"].get(key) in values for key, values in policy.items())
            for message in messages
        )
    return copies


answer = deliveries
''',
}


def for_variant(answer):
    answer.for_variant = True
    return answer


# E11


def draw_services(dice: Random) -> dict:
    """Five services with five different wants: one works only later, another is away for a while."""
    late = dice.choice(("printing", "parcels", "statistics"))
    away = dice.choice([name for name in ("parcels", "statistics") if name != late])
    start, gone = dice.randint(9, 14), dice.randint(6, 18)
    wants = dice.sample([make(dice) for make in WANTS], len(SERVICES))
    services = {
        name: {
            "wants": want,
            "from": start if name == late else 0,
            "away": [gone, gone + dice.randint(6, 9)] if name == away else None,
        }
        for name, want in zip(SERVICES, wants, strict=True)
    }
    return {"services": services}


WANTS = (
    lambda dice: ["all"],
    lambda dice: ["speed", dice.choice(("express", "standard"))],
    lambda dice: ["to", *sorted(dice.sample(COUNTRIES, 2))],
    lambda dice: ["not to", dice.choice(COUNTRIES)],
    lambda dice: ["for", 20 * dice.randint(4, 8)],
    lambda dice: ["speed for", dice.choice(("express", "standard")), 20 * dice.randint(3, 6)],
    lambda dice: ["speed or to", "express", dice.choice(COUNTRIES)],
    lambda dice: ["voucher"],
)


def policy_of(want: list):
    """The filter policy for a want, in another way than the worked solution finds it."""
    kind, *values = want
    return {
        "all": lambda: None,
        "speed": lambda speed: {"speed": [speed]},
        "to": lambda *countries: {"country": [*countries]},
        "not to": lambda country: {"country": [one for one in COUNTRIES if one != country]},
        "for": lambda total: {"total": [{"numeric": [">=", total]}]},
        "speed for": lambda speed, total: {"total": [{"numeric": [">=", total]}], "speed": [speed]},
        "speed or to": lambda speed, country: {"$or": [{"country": [country]}, {"speed": [speed]}]},
        "voucher": lambda: {"voucher": [{"prefix": "S"}]},
    }[kind](*values)


def fitted(variant: dict, pushed: bool = False) -> dict:
    """A right answer; `pushed`: what is never away and always there is reached without a queue."""
    answer = {}
    for name, given in variant["services"].items():
        calm = pushed and not given["from"] and not given["away"]
        ways = {"office": "email", "invoices": "lambda"} | dict.fromkeys(("parcels", "statistics"), "https")
        direct = name == "office" or (name in ways and (calm or (pushed and name == "invoices")))
        answer[name] = {
            "endpoint": ways[name] if direct else f"queue-{SERVICES.index(name) + 1}",
            "filter_policy": policy_of(given["wants"]),
            "subscribe_at": 0,
            "confirm": direct,
        }
    return answer


def changed(change):
    """The right answer in which `change(answer, services)` changed something."""

    def answer(variant):
        made = fitted(variant)
        change(made, variant["services"])
        return made

    return for_variant(answer)


def who(services: dict, what: str) -> str:
    """The service that is late ('from') or away."""
    return next(name for name, given in services.items() if given[what])


def with_want(services: dict, *kinds: str) -> str | None:
    """A service whose want is of one of these kinds."""
    return next((name for name, given in services.items() if given["wants"][0] in kinds), None)


def _late(made, services):
    made[who(services, "from")]["subscribe_at"] = services[who(services, "from")]["from"]


def _everybody_late(made, services):
    for one in made.values():
        one["subscribe_at"] = 8


def _shared(made, services):
    made["printing"]["endpoint"] = made["invoices"]["endpoint"]


def _one_queue_for_all(made, services):
    for name in ("printing", "parcels", "invoices", "statistics"):
        made[name]["endpoint"] = "queue-1"


def _pushed(made, services):
    """By HTTPS to whoever is away."""
    made[who(services, "away")] |= {"endpoint": "https", "confirm": True}


def _all_pushed(made, services):
    for name in ("parcels", "statistics"):
        made[name] |= {"endpoint": "https", "confirm": True}


def _nobody_confirms(made, services):
    made["office"]["confirm"] = False


def _web_server_not_confirmed(made, services):
    made[who(services, "away")] |= {"endpoint": "https", "confirm": False}


OPPOSITE = {
    "speed": lambda speed: {"speed": [{"anything-but": [speed]}]},
    "to": lambda *countries: {"country": [{"anything-but": [*countries]}]},
    "not to": lambda country: {"country": [country]},
    "for": lambda total: {"total": [{"numeric": ["<", total]}]},
    "voucher": lambda: {"voucher": [{"exists": False}]},
}


def _opposite(made, services):
    for name in services:
        kind, *values = services[name]["wants"]
        if kind in OPPOSITE:
            made[name]["filter_policy"] = OPPOSITE[kind](*values)


def _one_opposite(made, services):
    name = with_want(services, *OPPOSITE)
    kind, *values = services[name]["wants"]
    made[name]["filter_policy"] = OPPOSITE[kind](*values)


def _no_filters(made, services):
    for one in made.values():
        one["filter_policy"] = None


def _one_without_a_filter(made, services):
    made[with_want(services, "speed", "to", "for", "voucher")]["filter_policy"] = None


def _a_key_too_many(made, services):
    """'Or' written as 'and', where there is such a want; else one value too few."""
    for name in services:
        kind, *values = services[name]["wants"]
        if kind == "speed or to":
            made[name]["filter_policy"] = {"speed": [values[0]], "country": [values[1]]}
        if kind in ("all", "not to"):
            made[name]["filter_policy"] = {"country": ["AT", "DE"] if values != ["DE"] else ["AT"]}


def _above_and_not_from(made, services):
    """The attribute doesn't exist by that name: nothing passes."""
    for one in made.values():
        if one["filter_policy"]:
            one["filter_policy"] = {"Speed": ["express"]}


def with_one(**values):
    """The right answer, but printing has these."""
    return changed(lambda made, services: made["printing"].update(values))


# E12


def with_a_loop(topic, messages):
    found = {one["name"]: 0 for one in topic["subscriptions"]}
    for message in messages:
        for one in topic["subscriptions"]:
            if one["confirmed"] and one["since"] <= message["time"]:
                found[one["name"]] += counting.passes(one["filter_policy"], message["attributes"])
    return found


def by_taking_away(topic, messages):
    """Begins with all messages, and takes away what is not wanted."""
    found = {}
    for one in topic["subscriptions"]:
        left = [message for message in messages if message["time"] > one["since"]]
        for key, values in (one["filter_policy"] or {}).items():
            left = [message for message in left if message["attributes"].get(key, "-") in values]
        found[one["name"]] = len(left) if one["confirmed"] else 0
    return found


def with_sets(topic, messages):
    def pairs(policy):
        return {key: set(values) for key, values in policy.items()} if policy else {}

    return {
        one["name"]: len(
            [
                1
                for message in messages
                if one["confirmed"]
                and message["time"] >= one["since"]
                and all(
                    {message["attributes"].get(key)} <= values
                    for key, values in pairs(one["filter_policy"]).items()
                )
            ]
        )
        for one in topic["subscriptions"]
    }


def an_even_share(topic, messages):
    many = len(topic["subscriptions"])
    return {one["name"]: len(messages) // many for one in topic["subscriptions"]}


def in_turn(topic, messages):
    names = [one["name"] for one in topic["subscriptions"]]
    found = dict.fromkeys(names, 0)
    for number, _ in enumerate(messages):
        found[names[number % len(names)]] += 1
    return found


def the_first_takes_it(topic, messages):
    found = {one["name"]: 0 for one in topic["subscriptions"]}
    for message in messages:
        for one in topic["subscriptions"]:
            fits = counting.passes(one["filter_policy"], message["attributes"])
            if one["confirmed"] and one["since"] <= message["time"] and fits:
                found[one["name"]] += 1
                break
    return found


def all_for_all(topic, messages):
    return {one["name"]: len(messages) for one in topic["subscriptions"]}


def kept_for_the_late(topic, messages):
    return {
        one["name"]: sum(
            one["confirmed"] and counting.passes(one["filter_policy"], message["attributes"])
            for message in messages
        )
        for one in topic["subscriptions"]
    }


def no_look_at_filters(topic, messages):
    return {
        one["name"]: sum(one["confirmed"] and message["time"] >= one["since"] for message in messages)
        for one in topic["subscriptions"]
    }


def no_look_at_confirmation(topic, messages):
    return {
        one["name"]: sum(
            message["time"] >= one["since"] and counting.passes(one["filter_policy"], message["attributes"])
            for message in messages
        )
        for one in topic["subscriptions"]
    }


def any_of_the_keys(topic, messages):
    def fits(policy, held):
        return not policy or any(held.get(key) in values for key, values in policy.items())

    return {
        one["name"]: sum(
            one["confirmed"]
            and message["time"] >= one["since"]
            and fits(one["filter_policy"], message["attributes"])
            for message in messages
        )
        for one in topic["subscriptions"]
    }


def what_is_missing_passes(topic, messages):
    def fits(policy, held):
        return not policy or all(key not in held or held[key] in values for key, values in policy.items())

    return {
        one["name"]: sum(
            one["confirmed"]
            and message["time"] >= one["since"]
            and fits(one["filter_policy"], message["attributes"])
            for message in messages
        )
        for one in topic["subscriptions"]
    }


def one_too_many(topic, messages):
    return {name: number + 1 for name, number in with_a_loop(topic, messages).items()}


def the_sum(topic, messages):
    return sum(with_a_loop(topic, messages).values())


def as_floats(topic, messages):
    return {name: float(number) for name, number in with_a_loop(topic, messages).items()}


def without_the_empty(topic, messages):
    return {name: number for name, number in with_a_loop(topic, messages).items() if number} or {"x": 1}


def nothing(topic, messages):
    with_a_loop(topic, messages)


def a_wrong_key(topic, messages):
    return {one["name"]: len(one["filter"]) for one in topic["subscriptions"]}


def only_topic(topic):
    return {}


def without_end(topic, messages):
    return without_end(topic, messages)


RIGHT = {
    "E11": [
        for_variant(fitted),
        for_variant(lambda variant: fitted(variant, pushed=True)),
        changed(lambda made, services: [one.update(confirm=True) for one in made.values()]),
    ],
    "E12": [with_a_loop, by_taking_away, with_sets],
}

WRONG = {
    "E11": [
        (changed(_late), "late_subscriber"),
        (changed(_everybody_late), "late_subscriber"),
        (changed(_shared), "one_queue_shared"),
        (changed(_one_queue_for_all), "one_queue_shared"),
        (changed(_pushed), "lost_in_outage"),
        (changed(_all_pushed), "lost_in_outage"),
        (changed(_nobody_confirms), "unconfirmed"),
        (changed(_web_server_not_confirmed), "unconfirmed"),
        (changed(_opposite), "filter_inverted"),
        (changed(_one_opposite), "filter_inverted"),
        (changed(_no_filters), "filter_too_wide"),
        (changed(_one_without_a_filter), "filter_too_wide"),
        (changed(_a_key_too_many), "filter_too_narrow"),
        (changed(_above_and_not_from), "filter_too_narrow"),
        (with_one(endpoint="https"), "wrong_shape"),
        (with_one(endpoint="queue-?"), "wrong_shape"),
        (with_one(subscribe_at=31), "wrong_shape"),
        (with_one(subscribe_at="0"), "wrong_shape"),
        (with_one(confirm="yes"), "wrong_shape"),
        (with_one(filter_policy="express"), "wrong_shape"),
        (with_one(filter_policy={"speed": "express"}), "wrong_shape"),
        (with_one(filter_policy={}), "wrong_shape"),
        (with_one(more=1), "wrong_shape"),
        (changed(lambda made, services: made.pop("office")), "wrong_shape"),
        (changed(lambda made, services: made.update(office="email")), "wrong_shape"),
        ("queue-1", "wrong_shape"),
        (dict.fromkeys(SERVICES, ...), "not_attempted"),
        (None, "not_attempted"),
    ],
    "E12": [
        (an_even_share, "divides"),
        (in_turn, "divides"),
        (the_first_takes_it, "divides"),
        (all_for_all, "published_is_delivered"),
        (kept_for_the_late, "counts_before"),
        (no_look_at_filters, "ignores_filter"),
        (no_look_at_confirmation, "ignores_confirmation"),
        (any_of_the_keys, "one_key_is_enough"),
        (what_is_missing_passes, "missing_key_passes"),
        (one_too_many, "wrong_number"),
        (the_sum, "wrong_shape"),
        (as_floats, "wrong_shape"),
        (without_the_empty, "wrong_shape"),
        (nothing, "wrong_shape"),
        (a_wrong_key, "raised"),
        (only_topic, "wrong_shape"),
        (without_end, "endless"),
        (3, "wrong_shape"),
        (None, "not_attempted"),
    ],
}


def main() -> None:
    """Write the pool of E11 anew."""
    import cloudlab.exercises.sns

    rows = [json.dumps(draw_services(Random(f"E11 {number}"))) for number in range(1, SIZE + 1)]
    path = Path(cloudlab.exercises.sns.__file__).parent / "pools" / "E11.json"
    lines = ",\n".join(rows)
    path.write_text(f'{{"variants": [\n{lines}\n]}}\n', encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
