"""Grading: what is handed in, in any arrangement, gets one result each, in a jail, whatever it is.

Hostile submissions have a file of their own (`test_grading_hostile`).
"""

import html
import json
import os
import re
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import pytest
from handed_in import answer, hand_in, notebook, of_session
from samples import some
from test_exercises_banks import BANKS, answer_for, worked

from cloudlab.exercises import definition
from cloudlab.grading import classes, gather, jail, report, results, submission
from cloudlab.grading.classes import Order, Refused, grade_class, moment_of, names_of, salt_of, variants_of
from cloudlab.grading.desk import methods_of
from cloudlab.grading.grader import Work, exercises_in, failed, grade_one, plan
from cloudlab.grading.submission import LARGEST, Unreadable, cells_of, read
from cloudlab.judge import variants, words
from cloudlab.judge.definition import Program
from cloudlab.judge.judging import judge
from cloudlab.judge.question import Spoken, exercises
from cloudlab.shell import Fault
from cloudlab.shell.cli import main as command

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Only on Linux and macOS: grading forks a process a run"
)

SALT = "a salt that nobody knows"
CONFIG = answer("E9", BANKS["monolith_and_microservices"].WORKED["E9"])
LEVEL = "L1" if sys.platform == "linux" else "L4"
RIGHT = "def availability(graph):\n    return 1.0"


def graded(folder, student="ann", **more):
    """The result of a student's only notebook in a folder."""
    (path,) = Path(folder, student).glob("*.ipynb")
    return grade_one(Work(path, student, SALT, LEVEL, **more))


KINDS = ("E2", "E4", "E9", "E13", "E20", "E23")
"""One exercise of each kind: a function, one asked again and again, a dict, a program, a placement, a recipe."""


# The same verdict as at the desk


@pytest.mark.sampled
@pytest.mark.parametrize("name", some([*KINDS, *sorted({*exercises()} - {*KINDS})], len(KINDS)))
def test_a_worked_solution_gets_what_the_desk_gives_on_the_same_seeds(tmp_path, name):
    """Each exercise, and so each kind of answer: a dict, a function, one asked again and again, a program."""
    bank = BANKS[words.lessons()[name]]
    hand_in(tmp_path, "ann", *answer(name, bank.WORKED[name]))
    entry = graded(tmp_path)["exercises"][name]
    draw = variants.draw(SALT, name, "ann", len(variants.pool(name)))
    variant = variants.variant(name, draw.variant)
    own = judge(definition(name), answer_for(name, worked(bank, name), variant), variant, draw.seeds)
    assert (entry["verdict"], entry["points"], entry["code"]) == ("graded", own.points, own.code)
    assert (own.code, entry["variant"]) == ("correct", draw.variant)


def test_what_a_student_reads_tells_nothing_of_hidden_runs(tmp_path):
    code = "def reconcile(state):\n    raise ValueError(f'the state was {state}')"
    hand_in(tmp_path, "ann", *answer("E2", code, "reconcile"))
    entry = graded(tmp_path)["exercises"]["E2"]
    assert (entry["code"], entry["points"]) == ("raised", 0)
    assert "ValueError" in entry["told"] and "the state was" not in entry["told"]


def test_the_last_check_counts_and_what_is_not_checked_is_not_attempted(tmp_path):
    cells = answer("E2", "def reconcile(state):\n    return 5", "reconcile")
    more = ('p = exercise("E17")', "q.check(None)")
    hand_in(tmp_path, "ann", *cells, *more)
    found = graded(tmp_path)["exercises"]
    assert found["E2"]["verdict"] == found["E17"]["verdict"] == "not_attempted"
    assert found["E17"]["told"] == "No check of it was called."


def test_a_cell_that_fails_is_told_and_the_others_count(tmp_path):
    cells = ("1 / 0", *answer("E9", BANKS["monolith_and_microservices"].WORKED["E9"]), "import nowhere")
    hand_in(tmp_path, "ann", *cells)
    result = graded(tmp_path)
    assert result["exercises"]["E9"]["points"] == 10
    assert [note for note in result["notes"] if "raised" in note] == [
        "A cell raised: cell 1: ZeroDivisionError.",
        "A cell raised: cell 5: ModuleNotFoundError.",
    ]


