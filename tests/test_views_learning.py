"""Predictions, questions and tasks: answers are kept, nothing is lost, and every form has its text."""

import builtins
import io
import json
import os
import re
import stat
import subprocess
import sys
import time

import pytest
from places import ROOT

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel import state
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.kernel.state import state_folder
from cloudlab.kernel.world import World
from cloudlab.labs import autoscaling_limits
from cloudlab.views.form import Form
from cloudlab.views.lesson import charts, explore, questions, stage, terms
from cloudlab.views.predict import compare_prediction, predict, prediction
from cloudlab.views.progress import Progress, file_name, progress
from cloudlab.views.quiz import Option, Question, quiz
from cloudlab.views.tasks import Task, clipped, in_service_at_end, replaced, tasks

QUICK = LaunchTemplate(launch_time=30, boot_time=0)


# Where answers lie


def test_answers_lie_in_the_nearest_parent_that_has_a_folder_for_them(tmp_path, monkeypatch):
    monkeypatch.delenv("CLOUDLAB_STATE")
    (tmp_path / ".cloudlab").mkdir()
    deep = tmp_path / "lessons" / "exercises"
    deep.mkdir(parents=True)
    assert state_folder(deep) == tmp_path / ".cloudlab"
    (tmp_path / "lessons" / ".cloudlab").mkdir()
    assert state_folder(deep) == tmp_path / "lessons" / ".cloudlab"


def test_without_such_a_folder_it_is_made_beside_the_notebook(tmp_path, monkeypatch):
    monkeypatch.delenv("CLOUDLAB_STATE")
    monkeypatch.chdir(tmp_path)
    above = [folder for folder in tmp_path.parents if (folder / ".cloudlab").is_dir()]
    if above:  # somebody's own answers lie above the folder for tests: leave them alone
        assert state_folder(tmp_path) == above[0] / ".cloudlab"
        return
    state._own.cache_clear()  # as in a new kernel
    progress().keep("quiz", "a", {"answer": "x"})
    assert (tmp_path / ".cloudlab" / "answers" / "quiz-a.json").is_file()
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")  # a cell that goes elsewhere keeps its answers where they were
    assert progress().recall("quiz", "a") == {"answer": "x"}
    state._own.cache_clear()


def test_the_environment_names_another_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / "elsewhere"))
    assert state_folder(tmp_path) == tmp_path / "elsewhere"


def test_a_kept_answer_is_read_again_and_can_be_taken_back(tmp_path):
    Progress(tmp_path).keep("quiz", "01-kill", {"answer": "déjà vu ✓"})
    later = Progress(tmp_path)
    assert later.recall("quiz", "01-kill") == {"answer": "déjà vu ✓"}
    assert later.recall("task", "01-kill") is None
    later.forget("quiz", "01-kill")
    later.forget("quiz", "01-kill")
    assert Progress(tmp_path).recall("quiz", "01-kill") is None
    assert later.troubles() == ""
    assert list(tmp_path.rglob("*.part")) == []


def test_what_a_killed_write_left_is_swept_unless_it_may_still_go_on(tmp_path):
    folder = tmp_path / "answers"
    folder.mkdir()
    for name, age in (("quiz-01-kill.json-abc.part", 7200), ("quiz-01-kill.json-def.part", 1)):
        (folder / name).write_bytes(b"{")
        os.utime(folder / name, (time.time() - age,) * 2)
    Progress(tmp_path).keep("quiz", "01-kill", {"answer": 1})
    assert sorted(path.name for path in folder.iterdir()) == [
        "quiz-01-kill.json",
        "quiz-01-kill.json-def.part",
    ]


@pytest.mark.parametrize("key", ["", "A", "a b", "../a", "a.", "con-", "ä", "a" * 61, None, 3])
def test_a_key_that_can_name_no_file_is_refused(key):
    with pytest.raises(InvalidParameter, match="must be words of a-z and 0-9 joined by hyphens"):
        file_name("quiz", key)


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvalidParameter, match="kind is 'game'"):
        file_name("game", "a")


def test_an_answer_is_read_once_and_what_another_notebook_kept_is_seen_before_writing(tmp_path):
    mine, other = Progress(tmp_path), Progress(tmp_path)
    assert mine.recall("quiz", "a") is None
    other.keep("quiz", "a", {"answer": "theirs"})
    assert mine.recall("quiz", "a") is None
    assert mine.recall("quiz", "a", anew=True) == mine.recall("quiz", "a") == {"answer": "theirs"}


