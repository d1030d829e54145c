"""Solutions of lesson 04: right ones, built differently, and wrong ones with their feedback code."""

from itertools import combinations, product
from math import prod

from banks import Pool, only, reference_of
from cloudlab.exercises.monolith_and_microservices import shops
from cloudlab.kernel.measures import outcomes

WORKED = {
    "E9": '''
from itertools import combinations

scenario = q.scenario()
into = {arrow.split(" -> ")[1]: arrow for arrow in scenario["arrows"]}


def way_to(part):
    """All arrows from the cart to a part."""
    way = []
    while part in into:
        way.append(into[part])
        part = into[part].split(" -> ")[0]
    return way


# one arrow on the way to each part that may die must be a queue, and no answer of it may be needed
free = [arrow for arrow in scenario["arrows"] if arrow not in scenario["answer_needed"]]
choices = [set(some) for many in (1, 2) for some in combinations(free, many)]
good = [some for some in choices if all(some & set(way_to(part)) for part in scenario["may_die"])]
wait = scenario["seconds_until_picked_up"]
best = min(good, key=lambda some: sum(wait[arrow] for arrow in some))
answer = {"queues": sorted(best)}
''',
    "E10": '''
def availability(graph):
    """A part works if one of its copies does, and all that it needs."""

    def works(name):
        part = graph["parts"][name]
        chance = 1 - (1 - part["availability"]) ** part["copies"]
        for arrow in graph["arrows"]:
            if arrow["from"] != name or arrow["message"] or arrow["fallback"] == "default":
                continue
            good = works(arrow["to"])
            if arrow["fallback"] is not None:
                good = 1 - (1 - good) * (1 - works(arrow["fallback"]))
            chance *= good
        return chance

    return works(graph["first"])


answer = availability
''',
}


def mean_load(trial):
    """The share of the cart's slots that orders take; each order takes six works at most."""
    records = trial.evidence[0].values()
    return max(outcomes(record).arrived / shops.LENGTH * 7 * shops.WORK / 8 for record in records)


def for_variant(answer):
    answer.for_variant = True
    return answer


# E9

READS = (("catalogue", "database"), ("prices", "database"), ("stock", "warehouse"), ("search", "index"))
MIDDLES = ("payment", "packing", "printing", "billing", "shipping", "returns")
LEAVES = ("mail", "bank", "parcels", "labels", "archive", "partner", "points", "reports", "tax", "coupons")
SUM = 24
"""Seconds of the best queues of a shop, added up, or nearly so."""


def draw_shop(dice):
    """A shop of four branches: one is read, one never fails, and behind the others two parts may die."""
    top, deep = dice.choice(READS)
    one, other, calm = dice.sample(MIDDLES, 3)
    first, second, idle = dice.sample(LEAVES, 3)
    form = dice.choice(("together", "apart", "apart", "read", "mixed"))
    reads = [f"cart -> {top}", f"{top} -> {deep}"]
    near = dice.randint(10, 13)
    rest = SUM - near + dice.randint(-1, 1)
    dear = [dice.randint(34, 44) for _ in range(3)]
    if form == "together":  # one queue before both
        arrows = [f"cart -> {one}", f"{one} -> {first}", f"{one} -> {second}"]
        pickup, needed = [near + rest, dear[0], dear[1]], reads
    elif form == "read":  # the answer of what is before both is needed
        arrows = [f"cart -> {one}", f"{one} -> {first}", f"{one} -> {second}"]
        pickup, needed = [4, near, rest], [*reads, arrows[0]]
    else:
        arrows = [f"cart -> {one}", f"{one} -> {first}", f"cart -> {other}", f"{other} -> {second}"]
        upper = dice.random() < 0.5
        pickup = [near, dear[0], dear[1], rest] if upper else [dear[0], near, rest, dear[1]]
        needed = reads
        if form == "mixed":  # one of the two may only be behind its middle
            pickup, needed = [4, near, rest, dear[1]], [*reads, arrows[0]]
    idles = [f"cart -> {calm}", f"{calm} -> {idle}"]
    waits = dict(
        zip([*reads, *arrows, *idles], [3, 3, *pickup, dice.randint(5, 9), dice.randint(5, 9)], strict=True)
    )
    order = [*reads, *arrows, *idles]
    roots = [arrow for arrow in order if arrow.startswith("cart")]
    dice.shuffle(roots)
    shown = [*roots, *(arrow for arrow in order if arrow not in roots)]
    return {
        "arrows": shown,
        "needed": [arrow for arrow in shown if arrow in needed],
        "die": [first, second] if dice.random() < 0.5 else [second, first],
        "pickup": {arrow: waits[arrow] for arrow in shown},
    }


