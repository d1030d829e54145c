"""The exercises of lesson 05: wire a topic for five services (E11), count deliveries (E12).

Numbers such as SNS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from random import Random

from cloudlab.exercises.sns import counting, wiring
from cloudlab.exercises.sns.orders import words_of
from cloudlab.judge.definition import Config, Exercise, Function, Trial, needs
from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.sns.filters import check_policy
from cloudlab.sqs.queue import check_name

CASES = 25
"""Topics of E12 for each seed, so 500 in all."""

FEW = 0.5
"""An idea that explains less than this share of the mistakes explains nothing."""

KEYS = ("endpoint", "filter_policy", "subscribe_at", "confirm")
"""What is set for each service in E11."""


# E11: five services at one topic


@checked()
def five_services(*, printing: dict, parcels: dict, invoices: dict, office: dict, statistics: dict) -> None:
    """An answer of E11. Raises InvalidParameter, which names the service (SNS-2, SNS-7)."""
    chosen = (printing, parcels, invoices, office, statistics)
    for name, one in zip(wiring.SERVICES, chosen, strict=True):
        _check_service(name, one)


def _check_service(name: str, one: dict) -> None:
    if set(one) != set(KEYS):
        raise InvalidParameter(
            f"{name} holds {', '.join(one) or 'nothing'}, but must hold {', '.join(KEYS)}."
        )
    ways = [f"'{way}'" if way != "queue" else "a name such as 'queue-1'" for way in wiring.WAYS[name]]
    endpoint, at = one["endpoint"], one["subscribe_at"]
    if not isinstance(endpoint, str) or wiring.way_of(endpoint) not in wiring.WAYS[name]:
        raise InvalidParameter(f"endpoint of {name} is {endpoint!r:.40}, but must be {' or '.join(ways)}.")
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at <= wiring.MINUTES:
        rule = f"must be a minute from 0 to {wiring.MINUTES}"
        raise InvalidParameter(f"subscribe_at of {name} is {at!r:.40}, but {rule}.")
    if not isinstance(one["confirm"], bool):
        raise InvalidParameter(f"confirm of {name} is {one['confirm']!r:.40}, but must be True or False.")
    try:
        check_name(endpoint)
    except InvalidParameter as odd:
        raise InvalidParameter(f"endpoint of {name}: {odd}") from None
    policy = one["filter_policy"]
    if policy is not None:
        if not isinstance(policy, dict):
            raise InvalidParameter(f"filter_policy of {name} is {policy!r:.40}, but must be a dict or None.")
        try:
            check_policy(policy)
        except InvalidParameter as odd:
            raise InvalidParameter(f"{name}: {odd}") from None


ORDER = (
    "unconfirmed",
    "one_queue_shared",
    "late_subscriber",
    "filter_inverted",
    "filter_too_wide",
    "filter_too_narrow",
    "lost_in_outage",
)
"""The reasons for which a service gets something else, the first that holds."""


def reason(found: wiring.Result) -> str:
    """Why a service did not get exactly what it wants; '' where it did."""
    if found.got == found.wanted:
        return ""
    extra, missing = found.passing - found.wanted, found.wanted - found.passing
    holds = (
        found.pending,
        found.shared,
        bool(found.wanted & found.passing & found.early),
        bool(extra and missing) and not found.wanted & found.passing,
        len(extra) > len(missing),
        bool(missing or extra),
    )
    return next((code for code, held in zip(ORDER, holds, strict=False) if held), ORDER[-1])


def try_wiring(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Half an hour; a mistake is a service that didn't get exactly its orders."""
    trial = Trial(seed, cases=len(wiring.SERVICES), evidence=(answer, variant))
    for found in wiring.half_hour(answer, variant, seed, easy=easy):
        if slip := reason(found):
            trial.mistakes.append({"slip": slip, "found": found})
    return trial


