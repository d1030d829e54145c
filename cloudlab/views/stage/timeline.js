// The timeline: the level that matters, drawn as far as the run was played; it is also the scrubber.

import { isKnown, missOf } from "./guess.js";
import { drawMarks } from "./marks.js";
import { upTo } from "./sorted.js";
import { levelAt } from "./subjects.js";
import { drawKey, isSlim, keyHeight } from "./timekey.js";
import { clamp, clockOf, numberOf, shortOf } from "./words.js";

/** @import { Curve, Guess, Level, Point, Style, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const LEFT = 58;
const TIME_BASE = 58;
const TIME_HEIGHT = TIME_BASE + 26;
const MARGIN = 14; // behind the curve, where its names stand in the key
const PEG = 36; // and for the peg of a prediction
const GUTTER = 204; // behind the curve, for a prediction
const LEAST = 8; // the lowest top of the axis
const FAR_OFF = 4; // times the top: a prediction beyond it stands above the axis
const MOMENTS = 400;
const NO_LIMIT = -1; // no limit
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800,
]; // seconds between ticks

/**
 * What a curve is drawn with, up to t.
 *
 * @typedef {{ pen: Pen, t: number, at: (time: number) => number, y: (value: number) => number }} Frame
 * @typedef {{ y: number, words: string, weight: number, look: Style }} Label of a curve that looks so
 */

/**
 * The prediction that the timeline shows.
 *
 * @param {Run[]} runs
 * @param {View} view
 */
function shownGuess(runs, { prediction }) {
  return runs.length === 1 && isLevel(runs[0], prediction) ? prediction : null;
}

/**
 * How high the key above is, or 0 where the names stand at the ends of their lines.
 *
 * @param {Pen} pen
 * @param {Run[]} runs
 * @param {number} width
 * @param {View} view
 */
function aboveOf(pen, runs, width, view) {
  if (!isSlim(width)) return 0;
  const guess = shownGuess(runs, view);
  const words = widestWords(runs, view.before, guess?.part);
  const others = guess ? [guessWords(guess, true)] : [];
  return keyHeight(pen, [...words, ...limitWords(runs[runs.length - 1]), ...others], width);
}

/**
 * @param {Pen} pen
 * @param {Run[]} runs
 * @param {number} width
 * @param {View} view
 */
export const timelineHeight = (pen, runs, width, view) => TIME_HEIGHT + aboveOf(pen, runs, width, view);

/**
 * The room behind the curve: for the names of its lines, and for a prediction.
 *
 * @param {Pen} pen
 * @param {Run[]} runs
 * @param {number} width
 * @param {View} view
 * @param {number} behind
 */
function roomOf(pen, runs, width, view, behind) {
  const guess = shownGuess(runs, view);
  const slim = isSlim(width);
  const names = slim ? MARGIN : endsOf(pen, runs, view.before, guess?.part);
  const room = Math.min(Math.max(names, behind), 0.4 * width);
  if (!guess) return { room, gutter: 0 };
  return { room, gutter: slim ? PEG : gutterOf(pen, guess, width) };
}

/**
 * @param {Pen} pen
 * @param {Run[]} runs
 * @param {number} t
 * @param {number} width
 * @param {View} view
 * @param {number} [behind] the room that a scene with an axis of time of its own leaves behind its end
 */
export function drawTimeline(pen, runs, t, width, view, behind = 0) {
  const { c } = pen;
  const run = runs[runs.length - 1];
  const guess = shownGuess(runs, view);
  const above = aboveOf(pen, runs, width, view);
  const { room, gutter } = roomOf(pen, runs, width, view, behind);
  const right = width - room - gutter;
  /** @param {number} time */
  const at = (time) => LEFT + (time / run.end) * (right - LEFT);
  const { before } = view;
  const top = topOf(runs, t, before, guess);
  /** @param {number} value */
  const y = (value) => TIME_BASE - (Math.min(value, top) / top) * (TIME_BASE - 22);
  const frame = { pen, t, at, y };
  pen.context.save();
  pen.context.translate(0, above);
  drawAxis(frame, run, top, right);
  const labels = runs.flatMap((one, place) => drawCurve(frame, one, runs.length > 1 && place === 0));
  if (before && runs.length === 1) labels.push(...drawBefore(frame, before));
  if (typeof guess?.part === "number") labels.push(...drawOwn(frame, run, guess.part));
  const marks = drawMarks(frame, run);
  pen.line(LEFT, TIME_BASE, at(t), TIME_BASE, c.ink, 3);
  pen.line(at(t), 10, at(t), TIME_BASE, c.ink, 1.75);
  pen.disc(at(t), TIME_BASE, 8, { fill: c.ink, edge: c.paper, line: 3 });
  const how = { right: right + room, width, known: isKnown(guess, t, run.end), named: !above };
  const peg = guess && drawGuessed(frame, guess, top, how);
  if (!above) drawLabels(pen, labels, at(t), right + room);
  pen.context.restore();
  const look = { edge: c.request, line: 1.75, dash: [1, 5] };
  if (guess) labels.push({ y: 0, words: guessWords(guess, guess.value > top), weight: 400, look });
  if (above) drawKey(pen, labels, width);
  return { at, left: LEFT, right, marks, peg: peg && { x: peg.x, y: peg.y + above }, above };
}

