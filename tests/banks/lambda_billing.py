"""The bank of lesson 08: server or function (E16), the bill of a log (E17), memory and timeout (E18).

`tests/pools.py E18` finds the scenarios of E18 with POOLS.
"""

from math import ceil, floor

from banks import Pool, reference_of
from cloudlab.exercises.lambda_billing import billing, calls, choosing
from cloudlab.kernel.vcpu import share


def for_variant(answer):
    """Mark a function that makes the answer from the variant."""
    answer.for_variant = True
    return answer


def mean_load(trial):
    """Calls under way, of the thousand that an account may have."""
    found = trial.evidence[0]
    return calls.A_SECOND * sum(found.untimed) / len(found.untimed) / 1000


# E16

WORKED = {
    "E16": """
from math import ceil

def choose(day, given):
    # the function: what is called is paid
    seconds = given["seconds_of_a_call_of_the_function"]
    call = given["memory_gb_of_the_function"] * seconds * given["dollars_a_gb_second"]
    call += given["dollars_a_million_calls"] / 1_000_000
    called = sum(day) * call
    # servers: for the busiest hour, in two zones, all day
    at_once = max(day) * given["seconds_of_a_call_on_a_server"] / 3600
    servers = max(2, ceil(at_once / (0.8 * given["calls_at_once_on_a_server"])))
    hour = servers * given["dollars_an_hour_of_a_server"] + given["dollars_an_hour_of_the_balancer"]
    if 24 * hour < called:
        return {"way": "servers", "servers": servers, "dollars": 24 * hour}
    return {"way": "function", "servers": 0, "dollars": called}

answer = choose
""",
    "E17": """
from math import ceil

def bill(log, memory):
    gb_seconds = requests = 0
    for group in log:
        ms = ceil(round(group["duration_ms"] + group["init_ms"], 4))
        gb_seconds += group["calls"] * ms / 1000 * memory / 1024
        requests += group["calls"]
    gb_seconds = max(0, gb_seconds - 400_000)
    requests = max(0, requests - 1_000_000)
    return gb_seconds * 0.0000166667 + requests * 0.20 / 1_000_000

answer = bill
""",
    "E18": """
given = q.scenario()
# computing takes a / memory, waiting takes b: two measured sizes tell both
slow, quick = given["measured"][1], given["measured"][3]
a = (slow["p95_s"] - quick["p95_s"]) / (1 / slow["memory_size"] - 1 / quick["memory_size"])
b = quick["p95_s"] - a / quick["memory_size"]
wanted = 0.86 * given["seconds_for_95_percent"]
memory = round(a / (wanted - b))
longest = wanted * max(row["longest_s"] / row["p95_s"] for row in given["measured"])
answer = {"memory_size": memory, "timeout": round(longest) + 1}
""",
}


def as_reply(choice):
    way, servers, dollars = choice
    return {"way": way, "servers": servers, "dollars": dollars}


def by(rule):
    """A choose that follows a rule of (day, given)."""

    def choose(day, given):
        return as_reply(rule(day, given))

    return choose


def tries_up_to_forty(day, given):
    """The cheapest of all that are allowed."""
    ways = [("function", 0), *(("servers", number) for number in range(2, 400))]
    way, servers = min(ways, key=lambda one: choosing.dollars_of(*one, day, given))
    return as_reply((way, servers, choosing.dollars_of(way, servers, day, given)))


def hour_by_hour(day, given):
    """Adds up both bills hour by hour."""
    servers = 2
    while any(
        calls * given["seconds_of_a_call_on_a_server"] > 0.8 * 3600 * 8 * servers + 1e-6 for calls in day
    ):
        servers += 1
    rented = called = 0.0
    for number in day:
        rented += servers * given["dollars_an_hour_of_a_server"] + given["dollars_an_hour_of_the_balancer"]
        called += number * choosing.call_dollars(given)
    return as_reply(("function", 0, called) if called <= rented else ("servers", servers, rented))


def _always_function(day, given):
    return "function", 0, sum(day) * choosing.call_dollars(given)


def _always_two_or_more(day, given):
    servers = choosing.needed(max(day), given)
    return "servers", servers, choosing.server_dollars(given, servers)


def _only_busy_hours(day, given):
    servers = choosing.needed(max(day), given)
    price = 24 * given["dollars_an_hour_of_the_balancer"] + sum(
        number * given["seconds_of_a_call_on_a_server"] / 3600 / 8 * given["dollars_an_hour_of_a_server"]
        for number in day
    )
    return choosing.cheaper(day, given, servers, price)


