// Times in system: ○ p50 and ◆ p95 of each server on one axis.

import { Labels, middleFor } from "./labels.js";
import { clamp, numberOf, secondsOf } from "./words.js";

/** @import { LaneNow, Plan, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const STOPS = 24; // at which the axis of times may become longer

/**
 * The longest p95 of a server up to so many moments of these runs. The axis is as long as what was played
 * needs, and becomes no shorter.
 *
 * @param {Run[]} runs
 */
export function longestOf(runs) {
  const shown = runs.filter((run) => run.fleet === null);
  const end = Math.max(...runs.map((run) => run.end), 0);
  const lanes = shown.flatMap((run) => [...run.lanes.values()]);
  let most = 0;
  const found = Array.from({ length: STOPS }, (_, place) => {
    const time = (end * (place + 1)) / STOPS;
    most = Math.max(most, ...lanes.map((lane) => lane.times.at(time).p95 || 0));
    return { time, most };
  });
  return [{ time: 0, most: found[0].most || 1 }, ...found];
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {LaneNow[]} lanes
 * @param {View} view
 */
export function drawTimes(pen, plan, lanes, view) {
  const [left, right] = plan.axis;
  const now = lanes.map(({ times }) => (times.n ? times.p95 : 0));
  const ticks = ticksOf(Math.max(view.timesTop, ...now, 1e-6), 4);
  const scale = (right - left) / ticks[ticks.length - 1];
  drawTimesAxis(pen, plan, ticks, (tick) => left + tick * scale, view);
  for (const { part, times } of lanes) {
    if (!times.n) continue;
    const words = `${numberOf(times.p50)} – ${secondsOf(times.p95)}`;
    const [low, high] = [left + times.p50 * scale, left + times.p95 * scale];
    drawPair(pen, low, high, plan.ys.get(part), left, plan.width, words);
  }
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {number[]} ticks
 * @param {(tick: number) => number} at
 * @param {View} view
 */
function drawTimesAxis(pen, plan, ticks, at, view) {
  const { c } = pen;
  const { ys, parts, box } = plan;
  const top = ys.get(parts[0]) - box / 2;
  const bottom = ys.get(parts[parts.length - 1]) + box / 2;
  const labelled = !plan.dense || view.last;
  for (const tick of ticks) pen.line(at(tick), top, at(tick), bottom + 4, tick ? c.hair : c.edge, 1);
  if (!labelled) return;
  const labels = new Labels(pen, plan.width);
  const all = ticks.map((tick, index) => {
    const words = index === ticks.length - 1 ? `${numberOf(tick)} s` : numberOf(tick);
    return { words, x: middleFor(pen, words, at(tick), plan.width, 400) };
  });
  for (const { words, x } of thatFit(pen, all).reverse())
    labels.write(words, [{ x, y: bottom + 19, align: "center" }], { colour: c.muted });
}

/**
 * All labels of an axis, or each second one, or those at its ends: equal distances look like equal steps.
 *
 * @param {Pen} pen
 * @param {{ words: string, x: number }[]} all
 */
function thatFit(pen, all) {
  const last = all.length - 1;
  /** @param {number} step */
  const each = (step) => all.filter((_, index) => index % step === 0);
  const fits = [1, 2].find((step) => {
    const some = each(step);
    const apart = some.slice(1).every(({ words, x }, index) => {
      const before = some[index];
      return x - before.x >= (pen.wide(words) + pen.wide(before.words)) / 2 + 4;
    });
    return last % step === 0 && apart;
  });
  return each(fits ?? last);
}

/**
 * @param {Pen} pen
 * @param {number} low
 * @param {number} high
 * @param {number} y
 * @param {number} left
 * @param {number} width
 * @param {string} words
 */
function drawPair(pen, low, high, y, left, width, words) {
  const { c } = pen;
  pen.line(low, y, high, y, c.request, 3);
  pen.disc(low, y, 5.5, { fill: c.ground, edge: c.request, line: 2.4 });
  pen.path(
    [
      [high, y - 7],
      [high + 7, y],
      [high, y + 7],
      [high - 7, y],
    ],
    { fill: c.request },
  );
  const wide = pen.wide(words);
  if (high + 15 + wide < width - 6) {
    pen.text(high + 15, y + 5.5, words, { halo: c.ground });
    return;
  }
  const x = clamp((low + high) / 2, left + wide / 2 + 2, width - 10 - wide / 2);
  pen.text(x, y - 14, words, { align: "center", halo: c.ground });
}

/**
 * @param {number} high
 * @param {number} about how many
 */
function ticksOf(high, about) {
  const rough = high / about;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) || 1;
  const ticks = [];
  for (let tick = 0; tick < high + step * 0.999; tick += step) ticks.push(tick);
  return ticks;
}
