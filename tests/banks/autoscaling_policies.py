"""Solutions of lesson 02: right ones, built differently, and wrong ones with their feedback code."""

from math import ceil

from banks import Pool, close, only, reference_of
from cloudlab.kernel.measures import utilisation

WORKED = {
    "E3": """
from math import ceil, log

scenario = q.scenario()
sale = max(rate for _, rate in scenario["orders"])
busy = ceil(sale / scenario["orders_a_minute_of_an_instance"])
limit = scenario["seconds_for_95_of_100_orders"]
answer = {
    # checks with 50, 60 and 70 showed: twice the patience allows a target that is 11 higher
    "target_value": round(16.2 * log(limit) - 31),
    "default_instance_warmup": 180,  # 2 minutes until it serves, 1 to work off a part of the line
    "max_size": busy + 1,  # what the sale needs, and one to work off the line
}
""",
    "E4": '''
from math import ceil


def decide(history):
    """Enough for the busiest of the last minutes, with room for a metric that is late."""
    most = max(row["orders"] for row in history[-6:])  # a pause between two groups ends nothing
    return ceil(most / (0.75 * 12))


answer = decide
''',
    "E5": """
from math import ceil

scenario = q.scenario()
rush = max(rate for _, rate in scenario["orders"])
hour, minute = map(int, scenario["rush_begins_at"].split(":"))
answer = {
    "raise_at": f"{(minute - 3) % 60} {hour - (minute < 3)} * * *",  # 2 minutes until they serve, one to spare
    "rush_minimum": ceil(rush / 12) + 1,
    "reset_at": f"{minute} {hour} * * *",  # lowers the minimum only; tracking takes them in after the rush
    "target_value": 90,  # the schedule knows the rush, so little room is needed
}
""",
}


def mean_load(trial):
    """The share of the slots that were at work, over the whole run."""
    (share,) = utilisation(trial.evidence[0], trial.evidence[0].end)
    return share


def from_the_reference(name, build):
    """An answer that `build(*values)` makes of the stored reference of the variant."""

    def answer(variant):
        reference = reference_of(name, variant)
        return dict(zip(reference, build(*reference.values()), strict=True))

    answer.for_variant = True
    return answer


# E3


def settings(target_value, default_instance_warmup, max_size):
    return {
        "target_value": target_value,
        "default_instance_warmup": default_instance_warmup,
        "max_size": max_size,
    }


SALES = {  # limit (s): busy in the sale, begins, lasts, open (minutes), target that keeps it
    150: (9, 25, 40, 410, 51),
    210: (10, 24, 42, 400, 57),
    280: (12, 22, 45, 340, 61),
    440: (15, 20, 50, 290, 69),
    680: (19, 18, 60, 235, 75),
}
"""Sales of E3: the more instances one keeps busy, the more patience there is, and the less a low target pays.

Each is so long that no fleet below what it keeps busy gets through on patience, and the hours after it are so many
that who never ends an instance pays nearly half as much again.
"""


def draw_a_sale(dice):
    """A scenario of E3."""
    limit = dice.choice(list(SALES))
    size, begins, lasts, minutes, _ = SALES[limit]
    return {
        "calm": 3 * size - dice.randint(0, 1),
        "begins": begins + dice.randint(0, 2),
        "lasts": lasts + dice.randint(0, 1),
        "open": minutes + dice.randint(0, 4),
        "limit": limit,
    }


