"""A number and its unit stay in one line, wherever words come to the screen, and printed words are whole."""

import base64
import re

import nbformat
import pytest
from notebook_page import NotebookPage
from places import ROOT

from cloudlab.judge.question import in_lines
from cloudlab.kernel.printed import AMOUNT
from cloudlab.shell import execute
from cloudlab.views.charts.common import in_lines as lines_of
from cloudlab.views.snapshot import marked, paragraph
from cloudlab.views.theme import module, stylesheet

AMOUNTS = ["30 s", "13:20 h", "12.5 %", "1,769 MB", "0.25 vCPU"]
TOLD = f"A mail came {', or '.join(AMOUNTS)} late, which 12 speakers of it heard."

SHOWN = """async ([source, state]) => {
  const { default: { render } } = await import(`data:text/javascript;base64,${source}`);
  document.body.replaceChildren(document.createElement("main"));
  render({ model: { get: (name) => state[name], on: () => {} }, el: document.querySelector("main") });
}"""

PARTED = """([told, amounts]) => {
  const nodes = [...document.querySelectorAll("main *")].filter((node) => node.textContent === told);
  const deepest = nodes.filter((node) => ![...node.children].some((child) => child.textContent === told));
  const placeOf = (node, at) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(), before = 0; text; before += text.length, text = walker.nextNode())
      if (at < before + text.length) return [text, at - before];
  };
  const top = (node, at) => {
    const range = document.createRange(), [text, place] = placeOf(node, at);
    range.setStart(text, place);
    range.setEnd(text, place + 1);
    return range.getBoundingClientRect().top;
  };
  const found = [];
  for (let width = 90; width < 420; width += 7) {
    document.querySelector("main").style.width = `${width}px`;
    for (const node of deepest) for (const one of amounts) {
      const at = told.indexOf(one);
      if (top(node, at) !== top(node, at + one.length - 1)) found.push(`${one} in ${node.className} at ${width}`);
    }
  }
  return { found, texts: deepest.length }; }"""
"""Which amounts stand in two lines, in all elements that hold nothing but what is told, at many widths."""

WIDGETS = {
    "picture": (
        {"caption": TOLD, "description": TOLD, "table": [], "details": False, "svg": "", "played": None},
        2,
    ),
    "form": ({"content": {"question": TOLD, "options": [TOLD, TOLD], "text": TOLD, "trouble": TOLD}}, 5),
}
"""What the kernel tells a widget, and how many of its texts that is."""


@pytest.mark.parametrize("name", WIDGETS)
def test_no_widget_parts_a_number_from_its_unit(browser, name):
    state, texts = WIDGETS[name]
    with browser.new_context() as context:
        page = context.new_page()
        coded = base64.b64encode(module(f"{name}.js").encode("utf-8")).decode("ascii")
        page.set_content(f"<style>{stylesheet('')}</style><main></main>")
        page.evaluate(SHOWN, [coded, state])
        seen = page.evaluate(PARTED, [TOLD, AMOUNTS])
    assert seen == {"found": [], "texts": texts}


@pytest.mark.parametrize("show", [in_lines, paragraph, marked])
def test_feedback_and_pages_keep_numbers_and_units_together(show):
    kept = re.findall(r'<span style="white-space: nowrap">(.*?)</span>', show(TOLD))
    assert kept == AMOUNTS


def test_what_a_chart_writes_in_several_lines_keeps_them_together():
    class Narrow:
        def width_of(self, words, bold=False):
            return len(words)

    for room in range(8, 60):
        lines = lines_of(Narrow(), TOLD, room)
        assert not [line for line in lines[1:] if re.match(r"(s|h|%|MB|vCPU)\b|%", line)], room


PRINTS = """\
from cloudlab.exercises import exercise
print("Whoever answers an exercise prints plain words to look at, on a screen as narrow as a telephone. " * 5)
exercise("E19").hint()"""

BROKEN = """() => {
  const pre = document.querySelector(".jp-OutputArea-output pre");
  const text = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT).nextNode();
  return [...text.textContent.matchAll(/[a-z]+/gi)].flatMap((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1 ? [word[0]] : [];
  }); }"""


def test_what_is_printed_beside_an_exercise_is_broken_between_words(lab, window):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(PRINTS)]
    nbformat.write(notebook, lab.folder / "prints.ipynb")
    opened = NotebookPage(window, lab, "prints.ipynb")
    try:
        opened.run_all()
        opened.press("Control+b")  # without the list of files
        opened.resize(400, 900)
        assert opened.page.evaluate(BROKEN) == []
    finally:
        opened.close()


def test_all_have_the_same_units():
    script = (ROOT / "cloudlab" / "views" / "nodes.js").read_text(encoding="utf-8")
    assert AMOUNT.pattern in script and AMOUNT == execute.AMOUNT


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").rglob("[0-9g]*.ipynb")), ids=lambda path: path.stem
)
def test_no_text_of_a_notebook_parts_a_number_from_its_unit(path):
    """`cloudlab execute` keeps them together."""
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    parted = [one for text in texts for one in AMOUNT.findall(re.sub(execute.CODE, "", text))]
    assert texts and parted == []
