"""Solutions of lesson 07: right ones, built differently, and wrong ones with their feedback code."""

from math import ceil

from banks import Pool, reference_of
from cloudlab.exercises.lambda_functions.burst import CONNECT, HOUR, TIMEOUT, WORK, WRITE, table_of, takes

WORKED = {
    "E19": """
from math import ceil

scenario = q.scenario()


def seconds(memory, photos):
    # a call connects once; the work is faster with more memory, and the waits are not
    return 4 + photos * (2 * 1769 / memory + 3)


# the queue holds the burst, and as many calls run as the database takes
cap = scenario["connections_of_the_database"]
in_time = 0.9 * scenario["seconds_until_all_must_be_done"] - 45  # the pollers need a while to be as many

best = None
for memory in range(256, 1769, 32):
    for photos in range(1, 11):
        long = seconds(memory, photos)
        calls = ceil(scenario["photos_within_20_seconds"] / photos)
        all_done = ceil(calls / cap) * long  # one round of calls after the other
        cost = memory * long / photos
        if long < 57 and all_done < in_time and (best is None or cost < best[0]):
            best = (cost, memory, photos)

answer = {"queue": "yes", "cap": cap, "batch_size": best[2], "memory_size": best[1], "ready": 0}
""",
}

KINDS = (4, 6, 9, 13, 19, 28)
"""Connections of the database: what fits one of them falls, or is late, with another."""


def for_variant(answer):
    answer.for_variant = True
    return answer


def mean_load(trial):
    """The share of the hour for which calls run, of as many as may: the burst is over long before the next one."""
    record, _, answer = trial.evidence
    table = table_of(record)
    used = sum(ended - began for began, ended in zip(table.began, table.ended, strict=True))
    return used / HOUR / answer["cap"]


def settings(cap, batch_size, memory_size, queue="yes", ready=0):
    return {
        "queue": queue,
        "cap": cap,
        "batch_size": batch_size,
        "memory_size": memory_size,
        "ready": ready,
    }


def draw_burst(dice):
    """A database, about 300 photos, and a time in which 512 MB do them with some room."""
    connections, photos = dice.choice(KINDS), dice.randint(292, 308)
    long = 30 + photos / 5 * takes(512, 5) / connections
    return {"photos": photos, "connections": connections, "limit": round(1.18 * long)}


def some_settings(variant):
    """The queue with as many calls as the database takes, in several memories and batches that end in time."""
    found = [
        settings(variant["connections"], photos, memory)
        for memory in (384, 448, 480, 512, 640)
        for photos in (3, 4, 5)
        if takes(memory, photos) < TIMEOUT - 2
    ]
    return sorted(found, key=lambda answer: price(answer))


def price(answer):
    """GB-seconds for each photo, about."""
    return answer["memory_size"] * takes(answer["memory_size"], answer["batch_size"]) / answer["batch_size"]


def spoilt_settings(reference, variant, answers):
    cap, photos, memory = variant["connections"], reference["batch_size"], reference["memory_size"]
    return [
        (settings(900, photos, memory), "no_cap_db_falls"),
        (settings(cap, photos, memory, "no"), "throttle_loses_sync"),
        (settings(cap, 10, memory), "batch_outlasts_timeout"),
        (settings(max(2, round(cap / 1.6)), photos, memory), "cap_below_database"),
        (settings(cap, 2, 256), "memory_too_small"),
    ]


def spoilt(variant, place):
    """One of the answers near the reference that must fail."""
    return spoilt_settings(reference_of("E19", variant), variant, None)[place][0]


def in_time(variant, answer) -> bool:
    """Whether calls in rounds of `cap` are done well within the limit, each well within its timeout."""
    took = takes(answer["memory_size"], answer["batch_size"])
    rounds = ceil(ceil(variant["photos"] / answer["batch_size"]) / answer["cap"])
    return took < TIMEOUT - 1 and 30 + rounds * took < 0.87 * variant["limit"]


def less_connecting(variant):
    """A photo more a call than the reference has, where that is done in time, else a little more memory."""
    reference = reference_of("E19", variant)
    more = reference | {"batch_size": reference["batch_size"] + 1}
    return more if in_time(variant, more) else reference | {"memory_size": reference["memory_size"] + 24}


def a_little_more(variant):
    """The reference with a little more memory."""
    reference = reference_of("E19", variant)
    return reference | {"memory_size": reference["memory_size"] + 40}


def by_hand(variant):
    """As many photos as fit into a call of 580 MB; one less, or more memory, where that isn't done in time."""
    fits = int((TIMEOUT - 4 - CONNECT) / (WORK * 1769 / 580 + WRITE))
    answers = [
        settings(variant["connections"], photos, memory)
        for memory in (580, 620)
        for photos in (fits, fits - 1)
    ]
    return next((answer for answer in answers if in_time(variant, answer)), answers[-1])


POOLS = {
    "E19": Pool(
        draw_burst,
        some_settings,
        spoilt_settings,
        naive=lambda variant, _: [settings(variant["connections"], 1, 1769)],
        kind=lambda variant: variant["connections"],
    ),
}

RIGHT = {
    "E19": [
        for_variant(lambda variant: reference_of("E19", variant)),
        for_variant(less_connecting),
        for_variant(a_little_more),
        for_variant(by_hand),
    ],
}

WRONG = {
    "E19": [
        (for_variant(lambda variant: spoilt(variant, 0)), "no_cap_db_falls"),
        (for_variant(lambda variant: settings(900, 1, 1024, "no")), "no_cap_db_falls"),
        (for_variant(lambda variant: settings(variant["connections"] + 4, 5, 512)), "no_cap_db_falls"),
        (for_variant(lambda variant: spoilt(variant, 1)), "throttle_loses_sync"),
        (settings(2, 1, 1769, "no"), "throttle_loses_sync"),
        (for_variant(lambda variant: spoilt(variant, 2)), "batch_outlasts_timeout"),
        (for_variant(lambda variant: settings(variant["connections"], 3, 128)), "batch_outlasts_timeout"),
        (for_variant(lambda variant: spoilt(variant, 3)), "cap_below_database"),
        (for_variant(lambda variant: spoilt(variant, 4)), "memory_too_small"),
        (
            for_variant(lambda variant: reference_of("E19", variant) | {"ready": variant["connections"]}),
            "kept_ready_for_nothing",
        ),
        (for_variant(lambda variant: settings(variant["connections"], 10, 1769)), "waits_in_much_memory"),
        (for_variant(lambda variant: settings(variant["connections"], 7, 1400)), "waits_in_much_memory"),
        (for_variant(lambda variant: settings(variant["connections"], 1, 640)), "connects_for_few"),
        (settings(1, 5, 512), "wrong_shape"),
        (settings(12, 0, 512), "wrong_shape"),
        (settings(12, 11, 512), "wrong_shape"),
        (settings(12, 5, 64), "wrong_shape"),
        (settings(12, 5, 512, "perhaps"), "wrong_shape"),
        (settings(12, 5, 512, True), "wrong_shape"),
        (settings(12.5, 5, 512), "wrong_shape"),
        (settings(12, 5, 512, ready=-1), "wrong_shape"),
        ({"queue": "yes", "cap": 12}, "wrong_shape"),
        ((12, 5, 512), "wrong_shape"),
        (settings(..., ..., ..., ..., ...), "not_attempted"),
    ],
}