def test_it_is_too_late_to_lock_in_what_another_notebook_has_locked_in():
    asked = predict("01-kill", "How many?", high=12, unit="instances")
    Progress(progress().folder.parent).keep("prediction", "01-kill", {"value": 4})
    assert "Too late for 6 instances: you locked in 4 instances." in repr(asked.lock(6))


@pytest.fixture
def asked(monkeypatch):
    """What asks the file system, by name, while the test runs."""
    seen = []

    def watched(module, name):
        real = getattr(module, name)

        def call(*given, **named):
            seen.append(name)
            return real(*given, **named)

        monkeypatch.setattr(module, name, call)

    for name in ("stat", "lstat", "open", "getcwd", "listdir", "scandir", "replace", "mkdir", "unlink"):
        watched(os, name)
    for module, name in ((os.path, "isdir"), (os.path, "exists"), (io, "open"), (builtins, "open")):
        watched(module, name)
    return seen


def test_a_turn_of_a_control_asks_the_file_system_nothing(asked):
    """With a prediction that charts draw, and with tasks that look at each run."""
    predict("01-ask", "How many?", high=20, answer=9)
    views = stage, charts.levels, charts.bill
    panel = explore(autoscaling_limits.scenario, *views, prediction="01-ask", start={"ask_for_20": (300.0,)})
    todo = [Task("End with 12", in_service_at_end(12)), Task("End with 1", in_service_at_end(1))]
    tasks(panel, todo, key="01-turned")
    assert asked, "what is watched is called"
    panel.set(max_size=8)
    asked.clear()
    panel.set(max_size=7)
    assert in_service_at_end(7)(panel.record) and asked == []


# What can go wrong with the folder


@pytest.mark.parametrize("bytes_", [b"", b"{", b"\xff\xfe", b"5", b'"text"', b"null"])
def test_a_file_that_cannot_be_read_is_kept_under_another_name_and_said_once(tmp_path, bytes_):
    path = tmp_path / "answers" / "quiz-a.json"
    path.parent.mkdir()
    path.write_bytes(bytes_)
    answers = Progress(tmp_path)
    assert answers.recall("quiz", "a") is None
    aside = tmp_path / "answers" / "quiz-a.unreadable-1.json"
    assert aside.read_bytes() == bytes_
    assert answers.troubles() == (
        f"The kept answer to a can't be read. It lies in {aside}; please answer once more."
    )
    assert answers.troubles() == ""
    answers.keep("quiz", "a", {"answer": "x"})
    path.write_bytes(b"broken again")
    answers.keep("quiz", "a", {"answer": "y"})
    assert answers.recall("quiz", "a") == {"answer": "y"}
    assert (tmp_path / "answers" / "quiz-a.unreadable-2.json").read_bytes() == b"broken again"
    assert aside.read_bytes() == bytes_


def test_where_nothing_can_be_written_answers_last_in_memory_and_it_is_said_once(tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    answers = Progress(tmp_path / "file")
    answers.keep("quiz", "a", {"answer": "x"})
    answers.keep("quiz", "b", {"answer": "y"})
    assert answers.recall("quiz", "a") == {"answer": "x"}
    said = answers.troubles()
    assert said.startswith(f"Your answers can't be kept in {tmp_path / 'file' / 'answers'} (")
    assert said.endswith("): they last until this notebook's kernel ends.")
    assert answers.troubles() == ""
    answers.forget("quiz", "a")
    assert answers.recall("quiz", "a") is None
    assert Progress(tmp_path / "file").recall("quiz", "b") is None


def test_a_read_only_folder_still_shows_what_it_holds(tmp_path):
    Progress(tmp_path).keep("quiz", "a", {"answer": "old"})
    (tmp_path / "answers").chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        answers = Progress(tmp_path)
        assert answers.recall("quiz", "a") == {"answer": "old"}
        answers.keep("quiz", "a", {"answer": "new"})
        assert answers.recall("quiz", "a") == {"answer": "new"}
        # Root, and Windows for a folder, write all the same; then there is nothing to say.
        kept = json.loads((tmp_path / "answers" / "quiz-a.json").read_text(encoding="utf-8"))
        assert (kept == {"answer": "new"}) == (answers.troubles() == "")
    finally:
        (tmp_path / "answers").chmod(stat.S_IRWXU)


def test_the_trouble_is_shown_under_the_question_that_met_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / "file"))
    first, second = predict("a", "How many?").lock(6), predict("b", "How many?").lock(7)
    assert "can't be kept" in repr(first) and "can't be kept" not in repr(second)
    assert (prediction("a"), prediction("b")) == (6, 7)


