// Fan: one who calls, and a row for each who listens, with what became of the copies in columns at the right.
//
// On a middling screen there is no room for what is said of each; on a narrow one a row takes two lines, and
// the wires run down its left side. Read `fanPlan` first, then `drawListener`.

import { BEADS, beadAt, drawAgain, drawLine, drawPeople, drawSmallTicket } from "./shapes.js";
import { NARROW, WIDE } from "./sizes.js";
import { drawBadge } from "./tiles.js";
import { pointOn, traceWay } from "./ways.js";
import { capital, clamp, countOf, easeInOut, shortOf } from "./words.js";

/** @import { Column, DrawScene, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Way } from "./ways.js" */

const BOX = 40; // height of a box
const BOXES = [150, 220]; // where boxes begin, on a middling and on a wide screen
const SLENDER = 340; // less wide than that, words are shorter and heads smaller
const TAKER = 128; // width of the box of who takes from a row
const PEOPLE = 34; // half of the width of those who send

/**
 * Whether all that a run shows is one caller, who sends to it, who listens, and who takes from those.
 *
 * @param {Run} run
 */
export function isFan(run) {
  if (run.caller === null) return false;
  const known = new Set([run.caller, ...run.sources, ...listenersOf(run), ...run.takers.keys()]);
  const shown = run.parts.flatMap(({ layer }, part) => (layer === null ? [] : [part]));
  return listenersOf(run).length > 0 && shown.every((part) => known.has(part));
}

/**
 * Those with numbers of their own: who ever subscribed first, and then where dead letters go.
 *
 * @param {Run} run
 */
function listenersOf(run) {
  const counted = run.callersColumns.map(({ metric }) => metric);
  /** @param {number} part */
  const isCounted = (part) => counted.some((metric) => run.series.has(`${part} ${metric}`));
  const found = run.links.flatMap(([from, to]) => (from === run.caller && isCounted(to) ? [to] : []));
  return [...found.filter((part) => run.joins(part)), ...found.filter((part) => !run.joins(part))];
}

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function fanPlan(run, { width }) {
  const parts = listenersOf(run);
  const narrow = width < NARROW - 80;
  const wide = width >= WIDE;
  const pitch = narrow ? 76 : 46;
  const half = (pitch * (parts.length - 1)) / 2;
  const middle = Math.max(62 + half, 172); // there is room for those who send above the caller
  const first = narrow ? 164 : middle - half;
  const left = narrow ? 40 : BOXES[wide ? 1 : 0];
  const columns = columnsOf(run, width, narrow, wide);
  const box = narrow ? width - left - 14 : Math.min(wide ? 176 : 204, columns.left - left - 12);
  const beside = width < SLENDER ? [36, 114] : [48, 128];
  return {
    draw: drawFan,
    width,
    height: Math.max(first + pitch * parts.length - 12, narrow ? 0 : middle + 110),
    parts,
    narrow,
    wide,
    left,
    box,
    columns,
    people: narrow ? [beside[0], 46] : [74, middle - 66],
    speaker: narrow ? [beside[1], 46] : [74, middle + 40],
    ys: new Map(parts.map((part, place) => [part, first + pitch * place])),
  };
}

/**
 * The right edges of the columns, and where the first one begins.
 *
 * @param {Run} run
 * @param {number} width
 * @param {boolean} narrow columns stand below names, and else beside them: a small gap leaves room
 * @param {boolean} wide
 */
function columnsOf(run, width, narrow, wide) {
  const beside = wide ? 14 : 8;
  const gap = narrow ? clamp((width - 290) / 4, 8, 40) : beside;
  const ends = [];
  const [least, edge] = width < SLENDER ? [5, 10] : [6, 18];
  let right = width - edge;
  for (const column of [...run.callersColumns].reverse()) {
    ends.unshift({ ...column, x: right });
    right -= gap + 8.4 * Math.max(least, column.metric.length); // as wide as the widest usual letters
  }
  return { ends, left: right + 8 };
}

