// The controls of a panel: fields, and a bar with the seed, the presets and the last run.
//
// A change is sent when it is made (on release, on Enter), and while the kernel works the newest values wait
// and are sent together, so a burst of key presses costs one or two runs and not ten. See `Controls.send`.

import { button, fieldOf, typing, unique } from "./fields.js";
import { leaveByKey } from "./keys.js";
import { make, setWords } from "./nodes.js";
import { clockOf } from "./stage/words.js";

/** @import { Field } from "./fields.js" */
/** @import { Model } from "./stage/contract.js" */

/** @typedef {{ field: Field } & ReturnType<typeof fieldOf>} Shown */
/** @typedef {{ set?: Record<string, any>, moment?: number, [more: string]: any }} Change */

const SHOWN = ["values", "errors", "message", "spoken", "seed", "ghost", "moment", "working"];

/**
 * A label and its input.
 *
 * @param {string} words
 * @param {HTMLInputElement} input
 * @param {string} id
 */
function labelled(words, input, id) {
  input.id = id;
  const label = make("label", "", words);
  label.htmlFor = id;
  return label;
}

class Controls {
  /**
   * @param {Model} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.id = unique();
    this.busy = false; // the kernel works on what was sent last
    /** @type {Change} */
    this.waiting = {}; // for the kernel
    /** @type {Shown[]} */
    this.fields = model.get("fields").map((/** @type {Field} */ field) => ({
      field,
      ...fieldOf(field, (value) => this.send({ set: { [field.name]: value } })),
    }));
    const settings = this.fields.filter((entry) => !entry.field.action);
    this.others = settings.slice(model.get("visible"));
    this.more = this.makeMore();
    this.seed = make("input", "cloudlab-number cloudlab-seed");
    this.typingSeed = typing(this.seed);
    this.ghost = make("input");
    this.presets = make("select", "cloudlab-select");
    this.luck = button("Is it luck?", "", () => {
      if (!model.get("working")) this.send({ act: "luck" }); // it stays in reach of the keyboard meanwhile
    });
    this.luck.title = `The same setting with ${model.get("seeds")} seeds`;
    this.moment = make("input", "cloudlab-moment");
    this.time = make("output", "cloudlab-clock");
    this.momentRow = this.makeMoment();
    this.message = make("p", "cloudlab-message");
    this.spoken = make("p", "cloudlab-spoken");
    for (const node of [this.message, this.spoken]) node.setAttribute("role", "status");
    el.append(this.makePanel(settings.slice(0, model.get("visible"))));
  }

  /**
   * To the kernel at once, or when it has done what it was told before.
   *
   * @param {Change} change
   */
  send(change) {
    const { waiting } = this;
    this.waiting = { ...waiting, ...change, set: { ...waiting.set, ...change.set } };
    if (this.busy) return;
    this.busy = true;
    this.model.send(this.waiting);
    this.waiting = {};
  }

  done() {
    this.busy = false;
    this.show();
    if (Object.keys(this.waiting).length) this.send({});
  }

  /**
   * What a learner does at a moment stands in front too, beside the few settings that do.
   *
   * @param {Shown[]} settings
   */
  makePanel(settings) {
    const first = [...settings, ...this.fields.filter((entry) => entry.field.action)];
    const title = make("div", "cloudlab-title", this.model.get("label"));
    title.hidden = !this.model.get("label");
    const head = make("div", "cloudlab-panelhead", title, this.makeBar());
    const fields = make(
      "div",
      "cloudlab-fields",
      ...first.map((entry) => entry.node),
      this.more,
      this.makeReset(),
    );
    const panel = make("div", "cloudlab-panel", head, fields);
    panel.append(this.message, this.momentRow, this.spoken);
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", this.model.get("label") || "Controls");
    return panel;
  }

  makeMore() {
    const fields = make("div", "cloudlab-fields", ...this.others.map((entry) => entry.node));
    const more = make("details", "cloudlab-more", make("summary", "", "More settings"), fields);
    more.hidden = this.others.length === 0;
    return more;
  }

  makeBar() {
    const { luck, ghost } = this;
    Object.assign(ghost, { id: `${this.id}-ghost`, type: "checkbox" });
    ghost.addEventListener("change", () => this.send({ ghost: ghost.checked }));
    const ghostLabel = make("label", "cloudlab-inline", ghost, "Last run");
    const seeds = this.makeSeeds();
    seeds.hidden = luck.hidden = !this.model.get("seeded");
    return make("div", "cloudlab-bar", this.makePresets(), seeds, luck, ghostLabel);
  }

  makeReset() {
    const reset = button("Reset all", "cloudlab-link", () => this.send({ act: "reset" }));
    reset.hidden = !this.fields.length;
    return reset;
  }

  makeSeeds() {
    const { seed } = this;
    Object.assign(seed, { type: "number", min: 0, step: 1 });
    const typed = () => (seed.value === "" ? null : Number(seed.value));
    seed.addEventListener("change", () => this.send({ seed: typed() }));
    const label = labelled("Seed", seed, `${this.id}-seed`);
    const fresh = button("New seed", "", () => this.send({ act: "new_seed" }));
    return make("div", "cloudlab-inline", label, seed, fresh);
  }

  makePresets() {
    const { presets } = this;
    /** @type {string[]} */
    const names = this.model.get("presets");
    presets.setAttribute("aria-label", "Presets");
    presets.append(new Option("Presets", ""), ...names.map((name) => new Option(name, name)));
    presets.hidden = names.length === 0;
    presets.addEventListener("change", () => {
      if (presets.value) this.send({ preset: presets.value });
    });
    return presets;
  }

  makeMoment() {
    const { moment } = this;
    Object.assign(moment, { type: "range", min: 0 });
    moment.addEventListener("input", () => {
      this.showClock(Number(moment.value));
      this.send({ moment: Number(moment.value) });
    });
    const label = labelled("Moment", moment, `${this.id}-moment`);
    return make("div", "cloudlab-row", label, moment, this.time);
  }

  listen() {
    const { model, el } = this;
    // The notebook's own keys (arrows, Enter, letters) must not be taken from the inputs.
    el.addEventListener("keydown", (event) => {
      if (leaveByKey(event, el)) return;
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    for (const name of SHOWN) model.on(`change:${name}`, () => this.show());
    model.on("change:done", () => this.done());
  }

  show() {
    const { model, el } = this;
    this.showFields();
    this.showSeed();
    this.showMoment();
    this.ghost.checked = model.get("ghost");
    this.presets.value = model.get("preset");
    setWords(this.message, model.get("message"));
    this.message.classList.toggle("cloudlab-fault", model.get("fault"));
    this.spoken.textContent = model.get("spoken");
    this.luck.setAttribute("aria-disabled", model.get("working"));
    el.style.setProperty("--scale", model.get("scale"));
    el.dataset.done = model.get("done");
  }

  showFields() {
    const values = { ...this.model.get("values"), ...this.waiting.set }; // what waits to be sent is newer
    const errors = this.model.get("errors");
    for (const { field, show } of this.fields) show(values[field.name], errors[field.name]);
    if (this.others.some(({ field }) => errors[field.name])) this.more.open = true;
  }

  // Not over what somebody types.
  showSeed() {
    const { seed } = this;
    const wanted = this.model.get("seed");
    if (this.typingSeed()) return;
    if (seed.value === "" || Number(seed.value) !== wanted) seed.value = wanted;
  }

  // Not over what somebody drags.
  showMoment() {
    const { model, moment } = this;
    this.momentRow.hidden = !model.get("timed");
    moment.max = model.get("end");
    moment.step = model.get("step");
    const moving = this.busy && document.activeElement === moment;
    if (this.waiting.moment === undefined && !moving) moment.value = model.get("moment");
    this.showClock(Number(moment.value));
  }

  /** @param {number} value */
  showClock(value) {
    const end = this.model.get("end");
    this.time.textContent = `${clockOf(value, end)} of ${clockOf(end, end)}`;
    this.moment.setAttribute("aria-valuetext", this.time.textContent);
    this.moment.style.setProperty("--share", `${end ? (100 * value) / end : 0}%`);
  }
}

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  el.classList.add("cloudlab");
  const controls = new Controls(model, el);
  controls.listen();
  controls.show();
}

export default { render };