def test_copied_split_and_deleted_cells_and_magics_break_nothing(tmp_path):
    bank = BANKS["monolith_and_microservices"]
    split = bank.WORKED["E9"].splitlines(keepends=True)
    cells = (
        "%matplotlib inline\n%time x = 1",
        'from cloudlab.exercises import exercise\nq = exercise("E9")',
        "q", "q.scenario()", "q.hint()", "q.why()", "q.solution()", "q.points()", "q.hint",
        "".join(split),
        "q.check(answer)",
        'exercise("e9 ").check(answer)',
        "input('your name')",
    )  # fmt: skip
    hand_in(tmp_path, "ann", *cells)
    assert graded(tmp_path)["exercises"]["E9"]["points"] == 10


def test_what_a_program_is_handed_has_the_same_methods_in_the_jail():
    """Each makes a call of its own name, with its own values: so it can be made anew from names alone."""
    from cloudlab.exercises.sqs.ledger import Table
    from cloudlab.sqs.consumer import Client

    for client in (Client(), Table()):
        for name, parameters in methods_of(client).items():
            values = {one: f"value of {one}" for one, _, _ in parameters}
            call = getattr(client, name)(**values)
            assert (call.name, call.given) == (name, values)
    assert [name for name in exercises() if isinstance(definition(name).answer, Program)] == ["E13"]


def test_what_stands_for_an_exercise_has_all_that_a_learner_may_call():
    """So no cell of an exercise's notebook raises in the jail for that."""
    from cloudlab.exercises import exercise
    from cloudlab.grading.standins import Desk

    spoken = {name for name, one in vars(exercise("E22")).items() if isinstance(one, Spoken)}
    assert {"check", "compare", "template"} <= spoken
    assert {name for name in spoken if not callable(getattr(Desk, name, None))} == set()


def test_the_jail_holds_no_exercise_no_pool_and_no_reference():
    course = jail.course()
    found = [path.relative_to(course) for path in course.rglob("*") if path.is_file()]
    names = {(path.parent / path.stem.partition(".")[0]).as_posix() for path in found if path.suffix == ".py"}
    compiled = [path for path in found if path.suffix == ".pyc"]
    assert compiled and {(p.parents[1] / p.name.partition(".")[0]).as_posix() for p in compiled} <= names
    files = {path.as_posix() for path in found if path.suffix != ".pyc"}
    assert {path for path in files if "exercises" in path} == {"cloudlab/exercises/__init__.py"}
    assert {path for path in files if path.startswith("cloudlab/judge/")} == set(
        map("cloudlab/{}".format, jail.KEPT)
    )
    assert not [path for path in files if "pools" in path or "banks" in path or "tests" in path]


# The file


@pytest.mark.parametrize(
    ("content", "words_"),
    [
        (b"", "It is empty"),
        (b"%PDF-1.4", "It is no notebook: its text is no JSON"),
        (b"\xff\xfe\x00", "It is no notebook: its text is no JSON"),
        (b"[" * 100_000, "It is no notebook: its text is no JSON"),
        (b"{}", "It is no notebook: it has no nbformat"),
        (b"[1]", "It is no notebook: it has no nbformat"),
        (b'{"nbformat": 2, "cells": []}', "Its format is 2, but must be 3 or 4"),
        (b'{"nbformat": 99, "cells": []}', "Its format is 99, but must be 3 or 4"),
        (b'{"nbformat": 4}', "It is no notebook: it has no list of cells"),
        (b'{"nbformat": 4, "cells": [1, {"cell_type": "code", "source": 5}]}', "It has no code cell"),
        (b'{"nbformat": 4, "cells": []}', "It has no code cell"),
    ],
)
def test_what_is_no_notebook_is_one_sentence_with_what_to_do(tmp_path, content, words_):
    path = tmp_path / "ann" / "work.ipynb"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=words_):
        read(path)
    result = graded(tmp_path, only=("E2",))
    assert (result["verdict"], result["exercises"]["E2"]["verdict"]) == ("invalid", "invalid")
    assert words_ in result["notes"][0]


