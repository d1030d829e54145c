"""What an author writes: an exercise as data and a few functions.

An answer is a `Config` (a dict of settings, each with its limit), a `Function` of plain data, or a `Program`. For every
seed the exercise's `trial(answer, variant, seed, easy=False)` builds the world, lets the answer work in it,
and returns a `Trial`: what was measured, what it cost, which mistakes were made. It raises `Fault` when an
invariant is broken. `judging.judge` does the rest, in the same order for every exercise.

An author who lets a function decide again and again writes each decision in `Trial.decisions`, and takes an
`altered_after` (s): the same run, but with other arrivals from that moment on. So peeking is found.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cloudlab.judge import feedback
from cloudlab.judge.calling import Here, checked_function
from cloudlab.judge.feedback import Fault, Feedback
from cloudlab.judge.plain import NotPlain, called, plain
from cloudlab.judge.programs import Runs
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.world import World


@dataclass
class Trial:
    """One run with one seed.

    `value` is what the objective limits (less is better) and `cost` what it costs. `mistakes` are plain
    data, one for each wrong result of an exercise that has a right one, out of `cases`. `evidence` is what
    `why()` and the diagnosis read, such as the record. `decisions` are (time in s, what was decided), in
    order. `easy` tells, after the run, whether it was one with the easy workload.
    """

    seed: int
    value: float = 0.0
    cost: float = 0.0
    mistakes: list = field(default_factory=list)
    cases: int = 1
    evidence: Any = None
    decisions: list[tuple[float, Any]] = field(default_factory=list)
    easy: bool = False


@dataclass(frozen=True)
class Objective:
    """What must be reached: at most `limit` `unit` `what`, such as 0.5 '%' 'of the orders dropped'.

    Without a `limit`, each variant holds its own, "limit". `missed` says how it is missed, with {value}.
    """

    limit: float | None
    unit: str
    what: str
    missed: str

    def of(self, variant: dict) -> float:
        """The limit in this variant."""
        return variant["limit"] if self.limit is None else self.limit


@dataclass(frozen=True)
class Cost:
    """What is to be as low as possible, in `unit`.

    The variant holds the cost of the reference ('reference') and of something simple ('naive'), which
    `naive` names.
    """

    unit: str
    naive: str


@dataclass(frozen=True)
class Config:
    """A dict as an answer: one entry for each parameter of `settings`, which checks them by their limits.

    The template leaves `open_at_first` open, which are all of them unless it is said.
    """

    settings: Callable[..., Any]
    open_at_first: tuple[str, ...] = ()

    def accept(self, answer, caller=None) -> "Fixed":
        """Check the shape of `answer`; returns what gives each run a copy of it. Raises Fault."""
        names = list(parameters(self.settings))
        asked = "a dict with " + _listed([repr(name) for name in names])
        if answer is None or answer is ... or (type(answer) is dict and self._untouched(answer)):
            raise feedback.not_attempted(asked)
        look = "Copy the template from the task, and put your numbers where the dots are."
        if type(answer) is not dict:
            raise feedback.wrong_shape(f"Your answer is {called(answer)}, but must be {asked}.", look)
        for name in names:
            if name not in answer or answer[name] is ...:
                what = "is still open" if name in answer else "is missing"
                raise feedback.wrong_shape(f"{name!r} {what}: the answer must be {asked}.", look)
        for name in answer:
            if name not in names:
                shown = feedback.shortened(repr(name), 30) if type(name) is str else called(name)
                raise feedback.wrong_shape(f"The answer has {shown} in it, but must be {asked}.", look)
        try:
            settled = plain(answer)
            self.settings(**settled)
        except NotPlain as odd:
            raise feedback.wrong_shape(
                f"A value in your answer is {odd}: it must be {asked}.", look
            ) from None
        except InvalidParameter as error:
            raise feedback.wrong_shape(str(error), "Change that value, and check again.") from None
        return Fixed(settled)

    @property
    def shape(self) -> str:
        """How such an answer is written: '{"min_size": …}'."""
        return "{" + ", ".join(f'"{name}": …' for name in parameters(self.settings)) + "}"

    def _untouched(self, answer: dict) -> bool:
        """Whether all is still open that the template leaves open."""
        asked = self.open_at_first or tuple(answer)
        values = [answer.get(name, 0) for name in asked]
        return bool(values) and all(value is None or value is ... for value in values)


class Fixed:
    """Stands where a caller stands when the answer is a dict: each run gets a copy."""

    def __init__(self, settled: dict):
        self.settled, self.printed, self.handed = settled, "", None

    def start(self, luck: int) -> dict:
        """The answer, for one run."""
        return dict(self.settled)


@dataclass(frozen=True)
class Function:
    """An answer that is a function called `name`, of `parameters`; a run may call it `decisions` times."""

    name: str
    parameters: tuple[str, ...]
    decisions: int = 2500

    @property
    def shape(self) -> str:
        """How such an answer is handed over."""
        return self.name

    def accept(self, answer, caller=None):
        """Check the shape of `answer`; returns a caller (`start` gives a fresh callable). Raises Fault."""
        if caller is not None:
            return caller
        return Here(checked_function(answer, self.name, self.parameters), self.name, self.decisions)


@dataclass(frozen=True)
class Program(Function):
    """A generator function called `name`, of `parameters`, that yields objects of the class `call` (see `programs`).

    A call has a `name` and what it is `given`, a dict. A run may make so many of them as `decisions` says.
    Calls of a name in `silent` bring None, whatever happens: a program goes on after one without being told.
    """

    call: type = object
    silent: frozenset[str] = frozenset()

    def accept(self, answer, caller=None):
        """Check the shape of `answer`; returns a caller, whose `start` gives what begins the program. Raises Fault."""
        if caller is not None:
            return caller
        return Runs(
            checked_function(answer, self.name, self.parameters), self.name, self.decisions, self.call
        )


@dataclass(frozen=True)
class Exercise:
    """One exercise. `name` is 'E1', …; the words (title, task, hints) stand in the lesson's `.toml`.

    `easy` says what the easy workload is, as the beginning of a sentence. `diagnose(trials, answer, variant,
    stage)` gives a feedback code and its numbers when `stage` ('easy', 'objective' or 'cost') is not passed;
    the number "shown", if it gives one, is told of the run that `why()` shows, too.
    `trace(trial, code)` gives the lines of one failing moment, `scenario(variant)` the plain data that a
    learner sees, and `template(answer, variant)`, where there is one, a design in the words of a real cloud.
    """

    name: str
    answer: Config | Function
    trial: Callable[..., Trial]
    diagnose: Callable[..., tuple[str, dict]]
    trace: Callable[[Trial, str], list[str]]
    scenario: Callable[[dict], dict]
    easy: str
    objective: Objective | None = None
    cost: Cost | None = None
    template: Callable[[dict, dict], Any] | None = None


class BoundedWorld(World):
    """A world that stops with a Fault after so many `events` of its clock."""

    def __init__(self, seed: int, *, events: int = 200_000):
        super().__init__(seed)
        self.events, self._left = events, events

    def step(self) -> None:
        """Let the next event happen."""
        self._left -= 1
        if self._left < 0:
            raise feedback.over_budget("events", self.events)
        super().step()


def needs(found: bool, happened: str, look: str, detail: str = "") -> None:
    """Raise the Fault of a wrong shape unless `found`: for what a function returns."""
    if not found:
        raise feedback.wrong_shape(happened, look, detail)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


__all__ = [
    "BoundedWorld",
    "Config",
    "Cost",
    "Exercise",
    "Fault",
    "Feedback",
    "Function",
    "Objective",
    "Program",
    "Trial",
    "needs",
]
