// What stands before a part of a flow: a message that it holds with its ring, or the line of a server.

import { ringOf } from "./moves.js";
import { drawLine, drawTicket } from "./shapes.js";
import { numberOf, spanOf } from "./words.js";

/** @import { DrawPart, Stay, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

export const HELD = 112; // room for a ring and a ticket
export const QUEUEING = 150; // room for a line
const TICKETS_BEHIND = 3; // so many tickets are seen behind the first one
const TICKET_EDGE = 5; // so far the edge of each stands out

/**
 * What a part holds: its ticket, and before that the ring that says how long nobody else may have it.
 *
 * @type {DrawPart}
 */
export function drawHeld(pen, run, { part, x, y, h }, t, view) {
  const middle = y + h / 2;
  const hand = run.moves.inHand(part, t);
  const [stay] = hand;
  pen.line(x - HELD, middle, x, middle, pen.c.wire);
  if (!stay) {
    drawGone(pen, run, part, x, middle, t);
    return;
  }
  drawRing(pen, x - 88, middle, stay, t);
  drawHand(pen, x - 36, middle, hand, pen.c.ground, view);
}

/**
 * The ticket of what somebody works on, and behind it the edges of those that it holds beside that.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {Stay[]} hand
 * @param {string} ground
 * @param {View} view
 */
export function drawHand(pen, x, y, [stay, ...others], ground, view) {
  const { c } = pen;
  const behind = others.slice(0, TICKETS_BEHIND);
  for (const [place, { message }] of [...behind.entries()].reverse()) {
    const up = TICKET_EDGE * (place + 1);
    const half = 23 - 2 * (place + 1);
    pen.rect(x - half, y - 14 - up, 2 * half, 20, 5, { fill: c.wait, edge: c.waitEdge });
    view.hits.push({ message, x, y: y - 14 - up + TICKET_EDGE / 2, r: 23, box: [half, TICKET_EDGE / 2] });
  }
  drawTicket(pen, x, y, numberOf(stay.message), ground);
  view.hits.push({ message: stay.message, x, y, r: 23, box: [23, 12] });
}

/**
 * How long nobody else may have a message: the ring empties, with the seconds in it.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {Stay} stay
 * @param {number} t
 * @param {{ radius?: number, ground?: string, numbers?: boolean }} [how]
 */
export function drawRing(pen, x, y, stay, t, { radius = 18, ground = pen.c.ground, numbers = true } = {}) {
  const { c } = pen;
  const ring = ringOf(stay, t);
  if (!ring) return;
  const [colour, line] = ring.share < 0.25 ? [c.ink, radius / 3] : [c.request, radius / 4];
  pen.disc(x, y, radius + 3, { fill: ground });
  pen.ring(x, y, radius, ring.share, colour, line);
  const seconds = Math.ceil(ring.seconds);
  const words = seconds < 1000 ? numberOf(seconds) : spanOf(seconds).replace(" ", "");
  if (numbers) pen.text(x, y + 5.5, words, { weight: 600, align: "center" });
}

/**
 * The message went back, and the part may still work on it.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {number} x
 * @param {number} y
 * @param {number} t
 */
function drawGone(pen, run, part, x, y, t) {
  const { c } = pen;
  const last = run.moves.last(part, t);
  if (last?.to === null || last?.to === undefined) return;
  pen.ring(x - 88, y, 18, 0, c.fail, 2.5, c.ground);
  pen.disc(x - 88, y, 18, { fill: c.ground, edge: c.fail, line: 2.5, dash: [2, 5] });
  pen.text(x - 88, y + 6, "0", { weight: 600, align: "center" });
  pen.rect(x - 59, y - 14, 46, 28, 6, { fill: c.ground, edge: c.edge, dash: [4, 3] });
  pen.text(x - 36, y + 5.5, String(last.message), { colour: c.muted, align: "center" });
}

/**
 * The line before a server.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {{ part: number, x: number, y: number, h: number }} place
 * @param {number} t
 */
export function drawQueueing(pen, run, { part, x, y, h }, t) {
  const { waiting } = run.lane(part, t);
  const reach = drawLine(pen, x - 6, y + h / 2, waiting, { dx: -5.6, tallest: 40 });
  if (!waiting) return;
  const style = { size: 20, weight: 600, align: "right", halo: pen.c.ground };
  pen.text(x - 12 - reach, y + h / 2 + 7, numberOf(waiting), style);
}