def test_older_notebooks_and_lists_of_lines_are_read():
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]}
    assert cells_of(json.dumps(old).encode()) == ("x = 1\ny = 2",)
    assert cells_of(b"\xef\xbb\xbf" + notebook("x = 1", "  ").encode()) == ("x = 1",)


def test_links_pipes_and_huge_files_are_not_read(tmp_path):
    secret = hand_in(tmp_path / "teacher", "key", "answers = 1")
    link = tmp_path / "link.ipynb"
    link.symlink_to(secret)
    with pytest.raises(Unreadable, match="It is a link to another file"):
        read(link)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.ipynb")
        with pytest.raises(Unreadable, match="It is no file"):
            read(tmp_path / "pipe.ipynb")
    large = tmp_path / "large.ipynb"
    with open(large, "wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(Unreadable, match="It has 20 MB, more than 20 MB"):
        read(large)


def test_exercises_are_known_by_their_names_in_the_code():
    assert exercises_in(["exercise('E13')", "n = 'e2'", "E99", "PE3X"]) == ("E2", "E13")
    assert exercises_in(["exercise('E13')"], only=("E1",)) == ("E1",)


# Whose it is


ROSTER = "student,name,email\nann,Lee Ann,l.ann@school.example\nbob,Bob Ross,bob@school.example\n"
WITH_AN_ACCENT = ROSTER + "zoe,Zo\u00eb,zoe@school.example\n"


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ann/06_sqs.ipynb", "ann"),
        ("submitted/ann/06_sqs/06_sqs.ipynb", "ann"),
        ("ann.ipynb", "ann"),
        ("06_sqs_ann.ipynb", "ann"),
        ("Lee Ann_12345_assignsubmission_file/06_sqs.ipynb", "ann"),
        ("leeann_67_89_06_sqs.ipynb", None),
        ("Bob Ross_6712_assignsubmission_file_/work.ipynb", "bob"),
        ("lab 6/bob/work.ipynb", "bob"),
        ("l.ann@school.example/x.ipynb", "ann"),
        ("ann and bob/x.ipynb", None),
        ("joanna/x.ipynb", None),
        ("Bob Ross_6712_assignsubmission_file/Lee Ann/06_sqs.ipynb", "bob"),  # a folder of Bob's own making
        ("Bob Ross_6712_assignsubmission_file/x_1_assignsubmission_file/Lee Ann/06_sqs.ipynb", "bob"),
        ("zoe\u0308.ipynb", "zoe"),  # as a Mac writes ë
    ],
)
def test_a_roster_finds_whose_a_file_is(tmp_path, path, student):
    (tmp_path / "roster.csv").write_text(WITH_AN_ACCENT, encoding="utf-8")
    target = tmp_path / "in" / path
    target.parent.mkdir(parents=True)
    target.write_text(notebook("1"), encoding="utf-8")
    (found,) = gather.gather(tmp_path / "in", gather.roster_of(tmp_path / "roster.csv"), tmp_path / "un")
    assert (found.student if found.known else None) == student


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ann/06_sqs.ipynb", "ann"),
        ("submitted/ann/06_sqs/06_sqs.ipynb", "ann"),
        ("ann.ipynb", "ann"),
        ("06_sqs_ann.ipynb", "ann"),
        ("Lee Ann_12345_assignsubmission_file/06_sqs.ipynb", "Lee Ann"),
        ("Lee Ann_12345_assignsubmission_file/bob/06_sqs.ipynb", "Lee Ann"),
        ("06_sqs_ann_lee.ipynb", "ann_lee"),
        ("01_autoscaling_limits-bob_lee.ipynb", "bob_lee"),
        ("zoe\u0308.ipynb", "zo\u00eb"),
    ],
)
def test_without_a_roster_folders_and_files_name_their_students(tmp_path, path, student):
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(notebook("1"), encoding="utf-8")
    (found,) = gather.gather(tmp_path, None, tmp_path / "un")
    assert found.student == student


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: names of files with a new line in them")
@pytest.mark.parametrize("path", ["ann\nbob 10 points/06_sqs.ipynb", "ann\nbob 10 points.ipynb"])
def test_a_name_with_a_new_line_in_it_stays_in_one_line(tmp_path, path):
    target = tmp_path / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(notebook("1"), encoding="utf-8")
    (found,) = gather.gather(tmp_path, None, tmp_path / "un")
    assert found.student == "ann\ufffdbob 10 points"