# Two notebooks at once

WRITER = """
import sys
from pathlib import Path
from cloudlab.views.progress import Progress
folder, me = Path(sys.argv[1]), sys.argv[2]
answers = Progress(folder)
for n in range(40):
    answers.keep("quiz", f"{me}-{n}", {"by": me, "n": n})
    answers.keep("quiz", "shared", {"by": me, "text": me * 5000})
    seen = answers.recall("quiz", "shared", anew=True)
    assert seen["text"] == seen["by"] * 5000, "half an answer"
assert answers.troubles() == "", answers.troubles()
"""


def test_processes_that_write_at_once_lose_nothing_and_never_see_half_an_answer(tmp_path):
    names = ["a", "b", "c", "d"]
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    running = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in names]
    errors = [process.communicate(timeout=600)[1].decode() for process in running]
    assert errors == [""] * 4
    answers = Progress(tmp_path)
    for name in names:
        for n in range(40):
            assert answers.recall("quiz", f"{name}-{n}") == {"by": name, "n": n}
    assert {path.suffix for path in (tmp_path / "answers").iterdir()} == {".json"}
    assert len(list((tmp_path / "answers").iterdir())) == 4 * 40 + 1


ENDLESS = """
import sys
from itertools import count
from pathlib import Path
from cloudlab.views.progress import Progress
answers = Progress(Path(sys.argv[1]))
for n in count():
    answers.keep("quiz", "shared", {"n": n, "text": str(n % 10) * 200_000})
"""


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_answer(tmp_path):
    path = tmp_path / "answers" / file_name("quiz", "shared")
    for pause in (0.0, 0.03, 0.07):
        path.unlink(missing_ok=True)
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)])
        until = time.monotonic() + 600
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(pause)
        process.kill()
        process.wait()
        answers = Progress(tmp_path)
        kept = answers.recall("quiz", "shared")
        assert kept["text"] == str(kept["n"] % 10) * 200_000
        assert answers.troubles() == ""


# Predictions


def test_a_prediction_is_locked_in_and_stays_until_it_is_reset():
    asked = predict("01-kill", "How many after the kill?", high=12, unit="instances")
    assert repr(asked) == (
        "Predict: How many after the kill?\n"
        "  a whole number that must be between 0 and 12 instances\n"
        "No prediction yet."
    )
    assert asked.value is None and prediction("01-kill") is None
    assert repr(asked.lock(6)).endswith("\nLocked in: 6 instances.")
    assert repr(asked.lock(9)).endswith(
        "\nToo late for 9 instances: you locked in 6 instances. Predict again (.reset()) first."
    )
    assert prediction("01-kill") == 6
    assert repr(asked.reset()).endswith("\nNo prediction yet.")
    assert asked.lock(9).value == 9


def test_a_prediction_is_there_when_the_notebook_is_opened_again():
    predict("01-kill", "How many?", high=12, answer=6)
    again = predict("01-kill", "How many?", high=12)
    assert again.value == 6
    assert repr(again).endswith("Locked in: 6.")
    assert repr(predict("01-kill", "How many?", high=12, answer=6)) == repr(again)


def test_a_prediction_can_be_one_of_several_texts():
    options = ["it stays at one less", "it is replaced"]
    asked = predict("01-what", "What does the group do?", options=options)
    assert repr(asked).splitlines()[1:] == [
        "  ( ) it stays at one less",
        "  ( ) it is replaced",
        "No prediction yet.",
    ]
    assert "must be one of it stays at one less, it is replaced" in repr(asked.lock("it falls"))
    assert repr(asked.lock("it is replaced")).endswith("Locked in: “it is replaced”.")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (13, "13 is above 12 instances."),
        (-1, "−1 is below 0 instances."),
        (-2.5, "−2.5 is no whole number."),
        (2.5, "2.5 is no whole number."),
        (float("nan"), "nan is no number."),
        (float("inf"), "inf is no number."),
        (True, "True is no number."),
        ("six", "'six' is no number."),
        (None, "None is no number."),
    ],
)
def test_what_cannot_be_a_prediction_gets_one_sentence_and_locks_nothing(value, shown):
    asked = predict("01-kill", "How many?", high=12, unit="instances")
    assert shown in repr(asked.lock(value))
    assert repr(asked).endswith(" No prediction yet.")
    assert prediction("01-kill") is None