def busy(variant):
    """Instances that the sale keeps busy."""
    return -(-4 * variant["calm"] // 12)


def all_settings(variant):
    """A grid of answers of E3."""
    best = SALES[variant["limit"]][-1]
    return [
        settings(target, warmup, busy(variant) + more)
        for target in (best - 1, best + 1)
        for warmup in (180,)
        for more in (1,)
    ]


def near_settings(reference, variant, answers):
    """Much too high a target, much too long a warm-up, and less than the sale needs."""
    slow = reference | {"default_instance_warmup": 900, "max_size": busy(variant) + 4}
    return [
        (reference | {"target_value": reference["target_value"] + 20}, "target_too_high"),
        (reference | {"max_size": round(0.7 * busy(variant))}, "max_below_sale"),
        *([(slow, "warmup_too_long")] if in_several_steps(variant) else []),
    ]


def in_several_steps(variant):
    """Whether a target that keeps the limit takes more than one step, so that a long warm-up is felt."""
    return SALES[variant["limit"]][-1] > 60


def below_a_fixed_fleet(variant):
    """Whether six tenths of the best target leave the fleet clearly smaller than the sale needs, before it begins."""
    target = reference_of("E3", variant)["target_value"] * 6 // 10
    return 100 * variant["calm"] / 12 / target < 0.75 * busy(variant)


def a_fixed_fleet(variant, answers):
    """So low a target that the group stands at its maximum from the beginning."""
    return [settings(10, 240, busy(variant) + more) for more in (1, 2)]


# E4


def draw_waves(dice):
    """A scenario of E4."""
    calm, ramp, groups = dice.randint(46, 53), dice.randrange(340, 375, 5), dice.randrange(160, 175, 5)
    return {"calm": calm, "ramp": ramp / 100, "groups": groups / 100}


def good_policies(variant):
    """Those that are tried, of several kinds."""
    return [
        "three_quarters",
        "six_at_three_quarters",
        "five_at_three_quarters",
        "five_at_four_fifths",
        "by_the_last_five",
        "with_a_trend",
        "by_the_mean",
        "slowly_in",
        "newest_70",
        "newest_50",
        "newest_40",
    ]


def near_policies(reference, variant, answers):
    """The last minute taken as it is, what is on its way asked for again, and too little room."""
    return [
        ("newest_70", "instant_metric"),
        ("newest_50", "instant_metric"),
        ("missing_again_and_in_at_once", "ignores_pending_double_launch"),
        ("no_room", "too_late"),
    ]


def fixed_policies(variant, answers):
    """The same number all the time."""
    return ["fixed_16", "fixed_18", "fixed_20"]


def most(history, minutes):
    return max(row["orders"] for row in history[-minutes:])


def three_quarters(history):
    return -(-most(history, 8) // 9)


def six_at_three_quarters(history):
    return -(-most(history, 6) // 9)


def five_at_three_quarters(history):
    return -(-most(history, 5) // 9)


def five_at_four_fifths(history):
    return -(-most(history, 5) * 10 // 96)


def by_the_last_five(history):
    return -(-most(history, 5) * 10 // 84)


def by_the_mean(history):
    """So much room that the mean of some minutes is enough."""
    rows = [row["orders"] for row in history[-6:]]
    return -(-sum(rows) * 10 // (len(rows) * 66))


def slowly_in(history):
    """Out at once, in by one instance every other minute."""
    need, last = -(-most(history, 2) // 9), history[-1]
    return need if need >= last["desired"] else last["desired"] - last["minute"] % 2


def with_a_trend(history):
    """The mean of three minutes and what it grew by; a little less at a time on the way in."""
    rows = [row["orders"] for row in history]
    now, before = rows[-3:], rows[-6:-3] or rows[-3:]
    mean = sum(now) / len(now)
    growth = max(0.0, mean - sum(before) / len(before))
    wish = -(-int(mean + growth) * 10 // 90)
    last = history[-1]["desired"]
    return wish if wish >= last else max(wish, last - 1)


class Remembers:
    """An object with a memory of its own: the largest of the last eight minutes."""

    def __init__(self):
        self.seen = []

    def decide(self, history):
        self.seen.append(history[-1]["orders"])
        return -(-max(self.seen[-7:]) // 9)


def newest(percent):
    """A policy that fills what there is to so many percent, by the newest minute alone."""

    def decide(history):
        return ceil(history[-1]["orders"] / 12 / (percent / 100))

    return decide


newest_70, newest_50, newest_40 = newest(70), newest(50), newest(40)


def the_last_minute(history):
    return -(-history[-1]["orders"] * 2 // 23)


def no_room(history):
    return -(-most(history, 5) // 14)


def fixed_8(history):
    return 8


def fixed_16(history):
    return 16


def fixed_18(history):
    return 18


def fixed_20(history):
    return 20


def never_in(history):
    return max(history[-1]["desired"], three_quarters(history))


def missing_again(history):
    """Asks for what is missing in service, again each minute, and goes in slowly."""
    last, need = history[-1], three_quarters(history)
    if need > last["in_service"]:
        return last["desired"] + need - last["in_service"]
    return max(need, last["desired"] - 1)


def missing_again_and_in_at_once(history):
    """The same, but what is too much goes at once."""
    last, need = history[-1], three_quarters(history)
    return need if need <= last["in_service"] else last["desired"] + need - last["in_service"]


def the_difference(history):
    """Returns what is missing, as if the group added it."""
    return max(0, three_quarters(history) - history[-1]["in_service"])


def twice_what_is_needed(history):
    return 2 * five_at_three_quarters(history)


def three_more_each_minute(history):
    last = history[-1]
    if last["cpu"] > 75:
        return last["desired"] + 4
    return max(three_quarters(history), last["desired"] - 1)


def half_empty(history):
    return -(-most(history, 8) // 5)


def looks_into_the_future(history):
    """Finds the customers of five minutes from now in the frames that called it."""
    import sys

    frame = sys._getframe()
    while frame:
        if "traffic" in frame.f_locals:
            rate, now = frame.f_locals["traffic"].rate, history[-1]["minute"]
            return int(60 * max(rate(60 * (now + more)) for more in range(6)) / 8) + 1
        frame = frame.f_back
    return 10


def throws_dice(history):
    import os

    return three_quarters(history) + os.urandom(1)[0] % 2


def a_text(history):
    return "5"


def a_negative_number(history):
    return history[-1]["desired"] - 50


def nothing(history):
    three_quarters(history)


def a_half(history):
    return history[-1]["orders"] / 9


def no_number(history):
    return float("nan")


def a_generator(history):
    yield 5


def a_wrong_key(history):
    return history[-1]["load"]


def without_end(history):
    return without_end(history)


# E5


def schedule(raise_at, rush_minimum, reset_at, target_value):
    return {
        "raise_at": raise_at,
        "rush_minimum": rush_minimum,
        "reset_at": reset_at,
        "target_value": target_value,
    }


RUSHES = (11, 14, 17, 20, 23, 26, 29)
"""Instances that rushes of E5 keep busy: the more, the later it begins, and the shorter it is."""


def draw_a_morning(dice):
    """A scenario of E5."""
    place = dice.randrange(len(RUSHES))
    size = RUSHES[place]
    return {
        "calm": 36,
        "rush": 12 * size - dice.randint(0, 5),
        "begins": 22 + 9 * place + dice.randint(0, 2),
        "lasts": round(840 / (size - 2) - 15) + dice.randint(0, 2),
    }


def at(minute):
    """A recurrence: each day at this minute after 8:00."""
    return f"{minute % 60} {8 + minute // 60} * * *"


def rush(variant):
    """Instances that the rush keeps busy."""
    return -(-variant["rush"] // 12)


def all_schedules(variant):
    """A grid of answers of E5."""
    begins = variant["begins"]
    return [
        schedule(at(begins - 2), rush(variant) + more, at(begins + 1), target)
        for more in (1, 2)
        for target in (90, 95)
    ]


def near_schedules(reference, variant, answers):
    """Late, too few, and lowered before the rush."""
    begins = variant["begins"]
    return [
        (reference | {"raise_at": at(begins + 3), "reset_at": at(begins + 20)}, "schedule_late"),
        (reference | {"rush_minimum": rush(variant) - 4}, "minimum_below_rush"),
        (reference | {"raise_at": at(1), "reset_at": at(2)}, "reset_before_the_rush"),
    ]


def a_rush_all_morning(variant, answers):
    """The minimum of the rush from the opening on, and never less."""
    return [schedule("0 7 * * *", rush(variant) + more, "0 12 * * *", 90) for more in (1, 2, 3)]


POOLS = {
    "E3": Pool(
        draw_a_sale, all_settings, near_settings, a_fixed_fleet, kind=lambda variant: variant["limit"]
    ),
    "E4": Pool(draw_waves, good_policies, near_policies, fixed_policies),
    "E5": Pool(draw_a_morning, all_schedules, near_schedules, a_rush_all_morning, kind=rush),
}


def of_the_morning(build):
    """An answer of E5 that `build(begins, size)` makes of when the rush begins and what it keeps busy."""

    def answer(variant):
        return schedule(*build(variant["begins"], rush(variant)))

    answer.for_variant = True
    return answer


RIGHT = {
    "E3": [
        from_the_reference("E3", lambda *values: values),
        from_the_reference("E3", lambda target, warmup, most: (target - 2, warmup, most)),
        from_the_reference("E3", lambda target, warmup, most: (target - 1, 180, most)),
    ],
    "E4": [three_quarters, six_at_three_quarters, by_the_last_five, with_a_trend, close(Remembers().decide)],
    "E5": [
        from_the_reference("E5", lambda *values: values),
        of_the_morning(lambda begins, size: (at(begins - 2)[:-1] + "1-5", size + 1, at(begins), 90)),
        of_the_morning(
            lambda begins, size: (at(begins - 3), size + 1, f"*/10 {8 + begins // 60}-11 * * *", 90)
        ),
    ],
}

WRONG = {
    "E3": [
        (
            from_the_reference("E3", lambda target, warmup, most: (target + 20, warmup, most)),
            "target_too_high",
        ),
        (from_the_reference("E3", lambda target, warmup, most: (100, warmup, 60)), "target_too_high"),
        (
            only(
                in_several_steps,
                from_the_reference("E3", lambda target, warmup, most: (target, 900, most + 3)),
            ),
            "warmup_too_long",
        ),
        (
            from_the_reference("E3", lambda target, warmup, most: (target, warmup, round(0.7 * most))),
            "max_below_sale",
        ),
        (from_the_reference("E3", lambda target, warmup, most: (10, warmup, most + 1)), "fixed_at_peak"),
        (
            only(in_several_steps, from_the_reference("E3", lambda target, *_: (target, 0, 60))),
            "warmup_short_overshoot",
        ),
        (
            only(
                below_a_fixed_fleet,
                from_the_reference("E3", lambda target, warmup, most: (target * 6 // 10, warmup, most)),
            ),
            "target_too_low",
        ),
        (
            from_the_reference("E3", lambda target, *_: (target, 180, 60)),
            "max_too_high",
        ),
        ({"target_value": "60", "default_instance_warmup": 120, "max_size": 20}, "wrong_shape"),
        ({"target_value": float("nan"), "default_instance_warmup": 120, "max_size": 20}, "wrong_shape"),
        ({"target_value": 60, "default_instance_warmup": -1, "max_size": 20}, "wrong_shape"),
        ({"target_value": 60, "max_size": 20}, "wrong_shape"),
        (60, "wrong_shape"),
        ({"target_value": ..., "default_instance_warmup": ..., "max_size": ...}, "not_attempted"),
    ],
    "E4": [
        (looks_into_the_future, "looks_ahead"),
        (throws_dice, "own_dice"),
        (the_last_minute, "instant_metric"),
        (newest_70, "instant_metric"),
        (newest_50, "instant_metric"),
        (no_room, "too_late"),
        (fixed_8, "too_late"),
        (never_in, "no_scale_in"),
        (fixed_20, "no_scale_in"),
        (missing_again, "ignores_pending_double_launch"),
        (missing_again_and_in_at_once, "ignores_pending_double_launch"),
        (three_more_each_minute, "ignores_pending_double_launch"),
        (the_difference, "asks_for_the_difference"),
        (twice_what_is_needed, "too_much_room"),
        (half_empty, "too_much_room"),
        (a_text, "wrong_shape"),
        (a_negative_number, "wrong_shape"),
        (nothing, "wrong_shape"),
        (a_half, "wrong_shape"),
        (no_number, "wrong_shape"),
        (a_generator, "wrong_shape"),
        (lambda history, more: 5, "wrong_shape"),
        (5, "wrong_shape"),
        (a_wrong_key, "raised"),
        (without_end, "endless"),
    ],
    "E5": [
        (
            of_the_morning(lambda begins, size: (at(begins + 3), size + 1, at(begins + 20), 90)),
            "schedule_late",
        ),
        (of_the_morning(lambda begins, size: ("57 8 * * 6", size + 1, at(begins), 90)), "schedule_late"),
        (
            of_the_morning(lambda begins, size: (at(begins - 2), size - 4, at(begins), 90)),
            "minimum_below_rush",
        ),
        (of_the_morning(lambda begins, size: (at(1), size + 1, at(2), 90)), "reset_before_the_rush"),
        (of_the_morning(lambda begins, size: ("30 7 * * *", size, "0 8 * * *", 90)), "reset_before_the_rush"),
        (
            of_the_morning(lambda begins, size: (at(begins - 2), size + 1, "0 23 * * *", 90)),
            "schedule_never_reset",
        ),
        (
            of_the_morning(lambda begins, size: ("30 7 * * *", size + 1, at(begins + 8), 90)),
            "schedule_too_early",
        ),
        (
            of_the_morning(lambda begins, size: ("58 7 * * *", size + 1, at(begins + 8), 90)),
            "schedule_too_early",
        ),
        (
            of_the_morning(lambda begins, size: ("0 20 * * *", size + 1, at(begins + 8), 90)),
            "schedule_too_early",
        ),
        (
            of_the_morning(lambda begins, size: (at(begins - 2), round(1.4 * size), at(begins), 90)),
            "minimum_above_rush",
        ),
        (of_the_morning(lambda begins, size: (at(begins - 2), size + 1, at(begins), 30)), "target_too_low"),
        (schedule("8:57", 16, "30 9 * * *", 80), "wrong_shape"),
        (schedule("57 25 * * *", 16, "30 9 * * *", 80), "wrong_shape"),
        (schedule("57 8 * * *", 16, 930, 80), "wrong_shape"),
        (schedule("57 8 * * *", -1, "30 9 * * *", 80), "wrong_shape"),
        (schedule(None, None, None, None), "not_attempted"),
    ],
}
