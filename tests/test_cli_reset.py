"""`cloudlab start --reset 01`: one lesson as on its first day, and all else as it was."""

import io
import json
import shutil
import subprocess
import sys

import pytest
from places import NOTEBOOKS, ROOT

from cloudlab.exercises.autoscaling_limits import E2
from cloudlab.judge.attempts import Attempts
from cloudlab.judge.judging import Verdict
from cloudlab.shell import Fault, cli, running, workfolder
from cloudlab.shell import reset as reset_module
from cloudlab.shell.reset import reset
from cloudlab.views.predict import predict
from cloudlab.views.progress import progress

LESSON, EXERCISES = "01_autoscaling_limits.ipynb", "exercises/01_autoscaling_limits.ipynb"


@pytest.fixture
def used(tmp_path, monkeypatch):
    """A folder in which lessons 01 and 02 were worked in."""
    folder = tmp_path / "lessons"
    workfolder.lay_out(NOTEBOOKS, folder)
    monkeypatch.setenv("CLOUDLAB_STATE", str(folder / ".cloudlab"))
    for number in ("01", "02"):
        predict(f"{number}-kill", "How many?", high=9, answer=4)
        progress().keep("quiz", f"{number}-check", {"answer": "4"})
        progress().keep("task", f"{number}-make-01-it", {"done": True})
    (folder / ".cloudlab" / "answers" / "quiz-01-broken.unreadable-1.json").write_bytes(b"{")
    for name in (E2.name, "E3"):
        Attempts(name).keep(1, None, Verdict("correct", 10, "cost", None))
    for name in (LESSON, EXERCISES, "02_autoscaling_policies.ipynb"):
        (folder / name).write_text(json.dumps({"cells": []}), encoding="utf-8")
    checkpoints = folder / ".ipynb_checkpoints"
    checkpoints.mkdir()
    for name in ("01_autoscaling_limits", "02_autoscaling_policies"):
        shutil.copy(folder / LESSON, checkpoints / f"{name}-checkpoint.ipynb")
    (folder / "01_notes.txt").write_text("mine", encoding="utf-8")
    return folder


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


FORGOTTEN = {
    ".cloudlab/answers/prediction-01-kill.json",
    ".cloudlab/answers/quiz-01-check.json",
    ".cloudlab/answers/task-01-make-01-it.json",
    ".cloudlab/answers/quiz-01-broken.unreadable-1.json",
    ".cloudlab/attempts/E2.jsonl",
    ".ipynb_checkpoints/01_autoscaling_limits-checkpoint.ipynb",
}


@pytest.mark.parametrize("which", ["01", "01_autoscaling_limits", LESSON, "exercises/01_autoscaling_limits"])
def test_one_lesson_is_as_on_its_first_day_and_nothing_else_is_touched(used, which):
    before, asked = contents(used), []
    assert (
        reset(NOTEBOOKS, used, which, lambda said: not asked.append(said))
        == "lesson 01 is as on its first day."
    )
    assert asked == [
        f"forget lesson 01 in {used}: 5 kept answers, and whatever was written in {LESSON} and {EXERCISES}?"
    ]
    after = contents(used)
    assert set(before) - set(after) == FORGOTTEN and set(after) <= set(before)
    for name in (LESSON, EXERCISES):
        assert after.pop(name) == (NOTEBOOKS / name).read_bytes()
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {".cloudlab/lessons.json"}
    assert workfolder.lay_out(NOTEBOOKS, used).replaced == []


def test_without_a_yes_nothing_is_changed(used):
    before = contents(used)
    with pytest.raises(Fault, match=r"^nothing was changed\.$"):
        reset(NOTEBOOKS, used, "01", lambda said: False)
    assert contents(used) == before


def test_answers_that_may_not_be_read_are_one_sentence(used, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied", str(used / ".cloudlab" / "answers"))

    monkeypatch.setattr(reset_module, "kept_of", refused)  # root may read all
    with pytest.raises(Fault, match="can't be written to"):
        reset(NOTEBOOKS, used, "01", lambda said: True)


@pytest.mark.parametrize("which", ["1", "", "index", "one", "99"])
def test_a_lesson_that_is_not_there_is_named_with_those_that_are(used, which):
    with pytest.raises(Fault, match=rf"there is no lesson '{which}' to forget; there are: 00, 01, 02, 03"):
        reset(NOTEBOOKS, used, which, lambda said: True)


@pytest.mark.parametrize(
    "typed, said",
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("maybe\n", False), ("", False)],
)
def test_only_a_yes_is_a_yes(monkeypatch, capsys, typed, said):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert cli._agreed("forget it?") == said
    assert capsys.readouterr().out.startswith("cloudlab: forget it? [y/N] ")


def test_while_jupyterlab_is_open_there_nothing_is_forgotten(used, monkeypatch):
    monkeypatch.setattr(running, "address_of_running", lambda folder, runtime=None: "http://127.0.0.1/")
    with pytest.raises(Fault, match="JupyterLab is open on .*: end it first"):
        cli._must_be_closed(used)


def test_the_command_asks_and_nobody_there_means_no(used):
    command = [sys.executable, "-m", "cloudlab", "start", str(used), "--reset", "01", "--no-browser"]
    before = contents(used)
    ran = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    assert ran.returncode == 1 and "forget lesson 01" in ran.stdout and "[y/N]" in ran.stdout
    assert ran.stderr == "cloudlab: nothing was changed.\n"
    assert {**contents(used), ".cloudlab/start.lock": b""} == {**before, ".cloudlab/start.lock": b""}
