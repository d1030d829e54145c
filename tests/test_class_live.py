"""The class, live: what a learner lets it see after one question, and what the teacher's view makes of it."""

import http.client
import json
import os
import re
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from places import NOTEBOOKS
from traitlets.config import Config

from cloudlab.exercises import exercise
from cloudlab.grading import asked, live, live_page
from cloudlab.grading.live_page import Wish
from cloudlab.kernel.misconceptions import misconceptions
from cloudlab.shell import Fault, bundle, cli, joining, pack, say, serve
from cloudlab.shell import live as class_live
from cloudlab.shell.live import serve_class
from cloudlab.views.helping import HelpButton, Helping, helping
from cloudlab.views.predict import predict
from cloudlab.views.progress import Progress
from cloudlab.views.sharing import Sharing, sharing

LESSONS = asked.lessons(NOTEBOOKS)
SQS = next(one for one in LESSONS if one.name == "sqs")
NOW = time.time()
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>\x1b[31m\u202e"


def yes(question):
    return True


def nobody(question):
    raise AssertionError(f"nothing is to be asked: {question}")


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "shared é"
    folder.mkdir()
    return folder


def joined(state, shared, name="Ann Lee"):
    """A learner in the class, whose answers lie in `state`; returns their own file there."""
    state.mkdir(parents=True, exist_ok=True)
    joining.join(state, str(shared), name, yes, nobody)
    return Path(json.loads((state / "class.json").read_text(encoding="utf-8"))["file"])


def written(path):
    return json.loads(path.read_text(encoding="utf-8"))


# --- to join, and to leave --------------------------------------------------------------------------------


def test_a_learner_is_asked_once_and_told_what_is_written_where_and_under_which_name(tmp_path, shared):
    state, questions = tmp_path / "a", []
    said = joining.join(
        state, str(shared), "  Ann   Lee ", lambda asked: questions.append(asked) or True, nobody
    )
    (question,) = questions
    kept = written(state / "class.json")
    for told in ("predictions", "answers", "help", "under the name Ann Lee", kept["file"], "nothing else"):
        assert told in question
    assert Path(kept["file"]).parent == shared / "cloudlab-live" and not list(
        (shared / "cloudlab-live").iterdir()
    )
    again = (
        f"the class in {shared} sees your predictions and answers as Ann Lee; `cloudlab start --class none` "
    )
    again += "ends that."
    assert said == [again]
    assert joining.join(state, None, "", nobody, nobody) == [again]
    assert joining.join(state, str(shared), "", nobody, nobody) == [again]
    assert written(state / "class.json") == kept


def test_no_is_remembered_too_and_nobody_there_to_answer_is_not(tmp_path, shared):
    assert joining.join(tmp_path, str(shared), "Ann", lambda asked: None, nobody)[0].startswith(
        "nobody answered"
    )
    assert not (tmp_path / "class.json").exists()
    assert joining.join(tmp_path, str(shared), "Ann", lambda asked: False, nobody) == [
        "nothing is shared with the class."
    ]
    assert "you said no to it" in joining.join(tmp_path, str(shared), "", nobody, nobody)[0]
    assert joining.join(tmp_path, None, "", nobody, nobody) == []
    assert Sharing(tmp_path).member() is None and not (shared / "cloudlab-live").exists()


def test_another_class_is_asked_for_anew_and_the_first_one_forgets(tmp_path, shared):
    first = joined(tmp_path / "a", shared)
    Sharing(tmp_path / "a").changed()
    (tmp_path / "other").mkdir()
    wait_for(first.is_file)
    second = joined(tmp_path / "a", tmp_path / "other")
    assert not first.exists() and second.parent.parent == tmp_path / "other"


def test_to_leave_forgets_the_answer_and_takes_the_file_away(tmp_path, shared):
    state = tmp_path / "a"
    file = joined(state, shared)
    one = Sharing(state)
    one.call(True)
    assert one.settled() and file.is_file()
    assert joining.join(state, "None", "", nobody, nobody) == [
        "you have left the class, and what was shared is taken away."
    ]
    assert not file.exists() and list(state.iterdir()) == []
    assert joining.leave(state) == ["you are in no class."]
    one.call(True)
    assert one.settled() and list((shared / "cloudlab-live").iterdir()) == []


def test_to_leave_says_so_when_the_file_cannot_be_reached(tmp_path, shared):
    file = joined(tmp_path / "a", shared)
    (shared / "cloudlab-live").rmdir()
    assert f"{file} can't be reached (its folder is gone)" in joining.leave(tmp_path / "a")[0]


def test_only_a_file_of_a_class_is_ever_taken_away(tmp_path, shared):
    """The file that is kept may have been changed by hand."""
    mine = tmp_path / "mine.json"
    mine.write_text("{}", encoding="utf-8")
    (tmp_path / "class.json").write_text(json.dumps({"agreed": True, "file": str(mine)}), encoding="utf-8")
    joining.leave(tmp_path)
    assert mine.is_file()


def test_what_is_mistyped_is_one_sentence_and_changes_nothing(tmp_path, shared):
    for wish, name, sentence in (
        (str(tmp_path / "nowhere"), "Ann", "there is no such folder"),
        (str(shared), "x" * 61, "must have 1 to 60 characters"),
        (str(shared), "a\x07b", "must have 1 to 60 characters that can be printed"),
    ):
        with pytest.raises(Fault, match=sentence):
            joining.join(tmp_path / "a", wish, name, yes, nobody)
    assert not (tmp_path / "a").exists() and not (shared / "cloudlab-live").exists()


def test_names_that_are_odd_or_equal_make_files_of_their_own(tmp_path, shared):
    names = ["Ann", "Ann", "../../etc/passwd", "李雷", "CON", "a/b\\c:d*e?f", "." * 60]
    files = [joined(tmp_path / str(place), shared, name) for place, name in enumerate(names)]
    assert len(set(files)) == len(names)
    assert {file.parent for file in files} == {shared / "cloudlab-live"}
    assert all(re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{6}\.json", file.name) for file in files)


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: rights of a folder")
def test_who_may_write_to_the_shared_folder_may_write_to_the_classs_own(tmp_path, shared):
    shared.chmod(0o1777)
    joined(tmp_path / "a", shared)
    assert (shared / "cloudlab-live").stat().st_mode & 0o7777 == 0o1777


def test_start_asks_in_the_terminal_and_the_name_of_the_user_is_offered(tmp_path, shared, monkeypatch):
    asked_for = []
    answers = iter(["Zoë", "y"])
    monkeypatch.setattr("builtins.input", lambda words: asked_for.append(words) or next(answers))
    options = cli.understand(["start", "--class", str(shared)])
    said = cli._in_class(options, tmp_path)
    assert (
        asked_for[0].startswith("cloudlab: under which name does the class know you [")
        and "Zoë" in asked_for[1]
    )
    assert "as Zoë" in said[0]
    monkeypatch.setattr("builtins.input", nobody)
    options = cli.understand(["start", "--class", str(shared), "--as", "Bo", "--yes"])
    assert "as Bo" in cli._in_class(options, tmp_path)[0]


# --- what is shared ---------------------------------------------------------------------------------------


def wait_for(done):
    until = time.monotonic() + 60
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def learner(tmp_path, shared, monkeypatch):
    """(the learner's own state, their file in the class): predictions and answers of this process go there."""
    state = tmp_path / "mine"
    monkeypatch.setenv("CLOUDLAB_STATE", str(state))
    return state, joined(state, shared)


def test_outside_of_a_class_nothing_is_written_and_no_thread_is_begun(tmp_path):
    before = threading.active_count()
    predict("06-back", "?", high=600).lock(27)
    assert threading.active_count() == before
    assert sorted(path.name for path in (tmp_path / ".cloudlab").rglob("*")) == [
        "answers",
        "prediction-06-back.json",
    ]


def test_what_is_predicted_and_answered_is_in_the_file_and_nothing_else(learner):
    state, file = learner
    predict("06-back", "?", high=600).lock(27)
    Progress(state).keep("quiz", "06-check-once", {"answer": "An answer", "right": True, "tries": 3})
    Progress(state).keep("task", "06-make-it-happen-0a1b2c3d", {"task": "x", "done": True})
    assert sharing().settled()
    assert written(file) | {"written": ""} == {
        "cloudlab": 1,
        "name": "Ann Lee",
        "lesson": "",
        "help": None,
        "predictions": {"06-back": 27},
        "answers": {"06-check-once": "An answer"},
        "written": "",
    }
    predict("06-back", "?", high=600).reset()
    assert sharing().settled() and written(file)["predictions"] == {}
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_stands_in_the_answers_by_other_means_is_bounded(learner):
    state, file = learner
    kept = state / "answers"
    kept.mkdir()
    for number in range(live.MOST * 4):
        (kept / f"prediction-06-{number:04}.json").write_text('{"value": 1}', encoding="utf-8")
    (kept / "quiz-06-long.json").write_text(json.dumps({"answer": "x" * 300}), encoding="utf-8")
    (kept / "quiz-06-odd.json").write_text('{"answer": [1]}', encoding="utf-8")
    sharing().changed()
    assert sharing().settled()
    assert len(written(file)["predictions"]) <= 400 and written(file)["answers"] == {}
    assert file.stat().st_size < live.LARGEST


def test_the_button_waits_and_is_done_and_a_new_kernel_knows_it(learner):
    state, file = learner
    one = Sharing(state)
    one.lesson = "sqs"
    button = HelpButton(one)
    assert not button.waits and button.place == "Your class sees you as Ann Lee."
    button._handle_custom_msg({"press": True}, [])
    assert one.settled() and written(file)["help"]["lesson"] == "sqs"
    assert button.waits and re.fullmatch(
        r"You wait for help since \d\d:\d\d\. Press again when help has come\.", button.told
    )
    again = HelpButton(Sharing(state))
    assert again.waits
    again.press()
    assert not again.waits and again.told == ""
    button.press()  # another notebook ended it: now it waits anew
    assert button.waits
    joining.leave(state)
    button.press()
    assert button.told == "You are in no class any more." and not (state / "help.json").exists()


def test_the_button_stands_above_the_first_panel_only_and_in_a_class_only(learner, tmp_path, monkeypatch):
    box = HelpButton(Sharing(tmp_path / "nobody"))  # any widget
    places = Helping()
    assert places.above(box, "sqs.scenario.", "sqs").children[1] is box
    assert places.above(box, "sqs.poison.", "sqs") is box
    assert len(places.above(box, "sqs.scenario.", "sqs").children) == 2  # its cell is run again
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / "nobody"))
    assert Helping().above(box, "sqs.scenario.", "sqs") is box


