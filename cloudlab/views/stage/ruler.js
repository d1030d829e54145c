// A ruler with its band between two handles, the flag of what is wanted, and what was predicted.

/** @import { Point } from "./contract.js" */
/** @import { Pen } from "./pen.js" */

/**
 * The ruler, and the band on it from low to high.
 *
 * @param {Pen} pen
 * @param {(n: number) => number} at where a number stands
 * @param {number} y
 * @param {number} cells
 * @param {number} low
 * @param {number} high
 */
export function drawBand(pen, at, y, cells, low, high) {
  const { c } = pen;
  pen.line(at(0), y, at(cells), y, c.wire);
  const [left, right] = [at(Math.min(low, cells)), at(Math.min(high, cells))];
  if (right > left) pen.rect(left, y - 17, right - left, 34, 8, { fill: c.hair, edge: c.edge, line: 1.75 });
  const [first, last] = [String(low), high > cells ? `${high} ›` : String(high)];
  const apart = (handleWidth(pen, first) + handleWidth(pen, last)) / 2 + 3;
  const start = high === low ? left : Math.min(left, right - apart); // two handles never cover each other
  for (let n = 0; n <= cells; n += stepOf(at(1) - at(0))) {
    const x = at(n);
    const covered = Math.abs(x - start) < clearOf(pen, first) || Math.abs(x - right) < clearOf(pen, last);
    if (covered) continue;
    const inside = n > low && n < high;
    if (!inside) pen.disc(x, y, 14, { fill: c.ground });
    pen.text(x, y + 5.5, String(n), { colour: inside ? c.ink : c.muted, align: "center" });
  }
  drawHandle(pen, start, y, first);
  if (high !== low) drawHandle(pen, right, y, last);
}

/**
 * Every how many numbers one is written, where a cell is so wide.
 *
 * @param {number} room
 */
function stepOf(room) {
  if (room >= 34) return 1;
  return room >= 20 ? 2 : 5;
}

/**
 * @param {Pen} pen
 * @param {string} words
 */
const handleWidth = (pen, words) => Math.max(34, pen.wide(words, 20, 600) + 14);

/**
 * How far a number stands from a handle at least.
 *
 * @param {Pen} pen
 * @param {string} words of the handle
 */
const clearOf = (pen, words) => handleWidth(pen, words) / 2 + 12;

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {string} words
 */
function drawHandle(pen, x, y, words) {
  const wide = handleWidth(pen, words);
  pen.rect(x - wide / 2, y - 21, wide, 42, 9, { fill: pen.c.slate });
  pen.mark("handle", x - wide / 2, y - 21, wide, 42);
  pen.text(x, y + 7, words, { size: 20, weight: 600, colour: pen.c.onSlate, align: "center" });
}

/**
 * How far the cloth of a flag reaches.
 *
 * @param {Pen} pen
 * @param {string} words
 */
export const flagWidth = (pen, words) => pen.wide(words, 16, 600) + 34;

/**
 * The flag: how many are wanted. Returns the tip of its cloth.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y where its pole stands
 * @param {number} up the height of the pole; a negative one points down
 * @param {string} words
 * @param {boolean} leftward
 */
export function drawFlag(pen, x, y, up, words, leftward) {
  const { c } = pen;
  const wide = pen.wide(words, 16, 600) + 24;
  const top = up > 0 ? y - up : y - up - 32;
  pen.line(x, y, x, up > 0 ? top + 2 : top + 30, c.slate, 3);
  const way = leftward ? -1 : 1;
  const tip = x + way * (wide + 10);
  pen.path(
    [
      [x - 1.5 * way, top],
      [x + way * wide, top],
      [tip, top + 16],
      [x + way * wide, top + 32],
      [x - 1.5 * way, top + 32],
    ],
    { fill: c.slate },
  );
  pen.mark("box", Math.min(x, tip), top, Math.abs(tip - x), 32);
  pen.text(x + (way * wide) / 2, top + 21.5, words, { weight: 600, colour: c.onSlate, align: "center" });
  return { tip, y: top + 16 };
}

/**
 * A spring from the flag to what was asked for and not granted.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} end
 * @param {string} words
 */
export function drawSpring(pen, x, y, end, words) {
  const { c } = pen;
  /** @type {Point[]} */
  const points = [];
  for (let step = 0; step <= 120; step += 1) {
    const share = step / 120;
    points.push([x + (end - 16 - x) * share, y + 8 * (1 - share) ** 0.8 * Math.sin(share * 26)]);
  }
  pen.path(points, { edge: c.edge, line: 2 }, false);
  const wide = Math.max(28, pen.wide(words, 16, 600) + 12);
  const style = { fill: c.ground, edge: c.edge, line: 1.75, dash: [4, 3] };
  pen.rect(end - wide / 2, y - 14, wide, 28, 8, style);
  pen.text(end, y + 5.5, words, { weight: 600, align: "center" });
}

/**
 * What was predicted: a hollow blue peg that points up.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawPeg(pen, x, y) {
  pen.path(
    [
      [x - 9, y + 22],
      [x - 9, y + 9],
      [x, y],
      [x + 9, y + 9],
      [x + 9, y + 22],
    ],
    { edge: pen.c.request, line: 2.2, fill: pen.c.ground },
  );
  pen.mark("peg", x - 9, y, 18, 22);
}

/**
 * The size of a miss: from the peg to what came.
 *
 * @param {Pen} pen
 * @param {number} x of the peg
 * @param {number} came
 * @param {number} y
 */
export function drawMiss(pen, x, came, y) {
  if (Math.abs(came - x) < 12) return;
  const from = x + Math.sign(came - x) * 10;
  pen.line(from, y, came, y, pen.c.request, 2.2, [2, 5]);
  pen.line(came, y - 4, came, y + 4, pen.c.request, 2.2);
  pen.mark("line", Math.min(from, came), y - 4, Math.abs(came - from), 8);
}
