// Machines side by side: what is on the shelf of each, and what a program does there, as a file or packed.
//
// From a folder or a registry above it is sent to each. Read `machinesPlan` first, then `drawMachine`.

import { drawSheet, drawSlabs, isGone, lastOrders, layersOf, outcomeOf, programsOn } from "./parcels.js";
import { drawHead } from "./shapes.js";
import { NARROW } from "./sizes.js";
import { pointOn, traceWay } from "./ways.js";
import { clamp, easeInOut, shortOf } from "./words.js";

/** @import { DrawScene, Plan, Point, Room, View } from "./contract.js" */
/** @import { LayerShown, OutcomeNow } from "./parcels.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Way } from "./ways.js" */

/** @typedef {{ x: number, y: number, w: number, h: number }} Card */

const ASIDE = 12;
const ABOVE = 50; // above the machines: from where the program comes
const CARD_HEIGHT = 208;
const BEHIND_NAME = 172; // where the way along the top begins
const SHELF = 40; // of that, at the bottom
const SLAB = 22;
const LINE_HEIGHT = 20;
const MARK = 14; // from one of the last orders to the next

/**
 * Whether what a run shows are machines with libraries.
 *
 * @param {Run} run
 */
export const areInstalled = (run) => run.partsThat(({ installs }) => installs).length > 0;

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function machinesPlan(run, { width }) {
  const parts = run.partsThat(({ installs }) => installs);
  const narrow = width < NARROW;
  const many = narrow ? 1 : parts.length;
  const left = narrow ? 26 : 12;
  const w = (width - left - 12 - ASIDE * (many - 1)) / many;
  const cards = new Map(
    parts.map((part, place) => [
      part,
      narrow
        ? { x: left, y: ABOVE + place * (CARD_HEIGHT + ASIDE), w, h: CARD_HEIGHT }
        : { x: left + place * (w + ASIDE), y: ABOVE, w, h: CARD_HEIGHT },
    ]),
  );
  const rows = narrow ? parts.length : 1;
  return {
    draw: drawMachines,
    width,
    height: ABOVE + rows * (CARD_HEIGHT + ASIDE),
    narrow,
    cards,
    origin: run.sources[0],
  };
}

/** @type {DrawScene} */
function drawMachines(pen, plan, run, t, view) {
  for (const part of plan.cards.keys()) traceWay(pen, wayToCard(plan, part), pen.c.wire, 1.5, []);
  drawDepot(pen, plan, run, view);
  for (const [part, card] of plan.cards) drawMachine(pen, run, part, card, t, view);
  drawSent(pen, plan, run, t, view);
}

/**
 * From the depot along the top, or down the left side, to a machine.
 *
 * @param {Plan} plan
 * @param {number} part
 * @returns {Way}
 */
function wayToCard(plan, part) {
  const { x, y, w } = plan.cards.get(part);
  if (plan.narrow)
    return {
      corners: [
        [14, 42],
        [14, y + 22],
        [x, y + 22],
      ],
    };
  const side = x + w - 24;
  return {
    corners: [
      [BEHIND_NAME, 24],
      [side, 24],
      [side, y],
    ],
  };
}

/**
 * Where the program comes from, with its name.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {View} view
 */
function drawDepot(pen, plan, run, view) {
  const { packed } = run.parts[plan.origin].attributes;
  const x = plan.narrow ? 22 : 36;
  (packed ? drawSlabs : drawSheet)(pen, x, 24);
  const name = run.nameOf(plan.origin);
  const words = pen.fit(name, BEHIND_NAME - x - 32, 16, 600);
  pen.text(x + 26, 29, words, { weight: 600 });
  const wide = 34 + pen.wide(words, 16, 600);
  view.places.push({ part: plan.origin, x: x - 16, y: 7, width: wide + 12, height: 34 });
}

/**
 * What is on its way to a machine.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawSent(pen, plan, run, t, view) {
  for (const { time, target, message } of view.hop ? run.moves.onTheWay(t, view.hop) : []) {
    if (target === null || !plan.cards.has(target)) continue;
    const share = easeInOut(clamp(1 - (time - t) / view.hop, 0, 1));
    const [x, y] = pointOn(wayToCard(plan, target), share);
    (run.parts[plan.origin].attributes.packed ? drawSlabs : drawSheet)(pen, x, y, 11);
    view.hits.push({ message, x, y, r: 13 });
    view.moving += 1;
  }
  const last = view.motion ? null : run.moves.before(t);
  if (last && last.target !== null && plan.cards.has(last.target))
    traceWay(pen, wayToCard(plan, last.target), pen.c.request, 3, [1, 7]);
}

// A machine

/**
 * A machine: its programs above, its shelf below; its edge says whether all on it does what it should.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {Card} card
 * @param {number} t
 * @param {View} view
 */
