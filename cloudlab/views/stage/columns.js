// Columns: a fleet behind a front. Each line stands on its member, so a wave is seen as one.

import { drawMembers } from "./band.js";
import { cellsOf, shownWish } from "./fleet.js";
import { drawBand, drawFlag } from "./ruler.js";
import { beadAt, drawCapsule, drawInlet, drawLine, drawMoved, drawPeople, drawToken } from "./shapes.js";
import { NARROW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { drawBusy } from "./tiles.js";
import { hopOf } from "./ways.js";
import { capital, easeOut, numberOf, per, waitOf } from "./words.js";

/** @import { DrawScene, Member, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const STACK = 8; // that stand on each other
const PITCH = 9;

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function columnsPlan(run, { width }) {
  const cells = cellsOf(run);
  const small = width < NARROW;
  const left = small ? 20 : 150;
  const cell = Math.min(74, (width - left - 34) / cells);
  const tile = Math.min(56, cell - Math.max(3, cell * 0.12));
  const bus = small ? 96 : 16;
  const foot = bus + 40 + 104; // where the lines stand on their members
  return {
    draw: drawColumns,
    width,
    height: foot + tile + 104,
    cells,
    cell,
    tile,
    left,
    bus,
    foot,
    small,
    ruler: foot + tile + 36,
    middle: small ? 42 : bus + 20, // of those who send
    source: small ? 46 : 67,
    at: (/** @type {number} */ n) => left + n * cell,
  };
}

