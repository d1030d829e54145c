"""The class, live, in a real browser: a learner in JupyterLab, and the teacher's view beside it.

The second learner is one whose answers are written by the same module that a lesson uses.
"""

import shutil
import threading

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from notebook_page import PATIENCE, NotebookPage, leaves
from places import NOTEBOOKS
from test_class_live import HOSTILE, SQS, answers_of, joined

from cloudlab.grading.live_page import Wish
from cloudlab.shell.live import serve_class
from cloudlab.views.progress import Progress
from cloudlab.views.sharing import Sharing

NAME = "06_sqs.ipynb"
WIDE = {"width": 1400, "height": 900}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    (folder / "cloudlab-live").mkdir()
    for name in ("one", "two"):
        (folder / "cloudlab-live" / f"{name} {'x' if name == 'one' else '<b>'}.json").write_bytes(b"{" * 900)
    return folder


@pytest.fixture(scope="module")
def address(shared):
    """Where the view of the class is served."""
    ready, held = threading.Event(), {}

    def opened(server, address):
        held.update(server=server, address=address)
        ready.set()

    more = {"browser": False, "opened": opened}
    thread = threading.Thread(target=serve_class, args=(shared, Wish()), kwargs=more)
    thread.start()
    assert ready.wait(60)
    yield held["address"]
    held["server"].shutdown()
    thread.join(60)


@pytest.fixture(scope="module")
def board(browser, address):
    """The teacher's view: it has asked for nothing but its own address."""
    page = browser.new_page(viewport=WIDE)
    page.set_default_timeout(PATIENCE)
    page.asked, page.faults = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("dialog", lambda dialog: page.faults.append(dialog.message) or dialog.dismiss())
    page.goto(address)
    page.locator("html[data-looked]").wait_for(state="attached")
    yield page
    assert page.faults == [] and not any(map(leaves, page.asked))
    page.close()


@pytest.fixture(scope="module")
def ann(lab, window, shared):
    """A learner in the class, with lesson 06 open and run up to its predictions."""
    state = lab.folder / ".cloudlab"
    before = state / "answers"
    shutil.rmtree(before, ignore_errors=True)
    joined(state, shared, "Ann Lee")
    shutil.copy(NOTEBOOKS / NAME, lab.folder / NAME)
    page = NotebookPage(window, lab, NAME)
    page.run_to("predictions")
    yield page
    page.close()
    for left in ("class.json", "help.json"):
        (state / left).unlink(missing_ok=True)
    shutil.rmtree(before, ignore_errors=True)
    shutil.copy(NOTEBOOKS / NAME, lab.folder / NAME)


@pytest.fixture(scope="module")
def bob(tmp_path_factory, shared):
    """Another learner, who has not answered anything yet and whose name is meant to do harm."""
    state = tmp_path_factory.mktemp("bob")
    joined(state, shared, "Bob " + HOSTILE[:40])
    one = Sharing(state)
    one.lesson = "sqs"
    one.changed()
    assert one.settled()
    return one


def answer(one, kind, key, said):
    Progress(one.state).keep(kind, key, said)
    one.changed()
    assert one.settled()


def test_two_learners_predict_and_the_view_counts_them(board, ann, bob):
    board.get_by_role("heading", name="06 · Queues (SQS)").wait_for()
    board.locator("#head p", has_text="2 of 2 learners in the class").wait_for()
    answer(bob, "prediction", "06-back", {"value": 55})
    field = ann.output("predictions").locator(".cloudlab-form").first
    field.locator("input").fill("30")
    field.locator(".cloudlab-button").click()
    back = board.locator("#foreseen article").first
    back.get_by_text("2 of 2 predicted; the median is 42.5 s.").wait_for()
    rows = [row.text_content().strip() for row in back.locator("tbody th").all()]
    counts = [cell.text_content() for cell in back.locator("td.number").all()]
    assert (rows[0], rows[-1]) == ("30 to 34 s", "55 to 59 s") and counts == ["1", "0", "0", "0", "0", "1"]
    assert "27 s" not in board.content()


def test_the_view_shows_what_happened_and_what_is_right_when_the_teacher_says_so(board, ann, bob):
    for key, said in answers_of("check", False).items():
        answer(bob, "quiz", key, {"answer": said})
    ann.go_to("check")
    ann.page.keyboard.press("Control+Enter")
    form = ann.output("check").locator(".cloudlab-form").first
    right = next(place for place, one in enumerate(SQS.posed[3].choices) if one.right)
    form.locator("input[type=radio]").nth(right).check()
    form.locator(".cloudlab-button").click()
    first = board.locator("#posed article", has_text=SQS.posed[3].text)
    first.get_by_text("2 of 2 answered.").wait_for()
    assert (
        "Misconceptions" in board.locator("aside").text_content()
        and board.locator("#believed li").count() == 0
    )
    switch = board.get_by_label("What happened, and what is right")
    assert not switch.is_checked()
    switch.check()
    first.get_by_text("2 of 2 answered, 1 rightly.").wait_for()
    assert board.locator("#foreseen article").first.locator(".mark", has_text="it was 27 s").count() == 1
    wrong = next(one for one in SQS.posed[3].choices if not one.right)
    assert wrong.misconception in board.locator("#believed").text_content()
    switch.uncheck()
    first.get_by_text("2 of 2 answered.").wait_for()


