"""Filters and queues beside moto, an imitation of AWS: on paths that both accept, they agree.

moto takes much that AWS refuses, so only what the models accept is compared. Where moto is known to differ from the
provider's pages, the case is left out, with the number of the fact.
"""

import json
import random
import subprocess

import pytest
from own_environment import moto_python
from places import TESTS
from samples import some

from cloudlab.kernel.world import World
from cloudlab.sns import matches, matches_body
from cloudlab.sqs import MessageNotInflight, Queue, ReceiptHandleIsInvalid
from cloudlab.sqs.fifo import FifoQueue

KEYS, NUMBERED = ("kind", "price", "size"), ("price", "size", "paid")
WORDS, NUMBERS = ("print", "mug", "Print", "poster", "prints"), (0, 1, 3, 99.5, 100, -7)


def asked(what: str, cases: list) -> list:
    """moto's answers."""
    told = subprocess.run(
        [str(moto_python()), str(TESTS / "moto_cases.py"), what],
        input=json.dumps(cases), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    return json.loads(told.stdout.splitlines()[-1])


# Filters


def rules(key: str, dice: random.Random) -> list:
    """One or two alternatives for a key.

    moto fails where a number meets a rule for texts, forgets the second alternative where a key is missing, and
    compares a policy's capitals as they stand (SNS-7): so each key has one type, and such policies are left out.
    """
    if dice.random() < 0.15:
        return [{"exists": dice.random() < 0.5}]
    make = a_number if key in NUMBERED else a_word
    return [make(dice) for _ in range(dice.randint(1, 2))]


def a_word(dice: random.Random):
    """A rule for a text."""
    word = dice.choice(WORDS)
    return dice.choice(
        [
            word,
            {"prefix": word[:3]},
            {"suffix": word[-3:]},
            {"equals-ignore-case": word.lower()},
            {"anything-but": word},
            {"anything-but": [word, dice.choice(WORDS)]},
            {"anything-but": {"prefix": word[:2]}},
        ]
    )


def a_number(dice: random.Random):
    """A rule for a number."""
    low, high = sorted(dice.sample(NUMBERS, 2))
    return dice.choice(
        [
            low,
            {"numeric": ["=", high]},
            {"numeric": [dice.choice((">", ">=", "<", "<=")), low]},
            {"numeric": [">=", low, "<", high]},
        ]
    )


def a_filter(seed: int) -> list:
    """[policy, scope, attributes, body] of one case."""
    dice = random.Random(seed)
    policy = {key: rules(key, dice) for key in dice.sample(KEYS, dice.randint(1, 3))}
    if dice.random() < 0.2:
        policy["$or"] = [{key: rules(key, dice)} for key in ("paid", "place")]
    keys = [key for key in (*KEYS, "paid", "place") if dice.random() < 0.8]
    values = {key: dice.choice(NUMBERS if key in NUMBERED else WORDS) for key in keys}
    if dice.random() < 0.5:
        return [policy, "MessageBody", {}, json.dumps(values)]
    kinds = {key: "Number" if key in NUMBERED else "String" for key in keys}
    attributes = {key: {"DataType": kinds[key], "StringValue": str(value)} for key, value in values.items()}
    return [policy, "MessageAttributes", attributes, ""]


def ours(policy, scope, attributes, body) -> bool:
    return matches(policy, attributes) if scope == "MessageAttributes" else matches_body(policy, body)


def test_300_filters_let_the_same_messages_pass():
    """SNS-7, SNS-8."""
    cases = [a_filter(seed) for seed in range(300)]
    mine, theirs = [ours(*case) for case in cases], asked("filters", cases)
    different = [
        (case, one) for case, one, other in zip(cases, mine, theirs, strict=True) if other not in (None, one)
    ]
    assert different == []
    assert 30 < sum(mine) < 270, "both answers are common"


# Queues


def a_queue(seed: int, fifo: bool) -> dict:
    """A queue, and what is done to it when. Times never meet, since no source says which comes first then.

    A FIFO queue has one group, and hands out one at a time: where several of a group come back together, moto gives the
    last of them first (SQS-20), and which group comes first is open. What was deleted isn't sent anew: moto forgets it
    at once, AWS after five minutes (SQS-21).
    """
    dice = random.Random(seed)
    time, acts, bodies, deleted = 0.0, [], [], []
    for number in range(40):
        time = round(time + dice.randint(1, 12) + 0.0173, 4)
        what = dice.choices(("send", "receive", "delete", "hide"), (3 if len(bodies) < 9 else 0, 4, 2, 1))[0]
        if what == "send":
            bodies.append(f"m{number}")
            again = fifo and dice.random() < 0.3
            known = [body for body in bodies if body not in deleted]
            acts.append([time, "send", bodies[-1], "a", dice.choice(known) if again else bodies[-1]])
        elif what == "receive" or not bodies:
            acts.append([time, "receive"])
        elif what == "delete":
            deleted.append(dice.choice(bodies))
            acts.append([time, "delete", deleted[-1]])
        else:
            acts.append([time, "hide", dice.choice(bodies), dice.choice((0, 5, 50))])
    return {
        "fifo": fifo,
        "visibility_timeout": dice.choice((10, 30)),
        "delay_seconds": dice.choice((0, 0, 7)),
        "max_receive_count": dice.choice((2, 3, 100)),
        "most": 1 if fifo else 10,
        "acts": acts,
    }


def run(case: dict) -> tuple[list, dict]:
    """What our model makes of a case, as `moto_cases.received` tells it, and the case without what it refuses.

    AWS refuses to hide what is in nobody's hand, and in a FIFO queue to delete it (SQS-10, SQS-12); moto does it.
    """
    world, found, held, done = World(1), [], {}, []
    make, end = (FifoQueue, ".fifo") if case["fifo"] else (Queue, "")
    dead = make(world, f"dead{end}")
    queue = make(
        world, f"q{end}", visibility_timeout=case["visibility_timeout"], delay_seconds=case["delay_seconds"],
        dead_letter_target=dead, max_receive_count=case["max_receive_count"],
    )  # fmt: skip

    def work():
        for time, act, *rest in case["acts"]:
            yield world.timeout(time - world.now)
            if act == "send":
                body, group, identity = rest
                names = {"message_group_id": group, "message_deduplication_id": identity} if end else {}
                queue.send_message(body, **names)
            elif act == "receive":
                came = yield from queue.receive_message(max_number_of_messages=case["most"])
                held.update({one.body: one.receipt_handle for one in came})
                found.append([[one.body, one.approximate_receive_count] for one in came])
            elif rest[0] in held:
                try:
                    if act == "delete":
                        queue.delete_message(held[rest[0]])
                    else:
                        queue.change_message_visibility(held[rest[0]], rest[1])
                except (MessageNotInflight, ReceiptHandleIsInvalid):
                    continue
            done.append([time, act, *rest])
        yield world.timeout(100_000)
        came = yield from dead.receive_message(max_number_of_messages=10)
        found.append(sorted(one.body for one in came))

    world.process(work())
    world.run(until=200_000)
    return found, case | {"acts": done}


@pytest.mark.sampled
@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_queues_hand_out_the_same_messages(fifo):
    """SQS-1, SQS-2, SQS-9, SQS-10, SQS-12, SQS-17, SQS-20, SQS-21: visibility, delay, delete, dead letters, groups."""
    cases = [a_queue(seed, fifo) for seed in some(range(60), 20)]

    def sets(found: list) -> list:
        """Each receive without its order, which is open."""
        return [sorted(one) for one in found]

    mine, taken = zip(*map(run, cases), strict=True)
    theirs = asked("queues", list(taken))
    pairs = enumerate(zip(mine, theirs, strict=True))
    assert [number for number, (a, b) in pairs if sets(a) != sets(b)] == []
    assert sum(len(one) for found in mine for one in found) > 3 * len(cases)
