"""Solutions of lesson 03: right ones, built differently, and wrong ones with their feedback code."""

import random
from math import ceil

from banks import Pool, close, reference_of
from cloudlab.kernel.measures import utilisation

WORKED = {
    "E6": '''
def pick(servers, request):
    """The server with the fewest open requests, of those that are healthy."""
    healthy = [server for server in servers if server["healthy"]]
    best = min(healthy, key=lambda server: server["active"])
    return best["name"]


answer = pick
''',
    "E7": '''
from math import ceil

scenario = q.scenario()
pause = scenario["seconds_that_a_pause_lasts"] + scenario["seconds_to_catch_up_after_a_pause_at_most"]
false_start = scenario["seconds_that_a_false_start_lasts"]
share = scenario["requests_a_second"] / scenario["servers"]


def settings(interval):
    """The fewest checks whose first and last lie further apart than what must not count."""
    out = ceil(pause / interval) + 1
    back = ceil(false_start / interval) + 1
    failed = share * scenario["crashes"] * interval * (out - 0.5)  # on average half an interval is saved
    waited = interval * (back - 0.5)
    worst = max(failed / scenario["failed_requests_allowed"],
                waited / scenario["mean_seconds_until_back_in_use_allowed"])
    return worst, {
        "health_check_interval_seconds": interval,
        "unhealthy_threshold_count": max(2, out),
        "healthy_threshold_count": max(2, back),
    }


# thresholds may not exceed 10; the worse of the two shares should be small
possible = [settings(interval) for interval in range(5, 31)]
worst, answer = min(((worst, one) for worst, one in possible if max(list(one.values())[1:]) <= 10),
                    key=lambda pair: pair[0])
''',
    "E8": """
scenario = q.scenario()
answer = {}
for shop in ("north", "south"):
    comes = scenario[shop]["requests_a_second"]
    can = sum(scenario[shop]["each_server_can_do_a_second"])
    servers = len(scenario[shop]["each_server_can_do_a_second"])
    if comes < 0.9 * can:  # enough for all: it is only badly shared
        answer[f"{shop}_limit"] = "routing"
    else:
        answer[f"{shop}_limit"] = "capacity"
        while comes > 0.8 * can:  # near full load, lines grow long
            can, servers = can + 1, servers + 1
    answer[f"{shop}_algorithm_type"] = "least_outstanding_requests"
    answer[f"{shop}_instances"] = servers
""",
}


def mean_load(trial):
    """The share of the servers' time that was worked, over the whole run; in E8 that of the busier shop."""
    records = trial.evidence[0]
    records = records.values() if isinstance(records, dict) else [records]
    return max(utilisation(record, record.end)[0] for record in records)


def for_variant(answer):
    answer.for_variant = True
    return answer


# E6


def draw_servers(dice):
    """A slow server that is not slow beyond use, and loads of about 70 %."""
    slow = dice.choice((0.4, 0.45, 0.5))
    before, after = 2 + slow, 3 + slow
    return {
        "slow": slow,
        "rates": [round(before * dice.uniform(0.67, 0.71), 2), round(after * dice.uniform(0.65, 0.7), 2)],
    }


def well(servers):
    return [server for server in servers if server["healthy"]]


def fewest(servers, request):
    return min(well(servers), key=lambda server: server["active"])["name"]


def by_dice_among_the_fewest(servers, request):
    """Of several with the fewest, any."""
    least = min(server["active"] for server in well(servers))
    return random.choice([server["name"] for server in well(servers) if server["active"] == least])


def one_loop(servers, request):
    """A loop that begins at another server each time, so that ties take turns."""
    start, best = request["number"] % len(servers), None
    for server in servers[start:] + servers[:start]:
        if server["healthy"] and (best is None or server["active"] < best["active"]):
            best = server
    return best["name"]


def sorted_by_two(servers, request):
    """Of several with the fewest open, the one that ever got least."""
    order = sorted(servers, key=lambda server: (not server["healthy"], server["active"], server["total"]))
    return order[0]["name"]


