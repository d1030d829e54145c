"""The panel in a real JupyterLab in a real browser, by keyboard alone."""

import time

import nbformat
import pytest
from notebook_page import NotebookPage, leaves

FIRST = """\
from cloudlab.labs.autoscaling_limits import day, scenario
from cloudlab.views.charts import band, bill, compare, latency, levels, load_and_capacity
from cloudlab.views.panel import explore

explore(scenario, band, levels, label="The elastic band", presets={"Twelve": {"max_size": 12}})
"""
CELLS = (
    FIRST,
    "explore(day, load_and_capacity, latency, bill, label='A day')",
    "levels(scenario(kill_one=(120,)))",
    "compare({'Six': scenario(max_size=6), 'Nine': scenario()})",
)


@pytest.fixture(scope="module")
def page(lab, window):
    """A notebook with two panels and two charts after all its cells ran; `page.requests` are what it asked for."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(notebook, lab.folder / "panel.ipynb")
    opened = NotebookPage(window, lab, "panel.ipynb")
    opened.resize(1280, 1200)
    opened.run_all()
    page = opened.page
    page.faults, page.requests = opened.faults, opened.requests
    for place in range(len(CELLS)):  # a notebook shows only the cells near to what is on the screen
        cell = page.locator(f".jp-Cell[data-windowed-list-index='{place}']")
        cell.scroll_into_view_if_needed()
        cell.locator(".cloudlab-picture img").first.wait_for()
    yield page
    opened.close()


@pytest.fixture
def panel(page):
    """The first panel, back at its start."""
    found = page.locator(".jp-OutputArea-output:has(.cloudlab-panel)").first
    found.scroll_into_view_if_needed()
    found.get_by_role("button", name="Reset all").click()
    _until(found, "At 8:00, all 6 desired are in service")
    return found


def _until(panel, words: str) -> None:
    """Wait until the first picture's finding and alternative text begin with `words`."""
    panel.locator(".cloudlab-finding", has_text=words).first.wait_for()
    alternative = panel.locator("img").first.get_attribute("alt")
    assert alternative.startswith(words)


def test_each_picture_has_its_finding_and_description_as_alternative_text(page, panel):
    image = panel.locator("img").nth(1)
    assert image.get_attribute("alt").startswith(
        "From 1:30 on all 6 desired instances are in service Group web over"
    )
    assert image.evaluate("node => node.complete && node.naturalWidth > 0")


def test_arrow_keys_choose_and_the_picture_follows(page, panel):
    panel.get_by_role("radiogroup", name="Maximum").get_by_role("radio", name="9").focus()
    page.keyboard.press("ArrowRight")
    panel.locator("figure", has_text="At 8:00").wait_for()
    assert panel.get_by_role("radio", name="12").is_checked()
    panel.get_by_role("button", name="Reset Maximum to 9").focus()
    page.keyboard.press("Enter")
    panel.get_by_role("radio", name="9", checked=True).wait_for()


def test_an_action_at_a_moment_loses_one_and_the_band_shows_it(page, panel):
    panel.get_by_role("radiogroup", name="Ask for 20").get_by_role("radio", name="never").focus()
    page.keyboard.press("ArrowRight")
    _until(panel, "At 8:00, all 9 desired are in service: the maximum clips the ask for 20")
    panel.get_by_role("status").filter(has_text="the maximum clips the ask for 20").wait_for(state="attached")


def test_the_moment_moves_with_the_arrow_keys(page, panel):
    moment = panel.get_by_role("slider", name="Moment")
    moment.focus()
    page.keyboard.press("Home")
    _until(panel, "At 0:00, 0 of 6 desired are in service, 6 are on the way")
    page.keyboard.press("End")
    _until(panel, "At 8:00, all 6 desired are in service")
    assert moment.get_attribute("aria-valuetext") == "8:00 of 8:00"


STANDS = """([load, times, bill], beside) => {
  const [first, left, right] = [load, times, bill].map((node) => node.getBoundingClientRect());
  const here = right.y === left.y && right.x >= left.x + left.width;
  return here === beside && first.bottom <= left.y && left.width > (beside ? 620 : 0);
}"""
"""Whether the bill stands beside the answer times, or below them, and both below the load."""


