// The yard: many boxes that hold things, side by side; what waits for room, and how a box is read.
//
// What is in a box, and how it looks, its kind says. Read `yardPlan` first.

import { drawOneSlab } from "./slabs.js";
import { NARROW } from "./sizes.js";
import { hopOf } from "./ways.js";
import { numberOf } from "./words.js";

/** @import { Coming, DrawScene, Plan, Room, View, Waiting, Yard } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/** @typedef {{ x: number, y: number, w: number, h: number }} Area */
/**
 * @typedef {{ across: number, pitchX: number, pitchY: number, w: number, h: number, named: boolean }} Grid
 */

const BESIDE = 184; // how wide what waits is
const NAMED = 50; // a pitch from which on names fit below boxes
const LABELLED = 19; // room for a name
const FLYING = 4; // so many are drawn on their way; more are counted
const ROWS = 2; // so many of those that wait are told one by one

/** @param {Run} run */
const boxesOf = (run) => run.parts.flatMap(({ layer }, part) => (layer === null ? [] : [part]));

/**
 * The yard of a run in which all that is drawn are such boxes, or null.
 *
 * @param {Run} run
 * @returns {Yard | null}
 */
export function yardOf(run) {
  const boxes = boxesOf(run);
  const yard = boxes.length ? run.kindOf(boxes[0]).yard : null;
  return yard && boxes.every((part) => run.kindOf(part).yard === yard) ? yard : null;
}

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function yardPlan(run, { width, dense }) {
  const many = boxesOf(run).length;
  const wide = width >= NARROW;
  const card = wide
    ? { x: 14, y: 8, w: BESIDE - 14, h: dense ? 262 : 280 }
    : { x: 12, y: 8, w: width - 24, h: 136 };
  const area = wide
    ? { x: BESIDE + 16, y: 12, w: width - BESIDE - 28, h: dense ? 258 : 280 }
    : { x: 12, y: card.y + card.h + 12, w: width - 24, h: 0 };
  const grid = wide ? gridIn(many, area.w, area.h) : gridDown(many, area.w);
  const high = grid.pitchY * Math.ceil(many / grid.across);
  if (wide) area.y += Math.max(0, (area.h - high) / 2);
  area.h = high;
  const height = Math.max(area.y + area.h, card.y + card.h) + 4;
  return { draw: drawYard, width, height, wide, card, area, grid };
}

/**
 * As large as so many boxes can be in an area.
 *
 * @param {number} many
 * @param {number} wide
 * @param {number} high
 * @returns {Grid}
 */
function gridIn(many, wide, high) {
  let best = yardGrid(1, many, wide, high);
  for (let across = 2; across <= many; across += 1) {
    const found = yardGrid(across, many, wide, high);
    if (sizeOfBox(found) > sizeOfBox(best)) best = found;
  }
  return best;
}

/** @param {Grid} grid */
const sizeOfBox = ({ w, h }) => Math.min(w, 1.25 * h);

/**
 * @param {number} across
 * @param {number} many
 * @param {number} wide
 * @param {number} high
 * @returns {Grid}
 */
function yardGrid(across, many, wide, high) {
  const [pitchX, pitchY] = [Math.min(240, wide / across), Math.min(210, high / Math.ceil(many / across))];
  const named = pitchX >= NAMED;
  return { across, pitchX, pitchY, w: pitchX - 6, h: pitchY - (named ? LABELLED + 4 : 6), named };
}

/**
 * One below the other, on a narrow screen.
 *
 * @param {number} many
 * @param {number} wide
 * @returns {Grid}
 */
function gridDown(many, wide) {
  const least = many <= 40 ? 60 : 40;
  const across = Math.min(many, Math.max(1, Math.floor(wide / least)));
  const pitchX = Math.min(150, wide / across);
  const named = pitchX >= NAMED;
  const h = Math.min(90, Math.max(34, 0.7 * pitchX));
  return { across, pitchX, pitchY: h + (named ? LABELLED + 4 : 6), w: pitchX - 6, h, named };
}

/**
 * @param {Plan} plan
 * @param {number} place
 * @returns {Area}
 */
function boxAt({ area, grid }, place) {
  const [column, row] = [place % grid.across, Math.floor(place / grid.across)];
  return { x: area.x + column * grid.pitchX, y: area.y + row * grid.pitchY, w: grid.w, h: grid.h };
}

