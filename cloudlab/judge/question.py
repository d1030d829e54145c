"""What a learner holds: `q = exercise("E2")`, then `q.scenario()`, `q.check(answer)`, `q.hint()`, `q.why()`.

Everything has a plain-text form and needs no widget. An exercise is known by its name in the call and by
nothing else, so cells may be copied, split and deleted.
"""

import ast
import copy
import html
import re
from collections.abc import Callable
from pathlib import Path

import cloudlab
from cloudlab.judge import comparing, feedback, variants, words
from cloudlab.judge.attempts import Attempts
from cloudlab.judge.definition import Exercise, Function
from cloudlab.judge.feedback import INTERRUPTED, NOT_ATTEMPTED, Fault
from cloudlab.judge.judging import Verdict, judge
from cloudlab.judge.telling import handed, told
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.printed import WHOLE, bound


class Text(str):
    """A text that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return in_lines(self)


class Listing(Text):
    """Code, which stands in letters of one width; on a narrow screen its lines are scrolled, not broken."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f'<pre style="white-space: pre; overflow-x: auto">{html.escape(self, quote=False)}</pre>'


def in_lines(text: str) -> str:
    """A text as a notebook sets words: lines are kept, and a line that is too long is broken between words.

    An exercise's notebook may hold nothing else of ours, so the rule for what a learner prints comes along.
    """
    told = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", bound(html.escape(text, quote=False)))
    return f'<style>{WHOLE}</style><div class="cloudlab-told" style="{LINES}">{told}</div>'


LINES = "max-width: 80ch; white-space: pre-wrap; overflow-wrap: break-word; word-break: normal"


class Given(dict):
    """What is given, which a notebook shows as a table."""

    def _repr_markdown_(self) -> str:
        rows = [f"| `{key}` | {_cell(value)} |" for key, value in self.items()]
        return "\n".join(["| given | |", "|---|---|", *rows])


class Spoken:
    """Something that a learner calls. Shown without its parentheses, it says how it is written."""

    def __init__(self, how: str, does: Callable):
        self.__name__, self._how, self._does = does.__name__, how, does

    def __call__(self, *given, **named):
        """Do it."""
        return self._does(*given, **named)

    def __repr__(self) -> str:
        return f"Write {self._how}, with the parentheses: this is only its name."


