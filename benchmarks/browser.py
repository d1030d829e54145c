"""From a key press to the new picture: a real JupyterLab in a real browser, timed inside the page.

The page notes the time of each key press. When the picture is another one it waits until the image can
be shown, and takes the time in the animation frame that shows it. JupyterLab, the page and the search for a
browser are those of the tests.
"""

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
LABEL, MEDIAN, P95 = "key press to new picture in the browser", 100, 250

NOTEBOOK = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
from benchmarks.learner import shop
from cloudlab.views import charts
from cloudlab.views.panel import explore
explore(shop, charts.load_and_capacity, requests=REQUESTS)
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
    """Change a control so many times by keyboard, and give the median and the 95th percentile."""
    program, trouble = find_program()
    if trouble:
        return _missing(trouble)
    from notebook_page import running_browser

    with running_browser(program) as browser:
        pictures, ends = measure(browser, changes, requests)
        version = browser.version
    text = (
        f"{changes} changes of a control by keyboard, a run of {requests:,} requests each, Chromium {version}. "
        f"The text below the picture is there too, and the next change can begin, after {median(ends):.0f} ms "
        f"(median)."
    )
    last = sorted(pictures)[ceil(0.95 * len(pictures)) - 1]
    goals = [
        goal(f"{LABEL}, median", median(pictures), "{:.0f} ms", at_most=MEDIAN),
        goal(f"{LABEL}, 95 % within", last, "{:.0f} ms", at_most=P95),
    ]
    return Report(text, goals)


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


def measure(
    browser, changes: int, requests: int, source: str = NOTEBOOK, shown: str = ".cloudlab-picture img"
) -> tuple[list[float], list[float]]:
    """Milliseconds from each key press to the new picture, and to the end of all that it caused.

    `source` is the notebook's cell, `shown` what stands on the page once it has run.
    """
    from lab import running_lab
    from notebook_page import NotebookPage

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        running_lab(Path(scratch)) as lab,
    ):
        source = source.replace("REQUESTS", str(requests))
        (lab.folder / "timed.ipynb").write_text(json.dumps(notebook(source)), encoding="utf-8")
        opened = NotebookPage(browser, lab, "timed.ipynb")
        opened.run_all()
        page = opened.page
        page.locator(shown).first.wait_for()
        page.evaluate(WATCH)
        page.get_by_role("spinbutton", name="Instances").focus()
        warm = 3  # the first changes load what later ones find
        for number in range(1, changes + warm + 1):
            page.keyboard.press("ArrowUp" if number % 2 else "ArrowDown")
            page.wait_for_function(f"timed.pictures.length >= {number} && timed.ends.length >= {number}")
        timed = page.evaluate("timed")
        opened.close()
    return timed["pictures"][warm:], timed["ends"][warm:]


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


def _missing(why: str) -> Report:
    goals = [
        not_measured(f"{LABEL}, median", f"≤ {MEDIAN}"),
        not_measured(f"{LABEL}, 95 % within", f"≤ {P95}"),
    ]
    return Report(f"This was not measured: {why}", goals)
