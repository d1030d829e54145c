"""The home page in a real browser, by mouse and by keyboard: JupyterLab, and Notebook 7 on the same server."""

import json
import shutil

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from notebook_page import PATIENCE, NotebookPage
from places import NOTEBOOKS

from cloudlab.shell import front, serve

FIRST, SECOND = "00_start_here.ipynb", "01_autoscaling_limits.ipynb"
EXERCISES = "exercises/04_monolith_and_microservices.ipynb"
STAGE = "() => document.querySelector('.cloudlab-stage')?.closest('.cloudlab')?.stage"


def forget(lab):
    """End all kernels, and leave the folder as it was laid out, without an answer."""
    for session in json.loads(lab.call("GET", "api/sessions")):
        lab.call("DELETE", f"api/sessions/{session['id']}")
    shutil.rmtree(lab.folder / ".cloudlab", ignore_errors=True)
    (lab.folder / ".cloudlab").mkdir()
    for name in (FIRST, SECOND, EXERCISES, front.NAME):
        shutil.copy(NOTEBOOKS / name, lab.folder / name)


@pytest.fixture
def opened(lab, window):
    """`opened(name, front)` is a page of JupyterLab, or of Notebook 7; no answer is kept from before."""
    forget(lab)
    pages = []

    def open_page(name, *, notebook=False):
        page = window.new_page()
        page.set_viewport_size({"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE)
        pages.append(page)
        address = f"http://{serve.HOST}:{lab.port}/notebooks/{name}?token={lab.token}"
        with page.expect_websocket(is_kernel) as kernel:
            page.goto(address if notebook else lab.address(name))
        kernel.value.wait_for_event("framereceived")
        return page

    yield open_page
    for page in pages:
        page.context.storage_state()  # what it was about to write is written
        page.close()
    forget(lab)


@pytest.fixture
def front_page(lab, opened, monkeypatch):
    """The home page as a start of the course leaves it, in a folder where nothing is answered yet."""
    monkeypatch.delenv("CLOUDLAB_STATE")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(lab.folder.parent / "data"))
    assert front.refresh(lab.folder)


@pytest.fixture(scope="module")
def live(lab, window):
    """The home page after its cell was run, by keyboard."""
    forget(lab)
    page = NotebookPage(window, lab, front.NAME)
    page.resize(1400, 1600)  # all of it is in view: what lies outside is hidden to axe-core
    page.go_to("title")
    page.press("Shift+Enter", "Shift+Enter")
    page.page.locator("[data-looked] .cloudlab-home").wait_for()
    yield page
    page.close()
    forget(lab)


def is_kernel(socket):
    """Whether a kernel speaks through it."""
    return "/api/kernels/" in socket.url


def tab(page, name):
    return page.locator(".lm-TabBar-tab", has_text=name)


def shown_in(page, name):
    """Wait until this notebook is in front."""
    page.locator(".lm-TabBar-tab.lm-mod-current", has_text=name).wait_for()


def test_two_clicks_lead_from_home_to_a_stage_that_moves(opened, front_page):
    page = opened(front.NAME)
    with page.expect_websocket(is_kernel) as kernel:
        page.locator(".cloudlab-button").click()
    kernel.value.wait_for_event("framereceived")
    shown_in(page, FIRST)
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    panel.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(f"() => {{ const stage = ({STAGE})(); return stage && stage.t > 0; }}")


def test_the_stored_home_page_runs_when_one_comes_back_to_it_and_not_when_it_is_scrolled(opened, front_page):
    page = opened(front.NAME)
    page.locator(".cloudlab-button").wait_for()
    place = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"
    page.mouse.move(900, 500)
    for down in (3000, -3000):
        before = page.evaluate(place)
        page.mouse.wheel(0, down)
        page.wait_for_function(f"(before) => Math.abs(({place})() - before) > 1000", arg=before)
        page.wait_for_timeout(300)  # a run would begin by now
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    assert prompt.inner_text() == "[ ]:"
    page.locator(".cloudlab-button").click()
    shown_in(page, FIRST)
    tab(page, front.NAME).click()
    prompt.filter(has_text="[1]:").wait_for()
    page.locator("[data-looked] .cloudlab-home").wait_for()


def test_a_lesson_runs_in_notebook_7_and_home_leads_to_it(opened, front_page):
    page = opened(SECOND, notebook=True)
    page.locator("#jp-title, .jp-NotebookKernelLogo").first.wait_for()
    assert "/lab/" not in page.url
    page.locator("[data-status='idle']").first.wait_for()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.locator(".cloudlab-stage").first.scroll_into_view_if_needed()
    page.wait_for_function(f"() => {{ const stage = ({STAGE})(); return stage && stage.t > 0; }}")
    page.wait_for_function(f"() => ({STAGE})().t === ({STAGE})().model.get('opening').until")
    page.get_by_text("How many servers work at 4:00 min").first.wait_for()  # once the opening has stopped
    home = opened(front.NAME, notebook=True)
    with home.expect_event("popup", timeout=PATIENCE) as lesson:
        home.locator(f'.cloudlab-home a[href*="{FIRST}"], .cloudlab-button').first.click()
    lesson.value.wait_for_url(f"**/notebooks/{FIRST}*")
    lesson.value.close()


COVERED = """() => [...document.querySelectorAll(".cloudlab-card")].flatMap((card) => {
  const number = card.querySelector(".cloudlab-home-number"), box = number.getBoundingClientRect();
  return [...card.querySelectorAll(":scope > svg :not(g)")].map((shape) => shape.getBoundingClientRect())
    .filter((one) => one.left < box.right && one.right > box.left && one.top < box.bottom && one.bottom > box.top)
    .map(() => number.textContent);
})"""
"""The numbers of lessons that a shape of their card's picture covers, once for each shape."""


def test_no_picture_of_a_card_covers_its_number(live):
    assert live.page.locator(".cloudlab-home-number").count() > 1
    assert live.page.evaluate(COVERED) == []


def reach(page, selector):
    """Press Tab until a link has the focus."""
    for _ in range(80):
        if page.evaluate("(selector) => Boolean(document.activeElement?.matches(selector))", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_core_finds_nothing_in_the_live_page(live, theme):
    live.theme(theme)
    page = live.page
    page.add_style_tag(content="body { height: 100vh }")  # else axe-core takes all text for hidden
    page.evaluate(AXE_SCRIPT)
    for _ in range(
        20
    ):  # a page that was resized is laid out again, and what is hidden till then is passed over
        found = page.evaluate('() => axe.run(".cloudlab-home")')
        seen = [len(rule["nodes"]) for rule in found["passes"] if rule["id"] == "color-contrast"]
        if sum(seen) > 8:
            break
        page.wait_for_timeout(500)
    assert sum(seen) > 8
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]] == []


def test_home_is_used_by_keyboard_and_reads_anew_when_it_is_seen_again(lab, live):
    page = live.page
    live.go_to("home")
    reach(page, ".cloudlab-button")
    page.keyboard.press("Enter")
    shown_in(page, FIRST)
    kept = lab.folder / ".cloudlab" / "answers"
    kept.mkdir(exist_ok=True)
    (kept / "prediction-00-line.json").write_text('{"value": 7}', encoding="utf-8")
    tab(page, front.NAME).click()
    page.locator(".cloudlab-home", has_text="Next: the tasks").wait_for()
    assert page.locator(".cloudlab-button").text_content().startswith("Go on")
    page.locator(".cloudlab-sum").click()
    for link in (FIRST, f"exercises/{FIRST}", SECOND, "glossary.ipynb"):
        reach(page, f'.cloudlab-home a[href="{link}"]:not(.cloudlab-button)')
    page.keyboard.press("Enter")
    shown_in(page, "glossary.ipynb")
