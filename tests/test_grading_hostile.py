"""Grading under attack: each hostile or broken submission gets a listed verdict and no point that it did not earn.

The submissions stand in `hostile`. A usual run takes the first of each kind, a nightly one takes all.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import engine
import pytest
from handed_in import answer, hand_in, of_session, processes
from hostile import CODE, MARK, STATE, Attack, attacks, remembers
from samples import some
from test_exercises_banks import BANKS

from cloudlab.exercises import definition
from cloudlab.grading import container, fence, jail, report, results
from cloudlab.grading.classes import Order, grade_class
from cloudlab.grading.desk import Worker, caller
from cloudlab.grading.grader import Work, grade_one
from cloudlab.grading.jail import Limits
from cloudlab.judge import variants, words
from cloudlab.judge.definition import Config, Program
from cloudlab.judge.judging import judge
from cloudlab.judge.question import exercises

SALT = "a salt that nobody knows"
LIMITS = Limits(cpu=3, memory=1 << 30, together=30, wall=30, waiting=90)
QUICK = Limits(cpu=3, memory=1 << 30, together=30, wall=4, waiting=90)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Only on Linux: a jail is bubblewrap's"),
    pytest.mark.skipif(
        sys.platform == "linux" and jail.best() != "L1" and "CI" not in os.environ,
        reason="there is no jail here",
    ),
]


USUAL = Limits()
CONFIG = answer("E9", BANKS["monolith_and_microservices"].WORKED["E9"])


def graded(path: Path, *, limits: Limits = USUAL, only: tuple[str, ...] = (), level: str = "L1") -> dict:
    """The result of a file that Eve handed in."""
    return grade_one(Work(path, "eve", SALT, level, limits=limits, only=only))


def outcome(attack: Attack, folder: Path, level: str = "L1") -> dict:
    """The entry of an attack's exercise, with the notes beside it."""
    path = folder / "eve" / "work.ipynb"
    path.parent.mkdir()
    path.write_bytes(attack.file)
    before = path.stat()
    limits = QUICK if attack.slow else LIMITS
    result = graded(path, limits=limits, only=(attack.exercise,), level=level)
    assert path.read_bytes() == attack.file and path.stat().st_mtime_ns == before.st_mtime_ns
    return result["exercises"][attack.exercise] | {"notes": result["notes"], "whole": result["verdict"]}


def complaints(attack: Attack, entry: dict) -> list[str]:
    """What is wrong with the outcome of an attack."""
    found = []
    if entry["verdict"] not in results.VERDICTS or entry["verdict"] not in attack.verdicts:
        found.append(f"verdict {entry['verdict']}, wanted {attack.verdicts}")
    if entry["points"] > 2 or entry["code"] == "correct":  # all that a wrong answer earns is its shape
        found.append(f"{entry['points']} points, {entry['code']}")
    if attack.codes and entry["code"] not in attack.codes:
        found.append(f"code {entry['code']}, wanted {attack.codes}")
    if any("Found" in note for note in entry["notes"]):
        found.append("it found what it must not find")
    if "Traceback" in str(entry) or re.search(r"order \d|'sent'|'body'|visible", entry["told"]):
        found.append(f"it tells {entry['told']!r}")
    return found


def left_behind() -> list[str]:
    """What attacks left on this machine: files with their mark, and processes of the jail's users."""
    places = [Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path("/"), Path.cwd()]
    files = [str(path) for place in places if place.is_dir() for path in place.glob(f"{MARK}*")]
    until = time.monotonic() + 10
    while jails := [one["pid"] for one in processes() if _is_orphan(one)]:
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    return files + jails


def _is_orphan(one: dict[str, str]) -> bool:
    """Whether a process is one of a jail that nobody waits for."""
    return one["ppid"] == "1" and jail.UID <= int(one["uid"]) < jail.UID + 1000


EACH = [attack for name in CODE for attack in some(attacks(name), 8)]


