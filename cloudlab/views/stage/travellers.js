// Requests on their way in lanes. A hop ends at its event's time: what travels is not counted anywhere yet.
//
// On a wire there are only a few dots, however many travel: more are a denser stroke, and the number tells.

import { BEADS, drawMoved, drawToken } from "./shapes.js";
import { upTo } from "./sorted.js";
import { hopOf } from "./ways.js";
import { shortOf } from "./words.js";

/** @import { Plan, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const MOST = 3; // dots on a wire
const THIN = 1.5; // the stroke of a wire
const APART = 18; // pixels between two dots at least

/**
 * Of those that come at `times` (sorted) after `from` and up to `to`, the few that are drawn on a wire of so
 * many pixels, as places in `times`: one at most in each piece of time, so that they don't clump at its ends.
 *
 * @param {ArrayLike<number>} times
 * @param {number} from
 * @param {number} to
 * @param {number} length
 */
export function fewOf(times, from, to, length) {
  const gap = Math.min(1, Math.cbrt(APART / (4 * Math.max(1, length)))); // a share of the hop: see easeInOut
  const most = Math.min(MOST, Math.max(1, Math.floor(1 / gap)));
  const piece = (to - from) / most;
  /** @param {number} number */
  const firstIn = (number) => {
    const place = upTo(times, number * piece - 1e-9);
    return place < times.length && times[place] < (number + 1) * piece - 1e-9 ? place : null;
  };
  const found = [];
  for (let number = Math.floor(from / piece); number <= Math.ceil(to / piece); number += 1) {
    const [place, before] = [firstIn(number), firstIn(number - 1)];
    if (place === null || times[place] <= from || times[place] > to) continue;
    const close = before !== null && times[place] - times[before] < gap * (to - from);
    if (!close) found.push(place);
  }
  return found;
}

/**
 * How strong a wire is on which so many travel within a hop, lately.
 *
 * @param {ArrayLike<number>} times sorted
 * @param {number} t
 * @param {number} hop
 */
export function strokeOf(times, t, hop) {
  if (!hop) return THIN;
  const many = (upTo(times, t + 3 * hop) - upTo(times, t - 3 * hop)) / 6;
  return many <= MOST ? THIN : Math.min(6, THIN + 1.2 * Math.log2(many / MOST));
}

/**
 * The pitch of the beads of a line.
 *
 * @param {Plan} plan
 */
export const pitchOf = (plan) => Math.min(12, (plan.server[0] - plan.front[1] - 92) / BEADS);

/**
 * Where the number stands that tells how long the line of a server is: its right side.
 *
 * @param {Plan} plan
 * @param {number} waiting
 */
export const countAt = (plan, waiting) =>
  plan.server[0] - 16 - pitchOf(plan) * Math.min(BEADS, waiting) - (waiting ? 4 : 0);

/**
 * Where a request goes that joins the line of a server: up to the number before it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {number} part
 */
function tailOf(pen, plan, run, t, part) {
  const { waiting } = run.lane(part, t);
  return countAt(plan, waiting) - pen.wide(shortOf(waiting), 20, 600) - 13;
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
  view.moving += upTo(run.arrived, t + hops * hop) - upTo(run.arrived, t);
  if (plan.direct) drawOut(pen, plan, run, t, view, [plan.source + 40, plan.middle]);
  else drawIn(pen, plan, run, t + (hops - 1) * hop, view);
  if (hops === 2) drawOut(pen, plan, run, t, view, [plan.front[1] + 8]);
  if (run.shared !== null) drawTaken(pen, plan, run, t, view);
}

/**
 * On the way to the front, which is short.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} from from which on a request arrives that is before the front
 * @param {View} view
 */
function drawIn(pen, plan, run, from, view) {
  const { middle } = plan;
  const [left, right] = [plan.source + 42, plan.front[0] - 16];
  for (const row of fewOf(run.arrived, from, from + view.hop, right - left)) {
    const share = 1 - (run.arrived[row] - from) / view.hop;
    drawRequest(pen, view, row, hopOf(left, middle, right, middle, share));
  }
}

/**
 * On the way to the servers.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @param {number[]} from where they start: at the height of each server, where no height is given
 */
function drawOut(pen, plan, run, t, view, [left, height]) {
  for (const part of plan.parts) {
    const [y, lane] = [plan.ys.get(part), run.lanes.get(part)];
    const tail = tailOf(pen, plan, run, t, part);
    if (!lane || tail < left) continue;
    for (const place of fewOf(lane.joined, t, t + view.hop, tail - left)) {
      const share = 1 - (lane.joined[place] - t) / view.hop;
      drawRequest(pen, view, lane.rows[place], hopOf(left, height ?? y, tail, y, share));
    }
  }
}

/**
 * @param {Pen} pen
 * @param {View} view
 * @param {number} row
 * @param {ReturnType<typeof hopOf>} place
 */
export function drawRequest(pen, view, row, place) {
  drawToken(pen, ...place);
  view.hits.push({ row, x: place[0], y: place[1], r: 8 });
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
    if (came) drawMoved(pen, source + 40, middle, inlet - 10, middle);
    return;
  }
  if (y === undefined) return;
  const tail = tailOf(pen, plan, run, t, part) - 4;
  const from = plan.direct ? source + 40 : outlet + 4;
  if (tail > from + 12) drawMoved(pen, from, plan.direct ? middle : y, tail, y);
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
    drawToken(pen, ...hopOf(left - 28, plan.ys.get(part), left - 9, plan.ys.get(part), age));
    view.moving += 1;
  }
}
