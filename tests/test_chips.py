"""The chips beside terms in the lessons' text: the stage's own shapes, seen on white and on dark, all used."""

import json
import re

import pytest
from chips import BOTH, CHIPS, FOLDER, chip, glyphs
from places import NOTEBOOKS
from test_views_charts import contrast

from cloudlab.views import theme

LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def texts(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def test_the_files_are_made_of_the_stages_glyphs():
    known = glyphs()
    assert {path.stem for path in FOLDER.iterdir()} == set(CHIPS)
    for name, glyph in CHIPS.items():
        assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == chip(known[glyph]), (
            "run tests/chips.py"
        )


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_stands_out_on_white_and_on_dark(name):
    used = set(re.findall(r"#[0-9A-F]{6}", (FOLDER / f"{name}.svg").read_text(encoding="utf-8")))
    for paper in (theme.LIGHT.paper, theme.DARK.paper):
        assert max(contrast(colour, paper) for colour in used) >= 3
    assert used <= set(BOTH.values())


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_chip_stands_before_its_term_and_is_no_second_word_for_a_screen_reader(path):
    text = "\n".join(texts(path))
    found = re.findall(r"!\[(.*?)\]\((.*?)\)(.{0,3})", text)
    assert len(found) >= 2
    for words, target, after in found:
        assert re.fullmatch(r"chips/[\w-]+\.svg", target) and target[6:-4] in CHIPS
        assert words == "" and after.startswith(" **")


def test_every_chip_is_used():
    used = re.findall(r"\(chips/([\w-]+)\.svg\)", "\n".join(text for path in LESSONS for text in texts(path)))
    assert set(used) == set(CHIPS)
