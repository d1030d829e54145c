"""What keeps a notebook in where bubblewrap doesn't: containers, levels that are refused, and folders that are left."""

import json
import os
import stat
import sys
import tempfile
import time

import pytest
from handed_in import answer, hand_in
from test_exercises_banks import BANKS

from cloudlab.grading import container, jail, landlock, relay, scratch
from cloudlab.grading.classes import Order, Refused, grade_class
from cloudlab.grading.grader import Work, grade_one
from cloudlab.grading.jail import Limits

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Only on Linux and macOS: grading forks a process a run"
)

SALT = "a salt that nobody knows"
CONFIG = answer("E9", BANKS["monolith_and_microservices"].WORKED["E9"])

STAND_IN = f"""#!{sys.executable}
import json, os, sys
with open({{log!r}}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + chr(10))
if sys.argv[1] == "image":
    sys.exit({{image}})
given = sys.argv[sys.argv.index("--volume") + 1].removesuffix(":/course:ro")
program = sys.argv[-1].replace("'/course'", repr(given))
os.execv(sys.executable, [sys.executable, "-B", "-s", "-c", program])
"""
"""In place of an engine: it writes down what it is asked for, and runs the program of the container here."""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Makes a stand-in for podman, with the image or without; returns the file in which it writes."""

    def make(image: int = 0):
        log, path = tmp_path / "asked", tmp_path / "bin" / "podman"
        path.parent.mkdir(exist_ok=True)
        path.write_text(STAND_IN.format(log=str(log), image=image), encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setattr(container, "engine", lambda: str(path))
        return log

    caches = (container.possible, jail._contains)
    for one in caches:
        one.cache_clear()
    yield make
    for one in caches:
        one.cache_clear()


def test_a_container_has_no_network_and_no_rights_and_gives_the_same_result(engine, tmp_path):
    log = engine()
    path = hand_in(tmp_path, "ann", *CONFIG, *answer("E2", BANKS["autoscaling_limits"].WORKED["E2"]))
    results = {level: grade_one(Work(path, "ann", SALT, level)) for level in ("L3", "L4")}
    assert results["L3"]["isolation"] == "L3"
    entries = {level: one["exercises"] for level, one in results.items()}
    assert entries["L3"] == entries["L4"] and [one["points"] for one in entries["L3"].values()] == [10, 10]
    asked = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert asked[0] == ["image", "inspect", container.IMAGE]
    for line in asked[1:]:
        words = " ".join(line)
        for needed in (
            "run --rm --interactive --pull never", "--network none", "--read-only", "--cap-drop ALL",
            "--security-opt no-new-privileges", f"--pids-limit {container.PROCESSES}",
            f"--memory {container.MEMORY}", "--user 65534:65534", ":/course:ro", "--env PYTHONHASHSEED=0",
        ):  # fmt: skip
            assert needed in words, needed
        assert [word for word in line if word.startswith("/")] == [line[line.index("--workdir") + 1],
                                                                  line[line.index("--volume") + 1]]  # fmt: skip
        assert line[line.index("--workdir") + 1] == "/" and "salt" not in words
    assert len(asked) == 3, "the image, a handshake, and one container for both exercises"


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("import os\nos._exit(0)", "crash"),
        ("while True: pass", "timeout"),
        (
            (
                "import os\nfor n in range(3, 300):\n    try: os.write(n, b'[0, 1]' * 100000 + b'\\n')\n"
                "    except OSError: pass"
            ),
            "tamper",
        ),
    ],
)
def test_what_breaks_off_in_a_container_is_told_as_elsewhere(engine, tmp_path, code, verdict):
    engine()
    path = hand_in(tmp_path, "eve", code, *CONFIG)
    limits = Limits(cpu=1, together=4, wall=20, waiting=60)
    result = grade_one(Work(path, "eve", SALT, "L3", limits=limits, only=("E9",)))
    assert result["exercises"]["E9"]["verdict"] == verdict


def test_without_an_engine_or_its_image_l3_is_refused_with_what_to_do(engine, tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ann", *CONFIG)
    asked = Order(tmp_path / "in", tmp_path / "out", SALT, level="L3")
    engine(image=1)
    with pytest.raises(
        Refused, match=r"^isolation L3 doesn't work here: make its image once: `printf 'FROM python"
    ):
        grade_class(asked, lambda *told: None)
    container.possible.cache_clear()
    jail._contains.cache_clear()
    monkeypatch.setattr(container, "engine", lambda: "")
    with pytest.raises(Refused, match=r"^isolation L3 doesn't work here: install Docker or Podman\.$"):
        grade_class(asked, lambda *told: None)
    assert not (tmp_path / "out").exists()


def test_without_landlock_l2_is_refused_and_never_lowered(tmp_path, monkeypatch):
    monkeypatch.setattr(landlock, "version", lambda: 0)
    jail._closes.cache_clear()
    hand_in(tmp_path / "in", "ann", *CONFIG)
    with pytest.raises(Refused, match="^isolation L2 doesn't work here: "):
        grade_class(Order(tmp_path / "in", tmp_path / "out", SALT, level="L2"), lambda *told: None)
    monkeypatch.undo()
    jail._closes.cache_clear()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("works", "closes", "contains", "level"),
    [
        (True, True, True, "L1"),
        (None, True, True, "L2"),
        (None, False, True, "L3"),
        (None, False, False, "L4"),
    ],
)
def test_the_best_level_is_the_first_that_works(monkeypatch, works, closes, contains, level):
    for name, found in (("_works", works), ("_closes", closes), ("_contains", contains)):
        monkeypatch.setattr(jail, name, lambda found=found: found)
    assert jail.best() == level and list(jail.LEVELS) == ["L1", "L2", "L3", "L4"]


def test_a_course_below_a_readable_place_is_left_out(tmp_path):
    for name in ("site/cloudlab/exercises/a.py", "site/numpy/b.py", "site/c.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1", encoding="utf-8")
    found = landlock.without(tmp_path, tmp_path / "site" / "cloudlab")
    assert sorted((os.path.relpath(path, tmp_path), whole) for path, whole in found) == [
        (".", False), ("site", False), ("site/c.py", True), ("site/numpy", True),
    ]  # fmt: skip
    assert landlock.without(tmp_path / "site" / "numpy", tmp_path / "site" / "cloudlab") == [
        [str(tmp_path / "site" / "numpy"), True]
    ]


def test_a_frame_that_is_too_long_ends_the_way():
    import socket
    import threading

    boss, own = socket.socketpair()
    reading, theirs = os.pipe()
    os.write(theirs, relay.HEAD.pack(relay.DATA, 1, relay.LONGEST + 1))
    ended = threading.Thread(target=relay.carry, args=(boss, reading, theirs), kwargs={"begins": False})
    ended.start()
    ended.join(60)
    assert not ended.is_alive()
    for one in (reading, theirs):
        os.close(one)
    boss.close()
    own.close()


# Folders that are left


def test_folders_of_processes_that_are_gone_are_swept_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old = time.time() - 3600

    def folder(name: str) -> None:
        (tmp_path / name / "inside").mkdir(parents=True)
        os.utime(tmp_path / name, (old, old))

    for name in ("cloudlab-jail-gone", "cloudlab-hand-in-gone", "cloudlab-else-gone", "cloudlab-jail-target"):
        folder(name)
    (tmp_path / "cloudlab-jail-target").rename(tmp_path / "target")
    (tmp_path / "cloudlab-jail-link").symlink_to(tmp_path / "target")
    (tmp_path / "cloudlab-jail-file").write_text("1", encoding="utf-8")
    (tmp_path / "cloudlab-jail-young").mkdir()
    if os.getuid() == 0:
        folder("cloudlab-jail-other")
        os.chown(tmp_path / "cloudlab-jail-other", 12345, 12345)
    kept = scratch.Scratch("jail")
    os.utime(kept.path, (old, old))
    assert {path.name for path in scratch.sweep()} == {"cloudlab-jail-gone", "cloudlab-hand-in-gone"}
    there = {path.name for path in tmp_path.iterdir()}
    assert {
        "cloudlab-else-gone",
        "target",
        "cloudlab-jail-link",
        "cloudlab-jail-file",
        "cloudlab-jail-young",
    } <= there
    assert kept.path.is_dir() and ("cloudlab-jail-other" in there) == (os.getuid() == 0)
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o700
    kept.close()
    assert not kept.path.exists() and scratch.sweep() == []
