"""A real JupyterHub on this machine: two students and a teacher sign in, work, hand in, and grade.

The hub is set up by the lines of docs/teaching/jupyterhub.md, with its configuration as it stands there. Its users are
users of the system, in a room of its own (see `hub.py`), so nothing is left of them.
"""

import ast
import os
import re
import socket
import sys
from pathlib import Path

import hub
import pytest
from places import ROOT
from test_exercises_banks import BANKS

from cloudlab.shell import Fault, cli, pack, serve

CONFIG = ROOT / "docs" / "teaching" / "jupyterhub" / "jupyterhub_config.py"
ASSIGNMENT = "exercises/04_monolith_and_microservices.ipynb"
PEOPLE = {
    "ann": "a secret of ann",
    "bob": "a secret of bob",
    "teacher": "a teacher's secret",
    "root": "everything",
}


def test_a_lab_of_a_hub_is_begun_by_a_hub_only(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("JUPYTERHUB_SERVICE_URL", raising=False)
    assert cli.main(["start", "--hub", str(tmp_path / "lessons")]) == 1
    assert "--hub is for a JupyterHub, which starts this command: leave it out" in capsys.readouterr().err
    assert not (tmp_path / "lessons").exists()
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:1/user/ann/")
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        Fault, match="jupyterhub is missing beside .*: install there the version that the hub has"
    ):
        serve.must_be_of_a_hub()


@pytest.mark.skipif(os.name == "nt", reason="Only on Linux and macOS: a file says there who may read it")
def test_what_is_packed_goes_to_the_shared_folder_for_the_teachers_group_alone(monkeypatch, tmp_path, capsys):
    from cloudlab.shell import workfolder

    workfolder.lay_out(workfolder.originals(), tmp_path / "lessons")
    monkeypatch.setenv("CLOUDLAB_HAND_IN", str(tmp_path / "shared"))
    before = os.umask(0o077)
    try:
        said = pack.pack("04", tmp_path / "lessons")
    finally:
        os.umask(before)
    (file,) = (tmp_path / "shared").iterdir()
    assert file.stat().st_mode & 0o777 == 0o640 and f"handed in: {file}" in said
    pack.pack("04", tmp_path / "lessons", to=tmp_path / "own")
    assert (tmp_path / "own" / file.name).is_file(), "whoever names a folder means it"


def test_the_page_shows_the_configuration_that_is_there():
    """Each name that the configuration sets is one of JupyterHub's own, and each place in it is made by the page."""
    pytest.importorskip("jupyterhub", reason="Only on Linux: jupyterhub is there for it")
    from jupyterhub.app import JupyterHub
    from jupyterhub.auth import PAMAuthenticator
    from jupyterhub.proxy import ConfigurableHTTPProxy
    from jupyterhub.spawner import LocalProcessSpawner

    kinds = {
        "JupyterHub": JupyterHub,
        "PAMAuthenticator": PAMAuthenticator,
        "ConfigurableHTTPProxy": ConfigurableHTTPProxy,
        "Spawner": LocalProcessSpawner,
    }
    tree = ast.parse(CONFIG.read_text(encoding="utf-8"))
    set_ = re.findall(r"^c\.(\w+)\.(\w+) =", CONFIG.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(set_) > 10
    for kind, name in set_:
        assert kinds[kind].class_traits()[name].metadata.get("config"), f"{kind}.{name}"
    made = " ".join(hub.lines_of("set-up"))
    places = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and str(node.value).startswith("/srv")
    ]
    assert places and all(place in made for place in places)


TEACHERS = f"/home/{[*PEOPLE][2]}"
RIGHT = BANKS["monolith_and_microservices"].WORKED["E9"]
WRONG = f"{RIGHT}\nanswer['queues'] = [arrow for arrow in q.scenario()['arrows']]"


def answered(notebook: dict, code: str) -> dict:
    """The notebook of exercises with an answer to E9; its other exercise stays as it is given."""
    place = next(
        n for n, cell in enumerate(notebook["cells"]) if "".join(cell["source"]).startswith("q9.check(")
    )
    notebook["cells"][place - 1]["source"] = f"q = q9\n{code}"
    notebook["cells"][place]["source"] = "q9.check(answer)"
    return notebook


def must_be_there(condition: bool, told: str):
    """Skip a test with what is told, and fail where nothing may be left out."""
    if not condition:
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)