/** @type {DrawScene} */
function drawColumns(pen, plan, run, t, view) {
  const { at, foot, tile } = plan;
  const members = run.members(t);
  const servers = members.filter(({ part }) => run.lanes.has(part));
  drawColumnsSource(pen, plan, run, t);
  for (const member of servers) drawColumn(pen, plan, run, t, member, view);
  drawColumnsFront(pen, plan, run, t, view);
  drawMembers(pen, plan, run, t, members, foot + tile / 2, view);
  for (const { part, place, letter } of servers) {
    if (letter !== "S") continue;
    const busy = run.lanes.get(part)?.busy(t, run.window) ?? 0;
    drawBusy(pen, at(place + 0.5) - tile / 2, foot + tile + 7, tile, busy, 6);
  }
  drawRuler(pen, plan, run, t, view);
  if (!plan.small) drawColumnsHeads(pen, plan, run, t, members);
  drawFallers(pen, plan, run, t, view);
  for (const member of servers) drawHeight(pen, plan, run, t, member);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawColumnsSource(pen, plan, run, t) {
  const { c } = pen;
  const { source, middle } = plan;
  const rate = run.rate(t);
  drawPeople(pen, source, middle);
  if (plan.small) {
    pen.text(92, middle + 4, `${run.sourceName}, ${per(rate)}`);
    return;
  }
  pen.text(source, middle + 42, run.sourceName, { align: "center" });
  if (rate) pen.text(source, middle + 62, per(rate), { colour: c.muted, align: "center" });
  pen.line(source + 38, middle, plan.left, middle, c.wire);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawColumnsFront(pen, plan, run, t, view) {
  const { c } = pen;
  const { left, bus, small } = plan;
  const right = plan.at(plan.cells);
  drawCapsule(pen, left, bus, right - left, 40);
  if (!small) drawInlet(pen, left, plan.middle);
  if (run.front !== null && !small) {
    const { kind, name } = run.parts[run.front];
    pen.text(left + 18, bus + 26, `${capital(kind)} “${name}”`, { weight: 600, colour: c.onSlate });
  }
  const told = `${numberOf(run.arrivedBy(t))} came, ${waitOf(run.waiting(t))}`;
  pen.text(right - 16, bus + 26, told, { colour: c.onSlate, align: "right" });
  view.places.push({ part: run.front, x: left, y: bus, width: right - left, height: 40 });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawRuler(pen, plan, run, t, view) {
  const { at, cells, ruler } = plan;
  const [low, high] = [run.ruled("low", t), run.ruled("high", t)];
  const style = { weight: 600, align: "center" };
  drawBand(pen, at, ruler, cells, low, high);
  pen.text(at(Math.min(low, cells)), ruler + 45, low === high ? "min = max" : "min", style);
  if (low !== high) pen.text(at(Math.min(high, cells)), ruler + 45, "max", style);
  const x = at(Math.min(shownWish(run, t, view), cells));
  const words = `desired ${numberOf(run.ruled("wish", t))}`;
  drawFlag(pen, x, ruler + 20, -28, words, x + 150 > plan.width);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Member[]} members
 */
function drawColumnsHeads(pen, plan, run, t, members) {
  const { foot, tile } = plan;
  const x = plan.left - 16;
  const muted = { colour: pen.c.muted, align: "right" };
  const serving = members.filter((member) => member.letter === "S").length;
  pen.text(x, foot + tile / 2 + 5, `${serving} in service`, { align: "right" });
  pen.text(x, foot + tile + 14, "busy, tick 70 %", muted);
  if (run.waiting(t)) pen.text(x, foot - 12, "waiting", muted);
}

/**
 * The wire to a member, and the line that stands on it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Member} member
 * @param {View} view
 */
function drawColumn(pen, plan, run, t, { part, place, letter }, view) {
  const { foot, bus, cell, tile } = plan;
  const x = plan.at(place + 0.5);
  const { waiting, lost } = run.lane(part, t);
  const target = run.state(part, "target", t)?.state ?? "";
  const served = ["healthy", "initial"].includes(target) && letter !== "P";
  pen.line(x, bus + 40, x, foot, pen.c.wire, 1.5, served ? [] : [3, 7]);
  drawLine(pen, x, foot - 3, waiting, { dx: 0, dy: -PITCH, beads: STACK, tallest: cell - 6 });
  if (waiting <= STACK)
    run.inLine(part, t, STACK).forEach((row, bead) => {
      const [beadX, y] = beadAt(x, foot - 3, 0, -PITCH, bead);
      view.hits.push({ row, x: beadX, y, r: 6 });
    });
  if (lost) drawLost(pen, x + tile / 2 - 6, foot + 4, run, t, part, view);
}

/**
 * A ✕ on a tile, for a while after a request was lost there.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {Run} run
 * @param {number} t
 * @param {number} part
 * @param {View} view
 */
function drawLost(pen, x, y, run, t, part, view) {
  const failed = run.lanes.get(part)?.failed ?? [];
  const age = (t - failed[upTo(failed, t) - 1]) / view.sim(900);
  if (age < 1) pen.cross(x, y - 10 + (view.motion ? 14 * easeOut(age) : 0), 6, 3);
}

/**
 * How many wait, above their line; requests fall behind it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Member} member
 */
function drawHeight(pen, { foot, cell, at }, run, t, { part, place }) {
  const { waiting } = run.lane(part, t);
  const words = numberOf(waiting);
  if (!waiting || pen.wide(words, 16, 600) >= cell - 4) return;
  const y = foot - 12 - PITCH * Math.min(STACK, waiting);
  pen.text(at(place + 0.5), y, words, { weight: 600, align: "center", halo: pen.c.ground });
}

/**
 * The height of the line of a server, in pixels.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const heightOf = (run, part, t) => PITCH * Math.min(STACK, run.lanes.get(part)?.waiting(t) ?? 0);

/**
 * A still frame shows the last arrival as a dotted arrow.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawLastFall(pen, { bus, foot, at }, run, t) {
  const part = run.target[upTo(run.arrived, t) - 1];
  const place = run.parts[part]?.place ?? null;
  if (place === null) return;
  const tail = foot - 30 - heightOf(run, part, t);
  drawMoved(pen, at(place + 0.5), bus + 44, at(place + 0.5), Math.max(bus + 58, tail));
}

/**
 * Requests that travel along the front and fall to their member.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawFallers(pen, plan, run, t, view) {
  const { hop } = view;
  if (!view.motion) drawLastFall(pen, plan, run, t);
  if (!hop) return;
  const [first, last] = [upTo(run.arrived, t), upTo(run.arrived, t + 2 * hop)];
  const every = Math.ceil((last - first) / 90) || 1; // more would only be a thick line
  const far = last - upTo(run.arrived, t + hop);
  const inlet = every * (Math.ceil(far / every / 5) || 1); // the way to the front is short
  for (let row = first - (first % every); row < last; row += every) {
    if (row < first) continue;
    const away = (run.arrived[row] - t) / hop;
    if (away > 1 && row % inlet) continue;
    const place = fallOf(plan, run, t, run.target[row], away);
    if (!place) continue;
    drawToken(pen, ...place);
    view.hits.push({ row, x: place[0], y: place[1], r: 8 });
    view.moving += 1;
  }
}

/**
 * Where a request is that has so many hops before it.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {number} target
 * @param {number} away
 */
function fallOf(plan, run, t, target, away) {
  const { bus, foot, middle, small } = plan;
  if (away > 1) return small ? null : hopOf(plan.source + 40, middle, plan.left - 7, middle, 2 - away);
  const cell = run.parts[target]?.place ?? null;
  if (cell === null) return null;
  const x = plan.at(cell + 0.5);
  const tail = foot - 8 - heightOf(run, target, t);
  return hopOf(x, bus + 40, x, Math.max(bus + 52, tail), 1 - away);
}