/** @type {DrawScene} */
function drawYard(pen, plan, run, t, view) {
  const yard = yardOf(run);
  if (!yard) return;
  const boxes = boxesOf(run);
  const waiting = yard.waiting(run, t);
  drawAside(pen, plan, run, { yard, waiting });
  /** @type {Map<number, Area>} */
  const places = new Map();
  boxes.forEach((part, place) => {
    const box = boxAt(plan, place);
    places.set(part, box);
    if (run.parts[part].born > t) return;
    const kind = run.kindOf(part);
    kind.draw(pen, run, { part, ...box, room: 0, stacked: false }, t, view);
    view.places.push({ part, x: box.x, y: box.y, width: box.w, height: box.h });
    if (view.selected === part)
      pen.rect(box.x - 3, box.y - 3, box.w + 6, box.h + 6, 9, { edge: pen.c.requestText, line: 2 });
    if (plan.grid.named) drawBoxName(pen, run, part, box, t);
  });
  drawFlights(pen, plan, yard.coming(run, t, view.hop), places, t, view);
}

/**
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {Area} box
 * @param {number} t
 */
function drawBoxName(pen, run, part, { x, y, w, h }, t) {
  const label = run.kindOf(part).label(run, part, t);
  const dead = run.looks(part, t)?.letter === "✕";
  const style = dead ? { weight: 600 } : { colour: pen.c.muted };
  const fits = pen.wide(label, 16, dead ? 600 : 400) <= w + 3;
  pen.text(x + 1, y + h + 16, fits ? label : label.split(" ")[0], style);
}

/**
 * What waits for room, and below it how a box is read.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {{ yard: Yard, waiting: Waiting[] }} what
 */
function drawAside(pen, { card, grid, wide }, run, { yard, waiting }) {
  const { c } = pen;
  const { x, y, w, h } = card;
  const half = wide ? w : Math.floor(w * 0.5);
  const all = waiting.reduce((sum, { many }) => sum + many, 0);
  pen.text(x, y + 20, "To place", { weight: 600 });
  pen.text(x + half - 8, y + 21, numberOf(all), { size: 20, weight: 600, align: "right" });
  waiting.slice(0, ROWS).forEach(({ words, needs, memory, cpu }, place) => {
    const top = y + 34 + 50 * place;
    const box = { x, y: top, w: Math.min(80, grid.w), h: 38 };
    drawOneSlab(pen, { memory, cpu }, box, { fill: c.wait, edge: c.waitEdge });
    const left = x + Math.min(80, grid.w) * Math.max(memory, cpu) + 12;
    pen.text(left, top + 15, pen.fit(words, x + half - left, 16, 600), { weight: 600 });
    pen.text(left, top + 34, pen.fit(needs, x + half - left), { colour: c.muted });
  });
  if (!all) pen.text(x, y + 50, pen.fit("nothing waits", half), { colour: c.muted });
  const key = wide ? { x, y: y + h - 138, w, h: 138 } : { x: x + half + 12, y, w: w - half - 12, h };
  yard.key(pen, run, key);
}

/**
 * What is on its way to a box: from a box that was lost, or from where it waited.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Coming[]} coming
 * @param {Map<number, Area>} places
 * @param {number} t
 * @param {View} view
 */
function drawFlights(pen, { card, wide: across }, coming, places, t, view) {
  if (!view.hop) return;
  view.moving += coming.length;
  const every = Math.max(1, Math.ceil(coming.length / FLYING));
  coming.forEach(({ from, to, time, memory, cpu }, place) => {
    const target = places.get(to);
    if (!target || place % every) return;
    const source = from === null ? undefined : places.get(from);
    const [x1, y1] = source
      ? [source.x + source.w / 2, source.y + source.h / 2]
      : [card.x + (across ? card.w - 20 : card.w / 4), card.y + 60];
    const [x2, y2] = [target.x + target.w - 12, target.y + target.h / 2];
    const [x, y] = hopOf(x1, y1, x2, y2, 1 - (time - t) / view.hop);
    if (source) pen.line(x1, y1, x2, y2, pen.c.bootEdge, 1.5, [3, 4]);
    const wide = 60 * Math.max(memory, cpu) + 10;
    pen.rect(x - wide / 2, y - 17, wide, 34, 7, { fill: pen.c.raised, edge: pen.c.bootEdge, line: 1.5 });
    const box = { x: x - wide / 2 + 5, y: y - 12, w: 60, h: 24 };
    drawOneSlab(pen, { memory, cpu }, box, { fill: pen.c.bootTint, edge: pen.c.bootEdge });
  });
}
