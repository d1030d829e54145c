// The controls of a panel: native inputs with labels, drawn from the fields that the kernel sends.
// A change is sent when it is made (on release, on Enter), and while the kernel works the newest values
// wait and are sent together, so a burst of key presses costs one or two runs and not ten.

import { leaveByKey } from "./keys.js";
import { make } from "./nodes.js";
import { clockOf } from "./stage/words.js";

// Each widget has this module for itself, so a counter would give two panels the same names.
const unique = () => `cloudlab-${Math.random().toString(36).slice(2)}`;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function button(words, className, act) {
  const node = make("button", `cloudlab-button ${className}`, words);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

// One field: {node, show(value, error), focus()}. `choose(value)` is called with what the learner chose.
function fieldOf(field, choose) {
  const id = unique();
  const changed = make("span", "cloudlab-changed", "•");
  changed.setAttribute("aria-hidden", "true");
  const reset = button("Reset", "cloudlab-reset", () => {
    choose(field.default);
    input.focus();
  });
  reset.setAttribute("aria-label", `Reset ${field.label} to ${field.shown}`);
  const error = make("p", "cloudlab-error");
  error.id = `${id}-error`;
  error.setAttribute("role", "alert");
  const input = { choice: choiceInput, number: numberInput, check: checkInput }[field.kind](
    field,
    id,
    choose,
  );
  const head = make("div", "cloudlab-head", input.label, changed, reset);
  const node = make("div", "cloudlab-field", head, input.node, error);
  if (field.kind === "choice") {
    node.setAttribute("role", "radiogroup");
    node.setAttribute("aria-labelledby", `${id}-label`);
  }
  return {
    node,
    show(value, sentence) {
      input.show(value);
      const differs = !same(value, field.default);
      changed.classList.toggle("cloudlab-on", differs);
      reset.classList.toggle("cloudlab-on", differs);
      error.textContent = sentence || "";
      for (const control of node.querySelectorAll("input, select")) {
        control.toggleAttribute("aria-invalid", Boolean(sentence));
        if (sentence) control.setAttribute("aria-describedby", error.id);
        else control.removeAttribute("aria-describedby");
      }
    },
  };
}

function choiceInput(field, id, choose) {
  const label = make("span", "cloudlab-label", field.label);
  label.id = `${id}-label`;
  if (field.unit) label.append(make("span", "cloudlab-unit", `, ${field.unit}`));
  const node = make("div", "cloudlab-choices");
  let radios = [];
  function build(options) {
    radios = options.map((option) => {
      const radio = make("input");
      radio.type = "radio";
      radio.name = id;
      radio.addEventListener("change", () => choose(option.value));
      return { radio, option };
    });
    node.replaceChildren(
      ...radios.map(({ radio, option }) => make("label", "", radio, make("span", "", option.text))),
    );
  }
  build(field.options);
  return {
    label,
    node,
    focus: () => (radios.find(({ radio }) => radio.checked) || radios[0]).radio.focus(),
    show(value) {
      if (!radios.some(({ option }) => same(option.value, value)))
        build([
          ...field.options,
          { value, text: Array.isArray(value) ? value.map((t) => clockOf(t, 0)).join(", ") : String(value) },
        ]);
      for (const { radio, option } of radios) radio.checked = same(option.value, value);
    },
  };
}

// Whether somebody is in the middle of typing a number: a run that ends meanwhile must not write over it.
function typing(input) {
  let begun = false;
  input.addEventListener("input", () => {
    begun = true;
  });
  for (const end of ["change", "blur"])
    input.addEventListener(end, () => {
      begun = false;
    });
  return () => begun;
}

function numberInput(field, id, choose) {
  const label = make("label", "cloudlab-label", field.label);
  label.htmlFor = id;
  if (field.range) label.append(make("span", "cloudlab-unit", `, ${field.range}`));
  const input = make("input", "cloudlab-number");
  Object.assign(input, {
    id,
    type: "number",
    step: field.step ?? "any",
    placeholder: field.optional ? "none" : "",
  });
  if (field.low !== null) input.min = field.low;
  if (field.high !== null) input.max = field.high;
  const typed = typing(input);
  input.addEventListener("change", () => choose(input.value === "" ? null : Number(input.value)));
  return {
    label,
    node: input,
    focus: () => input.focus(),
    show(value) {
      if (typed()) return;
      const text = value === null ? "" : String(value);
      if (input.value !== text && document.activeElement !== input) input.value = text;
      else if (value !== null && Number(input.value) !== value) input.value = text;
    },
  };
}

function checkInput(field, id, choose) {
  const input = make("input");
  Object.assign(input, { id, type: "checkbox" });
  input.addEventListener("change", () => choose(input.checked));
  const label = make("label", "cloudlab-label", field.label);
  label.htmlFor = id;
  return {
    label,
    node: make("div", "cloudlab-check", input),
    focus: () => input.focus(),
    show(value) {
      input.checked = Boolean(value);
    },
  };
}

function render({ model, el }) {
  el.classList.add("cloudlab");
  let busy = false;
  let waiting = {};

  function send(change) {
    waiting = { ...waiting, ...change, set: { ...waiting.set, ...change.set } };
    if (busy) return;
    busy = true;
    model.send(waiting);
    waiting = {};
  }

  const fields = model.get("fields").map((field) => ({
    field,
    ...fieldOf(field, (value) => send({ set: { [field.name]: value } })),
  }));
  // What a learner does at a moment stands in front too, beside the few settings that do.
  const settings = fields.filter((entry) => !entry.field.action);
  const first = [...settings.slice(0, model.get("visible")), ...fields.filter((entry) => entry.field.action)];
  const others = settings.slice(model.get("visible"));
  const title = make("div", "cloudlab-title", model.get("label"));
  title.hidden = !model.get("label");
  const more = make(
    "details",
    "cloudlab-more",
    make("summary", "", "More settings"),
    make("div", "cloudlab-fields", ...others.map((entry) => entry.node)),
  );
  more.hidden = others.length === 0;

  const id = unique();
  const seed = make("input", "cloudlab-number cloudlab-seed");
  Object.assign(seed, { id: `${id}-seed`, type: "number", min: 0, step: 1 });
  const typingSeed = typing(seed);
  seed.addEventListener("change", () => send({ seed: seed.value === "" ? null : Number(seed.value) }));
  const seedLabel = make("label", "", "Same luck: seed");
  seedLabel.htmlFor = seed.id;
  const fresh = button("New seed", "", () => send({ act: "new_seed" }));
  const luck = button(`Is it luck? ${model.get("seeds")} seeds`, "", () => send({ act: "luck" }));
  const reset = button("Reset all", "", () => send({ act: "reset" }));
  const ghost = make("input");
  Object.assign(ghost, { id: `${id}-ghost`, type: "checkbox" });
  ghost.addEventListener("change", () => send({ ghost: ghost.checked }));
  const ghostLabel = make("label", "cloudlab-inline", ghost, "Show last run");
  const presets = make("select", "cloudlab-select");
  presets.setAttribute("aria-label", "Presets");
  presets.append(new Option("Presets", ""), ...model.get("presets").map((name) => new Option(name, name)));
  presets.hidden = model.get("presets").length === 0;
  presets.addEventListener("change", () => {
    if (presets.value) send({ preset: presets.value });
  });
  const seeds = make("div", "cloudlab-inline", seedLabel, seed, fresh);
  seeds.hidden = luck.hidden = !model.get("seeded");
  const bar = make("div", "cloudlab-bar", reset, presets, seeds, luck, ghostLabel);

  const moment = make("input", "cloudlab-moment");
  Object.assign(moment, { id: `${id}-moment`, type: "range", min: 0 });
  moment.addEventListener("input", () => {
    showClock(Number(moment.value));
    send({ moment: Number(moment.value) });
  });
  const momentLabel = make("label", "", "Moment");
  momentLabel.htmlFor = moment.id;
  const time = make("output", "cloudlab-clock");
  const momentRow = make("div", "cloudlab-row", momentLabel, moment, time);

  const message = make("p", "cloudlab-message");
  message.setAttribute("role", "status");
  const spoken = make("p", "cloudlab-spoken");
  spoken.setAttribute("role", "status");
  const panel = make(
    "div",
    "cloudlab-panel",
    title,
    make("div", "cloudlab-fields", ...first.map((entry) => entry.node)),
    more,
    bar,
    message,
    momentRow,
    spoken,
  );
  panel.setAttribute("role", "group");
  panel.setAttribute("aria-label", model.get("label") || "Controls");
  el.append(panel);

  function showClock(value) {
    const end = model.get("end");
    time.textContent = `${clockOf(value, end)} of ${clockOf(end, end)}`;
    moment.setAttribute("aria-valuetext", time.textContent);
    moment.style.setProperty("--share", `${end ? (100 * value) / end : 0}%`);
  }

  function show() {
    const values = { ...model.get("values"), ...waiting.set }; // what waits to be sent is newer
    const errors = model.get("errors");
    for (const { field, show: showField } of fields) showField(values[field.name], errors[field.name]);
    if (others.some(({ field }) => errors[field.name])) more.open = true;
    if (!typingSeed() && (Number(seed.value) !== model.get("seed") || seed.value === ""))
      seed.value = model.get("seed");
    ghost.checked = model.get("ghost");
    presets.value = model.get("preset");
    message.textContent = model.get("message");
    message.classList.toggle("cloudlab-fault", model.get("fault"));
    spoken.textContent = model.get("spoken");
    momentRow.hidden = !model.get("timed");
    moment.max = model.get("end");
    moment.step = model.get("step");
    const moving = busy && document.activeElement === moment;
    if (waiting.moment === undefined && !moving) moment.value = model.get("moment");
    showClock(Number(moment.value));
    luck.disabled = model.get("working");
    el.style.setProperty("--scale", model.get("scale"));
    el.dataset.done = model.get("done");
  }

  function done() {
    busy = false;
    show();
    if (Object.keys(waiting).length) send({});
  }

  // The notebook's own keys (arrows, Enter, letters) must not be taken from the inputs.
  el.addEventListener("keydown", (event) => {
    if (leaveByKey(event, el)) return;
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  for (const name of ["values", "errors", "message", "spoken", "seed", "ghost", "moment", "working"])
    model.on(`change:${name}`, show);
  model.on("change:done", done);
  show();
}

export default { render };
