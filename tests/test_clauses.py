"""Each clause of the notes behind the course is taught by a lesson, shown by a picture, tested by an exercise."""

import json
from collections import Counter

import clauses_page
import pytest
from clauses_page import CLAUSES, notebook_of

from cloudlab.judge import words

DRAWS = ("explore(", "charts.", "stage(", "day(", "compare(", "rush(", "duties(", ".also(")


def cells(lesson: str) -> dict[str, tuple[str, str]]:
    """{id: (kind, text)} of the cells of a lesson."""
    found = json.loads(notebook_of(lesson).read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: (cell["cell_type"], "".join(cell["source"])) for cell in found}


@pytest.mark.parametrize("clause", CLAUSES, ids=[clause["says"] for clause in CLAUSES])
def test_this_clause_is_taught_shown_and_tested(clause):
    there = cells(clause["lesson"])
    taught = " ".join(text for kind, text in there.values() if kind == "markdown")
    assert clause["words"] in taught
    kind, code = there[clause["picture"]]
    assert kind == "code" and any(word in code for word in DRAWS), code
    assert clause["exercise"] in words.lessons()


def test_the_page_of_clauses_is_as_made():
    made = clauses_page.page()
    assert clauses_page.PAGE.read_text(encoding="utf-8") == made, "run tests/clauses_page.py"


def test_each_clause_stands_there_once_and_each_lesson_but_the_first_two_and_the_last_has_one():
    assert max(Counter(clause["says"] for clause in CLAUSES).values()) == 1
    stems = {path.stem[3:] for path in notebook_of("sns").parent.glob("[0-9][0-9]_*.ipynb")}
    others = {"start_here", "autoscaling_policies", "whole_shop"}
    assert stems - others == {clause["lesson"] for clause in CLAUSES}