def test_a_prediction_in_steps_need_not_be_whole():
    asked = predict("01-cost", "What does it cost?", high=10, step=0.01, unit="$")
    assert asked.lock(0.25).value == 0.25
    assert "a number that must be between 0 and 10 $" in repr(asked)


def test_a_prediction_is_compared_with_what_happened():
    assert compare_prediction("01-kill", 9) == "No prediction yet. It was 9."
    predict("01-kill", "How many?", high=12, unit="instances", answer=6)
    assert compare_prediction("01-kill", 9) == "You predicted 6 instances, it was 9 instances."
    assert compare_prediction("01-kill", 6.0) == "You predicted 6 instances, and so it was."
    predict("01-one", "How many?", high=12, unit="instances", answer=1)
    assert compare_prediction("01-one", 0.5) == "You predicted 1 instance, it was 0.5 instances."
    predict("01-text", "What?", options=["a", "b"], answer="a")
    assert compare_prediction("01-text", "b") == "You predicted “a”, it was “b”."


@pytest.mark.parametrize("actual", [None, b"3", [1, 2]])
def test_what_came_is_a_number_or_a_text_whether_predicted_or_not(actual):
    for key in ("01-never", "01-asked"):
        with pytest.raises(InvalidParameter, match="^actual is .*, but must be a number or a text"):
            compare_prediction(key, actual)
        predict("01-asked", "How many?", high=12, unit="instances", answer=6)


def test_a_kept_prediction_that_the_question_no_longer_allows_is_none():
    progress().keep("prediction", "01-kill", {"value": 40})
    assert predict("01-kill", "How many?", high=12).value is None
    progress().keep("prediction", "01-kill", {"value": [1]})
    assert prediction("01-kill") is None


def test_options_that_are_no_choice_are_refused():
    for options in (["a"], ["a", "a"]):
        with pytest.raises(InvalidParameter, match="must be at least two different texts"):
            predict("01-what", "What?", options=options)


# Questions

WHY = "Seven were launched, because the group replaces what is missing: look at the second minute."
KILL = Question(
    "01-after-kill",
    "Desired is 4, and one instance is killed. How many are in service `5 minutes` later?",
    [
        Option("3, until somebody acts", WHY, misconception="A2"),
        Option("4", WHY.replace("Seven", "Five"), right=True),
        Option("the minimum, 2", WHY.replace("Seven", "One"), misconception="A2"),
    ],
    objective="predict the size after a failure",
)
PAY = Question(
    "01-pay",
    "What do you pay for?",
    [
        Option("the maximum", WHY, misconception="A3"),
        Option("what was launched, as long as it ran", WHY, right=True),
    ],
    objective="compute instance-hours",
)


def test_a_question_has_a_text_form_that_can_be_printed():
    assert repr(quiz(KILL)) == (
        "Desired is 4, and one instance is killed. How many are in service `5 minutes` later?\n"
        "  1. 3, until somebody acts\n"
        "  2. 4\n"
        "  3. the minimum, 2\n"
        "○ Not answered yet."
    )


def test_each_answer_has_its_own_feedback_and_the_last_one_is_kept():
    assert repr(quiz(KILL).answer(1)).splitlines()[1:] == [
        "  1. 3, until somebody acts  ← your answer",
        "  2. 4",
        "  3. the minimum, 2",
        f"✕ Not right. {WHY}",
    ]
    assert repr(quiz(KILL).answer(2)).splitlines()[-1].startswith("✓ Right. Five were launched")
    assert repr(quiz(KILL)) == repr(quiz(KILL).answer(2))
    kept = progress().recall("quiz", "01-after-kill")
    assert (kept["answer"], kept["right"], kept["tries"]) == ("4", True, 3)


