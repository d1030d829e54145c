// Columns: a fleet behind a front. Each line stands on its member, so a wave is seen as one.

import { drawMembers } from "./band.js";
import { cellsOf, shownWish } from "./fleet.js";
import { drawBand, drawFlag, flagWidth } from "./ruler.js";
import { Labels, middleFor } from "./labels.js";
import { drawCapsule, drawInlet, drawLine, drawMoved, drawPeople, hitLine } from "./shapes.js";
import { NARROW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { drawBusy } from "./tiles.js";
import { drawRequest, fewOf, strokeOf } from "./travellers.js";
import { hopOf } from "./ways.js";
import { capital, easeOut, numberOf, per, shortOf, waitOf } from "./words.js";

/** @import { DrawScene, Member, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const STACK = 8; // that stand on each other
const PITCH = 8;

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
  drawColumnsSource(pen, plan, run, t, view);
  for (const member of servers) drawColumn(pen, plan, run, t, member, view);
  drawColumnsFront(pen, plan, run, t, view);
  drawMembers(pen, plan, run, t, members, foot + tile / 2, view);
  for (const { part, place, letter } of servers) {
    if (letter !== "S") continue;
    const share = run.lanes.get(part)?.busy(t, run.window) ?? 0;
    drawBusy(pen, at(place + 0.5) - tile / 2, foot + tile + 7, tile, { share, mark: run.mark }, 6);
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
 * @param {View} view
 */
function drawColumnsSource(pen, plan, run, t, view) {
  const { c } = pen;
  const { source, middle } = plan;
  const rate = run.rate(t);
  drawPeople(pen, source, middle);
  if (plan.small) {
    pen.text(92, middle + 4, pen.fit(`${run.sourceName}, ${per(rate)}`, plan.width - 100));
    return;
  }
  pen.text(source, middle + 42, run.sourceName, { align: "center" });
  if (rate) pen.text(source, middle + 62, per(rate), { colour: c.muted, align: "center" });
  const stroke = strokeOf(run.arrived, t + view.hop, view.hop);
  pen.line(source + 38, middle, plan.left, middle, c.wire, stroke);
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
  const told = pen.fit(`${numberOf(run.arrivedBy(t))} came, ${waitOf(run.waiting(t))}`, right - left - 32);
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
  drawBand(pen, at, ruler, cells, low, high);
  const ends = low === high ? [{ n: low, words: "min = max" }] : ENDS.map((of) => of(low, high));
  const x = at(Math.min(shownWish(run, t, view), cells));
  const wish = run.ruled("wish", t);
  const same = ends.filter(({ n }) => n === wish).map(({ words }) => ` = ${words}`);
  const words = `desired ${numberOf(wish)}${same.join("")}`;
  const wide = flagWidth(pen, words);
  const leftward = x + wide + 8 > plan.width;
  const labels = new Labels(pen, plan.width);
  labels.keep(leftward ? x - wide : x - 2, ruler + 16, leftward ? x + 2 : x + wide, ruler + 52);
  drawFlag(pen, x, ruler + 20, -28, words, leftward);
  for (const { n, words: end } of ends) {
    if (n === wish) continue; // the flag says it
    const middle = middleFor(pen, end, at(Math.min(n, cells)), plan.width);
    labels.write(end, [{ x: middle, y: ruler + 45, align: "center" }], { weight: 600 });
  }
}

/** @type {((low: number, high: number) => { n: number, words: string })[]} */
const ENDS = [(low) => ({ n: low, words: "min" }), (_, high) => ({ n: high, words: "max" })];

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
  pen.text(x, foot + tile + 14, `busy, tick ${Math.round(100 * run.mark)} %`, muted);
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
  const stroke = strokeOf(run.lanes.get(part)?.joined ?? [], t, view.hop);
  pen.line(x, bus + 40, x, foot, pen.c.wire, stroke, served ? [] : [3, 7]);
  const way = { dx: 0, dy: -PITCH, beads: STACK, tallest: cell - 6 };
  drawLine(pen, x, foot - 3, waiting, way);
  hitLine(view, x, foot - 3, waiting, way, (most) => run.inLine(part, t, most));
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
 * How many wait, above their line, where there is room for the number.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Member} member
 */
function drawHeight(pen, plan, run, t, { part, place }) {
  const { waiting } = run.lane(part, t);
  if (!isNumbered(pen, plan, waiting)) return;
  const style = { weight: 600, align: "center", halo: pen.c.ground };
  pen.text(plan.at(place + 0.5), plan.foot - 10 - heightOf(waiting), shortOf(waiting), style);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {number} waiting
 */
const isNumbered = (pen, { cell }, waiting) => waiting > 0 && pen.wide(shortOf(waiting), 16, 600) < cell - 4;

/**
 * The height of a line of so many, in pixels.
 *
 * @param {number} waiting
 */
const heightOf = (waiting) => PITCH * Math.min(STACK, waiting);

/**
 * How far down a request falls that joins the line of a server: to its end, or to the number above it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {number} part
 */
function tailOver(pen, plan, run, t, part) {
  const { waiting } = run.lane(part, t);
  return plan.foot - 10 - heightOf(waiting) - (isNumbered(pen, plan, waiting) ? 20 : 0);
}

/**
 * A still frame shows the last arrival as a dotted arrow.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawLastFall(pen, plan, run, t) {
  const { bus, at } = plan;
  const part = run.target[upTo(run.arrived, t) - 1];
  const place = run.parts[part]?.place ?? null;
  if (place === null || !run.lanes.has(part)) return;
  const tail = tailOver(pen, plan, run, t, part);
  if (tail > bus + 56) drawMoved(pen, at(place + 0.5), bus + 44, at(place + 0.5), tail);
}

/**
 * Requests that travel to the front and fall from it to their member.
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
  view.moving += upTo(run.arrived, t + 2 * hop) - upTo(run.arrived, t);
  const { bus, middle } = plan;
  const [left, right] = [plan.source + 44, plan.left - 16];
  for (const row of plan.small ? [] : fewOf(run.arrived, t + hop, t + 2 * hop, right - left)) {
    const share = 2 - (run.arrived[row] - t) / hop;
    drawRequest(pen, view, row, hopOf(left, middle, right, middle, share));
  }
  for (const [part, lane] of run.lanes) {
    const cell = run.parts[part].place;
    const [top, tail] = [bus + 48, tailOver(pen, plan, run, t, part)];
    if (cell === null || tail < top + 6) continue;
    const x = plan.at(cell + 0.5);
    for (const place of fewOf(lane.joined, t, t + hop, tail - top)) {
      const share = 1 - (lane.joined[place] - t) / hop;
      drawRequest(pen, view, lane.rows[place], hopOf(x, top, x, tail, share));
    }
  }
}