def in_turn(servers, request):
    return well(servers)[request["number"] % len(well(servers))]["name"]


def in_turn_by_a_count_of_its_own(servers, request, count=[0]):
    count[0] += 1
    return well(servers)[count[0] % len(well(servers))]["name"]


def in_turn_over_all(servers, request):
    return servers[request["number"] % len(servers)]["name"]


def by_dice(servers, request):
    return random.choice(well(servers))["name"]


def the_first(servers, request):
    return servers[0]["name"]


def the_first_that_is_well(servers, request):
    return well(servers)[0]["name"]


def least_total(servers, request):
    return min(well(servers), key=lambda server: server["total"])["name"]


def fewest_of_all(servers, request):
    return min(servers, key=lambda server: server["active"])["name"]


def least_total_of_all(servers, request):
    return min(servers, key=lambda server: server["total"])["name"]


def by_dice_over_all(servers, request):
    return random.choice(servers)["name"]


def most_open(servers, request):
    return max(well(servers), key=lambda server: server["active"])["name"]


def least_open_turned_around(servers, request):
    best = well(servers)[0]
    for server in well(servers):
        if server["active"] > best["active"]:
            best = server
    return best["name"]


def never_the_last(servers, request):
    return min(well(servers)[:-1] or well(servers), key=lambda server: server["active"])["name"]


def the_whole_server(servers, request):
    return min(well(servers), key=lambda server: server["active"])


def a_name_that_is_not_there(servers, request):
    return "Server A"


def a_number(servers, request):
    return 2


def nothing(servers, request):
    fewest(servers, request)


def one_by_one(servers, request):
    yield fewest(servers, request)


def a_wrong_key(servers, request):
    return servers[request["customer"]]["name"]


def only_servers(servers):
    return servers[0]["name"]


def without_end(servers, request):
    return without_end(servers, request)


# E7


PAUSES, FALSE_STARTS = (8, 25, 42), (14, 34, 54)
"""Seconds that good servers stand still, and that false starts last: what fits one of them fits no other."""


def draw_troubles(dice):
    """Pauses and false starts that leave room between too eager and too slow."""
    rate = dice.choice((6, 7, 8))
    still, up = dice.choice(PAUSES) - dice.randint(0, 1), dice.choice(FALSE_STARTS) - dice.randint(0, 1)
    notice, back = still + 17.5, up + dice.randint(15, 16)
    return {"rate": rate, "still": still, "up": up, "failed": round(rate / 4 * 3 * notice), "return": back}


def kind_of_troubles(variant):
    """Which of the pauses and of the false starts a scenario has."""
    return (variant["still"] + 1) // 8, (variant["up"] + 1) // 10


def settings(interval, out, back):
    names = "health_check_interval_seconds", "unhealthy_threshold_count", "healthy_threshold_count"
    return dict(zip(names, (interval, out, back), strict=True))


def fitted(interval, variant, more=0):
    """The settings that fit this interval."""
    return settings(
        interval, ceil((variant["still"] + 5) / interval) + 1 + more, ceil(variant["up"] / interval) + 1
    )


def fine_grid(variant):
    answers = [fitted(interval, variant, more) for interval in (6, 5, 7, 8, 10) for more in (0, 1)]
    return [answer for answer in answers if max(list(answer.values())[1:]) <= 10]


def spoilt_settings(reference, variant, answers):
    interval, out, back = reference.values()
    return [
        (settings(interval, max(2, out - 2), back), "too_eager"),
        (settings(20, ceil(variant["still"] / 20) + 3, ceil(variant["up"] / 20) + 1), "too_slow"),
        (settings(interval, out, 2), "returns_too_soon"),
        (
            settings(interval, out, 10) if interval * 10 > 1.4 * variant["return"] else TWENTY,
            "slow_to_return",
        ),
    ]


TWENTY = settings(20, 3, 6)
"""Settings with which whoever comes back waits for long."""


# E8


