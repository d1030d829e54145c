// The timeline: the level that matters, drawn as far as the run was played; it is also the scrubber.

import { drawAgain } from "./pen.js";
import { upTo } from "./sorted.js";
import { clamp, clockOf, numberOf } from "./words.js";

const TIME_LEFT = 58;
export const TIME_BASE = 84;

export function drawTimeline(pen, runs, t, width, view) {
  const { c } = pen;
  const run = runs[runs.length - 1];
  const right = width - 12;
  const at = (time) => TIME_LEFT + (time / run.end) * (right - TIME_LEFT);
  const before = view.before;
  const top = niceTop(
    Math.max(
      ...(before ? before.values : []),
      ...runs.map((one) => Math.max(...one.curve.values, curveLimit(one))),
    ),
  );
  const y = (value) => TIME_BASE - (value / top) * (TIME_BASE - 22);
  pen.line(TIME_LEFT, TIME_BASE, right, TIME_BASE, c.hair, 1);
  pen.text(TIME_LEFT - 8, 27, numberOf(top), { colour: c.muted, align: "right" });
  pen.text(TIME_LEFT - 8, TIME_BASE + 5, "0", { colour: c.muted, align: "right" });
  for (const tick of timeTicks(run.end, right - TIME_LEFT)) {
    pen.line(at(tick), TIME_BASE, at(tick), TIME_BASE + 5, c.edge, 1);
    const words = clockOf(tick, run.end);
    const x = clamp(at(tick), TIME_LEFT, right - pen.wide(words) / 2 + 8);
    pen.text(x, TIME_BASE + 26, words, { colour: c.muted, align: "center" });
  }
  const labels = runs.map((one, place) =>
    drawCurve(pen, one, t, at, y, { dashed: runs.length > 1 && place === 0 }),
  );
  if (before && runs.length === 1) labels.push(drawBefore(pen, before, t, at, y));
  const marks = drawMarks(pen, run, t, at);
  pen.line(TIME_LEFT, TIME_BASE, at(t), TIME_BASE, c.ink, 3);
  pen.line(at(t), 10, at(t), TIME_BASE, c.ink, 1.75);
  pen.disc(at(t), TIME_BASE, 8, { fill: c.ink, edge: c.paper, line: 3 });
  drawLabels(pen, labels.flat(), at(t), width, view);
  return { at, left: TIME_LEFT, right, marks };
}

const curveLimit = (run) =>
  run.rows || run.group === null
    ? 1
    : Math.max(...(run.found.get(`${run.group} GroupMaxSize`)?.values || [1]));

// The curve up to t; returns the labels at its end.
function drawCurve(pen, run, t, at, y, { dashed }) {
  const { c } = pen;
  const points = [];
  const last = upTo(run.curve.times, t);
  for (let place = 0; place < last; place += 1)
    points.push([at(run.curve.times[place]), y(run.curve.values[place])]);
  const { words, value: now } = run.shownLevel(t);
  points.push([at(t), y(now)]);
  if (words === "in service") {
    const stair = stairOf(run, "GroupInServiceInstances", t, at, y);
    const wish = stairOf(run, "GroupDesiredCapacity", t, at, y);
    const band = [
      ...stairOf(run, "GroupMaxSize", t, at, y),
      ...stairOf(run, "GroupMinSize", t, at, y).reverse(),
    ];
    pen.path(band, { fill: `${c.hair}99` });
    pen.path([[stair[0][0], y(0)], ...stair, [at(t), y(0)]], { fill: c.okTint });
    pen.path(stair, { edge: c.ok, line: 2 }, false);
    pen.path(wish, { edge: c.ink, line: 2 }, false);
    return [
      {
        y: y(run.level(run.group, "GroupDesiredCapacity", t)),
        words: `desired ${numberOf(run.level(run.group, "GroupDesiredCapacity", t))}`,
        weight: 600,
      },
      { y: y(now), words: `in service ${numberOf(now)}`, weight: 400 },
    ];
  }
  if (points.length > 1) {
    if (!dashed) pen.path([[at(0), y(0)], ...points, [at(t), y(0)]], { fill: c.requestTint });
    pen.path(points, { edge: c.request, line: 2, dash: dashed ? [5, 4] : [] }, false);
  }
  return [
    {
      y: y(now),
      words: `${numberOf(now)} ${words}${run.label ? `, ${run.label}` : ""}`,
      weight: dashed ? 400 : 600,
    },
  ];
}