// Drawing

/** @type {DrawScene} */
function drawFan(pen, plan, run, t, view) {
  const caller = Number(run.caller);
  for (const part of plan.parts) {
    const { edge, dash } = run.listens(part, t) ? { edge: pen.c.wire, dash: [] } : WAITING(pen);
    traceWay(pen, wayTo(plan, part), edge, 1.5, dash);
  }
  drawSender(pen, plan, run, view);
  const [x, y] = plan.speaker;
  const size = {
    part: caller,
    x: x - 34,
    y: y - 30,
    w: 68,
    h: 60,
    room: 0,
    stacked: false,
  };
  run.kindOf(caller).draw(pen, run, size, t, view);
  const named = pen.fit(run.nameOf(caller), 120);
  pen.text(x, y + 51, named, { align: "center", halo: pen.c.ground });
  view.places.push({ part: caller, x: size.x, y: size.y, width: 68, height: 60 });
  drawNews(pen, plan, run, t);
  drawHeads(pen, plan);
  for (const part of plan.parts) drawListener(pen, plan, run, part, t, view);
  drawCopies(pen, plan, run, t, view);
}

/** @param {Pen} pen */
const WAITING = (pen) => ({ edge: pen.c.wire, dash: [2, 6] });

/**
 * @param {Plan} plan
 * @param {number} part
 * @returns {Way}
 */
