"""Solutions of lesson 11: right ones, built differently, and wrong ones with their feedback code."""

from math import ceil

from banks import Pool, only, reference_of
from cloudlab.exercises.whole_shop.shop_day import LENGTH

WORKED = {
    "E22": """
from math import ceil

scenario = q.scenario()
pack = scenario["seconds_to_pack_on_average"]

# so many packers are busy on average; room for the crowd and for what is lost
busy = scenario["orders_a_second"] * pack
packers = ceil(2.1 * busy)

answer = {
    "web": "functions",  # nobody pays for pages that nobody asks for, and no zone takes them along
    "min_size": 2,  # the next three are for instances and containers only
    "max_size": 4,
    "target_value": 60,
    "zones": 2,  # a dark zone takes half of it, not all
    "packing": "containers",  # two packers share the price of a machine
    "packers": packers,
    "hosts": ceil(packers / 2),
    "visibility_timeout": round(6 * pack),  # above nearly all work, and three of them below the limit
    "max_receive_count": 3,  # then a broken photo is set aside
}
""",
}

PACKS = (12, 18, 27, 40, 60, 90)
"""Seconds to pack an order: from one kind to the next the timeout that fits one is too long for the one before."""

NEED = (3, 5, 7, 9, 12, 16)
"""How many packers each kind needs: those of the one before are too few."""

RECEIPTS, HOST, BUSY = 105.0, 12.5, 31.1
"""Cents: receipts and hosts together, a host for the three hours, and a function that is always busy."""


def for_variant(answer):
    answer.for_variant = True
    return answer


def mean_load(trial):
    """The share of the packers that are busy at the usual rate."""
    _, variant, answer = trial.evidence
    return variant["rate"] * variant["pack"] / answer["packers"]


def kind_of(variant) -> int:
    return PACKS.index(variant["pack"])


def draw_shop(dice):
    """A kind, with a little more or less to do than another of it."""
    kind = dice.randrange(len(PACKS))
    pack, need = PACKS[kind], NEED[kind]
    rate = round(need / 2.4 / pack * dice.uniform(0.985, 1.015), 5)
    page = round(0.6 / rate, 2)
    return {
        "rate": rate,
        "page": page,
        "pack": pack,
        "write": round((RECEIPTS - HOST * ceil(need / 2)) / BUSY / rate, 2),
        "p95": round(3.2 * page, 1),
        "lost": round(0.01 * rate * LENGTH) + 3,
        "oldest": 24 * pack,
        "budget": 260,
    }


def design(variant, packers, **changes):
    """Pages by functions, packers in containers in two zones, two on a host."""
    usual = {
        "web": "functions",
        "min_size": 2,
        "max_size": 4,
        "target_value": 60,
        "zones": 2,
        "packing": "containers",
        "packers": packers,
        "hosts": max(2, ceil(packers / 2)),
        "visibility_timeout": round(6 * variant["pack"]),
        "max_receive_count": 3,
    }
    return usual | changes


def some_designs(variant):
    """Fewer packers, and as many as should do: the cheapest that passes is taken."""
    need = NEED[kind_of(variant)]
    return [design(variant, few) for few in dict.fromkeys((max(2, need - 1), need))]


def spoilt_designs(reference, variant, answers):
    pack, few = variant["pack"], max(2, round(0.6 * reference["packers"]))
    return [
        (reference | {"zones": 1}, "all_on_one_host"),
        (reference | {"max_receive_count": 0}, "no_dead_letters"),
        (reference | {"visibility_timeout": round(0.8 * pack) + 1}, "timeout_below_work"),
        (reference | {"visibility_timeout": 14 * pack}, "timeout_huge"),
        (reference | {"packers": few, "hosts": max(2, ceil(few / 2))}, "backlog_too_old"),
    ]


def spoilt(variant, place):
    """One of the answers near the reference that must fail."""
    return spoilt_designs(best(variant), variant, None)[place][0]


def best(variant):
    return reference_of("E22", variant)


def naive_designs(variant, answers):
    """Pages on instances, and half more packers than are needed."""
    more = ceil(1.5 * NEED[kind_of(variant)])
    return [design(variant, more, web="instances", min_size=4, max_size=8, target_value=50)]


POOLS = {
    "E22": Pool(
        draw_shop, some_designs, spoilt_designs, naive=naive_designs, kind=lambda variant: variant["pack"]
    )
}


def by_hand(variant):
    """A timeout that is shorter, more packers in the same hosts."""
    answer = best(variant)
    return answer | {"packers": 2 * answer["hosts"], "visibility_timeout": round(5 * variant["pack"])}


def two_tries(variant):
    """Two tries of a longer timeout."""
    return best(variant) | {"max_receive_count": 2, "visibility_timeout": round(7.5 * variant["pack"])}


def changed(**changes):
    """The reference, changed so."""
    return for_variant(lambda variant: best(variant) | changes)


def small(variant):
    return kind_of(variant) <= 2


def large(variant):
    return kind_of(variant) >= 4


def on_instances(variant):
    """Packers on machines of their own."""
    return best(variant) | {"packing": "instances"}


def by_calls():
    """Packing by a function: another answer each time, since each is for other variants."""
    return for_variant(lambda variant: best(variant) | {"packing": "functions", "packers": 40})


RIGHT = {
    "E22": [
        for_variant(best),
        for_variant(by_hand),
        for_variant(two_tries),
    ],
}

WRONG = {
    "E22": [
        (for_variant(lambda variant: spoilt(variant, 0)), "all_on_one_host"),
        (for_variant(lambda variant: spoilt(variant, 1)), "no_dead_letters"),
        (for_variant(lambda variant: spoilt(variant, 2)), "timeout_below_work"),
        (for_variant(lambda variant: spoilt(variant, 3)), "timeout_huge"),
        (for_variant(lambda variant: spoilt(variant, 4)), "backlog_too_old"),
        (changed(max_receive_count=20), "too_many_tries"),
        (
            changed(web="instances", packing="instances", zones=1, min_size=4, max_size=8),
            "lost_when_one_dies",
        ),
        (changed(web="monolith", min_size=4, max_size=12), "does_all_in_the_request"),
        (changed(web="instances", min_size=1, max_size=1), "too_slow_at_noon"),
        (
            only(large, for_variant(lambda v: best(v) | {"hosts": ceil(best(v)["hosts"] / 2)})),
            "no_room_on_hosts",
        ),
        (only(lambda variant: kind_of(variant) == 5, by_calls()), "over_budget"),
        (only(small, by_calls()), "pays_for_calls_all_day"),
        (only(lambda v: kind_of(v) in (2, 3), for_variant(on_instances)), "machines_half_empty"),
        (changed(web="instances", min_size=5, max_size=8), "pages_on_idle_machines"),
        (for_variant(lambda v: best(v) | {"hosts": best(v)["hosts"] + 3}), "hosts_to_spare"),
        (changed(min_size=5, max_size=4), "wrong_shape"),
        (changed(zones=3), "wrong_shape"),
        (changed(web="server"), "wrong_shape"),
        (changed(packers=1), "wrong_shape"),
        (changed(packers=3.5), "wrong_shape"),
        (changed(visibility_timeout="long"), "wrong_shape"),
        ({"web": "functions"}, "wrong_shape"),
        (("functions", 2, 4), "wrong_shape"),
        (for_variant(lambda variant: dict.fromkeys(best(variant), ...)), "not_attempted"),
    ],
}
