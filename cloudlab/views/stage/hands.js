// What hands do on a stage: drag the play-head, move it by keys, and select with a pointer.

import { leaveByKey } from "../keys.js";
import { say } from "./telling.js";

/** @import { Hit } from "./contract.js" */
/** @import { Stage } from "./stage.js" */

/**
 * How many 120ths of a run a key moves the play-head.
 *
 * @type {Record<string, number>}
 */
const STEPS_BY_KEY = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

/** @param {Stage} stage */
export function listenToHands(stage) {
  const { parts, player, el } = stage;
  const { scrub, canvas, root } = parts;
  scrub.addEventListener("input", () => player.drag(Number(scrub.value)));
  scrub.addEventListener("change", () => {
    player.sync(true);
    say(stage);
  });
  scrub.addEventListener("pointerdown", (event) => pointMark(stage, event));
  scrub.addEventListener("keydown", (event) => {
    const steps = STEPS_BY_KEY[event.key];
    if (!steps) return;
    event.preventDefault();
    player.put(player.t + (steps * player.end) / 120);
  });
  canvas.addEventListener("pointerdown", (event) => pointAt(stage, event));
  parts.overlay.addEventListener("click", (event) => pointInside(stage, event), true);
  root.addEventListener("keydown", (event) => {
    // keys work here, and not on the cell
    if (event.key === "Escape" && stage.asking.selected) stage.asking.select(null);
    else if (leaveByKey(event, el)) return;
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
}

/**
 * Where a pointer is on a canvas, in the pixels of its drawing.
 *
 * @param {HTMLElement} canvas
 * @param {MouseEvent} event
 * @param {number} scale
 */
function placeOn(canvas, event, scale) {
  const box = canvas.getBoundingClientRect();
  return { x: (event.clientX - box.left) / scale, y: (event.clientY - box.top) / scale };
}

/**
 * The nearest one, or undefined.
 *
 * @template T
 * @param {T[]} things
 * @param {(thing: T) => number} away
 */
const nearest = (things, away) => [...things].sort((a, b) => away(a) - away(b))[0];

/**
 * A request or a message: stop, and tell its story. Returns whether there was one.
 *
 * @param {Stage} stage
 * @param {MouseEvent} event
 */
function pointAt(stage, event) {
  const { x, y } = placeOn(stage.parts.canvas, event, stage.scale);
  /** @param {Hit} hit */
  const away = (hit) => Math.hypot(hit.x - x, hit.y - y);
  const hits = stage.view?.hits ?? [];
  /** @param {Hit} hit */
  const touched = (hit) =>
    hit.box
      ? Math.abs(hit.x - x) <= hit.box[0] && Math.abs(hit.y - y) <= hit.box[1] + 4
      : away(hit) <= hit.r + 4;
  const hit = nearest(hits.filter(touched), away);
  if (!hit) return false;
  stage.player.pause();
  const { message, part, inner, run } = hit;
  const row = hit.row ?? hit.find?.();
  if (message !== undefined) stage.asking.select({ message, run });
  else if (row !== undefined) stage.asking.select({ row, run });
  else if (inner !== undefined) stage.asking.select({ part, inner, run });
  return true;
}

/**
 * A request inside of a part goes before the part, unless a key chose the part.
 *
 * @param {Stage} stage
 * @param {MouseEvent} event
 */
function pointInside(stage, event) {
  if (event.detail > 0 && pointAt(stage, event)) event.stopPropagation();
}

/**
 * A mark above the timeline: go there and tell what happened.
 *
 * @param {Stage} stage
 * @param {PointerEvent} event
 */
function pointMark(stage, event) {
  const { x, y } = placeOn(stage.parts.line, event, stage.scale);
  /** @param {{ x: number }} mark */
  const away = (mark) => Math.abs(mark.x - x);
  const { marks = [], above = 0 } = stage.line ?? {};
  const mark = y >= above && y <= above + 24 ? nearest(marks, away) : undefined;
  if (!mark || away(mark) > 10) return;
  event.preventDefault();
  stage.player.pause();
  stage.seek(mark.time);
  stage.asking.select({ moment: mark.time });
}