ROUTED, FULL = "routing", "capacity"
SHOPS = [((ROUTED, 6), (FULL, 3)), ((ROUTED, 5), (FULL, 4)), ((ROUTED, 4), (FULL, 5))]
SHOPS += [(south, north) for north, south in SHOPS]
"""What is the limit of north and south, and the servers that each needs: as many in all, and never the same."""


def draw_shops(dice):
    """Shops with a slow server and room enough, or with two servers too few."""

    def shop(limit, size):
        if limit == FULL:
            rate = dice.uniform(0.96, 0.975) * (size - 1)
            return {"rate": round(rate, 2), "servers": [1.0] * (size - 2)}
        slow = dice.choice((0.4, 0.45, 0.5))
        servers = [1.0] * (size - 1)
        servers.insert(dice.randrange(size), slow)
        return {"rate": round(dice.uniform(0.73, 0.75) * sum(servers), 2), "servers": servers}

    north, south = dice.choice(SHOPS)
    return {"north": shop(*north), "south": shop(*south)}


def needed(variant):
    """(limit, servers) of north and south."""
    shops = [variant[name] for name in ("north", "south")]
    full = [shop["rate"] > sum(shop["servers"]) for shop in shops]
    return tuple(
        (FULL if over else ROUTED, len(shop["servers"]) + 2 * over)
        for over, shop in zip(full, shops, strict=True)
    )


FEWEST, TURN, DICE = "least_outstanding_requests", "round_robin", "weighted_random"


def verdicts(north, south):
    """An answer of E8 of two triples: limit, method, instances."""
    keys = "limit", "algorithm_type", "instances"
    pairs = [("north", north), ("south", south)]
    return {f"{shop}_{key}": value for shop, triple in pairs for key, value in zip(keys, triple, strict=True)}


def all_verdicts(variant):
    (north, first), (south, second) = needed(variant)
    return [
        verdicts((north, FEWEST, first + more), (south, method, second + again))
        for method in (FEWEST, TURN)
        for more in (0, 1)
        for again in (0, 1)
    ]


def of_the_shops(which, limit=None, method=FEWEST, more=0):
    """The right answer, but the shop whose limit is `which` has these instead."""

    def answer(variant):
        triples = [[word, FEWEST, size] for word, size in needed(variant)]
        place = [word for word, *_ in triples].index(which)
        triples[place] = [limit or which, method, more if more is None else triples[place][2] + more]
        return verdicts(*triples)

    answer.for_variant = True
    return answer


def template(variant):
    """What stands in the notebook: the shops as they are today, and no words."""
    return verdicts(*((..., TURN, len(variant[shop]["servers"])) for shop in ("north", "south")))


template.for_variant = True


def spoilt_verdicts(reference, variant, answers):
    spoilt = [
        (of_the_shops(FULL, ROUTED, more=-1), "routing_for_capacity"),
        (of_the_shops(ROUTED, FULL, TURN, 1), "capacity_for_routing"),
        (of_the_shops(ROUTED, method=TURN), "still_blind"),
        (of_the_shops(FULL, more=-1), "too_few"),
    ]
    return [(answer(variant), code) for answer, code in spoilt]


POOLS = {
    "E6": Pool(
        draw_servers,
        lambda variant: ["fewest"],
        lambda *_: [
            ("the_first_that_is_well", "always_first"),
            ("in_turn", "blind_round_robin"),
            ("least_total", "uses_total_not_active"),
            ("fewest_of_all", "sends_to_unhealthy"),
        ],
    ),
    "E7": Pool(draw_troubles, fine_grid, spoilt_settings, kind=kind_of_troubles),
    "E8": Pool(
        draw_shops,
        all_verdicts,
        spoilt_verdicts,
        naive=lambda variant, _: [
            verdicts(
                *((word, FEWEST, size + 4 if word == ROUTED else size + 1) for word, size in needed(variant))
            )
        ],
        kind=needed,
    ),
}


def spoilt(variant, place):
    """One of the answers near the reference that must fail."""
    return spoilt_settings(reference_of("E7", variant), variant, None)[place][0]


