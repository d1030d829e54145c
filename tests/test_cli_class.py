"""What learners hand in, and how a teacher keeps a class in a folder: `cloudlab pack` and `cloudlab class`."""

import csv
import json
import os
import shutil
import stat
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from handed_in import answer, hand_in, notebook
from places import NOTEBOOKS
from test_exercises_banks import BANKS

from cloudlab.grading import submission
from cloudlab.grading.submission import packed_at, read
from cloudlab.shell import Fault, classroom, cli, pack

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Only on Linux and macOS: grading forks a process a run"
)

LEVEL = ["--isolation", "L1" if sys.platform == "linux" else "L4", "--jobs", "1"]
NOW = datetime(2026, 12, 1, 12, 30, tzinfo=UTC)
ROSTER = "student,name,email\nann,Lee Ann,ann@example.org\nbob,Bob Ray,bob@example.org\n"
PIPES = pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="Only on Linux and macOS: there are pipes in folders"
)
CONFIG = answer("E9", BANKS["monolith_and_microservices"].WORKED["E9"])


@pytest.fixture
def work(tmp_path):
    """A learner's folder, in which the exercises of lesson 06 have been run, and E13 is answered."""
    folder = tmp_path / "my lessons"
    target = folder / "exercises" / "06_sqs.ipynb"
    target.parent.mkdir(parents=True)
    found = json.loads((NOTEBOOKS / "exercises" / "06_sqs.ipynb").read_text(encoding="utf-8"))
    for cell in found["cells"]:
        if cell["id"] == "once-answer":
            cell["source"] = "def consume(queue, table):\n    yield queue.receive_message()"
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "what it printed"}]
            cell["execution_count"] = 7
    target.write_text(json.dumps(found | {"metadata": {"widgets": "much"}}), encoding="utf-8")
    return folder


# --- pack -------------------------------------------------------------------------------------------------


def test_a_packed_file_holds_the_code_and_the_time_and_no_output(work):
    said = pack.pack("06", work, now=NOW)
    path = work / "handed-in" / "06_sqs.ipynb"
    found = json.loads(path.read_text(encoding="utf-8"))
    assert "what it printed" not in path.read_text(encoding="utf-8")
    assert found["metadata"] == {"cloudlab": {"packed": "2026-12-01T12:30:00Z"}}
    assert all(cell["execution_count"] is None for cell in found["cells"] if cell["cell_type"] == "code")
    assert "yield queue.receive_message()" in "".join(read(path).cells)
    assert read(path).packed == "2026-12-01T12:30:00Z"
    assert said[1] == "nothing was written yet for E14 and E15."
    assert said[3].startswith(f"receipt {pack.receipt_of(path.read_bytes())}, packed 2026-12-01T12:30:00Z")


def test_a_name_goes_into_the_files_name_and_is_found_there(work, tmp_path):
    from cloudlab.grading import gather

    pack.pack("exercises/06", work, "Lee-Ann O'Hara", tmp_path / "shared", NOW)
    (path,) = (tmp_path / "shared").iterdir()
    assert path.name == "06_sqs_Lee.Ann.O.Hara.ipynb"
    (found,) = gather.gather(tmp_path / "shared", None, tmp_path)
    assert gather.plain_name(found.student) == gather.plain_name("Lee-Ann O'Hara")


def test_the_receipt_can_be_made_anew_and_the_report_shows_it(work, tmp_path, capsys):
    assert cli.main(["pack", "06", "--from", str(work), "--to", str(tmp_path / "in" / "ann")]) == 0
    printed = capsys.readouterr().out
    receipt = printed.partition("receipt ")[2][:14]
    assert cli.main(["pack", "--receipt", str(tmp_path / "in" / "ann" / "06_sqs.ipynb")]) == 0
    assert receipt in capsys.readouterr().out
    (tmp_path / "salt").write_text("a secret text", encoding="utf-8")
    words = [
        "grade",
        str(tmp_path / "in"),
        "--to",
        str(tmp_path / "out"),
        "--salt-file",
        str(tmp_path / "salt"),
    ]
    assert cli.main([*words, "--only", "E15", *LEVEL]) == 0
    page = (tmp_path / "out" / "students" / "ann.html").read_text(encoding="utf-8")
    assert f"receipt <code>{receipt}</code>, packed 20" in page


