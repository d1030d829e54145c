"""Solutions of lesson 01: right ones, built differently, and wrong ones with their feedback code."""

from banks import Pool, only, reference_of
from cloudlab.kernel.measures import utilisation

WORKED = {
    "E1": '''
from math import ceil

scenario = q.scenario()


def orders_at(minute):
    """Orders a minute, between the corners of the line."""
    corners = scenario["orders"]
    for (start, low), (end, high) in zip(corners, corners[1:]):
        if start <= minute <= end:
            return low + (high - low) * (minute - start) / (end - start)


def needed(minutes):
    """Enough for the busiest of these minutes, and one to spare: a stand-in needs 5 minutes."""
    return ceil(max(map(orders_at, minutes)) / scenario["orders_a_minute_of_an_instance"]) + 1


plan, last = scenario["plan"], 60 * scenario["hours"]
holds = [[start, end, asked] for (start, asked), (end, _) in zip(plan, [*plan[1:], [last, None]])]
quiet = [minute for start, end, asked in holds if asked == 0 for minute in range(start, end)]
answer = {
    "min_size": needed(quiet),  # rules when the plan asks for less
    "desired_capacity": needed(range(plan[0][0])),  # rules before the plan asks
    "max_size": needed(range(last)),  # rules when the plan asks for more
}
''',
    "E2": '''
def reconcile(state):
    """First the wish, then what is there, then the difference."""
    wish = max(state["min_size"], min(state["max_size"], state["asked"]))
    standing = [one for one in state["instances"] if one["state"] != "Terminating"]
    sick = [one["name"] for one in standing if not one["healthy"]]
    well = [one["name"] for one in standing if one["healthy"]]
    missing = wish - len(well)  # negative: so many are too many
    return {"launch": max(0, missing), "terminate": sick + well[: max(0, -missing)]}


answer = reconcile
''',
}


def clip(state):
    return max(state["min_size"], min(state["max_size"], state["asked"]))


def living(state):
    return [one["name"] for one in state["instances"] if one["healthy"] and one["state"] != "Terminating"]


def sick(state):
    return [one["name"] for one in state["instances"] if not one["healthy"] and one["state"] != "Terminating"]


def plan(wish, there, dead):
    return {"launch": max(0, wish - len(there)), "terminate": dead + there[max(0, wish) :]}


# E1: the answers differ from variant to variant, so each is made from the stored reference


def from_the_reference(build):
    """An answer of E1 that `build(low, wish, high)` makes of the three numbers of the reference."""

    def answer(variant):
        sizes = build(*reference_of("E1", variant).values())
        return dict(zip(("min_size", "desired_capacity", "max_size"), sizes, strict=True))

    answer.for_variant = True
    return answer


def opens_above_the_quiet(variant):
    """Whether more is needed at the opening than in the quiet hours, so that there a desired of 0 hurts most."""
    low, wish, _ = reference_of("E1", variant).values()
    return wish > low


def mean_load(trial):
    """The share of the slots that were at work, over the whole run."""
    (share,) = utilisation(trial.evidence[0], trial.evidence[0].end)
    return share


SIZES = [(2, 2, 12), (2, 3, 11), (2, 4, 10), (2, 5, 9), (3, 3, 10), (3, 4, 9)]
"""Best answers of E1: none is less than another in all three, so each fails where another is best."""


def draw_a_day(dice):
    """A scenario of E1: rates that leave just enough room for a loss, two peaks of about half an hour."""

    def rate(instances, least, most):
        return round(20 * (instances - dice.uniform(least, most)))

    low, wish, high = dice.choice(SIZES)
    open_for = dice.randrange(140, 156, 5) if high - wish <= 5 else dice.randrange(115, 131, 5)
    gap, first, second = dice.randrange(50, 71, 5), dice.randrange(24, 30, 2), dice.randrange(24, 30, 2)
    at_open, at_rest = rate(wish, 1.5, 1.6), rate(low, 1.2, 1.3)
    peak, higher = rate(high, 1.5, 1.6), rate(high, 1.5, 1.6)
    end = open_for + 5 + first
    again = end + 5 + gap
    over = again + 5 + second
    corners = [[0, at_open], [open_for, at_open], [open_for + 5, peak], [end, peak], [end + 5, at_rest]]
    corners += [[again, at_rest], [again + 5, higher], [over, higher], [over + 5, at_rest], [360, at_rest]]
    plan = [[open_for - 7, high + 4], [end + 10, 0], [again - 7, high + 4], [over + 10, 0]]
    return {"orders": corners, "plan": plan}