def test_a_notebook_of_exercises_has_the_button_under_its_first_exercise(learner):
    _, file = learner
    helping.cache_clear()
    config = Config({"HistoryManager": {"enabled": False}})
    try:
        InteractiveShell.instance(config=config)
        with capture_output() as shown:
            exercise("E13"), exercise("E14"), exercise("E13")  # as when its cell is run again
        assert sharing().settled() and written(file)["lesson"] == "sqs"
        assert [str(one.data["text/plain"]) for one in shown.outputs] == [
            "Your class sees you as Ann Lee."
        ] * 2
        helping().button.press()
        assert sharing().settled() and written(file)["help"]["lesson"] == "sqs"
        helping.cache_clear()
        joining.leave(learner[0])
        with capture_output() as shown:
            exercise("E13")
        assert not shown.outputs
    finally:
        InteractiveShell.clear_instance()
        helping.cache_clear()


@pytest.mark.parametrize("trouble", ["gone", "in the way", "full"])
def test_a_folder_that_refuses_is_one_sentence_and_the_lesson_goes_on(learner, shared, monkeypatch, trouble):
    file = learner[1]
    button = HelpButton(sharing())
    monkeypatch.setattr("cloudlab.views.sharing.AGAIN", 0.05)
    replace = os.replace
    if trouble == "full":

        def full(source, target):
            if Path(target).parent == file.parent:
                raise OSError(28, "No space left on device")
            replace(source, target)

        monkeypatch.setattr("cloudlab.views.sharing.os.replace", full)
    else:
        file.parent.rmdir()
        shared.rmdir()
        if trouble == "in the way":
            shared.write_text("a file", encoding="utf-8")
    asked_for = predict("06-back", "?", high=600).lock(27)
    assert asked_for.value == 27 and asked_for._trouble == ""
    assert sharing().settled()
    assert f"Your class's folder {shared} can't be written to (" in button.trouble
    assert "Your lesson goes on, nothing of yours is lost, and it is tried again." in button.trouble
    if trouble == "full":
        assert list(file.parent.iterdir()) == []  # nothing half-done is left
        monkeypatch.setattr("cloudlab.views.sharing.os.replace", replace)
    else:
        shared.unlink(missing_ok=True)
        shared.mkdir()
    wait_for(lambda: button.trouble == "")
    assert written(file)["predictions"] == {"06-back": 27}


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: links that anybody may make")
def test_a_link_in_the_place_of_the_own_file_is_replaced_and_not_followed(learner, tmp_path):
    _, file = learner
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    file.symlink_to(precious)
    predict("06-back", "?", high=600).lock(27)
    assert sharing().settled()
    assert precious.read_text(encoding="utf-8") == "mine" and not file.is_symlink()


