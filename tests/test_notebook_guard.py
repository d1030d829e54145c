"""That comparing stored outputs of the notebooks means something.

nbval compares no cell without an execution count, no picture and no widget, so a notebook could pass it and
say nothing. The guard looks at the stored file of each; the last test changes one stored output of some
notebooks, by night of all, and wants nbval to notice.
"""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from places import NOTEBOOKS
from samples import NIGHTLY

from cloudlab.shell import execute, testing

FOUND = sorted(path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
FILES = [path for path in FOUND if path.name != "glossary.ipynb"]
"""Those that run something; the glossary is text, and tests/test_home.py holds it."""

CHANGED_IN = FILES if NIGHTLY else FILES[::12]
"""Where an output is changed: by night in each, else in a lesson, its exercises and the home page."""

LEAST_COMPARED = 5
FEWER = {"index.ipynb": 1}
"""Notebooks that show less: the home page is one output."""

# Cells whose output nbval may leave out: (notebook, cell id) -> the reason.
LEFT_OUT: dict[tuple[str, str], str] = {}

MARKS = re.compile(r"nbval[-_][\w-]+|raises-exception|pytest_validate_ignore_output", re.IGNORECASE)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(cell: dict) -> list[str]:
    """The stored outputs of a cell that nbval compares and that say something."""
    said = []
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        said += ["".join(lines) for kind, lines in data.items() if kind in execute.KEPT]
    return [text for text in said if text.strip() and not re.fullmatch(r"<[\w.]+ object>", text.strip())]


def faults(name: str, notebook: dict) -> list[str]:
    """What makes the comparison of this notebook mean less than it seems, one sentence each."""
    found = []
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        found.append(f"code cells were not executed once each, in order: {counts}")
    compared = sum(len(texts(cell)) for cell in code_cells(notebook))
    if compared < FEWER.get(name, LEAST_COMPARED):
        found.append(f"only {compared} outputs are compared")
    for cell in notebook["cells"]:
        found += [f"cell {cell['id']}: {fault}" for fault in cell_faults(name, cell)]
    ids = [cell["id"] for cell in notebook["cells"]]
    found += [f"cell id {one} is there twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    return found


def cell_faults(name: str, cell: dict) -> list[str]:
    found = []
    if not re.fullmatch(r"[a-z]{2,}(-[a-z0-9]+)*", cell["id"]) or re.fullmatch(r"[0-9a-f]{8}", cell["id"]):
        found.append("its id is no word")
    marked = MARKS.search(" ".join(cell["metadata"].get("tags", [])) + "\n" + "".join(cell["source"]))
    if marked and (name, cell["id"]) not in LEFT_OUT:
        found.append(f"{marked[0]} takes it out of the comparison, and it is not on the list")
    stored = json.dumps(cell.get("outputs", []))
    for pattern, what in (
        (r"image/(png|jpe?g|svg)", "a picture"),
        (r"jupyter\.widget", "a widget"),
        (r"0x[0-9a-f]{6,}", "an address in memory"),
        (r'"output_type": "error"', "an error"),
    ):
        if re.search(pattern, stored):
            found.append(f"it stores {what}")
    return found


# --- the notebooks ----------------------------------------------------------------------------------------


def test_there_are_notebooks():
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_comparison_of_this_notebook_means_something(path):
    assert faults(path.relative_to(NOTEBOOKS).as_posix(), read(path)) == []


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_this_notebook_is_stored_as_the_execute_command_does(path):
    assert path.read_text(encoding="utf-8") == execute.written(read(path))


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """{cell: its failure or None} of each notebook with one changed output, compared by nbval in one run."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*", "*.ipynb"))
    for path in CHANGED_IN:
        notebook, _ = changed(read(path))
        (folder / "notebooks" / path.relative_to(NOTEBOOKS)).write_text(
            json.dumps(notebook), encoding="utf-8"
        )
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "sanitize.cfg").write_text(testing.SANITIZE, encoding="utf-8")
    options = testing.notebook_options(folder / "sanitize.cfg")
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}
    subprocess.run(
        [*command, "-q", "--junitxml=found.xml", "notebooks"],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    found = {path: [] for path in CHANGED_IN}
    for case in ET.parse(folder / "found.xml").iter("testcase"):
        path = NOTEBOOKS.parent / (case.get("classname").replace(".", "/").removesuffix("/ipynb") + ".ipynb")
        found[path].append("".join(failure.text for failure in case.iter("failure")))
    return found


@pytest.mark.sampled
@pytest.mark.parametrize("path", CHANGED_IN, ids=lambda path: path.stem)
def test_nbval_notices_a_changed_output(path, compared):
    _, cells_kept = changed(read(path))
    *before, last = compared[path]
    assert before == [""] * (cells_kept - 1)
    assert CHANGED in last


CHANGED = "a sentence that no cell prints"


def changed(notebook: dict) -> tuple[dict, int]:
    """The notebook up to its first compared output, that output changed, and how many code cells it has."""
    notebook = copy.deepcopy(notebook)
    last = next(
        index for index, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code" and texts(cell)
    )
    notebook["cells"] = notebook["cells"][: last + 1]
    output = notebook["cells"][last]["outputs"][0]
    if "text" in output:
        output["text"] = CHANGED
    else:
        output["data"]["text/plain"] = CHANGED
    return notebook, len(code_cells(notebook))


# --- the guard itself -------------------------------------------------------------------------------------


def good() -> dict:
    """A small notebook without a fault."""
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# Title"]}]
    for number in range(1, LEAST_COMPARED + 1):
        output = {"output_type": "stream", "name": "stdout", "text": [f"{number}\n"]}
        cells.append(
            {
                "cell_type": "code",
                "id": f"run-{number}",
                "metadata": {"tags": ["run"]},
                "source": [f"print({number})"],
                "execution_count": number,
                "outputs": [output],
            }
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def shown(**texts_by_kind) -> list[dict]:
    data = {kind.replace("_", "/"): text for kind, text in texts_by_kind.items()}
    return [{"output_type": "display_data", "metadata": {}, "data": data}]


def test_a_good_notebook_has_no_fault():
    assert faults("x.ipynb", good()) == []


PICTURE, OUT, STORES = (
    "data:image/png;base64,iVBO",
    " takes it out of the comparison",
    "cell run-2: it stores ",
)
WIDGET = {"text_plain": "x", "application_vnd.jupyter.widget-view+json": "{}"}
ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"execution_count": None}, "code cells were not executed once each, in order: [1, None, 3, 4, 5]"),
        ({"execution_count": 7}, "code cells were not executed once each, in order: [1, 7, 3, 4, 5]"),
        ({"outputs": []}, "only 4 outputs are compared"),
        ({"outputs": shown(text_plain="<IPython.core.display.HTML object>")}, "only 4 outputs are compared"),
        ({"id": "a1b2c3d4"}, "cell a1b2c3d4: its id is no word"),
        ({"id": "deadbeef"}, "cell deadbeef: its id is no word"),
        ({"id": "run-1"}, "cell id run-1 is there twice"),
        ({"metadata": {"tags": ["nbval-ignore-output"]}}, "cell run-2: nbval-ignore-output" + OUT),
        ({"metadata": {"tags": ["nbval-skip"]}}, "cell run-2: nbval-skip" + OUT),
        ({"metadata": {"tags": ["raises-exception"]}}, "cell run-2: raises-exception" + OUT),
        ({"source": ["# NBVAL_IGNORE_OUTPUT\n", "print(2)"]}, "cell run-2: NBVAL_IGNORE_OUTPUT" + OUT),
        ({"outputs": shown(text_plain="x", image_png="iVBO")}, STORES + "a picture"),
        ({"outputs": shown(text_html=f"<img src='{PICTURE}'>")}, STORES + "a picture"),
        ({"outputs": shown(**WIDGET)}, STORES + "a widget"),
        ({"outputs": shown(text_plain="<Thing object at 0x7f12ab34cd56>")}, STORES + "an address in memory"),
        ({"outputs": [ERROR]}, STORES + "an error"),
    ],
)
def test_each_fault_is_seen(change, fault):
    notebook = good()
    notebook["cells"][2].update(change)
    assert any(found.startswith(fault) for found in faults("x.ipynb", notebook)), faults("x.ipynb", notebook)


def test_no_line_of_code_stands_twice_in_a_row():
    double = []
    for path in sorted(NOTEBOOKS.rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            lines = [line for line in "".join(cell["source"]).splitlines() if line.strip()]
            pairs = pairwise(lines) if cell["cell_type"] == "code" else ()
            double += [(path.name, one) for one, other in pairs if one == other]
    assert double == []