def odd_zip(path):
    """A hand-in with all that may be wrong in a zip, each of another student, and two that are as they should be."""
    good = notebook(*CONFIG)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        warnings.simplefilter("ignore")  # of equal names
        file.writestr("ann/a.ipynb", good)
        file.writestr("../../evil/evil.ipynb", good)
        file.writestr("/abs/abs.ipynb", good)
        file.writestr("bob/notes.txt", "x")
        file.writestr("__MACOSX/bob/._b.ipynb", "x")
        link = zipfile.ZipInfo("lee/link.ipynb")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("max/all.zip", "PK")
        file.writestr("kim/bomb.ipynb", b" " * 15_000_000)
        file.writestr("pat/huge.ipynb", b" " * 20_000_001)
        file.writestr("twin/b.ipynb", good + " ")
        file.writestr("twin/b.ipynb", good)
        file.writestr("zed/damaged.ipynb", good, zipfile.ZIP_STORED)
        file.writestr("yan/secret.ipynb", good + "  ")
    content = path.read_bytes()
    at = content.index(b"zed/damaged.ipynb") + 100
    content = content[:at] + b"?" + content[at + 1 :]
    at = content.rindex(b"yan/secret.ipynb") - 38  # the flags in the list of contents
    path.write_bytes(content[:at] + b"\x01" + content[at + 1 :])


WRONG_IN_ZIP = {
    "evil": "Its path leads out of the zip, so it isn't unfolded: ask for the notebook itself.",
    "abs": "Its path leads out of the zip, so it isn't unfolded: ask for the notebook itself.",
    "lee": "It is a link to another file, which is not followed: ask for the notebook itself.",
    "max": "It is an archive in the archive, which isn't unfolded: ask for the notebook itself.",
    "kim": "It unfolds to 15 MB, ",
    "pat": "It has 20 MB, more than 20 MB: ask for it without its outputs.",
    "zed": "It is damaged in the zip: download it again, or ask for the file itself.",
    "yan": "It is kept by a password: ask for it without one.",
}


def test_each_odd_file_of_a_zip_has_its_line_and_all_others_are_graded(tmp_path):
    odd_zip(tmp_path / "in")
    done = grade_class(order(tmp_path), quiet)
    assert (done.files, done.failed) == (3 + len(WRONG_IN_ZIP), 0)
    rows = {
        line.split(",")[0]: line for line in (tmp_path / "out" / "grades.csv").read_text("utf-8").splitlines()
    }
    assert all("10,graded,correct" in rows[student] for student in ("ann", "twin"))
    page = html.unescape((tmp_path / "out" / "class.html").read_text(encoding="utf-8"))
    for student, sentence in WRONG_IN_ZIP.items():
        assert re.search(rf"<li>{student}, [a-z]+\.(ipynb|zip): {re.escape(sentence)}", page), student
        assert student in rows
    assert "twin handed in 2 files" in page
    assert not list(tmp_path.glob("**/evil.ipynb")) and not Path("/abs").exists()
    assert grade_class(order(tmp_path), quiet).new == 0


