"""The exercises in an nbgrader course: what is exported, and by night the whole way in a real course."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from own_environment import nbgrader_python
from places import NOTEBOOKS
from test_exercises_banks import BANKS

from cloudlab.judge import words
from cloudlab.judge.question import exercises
from cloudlab.shell import cli, nbgrader

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


CHEAT = "def availability(graph):\n    return 1.0\n\nq10.points = lambda: 10.0"
"""What the guide warns of: nbgrader runs the check in the student's own process, and believes it."""


@pytest.mark.nightly
def test_the_whole_way_in_a_real_course(course, tmp_path):
    programs = nbgrader_python().parent
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    exchange.mkdir()
    student.mkdir()
    exchange.chmod(0o777)
    set_up = f'c = get_config()\nc.CourseDirectory.course_id = "cloud"\nc.Exchange.root = {str(exchange)!r}\n'
    (student / "nbgrader_config.py").write_text(set_up, encoding="utf-8")
    own = course / "nbgrader_config.py"
    own.write_text(own.read_text(encoding="utf-8") + set_up.partition("\n")[2], encoding="utf-8")
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "CLOUDLAB_STATE": str(tmp_path / "state")}

    def does(command: str, where: Path) -> None:
        words_ = [str(programs / "nbgrader"), *command.split()]
        done = subprocess.run(
            words_, cwd=where, env=environment, capture_output=True, text=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr[-2000:]

    does(f"generate_assignment {ASSIGNMENT} --create", course)
    released = cells_of(course, ASSIGNMENT, "release")
    assert not [cell for cell in released if "SOLUTION" in text(cell) or "combinations" in text(cell)]
    does(f"release_assignment {ASSIGNMENT}", course)
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
    does(f"collect {ASSIGNMENT}", course)
    cheat = course / "submitted" / "cheat" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cheat.parent.mkdir(parents=True)
    cheat.write_text(answered(CHEAT), encoding="utf-8")
    does(f"autograde {ASSIGNMENT} --create", course)
    does(f"generate_feedback {ASSIGNMENT}", course)
    does("export", course)
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
    with open(tmp_path / "out" / "grades.csv", encoding="utf-8") as file:
        totals = {row["student"]: float(row["total"]) for row in csv.DictReader(file)}
    assert totals == {honest: 12.0, "cheat": 12.0}, "cloudlab grade asks the same of both"
