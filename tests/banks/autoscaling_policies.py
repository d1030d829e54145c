"""Solutions of lesson 02: right ones, built differently, and wrong ones with their feedback code."""

import json
from pathlib import Path

from banks import Pool
from cloudlab.kernel.measures import utilisation

WORKED = {
    "E3": """
from math import ceil

scenario = q.scenario()
sale = max(rate for _, rate in scenario["orders"])
busy = ceil(sale / scenario["orders_a_minute_of_an_instance"])
answer = {
    "target_value": 60,  # two steps of 100/60 lead from the calm size close to four times as many
    "default_instance_warmup": 240,  # 2 minutes until it serves, 2 to work off a part of the line
    "max_size": busy + 1,  # what the sale needs, and one to work off the line
}
""",
    "E4": '''
from math import ceil


def decide(history):
    """Enough for the busiest of the last minutes, with room for a metric that is late."""
    most = max(row["orders"] for row in history[-8:])  # one low minute ends nothing
    return ceil(most / (0.75 * 12))


answer = decide
''',
    "E5": """
scenario = q.scenario()
rush = max(rate for _, rate in scenario["orders"])
answer = {
    "raise_at": "57 8 * * *",  # 2 minutes until they serve, and one to spare
    "rush_minimum": -(-rush // 12) + 1,
    "reset_at": "30 9 * * *",  # lowers the minimum only; tracking takes them in when the rush is over
    "target_value": 85,  # the schedule knows the rush, so little room is needed
}
""",
}

STORED = Path(__file__).parent


def mean_load(trial):
    """The share of the slots that were at work, over the whole run."""
    (share,) = utilisation(trial.evidence[0], trial.evidence[0].end)
    return share


def from_the_reference(name, build):
    """An answer that `build(*values)` makes of the stored reference of the variant."""

    def answer(variant):
        stored = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
        reference = stored[variant["number"] - 1]["reference"]
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


def draw_a_sale(dice):
    """A scenario of E3."""
    return {"calm": dice.randint(54, 60), "begins": dice.randint(18, 24), "lasts": dice.randint(24, 27)}