RIGHT = {
    "E6": [fewest, by_dice_among_the_fewest, one_loop, sorted_by_two],
    "E7": [
        for_variant(lambda variant: reference_of("E7", variant)),
        for_variant(lambda variant: fitted(6, variant)),
        for_variant(lambda variant: fine_grid(variant)[0]),
    ],
    "E8": [
        of_the_shops(FULL),
        of_the_shops(FULL, method=TURN),  # equal servers: in turn is good enough
        for_variant(lambda variant: reference_of("E8", variant)),
    ],
}

WRONG = {
    "E6": [
        (the_first, "always_first"),
        (the_first_that_is_well, "always_first"),
        (least_total, "uses_total_not_active"),
        (fewest_of_all, "sends_to_unhealthy"),
        (in_turn, "blind_round_robin"),
        (in_turn_by_a_count_of_its_own, "blind_round_robin"),
        (in_turn_over_all, "sends_to_unhealthy"),
        (least_total_of_all, "sends_to_unhealthy"),
        (by_dice_over_all, "sends_to_unhealthy"),
        (most_open, "always_first"),
        (least_open_turned_around, "always_first"),
        (by_dice, "blind_round_robin"),
        (close(never_the_last), "leaves_one_out"),
        (the_whole_server, "wrong_shape"),
        (a_name_that_is_not_there, "wrong_shape"),
        (a_number, "wrong_shape"),
        (nothing, "wrong_shape"),
        (one_by_one, "wrong_shape"),
        (a_wrong_key, "raised"),
        (only_servers, "wrong_shape"),
        (without_end, "endless"),
        ("i-17", "wrong_shape"),
        (None, "not_attempted"),
    ],
    "E7": [
        (for_variant(lambda variant: spoilt(variant, 0)), "too_eager"),
        (for_variant(lambda variant: fitted(6, variant) | {"unhealthy_threshold_count": 2}), "too_eager"),
        (for_variant(lambda variant: spoilt(variant, 1)), "too_slow"),
        (settings(30, 6, 2), "too_slow"),
        (for_variant(lambda variant: spoilt(variant, 2)), "returns_too_soon"),
        (
            for_variant(lambda variant: fitted(6, variant) | {"healthy_threshold_count": 2}),
            "returns_too_soon",
        ),
        (for_variant(lambda variant: spoilt(variant, 3)), "slow_to_return"),
        (settings(5, 2, 11), "wrong_shape"),
        (settings(4, 2, 2), "wrong_shape"),
        (settings("30", 2, 5), "wrong_shape"),
        (settings(float("nan"), 2, 5), "wrong_shape"),
        (settings(30, -2, 5), "wrong_shape"),
        ({"interval": 30}, "wrong_shape"),
        ((30, 2, 5), "wrong_shape"),
        (settings(..., ..., ...), "not_attempted"),
    ],
    "E8": [
        (of_the_shops(FULL, ROUTED, more=-1), "routing_for_capacity"),
        (of_the_shops(FULL, ROUTED), "routing_for_capacity"),
        (of_the_shops(ROUTED, FULL, TURN, 1), "capacity_for_routing"),
        (of_the_shops(ROUTED, FULL), "capacity_for_routing"),
        (of_the_shops(ROUTED, method=TURN), "still_blind"),
        (of_the_shops(ROUTED, method=DICE), "still_blind"),
        (of_the_shops(FULL, more=-1), "too_few"),
        (of_the_shops(FULL, more=-2), "too_few"),
        (of_the_shops(FULL, method=DICE, more=-1), "too_few"),
        (of_the_shops(FULL, more=3), "too_many"),
        (of_the_shops(ROUTED, more=4), "too_many"),
        (of_the_shops(FULL, "both"), "wrong_shape"),
        (of_the_shops(FULL, method="random"), "wrong_shape"),
        (of_the_shops(ROUTED, more=-1), "wrong_shape"),
        (of_the_shops(FULL, more=None), "wrong_shape"),
        (of_the_shops(FULL, more=0.5), "wrong_shape"),
        (template, "not_attempted"),
        ("routing", "wrong_shape"),
        (verdicts((..., ..., ...), (..., ..., ...)), "not_attempted"),
    ],
}
