"""What the lessons ask, as the teacher's view shows it: predictions and what happened, questions and their options.

All of it is the course's own: the questions stand in `labs/NAME.toml`, the predictions in the cells of the lessons, and
what happened in what those cells print when they are run without a prediction. Nothing of it is taken from a
learner's file. Read `lessons` first.
"""

import ast
import json
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

SECTIONS = {"warm-up": "Warm-up", "check": "Check", "exit": "Exit question"}
"""The sections of questions, in the order of a lesson."""

NOTHING_YET = "No prediction yet. It was "
"""How a lesson says what happened where nobody predicted."""


@dataclass(frozen=True)
class Foreseen:
    """A prediction that a lesson asks for, and what `came` of it as the lesson says it, or ''."""

    key: str
    text: str
    options: tuple[str, ...]
    low: float | None
    high: float | None
    whole: bool
    unit: str
    came: str

    def fits(self, value) -> bool:
        """Whether this can have been predicted."""
        if self.options:
            return value in self.options
        if isinstance(value, (str, bool)) or (self.whole and value != int(value)):
            return False
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    @property
    def number(self) -> float | None:
        """What came of it, as a number; None where it is none."""
        try:
            return float(self.came.replace(",", ""))
        except ValueError:
            return None


@dataclass(frozen=True)
class Choice:
    """An option of a question, and which misconception leads to it."""

    text: str
    right: bool
    misconception: str


@dataclass(frozen=True)
class Posed:
    """A question of a lesson, and the section in which it stands."""

    key: str
    section: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Asked:
    """All that one lesson asks."""

    number: str
    name: str
    title: str
    foreseen: tuple[Foreseen, ...]
    posed: tuple[Posed, ...]


def lessons(notebooks: Path) -> list[Asked]:
    """What each lesson asks whose notebook lies in `notebooks`, in order."""
    found = (re.fullmatch(r"(\d\d)_(\w+)\.ipynb", path.name) for path in sorted(notebooks.glob("*.ipynb")))
    return [_asked(notebooks / match[0], match[1], match[2]) for match in found if match]


def _asked(path: Path, number: str, name: str) -> Asked:
    words = tomllib.loads((files("cloudlab.labs") / f"{name}.toml").read_text(encoding="utf-8"))
    posed = [
        Posed(one["key"], section, one["text"], tuple(map(_choice, one["options"])))
        for section in SECTIONS
        for one in words.get(section, [])
    ]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return Asked(number, name, words["home"]["title"], tuple(_foreseen(cells)), tuple(posed))


def _choice(option: dict) -> Choice:
    return Choice(option["text"], option.get("right", False), option.get("misconception", ""))


def _foreseen(cells: list[dict]) -> list[Foreseen]:
    """The predictions that a lesson asks for, in order."""
    came: dict[str, str] = {}
    asked = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        calls = _calls("".join(cell["source"]))
        asked += [call for name, call in calls if name == "predict"]
        keys = [_value(call.args[0]) for name, call in calls if name == "compare_prediction"]
        came |= dict(zip(keys, _told(cell), strict=False))
    return [_of_call(call, came) for call in asked]


def _calls(source: str) -> list[tuple[str, ast.Call]]:
    """The calls of functions in a cell, by their names, as they stand from top to bottom."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [(node.func.id, node) for node in found if isinstance(node.func, ast.Name)]
    return sorted(named, key=lambda pair: (pair[1].lineno, pair[1].col_offset))


def _told(cell: dict) -> list[str]:
    """What a cell says that happened, line by line."""
    lines = "".join(
        "".join(out["text"]) for out in cell["outputs"] if out["output_type"] == "stream"
    ).splitlines()
    told = [line.removeprefix(NOTHING_YET) for line in lines if line.startswith(NOTHING_YET)]
    return [one.removesuffix(".").strip("“”") for one in told]


def _of_call(call: ast.Call, came: dict[str, str]) -> Foreseen:
    key, text = (_value(argument) for argument in call.args[:2])
    given = {keyword.arg: _value(keyword.value) for keyword in call.keywords}
    return Foreseen(
        key,
        text,
        tuple(given.get("options", ())),
        given.get("low", 0),
        given.get("high"),
        given.get("step", 1) == 1,
        given.get("unit", ""),
        came.get(key, ""),
    )


def _value(node: ast.expr):
    return ast.literal_eval(node)
