"""`cloudlab doctor`: one line per fault, each with its cure."""

import json
import os
import shutil
import subprocess
import sys
import webbrowser

import pytest
from places import ROOT

from cloudlab.shell import doctor, requirements


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
    assert printed.returncode == 0
    assert list(home.iterdir()) == []


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


@pytest.mark.parametrize("content", ["{", "[]", '{"disabledExtensions": 3}'])
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


def test_what_a_user_types_to_start_python():
    assert (doctor.python_command("nt"), doctor.python_command("posix")) == ("py", "python3")
