"""A question's form in a browser, with a kernel that takes its time."""

import base64

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
