"""Every lesson in a real browser: a real JupyterLab runs it, a keyboard uses it, axe-core looks at it.

The tests of a lesson share one page, since to open and to run it costs most. Each brings about what it needs,
so that it can run alone and in any order. Of panels, stages and questions a usual run takes the first of each lesson or
cell, and what all lessons have from the same code it tries in three of them; a nightly run takes all.
"""

import json
import shutil

import pytest
from notebook_page import CELL, NORMAL, NotebookPage, leaves
from panel_keys import PanelKeys
from places import NOTEBOOKS
from samples import NIGHTLY, some

LESSONS = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
BAND = "01_autoscaling_limits.ipynb"
only_band = pytest.mark.parametrize("lesson", [BAND], indirect=True, scope="module")
SOME = LESSONS if NIGHTLY else LESSONS[1::4]
alike = pytest.mark.parametrize("lesson", SOME, indirect=True, scope="module")
"""For what all lessons have from the same code."""


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request, lab, window, desk):
    """A lesson that has run from the first cell to the last, with no answer kept from before."""
    shutil.rmtree(lab.folder / ".cloudlab", ignore_errors=True)
    page = NotebookPage(window, lab, request.param, desk)
    page.opened = first_stage(page)
    page.resize(**NORMAL)
    page.run_below(code_cells(page)[1])
    yield page
    page.close()


def code_cells(lesson) -> list[str]:
    """The ids of the cells that are run."""
    return [cell["id"] for cell in lesson.cells() if cell["cell_type"] == "code"]


OPENING = """() => { const { stage } = document.querySelector(".cloudlab-stage").closest(".cloudlab");
  const view = document.querySelector(".jp-NotebookPanel .jp-WindowedPanel-outer").getBoundingClientRect();
  const { top, bottom } = stage.parts.root.querySelector(".cloudlab-scene").getBoundingClientRect();
  return { t: stage.t, playing: stage.playing, asked: stage.parts.asked.textContent,
    opening: stage.model.get("opening"),
    inView: top >= view.top && stage.parts.bar.getBoundingClientRect().bottom <= view.bottom }; }"""


def first_stage(lesson) -> dict:
    """How the first stage stands when its opening has come to its end, after a lesson's first cell was run.

    Two cells of text and one that is run: then it is in view, and plays for less than five seconds.
    """
    lesson.resize(1400, 900)
    lesson.run_to(code_cells(lesson)[0])
    lesson.page.locator(".cloudlab-stage").wait_for()
    lesson.page.wait_for_function(
        f"() => {{ const now = ({OPENING})(); return now.t === now.opening.until; }}", polling=100
    )
    return lesson.page.evaluate(OPENING)


def stands_and_asks(now: dict) -> bool:
    """Whether a stage is in view, plays no more, and asks the question of its opening."""
    asked = now["asked"] == now["opening"]["question"] and now["asked"].endswith("?")
    return asked and not now["playing"] and now["inView"]


def test_the_first_stage_opens_by_itself_stops_at_its_moment_and_asks(lesson):
    assert stands_and_asks(lesson.opened)


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(LESSONS))
def test_with_reduced_motion_the_first_stage_stands_at_its_moment_and_asks(lab, window, desk, name):
    folder = lab.folder / "still"
    (folder / ".cloudlab").mkdir(parents=True, exist_ok=True)
    shutil.copy(NOTEBOOKS / name, folder / name)
    lesson = NotebookPage(window, lab, f"{folder.name}/{name}", desk)
    lesson.page.emulate_media(reduced_motion="reduce")
    now = first_stage(lesson)
    lesson.page.locator(".cloudlab-stage").first.get_by_role("button", name="Step", exact=True).click()
    lesson.page.wait_for_function(f"() => ({OPENING})().t > {now['opening']['until']}")
    later = lesson.page.evaluate(OPENING)
    lesson.close()
    assert stands_and_asks(now)
    assert later["asked"] == now["asked"].split(". ")[-1], "what it says of a moment goes with that moment"


def test_a_lesson_runs_from_top_to_bottom(lesson):
    cells = [cell for cell in lesson.saved() if cell["cell_type"] == "code"]
    outputs = [(cell["id"], output) for cell in cells for output in cell["outputs"]]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [(cell, output) for cell, output in outputs if output["output_type"] == "error"] == []
    assert [(cell, output) for cell, output in outputs if output.get("name") == "stderr"] == []
    assert lesson.faults == []


