"""From a key press to the new picture: a real JupyterLab in a real browser, timed inside the page.

The page notes the time of each key press. When the picture is another one it waits until the image can
be shown, and takes the time in the animation frame that shows it. JupyterLab, the page and the search for a
browser are those of the tests.

What can't be helped is measured in the same way in the same JupyterLab: `empty`, a widget that only asks Python for
a picture that is ready. Read `timed` first.
"""

import contextlib
import json
import os
import sys
import tempfile
from math import ceil
from pathlib import Path
from statistics import median

from benchmarks.table import Report, goal, not_measured

ROOT = Path(__file__).resolve().parents[1]
TESTS = str(ROOT / "tests")
LABEL, MOST = "key press to new picture / an empty widget's round trip", 3

NOTEBOOK = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
from benchmarks.learner import shop
from cloudlab.views import charts
from cloudlab.views.panel import explore
explore(shop, charts.load_and_capacity, requests=REQUESTS)
"""

EMPTY = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
from benchmarks.empty import empty
empty(REQUESTS)
"""

WATCH = """() => {
  const [bar] = document.querySelectorAll("[data-done]");
  const [picture] = document.querySelectorAll("[data-revision]");
  window.timed = { pictures: [], ends: [] };
  let pressed = 0;
  addEventListener("keydown", () => { pressed = performance.now(); }, true);
  function watch(node, name, act) {
    let last = node.dataset[name];
    const changed = () => { if (node.dataset[name] !== last) { last = node.dataset[name]; act(); } };
    new MutationObserver(changed).observe(node, { attributes: true });
  }
  watch(picture, "revision", async () => {
    const from = pressed;
    await picture.querySelector("img")?.decode();
    requestAnimationFrame(() => timed.pictures.push(performance.now() - from));
  });
  watch(bar, "done", () => timed.ends.push(performance.now() - pressed));
}"""


def report(changes: int = 30, requests: int = 20_000) -> Report:
    """Change a control so many times by keyboard, and compare the median with an empty widget's."""
    program, trouble = find_program()
    if trouble:
        return Report(f"This was not measured: {trouble}", [not_measured(LABEL, f"≤ {MOST}")])
    from notebook_page import running_browser

    with running_browser(program) as browser, laboratory() as lab:
        empty, _ = timed(browser, lab, EMPTY, requests, changes, "[data-revision]")
        pictures, ends = timed(browser, lab, NOTEBOOK, requests, changes, ".cloudlab-picture img")
        version = browser.version
    text = (
        f"{changes} changes of a control by keyboard, a run of {requests:,} requests each, Chromium {version}: the new "
        f"picture is there after {told(pictures)}. The text below it is there too, and the next change can begin, "
        f"after {median(ends):.0f} ms (median). An empty anywidget that asks Python for a picture of the same size "
        f"shows it after {told(empty)}."
    )
    return Report(text, [compared(LABEL, pictures, empty)])


def compared(label: str, measured: list[float], empty: list[float]) -> list[str]:
    """The row of a goal: the median beside that of an empty widget."""
    shown = f"{{:.2f}} ({median(measured):.0f} ms)"
    return goal(label, median(measured) / median(empty), shown, at_most=MOST)


def told(milliseconds: list[float]) -> str:
    """Median and 95th percentile in words."""
    last = sorted(milliseconds)[ceil(0.95 * len(milliseconds)) - 1]
    return f"{median(milliseconds):.0f} ms (median; 95 % within {last:.0f} ms)"


def find_program() -> tuple[str, str]:
    """(a browser's program, ""), or ("", why there is none)."""
    if TESTS not in sys.path:
        sys.path.insert(0, TESTS)
    try:
        import notebook_page  # noqa: F401 - it imports what the browser needs
        from browsers import find_browser

        program = find_browser(sys.platform, os.environ)
    except ImportError as error:
        return "", f"{error.name} is not installed: install the `test` extra."
    except FileNotFoundError as error:
        return "", str(error)
    if program is None:
        return "", "no Chromium, Chrome or Edge was found: name its program in CLOUDLAB_BROWSER."
    return program, ""


@contextlib.contextmanager
def laboratory():
    """A JupyterLab in a folder that goes away with it."""
    from lab import running_lab

    scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with scratch as folder, running_lab(Path(folder)) as lab:
        yield lab


def timed(
    browser, lab, source: str, requests: int, changes: int, shown: str
) -> tuple[list[float], list[float]]:
    """Milliseconds from each key press to the new picture, and to the end of all that it caused.

    `source` is the notebook's cell, `shown` what stands on the page once it has run.
    """
    from notebook_page import NotebookPage

    source = source.replace("REQUESTS", str(requests))
    (lab.folder / "timed.ipynb").write_text(json.dumps(notebook(source)), encoding="utf-8")
    opened = NotebookPage(browser, lab, "timed.ipynb")
    opened.run_all()
    page = opened.page
    page.locator(shown).first.wait_for(state="attached")
    page.evaluate(WATCH)
    page.get_by_role("spinbutton", name="Instances").focus()
    warm = 3  # the first changes load what later ones find
    for number in range(1, changes + warm + 1):
        page.keyboard.press("ArrowUp" if number % 2 else "ArrowDown")
        page.wait_for_function(f"timed.pictures.length >= {number} && timed.ends.length >= {number}")
    found = page.evaluate("timed")
    opened.close()
    return found["pictures"][warm:], found["ends"][warm:]


def notebook(source: str) -> dict:
    """A notebook with one cell."""
    cell = {"cell_type": "code", "id": "timed", "metadata": {}, "source": source}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [cell | {"outputs": [], "execution_count": None}],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
