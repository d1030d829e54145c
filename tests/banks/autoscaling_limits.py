"""Solutions of lesson 01: right ones that are built differently, and wrong ones with the code of their feedback."""

WORKED = {
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
    return {"terminate": ended, "launch": wish if wish > 0 else 0}


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


def impatient(state, last=[]):  # noqa: B006
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


RIGHT = {"E2": [one_loop, newest_go_first, Group().reconcile, in_tuples]}

WRONG = {
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
    ]
}
