"""Run the tests of a fact against a copy of the package in which one text is changed. A program of its own.

    python changed_copies.py FOLDER < changes.json

FOLDER holds a copy of the package; a change is [number of the fact, file, old text, new text]. For each
change it prints the tests that failed. The tests run as plain functions, so that a change costs a few
hundredths of a second: pytest itself would need a second for each.
"""

import inspect
import json
import re
import sys
from itertools import product
from pathlib import Path

import pytest

TEST_MODULES = ("test_facts_autoscaling", "test_facts_load_balancer", "test_facts_scaling")
FROM_THE_COPY = ("cloudlab", "timetables", *TEST_MODULES)


def main(folder: Path) -> None:
    """Try each change that stands in the input."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    failures = []
    for number, file, old, new in json.load(sys.stdin):
        path = folder / "cloudlab" / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new), encoding="utf-8")
        failures.append([name for name, function in cited_by(number) if fails(function)])
        path.write_text(text, encoding="utf-8")
    print(json.dumps(failures))


def cited_by(number: str) -> list:
    """(name, function) of the tests that cite the fact, imported anew together with the package."""
    for name in [name for name in sys.modules if name.split(".")[0] in FROM_THE_COPY]:
        del sys.modules[name]
    functions = [
        item for name in TEST_MODULES for item in inspect.getmembers(__import__(name), inspect.isfunction)
    ]
    named = [(name, function) for name, function in functions if name.startswith("test_")]
    return [
        (name, function) for name, function in named if re.search(rf"\b{number}\b", function.__doc__ or "")
    ]


def fails(function) -> bool:
    """Whether one of the cases of a test fails."""
    from cloudlab.kernel.world import World

    fixture = {"world": World} if "world" in inspect.signature(function).parameters else {}
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
        names, rows = [name.strip() for name in mark.args[0].split(",")], mark.args[1]
        tables.append([dict(zip(names, row if len(names) > 1 else (row,), strict=True)) for row in rows])
    return [{name: value for part in parts for name, value in part.items()} for parts in product(*tables)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