UNSEEN = """() => {
  const shown = (node) => !node || (getComputedStyle(node).display !== "none" && shown(node.parentElement));
  const texts = [...document.querySelectorAll(".cloudlab *:not(details:not([open]) *, option, title)")]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()));
  return texts.filter((node) => shown(node) && !node.getClientRects().length).map((node) => node.textContent); }"""


def test_each_text_of_its_pictures_and_forms_is_laid_out_wherever_it_scrolled(lesson):
    """A text that was written while its cell was out of view is there when it comes into view."""
    texts = lesson.page.evaluate(UNSEEN.replace("&& !node", "&& node"))
    assert len(texts) > 20
    assert lesson.page.evaluate(UNSEEN) == []


BROKEN = """() => [...document.querySelectorAll(".jp-OutputArea-output pre, .jp-MarkdownOutput pre")].flatMap((pre) => {
  const drawn = pre.closest(".jp-MarkdownOutput");
  const parts = drawn ? /[^\\n]+/g : /(?<!\\S)[a-z]{2,16}(?!\\S)/gi; // lines, or plain words
  const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const part of node.textContent.matchAll(parts)) {
      const range = document.createRange();
      range.setStart(node, part.index);
      range.setEnd(node, part.index + part[0].length);
      if (range.getClientRects().length > 1) found.push(part[0]);
    }
  }
  return found; })"""
"""Words of what is printed, and lines of a lesson's drawings and code, that go on in another line."""


def test_nothing_in_it_is_wider_than_a_narrow_window_and_no_word_is_broken(lesson):
    lesson.press("Control+b")  # without the list of files
    lesson.resize(400, 900)
    wide = """() => [...document.querySelectorAll(".jp-OutputArea-output")]
      .filter((output) => output.scrollWidth > output.clientWidth + 1).map((output) => output.textContent)"""
    found = lesson.page.evaluate(wide), lesson.page.evaluate(BROKEN)
    lesson.resize(**NORMAL)  # before anything is said of it: the tests after this one have the same page
    lesson.press("Control+b")
    assert found == ([], [])


@only_band
def test_a_prediction_made_by_keyboard_stands_in_the_picture_at_once_but_in_no_other_run(lesson):
    predicted = (
        "(output) => output.querySelector('.cloudlab:has(> .cloudlab-stage)').stage.model.get('prediction')"
    )
    take_back(lesson)
    panel = PanelKeys(lesson, "band")
    panel.turn("Minimum, instances")
    panel.use(panel.button("Reset all"), "Enter")
    assert panel.output.evaluate(predicted) is None
    predict_seven(lesson)
    lesson.page.wait_for_function(predicted, arg=panel.output.element_handle())
    lesson.go_to("band")
    panel.turn("Minimum, instances")
    assert panel.output.evaluate(predicted) is None
    panel.use(panel.button("Reset all"), "Enter")
    assert panel.output.evaluate(predicted)["value"] == 7


@only_band
def test_a_control_is_reset_by_the_button_beside_it(lesson):
    panel = PanelKeys(lesson, "band")
    field = panel.field("Minimum, instances")
    panel.turn("Minimum, instances")
    if not field.locator(".cloudlab-reset").is_visible():
        panel.turn("Minimum, instances")  # it had come round to where it began
    lesson.go_to("band")
    panel.use(field.locator(".cloudlab-reset"), "Enter")
    assert not field.locator(".cloudlab-reset").is_visible()
    assert field.locator("input:focus").count() == 1  # the focus is not lost with the button


@only_band
def test_a_task_is_ticked_when_it_has_happened(lesson):
    task = lesson.output("tasks").locator(".cloudlab-tasks li").filter(has_text="less than the minimum")
    assert task.locator("strong").text_content() == "to do"
    panel = PanelKeys(lesson, "band")
    panel.act("Ask for 0")
    task.filter(has_text="done").wait_for()
    beside = panel.output.locator(".cloudlab-todo li").filter(has_text="less than the minimum")
    beside.filter(has_text="(done)").wait_for()
    panel.act("✕")


