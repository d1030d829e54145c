"""For maintainers: draw an exercise's scenarios, find the reference of each by search, store the pool.

    python tests/pools.py E1

The exercise's bank says how (`banks.Pool`). Every answer that passes is a candidate, and the cheapest of them
is the reference. A scenario is kept when

- the reference passes, and each answer near it that should fail does, for the reason that it should, both
  beyond doubt (`verdicts`): the values of 150 seeds of the one and 20 of the others are kept with it, in a pool
  of several kinds with its first scenario;
- the reference costs as much as the others', within 10 % of the mean.

The package gets scenarios and costs, the bank the references themselves, which are solutions, and the values.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import fmean

from banks import ALIKE, handed, tried
from verdicts import chance_of_a_false_verdict

import cloudlab.exercises
from cloudlab.exercises import definition
from cloudlab.judge import words
from cloudlab.judge.judging import judge, meets
from cloudlab.judge.results import SLACK

SIZE = 24
SEEDS = range(1001, 1021)
MANY = range(1001, 1151)
DOUBT = 1e-3
EXERCISES = Path(cloudlab.exercises.__file__).parent
BANKS = Path(__file__).parent / "banks"


class Search:
    """The search for one exercise, whose bank says in POOLS what to draw and what to try."""

    def __init__(self, name: str):
        lesson = words.lessons()[name]
        self.exercise = definition(name)
        self.bank = import_module(f"banks.{lesson}")
        self.pool = self.bank.POOLS[name]

    def drawn(self, number: int) -> dict:
        """The scenario of this number, as it is drawn."""
        return self.pool.draw(Random(f"{self.exercise.name} {number}"))

    def variant(self, number: int, closely: bool = True) -> tuple[dict, dict] | None:
        """(scenario with its costs, reference and values), or None when it is not clear enough.

        Not `closely`: only that the reference passes clearly is looked at.
        """
        variant = self.drawn(number)
        answers = self.pool.answers(variant)
        reference = self._reference(answers, variant)
        if reference is None:
            return self._unclear("no answer passes clearly")
        measured = self._measured(reference, variant, answers, closely)
        if measured is None or not self.exercise.cost:
            return measured and (variant, measured)
        for naive in self.pool.naive(variant, answers):
            if costs := self._costs(naive, variant):
                variant["reference"], variant["naive"] = measured.pop("cost"), round(fmean(costs), 2)
                return variant, measured
        return None

    def _unclear(self, why: str) -> None:
        print(f"unclear: {why}", flush=True)

    def _run(self, answer, variant: dict, seed: int):
        return tried(self.exercise, handed(self.bank, answer, variant), variant, seed)

    def _reference(self, answers: list, variant: dict):
        """The cheapest answer that passes, or None."""
        if self.pool.more_is_better:
            return self._first(answers, variant)
        if not self.exercise.cost:
            return next((answer for answer in answers if self._costs(answer, variant)), None)
        costs = [self._costs(answer, variant) for answer in answers]
        passing = [(fmean(some), place) for place, some in enumerate(costs) if some]
        return answers[min(passing)[1]] if passing else None

    def _first(self, answers: list[dict], variant: dict) -> dict | None:
        """The first that passes. Whatever is not more than one that failed is not tried."""
        failing: list[dict] = []
        for answer in answers:
            if any(all(answer[key] <= worse[key] for key in answer) for worse in failing):
                continue
            if self._costs(answer, variant):
                return answer
            failing.append(answer)
        return None

    def _costs(self, answer, variant: dict) -> list[float]:
        """What each seed costs, or nothing when the answer doesn't pass (clearly, where more is not always
        better). It ends when that is known."""
        values, costs, limit = [], [], self.exercise.objective.of(variant)
        for seed in SEEDS:
            trial = self._run(answer, variant, seed)
            values.append(trial.value)
            costs.append(trial.cost)
            if sum(v > limit * SLACK for v in values) > 3 or sum(v > limit for v in values) > 10:
                return []
        clear = self.pool.more_is_better or (fmean(values) <= 0.88 * limit and max(values) <= 1.1 * limit)
        return costs if clear and meets(values, limit, len(SEEDS)) else []

    def _measured(self, reference, variant: dict, answers: list, closely: bool) -> dict | None:
        """The reference, the values of all near it and of itself, and its cost; None when in doubt."""
        measured = []
        for answer, code in self.pool.near(reference, variant, answers) if closely else []:
            priced = variant | {"reference": 1.0, "naive": 1.0}  # not known yet
            verdict = judge(self.exercise, handed(self.bank, answer, variant), priced, SEEDS)
            if verdict.code != code:
                return self._unclear(f"{answer} is {verdict.code}, not {code}")
            measured.append(self._values(answer, variant, SEEDS))
            least = 1.1 * self.exercise.objective.of(variant)
            if measured[-1] is None or fmean(measured[-1]["values"]) < least:
                return self._unclear(f"{answer} ({code}) is too near the limit")
        costs: list[float] = []
        if closely:
            measured.append(self._values(reference, variant, MANY, costs))
            if measured[-1] is None:
                return self._unclear(f"the reference {reference} is too near the limit")
        else:
            costs = self._costs(reference, variant)
        found = {"reference": reference, "measured": measured}
        return found | {"cost": round(fmean(costs), 2)} if self.exercise.cost else found

    def _values(self, answer, variant: dict, seeds: range, costs: list | None = None) -> dict | None:
        """An answer and its values, or None when a false verdict is too likely."""
        values, limit = [], self.exercise.objective.of(variant)
        for seed in seeds:
            trial = self._run(answer, variant, seed)
            values.append(round(trial.value, 3))
            if costs is not None:
                costs.append(trial.cost)
                if values[-1] > limit * SLACK:
                    return None  # once is too often
        if costs is not None and fmean(values) > 0.9 * limit:
            return None
        likely = chance_of_a_false_verdict(values, limit)
        return None if likely >= DOUBT else {"answer": answer, "values": values}


def alike(found: list) -> list:
    """Those whose reference costs within 10 % of the mean of those that are left."""
    while found and "reference" in found[0][0]:
        mean = fmean(variant["reference"] for variant, _ in found)
        left = [pair for pair in found if abs(pair[0]["reference"] / mean - 1) <= 0.1]
        if len(left) == len(found):
            break
        found = left
    return found


def main(name: str, size: int = SIZE) -> None:
    """Fill the pool of exercise `name`."""
    search, found, number = Search(name), [], 0
    kind = search.pool.kind or json.dumps
    while len(kept := alike(found)) < size:
        number += 1
        drawn, seen = search.drawn(number), [variant for variant, _ in found]
        alike_ones = sum(kind(variant) == kind(drawn) for variant, _ in kept)
        if alike_ones >= ALIKE or any(variant | drawn == variant for variant in seen):
            continue
        if pair := search.variant(number, closely=not (search.pool.kind and found)):
            found.append(pair)
        print(f"drawn {number}, clear {len(found)}, alike {len(alike(found))}", flush=True)
    _write(
        EXERCISES / words.lessons()[name] / "pools" / f"{name}.json",
        '{"variants": [',
        [variant for variant, _ in kept[:size]],
        "]}",
    )
    _write(BANKS / f"{name}.json", "[", [reference for _, reference in kept[:size]], "]")


def _write(path: Path, begin: str, rows: list[dict], end: str) -> None:
    lines = ",\n".join(json.dumps(row) for row in rows)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{begin}\n{lines}\n{end}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