def busy_of(variant):
    """Instances that the orders keep busy: in the quiet hours, at the opening, at the highest."""
    rates = [rate for _, rate in variant["orders"]]
    return tuple(-(-rate // 20) for rate in (rates[-1], rates[0], max(rates)))


def all_sizes(variant):
    """All answers of E1 with one or two to spare, cheapest first: that less fails is seen by `one_less`."""
    quiet, opening, peak = (range(busy + 1, busy + 3) for busy in busy_of(variant))
    answers = [
        {"min_size": low, "desired_capacity": wish, "max_size": high}
        for low in quiet
        for wish in opening
        for high in peak
        if low <= wish <= high
    ]
    return sorted(answers, key=lambda answer: minutes_of_instances(answer, variant))


def minutes_of_instances(answer, variant):
    """What an answer of E1 costs, nearly: the wish, clipped, times how long it holds."""
    total, time, wish = 0, 0, answer["desired_capacity"]
    for minute, asked in [*variant["plan"], [360, 0]]:
        total += wish * (minute - time)
        time, wish = minute, max(answer["min_size"], min(answer["max_size"], asked))
    return total


def one_less(reference, variant, answers):
    """One less of each number, with plenty of the rest: as more is never worse, nothing cheaper passes."""
    much = {key: max(answer[key] for answer in answers) for key in reference}
    less = [much | {key: value - 1} for key, value in reference.items()]
    return [(dict(zip(one, sorted_up(one), strict=True)), "no_spare_for_loss") for one in less]


def sorted_up(sizes):
    """min ≤ desired ≤ max, with what is least kept."""
    low, wish, high = sizes.values()
    return min(low, wish, high), min(wish, high), high


def one_size(variant, answers):
    """The same size all day."""
    return [
        dict.fromkeys(("min_size", "desired_capacity", "max_size"), size)
        for size in range(busy_of(variant)[2] + 1, busy_of(variant)[2] + 4)
    ]


POOLS = {"E1": Pool(draw_a_day, all_sizes, one_less, one_size, more_is_better=True, kind=busy_of)}


# E2, right


def one_loop(state):
    """Walks over the instances once, and ends whatever has no place any more."""
    places, ended = sorted((state["min_size"], state["asked"], state["max_size"]))[1], []
    for one in state["instances"]:
        if one["state"] in ("Pending", "InService"):
            if one["healthy"] and places:
                places -= 1
            else:
                ended.append(one["name"])
    return {"launch": places, "terminate": ended}


def newest_go_first(state):
    """Ends pending ones before those in service, and changes the lists that it was handed."""
    wish, there, ended = clip(state), state["instances"], []
    while there:
        one = there.pop()
        if one["state"] != "Terminating" and not one["healthy"]:
            ended.append(one["name"])
        elif one["state"] != "Terminating":
            ended.append(one["name"]) if wish <= 0 else None
            wish -= 1
    return {"terminate": ended, "launch": max(0, wish)}


class Group:
    """The same with an object, whose method is the answer."""

    def reconcile(self, state):
        return plan(clip(state), list(reversed(living(state))), sick(state))


def in_tuples(state):
    """Returns a tuple where a list is asked for: close enough."""
    found = plan(clip(state), living(state), sick(state))
    return {"launch": found["launch"], "terminate": tuple(found["terminate"])}


# E2, wrong


def to_the_minimum(state):
    return plan(state["min_size"], living(state), sick(state))


def to_the_maximum(state):
    return plan(state["max_size"], living(state), sick(state))


def what_is_pending_is_not_there(state):
    serving = [one["name"] for one in state["instances"] if one["healthy"] and one["state"] == "InService"]
    return plan(clip(state), serving, sick(state))


def whatever_is_asked(state):
    return plan(state["asked"], living(state), sick(state))


def only_the_lower_end(state):
    return plan(max(state["min_size"], state["asked"]), living(state), sick(state))


def only_the_upper_end(state):
    return plan(min(state["max_size"], state["asked"]), living(state), sick(state))


def no_look_at_health(state):
    standing = [one["name"] for one in state["instances"] if one["state"] != "Terminating"]
    return plan(clip(state), standing, [])


def ends_the_sick_without_a_stand_in(state):
    standing = len(living(state)) + len(sick(state))
    missing = clip(state) - standing
    return {"launch": max(0, missing), "terminate": sick(state) + living(state)[: max(0, -missing)]}


def all_that_is_listed(state):
    healthy = [one["name"] for one in state["instances"] if one["healthy"]]
    return plan(clip(state), healthy, sick(state))


def impatient(state, last=[]):
    """Launches one more when it is asked again and something is still pending."""
    found = plan(clip(state), living(state), sick(state))
    wish = state["min_size"], state["asked"], state["max_size"]
    again = wish in last and any(one["state"] == "Pending" for one in state["instances"])
    last[:] = [wish]
    return found | {"launch": found["launch"] + again}


def one_too_many(state):
    found = plan(clip(state), living(state), sick(state))
    return found | {"launch": found["launch"] + 1}


def a_text(state):
    return "launch 2"


def a_negative_number(state):
    return {"launch": clip(state) - len(living(state)) - 50, "terminate": []}


def nothing(state):
    plan(clip(state), living(state), sick(state))


def a_wrong_key(state):
    return {"launch": state["desired_capacity"], "terminate": []}


def without_end(state):
    return without_end(state)


def a_name_that_is_not_there(state):
    return plan(clip(state), living(state), sick(state)) | {"terminate": ["i-99"]}


def by_the_busiest(variant):
    """What the orders keep busy, and one to spare."""
    quiet, opening, peak = busy_of(variant)
    return {"min_size": quiet + 1, "desired_capacity": opening + 1, "max_size": peak + 1}


by_the_busiest.for_variant = True

one_where_two_are_busy = from_the_reference(lambda low, wish, high: (1, wish, high))
one_where_two_are_busy.only = lambda variant: busy_of(variant)[0] == 2

RIGHT = {
    "E1": [
        from_the_reference(lambda low, wish, high: (low, wish, high)),
        by_the_busiest,
    ],
    "E2": [one_loop, newest_go_first, Group().reconcile, in_tuples],
}

WRONG = {
    "E1": [
        (from_the_reference(lambda low, wish, high: (0, wish, high)), "min_zero"),
        (from_the_reference(lambda low, wish, high: (0, wish, 20)), "min_zero"),
        (one_where_two_are_busy, "min_below_quiet"),
        (from_the_reference(lambda low, wish, high: (low, min(wish, high - 3), high - 3)), "max_below_peak"),
        (from_the_reference(lambda low, wish, high: (low, high - 3, high - 3)), "max_below_peak"),
        (from_the_reference(lambda low, wish, high: (low - 1, wish, high)), "no_spare_for_loss"),
        (from_the_reference(lambda low, wish, high: (low, wish, high - 1)), "no_spare_for_loss"),
        (from_the_reference(lambda low, wish, high: (low - 1, wish - 1, high)), "no_spare_for_loss"),
        (
            only(opens_above_the_quiet, from_the_reference(lambda *sizes: (0, 0, sizes[2]))),
            "desired_below_opening",
        ),
        (from_the_reference(lambda low, wish, high: (high, high, high)), "min_above_quiet"),
        (from_the_reference(lambda low, wish, high: (low, high, high)), "max_as_desired"),
        (from_the_reference(lambda low, wish, high: (low, wish, 20)), "max_above_peak"),
        (from_the_reference(lambda low, wish, high: (wish + 3, wish + 3, high)), "min_above_quiet"),
        (from_the_reference(lambda low, wish, high: (low, wish + 3, high)), "desired_above_opening"),
        ({"min_size": "2", "desired_capacity": 3, "max_size": 5}, "wrong_shape"),
        ({"min_size": -1, "desired_capacity": 3, "max_size": 5}, "wrong_shape"),
        ({"min_size": 4, "desired_capacity": 3, "max_size": 5}, "wrong_shape"),
        ({"min_size": 2, "desired_capacity": 3}, "wrong_shape"),
        ((2, 3, 5), "wrong_shape"),
        ({"min_size": ..., "desired_capacity": ..., "max_size": ...}, "not_attempted"),
    ],
    "E2": [
        (to_the_minimum, "uses_min"),
        (to_the_maximum, "uses_max"),
        (what_is_pending_is_not_there, "ignores_pending"),
        (whatever_is_asked, "no_clip"),
        (only_the_lower_end, "no_clip"),
        (only_the_upper_end, "terminates_below_min"),
        (no_look_at_health, "counts_the_dead"),
        (ends_the_sick_without_a_stand_in, "counts_the_dead"),
        (all_that_is_listed, "counts_terminating"),
        (impatient, "not_idempotent"),
        (one_too_many, "wrong_number"),
        (a_text, "wrong_shape"),
        (a_negative_number, "wrong_shape"),
        (nothing, "wrong_shape"),
        (a_wrong_key, "raised"),
        (without_end, "endless"),
        (a_name_that_is_not_there, "wrong_shape"),
    ],
}
