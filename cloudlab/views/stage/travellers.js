// Requests on their way in lanes. A hop ends at its event's time: what travels is not counted anywhere yet.

import { BEADS, drawMoved, drawToken } from "./shapes.js";
import { upTo } from "./sorted.js";
import { hopOf } from "./ways.js";

/** @import { Plan, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/**
 * The pitch of the beads of a line.
 *
 * @param {Plan} plan
 */
export const pitchOf = (plan) => Math.min(14, (plan.server[0] - plan.front[1] - 70) / BEADS);

/**
 * Where the line of a server ends.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {number} part
 */
function tailOf(plan, run, t, part) {
  const waiting = run.lanes.get(part)?.waiting(t) ?? 0;
  const tail = plan.server[0] - 12 - pitchOf(plan) * Math.min(BEADS, waiting);
  return Math.max(plan.front[1] + 30, tail);
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
export function drawTravellers(pen, plan, run, t, view) {
  const { hop } = view;
  if (!view.motion) drawLastArrival(pen, plan, run, t);
  if (!hop) return;
  const hops = plan.direct || run.shared !== null ? 1 : 2;
  const [first, last] = [upTo(run.arrived, t), upTo(run.arrived, t + hops * hop)];
  const every = Math.ceil((last - first) / 300) || 1;
  const short = shortOf(plan, run, t + (hops - 1) * hop, last);
  for (let row = first; row < last; row += every) {
    const away = (run.arrived[row] - t) / hop; // hops that are left
    if (row % short && (run.shared !== null || away > 1)) continue;
    const place = placeOf(plan, run, t, run.target[row], away);
    if (!place) continue;
    drawToken(pen, ...place);
    view.hits.push({ row, x: place[0], y: place[1], r: 8 });
    view.moving += 1;
  }
  if (run.shared !== null) drawTaken(pen, plan, run, t, view);
}

/**
 * Every how many of those are drawn that are before the front: the way there is short.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t from which on a request arrives that is before the front
 * @param {number} last
 */
function shortOf(plan, run, t, last) {
  return plan.direct ? 1 : Math.ceil((last - upTo(run.arrived, t)) / 16) || 1;
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
function placeOf(plan, run, t, target, away) {
  const { middle, ys } = plan;
  const [inlet, outlet] = plan.front;
  const from = plan.source + 40;
  const y = ys.get(target);
  if (plan.direct) return hopOf(from, middle, tailOf(plan, run, t, target), y ?? middle, 1 - away);
  if (run.shared !== null) return hopOf(from, middle, inlet - 7, middle, 1 - away);
  if (away > 1) return hopOf(from, middle, inlet - 7, middle, 2 - away);
  return y === undefined ? null : hopOf(outlet, y, tailOf(plan, run, t, target), y, 1 - away);
}

/**
 * A still frame shows the last arrival as a dotted arrow.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawLastArrival(pen, plan, run, t) {
  const { middle, source } = plan;
  const [inlet, outlet] = plan.front;
  const came = upTo(run.arrived, t);
  const part = run.target[came - 1];
  const y = plan.ys.get(part);
  if (run.shared !== null) {
    if (came) drawMoved(pen, source + 40, middle, inlet - 9, middle);
    return;
  }
  if (y === undefined) return;
  const tail = tailOf(plan, run, t, part) - 34;
  if (plan.direct) drawMoved(pen, source + 40, middle, tail, y);
  else drawMoved(pen, outlet + 4, y, tail, y);
}

/**
 * From one shared line to a server: the hop is short and comes after the start, since nothing waits for it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawTaken(pen, plan, run, t, view) {
  const left = plan.server[0];
  for (const part of plan.parts) {
    const begun = run.lanes.get(part)?.begun ?? [];
    const place = upTo(begun, t) - 1;
    const age = place >= 0 ? (t - begun[place]) / (view.hop * 0.6) : 2;
    if (age >= 1) continue;
    drawToken(pen, ...hopOf(left - 40, plan.middle, left, plan.ys.get(part), age));
    view.moving += 1;
  }
}
