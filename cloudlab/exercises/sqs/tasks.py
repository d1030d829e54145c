"""The exercises of lesson 06: a consumer that is safe (E13), settings of a queue (E14), workers by backlog (E15)."""

from collections import Counter
from math import ceil, exp
from statistics import median
from typing import Annotated

from cloudlab.exercises.sqs import backlog, ledger, presses
from cloudlab.exercises.sqs.times import clock
from cloudlab.judge import results
from cloudlab.judge.definition import Config, Cost, Exercise, Function, Objective, Program, Trial
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.measures import instance_hours
from cloudlab.kernel.messages import Fate
from cloudlab.sqs.consumer import SILENT, Call
from cloudlab.sqs.message import Timeout

# E13: a consumer that charges each order once

CODES = (
    "no_delete",
    "stops",
    "delete_first_loses",
    "remembers_first",
    "ignores_batch_partial_failure",
    "wrong_key",
    "not_idempotent",
    "not_atomic",
    "keeps_repeats",
)
"""The ideas that explain mistakes; of equals the first is told."""

LOSES = {"delete_first_loses", "remembers_first", "ignores_batch_partial_failure"}
"""Those by which an order is lost. Who loses some and charges others twice hears of the lost ones."""


def try_morning(begin, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One morning in which two clerks run the program."""
    found = ledger.morning(begin, seed, easy=easy)
    return Trial(seed, mistakes=ledger.mistakes(found), cases=len(found.orders), evidence=found)


def diagnose_morning(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """The idea that explains most mistakes, of lost orders where there are any."""
    codes = Counter(mistake["code"] for trial in trials for mistake in trial.mistakes)
    code = max(LOSES & codes.keys() or CODES, key=lambda code: (codes[code], -CODES.index(code)))
    return code, {
        "wrong": codes[code],
        "orders": sum(trial.cases for trial in trials),
        "kind": "orders of an easy morning" if stage == "easy" else "orders",
    }


def trace_morning(trial: Trial, code: str) -> list[str]:
    """All that happened to one order that shows the idea."""
    found: ledger.Morning = trial.evidence
    mistake = next((one for one in trial.mistakes if one["code"] == code), trial.mistakes[0])
    order, times = mistake["order"], mistake["times"]
    end = f"{order} was charged {times} times" if times != 1 else f"{order} was charged once"
    left = "a message of it is still in the queue" if order in found.left else "its messages are gone"
    lines = [_told(step) for step in ledger.story(found, order)]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"  … and {len(lines) - MOST_LINES + 1} calls more."]
    return [f"Seed {trial.seed}, {order}, seconds after opening:", *lines, f"At the end {end}, and {left}."]


MOST_LINES = 14


def _told(step: ledger.Step) -> str:
    """A call in words."""
    names = {
        "receive_message": "receives it",
        "delete_message": "deletes it",
        "delete_message_batch": "deletes it",
    }
    brought = f" → {step.brought}" if type(step.brought) is bool else ""
    said = names.get(step.name, f"calls {step.name}")
    key = f" with the key {step.given['key']!r:.40}" if "key" in step.given else ""
    died = ", and dies before it hears of that" if step.died else ""
    return f"  {step.time:6.1f}  {step.who} {said}{key}{brought}{died}"


def show_morning(variant: dict) -> dict:
    """A batch of messages as a program gets it, and what can go wrong."""
    bodies = ("order 417", "order 655")
    return {
        "messages": [
            {
                "message_id": f"b1946ac9-{place}",
                "receipt_handle": f"orders:{place}:{place}",
                "body": body,
                "approximate_receive_count": 1 + place,
            }
            for place, body in enumerate(bodies)
        ],
        "orders": ledger.ORDERS,
        "clerks": 2,
        "visibility_timeout": ledger.TIMEOUT,
        "seconds_of_a_charge": ledger.TAKES["charge"],
        "table_too_busy_percent": 100 * ledger.TOO_BUSY,
        "ordered_twice_percent": 100 * ledger.TWICE,
    }


E13 = Exercise(
    name="E13",
    answer=Program("consume", ("queue", "table"), decisions=8_000, call=Call, silent=SILENT | {"remember"}),
    trial=try_morning,
    diagnose=diagnose_morning,
    trace=trace_morning,
    scenario=show_morning,
    easy="On an easy morning",
)


# E14: settings of a queue

ALLOWED = 100
"""What the worst of the four may be, in percent of what is allowed."""


@checked()
def queue_settings(
    *,
    visibility_timeout: Timeout,
    max_receive_count: Annotated[int, Limit(1, 1000, "receives")],
    dead_letter_queue: Annotated[str, Limit(choices=("yes", "no"))],
) -> None:
    """An answer of E14."""


def try_presses(answer: dict, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """One day with these settings. The value is the worst of four, in percent of what is allowed."""
    record = presses.day(answer, variant, seed, easy=easy)
    value = 100 * max(presses.parts(record, variant).values())
    return Trial(seed, value=value, evidence=(record, variant))


def diagnose_presses(trials: list[Trial], answer: dict, variant: dict, stage: str) -> tuple[str, dict]:
    """Which of the four is missed, and by which setting."""
    told = results.telling(trials, ALLOWED)
    shares = [presses.parts(*trial.evidence) for trial in told]
    found = [presses.measured(*trial.evidence) for trial in told]
    over = {name for name in shares[0] if median(share[name] for share in shares) > 1}
    tries, keeps = answer["max_receive_count"], answer["dead_letter_queue"] == "yes"
    if "out" in over and not keeps:
        code = "no_dlq"
    elif "dead" in over and tries == 1:
        code = "dlq_after_one"
    elif "twice" in over:
        code = "timeout_below_work"
    elif "dead" in over:
        code = "too_few_tries"
    else:
        code = "timeout_huge" if "back" in over else "too_many_tries"
    numbers = {name: f"{median(one[name] for one in found):,.0f}" for name in found[0]}
    orders = median(len(presses.table_of(trial.evidence[0]).sent) for trial in told)
    timeout = answer["visibility_timeout"]
    return code, numbers | {
        "timeout": f"{timeout:,g}",
        "tries": tries,
        "work": variant["work"],
        "most": f"{presses.TWICE * orders:,.0f}",
        "dead_allowed": presses.DEAD,
        "back_allowed": f"{variant['back']:,g}",
        "out_allowed": f"{variant['out']:,g}",
        "outage": f"{variant['outage']:,g}",
        "lasts": f"{timeout * tries:,g}",
        "during": ceil(variant["outage"] / max(timeout, 1)),
    }


def trace_presses(trial: Trial, code: str) -> list[str]:
    """Each try of one message that shows what is missed."""
    record, variant = trial.evidence
    table, row = presses.table_of(record), _shown(trial, code)
    lines = [f"Seed {trial.seed}, message {row + 1}, a print takes {variant['work']} s on average:"]
    lines.append(f"  {clock(table.sent[row])}  it is sent")
    tries = presses.tries(record, row)
    shown = tries if len(tries) <= MOST_LINES else tries[: MOST_LINES - 1]
    steps = []
    for handout in shown:
        who = record.parts[table.poller[handout]].name
        until = clock(table.visible_again(handout))
        steps.append((table.handed[handout], f"{who} receives it, hidden until {until}"))
        steps.append((table.ended[handout], f"{who} {_END[table.fate[handout]]}"))
    lines += [f"  {clock(time)}  {said}" for time, said in sorted(steps, key=lambda step: step[0])]
    if len(tries) > len(shown):
        lines.append(f"  … and {len(tries) - len(shown)} tries more.")
    if row in table.left:
        lines.append(f"  {clock(table.left[row][0])}  it goes to the dead letters")
    return lines


_END = {
    Fate.IN_HAND: "is still printing at the end",
    Fate.DELETED: "has printed it, and deletes it",
    Fate.FAILED: "fails",
    Fate.STALE: "has printed it too late: another one has it",
    Fate.BROKEN: "crashes",
}


def _shown(trial: Trial, code: str) -> int:
    """The row of a message that shows what is missed."""
    record, variant = trial.evidence
    table = presses.table_of(record)
    if code in ("too_few_tries", "dlq_after_one"):
        return presses.good_dead(record)[0]
    if code in ("no_dlq", "too_many_tries"):
        return max(presses.broken_photos(record, variant["out"]), key=lambda one: one[1])[0]
    if code == "timeout_huge":
        _, handout, _ = max(presses.recoveries(record), key=lambda one: one[2])
        return table.message[handout]
    late = (row for row, fate in zip(table.message, table.fate, strict=True) if fate == Fate.STALE)
    return next(late, table.message[0])


def show_presses(variant: dict) -> dict:
    """What is given: how long prints take, what goes wrong, and what is allowed."""
    work, spread = variant["work"], presses.SPREAD
    middle = work * exp(-(spread**2) / 2)
    return {
        "seconds_of_a_print_on_average": work,
        "one_print_in_100_takes_longer_than": round(middle * exp(2.326 * spread), 1),
        "one_in_1000_takes_longer_than": round(middle * exp(3.09 * spread), 1),
        "presses": presses.PRESSES,
        "crashes_a_day": presses.CRASHES,
        "seconds_of_the_outage": variant["outage"],
        "work_done_twice_percent_allowed": 100 * presses.TWICE,
        "seconds_from_crash_to_print_allowed": variant["back"],
        "seconds_until_a_broken_photo_is_out_allowed": variant["out"],
        "good_orders_among_dead_letters_allowed": presses.DEAD,
    }


E14 = Exercise(
    name="E14",
    answer=Config(queue_settings),
    trial=try_presses,
    diagnose=diagnose_presses,
    trace=trace_presses,
    scenario=show_presses,
    easy="Without the outage",
    objective=Objective(
        ALLOWED, "%", "of what is allowed, in the worst of the four", missed="{value} % of what is allowed"
    ),
)


# E15: workers by backlog

OLD = "the oldest message became {value} s old ({limit} s are allowed)"
"""How the goal of E15 is missed."""


def try_hours(decide, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Trial:
    """Two hours with this policy."""
    found = backlog.hours(decide, variant, seed, easy=easy, altered_after=altered_after)
    cost = instance_hours(found.record)
    return Trial(
        seed, value=backlog.oldest(found.record)[1], cost=cost, evidence=found, decisions=found.wishes
    )


def diagnose_hours(trials: list[Trial], answer, variant: dict, stage: str) -> tuple[str, dict]:
    """What the policy goes by, and whether it ever gives workers back."""
    hours: list[backlog.Hours] = [trial.evidence for trial in trials]
    uses = Counter(name for found in hours for name, used in found.probed.items() if used)
    many = len(trials) / 2
    falls = median(backlog.fell(found) for found in hours)
    if stage == "cost" and falls < FEW_FALLS:
        code = "never_in"
    elif uses["backlog"] <= many < uses["cpu"]:
        code = "cpu_based"
    elif uses["backlog"] <= many < uses["orders"]:
        code = "exactly_saturated"
    else:
        code = "too_late" if stage != "cost" else "too_much_room"
    return code, {
        "peak": f"{median(backlog.peak(found) for found in hours):.0f}",
        "falls": f"{falls:.0f}",
        "most": f"{median(max(row['visible'] for row in found.rows) for found in hours):,.0f}",
        "group": variant["group"],
    }


FEW_FALLS = 2
"""Whose wish became less more seldom than this in two hours gives no worker back."""


def trace_hours(trial: Trial, code: str) -> list[str]:
    """The minutes around the oldest message, as the policy saw them."""
    found: backlog.Hours = trial.evidence
    sent, age = backlog.oldest(found.record)
    opened = sent - backlog.READY
    moment = int(opened // 60) if code != "never_in" else len(found.rows) - 8
    shown = list(zip(found.rows, found.wishes, strict=True))[max(0, moment) :][:8]
    lines = [f"Seed {trial.seed}, minutes after opening:"]
    lines += [
        (
            f"  {row['minute']:4}  visible {row['visible']:5,}, oldest {row['oldest']:5,} s, CPU {row['cpu']:3.0f} %, "
            f"in service {row['in_service']:2}, pending {row['pending']:2} → you ask for {wish}"
        )
        for row, (_, wish) in shown
    ]
    became = f"became {age:,.0f} s old ({backlog.LIMIT:,g} s are allowed)"
    return [
        *lines,
        f"The oldest message was sent at {clock(opened)} and {became}.",
        f"Cost: {trial.cost:.1f} worker-hours.",
    ]


def show_hours(variant: dict) -> dict:
    """What is given, with a history as decide gets it."""
    row = {"visible": 4, "oldest": 21, "sent": variant["calm"], "cpu": 78.0, "in_service": 3, "pending": 0}
    row |= {"desired": 3}
    return {
        "calm_orders_a_minute": variant["calm"],
        "orders_of_a_rush_about": variant["group"],
        "orders_a_minute_of_a_worker": backlog.PER_WORKER,
        "seconds_until_a_new_worker_takes_messages": backlog.SERVES,
        "max_size": backlog.MOST,
        "seconds_that_a_message_may_be_old": backlog.LIMIT,
        "history": [
            {"minute": 2} | row,
            {"minute": 3} | row | {"visible": 187, "oldest": 31, "sent": 190, "cpu": 96.0},
        ],
    }


E15 = Exercise(
    name="E15",
    answer=Function("decide", ("history",), decisions=backlog.MINUTES + 10),
    trial=try_hours,
    diagnose=diagnose_hours,
    trace=trace_hours,
    scenario=show_hours,
    easy="With one gentle ramp",
    objective=Objective(backlog.LIMIT, "s", "for the oldest message", missed=OLD),
    cost=Cost("worker-hours", naive="enough for a rush, all the time"),
)