def test_several_questions_are_answered_in_their_order():
    both = quiz(KILL, PAY).answer(None, 1)
    assert both.answered(KILL) is None and both.answered(PAY) is PAY.options[0]
    assert repr(both) == repr(quiz(KILL)) + "\n\n" + repr(quiz(PAY))
    assert "answer got 3 numbers, but must be at most 2." in repr(both.answer(1, 2, 3))


@pytest.mark.parametrize("number", [0, 4, -1, 1.0, "2", True])
def test_an_answer_that_is_no_option_gets_one_sentence(number):
    shown = repr(quiz(KILL).answer(number))
    assert shown.endswith(f"! answer is {number!r}, but must be a whole number from 1 to 3.")
    assert progress().recall("quiz", "01-after-kill") is None


def test_a_kept_answer_that_is_no_longer_an_option_counts_as_none():
    progress().keep("quiz", "01-after-kill", {"answer": "an older wording", "tries": "?"})
    assert quiz(KILL).answered(KILL) is None
    quiz(KILL).answer(2)
    assert progress().recall("quiz", "01-after-kill")["tries"] == 1


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"text": ""}, "must have 1 to 160 characters"),
        ({"right": [1, 2]}, r"^right is \[1, 2\], but must be True or False\.$"),
        ({"text": "x" * 161}, "must have 1 to 160 characters"),
        ({"feedback": "Wrong."}, "has 1 words, but must have 5 to 60 words"),
        ({"feedback": "word " * 61}, "has 61 words, but must have 5 to 60 words"),
        ({"misconception": None}, "misconception of 'a' is None, but must be one of A1"),
        ({"misconception": "A9"}, "misconception of 'a' is 'A9', but must be one of"),
        ({"right": True}, "misconception of 'a' is given, but the option is right"),
    ],
)
def test_an_option_that_teaches_nothing_is_refused(options, rule):
    with pytest.raises(InvalidParameter, match=rule):
        Option(**{"text": "a", "feedback": WHY, "misconception": "A1", **options})


RIGHT, WRONG = Option("r", WHY, right=True), Option("w", WHY, misconception="A1")


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ({"text": ""}, "text of question k must have"),
        ({"options": [RIGHT]}, "must be 2 to 6 different ones"),
        ({"options": [RIGHT, WRONG, WRONG]}, "must be 2 to 6 different ones"),
        ({"options": [WRONG, Option("v", WHY, misconception="A1")]}, "exactly one that is right"),
        ({"options": [RIGHT, Option("v", WHY, right=True)]}, "exactly one that is right"),
        ({"objective": " "}, "objective of question k is empty"),
        ({"key": "K"}, "key is 'K'"),
    ],
)
def test_a_question_that_checks_nothing_is_refused(question, rule):
    good = {"key": "k", "text": "Why?", "options": [RIGHT, WRONG], "objective": "say why"}
    Question(**good)
    with pytest.raises(InvalidParameter, match=rule):
        Question(**{**good, **question})


def test_a_quiz_needs_questions_with_different_keys():
    for asked in ((), (KILL, KILL)):
        with pytest.raises(InvalidParameter, match="each with its own key"):
            quiz(*asked)


# Tasks


class Panel:
    """As much of a panel as tasks need: a record, and who wants to hear of a run."""

    def __init__(self):
        self.record, self.listeners = None, []

    def on_run(self, listener):
        self.listeners.append(listener)

    def list_tasks(self, todo):
        self.todo = todo

    def run(self, record):
        self.record = record
        for listener in self.listeners:
            listener(record)


def run(*, kill=None, ask=None, until=480) -> Record:
    """A group of 2 to 6 that desires 4, with what happens to it at given moments (s)."""
    world = World(1)
    group = AutoScalingGroup(world, "web", min_size=2, max_size=6, desired_capacity=4, launch_template=QUICK)

    def happen():
        if kill is not None:
            yield world.timeout(kill)
            group.targets()[0].kill()
        if ask is not None:
            yield world.timeout(100)
            group.ask(ask, "a policy")

    world.process(happen())
    return world.run(until=until)


MAKE = [Task("Kill one, and wait for its stand-in", replaced), Task("Ask for too many", clipped("maximum"))]


