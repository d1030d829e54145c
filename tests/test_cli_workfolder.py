"""The learner's folder: updates come, work stays."""

import json
import os
import re
from pathlib import Path

import pytest

from cloudlab.kernel.state import attempts_in, read_kept
from cloudlab.shell import Fault, front, workfolder
from cloudlab.shell.workfolder import MANIFEST, alone, hiding, lay_out, lessons, originals, restore

LESSON = "01_autoscaling_limits.ipynb"


@pytest.fixture
def course(tmp_path):
    """A folder of originals: two lessons, an exercise notebook and a data file."""
    folder = tmp_path / "course"
    for name in (LESSON, "02_autoscaling_policies.ipynb", "exercises/01_autoscaling_limits.ipynb"):
        write_notebook(folder / name, "x = 1")
    (folder / "data").mkdir()
    (folder / "data" / "sample.log").write_bytes(b"one\n")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / LESSON).write_bytes(b"{}")
    return folder


@pytest.fixture
def mine(tmp_path):
    """The learner's folder: a name with a space and a letter outside ASCII."""
    return tmp_path / "my lessons é"


def write_notebook(path: Path, source: str, outputs=(), **metadata):
    cell = {"cell_type": "code", "id": "a", "source": [source], "outputs": list(outputs), "metadata": {}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [cell], "metadata": metadata}), encoding="utf-8")


def source_of(path: Path) -> str:
    return json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"][0]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_first_start_copies_everything_but_litter(course, mine):
    report = lay_out(course, mine)
    assert files(mine) == [
        ".cloudlab/lessons.json",
        LESSON,
        "02_autoscaling_policies.ipynb",
        "data/sample.log",
        "exercises/01_autoscaling_limits.ipynb",
    ]
    assert report.new == lessons(course)
    assert (mine / LESSON).read_bytes() == (course / LESSON).read_bytes()


def test_the_second_start_changes_nothing(course, mine):
    lay_out(course, mine)
    report = lay_out(course, mine)
    assert (report.new, report.replaced, report.kept) == ([], [], [])


def test_an_untouched_lesson_is_replaced_by_a_newer_one(course, mine):
    lay_out(course, mine)
    write_notebook(course / LESSON, "x = 2")
    assert lay_out(course, mine).replaced == [LESSON]
    assert source_of(mine / LESSON) == "x = 2"


