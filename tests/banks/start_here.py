"""Solutions of lesson 00: right ones, built differently, and wrong ones with their feedback code."""

WORKED = {
    "E0": '''
def p95(times):
    """The 19th of 20."""
    return sorted(times)[18]


def enough(plan):
    """At least 19 good mornings."""
    return sum(p95(times) <= 300 for times in plan["days"]) >= 19


def choose(plans):
    """The fewest clerks that are enough."""
    return min((plan["clerks"] for plan in plans if enough(plan)), default=0)


answer = choose
''',
}

POOLS: dict = {}


def p95(times):
    return sorted(times)[18]


def good(plan):
    return sum(p95(times) <= 300 for times in plan["days"])


def one_after_the_other(plans):
    """Goes up from the fewest clerks, and counts those who wait too long."""
    for plan in sorted(plans, key=lambda plan: plan["clerks"]):
        bad = 0
        for times in plan["days"]:
            late = [time for time in times if time > 300]
            bad += len(late) > 1
        if bad <= 1:
            return plan["clerks"]
    return 0


def from_the_end(plans):
    """Looks at the second largest time, and keeps the best so far."""
    best = 0
    for plan in plans:
        second = [sorted(times)[-2] for times in plan["days"]]
        if sum(time > 300 for time in second) < 2 and (not best or plan["clerks"] < best):
            best = plan["clerks"]
    return best


def by_the_mean(plans):
    def mean(plan):
        times = [time for day in plan["days"] for time in day]
        return sum(times) / len(times)

    return min((plan["clerks"] for plan in plans if mean(plan) <= 300), default=0)


def by_the_mean_of_each_day(plans):
    def good_means(plan):
        return sum(sum(times) / len(times) <= 300 for times in plan["days"])

    return min((plan["clerks"] for plan in plans if good_means(plan) >= 19), default=0)


def by_the_first_day(plans):
    return min((plan["clerks"] for plan in plans if p95(plan["days"][0]) <= 300), default=0)


def by_the_best_day(plans):
    return min((plan["clerks"] for plan in plans if good(plan)), default=0)


def the_busiest(plans):
    return max(plans, key=lambda plan: plan["busy"])["clerks"]


def every_day(plans):
    return min((plan["clerks"] for plan in plans if good(plan) == 20), default=0)


def the_most(plans):
    return max(plan["clerks"] for plan in plans)


def nobody(plans):
    return 0 * good(plans[0])


def a_text(plans):
    return "3"


def a_plan(plans):
    return plans[0]


def nothing(plans):
    good(plans[0])


def a_wrong_key(plans):
    return plans[0]["clerk"]


def without_end(plans):
    return without_end(plans)


RIGHT = {"E0": [one_after_the_other, from_the_end]}

WRONG = {
    "E0": [
        (by_the_mean, "by_the_mean"),
        (by_the_mean_of_each_day, "by_the_mean"),
        (by_the_first_day, "one_lucky_day"),
        (by_the_best_day, "one_lucky_day"),
        (the_busiest, "all_busy"),
        (every_day, "no_bad_day"),
        (the_most, "more_than_needed"),
        (nobody, "wrong_plan"),
        (a_text, "wrong_shape"),
        (a_plan, "wrong_shape"),
        (nothing, "wrong_shape"),
        (a_wrong_key, "raised"),
        (without_end, "endless"),
        ("3", "wrong_shape"),
        (None, "not_attempted"),
    ],
}