def test_tasks_tick_themselves_off_from_the_record_and_not_from_having_run():
    panel = Panel()
    todo = tasks(panel, MAKE, key="01")
    assert repr(todo) == (
        "Make it happen: 0 of 2 done.\n"
        "  ○ to do  Kill one, and wait for its stand-in\n"
        "  ○ to do  Ask for too many"
    )
    panel.run(run())
    assert todo.done == 0
    panel.run(run(kill=470))
    assert todo.done == 0
    panel.run(run(kill=120))
    assert repr(todo).splitlines()[1:] == [
        "  ✓ done   Kill one, and wait for its stand-in",
        "  ○ to do  Ask for too many",
    ]
    panel.run(run(ask=20))
    assert todo.done == 2


def test_a_tick_stays_and_a_panel_that_has_run_is_looked_at_at_once():
    panel = Panel()
    panel.run(run(kill=120))
    assert tasks(panel, MAKE, key="01").done == 1
    assert tasks(None, MAKE, key="01").check(run()).done == 1
    assert tasks(None, MAKE, key="02").done == 0


def test_a_task_whose_check_fails_says_so_and_the_others_go_on():
    todo = tasks(None, [Task("Impossible", lambda record: record.part("nobody")), MAKE[0]], key="01")
    shown = repr(todo.check(run(kill=120)))
    assert "“Impossible” could not be checked: KeyError" in shown and todo.done == 1


def test_tasks_need_texts_of_their_own_and_a_key():
    for todo in ([], [MAKE[0], MAKE[0]]):
        with pytest.raises(InvalidParameter, match="each with its own text"):
            tasks(None, todo, key="01")
    with pytest.raises(InvalidParameter, match="key is"):
        tasks(None, MAKE, key="Lesson 01")


def test_ready_checks_tell_apart_what_happened_from_what_did_not():
    assert replaced(run(kill=120)) and not replaced(run()) and not replaced(run(kill=470))
    assert clipped("maximum")(run(ask=7)) and not clipped("maximum")(run(ask=6))
    assert clipped("minimum")(run(ask=1)) and not clipped("minimum")(run(ask=2))
    assert in_service_at_end(6)(run(ask=9)) and not in_service_at_end(6)(run())
    empty = Record(seed=1)
    assert not replaced(empty) and not clipped("minimum")(empty) and in_service_at_end(0)(empty)
    with pytest.raises(InvalidParameter, match="limit is 'top'"):
        clipped("top")


# The forms


def test_what_jupyter_shows_holds_the_whole_text_and_no_address():
    for thing in (
        predict("a", "How many? " * 20).lock(3),
        quiz(KILL, PAY).answer(1),
        tasks(None, MAKE, key="01"),
    ):
        data, _ = thing._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        assert data["text/plain"] == repr(thing) and " at 0x" not in repr(thing)


def test_a_cell_that_asks_and_has_no_answer_yet_is_stored_as_one_line():
    """Text that stands in the file before anything is run must not look answered, nor tell what is to be asked."""
    stored = [
        thing._repr_mimebundle_()[0]["text/plain"] for thing in (predict("a", "How many?"), quiz(KILL, PAY))
    ]
    assert stored == [
        "A prediction to lock in here: run this cell.",
        "2 questions to answer here: run this cell.",
    ]


def test_a_press_locks_a_number_in_and_the_next_one_takes_it_back():
    asked = predict("a", "How many?", high=12)
    for typed, text, button in (
        (None, "Type a number first, in digits. No prediction yet.", "Lock in"),
        ("x", "'x' is no number. No prediction yet.", "Lock in"),
        ("6", "Locked in: 6.", "Predict again"),
        (None, "No prediction yet.", "Lock in"),
    ):
        asked.press(typed)
        assert (asked.content()["text"], asked.content()["button"]) == (text, button)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("5000", "Locked in: 5,000 s."),
        ("5,000", "Locked in: 5,000 s."),
        ("5 000", "Locked in: 5,000 s."),
        ("12,345,678", "12,345,678 is above 10,000 s."),
        ("0,5", "0.5 is no whole number."),
        ("5.000", "'5.000' is no number: it may be 5 or 5,000."),
        ("-5", "−5 is below 0 s."),
    ],
)
def test_a_number_that_is_typed_in_groups_is_read_as_it_is_meant_or_refused(typed, said):
    asked = predict("a", "How many?", high=10_000, unit="s")
    asked.press(typed)
    assert asked.content()["text"].removesuffix(" No prediction yet.") == said


