"""Machines on the stage: what they show is what the record has, and shelves open when somebody looks."""

import pytest
from stage_pages import NARROW, WIDE, ask, stage_pages

from cloudlab.labs.containers import LOOKED, agree, orders, results, scenario
from cloudlab.views.stage import Stage

MOMENTS = (0.0, 1.0, 20.5, 21.0, 40.0, 60.0, 75.0, 95.0, 120.0)


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda *records, **look: open_page(Stage(*records, title="The stage"), **look)


def words(page) -> list[str]:
    """All texts in the scene."""
    return ask(page, "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map((one) => one.words))")


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "changes", [{}, {"sent": "image", "second": "yes", "lose": (90.0,)}], ids=["file", "image"]
)
def test_numbers_and_level_are_those_of_the_record(opened, window, changes):
    record = scenario(**changes)
    page = opened(record, still=True, viewport=window)
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        cells = page.locator(".cloudlab-number-cell").all_inner_texts()
        shown = {cell.split("\n")[0].strip(): cell.split("\n")[-1].split()[0] for cell in cells}
        assert shown["Machines right"] == str(agree(record, moment)), (moment, cells)
        parts = [part for part in record.parts_of("program") if record.parts[part].born <= moment]
        for kind, label in (("Right", "Orders right"), ("Wrong", "Wrong, no error"), ("Failed", "Failed")):
            have = sum(record.series[part, kind].at(moment) for part in parts)
            assert int(shown[label].replace(",", "")) == have, (moment, label)
    assert orders(record)[0] == record.series[record.part("app on production"), "Right"].at(record.end)


def test_a_shelf_says_nothing_before_somebody_has_looked(opened):
    page = opened(scenario(), still=True, viewport=WIDE)
    ask(page, f"stage.seek({LOOKED - 1})")
    assert "?" in words(page) and "resizer 1.0" not in words(page)
    ask(page, f"stage.seek({LOOKED})")
    assert {"resizer 1.0", "resizer 2.0", "resizer 3.0"} <= {*words(page)} and "?" not in words(page)


def test_a_layer_that_two_containers_share_lies_there_once(opened):
    page = opened(scenario(sent="image", second="yes"), still=True, viewport=WIDE)
    ask(page, "stage.seek(stage.end)")
    shown = words(page)
    assert shown.count("fonts") == 3 and shown.count("app.py") == 3 and shown.count("labels.py") == 1
    assert sum(text.startswith("shared by both") for text in shown) == 1
    digest = next(
        one.attributes["digest"] for one in scenario(sent="image").parts if "digest" in one.attributes
    )
    assert shown.count(digest[:8]) >= 2


def test_the_real_error_stands_on_its_machine_and_in_ask_why(opened):
    record = scenario()
    page = opened(record, still=True, viewport=WIDE)
    ask(page, "stage.seek(stage.end)")
    error = results(record)["app on test server"].removeprefix("Failed: ")
    assert error in " ".join(words(page))
    page.get_by_label("Ask why").select_option(label="Why does a program not do what it should?")
    told = page.locator(".cloudlab-stage").inner_text()
    assert "41 x 30 cm, in place of 16 x 12 cm. No error is told." in told and "resizer 3.0" in told


def test_one_sentence_tells_of_the_moment(opened):
    page = opened(scenario(sent="image", lose=(90.0,)), still=True)
    for moment, sentence in (
        (5, "App on laptop does what it should."),
        (60, "It does the same wherever it runs."),
        (100, "Production is gone, and what ran there with it."),
    ):
        ask(page, f"stage.seek({moment})")
        assert sentence in page.locator(".cloudlab-stage").inner_text()