def free(variant):
    return [arrow for arrow in variant["arrows"] if arrow not in variant["needed"]]


def choices(variant):
    """All choices that guard both parts, the one with the least delay first."""
    some = [list(one) for many in (1, 2) for one in combinations(free(variant), many)]
    good = [one for one in some if all(shops.guarded(part, one, variant) for part in variant["die"])]
    return sorted(good, key=lambda one: (sum(variant["pickup"][arrow] for arrow in one), one))


def choice_of(variant):
    return tuple(choices(variant)[0])


def queues(some):
    return {"queues": list(some)}


def answers(variant):
    return [queues(one) for one in choices(variant)]


def to_a_leaf_that_never_dies(variant):
    return next(
        arrow
        for arrow in variant["arrows"]
        if arrow not in variant["needed"]
        and not any(arrow in shops.way_to(part, variant) for part in variant["die"])
    )


def one_guarded(variant):
    """A queue before the second part that may die, and none before the first."""
    first, second = variant["die"]
    way = [arrow for arrow in shops.way_to(second, variant) if arrow in free(variant)]
    return [next(arrow for arrow in reversed(way) if arrow not in shops.way_to(first, variant))]


def spoilt(reference, variant, answers):
    return [
        (queues(variant["arrows"][:3]), "queue_everywhere"),
        (queues(variant["needed"][:1]), "queued_the_read_path"),
        (queues([to_a_leaf_that_never_dies(variant)]), "wrong_link"),
        (queues([]), "tightly_coupled"),
    ]


def slowest(variant):
    """Of the choices in which each queue is needed, the one with the most delay."""

    def without(one, some):
        return [other for other in some if other != one]

    tight = [
        some
        for some in choices(variant)
        if not any(
            all(shops.guarded(part, without(one, some), variant) for part in variant["die"]) for one in some
        )
    ]
    return tight[-1]


def several(variant):
    """Whether there is more than one way to guard both parts."""
    return tuple(slowest(variant)) != choice_of(variant)


def single(variant):
    """Whether one queue is best."""
    return len(choice_of(variant)) == 1


POOLS = {
    "E9": Pool(
        draw_shop,
        answers,
        spoilt,
        naive=lambda variant, _: [queues(slowest(variant))],
        kind=choice_of,
    ),
}


# E10


def by_cases(graph):
    """Each case of up and down, with its chance."""
    names = list(graph["parts"])
    shares = {name: 1 - (1 - one["availability"]) ** one["copies"] for name, one in graph["parts"].items()}

    def works(name, up):
        return up[name] and all(
            arrow["message"]
            or arrow["fallback"] == "default"
            or works(arrow["to"], up)
            or (arrow["fallback"] is not None and works(arrow["fallback"], up))
            for arrow in graph["arrows"]
            if arrow["from"] == name
        )

    total = 0.0
    for states in product((True, False), repeat=len(names)):
        up = dict(zip(names, states, strict=True))
        if works(graph["first"], up):
            total += prod(shares[name] if up[name] else 1 - shares[name] for name in names)
    return total


def by_a_list(graph):
    """All factors of the row in one list: along calls that are waited for."""
    factors, line = [], [graph["first"]]
    shares = {name: 1 - (1 - one["availability"]) ** one["copies"] for name, one in graph["parts"].items()}
    for name in line:
        factors.append(shares[name])
        for arrow in graph["arrows"]:
            if arrow["from"] == name and not arrow["message"] and arrow["fallback"] is None:
                line.append(arrow["to"])
            elif arrow["from"] == name and not arrow["message"] and arrow["fallback"] != "default":
                behind = by_a_list({**graph, "first": arrow["to"]})
                factors.append(1 - (1 - behind) * (1 - by_a_list({**graph, "first": arrow["fallback"]})))
    return prod(factors)


def shares_of(graph):
    return [1 - (1 - one["availability"]) ** one["copies"] for one in graph["parts"].values()]


def flat_product(graph):
    return prod(one["availability"] for one in graph["parts"].values())


def flat_worst(graph):
    return min(one["availability"] for one in graph["parts"].values())


def flat_mean(graph):
    shares = [one["availability"] for one in graph["parts"].values()]
    return sum(shares) / len(shares)


def flat_sum(graph):
    return 1 - sum(1 - one["availability"] for one in graph["parts"].values())


