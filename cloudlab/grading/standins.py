"""What stands in a jail for the course's exercises, which aren't there. Read `exercises` first.

A notebook's cells import and call it as they would the real thing; it takes answers, and knows nothing else but what is
given.
"""

import importlib.machinery
import json
import sys
import types
from typing import Any

HANDED_IN: dict[str, tuple[Any, Any]] = {}
"""What was handed to check, and as which variant, by exercise; the last one counts. Each child has its own."""


class Shown(str):
    """A text, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Desk:
    """What stands for an exercise here: it takes an answer, and knows nothing else but what is given."""

    def __init__(self, given: dict, name: str, variant):
        self._given, self._name, self._variant = given, name, variant

    def scenario(self) -> dict:
        """What is given, as plain data."""
        return json.loads(json.dumps(self._given))

    def check(self, answer=None, *more, **named):
        """Take the answer."""
        variant = self._variant if type(self._variant) is int else None
        HANDED_IN[self._name] = (answer, variant)
        return Shown("Handed in.")

    def hint(self, *given):
        """Nothing here."""
        return Shown("")

    why = solution = compare = template = hint

    def points(self) -> float:
        """Nothing here."""
        return 0.0

    def __repr__(self) -> str:
        return self._name


def exercises(scenarios: dict) -> types.ModuleType:
    """The module that cells import: `exercise("E1")`. It is made before there is a child."""

    def exercise(name, *, variant=1):
        known = name.strip().upper()[:12] if type(name) is str else ""
        if known not in scenarios:
            raise ValueError("there is no such exercise")
        return Desk(scenarios[known], known, variant)

    made = types.ModuleType("cloudlab.exercises")
    made.exercise = exercise  # type: ignore[attr-defined]
    made.__path__ = []
    sys.meta_path.append(StandIns())
    return made


class StandIn:
    """What stands for something of the course that isn't in the jail: it may be named and called.

    `calls` is how often one was called: what a cell can't draw of it is no fault of the cell's.
    """

    calls = 0

    def __call__(self, *given, **named):
        """Another of its kind."""
        StandIn.calls += 1
        return StandIn()

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()


class StandIns:
    """Finds the modules of exercises and their judge that are not in the jail, so that a notebook's set-up runs.

    They draw what is given in a notebook; no answer needs them, and nothing is in them.
    """

    def find_spec(self, name: str, path=None, target=None):
        """The way to load an empty module of that name; None for others."""
        if name.startswith(("cloudlab.exercises.", "cloudlab.judge.")):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        return None

    def create_module(self, spec):
        """As usual: None."""

    def exec_module(self, module) -> None:
        """All that is asked of it is a stand-in."""
        module.__getattr__ = StandIn().__getattr__