function wayTo(plan, part) {
  const y = plan.ys.get(part);
  const [x1, y1] = [plan.speaker[0] + 34, plan.speaker[1]];
  if (plan.narrow) {
    const low = y1 + 62;
    return {
      corners: [
        [plan.speaker[0], low - 4],
        [plan.speaker[0], low],
        [18, low],
        [18, y],
        [plan.left, y],
      ],
    };
  }
  const middle = (x1 + plan.left) / 2;
  return { curve: [x1, y1, middle, y1, middle, y, plan.left, y] };
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {View} view
 */
function drawSender(pen, plan, run, view) {
  const [[x, y], [toX, toY]] = [plan.people, plan.speaker];
  if (plan.narrow) pen.line(x + PEOPLE, y, toX - 30, toY, pen.c.wire);
  else pen.line(x, y + 52, toX, toY - 34, pen.c.wire);
  drawPeople(pen, x, y - 4);
  pen.text(x, y + (plan.narrow ? 51 : 42), pen.fit(run.sourceName, 76), { align: "center" });
  const [part] = run.sources;
  view.places.push({ part, x: x - PEOPLE, y: y - 28, width: 2 * PEOPLE, height: 48 });
}

/**
 * The newest message, and how many have it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawNews(pen, plan, run, t) {
  const caller = Number(run.caller);
  const number = run.moves.begunBy(caller, t);
  if (!number) return;
  const newest = run.moves.last(caller, t);
  const there = run.moves.of(newest?.message ?? -1, t).filter(({ source, target }) => {
    return source === caller && target !== null;
  }).length;
  const [x, y] = plan.narrow ? [plan.speaker[0] + 42, 40] : [16, 26];
  const [long, short] = [`Message ${shortOf(number)} is out`, `Message ${shortOf(number)}`];
  pen.text(x, y, pen.wide(long, 16, 600) > plan.width - x - 4 ? short : long, { weight: 600 });
  const words = `${there || "no"} ${there === 1 ? "copy" : "copies"} arrived`;
  pen.text(x, y + 22, words, { colour: pen.c.muted });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 */
function drawHeads(pen, plan) {
  const y = plan.ys.get(plan.parts[0]) - 36;
  for (const { x, metric } of plan.columns.ends)
    pen.text(x, y, metric, { size: plan.width < SLENDER ? 14 : 16, colour: pen.c.muted, align: "right" });
  if (!plan.narrow) pen.line(plan.columns.left, y + 12, plan.width - 18, y + 12, pen.c.hair, 1);
}

/**
 * A row: the box of who listens, what is said of it, and its numbers.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @param {View} view
 */
function drawListener(pen, plan, run, part, t, view) {
  const kind = run.kindOf(part);
  const [x, y] = [plan.left, plan.ys.get(part)];
  const lies = kind.shelf && plan.wide;
  const width = lies ? plan.columns.left - x - (run.takers.size ? TAKER + 26 : 14) : plan.box;
  const sleeps = kind.asleep(run, part, t);
  drawEar(pen, x, y, width, sleeps || (run.joins(part) && !run.listens(part, t)));
  kind.icon(pen, run, part, x + 38, y);
  const words = pen.fit(run.nameOf(part), Math.min(width - (sleeps ? 92 : 68), 136), 16, 600);
  pen.text(x + 60, y + 5.5, words, { weight: 600 });
  if (sleeps) drawSleep(pen, x + width - 18, y);
  const named = lies ? 64 + pen.wide(words, 16, 600) : width; // its beads can be selected beside that
  view.places.push({ part, x, y: y - BOX / 2, width: named, height: BOX });
  if (lies) drawInside(pen, plan, run, part, t, view, width);
  else if (plan.wide)
    kind.remarks(run, part, t).forEach((line, place, lines) => {
      const base = y + 5.5 + 20 * (place - (lines.length - 1) / 2);
      const room = plan.columns.left - x - width - 20;
      pen.text(x + width + 10, base, pen.fit(line, room), { colour: pen.c.muted });
    });
  drawNumbers(pen, plan, run, part, t);
}

/**
 * @param {Pen} pen
 * @param {number} x its left side
 * @param {number} y its middle
 * @param {number} width
 * @param {boolean} dashed
 */
export function drawEar(pen, x, y, width, dashed) {
  const { c, context } = pen;
  const [right, half] = [x + width, BOX / 2];
  context.beginPath();
  context.moveTo(x, y - half);
  context.arc(x, y, half, -Math.PI / 2, Math.PI / 2);
  context.lineTo(right - 10, y + half);
  context.arcTo(right, y + half, right, y + half - 10, 10);
  context.arcTo(right, y - half, right - 10, y - half, 10);
  context.closePath();
  pen.finish({ fill: c.raised, edge: c.edge, dash: dashed ? [5, 4] : [] });
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
function drawSleep(pen, x, y) {
  pen.rect(x - 12, y - 12, 24, 24, 6, { fill: pen.c.raised, edge: pen.c.edge, dash: [4, 3] });
  pen.text(x, y + 5, "Z", { size: 14, weight: 700, align: "center" });
}

/**
 * What lies in a box, and who takes from it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @param {View} view
 * @param {number} width
 */
function drawInside(pen, plan, run, part, t, view, width) {
  const y = plan.ys.get(part);
  const right = plan.left + width - 8;
  const amount = run.moves.count(part, t);
  const name = Math.min(136, pen.wide(run.nameOf(part), 16, 600));
  const pitch = clamp((width - 84 - name) / BEADS, 3, 12);
  drawLine(pen, right, y, amount, { dx: -pitch, tallest: 32 });
  if (amount <= BEADS)
    run.moves.held(part, t, amount).forEach(({ message }, bead) => {
      const [beadX, beadY] = beadAt(right, y, -pitch, 0, bead);
      view.hits.push({ message, x: beadX, y: beadY, r: Math.max(6, pitch / 2) });
    });
  const [taker, ...others] = [...run.takers].flatMap(([to, from]) => (from === part ? [to] : []));
  if (taker === undefined) return;
  const x = plan.left + width + 14;
  pen.line(x - 14, y, x, y, pen.c.wire);
  const looks = run.looks(taker, t);
  const style = { fill: pen.c.raised, edge: pen.c.edge, dash: looks ? [] : [5, 4] };
  pen.rect(x, y - BOX / 2, TAKER, BOX, 10, style);
  if (looks) drawBadge(pen, x + 20, y, looks);
  else drawSleep(pen, x + 20, y);
  pen.text(
    x + 38,
    y + 5.5,
    pen.fit(`${run.nameOf(taker)}${others.length ? ` + ${others.length}` : ""}`, TAKER - 42),
    {
      colour: looks ? pen.c.ink : pen.c.muted,
    },
  );
  view.places.push({ part: taker, x, y: y - BOX / 2, width: TAKER, height: BOX });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function drawNumbers(pen, plan, run, part, t) {
  const y = plan.ys.get(part) + (plan.narrow ? 40 : 0);
  for (const { x, metric, glyph } of plan.columns.ends) {
    const amount = run.level(part, metric, t);
    const words = shortOf(amount);
    const style = amount ? { size: 20, weight: 600 } : { colour: pen.c.muted };
    pen.text(x, y + (amount ? 7 : 5.5), words, { ...style, align: "right" });
    if (amount) drawMark(pen, glyph(run, part), x - pen.wide(words, 20, 600) - 13, y);
  }
  if (plan.narrow) return;
  const line = y + 23;
  pen.line(plan.columns.left, line, plan.width - 18, line, pen.c.hair, 1);
}

/**
 * The small shape before a number.
 *
 * @param {Pen} pen
 * @param {string} glyph
 * @param {number} x
 * @param {number} y
 */
function drawMark(pen, glyph, x, y) {
  if (glyph === "wait") pen.disc(x, y, 5.25, { fill: pen.c.wait, edge: pen.c.waitEdge });
  if (glyph === "again") drawAgain(pen, x, y);
  if (glyph === "fail") pen.cross(x, y, 5, 2.6);
  if (glyph === "funnel") drawFunnel(pen, x, y);
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
function drawFunnel(pen, x, y) {
  pen.path(
    [
      [x - 7, y - 6],
      [x + 7, y - 6],
      [x + 2, y],
      [x + 2, y + 6],
      [x - 2, y + 8],
      [x - 2, y],
    ],
    { edge: pen.c.slate, line: 2 },
  );
}

// What travels

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawCopies(pen, plan, run, t, view) {
  for (const move of view.hop ? run.moves.onTheWay(t, view.hop) : []) {
    const flies = move.source === run.caller && plan.ys.has(move.target);
    if (!flies || move.target === null) continue;
    const way = wayTo(plan, move.target);
    const share = clamp(1 - (move.time - t) / view.hop, 0, 1);
    /** @param {number} s */
    const at = (s) => pointOn(way, 0.06 + 0.86 * easeInOut(clamp(s, 0, 1)));
    const [x, y] = at(share);
    drawSmallTicket(pen, x, y, ...at(share - 0.12));
    view.hits.push({ message: move.message, x, y, r: 12 });
    view.moving += 1;
  }
  if (view.motion || !run.moves.some) return;
  const last = run.moves.before(t);
  if (last?.source !== run.caller || last.target === null || !plan.ys.has(last.target)) return;
  traceWay(pen, wayTo(plan, last.target), pen.c.request, 3, [1, 7]);
}

/**
 * How many copies there are of each sort, over all who listen.
 *
 * @param {Run} run
 * @param {string} metric
 * @param {number} t
 */
export const copiesAt = (run, metric, t) =>
  listenersOf(run).reduce((sum, part) => sum + run.level(part, metric, t), 0);

/**
 * @param {Run} run
 * @param {string} metric
 * @param {number} t
 */
export const whoHas = (run, metric, t) =>
  listenersOf(run).flatMap((part) => {
    const amount = run.level(part, metric, t);
    return amount
      ? [{ name: capital(run.nameOf(part)), amount, words: countOf(amount, "copy", "copies") }]
      : [];
  });