def busy(variant):
    """Instances that the sale keeps busy."""
    return -(-4 * variant["calm"] // 12)


def all_settings(variant):
    """A grid of answers of E3."""
    return [
        settings(target, warmup, busy(variant) + more)
        for target in (55, 60)
        for warmup in (180, 240)
        for more in (0, 1)
    ]


def near_settings(reference, variant, answers):
    """Much too high a target, much too long a warm-up, and less than the sale needs."""
    return [
        (reference | {"target_value": 78}, "target_too_high"),
        (
            reference | {"target_value": 60, "default_instance_warmup": 800, "max_size": busy(variant) + 4},
            "warmup_too_long",
        ),
        (reference | {"max_size": busy(variant) - 5}, "max_below_sale"),
    ]


def a_fixed_fleet(variant, answers):
    """So low a target that the group stands at its maximum from the beginning."""
    return [settings(10, 240, busy(variant) + more) for more in (1, 2)]


# E4


def draw_waves(dice):
    """A scenario of E4."""
    calm, ramp, spike = dice.randint(45, 51), dice.randrange(350, 395, 5), dice.randrange(185, 215, 5)
    return {"calm": calm, "ramp": ramp / 100, "spike": spike / 100}


def good_policies(variant):
    """The right ones that are tried."""
    return ["three_quarters", "four_fifths", "by_the_last_five"]


def near_policies(reference, variant, answers):
    """The last minute taken as it is, and too little room."""
    return [("the_last_minute", "instant_metric"), ("no_room", "too_late")]


def fixed_policies(variant, answers):
    """The same number all the time."""
    return ["fixed_16", "fixed_18", "fixed_20"]


def most(history, minutes):
    return max(row["orders"] for row in history[-minutes:])


def three_quarters(history):
    return -(-most(history, 8) // 9)


def four_fifths(history):
    return -(-most(history, 8) * 10 // 96)


def by_the_last_five(history):
    return -(-most(history, 5) * 10 // 84)


def with_a_trend(history):
    """The mean of three minutes and what it grew by; a little less at a time on the way in."""
    rows = [row["orders"] for row in history]
    now, before = rows[-3:], rows[-6:-3] or rows[-3:]
    mean = sum(now) / len(now)
    growth = max(0.0, mean - sum(before) / len(before))
    wish = -(-int(mean + growth) * 10 // 86)
    last = history[-1]["desired"]
    return wish if wish >= last else max(wish, last - 1)


class Remembers:
    """An object with a memory of its own: the largest of the last eight minutes."""

    def __init__(self):
        self.seen = []

    def decide(self, history):
        self.seen.append(history[-1]["orders"])
        return -(-max(self.seen[-8:]) * 10 // 92)


def the_last_minute(history):
    return -(-history[-1]["orders"] * 2 // 23)


def the_last_cpu(history):
    last = history[-1]
    return -(-int(last["in_service"] * last["cpu"]) // 88)


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
    return last["desired"] if last["minute"] % 4 else max(need, last["desired"] - 1)


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


def draw_a_morning(dice):
    """A scenario of E5."""
    return {"calm": 36, "rush": dice.randint(174, 186), "lasts": dice.randint(36, 42)}


def rush(variant):
    """Instances that the rush keeps busy."""
    return -(-variant["rush"] // 12)


def all_schedules(variant):
    """A grid of answers of E5."""
    return [
        schedule("58 8 * * *", rush(variant) + more, "30 9 * * *", target)
        for more in (1, 2)
        for target in (85, 90)
    ]


def near_schedules(reference, variant, answers):
    """Late, too few, and lowered before the rush."""
    return [
        (reference | {"raise_at": "3 9 * * *"}, "schedule_late"),
        (reference | {"rush_minimum": rush(variant) - 6}, "minimum_below_rush"),
        (reference | {"raise_at": "5 8 * * *", "reset_at": "10 8 * * *"}, "reset_before_the_rush"),
    ]


def a_rush_all_morning(variant, answers):
    """The minimum of the rush from the opening on, and never less."""
    return [schedule("0 8 * * *", rush(variant) + more, "0 12 * * *", 90) for more in (1, 2, 3)]


POOLS = {
    "E3": Pool(draw_a_sale, all_settings, near_settings, a_fixed_fleet),
    "E4": Pool(draw_waves, good_policies, near_policies, fixed_policies),
    "E5": Pool(draw_a_morning, all_schedules, near_schedules, a_rush_all_morning),
}

RIGHT = {
    "E3": [
        from_the_reference("E3", lambda *values: values),
        from_the_reference("E3", lambda target, warmup, most: (target - 2, warmup, most)),
        from_the_reference("E3", lambda target, warmup, most: (target, 180, most)),
    ],
    "E4": [three_quarters, by_the_last_five, with_a_trend, Remembers().decide],
    "E5": [
        from_the_reference("E5", lambda *values: values),
        from_the_reference("E5", lambda at, size, reset, target: ("58 8 * * 1-5", size, "0 9 * * *", target)),
        from_the_reference("E5", lambda at, size, reset, target: (at, size, "*/10 9 * 6 1", 86)),
    ],
}

WRONG = {
    "E3": [
        (from_the_reference("E3", lambda target, warmup, most: (80, warmup, most)), "target_too_high"),
        (from_the_reference("E3", lambda target, warmup, most: (100, warmup, 60)), "target_too_high"),
        (from_the_reference("E3", lambda target, warmup, most: (60, 800, most + 3)), "warmup_too_long"),
        (from_the_reference("E3", lambda target, warmup, most: (target, warmup, 13)), "max_below_sale"),
        (from_the_reference("E3", lambda target, warmup, most: (10, warmup, most + 1)), "fixed_at_peak"),
        (from_the_reference("E3", lambda target, warmup, most: (56, 0, 60)), "warmup_short_overshoot"),
        (from_the_reference("E3", lambda target, warmup, most: (35, warmup, most)), "target_too_low"),
        (from_the_reference("E3", lambda target, warmup, most: (target, 180, 60)), "max_too_high"),
        ({"target_value": "60", "default_instance_warmup": 120, "max_size": 20}, "wrong_shape"),
        ({"target_value": float("nan"), "default_instance_warmup": 120, "max_size": 20}, "wrong_shape"),
        ({"target_value": 60, "default_instance_warmup": -1, "max_size": 20}, "wrong_shape"),
        ({"target_value": 60, "max_size": 20}, "wrong_shape"),
        (60, "wrong_shape"),
        ({"target_value": ..., "default_instance_warmup": ..., "max_size": ...}, "not_attempted"),
    ],
    "E4": [
        (looks_into_the_future, "looks_ahead"),
        (throws_dice, "looks_ahead"),
        (the_last_minute, "instant_metric"),
        (the_last_cpu, "instant_metric"),
        (no_room, "too_late"),
        (fixed_8, "too_late"),
        (never_in, "no_scale_in"),
        (fixed_20, "no_scale_in"),
        (missing_again, "ignores_pending_double_launch"),
        (three_more_each_minute, "ignores_pending_double_launch"),
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
        (from_the_reference("E5", lambda at, *rest: ("3 9 * * *", *rest)), "schedule_late"),
        (from_the_reference("E5", lambda at, *rest: ("57 8 * * 0", *rest)), "schedule_late"),
        (from_the_reference("E5", lambda at, size, *rest: (at, size - 7, *rest)), "minimum_below_rush"),
        (
            from_the_reference(
                "E5", lambda at, size, reset, target: ("5 8 * * *", size, "10 8 * * *", target)
            ),
            "reset_before_the_rush",
        ),
        (
            from_the_reference("E5", lambda at, size, reset, target: (at, size, "0 23 * * *", target)),
            "schedule_never_reset",
        ),
        (from_the_reference("E5", lambda at, *rest: ("10 8 * * *", *rest)), "schedule_too_early"),
        (from_the_reference("E5", lambda at, size, *rest: (at, size + 15, *rest)), "minimum_above_rush"),
        (from_the_reference("E5", lambda *values: (*values[:3], 40)), "target_too_low"),
        (schedule("8:57", 16, "30 9 * * *", 80), "wrong_shape"),
        (schedule("57 25 * * *", 16, "30 9 * * *", 80), "wrong_shape"),
        (schedule("57 8 * * *", 16, 930, 80), "wrong_shape"),
        (schedule("57 8 * * *", -1, "30 9 * * *", 80), "wrong_shape"),
        (schedule(None, None, None, None), "not_attempted"),
    ],
}
