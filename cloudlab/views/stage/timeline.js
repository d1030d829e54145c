// The timeline: the level that matters, drawn as far as the run was played; it is also the scrubber.

import { drawMarks } from "./marks.js";
import { upTo } from "./sorted.js";
import { levelAt } from "./subjects.js";
import { clamp, clockOf, numberOf } from "./words.js";

/** @import { Curve, Level, Point, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const LEFT = 58;
export const TIME_BASE = 58;
export const TIME_HEIGHT = TIME_BASE + 26;
const MOMENTS = 400;
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800,
]; // seconds between ticks

/**
 * What a curve is drawn with, up to t.
 *
 * @typedef {{ pen: Pen, t: number, at: (time: number) => number, y: (value: number) => number }} Frame
 * @typedef {{ y: number, words: string, weight: number }} Label at the end of a curve
 */

/**
 * @param {Pen} pen
 * @param {Run[]} runs
 * @param {number} t
 * @param {number} width
 * @param {View} view
 */
export function drawTimeline(pen, runs, t, width, view) {
  const { c } = pen;
  const run = runs[runs.length - 1];
  const right = width - 12;
  /** @param {number} time */
  const at = (time) => LEFT + (time / run.end) * (right - LEFT);
  const { before } = view;
  const tops = runs.map((one) => Math.max(...curveOf(one).values, limitOf(one)));
  const top = niceTop(Math.max(...(before ? before.values : []), ...tops));
  /** @param {number} value */
  const y = (value) => TIME_BASE - (value / top) * (TIME_BASE - 22);
  const frame = { pen, t, at, y };
  drawAxis(frame, run, top, right);
  const labels = runs.flatMap((one, place) => drawCurve(frame, one, runs.length > 1 && place === 0));
  if (before && runs.length === 1) labels.push(...drawBefore(frame, before));
  const marks = drawMarks(frame, run);
  pen.line(LEFT, TIME_BASE, at(t), TIME_BASE, c.ink, 3);
  pen.line(at(t), 10, at(t), TIME_BASE, c.ink, 1.75);
  pen.disc(at(t), TIME_BASE, 8, { fill: c.ink, edge: c.paper, line: 3 });
  drawLabels(pen, labels, at(t), width);
  return { at, left: LEFT, right, marks };
}

/**
 * The level at so many moments of a run.
 *
 * @param {Run} run
 * @returns {Curve}
 */
function curveOf(run) {
  if (run.curve) return run.curve;
  const times = Array.from({ length: MOMENTS + 1 }, (_, place) => (place / MOMENTS) * run.end);
  run.curve = { times, values: times.map((t) => levelAt(run, t).value) };
  return run.curve;
}

/**
 * How high the axis must reach at least.
 *
 * @param {Run} run
 */
function limitOf(run) {
  if (!levelAt(run, 0).ruler) return 1;
  return Math.max(...(run.ruledSeries("high")?.values ?? [1]));
}

/**
 * @param {Frame} frame
 * @param {Run} run
 * @param {number} top
 * @param {number} right
 */
function drawAxis({ pen, at }, run, top, right) {
  const { c } = pen;
  const muted = { colour: c.muted, align: "right" };
  pen.line(LEFT, TIME_BASE, right, TIME_BASE, c.hair, 1);
  pen.text(LEFT - 8, 27, numberOf(top), muted);
  pen.text(LEFT - 8, TIME_BASE + 5, "0", muted);
  for (const tick of timeTicks(run.end, right - LEFT)) {
    pen.line(at(tick), TIME_BASE, at(tick), TIME_BASE + 5, c.edge, 1);
    const words = clockOf(tick, run.end);
    const x = clamp(at(tick), LEFT, right - pen.wide(words) / 2 + 8);
    pen.text(x, TIME_BASE + 22, words, { colour: c.muted, align: "center" });
  }
}

// Curves

/**
 * The curve up to t; returns the labels at its end.
 *
 * @param {Frame} frame
 * @param {Run} run
 * @param {boolean} dashed
 * @returns {Label[]}
 */
function drawCurve(frame, run, dashed) {
  const { pen, t, at, y } = frame;
  const { c } = pen;
  const level = levelAt(run, t);
  if (level.ruler) return drawRuled(frame, run, level);
  const points = pointsOf(frame, curveOf(run));
  points.push([at(t), y(level.value)]);
  if (points.length > 1) {
    if (!dashed) pen.path([[at(0), y(0)], ...points, [at(t), y(0)]], { fill: c.requestTint });
    pen.path(points, { edge: c.request, line: 2, dash: dashed ? [5, 4] : [] }, false);
  }
  const words = `${numberOf(level.value)} ${level.words}${run.label ? `, ${run.label}` : ""}`;
  return [{ y: y(level.value), words, weight: dashed ? 400 : 600 }];
}