# --- what the lessons ask ---------------------------------------------------------------------------------


def test_each_prediction_of_the_course_is_known_with_what_the_lesson_prints_of_it():
    assert [one.number for one in LESSONS] == [
        path.name[:2] for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    ]
    for lesson in LESSONS:
        text = (NOTEBOOKS / f"{lesson.number}_{lesson.name}.ipynb").read_text(encoding="utf-8")
        keys = set(re.findall(rf"\"?'?({lesson.number}-[a-z-]+)\\?\"", text))
        assert len(lesson.foreseen) >= 2 and {one.key for one in lesson.foreseen} <= keys
        told = re.findall(r"No prediction yet\. It was ([^\\]*?)\.(?:\\n)?\"", text)
        assert [one.came for one in lesson.foreseen if one.came] == [words.strip("“”") for words in told]
        for one in lesson.foreseen:
            if one.options:
                assert one.came in one.options
            elif one.came:  # to the next whole number, where it is predicted so
                assert one.fits(round(one.number) if one.whole else one.number)


def test_the_questions_are_those_of_the_lesson_and_misconceptions_are_known():
    for lesson in LESSONS:
        assert {one.section for one in lesson.posed} == set(asked.SECTIONS)
        for one in lesson.posed:
            assert sum(choice.right for choice in one.choices) == 1
            assert all(choice.right or choice.misconception in misconceptions() for choice in one.choices)