def test_a_press_in_a_notebook_that_was_shown_before_another_locked_in_takes_nothing_back():
    here, there = predict("a", "How many?", high=12), predict("a", "How many?", high=12)
    there.press("6")
    here.press("9")
    assert prediction("a") == 6
    assert here.content()["text"] == "Too late for 9: you locked in 6. Predict again (.reset()) first."
    assert here.content()["button"] == "Predict again"
    here.press(None)
    assert prediction("a") is None


def test_a_press_locks_an_option_in():
    asked = predict("b", "What?", options=["x", "y"])
    asked.press(None)
    assert asked.content()["text"] == "Choose one first. No prediction yet."
    asked.press(1)
    assert asked.value == "y" and asked.content()["locked"] and asked.content()["chosen"] == 1


def test_a_pressed_answer_is_checked_and_no_other():
    both = quiz(KILL, PAY)
    both.press(PAY, None)
    assert both.content(PAY)["text"] == "Choose an option first."
    both.press(PAY, 0)
    told = both.content(PAY)
    assert (told["tone"], told["glyph"], told["word"], told["text"]) == ("wrong", "✕", "Not right.", WHY)
    assert both.content(KILL)["text"] == "Not answered yet."


def test_a_tick_is_announced():
    panel = Panel()
    todo = tasks(panel, MAKE, key="01")
    panel.run(run(kill=120))
    assert todo.content()["text"] == "Done: Kill one, and wait for its stand-in. 1 of 2 done."
    assert [item["done"] for item in todo.content()["items"]] == [True, False]


def test_a_form_reports_what_the_browser_sends_and_announces_the_same_text_again():
    heard = []
    form = Form({"question": "Why?", "text": "Because."}, heard.append)
    form._handle_custom_msg({"value": 1}, [])  # where ipywidgets hands over a message from the browser
    assert heard == [1]
    form.show({"question": "Why?", "text": "Because."})
    form.show({"question": "Why?", "text": "Because."})
    assert form.content["revision"] == 2 and repr(form) == "Form('Why?')"


def test_the_script_and_the_styles_travel_with_the_package():
    folder = ROOT / "cloudlab" / "views"
    assert (folder / "form.js").is_file() and (folder / "form.css").is_file()
    script = (folder / "form.js").read_text(encoding="utf-8")
    assert "innerHTML" not in script and "http" not in script


# The words of each lesson

LESSONS = sorted(path.stem for path in (ROOT / "cloudlab" / "labs").glob("*.toml"))


def test_the_questions_of_each_lesson_are_whole_and_their_keys_differ():
    assert "autoscaling_limits" in LESSONS
    keys = [
        question.key
        for lesson in LESSONS
        for section in ("warm-up", "check", "exit")
        for question in questions(lesson, section).questions
    ]
    assert len(set(keys)) == len(keys)


def test_lesson_01_clears_its_three_misconceptions():
    asked = questions("autoscaling_limits", "check").questions
    found = {option.misconception for question in asked for option in question.options}
    assert {"A1", "A2", "A3"} <= found


def strays(cells: list[dict], known: dict) -> list[str]:
    """The bold words of a notebook's text that are no term, the terms bold twice, and those never bold."""
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    bold = [words.casefold() for words in re.findall(r"\*\*(.+?)\*\*", text)]
    terms_ = [term.casefold() for term in known]
    return sorted(
        {word for word in bold if word not in terms_ or bold.count(word) > 1} | (set(terms_) - set(bold))
    )


def test_the_check_of_bold_terms_finds_what_is_wrong():
    cells = [{"cell_type": "markdown", "source": ["A **Group** and a **flag**.\n", "**Twice**, **twice**."]}]
    assert strays(cells, {"group": "", "twice": "", "missing": ""}) == ["flag", "missing", "twice"]
    assert strays(cells[:0], {}) == []
    assert strays([{**cells[0], "source": "A **Group**."}], {"group": ""}) == []


def test_each_bold_term_of_a_lesson_is_in_its_glossary_and_bold_once():
    for lesson in LESSONS:
        known = terms(lesson)
        assert 1 <= len(known) <= 10 and all(text.endswith(".") for text in known.values())
        for path in (ROOT / "notebooks").glob(f"[0-9][0-9]_{lesson}.ipynb"):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            assert strays(cells, known) == [], path.name