def _one_is_enough(day, given):
    return choosing.cheaper(day, given, choosing.needed(max(day), given, 1))


def _for_the_mean(day, given):
    return choosing.cheaper(day, given, choosing.needed(sum(day) / len(day), given))


def _without_a_balancer(day, given):
    way, servers, dollars = choosing.right(day, given)
    return way, servers, dollars - 24 * given["dollars_an_hour_of_the_balancer"] * (way == "servers")


def _without_calls(day, given):
    way, servers, dollars = choosing.right(day, given)
    return way, servers, dollars - sum(day) * given["dollars_a_million_calls"] / 1e6 * (way == "function")


def _the_other(day, given):
    """Always the dearer one, with a server more."""
    way, _, _ = choosing.right(day, given)
    return (
        ("function", 0, 1.0) if way == "servers" else ("servers", choosing.needed(max(day), given) + 9, 1.0)
    )


def replies(**changed):
    """The right reply in which something else stands."""

    def choose(day, given):
        return as_reply(choosing.right(day, given)) | changed

    return choose


def says_nothing(day, given):
    choosing.right(day, given)


def only_the_way(day, given):
    return choosing.right(day, given)[0]


def divides_by_zero(day, given):
    return 1 / 0


def asks_itself(day, given):
    return asks_itself(day, given)


def one_parameter(day):
    return {}


# E17


def with_fractions(log, memory):
    return float(billing.right(log, memory))