@pytest.mark.skipif(sys.platform != "linux", reason="Only on Linux: a hub there starts labs of system users")
def test_two_students_work_and_hand_in_and_their_teacher_grades(tmp_path):
    must_be_there(os.geteuid() == 0, "Only on Linux as root: a hub there starts labs of users")
    must_be_there(
        hub.MODULES.is_dir(), "the proxy of JupyterHub isn't installed: npm install --prefix tools/hub"
    )
    users, etc = Path("/etc/passwd").read_bytes(), sorted(Path("/etc").iterdir())
    with hub.running_hub(tmp_path, PEOPLE) as address:
        assert not hub.Person(address, "ann", "guessed").signed_in
        assert not hub.Person(address, "root", PEOPLE["root"]).signed_in, "who is in no group of the course"
        ann, bob, teacher = (hub.Person(address, name, PEOPLE[name]) for name in ("ann", "bob", "teacher"))
        for person in (ann, bob, teacher):
            person.asks_for_a_lab()
        for person in (ann, bob, teacher):
            person.waits_for_it()
        page = ann.asks("GET", "user/ann/", allow_redirects=False)
        assert page.headers["Location"].startswith("/user/ann/lab/tree/index.ipynb"), "the home page opens"
        seen = students_work(ann, bob)
        the_teacher_grades(teacher, seen)
        log = (tmp_path / "hub.log").read_text(encoding="utf-8")
        assert "Traceback" not in log, log[-3000:]
    assert (Path("/etc/passwd").read_bytes(), sorted(Path("/etc").iterdir())) == (users, etc)
    with pytest.raises(OSError):
        socket.create_connection((address.partition(":")[0], int(address.partition(":")[2])), timeout=10)


def students_work(ann: hub.Person, bob: hub.Person) -> dict[str, float]:
    """Both fetch the exercises, answer one, run all, and hand in; returns the points that each sees.

    Neither sees what is the other's.
    """
    seen = {}
    for person, code in ((ann, RIGHT), (bob, WRONG)):
        notebook = answered(person.reads(ASSIGNMENT)["content"], code)
        person.writes(ASSIGNMENT, "notebook", notebook)
        with person.kernel() as run:
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    run("".join(cell["source"]))
            seen[person.name] = float(run("print(q9.points())"))
            (line,) = hub.lines_of("learner")
            said = run(f"!{line}")
            assert f"handed in: /srv/cloudlab/hand-in/{person.name}/04_" in said and "receipt" in said
            other = "bob" if person is ann else "ann"
            for place in (
                f"/srv/cloudlab/hand-in/{other}",
                f"/home/{other}",
                "/srv/cloudlab/hand-in",
                "/srv/cloudlab/hub",
            ):
                assert run(f"import os; os.listdir({place!r})").startswith("PermissionError"), place
            if person is bob:  # what a bad one may leave there
                run("os.mkfifo('/srv/cloudlab/hand-in/bob/pipe.ipynb')")
                run(f"os.symlink('{TEACHERS}/roster.csv', '/srv/cloudlab/hand-in/bob/link.ipynb')")
    told = ann.asks("GET", "user/bob/api/contents/index.ipynb", allow_redirects=False)
    assert told.status_code in (302, 403) and "cells" not in told.text
    return seen


def the_teacher_grades(teacher: hub.Person, seen: dict[str, float]) -> None:
    """What the page tells the teacher to type gives both their points."""
    with teacher.kernel() as run:
        run(f"open('{TEACHERS}/roster.csv', 'w').write('student\\nann\\nbob\\n')")
        said = run("\n".join(["%%bash", *hub.lines_of("teacher")]))
        assert (
            "2 new, 0 changed, 0 as before" in said and "left out, since they are links: link.ipynb" in said
        ), said
        assert "bob/pipe.ipynb of bob isn't collected: It is no file" in said
        table = run(f"print(open('{TEACHERS}/class-a/graded/grades.csv').read())")
        found = run(f"!ls -l {TEACHERS}/class-a/in/*")
    head, *rows = (line.split(",") for line in table.strip().splitlines())
    points = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert {name: float(row["total"]) for name, row in points.items()} == seen, table + found
    assert points["ann"]["E9"] == "10" and points["bob"]["E9 code"] not in ("correct", ""), table
    assert [row["E10 verdict"] for row in points.values()] == ["not_attempted"] * 2
