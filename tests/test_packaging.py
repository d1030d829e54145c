"""The package: what it needs, what it ships, and that no file holds what belongs to one machine."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from places import ROOT

import cloudlab
from cloudlab.shell import requirements, workfolder

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLACEHOLDER = "REPO" + "SITORY"  # spelled so that this file does not hold it


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked() -> list[str]:
    """The files that git keeps."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def tracked_text() -> dict[str, str]:
    """The tracked files that are text, with their content."""
    contents = {name: (ROOT / name).read_bytes() for name in tracked()}
    return {
        name: content.decode("utf-8") for name, content in contents.items() if b"\0" not in content[:8000]
    }


def pins() -> dict[str, Requirement]:
    lines = [line for line in text("constraints.txt").splitlines() if line and not line.startswith("#")]
    return {f"{Requirement(line).name} {Requirement(line).marker}": Requirement(line) for line in lines}


# --- what it needs ----------------------------------------------------------------------------------------


def test_the_conda_environment_and_the_project_ask_for_the_same_packages():
    environment = yaml.safe_load(text("environment.yml"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    python, *packages, pip = environment["dependencies"]
    assert python == "python=3.12"  # one equals sign: the only form that repo2docker reads
    assert pip == {"pip": ["-e ."]}
    packages.remove("pip")
    theirs = {(Requirement(line).name, Requirement(line).specifier) for line in packages}
    assert theirs == {
        (Requirement(line).name, Requirement(line).specifier) for line in PROJECT["dependencies"]
    }


def test_a_browser_kernel_is_spared_what_it_cannot_have():
    """The same wheel is for it too: it has its own front, and matplotlib is missing there."""
    marked = {Requirement(line).name: Requirement(line).marker for line in PROJECT["dependencies"]}
    spared = {name for name, marker in marked.items() if marker}
    assert spared == {"jupyterlab", "matplotlib"}
    for name in spared:
        assert marked[name].evaluate({"sys_platform": "linux"})
        assert not marked[name].evaluate({"sys_platform": "emscripten"})
    in_a_browser = {one.name for one in requirements.here(PROJECT["dependencies"], "emscripten")}
    assert in_a_browser == set(marked) - spared
    assert {one.name for one in requirements.here(PROJECT["dependencies"], "win32")} == set(marked)
    assert requirements.here(['ciw>=3,<4; extra == "benchmarks"'], "linux") == []


def test_the_wheel_says_so_too(wheel):
    (metadata,) = wheel.glob("*.dist-info/METADATA")
    lines = re.findall(r"^Requires-Dist: (.*)$", metadata.read_text(encoding="utf-8"), re.MULTILINE)
    marked = {Requirement(line).name for line in lines if "sys_platform !=" in line}
    assert {"jupyterlab", "matplotlib"} <= marked
    assert {one.name for one in requirements.here(lines, "linux")} == {
        Requirement(line).name for line in PROJECT["dependencies"]
    }


def everything() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(line) for lines in (PROJECT["dependencies"], *extras) for line in lines]


def test_every_package_has_a_lower_and_an_upper_bound():
    for requirement in everything():
        assert sorted(part.operator for part in requirement.specifier) == ["<", ">="], requirement


def test_every_package_is_pinned_once_within_its_bounds():
    pinned = {}
    for pin in pins().values():
        pinned.setdefault(pin.name, []).append(pin)
    for requirement in everything():
        versions = [next(iter(pin.specifier)).version for pin in pinned[requirement.name]]
        assert versions, requirement
        assert all(Version(version) in requirement.specifier for version in versions), requirement


def test_constraints_are_pins_and_nothing_else():
    for pin in pins().values():
        assert [part.operator for part in pin.specifier] == ["=="], pin
        assert pin.url is None


def test_nothing_is_pinned_that_makes_each_start_wait():
    """What JupyterLab reads notebooks with builds 38 grammars on import where rfc3987-syntax is there."""
    assert not {"rfc3987-syntax", "lark"} & {pin.name for pin in pins().values()}


def test_this_python_runs_the_pinned_versions_of_the_five():
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    for pin in pins().values():
        if pin.name in names and (pin.marker is None or pin.marker.evaluate()):
            assert importlib.metadata.version(pin.name) in pin.specifier


# --- what it ships ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built for real (without isolation, so without a network) and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("*.whl")
    assert file.name == f"cloudlab_course-{cloudlab.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_holds_the_package_and_the_lessons_and_no_tests(wheel):
    held = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file()}
    for name in tracked():
        if name.startswith("cloudlab/"):
            assert name in held
        if name.startswith("notebooks/"):
            assert name.replace("notebooks/", "cloudlab/_notebooks/", 1) in held
    assert any(name.startswith("cloudlab/_notebooks/") for name in held)
    assert (wheel / "cloudlab" / "_docs" / "facts.md").read_text(encoding="utf-8") == text("docs/facts.md")
    assert {name for name in held if "/_docs/" in name} == {"cloudlab/_docs/facts.md"}
    assert {name.split("/")[0] for name in held} == {
        "cloudlab",
        f"cloudlab_course-{cloudlab.__version__}.dist-info",
    }


