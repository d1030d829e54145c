"""`cloudlab doctor`: one line per fault, each with its cure."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import webbrowser
import zipfile
from pathlib import Path

import pytest
from places import ROOT

from cloudlab.grading import jail
from cloudlab.shell import bundle, doctor, environment, requirements


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home folder."""
    folder = tmp_path / "home é"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    return folder


def run_doctor(**environment) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONUTF8": "1", "BROWSER": sys.executable, **environment}
    return subprocess.run(
        [sys.executable, "-m", "cloudlab", "doctor"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )


def test_where_all_is_well_the_doctor_says_so(home):
    printed = run_doctor()
    assert printed.stdout.startswith("No fault found (Python 3.")
    assert printed.stdout.splitlines()[1] == doctor.isolation()
    assert printed.returncode == 0
    assert list(home.iterdir()) == []


def test_where_no_process_can_be_forked_nothing_is_graded_and_all_can_be_imported(monkeypatch):
    """As on Windows, which has neither `fork` nor the module `resource`."""
    monkeypatch.delattr(os, "fork", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    tried = (jail._works, jail._closes, jail._contains, jail.container.possible)
    for one in tried:
        one.cache_clear()
    assert doctor.isolation() == (
        "Others' notebooks can't be graded here: on Windows, grade in WSL2, where bubblewrap works."
    )
    for level in jail.LEVELS:
        with pytest.raises(
            jail.NoJail, match=f"^isolation {level} doesn't work here: on Windows, grade in WSL2"
        ):
            jail.made(level)
    for one in tried:
        one.cache_clear()
    code = (
        "import sys; sys.modules['resource'] = None; import cloudlab.shell.grading, cloudlab.shell.classroom"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_level_of_isolation_is_told_with_the_cure_where_it_is_not_the_best(monkeypatch):
    """It is the one that grading gets, and what is missing is named."""
    level = jail.best()
    assert doctor.isolation().startswith(f"Grading others' notebooks here: isolation {level}, ")
    jail.made(level)
    monkeypatch.setattr(jail, "best", lambda: "L4")
    monkeypatch.setattr(jail.sys, "platform", "linux")
    monkeypatch.setattr(jail.shutil, "which", lambda name: None)
    assert doctor.isolation() == (
        "Grading others' notebooks here: isolation L4, no jail: a notebook may do all that you may do on this machine. "
        "For L1, install bubblewrap (apt install bubblewrap, or dnf install bubblewrap)."
    )
    monkeypatch.setattr(jail, "best", lambda: "L2")
    assert (
        "isolation L2, Landlock: no network" in doctor.isolation() and "For L1, install" in doctor.isolation()
    )


def test_where_ubuntu_forbids_namespaces_the_cure_is_a_profile(monkeypatch, tmp_path):
    monkeypatch.setattr(jail.sys, "platform", "linux")
    monkeypatch.setattr(jail.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(jail.fence, "possible", lambda: True)
    monkeypatch.setattr(jail, "KNOB", tmp_path / "knob")
    assert jail.cure().startswith("bwrap can't make its namespaces here: try `bwrap --unshare-all")
    (tmp_path / "knob").write_text("1\n", encoding="utf-8")
    assert jail.cure().startswith("this system forbids user namespaces: allow them for bwrap")


def test_the_other_project_of_that_name_is_recognised(home, tmp_path):
    information = tmp_path / "other" / "cloudlab-9.1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: cloudlab\nVersion: 9.1\n", encoding="utf-8"
    )
    printed = run_doctor(PYTHONPATH=str(tmp_path / "other"))
    assert (
        "- The distribution cloudlab 9.1 is another project that uses the same import name: run"
        in printed.stdout
    )
    assert "-m pip uninstall cloudlab`" in printed.stdout
    assert printed.returncode == 1


def test_a_cloudlab_from_elsewhere_is_recognised(home, tmp_path):
    elsewhere = tmp_path / "other" / "cloudlab"
    elsewhere.mkdir(parents=True)
    (elsewhere / "__init__.py").write_text("", encoding="utf-8")
    printed = run_doctor(PYTHONPATH=str(tmp_path / "other"))
    assert f"- Notebooks would import cloudlab from {elsewhere.resolve()} and not from" in printed.stdout
    assert printed.returncode == 1


def test_a_file_called_cloudlab_in_the_learners_folder_is_recognised(home):
    folder = home / "cloudlab-lessons"
    folder.mkdir()
    (folder / "cloudlab.py").write_text("", encoding="utf-8")
    assert f"import cloudlab from {folder.resolve()} and not from" in run_doctor().stdout


def test_a_file_called_cloudlab_that_ends_in_an_error_is_told_as_such(home):
    (home / "cloudlab-lessons").mkdir(exist_ok=True)
    (home / "cloudlab-lessons" / "cloudlab.py").write_text("1 / 0", encoding="utf-8")
    told = "- Notebooks would import cloudlab from a file that ends in an error and not from"
    assert told in run_doctor().stdout


@pytest.mark.skipif(os.name == "nt", reason="Only on systems where anybody may make a link.")
def test_a_link_that_leads_nowhere_in_the_place_of_the_lessons_is_a_fault(home):
    (home / "cloudlab-lessons").symlink_to(home / "nowhere")
    assert f"- {home / 'cloudlab-lessons'} can't be written to" in run_doctor().stdout


def test_a_folder_that_cannot_be_written_to_is_a_fault(home):
    shutil.rmtree(home)
    home.write_bytes(b"")
    assert "cloudlab-lessons can't be written to" in "\n".join(doctor.write_access())


def test_a_missing_browser_is_a_fault(monkeypatch):
    def none(using=None):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert list(doctor.browser()) == [
        "No browser was found: install one, or open the address that `cloudlab start` prints elsewhere."
    ]


def test_the_parts_of_the_widgets_are_found_and_missed(tmp_path):
    assert list(doctor.widgets()) == []
    faults = list(doctor.widgets([tmp_path / "share/jupyter/labextensions"]))
    assert [fault.split("(")[0] for fault in faults] == [
        "JupyterLab does not find the part of ipywidgets that draws controls ",
        "JupyterLab does not find the part of anywidget that draws controls ",
    ]
    assert "--force-reinstall --no-deps" in faults[0]


@pytest.mark.parametrize("listed", [["anywidget"], {"anywidget": True, "other": False}])
def test_a_disabled_extension_is_seen(tmp_path, listed):
    config = tmp_path / "labconfig" / "page_config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"disabledExtensions": listed}), encoding="utf-8")
    assert doctor.disabled([tmp_path, tmp_path / "missing"]) == {"anywidget"}


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"disabledExtensions": 3}', '{"disabledExtensions": [["anywidget"], {}, 3]}']
)
def test_a_broken_setting_disables_nothing(tmp_path, content):
    config = tmp_path / "labconfig" / "page_config.json"
    config.parent.mkdir()
    config.write_text(content, encoding="utf-8")
    assert doctor.disabled([tmp_path]) == set()


def test_a_package_outside_its_bounds_comes_with_its_cure(monkeypatch):
    monkeypatch.setattr(requirements, "installed_version", {"jupyterlab": "4.5.0"}.get)
    wanted = [requirements.parse("jupyterlab>=4.6,<4.7"), requirements.parse("simpy>=4.1,<4.2")]
    assert [trouble for _, trouble in requirements.troubles(wanted)] == [
        "jupyterlab is version 4.5.0, but must be 4.6 or newer and older than 4.7",
        "simpy is not installed",
    ]


def test_what_the_packages_of_the_course_need_is_looked_for_too(monkeypatch):
    distribution, lost = importlib.metadata.distribution, requirements.lost_files
    without = {"traitlets"}

    def there(name):
        if name in without:
            raise importlib.metadata.PackageNotFoundError
        return distribution(name)

    gone = "tornado is installed, but its folder tornado is gone"
    monkeypatch.setattr(importlib.metadata, "distribution", there)
    for module in (bundle, requirements):
        monkeypatch.setattr(module, "lost_files", lambda name: gone if name == "tornado" else lost(name))
    version = importlib.metadata.version("tornado")
    assert list(doctor.packages()) == [
        f"traitlets is not installed: run {environment.installing('traitlets')}.",
        f"{gone}: run {environment.installing(f'tornado=={version}', '--force-reinstall', '--no-deps')}.",
    ]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (said,) = doctor.packages()
    assert said.startswith("packaging is not installed: run ")


def test_a_package_of_one_file_is_missed_too(tmp_path, monkeypatch):
    listed(tmp_path, "onefile", "1.0")
    (tmp_path / "onefile-1.0.dist-info" / "RECORD").write_text(
        "onefile.py,,\n../../bin/x,,\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert requirements.lost_files("onefile") == "onefile is installed, but its file onefile.py is gone"
    (tmp_path / "onefile.py").write_text("", encoding="utf-8")
    assert requirements.lost_files("onefile") is None


def test_what_a_user_types_to_start_python(monkeypatch):
    monkeypatch.setattr(environment, "is_new_enough", lambda python: True)
    assert (environment.python_command("nt"), environment.python_command("posix")) == ("py", "python3")


def an_old_python(folder: Path) -> None:
    """A `python3` in `folder` that says that it is too old."""
    (folder / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (folder / "python3").chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="Windows starts Python as py, which takes the newest")
def test_a_python3_that_is_too_old_comes_with_one_that_is_not(tmp_path, monkeypatch):
    an_old_python(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    (sentence,) = doctor.python_on_the_path()
    assert sentence.startswith("python3 starts a Python that is too old (the course needs 3.11 or newer): ")
    command = re.search(r"`(.+) -m cloudlab`", sentence)[1]
    said = subprocess.run(f"{command} -m cloudlab --version", shell=True, cwd=ROOT, capture_output=True)
    assert said.stdout.startswith(b"cloudlab ")


def test_an_environment_without_pip_is_cured_by_uv_where_it_runs(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment, "working_uv", lambda: "/usr/bin/uv")
    python = f'--python "{sys.executable}"'
    assert environment.installing("simpy>=4.1,<4.2") == f'`uv pip install "simpy>=4.1,<4.2" {python}`'
    anew = environment.installing("simpy==4.1", "--force-reinstall", "--no-deps")
    assert anew == f'`uv pip install --reinstall --no-deps "simpy==4.1" {python}`'


def test_a_file_that_hides_a_module_is_named(home):
    folder = home / "cloudlab-lessons" / "exercises"
    folder.mkdir(parents=True)
    for name in ("random.py", "helper.py"):
        (folder / name).write_text("", encoding="utf-8")
    said = f"- {folder / 'random.py'} hides the module random from your notebooks: rename the file.\n"
    assert run_doctor().stdout == said


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_in_the_way_of_the_environment_is_named_and_start_says_the_same(tmp_path, kind):
    root = tmp_path / "clone"
    shutil.copytree(ROOT / "cloudlab", root / "cloudlab", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root / name)
    (root / ".venv").mkdir() if kind == "folder" else (root / ".venv").write_text("mine", encoding="utf-8")
    sentence = f"{root / '.venv'} is in the way and is no virtual environment: move it elsewhere."
    options = {"cwd": root, "capture_output": True, "encoding": "utf-8"}
    told = [
        subprocess.run([sys.executable, "-S", "-m", "cloudlab", word], **options)
        for word in ("doctor", "start")
    ]
    assert f"- {sentence}\n" in told[0].stdout
    assert told[1].stderr == f"cloudlab: {sentence}\n"
    assert (root / ".venv").exists()


# What a sentence says to do mends what it names


@pytest.fixture
def bench(tmp_path):
    """A clone with a `.venv` of its own in which all packages are listed, and a folder with a wheel of simpy."""
    root = tmp_path / "a clone é"
    shutil.copytree(ROOT / "cloudlab", root / "cloudlab", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(python_of(root, "-X", "utf8", "-c", code).stdout.strip())
    (packages / "clone.pth").write_text(str(root) + "\n", encoding="utf-8")
    for wanted in requirements.of_clone(root):
        listed(packages, wanted.name, wanted.low)
    with zipfile.ZipFile(tmp_path / "simpy-4.1.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("simpy/__init__.py", "")
        wheel.writestr(
            "simpy-4.1.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: simpy\nVersion: 4.1.1\n"
        )
        wheel.writestr(
            "simpy-4.1.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("simpy-4.1.1.dist-info/RECORD", "".join(f"{name},,\n" for name in wheel.namelist()))
    environment.write_stamp(root, ())
    return root, packages


def listed(packages: Path, name: str, version: str) -> None:
    """Make `name` a distribution that is installed there, with one package."""
    information = packages / f"{name}-{version}.dist-info"
    for folder in (information, packages / name):
        folder.mkdir()
    (packages / name / "__init__.py").write_text("", encoding="utf-8")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (information / "METADATA").write_text(metadata, encoding="utf-8")
    (information / "RECORD").write_text(f"{name}/__init__.py,,\n", encoding="utf-8")


def python_of(root: Path, *words: str) -> subprocess.CompletedProcess:
    """The Python of the clone's `.venv`, which finds packages in the folder above the clone only."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    variables = clean | {"PYTHONUTF8": "1", "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        variables[name] = root.parent.as_uri()
    command = words[0] if len(words) == 1 else [str(environment.venv_python(root)), *words]
    return subprocess.run(
        command, shell=len(words) == 1, cwd=root, env=variables, capture_output=True, encoding="utf-8"
    )


def faults_of(root: Path) -> list[str]:
    """What the doctor of that clone says about packages."""
    said = python_of(root, "-m", "cloudlab", "doctor").stdout
    return [line for line in said.splitlines() if "simpy" in line and "widget" not in line]


def do(root: Path, sentence: str) -> None:
    """Type the commands that stand between backticks, one after another."""
    for command in re.findall(r"`([^`]+)`", sentence):
        done = python_of(root, command)
        assert done.returncode == 0, (command, done.stderr)


@pytest.mark.parametrize(
    "state, way", [("not installed", "no pip"), ("folder gone", "pip"), ("too old", "no pip")]
)
def test_the_cure_of_a_package_mends_it(bench, state, way, monkeypatch):
    root, packages = bench
    if way == "pip":
        assert python_of(root, "-m", "ensurepip").returncode == 0
    monkeypatch.setenv("PATH", str(root.parent))  # without uv
    information = next(packages.glob("simpy-*.dist-info"))
    if state == "folder gone":
        shutil.rmtree(packages / "simpy")
    elif state == "not installed":
        shutil.rmtree(packages / "simpy")
        shutil.rmtree(information)
    else:
        listed(packages.parent, "simpy", "3.0")
        shutil.rmtree(information)
        shutil.move(packages.parent / "simpy-3.0.dist-info", packages)
    words = {
        "not installed": "simpy is not installed",
        "folder gone": "simpy is installed, but its folder simpy is gone",
    }
    faults = faults_of(root)
    assert len(faults) == 1
    assert faults[0].startswith(f"- {words.get(state, 'simpy is version 3.0, but must be')}")
    started = python_of(root, "-m", "cloudlab", "start", "--no-browser", str(root.parent / "lessons"))
    assert (started.returncode, started.stderr) == (1, f"cloudlab: {faults[0].removeprefix('- ')}\n")
    do(root, faults[0])
    assert faults_of(root) == []
    assert (packages / "simpy" / "__init__.py").exists()
