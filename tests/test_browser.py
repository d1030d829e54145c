"""Every lesson in a real browser: a real JupyterLab runs it, a keyboard uses it, axe-core looks at it.

The tests of a lesson share one page, in the order of this file, since to open and to run it costs most.
"""

import pytest
from lab import ROOT, running_lab
from notebook_page import NotebookPage, leaves, running_browser

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser(chromium):
    with running_browser(chromium) as browser:
        yield browser


@pytest.fixture(scope="module", params=NOTEBOOKS)
def lesson(request, lab, browser):
    """A lesson that has run from the first cell to the last."""
    page = NotebookPage(browser, lab, request.param)
    page.run_all()
    yield page
    page.close()


def test_a_lesson_runs_from_top_to_bottom(lesson):
    cells = [cell for cell in lesson.saved()["cells"] if cell["cell_type"] == "code"]
    outputs = [(cell["id"], output) for cell in cells for output in cell["outputs"]]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [(cell, output) for cell, output in outputs if output["output_type"] == "error"] == []
    assert [(cell, output) for cell, output in outputs if output.get("name") == "stderr"] == []
    assert lesson.faults == []


def test_no_request_leaves_this_machine(lesson):
    assert len(lesson.requests) > 50 and any(address.startswith("ws://") for address in lesson.requests)
    assert [address for address in lesson.requests if leaves(address)] == []


@pytest.mark.parametrize(
    "address",
    ["https://cdn.example/font.woff2", "wss://example.org/", "http://localhost:8888/", "http://127.0.0.1.example/"],
)
def test_a_request_for_another_machine_would_be_noticed(address):
    assert leaves(address)
