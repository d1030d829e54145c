"""A chart below a stage, in a page: it asks to be drawn when it is near, and shows no more than was played."""

import contextlib
import json

import pytest
from places import ROOT

from cloudlab.views.javascript import joined
from cloudlab.views.theme import module, stylesheet

CSS = (ROOT / "cloudlab" / "views" / "picture.css").read_text(encoding="utf-8")

PAGE = """<!doctype html><style>{styles} body {{ margin: 0; }} #space {{ height: {space}px; }}</style>
<div id="space"></div><div id="chart"></div>
<script type="module">
{script}
const state = {state};
const listeners = {{}};
const model = {{
  get: (name) => state[name],
  set: (name, value) => {{ state[name] = value; (listeners[`change:${{name}}`] || []).forEach((act) => act()); }},
  on: (name, act) => {{ (listeners[name] = listeners[name] || []).push(act); }},
  save_changes: () => {{}},
}};
window.model = model;
render({{ model, el: document.getElementById("chart") }});
window.ready = true;
</script>"""

DRAWN = {
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 300" width="800" height="300"></svg>',
    "plot": {"left": 0.1, "right": 0.9, "top": 0.1, "bottom": 0.9, "from": 0, "to": 100},
}
CHART = {
    "caption": "28 wait at once",
    "description": "Many wait.",
    "table": [],
    "details": True,
    "time": 30.0,
    "revision": 1,
    "scale": 1,
    "width": 1000,
    "dark": False,
    "seen": False,
    "awaited": True,
    "played": None,
    "svg": "",
    "plot": None,
}


@pytest.fixture
def opened(tabs):
    """`opened(played=0.3)` is a page with a chart of such a state."""
    lent = contextlib.ExitStack()

    def open_chart(space=0, **state):
        page = lent.enter_context(tabs.open(viewport={"width": 800, "height": 600}))
        script = module("picture.js").replace("export default { render };", "")
        state = json.dumps(CHART | state).replace("<", "\\u003c")
        page.set_content(PAGE.format(styles=stylesheet(CSS), script=script, state=state, space=space))
        page.wait_for_function("window.ready")
        return page

    with lent:
        yield open_chart


def test_it_asks_to_be_drawn_when_it_comes_near_and_not_before(opened):
    page = opened(space=3000)
    page.wait_for_function(
        "() => document.querySelector('.cloudlab-picture').getBoundingClientRect().top > 2000"
    )
    page.wait_for_timeout(200)
    assert page.evaluate("model.get('seen')") is False
    page.evaluate("window.scrollTo(0, 2600)")
    page.wait_for_function("() => model.get('seen')")
    assert page.evaluate("model.get('width')") == 800


def test_what_was_not_played_lies_under_a_veil_and_nothing_tells_of_it(opened):
    page = opened(**DRAWN, awaited=False, played=0.5)
    caption, image = page.locator(".cloudlab-finding"), page.locator("img")
    assert not caption.is_visible() and not page.locator("details").is_visible()
    assert image.get_attribute("alt") == "As far as the stage above has played."
    veil, frame = (page.locator(f".cloudlab-{name}").bounding_box() for name in ("veil-band", "frame"))
    assert veil["x"] == pytest.approx(frame["x"] + 0.5 * frame["width"], abs=1), (
        "in the middle of its time axis"
    )
    assert veil["x"] + veil["width"] == pytest.approx(frame["x"] + frame["width"], abs=1)
    assert veil["y"] == pytest.approx(frame["y"] + 0.1 * frame["height"], abs=1), "legend and axis stay"
    assert veil["height"] == pytest.approx(0.8 * frame["height"], abs=1)
    page.evaluate("model.set('played', 1)")
    assert caption.inner_text() == "28 wait at once" and not page.locator(".cloudlab-veil").is_visible()
    assert image.get_attribute("alt") == "28 wait at once Many wait." and page.locator("details").is_visible()
    page.evaluate("model.set('played', 0.2)")  # another run
    assert page.locator(".cloudlab-veil").is_visible()
    page.get_by_role("button", name="Show all of it now").click()
    assert caption.is_visible() and not page.locator(".cloudlab-veil").is_visible()


def test_a_chart_without_a_time_axis_waits_for_the_end(opened):
    page = opened(svg=DRAWN["svg"], awaited=False, played=0.99)
    assert not page.locator("img").is_visible() and not page.locator(".cloudlab-finding").is_visible()
    assert "when the stage above has played to its end" in page.locator(".cloudlab-later").inner_text()
    page.evaluate("model.set('played', 1)")
    assert page.locator("img").is_visible() and page.locator(".cloudlab-finding").is_visible()


def test_without_a_stage_above_all_of_it_is_shown(opened):
    page = opened(**DRAWN, awaited=False)
    assert page.locator(".cloudlab-finding").is_visible() and not page.locator(".cloudlab-later").is_visible()


FIELD = """<!doctype html><div id="panel"></div><script type="module">
{script}
const shared = {{ kind: "choice", range: "", default: 3, shown: "3", optional: false, action: false,
  options: [{{ value: 3, text: "3" }}, {{ value: 10, text: "10" }}] }};
for (const [label, unit] of [["Retries", "retries"], ["Mailers", "workers"]]) {{
  const field = fieldOf({{ ...shared, name: label, label, unit }}, () => {{}});
  document.getElementById("panel").append(field.node);
}}
window.ready = true;
</script>"""


def test_a_screen_reader_hears_a_unit_that_is_the_label_once(browser):
    page = browser.new_page()
    page.set_content(FIELD.format(script=joined(ROOT / "cloudlab" / "views" / "fields.js")))
    page.wait_for_function("() => window.ready")
    for name in ("Retries", "Mailers, workers"):
        assert page.get_by_role("radiogroup", name=name, exact=True).count() == 1, name
    page.close()
