"""`python3 -m cloudlab test`: the exit code tells the truth, and what did not run is named."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from places import ROOT

from cloudlab.shell import Fault, testing

ONE_PASSES = "def test_fine():\n    assert True\n"
ONE_MISSES = "import pytest\n\ndef test_picture():\n    pytest.skip('no browser was found')\n"
ONE_FAILS = "def test_wrong():\n    assert False\n"
ONE_WARNS = "import warnings\n\ndef test_warns():\n    warnings.warn('old')\n"
ONE_BREAKS = "import not_there\n"
ONE_ELSEWHERE = "import pytest\n\ndef test_other_system():\n    pytest.skip('Only on Windows.')\n"


def run_pytest(folder: Path, *sources: str, ci: bool = False, options=()) -> subprocess.CompletedProcess:
    """Run pytest as the project does on small test files; returns the finished run."""
    for number, source in enumerate(sources):
        (folder / f"test_{number}.py").write_text(source, encoding="utf-8")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    environment = {
        **os.environ,
        "CI": "true" if ci else "",
        "PYTHONUTF8": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "."]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2", "--dist", "loadscope")])
def test_what_did_not_run_is_named_and_has_its_own_code(tmp_path, options):
    ran = run_pytest(tmp_path, ONE_PASSES, ONE_MISSES, options=options)
    assert ran.returncode == testing.NOT_RUN
    assert "test_1.py::test_picture: no browser was found" in ran.stdout
    assert testing.meaning(ran.returncode) == testing.INCOMPLETE


def test_under_ci_what_did_not_run_is_a_failure(tmp_path):
    ran = run_pytest(tmp_path, ONE_PASSES, ONE_MISSES, ci=True)
    assert ran.returncode == 1
    assert "did not run (a failure under CI)" in ran.stdout


def test_a_test_for_another_system_is_not_missing(tmp_path):
    assert run_pytest(tmp_path, ONE_PASSES, ONE_ELSEWHERE, ci=True).returncode == 0


def test_a_failure_weighs_more_than_what_did_not_run(tmp_path):
    assert run_pytest(tmp_path, ONE_FAILS, ONE_MISSES).returncode == 1


def test_a_test_file_that_cannot_be_read_is_a_failure(tmp_path):
    assert testing.meaning(run_pytest(tmp_path, ONE_BREAKS).returncode) == testing.FAILED


def test_a_warning_is_an_error(tmp_path):
    assert run_pytest(tmp_path, ONE_WARNS).returncode == 1


def test_every_code_of_pytest_has_a_meaning_in_words():
    meanings = [testing.meaning(int(code)) for code in pytest.ExitCode]
    assert meanings[:6] == [0, 1, 1, 1, 2, 5]
    assert set(meanings) <= set(testing.WORDS)


def test_an_installed_copy_has_no_tests(monkeypatch):
    monkeypatch.setattr(testing, "clone", lambda: None)
    with pytest.raises(Fault, match="the tests are not part of an installed copy"):
        testing.run_tests([])


def test_at_the_end_of_a_run_stands_what_it_has_cost(monkeypatch, capsys):
    assert testing.run_tests(["--version"]) == 0
    said = capsys.readouterr().out
    assert bool(re.search(r"all tests passed\. That took \d+\.\d minutes of CPU", said)) == (os.name != "nt")
    monkeypatch.setattr(os, "times", lambda: SimpleNamespace(children_user=500.0, children_system=100.0))
    assert testing.worked() == " That took 10.0 minutes of CPU, without the browsers'."
    monkeypatch.setattr(os, "times", lambda: SimpleNamespace(children_user=0.0, children_system=0.0))
    assert testing.worked() == ""


def test_a_nightly_run_takes_its_marks_and_more_examples_and_compiled_files_are_kept():
    assert testing.options(Path("x"), nightly=True)[-2:] == ["-m", testing.NIGHTLY]
    assert "-m" not in testing.options(Path("x"))
    given = {"HOME": "here", "PYTHONDONTWRITEBYTECODE": "1"}
    assert testing.environment(given) == {"HOME": "here", "PYTHONUTF8": "1"}
    assert testing.environment(given, nightly=True)["CLOUDLAB_NIGHTLY"] == "1"


MARKED = """\
import pytest
from hypothesis import given, strategies
def test_usual(): pass
@pytest.mark.nightly
def test_heavy(): pass
@pytest.mark.sampled
def test_in_part(): pass
@given(strategies.integers())
def test_drawn(number): pass
"""


@pytest.mark.parametrize(
    ("options", "ran"),
    [
        ((), ["test_usual", "test_in_part", "test_drawn"]),
        (("-m", testing.NIGHTLY), ["test_heavy", "test_in_part", "test_drawn"]),
    ],
)
def test_by_night_runs_what_is_heavy_and_what_else_is_a_sample(tmp_path, options, ran):
    done = run_pytest(tmp_path, MARKED, options=("-p", "_hypothesis_pytestplugin", "-v", *options))
    assert re.findall(r"::(\w+) PASSED", done.stdout) == ran, done.stdout


SAYS_WHERE = """\
import os, pytest
@pytest.mark.parametrize("lesson", {lessons})
@pytest.mark.parametrize("number", range(4))
def test_here(lesson, number): print(os.environ["PYTEST_XDIST_WORKER"], lesson)
"""


def test_the_tests_of_a_file_are_a_group_but_those_of_a_lesson_s_page_one_of_their_own(tmp_path):
    sources = [SAYS_WHERE.format(lessons=["a", "b"]), SAYS_WHERE.format(lessons=["c.ipynb", "d.ipynb"])]
    options = ("-p", "xdist", "-n", "4", "--dist", "loadscope", "-rP")
    done = run_pytest(tmp_path, *sources, options=options)
    said = re.findall(r"^(gw\d) (\S+)$", done.stdout, re.MULTILINE)
    assert len(said) == 16, done.stdout
    one, other, first, second = (
        {worker for worker, where in said if where == lesson} for lesson in ("a", "b", "c.ipynb", "d.ipynb")
    )
    assert one == other
    assert len(one) == len(first) == len(second) == 1
    assert one.isdisjoint(first | second) and first.isdisjoint(second)
