"""From a clone with nothing installed to a Python that has the packages."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from places import ROOT

from cloudlab import __main__ as door
from cloudlab.shell import Fault, bootstrap, environment, process, requirements


@pytest.fixture
def fresh(tmp_path):
    """A fresh clone in a folder whose name has a space and a letter outside ASCII."""
    root = tmp_path / "a clone é"
    shutil.copytree(ROOT / "cloudlab", root / "cloudlab", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root / name)
    return root


def make_venv(root: Path) -> Path:
    """A real `.venv` without packages, in which the clone's `cloudlab` can be imported."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    python = environment.venv_python(root)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run(
        [python, "-X", "utf8", "-c", code], check=True, capture_output=True, encoding="utf-8"
    )
    (Path(packages.stdout.strip()) / "clone.pth").write_text(str(root) + "\n", encoding="utf-8")
    return python


def cloudlab_in(root: Path, *words: str) -> subprocess.CompletedProcess:
    """`python -m cloudlab …` in the clone, by a Python that lacks the packages (-S: no installed ones)."""
    utf8 = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-S", "-m", "cloudlab", *words],
        cwd=root,
        env=utf8,
        capture_output=True,
        encoding="utf-8",
    )


# --- the door ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["__init__.py", "__main__.py"])
def test_the_door_can_be_read_by_an_old_python(file):
    ast.parse((ROOT / "cloudlab" / file).read_text(encoding="ascii"), feature_version=(3, 6))


def test_an_old_python_gets_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    with pytest.raises(SystemExit) as leaving:
        door.main()
    assert str(leaving.value).startswith("cloudlab needs Python 3.11 or newer, but this is Python 3.8: ")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no commands such as python3.12")
def test_an_old_python_names_a_newer_one_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert door.cure() == "install a newer one, for example from python.org, and start it with that"
    for name in ("python3.9", "python3.11", "python3.13"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    assert door.cure() == "start it with `python3.13 -m cloudlab`"


def test_importing_cloudlab_imports_nothing():
    code = "import sys; before = set(sys.modules); import cloudlab; print(sorted(set(sys.modules) - before))"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert printed.stdout.strip() == "['cloudlab']"


def test_the_shell_needs_only_the_standard_library_to_start(fresh):
    assert cloudlab_in(fresh, "--version").stdout.startswith("cloudlab ")
    assert cloudlab_in(fresh, "strat").returncode == 2


# --- .venv ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("os_name, end", [("nt", "Scripts/python.exe"), ("posix", "bin/python")])
def test_where_the_python_of_a_venv_lies(tmp_path, os_name, end):
    assert environment.venv_python(tmp_path, os_name).as_posix().endswith(".venv/" + end)


@pytest.mark.parametrize(
    "platform, os_release, cure",
    [
        ("linux", "id=debian\n", "run `sudo apt install python3.12-venv`"),
        ("linux", "id=linuxmint\nid_like=ubuntu\n", "run `sudo apt install python3.12-venv`"),
        ("linux", "id=fedora\n", "install a complete Python (3.11 or newer)"),
        ("darwin", "", "install a complete Python (3.11 or newer)"),
        ("win32", "", "install a complete Python (3.11 or newer)"),
    ],
)
def test_a_python_without_venv_is_cured_by_one_command(platform, os_release, cure):
    sentence = environment.venv_cure(platform, os_release, (3, 12))
    assert sentence.startswith(f"this Python lacks its venv module: {cure}")


def test_a_stamped_venv_is_whole_until_something_decisive_changes(fresh):
    make_venv(fresh)
    assert not environment.is_whole(fresh, ())
    environment.write_stamp(fresh, ("test",))
    assert environment.is_whole(fresh, ()) and environment.is_whole(fresh, ("test",))
    assert not environment.is_whole(fresh, ("benchmarks",))
    with open(fresh / "constraints.txt", "a", encoding="utf-8") as constraints:
        constraints.write("simpy==4.1.3\n")
    assert not environment.is_whole(fresh, ())


def test_another_comment_in_pyproject_changes_nothing(fresh):
    before = environment.inputs(fresh)
    pyproject = fresh / "pyproject.toml"
    pyproject.write_text("# hello\n" + pyproject.read_text(encoding="utf-8"), encoding="utf-8")
    assert environment.inputs(fresh) == before
    pyproject.write_text(
        pyproject.read_text(encoding="utf-8").replace("simpy>=4.1", "simpy>=4.0"), encoding="utf-8"
    )
    assert environment.inputs(fresh) != before


def test_a_stamped_venv_is_entered_at_once(fresh):
    python = make_venv(fresh)
    environment.write_stamp(fresh, ())
    printed = cloudlab_in(fresh, "doctor").stdout
    assert "setting up" not in printed
    assert f"The packages are not set up for this Python ({python})" in printed


def test_the_exit_code_of_the_inner_run_is_passed_on(fresh):
    make_venv(fresh)
    environment.write_stamp(fresh, ())
    assert cloudlab_in(fresh, "execute", "missing.ipynb").returncode == 1
    assert cloudlab_in(fresh, "doctor").returncode == 1


def test_a_venv_that_others_made_is_built_on_and_a_broken_one_is_not(fresh):
    python = make_venv(fresh)
    assert environment.is_usable(fresh)
    (fresh / ".venv" / environment.UNFINISHED).touch()
    assert not environment.is_usable(fresh)
    (fresh / ".venv" / environment.UNFINISHED).unlink()
    environment.write_stamp(fresh, ())
    assert environment.is_usable(fresh)
    python.unlink()
    assert not environment.is_usable(fresh)
    assert not environment.is_whole(fresh, ())


def test_a_venv_whose_python_was_uninstalled_is_not_whole(fresh):
    make_venv(fresh)
    environment.write_stamp(fresh, ())
    assert environment.is_whole(fresh, ())
    settings = fresh / ".venv" / "pyvenv.cfg"
    settings.write_text("home = " + str(fresh / "gone") + "\n", encoding="utf-8")
    assert not environment.is_whole(fresh, ())


def test_a_venv_that_was_moved_is_not_built_on(fresh):
    make_venv(fresh)
    environment.write_stamp(fresh, ())
    moved = fresh.with_name("moved")
    fresh.rename(moved)
    assert not environment.is_whole(moved, ())
    assert not environment.is_usable(moved)
    environment.clear(moved)
    assert not (moved / ".venv").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"root": 1}'])