def test_an_unpacked_wheel_lays_out_its_lessons(wheel, tmp_path):
    code = (
        "import sys, pathlib; from cloudlab.shell import workfolder as w, bootstrap as b; "
        "assert b.clone() is None; print(len(w.lay_out(w.originals(), pathlib.Path(sys.argv[1])).new))"
    )
    environment = {**os.environ, "PYTHONPATH": str(wheel), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", code, str(tmp_path / "lessons")]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == len(workfolder.lessons(ROOT / "notebooks"))


def test_the_version_stands_in_one_place():
    assert "version" in PROJECT["dynamic"] and "version" not in PROJECT
    released = [
        name for name in re.findall(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE) if name != "Unreleased"
    ]
    assert released[0] == cloudlab.__version__
    assert importlib.metadata.version("cloudlab-course") == cloudlab.__version__


def test_both_licences_are_there():
    assert "MIT License" in text("LICENSE")
    assert "CC BY 4.0" in text("LICENSE-lessons")


# --- what it says -----------------------------------------------------------------------------------------


def test_the_readme_names_the_two_commands_and_ci_runs_the_second():
    assert "python3 -m cloudlab\n" in text("README.md")
    assert "python3 -m cloudlab test\n" in text("README.md")
    assert text(".ci/run").rstrip().endswith("\npython3 -m cloudlab test")


def test_the_address_of_the_repository_is_left_open_in_two_places():
    places = {
        name: content.count(PLACEHOLDER) for name, content in tracked_text().items() if PLACEHOLDER in content
    }
    assert places in ({}, {"README.md": 1, "CITATION.cff": 1})  # {} once it is filled in


def test_the_citation_names_this_version_its_authors_and_both_licences():
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == cloudlab.__version__
    assert citation["authors"] == [{"name": "The cloudlab authors"}]
    assert " AND ".join(citation["license"]) == PROJECT["license"]


@pytest.mark.parametrize("name", ["fault", "wish", "question"])
def test_there_is_a_form_for(name):
    _, head, body = text(f".github/ISSUE_TEMPLATE/{name}.md").split("---\n")
    assert yaml.safe_load(head)["labels"] == name
    assert body.count("**") >= 4


def test_every_command_of_the_readme_exists():
    from cloudlab.shell import cli

    said = re.findall(r"(?:python3|py) -m cloudlab(?: ([a-z]+))?|`cloudlab ([a-z]+)", text("README.md"))
    assert {first or second or "start" for first, second in said} <= set(cli.COMMANDS)
    assert {"start", "doctor", "test"} <= {first or second or "start" for first, second in said}


def test_links_to_files_lead_to_files():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text(name)):
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name} links to {target}"


def test_the_public_workflow_runs_the_test_command_everywhere():
    workflow = yaml.safe_load(text(".github/workflows/test.yml"))
    (job,) = workflow["jobs"].values()
    matrix = job["strategy"]["matrix"]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    runs = [step for step in job["steps"] if step.get("run", "").endswith("python -m cloudlab test")]
    assert {step["if"] for step in runs} == {"runner.os == 'Linux'", "runner.os != 'Linux'"}
    needed = {"bubblewrap", "skopeo", "umoci", "tools/hub", "tools/js"}
    told = {word for step in job["steps"] for word in step.get("run", "").split()}
    assert needed <= told and all(word in text(".ci/run") for word in needed)


# --- what belongs to one machine --------------------------------------------------------------------------

PRIVATE = {
    "the address of a package server": "pypi\\.org|pythonhosted|npmjs|deb\\.debian|/simple\\b|index-url=",
    "a path of one machine": r"/work/|(?<![\w.])/tmp/\w|/(?:home|Users)/(?!\w*name)[a-z]\w+/|[A-Z]:\\Users\\",
}


@pytest.mark.parametrize("what", PRIVATE)
def test_no_file_holds(what):
    found = {}
    for name, content in tracked_text().items():
        if name != "tests/test_packaging.py" and (hit := re.search(PRIVATE[what], content)):
            found[name] = hit[0]
    assert found == {}


def test_lock_files_with_addresses_are_not_kept():
    assert "uv.lock" in text(".gitignore").split()
    assert not {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json"} & set(tracked())


def test_no_text_tells_to_install_the_other_project():
    wrong = re.compile(r"pip install (?:-\S+ )*[\"']?cloudlab(?!-course)\b")
    found = [
        name
        for name, content in tracked_text().items()
        if name != "tests/test_packaging.py" and wrong.search(content)
    ]
    assert found == []