def test_a_zip_of_ten_thousand_files_is_read_and_too_many_notebooks_are_one_sentence(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as file:
        file.writestr("ann/work.ipynb", notebook("1"))
        for number in range(10_000):
            file.writestr(f"ann/data/{number}.csv", "")
    found = gather.gather(tmp_path / "many.zip", None, tmp_path / "un")
    assert [(one.student, one.wrong) for one in found] == [("ann", "")]
    monkeypatch.setattr(gather, "MOST_FILES", 2)
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as file:
        for number in range(3):
            file.writestr(f"s{number}/work.ipynb", "1")
    with pytest.raises(gather.Ungathered, match="holds 3 notebooks, but at most 2 are graded in one go"):
        gather.gather(tmp_path / "three.zip", None, tmp_path / "un2")


def test_what_a_zip_unfolds_to_is_bounded_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(gather, "LARGEST_ZIP", 1000)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as file:
        for student, size in (("ann", 600), ("bob", 600), ("cat", 300)):
            file.writestr(f"{student}/work.ipynb", "x" * size)
    found = gather.gather(tmp_path / "in.zip", None, tmp_path / "un")
    assert {one.student: one.wrong for one in found} == {
        "ann": "", "cat": "", "bob": "The zip unfolds to more than is graded in one go: grade this file by itself.",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="Only on Linux: a small disk is bubblewrap's")
@pytest.mark.parametrize(
    ("small", "sentence"),
    [
        (
            "out",
            r"a result can't be written to .*results \(no space left on device\): make room, and run it again\.",
        ),
        ("tmp", r"what a jail holds can't be laid into .*tmp \(.*\): make room there\."),
    ],
)
def test_on_a_disk_that_is_really_full_it_is_one_sentence_and_nothing_is_lost(tmp_path, small, sentence):
    for number in range(40 if small == "out" else 1):
        hand_in(tmp_path / "in", f"s{number}", *WRONG, f"{number}")
    (tmp_path / "salt").write_text(SALT, encoding="utf-8")
    for name in ("out", "tmp"):
        (tmp_path / name).mkdir()
    line = [sys.executable, "-m", "cloudlab", "grade", str(tmp_path / "in"), "--to", str(tmp_path / "out")]
    line += ["--salt-file", str(tmp_path / "salt"), "--jobs", "1", "--isolation", "L4"]
    disk = ["bwrap", "--dev-bind", "/", "/", "--size", "65536", "--tmpfs", str(tmp_path / small)]
    if small == "tmp":
        disk += ["--setenv", "TMPDIR", str(tmp_path / "tmp")]
    ended = subprocess.run([*disk, *line], capture_output=True, text=True)
    assert ended.returncode == 1 and re.search(sentence, ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("text", "words_"),
    [
        ("name\nann\n", "has the columns name, but needs one called student"),
        ("", "has the columns of nothing"),
        ("student\nann\nann\n", "line 3: student 'ann' stands there twice"),
        ("student,name\na,Lee\nb,lee\n", "line 3: 'lee' is the name of two students"),
    ],
)
def test_a_roster_that_can_not_be_says_why_and_where(tmp_path, text, words_):
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(gather.Ungathered, match=words_):
        gather.roster_of(tmp_path / "r.csv")


def test_a_place_without_notebooks_is_one_sentence(tmp_path):
    for place, words_ in ((tmp_path / "no", "isn't there"), (tmp_path, "holds no notebook")):
        with pytest.raises(gather.Ungathered, match=words_):
            gather.gather(place, None, tmp_path / "un")


# A class


WRONG = answer("E9", "answer = {'arrows': []}")


def order(tmp_path, **more):
    return Order(tmp_path / "in", tmp_path / "out", SALT, level=LEVEL, jobs=2, **more)


def quiet(*told):
    """Nobody listens."""


def test_a_class_gets_its_table_and_pages_and_doing_it_again_costs_nothing(tmp_path):
    for student in ("ann", "bob"):
        hand_in(tmp_path / "in", student, *CONFIG)
    hand_in(tmp_path / "in", "<b>eve</b>".replace("/", "_"), *WRONG)
    (tmp_path / "in" / "zoe").mkdir()
    (tmp_path / "in" / "zoe" / "work.ipynb").write_text("no notebook", encoding="utf-8")
    done = grade_class(order(tmp_path), quiet)
    assert (done.files, done.new, done.failed) == (4, 4, 0)
    table = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert table[0] == "student,total,by_hand,E9,E9 verdict,E9 code"
    assert table[1].startswith("<b>eve<_b>,") and table[2:4] == [
        "ann,10,,10,graded,correct",
        "bob,10,,10,graded,correct",
    ]
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "The same file came from ann, bob." in page
    assert "zoe, work.ipynb: It is no notebook: its text is no JSON." in page
    assert "<b>eve" not in page and "&lt;b&gt;eve" in page
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "results").iterdir()}
    assert grade_class(order(tmp_path), quiet).new == 0
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "results").iterdir()} == before