/**
 * The room behind the curve for a prediction and its words: where they are many, for its number and an arrow.
 *
 * @param {Pen} pen
 * @param {Guess} guess
 * @param {number} width
 */
function gutterOf(pen, guess, width) {
  return width < 560 ? Math.max(74, pen.wide(`${shortOf(guess.value)} ↑`, 16, 600) + 38) : GUTTER;
}

/**
 * Whether a prediction is a height of the curve: of a fleet it stands on the ruler, and a time is no height.
 *
 * @param {Run} run
 * @param {Guess | null} guess
 */
function isLevel(run, guess) {
  if (guess === null || guess.unit === "s") return false;
  const { ruler, unit, most } = levelAt(run, 0);
  if (!run.rows && most === undefined) return false;
  return !ruler && (unit === undefined || unit === guess.unit);
}

/**
 * The top of the axis: no higher than what was played needs, since the future isn't known yet.
 *
 * @param {Run[]} runs
 * @param {number} t
 * @param {Curve | null} before
 * @param {Guess | null} guess
 */
function topOf(runs, t, before, guess) {
  const { most } = levelAt(runs[runs.length - 1], t);
  if (most !== undefined) return most; // it can't be more
  /** @param {Curve} curve */
  const played = ({ times, values }) => Math.max(...values.slice(0, Math.max(1, upTo(times, t))));
  const tops = runs.map((one) => Math.max(played(curveOf(one)), levelAt(one, t).value, limitOf(one)));
  const high = Math.max(...tops, before && runs.length === 1 ? played(before) : 0, LEAST);
  const lines = runs
    .flatMap((one) => [...limitSteps(one, t).map(([, value]) => value), levelAt(one, t).limit?.value ?? 0])
    .filter((value) => value <= FAR_OFF * high);
  const seen = Math.max(high, ...lines);
  const shown = guess && guess.value <= FAR_OFF * seen ? guess.value : 0;
  return niceTop(Math.max(seen, shown));
}

/**
 * What was predicted, as a dotted level with its peg behind the curve; at the end also how far off it was.
 * Where it is `named`, its words stand at the peg.
 *
 * @param {Frame} frame
 * @param {Guess} guess
 * @param {number} top
 * @param {{ right: number, width: number, known: boolean, named: boolean }} how
 */
function drawGuessed({ pen, y }, guess, top, { right, width, known, named }) {
  const { c } = pen;
  const high = clamp(y(guess.value), 23, TIME_BASE - 8);
  const x = right + 10;
  pen.line(LEFT, y(guess.value), right, y(guess.value), c.request, 1.75, [1, 6]);
  pen.path(
    [
      [x, high],
      [x + 8, high - 7],
      [x + 19, high - 7],
      [x + 19, high + 7],
      [x + 8, high + 7],
    ],
    { edge: c.request, line: 2.2, fill: c.paper },
  );
  pen.mark("peg", x, high - 7, 19, 14);
  if (known) drawMissed(pen, right + 2, high, clamp(y(Number(guess.came)), 15, TIME_BASE));
  if (named) nameGuess(pen, guess, top, { x, high, width, known, wide: width - right >= GUTTER });
  return { x: x + 10, y: high };
}

/**
 * What was predicted, with an arrow where it is above the axis.
 *
 * @param {Guess} guess
 * @param {boolean} above
 */
const guessWords = (guess, above) => `${guess.words} ${numberOf(guess.value)}${above ? " ↑" : ""}`;

/**
 * The words at a peg.
 *
 * @param {Pen} pen
 * @param {Guess} guess
 * @param {number} top
 * @param {{ x: number, high: number, width: number, known: boolean, wide: boolean }} how
 */
function nameGuess(pen, guess, top, { x, high, width, known, wide }) {
  const above = guess.value > top;
  const [long, short] = [guessWords(guess, above), `${shortOf(guess.value)}${above ? " ↑" : ""}`];
  const fits = wide && pen.wide(long, 16, 600) <= width - x - 27;
  const lines = [fits ? long : short, ...(known && wide ? [missOf(guess)] : [])];
  const first = clamp(high + 5, 16, lines.length > 1 ? 32 : 52);
  lines.forEach((line, place) => {
    const style = { weight: 600, colour: pen.c.requestText };
    pen.text(x + 25, first + 21 * place, pen.fit(line, width - x - 27, 16, 600), style);
  });
}

