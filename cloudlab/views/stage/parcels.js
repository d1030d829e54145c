// Parcels: programs as files and as images, what came of their orders, and the small shapes for both.

import { upTo } from "./sorted.js";

/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/** @typedef {"Right" | "Wrong" | "Failed"} OutcomeKind */
/** @typedef {{ kind: OutcomeKind, text: string, since: number }} OutcomeNow */
/** @typedef {{ id: string, bytes: number, words: string }} LayerShown */

/**
 * The programs on a machine at t.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export const programsOn = (run, part, t) => run.childrenOf(part).filter((one) => run.isThere(one, t));

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export const isGone = (run, part, t) => run.looks(part, t)?.letter === "✕";

/**
 * What came of a program's last order, or null before its first.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {OutcomeNow | null}
 */
export function outcomeOf(run, part, t) {
  const now = run.state(part, "result", t);
  if (!now) return null;
  const place = now.state.indexOf(": ");
  const kind = /** @type {OutcomeKind} */ (now.state.slice(0, place));
  return { kind, text: now.state.slice(place + 2), since: now.time };
}

/**
 * How many orders of a program came out right, wrong without an error, or failed.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export function ordersOf(run, part, t) {
  const [right, wrong, failed] = ["Right", "Wrong", "Failed"].map((kind) => run.level(part, kind, t));
  return { right, wrong, failed, bad: wrong + failed };
}

/**
 * On how many machines the first program does what it should at t.
 *
 * @param {Run} run
 * @param {number} t
 */
export function rightOnes(run, t) {
  const machines = run.partsThat(({ installs }) => installs);
  const [title] = machines
    .flatMap((part) => run.childrenOf(part))
    .map((one) => run.parts[one].attributes.title);
  return machines.filter((part) => {
    const [first] = programsOn(run, part, t).filter((one) => run.parts[one].attributes.title === title);
    return first !== undefined && outcomeOf(run, first, t)?.kind === "Right";
  }).length;
}

/**
 * The last orders of a program up to t, the oldest first: whether each came out right.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @param {number} most
 * @returns {boolean[]}
 */
export function lastOrders(run, part, t, most) {
  const found = ["Right", "Wrong", "Failed"].flatMap((kind) => {
    const curve = run.series.get(`${part} ${kind}`);
    if (!curve) return [];
    const times = curve.times.slice(0, upTo(curve.times, t)).filter((_, place) => curve.values[place] > 0);
    return times.map((time) => ({ time, good: kind === "Right" }));
  });
  return found
    .sort((a, b) => a.time - b.time)
    .slice(-most)
    .map(({ good }) => good);
}

/**
 * The layers of a program's image, the lowest first; none of a file.
 *
 * @param {Run} run
 * @param {number} part
 * @returns {LayerShown[]}
 */
export function layersOf(run, part) {
  const told = String(run.parts[part].attributes.layers ?? "");
  if (!told) return [];
  return told.split("|").map((one) => {
    const [id, bytes, word, what] = one.split(" ");
    const words = word === "INSTALL" ? what.replace("==", " ") : what.replace(/\/$/, "");
    return { id, bytes: Number(bytes), words };
  });
}

// Shapes

/**
 * A sheet with a folded corner, around (x, y).
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawSheet(pen, x, y, half = 13) {
  const { c } = pen;
  const [wide, fold] = [half * 0.8, half * 0.55];
  pen.path(
    [
      [x - wide, y - half],
      [x + wide - fold, y - half],
      [x + wide, y - half + fold],
      [x + wide, y + half],
      [x - wide, y + half],
    ],
    { fill: c.raised, edge: c.slate, line: 2 },
  );
  for (const share of [0, 0.45])
    pen.line(x - wide * 0.55, y + half * share, x + wide * 0.55, y + half * share, c.slate, 1.75);
}

/**
 * Three slabs on each other, around (x, y).
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawSlabs(pen, x, y, half = 13) {
  const { c } = pen;
  const high = (2 * half) / 3;
  [c.requestTint, c.raised, c.hair].forEach((fill, place) => {
    const top = y - half + place * high;
    pen.rect(x - half * 1.1, top, half * 2.2, high - 1.5, 2, { fill, edge: c.slate, line: 1.75 });
  });
}
