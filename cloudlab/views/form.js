// Shows one question, or one list of tasks, with native form elements, and reports what is pressed.
// The kernel decides what is right; this file only shows `content`. All texts are set as text, never as HTML.

import { leaveByKey } from "./keys.js";
import { add, setWords, unbroken } from "./nodes.js";

/** @import { Model } from "./stage/contract.js" */

/**
 * What the kernel wants to be shown.
 *
 * @typedef {object} Content
 * @property {string} question
 * @property {string[]} options
 * @property {{ low: number | null, high: number | null, step: string, unit: string, value: any }} number
 * @property {{ done: boolean, text: string }[]} items
 * @property {number | null} chosen
 * @property {boolean} locked
 */

/** @type {Record<string, string>} */
const MARKS = { "`": "code", "*": "em" };

/**
 * `Backquotes` mark code, *asterisks* what is stressed; all else is text.
 *
 * @param {HTMLElement} node
 * @param {string} text
 */
function write(node, text) {
  const pieces = text.split(/(`[^`]+`|\*[^*\s][^*]*\*)/).flatMap((piece, index) => {
    if (index % 2 === 0) return unbroken(piece);
    const marked = document.createElement(MARKS[piece[0]]);
    marked.textContent = piece.slice(1, -1);
    return marked;
  });
  node.replaceChildren(...pieces);
}

/**
 * @param {Content} content
 * @param {HTMLFormElement} parent
 * @param {string} name
 */
function radios(content, parent, name) {
  const group = add("fieldset", "cloudlab-options", parent);
  write(add("legend", "cloudlab-question", group), content.question);
  const inputs = content.options.map((text) => {
    const label = add("label", "cloudlab-option", group);
    const input = add("input", "", label);
    input.type = "radio";
    input.name = name;
    write(add("span", "", label), text);
    return input;
  });
  // What is chosen while the kernel still answers an earlier press stays chosen.
  let unanswered = 0,
    chosenSince = false;
  group.addEventListener("change", () => {
    chosenSince = true;
  });
  return {
    value: () => {
      unanswered += 1;
      chosenSince = false;
      const index = inputs.findIndex((input) => input.checked);
      return index < 0 ? null : index;
    },
    show: (/** @type {Content} */ { chosen, locked }) => {
      const keep = !locked && (unanswered > 1 || (unanswered === 1 && chosenSince));
      unanswered = Math.max(0, unanswered - 1);
      inputs.forEach((input, index) => {
        if (!keep) input.checked = index === chosen;
        input.disabled = locked && index !== chosen;
      });
    },
  };
}

/**
 * @param {Content} content
 * @param {HTMLFormElement} parent
 * @param {string} name
 */
function field(content, parent, name) {
  const { low, high, step, unit } = content.number;
  const group = add("div", "cloudlab-options", parent);
  const label = add("label", "cloudlab-question", group);
  write(label, content.question);
  const row = add("div", "cloudlab-option", group);
  const input = add("input", "", row);
  input.id = label.htmlFor = name;
  input.type = "number";
  if (low !== null) input.min = String(low);
  if (high !== null) input.max = String(high);
  input.step = step;
  const hint = add("span", "", row);
  hint.id = `${name}-unit`;
  hint.textContent = unit;
  input.setAttribute("aria-describedby", hint.id);
  // JupyterLab swallows the line break that would send the form, so Enter sends it itself.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    parent.requestSubmit();
  });
  return {
    value: () => input.value.trim() || null,
    show: (/** @type {Content} */ { number, locked }) => {
      if (number.value !== null) input.value = number.value;
      else if (input.readOnly) input.value = "";
      input.readOnly = locked;
    },
  };
}

/**
 * @param {Content} content
 * @param {HTMLFormElement} parent
 * @param {string} name
 */
function list(content, parent, name) {
  const title = add("p", "cloudlab-question", parent);
  title.id = name;
  write(title, content.question);
  const items = add("ul", "cloudlab-tasks", parent);
  items.setAttribute("role", "list");
  items.setAttribute("aria-labelledby", name);
  return {
    value: () => null,
    show: (/** @type {Content} */ now) => {
      const open = new Set(
        [...items.children].flatMap((item, place) =>
          /** @type {HTMLElement} */ (item).dataset.done === "false" ? [place] : [],
        ),
      );
      items.replaceChildren(
        ...now.items.map(({ done, text }, place) => {
          const item = document.createElement("li");
          item.dataset.done = String(done);
          if (done && open.has(place)) item.classList.add("cloudlab-felt"); // ticked off just now
          const glyph = add("span", "cloudlab-mark", item);
          glyph.setAttribute("aria-hidden", "true");
          glyph.textContent = done ? "✓" : "○";
          add("strong", "", item).textContent = done ? "done" : "to do";
          write(add("span", "", item), text);
          return item;
        }),
      );
    },
  };
}

/**
 * What came of the last press. A new answer is felt: a short motion where it stands.
 *
 * @param {HTMLElement} status
 * @param {any} content
 * @param {boolean} again not for the first time: what stands there from the start answers nobody
 */
function showStatus(status, content, again) {
  const before = status.textContent;
  status.dataset.tone = content.tone;
  status.toggleAttribute("data-verdict", Boolean(content.word));
  const glyph = document.createElement("span");
  glyph.className = "cloudlab-mark";
  glyph.setAttribute("aria-hidden", "true");
  glyph.textContent = content.glyph;
  const words = document.createElement("span");
  write(words, content.text);
  if (content.word)
    words.prepend(Object.assign(document.createElement("strong"), { textContent: content.word }), " ");
  status.replaceChildren(...(content.glyph ? [glyph] : []), words);
  status.classList.remove("cloudlab-felt");
  if (!again || before === status.textContent) return;
  status.getBoundingClientRect(); // so that the same motion begins anew
  status.classList.add("cloudlab-felt");
}

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  const first = model.get("content");
  const name = `cloudlab-${Math.random().toString(36).slice(2)}`;
  el.classList.add("cloudlab");
  const form = add("form", "cloudlab-form", el);
  form.noValidate = true;
  const numberOrList = first.number ? field : list;
  const part = (first.options ? radios : numberOrList)(first, form, name);
  const button = first.button ? add("button", "cloudlab-button", form) : null;
  const status = add("div", "cloudlab-status", form);
  status.setAttribute("role", "status");
  const trouble = add("p", "cloudlab-trouble", form);
  // JupyterLab looks for this on the very element that has the focus: so arrows choose an option and Enter
  // presses the button, instead of running the notebook's commands.
  for (const control of /** @type {Iterable<HTMLElement>} */ (form.elements))
    control.dataset.lmSuppressShortcuts = "true";
  form.addEventListener("keydown", (event) => {
    leaveByKey(event, el);
  });

  let shown = false;
  function show() {
    const content = model.get("content");
    part.show(content);
    if (button) button.textContent = content.button;
    button?.classList.toggle("cloudlab-again", Boolean(content.locked));
    showStatus(status, content, shown);
    el.classList.toggle("cloudlab-still", !model.get("motion"));
    shown = true;
    setWords(trouble, content.trouble ?? "");
    trouble.hidden = !content.trouble;
    el.dataset.revision = content.revision;
    el.style.setProperty("--scale", model.get("scale"));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.send({ value: part.value() });
  });
  model.on("change:content", show);
  show();
}

export default { render };