/**
 * The size of a miss: from the height of the peg to what came.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} high
 * @param {number} came
 */
function drawMissed(pen, x, high, came) {
  pen.line(x, high, x, came, pen.c.request, 2.2);
  pen.line(x - 4, came, x + 4, came, pen.c.request, 2.2);
  pen.mark("miss", x - 5, Math.min(high, came), 10, Math.abs(high - came));
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
  const levels = times.map((t) => levelAt(run, t));
  const limits = levels.map(({ limit }) => limit?.value ?? NO_LIMIT);
  run.curve = { times, values: levels.map(({ value }) => value), limits };
  return run.curve;
}

/**
 * From when on which limit held, up to t; `NO_LIMIT` where there was none.
 *
 * @param {Run} run
 * @param {number} t
 * @returns {Point[]}
 */
function limitSteps(run, t) {
  const { times, limits = [] } = curveOf(run);
  const known = limits.slice(0, upTo(times, t));
  return known.flatMap((value, place) => (value === known[place - 1] ? [] : [[times[place], value]]));
}

/**
 * How the highest limit is called, if there is one.
 *
 * @param {Run} run
 */
function limitWords(run) {
  const { times, limits = [] } = curveOf(run);
  const { limit } = levelAt(run, times[limits.indexOf(Math.max(...limits))] ?? 0);
  return limit ? [limit.words] : [];
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
  let free = 0; // from here on nothing is written yet
  for (const tick of timeTicks(run.end, right - LEFT)) {
    pen.line(at(tick), TIME_BASE, at(tick), TIME_BASE + 5, c.edge, 1);
    const words = clockOf(tick, run.end);
    const half = pen.wide(words) / 2;
    const x = clamp(at(tick), LEFT, right - half + 8);
    if (x - half < free) continue;
    pen.text(x, TIME_BASE + 22, words, { colour: c.muted, align: "center" });
    free = x + half + 6;
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
  const look = { edge: c.request, line: 2, dash: dashed ? [5, 4] : [] };
  const points = pointsOf(frame, curveOf(run));
  points.push([at(t), y(level.value)]);
  if (points.length > 1) {
    if (!dashed) pen.path([[at(0), y(0)], ...points, [at(t), y(0)]], { fill: c.requestTint });
    pen.path(points, look, false);
    markLine(pen, points);
  }
  if (level.ticks) drawTicks(frame, level.ticks);
  const line = level.limit && drawLimit(frame, run, level.limit);
  const words = `${numberOf(level.value)} ${level.words}${run.label ? `, ${run.label}` : ""}`.trim();
  const own = { y: y(level.value), words, weight: dashed ? 400 : 600, look };
  return line && !dashed ? [own, line] : [own];
}

/**
 * What the level can't exceed, where it is in sight: a dashed stair of what was played.
 * What holds now goes on to the end.
 *
 * @param {Frame} frame
 * @param {Run} run
 * @param {{ value: number, words: string }} limit
 * @returns {Label | null}
 */
function drawLimit({ pen, t, at, y }, run, { value, words }) {
  /** @param {number} limit */
  const hidden = (limit) => limit === NO_LIMIT || y(limit - 1e-9) === y(limit + 1); // none, or above the axis
  const look = { edge: pen.c.slate, line: 1.5, dash: [6, 4] };
  const steps = limitSteps(run, t);
  if (steps.at(-1)?.[1] !== value) steps.push([t, value]);
  steps.forEach(([from, limit], place) => {
    if (hidden(limit)) return;
    const before = steps[place - 1]?.[1] ?? NO_LIMIT;
    const [left, right] = [at(from), at(steps[place + 1]?.[0] ?? run.end)];
    /** @type {Point[]} */
    const rise = hidden(before) ? [] : [[left, y(before)]];
    pen.path([...rise, [left, y(limit)], [right, y(limit)]], look, false);
    pen.mark("limit", left, y(limit), right - left, 0);
  });
  return hidden(value) ? null : { y: y(value), words, weight: 400, look };
}

/**
 * Moments above the curve, such as those of calls; where many are close they are one block.
 *
 * @param {Frame} frame
 * @param {ArrayLike<number>} times
 */
function drawTicks({ pen, t, at }, times) {
  let last = -9;
  for (let place = 0; place < times.length && times[place] <= t; place += 1) {
    const x = at(times[place]);
    if (x - last < 1) continue;
    pen.line(x, 0.5, x, 6.5, pen.c.request, 1.75);
    last = x;
  }
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
  const [green, dark] = [c.ok, c.ink].map((edge) => ({ edge, line: 2 }));
  pen.path(stair, green, false);
  pen.path(stairOf(frame, run, "wish"), dark, false);
  markLine(pen, [...stair, ...stairOf(frame, run, "wish")]);
  const wish = run.ruled("wish", t);
  return [
    { y: y(wish), words: `desired ${numberOf(wish)}`, weight: 600, look: dark },
    { y: y(level.value), words: `${level.words} ${numberOf(level.value)}`, weight: 400, look: green },
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
  const look = { edge: pen.c.muted, line: 1.75, dash: [5, 4] };
  if (points.length > 1) pen.path(points, look, false);
  if (!points.length) return [];
  markLine(pen, points);
  const last = before.values[points.length - 1];
  return [{ y: y(last), words: `last run ${numberOf(last)}`, weight: 400, look }];
}

/** @type {WeakMap<Run, Map<number, Curve>>} the lines of single parts */
const owns = new WeakMap();

/**
 * The line of the one part that a prediction is about, below that of all.
 *
 * @param {Frame} frame
 * @param {Run} run
 * @param {number} part
 * @returns {Label[]}
 */
function drawOwn(frame, run, part) {
  const { pen, t, at, y } = frame;
  const known = owns.get(run) ?? new Map();
  owns.set(run, known);
  if (!known.has(part)) {
    const { times } = curveOf(run);
    known.set(part, { times, values: times.map((time) => run.lane(part, time).waiting) });
  }
  const { waiting } = run.lane(part, t);
  /** @type {Point[]} */
  const points = [...pointsOf(frame, known.get(part)), [at(t), y(waiting)]];
  const look = { edge: pen.c.ink, line: 1.75 };
  pen.path(points, look, false);
  markLine(pen, points);
  return [{ y: y(waiting), words: `${numberOf(waiting)} for ${run.nameOf(part)}`, weight: 400, look }];
}

/**
 * Where a line bends, for a test that asks what words stand on it.
 *
 * @param {Pen} pen
 * @param {Point[]} points
 */
function markLine(pen, points) {
  for (const [x, y] of points) pen.mark("line", x - 1, y - 1, 2, 2);
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
 * The names of the lines, as wide as they will ever be.
 *
 * @param {Run[]} runs
 * @param {Curve | null} before
 * @param {number} [part] whose line is drawn beside that of all
 */
function widestWords(runs, before, part) {
  /** @param {number[]} values */
  const most = (values) => numberOf(Math.max(...values, 10));
  const words = runs.flatMap((run) => {
    const level = levelAt(run, run.end);
    const name = run.label ? `, ${run.label}` : "";
    if (!level.ruler) return [`${most(curveOf(run).values)} ${level.words}${name}`];
    return [`desired ${most([limitOf(run)])}`, `${level.words} ${most([limitOf(run)])}`];
  });
  if (before && runs.length === 1) words.push(`last run ${most(before.values)}`);
  if (typeof part === "number") words.push(`${most(curveOf(runs[0]).values)} for ${runs[0].nameOf(part)}`);
  return words;
}

/**
 * The room that the labels need behind the end of the run, so that they never stand on the curve.
 *
 * @param {Pen} pen
 * @param {Run[]} runs
 * @param {Curve | null} before
 * @param {number} [part]
 */
const endsOf = (pen, runs, before, part) =>
  Math.max(...widestWords(runs, before, part).map((one) => pen.wide(one, 16, 600))) + 20;

/**
 * Labels in order of their height, moved apart where they would cover each other.
 *
 * @param {Label[]} labels
 */
function moveApart(labels) {
  const sorted = labels.sort((a, b) => a.y - b.y);
  let low = TIME_BASE - 10;
  let high = 14;
  for (const label of [...sorted].reverse()) {
    label.y = Math.min(Math.max(label.y, 16), low);
    low = label.y - 21;
  }
  for (const label of sorted) {
    label.y = Math.max(label.y, high);
    high = label.y + 21;
  }
  return sorted;
}

/**
 * The labels at the right of the play-head, where nothing was played yet.
 *
 * @param {Pen} pen
 * @param {Label[]} labels
 * @param {number} x
 * @param {number} width up to where they may reach
 */
function drawLabels(pen, labels, x, width) {
  for (const { y, words, weight } of moveApart(labels)) {
    const colour = weight === 600 ? pen.c.ink : pen.c.muted;
    const told = pen.fit(words, width - x - 15, 16, weight);
    // A line of what is still to come runs behind the words, and no halo fills the space between two of them.
    pen.rect(x + 11, y - 9, pen.wide(told, 16, weight) + 4, 16, 0, { fill: pen.c.paper });
    pen.text(x + 13, y + 4, told, { weight, halo: pen.c.paper, colour });
  }
}

/** @param {number} value */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const factors = power < 10 ? [1, 2, 3, 4, 5, 6, 8, 10] : [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10];
  return factors.map((factor) => factor * power).find((top) => top >= value) || 10 * power;
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