@pytest.mark.sampled
@pytest.mark.parametrize("attack", EACH, ids=lambda attack: f"{attack.exercise}-{attack.name[:40]!r}")
def test_an_attack_gets_a_listed_verdict_and_no_point_that_it_did_not_earn(attack, tmp_path):
    assert complaints(attack, outcome(attack, tmp_path)) == []


# Where there are no namespaces


ON_L2 = (
    "files that carry a state", "kills each", "memory of its parent", "banks on the disk", "abstract socket",
    "deaf to the signal of its time", "thread bomb", "os._exit", "fork bomb", "limits of its parent",
)  # fmt: skip
"""Attacks on what keeps L2 shut, which each run takes; a nightly one takes all of them."""

SEEN_ON_L2 = ("memory of its parent", "files of the teacher")
"""What L2 doesn't promise: which files exist, and so which processes, can be seen; nothing in them is."""

ALL_ON_L2 = sorted(
    (one for name in CODE for one in attacks(name)),
    key=lambda one: one.exercise != "E9" or one.name not in ON_L2,
)


@pytest.fixture
def files_closed():
    if not jail._closes():
        pytest.skip(f"there is no L2 here: {jail.cure_of_files()}")


@pytest.mark.sampled
@pytest.mark.parametrize(
    "attack", some(ALL_ON_L2, len(ON_L2)), ids=lambda attack: f"{attack.exercise}-{attack.name[:40]!r}"
)
def test_without_namespaces_an_attack_fares_as_in_a_jail(attack, tmp_path, files_closed):
    found = complaints(attack, outcome(attack, tmp_path, "L2"))
    if attack.name in SEEN_ON_L2:
        found = [one for one in found if one != "it found what it must not find"]
    assert found == []


def test_on_l2_nothing_is_read_but_python_and_nothing_is_changed(tmp_path, files_closed):
    """Each try is told by its error: a file, a folder, a process, the course itself, rights and times."""
    own = hand_in(tmp_path, "key", "1")
    course = Path(jail.cloudlab.__file__).parent
    tries = {
        "a file": f"open({str(own)!r})",
        "a folder": f"os.listdir({str(tmp_path)!r})",
        "the exercises": f"open({str(course / 'exercises' / '__init__.py')!r})",
        "a process": "open(f'/proc/{os.getppid()}/maps')",
        "itself": "open('/proc/self/environ')",
        "users": "open('/etc/passwd')",
        "a new file": f"open({str(tmp_path / 'new')!r}, 'w')",
        "rights": f"os.chmod({str(own)!r}, 0o777)",
        "time": f"os.utime({str(own)!r})",
        "length": f"os.truncate({str(own)!r}, 0)",
        "owner": f"os.chown({str(own)!r}, 1, 1)",
        "removal": f"os.unlink({str(own)!r})",
        "another name": f"os.rename({str(own)!r}, {str(own) + '2'!r})",
        "a socket": "__import__('socket').socket()",
        "longer than its parent": "0 if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0 else 1 / 0",
    }
    before = own.stat()
    cell = f"import os, ctypes\nresults = []\nfor name, code in {tries!r}.items():\n    try:\n        eval(code)\n"
    cell += "    except (PermissionError, ZeroDivisionError):\n        continue\n    results.append(name)\n"
    told = "raise type('Did_' + '_'.join(results).replace(' ', '_'), (Exception,), {}) if results else ValueError"
    result = graded(hand_in(tmp_path, "eve", cell, told, *CONFIG), level="L2")
    assert result["notes"][0] == "A cell raised: cell 2: ValueError."
    assert (result["exercises"]["E9"]["points"], result["isolation"]) == (10, "L2")
    assert own.stat() == before


# In a container


ON_L3 = (
    "files that carry a state", "folders that carry a state", "memory of each", "a terminal for two", "kills each",
)  # fmt: skip
"""Attacks on what a container leaves open, which each run takes; a nightly one takes all of them."""

