// Lanes: a server in each, with the line before it, how busy it is, and its times on one axis.

import { drawServer } from "./server.js";
import { chevron, drawCapsule, drawInlet, drawLine, drawPeople, hitLine } from "./shapes.js";
import { WIDE } from "./sizes.js";
import { drawTimes } from "./times.js";
import { countAt, drawTravellers, pitchOf, strokeOf } from "./travellers.js";
import { BEADS } from "./shapes.js";
import { upTo } from "./sorted.js";
import { easeOut, per, shortOf } from "./words.js";

/** @import { DrawScene, LaneNow, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function lanesPlan(run, { width, dense, last }) {
  const parts = run.sorted;
  const wide = width >= WIDE;
  const right = wide ? width - 193 : width - 16;
  const left = right - (wide ? 250 : 220);
  const direct = run.front === null;
  const [first, pitch] = dense ? [60, 50] : [62, 64];
  const long = pitch * (parts.length - 1);
  const below = { dense: last ? 58 : 36, usual: wide ? 50 : 40 };
  const least = first + long / 2 + (dense ? 56 : 84); // room for those who send
  return {
    draw: drawLanes,
    width,
    height: Math.max(first + long + (dense ? below.dense : below.usual), least),
    dense,
    parts,
    ys: new Map(parts.map((part, place) => [part, first + pitch * place])),
    direct,
    source: 56,
    middle: first + long / 2,
    front: direct ? [96, 96] : [126, 190],
    server: [left, right],
    axis: wide ? [width - 169, width - 25] : null,
    box: dense ? 44 : 54,
  };
}

/** @type {DrawScene} */
function drawLanes(pen, plan, run, t, view) {
  drawLanesHeads(pen, plan, run, view);
  drawLanesSource(pen, plan, run, t);
  const stroke = plan.direct ? 1.5 : strokeOf(run.arrived, t + view.hop, view.hop);
  pen.line(plan.source + 36, plan.middle, plan.front[0], plan.middle, pen.c.wire, stroke);
  const lanes = run.sorted.map((part) => run.lane(part, t));
  for (const lane of lanes) drawWire(pen, plan, run, t, lane, view);
  if (run.shared !== null) drawShared(pen, plan, run, t, view);
  if (!plan.direct) drawLanesFront(pen, plan, run, lanes, view);
  for (const lane of lanes) {
    if (run.shared === null) drawLaneWaiting(pen, plan, run, t, lane, view);
    drawServer(pen, plan, run, t, lane, view);
    drawFailures(pen, plan, run, t, lane, view);
  }
  if (plan.axis) drawTimes(pen, plan, lanes, view);
  drawTravellers(pen, plan, run, t, view);
  if (run.shared === null) for (const lane of lanes) drawCount(pen, plan, run, t, lane, view);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {View} view
 */
function drawLanesHeads(pen, plan, run, view) {
  const [inlet, outlet] = plan.front;
  const [left, right] = plan.server;
  const { dense } = plan;
  const top = dense ? 25 : 24;
  if (view.head) pen.text(24, top, view.head, { weight: 600 });
  if (!plan.direct && !dense) pen.text((inlet + outlet) / 2, top, "Sent so far", { align: "center" });
  if (!dense || view.first) pen.text(left - 12, top, "Waiting", { align: "right" });
  const busy = `Busy, tick at ${Math.round(100 * run.mark)} %`;
  if (!dense) pen.text(right, top, busy, { colour: pen.c.muted, align: "right" });
  if (plan.axis && (!dense || view.first))
    pen.text(plan.axis[1] + 8, top, "Time in system", { align: "right" });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawLanesSource(pen, plan, run, t) {
  const { source, middle, dense } = plan;
  const style = { colour: pen.c.muted, align: "center" };
  drawPeople(pen, source, middle - 4);
  const room = 2 * source - 8;
  if (!dense) pen.text(source, middle + 44, pen.fit(run.sourceName, room), { align: "center" });
  const rate = t > 0 ? per(run.rate(t)).split(" ") : []; // 2.8 a second, in two lines where it must be
  const lines = pen.wide(rate.join(" ")) <= room ? [rate.join(" ")] : [rate[0], rate.slice(1).join(" ")];
  lines.forEach((line, place) => pen.text(source, middle + (dense ? 44 : 66) + 21 * place, line, style));
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {LaneNow[]} lanes
 * @param {View} view
 */
function drawLanesFront(pen, plan, run, lanes, view) {
  const { ys, middle, box, parts } = plan;
  const [left, right] = plan.front;
  const [first, last] = [ys.get(parts[0]), ys.get(parts[parts.length - 1])];
  drawCapsule(pen, left, first - box / 2, right - left, last - first + box);
  drawInlet(pen, left, middle);
  for (const lane of lanes) {
    const y = ys.get(lane.part);
    const words = shortOf(lane.sent);
    const size = pen.wide(words, 20, 600) > right - left - 26 ? 16 : 20;
    pen.text(right - 15, y + 7, words, { size, weight: 600, colour: pen.c.onSlate, align: "right" });
    chevron(pen, right - 7, y, pen.c.onSlate);
  }
  const [top, height] = [first - box / 2, last - first + box];
  view.places.push({ part: run.front, x: left, y: top, width: right - left, height });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
function drawWire(pen, plan, run, t, lane, view) {
  const [outlet, left, y] = [plan.front[1], plan.server[0], plan.ys.get(lane.part)];
  const serving = run.looks(lane.part, t)?.letter === "S";
  const healthy = run.state(lane.part, "target", t)?.state === "healthy";
  const dash = plan.direct || serving || healthy ? [] : [3, 7];
  const stroke = strokeOf(run.lanes.get(lane.part)?.joined ?? [], t, view.hop);
  pen.line(run.shared !== null ? left - 34 : outlet, y, left, y, pen.c.wire, stroke, dash);
}

/**
 * By how many beads a line still has to move up, since the first of it was taken.
 *
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
function shiftOf(run, t, { part, waiting }, view) {
  const since = (t - Number(run.lanes.get(part)?.moved(t))) / view.sim(160);
  return waiting && waiting <= BEADS && since < 1 && view.motion ? 1 - easeOut(since) : 0;
}

/**
 * The line before a server; it moves up when the first of it is taken.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
function drawLaneWaiting(pen, plan, run, t, lane, view) {
  const { dense } = plan;
  const [head, y] = [plan.server[0] - 9, plan.ys.get(lane.part)];
  const pitch = pitchOf(plan);
  const shift = shiftOf(run, t, lane, view);
  const usual = plan.axis ? 52 : 30;
  drawLine(pen, head, y, lane.waiting, { dx: -pitch, tallest: dense ? 42 : usual, shift });
  hitLine(view, head, y, lane.waiting, { dx: -pitch, tallest: dense ? 42 : usual }, (most) =>
    run.inLine(lane.part, t, most),
  );
}

/**
 * How many wait, at the tail of their line; requests pass behind it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
function drawCount(pen, plan, run, t, lane, view) {
  const { part, waiting } = lane;
  const x = countAt(plan, waiting) - pitchOf(plan) * shiftOf(run, t, lane, view);
  pen.text(x, plan.ys.get(part) + 7, shortOf(waiting), countStyle(pen, waiting));
}

/**
 * @param {Pen} pen
 * @param {number} amount
 */
const countStyle = ({ c }, amount) => ({
  size: 20,
  weight: 600,
  align: "right",
  halo: c.ground,
  colour: amount ? c.ink : c.muted,
});

/**
 * The one line for all, and the fork to the servers behind it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawShared(pen, plan, run, t, view) {
  const { middle, ys, parts, dense } = plan;
  const outlet = plan.front[1];
  const fork = plan.server[0] - 34;
  const amount = run.waiting(t);
  pen.line(outlet, middle, fork, middle, pen.c.wire);
  pen.line(fork, ys.get(parts[0]), fork, ys.get(parts[parts.length - 1]), pen.c.wire);
  const way = { dx: -Math.min(12, (fork - outlet - 76) / BEADS), tallest: dense ? 42 : 52 };
  const reach = drawLine(pen, fork - 6, middle, amount, way);
  const x = fork - 14 - reach - (amount ? 4 : 0);
  pen.text(x, middle + 7, shortOf(amount), countStyle(pen, amount));
  const words = pen.fit("one line for all: no AWS option", fork - outlet - 24);
  if (!dense) pen.text(outlet + 12, middle - 42, words, { colour: pen.c.muted });
  hitLine(view, fork - 6, middle, amount, way, (most) => run.sharedLine(t, most));
}

/**
 * A failure: ✕ where the request was, falling for a moment; and how many were lost.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
function drawFailures(pen, plan, run, t, { part, lost }, view) {
  if (!lost) return;
  const [x, y] = [plan.server[0] - 14, plan.ys.get(part)];
  const failed = run.lanes.get(part)?.failed ?? [];
  const age = (t - failed[upTo(failed, t) - 1]) / view.sim(300);
  if (age < 1 && view.motion) pen.cross(x, y + 24 * easeOut(age), 6, 3);
  const at = plan.dense ? 20 : 24; // below the line
  pen.cross(plan.front[1] + 18, y + at, 5.5, 2.8);
  pen.text(plan.front[1] + 30, y + at + 5.5, `${shortOf(lost)} lost`, { weight: 600, halo: pen.c.ground });
}
