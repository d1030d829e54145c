"""Machines without a network: a folder of wheels that is whole or says what is wrong, lessons that ask for nothing."""

import json
import os
import re
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import wheels
from places import NOTEBOOKS, ROOT
from samples import some

import cloudlab
from cloudlab.shell import Fault, bundle, cli, doctor, quiet

ME = f"cp{sys.version_info.major}{sys.version_info.minor}"


def wheel(folder, name, version="1.0", *requires, tag="py3-none-any"):
    """A small wheel that holds one empty module."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    lines += [f"Requires-Dist: {one}\n" for one in requires]
    lines += [f"Provides-Extra: {extra}\n" for extra in re.findall(r'extra == "(\w+)"', " ".join(requires))]
    with zipfile.ZipFile(folder / f"{plain}-{version}-{tag}.whl", "w") as packed:
        packed.writestr(f"{plain}.py", "")
        packed.writestr(f"{info}/METADATA", "".join(lines))
        packed.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"
        )
        packed.writestr(
            f"{info}/RECORD", f"{plain}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )


ELSEWHERE = "win32" if sys.platform != "win32" else "linux"


@pytest.fixture
def folder(tmp_path):
    """A folder of small wheels that is whole: extras, markers and several levels are in it."""
    made = tmp_path / "wheels"
    made.mkdir()
    wheel(made, "cloudlab-course", "0.1", "alpha[fast]>=1,<2", f'never>=1; sys_platform == "{ELSEWHERE}"')
    wheel(made, "alpha", "1.5", "beta>=2", 'Gamma_x>=1; extra == "fast"', 'delta; extra == "slow"')
    wheel(made, "beta", "2.0", 'epsilon; python_version >= "3.11"')
    wheel(made, "gamma-x", "1.0", tag=f"{ME}-none-any")
    wheel(made, "epsilon", "7")
    close(made)
    return made


def close(folder, constraints="alpha==1.5\nbeta==2.0\n"):
    (folder / "constraints.txt").write_text(constraints, encoding="utf-8")
    bundle._tell(folder, folder.name)


def gone(name):
    return lambda folder: next(folder.glob(f"{name}-*.whl")).unlink()


def swapped(name, version, *requires, tag="py3-none-any"):
    def swap(folder):
        gone(name)(folder)
        wheel(folder, name, version, *requires, tag=tag)

    return swap


CASES = {
    "whole": (lambda folder: None, ""),
    "one is missing": (gone("beta"), "beta is missing in "),
    "one of an extra is missing": (gone("gamma_x"), "gamma-x is missing in "),
    "the last one is missing": (gone("epsilon"), "epsilon is missing in "),
    "too old": (swapped("beta", "1.9"), "beta is version 1.9, but must be >=2 in "),
    "for another Python": (
        swapped("epsilon", "7", tag="cp27-none-any"),
        "is for another Python or system than ",
    ),
    "for another system": (
        swapped("epsilon", "7", tag=f"{ME}-{ME}-atari"),
        "is for another Python or system than ",
    ),
    "a newer one beside it": (lambda folder: wheel(folder, "epsilon", "8"), ""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_check_says_is_what_pip_does_without_a_network(folder, case):
    change, sentence = CASES[case]
    change(folder)
    close(folder)
    found = bundle.faults(folder)
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-index", "-q"]
    done = subprocess.run(
        [*command, "--find-links", str(folder), "cloudlab-course"], capture_output=True, text=True
    )
    assert (done.returncode == 0) == (found == []), done.stderr
    assert len(found) == bool(sentence) and all(sentence in one and one.endswith(".") for one in found)


def test_a_version_that_the_constraints_do_not_name_is_told(folder):
    close(folder, f'alpha==1.5\nbeta==2.1\nepsilon==8 ; sys_platform == "{ELSEWHERE}"\n')
    (found,) = bundle.faults(folder)
    assert found.startswith("beta is version 2.0, but constraints.txt says 2.1 in ")


def test_a_copy_that_is_not_whole_is_told_before_anything_else(folder):
    path = next(folder.glob("beta-*.whl"))
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    assert (
        "beta-2.0-py3-none-any.whl in" in bundle.faults(folder)[0] and "is broken" in bundle.faults(folder)[0]
    )
    path.unlink()
    assert bundle.faults(folder) == [
        f"beta-2.0-py3-none-any.whl is missing in {folder}: copy the folder again."
    ]
    path.write_bytes(content)
    assert bundle.faults(folder) == []
    (folder / "SHA256SUMS.txt").unlink()
    assert "has no SHA256SUMS.txt or no constraints.txt" in bundle.faults(folder)[0]
    assert "holds no wheel" in bundle.faults(folder / "nowhere")[0]


def test_what_is_no_wheel_at_all_is_a_sentence(folder):
    next(folder.glob("beta-*.whl")).write_bytes(b"PK")
    (folder / "odd.whl").write_bytes(b"")
    close(folder)
    told = " ".join(bundle.faults(folder))
    assert "it is no wheel: badzipfile" in told.lower()


def test_of_two_that_make_one_folder_at_once_one_is_whole_and_the_other_says_why(
    folder, tmp_path, monkeypatch
):
    lays = tmp_path / "lays.py"  # stands for pip
    lays.write_text(
        "import shutil, sys, pathlib\nto = sys.argv[sys.argv.index('-w') + 1]\n"
        f"for one in pathlib.Path({str(folder)!r}).glob('*.whl'):\n    shutil.copy(one, to)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("cloudlab.shell.bootstrap.clone", lambda: folder)
    made, others = tmp_path / "made", []

    @contextmanager
    def pip():
        if not others:
            others.append(1)
            bundle.make(made)  # another one begins, and ends, while this one collects
        yield [sys.executable, str(lays)]

    monkeypatch.setattr(bundle, "_pip", pip)
    with pytest.raises(Fault, match=r"made can't be made \("):
        bundle.make(made)
    assert bundle.faults(made) == []
    assert not list(tmp_path.glob(".*.part"))


def test_what_is_mistyped_is_one_sentence_and_makes_nothing(folder, monkeypatch, capsys):
    assert cli.main(["class", "wheels", str(folder)]) == 1
    assert (
        capsys.readouterr().err == f"cloudlab: {folder} is there already and not empty: name a new folder.\n"
    )
    monkeypatch.setattr("cloudlab.shell.bootstrap.clone", lambda: None)
    with pytest.raises(Fault, match="an installed copy can't make the folder of wheels"):
        bundle.make(folder.parent / "new")
    assert [path.name for path in folder.parent.iterdir()] == ["wheels"]


def test_this_python_has_all_that_the_course_needs_and_a_lack_is_told(monkeypatch):
    assert list(bundle.installed()) == []
    distribution = bundle.importlib.metadata.distribution

    def without(name):
        if name == "traitlets":
            raise bundle.importlib.metadata.PackageNotFoundError
        return distribution(name)

    monkeypatch.setattr(bundle.importlib.metadata, "distribution", without)
    assert list(bundle.installed()) == [
        "traitlets is not installed, but the course needs it: install the course again."
    ]


# --- a lesson that asks for nothing -----------------------------------------------------------------------


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(sorted(path.name for path in NOTEBOOKS.glob("[0-9]*.ipynb")), 2))
def test_a_lesson_asks_the_network_for_nothing(name):
    assert quiet.asked(NOTEBOOKS / name) == ([], "")


def lesson(path, *cells):
    made = [{"cell_type": "code", "id": f"c{place}", "source": cell} for place, cell in enumerate(cells)]
    path.write_text(json.dumps({"cells": made}), encoding="utf-8")
    return path


def test_a_lesson_that_asks_for_something_is_caught(tmp_path):
    asking = """