# --- what lies in the folder ------------------------------------------------------------------------------


def put(folder, file, **more):
    """A file in the class's own folder, as a learner's own would be."""
    said = {
        "cloudlab": 1,
        "name": "Ann",
        "lesson": "sqs",
        "help": None,
        "predictions": {},
        "answers": {},
    } | more
    (folder / file).write_text(json.dumps(said), encoding="utf-8")


def ago(**span):
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def test_learners_are_read_and_those_of_one_name_are_told_apart(tmp_path):
    put(tmp_path, "b.json", name="bob")
    put(tmp_path, "a.json", predictions={"06-back": 3})
    put(tmp_path, "c.json", name="ANN  ")
    (tmp_path / ".d-1.part").write_text("{", encoding="utf-8")
    found, skipped = live.learners(tmp_path, NOW)
    assert [one.name for one in found] == ["Ann", "ANN (2)", "bob"] and skipped == []
    assert live.learners(tmp_path / "nowhere", NOW) == ([], [])


HARMFUL = {
    "empty": b"",
    "no JSON": b"{'name': 1}",
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 60_000,
    "deeper": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "huge": b'{"cloudlab": 1, "name": "' + b"x" * 70_000 + b'"}',
    "a number of many digits": b'{"cloudlab": 1, "name": "Ann", "predictions": {"06-back": '
    + b"9" * 50_000
    + b"}}",
    "not a number": b'{"cloudlab": 1, "name": "Ann", "predictions": {"06-back": NaN}}',
    "a list": b"[]",
    "of another version": b'{"cloudlab": 2, "name": "Ann"}',
    "without a name": b'{"cloudlab": 1, "name": " \\u202e\\u0000 "}',
    "with a name that is none": b'{"cloudlab": 1, "name": {"a": 1}}',
}


@pytest.mark.parametrize("what", HARMFUL)
def test_a_harmful_file_is_left_out_and_named_and_the_others_are_read(tmp_path, what):
    put(tmp_path, "ann.json")
    (tmp_path / "harm.json").write_bytes(HARMFUL[what])
    found, (sentence,) = live.learners(tmp_path, NOW)
    assert [one.name for one in found] == ["Ann"]
    assert sentence.startswith("harm.json is left out: it ") and sentence.endswith(".")


def test_a_folder_and_what_is_too_many_are_left_out_and_told(tmp_path):
    (tmp_path / "a.json").mkdir()
    for number in range(live.MOST + 7):
        put(tmp_path, f"b{number:04}.json", name=f"n{number}")
    found, skipped = live.learners(tmp_path, NOW)
    assert len(found) == live.MOST and len(skipped) == 2
    assert skipped[-1] == f"7 more files are left out: at most {live.MOST} learners are read."