CALLED_ON_L3 = ("forged replies when called", "state in a file", "kills when called", "os._exit when called")
"""Those of a function or a program that does it when it is called, where two of its runs may live side by side."""

ALL_ON_L3 = [
    attack
    for name, first in (("E9", ON_L3), ("E15", CALLED_ON_L3[:2]), ("E13", CALLED_ON_L3))
    for attack in some(sorted(attacks(name), key=lambda one: one.name not in first), len(first))
]


@pytest.fixture
def contained(tmp_path, monkeypatch):
    """An engine of containers, in whose containers some folders can be written to; a real one where it is asked for."""
    made = os.environ.get("CLOUDLAB_ENGINE") or engine.program(tmp_path / "bin" / "podman")
    monkeypatch.setattr(container, "engine", lambda: str(made))
    caches = (container.possible, jail._contains)
    for one in caches:
        one.cache_clear()
    yield
    for one in caches:
        one.cache_clear()


@pytest.mark.sampled
@pytest.mark.parametrize("attack", ALL_ON_L3, ids=lambda attack: f"{attack.exercise}-{attack.name[:40]!r}")
def test_in_a_container_an_attack_fares_as_in_a_jail(attack, tmp_path, contained):
    found = complaints(attack, outcome(attack, tmp_path, "L3"))
    if attack.name in SEEN_ON_L2:  # its own /proc and /etc are there, with nothing of the teacher's
        found = [one for one in found if one != "it found what it must not find"]
    assert found == []


LEVELS = {"L1": "tmp_path", "L2": "files_closed", "L3": "contained"}
"""The levels of a jail, and the fixture that each needs."""


# A course that lies among what is shown


@pytest.mark.parametrize("level", ["L1", "L2"])
@pytest.mark.parametrize("kind", ["installed", "a repository"])
def test_a_course_that_lies_where_python_does_is_hidden(kind, level, tmp_path, monkeypatch, files_closed):
    """As one that is installed for all users, or a repository below /usr with its environment in it."""
    home = tmp_path / "open" / "course"
    real = Path(jail.cloudlab.__file__).parent
    shutil.copytree(real / "exercises" / "sqs", home / "cloudlab" / "exercises" / "sqs")
    (home / "cloudlab" / "__init__.py").write_text("", encoding="utf-8")
    site = home / ".venv" / "site-packages"
    site.mkdir(parents=True)
    (site / "beside.py").write_text("HERE = True", encoding="utf-8")
    if kind == "a repository":
        (home / "pyproject.toml").write_text("", encoding="utf-8")
        (home / "tests" / "banks").mkdir(parents=True)
        (home / "tests" / "handed_in.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(jail, "_package", lambda: home / "cloudlab")
    needed, packages = jail._needed(), jail._site_packages()
    monkeypatch.setattr(jail, "_needed", lambda: [*needed, tmp_path / "open"])
    monkeypatch.setattr(jail, "_site_packages", lambda: [*packages, site])
    for path in [*tmp_path.parents, *tmp_path.rglob("*"), tmp_path]:
        if path.stat().st_uid == os.getuid() and path.is_relative_to(Path(tempfile.gettempdir())):
            path.chmod(path.stat().st_mode | 0o055)  # so that a jail's user could look
    look = "import os\nfound = []\n"
    look += f"for place, folders, files in os.walk({str(home)!r}):\n    for name in files:\n"
    look += "        try:\n            found += [name] if open(f'{place}/{name}') else []\n"
    look += "        except OSError:\n            pass\n"
    look += "    try:\n        os.mkdir(f'{place}/state')\n"
    look += "    except OSError:\n        continue\n    raise SystemError\n"
    look += "if {*found} - {'beside.py'}:\n    raise LookupError\nimport beside\nraise EOFError"
    result = graded(hand_in(tmp_path, "eve", look, *CONFIG), level=level)
    assert result["notes"][0] == "A cell raised: cell 1: EOFError."
    assert result["exercises"]["E9"]["points"] == 10


def test_on_l2_nothing_goes_on_when_the_grader_is_killed(tmp_path, files_closed):
    """A run that never ends, in a process whose grader dies by a signal."""
    path = hand_in(tmp_path, "eve", "while True: pass", *CONFIG)
    code = "from pathlib import Path\nfrom cloudlab.grading.grader import Work, grade_one\n"
    code += f"grade_one(Work(Path({str(path)!r}), 'eve', {SALT!r}, 'L2'))"
    run = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)})
    while not (tree := below(run.pid)) or not any(below(one) for one in tree):
        assert run.poll() is None
        time.sleep(0.05)
    inside = [*tree, *(two for one in tree for two in below(one))]
    run.kill()
    run.wait()
    until = time.monotonic() + 60
    while {one["pid"] for one in processes()} & set(map(str, inside)):
        assert time.monotonic() < until, "something of a killed grader goes on"
        time.sleep(0.05)


