"""What an Auto Scaling group does at one look, on plain data: states, the right plan, wrong ideas (E2).

A state is a dict: "min_size", "max_size", "asked", and "instances", each {"name", "state", "healthy"}. Read
`right`.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Plan:
    """How many a look launches, and how many of those that live it ends."""

    launch: int
    end: int


def easy_state(dice: Random) -> dict:
    """A state in which all instances are well and in service, and the wish lies inside the band."""
    low = dice.randint(0, 3)
    high = low + dice.randint(2, 6)
    there = [instance(number, "InService", True) for number in range(1, dice.randint(low, high) + 1)]
    return {"min_size": low, "max_size": high, "asked": dice.randint(low, high), "instances": there}


def any_state(dice: Random) -> dict:
    """A state in which anything may be the case: pending, terminating, unhealthy, a wish outside the band."""
    low = dice.randint(0, 4)
    high = low + dice.randint(0, 6)
    states = dice.choices(
        ("InService", "Pending", "Terminating"), weights=(6, 3, 2), k=dice.randint(0, high + 2)
    )
    there = [instance(number, state, dice.random() > 0.2) for number, state in enumerate(states, 1)]
    return {"min_size": low, "max_size": high, "asked": dice.randint(0, high + 4), "instances": there}


def instance(number: int, state: str, healthy: bool) -> dict:
    """An instance as a state holds it."""
    return {"name": f"i-{number}", "state": state, "healthy": healthy}


def living(state: dict) -> list[dict]:
    """The instances that count: healthy, and in service or on their way there."""
    return [one for one in state["instances"] if one["healthy"] and one["state"] != "Terminating"]


def done(state: dict, reply: dict) -> dict:
    """The state after a look: what was launched is pending, what was ended is terminating."""
    ended, size = set(reply["terminate"]), len(state["instances"])
    there = [one | {"state": "Terminating"} if one["name"] in ended else one for one in state["instances"]]
    there += [instance(size + number, "Pending", True) for number in range(1, reply["launch"] + 1)]
    return state | {"instances": there}


def right(state: dict) -> Plan:
    """What a look does (AS-2, AS-3): the wish, clipped to the band, less what lives."""
    return _plan(state, clipped(state), living(state))


def clipped(state: dict) -> int:
    """The wish: what was asked for, inside the band."""
    return max(state["min_size"], min(state["max_size"], state["asked"]))


def _plan(state: dict, wish: int, counted: list[dict]) -> Plan:
    return Plan(max(0, wish - len(counted)), max(0, len(counted) - wish))


def _in_service(state: dict) -> list[dict]:
    return [one for one in living(state) if one["state"] == "InService"]


def standing(state: dict) -> list[dict]:
    """All that is not on its way out, healthy or not."""
    return [one for one in state["instances"] if one["state"] != "Terminating"]


IDEAS = {
    "terminates_below_min": [lambda s: _plan(s, min(s["max_size"], s["asked"]), living(s))],
    "no_clip": [
        lambda s: _plan(s, s["asked"], living(s)),
        lambda s: _plan(s, max(s["min_size"], s["asked"]), living(s)),
    ],
    "uses_min": [lambda s: _plan(s, s["min_size"], living(s))],
    "uses_max": [lambda s: _plan(s, s["max_size"], living(s))],
    "ignores_pending": [lambda s: _plan(s, clipped(s), _in_service(s))],
    "counts_the_dead": [lambda s: _plan(s, clipped(s), standing(s))],
    "counts_terminating": [
        lambda s: _plan(s, clipped(s), [one for one in s["instances"] if one["healthy"]]),
        lambda s: _plan(s, clipped(s), s["instances"]),
    ],
}
"""Wrong ideas, each as what it would do. The one that explains most mistakes gives the code."""
