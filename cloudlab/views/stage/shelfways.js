// What goes between the shelves of a coat check: arrows, tickets on their way, and what came back.

import { drawSmallTicket } from "./shapes.js";
import { upTo } from "./sorted.js";
import { hopOf } from "./ways.js";
import { numberOf } from "./words.js";

/** @import { Move, Plan, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Board } from "./shelves.js" */

const LATELY = 1 / 40; // of a run: so long it is said that a message came back

/**
 * From board to board: where an arrow begins and ends.
 *
 * @param {Plan} plan
 * @param {Board} from
 * @param {Board} to
 * @returns {[x1: number, y1: number, x2: number, y2: number]}
 */
function arrowBetween({ down }, from, to) {
  const [x, y] = [from.x + 0.72 * from.w, from.y + from.h / 2];
  return down ? [x, from.y + from.h + 6, x, to.y - 6] : [from.x + from.w + 6, y, to.x - 6, y];
}

/**
 * What one does between the shelves.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 */
export function drawArrows(pen, plan) {
  const { c } = pen;
  for (const [from, to, words] of [
    [plan.lying, plan.hands, "take"],
    [plan.hands, plan.gone, "delete"],
  ]) {
    const [x1, y1, x2, y2] = arrowBetween(plan, from, to);
    pen.line(x1, y1, x2, y2, c.edge, 1.75);
    const [along, aside] = plan.down ? [6, 7] : [7, 6];
    pen.path(
      plan.down
        ? [
            [x2 - along, y2 - aside],
            [x2, y2],
            [x2 + along, y2 - aside],
          ]
        : [
            [x2 - along, y2 - aside],
            [x2, y2],
            [x2 - along, y2 + aside],
          ],
      { edge: c.edge, line: 1.75 },
      false,
    );
    if (plan.down) pen.text(x1 + 14, (y1 + y2) / 2 + 5, words, { colour: c.muted });
    else pen.text((x1 + x2) / 2, y1 + 24, words, { colour: c.muted, align: "center" });
  }
}

/**
 * The last message that came back, a little while after it did.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
export function drawReturn(pen, plan, run, t) {
  const back = lastBack(run, t);
  if (!back) return;
  const { lying, hands } = plan;
  const words = `${numberOf(back.message)} came back`;
  const foot = lying.y + lying.h;
  if (plan.down) {
    const x = lying.x + 28;
    pen.line(x, hands.y, x, foot + 3, pen.c.fail, 2, [2, 5]);
    drawUp(pen, x, foot + 2);
    pen.text(x + 14, (foot + hands.y) / 2 + 5, words, { weight: 600 });
    return;
  }
  const [from, to, low] = [hands.x + 29, lying.x + 28, plan.height - 10];
  const { context } = pen;
  context.beginPath();
  context.moveTo(from, foot);
  context.arcTo(from, low, to, low, 8);
  context.arcTo(to, low, to, foot, 8);
  context.lineTo(to, foot + 3);
  pen.stroke(pen.c.fail, 2, [2, 5]);
  drawUp(pen, to, foot + 2);
  const told = pen.fit(`${words}: nobody said delete`, plan.width - from - 24, 16, 600);
  pen.text(from + 14, low - 7, told, { weight: 600 });
}

/**
 * The head of an arrow that goes up.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
function drawUp(pen, x, y) {
  pen.path(
    [
      [x - 6, y + 7],
      [x, y],
      [x + 6, y + 7],
    ],
    { edge: pen.c.fail, line: 2 },
    false,
  );
}

/**
 * The last move back to a shelf, if it was lately.
 *
 * @param {Run} run
 * @param {number} t
 */
function lastBack(run, t) {
  const since = t - run.end * LATELY;
  for (let place = upTo(run.moves.times, t) - 1; place >= 0; place -= 1) {
    const move = run.moves.moves[place];
    if (move.time < since) return null;
    if (run.leadsBack(move.source, move.target)) return move;
  }
  return null;
}

/**
 * From where to where a message goes, or null where nothing is drawn.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {Move} move
 * @returns {[x1: number, y1: number, x2: number, y2: number] | null}
 */
function hopOn(plan, run, { source, target }) {
  const { lying, hands, gone, ys, down } = plan;
  const middle = lying.y + lying.h / 2;
  if (run.sources.includes(source))
    return down ? [60, 62, 60, lying.y - 8] : [100, middle, lying.x - 10, middle];
  if (ys.has(target)) return shortened(arrowBetween(plan, lying, hands));
  return ys.has(source) && target === null ? shortened(arrowBetween(plan, hands, gone)) : null;
}

/**
 * A little shorter at both ends, so that what travels covers neither board.
 *
 * @param {[x1: number, y1: number, x2: number, y2: number]} hop
 * @returns {[x1: number, y1: number, x2: number, y2: number]}
 */
function shortened([x1, y1, x2, y2]) {
  const [dx, dy] = [Math.sign(x2 - x1) * 6, Math.sign(y2 - y1) * 3];
  return [x1 + dx, y1 + dy, x2 - dx, y2 - dy];
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @param {Move} move
 */
export function drawOnItsWay(pen, plan, run, t, view, move) {
  const hop = hopOn(plan, run, move);
  if (!hop) return;
  const [x, y, backX, backY] = hopOf(...hop, 1 - (move.time - t) / view.hop);
  drawSmallTicket(pen, x, y, backX, backY);
}

/**
 * Where nothing moves, a dotted line over what moved last.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
export function drawStill(pen, plan, run, t) {
  const move = run.moves.before(t);
  const hop = move && hopOn(plan, run, move);
  if (hop) pen.line(hop[0], hop[1], hop[2], hop[3], pen.c.request, 3, [1, 7]);
}