function drawMachine(pen, run, part, card, t, view) {
  const { c } = pen;
  const { x, y, w, h } = card;
  const programs = programsOn(run, part, t);
  const outcomes = programs.map((one) => outcomeOf(run, one, t));
  const gone = isGone(run, part, t);
  const bad = gone || outcomes.some((one) => one !== null && one.kind !== "Right");
  const good = !bad && outcomes.length > 0 && outcomes.every((one) => one !== null);
  pen.rect(x, y, w, h, 12, { fill: bad ? c.failTint : c.raised });
  if (gone) pen.hatch(x, y, w, h, 12, c.fail, 11, 1);
  const plain = good ? { edge: c.ok, line: 3 } : { edge: c.edge, line: 1.5 };
  pen.rect(x, y, w, h, 12, bad ? { edge: c.fail, line: 3 } : plain);
  if (view.selected === part) pen.rect(x + 4, y + 4, w - 8, h - 8, 9, { edge: c.request, line: 2 });
  const kernel = `kernel ${run.parts[part].attributes.kernel}`;
  const beside = pen.wide(kernel);
  const halo = bad ? c.failTint : c.raised;
  const name = pen.fit(run.parts[part].name, w - beside - 44, 16, 600);
  pen.text(x + 14, y + 25, name, { weight: 600, halo });
  pen.text(x + w - 14, y + 25, kernel, { colour: c.muted, align: "right", halo });
  view.places.push({ part, x, y, width: w, height: 34 });
  const stand = { x: x + 10, y: y + 36, w: w - 20, h: h - 36 - SHELF - 10 };
  if (gone) drawMachineGone(pen, stand);
  else {
    drawPrograms(pen, run, programs, stand, t, view);
    drawLibraries(pen, run, part, { x: x + 10, y: y + h - SHELF - 4, w: w - 20, h: SHELF }, t);
  }
}

/**
 * @param {Pen} pen
 * @param {Card} place
 */
function drawMachineGone(pen, { x, y, w, h }) {
  pen.cross(x + w / 2, y + h / 2 - 8, 18, 5);
  const words = "gone, and all that ran on it";
  const fitted = pen.fit(words, w - 8, 16, 600);
  pen.text(x + w / 2, y + h / 2 + 42, fitted, { weight: 600, align: "center", halo: pen.c.failTint });
}

/**
 * The shelf with what is installed; a book says nothing before somebody has looked.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {Card} place
 * @param {number} t
 */
function drawLibraries(pen, run, part, { x, y, w, h }, t) {
  const { c } = pen;
  pen.line(x, y + h - 6, x + w, y + h - 6, c.slate, 3);
  const shown = run.state(part, "shelf", t)?.state ?? "nothing";
  const seen = run.state(part, "seen", t) !== null;
  const packed = run.childrenOf(part).some((one) => run.parts[one].attributes.packed && run.isThere(one, t));
  if (shown === "nothing") {
    pen.text(x + 8, y + 25, pen.fit("nothing installed", w - 16), { colour: c.muted });
    return;
  }
  let left = x + 4;
  const books = shown.split(", ");
  const first = books.findIndex((words) => words.startsWith("resizer "));
  const ordered = first < 0 ? books : [books[first], ...books.filter((_, place) => place !== first)];
  ordered.forEach((words, place) => {
    const known = seen ? words : "?";
    const wide = seen ? pen.wide(known) + 14 : 40;
    if (left + wide > x + w - 2) return;
    const needed = !packed && first >= 0 && place === 0 && seen;
    const style = needed ? { edge: c.slate, line: 2.5 } : { edge: c.edge, line: 1.25 };
    pen.rect(left, y + 6, wide, h - 14, 4, { fill: c.paper, ...style });
    const colour = needed || !seen ? c.ink : c.muted;
    pen.text(left + wide / 2, y + 27, known, { align: "center", colour });
    left += wide + 6;
  });
}

