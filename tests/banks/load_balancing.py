"""Solutions of lesson 03: right ones, built differently, and wrong ones with their feedback code."""

import json
import random
from math import ceil
from pathlib import Path

from banks import Pool
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

STORED = Path(__file__).parent


def reference_of(name, variant):
    """The stored reference of a variant, found by search (see `pools`)."""
    stored = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
    return stored[variant["number"] - 1]["reference"]


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


def draw_troubles(dice):
    """Pauses and false starts that leave room between too eager and too slow."""
    rate, still, up = dice.choice((6, 7, 8)), dice.randrange(8, 14), dice.randrange(16, 26)
    notice, back = still + dice.randrange(20, 23), up + dice.randrange(18, 21)
    return {"rate": rate, "still": still, "up": up, "failed": round(rate / 4 * 3 * notice), "return": back}


def settings(interval, out, back):
    names = "health_check_interval_seconds", "unhealthy_threshold_count", "healthy_threshold_count"
    return dict(zip(names, (interval, out, back), strict=True))


def fitted(interval, variant, more=0):
    """The settings that fit this interval."""
    return settings(
        interval, ceil((variant["still"] + 5) / interval) + 1 + more, ceil(variant["up"] / interval) + 1
    )


def fine_grid(variant):
    return [fitted(interval, variant, more) for interval in (6, 5, 7, 8, 10) for more in (0, 1)]


def spoilt_settings(reference, variant, answers):
    interval, out, back = reference.values()
    return [
        (settings(5, 2, ceil(variant["up"] / 5) + 1), "too_eager"),
        (
            settings(interval, 10, back) if interval > 7 else settings(10, 8, ceil(variant["up"] / 10) + 1),
            "too_slow",
        ),
        (settings(interval, out, 2), "returns_too_soon"),
        (settings(30, 2, 5), "slow_to_return"),
    ]


# E8


def draw_shops(dice):
    """In one shop a server does half as much as the others; the other shop lacks two servers."""
    slow = dice.choice((0.4, 0.45, 0.5))
    north = [1.0, 1.0, 1.0]
    north.insert(dice.randrange(4), slow)
    return {
        "north": {"rate": round((3 + slow) * dice.uniform(0.73, 0.76), 2), "servers": north},
        "south": {"rate": round(dice.uniform(3.84, 3.91), 2), "servers": [1.0, 1.0, 1.0]},
    }


FEWEST, TURN, DICE = "least_outstanding_requests", "round_robin", "weighted_random"


def verdicts(north, south):
    """An answer of E8 of two triples: limit, method, instances."""
    keys = "limit", "algorithm_type", "instances"
    pairs = [("north", north), ("south", south)]
    return {f"{shop}_{key}": value for shop, triple in pairs for key, value in zip(keys, triple, strict=True)}


RIGHT_NORTH, RIGHT_SOUTH = ("routing", FEWEST, 4), ("capacity", FEWEST, 5)


def all_verdicts(variant):
    return [
        verdicts(("routing", FEWEST, first), ("capacity", south, second))
        for south in (FEWEST, TURN)
        for first in (4, 5)
        for second in (4, 5)
    ]


def spoilt_verdicts(reference, variant, answers):
    return [
        (verdicts(RIGHT_NORTH, ("routing", FEWEST, 3)), "routing_for_capacity"),
        (verdicts(("capacity", TURN, 5), RIGHT_SOUTH), "capacity_for_routing"),
        (verdicts(("routing", TURN, 4), RIGHT_SOUTH), "still_blind"),
        (verdicts(RIGHT_NORTH, ("capacity", FEWEST, 4)), "too_few"),
    ]


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
    "E7": Pool(draw_troubles, fine_grid, spoilt_settings),
    "E8": Pool(
        draw_shops,
        all_verdicts,
        spoilt_verdicts,
        naive=lambda *_: [verdicts(("routing", FEWEST, 8), ("capacity", FEWEST, 6))],
    ),
}

RIGHT = {
    "E6": [fewest, by_dice_among_the_fewest, one_loop, sorted_by_two],
    "E7": [
        for_variant(lambda variant: reference_of("E7", variant)),
        for_variant(lambda variant: fitted(6, variant)),
        for_variant(lambda variant: fitted(5, variant)),
    ],
    "E8": [
        verdicts(RIGHT_NORTH, RIGHT_SOUTH),
        verdicts(RIGHT_NORTH, ("capacity", TURN, 5)),  # equal servers: in turn is good enough
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
        (in_turn_over_all, "blind_round_robin"),
        (by_dice, "blind_round_robin"),
        (never_the_last, "leaves_one_out"),
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
        (for_variant(lambda variant: settings(5, 2, ceil(variant["up"] / 5) + 1)), "too_eager"),
        (for_variant(lambda variant: settings(6, 2, ceil(variant["up"] / 6) + 1)), "too_eager"),
        (settings(30, 4, 2), "too_slow"),
        (settings(60, 2, 2), "too_slow"),
        (
            for_variant(lambda variant: fitted(5, variant) | {"healthy_threshold_count": 2}),
            "returns_too_soon",
        ),
        (
            for_variant(lambda variant: fitted(6, variant) | {"healthy_threshold_count": 2}),
            "returns_too_soon",
        ),
        (settings(30, 2, 5), "slow_to_return"),
        (for_variant(lambda variant: fitted(10, variant) | {"healthy_threshold_count": 9}), "slow_to_return"),
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
        (verdicts(RIGHT_NORTH, ("routing", FEWEST, 3)), "routing_for_capacity"),
        (verdicts(RIGHT_NORTH, ("routing", FEWEST, 5)), "routing_for_capacity"),
        (verdicts(("capacity", TURN, 5), RIGHT_SOUTH), "capacity_for_routing"),
        (verdicts(("capacity", FEWEST, 4), RIGHT_SOUTH), "capacity_for_routing"),
        (verdicts(("routing", TURN, 4), RIGHT_SOUTH), "still_blind"),
        (verdicts(("routing", DICE, 4), RIGHT_SOUTH), "still_blind"),
        (verdicts(RIGHT_NORTH, ("capacity", FEWEST, 4)), "too_few"),
        (verdicts(RIGHT_NORTH, ("capacity", FEWEST, 3)), "too_few"),
        (verdicts(RIGHT_NORTH, ("capacity", FEWEST, 7)), "too_many"),
        (verdicts(("routing", FEWEST, 8), RIGHT_SOUTH), "too_many"),
        (verdicts(RIGHT_NORTH, ("both", FEWEST, 5)), "wrong_shape"),
        (verdicts(RIGHT_NORTH, ("capacity", "random", 5)), "wrong_shape"),
        (verdicts(("routing", FEWEST, 3), RIGHT_SOUTH), "wrong_shape"),
        (verdicts(RIGHT_NORTH, ("capacity", FEWEST, None)), "wrong_shape"),
        (verdicts(RIGHT_NORTH, ("capacity", FEWEST, 5.5)), "wrong_shape"),
        ("routing", "wrong_shape"),
        (verdicts((..., ..., ...), (..., ..., ...)), "not_attempted"),
    ],
}