def test_many_odd_files_hide_no_learner(tmp_path):
    put(tmp_path, "zoe.json", name="Zoe")
    for number in range(live.MOST + 1):
        (tmp_path / f"a{number:04}.json").write_bytes(b"[]")
    found, skipped = live.learners(tmp_path, NOW)
    assert [one.name for one in found] == ["Zoe"] and len(skipped) == live.MOST + 1


def test_the_files_that_are_looked_at_have_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "LOOKED_AT", 3)
    for number in range(5):
        (tmp_path / f"a{number}.json").write_bytes(b"[]")
    found, skipped = live.learners(tmp_path, NOW)
    assert not found and len(skipped) == 4 and skipped[-1].startswith("2 more files are left out")


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: links and pipes")
def test_links_and_pipes_are_left_out_and_nothing_waits_for_them(tmp_path):
    folder = tmp_path / "live"
    folder.mkdir()
    put(tmp_path, "secret.json", name="Secret")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "zero.json").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.json")
    found, skipped = live.learners(folder, NOW)
    assert found == [] and skipped == [
        "link.json is left out: it is a link.",
        "pipe.json is left out: it is no regular file.",
        "zero.json is left out: it is a link.",
    ]


def test_what_no_lesson_asks_for_counts_nowhere(tmp_path):
    odd = {"06-back": -5, "06-twice": "many", "06-none": 3, "06-other": True, "06-more": [1]}
    put(tmp_path, "a.json", predictions=odd, answers={"06-check-once": HOSTILE, "06-check-receive": 3})
    put(tmp_path, "b.json", predictions={"06-back": 2.5, "06-twice": 70}, answers=[1], help="now", lesson=3)
    put(tmp_path, "c.json", predictions={"06-back": 600, "06-twice": 0.0})
    found, skipped = live.learners(tmp_path, NOW)
    assert skipped == [] and len(found) == 3
    assert [live.predicted(found, one) for one in SQS.foreseen] == [[600], [0.0]]
    assert sum(sum(live.chosen(found, one)) for one in SQS.posed) == 0


def test_who_waits_for_help_stands_in_order_of_time_whatever_a_clock_says(tmp_path):
    calls = {
        "fast": ago(hours=-3),
        "first": ago(minutes=20),
        "second": ago(minutes=5),
        "yesterday": ago(hours=13),
        "odd": "soon",
        "huge": "9" * 5000,
        "old": "0001-01-01T00:00:00+00:00",
    }
    for name, since in calls.items():
        put(tmp_path, f"{name}.json", name=name, help={"since": since, "lesson": HOSTILE})
    now = time.time()
    found, skipped = live.learners(tmp_path, now)
    assert skipped == []
    assert [one.name for one in live.waiting(found)] == ["first", "second", "fast"]
    assert live.waiting(found)[-1].waits == now


def test_the_lesson_is_the_one_that_most_are_in(tmp_path):
    assert live.current([], LESSONS) is LESSONS[0]
    found = [
        live.Learner("a", "sqs"),
        live.Learner("b", "sns"),
        live.Learner("c", "sqs"),
        live.Learner("d", HOSTILE),
    ]
    assert live.current(found, LESSONS) is SQS
    assert live.current(found[:2], LESSONS) is SQS  # of as many, the later one


def answers_of(section, right):
    """Answers to all questions of a section: the right ones, or each time the first that is wrong."""
    posed = [one for one in SQS.posed if one.section == section]
    return {one.key: next(choice.text for choice in one.choices if choice.right == right) for one in posed}


def test_misconceptions_are_ranked_by_how_many_learners_hold_them():
    wrong, right = answers_of("check", False), answers_of("check", True)
    found = [
        live.Learner("a", answers=wrong),
        live.Learner("b", answers=wrong),
        live.Learner("c", answers=right),
    ]
    choices = [
        next(one for one in posed.choices if not one.right) for posed in SQS.posed if posed.section == "check"
    ]
    ranked = live.believed(found, SQS)
    assert {name for name, _, _ in ranked} == {one.misconception for one in choices}
    assert all(number == 2 and where == ["check"] for _, number, where in ranked)
    more = live.believed([*found, live.Learner("d", answers=dict(list(wrong.items())[:1]))], SQS)
    assert more[0][:2] == (choices[0].misconception, 3)


