// The elements of a stage, without behaviour: buttons, and where everything stands.

import { make } from "../nodes.js";
import { glyph } from "./glyphs.js";
import { legendOf } from "./subjects.js";

/** @import { Run } from "./run.js" */

/**
 * A button with words, and a glyph before them.
 *
 * @param {string} words
 * @param {() => void} act
 * @param {string} [icon]
 */
export function pressable(words, act, icon = "") {
  const node = make("button", "cloudlab-button");
  node.type = "button";
  if (icon) node.append(glyph(icon));
  node.append(make("span", "", words));
  node.addEventListener("click", act);
  return node;
}

/** Whether this person wants nothing to move. */
export const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * What each shape means: only the shapes that these runs can show.
 *
 * @param {HTMLElement} legend
 * @param {Run[]} runs
 */
export function showLegend(legend, runs) {
  const entries = legendOf(runs).map((entry) =>
    make("li", "", glyph(entry.glyph), make("span", "", entry.words)),
  );
  const list = make("ul", "cloudlab-legend", ...entries);
  legend.replaceChildren(make("summary", "", "What the shapes mean"), list);
  legend.hidden = !entries.length;
}

/**
 * All elements of a stage.
 *
 * @param {HTMLElement} el
 */
export function build(el) {
  const parts = makeParts();
  parts.field.hidden = true;
  label(parts);
  arrange(parts);
  el.append(parts.root);
  return parts;
}

/** @typedef {ReturnType<typeof makeParts>} Parts */

function makeParts() {
  return {
    title: make("div", "cloudlab-title"),
    sentence: make("p", "cloudlab-sentence"),
    actions: make("div", "cloudlab-actions"),
    acted: make("div", "cloudlab-done-at"),
    scene: make("div", "cloudlab-scene"),
    canvas: make("canvas"),
    overlay: make("div", "cloudlab-overlay"),
    numbers: make("dl", "cloudlab-numbers"),
    time: make("div", "cloudlab-time"),
    line: make("canvas"),
    scrub: make("input", "cloudlab-scrub"),
    bar: make("div", "cloudlab-stagebar"),
    asked: make("p", "cloudlab-asked"), // at the end of the opening
    field: make("div", "cloudlab-code"), // opened by Share and by Ask why
    message: make("p", "cloudlab-message"),
    ticker: make("ol", "cloudlab-ticker"),
    events: make("div", "cloudlab-events"),
    why: make("div", "cloudlab-why"),
    todo: make("div", "cloudlab-todo"),
    luck: make("div", "cloudlab-luck"),
    spoken: make("p", "cloudlab-spoken"),
    legend: make("details", "cloudlab-words"),
    words: make("details", "cloudlab-words"),
    told: make("p", ""),
    root: make("section", "cloudlab-stage"),
  };
}

/**
 * What a screen reader is told of them.
 *
 * @param {Parts} parts
 */
function label({ scene, canvas, line, scrub, spoken, message }) {
  Object.assign(scrub, { type: "range", min: 0, step: "any" });
  scrub.setAttribute("aria-label", "Moment");
  spoken.setAttribute("aria-live", "polite");
  message.setAttribute("role", "status");
  for (const drawing of [canvas, line]) drawing.setAttribute("aria-hidden", "true");
  scene.setAttribute("role", "group");
}

/** @param {Parts} parts */
function arrange(parts) {
  const { scene, time, events, words, root } = parts;
  scene.append(parts.canvas, parts.overlay);
  time.append(parts.line, parts.scrub);
  events.append(make("div", "cloudlab-heading", "What just happened"), parts.ticker);
  words.append(make("summary", "", "In words"), parts.told);
  const head = make("div", "cloudlab-stagehead", parts.title, parts.sentence);
  const left = make("div", "", events, parts.why);
  const foot = make("div", "cloudlab-foot", left, make("div", "", parts.acted, parts.todo, parts.luck));
  root.append(head, scene, parts.numbers, time, parts.bar, parts.asked, parts.field);
  root.append(parts.message, foot, parts.legend, words, parts.spoken);
}
