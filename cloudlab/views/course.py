"""The course and where a learner stands in it: the lessons that are there, what is finished, begun, and next.

A lesson is there when its notebook lies in the folder; its words stand beside its labs module. It is finished when
each question of its check and its exit is answered rightly. Read `Standing` first.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from cloudlab.kernel.state import attempts_in, read_kept

MOST = 10
"""Points of an exercise."""

STEPS = ("prediction", "tasks", "warm-up", "check", "exit question")
"""The steps of a lesson of which something is kept, in order."""

KINDS = ("prediction", "task")
"""What is kept of the first two of them."""


@dataclass(frozen=True)
class Lesson:
    """A lesson: its number, the name that its files share, its words, and the names of its exercises."""

    number: str
    name: str
    words: dict
    exercises: tuple[str, ...] = ()

    @property
    def notebook(self) -> str:
        """Its file, as a link beside it."""
        return f"{self.number}_{self.name}.ipynb"

    @property
    def exercise_notebook(self) -> str:
        """The file of its exercises, as a link from the lesson's folder."""
        return f"exercises/{self.notebook}"

    @property
    def home(self) -> dict:
        """What the home page says of it."""
        return self.words["home"]

    @property
    def title(self) -> str:
        """Its short title."""
        return self.home["title"]

    @property
    def time(self) -> str:
        """About how long it takes, and its exercises."""
        more = self.home["exercise_minutes"]
        return f"about {self.home['minutes']}{f' + {more}' if more else ''} min"


def lessons(folder: Path) -> list[Lesson]:
    """The lessons whose notebooks lie in `folder`, in order."""
    found = (re.fullmatch(r"(\d\d)_(\w+)\.ipynb", path.name) for path in sorted(folder.glob("*.ipynb")))
    made = (_lesson(match[1], match[2]) for match in found if match)
    return [one for one in made if one is not None]


def _lesson(number: str, name: str) -> Lesson | None:
    """The lesson of that name; None where the course has none, as of a notebook of the learner's own."""
    words, tasks = files("cloudlab.labs") / f"{name}.toml", files("cloudlab.exercises") / name / "words.toml"
    if not words.is_file() or "home" not in (said := tomllib.loads(words.read_text(encoding="utf-8"))):
        return None
    exercises = tomllib.loads(tasks.read_text(encoding="utf-8")) if tasks.is_file() else {}
    return Lesson(number, name, said, tuple(exercises))


@dataclass(frozen=True)
class Standing:
    """How far a learner has come in one lesson: `kept` holds the names of kept answers and what they say."""

    lesson: Lesson
    kept: dict[str, dict] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)

    @cached_property
    def steps(self) -> list[float]:
        """How much of each of `STEPS` is done, from 0 to 1; an answer to a check or exit counts when it is right."""
        kinds = [float(any(name.startswith(f"{kind}-") for name in self.kept)) for kind in KINDS]
        warm_up = self._answered("warm-up", right=False)
        return [*kinds, warm_up, self._answered("check"), self._answered("exit")]

    def _answered(self, section: str, *, right: bool = True) -> float:
        asked = self.lesson.words.get(section, [])
        done = [self._fits(question, right) for question in asked]
        return sum(done) / len(done) if done else 1.0

    def _fits(self, question: dict, right: bool) -> bool:
        answer = self.kept.get(f"quiz-{question['key']}", {}).get("answer")
        options = [option for option in question["options"] if option["text"] == answer]
        return bool(options) and (not right or options[0].get("right", False))

    @property
    def finished(self) -> bool:
        """Whether each question of the check and the exit is answered rightly."""
        return self.steps[-2:] == [1.0, 1.0]

    @property
    def begun(self) -> bool:
        """Whether something of it is kept, though it isn't finished."""
        return bool(self.kept or self.points) and not self.finished

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return 1.0 if self.finished else sum(self.steps) / len(self.steps)

    @property
    def next_step(self) -> str:
        """The first of `STEPS` that is not done, or ''."""
        return next((step for step, done in zip(STEPS, self.steps, strict=True) if done < 1), "")

    @property
    def reached(self) -> float:
        """The points reached in its exercises: the best attempt of each."""
        return sum(self.points.values())

    @property
    def most(self) -> int:
        """The points that its exercises are worth."""
        return MOST * len(self.lesson.exercises)


def standings(folder: Path, state: Path) -> list[Standing]:
    """How far the learner has come in each lesson of `folder`, read anew from the folder `state`."""
    kept = {path.stem: read_kept(path) for path in sorted((state / "answers").glob("*.json"))}
    return [
        Standing(
            lesson,
            {name: said for name, said in kept.items() if re.match(rf"[a-z]+-{lesson.number}-[^.]+$", name)},
            {name: best for name in lesson.exercises if (best := _best(state, name)) is not None},
        )
        for lesson in lessons(folder)
    ]


def _best(state: Path, exercise: str) -> float | None:
    """The points of the best attempt at an exercise, or None without one."""
    tried, _ = attempts_in(state / "attempts" / f"{exercise}.jsonl")
    return max((float(one["points"]) for one in tried), default=None)


def current(all_of_them: list[Standing]) -> Standing | None:
    """The lesson to go on with: the last one that was begun, else the first after those that are finished, or None."""
    begun = [one for one in all_of_them if one.begun]
    if begun:
        return begun[-1]
    last = max((place for place, one in enumerate(all_of_them) if one.finished), default=-1)
    open_ones = [one for one in all_of_them[last + 1 :] + all_of_them[: last + 1] if not one.finished]
    return open_ones[0] if open_ones else None