def test_a_broken_stamp_counts_as_none(fresh, content):
    make_venv(fresh)
    (fresh / ".venv" / environment.STAMP).write_text(content, encoding="utf-8")
    assert not environment.is_whole(fresh, ())


def test_a_folder_that_only_happens_to_be_called_venv_stays(fresh):
    (fresh / ".venv").mkdir()
    (fresh / ".venv" / "poem.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Fault, match="is in the way and is no virtual environment: move it elsewhere"):
        environment.clear(fresh)
    assert (fresh / ".venv" / "poem.txt").exists()


def test_a_python_that_has_this_clone_and_its_packages_is_used_as_it_is():
    assert bootstrap.complete(ROOT, ("test",))


def test_a_python_that_has_another_clone_is_not_used(fresh):
    assert not bootstrap.complete(fresh, ())


def test_a_program_called_uv_that_does_not_run_is_no_uv(tmp_path, monkeypatch):
    if os.name == "nt":
        pytest.skip("Only on systems where a text file can be a program.")
    launcher = tmp_path / "uv"
    monkeypatch.setenv("PATH", str(tmp_path))
    launcher.write_text("#!/bin/sh\nexit 127\n", encoding="ascii")
    launcher.chmod(0o755)
    assert environment.working_uv() is None
    launcher.write_text("#!/bin/sh\nexit 0\n", encoding="ascii")
    assert environment.working_uv() == str(launcher)


# --- requirements -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version, trouble",
    [
        ("4.6.0", None),
        ("4.6.10", None),
        ("4.5.9", "jupyterlab is version 4.5.9, but must be 4.6 or newer and older than 4.7"),
        ("4.7.0", "jupyterlab is version 4.7.0, but must be 4.6 or newer and older than 4.7"),
        (None, "jupyterlab is not installed"),
    ],
)
def test_a_package_outside_its_bounds_is_named(version, trouble):
    assert requirements.parse("jupyterlab<4.7,>=4.6").trouble(version) == trouble


@pytest.mark.parametrize("text", ["simpy", "simpy>=4.1", "simpy==4.1", ">=1,<2"])
def test_a_requirement_without_both_bounds_is_refused(text):
    with pytest.raises(ValueError, match="is not of the form"):
        requirements.parse(text)


# --- running another program ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 3, 30])
def test_a_program_runs_to_its_end_and_gives_its_exit_code(code):
    assert process.run([sys.executable, "-c", f"raise SystemExit({code})"]) == code


def test_death_by_a_signal_becomes_the_shells_exit_code():
    assert process.exit_code(-9) == 137


WAITS = """
import sys, time
try:
    print("waits", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    time.sleep(0.5)
    print("tidied up", flush=True)
    sys.exit(7)
"""


@pytest.mark.parametrize("name, code, printed", [("SIGINT", 7, "tidied up\n"), ("SIGTERM", 143, "")])
def test_a_signal_ends_the_program_and_then_this_one(name, code, printed):
    if os.name == "nt":
        pytest.skip("Only on systems with POSIX signals.")
    inner = f"process.run([sys.executable, '-c', {WAITS!r}])"
    outer = f"import sys; from cloudlab.shell import process; sys.exit({inner})"
    with subprocess.Popen(
        [sys.executable, "-c", outer],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as running:
        assert running.stdout.readline() == "waits\n"
        if name == "SIGINT":
            os.killpg(running.pid, signal.SIGINT)  # as a terminal does: the whole group gets it
        else:
            running.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert running.stdout.read() == printed
        assert running.wait(timeout=300) == code
        assert time.monotonic() - began < 300, "the program ran to its own end, long after the signal"


def test_the_stamp_is_readable_by_people(fresh):
    make_venv(fresh)
    environment.write_stamp(fresh, ("test",))
    stamp = json.loads((fresh / ".venv" / environment.STAMP).read_text(encoding="utf-8"))
    assert stamp == {"root": str(fresh), "inputs": environment.inputs(fresh), "extras": ["test"]}