@pytest.mark.parametrize(
    ("argv", "code", "sentence"),
    [
        (["pack"], 2, "name the lesson to pack, as in `cloudlab pack 06`."),
        (
            ["pack", "99", "--from", "."],
            1,
            "there is no lesson 'exercises/99' to pack; there are: exercises/00_start_here",
        ),
        (
            ["pack", "06", "--from", "nowhere"],
            1,
            "name the folder with your lessons, as in `--from lessons`.",
        ),
        (["pack", "06", "--from", "WORK", "--as", "!"], 1, "--as is '!', but must hold a letter or a digit."),
        (
            ["pack", "--receipt", "nothing.ipynb"],
            1,
            "nothing.ipynb can't be read (no such file or directory).",
        ),
    ],
)
def test_what_a_learner_mistypes_is_one_sentence(work, argv, code, sentence, capsys):
    assert cli.main([str(work) if word == "WORK" else word for word in argv]) == code
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1
    assert not (work / "handed-in").exists()


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"cells": 5}'])
def test_a_broken_notebook_is_not_packed(work, text):
    (work / "exercises" / "06_sqs.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=r"(can't be read as a notebook|is no notebook).*save it once more\."):
        pack.pack("06", work)


@PIPES
def test_a_pipe_in_the_place_of_an_exercise_is_named_and_not_waited_for(work, capsys):
    path = work / "exercises" / "06_sqs.ipynb"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Fault, match=r"06_sqs\.ipynb is no file: give it another name, and `cloudlab start`"):
        pack.pack("06", work)
    with pytest.raises(Fault, match=r"06_sqs\.ipynb can't be read \(it is no regular file\)\."):
        pack.receipt(path)


@pytest.mark.parametrize(
    "about", ['"x"', "[]", '{"cloudlab": 5}', '{"cloudlab": {"packed": "<b>now</b>"}}', "null"]
)
def test_what_a_file_says_of_its_packing_is_believed_in_one_form_only(about):
    assert packed_at(f'{{"metadata": {about}}}'.encode()) == ""


# --- class ------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path):
    """The folder of a class with two students."""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    assert (
        cli.main(["class", "new", str(tmp_path / "class-a"), "--roster", str(tmp_path / "roster.csv")]) == 0
    )
    return tmp_path / "class-a"


def test_a_new_class_is_for_its_teacher_only_and_says_what_to_type(place):
    assert sorted(path.name for path in place.iterdir()) == [
        "README.txt",
        "in",
        "roster.csv",
        "salt.txt",
        "variants.csv",
    ]
    assert len((place / "salt.txt").read_text(encoding="utf-8").strip()) >= 32
    if os.name == "posix":
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert stat.S_IMODE((place / "salt.txt").stat().st_mode) == 0o600
    table = list(csv.DictReader((place / "variants.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["student"] for row in table] == ["ann", "bob"]
    told = (place / "README.txt").read_text(encoding="utf-8")
    assert all(f"cloudlab class {action}" in told for action in cli.CLASS if action != "new")


def test_two_classes_have_two_secrets(place, tmp_path):
    classroom.new(tmp_path / "class-b", None)
    assert (tmp_path / "class-b" / "salt.txt").read_bytes() != (place / "salt.txt").read_bytes()


def test_a_class_is_collected_graded_and_told(place, tmp_path, capsys):
    shared = tmp_path / "shared"
    hand_in(shared, "Lee Ann", *CONFIG, file="04_monolith_and_microservices.ipynb")
    assert cli.main(["class", "collect", str(place), "--from", str(shared)]) == 0
    printed = capsys.readouterr().out
    assert "1 new, 0 changed, 0 as before" in printed and "nothing yet from: bob." in printed
    hand_in(shared, "Lee Ann", *CONFIG, "1", file="04_monolith_and_microservices.ipynb")
    hand_in(shared, "bob", *answer("E9", "answer = {}"), file="04_monolith_and_microservices.ipynb")
    assert cli.main(["class", "collect", str(place), "--from", str(shared)]) == 0
    assert "1 new, 1 changed, 0 as before" in capsys.readouterr().out
    assert cli.main(["class", "collect", str(place), "--from", str(shared)]) == 0
    assert "0 new, 0 changed, 2 as before" in capsys.readouterr().out
    assert cli.main(["class", "grade", str(place), *LEVEL]) == 0
    rows = list(csv.DictReader((place / "graded" / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["student"]: row["total"] for row in rows} == {"ann": "10", "bob": "0"}
    capsys.readouterr()
    assert cli.main(["class", "report", str(place), *LEVEL]) == 0
    printed = capsys.readouterr().out
    assert (
        "0 of them new" in printed and "1 of 2: Another fault in E9: wrong shape (E9 wrong shape)" in printed
    )


@PIPES
def test_what_is_no_plain_file_in_a_shared_folder_is_told_and_not_waited_for(place, tmp_path, capsys):
    shared = tmp_path / "shared" / "ann"
    shared.mkdir(parents=True)
    os.mkfifo(shared / "pipe.ipynb")
    with open(shared / "huge.ipynb", "wb") as file:
        file.truncate(submission.LARGEST + 1)
    (shared / "work.ipynb").write_text(notebook("1"), encoding="utf-8")
    os.utime(shared / "work.ipynb", (1e9, 1e9))
    assert cli.main(["class", "collect", str(place), "--from", str(tmp_path / "shared")]) == 0
    said = capsys.readouterr().out
    assert "1 new, 0 changed" in said
    assert f"{Path('ann', 'pipe.ipynb')} of ann isn't collected: It is no file" in said
    assert f"{Path('ann', 'huge.ipynb')} of ann isn't collected: It has 20 MB, more than" in said
    (copied,) = (place / "in").rglob("*.ipynb")
    assert copied.stat().st_mtime == 1e9, "a deadline looks at the time of the file"


def test_a_class_is_collected_from_a_zip_too_and_no_link_is_followed(place, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("Bob Ray_12_assignsubmission_file/06_sqs.ipynb", notebook("1"))
    assert cli.main(["class", "collect", str(place), "--from", str(tmp_path / "all.zip")]) == 0
    assert "1 new" in capsys.readouterr().out
    assert [path.name for path in (place / "in").rglob("*.ipynb")] == ["06_sqs.ipynb"]
    if os.name == "posix":
        shared = tmp_path / "shared" / "ann"
        shared.mkdir(parents=True)
        (shared / "salt.ipynb").symlink_to(place / "salt.txt")
        assert cli.main(["class", "collect", str(place), "--from", str(tmp_path / "shared")]) == 0
        assert "left out, since they are links: salt.ipynb." in capsys.readouterr().out
        assert len(list((place / "in").rglob("*.ipynb"))) == 1


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["new", "CLASS"], "is there already and not empty: name a new folder."),
        (["new", "other", "--roster", "none.csv"], "roster none.csv can't be read"),
        (["grade", "nowhere"], "nowhere holds no class: make one with `cloudlab class new nowhere`."),
        (["collect", "CLASS"], "--from is missing: name the shared folder, or the zip"),
        (["collect", "CLASS", "--from", "nowhere"], "nowhere isn't there: name the folder"),
        (["grade", "CLASS"], "holds no notebook"),
        (["grade", "CLASS", "--jobs", "99"], "--jobs is 99, but must be between 1 and 64."),
    ],
)
def test_what_a_teacher_mistypes_is_one_sentence(place, argv, sentence, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.main(["class", *(str(place) if word == "CLASS" else word for word in argv)]) == 1
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1
    assert not (tmp_path / "other").exists()


def test_a_class_without_a_roster_is_filled_in_later(tmp_path, capsys):
    assert cli.main(["class", "new", str(tmp_path / "c")]) == 0
    assert "fill in" in capsys.readouterr().out
    (tmp_path / "c" / "roster.csv").write_text(ROSTER, encoding="utf-8")
    assert cli.main(["class", "variants", str(tmp_path / "c")]) == 0
    assert "the variants of 2 students" in capsys.readouterr().out
    shutil.rmtree(tmp_path / "c")


def test_a_roster_in_another_encoding_is_refused_in_a_sentence(tmp_path, capsys):
    assert cli.main(["class", "new", str(tmp_path / "c")]) == 0
    (tmp_path / "c" / "roster.csv").write_bytes("name,file\nJörg,jörg\n".encode("latin-1"))
    (tmp_path / "in").mkdir()
    capsys.readouterr()
    assert cli.main(["class", "collect", str(tmp_path / "c"), "--from", str(tmp_path / "in")]) != 0
    told = capsys.readouterr()
    assert "roster.csv" in told.err + told.out and "Traceback" not in told.err + told.out


def as_pipe(path):
    os.mkfifo(path)


@pytest.mark.parametrize("make", [pytest.param(as_pipe, marks=PIPES), Path.mkdir])
@pytest.mark.parametrize("command", [["variants"], ["collect", "--from", "shared"], ["grade", *LEVEL]])
def test_a_roster_that_is_no_file_is_named_and_not_taken_for_none(place, tmp_path, capsys, make, command):
    (tmp_path / "shared").mkdir()
    (place / "roster.csv").unlink()
    make(place / "roster.csv")
    capsys.readouterr()
    words = [str(tmp_path / word) if word == "shared" else word for word in command[1:]]
    assert cli.main(["class", command[0], str(place), *words]) == 1
    told = capsys.readouterr().err
    assert f"{place / 'roster.csv'} can't be " in told and "it is no regular file" in told


@PIPES
def test_what_lies_in_a_class_and_is_no_file_is_not_waited_for(place, tmp_path, capsys):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "ann.ipynb").write_text(notebook(*CONFIG, "1"), encoding="utf-8")
    os.mkfifo(place / "in" / "ann.ipynb")
    assert cli.main(["class", "collect", str(place), "--from", str(shared)]) == 0
    assert (place / "in" / "ann.2.ipynb").is_file()
    (place / "graded").mkdir()
    os.mkfifo(place / "graded" / "grades.csv")
    assert cli.main(["class", "grade", str(place), *LEVEL]) == 1
    assert "grades.csv" in capsys.readouterr().err
