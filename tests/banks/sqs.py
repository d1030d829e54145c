"""Solutions of lesson 06: right ones, built differently, and wrong ones with their feedback code."""

from math import ceil
from statistics import median

from banks import Pool, close, reference_of
from cloudlab.exercises.sqs.backlog import PER_WORKER, PRINT

WORKED = {
    "E13": '''
def consume(queue, table):
    """Charge in one step with the order as key, then delete; what failed is left to come back."""
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            order = message["body"]
            done = yield table.charge_once(order, order)
            if done:
                yield queue.delete_message(message["receipt_handle"])


answer = consume
''',
    "E14": """
from math import ceil

scenario = q.scenario()

# just under the time that one print in 1000 takes longer than: hardly a repeat, and soon back after a crash
timeout = round(0.95 * scenario["one_in_1000_takes_longer_than"])

# an order that comes when the outage begins is tried once every timeout; one try that succeeds, and one to spare
tries = ceil(scenario["seconds_of_the_outage"] / timeout) + 2
answer = {"visibility_timeout": timeout, "max_receive_count": tries, "dead_letter_queue": "yes"}
""",
    "E15": '''
from math import ceil
from statistics import median


def decide(history):
    """Enough for what is sent, and enough that the backlog is gone in 250 s."""
    lately = median(row["sent"] for row in history[-5:])   # a rush in one minute changes no median
    backlog = max(row["visible"] for row in history[-3:])  # stay while the last of a rush are printed
    return max(1, ceil(lately / 3 + backlog * 20 / 250))


answer = decide
''',
}


def for_variant(answer):
    answer.for_variant = True
    return answer


def mean_load(trial):
    """The share of the time for which somebody prints, of those there are; in E15 of the worker-hours paid for."""
    if isinstance(trial.evidence, tuple):
        record, _ = trial.evidence
        table = record.queues[record.part("orders")]
        spells = zip(table.handed, table.ended, strict=True)
        return sum(min(end, record.end) - start for start, end in spells) / record.end / 4
    record = trial.evidence.record
    return len(record.queues[record.part("orders")].sent) * PRINT / 3600 / trial.cost


# E13


def one_at_a_time(queue, table):
    """One message each time; what failed is given back at once."""
    while True:
        messages = yield queue.receive_message(wait_time_seconds=20)
        for message in messages:
            handle = message["receipt_handle"]
            if (yield table.charge_once(message["body"], message["body"])):
                yield queue.delete_message(handle)
            else:
                yield queue.change_message_visibility(handle, 0)


def looks_first_then_once(queue, table):
    """A look spares the charge where the order is known."""
    while True:
        messages = yield queue.receive_message(max_number_of_messages=5, wait_time_seconds=20)
        for message in messages:
            order = message["body"]
            done = yield table.seen(order)
            if not done:
                done = yield table.charge_once(order, order)
            if done:
                yield queue.delete_message(message["receipt_handle"])


def deletes_in_one_call(queue, table):
    """All that succeeded are deleted together."""
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        entries = []
        for number, message in enumerate(messages):
            if (yield table.charge_once(f"charged {message['body']}", message["body"])):
                entries.append({"id": str(number), "receipt_handle": message["receipt_handle"]})
        if entries:
            yield queue.delete_message_batch(entries)


def with_a_helper(queue, table):
    """A function of its own for one message."""

    def handle(message):
        order = message["body"]
        for _ in range(3):
            if (yield table.charge_once(order, order)):
                yield queue.delete_message(message["receipt_handle"])
                return

    while True:
        for message in (yield queue.receive_message(max_number_of_messages=3, wait_time_seconds=10)):
            yield from handle(message)


def without_a_wait(queue, table):
    """Short polls cost more, and do no harm."""
    while True:
        for message in (yield queue.receive_message()):
            if (yield table.charge_once(message["body"], message["body"])):
                yield queue.delete_message(message["receipt_handle"])