@only_band
def test_what_the_model_refuses_is_one_sentence_beside_the_control(lesson):
    panel = PanelKeys(lesson, "make-day")
    least, most = (panel.field(f"{name}, 0 to 12 instances") for name in ("Minimum", "Maximum"))
    lesson.draw_all()  # a picture that comes into view meanwhile is no answer
    lesson.resize(**NORMAL)
    panel.use(most.locator("input"), "3", "Enter")
    before = panel.shown()
    lesson.reach(least.locator("input"), "Shift+Tab")
    lesson.press("9")
    panel.press("Enter")
    error = most.get_by_role("alert").text_content() + least.get_by_role("alert").text_content()
    assert error == "Minimum is 9 instances, but must be at most Maximum (3)."
    assert panel.shown() == before
    assert "Traceback" not in panel.output.text_content()
    panel.use(panel.button("Reset all"), "Enter")
    assert panel.bar.locator(".cloudlab-error").all_text_contents() == [""] * len(panel.fields())


@pytest.mark.sampled
@alike
def test_every_control_of_every_panel_changes_words_and_picture_by_keyboard(lesson):
    for cell in some(lesson.cells_with(".cloudlab-panel")):
        panel = PanelKeys(lesson, cell)
        panel.to_the_end()
        for label in panel.fields():
            if not panel.field(label).is_visible():
                lesson.reach(panel.bar.locator("summary"))
                lesson.press("Enter")
            panel.turn(label)
        panel.use(panel.button("Reset all"), "Enter")
        assert panel.bar.locator(".cloudlab-reset.cloudlab-on").count() == 0


@pytest.mark.sampled
@alike
def test_presets_seeds_and_the_rest_of_every_panel_change_words_and_picture_by_keyboard(lesson):
    for number, cell in enumerate(some(lesson.cells_with(".cloudlab-panel"))):
        panel = PanelKeys(lesson, cell)
        panel.to_the_end()
        panel.turn(panel.fields()[0])
        if panel.bar.get_by_label("Presets").is_visible():
            panel.use(panel.bar.get_by_label("Presets"), "ArrowDown", way="Shift+Tab")
            lesson.go_to(cell)
            panel.turn(panel.fields()[0])
        panel.use(panel.bar.locator(".cloudlab-seed"), "ArrowUp", way="Shift+Tab")
        panel.use(panel.button("New seed"), "Enter")
        if number == 0:  # twenty runs: once in a lesson is enough
            panel.use(panel.button("Is it luck?"), "Enter")
        panel.use(panel.bar.get_by_label("Last run"), "Space", changes=["pictures"])
        if panel.bar.locator(".cloudlab-moment").is_visible():
            lesson.reach(panel.bar.locator(".cloudlab-moment"))
            clock = panel.bar.locator(".cloudlab-clock").text_content()
            panel.press("ArrowLeft")
            assert panel.bar.locator(".cloudlab-clock").text_content() != clock
            lesson.go_to(cell)
        panel.use(panel.button("Reset all"), "Enter")
        assert panel.bar.locator(".cloudlab-reset.cloudlab-on").count() == 0


ONE_SCREEN = """(output) => [...output.querySelectorAll(".cloudlab-stage")].map((stage) => {
  for (const more of output.querySelectorAll(".cloudlab-more")) more.open = false;
  const panel = stage.closest(".jp-OutputArea-output").querySelector(".cloudlab-panel");
  const top = (panel ?? stage).getBoundingClientRect().top;
  const bottom = stage.querySelector(".cloudlab-stagebar").getBoundingClientRect().bottom;
  return [stage.closest(".cloudlab").stage.runs.length, bottom - top, stage.clientWidth];
})"""


ROWS = """(output) => [...output.querySelectorAll(".cloudlab-panel > .cloudlab-fields")].map((fields) =>
  new Set([...fields.children].filter((child) => child.offsetParent).map((child) => {
    const { top, bottom } = child.getBoundingClientRect();
    return Math.round((top + bottom) / 20);
  })).size)"""


BARS = """(output) => [...output.querySelectorAll(".cloudlab-stagebar")].map((bar) =>
  [bar.clientWidth, bar.clientHeight])"""