def walk(graph, *, row=prod, copies=True, messages=False, ready=True, both=False, spare=True):
    """The right walk, or with one thing wrong."""

    def works(name):
        one = graph["parts"][name]
        shares = [1 - (1 - one["availability"]) ** (one["copies"] if copies else 1)]
        for arrow in graph["arrows"]:
            if arrow["from"] != name or (arrow["message"] and not messages):
                continue
            if arrow["fallback"] == "default" and ready:
                continue
            good = works(arrow["to"])
            if arrow["fallback"] in graph["parts"] and spare:
                other = works(arrow["fallback"])
                good = good * other if both else 1 - (1 - good) * (1 - other)
            shares.append(good)
        return row(shares)

    return works(graph["first"])


def added(graph):
    return walk(graph, row=lambda shares: 1 - sum(1 - share for share in shares))


def worst_of_the_row(graph):
    return walk(graph, row=min)


def both_needed(graph):
    return walk(graph, both=True)


def waits_too(graph):
    return walk(graph, messages=True)


def without_spare(graph):
    return walk(graph, spare=False)


def without_ready(graph):
    return walk(graph, ready=False)


def one_copy(graph):
    return walk(graph, copies=False)


def in_percent(graph):
    return 100 * walk(graph)


def slightly_off(graph):
    return walk(graph) * 0.999 if len(graph["arrows"]) > 5 else walk(graph)


def rounded(graph):
    return round(walk(graph), 2) if graph["arrows"][0]["fallback"] or len(graph["parts"]) > 6 else walk(graph)


def nothing(graph):
    walk(graph)


def a_text(graph):
    return f"{walk(graph):.1%}"


def a_wrong_key(graph):
    return graph["cart"]


def without_end(graph):
    return without_end(graph)


RIGHT = {
    "E9": [
        for_variant(lambda variant: reference_of("E9", variant)),
        for_variant(lambda variant: answers(variant)[0]),
        for_variant(lambda variant: queues(reversed(choice_of(variant)))),
    ],
    "E10": [by_cases, by_a_list],
}

WRONG = {
    "E9": [
        (for_variant(lambda variant: queues(variant["arrows"])), "queue_everywhere"),
        (for_variant(lambda variant: queues(free(variant))), "queue_everywhere"),
        (for_variant(lambda variant: queues(variant["needed"][:1])), "queued_the_read_path"),
        (for_variant(lambda variant: queues(variant["needed"][-2:])), "queued_the_read_path"),
        (for_variant(lambda variant: queues([])), "tightly_coupled"),
        (for_variant(lambda variant: queues([to_a_leaf_that_never_dies(variant)])), "wrong_link"),
        (
            only(
                lambda variant: not single(variant), for_variant(lambda variant: queues(one_guarded(variant)))
            ),
            "wrong_link",
        ),
        (
            only(
                single,
                for_variant(
                    lambda variant: queues([*choice_of(variant), to_a_leaf_that_never_dies(variant)])
                ),
            ),
            "loosened_for_nothing",
        ),
        (only(several, for_variant(lambda variant: queues(slowest(variant)))), "slow_link"),
        ({"queues": ["cart -> moon"]}, "wrong_shape"),
        (for_variant(lambda variant: queues(variant["arrows"][:1] * 2)), "wrong_shape"),
        ({"queues": "cart -> mail"}, "wrong_shape"),
        ({"queues": [1, 2]}, "wrong_shape"),
        ({"queue": []}, "wrong_shape"),
        (["cart -> mail"], "wrong_shape"),
        ({"queues": ...}, "not_attempted"),
        (None, "not_attempted"),
    ],
    "E10": [
        (added, "adds"),
        (flat_sum, "adds"),
        (worst_of_the_row, "as_its_parts"),
        (flat_worst, "as_its_parts"),
        (flat_mean, "as_its_parts"),
        (both_needed, "multiplies_parallel"),
        (flat_product, "multiplies_parallel"),
        (waits_too, "waits_for_messages"),
        (without_spare, "forgets_fallback"),
        (without_ready, "forgets_fallback"),
        (one_copy, "forgets_copies"),
        (slightly_off, "wrong_number"),
        (rounded, "wrong_number"),
        (in_percent, "wrong_shape"),
        (nothing, "wrong_shape"),
        (a_text, "wrong_shape"),
        (a_wrong_key, "raised"),
        (without_end, "endless"),
        (None, "not_attempted"),
    ],
}
