"""For maintainers: draw an exercise's scenarios, find the reference of each by search, store the pool.

    python tests/pools.py E1

The exercise's bank says how a scenario is drawn and which answers there are. An answer is a dict of numbers
of which more is never worse, only dearer. So whatever is not more than an answer that fails, fails too, and
the search goes from cheap to dear and skips what is known to fail: the first that passes is the reference. A
scenario is kept when

- the reference passes, and each answer with one less of something fails, both beyond doubt (`verdicts`);
- one less fails for the same reason everywhere: the same constraint binds;
- the reference costs as much as the others', within 10 % of the mean.

The package gets scenarios and costs, the bank the references themselves: they are solutions.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import fmean

from verdicts import chance_of_a_false_verdict

import cloudlab.exercises
from cloudlab.exercises import words
from cloudlab.exercises.judging import judge, meets

SIZE = 24
SEEDS = range(1001, 1041)
DOUBT = 1e-3
PACKAGE = Path(cloudlab.exercises.__file__).parent / "pools"
BANKS = Path(__file__).parent / "banks"


class Search:
    """The search for one exercise, whose bank says in POOLS how to draw, what to try, and the code."""

    def __init__(self, name: str):
        lesson = words.lessons()[name]
        self.exercise = getattr(import_module(f"cloudlab.exercises.{lesson}"), name)
        self.draw, self.answers, self.estimate, self.code = import_module(f"banks.{lesson}").POOLS[name]

    def variant(self, number: int) -> tuple[dict, dict] | None:
        """(scenario with its costs, reference), or None when it is not clear enough."""
        variant = self.draw(Random(f"{self.exercise.name} {number}"))
        answers = sorted(self.answers(variant), key=lambda answer: self.estimate(answer, variant))
        failing: list[dict] = []
        for key in answers[0]:
            for value in sorted({answer[key] for answer in answers}):
                if self._passes(plenty(answers, key, value), variant, failing):
                    break
        reference = next((a for a in answers if self._passes(a, variant, failing)), None)
        fixed = (answer for answer in answers if len(set(answer.values())) == 1)
        naive = next((a for a in fixed if self._passes(a, variant, failing)), None)
        if reference is None or naive is None or not self._clear(reference, variant, answers):
            return None
        variant["reference"], variant["naive"] = (
            round(fmean(self._run(answer, variant, seed).cost for seed in SEEDS), 2)
            for answer in (reference, naive)
        )
        return variant, reference

    def _run(self, answer: dict, variant: dict, seed: int):
        return self.exercise.trial(dict(answer), variant, seed)

    def _passes(self, answer: dict, variant: dict, failing: list[dict]) -> bool:
        if any(all(answer[key] <= worse[key] for key in answer) for worse in failing):
            return False
        values = []
        for seed in SEEDS[:20]:
            values.append(self._run(answer, variant, seed).value)
            if sum(value > self.exercise.objective.limit * 1.15 for value in values) > 3:
                break
        if not meets(values, self.exercise.objective.limit, 20):
            failing.append(answer)
            return False
        return True

    def _clear(self, reference: dict, variant: dict, answers: list[dict]) -> bool:
        """Whether the reference, and one less of one thing with plenty of the rest, are beyond doubt."""
        if not self._beyond_doubt(reference, variant):
            return False
        for key, value in reference.items():
            lower = plenty(answers, key, value - 1)
            if not self._beyond_doubt(lower, variant):
                return False
            if judge(self.exercise, lower, variant, SEEDS[:20]).code != self.code:
                return False
        return True

    def _beyond_doubt(self, answer: dict, variant: dict) -> bool:
        values = [self._run(answer, variant, seed).value for seed in SEEDS]
        return chance_of_a_false_verdict(values, self.exercise.objective.limit) < DOUBT


def plenty(answers: list[dict], key: str, value: int) -> dict:
    """The answer with this value and as much as can be of the rest."""
    return max(
        (answer for answer in answers if answer[key] == value), key=lambda answer: sum(answer.values())
    )


def alike(found: list) -> list:
    """Those whose reference costs within 10 % of the mean of those that are left."""
    while True:
        mean = fmean(variant["reference"] for variant, _ in found)
        left = [pair for pair in found if abs(pair[0]["reference"] / mean - 1) <= 0.1]
        if len(left) == len(found):
            return left
        found = left


def main(name: str) -> None:
    """Fill the pool of exercise `name`."""
    search, found, number = Search(name), [], 0
    while len(kept := alike(found) if found else []) < SIZE:
        number += 1
        if pair := search.variant(number):
            found.append(pair)
        print(f"drawn {number}, clear {len(found)}, alike {len(kept)}", flush=True)
    kept = kept[:SIZE]
    _write(PACKAGE / f"{name}.json", {"variants": [variant for variant, _ in kept]})
    _write(BANKS / f"{name}.json", [reference for _, reference in kept])


def _write(path: Path, content) -> None:
    rows = content["variants"] if isinstance(content, dict) else content
    lines = ",\n".join(json.dumps(row) for row in rows)
    text = f'{{"variants": [\n{lines}\n]}}\n' if isinstance(content, dict) else f"[\n{lines}\n]\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1])