@pytest.mark.parametrize(
    ("values", "came", "rows"),
    [
        ([], 27, []),
        ([3], None, [("3", 1)]),
        ([3, 5, 5], 4, [("3", 1), ("4", 0), ("5", 2)]),
        ([3, 5, 5], 9, [("3", 1), ("4", 0), ("5", 2), ("6 or more", 0)]),
        ([0, 30, 95], 27, [("0 to 9", 1), *[(f"{n}0 to {n}9", int(n == 3)) for n in range(1, 9)], ("90 to 99", 1)]),
        ([50] * 30 + [52, 61, 3000], None, [("50", 30), ("51", 0), ("52", 1), ("53 or more", 2)]),
        ([90.4, 90.6], 0, [("less than 90.4", 0),
         *[(f"{n / 100:g} to {n / 100 + 0.02:g}", int(n in (9040, 9060))) for n in range(9040, 9062, 2)]]),
    ],
)  # fmt: skip
def test_a_histogram_has_a_row_for_all_values_and_for_what_happened(values, came, rows):
    bins = live.histogram(values, came)
    assert [(one.words, one.number) for one in bins] == rows
    assert sum(one.number for one in bins) == len(values)
    if came is not None and bins:
        assert sum(one.low <= came < one.high for one in bins) == 1


# --- what is shown ----------------------------------------------------------------------------------------


def shown(found, skipped=(), **wish):
    return live_page.parts(found, skipped, LESSONS, Wish(**wish), time.time())


def test_without_a_wish_there_is_no_name_and_nothing_of_what_is_right():
    found = [
        live.Learner("Zebedee", "sqs", time.time() - 150, "sqs", {"06-back": 55}, answers_of("check", False))
    ]
    text = "".join(shown(found).values())
    assert "Zebedee" not in text and "Somebody in lesson 06, since" in text and "(2 min)" in text
    assert "27 s" not in text and "right" not in text.replace("what is right", "") and "✕" not in text
    assert not any(said in text for said in misconceptions().values())
    told = "".join(shown(found, names=True, results=True).values())
    assert (
        "<b>Zebedee</b> in lesson 06" in told
        and "It was <b>27 s</b>; 0 of 1 came within a tenth of it." in told
    )
    assert "0 of 1" in told and "1 learner" in told and "Q1 · “To receive a message deletes it.”" in told


def test_a_part_of_a_lesson_can_be_shown_alone():
    everything, some = shown([], lesson="06"), shown([], lesson="06", part="exit")
    assert everything["posed"].count("<h2>") == 3 and everything["foreseen"].startswith("<h2>Predictions")
    assert some["foreseen"] == "" and re.findall("<h2>(.*?)</h2>", some["posed"]) == ["Exit question"]
    assert shown([], lesson="06", part="predictions")["posed"] == ""
    assert shown([], lesson=HOSTILE, part=HOSTILE)["head"].startswith("<h1>00 · ")


def test_what_learners_write_is_shown_as_text_and_in_bounds(tmp_path):
    put(tmp_path, "a.json", name=HOSTILE * 50, help={"since": ago(minutes=1), "lesson": HOSTILE},
        lesson=HOSTILE, predictions={"06-back": HOSTILE}, answers={"06-check-once": HOSTILE})  # fmt: skip
    found, _ = live.learners(tmp_path, time.time())
    skipped = [f"{HOSTILE} is left out: it is a link."] * 30
    told = shown(found, skipped, lesson="06", names=True, results=True)
    text = "".join(told.values())
    assert "<script" not in text and "<img" not in text and "\x1b" not in text and "\u202e" not in text
    assert "&lt;script&gt;" in told["help"] and len(told["help"]) < 400
    assert told["skipped"].count("<li>") == 9 and "22 more are left out." in told["skipped"]


# --- the server -------------------------------------------------------------------------------------------


@pytest.fixture
def served(shared):
    """(the port, the path with its token) of a view of the class in `shared`."""
    with viewed(shared) as address:
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/[\w-]{16}/)", address)
        yield int(found[1]), found[2]


@contextmanager
def viewed(shared, browser=False):
    """The address of a view of the class in `shared`."""
    ready, held = threading.Event(), {}

    def opened(server, address):
        held.update(server=server, address=address)
        ready.set()

    thread = threading.Thread(
        target=serve_class, args=(shared, Wish(lesson="06")), kwargs={"browser": browser, "opened": opened}
    )
    thread.start()
    assert ready.wait(60)
    yield held["address"]
    held["server"].shutdown()
    thread.join(60)
    assert not thread.is_alive()


