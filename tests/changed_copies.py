"""Run the tests of a fact against a copy of the package in which one text is changed. A program of its own.

    python changed_copies.py FOLDER < changes.json

FOLDER gets a copy of the package and of the tests that cite facts, compiled once; a change is [number of the
fact, file, old text, new text]. For each change it prints the first test that failed, and all where nothing
is changed. The tests run as plain
functions, so that a change costs a few hundredths of a second: pytest itself would need a second for each.
"""

import compileall
import contextlib
import inspect
import json
import os
import re
import shutil
import sys
import tempfile
from importlib import import_module
from itertools import islice, product
from pathlib import Path

import hypothesis
import pytest

FOUND_IS_ENOUGH = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
"""A failure is not made smaller: that it fails is all that is asked."""

hypothesis.settings.register_profile(
    "copies", max_examples=10, deadline=None, derandomize=True, database=None, phases=FOUND_IS_ENOUGH
)
hypothesis.settings.load_profile("copies")

TESTS = Path(__file__).parent
TEST_MODULES = (
    "test_containers",
    "test_customers",
    "test_facts_alarms",
    "test_facts_autoscaling",
    "test_facts_cluster",
    "test_facts_lambda",
    "test_facts_lambda_logs",
    "test_facts_load_balancer",
    "test_facts_logs",
    "test_facts_scaling",
    "test_facts_sqs",
    "test_facts_sns",
    "test_facts_templates",
    "test_faults",
    "test_placement",
    "test_pricing",
    "test_pricing_containers",
    "test_pricing_functions",
)
HELPERS = ("timetables", "wirings")
FROM_THE_COPY = ("cloudlab", *HELPERS, *TEST_MODULES)
NOT_NEEDED = ("shell", "views", "labs", "exercises", "judge")


def main(folder: Path) -> None:
    """Try each change that stands in the input."""
    copy_to(folder)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    failures, imported = [], ("", "")
    with contextlib.redirect_stdout(sys.stderr):  # what a test says of itself is no answer
        for number, file, old, new in json.load(sys.stdin):
            with changed(folder / "cloudlab" / file, old, new):
                if (old, new) != imported:
                    forget()
                    imported = old, new
                failed = (name for name, function in cited_by(number, folder) if fails(function))
                failures.append(list(failed) if old == new else list(islice(failed, 1)))
    print(json.dumps(failures))


def forget() -> None:
    """Let the package and its tests be imported anew."""
    for name in [name for name in sys.modules if name.split(".")[0] in FROM_THE_COPY]:
        del sys.modules[name]


def copy_to(folder: Path) -> None:
    """Lay kernel, models and the tests of facts in `folder`; what of them isn't compiled yet is compiled there."""
    package = TESTS.parent / "cloudlab"
    shutil.copytree(package, folder / "cloudlab", ignore=shutil.ignore_patterns(*NOT_NEEDED))
    for name in (*HELPERS, *TEST_MODULES):
        shutil.copy(TESTS / f"{name}.py", folder)
    compileall.compile_dir(folder, quiet=2)


@contextlib.contextmanager
def changed(path: Path, old: str, new: str):
    """One text of a file is another one, until the block ends.

    Python takes a compiled file for good when time and size of its source fit. So the time of a changed file is
    another one, since the size may be the same.
    """
    text, time = path.read_text(encoding="utf-8"), path.stat().st_mtime
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, (time + 10, time + 10))
    yield
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time, time))


def cited_by(number: str, folder: Path) -> list:
    """(name, function) of the tests that cite the fact."""
    cites = re.compile(rf"\b{number}\b")
    files = [
        name for name in TEST_MODULES if cites.search((folder / f"{name}.py").read_text(encoding="utf-8"))
    ]
    functions = [
        item for name in files for item in inspect.getmembers(import_module(name), inspect.isfunction)
    ]
    return [
        (name, function)
        for name, function in functions
        if name.startswith("test_") and cites.search(function.__doc__ or "")
    ]


def fails(function) -> bool:
    """Whether one of the cases of a test fails."""
    from cloudlab.kernel.world import World

    makers = {"world": World, "tmp_path": lambda: Path(tempfile.mkdtemp(dir=Path.cwd()))}
    fixture = {name: make for name, make in makers.items() if name in inspect.signature(function).parameters}
    for case in cases(function):
        try:
            function(**{name: make() for name, make in fixture.items()}, **case)
        except (NameError, TypeError, AttributeError):
            raise  # the change itself makes no sense
        except (Exception, pytest.fail.Exception):
            return True
    return False


def cases(function) -> list[dict]:
    """The arguments of each case of a parametrized test; one empty case for any other."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    tables = []
    for mark in marks:
        names, rows = mark.args
        names = [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]
        tables.append([dict(zip(names, row if len(names) > 1 else (row,), strict=True)) for row in rows])
    return [{name: value for part in parts for name, value in part.items()} for parts in product(*tables)]


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
