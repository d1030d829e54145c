// A server in its lane: what is at work in it, how it is, and how busy.

import { drawBadge, drawBusy } from "./tiles.js";
import { clamp, numberOf, secondsOf } from "./words.js";

/** @import { LaneNow, Looks, Plan, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/** How a server looks that is no longer there. */
export const GONE = { letter: "T", word: "gone", done: 1, since: 0 };

/**
 * What is unusual about a server, in a few words.
 *
 * @param {Looks} looks
 * @param {number} speed
 */
export function noteOf(looks, speed) {
  if (looks.letter === "✕") return looks.word;
  if (speed === 0.5) return "½ speed";
  if (speed < 0.05) return "stands still";
  return speed === 1 ? "" : `speed ${numberOf(speed)}`;
}

/**
 * How far a request is, as a share of its work.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 */
export const progressOf = (run, row, t) =>
  clamp((t - run.started[row]) / (run.endOf(row) - run.started[row] || 1), 0, 1);

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {View} view
 */
export function drawServer(pen, plan, run, t, lane, view) {
  const { c } = pen;
  const { box, dense } = plan;
  const [left, right] = plan.server;
  const y = plan.ys.get(lane.part);
  const looks = run.looks(lane.part, t) || GONE;
  const failed = { fill: c.failTint, edge: c.fail, line: 2 };
  const style = looks.letter === "✕" ? failed : { fill: c.raised, edge: c.edge };
  const chosen = view.selected === lane.part ? { edge: c.request, line: 3 } : {};
  pen.rect(left, y - box / 2, right - left, box, 10, { ...style, ...chosen });
  const after = drawWork(pen, run, t, lane, left + 27, y, view);
  const badge = !dense && run.kindOf(lane.part).badge;
  const name = pen.fit(run.nameOf(lane.part), right - 14 - after - (badge ? 28 : 0), 16, 600);
  pen.text(after, dense ? y + 5.5 : y - 6, name, { weight: 600 });
  if (badge) drawBadge(pen, right - 22, y - 11, looks);
  const note = noteOf(looks, run.speed(lane.part, t));
  if (dense) pen.text(right - 12, y + 5.5, note, { colour: c.muted, align: "right" });
  else drawDetails(pen, plan, run.mark, lane, after, after + pen.wide(name, 16, 600) + 8, note);
  view.places.push({ part: lane.part, x: left, y: y - box / 2, width: right - left, height: box });
}

/**
 * Where there is room: a note behind the name, how busy it is, and its times where they have no axis.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {number} mark where a tick stands in what is busy
 * @param {LaneNow} lane
 * @param {number} after where the name begins
 * @param {number} end where it ends
 * @param {string} note
 */
function drawDetails(pen, plan, mark, { part, busy, times }, after, end, note) {
  const { c } = pen;
  const [left, right] = plan.server;
  const y = plan.ys.get(part);
  if (note) pen.text(end, y - 6, pen.fit(note, right - 38 - end), { colour: c.muted });
  drawBusy(pen, after, y + 13, right - 70 - after, { share: busy, mark });
  pen.text(right - 12, y + 22, `${Math.round(100 * busy)} %`, { colour: c.muted, align: "right" });
  if (plan.axis || !times.n) return;
  const told = `p50 ${numberOf(times.p50)}, p95 ${secondsOf(times.p95)}`;
  pen.text(left - 14, y - 20, told, { colour: c.muted, align: "right", halo: c.ground });
}

/**
 * The rings of what is at work: one for each slot up to three, else one for all. Returns where the name
 * begins.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} t
 * @param {LaneNow} lane
 * @param {number} x
 * @param {number} y
 * @param {View} view
 */
function drawWork(pen, run, t, lane, x, y, view) {
  const slots = run.parts[lane.part].slots || 1;
  const shown = slots <= 3 ? slots : 1;
  const { request } = pen.c;
  const [radius, line, dot] = shown === 1 ? [14, 4.5, 6.5] : [11, 4, 5];
  if (slots > 3) {
    pen.ring(x, y, radius, lane.atWork.length / slots, request, line);
    pen.text(x, y + 5, String(lane.atWork.length), { size: 14, weight: 700, align: "center" });
    return x + 27;
  }
  for (let slot = 0; slot < shown; slot += 1) {
    const cx = x + slot * 29;
    const row = lane.atWork[slot];
    pen.ring(cx, y, radius, row === undefined ? 0 : progressOf(run, row, t), request, line);
    if (row === undefined) continue;
    pen.disc(cx, y, dot, { fill: request });
    view.hits.push({ row, x: cx, y, r: radius + 2 });
  }
  return x + (shown - 1) * 29 + 27;
}
