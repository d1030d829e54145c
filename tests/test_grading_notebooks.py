"""The course's own notebooks of exercises, answered and handed in, get their points: their set-up runs in the jail."""

import json
import os
import re
import sys

import pytest
from places import NOTEBOOKS
from samples import some
from test_exercises_banks import BANKS

from cloudlab.grading.grader import Work, grade_one
from cloudlab.judge import words

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Only on Linux and macOS: grading forks a process a run"
)

LEVEL = "L1" if sys.platform == "linux" else "L4"
USING = (
    "01_autoscaling_limits",
    "02_autoscaling_policies",
    "03_load_balancing",
    "04_monolith_and_microservices",
)
"""Those whose set-up imports more of the exercises than `exercise`, to draw what is given."""


@pytest.mark.parametrize("name", some(USING))
def test_a_notebook_that_draws_what_is_given_is_graded_as_any_other(tmp_path, name):
    lesson = name.partition("_")[2]
    notebook = json.loads((NOTEBOOKS / "exercises" / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert f"cloudlab.exercises.{lesson}." in json.dumps(notebook)
    before: dict = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            if check := re.match(r"q(\d+)\.check\(", "".join(cell["source"])):
                before["source"] = f"q = q{check[1]}\n{BANKS[lesson].WORKED[f'E{check[1]}']}"
                cell["source"] = f"q{check[1]}.check(answer)"
            before = cell
    path = tmp_path / "ann.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    result = grade_one(Work(path, "ann", "a secret text", LEVEL))
    points = {one: entry["points"] for one, entry in result["exercises"].items()}
    assert points == dict.fromkeys(words.of_lesson(lesson), 10.0), result["notes"]
    assert not [
        note for note in result["notes"] if "raised" in note
    ]  # what draws is missing there, and no fault