def test_a_learner_calls_for_help_and_is_done_with_it(board, ann, bob):
    button = ann.output("coat-check").get_by_role("button", name="I need help")
    assert button.get_attribute("aria-pressed") == "false" and button.count() == 1
    button.click()
    ann.output("coat-check").get_by_text("You wait for help since").wait_for()
    bob.call(True)
    assert bob.settled()
    board.locator("#calls", has_text="2 learners wait for help.").wait_for()
    assert "Ann" not in board.content() and "Bob" not in board.content()
    names = board.get_by_label("Names")
    names.check()
    board.locator("#help li", has_text="Bob").wait_for()
    told = [one.text_content() for one in board.locator("#help li").all()]
    assert "Ann Lee in lesson 06, since" in told[0] and "Bob <script>" in told[1]
    assert board.title() == "The class, live" and "names=1" in board.url
    names.uncheck()
    button.click()
    board.locator("#calls", has_text="1 learner waits for help.").wait_for()
    assert button.get_attribute("aria-pressed") == "false"
    assert "two <b>.json is left out" in board.locator("#skipped").text_content()


def test_the_button_is_used_by_keyboard_and_stands_once_in_a_lesson(ann, bob):
    strip = ann.output("coat-check").locator(".cloudlab-helping")
    ann.go_to("coat-check")
    ann.reach(strip.locator(".cloudlab-button"))
    ann.press("Enter")
    strip.locator('[aria-pressed="true"]').wait_for()
    ann.press("Space")
    strip.locator('[aria-pressed="false"]').wait_for()
    ann.go_to("poison-panel")
    ann.page.keyboard.press("Control+Enter")
    ann.output("poison-panel").locator(".cloudlab-stage").first.wait_for()
    assert ann.page.locator(".cloudlab-helping").count() == 1
    assert ann.faults == []


def test_a_learner_calls_for_help_from_a_notebook_of_exercises(board, ann):
    """Most wait there, where no panel is: the button stands under the cell that makes the first exercise."""
    page = NotebookPage(ann.window, ann.lab, f"exercises/{NAME}")
    try:
        page.run_to("once-task")
        strip = page.output("set-up").locator(".cloudlab-helping")
        strip.get_by_text("Your class sees you as Ann Lee.").wait_for()
        assert page.page.locator(".cloudlab-helping").count() == 1
        before = board.locator("#calls").text_content()
        strip.get_by_role("button", name="I need help").click()
        strip.get_by_text("You wait for help since").wait_for()
        board.get_by_label("Names").check()
        board.locator("#help li", has_text="Ann Lee in lesson 06, since").wait_for()
        strip.get_by_role("button").click()
        strip.locator('[aria-pressed="false"]').wait_for()
        board.locator("#calls", has_text=before.strip()).wait_for()
        board.get_by_label("Names").uncheck()
        assert page.faults == []
    finally:
        page.close()


def violations(page, inside="body"):
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(inside) => axe.run(inside)", inside)
    passed = [rule["id"] for rule in found["passes"]]
    assert "color-contrast" in passed
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_core_finds_nothing_and_it_is_readable_at_200_percent(browser, address, board, bob, theme):
    page = browser.new_page(viewport=WIDE)
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}?lesson=06&names=1&results=1&theme={theme}")
    page.locator("#posed article").first.wait_for()
    assert page.locator("html").get_attribute("data-theme") == theme
    for size in (
        {"width": 1400, "height": 900},
        {"width": 700, "height": 450},
        {"width": 400, "height": 800},
    ):
        page.set_viewport_size(size)  # 700 is 1400 at 200 %
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    page.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_core_finds_nothing_in_the_button(ann, theme):
    ann.theme(theme)
    style = ann.page.add_style_tag(
        content="body { height: 100vh }"
    )  # else axe-core takes all text for hidden
    ann.go_to("coat-check")
    button = ann.output("coat-check").locator(".cloudlab-helping .cloudlab-button")
    for pressed in ("true", "false"):
        button.click()
        ann.output("coat-check").locator(f'.cloudlab-helping [aria-pressed="{pressed}"]').wait_for()
        assert violations(ann.page, ".cloudlab-helping") == []
    style.evaluate("(node) => node.remove()")


def test_a_view_that_hears_nothing_says_so_and_goes_on(board, shared):
    live = shared / "cloudlab-live"
    live.rename(shared / "away")
    live.write_text("a file", encoding="utf-8")
    board.locator(".lost", has_text="can't be read").wait_for()
    assert board.locator("#foreseen article").count() > 0  # what was heard last stays
    live.unlink()
    (shared / "away").rename(live)
    board.locator(".lost:empty").wait_for(state="attached")
