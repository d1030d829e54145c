// What a learner does beside playing: press an action, tick off what is to happen, share a run.

import { make } from "../nodes.js";
import { pressable } from "./elements.js";
import { glyph } from "./glyphs.js";
import { tell } from "./message.js";
import { clockOf } from "./words.js";

/** @import { Model } from "./contract.js" */
/** @import { Stage } from "./stage.js" */

/** @typedef {{ name: string, label: string, moments: number[] }} Action what can be done, and when it was */

/**
 * A button for each thing that can be done at a moment, and a chip for each time that it was.
 *
 * @param {Stage} stage
 */
export function showActions(stage) {
  const { model, parts } = stage;
  /** @type {Action[]} */
  const actions = model.get("actions");
  const live = model.get("live");
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const within = parts.actions.contains(focused) || parts.acted.contains(focused);
  const held = within ? focused?.dataset.name : null;
  parts.actions.replaceChildren(...actions.map((action) => actionOf(stage, action, live)));
  parts.acted.replaceChildren(...actions.flatMap((action) => chipsOf(stage, action, live)));
  parts.acted.hidden = !parts.acted.childElementCount;
  if (held) {
    const same = parts.actions.querySelector(`[data-name="${held}"]`);
    /** @type {HTMLElement | null} */ (same)?.focus(); // not lost with the button
  }
  parts.bar.classList.toggle("cloudlab-acting", actions.length > 0); // they need the room of other words
  if (live || !actions.length) return;
  const why = "These buttons need Python: open the lesson to use them.";
  parts.acted.append(make("span", "cloudlab-note", why));
  parts.acted.hidden = false;
}

/**
 * @param {Stage} stage
 * @param {Action} action
 * @param {boolean} live whether Python listens
 */
function actionOf(stage, { name, label }, live) {
  const act = pressable(label, () => press(stage, name));
  act.disabled = !live;
  act.dataset.name = name;
  act.title = live ? "" : "This needs Python: open the lesson.";
  return act;
}

/**
 * What was done, below the bar, where nothing moves when one more comes.
 *
 * @param {Stage} stage
 * @param {Action} action
 * @param {boolean} live whether Python listens
 */
function chipsOf(stage, { name, label, moments }, live) {
  return moments.map((moment) => {
    const clock = clockOf(moment, stage.end);
    const chip = pressable(`${label} ${clock} ✕`, () => stage.model.send({ unpress: name, moment }));
    chip.classList.add("cloudlab-chip");
    chip.dataset.name = name;
    chip.setAttribute("aria-label", `Take back: ${label} at ${clock}`);
    chip.disabled = !live;
    return chip;
  });
}

/**
 * Do it at the play-head, and play on.
 *
 * @param {Stage} stage
 * @param {string} name
 */
function press(stage, name) {
  const { player, model } = stage;
  if (player.t >= player.end) {
    tell(
      stage,
      "This run has ended, and nothing can happen any more: go back to an earlier moment, then press.",
    );
    return;
  }
  model.send({ press: name, moment: Math.round(player.t * 10) / 10 });
  if (!player.playing && !stage.still) player.start();
}

/**
 * What is to happen, ticked off when it has.
 *
 * @param {HTMLElement} node
 * @param {{ text: string, done: boolean }[]} todo
 */
export function showTodo(node, todo) {
  node.hidden = !todo.length;
  const made = JSON.stringify(todo);
  if (!todo.length || node.dataset.made === made) return;
  node.dataset.made = made;
  /** @type {NodeListOf<HTMLElement>} */
  const undone = node.querySelectorAll("li:not(.cloudlab-done)");
  const open = new Set([...undone].map((item) => item.dataset.task));
  const items = todo.map(({ text, done }) => {
    const state = make("span", "cloudlab-hidden", done ? " (done)" : " (not yet)");
    const look = done ? `cloudlab-done${open.has(text) ? " cloudlab-felt" : ""}` : "";
    const item = make("li", look, glyph(done ? "done" : "open"), make("span", "", text), state);
    item.dataset.task = text;
    return item;
  });
  const all = todo.every(({ done }) => done);
  const head = make("div", "cloudlab-heading", all ? "Make it happen: all done" : "Make it happen");
  if (all && open.size) head.classList.add("cloudlab-felt");
  node.replaceChildren(head, make("ul", "", ...items));
}

/**
 * Open or close the field with the code of this run.
 *
 * @param {HTMLElement} field
 * @param {Model} model
 * @param {(words: string) => void} tell
 */
export function toggleCode(field, model, tell) {
  field.hidden = !field.hidden;
  if (field.hidden) return;
  const input = make("input", "cloudlab-number");
  Object.assign(input, { type: "text", value: model.get("code"), size: 34 });
  const copy = pressable("Copy", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      tell("Copied.");
    } catch {
      tell("Copy the marked text with your keyboard.");
    }
  });
  const restore = pressable("Restore", () => model.send({ code: input.value }));
  restore.disabled = !model.get("live");
  field.replaceChildren(make("label", "", "Code of this run", input), copy, restore);
  input.focus();
  input.select();
}