def test_a_lesson_that_was_only_run_counts_as_untouched(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 1", outputs=[{"output_type": "stream"}], kernelspec={})
    write_notebook(course / LESSON, "x = 2")
    assert lay_out(course, mine).replaced == [LESSON]


@pytest.mark.parametrize(
    "added, replaced", [("", [LESSON]), (" \n\n", [LESSON]), ("1", [])], ids=["empty", "blank", "written"]
)
def test_a_lesson_that_was_run_to_its_end_counts_as_untouched(course, mine, added, replaced):
    """Behind the last cell JupyterLab adds an empty one; written in, it is work."""
    lay_out(course, mine)
    notebook = json.loads((mine / LESSON).read_text(encoding="utf-8"))
    notebook["cells"].append({"cell_type": "code", "id": "b", "source": added, "outputs": [], "metadata": {}})
    (mine / LESSON).write_text(json.dumps(notebook), encoding="utf-8")
    write_notebook(course / LESSON, "x = 2")
    assert lay_out(course, mine).replaced == replaced


def test_a_cell_that_was_emptied_is_work(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "")
    write_notebook(course / LESSON, "x = 2")
    assert lay_out(course, mine).kept == [(LESSON, "01_autoscaling_limits.new.ipynb")]


def test_a_lesson_worked_in_stays_and_the_newer_one_lies_beside_it(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 'my answer'")
    write_notebook(course / LESSON, "x = 2")
    report = lay_out(course, mine)
    assert report.kept == [(LESSON, "01_autoscaling_limits.new.ipynb")]
    assert source_of(mine / LESSON) == "x = 'my answer'"
    assert source_of(mine / "01_autoscaling_limits.new.ipynb") == "x = 2"
    assert "you worked in 01_autoscaling_limits.ipynb, so it stays" in "\n".join(report.sentences(mine))


def test_the_newer_one_is_laid_beside_only_once(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 'my answer'")
    write_notebook(course / LESSON, "x = 2")
    lay_out(course, mine)
    assert lay_out(course, mine).kept == []


def test_an_untouched_newer_one_makes_room_for_the_next_and_one_worked_in_does_not(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 'my answer'")
    for number in (2, 3):
        write_notebook(course / LESSON, f"x = {number}")
        lay_out(course, mine)
    beside = mine / "01_autoscaling_limits.new.ipynb"
    assert source_of(beside) == "x = 3"
    write_notebook(beside, "x = 'worked in too'")
    write_notebook(course / LESSON, "x = 4")
    assert lay_out(course, mine).kept == [(LESSON, "01_autoscaling_limits.new-2.ipynb")]
    assert source_of(beside) == "x = 'worked in too'"


@pytest.mark.parametrize(
    "cell, module",
    [
        ("from cloudlab.world import World\nx = 1", "cloudlab.world"),
        ("from cloudlab import measures", "cloudlab.measures"),
        ("import cloudlab.scaling_policies.scaling as rules", "cloudlab.scaling_policies.scaling"),
    ],
)
def test_a_changed_lesson_that_names_a_module_that_is_gone_is_told_of_its_new_copy(
    course, mine, cell, module
):
    lay_out(course, mine)
    write_notebook(mine / LESSON, cell)
    write_notebook(course / LESSON, "from cloudlab.kernel.world import World")
    gone = f"{LESSON} uses {module}, which is no longer there under that name"
    told = f"{gone}: go on in 01_autoscaling_limits.new.ipynb."
    for _ in range(2):  # as long as it is so
        assert told in "\n".join(lay_out(course, mine).sentences(mine))


@pytest.mark.parametrize("name", [LESSON, "exercises/01_autoscaling_limits.ipynb"])
def test_the_copy_that_is_told_is_there_even_where_it_was_put_away(course, mine, name):
    lay_out(course, mine)
    write_notebook(mine / name, "from cloudlab.world import World")  # changed, and no newer edition has come
    for _ in range(2):
        ((_, _, told),) = lay_out(course, mine).stale
        assert told == name.replace(".ipynb", ".new.ipynb")
        assert source_of(mine / told) == "x = 1"
        (mine / told).unlink()


def test_nothing_is_told_of_lessons_that_name_what_is_there(course, mine):
    lay_out(course, mine)
    write_notebook(course / LESSON, "from cloudlab.world import World")  # of an untouched lesson neither
    for cell in (
        "from cloudlab.kernel.world import World\nimport cloudlab",
        "from cloudlab.ec2 import (",
        "%pip",
    ):
        write_notebook(mine / "02_autoscaling_policies.ipynb", cell)
        assert lay_out(course, mine).stale == []


def test_work_without_a_newer_lesson_stays_alone(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 'my answer'")
    assert lay_out(course, mine).kept == []
    assert source_of(mine / LESSON) == "x = 'my answer'"


def test_a_file_of_the_learners_that_has_a_lessons_name_is_kept(course, mine):
    write_notebook(mine / LESSON, "x = 'mine from long ago'")
    assert lay_out(course, mine).kept == [(LESSON, "01_autoscaling_limits.new.ipynb")]
    assert source_of(mine / LESSON) == "x = 'mine from long ago'"


def test_a_deleted_lesson_comes_back(course, mine):
    lay_out(course, mine)
    (mine / LESSON).unlink()
    report = lay_out(course, mine)
    assert report.new == [LESSON]
    assert report.sentences(mine) == [f"your lessons are in {mine}.", f"new: {LESSON}."]


@pytest.mark.parametrize(
    "content", [b"{not json", b"[]", b'{"originals": 3}', b'{"originals": {"a": 1}}', b"\xff"]
)
def test_with_a_broken_list_of_originals_nothing_of_the_learners_is_lost(course, mine, content):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 'my answer'")
    (mine / MANIFEST).write_bytes(content)
    write_notebook(course / LESSON, "x = 2")
    lay_out(course, mine)
    assert source_of(mine / LESSON) == "x = 'my answer'"
    assert json.loads((mine / MANIFEST).read_text(encoding="utf-8"))["originals"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"cells": [1]}', b"\xff\xfe"])
def test_a_notebook_that_cannot_be_read_counts_as_work(course, mine, content):
    lay_out(course, mine)
    (mine / LESSON).write_bytes(content)
    write_notebook(course / LESSON, "x = 2")
    assert lay_out(course, mine).kept == [(LESSON, "01_autoscaling_limits.new.ipynb")]
    assert (mine / LESSON).read_bytes() == content


def test_a_start_that_was_broken_off_goes_on_where_it_stopped(course, mine):
    lay_out(course, mine)
    (mine / MANIFEST).unlink()
    (mine / "02_autoscaling_policies.ipynb").unlink()
    report = lay_out(course, mine)
    assert (report.new, report.kept) == (["02_autoscaling_policies.ipynb"], [])
    write_notebook(course / LESSON, "x = 2")
    assert lay_out(course, mine).replaced == [LESSON]


def test_restore_brings_back_the_original_and_keeps_the_copy(course, mine):
    lay_out(course, mine)
    for answer in ("first", "second"):
        write_notebook(mine / LESSON, answer)
        sentence = restore(course, mine, "01")
        assert source_of(mine / LESSON) == "x = 1"
    assert (
        sentence
        == f"{LESSON} is the original again; your copy is kept as 01_autoscaling_limits.mine-2.ipynb."
    )
    assert source_of(mine / "01_autoscaling_limits.mine.ipynb") == "first"
    assert source_of(mine / "01_autoscaling_limits.mine-2.ipynb") == "second"


def test_restore_keeps_a_copy_that_differs_in_outputs_only(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 1", outputs=[{"output_type": "stream"}])
    assert restore(course, mine, "01").endswith("your copy is kept as 01_autoscaling_limits.mine.ipynb.")


def test_restore_of_an_equal_or_missing_lesson_keeps_no_copy(course, mine):
    lay_out(course, mine)
    assert restore(course, mine, LESSON) == f"{LESSON} is the original again."
    (mine / LESSON).unlink()
    assert restore(course, mine, "01_autoscaling_limits") == f"{LESSON} is the original again."
    assert "01_autoscaling_limits.mine.ipynb" not in files(mine)


@pytest.mark.parametrize("which", ["exercises/01", "exercises\\01", "data/sample.log"])
def test_restore_finds_what_lies_deeper(course, mine, which):
    lay_out(course, mine)
    assert restore(course, mine, which).endswith("is the original again.")


@pytest.mark.parametrize("which", ["7", "", "0", "one"])
def test_restore_of_what_is_not_there_names_what_is(course, mine, which):
    with pytest.raises(Fault) as trouble:
        restore(course, mine, which)
    assert str(trouble.value).startswith(
        f"there is no lesson {which!r} to restore; there are: 01_autoscaling_limits, 02_"
    )
    assert not mine.exists()


def test_the_courses_own_folder_is_refused(course):
    for folder in (course, course / "exercises"):
        with pytest.raises(Fault, match="holds the course's own lessons: name another folder"):
            lay_out(course, folder)


def test_a_file_in_place_of_the_folder_is_refused(course, tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(Fault, match="is a file, but the lessons need a folder"):
        lay_out(course, tmp_path / "taken")


def test_a_folder_that_cannot_be_made_is_one_sentence(course, tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(
        Fault, match="can't be written to .*: name another folder, as in `cloudlab start lessons`"
    ):
        lay_out(course, tmp_path / "taken" / "lessons")


def test_a_read_only_folder_is_one_sentence(course, mine):
    if os.name == "nt":
        pytest.skip("Only on systems where a folder can be closed to its owner.")
    folder = Path("/proc") if os.geteuid() == 0 else mine  # root may write nearly anywhere else
    if folder == mine:
        folder.mkdir(mode=0o500)
    with pytest.raises(Fault, match="can't be written to"):
        lay_out(course, folder)


def test_the_originals_lie_in_the_wheel_or_in_the_clone(tmp_path):
    package = tmp_path / "cloudlab"
    package.mkdir()
    with pytest.raises(Fault, match="install the course again"):
        originals(package)
    (tmp_path / "notebooks").mkdir()
    assert originals(package) == tmp_path / "notebooks"
    (package / "_notebooks").mkdir()
    assert originals(package) == package / "_notebooks"


# What is in the way


def test_a_folder_in_the_place_of_a_lesson_is_named_and_the_rest_is_laid_out(course, mine):
    (mine / LESSON).mkdir(parents=True)
    (mine / LESSON / "notes.txt").write_text("mine", encoding="utf-8")
    report = lay_out(course, mine)
    assert files(mine) == [
        ".cloudlab/lessons.json",
        f"{LESSON}/notes.txt",
        "02_autoscaling_policies.ipynb",
        "data/sample.log",
        "exercises/01_autoscaling_limits.ipynb",
    ]
    cure = "so what the course lays there is missing: give it another name, and start again."
    assert report.sentences(mine)[-1] == f"{LESSON} is a folder, {cure}"
    (mine / LESSON).rename(mine / "notes")
    assert lay_out(course, mine).new == [LESSON]


def test_a_file_in_the_place_of_a_folder_is_named_once(course, mine):
    lay_out(course, mine)
    write_notebook(course / "exercises" / "02_autoscaling_policies.ipynb", "y = 1")
    (mine / "exercises" / "01_autoscaling_limits.ipynb").unlink()
    (mine / "exercises").rmdir()
    (mine / "exercises").write_text("mine", encoding="utf-8")
    report = lay_out(course, mine)
    assert report.blocked == {"exercises": "a file"}
    assert (mine / "exercises").read_text(encoding="utf-8") == "mine"


def test_a_folder_in_the_place_of_the_list_of_originals_loses_nothing(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 2")
    (mine / MANIFEST).unlink()
    (mine / MANIFEST).mkdir()
    report = lay_out(course, mine)
    assert report.blocked == {MANIFEST.as_posix(): "a folder"}
    assert source_of(mine / LESSON) == "x = 2"


def test_restore_puts_a_folder_aside(course, mine):
    (mine / LESSON).mkdir(parents=True)
    assert "your copy is kept as" in restore(course, mine, "01")
    assert (mine / LESSON).is_file() and (mine / "01_autoscaling_limits.mine.ipynb").is_dir()


def test_a_folder_in_the_place_of_the_newer_twin_is_passed(course, mine):
    lay_out(course, mine)
    write_notebook(mine / LESSON, "x = 2")
    write_notebook(course / LESSON, "x = 3")
    (mine / "01_autoscaling_limits.new.ipynb").mkdir()
    assert lay_out(course, mine).kept == [(LESSON, "01_autoscaling_limits.new-2.ipynb")]


def test_what_a_killed_write_left_is_swept_and_a_part_of_the_learners_stays(course, mine):
    lay_out(course, mine)
    left = [f"{LESSON}.part", "01_autoscaling_limits.new-2.ipynb.part", ".cloudlab/lessons.json.part"]
    for name in (*left, "film.part", "exercises/own.ipynb.part"):
        (mine / name).write_bytes(b"{")
    lay_out(course, mine)
    assert [name for name in files(mine) if name.endswith(".part")] == [
        "exercises/own.ipynb.part",
        "film.part",
    ]


def test_a_write_that_fails_leaves_nothing_behind(course, mine, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Fault, match="No space left"):
        lay_out(course, mine)
    assert not [name for name in files(mine) if name.endswith(".part")]


@pytest.mark.parametrize("beside", ["01_autoscaling_limits.ipynb.part", ".cloudlab/lessons.json.part"])
def test_a_folder_where_a_write_would_be_prepared_is_passed(course, mine, beside):
    (mine / beside).mkdir(parents=True)
    assert lay_out(course, mine).blocked == {}
    assert (mine / LESSON).is_file() and (mine / beside).is_dir()


@pytest.mark.skipif(os.name == "nt", reason="Only on systems where anybody may make a link.")
def test_a_link_that_leads_nowhere_in_the_place_of_a_folder_is_named(course, mine):
    mine.mkdir()
    (mine / "exercises").symlink_to(mine / "nowhere")
    assert lay_out(course, mine).blocked == {"exercises": "a file"}
    assert (mine / LESSON).is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Only on systems with pipes that have a name.")
@pytest.mark.filterwarnings("error")
def test_what_is_no_file_in_the_place_of_a_lesson_is_named_and_not_waited_for(course, mine):
    mine.mkdir()
    os.mkfifo(mine / LESSON)
    report = lay_out(course, mine)
    assert report.blocked == {LESSON: "nothing that you may read"}
    assert (mine / "02_autoscaling_policies.ipynb").is_file()


def test_a_lesson_that_may_not_be_read_is_named_and_the_rest_is_laid_out(course, mine, monkeypatch):
    lay_out(course, mine)
    write_notebook(course / "02_autoscaling_policies.ipynb", "x = 2")
    monkeypatch.setattr(os, "access", lambda path, mode: path != mine / LESSON)  # root may read all
    report = lay_out(course, mine)
    assert report.blocked == {LESSON: "nothing that you may read"}
    assert report.replaced == ["02_autoscaling_policies.ipynb"]


@pytest.mark.skipif(os.name == "nt", reason="Only on systems where anybody may make a link.")
def test_a_link_where_a_write_would_be_prepared_is_not_followed(course, mine, tmp_path):
    lay_out(course, mine)
    part, other = mine / f"{LESSON}.part", tmp_path / "other.txt"
    other.write_text("mine", encoding="utf-8")
    part.symlink_to(other)
    restore(course, mine, "01")
    part.unlink(missing_ok=True)
    part.symlink_to(mine / "nowhere" / "else")
    (mine / LESSON).unlink()
    assert lay_out(course, mine).new == [LESSON]
    assert other.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.name == "nt", reason="Only on systems where anybody may make a link.")
def test_what_is_in_the_way_of_a_restored_lesson_is_named(course, mine):
    lay_out(course, mine)
    (mine / MANIFEST).unlink()
    (mine / MANIFEST).mkdir()
    with pytest.raises(Fault, match=f"{re.escape(str(mine / MANIFEST))} is in the way of the lessons"):
        restore(course, mine, "01")
    (mine / MANIFEST).rmdir()
    (mine / "exercises").rename(mine / "others")
    for lead in (mine / "02_autoscaling_policies.ipynb", mine / "nowhere"):  # a file, and nothing
        (mine / "exercises").symlink_to(lead)
        with pytest.raises(Fault, match=f"{re.escape(str(mine / 'exercises'))} is in the way of the lessons"):
            restore(course, mine, "exercises/01")
        (mine / "exercises").unlink()


def test_restore_puts_a_lesson_aside_that_may_not_be_read(course, mine, monkeypatch):
    lay_out(course, mine)

    def forbidden(path):  # root may read all
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(workfolder, "bytes_of", forbidden)
    assert restore(course, mine, "01").endswith("your copy is kept as 01_autoscaling_limits.mine.ipynb.")
    assert (mine / "01_autoscaling_limits.mine.ipynb").is_file() and (mine / LESSON).is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Only on systems with pipes that have a name.")
def test_a_pipe_in_the_place_of_what_the_course_keeps_is_not_waited_for(course, mine):
    (mine / ".cloudlab").mkdir(parents=True)
    for name in ("start.lock", "lessons.json", "class.json", "E1.jsonl"):
        os.mkfifo(mine / ".cloudlab" / name)
    way = f"{re.escape(str(mine / '.cloudlab' / 'start.lock'))} is in the way of the lessons: give it another"
    with pytest.raises(Fault, match=way), alone(mine):
        pass
    assert lay_out(course, mine).blocked == {MANIFEST.as_posix(): "nothing that you may read"}
    assert read_kept(mine / ".cloudlab" / "class.json") == {}
    assert attempts_in(mine / ".cloudlab" / "E1.jsonl") == ([], 0)
    os.mkfifo(mine / front.NAME)
    assert not front.refresh(mine)


@pytest.mark.parametrize("name", [".cloudlab", ".cloudlab/start.lock"])
def test_what_stands_in_the_way_of_the_lock_is_named(mine, name):
    if "/" in name:
        (mine / name).mkdir(parents=True)
    else:
        mine.mkdir()
        (mine / name).write_text("")
    with (
        pytest.raises(
            Fault, match=f"{re.escape(str(mine / name))} is in the way of the lessons: give it another"
        ),
        alone(mine),
    ):
        pass


def test_a_package_beside_the_lessons_that_hides_a_module_is_named(mine):
    (mine / "json").mkdir(parents=True)
    (mine / "json" / "__init__.py").write_text("")
    (mine / "random").mkdir()
    told = f"{mine / 'json'} hides the module json from your notebooks: rename the folder."
    assert hiding(mine) == [told]


def test_whatever_this_python_finds_can_be_hidden(mine, monkeypatch):
    (mine / "exercises").mkdir(parents=True)
    for name in ("zmq.py", "exercises/tornado.py", "anywidget.py", "x.zmq.py", "my_shop.py", "my-shop.py"):
        (mine / name).write_text("")
    monkeypatch.syspath_prepend(mine)  # as where the command is typed in that folder
    assert hiding(mine) == [
        f"{path} hides the module {path.stem} from your notebooks: rename the file."
        for path in (mine / "anywidget.py", mine / "exercises" / "tornado.py", mine / "zmq.py")
    ]


def test_a_file_that_belongs_to_somebody_else_is_named_and_not_its_folder(mine):
    (mine / ".cloudlab").mkdir(parents=True)
    lock = mine / ".cloudlab" / "start.lock"
    lock.touch()
    said = str(workfolder.unwritable(mine, PermissionError(13, "Permission denied", str(lock))))
    assert said.startswith(f"{lock} can't be written to (Permission denied): name another folder, as in")