def test_controls_in_one_row_scene_numbers_timeline_and_play_stand_on_one_screen(lesson):
    """In a window of 1400 × 900 with the list of files open: 640 pixels for one run, 760 for two."""
    lesson.resize(1400, 900)
    lesson.stretch()
    cells = lesson.cells_with(".cloudlab-stage")
    found = [
        (cell, runs, height)
        for cell in cells
        for runs, height, width in lesson.output(cell).evaluate(ONE_SCREEN)
        if width > 900
    ]
    rows = {cell: lesson.output(cell).evaluate(ROWS) for cell in cells}
    bars = {cell: lesson.output(cell).evaluate(BARS) for cell in cells}
    lesson.resize(**NORMAL)
    assert found
    assert [cell for cell, all_ in bars.items() if any(wide > 900 and high > 45 for wide, high in all_)] == []
    assert [one for one in found if one[2] > (640 if one[1] == 1 else 760)] == []
    assert any(rows.values())
    assert {cell: many for cell, many in rows.items() if any(row > 1 for row in many)} == {}


@pytest.mark.sampled
def test_every_stage_plays_and_steps_back_to_the_same_frame_by_keyboard(lesson):
    for cell in some(lesson.cells_with(".cloudlab-stage")):
        for root in lesson.output(cell).locator(".cloudlab:has(> .cloudlab-stage)").all():

            def said(what, root=root):
                return root.evaluate(f"(root) => {{ const {{ stage }} = root; return {what}; }}")

            frame = "stage.parts.canvas.toDataURL() + stage.parts.line.toDataURL()"
            lesson.go_to(cell)
            bar = root.locator(".cloudlab-stagebar")
            lesson.reach(bar.get_by_role("button", name="Reset"))
            lesson.press("Enter")
            assert said("stage.t") == 0 and not said("stage.playing")
            lesson.reach(bar.locator(".cloudlab-go"), "Shift+Tab")
            lesson.press("Enter")
            lesson.page.wait_for_function("(root) => root.stage.t > 0", arg=root.element_handle())
            lesson.press("Enter")
            assert not said("stage.playing")
            lesson.reach(bar.get_by_role("button", name="Step"))
            lesson.press("Enter")
            moment, shown = said("stage.t"), said(frame)
            lesson.press("Enter")
            assert said("stage.t") > moment and said(frame) != shown
            lesson.reach(bar.get_by_role("button", name="Back"), "Shift+Tab")
            lesson.press("Enter")
            assert (said("stage.t"), said(frame)) == (moment, shown)
            lesson.reach(root.locator(".cloudlab-scrub"), "Shift+Tab")
            lesson.press("End")
            assert said("stage.t") == said("stage.end")
            late = "stage.pictures.filter((one) => one.get('plot') && one.get('time') !== stage.t).length"
            assert said(late) == 0 == said("stage.pictures.filter((one) => one.get('played') < 1).length")
    assert lesson.faults == []


STOPS = """(output) => {
  const known = "button, input, select, summary, a[href], [tabindex]";
  const open = [...output.querySelectorAll(known)].filter((node) =>
    node.checkVisibility({ visibilityProperty: true }) && !node.disabled && node.tabIndex >= 0);
  const names = new Set(open.map((node) => (node.type === "radio" ? node.name : node)));
  window.stops = [...names];
  window.seen = new Map();
  return window.stops.length;
}"""
"""All that Tab should stop at; of radio buttons, those of one group are one stop."""

AT = """(output) => {
  const node = document.activeElement;
  if (!output.contains(node)) return null;
  const shows = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const drawn = [node, node.closest("label"), node.nextElementSibling, node.parentElement].filter(Boolean);
  window.seen.set(node.type === "radio" ? node.name : node, drawn.some(shows));
  return window.seen.size;
}"""
"""Where the focus is: how many stops there were so far, or null where it has left the output."""

MISSED = """() => window.stops.filter((stop) => window.seen.get(stop) !== true).map((stop) =>
  (typeof stop === "string" ? stop : stop.outerHTML.slice(0, 120)) + ": "
    + (window.seen.has(stop) ? "its focus isn't seen" : "Tab doesn't stop there"))"""


def test_tab_goes_through_the_first_stage_stop_by_stop_and_out_again(lesson):
    cell = lesson.cells_with(".cloudlab-stage")[0]
    output = lesson.output(cell)
    lesson.go_to(cell)
    stops = output.evaluate(STOPS)
    assert stops > 15
    lesson.press("Enter", "Escape")  # into the code and out of it: Tab begins at the cell
    for _ in range(3 * stops):
        lesson.press("Tab")
        if output.evaluate(AT) is None and lesson.page.evaluate("window.seen.size"):
            break
    else:
        raise AssertionError("Tab never leaves the stage")
    assert lesson.page.evaluate(MISSED) == []
    for _ in range(12):  # the cell that it led to, and the buttons that JupyterLab shows there, come first
        lesson.press("Shift+Tab")
        if output.evaluate(AT) is not None:
            return
    raise AssertionError("Shift and Tab don't lead back in")