// The programs on it

/**
 * @param {Pen} pen
 * @param {Run} run
 * @param {number[]} programs
 * @param {Card} stand
 * @param {number} t
 * @param {View} view
 */
function drawPrograms(pen, run, programs, stand, t, view) {
  const { x, y, w, h } = stand;
  if (!programs.length) {
    pen.rect(x, y, w, h, 8, { edge: pen.c.edge, line: 1.5, dash: [5, 5] });
    pen.text(x + w / 2, y + h / 2 + 5, pen.fit("nothing runs here yet", w - 16), {
      colour: pen.c.muted,
      align: "center",
    });
    return;
  }
  const wide = (w - 8 * (programs.length - 1)) / programs.length;
  const shared = sharedBy(run, programs);
  programs.forEach((part, place) => {
    const box = { x: x + place * (wide + 8), y, w: wide, h };
    drawProgram(pen, run, part, box, { t, view, alone: programs.length === 1, shared, shelf: x });
  });
  const slab = y + h - SLAB - 6;
  const from = x + 6;
  shared.forEach((layer, place) => {
    drawSlabOf(pen, layer, { x: from, y: slab - place * SLAB, w: w - 12, h: SLAB }, "shared by both");
  });
}

/**
 * The layers that all programs here have, which lie there once.
 *
 * @param {Run} run
 * @param {number[]} programs
 * @returns {LayerShown[]}
 */
function sharedBy(run, programs) {
  if (programs.length < 2) return [];
  const [first, ...others] = programs.map((part) => layersOf(run, part));
  return first.filter(({ id }) => others.every((layers) => layers.some((one) => one.id === id)));
}

/**
 * One program: its name, what came of its last order, the last orders, and its layers where it is packed.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {Card} box
 * @param {{ t: number, view: View, alone: boolean, shared: LayerShown[], shelf: number }} how
 */
function drawProgram(pen, run, part, box, { t, view, alone, shared, shelf }) {
  const { c } = pen;
  const { x, y, w, h } = box;
  const { packed, expected } = run.parts[part].attributes;
  const now = outcomeOf(run, part, t);
  const chosen = view.selected === part ? { edge: c.request, line: 3 } : null;
  const edge = packed ? { edge: c.slate, line: 2.5 } : { edge: c.edge, line: 1.25, dash: [4, 3] };
  pen.rect(x, y, w, h, 8, { fill: c.paper, ...(chosen ?? edge) });
  view.places.push({ part, x, y, width: w, height: h });
  const named = drawName(pen, run, part, box);
  if (!packed) drawImport(pen, box, shelf);
  const layers = layersOf(run, part);
  layers.forEach((layer, place) => {
    if (shared.some(({ id }) => id === layer.id)) return; // drawn below both
    const slab = { x: x + 6, y: y + h - 6 - (place + 1) * SLAB, w: w - 12, h: SLAB };
    drawSlabOf(pen, layer, slab, "");
  });
  const room = h - 28 - Math.max(1, layers.length) * SLAB - 6;
  drawOutcome(pen, now, { x: x + 8, y: y + 28, w: w - 12, h: room }, expected);
  if (!alone || !now) return;
  const beside = packed ? pen.wide(now.text, 16, 600) + 20 : named; // what the last orders stand beside
  const most = Math.min(12, Math.floor((w - beside - 40) / MARK));
  if (most > 2) drawOrders(pen, lastOrders(run, part, t, most), x + w - 14, packed ? y + 39 : y + 16);
}

/**
 * A program's name, and the short digest of its image where there is room. Returns how wide the name is.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {Card} box
 */
function drawName(pen, run, part, { x, y, w }) {
  const { title, packed, digest } = run.parts[part].attributes;
  const name = packed ? title : `${title}.py`;
  pen.text(x + 10, y + 22, pen.fit(name, w - 20, 16, 600), { weight: 600 });
  const named = pen.wide(name, 16, 600);
  const id = String(digest ?? "").slice(0, 8);
  if (id && named + pen.wide(id) + 30 < w)
    pen.text(x + w - 10, y + 22, id, { align: "right", colour: pen.c.requestText });
  return named;
}

/**
 * A file imports what its machine has: an arrow down to the shelf.
 *
 * @param {Pen} pen
 * @param {Card} box
 * @param {number} shelf its left side
 */
