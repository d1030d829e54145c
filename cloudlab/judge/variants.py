"""Variants: which scenario of an exercise somebody gets, and which luck.

A pool is a committed list of scenarios of equal weight, each with the cost of a reference that was found by
search (`tests/pools.py`). Self-study takes the first one and 20 published seeds. In
a class, a keyed hash of (salt, exercise, student) picks the scenario and 20 seeds that nobody has seen:
without the salt they can't be known, and with it they are the same each time.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from cloudlab.judge import words
from cloudlab.kernel.limits import InvalidParameter

PUBLISHED = tuple(range(1, 21))
"""The 20 seeds of self-study."""

SEEDS = len(PUBLISHED)


@dataclass(frozen=True)
class Draw:
    """What a student gets: the number of the variant (from 1) and the graded seeds."""

    variant: int
    seeds: tuple[int, ...]


def pool(name: str) -> list[dict]:
    """The scenarios of exercise `name`, in order; an exercise without a pool has one, with nothing in it."""
    path = files("cloudlab.exercises") / words.lessons()[name] / "pools" / f"{name}.json"
    if not path.is_file():
        return [{}]
    rows = json.loads(path.read_text(encoding="utf-8"))["variants"]
    return [{"number": number, **row} for number, row in enumerate(rows, 1)]


def variant(name: str, number: int) -> dict:
    """Scenario `number` (from 1) of exercise `name`. Raises InvalidParameter when there is none."""
    known = pool(name)
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(known):
        raise InvalidParameter(
            f"variant is {number!r:.40}, but must be a whole number from 1 to {len(known)}."
        )
    return known[number - 1]


def draw(salt: str, name: str, student: str, size: int) -> Draw:
    """What `student` gets in exercise `name` of a class with this secret `salt`, out of `size` variants."""
    for key, value in (("salt", salt), ("name", name), ("student", student)):
        if not isinstance(value, str) or not value:
            raise InvalidParameter(f"{key} is {value!r:.40}, but must be a text of at least one character.")
    numbers = _numbers(salt.encode("utf-8"), json.dumps([name, student]).encode("utf-8"))
    number = next(numbers) % size + 1
    seeds: list[int] = []
    while len(seeds) < SEEDS:
        seed = next(numbers)
        if seed not in seeds and seed > max(PUBLISHED):
            seeds.append(seed)
    return Draw(number, tuple(seeds))


def _numbers(key: bytes, text: bytes) -> Iterator[int]:
    """Whole numbers below 2⁴⁸, without end."""
    block = 0
    while True:
        digest = hmac.new(key, text + block.to_bytes(4, "big"), hashlib.sha256).digest()
        for start in range(0, 30, 6):
            yield int.from_bytes(digest[start : start + 6], "big")
        block += 1
