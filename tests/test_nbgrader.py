"""The exercises in an nbgrader course: what is exported, and by night the whole way in a real course."""

import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from handed_in import answer, hand_in
from own_environment import nbgrader_python
from places import NOTEBOOKS
from test_exercises_banks import BANKS

from cloudlab.grading import report
from cloudlab.judge import words
from cloudlab.judge.question import exercises
from cloudlab.shell import cli, gradebook, nbgrader

ASSIGNMENT = "04_monolith_and_microservices"
NAMES = sorted(path.stem for path in (NOTEBOOKS / "exercises").glob("*.ipynb"))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("courses") / "cloud"
    assert cli.main(["nbgrader", "export", str(folder)]) == 0
    return folder


def cells_of(course: Path, name: str, step: str = "source", who: str = ".") -> list[dict]:
    path = course / step / who / name / f"{name}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(cell: dict) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_has_an_answer_a_locked_check_and_locked_points(course, name):
    cells = [cell for cell in cells_of(course, name) if cell["cell_type"] == "code"]
    about = {cell["id"]: cell["metadata"].get("nbgrader") for cell in cells}
    known = [one["grade_id"] for one in about.values() if one]
    assert len(set(known)) == len(known) and all(re.fullmatch(r"[a-zA-Z0-9_\-]+", one) for one in known)
    asked = [cell for cell in cells if re.match(r"q\d+\.check\(", text(cell))]
    lesson = name.partition("_")[2]
    assert [f"E{text(cell)[1:].partition('.')[0]}" for cell in asked] == list(words.of_lesson(lesson))
    for cell in asked:
        place = cells.index(cell)
        answer, points = cells[place - 1], cells[place + 1]
        assert about[cell["id"]]["locked"] and not about[cell["id"]]["solution"]
        assert about[answer["id"]]["solution"] and "..." in text(answer)
        number = text(cell)[1:].partition(".")[0]
        assert BANKS[lesson].WORKED[f"E{number}"].strip() in text(answer).partition("### BEGIN SOLUTION")[2]
        assert text(points) == f"q{number}.points()" and about[points["id"]]["points"] == 10
        assert about[points["id"]]["grade"] and about[points["id"]]["locked"]
    (set_up,) = [cell for cell in cells if " = exercise(" in text(cell)]
    assert about[set_up["id"]]["locked"] and not re.search(r"^n\d+ =", text(set_up), re.MULTILINE)
    for cell in cells:
        assert about[cell["id"]] is None or not text(cell).startswith("n"), "a student changes the variants"


def test_no_link_leads_out_of_an_assignment(course):
    for name in NAMES:
        assert not [text(cell) for cell in cells_of(course, name) if re.search(r"\]\((?!http)", text(cell))]