@pytest.mark.sampled
@alike
def test_space_plays_a_stage_and_arrows_move_its_play_head(lesson):
    root = (
        lesson.output(lesson.cells_with(".cloudlab-stage")[0])
        .locator(".cloudlab:has(> .cloudlab-stage)")
        .first
    )
    lesson.go_to(lesson.cells_with(".cloudlab-stage")[0])
    lesson.reach(root.locator(".cloudlab-stagebar").get_by_role("button", name="Reset"))
    lesson.press("Space")
    lesson.reach(root.locator(".cloudlab-go"), "Shift+Tab")
    lesson.press("Space")
    lesson.page.wait_for_function(
        "(root) => root.stage.playing && root.stage.t > 0", arg=root.element_handle()
    )
    lesson.press("Space")
    assert not root.evaluate("(root) => root.stage.playing")
    lesson.reach(root.locator(".cloudlab-scrub"), "Shift+Tab")
    before = root.evaluate("(root) => root.stage.t")
    lesson.press("ArrowRight")
    after = root.evaluate("(root) => root.stage.t")
    lesson.press("ArrowLeft", "ArrowLeft")
    assert root.evaluate("(root) => root.stage.t") < after > before


@pytest.mark.sampled
@alike
def test_every_prediction_is_locked_in_by_keyboard(lesson):
    for cell in lesson.cells_with(".cloudlab-form"):
        lesson.go_to(cell)
        forms = lesson.output(cell).locator(".cloudlab-form").filter(has_text="Lock in")
        for form in some(forms.all()):  # each one leaves the list when it is locked
            form = forms.first
            lesson.reach(form.locator("input").first)
            radio = form.locator("input").first.get_attribute("type") == "radio"
            lesson.press("Space" if radio else "ArrowUp")
            lesson.reach(form.locator("button"))
            question = form.locator(".cloudlab-question").text_content()
            lesson.press("Enter")
            shown = lesson.output(cell).locator(".cloudlab-form").filter(has_text=question)
            status(shown).filter(has_text="Locked in").wait_for()


@pytest.mark.sampled
@alike
def test_every_question_answers_each_option_with_words_of_its_own(lesson):
    asks = [
        cell
        for cell in lesson.cells_with(".cloudlab-form")
        if lesson.output(cell).locator(".cloudlab-form").filter(has_text="Check answer").count()
    ]
    for cell in some(asks):
        lesson.go_to(cell)
        for form in some(lesson.output(cell).locator(".cloudlab-form").filter(has_text="Check answer").all()):
            said = []
            lesson.reach(form)
            for key in ["Space"] + ["ArrowDown"] * (form.get_by_role("radio").count() - 1):
                lesson.reach(form.locator("fieldset"), "Shift+Tab" if said else "Tab")
                lesson.press(key)
                lesson.reach(form.locator("button"))
                lesson.press_for("data-revision", form.locator("xpath=.."), "Enter")
                assert status(form).get_attribute("data-tone") in ("right", "wrong")
                said.append(status(form).text_content())
            assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    "theme", ["JupyterLab Dark", pytest.param("JupyterLab Light", marks=pytest.mark.nightly)]
)
def test_axe_core_finds_nothing_in_the_outputs(lesson, theme):
    lesson.theme(theme)
    found = lesson.accessibility()
    faults = [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]]
    assert faults == []
    checked = {rule["id"]: rule["nodes"] for rule in found["passes"]}
    drawn = [
        cell
        for cell in lesson.saved()
        if cell["cell_type"] == "code" and "charts." in "".join(cell["source"])
    ]
    assert len(checked.get("image-alt", ())) >= len(drawn) and len(checked["label"]) > 10
    assert len(checked["color-contrast"]) > 50
    # What axe-core can't decide: numbers of outputs, and marks that stand beside a word.
    undecided = [node["html"] for rule in found["incomplete"] for node in rule["nodes"]]
    known = ("jp-OutputPrompt", "cloudlab-glyph", "cloudlab-mark")
    assert [html for html in undecided if not any(name in html for name in known)] == []


