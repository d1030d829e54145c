// What a pointer selects: a request or a message of the scene, a mark of the timeline.

/** @import { Hit } from "./contract.js" */
/** @import { Stage } from "./stage.js" */

/**
 * Where a pointer is on a canvas, in the pixels of its drawing.
 *
 * @param {HTMLElement} canvas
 * @param {PointerEvent} event
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
 * A request or a message: stop, and tell its story.
 *
 * @param {Stage} stage
 * @param {PointerEvent} event
 */
export function pointAt(stage, event) {
  const { x, y } = placeOn(stage.parts.canvas, event, stage.scale);
  /** @param {Hit} hit */
  const away = (hit) => Math.hypot(hit.x - x, hit.y - y);
  const hits = stage.view?.hits ?? [];
  const near = hits.filter((hit) => away(hit) <= hit.r + 4);
  const hit = nearest(near, away);
  if (!hit) return;
  stage.player.pause();
  const { row, message, run } = hit;
  stage.asking.select(message === undefined ? { row, run } : { message, run });
}

/**
 * A mark above the timeline: go there and tell what happened.
 *
 * @param {Stage} stage
 * @param {PointerEvent} event
 */
export function pointMark(stage, event) {
  const { x, y } = placeOn(stage.parts.line, event, stage.scale);
  /** @param {{ x: number }} mark */
  const away = (mark) => Math.abs(mark.x - x);
  const marks = stage.line?.marks ?? [];
  const mark = y <= 24 ? nearest(marks, away) : undefined;
  if (!mark || away(mark) > 10) return;
  event.preventDefault();
  stage.player.pause();
  stage.seek(mark.time);
  stage.asking.select({ moment: mark.time });
}
