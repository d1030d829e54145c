"""`cloudlab nbgrader import COURSE`: the points of grades.csv in nbgrader's gradebook. Read `bring` first.

nbgrader has an environment of its own, often. So this side reads the table and tells; what writes is a script of the
standard library and nbgrader (`gradebook_writer.py`), which the Python that has nbgrader runs in the course's folder.
"""

import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from cloudlab.grading import report
from cloudlab.grading.results import VERDICTS
from cloudlab.shell import Fault

WRITER = Path(__file__).with_name("gradebook_writer.py")
COMMENTS = {name: told for name, told in VERDICTS.items() if name not in ("graded", "grader_error")} | {
    "not_attempted": "No response.",  # as nbgrader itself says
    "": "No response.",
}
"""What stands beside an answer that got no points by being wrong, but by its verdict."""


def bring(course: Path, graded: Path) -> tuple[list[str], bool]:
    """Write the points in `graded` into the gradebook of `course`: (what is to be said, whether all is in).

    Doing it again changes nothing, and a mark by hand in the gradebook stays. Raises Fault.
    """
    if not course.is_dir():
        raise Fault(f"{course} is no folder: name the folder of the nbgrader course.")
    try:
        table = report.points_of(graded / "grades.csv")
        by_hand = report.marks_of(graded / "grades.csv")
    except (report.Unread, report.Unwritten) as error:
        raise Fault(str(error)) from None
    entries = [
        {
            "student": student,
            "exercise": exercise,
            "points": points,
            "verdict": verdict,
            "comment": COMMENTS.get(verdict, ""),
        }
        for student, row in table.items()
        for exercise, (points, verdict) in row.items()
    ]
    done = _written(course, entries)
    grades, students = _count(done["grades"], "grade"), _count(done["students"], "student")
    told = f"{done['changed']} changed, {done['same']} as before."
    said = [f"{grades} of {students} in the gradebook of {course}: {told}", *_told(done)]
    if by_hand:
        said.append(
            f"grades.csv has marks by hand of {_named(sorted(by_hand))}, which belong to no exercise and aren't "
            "imported: give them in nbgrader."
        )
    return said, not (done["strangers"] or done["homeless"] or done["waiting"])


def _told(done: dict) -> list[str]:
    """A sentence for each thing that a teacher must know."""
    said = []
    if done["strangers"]:
        said.append(
            f"the gradebook knows no student {_named(done['strangers'])}: add each with `nbgrader db student add`, "
            "and import again."
        )
    if done["homeless"]:
        where = [f"{name} (lesson {report.lesson_of(name)})" for name in done["homeless"]]
        said.append(
            f"no assignment of the gradebook asks {_named(where)}: run `nbgrader generate_assignment` for it, and "
            "import again."
        )
    if done["waiting"]:
        said.append(
            f"the grader failed at {_named(done['waiting'])}: no zero, but not graded yet; run `cloudlab grade` and "
            "import again."
        )
    if done["by_hand"]:
        said.append(f"a mark by hand counts, and stays, for {_named(done['by_hand'])}.")
    if done["untold"]:
        said.append(f"grades.csv says nothing of {_named(done['untold'])}, so these stay as they are.")
    return said


def _named(names: list[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _count(number: int, of: str) -> str:
    return f"{number} {of}{'' if number == 1 else 's'}"


def _written(course: Path, entries: list[dict]) -> dict:
    """What the writer did. Raises Fault with its sentence."""
    command = [str(python()), "-P", str(WRITER)]
    variables = {**os.environ, "PYTHONUTF8": "1"}
    try:
        ran = subprocess.run(
            command,
            cwd=course,
            input=json.dumps(entries),
            env=variables,
            capture_output=True,
            encoding="utf-8",
        )
        done = json.loads(ran.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError):
        last = ran.stderr.strip().splitlines()[-1:] if "ran" in locals() else []
        raise Fault(
            f"nbgrader's gradebook can't be written ({''.join(last) or 'its Python does not start'})."
        ) from None
    if "fault" in done:
        raise Fault(done["fault"])
    return done


def python() -> Path:
    """The Python that has nbgrader: this one, or the one of the `nbgrader` on the path. Raises Fault."""
    if importlib.util.find_spec("nbgrader") is not None:
        return Path(sys.executable)
    program = shutil.which("nbgrader")
    if program is None:
        raise Fault(
            "nbgrader isn't installed here: install it, or put its environment's programs on the path, and try again."
        )
    found = _of_program(Path(program))
    if found is None:
        raise Fault(f"{program} doesn't say which Python runs it: activate its environment, and try again.")
    return found


def _of_program(program: Path) -> Path | None:
    """The Python that a program of a Python package is run by: the one beside it, or the one its first line names."""
    for name in ("python.exe", "python3", "python"):
        if (program.parent / name).is_file():
            return program.parent / name
    try:
        first = program.read_bytes().split(b"\n", 1)[0].decode("utf-8")
        named = Path(shlex.split(first.removeprefix("#!"))[-1])
    except (OSError, UnicodeDecodeError, ValueError, IndexError):
        return None
    return named if first.startswith("#!") and named.is_file() else None