def test_of_a_class_what_a_jail_holds_is_laid_out_once(tmp_path):
    with classes._workers(order(tmp_path)) as (pool, _):
        assert pool.submit(jail.course).result() == jail.course()
    assert jail.course().is_dir()


def test_marks_by_hand_survive_and_count(tmp_path):
    hand_in(tmp_path / "in", "ann", *CONFIG)
    grade_class(order(tmp_path), quiet)
    path = tmp_path / "out" / "grades.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("ann,10,,", "ann,10,2.5,"), encoding="utf-8")
    grade_class(order(tmp_path, regrade=True), quiet)
    assert path.read_text(encoding="utf-8").splitlines()[1] == "ann,12.5,2.5,10,graded,correct"


def test_of_two_files_the_best_entry_counts_and_it_is_told(tmp_path):
    hand_in(tmp_path / "in", "ann", *WRONG, file="a.ipynb")
    hand_in(tmp_path / "in", "ann", *CONFIG, file="b.ipynb")
    grade_class(order(tmp_path), quiet)
    assert (
        (tmp_path / "out" / "grades.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .startswith("ann,10,,10,")
    )
    assert "ann handed in 2 files" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


def test_what_is_late_is_told_and_not_graded(tmp_path):
    path = hand_in(tmp_path / "in", "ann", *CONFIG)
    late = hand_in(tmp_path / "in", "bob", *CONFIG)
    os.utime(path, (1_000_000, 1_000_000))
    os.utime(late, (3_000_000, 3_000_000))
    done = grade_class(order(tmp_path, deadline=2_000_000.0), quiet)
    assert done.files == 1
    assert "bob, work.ipynb: handed in after the deadline" in (tmp_path / "out" / "class.html").read_text(
        "utf-8"
    )
    assert moment_of("2026-12-01") - moment_of("2026-12-01 18:00") == 6 * 3600 - 1


def test_a_file_in_a_zip_is_as_old_as_the_zip_says(tmp_path):
    with zipfile.ZipFile(tmp_path / "in", "w") as packed:
        for student, year in (("ann", 2020), ("bob", 2030)):
            packed.writestr(
                zipfile.ZipInfo(f"{student}/work.ipynb", (year, 5, 1, 12, 0, 0)), notebook(*CONFIG)
            )
    done = grade_class(order(tmp_path, deadline=moment_of("2025-05-01")), quiet)
    assert (done.files, done.students) == (1, 1)
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "bob, work.ipynb: handed in after the deadline" in page


def test_of_a_roster_nobody_is_forgotten(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    hand_in(tmp_path / "in", "ann", *CONFIG)
    hand_in(tmp_path / "in", "stranger", *CONFIG)
    grade_class(order(tmp_path, roster=tmp_path / "roster.csv"), quiet)
    lines = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["ann", "10"], ["bob", "0"], ["stranger", "10"]]
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "bob handed in nothing." in page and "no student of the roster is named in it" in page


def test_a_result_hangs_on_bytes_student_salt_and_limits(tmp_path):
    path = hand_in(tmp_path, "ann", *CONFIG)
    keys = {plan(Work(path, student, salt, level))[0] for student, salt, level in (
        ("ann", SALT, "L1"), ("bob", SALT, "L1"), ("ann", SALT + "!", "L1"), ("ann", SALT, "L4"),
    )}  # fmt: skip
    path.write_text(notebook(*CONFIG, "1"), encoding="utf-8")
    keys.add(plan(Work(path, "ann", SALT, "L1"))[0])
    assert len(keys) == 5


def test_a_result_is_written_whole_or_not_at_all(tmp_path):
    kept = results.Results(tmp_path)
    path = hand_in(tmp_path, "ann", *CONFIG)
    work = Work(path, "ann", SALT, "L1")
    planned = plan(work)
    result = failed(work, planned, OSError()) | {"key": "a" * 32, "exercises": {}, "verdict": "graded"}
    kept.write(result)
    assert kept.read("a" * 32) == result
    kept.path("b" * 32).write_text('{"key": "b', encoding="utf-8")  # as no run of ours leaves one
    assert kept.read("b" * 32) is None
    kept.write(failed(work, planned, OSError()) | {"key": "c" * 32, "verdict": "graded"})
    assert kept.read("c" * 32) is None  # it is tried again
    (tmp_path / "results" / ".part-x").write_text("half", encoding="utf-8")
    kept.sweep()
    assert not list((tmp_path / "results").glob(".part-*"))


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results.os, "replace", full)
    with pytest.raises(results.NoRoom, match="no space left on device.: make room, and run it again"):
        results.Results(tmp_path).write({"key": "a", "exercises": {}})
    assert not list((tmp_path / "results").iterdir())


