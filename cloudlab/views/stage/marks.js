// Marks above the timeline: what happened, as far as the run was played.

import { drawAgain } from "./shapes.js";

/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Frame } from "./timeline.js" */

/**
 * What happened, above the curve: ✕ a loss, ↻ a message that came back, a flag for a new wish. Returns where
 * each mark stands.
 *
 * @param {Frame} frame
 * @param {Run} run
 */
export function drawMarks(frame, run) {
  const notes = drawNotes(frame, run);
  return [...notes, ...drawFlags(frame, run, notes.at(-1)?.x ?? -99)];
}

/** @type {Record<string, (pen: Pen, x: number) => void>} */
const MARKS = {
  "✕": (pen, x) => pen.cross(x, 12, 5, 2.6),
  "↻": (pen, x) => drawAgain(pen, x, 12),
};

/**
 * @param {Frame} frame
 * @param {Run} run
 */
function drawNotes({ pen, t, at }, run) {
  const marks = [];
  let last = -99;
  for (const [time, , glyph] of run.notes) {
    if (time > t) break;
    if (at(time) - last < 14 || !MARKS[glyph]) continue;
    last = at(time);
    MARKS[glyph](pen, last);
    marks.push({ x: last, time });
  }
  return marks;
}

/**
 * @param {Frame} frame
 * @param {Run} run
 * @param {number} taken where the last mark stands
 */
function drawFlags({ pen, t, at }, run, taken) {
  const marks = [];
  let last = -99;
  for (const [time] of run.asks) {
    if (time > t) break;
    const x = at(time);
    if (x - last < 16 || Math.abs(x - taken) < 12) continue;
    pen.path(
      [
        [x - 5, 5],
        [x + 5, 5],
        [x + 5, 13],
        [x, 19],
        [x - 5, 13],
      ],
      { fill: pen.c.slate },
    );
    last = x;
    marks.push({ x, time });
  }
  return marks;
}
