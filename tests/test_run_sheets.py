"""The run sheets: one for each lesson, as made, and true to it in words, minutes, links and share codes."""

import re
from importlib import import_module

import pytest
from places import NOTEBOOKS
from run_sheets import (
    BACK,
    FOLDER,
    LESSONS,
    QUESTIONS,
    WRITTEN,
    calls,
    first_stage,
    outcomes,
    parts,
    sheet,
    text_of,
)
from times import read

from cloudlab.views.lesson import explore, stage

LEAVES = ("predict", "run", "explain", "check", "exit")
"""What no plan may cut."""


def name_of(path):
    return path.stem.partition("_")[2]


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return request.param


def test_a_sheet_is_as_made(lesson):
    kept = FOLDER / f"{lesson.stem}.md"
    assert kept.is_file(), "run: python tests/run_sheets.py"
    assert kept.read_text(encoding="utf-8") == sheet(lesson), "run: python tests/run_sheets.py"


def test_there_is_no_sheet_without_its_lesson():
    assert {path.stem for path in FOLDER.glob("*.md")} == {path.stem for path in LESSONS}


def test_each_prediction_has_a_prompt_an_outcome_and_a_reply_in_the_words_of_the_lesson(lesson):
    notebook, written = read(lesson), WRITTEN[name_of(lesson)]["predictions"]
    keys = [call.args[0].value for call in calls(notebook, "predict")]
    assert keys == list(written)
    said = " ".join(text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    said = re.sub(r"\*\*|<!--.*?-->", "", said)
    for key in keys:
        assert written[key]["reply"] in said, f"{key}: the reply is no line of the lesson"
    assert set(keys) <= outcomes(notebook).keys(), "a cell says what came of each prediction"


def test_both_plans_are_whole_and_cut_nothing_that_the_lesson_lives_by(lesson):
    front = sheet(lesson).partition("## Predictions")[0]
    rows = [line.strip("| ").split(" | ") for line in front.splitlines() if line.startswith("| ")]
    times = {row[0]: [int(cell) if cell.isdigit() else 0 for cell in row[1:]] for row in rows[1:-1]}
    assert [sum(row[column] for row in times.values()) for column in (0, 1)] == [50, 90]
    for part in parts(read(lesson)):
        short, long = times[part.title]
        assert long, f"{part.title} doesn't fit into 90 minutes"
        assert short or part.kind not in LEAVES, f"{part.title} is cut in 50 minutes"
        assert bool(short) != (
            part.title in front.partition("left for home: ")[2].partition(".")[0].split(", ")
        )


def test_slow_cells_are_cells_of_the_lesson(lesson):
    ids = {cell["id"] for cell in read(lesson)["cells"]}
    assert set(WRITTEN[name_of(lesson)].get("slow", {})) <= ids


def test_the_share_code_brings_the_key_moment_back(lesson):
    code = re.search(r"Share code: `(.+?)`", sheet(lesson))[1]
    lab = import_module(f"cloudlab.labs.{name_of(lesson)}")
    scenario = getattr(lab, first_stage(read(lesson)))
    panel = explore(scenario, stage, **lab.BAD_DAY)
    key = panel.record.fingerprint()
    assert panel.set(seed=2).record.fingerprint() != key
    assert panel.restore(code).record.fingerprint() == key


def test_the_front_fits_on_one_sheet_of_paper_and_links_lead_somewhere(lesson):
    text = sheet(lesson)
    front, _, back = text.partition(BACK)
    assert len(front.split()) <= 750 and all(head in back for head in QUESTIONS.values())
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (FOLDER / link).resolve().is_file(), link
    for name in re.findall(r"`(exercises/[\w/]+\.ipynb)`", text):
        assert (NOTEBOOKS / name).is_file()
