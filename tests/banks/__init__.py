"""The banks: solutions of each lesson's exercises, right and wrong. They are not shipped in the wheel.

A bank says in POOLS how the scenarios of an exercise are found; `Pool` is the form for that, and `pools.py`
does it. An answer is a dict, a function, or the name of one in the bank. One that is marked `for_variant`
is a function that makes the answer from the scenario.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from cloudlab.judge.judging import luck

ALIKE = 4
"""Scenarios of a pool of settings that may have the same best answer: who copies fails in the others."""


@dataclass(frozen=True)
class Pool:
    """How to find the scenarios of an exercise, and the reference of each.

    `draw(dice)` makes a scenario, plain data. `answers(scenario)` are those to try: the reference is the
    cheapest that passes, or the first where nothing costs anything. `near(reference, scenario, answers)` are
    pairs of an answer that must fail and its code: the objective is missed by it beyond doubt.
    `naive(scenario, answers)` are simple answers, of which the first that passes is the naive one.

    With `more_is_better`, an answer is a dict of numbers of which more is never worse, and `answers` come
    cheapest first: so what is not more than a failing answer needs no try, and the first that passes is it.

    Scenarios of one `kind` may have the same best answer: so a pool holds at most `ALIKE` of each.
    """

    draw: Callable[[Random], dict]
    answers: Callable[[dict], list]
    near: Callable[..., list[tuple]]
    naive: Callable[..., list] | None = None
    more_is_better: bool = False
    kind: Callable[[dict], object] | None = None


def handed(bank, answer, variant: dict):
    """The answer itself, for a name or a function of the scenario."""
    answer = getattr(bank, answer) if isinstance(answer, str) and hasattr(bank, answer) else answer
    return answer(variant) if getattr(answer, "for_variant", False) else answer


def tried(exercise, answer, variant: dict, seed: int):
    """One trial of an answer, as a check makes it."""
    return exercise.trial(exercise.answer.accept(answer).start(luck(seed)), variant, seed)


def only(where, answer):
    """An answer that is tried in the variants of which `where(variant)` holds."""
    answer.only = where
    return answer


CLOSE: list = []


def close(answer):
    """An answer that five seeds tell apart otherwise than twenty do: it is judged on all of them in each run."""
    CLOSE.append(answer)
    return answer


def reference_of(name, variant):
    """The stored reference of a variant, found by search (see `pools`)."""
    stored = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return stored[variant["number"] - 1]["reference"]