def test_a_bill_stands_beside_the_chart_before_it_where_there_is_room(page):
    charts = page.locator(".jp-OutputArea-output:has(.cloudlab-panel)").nth(1).locator(".cloudlab-picture")
    found = []
    for width, beside in ((1400, True), (1000, False)):
        page.set_viewport_size({"width": width, "height": 1200})
        charts.nth(2).scroll_into_view_if_needed()
        until = time.monotonic() + 10  # pictures are drawn anew for another width
        while not (stands := charts.evaluate_all(STANDS, beside)) and time.monotonic() < until:
            page.wait_for_timeout(50)
        found.append(stands)
    page.set_viewport_size({"width": 1280, "height": 1200})
    assert found == [True, True]


def test_a_wrong_seed_is_told_in_one_sentence_and_the_picture_stays(page, panel):
    seed = panel.get_by_role("spinbutton", name="seed")
    seed.fill("1.5")
    page.keyboard.press("Enter")
    panel.get_by_text("seed is 1.5, but must be a whole number.").wait_for()
    _until(panel, "At 8:00, all 6 desired are in service")


def test_enter_presses_a_button_and_does_not_open_the_cell(page, panel):
    panel.get_by_role("button", name="New seed").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.cloudlab-seed').value === '2'")
    assert page.evaluate("document.activeElement.textContent") == "New seed"
    assert page.locator(".jp-mod-editMode").count() == 0


PLACES = """(panel) => {
  const box = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };
  const fields = [...panel.querySelectorAll(".cloudlab-field")].filter((one) => one.checkVisibility());
  const right = panel.querySelector(".cloudlab-panel").getBoundingClientRect().right;
  return fields.map((field, place) => {
    const reset = field.querySelector(".cloudlab-reset"), next = fields[place + 1];
    const own = reset.previousElementSibling.getBoundingClientRect();
    const sign = box(reset), after = next && next.querySelector(".cloudlab-head").getBoundingClientRect();
    return { left: sign.left - own.right,
      over: reset.getBoundingClientRect().right - right,
      next: after && Math.abs(after.top - sign.top) < 30 ? after.left - sign.right : null };
  });
}"""
"""Of each control: how far the sign of its reset stands from it, and from the next label; how far over the panel."""


def test_the_button_that_resets_a_control_stands_beside_it_and_in_the_panel(page, panel):
    page.set_viewport_size({"width": 1280, "height": 1200})
    beside = 0
    for width in (1280, 1100, 900, 700, 500):
        page.set_viewport_size({"width": width, "height": 1200})
        for place in panel.evaluate(PLACES):
            assert place["over"] <= 0, (width, place)
            assert 0 <= place["left"] < 12, (width, place)
            if place["next"] is not None:
                beside += 1
                assert place["next"] > 1.5 * place["left"], (width, place)
    page.set_viewport_size({"width": 1280, "height": 1200})
    assert beside >= 2


def test_a_refused_number_is_an_alert_with_the_rule(page):
    day = page.locator(".jp-OutputArea-output:has(.cloudlab-panel)").nth(1)
    day.scroll_into_view_if_needed()
    before = day.locator("img").first.get_attribute("alt")
    number = day.get_by_role("spinbutton", name="Maximum")
    number.fill("13")
    page.keyboard.press("Enter")
    alert = day.get_by_role("alert").filter(has_text="Maximum is 13 instances")
    alert.wait_for()
    assert alert.inner_text() == "Maximum is 13 instances, but must be between 0 and 12 instances."
    assert number.get_attribute("aria-describedby") == alert.get_attribute("id")
    assert day.locator("img").first.get_attribute("alt") == before


def test_axe_finds_nothing_in_the_outputs(page):
    from axe_playwright_python.sync_playwright import Axe

    for place in range(len(CELLS)):
        page.locator(f".jp-Cell[data-windowed-list-index='{place}']").scroll_into_view_if_needed()
        found = Axe().run(page, context=".jp-OutputArea").response["violations"]
        assert not found, [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found]


def test_no_request_left_this_machine_and_no_script_failed(page):
    assert len(page.requests) > 50
    assert ([url for url in page.requests if leaves(url)], page.faults) == ([], [])
