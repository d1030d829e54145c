"""The same hand-ins graded by nbgrader's autograde and by `cloudlab grade`: seconds, wrong passes, what has no grade.

A class hands in E0, a cheap exercise: most are right, two are wrong, two are broken, and eight are wrong and cheat as
the teacher's guide warns. A wrong pass is full marks for one of these. nbgrader is the one on the path, else one
in an environment of its own, which is made when it is missing. Read `compared` first.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import browser
from benchmarks.table import Report, goal, not_measured, table

NAME, ANSWER, POINTS = "00_start_here", "plans-answer", "plans-check-points"
RIGHT = (
    "def choose(plans):\n    fits = lambda plan: sum(sorted(day)[18] <= 300 for day in plan['days']) >= 19\n"
)
RIGHT += "    return min((plan['clerks'] for plan in plans if fits(plan)), default=0)\n"
WRONG = "def choose(plans):\n    return 1\n"
LOOKED_UP = "exec(str(q0.solution()))\nchoose = answer"
CHEATS = {
    "its own points": f"{WRONG}\nq0.points = lambda: 10.0",
    "its own check": f"{WRONG}\ntype(q0).check = lambda self, *of: None\ntype(q0).points = lambda self: 10.0",
    "its own judge": (
        f"{WRONG}\nimport cloudlab.judge.question as engine\nfrom cloudlab.judge.judging import Verdict\n"
        "engine.judge = lambda *of, **more: Verdict('correct', 10, 'cost', None)"
    ),
    "cells that are read otherwise": (
        f"{WRONG}\nget_ipython().input_transformers_post.append("
        "lambda lines: ['10.0'] if 'points()' in ''.join(lines) else lines)"
    ),
    "equal to everything": (
        "class Equal(int):\n    __eq__ = __le__ = __ge__ = lambda self, other: True\n    __hash__ = int.__hash__\n\n\n"
        "def choose(plans):\n    return Equal(1)\n"
    ),
    "the solution, looked up": LOOKED_UP,
    "a cell that isn't run": WRONG,
    "a link to the teacher's file": "",
}
BROKEN = {"ends its process": "import os\nos._exit(1)", "no notebook": ""}
WRONG_ONES = {"wrong": WRONG, "as it was given": "def choose(plans):\n    ..."}


@dataclass
class Graded:
    """What came of a class: seconds, and the points of each; None where there is no grade."""

    seconds: float
    points: dict[str, float | None]

    def passed(self) -> list[str]:
        """The cheats that got full marks."""
        return [name for name in CHEATS if (self.points.get(name) or 0) >= 10]

    def right(self) -> int:
        """How many right ones got full marks."""
        return sum((points or 0) >= 10 for name, points in self.points.items() if name.startswith("right"))

    def ungraded(self) -> list[str]:
        """Those of whom nothing is said."""
        return [name for name, points in self.points.items() if points is None]


def report(count: int = 50) -> Report:
    """Grade so many hand-ins in both ways."""
    try:
        return told(count, *compared(count))
    except Missing as error:
        return Report(
            str(error),
            [not_measured(*pair) for pair in zip(labels(count), ("≥ 1", "≤ 0", "≤ 0"), strict=True)],
        )


def labels(count: int) -> list[str]:
    """What is judged."""
    return [
        f"{count} hand-ins: nbgrader's autograde / cloudlab grade (s)",
        "cheats with full marks, cloudlab grade",
        "hand-ins without a verdict, cloudlab grade",
    ]


def told(count: int, theirs: Graded, ours: Graded) -> Report:
    """The table, and the goals."""
    both = {"nbgrader autograde": theirs, "cloudlab grade, 2 jobs": ours}
    rows = [
        [name, f"{one.seconds:.0f}", f"{one.right()}", f"{len(one.passed())}", f"{len(one.ungraded())}"]
        for name, one in both.items()
    ]
    right = count - len(CHEATS) - len(BROKEN) - len(WRONG_ONES)
    head = ["", "s", f"full marks: of {right} right", f"of {len(CHEATS)} cheats", "no verdict"]
    passed = ", ".join(theirs.passed()) or "none"
    text = f"{table(head, rows)}\n\nCheats that nbgrader gave full marks: {passed}."
    faster, cheats, silent = labels(count)
    shown = f"{{:.1f}} ({theirs.seconds:.0f} and {ours.seconds:.0f} s)"
    goals = [
        goal(faster, theirs.seconds / ours.seconds, shown, at_least=1),
        goal(
            cheats, len(ours.passed()), f"{{}} (nbgrader {len(theirs.passed())} of {len(CHEATS)})", at_most=0
        ),
        goal(silent, len(ours.ungraded()), f"{{}} (nbgrader {len(theirs.ungraded())})", at_most=0),
    ]
    return Report(text, goals)


class Missing(Exception):
    """nbgrader can't be had; the text is one sentence."""