/**
 * A fleet: the band between its low and its high, who serves, and what it wants.
 *
 * @param {Frame} frame
 * @param {Run} run
 * @param {Level} level
 * @returns {Label[]}
 */
function drawRuled(frame, run, level) {
  const { pen, t, at, y } = frame;
  const { c } = pen;
  const stair = stairOf(frame, run, "serving");
  const band = [...stairOf(frame, run, "high"), ...stairOf(frame, run, "low").reverse()];
  pen.path(band, { fill: `${c.hair}99` });
  pen.path([[stair[0][0], y(0)], ...stair, [at(t), y(0)]], { fill: c.okTint });
  pen.path(stair, { edge: c.ok, line: 2 }, false);
  pen.path(stairOf(frame, run, "wish"), { edge: c.ink, line: 2 }, false);
  const wish = run.ruled("wish", t);
  return [
    { y: y(wish), words: `desired ${numberOf(wish)}`, weight: 600 },
    { y: y(level.value), words: `${level.words} ${numberOf(level.value)}`, weight: 400 },
  ];
}

/**
 * The run before, as far as this one was played.
 *
 * @param {Frame} frame
 * @param {Curve} before
 * @returns {Label[]}
 */
function drawBefore(frame, before) {
  const { pen, y } = frame;
  const points = pointsOf(frame, before);
  if (points.length > 1) pen.path(points, { edge: pen.c.muted, line: 1.75, dash: [5, 4] }, false);
  if (!points.length) return [];
  const last = before.values[points.length - 1];
  return [{ y: y(last), words: `last run ${numberOf(last)}`, weight: 400 }];
}

/**
 * @param {Frame} frame
 * @param {Curve} curve
 * @returns {Point[]}
 */
function pointsOf({ t, at, y }, { times, values }) {
  return times.slice(0, upTo(times, t)).map((time, place) => [at(time), y(values[place])]);
}

/**
 * Change points as a stair.
 *
 * @param {Frame} frame
 * @param {Run} run
 * @param {"low" | "high" | "wish" | "serving"} what
 * @returns {Point[]}
 */
function stairOf({ t, at, y }, run, what) {
  const { times, values } = run.ruledSeries(what) ?? { times: [0], values: [0] };
  /** @type {Point[]} */
  const points = [];
  let level = y(0);
  for (let place = 0; place < times.length && times[place] <= t; place += 1) {
    if (points.length) points.push([at(times[place]), level]);
    level = y(values[place]);
    points.push([at(times[place]), level]);
  }
  return points.length
    ? [...points, [at(t), level]]
    : [
        [at(0), level],
        [at(t), level],
      ];
}

// Labels

/**
 * The labels at the play-head, moved apart where they would cover each other.
 *
 * @param {Pen} pen
 * @param {Label[]} labels
 * @param {number} x
 * @param {number} width
 */
function drawLabels(pen, labels, x, width) {
  const sorted = labels.sort((a, b) => a.y - b.y);
  let low = TIME_BASE - 8;
  for (const label of [...sorted].reverse()) {
    label.y = Math.min(Math.max(label.y, 16), low);
    low = label.y - 21;
  }
  let high = 14;
  for (const label of sorted) {
    label.y = Math.max(label.y, high);
    high = label.y + 21;
  }
  for (const { y, words, weight } of sorted) {
    const right = x + 14 + pen.wide(words, 16, weight) < width || x < width / 2;
    const told = pen.fit(words, (right ? width - x : x) - 17, 16, weight);
    const colour = weight === 600 ? pen.c.ink : pen.c.muted;
    const style = { weight, align: right ? "left" : "right", halo: pen.c.paper, colour };
    pen.text(right ? x + 13 : x - 13, y + 4, told, style);
  }
}

/** @param {number} value */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const tops = [1, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power);
  return tops.find((top) => top >= value) || 10 * power;
}

/**
 * @param {number} end
 * @param {number} width
 */
function timeTicks(end, width) {
  const most = Math.max(2, Math.floor(width / 96));
  const step = STEPS.find((size) => end / size <= most) || end;
  const ticks = [];
  for (let tick = 0; tick <= end + 1e-6; tick += step) ticks.push(tick);
  return ticks;
}