def test_a_run_that_is_killed_goes_on_where_it_stopped(tmp_path):
    for number in range(6):
        hand_in(tmp_path / "in", f"s{number}", *CONFIG, f"{number}")
    (tmp_path / "salt").write_text(SALT, encoding="utf-8")
    words_ = [sys.executable, "-m", "cloudlab", "grade", str(tmp_path / "in"), "--to", str(tmp_path / "out")]
    words_ += ["--salt-file", str(tmp_path / "salt"), "--jobs", "1", "--isolation", LEVEL]
    running = subprocess.Popen(
        words_, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while not list((tmp_path / "out").glob("results/*.json")) and running.poll() is None:
        time.sleep(0.05)
    running.kill()
    running.wait()
    there = len(list((tmp_path / "out" / "results").glob("*.json")))
    for _ in range(2400):
        if not of_session(running.pid):
            break
        time.sleep(0.05)
    assert of_session(running.pid) == []  # its workers and jails end too
    done = grade_class(order(tmp_path), quiet)
    assert (done.files, done.new) == (6, 6 - there)
    assert len(list((tmp_path / "out" / "results").glob("*.json"))) == 6


# What a teacher can mistype


@pytest.mark.parametrize(
    ("does", "words_"),
    [
        (lambda p: salt_of(None), "no --salt-file is given"),
        (lambda p: salt_of(p / "none"), "can't be read"),
        (lambda p: moment_of("tomorrow"), "--deadline is 'tomorrow', but must be written as"),
        (lambda p: names_of("E1, E99"), "--only names 'E99', but each must be one of E0, E1"),
        (lambda p: grade_class(Order(p / "none", p / "out", SALT, level=LEVEL), quiet), "isn't there"),
        (
            lambda p: grade_class(Order(p, p / "out", SALT, level="L9"), quiet),
            "isolation is 'L9', but must be",
        ),
    ],
)
def test_what_a_teacher_mistypes_is_one_sentence(tmp_path, does, words_):
    with pytest.raises(Refused, match=words_):
        does(tmp_path)


def test_the_commands_say_where_all_is(tmp_path, capsys):
    hand_in(tmp_path / "in", "ann", *CONFIG)
    (tmp_path / "salt").write_text(SALT, encoding="utf-8")
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    line = [
        "grade",
        str(tmp_path / "in"),
        "--to",
        str(tmp_path / "out"),
        "--salt-file",
        str(tmp_path / "salt"),
    ]
    from cloudlab.shell import grading
    from cloudlab.shell.cli import understand

    assert grading.grade(understand([*line, "--isolation", LEVEL])) == 0
    assert "grades.csv" in capsys.readouterr().out
    asked = understand(
        ["variants", str(tmp_path / "roster.csv"), "--salt-file", str(tmp_path / "salt"), "--only", "E9"]
    )
    assert grading.variants(asked) == 0
    drawn = variants.draw(SALT, "E9", "ann", len(variants.pool("E9"))).variant
    assert capsys.readouterr().out.splitlines()[:2] == ["student,E9", f"ann,{drawn}"]
    with pytest.raises(Fault, match="--jobs is 99, but must be between 1 and 64"):
        grading.grade(understand([*line, "--jobs", "99"]))
    with pytest.raises(Fault, match="^--jobs is for this machine, .* --nworkers 4`\\)"):
        grading.grade(understand([*line, "--jobs", "2", "--cluster", "tcp://127.0.0.1:1"]))
    assert command(["grade"]) == 2


def test_variants_are_the_ones_that_are_graded(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    table = variants_of(gather.roster_of(tmp_path / "roster.csv"), SALT, ("E9", "E2"))
    hand_in(tmp_path, "ann", *CONFIG)
    assert table.splitlines()[1].split(",")[1] == str(graded(tmp_path)["exercises"]["E9"]["variant"])


def test_a_page_for_a_student_has_a_name_of_its_own():
    names = [report.file_name(student) for student in ("ann", "Ann", "a/n/n", "a n n", "", "é", "x" * 300)]
    assert len(set(names)) == 7 and names[0] == "ann"
    assert all(name.replace("-", "").isalnum() for name in names)


def test_a_folder_that_cannot_be_opened_is_its_own_line_and_the_others_are_gathered(tmp_path, monkeypatch):
    shut, scandir = tmp_path / "in" / "bob", os.scandir
    hand_in(tmp_path / "in", "ann", "1 + 1")
    shut.mkdir()

    def closed(path="."):
        if Path(path) == shut:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = gather.gather(tmp_path / "in", None, tmp_path / "unfold")
    said = {one.path.name: one.wrong for one in found}
    assert said.pop("bob") == (
        "It is a folder that can't be opened (permission denied): ask for the right to read it."
    )
    assert list(said.values()) == [""]


def test_a_folder_of_submissions_that_cannot_be_opened_is_refused_in_a_sentence(tmp_path, monkeypatch):
    def closed(path="."):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(gather.Ungathered, match="can't be opened \\(permission denied\\): ask for the right"):
        gather.gather(tmp_path, None, tmp_path / "unfold")


def test_a_result_file_of_brackets_without_end_is_tried_again(tmp_path):
    kept = results.Results(tmp_path)
    kept.folder.mkdir(parents=True)
    kept.path("a").write_text("[" * 100_000, encoding="utf-8")
    assert kept.read("a") is None


CHANGES = [
    {"exercises": []},
    {"exercises": {"E9": 5}},
    {"exercises": {"E9": {"verdict": "graded"}}},
    {"verdict": "fine"},
    {"verdict": []},
    {"notes": [5]},
    {"changed": "today"},
]
OF_ONE = [{"points": None}, {"points": float("nan")}, {"points": 11.0}, {"told": 5}, {"verdict": "fine"}]


def test_a_stored_result_of_another_shape_is_graded_anew(tmp_path):
    hand_in(tmp_path / "in", "ann", *CONFIG)
    order = Order(tmp_path / "in", tmp_path / "out", SALT, level=LEVEL, jobs=1)
    grade_class(order, lambda *told: None)
    (path,) = (tmp_path / "out" / "results").glob("*.json")
    found, kept = json.loads(path.read_text(encoding="utf-8")), results.Results(tmp_path / "out")
    assert kept.read(path.stem) == found
    entry = found["exercises"]["E9"]
    for other in CHANGES + [{"exercises": {"E9": entry | change}} for change in OF_ONE]:
        path.write_text(json.dumps(found | other), encoding="utf-8")
        assert kept.read(path.stem) is None, other
    assert grade_class(order, lambda *told: None).new == 1
    assert json.loads(path.read_text(encoding="utf-8"))["exercises"] == found["exercises"]


def test_a_file_changed_in_a_year_without_calendar_ends_no_report(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ann", *CONFIG)
    content, _ = submission.bytes_of(tmp_path / "in" / "ann" / "work.ipynb")
    for seconds in (10**12, -(10**11), 9 * 10**18):  # not every file system keeps them
        monkeypatch.setattr(submission, "bytes_of", lambda path, when=seconds: (content, when))
        found = plan(Work(tmp_path / "in" / "ann" / "work.ipynb", "ann", SALT, LEVEL))
        result = failed(Work(tmp_path, "ann", SALT), found, OSError())
        report.write(tmp_path / "out", {"ann": [result]}, [])
        page = (tmp_path / "out" / "students" / "ann.html").read_text(encoding="utf-8")
        assert "last changed at a time that can't be" in page