class Question:
    """An exercise on a learner's desk. `exercise(name)` makes one.

    `scenario()` gives what is given, `check(answer)` judges, `hint()` gives the next hint, `why()` shows one
    failing moment of the last check, `solution()` the worked solution, `points()` the points of the last check.
    `compare(path)` shows where its cost stands in a class, `template(answer)` a design as a template.
    """

    def __init__(self, made: Exercise, number: int):
        self._exercise, self._number, self._words = made, number, words.of(made.name)
        self._variant = variants.variant(made.name, number)
        self._attempts = Attempts(made.name)
        self._hints = 0
        self._verdict: Verdict | None = None
        self.check = _documented(f"q.check({made.answer.shape})", self._check, made)
        self.scenario = Spoken("q.scenario()", self._scenario)
        self.hint = Spoken("q.hint()", self._hint)
        self.why = Spoken("q.why()", self._why)
        self.solution = Spoken("q.solution()", self._solution)
        self.points = Spoken("q.points()", self._points)
        self.compare = Spoken('q.compare("class.csv")', self._compare)
        self.template = Spoken("q.template(answer)", self._template)

    def _scenario(self) -> dict:
        """What is given, as plain data: a copy, so that a check doesn't see what is done to it."""
        return Given(copy.deepcopy(self._exercise.scenario(self._variant)))

    def _check(self, answer=None, *more, **named) -> "Result":
        """Judge `answer` on the 20 published seeds: correct, what went wrong and why, or not attempted."""
        if more:
            answer = (answer, *more)  # three numbers instead of one dict: of the wrong shape, and told so
        try:
            if named:
                verdict = _named(named, self._exercise.answer.shape)
            else:
                verdict = judge(self._exercise, answer, self._variant, variants.PUBLISHED)
        except KeyboardInterrupt:
            said = feedback.interrupted(isinstance(self._exercise.answer, Function))
            verdict = Verdict(INTERRUPTED, 0, "shape", said)
        self._verdict = verdict
        trouble = "" if verdict.code == NOT_ATTEMPTED else self._attempts.keep(self._number, answer, verdict)
        return Result(self._exercise, verdict, trouble)

    def _hint(self) -> Text:
        """The next hint."""
        hints = self._words["hints"]
        if self._hints == len(hints):
            self._hints = 0
            return Text(f"Those were all {len(hints)} hints. The next call begins again.")
        self._hints += 1
        return Text(f"Hint {self._hints} of {len(hints)}: {hints[self._hints - 1].strip()}")

    def _why(self) -> Text:
        """One failing moment of the last check, step by step."""
        verdict = self._verdict
        if verdict is None or verdict.code == NOT_ATTEMPTED:
            return Text("There is no check to explain yet: call q.check(your answer) first.")
        if verdict.correct:
            return Text("Nothing failed in the last check.")
        if verdict.trial is None:
            return Text("\n".join(handed(verdict)))
        return Text("\n".join(self._exercise.trace(verdict.trial, verdict.code)))

    def _solution(self) -> Text:
        """The worked solution, from the files of the repository; a class doesn't have them."""
        path = Path(cloudlab.__file__).resolve().parents[1] / "tests" / "banks"
        path = path / f"{words.lessons()[self._exercise.name]}.py"
        found = _worked(path, self._exercise.name) if path.is_file() else ""
        if found:
            return Listing(found)
        return Text("The worked solution is not part of this copy of the course.")

    def _points(self) -> float:
        """Points of ten in the last check; 0 before the first."""
        return float(self._verdict.points) if self._verdict else 0.0

    def _compare(self, path="class.csv") -> Text:
        """Where the cost of the last check stands among those of a class: a CSV file with a column `cost`."""
        costs = self._verdict.costs if self._verdict else None
        if self._exercise.cost is None:
            return Text(f"{self._exercise.name} has no cost to compare.")
        if costs is None:
            return Text(
                "There is no cost to compare yet: call q.check(your answer) first, and keep all limits."
            )
        try:
            return Text(comparing.told(costs, comparing.costs_in(path), self._exercise.cost))
        except InvalidParameter as error:
            return Text(str(error))

    def _template(self, answer=None):
        """A design as a template of a real cloud, whether it is right or not."""
        if self._exercise.template is None:
            return Text(f"{self._exercise.name} has no design that could be a template.")
        try:
            settled = self._exercise.answer.accept(answer).start(0)
        except Fault as fault:
            return Text(fault.feedback.text)
        return self._exercise.template(settled, self._variant)

    def __repr__(self) -> str:
        return f"{self._head()}\n{self._words['task'].strip()}{self._so_far()}"

    def _repr_markdown_(self) -> str:
        return f"**{self._head()}**\n\n{self._words['task'].strip()}{self._so_far()}"

    def _head(self) -> str:
        of = len(variants.pool(self._exercise.name))
        which = f" (variant {self._number} of {of})" if of > 1 else ""
        return f"{self._exercise.name} · {self._words['title']}{which}"

    def _so_far(self) -> str:
        told = self._attempts.told(self._number)
        return f"\n\n{told}" if told else ""


class Result:
    """What a check found: `code`, `correct`, `attempted`, `points`, `text`."""

    def __init__(self, exercise: Exercise, verdict: Verdict, trouble: str = ""):
        self.code, self.correct, self.points = verdict.code, verdict.correct, float(verdict.points)
        self.attempted = verdict.code != NOT_ATTEMPTED
        self.text = "\n".join(filter(None, [told(exercise, verdict), trouble]))

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return in_lines(self.text)


def _documented(how: str, does: Callable, made: Exercise) -> Spoken:
    """A `Spoken` of which help(…) tells what it takes."""
    about = f"Judge your answer of {made.name} on the 20 published seeds. It is called so:\n\n    {how}"
    return type("check", (Spoken,), {"__doc__": about, "__module__": __name__})(how, does)


def _named(named: dict, shape: str) -> Verdict:
    """The verdict on check(min_size=2, …)."""
    happened = (
        f"The answer came as {', '.join(named)} = …, each by itself, but must be handed over in one piece."
    )
    fault = feedback.wrong_shape(feedback.shortened(happened, 160), f"Write q.check({shape}).")
    return Verdict(fault.feedback.code, 0, "shape", fault.feedback)


def _cell(value) -> str:
    """A value as it stands in a table: a list of dicts has a line for each."""
    if type(value) is list and value and all(type(one) is dict for one in value):
        return "<br>".join(f"`{one}`" for one in value)
    return f"{value:g}" if type(value) is float else str(value) if type(value) is int else f"`{value}`"


def exercises() -> list[str]:
    """The names of all exercises, in order."""
    return sorted(words.lessons(), key=lambda name: (len(name), name))


def _worked(path: Path, name: str) -> str:
    """The worked solution of exercise `name` in a bank: its entry in the dict WORKED."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "WORKED":
            return ast.literal_eval(statement.value).get(name, "").strip()
    return ""