def diagnose_wiring(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """The most frequent reason, and the service that it hits hardest in the first run that shows it."""
    slips = Counter(mistake["slip"] for trial in trials for mistake in trial.mistakes)
    code = max(ORDER, key=lambda code: slips[code])
    order = sorted(trials, key=lambda trial: len(trial.mistakes), reverse=True)
    found = next(one for trial in order if (one := _hardest(trial, code)))
    others = [
        name
        for name in wiring.SERVICES
        if name != found.service and answer[name]["endpoint"] == answer[found.service]["endpoint"]
    ]
    return code, {
        "wrong": sum(len(trial.mistakes) for trial in trials),
        "cases": sum(trial.cases for trial in trials),
        "kind": "easy cases" if stage == "easy" else "cases",
        "service": found.service,
        "got": len(found.got & found.wanted),
        "extra": len(found.got - found.wanted),
        "wanted": len(found.wanted),
        "missing": len(found.wanted - found.got),
        "wants": words_of(variant["services"][found.service]["wants"]),
        "at": f"{answer[found.service]['subscribe_at']:g}",
        "endpoint": answer[found.service]["endpoint"],
        "other": others[0] if others else "nobody",
        "shown": (found.service, len(found.got), len(found.wanted)),
    }


def _hardest(trial: Trial, code: str) -> wiring.Result | None:
    hit = [mistake["found"] for mistake in trial.mistakes if mistake["slip"] == code]
    return max(hit, key=lambda found: len(found.got ^ found.wanted), default=None)


def trace_wiring(trial: Trial, code: str) -> list[str]:
    """What each service wanted and got in one run."""
    lines = [f"Seed {trial.seed}, half an hour. What each service that is wrong got:"]
    for mistake in trial.mistakes:
        found = mistake["found"]
        given = trial.evidence[1]["services"][found.service]
        lines.append(
            f"  {found.service}: wants {words_of(given['wants'])}, {len(found.wanted)} in all; "
            f"got {len(found.got & found.wanted)} of them and {len(found.got - found.wanted)} others"
        )
    found = _hardest(trial, code)
    rows = sorted(found.got ^ found.wanted) if found else []
    if found and rows:
        what = "came without being wanted" if rows[0] in found.got else "was wanted and never came"
        held = ", ".join(f"{name} {value}" for name, value in found.orders[rows[0]].items())
        lines.append(f"The first of {found.service}: order {rows[0] + 1} ({held}) {what}.")
    return lines


def show_wiring(variant: dict) -> dict:
    """What each service wants, how it can be reached, and when it is there."""
    shown: dict = {}
    for name in wiring.SERVICES:
        given = variant["services"][name]
        shown[name] = {
            "wants": words_of(given["wants"]),
            "reached_by": list(wiring.WAYS[name]),
            "works_from_minute": given["from"],
            "away_from_minute_to_minute": given["away"],
        }
    return shown | {
        "attributes_of_an_order": {"speed": "express", "country": "DE", "total": 120, "voucher": "SPRING"},
        "minutes": wiring.MINUTES,
    }


E11 = Exercise(
    name="E11",
    answer=Config(five_services),
    trial=try_wiring,
    diagnose=diagnose_wiring,
    trace=trace_wiring,
    scenario=show_wiring,
    easy="With everybody there all the time",
)


# E12: how many copies does each subscription get?


def try_deliveries(deliveries, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Hand over 25 topics with their messages, one after the other."""
    dice, trial = Random(f"E12 {seed}"), Trial(seed, cases=CASES)
    for _ in range(CASES):
        topic, messages = counting.case(dice, easy=easy)
        reply = deliveries(topic, messages)
        _check_reply(topic, reply)
        if reply != (due := counting.right(topic, messages)):
            slips = [
                code
                for code, ideas in counting.IDEAS.items()
                if any(idea(topic, messages) == reply for idea in ideas)
            ]
            trial.mistakes.append(
                {"topic": topic, "messages": messages, "reply": reply, "due": due, "slips": slips}
            )
    return trial


def _check_reply(topic: dict, reply) -> None:
    """The shape of what deliveries returns; raises Fault."""
    names = [one["name"] for one in topic["subscriptions"]]
    asked = 'a dict such as {"prints": 12, "app": 3}'
    needs(
        reply is not None,
        "deliveries returned None: is a `return` missing?",
        f"End it with return, followed by {asked}.",
    )
    good = isinstance(reply, dict) and sorted(reply) == sorted(names)
    needs(
        good,
        "What deliveries returned has another shape than asked for.",
        f"Return {asked}, with the name of each subscription.",
        f"It was {reply!r:.80}.",
    )
    whole = all(type(number) is int and number >= 0 for number in reply.values())
    rule = "Return whole numbers of at least 0, written without a point."
    needs(whole, "A number that deliveries returned is no count.", rule, f"It was {reply!r:.80}.")


def diagnose_deliveries(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes (of equals, the first), unless it explains only a few."""
    slips = Counter(slip for trial in trials for mistake in trial.mistakes for slip in mistake["slips"])
    wrong, cases = sum(len(trial.mistakes) for trial in trials), sum(trial.cases for trial in trials)
    code = max(counting.IDEAS, key=lambda code: slips[code])
    if slips[code] < FEW * wrong:
        code = "wrong_number"
    return code, {"wrong": wrong, "cases": cases, "kind": "easy topics" if stage == "easy" else "topics"}


def trace_deliveries(trial: Trial, code: str) -> list[str]:
    """The smallest topic that shows the slip."""
    shown = [mistake for mistake in trial.mistakes if code in mistake["slips"]] or trial.mistakes
    mistake = min(shown, key=lambda one: (len(one["topic"]["subscriptions"]), len(one["messages"])))
    reply, due = mistake["reply"], mistake["due"]
    times = ", ".join(str(message["time"]) for message in mistake["messages"])
    lines = [f"{len(mistake['messages'])} messages, published at {times} s:"]
    for one in mistake["topic"]["subscriptions"]:
        confirmed = "confirmed" if one["confirmed"] else "not confirmed"
        wants = "everything" if one["filter_policy"] is None else f"{one['filter_policy']}"
        name = one["name"]
        lines.append(
            f"  {name:8} since {one['since']} s, {confirmed}, wants {wants}: "
            f"you say {reply[name]}, it gets {due[name]}"
        )
    odd = next(name for name in due if due[name] != reply[name])
    lines.append(f"Look at {odd}. The attributes of the messages, in order:")
    lines += [f"  {message['time']:4} s  {message['attributes']}" for message in mistake["messages"]]
    return lines


def show_deliveries(variant: dict) -> dict:
    """One topic as deliveries gets it."""
    return {
        "topic": {
            "subscriptions": [
                {"name": "prints", "since": 0, "confirmed": True, "filter_policy": None},
                {"name": "app", "since": 30, "confirmed": True, "filter_policy": {"speed": ["express"]}},
                {"name": "office", "since": 0, "confirmed": False, "filter_policy": None},
            ]
        },
        "messages": [
            {"time": 15, "attributes": {"speed": "express", "country": "DE"}},
            {"time": 45, "attributes": {"speed": "express"}},
            {"time": 55, "attributes": {"country": "AT"}},
        ],
    }


E12 = Exercise(
    name="E12",
    answer=Function("deliveries", ("topic", "messages"), decisions=CASES),
    trial=try_deliveries,
    diagnose=diagnose_deliveries,
    trace=trace_deliveries,
    scenario=show_deliveries,
    easy="In easy topics",
)
