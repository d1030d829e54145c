"""`cloudlab nbgrader export COURSE`: the exercises as the source notebooks of an nbgrader course. Read `export` first.

One assignment for each lesson: the set-up and the checks are locked, each answer is a solution cell, and behind each
check stands a locked cell whose last expression is a number, which nbgrader takes as the points.
"""

import json
import re
from pathlib import Path

from cloudlab.grading.solutions import worked
from cloudlab.shell import Fault, workfolder

SOLVED = "# The worked solution."
POINTS = 10
"""Points of an exercise."""

CHECK = re.compile(r"^q(\d+)\.check\(", re.MULTILINE)
SET_UP = re.compile(r"^q\d+\b.* = exercise\(", re.MULTILINE)
VARIANTS = re.compile(r"^n\d+(, n\d+)* = [\d, ]+(#.*)?$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")
PLACE = re.compile(r"^\[?Home.*·.*$", re.MULTILINE)

CONFIG = '''\
"""The configuration of this nbgrader course: what `cloudlab nbgrader export` needs. Add your own below."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {course!r}
c.ClearSolutions.code_stub = {{"python": "# Your answer stands above."}}
c.ExecutePreprocessor.timeout = 120
'''


def export(course: Path) -> list[str]:
    """Write the source notebooks below `course`; what is there and was changed is kept. Returns what is to be said."""
    source = workfolder.originals()
    names = [name for name in workfolder.lessons(source) if re.fullmatch(r"exercises/\d\d_\w+\.ipynb", name)]
    wrote, kept = [], []
    files = {
        course / "source" / Path(name).stem / Path(name).name: _source(
            (source / name).read_text(encoding="utf-8")
        )
        for name in names
    }
    files[course / "nbgrader_config.py"] = CONFIG.format(course=course.resolve().name)
    for path, text in files.items():
        try:
            if path.exists() and path.read_text(encoding="utf-8") != text:
                kept.append(str(path.relative_to(course)))
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise Fault(f"{path} can't be written ({said.lower()}).") from None
        wrote.append(path)
    lines = [f"{len(names)} assignments are in {course / 'source'}, with {POINTS} points for each exercise."]
    if kept:
        lines.append(
            f"kept, since they are there and differ: {', '.join(kept)}; remove them to write them anew."
        )
    if not any(SOLVED in path.read_text(encoding="utf-8") for path in files):
        lines.append(
            "worked solutions are not part of this copy of the course, so the source cells have none."
        )
    return lines


def _source(text: str) -> str:
    """A notebook of exercises as nbgrader's source notebook."""
    notebook = json.loads(text)
    cells: list[dict] = []
    for place, cell in enumerate(notebook["cells"]):
        said = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cells.append(_text(cell, PLACE.sub("", LINK.sub(r"\1", said)).strip()))
            continue
        check = CHECK.search(said)
        if SET_UP.search(said):
            if numbers := VARIANTS.search(said):
                cells.append(_code(f"{cell['id']}-variants", numbers[0]))
            cells.append(_code(cell["id"], VARIANTS.sub("", said).replace("\n\n\n", "\n\n"), locked=True))
        elif check:
            number = check[1]
            cells.append(_code(cell["id"], said, locked=True))
            cells.append(_code(f"{cell['id']}-points", f"q{number}.points()", locked=True, points=POINTS))
        elif number := _answered(notebook["cells"][place + 1 :], said):
            cells.append(_code(cell["id"], said + _solution(number), solution=True))
        else:
            cells.append(_code(cell["id"], said))
    return json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False) + "\n"


def _answered(after: list[dict], said: str) -> str:
    """The number of the exercise that a cell with dots answers: that of the next check; '' for another cell."""
    following = next(("".join(cell["source"]) for cell in after if cell["cell_type"] == "code"), "")
    check = CHECK.search(following)
    return check[1] if check and "..." in said else ""


def _solution(number: str) -> str:
    """The worked solution as a region that nbgrader cuts out; without it where this copy of the course has none."""
    code = worked(f"E{number}")
    said = f"{SOLVED}\nq = q{number}\n{code}" if code else "# No solution here."
    return f"\n\n### BEGIN SOLUTION\n{said}\n### END SOLUTION"


def _text(cell: dict, said: str) -> dict:
    return {
        "cell_type": "markdown",
        "id": cell["id"],
        "metadata": {},
        "source": said.splitlines(keepends=True),
    }


def _code(name: str, said: str, *, locked=False, solution=False, points: int | None = None) -> dict:
    """A code cell; what nbgrader is to know of it stands in its metadata."""
    about: dict = {
        "grade": points is not None,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        about["points"] = points
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {"nbgrader": about} if locked or solution else {},
        "outputs": [],
        "source": said.strip("\n").splitlines(keepends=True),
    }