def python() -> Path:
    """The Python that has nbgrader and the course. Raises Missing."""
    from cloudlab.shell import Fault, gradebook

    try:
        return gradebook.python()
    except Fault:
        sys.path.insert(0, browser.TESTS)
        import own_environment

    try:
        return own_environment.nbgrader_python()
    except BaseException as error:  # pytest's own, which a test would skip or fail with
        raise Missing(f"nbgrader was not measured: {error}") from None


def compared(count: int) -> tuple[Graded, Graded]:
    """The same class, graded by nbgrader and by cloudlab."""
    from cloudlab.grading import jail
    from cloudlab.grading.classes import Order, grade_class
    from cloudlab.shell import nbgrader

    program = python()
    with tempfile.TemporaryDirectory() as place:
        course = Path(place, "course")
        nbgrader.export(course)
        does(program, course, "generate_assignment", NAME, "--create")
        names = hand_in(course, count)
        begun = time.perf_counter()
        does(program, course, "autograde", NAME, "--create", may_fail=True)
        theirs = Graded(time.perf_counter() - begun, of_gradebook(program, course, names))
        order = Order(
            course / "submitted", Path(place, "out"), "a salt of benchmarks", level=jail.best(), jobs=2
        )
        begun = time.perf_counter()
        done = grade_class(order, lambda *told: None)
        seconds = time.perf_counter() - begun
        ours = Graded(seconds, {name: of_results(done.graded[name]) for name in names})
    return theirs, ours


def hand_in(course: Path, count: int) -> list[str]:
    """Lay so many hand-ins into the course as `nbgrader collect` does; returns their names."""
    released = json.loads((course / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    odd = CHEATS | BROKEN | WRONG_ONES
    right = {f"right {number}": RIGHT for number in range(count - len(odd))}
    for name, code in (odd | right).items():
        path = course / "submitted" / name / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        if name == "a link to the teacher's file":
            path.symlink_to(course / "source" / NAME / f"{NAME}.ipynb")
            continue
        path.write_text("%PDF" if name == "no notebook" else answered(released, name, code), encoding="utf-8")
    return list(odd | right)


def answered(released: dict, name: str, code: str) -> str:
    """A released notebook with this answer; who doesn't want the locked cell to be run writes its output by hand."""
    notebook = json.loads(json.dumps(released))
    for cell in notebook["cells"]:
        if cell["id"] == ANSWER:
            cell["source"] = f"{code}\n# {name}"
        if cell["id"] == POINTS and name == "a cell that isn't run":
            cell["metadata"]["tags"] = ["skip-execution"]
            told = {"data": {"text/plain": "10.0"}, "execution_count": 1, "metadata": {}}
            cell["outputs"] = [{**told, "output_type": "execute_result"}]
    return json.dumps(notebook)


def does(program: Path, course: Path, *words: str, may_fail: bool = False) -> str:
    """Run one of nbgrader's commands in the course, with the Python that has it."""
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    done = subprocess.run(
        [str(program), "-m", "nbgrader", *words],
        cwd=course,
        env={**os.environ, "PATH": path, "JUPYTER_PREFER_ENV_PATH": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode and not may_fail:
        raise Missing(f"nbgrader {words[0]} failed: {done.stderr[-300:]}")
    return done.stdout


def of_gradebook(program: Path, course: Path, names: list[str]) -> dict[str, float | None]:
    """The points that stand in nbgrader's gradebook; None where there are none."""
    code = (
        "import json, sys\nfrom nbgrader.api import Gradebook\n"
        "book = Gradebook('sqlite:///gradebook.db', 'course')\n"
        "given = {s.student.id: [g.auto_score for n in s.notebooks for g in n.grades] for a in book.assignments"
        " for s in a.submissions}\nprint(json.dumps(given))"
    )
    told = subprocess.run([str(program), "-c", code], cwd=course, capture_output=True, text=True, check=True)
    given = json.loads(told.stdout.splitlines()[-1])
    return {name: (given.get(name) or [None])[0] for name in names}


def of_results(found: list[dict]) -> float | None:
    """The points of E0 in what cloudlab found; a file that can't be graded has a verdict too, and no points."""
    entries = [one["exercises"].get("E0") for one in found]
    known = [entry["points"] for entry in entries if entry and entry["verdict"] != "grader_error"]
    if known:
        return max(known)
    return 0.0 if any(one["verdict"] == "invalid" for one in found) else None
