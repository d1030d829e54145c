"""For maintainers: how long a lesson takes, estimated from words and tasks by one rule, and put where it is said.

    python tests/times.py

It writes the minutes into the lessons' words (`labs/NAME.toml`, for the home page) and the title cells of lessons and
exercises. All are estimates, said to be so, and rounded to five minutes. Read `minutes` first.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

from places import NOTEBOOKS, ROOT

LABS, EXERCISES = ROOT / "cloudlab" / "labs", ROOT / "cloudlab" / "exercises"
WORDS, LINES = 150, 15
"""Words of text, and lines of code, that are read in a minute."""

MINUTES = {
    r"\bexplore\(": 2.5,  # a run is played, and its controls are turned
    r"\bpredict\(": 0.5,
    r"\bTask\(": 1.0,
    r"\bcharts\.\w+": 0.5,
    r"\.check\(": 8.0,  # an answer is thought of, tried and mended
}
"""Minutes beyond the reading for each of these in a code cell."""

QUESTION, CHANGED = 0.75, 2.5
"""Minutes for a question with its feedback, and for a cell that is to be changed."""

LINE = re.compile(r"^Time, estimated: .*$", re.MULTILINE)
ABOUT = re.compile(r"\babout \d+ minutes\b")
"""What the exercises' notebook says of itself."""
SAID = "Time, estimated: {minutes} minutes, and {exercise_minutes} more for the exercises."


def minutes(notebook: dict, words: dict) -> float:
    """How long a notebook takes (min): what is read, played, answered and changed in it."""
    total = 0.0
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            total += len(re.findall(r"\w+", text)) / WORDS
            continue
        total += len(text.splitlines()) / LINES
        total += sum(each * len(re.findall(what, text)) for what, each in MINUTES.items())
        total += CHANGED * ("modify" in tags)
        for section in re.findall(r'questions\("\w+", "([\w-]+)"\)', text):
            total += QUESTION * len(words[section])
    return total


def task_minutes(tasks: dict) -> float:
    """How long the tasks of a lesson's exercises take to be read (min)."""
    return sum(len(re.findall(r"\w+", task["task"])) for task in tasks.values()) / WORDS


def rounded(time: float) -> int:
    """To five minutes."""
    return max(5, 5 * round(time / 5))


def estimates(path: Path) -> dict[str, int]:
    """The estimates of the lesson whose notebook lies at `path`, as its words say them."""
    name = path.stem.partition("_")[2]
    words = tomllib.loads((LABS / f"{name}.toml").read_text(encoding="utf-8"))
    found = {"minutes": rounded(minutes(read(path), words)), "exercise_minutes": 0}
    tasks, exercises = EXERCISES / name / "words.toml", path.parent / "exercises" / path.name
    if tasks.is_file() and exercises.is_file():
        there = tomllib.loads(tasks.read_text(encoding="utf-8"))
        found["exercise_minutes"] = rounded(minutes(read(exercises), words) + task_minutes(there))
    return found


def read(path: Path) -> dict:
    """A notebook's file."""
    return json.loads(path.read_text(encoding="utf-8"))


def said(found: dict[str, int]) -> str:
    """The line of a title cell."""
    if not found["exercise_minutes"]:
        return f"Time, estimated: {found['minutes']} minutes."
    return SAID.format(**found)


def main() -> None:
    """Put the estimates into the lessons and their words."""
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        found = estimates(path)
        words = LABS / f"{path.stem.partition('_')[2]}.toml"
        text = words.read_text(encoding="utf-8")
        for name, value in found.items():
            text = re.sub(rf"^{name} = \d+$", f"{name} = {value}", text, count=1, flags=re.MULTILINE)
        words.write_text(text, encoding="utf-8", newline="\n")
        notebook = path.read_text(encoding="utf-8")
        line = json.dumps(said(found), ensure_ascii=False)[1:-1]
        notebook = re.sub(
            r'^(\s*")Time[:,] .*?(\\n",)$', rf"\g<1>{line}\g<2>", notebook, count=1, flags=re.MULTILINE
        )
        path.write_text(notebook, encoding="utf-8", newline="\n")
        exercises = path.parent / "exercises" / path.name
        if found["exercise_minutes"]:
            there = exercises.read_text(encoding="utf-8")
            there = ABOUT.sub(f"about {found['exercise_minutes']} minutes", there, count=1)
            exercises.write_text(there, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.name}: {found}\n")


if __name__ == "__main__":
    main()