// The run before, as far as this one was played.
function drawBefore(pen, before, t, at, y) {
  const last = upTo(before.times, t);
  const points = before.times.slice(0, last).map((time, place) => [at(time), y(before.values[place])]);
  if (points.length > 1) pen.path(points, { edge: pen.c.muted, line: 1.75, dash: [5, 4] }, false);
  return last
    ? [{ y: y(before.values[last - 1]), words: `last run ${numberOf(before.values[last - 1])}`, weight: 400 }]
    : [];
}

function stairOf(run, metric, t, at, y) {
  const series = run.found.get(`${run.group} ${metric}`) || { times: [0], values: [0] };
  const points = [];
  for (let place = 0; place < series.times.length && series.times[place] <= t; place += 1) {
    if (points.length) points.push([at(series.times[place]), points[points.length - 1][1]]);
    points.push([at(series.times[place]), y(series.values[place])]);
  }
  if (points.length) points.push([at(t), points[points.length - 1][1]]);
  return points.length
    ? points
    : [
        [at(0), y(0)],
        [at(t), y(0)],
      ];
}

// What happened, above the curve: ✕ a loss, ↻ a message that came back, a flag for a new wish. Returns where each mark stands: {x, time}.
function drawMarks(pen, run, t, at) {
  const marks = [];
  let last = -99;
  for (const [time, , glyph] of run.notes) {
    if (time > t) break;
    if (at(time) - last < 14) continue;
    if (glyph === "✕") pen.cross(at(time), 12, 5, 2.6);
    else if (glyph === "↻") drawAgain(pen, at(time), 12);
    else continue;
    last = at(time);
    marks.push({ x: last, time });
  }
  let marked = -99;
  for (const [time, , asked, granted] of run.asks) {
    if (time > t) break;
    if (at(time) - marked < 16 || Math.abs(at(time) - last) < 12) continue;
    const x = at(time);
    pen.path(
      [
        [x - 5, 5],
        [x + 5, 5],
        [x + 5, 13],
        [x, 19],
        [x - 5, 13],
      ],
      { fill: pen.c.slate },
    );
    marked = x;
    marks.push({ x, time });
  }
  return marks;
}

function drawLabels(pen, labels, x, width, view) {
  const sorted = labels.sort((a, b) => a.y - b.y);
  let low = TIME_BASE - 8;
  for (const label of [...sorted].reverse()) low = (label.y = Math.min(Math.max(label.y, 16), low)) - 21;
  let high = 14;
  for (const label of sorted) high = (label.y = Math.max(label.y, high)) + 21;
  for (const { y, words, weight } of sorted) {
    const right = x + 14 + pen.wide(words, 16, weight) < width || x < width / 2;
    const told = pen.fit(words, (right ? width - x : x) - 17, 16, weight);
    pen.text(right ? x + 13 : x - 13, y + 4, told, {
      weight,
      align: right ? "left" : "right",
      halo: pen.c.paper,
      colour: weight === 600 ? pen.c.ink : pen.c.muted,
    });
  }
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((top) => top >= value) || 10 * power;
}

function timeTicks(end, width) {
  const most = Math.max(2, Math.floor(width / 96));
  const step =
    [
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400,
      172800,
    ].find((size) => end / size <= most) || end;
  const ticks = [];
  for (let tick = 0; tick <= end + 1e-6; tick += step) ticks.push(tick);
  return ticks;
}
