"""A question's form in a browser, with a kernel that takes its time."""

import base64

import pytest

from cloudlab.views.form import Form
from cloudlab.views.predict import predict
from cloudlab.views.theme import module

# Presses the button with the first option, chooses the second, and only then lets the kernel answer.
LATE_ANSWER = """async (source) => {
  const { default: { render } } = await import(`data:text/javascript;base64,${source}`);
  const sent = [];
  const content = { question: "?", options: ["a", "b"], chosen: null, locked: false, button: "Check answer", text: "" };
  const model = { content, listen: null };
  model.get = (name) => (name === "content" ? model.content : 1);
  model.on = (_name, listen) => { model.listen = listen; };
  model.send = ({ value }) => sent.push(value);
  render({ model, el: document.body });
  const answer = (chosen, more) => { model.content = { ...content, chosen, ...more }; model.listen(); };
  const inputs = [...document.querySelectorAll("input")], form = document.querySelector("form");
  const on = () => inputs.findIndex((input) => input.checked);
  const seen = [];
  inputs[0].click(); form.requestSubmit(); inputs[1].click();
  answer(0); seen.push(on());
  form.requestSubmit(); answer(1); seen.push(on());
  answer(0); seen.push(on());
  form.requestSubmit(); inputs[1].click(); answer(0, { locked: true }); seen.push(on());
  return { sent, seen };
}"""


def test_an_option_chosen_before_the_last_answer_has_come_stays_chosen(browser):
    source = module("form.js").encode("utf-8")
    page = browser.new_page()
    found = page.evaluate(LATE_ANSWER, base64.b64encode(source).decode("ascii"))
    page.close()
    # The second option stays after the first answer, and is what the second press sends. What the kernel
    # says unasked, or locks, is shown.
    assert found == {"sent": [0, 1, 0], "seen": [1, 1, 0, 0]}


HEIGHTS = """async ([source, contents]) => {
  const { default: { render } } = await import(`data:text/javascript;base64,${source}`);
  const model = { content: contents[0], listen: null, get: (name) => (name === "content" ? model.content : 1) };
  model.on = (_name, listen) => { model.listen = listen; };
  render({ model, el: document.body });
  return contents.map((content) => {
    model.content = content;
    model.listen();
    return document.querySelector("form").getBoundingClientRect().height;
  });
}"""


@pytest.mark.parametrize("width", [900, 600, 460, 400, 360, 320])
@pytest.mark.parametrize(
    "limits, value",
    [({"high": 200, "unit": "passengers"}, 150), ({"options": ["none of them", "all of them"]}, 1)],
    ids=["number", "option"],
)
def test_a_prediction_is_as_high_when_it_is_locked_in_as_before(browser, limits, value, width):
    asked = predict("line", "How many wait?", **limits)
    contents = [asked.content()]
    for pressed in [None, value, None]:  # nothing typed, locked in, predicted again
        asked.press(pressed)
        contents.append(asked.content())
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.set_content(f"<style>{Form._css}</style><body class='cloudlab'>")
    source = base64.b64encode(module("form.js").encode("utf-8")).decode("ascii")
    heights = page.evaluate(HEIGHTS, [source, contents])
    page.close()
    assert contents[2]["locked"] and not contents[3]["locked"]
    heights.pop(1)  # a word of warning may need a second line on a narrow screen
    assert len(set(heights)) == 1