def below(number: int) -> list[int]:
    """The processes that this one began."""
    return [int(one["pid"]) for one in processes() if one["ppid"] == str(number)]


# What is left, and who comes next


def honest(folder: Path, student: str = "ann", name: str = "E9") -> Path:
    """A worked solution that is handed in."""
    return hand_in(folder, student, *answer(name, BANKS[words.lessons()[name]].WORKED[name]))


@pytest.mark.sampled
@pytest.mark.parametrize("turn", some(range(20)))
def test_after_a_fork_bomb_the_next_one_gets_full_marks_at_once(turn, tmp_path):
    (bomb,) = (attack for attack in attacks("E9") if attack.name == "fork bomb")
    path = tmp_path / "eve" / "work.ipynb"
    path.parent.mkdir()
    path.write_bytes(bomb.file)
    for _ in range(2):
        assert graded(path)["exercises"]["E9"]["verdict"] == "graded"
        assert graded(honest(tmp_path))["exercises"]["E9"]["points"] == 10
    assert left_behind() == []


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(["E9", "E13", "E15"], 1))
def test_a_submission_graded_again_and_again_has_one_grade_also_under_load(name, tmp_path):
    path = honest(tmp_path, name=name)
    burn = [sys.executable, "-c", "while True: pass"]
    load = [subprocess.Popen(burn) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        one_check_at_a_time = get_context("forkserver")
        with ProcessPoolExecutor(2, mp_context=one_check_at_a_time) as several:
            found = list(several.map(graded, [path] * len(some(range(20), 2))))
    finally:
        for one in load:
            one.kill()
            one.wait()
    entries = [result["exercises"][name] for result in found]
    assert entries[0]["points"] == 10 and all(entry == entries[0] for entry in entries)


@pytest.mark.sampled
@pytest.mark.parametrize("where, level", some([(one, level) for one in STATE for level in LEVELS], 3))
def test_what_a_program_remembers_by_itself_is_gone_when_it_dies(where, level, tmp_path, request):
    request.getfixturevalue(LEVELS[level])
    entry = graded(hand_in(tmp_path, "eve", *remembers(where)), level=level)["exercises"]["E13"]
    assert (entry["verdict"], entry["code"], entry["stage"]) == ("graded", "not_idempotent", "objective")
    assert entry["points"] == 4


@pytest.mark.parametrize("level", LEVELS)
def test_programs_that_run_at_once_can_not_speak_to_each_other(level, tmp_path, request):
    """Two clerks of E13 live in one jail: neither sees that the other one is there."""
    request.getfixturevalue(LEVELS[level])
    code = (
        (
            "import os\n\n\ndef consume(queue, table):\n"
            "    for one in range(1, 400):\n"
            "        try:\n"
            "            if one != os.getpid() and os.getpgid(one) >= 0:\n"
            "                return\n"
            "        except OSError as error:\n"
            "            if error.errno != 1:\n"  # 'no such process' would tell them apart
            "                return\n"
        )
        + "".join(f"    {line}\n" for line in BANKS["sqs"].WORKED["E13"].strip().splitlines()[2:-3])
    )
    path = hand_in(tmp_path, "eve", *answer("E13", code, "consume"))
    assert graded(path, level=level)["exercises"]["E13"]["points"] == 10


def test_time_is_bounded_for_all_calls_together_too(tmp_path):
    begun = time.monotonic()
    code = "import time\n\n\ndef decide(history):\n    time.sleep(0.5)\n    return 10"
    path = hand_in(tmp_path, "eve", *answer("E15", code, "decide"))
    entry = graded(path, limits=Limits(waiting=4.0))["exercises"]["E15"]
    assert (entry["verdict"], entry["points"]) == ("timeout", 0)
    code = "def decide(history):\n    return sum(1 for _ in range(500_000)) and 10"
    path = hand_in(tmp_path, "eve", *answer("E15", code, "decide"))
    entry = graded(path, limits=Limits(cpu=2, together=4))["exercises"]["E15"]
    assert (entry["verdict"], entry["points"]) == ("timeout", 0)
    assert time.monotonic() - begun < 120


def test_no_more_than_a_student_may_know_crosses_the_pipe(tmp_path):
    """All that a worker is told before its cells have run: no seed, no luck, no salt."""
    said: list[str] = []

    class Listening(Worker):
        def order(self, order, given=()):
            said.append(repr(order))
            super().order(order, given)

    exercise = definition("E13")
    draw = variants.draw(SALT, "E13", "ann", len(variants.pool("E13")))
    variant = variants.variant("E13", draw.variant)
    cells = answer("E13", BANKS["sqs"].WORKED["E13"])
    with Listening(jail.made("L1"), cells, {"E13": exercise.scenario(variant)}, Limits()) as worker:
        verdict = judge(exercise, None, variant, draw.seeds, caller=caller(worker, exercise))
    assert verdict.correct and len(said) > 100
    for seed in draw.seeds:
        assert not [one for one in said if str(seed) in one]
    assert not [one for one in said if SALT in one or "luck" in one]


# The filter of calls, on both kinds of machine


def allowed(machine: str, number: int, *given: int) -> bool:
    """Whether both filters of a child let a call through."""
    both = (fence.closed(machine), fence.closed_in_child(machine, own=7))
    return all(_lets_through(steps, machine, number, *given) for steps in both)


def _lets_through(steps: list[fence.Step], machine: str, number: int, *given: int) -> bool:
    """What a filter says to a call: the steps as the kernel takes them."""
    words_ = [number, fence.MACHINES[machine][1], 0, 0]
    for value in (*given, *[0] * (6 - len(given))):
        words_ += [value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF]
    at, register = 0, 0
    while True:
        code, yes, no, value = steps[at]
        if code == fence.GIVE:
            return value == fence.YES
        if code == fence.LOAD:
            register = words_[value // 4]
        else:
            passed = {
                fence.EQUAL: register == value,
                fence.AT_LEAST: register >= value,
                fence.ANY_OF: bool(register & value),
            }[code]
            at += yes if passed else no
        at += 1


@pytest.mark.parametrize("machine", fence.MACHINES)
def test_calls_that_reach_somebody_are_closed_and_the_others_are_not(machine):
    place = fence.MACHINES[machine][0]
    for name, numbers in fence.NEVER.items():
        assert numbers[place] < 0 or not allowed(machine, numbers[place]), name
    assert [number for number in range(424, 600) if allowed(machine, number)] == [436, 437, 439, 441]
    assert not allowed(machine, 0x40000000)
    assert all(allowed(machine, number) for number in ((0, 1, 3, 5, 8), (63, 64, 57, 80, 62))[place])
    kill, tgkill, clone, mmap, clock, limit, send = (
        (62, 234, 56, 9, 228, 302, 44),
        (129, 131, 220, 222, 113, 261, 206),
    )[place]
    for number in (kill, tgkill):
        assert allowed(machine, number, 7, 9)
        assert not any(allowed(machine, number, pid, 9) for pid in (1, 0, -1, 8, 7 + 2**32))
    assert allowed(machine, clone, 0x10000 | 0x100) and not allowed(machine, clone, 17)
    assert allowed(machine, mmap, 0, 9, 1, 0x21) and allowed(machine, mmap, 0, 9, 1, 0x2)
    assert not allowed(machine, mmap, 0, 9, 1, 0x1) and not allowed(machine, mmap, 0, 9, 1, 0x3)
    assert allowed(machine, clock, 1) and not allowed(machine, clock, -42)
    own_only = {fence.NEVER[name][place] for name in fence.CHILDS}
    assert all(_lets_through(fence.closed(machine), machine, number) for number in own_only)
    prctl = (157, 167)[place]
    assert allowed(machine, prctl, 4) and not any(allowed(machine, prctl, one) for one in (1, 62))
    assert allowed(machine, limit, 0) and not allowed(machine, limit, 1)
    assert allowed(machine, send, 3, 1, 1, 0, 0) and not allowed(machine, send, 3, 1, 1, 0, 99)


@pytest.mark.parametrize("machine", fence.MACHINES)
def test_where_folders_can_be_written_to_files_are_opened_for_reading_only(machine):
    place, steps = fence.MACHINES[machine][0], fence.closed(machine, unwritten=True)
    assert not any(
        _lets_through(steps, machine, one[place]) for one in fence.NAMES.values() if one[place] >= 0
    )
    assert not _lets_through(steps, machine, fence.OPENAT2)  # how it opens can't be seen
    for pair, where in fence.OPENS:
        if pair[place] >= 0:
            before = [0] * where
            assert _lets_through(steps, machine, pair[place], *before, os.O_RDONLY | os.O_CLOEXEC)
            for how in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_RDWR | os.O_CLOEXEC):
                assert not _lets_through(steps, machine, pair[place], *before, how)


# Whatever comes back from a function


PLAIN = [
    None, True, False, 0, 1, -1, 10**17, -(10**17), 0.5, 1e308, -1e308, 5e-324, "", "x", "\ud800", "\0<b>", [], [[]],
    [None], [0] * 1000, ["x"] * 50, {}, {"": None}, {"x": {"x": []}}, [{}], [[1, 2], [3]], {"launch": 10**17}, "NaN",
]  # fmt: skip


@pytest.mark.parametrize(
    "name", [name for name in exercises() if not isinstance(definition(name).answer, (Config, Program))]
)
def test_no_plain_reply_is_too_much_for_a_check(name):
    """What only looks odd is a verdict, and takes no long time: the check runs in the process that must not fail."""
    exercise, variant = definition(name), variants.variant(name, 1)
    for reply in PLAIN:
        answer_ = _always(exercise.answer.name, exercise.answer.parameters, reply)
        begun = time.process_time()
        verdict = judge(exercise, answer_, variant, range(101, 121))
        assert verdict.code and 0 <= verdict.points <= 4, reply
        assert time.process_time() - begun < 20, reply


def _always(name: str, parameters: tuple[str, ...], reply):
    """A function that gives the same, whatever it is asked."""
    space: dict = {"reply": reply}
    exec(f"def {name}({', '.join(parameters)}):\n    return reply", space)
    return space[name]


# A whole class with such students in it


NAMES = (
    "=HYPERLINK(1)", "+1", "-1", "@x", "<script>alert(1)<", "'; DROP TABLE", "..", "...", " ", "\u202eevil", "CON",
    "％00", "a\nb", "\x1b[31m", "＝1+1", "x" * 200, "é", "e\u0301", b"\xff\xfe".decode("utf-8", "surrogateescape"),
)  # fmt: skip


def quiet(*told):
    """Nobody listens."""


def test_a_class_with_odd_names_and_broken_files_is_graded_all_the_same(tmp_path, capfd, monkeypatch):
    place, secret = tmp_path / "in", tmp_path / "secret"
    wrong = ("1",)
    for number, name in enumerate(NAMES):
        if name not in ("..", "."):
            hand_in(place, name, *wrong, str(number))
    good = honest(place)
    secret.mkdir()
    honest(secret, "key")
    (place / "eve").mkdir()
    (place / "eve" / "link.ipynb").symlink_to(secret / "key" / "work.ipynb")
    (place / "folder").symlink_to(secret)
    (place / "folder.ipynb").mkdir()
    os.mkfifo(place / "pipe.ipynb")
    before = {path: path.lstat().st_mtime_ns for path in place.rglob("*")}
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    order = Order(place, tmp_path / "out", SALT, jobs=2, only=("E9",))
    done = grade_class(order, quiet)
    assert done.failed == 0
    table = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")
    assert "ann,10,,10,graded,correct" in table.splitlines()
    assert not [line for line in table.splitlines() if line.lstrip('" ')[:1] in ("=", "+", "-", "@", "＝")]
    assert "It is a link to another file" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.html")]
    assert not [page for page in pages if re.search(r"<script|\x1b|\u202e", page)]
    assert len(list((tmp_path / "out" / "students").iterdir())) == done.students
    assert {path: path.lstat().st_mtime_ns for path in place.rglob("*")} == before
    assert not list(tmp_path.glob("cloudlab-*"))  # what a jail holds is gone with it
    assert good.is_file() and "Traceback" not in "".join(capfd.readouterr())


def test_a_mark_by_hand_for_a_name_like_a_formula_survives():
    row = {"=ann": {"E9": {"points": 5.0, "verdict": "graded", "code": "wrong_link"}}}
    table = report.grades(row, ["E9"], {"'=ann": "2"})
    assert table.splitlines()[1] == "'=ann,7,2,5,graded,wrong_link"


# Killed in the middle


def contents(folder: Path) -> dict[str, str]:
    """The result files, without how long each took."""
    files = (folder / "results").glob("*")
    return {path.name: re.sub(r'"seconds": [\d.]+', "", path.read_text(encoding="utf-8")) for path in files}


def killed_again_and_again(folder: Path, submissions: int, kills: int, dice: random.Random) -> None:
    """Grade so many, killed at so many moments, and then to the end: the same files as of a run in peace."""
    for number in range(submissions):
        hand_in(folder / "in", f"s{number}", *answer("E9", CODE["E9"]), f"{number}")
    (folder / "salt").write_text(SALT, encoding="utf-8")
    line = [sys.executable, "-m", "cloudlab", "grade", str(folder / "in"), "--jobs", "2"]
    line += ["--salt-file", str(folder / "salt"), "--isolation", "L1", "--to"]
    for _ in range(kills):
        run = subprocess.Popen(
            [*line, str(folder / "killed")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(dice.uniform(0.2, 8.0))
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        until = time.monotonic() + 60
        while of_session(run.pid):
            assert time.monotonic() < until, "something of a killed run goes on"
            time.sleep(0.05)
    for to in ("killed", "peace"):
        ended = subprocess.run([*line, str(folder / to)], capture_output=True, text=True)
        assert ended.returncode == 0 and "Traceback" not in ended.stderr
    assert contents(folder / "killed") == contents(folder / "peace")
    assert len(contents(folder / "peace")) == submissions
    assert left_behind() == []


@pytest.mark.nightly
def test_a_class_that_is_killed_at_fifty_moments_has_the_same_results(tmp_path):
    killed_again_and_again(tmp_path, 100, 50, random.Random(1))
