"""The first minute: how soon the first stage of a lesson is there when its kernel has just begun.

A cell is run with Shift and Enter in a notebook whose kernel has imported nothing yet, and timed inside the page until
the first frame stands there. What can't be helped is timed in the same way in the same JupyterLab, in turns: a cell
whose anywidget shows one empty element. Read `seconds` first.
"""

import json
from statistics import median

from benchmarks import browser
from benchmarks.table import Report, goal, not_measured

LATER = 2
"""The goal: so many seconds later than an empty widget at most."""

LABEL = "the first stage from a cold kernel: seconds later than an empty widget"

EMPTY = """\
import anywidget


class Empty(anywidget.AnyWidget):
    _esm = "export default { render({ el }) { el.innerHTML = '<p data-first></p>'; } };"


Empty()
"""

STAGE = f"""\
import sys
sys.path.insert(0, {str(browser.ROOT)!r})
from cloudlab.labs.autoscaling_limits import scenario
from cloudlab.views.lesson import *

explore(scenario, stage, charts.levels, label="The elastic band", opening=(90, 119))
"""
"""As a lesson begins, with a chart below the stage."""

WATCH = """(selector) => {
  window.first = new Promise((done) => {
    let from = 0;
    addEventListener("keydown", ({ key }) => { if (key === "Enter") from ||= performance.now(); }, true);
    const look = () => {
      if (!from || !document.querySelector(selector)) return;
      watched.disconnect();
      requestAnimationFrame(() => done(performance.now() - from));
    };
    const watched = new MutationObserver(look);
    watched.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
}"""

SHOWN = {EMPTY: "[data-first]", STAGE: "[data-revision] > .cloudlab-stage"}


def report(rounds: int = 5) -> Report:
    """Run each cell so many times, each in a kernel of its own."""
    program, trouble = browser.find_program()
    if trouble:
        return Report(f"This was not measured: {trouble}", [not_measured(LABEL, f"≤ {LATER}")])
    from notebook_page import running_browser

    with running_browser(program) as chromium, browser.laboratory() as lab:
        window = chromium.new_context()
        for source in SHOWN:
            seconds(window, lab, source)  # the first page compiles JupyterLab's scripts
        pairs = [[seconds(window, lab, source) for source in SHOWN] for _ in range(rounds)]
        window.close()
    empty, staged = (median(times) for times in zip(*pairs, strict=True))
    text = (
        f"From Shift and Enter to the first frame, in a kernel that has imported nothing, median of {rounds} kernels: "
        f"{staged:.2f} s for lesson 01's stage with a chart below it, {empty:.2f} s for an empty anywidget."
    )
    shown = f"{{:.2f}} ({staged:.2f} s and {empty:.2f} s)"
    return Report(text, [goal(LABEL, staged - empty, shown, at_most=LATER)])


def seconds(window, lab, source: str) -> float:
    """From the key press that runs a cell to the frame that shows what it gives, in a new kernel (s)."""
    from notebook_page import NotebookPage

    (lab.folder / "first.ipynb").write_text(json.dumps(browser.notebook(source)), encoding="utf-8")
    opened = NotebookPage(window, lab, "first.ipynb")
    opened.page.evaluate(WATCH, SHOWN[source])
    opened.go_to("timed")
    opened.page.keyboard.press("Shift+Enter")
    found = opened.page.evaluate("first")
    opened.close()
    return found / 1000