import socket, contextlib
for host in ("192.0.2.7", "2001:db8::1", "127.0.0.1"):
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET).connect((host, 9))
"""
    named = "import contextlib, urllib.request\nwith contextlib.suppress(OSError):\n    urllib.request.urlopen('http://pictures.invalid/x')"
    asked, fault = quiet.asked(lesson(tmp_path / "a.ipynb", asking, named))
    assert fault == "" and asked == ["('192.0.2.7', 9)", "('2001:db8::1', 9)", "pictures.invalid"]


def test_a_lesson_that_fails_is_told_with_its_cell(tmp_path):
    failing = lesson(tmp_path / "a.ipynb", "print(1)", "1 / 0", "print(2)")
    assert quiet.asked(failing) == ([], "ZeroDivisionError in the cell c1")
    asked, fault = quiet.asked(lesson(tmp_path / "b.ipynb", "import os; os._exit(3)"))
    assert asked == [] and fault == "it ended with code 3"


@pytest.mark.parametrize(
    ("address", "here"),
    [
        (("127.0.0.1", 1), True),
        (("::1", 1, 0, 0), True),
        ("localhost", True),
        ("/run/x.sock", True),
        (b"\0abstract", True),
        (None, True),
        (("10.0.0.1", 1), False),
        ("example.org", False),
        (("fe80::1%eth0", 1), False),
    ],
)
def test_which_addresses_are_this_machines_own(address, here):
    assert quiet.is_here(address) is here


def test_the_doctor_tells_of_both(folder, monkeypatch, capsys):
    for name in (
        "packages",
        "python_on_the_path",
        "widgets",
        "browser",
        "write_access",
        "hidden",
        "distribution",
    ):
        monkeypatch.setattr(doctor, name, list)
    assert cli.main(["doctor", "--offline", str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[2] == f"{folder} holds all 5 packages for {bundle.here()}."
    assert said[3] == "00_start_here.ipynb ran to its end, and asked no network for anything."
    gone("beta")(folder)
    monkeypatch.setattr(quiet, "asked", lambda path: (["example.org"], ""))
    assert cli.main(["doctor", "--offline", str(folder)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("- beta-2.0-py3-none-any.whl is missing in ")
    assert said[1] == "- 00_start_here.ipynb asks the network for example.org: install the course again."
    assert len(said) == 2


# --- the whole way ----------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_machine_without_a_network_installs_the_course_from_the_folder_and_the_doctor_is_content(tmp_path):
    """The two lines of its README, with a pip that may ask nobody. The wheels are those of what is installed here."""
    links = tmp_path / "links"
    wheels.repacked(links, [one.partition(";")[0] for one in _wanted()])
    no_network = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(links), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {"PYTHONUTF8": "1", "BROWSER": sys.executable, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    made = run(tmp_path, env | no_network, sys.executable, "-m", "cloudlab", "class", "wheels", "stick")
    held = rf"stick holds \d+ packages for {re.escape(bundle.here())}, \d+ MB; .*README.txt says what to type"
    assert re.search(held, made)
    stick = tmp_path / "stick"
    for path in (stick / "README.txt", stick / "constraints.txt", stick / "SHA256SUMS.txt"):
        assert not re.search(r"https?://", path.read_text(encoding="utf-8")), path
    with zipfile.ZipFile(next(stick.glob(f"cloudlab_course-{cloudlab.__version__}-*.whl"))) as packed:
        about = packed.read(next(one for one in packed.namelist() if one.endswith("METADATA"))).decode(
            "utf-8"
        )
    assert not re.search(r"^(Download-URL|Requires-Dist): .*https?://", about, re.MULTILINE)
    readme = (stick / "README.txt").read_text(encoding="utf-8")
    system = readme.partition("On Windows:")[0 if os.name != "nt" else 2]
    lines = [line.split() for line in system.splitlines() if line.startswith("  ")][:2]
    making, installing = lines
    run(tmp_path, env, sys.executable, *making[1:] if os.name != "nt" else making[2:])
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/"}
    run(tmp_path, env | nowhere, str(tmp_path / installing[0]), *installing[1:])
    program = tmp_path / "cloudlab-env" / ("Scripts/cloudlab.exe" if os.name == "nt" else "bin/cloudlab")
    told = run(tmp_path, env, str(program), "doctor", "--offline", "stick")
    assert told.startswith("No fault found") and "00_start_here.ipynb ran to its end" in told


def _wanted():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked_for = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)[1]
    return [*re.findall(r"""^\s*["']([^"']+)""", asked_for, re.MULTILINE), "hatchling"]


def run(folder: Path, env: dict, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, encoding="utf-8", errors="replace"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
