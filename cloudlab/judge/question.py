"""What a learner holds: `q = exercise("E2")`, then `q.scenario()`, `q.check(answer)`, `q.hint()`, `q.why()`.

Everything has a plain-text form and needs no widget. An exercise is known by its name in the call and by
nothing else, so cells may be copied, split and deleted.
"""

import ast
import copy
from importlib import import_module
from pathlib import Path

import cloudlab
from cloudlab.judge import feedback, variants, words
from cloudlab.judge.definition import Exercise
from cloudlab.judge.feedback import INTERRUPTED, NOT_ATTEMPTED
from cloudlab.judge.judging import Verdict, judge
from cloudlab.judge.telling import handed, told
from cloudlab.kernel.limits import InvalidParameter


class Text(str):
    """A text that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Question:
    """An exercise on a learner's desk. `exercise(name)` makes one."""

    def __init__(self, made: Exercise, number: int):
        self._exercise, self._number, self._words = made, number, words.of(made.name)
        self._variant = variants.variant(made.name, number)
        self._hints = 0
        self._verdict: Verdict | None = None

    def scenario(self) -> dict:
        """What is given, as plain data: a copy, so that a check doesn't see what is done to it."""
        return copy.deepcopy(self._exercise.scenario(self._variant))

    def check(self, answer=None, *more) -> "Result":
        """Judge `answer` on the 20 published seeds: correct, what went wrong and why, or not attempted."""
        if more:
            answer = (answer, *more)  # three numbers instead of one dict: of the wrong shape, and told so
        try:
            verdict = judge(self._exercise, answer, self._variant, variants.PUBLISHED)
        except KeyboardInterrupt:
            verdict = Verdict(INTERRUPTED, 0, "shape", feedback.interrupted())
        self._verdict = verdict
        return Result(self._exercise, verdict)

    def hint(self) -> Text:
        """The next hint."""
        hints = self._words["hints"]
        if self._hints == len(hints):
            self._hints = 0
            return Text(f"Those were all {len(hints)} hints. The next call begins again.")
        self._hints += 1
        return Text(f"Hint {self._hints} of {len(hints)}: {hints[self._hints - 1].strip()}")

    def why(self) -> Text:
        """One failing moment of the last check, step by step."""
        verdict = self._verdict
        if verdict is None or verdict.code == NOT_ATTEMPTED:
            return Text("There is no check to explain yet: call q.check(your answer) first.")
        if verdict.correct:
            return Text("Nothing failed in the last check.")
        if verdict.trial is None:
            return Text("\n".join(handed(verdict)))
        return Text("\n".join(self._exercise.trace(verdict.trial, verdict.code)))

    def solution(self) -> Text:
        """The worked solution, from the files of the repository; a class doesn't have them."""
        path = Path(cloudlab.__file__).resolve().parents[1] / "tests" / "banks"
        path = path / f"{words.lessons()[self._exercise.name]}.py"
        found = _worked(path, self._exercise.name) if path.is_file() else ""
        return Text(found or "The worked solution is not part of this copy of the course.")

    def points(self) -> float:
        """Points of ten in the last check; 0 before the first."""
        return float(self._verdict.points) if self._verdict else 0.0

    def __repr__(self) -> str:
        of = len(variants.pool(self._exercise.name))
        which = f" (variant {self._number} of {of})" if of > 1 else ""
        return f"{self._exercise.name} · {self._words['title']}{which}\n{self._words['task'].strip()}"


class Result:
    """What a check found: `code`, `correct`, `attempted`, `points`, `text`."""

    def __init__(self, exercise: Exercise, verdict: Verdict):
        self.code, self.correct, self.points = verdict.code, verdict.correct, float(verdict.points)
        self.attempted = verdict.code != NOT_ATTEMPTED
        self.text = told(exercise, verdict)

    def __repr__(self) -> str:
        return self.text


def exercise(name: str, *, variant: int = 1) -> Question:
    """The exercise called `name`, such as "E2". `variant` is the number that your teacher gave you, if any.

    Raises InvalidParameter, which names the exercises there are.
    """
    lesson = words.lessons().get(name) if isinstance(name, str) else None
    if lesson is None:
        raise InvalidParameter(f"name is {name!r:.40}, but must be one of {', '.join(exercises())}.")
    made = getattr(import_module(f"cloudlab.exercises.{lesson}"), name)
    return Question(made, variant)


def exercises() -> list[str]:
    """The names of all exercises, in order."""
    return sorted(words.lessons(), key=lambda name: (len(name), name))


def _worked(path: Path, name: str) -> str:
    """The worked solution of exercise `name` in a bank: its entry in the dict WORKED."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "WORKED":
            return ast.literal_eval(statement.value).get(name, "").strip()
    return ""