def test_what_a_teacher_changed_is_kept(course, tmp_path, capsys):
    path = course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    before = path.read_text(encoding="utf-8")
    path.write_text("mine", encoding="utf-8")
    assert cli.main(["nbgrader", "export", str(course)]) == 0
    assert f"kept, since they are there and differ: {path.relative_to(course)};" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == "mine"
    path.write_text(before, encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert cli.main(["nbgrader", "export", str(tmp_path / "file")]) == 1
    assert "can't be written" in capsys.readouterr().err


def test_without_worked_solutions_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(nbgrader, "worked", lambda name: "")
    said = nbgrader.export(tmp_path / "c")
    assert said[-1].startswith("worked solutions are not part of this copy")
    assert len(exercises()) == sum(
        text(cell).count("### BEGIN SOLUTION") for name in NAMES for cell in cells_of(tmp_path / "c", name)
    )


def table(*lines: str) -> str:
    return "\n".join(["student,total,by_hand,E9,E9 verdict,E9 code,E10,E10 verdict,E10 code", *lines]) + "\n"


def test_a_table_of_points_is_read_back_as_it_was_written_also_from_a_spreadsheet(tmp_path):
    entry = {"verdict": "graded", "points": 7.5, "code": "dear"}
    rows = {
        "ann": {"E9": entry, "E10": entry | {"verdict": "not_attempted", "points": 0.0}},
        "=bob": {"E9": entry | {"verdict": "grader_error", "points": 0.0}},
        "carl": {},
    }
    path = tmp_path / "grades.csv"
    path.write_text(report.grades(rows, ["E9", "E10"], {}), encoding="utf-8")
    wanted = {
        "ann": {"E9": (7.5, "graded"), "E10": (0.0, "not_attempted")},
        "=bob": {"E9": (None, "grader_error"), "E10": (None, "")},
        "carl": {"E9": (None, ""), "E10": (None, "")},
    }
    assert report.points_of(path) == wanted
    saved = path.read_text(encoding="utf-8").replace(",", ";").replace("7.5", "7,5")
    path.write_text(saved, encoding="utf-8-sig")
    assert report.points_of(path) == wanted


@pytest.mark.parametrize(
    ("text_", "told"),
    [
        (None, "can't be read"),
        ("", "is no table that `cloudlab grade` wrote"),
        ("student,total\nann,3\n", "is no table that `cloudlab grade` wrote"),
        (table("ann,3,,ten,graded,x,,,"), "'ann' has 'ten' points in E9, but it must be a number"),
        (table("ann,3,,1,graded,x,,,", "ann,3,,1,graded,x,,,"), "has two lines for 'ann'"),
    ],
)
def test_a_table_that_can_not_be_imported_says_why(tmp_path, capsys, text_, told):
    if text_ is not None:
        (tmp_path / "grades.csv").write_text(text_, encoding="utf-8")
    assert cli.main(["nbgrader", "import", str(tmp_path), "--from", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1
    assert cli.main(["nbgrader", "import", str(tmp_path / "none"), "--from", str(tmp_path)]) == 1
    assert "is no folder: name the folder of the nbgrader course" in capsys.readouterr().err


def test_without_nbgrader_it_is_said_what_to_do(tmp_path, capsys, monkeypatch):
    (tmp_path / "grades.csv").write_text(table("ann,3,,1,graded,x,,,"), encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(["nbgrader", "import", str(tmp_path), "--from", str(tmp_path)]) == 1
    assert "nbgrader isn't installed here: install it, or put its" in capsys.readouterr().err


@pytest.mark.skipif(
    os.name == "nt", reason="Only on Linux and macOS: the first line of a program names its Python"
)
def test_the_python_of_a_program_stands_beside_it_or_in_its_first_line(tmp_path, monkeypatch):
    program = tmp_path / "bin" / "nbgrader"
    program.parent.mkdir()
    program.write_text("#!/bin/sh -e\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(gradebook.Fault, match="doesn't say which Python runs it"):
        gradebook.python()
    own = tmp_path / "own python"
    own.write_text("", encoding="utf-8")
    program.write_text(f"#!'{own}'\n", encoding="utf-8")
    assert gradebook.python() == own
    beside = program.parent / "python"
    beside.write_text("", encoding="utf-8")
    assert gradebook.python() == beside


class Course:
    """A real nbgrader course: its folder, and its programs, which run there."""

    def __init__(self, folder: Path):
        self.folder, self.programs = folder, nbgrader_python().parent
        path = os.pathsep.join([str(self.programs), os.environ["PATH"]])
        self.variables = {**os.environ, "PATH": path}

    def does(self, command: str, where: Path | None = None) -> None:
        self._run([str(self.programs / "nbgrader"), *command.split()], where or self.folder)

    def python(self, code: str) -> str:
        """What is printed by a text of Python that knows the gradebook as `book`."""
        opened = "from nbgrader.api import Gradebook\nbook = Gradebook('sqlite:///gradebook.db', 'cloud')\n"
        return self._run([str(self.programs / "python"), "-c", opened + code], self.folder)

    def _run(self, command: list[str], where: Path) -> str:
        done = subprocess.run(
            command, cwd=where, env=self.variables, capture_output=True, text=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def exported(self) -> dict[str, float]:
        """What nbgrader itself says of each student's score."""
        self.does("export")
        with open(self.folder / "grades.csv", encoding="utf-8") as file:
            return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def totals(graded: Path) -> dict[str, float]:
    with open(graded / "grades.csv", encoding="utf-8") as file:
        return {row["student"]: float(row["total"]) for row in csv.DictReader(file)}


RIGHT = {name: BANKS["monolith_and_microservices"].WORKED[name] for name in ("E9", "E10")}


@pytest.mark.nightly
def test_points_are_in_the_gradebook_once_and_marks_by_hand_stay(course, tmp_path, capsys, monkeypatch):
    real = Course(tmp_path / "cloud")
    (tmp_path / "cloud" / "source").mkdir(parents=True)
    shutil.copytree(course / "source" / ASSIGNMENT, real.folder / "source" / ASSIGNMENT)
    shutil.copy(course / "nbgrader_config.py", real.folder)
    real.does(f"generate_assignment {ASSIGNMENT} --create")
    for student in ("ann", "bob", "carl", "dora"):
        real.does(f"db student add {student}")
    submitted, graded = real.folder / "submitted", tmp_path / "graded"
    both = [
        *answer("E9", RIGHT["E9"]),
        *answer("E10", "def availability(graph):\n    return 1.0", "availability"),
    ]
    for student in ("ann", "eve"):
        hand_in(submitted / student, ASSIGNMENT, *both, file=f"{ASSIGNMENT}.ipynb")
    hand_in(submitted / "bob", ASSIGNMENT, *both[:3], 'q10 = exercise("E10")', file=f"{ASSIGNMENT}.ipynb")
    hand_in(submitted / "carl", ASSIGNMENT, *both[:3], file=f"{ASSIGNMENT}.ipynb")
    (tmp_path / "salt.txt").write_text("a secret text", encoding="utf-8")
    grade = ["grade", str(submitted), "--salt-file", str(tmp_path / "salt.txt"), "--to", str(graded)]
    assert cli.main(grade) == 0
    assert totals(graded) == {"ann": 12.0, "bob": 10.0, "carl": 10.0, "eve": 12.0}

    monkeypatch.setenv("PATH", real.variables["PATH"])
    bring = ["nbgrader", "import", str(real.folder), "--from", str(graded)]
    capsys.readouterr()
    assert cli.main(bring) == 1, "somebody is not in the gradebook"
    said = capsys.readouterr().out
    assert "6 grades of 3 students" in said and "6 changed, 0 as before" in said
    assert "the gradebook knows no student eve: add each" in said
    real.does("db student add eve")
    assert cli.main(bring) == 0
    assert "8 grades of 4 students" in capsys.readouterr().out
    assert real.exported() == totals(graded) | {"dora": 0.0}
    asked = (
        "for grade in book.find_submission(%r, %r).notebooks[0].grades:\n"
        "    print(grade.name, grade.auto_score, grade.needs_manual_grade)"
    )
    assert "works-check-points 0.0 False" in real.python(asked % (ASSIGNMENT, "bob"))
    told = "print([c.auto_comment for c in book.find_submission(%r, %r).notebooks[0].comments])"
    for student in ("bob", "carl"):
        assert sorted(eval(real.python(told % (ASSIGNMENT, student))), key=str) == ["No response.", None]

    book = real.folder / "gradebook.db"
    before = book.read_bytes()
    assert cli.main(bring) == 0
    assert "0 changed, 8 as before" in capsys.readouterr().out and book.read_bytes() == before

    real.python(
        f"grade = book.find_grade('queues-check-points', {ASSIGNMENT!r}, {ASSIGNMENT!r}, 'ann')\n"
        "grade.manual_score, grade.needs_manual_grade = 5.0, False\nbook.db.commit()"
    )
    path = graded / "grades.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("carl,10,,10,graded", "carl,0,,,grader_error"),
        encoding="utf-8",
    )
    assert cli.main(bring) == 1
    said = capsys.readouterr().out
    assert "a mark by hand counts, and stays, for ann in E9." in said
    assert "the grader failed at carl in E9: no zero, but not graded yet" in said
    assert real.exported() == {"ann": 7.0, "bob": 10.0, "carl": 0.0, "dora": 0.0, "eve": 12.0}
    assert "queues-check-points None True" in real.python(asked % (ASSIGNMENT, "carl")), (
        "it waits, and is no zero"
    )
    path.write_text(
        table("ann,20,,10,graded,correct,,,", "zoe,0,,,,,,,").replace("E10", "E13"), encoding="utf-8"
    )
    assert cli.main(bring) == 0, "who handed in nothing is not missed"
    assert f"says nothing of E10 in {ASSIGNMENT}, so these stay" in capsys.readouterr().out
    path.write_text(table("ann,20,,,,,10,graded,correct").replace("E10", "E13"), encoding="utf-8")
    assert cli.main(bring) == 1
    assert "no assignment of the gradebook asks E13 (lesson sqs)" in capsys.readouterr().out


CHEAT = "def availability(graph):\n    return 1.0\n\nq10.points = lambda: 10.0"
"""What the guide warns of: nbgrader runs the check in the student's own process, and believes it."""


@pytest.mark.nightly
def test_the_whole_way_in_a_real_course(course, tmp_path, monkeypatch):
    real = Course(course)
    does = real.does
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    exchange.mkdir()
    student.mkdir()
    exchange.chmod(0o777)
    set_up = f'c = get_config()\nc.CourseDirectory.course_id = "cloud"\nc.Exchange.root = {str(exchange)!r}\n'
    (student / "nbgrader_config.py").write_text(set_up, encoding="utf-8")
    own = course / "nbgrader_config.py"
    own.write_text(own.read_text(encoding="utf-8") + set_up.partition("\n")[2], encoding="utf-8")
    does(f"generate_assignment {ASSIGNMENT} --create")
    released = cells_of(course, ASSIGNMENT, "release")
    assert not [cell for cell in released if "SOLUTION" in text(cell) or "combinations" in text(cell)]
    does(f"release_assignment {ASSIGNMENT}")
    does(f"fetch_assignment {ASSIGNMENT}", student)
    source = {cell["id"]: text(cell) for cell in cells_of(course, ASSIGNMENT)}
    work = student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"

    def answered(second: str) -> str:
        notebook = json.loads(work.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["id"] in ("queues-answer", "works-answer"):
                cell["source"] = source["queues-answer"] if cell["id"] == "queues-answer" else second
        return json.dumps(notebook)

    work.write_text(answered("def availability(graph):\n    return 1.0"), encoding="utf-8")
    does(f"submit {ASSIGNMENT}", student)
    does(f"collect {ASSIGNMENT}")
    cheat = course / "submitted" / "cheat" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cheat.parent.mkdir(parents=True)
    cheat.write_text(answered(CHEAT), encoding="utf-8")
    does(f"autograde {ASSIGNMENT} --create")
    does(f"generate_feedback {ASSIGNMENT}")
    does("export")
    with open(course / "grades.csv", encoding="utf-8") as file:
        rows = {
            row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)
        }
    honest = next(student for student in rows if student != "cheat")
    assert rows == {honest: (12.0, 20.0), "cheat": (20.0, 20.0)}, "10 and 2 of 10; and what a cheat gets"
    assert list(course.glob(f"feedback/{honest}/{ASSIGNMENT}/*.html"))
    salt = tmp_path / "salt.txt"
    salt.write_text("a secret text", encoding="utf-8")
    (tmp_path / "roster.csv").write_text(f"student\n{honest}\ncheat\n", encoding="utf-8")
    line = [
        "grade",
        str(course / "submitted"),
        "--salt-file",
        str(salt),
        "--roster",
        str(tmp_path / "roster.csv"),
    ]
    assert cli.main([*line, "--to", str(tmp_path / "out"), "--isolation", "L1"]) == 0
    assert totals(tmp_path / "out") == {honest: 12.0, "cheat": 12.0}, "cloudlab grade asks the same of both"
    monkeypatch.setenv("PATH", real.variables["PATH"])
    assert cli.main(["nbgrader", "import", str(course), "--from", str(tmp_path / "out")]) == 0
    assert real.exported() == totals(tmp_path / "out"), "and its word counts in the gradebook"