function drawImport(pen, { x, y, w, h }, shelf) {
  const [left, low] = [x + 14, y + h];
  const first = shelf + 14; // where the book stands that all of them import
  if (left > first) {
    pen.line(left, low - 16, left, low + 7, pen.c.slate, 2);
    pen.line(left, low + 7, first, low + 7, pen.c.slate, 2);
  } else {
    pen.line(left, low - 16, left, low + 14, pen.c.slate, 2);
    drawHead(pen, left, low + 14, left, low - 10);
  }
  const words = pen.wide("import resizer") > w - 34 ? "import" : "import resizer";
  pen.text(left + 12, low - 8, pen.fit(words, w - 34), { colour: pen.c.muted });
}

/**
 * A layer with its words, and what is told of it at the right where there is room.
 *
 * @param {Pen} pen
 * @param {LayerShown} layer
 * @param {Card} place
 * @param {string} beside
 */
function drawSlabOf(pen, { words, bytes }, { x, y, w, h }, beside) {
  const { c } = pen;
  const fill = words.includes(".py") ? c.requestTint : c.raised;
  pen.rect(x, y + 1, w, h - 2, 3, { fill, edge: c.slate, line: 1.25 });
  const left = pen.fit(words, w - 14);
  pen.text(x + 8, y + 16, left);
  const size = `${shortOf(Math.round(bytes / 1000))} KB`;
  const more = beside ? `${beside}, ${size}` : size;
  if (pen.wide(left) + pen.wide(more) + 30 < w)
    pen.text(x + w - 8, y + 16, more, { align: "right", colour: c.muted });
}

/**
 * What came of the last order: a tick with its result, or a cross with the error in a few lines.
 *
 * @param {Pen} pen
 * @param {OutcomeNow | null} now
 * @param {Card} place
 * @param {string} expected
 */
function drawOutcome(pen, now, { x, y, w, h }, expected) {
  const { c } = pen;
  if (!now) {
    pen.text(x, y + 16, pen.fit("waits for an order", w), { colour: c.muted });
    return;
  }
  const good = now.kind === "Right";
  if (good) drawTick(pen, x + 7, y + 11);
  else pen.cross(x + 7, y + 11, 5.5, 3);
  const [came, meant] = [now.text, expected].map((one) => one.replaceAll(" ", "\u00a0"));
  const words = now.kind === "Wrong" ? `${came}, and no error. It should be ${meant}.` : now.text;
  const weight = good ? 600 : 400;
  const lines = inLines(pen, words, { room: w - 20, weight }, Math.max(1, Math.floor(h / LINE_HEIGHT)));
  lines.forEach((line, place) => pen.text(x + 20, y + 16 + place * LINE_HEIGHT, line, { weight }));
}

/**
 * Words in lines of so much room, at most so many; what is left out is told by …
 *
 * @param {Pen} pen
 * @param {string} words
 * @param {{ room: number, weight: number }} how
 * @param {number} most
 */
function inLines(pen, words, { room, weight }, most) {
  /** @type {string[]} */
  const lines = [];
  for (const word of words.split(" ")) {
    const last = lines[lines.length - 1];
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && pen.wide(longer, 16, weight) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const kept = lines.slice(0, most).map((line) => pen.fit(line, room, 16, weight));
  if (lines.length > most) kept[most - 1] = pen.fit(`${lines[most - 1]} ${lines[most]}`, room, 16, weight);
  return kept;
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
function drawTick(pen, x, y, half = 6) {
  /** @type {Point[]} */
  const points = [
    [x - half, y],
    [x - half * 0.25, y + half * 0.75],
    [x + half, y - half * 0.8],
  ];
  pen.path(points, { edge: pen.c.ok, line: half / 2 }, false);
}

/**
 * The last orders, the newest at the right: a full square where one came out right, else a cross.
 *
 * @param {Pen} pen
 * @param {boolean[]} orders
 * @param {number} right
 * @param {number} y
 */
function drawOrders(pen, orders, right, y) {
  [...orders].reverse().forEach((good, place) => {
    const x = right - place * MARK;
    if (good) pen.rect(x - 4, y - 4, 8, 8, 2, { fill: pen.c.ok });
    else pen.cross(x, y, 3.5, 2);
  });
}