@only_band
@pytest.mark.parametrize(
    "inside", [".cloudlab-stagebar button", ".cloudlab-panel .cloudlab-field", ".cloudlab-words summary"]
)
def test_shift_and_enter_run_the_cell_from_inside_a_widget(lesson, inside):
    lesson.go_to("band")
    prompt = lesson.page.locator(CELL).nth(lesson.place("band")).locator(".jp-InputPrompt")
    before = int(prompt.text_content().strip("[]:"))
    lesson.reach(lesson.output("band").locator(inside).first)
    lesson.press("Shift+Enter")
    count = f"(node) => Number(node.textContent.replace(/\\D/g, '')) > {before}"
    lesson.page.wait_for_function(count, arg=prompt.element_handle())
    lesson.wait_for("idle")
    active = lesson.page.locator(f"{CELL}.jp-mod-active").get_attribute("data-windowed-list-index")
    assert int(active) == lesson.place("band") + 1


@only_band
def test_shift_and_enter_run_the_cell_from_a_question(lesson):
    lesson.go_to("predictions")
    prompt = lesson.page.locator(CELL).nth(lesson.place("predictions")).locator(".jp-InputPrompt")
    before = int(prompt.text_content().strip("[]:"))
    lesson.reach(lesson.output("predictions").locator(".cloudlab-form").first)
    lesson.press("Shift+Enter")
    count = f"(node) => Number(node.textContent.replace(/\\D/g, '')) > {before}"
    lesson.page.wait_for_function(count, arg=prompt.element_handle())
    lesson.wait_for("idle")


def test_a_notebook_that_is_opened_again_remembers_predictions_and_answers(lab, window, desk):
    """In a folder with answers of its own, so that it is the same alone and after other tests."""
    (lab.folder / "again" / ".cloudlab").mkdir(parents=True)
    notebook = json.loads((NOTEBOOKS / BAND).read_text(encoding="utf-8"))
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    cells["band"]["source"] = "from cloudlab.views.lesson import *"
    notebook["cells"] = [cells[name] for name in ("band", "predictions", "warm-up")]
    (lab.folder / "again" / BAND).write_text(json.dumps(notebook), encoding="utf-8")
    lesson = NotebookPage(window, lab, f"again/{BAND}", desk)

    def question():
        return lesson.output("warm-up").locator(".cloudlab-form").first

    def answer() -> list[str]:
        return [question().locator("label:has(:checked)").text_content(), status(question()).text_content()]

    lesson.run_to("warm-up")
    predict_seven(lesson)
    lesson.go_to("warm-up")
    lesson.reach(question().locator("input").first)
    lesson.press("Space")
    lesson.reach(question().locator("button"))
    lesson.press_for("data-revision", question().locator("xpath=.."), "Enter")
    given = answer()
    lesson.close()
    lesson.open()
    lesson.run_to("warm-up")
    assert answer() == given
    prediction = lesson.output("predictions").locator(".cloudlab-form").nth(1)
    assert prediction.locator("input").input_value() == "7" and not prediction.locator("input").is_editable()
    assert "Locked in: 7 instances." in status(prediction).text_content()
    lesson.close()


def test_no_request_leaves_this_machine(lesson):
    assert len(lesson.requests) > 10 and any(address.startswith("ws://") for address in lesson.requests)
    assert [address for address in lesson.requests if leaves(address)] == []
    assert lesson.faults == []


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.example/font.woff2",
        "wss://example.org/",
        "http://localhost:8888/",
        "http://127.0.0.1.example/",
    ],
)
def test_a_request_for_another_machine_would_be_noticed(address):
    assert leaves(address)


def take_back(lesson):
    """Take the prediction of how many instances back, if there is one."""
    form = lesson.output("predictions").locator(".cloudlab-form").nth(1)
    if form.get_by_role("button", name="Predict again").count():
        lesson.go_to("predictions")
        lesson.reach(form.locator("button"))
        lesson.press("Enter")
        status(form).filter(has_text="No prediction yet.").wait_for()


def predict_seven(lesson):
    """Predict seven instances."""
    form = lesson.output("predictions").locator(".cloudlab-form").nth(1)
    lesson.go_to("predictions")
    lesson.reach(form.locator("input"))
    lesson.press("Control+a", "7", "Enter")
    status(form).filter(has_text="Locked in: 7 instances.").wait_for()


def status(form):
    """What a form says."""
    return form.locator(".cloudlab-status")