def never_deletes(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            yield table.charge_once(message["body"], message["body"])


def never_deletes_and_charges_each_time(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            yield table.charge(message["body"])


def deletes_first(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            yield queue.delete_message(message["receipt_handle"])
            yield table.charge_once(message["body"], message["body"])


def deletes_all_first(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            yield queue.delete_message(message["receipt_handle"])
        for message in messages:
            yield table.charge(message["body"])


def deletes_what_failed_too(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            yield table.charge_once(message["body"], message["body"])
            yield queue.delete_message(message["receipt_handle"])


def deletes_the_whole_batch(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            yield table.charge_once(message["body"], message["body"])
        if messages:
            yield queue.delete_message_batch(
                [{"id": str(n), "receipt_handle": one["receipt_handle"]} for n, one in enumerate(messages)]
            )


def charges_each_time(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            if (yield table.charge(message["body"])):
                yield queue.delete_message(message["receipt_handle"])


done_here = set()


def remembers_in_a_variable(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            order = message["body"]
            if order in done_here or (yield table.charge(order)):
                done_here.add(order)
                yield queue.delete_message(message["receipt_handle"])


def goes_by_the_count(queue, table):
    """A first receive is charged, and a repeat is not: but its first one may have died before the charge."""
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            if message["approximate_receive_count"] == 1:
                yield table.charge(message["body"])
            yield queue.delete_message(message["receipt_handle"])


def looks_charges_remembers(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            order = message["body"]
            done = yield table.seen(order)
            if not done:
                done = yield table.charge(order)
                if done:
                    yield table.remember(order)
            if done:
                yield queue.delete_message(message["receipt_handle"])


def remembers_then_charges(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            order = message["body"]
            if not (yield table.seen(order)):
                yield table.remember(order)
                while not (yield table.charge(order)):
                    pass
            yield queue.delete_message(message["receipt_handle"])


def by_the_id(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            if (yield table.charge_once(message["message_id"], message["body"])):
                yield queue.delete_message(message["receipt_handle"])


def by_the_receipt(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            if (yield table.charge_once(message["receipt_handle"], message["body"])):
                yield queue.delete_message(message["receipt_handle"])


def until_it_is_empty(queue, table):
    messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
    while messages:
        for message in messages:
            if (yield table.charge_once(message["body"], message["body"])):
                yield queue.delete_message(message["receipt_handle"])
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=1)


def one_batch_only(queue, table):
    for message in (yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)):
        if (yield table.charge_once(message["body"], message["body"])):
            yield queue.delete_message(message["receipt_handle"])


def passes_over_repeats(queue, table):
    while True:
        messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
        for message in messages:
            if (yield table.seen(message["body"])):
                continue
            if (yield table.charge_once(message["body"], message["body"])):
                yield queue.delete_message(message["receipt_handle"])


def no_yield(queue, table):
    return queue.receive_message(max_number_of_messages=10)


def half_of_the_yields(queue, table):
    while True:
        messages = queue.receive_message(max_number_of_messages=10)
        for message in messages:
            yield table.charge_once(message["body"], message["body"])


def yields_a_message(queue, table):
    while True:
        for message in (yield queue.receive_message()):
            yield message["body"]


def deletes_by_the_id(queue, table):
    while True:
        for message in (yield queue.receive_message(wait_time_seconds=20)):
            if (yield table.charge_once(message["body"], message["body"])):
                yield queue.delete_message(message["message_id"])


def eleven_at_once(queue, table):
    while True:
        yield queue.receive_message(max_number_of_messages=11)


def charges_the_message(queue, table):
    while True:
        for message in (yield queue.receive_message(wait_time_seconds=20)):
            yield table.charge(message)


def a_wrong_field(queue, table):
    while True:
        for message in (yield queue.receive_message(wait_time_seconds=20)):
            yield table.charge(message["order"])


def looks_again_and_again(queue, table):
    while True:
        yield table.seen("order")


def only_a_queue(queue):
    yield queue.receive_message()


# E14


WORKS, OUTAGES = (6, 11, 20, 36), (1, 3, 6)
"""Seconds of a print, and timeouts that an outage is long: what fits one of them fits no other."""


def draw_day(dice):
    """A print's time, and an outage of some timeouts."""
    work, long = dice.choice(WORKS), dice.choice(OUTAGES)
    timeout = round(3.9 * work)
    outage = round((long + dice.uniform(0.42, 0.58)) * timeout)
    return {
        "work": work,
        "outage": outage,
        "back": round(6.2 * work),
        "out": round((long + 4) * timeout * 1.12),
    }


def kind_of_day(variant):
    """The print's time, and how many timeouts an outage is long."""
    return variant["work"], int(variant["outage"] / (3.9 * variant["work"]))


def settings(timeout, tries, keeps="yes"):
    return {"visibility_timeout": timeout, "max_receive_count": tries, "dead_letter_queue": keeps}


def fitted(variant, times=3.9, more=0):
    """A timeout of so many mean prints, and tries for the outage."""
    timeout = round(times * variant["work"])
    return settings(timeout, ceil(variant["outage"] / timeout) + 2 + more)


def some_settings(variant):
    return [fitted(variant, times, more) for times in (3.9, 4.0, 3.8) for more in (0, 1)]


def spoilt_settings(reference, variant, answers):
    timeout, tries, _ = reference.values()
    return [
        (settings(2 * variant["work"], tries + 6), "timeout_below_work"),
        (long_hidden(variant), "timeout_huge"),
        (settings(timeout, tries, "no"), "no_dlq"),
        (settings(timeout, 1), "dlq_after_one"),
        (settings(timeout, 2 * tries + 1), "too_many_tries"),
    ]


def long_hidden(variant):
    """So long a timeout that few tries outlast the outage."""
    timeout = 9 * variant["work"]
    return settings(timeout, ceil(variant["outage"] / timeout) + 1)


def outage_is_long(variant):
    return kind_of_day(variant)[1] >= 3


def few_tries(variant):
    """Half as many tries as the outage is long."""
    return settings(round(3.9 * variant["work"]), max(2, kind_of_day(variant)[1] - 1))


few_tries.for_variant, few_tries.only = True, outage_is_long


# E15


def draw_hours(dice):
    """Orders a minute between the waves, a ramp, and groups of forty such minutes."""
    return {"calm": 6, "ramp": round(dice.uniform(2.7, 3.1), 2), "group": dice.randint(234, 252)}


def lately(history):
    return median(row["sent"] for row in history[-5:])


def waits(history, minutes=1):
    return max(row["visible"] for row in history[-minutes:])


def both(room, wait, minutes):
    """What is sent, with some room, and a backlog that is gone in `wait` seconds; it looks back so many minutes."""

    def decide(history):
        return max(1, ceil(room * lately(history) / PER_WORKER + waits(history, minutes) * PRINT / wait))

    return decide


held = both(1.0, 250, 3)
longer = both(1.0, 300, 5)
quick = both(1.0, 150, 2)
slow = both(1.0, 900, 1)


def in_a_loop(history):
    """The fewest workers that are done in time, by counting up."""
    workers = 1
    while workers * 250 / PRINT < waits(history, 3) + lately(history) * 250 / 60:
        workers += 1
    return workers


def saturated(history):
    return max(1, ceil(history[-1]["sent"] / PER_WORKER))


def saturated_on_average(history):
    rows = history[-5:]
    return max(1, ceil(sum(row["sent"] for row in rows) / len(rows) / PER_WORKER))


def by_cpu(percent):
    def decide(history):
        now = history[-1]
        return max(1, ceil(now["in_service"] * now["cpu"] / percent))

    return decide


cpu_80, cpu_70 = by_cpu(80), by_cpu(70)


def step_by_cpu(history):
    now = history[-1]
    return max(1, now["desired"] + (1 if now["cpu"] > 90 else -1 if now["cpu"] < 60 else 0))


def never_less(history):
    return max(history[-1]["desired"], quick(history))


def all_the_time(history):
    return 30


def a_few_all_the_time(history):
    return 3


def too_roomy(history):
    return ceil(2.2 * lately(history) / PER_WORKER + waits(history, 8) * PRINT / 110) + 1


def a_fraction(history):
    return history[-1]["visible"] * PRINT / 250


def nothing(history):
    quick(history)


def looks_up_a_wrong_name(history):
    return history[-1]["backlog"]


def peeks_at_dice(history):
    import os

    return quick(history) + os.urandom(1)[0] % 5


POOLS = {
    "E14": Pool(draw_day, some_settings, spoilt_settings, kind=kind_of_day),
    "E15": Pool(
        draw_hours,
        lambda variant: ["held", "quick"],
        lambda *_: [
            ("saturated", "exactly_saturated"),
            ("cpu_80", "cpu_based"),
            ("slow", "too_late"),
        ],
        naive=lambda *_: ["all_the_time"],
        kind=lambda variant: tuple(variant[name] for name in ("calm", "ramp", "group")),  # sizes alone differ
    ),
}


def spoilt(variant, place):
    """One of the answers near the reference that must fail."""
    return spoilt_settings(reference_of("E14", variant), variant, None)[place][0]


RIGHT = {
    "E13": [one_at_a_time, looks_first_then_once, deletes_in_one_call, with_a_helper, without_a_wait],
    "E14": [
        for_variant(lambda variant: reference_of("E14", variant)),
        for_variant(lambda variant: fitted(variant, 3.6)),
        for_variant(lambda variant: fitted(variant, 4.1)),
    ],
    "E15": [longer, quick, in_a_loop],
}

WRONG = {
    "E13": [
        (never_deletes, "no_delete"),
        (never_deletes_and_charges_each_time, "no_delete"),
        (until_it_is_empty, "stops"),
        (one_batch_only, "stops"),
        (deletes_first, "delete_first_loses"),
        (close(deletes_all_first), "delete_first_loses"),
        (remembers_then_charges, "remembers_first"),
        (deletes_what_failed_too, "ignores_batch_partial_failure"),
        (deletes_the_whole_batch, "ignores_batch_partial_failure"),
        (charges_each_time, "not_idempotent"),
        (remembers_in_a_variable, "not_idempotent"),
        (looks_charges_remembers, "not_atomic"),
        (by_the_id, "wrong_key"),
        (by_the_receipt, "wrong_key"),
        (passes_over_repeats, "keeps_repeats"),
        (no_yield, "wrong_shape"),
        (half_of_the_yields, "wrong_shape"),
        (yields_a_message, "wrong_shape"),
        (deletes_by_the_id, "wrong_shape"),
        (eleven_at_once, "wrong_shape"),
        (charges_the_message, "wrong_shape"),
        (a_wrong_field, "raised"),
        (looks_again_and_again, "over_budget"),
        (only_a_queue, "wrong_shape"),
        ("consume", "wrong_shape"),
        (None, "not_attempted"),
    ],
    "E14": [
        (for_variant(lambda variant: spoilt(variant, 0)), "timeout_below_work"),
        (for_variant(lambda variant: settings(variant["work"], 40)), "timeout_below_work"),
        (for_variant(lambda variant: spoilt(variant, 1)), "timeout_huge"),
        (for_variant(lambda variant: settings(43_200, 3)), "timeout_huge"),
        (for_variant(lambda variant: spoilt(variant, 2)), "no_dlq"),
        (for_variant(lambda variant: spoilt(variant, 3)), "dlq_after_one"),
        (for_variant(lambda variant: spoilt(variant, 4)), "too_many_tries"),
        (few_tries, "too_few_tries"),
        (settings(30, 0), "wrong_shape"),
        (settings(50_000, 3), "wrong_shape"),
        (settings(30, 3, "maybe"), "wrong_shape"),
        (settings(30, 3, True), "wrong_shape"),
        (settings("30", 3), "wrong_shape"),
        ({"visibility_timeout": 30}, "wrong_shape"),
        ((30, 3, "yes"), "wrong_shape"),
        (settings(..., ..., ...), "not_attempted"),
    ],
    "E15": [
        (saturated, "exactly_saturated"),
        (saturated_on_average, "exactly_saturated"),
        (cpu_80, "cpu_based"),
        (cpu_70, "cpu_based"),
        (step_by_cpu, "cpu_based"),
        (never_less, "never_in"),
        (all_the_time, "never_in"),
        (slow, "too_late"),
        (a_few_all_the_time, "too_late"),
        (too_roomy, "too_much_room"),
        (a_fraction, "wrong_shape"),
        (nothing, "wrong_shape"),
        (looks_up_a_wrong_name, "raised"),
        (peeks_at_dice, "own_dice"),
        (12, "wrong_shape"),
        (None, "not_attempted"),
    ],
}
