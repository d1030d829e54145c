"""Points on the home page: a home of its own, since a check that is called changes what other tests look at."""

import json

import pytest
from notebook_page import NotebookPage
from places import NOTEBOOKS
from test_exercises_banks import BANKS
from test_home_browser import EXERCISES, live, reach, shown_in, tab  # noqa: F401 - a fixture

from cloudlab.shell import front
from cloudlab.views.course import standings


def test_points_of_a_check_stand_on_the_home_page_when_it_is_seen_again(lab, window, live):  # noqa: F811
    """The check of an exercise is really called, in its own notebook, twice: the better one counts."""
    number = next(
        one.lesson for one in standings(NOTEBOOKS, lab.folder / ".cloudlab") if "E9" in one.lesson.exercises
    )
    told = live.page.locator(".cloudlab-points", has_text=f"of the exercises of lesson {number.number}")
    assert told.text_content().startswith(f"0 of {len(number.exercises) * 10}\u00a0points")
    path = lab.folder / EXERCISES
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (answer,) = (cell for cell in notebook["cells"] if cell["id"] == "queues-answer")
    answer["source"] = "q = q9\n" + BANKS["monolith_and_microservices"].WORKED["E9"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    page = NotebookPage(window, lab, EXERCISES)
    page.run_to("queues-check")
    page.output("queues-check").get_by_text("10 of 10").first.wait_for()
    page.page.close()
    live.page.locator('.cloudlab-home a[href="glossary.ipynb"]').click()
    shown_in(live.page, "glossary")
    tab(live.page, front.NAME).click()
    all_of_it = f"10 of {len(number.exercises) * 10} points of the exercises of lesson {number.number}"
    live.page.locator(".cloudlab-points", has_text=all_of_it).wait_for()
    points = [float(text.split()[0]) for text in live.page.locator(".cloudlab-points").all_text_contents()]
    said = live.page.locator(".cloudlab-sum").text_content()
    assert float(said.split()[0]) == pytest.approx(sum(points)) and sum(points) >= 10
    each = live.page.locator(".cloudlab-each")
    assert not each.get_by_role("table").is_visible()
    reach(live.page, ".cloudlab-each summary")
    live.page.keyboard.press("Enter")
    each.get_by_role("row", name=number.title).get_by_text("E9: 10").wait_for()
    live.page.locator('.cloudlab-home a[href="glossary.ipynb"]').click()
    shown_in(live.page, "glossary")
    tab(live.page, front.NAME).click()
    assert each.get_by_role("table").is_visible()