def in_hundredths(log, memory):
    """All in whole hundredths of a millisecond."""
    total = many = 0
    for group in log:
        hundredths = round(100 * group["duration_ms"]) + round(100 * group["init_ms"])
        total += group["calls"] * -(-hundredths // 100) * memory
        many += group["calls"]
    paid = max(total / 1_024_000 - 400_000, 0) * 0.0000166667
    return paid + max(many - 1_000_000, 0) * 0.0000002


def rule(**changed):
    """A bill in which some rules are others."""

    def bill(log, memory):
        return float(billing._dollars(log, memory, **changed))

    return bill


def whole_seconds(row):
    return 1000 * ceil((row["duration_ms"] + row["init_ms"]) / 1000)


def tenths(row):
    return 100 * ceil(round(row["duration_ms"] + row["init_ms"], 4) / 100)


def without_init(row):
    return ceil(row["duration_ms"])


def one_by_one(row):
    return ceil(row["duration_ms"]) + ceil(row["init_ms"])


def as_measured(row):
    return billing.Fraction(round(100 * (row["duration_ms"] + row["init_ms"])), 100)


def free_for_each(log, memory):
    return sum(with_fractions([group], memory) for group in log)


def in_cents(log, memory):
    return 100 * with_fractions(log, memory)


def as_text(log, memory):
    return f"${with_fractions(log, memory):.2f}"


def no_bill(log, memory):
    with_fractions(log, memory)


def a_wrong_name(log, memory):
    return sum(group["duration"] for group in log)


# E18


def draw_function(dice):
    """A function that takes long with little memory, or less with more: all cost about the same."""
    kind = dice.randrange(6)
    memory = 232 * 1.49**kind * dice.uniform(0.98, 1.02)
    seconds = 7 * 1024 / memory
    return {
        "kind": kind,
        "waits": round(0.55 * seconds, 3),
        "computes": round(0.45 * seconds * share(memory), 3),
        "limit": round(1.18 / 0.85 * seconds, 1),
    }


def needed_memory(variant, part):
    """The memory with which 95 % take this part of what is allowed."""
    left = part * variant["limit"] / 1.18 - variant["waits"]
    return round(1769 * variant["computes"] / left)


def some_settings(variant):
    """Memory from what just misses the goal to one CPU, each with timeouts that break off few or none."""
    found = []
    for percent in range(80, 101, 2):
        memory = needed_memory(variant, percent / 100)
        mean = variant["waits"] + variant["computes"] / share(memory)
        found += [
            {"memory_size": memory, "timeout": timeout}
            for timeout in {ceil(mean * 1.22), ceil(mean * 1.28), ceil(mean * 1.35)}
        ]
    return [answer for answer in found if 128 <= answer["memory_size"] <= 10_240]


def spoilt_settings(reference, variant, answers):
    """Less memory with time enough, and the reference with too short a timeout."""
    memory, timeout = reference["memory_size"], reference["timeout"]
    return [
        ({"memory_size": max(128, round(memory / 1.8)), "timeout": 2 * timeout}, "min_memory"),
        ({"memory_size": memory, "timeout": max(1, floor(timeout / 1.35))}, "timeout_too_short"),
    ]


POOLS = {
    "E18": Pool(
        draw_function,
        some_settings,
        spoilt_settings,
        naive=lambda *_: [{"memory_size": 1769, "timeout": 60}],
        kind=lambda variant: variant["kind"],
    ),
}


def reference(variant):
    return reference_of("E18", variant)


def changed(**values):
    """The reference with other values: numbers, or functions of the reference's own."""

    def answer(variant):
        best = reference(variant)
        return best | {
            name: value(best[name]) if callable(value) else value for name, value in values.items()
        }

    return for_variant(answer)


def spoilt(place):
    return for_variant(lambda variant: spoilt_settings(reference(variant), variant, None)[place][0])


RIGHT = {
    "E16": [by(choosing.right), tries_up_to_forty, hour_by_hour],
    "E17": [with_fractions, in_hundredths],
    "E18": [
        for_variant(reference),
        changed(memory_size=lambda best: round(best * 1.02)),
        changed(timeout=lambda best: best + 1),
    ],
}

WRONG = {
    "E16": [
        (by(_always_function), "always_lambda"),
        (by(_always_two_or_more), "always_ec2"),
        (by(_only_busy_hours), "forgets_idle"),
        (by(_one_is_enough), "forgets_two_zones"),
        (by(_for_the_mean), "by_the_mean"),
        (by(_without_a_balancer), "wrong_bill"),
        (by(_without_calls), "wrong_bill"),
        (by(_the_other), "wrong_choice"),
        (replies(way="EC2"), "wrong_shape"),
        (replies(servers="2"), "wrong_shape"),
        (replies(servers=-1), "wrong_shape"),
        (replies(dollars="5"), "wrong_shape"),
        (replies(dollars=float("nan")), "wrong_shape"),
        (replies(more=1), "wrong_shape"),
        (only_the_way, "wrong_shape"),
        (says_nothing, "wrong_shape"),
        (divides_by_zero, "raised"),
        (asks_itself, "endless"),
        (one_parameter, "wrong_shape"),
        ("servers", "wrong_shape"),
        (None, "not_attempted"),
    ],
    "E17": [
        (rule(ms=whole_seconds), "per_second_rounding"),
        (rule(ms=tenths), "per_second_rounding"),
        (rule(mb=1), "mb_as_gb"),
        (rule(mb=1000), "mb_as_gb"),
        (rule(ms=without_init), "init_ignored"),
        (rule(free=2), "free_tier_twice"),
        (free_for_each, "free_tier_twice"),
        (rule(free=0), "no_free_tier"),
        (rule(counts=lambda row: row["ended"] == "success"), "failed_are_free"),
        (rule(counts=lambda row: row["ended"] != "error"), "failed_are_free"),
        (rule(ms=one_by_one), "rounded_apart"),
        (rule(ms=as_measured), "not_rounded"),
        (in_cents, "wrong_sum"),
        (as_text, "wrong_shape"),
        (no_bill, "wrong_shape"),
        (a_wrong_name, "raised"),
        (7, "wrong_shape"),
        (None, "not_attempted"),
    ],
    "E18": [
        (spoilt(0), "min_memory"),
        (changed(memory_size=128, timeout=900), "min_memory"),
        (spoilt(1), "timeout_too_short"),
        (changed(timeout=1), "timeout_too_short"),
        (changed(memory_size=10_240), "max_memory"),
        (changed(memory_size=3538), "max_memory"),
        (changed(timeout=900), "timeout_too_long"),
        (changed(timeout=lambda best: 12 * best), "timeout_too_long"),
        (changed(memory_size=127), "wrong_shape"),
        (changed(memory_size=512.5), "wrong_shape"),
        (changed(timeout=901), "wrong_shape"),
        (changed(timeout="10"), "wrong_shape"),
        (changed(more=1), "wrong_shape"),
        ({"memory_size": 512}, "wrong_shape"),
        ({"memory_size": ..., "timeout": ...}, "not_attempted"),
        (None, "not_attempted"),
    ],
}
