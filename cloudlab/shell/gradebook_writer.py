"""Writes points into nbgrader's gradebook: run by the Python that has nbgrader, in the folder of the course.

It reads a list of entries (student, exercise, points, verdict, comment) as JSON, and prints as its last line what it
did, or `{"fault": one sentence}`. It imports the standard library and nbgrader only. Read `write` first.
"""

import json
import re
import sys
from pathlib import Path

ASKED = re.compile(r"^q(\d+)\.points\(\)$")
"""The whole text of a cell that is worth the points of an exercise."""

OF_POINTS = 10
"""What points of an entry are counted of."""


def main() -> None:
    """Read, write, tell."""
    try:
        told = write(json.load(sys.stdin))
    except Exception as error:
        told = {"fault": f"nbgrader's gradebook can't be written ({type(error).__name__}: {error:.200})."}
    print(json.dumps(told))


def write(entries: list) -> dict:
    """Write all entries; returns how many, and who and what could not be written or stays."""
    from nbgrader.api import Gradebook
    from nbgrader.apps.baseapp import NbGrader

    app = NbGrader()
    app.initialize([])
    app.log.setLevel("ERROR")
    if not Path("nbgrader_config.py").exists():
        return {"fault": f"{Path.cwd()} is no nbgrader course: it has no nbgrader_config.py."}
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as book:
        return Writer(app.coursedir, book).write(entries)


class Writer:
    """Writes into an open gradebook; `told` is what came of it."""

    def __init__(self, place, book):
        self.place, self.book = place, book
        self.cells = self._cells()
        self.known = {student.id for student in book.students}
        self.told: dict = {
            "grades": 0, "changed": 0, "same": 0, "students": 0,
            "strangers": [], "homeless": [], "waiting": [], "by_hand": [], "untold": [],
        }  # fmt: skip

    def _cells(self) -> dict:
        """{exercise: [the graded cells that ask its points]}, by the text of each assignment's own source."""
        found: dict = {}
        for assignment in self.book.assignments:
            for notebook in assignment.notebooks:
                text = {cell.name: (cell.source or "").strip() for cell in notebook.source_cells}
                for cell in notebook.grade_cells:
                    if asked := ASKED.match(text.get(cell.name, "")):
                        found.setdefault(f"E{asked[1]}", []).append(cell)
        return found

    def write(self, entries: list) -> dict:
        """Write each entry."""
        told, students = self.told, set()
        homeless: dict = {}
        asked = {entry["exercise"] for entry in entries}
        assignments = {_assignment(cell) for name in asked for cell in self.cells.get(name, [])}
        self.handed = {
            (entry["student"], _assignment(cell))
            for entry in entries
            for cell in self.cells.get(entry["exercise"], [])
            if entry["verdict"]
        }
        told["untold"] = [
            f"{name} in {_assignment(cell)}"
            for name, cells in self.cells.items()
            for cell in cells
            if name not in asked and _assignment(cell) in assignments
        ]
        for entry in entries:
            if entry["student"] not in self.known:
                if entry["verdict"] and entry["student"] not in told["strangers"]:
                    told["strangers"].append(entry["student"])
                continue
            if entry["exercise"] not in self.cells:
                if entry["verdict"]:
                    homeless[entry["exercise"]] = None
                continue
            for cell in self.cells[entry["exercise"]]:
                if self._one(entry, cell):
                    students.add(entry["student"])
        self.book.db.commit()
        return {**told, "students": len(students), "homeless": list(homeless)}

    def _one(self, entry: dict, cell) -> bool:
        """Write an entry into one cell of a student's submission; returns whether there is something to write.

        An empty cell of the table is no points where something else of this assignment was handed in, and else nothing.
        """
        if (entry["student"], _assignment(cell)) not in self.handed:
            return False
        failed = entry["verdict"] == "grader_error"
        if failed:
            self.told["waiting"].append(f"{entry['student']} in {entry['exercise']}")
        notebook = self._notebook(entry, cell, make=entry["points"] is not None)
        if notebook is None:
            return False
        (grade,) = [one for one in notebook.grades if one.cell_id == cell.id]
        points = None if failed else (entry["points"] or 0.0) * cell.max_score / OF_POINTS
        changed = grade.auto_score != points
        if changed:
            grade.auto_score = points
        if changed or failed:
            grade.needs_manual_grade = points is None or grade.manual_score is not None
        if grade.manual_score is not None:
            self.told["by_hand"].append(f"{entry['student']} in {entry['exercise']}")
        changed |= self._commented(entry, cell, notebook)
        self.told["grades"] += 1
        self.told["changed" if changed else "same"] += 1
        return True

    def _notebook(self, entry: dict, cell, *, make: bool):
        """The student's notebook in the gradebook; made where there is none and `make` says so, else None."""
        from nbgrader.api import MissingEntry

        assignment, student = _assignment(cell), entry["student"]
        try:
            submission = self.book.find_submission(assignment, student)
        except MissingEntry:
            if not make:
                return None
            came = self.place.get_existing_timestamp(
                self.place.format_path(self.place.submitted_directory, student, assignment)
            )
            submission = self.book.add_submission(
                assignment, student, **({"timestamp": came} if came else {})
            )
        found = [one for one in submission.notebooks if one.notebook_id == cell.notebook_id]
        return found[0] if found else None

    def _commented(self, entry: dict, cell, notebook) -> bool:
        """Say beside the answer why it got no points, where it wasn't judged; returns whether that is new."""
        answer = re.sub(r"-check-points$", "-answer", cell.name)
        wanted = entry["comment"] or None
        for comment in notebook.comments:
            if comment.name == answer and comment.auto_comment != wanted:
                comment.auto_comment = wanted
                return True
        return False


def _assignment(cell) -> str:
    """The assignment that a cell belongs to."""
    return cell.notebook.assignment.name


if __name__ == "__main__":
    main()
