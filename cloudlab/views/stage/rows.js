// Rows: the same as lanes, on a narrow screen.

import { GONE, noteOf, progressOf } from "./server.js";
import { BEADS, drawCapsule, drawInlet, drawLine, drawMoved, drawPeople, hitLine } from "./shapes.js";
import { upTo } from "./sorted.js";
import { drawBadge } from "./tiles.js";
import { drawRequest, fewOf, strokeOf } from "./travellers.js";
import { hopOf } from "./ways.js";
import { capital, numberOf, per, secondsOf, shortOf } from "./words.js";

/** @import { DrawScene, LaneNow, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function rowsPlan(run, { width }) {
  const parts = run.sorted;
  const direct = run.front === null;
  const first = direct ? 110 : 176;
  const pitch = 82;
  const ys = new Map(parts.map((part, place) => [part, first + pitch * place]));
  return { draw: drawRows, width, height: first + pitch * (parts.length - 1) + 40, parts, ys, direct };
}

/** @type {DrawScene} */
function drawRows(pen, plan, run, t, view) {
  const { width } = plan;
  drawPeople(pen, 46, 42);
  pen.text(92, 38, pen.fit(view.head || run.sourceName, width - 108, 16, 600), { weight: 600 });
  const short = run.shared !== null && width < 560; // its one line needs the room
  if (t > 0 && !short) pen.text(92, 60, per(run.rate(t)), { colour: pen.c.muted });
  const lanes = run.sorted.map((part) => run.lane(part, t));
  if (!plan.direct) drawRowsFront(pen, plan, run, lanes, view);
  if (run.shared !== null) {
    drawOneLine(pen, plan, run, t, view);
  }
  for (const lane of lanes) drawRow(pen, plan, run, t, lane, view);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawOneLine(pen, plan, run, t, view) {
  const waiting = run.waiting(t);
  const x = plan.width - 24;
  const way = { dx: -Math.min(10, (x - 132) / BEADS), tallest: 30 }; // its number stands before it
  const reach = drawLine(pen, x, 66, waiting, way);
  pen.text(x - 8 - reach, 73, shortOf(waiting), { size: 20, weight: 600, align: "right" });
  hitLine(view, x, 66, waiting, way, (most) => run.sharedLine(t, most));
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {LaneNow[]} lanes
 * @param {View} view
 */
function drawRowsFront(pen, plan, run, lanes, view) {
  const { c } = pen;
  const { width, parts } = plan;
  pen.line(46, 62, 46, 92, c.wire);
  drawCapsule(pen, 14, 92, width - 28, 40);
  drawInlet(pen, 46, 92);
  const front = capital(run.parts[Number(run.front)].kind);
  pen.text(72, 118, front, { weight: 600, colour: c.onSlate });
  const counts = lanes.map((lane) => lane.sent);
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  const long = low === high ? `${shortOf(low)} sent to each` : `${shortOf(low)} to ${shortOf(high)} sent`;
  const room = width - 30 - 72 - pen.wide(front, 16, 600) - 8;
  const short = low === high ? `${shortOf(low)} each` : `${shortOf(low)}–${shortOf(high)}`;
  const sent = pen.wide(long) > room ? short : long;
  pen.text(width - 30, 118, sent, { colour: c.onSlate, align: "right" });
  pen.line(26, 132, 26, plan.ys.get(parts[parts.length - 1]) + 18, c.wire);
  view.places.push({ part: run.front, x: 14, y: 92, width: width - 28, height: 40 });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
function drawRow(pen, plan, run, t, lane, view) {
  const { c } = pen;
  const { width } = plan;
  const y = plan.ys.get(lane.part);
  const looks = run.looks(lane.part, t) || GONE;
  const name = capital(run.parts[lane.part].name);
  pen.text(42, y - 12, name, { weight: 600 });
  const after = 42 + pen.wide(name, 16, 600) + 8;
  const told = lane.times.n ? p50AndP95(pen, lane.times, width - 58 - after) : "";
  pen.text(width - 58, y - 12, told, { align: "right" });
  const note = noteOf(looks, run.speed(lane.part, t));
  const free = width - 58 - pen.wide(told) - 8 - after;
  pen.text(after, y - 12, pen.wide(note) > free ? "" : note, { colour: c.muted });
  drawBadge(pen, width - 28, y - 18, looks);
  const line = y + 18;
  pen.line(26, line, width - 46, line, c.wire, strokeOf(run.lanes.get(lane.part)?.joined ?? [], t, view.hop));
  const row = lane.atWork[0];
  pen.ring(width - 30, line, 13, row === undefined ? 0 : progressOf(run, row, t), c.request);
  if (row !== undefined) {
    pen.disc(width - 30, line, 6, { fill: c.request });
    view.hits.push({ row, x: width - 30, y: line, r: 15 });
  }
  if (run.shared === null) drawRowWaiting(pen, plan, run, t, lane, line, view);
  if (lane.lost) {
    pen.cross(48, line + 19, 5.5, 2.8);
    pen.text(60, line + 24.5, `${shortOf(lane.lost)} lost`, { weight: 600, halo: c.ground });
  }
  view.places.push({ part: lane.part, x: 36, y: y - 34, width: width - 48, height: 32 });
}

/**
 * From the median to the p95, or where there is no room for both, the p95.
 *
 * @param {Pen} pen
 * @param {LaneNow["times"]} times
 * @param {number} room
 */
function p50AndP95(pen, { p50, p95 }, room) {
  const both = `${numberOf(p50)} – ${secondsOf(p95)}`;
  return pen.wide(both) > room ? secondsOf(p95) : both;
}

/**
 * The line before a server, those on their way to it, and how many wait.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {number} y
 * @param {View} view
 */
function drawRowWaiting(pen, plan, run, t, lane, y, view) {
  const { c } = pen;
  const { waiting } = lane;
  const way = { dx: -Math.min(10, (plan.width - 130) / BEADS), tallest: 32 };
  const x = plan.width - 50;
  const reach = drawLine(pen, x, y, waiting, way);
  hitLine(view, x, y, waiting, way, (most) => run.inLine(lane.part, t, most));
  const style = { size: 20, weight: 600, align: "right", halo: c.ground, colour: waiting ? c.ink : c.muted };
  const words = shortOf(waiting);
  drawRowTravellers(pen, run, t, lane, y, view, x - 19 - reach - pen.wide(words, 20, 600));
  pen.text(x - 6 - reach, y + 7, words, style);
}

/**
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {number} y
 * @param {View} view
 * @param {number} tail where they go
 */
function drawRowTravellers(pen, run, t, { part }, y, view, tail) {
  const lane = run.lanes.get(part);
  const isLast = run.target[upTo(run.arrived, t) - 1] === part;
  const from = 36;
  if (tail < from + 12) return;
  if (!view.motion && isLast) drawMoved(pen, 26, y, Math.max(60, tail), y);
  if (!view.hop || !lane) return;
  view.moving += upTo(lane.joined, t + view.hop) - upTo(lane.joined, t);
  for (const place of fewOf(lane.joined, t, t + view.hop, tail - from)) {
    const share = 1 - (lane.joined[place] - t) / view.hop;
    drawRequest(pen, view, lane.rows[place], hopOf(from, y, tail, y, share));
  }
}