def fetched(port, path, **headers):
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    asking.request("GET", path, headers=headers)
    answer = asking.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8")


def test_the_page_is_there_for_who_knows_the_address_and_for_nobody_else(served):
    port, path = served
    status, headers, text = fetched(port, path)
    assert status == 200 and text.startswith("<!doctype html>") and 'value="06" selected' in text
    rule = headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", rule)[1]
    assert rule.startswith("default-src 'none'") and "unsafe" not in rule
    assert text.count("<script") == text.count(f'<script nonce="{nonce}"') == 1 and "http://" not in text
    for other in ("/", "/parts", f"{path}x", "/wrong/parts", path[:-2] + "/"):
        assert fetched(port, other)[0] == 404
    assert fetched(port, path, Host=f"example.org:{port}")[0] == 403
    assert fetched(port, f"{path}parts", Host="127.0.0.1:1")[0] == 403


def test_a_browser_is_started_with_a_page_that_only_its_user_can_read(shared, tmp_path, monkeypatch):
    """Other users of a machine see what a program was started with, so no address with a token is."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    asked: Queue[str] = Queue()
    monkeypatch.setattr(serve, "has_browser", lambda: True)
    monkeypatch.setattr("webbrowser.open", asked.put)
    with viewed(shared, browser=True) as address:
        told = asked.get(timeout=60)
        (page,) = (tmp_path / "runtime").iterdir()
        assert told == page.as_uri()
        assert f'content="0; url={address}"' in page.read_text(encoding="utf-8")
        if os.name == "posix":
            assert page.stat().st_mode & 0o777 == 0o600
    assert not page.exists()
    (tmp_path / "a file").write_bytes(b"")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "a file" / "below"))
    with viewed(shared, browser=True):
        assert asked.empty()  # the address was said, and no page can be written


def test_the_parts_follow_what_learners_do(served, shared, tmp_path):
    port, path = served
    asked_for = f"{path}parts?lesson=06&names=1"
    assert "Nobody is here yet" in json.loads(fetched(port, asked_for)[2])["head"]
    state = tmp_path / "ann"
    file = joined(state, shared)
    one = Sharing(state)
    one.lesson = "sqs"
    one.call(True)
    assert one.settled() and file.is_file()
    wait_for(lambda: "<b>Ann Lee</b>" in json.loads(fetched(port, asked_for)[2])["help"])
    assert "Ann Lee" not in fetched(port, f"{path}parts?lesson=06")[2]
    one.call(False)
    wait_for(lambda: "Nobody waits." in json.loads(fetched(port, asked_for)[2])["help"])


def test_a_folder_that_is_gone_is_told_on_the_page(served, shared):
    port, path = served
    (shared / "cloudlab-live").rmdir()
    (shared / "cloudlab-live").write_text("a file", encoding="utf-8")
    wait_for(
        lambda: (
            "trouble" in (told := json.loads(fetched(port, f"{path}parts")[2]))
            and "can't be read" in told["trouble"]
        )
    )


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["nowhere"], 1, "there is no folder nowhere: name the one that the class shares."),
        (["CLASS"], 1, "is your own folder of a class, with the secret of its grading"),
        (["SHARED", "--lesson", "99"], 1, "--lesson is '99', but must be one of 00, 01,"),
        (["SHARED", "--port", "0"], 2, "must be a whole number from 1 to 65535"),
    ],
)
def test_what_a_teacher_mistypes_is_one_sentence(shared, tmp_path, words, code, sentence, capsys):
    own = tmp_path / "class-a"
    own.mkdir()
    (own / "salt.txt").write_text("a secret text", encoding="utf-8")
    places = {"CLASS": str(own), "SHARED": str(shared)}
    assert cli.main(["class", "live", *(places.get(word, word) for word in words), "--no-browser"]) == code
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1


def test_what_came_of_each_prediction_could_have_been_predicted():
    foreseen = [one for lesson in LESSONS for one in lesson.foreseen if one.came]
    assert len(foreseen) > 20
    for one in foreseen:
        came = one.came if one.number is None else one.number
        assert one.fits(came), (one.key, came)


def test_slow_connections_keep_the_teacher_out_of_nothing(served):
    port, path = served
    slow = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(class_live.MOST + 5)]
    try:
        for one in slow:
            one.sendall(b"GET /")
        assert slow[0].recv(10) == b""  # the oldest ended
        assert fetched(port, path)[0] == 200
    finally:
        for one in slow:
            one.close()


def test_an_address_that_is_none_is_answered(served):
    port, _ = served
    with socket.create_connection(("127.0.0.1", port), timeout=60) as asking:
        asking.sendall(f"GET http://[::1/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert b" 404 " in asking.recv(100)


def test_a_shared_folder_that_was_removed_is_told_and_is_no_empty_class(served, shared):
    port, path = served
    shared.rename(shared.with_name("elsewhere"))
    wait_for(lambda: "gone" in json.loads(fetched(port, f"{path}parts")[2]).get("trouble", ""))


def test_a_folder_that_hangs_is_told_and_no_page_waits_for_it(tmp_path, monkeypatch):
    goes_on = threading.Event()
    monkeypatch.setattr(live, "learners", lambda *given: (goes_on.wait(60), ([], []))[1])
    look = class_live.Look(tmp_path / "live", LESSONS, patience=0.05)
    assert "doesn't answer" in look.parts(Wish())["trouble"]
    goes_on.set()
    wait_for(lambda: "trouble" not in look.parts(Wish()))


@pytest.mark.parametrize("values", [[0.0, 5e-324], [0.0, 5e-323], [-1e-320, 0.0, 3.5e-320]])
def test_numbers_that_nearly_are_none_end_no_view(values):
    assert sum(one.number for one in live.histogram(values, 3.0)) == len(values)


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: rights and links")
def test_the_class_can_read_a_file_whatever_the_learners_umask(tmp_path, shared):
    shared.chmod(0o755)
    before = os.umask(0o077)
    try:
        file = joined(tmp_path / "a", shared)
        one = Sharing(tmp_path / "a")
        one.call(True)
        assert one.settled() and file.stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: links")
def test_a_link_in_the_place_of_the_classs_own_folder_is_followed_by_nobody(tmp_path, shared):
    (tmp_path / "private").mkdir()
    (shared / "cloudlab-live").symlink_to(tmp_path / "private")
    joined(tmp_path / "a", shared)
    one = Sharing(tmp_path / "a")
    one.call(True)
    assert one.settled() and "a link" in one.trouble and not list((tmp_path / "private").iterdir())
    with pytest.raises(OSError, match="link"):
        live.learners(shared / "cloudlab-live", NOW)
    with pytest.raises(OSError, match="link"):
        joining.made(shared)


@pytest.mark.parametrize("wish", ["~no-such-user-here/x", "/tmp/\udcff"])
def test_a_folder_that_is_no_text_or_of_nobody_is_one_sentence(tmp_path, wish):
    with pytest.raises(Fault, match="--class names"):
        joining.join(tmp_path, wish, "Ann", yes, nobody)


def test_what_is_empty_names_no_folder(capsys):
    for words in (["class", "live", ""], ["start", "--class", ""], ["doctor", "--offline", ""]):
        assert cli.main(words) == 2
        printed = capsys.readouterr().err
        assert "it is empty, but must name a folder" in printed and printed.count("\n") == 1


def test_a_name_of_a_file_steers_no_terminal(capsys):
    say("a\x1b[2Jb é")
    assert capsys.readouterr().out == "cloudlab: a\ufffd[2Jb é\n"


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: links")
def test_a_link_in_a_shared_folder_takes_no_packed_notebook_elsewhere(tmp_path):
    mine = tmp_path / "lessons" / "exercises"
    mine.mkdir(parents=True)
    cells = [{"cell_type": "code", "source": None}, {"cell_type": "code", "source": "'\ud800'"}]
    (mine / "06_sqs.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    to = tmp_path / "to"
    to.mkdir()
    (to / ".06_sqs_Ann.ipynb.part").symlink_to(tmp_path / "victim")
    pack.pack("06", mine.parent, "Ann", to)
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "mine"
    assert json.loads((to / "06_sqs_Ann.ipynb").read_text(encoding="utf-8"))["cells"][1]["source"] == "'?'"


def test_sums_that_are_broken_vouch_for_no_wheel(tmp_path):
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"broken")
    (tmp_path / "constraints.txt").write_text("", encoding="utf-8")
    for sums in (b"", b"\xff\xfe"):
        (tmp_path / "SHA256SUMS.txt").write_bytes(sums)
        assert "isn't named in SHA256SUMS.txt" in bundle.faults(tmp_path)[0]
    with pytest.raises(Fault, match="is no name of a new folder"):
        bundle.make(Path())
