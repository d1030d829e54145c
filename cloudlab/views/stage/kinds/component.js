// A component: a box with how it is, its slots, and the line before it; a queue before it is a rack.

import { drawLineBefore, drawRack, drawSlots, inVain, roomBefore, slotsOf, widthOfSlots } from "../orders.js";
import { drawPlug } from "../shapes.js";
import { THING, absent, sinceWhen } from "../thing.js";
import { drawBadge } from "../tiles.js";
import { agree, countOf, numberOf } from "../words.js";

/** @import { DrawPart, Kind, View } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

/**
 * As wide as the longest name beside it needs.
 *
 * @param {Run} run
 * @param {number} part
 */
function widthOf(run, part) {
  const { layer } = run.parts[part];
  const beside = run.parts.flatMap((one, place) => (one.layer === layer ? [run.nameOf(place).length] : []));
  return Math.max(124, 62 + 10.6 * Math.max(...beside));
}

/**
 * For whom the calls that hold its slots wait.
 *
 * @param {Run} run
 * @param {number[]} held
 * @param {number} t
 */
function waitedFor(run, held, t) {
  /** @type {Map<number, number>} */
  const found = new Map();
  for (const row of held)
    for (const one of run.calls.waitsFor(row, t).slice(0, 1))
      found.set(run.calls.service[one], (found.get(run.calls.service[one]) ?? 0) + 1);
  return [...found].map(([part, many]) => {
    const waits = agree(many, "waits", "wait");
    return `${numberOf(many)} ${waits} for ${run.nameOf(part)}`;
  });
}

/** @type {Record<string, string>} */
const WORDS = { H: "hangs", "✕": "down", P: "deploys" }; // what is wrong, by its letter

/** @typedef {{ left: number, right: number, y: number }} Row where slots, or words, may stand */

/**
 * Its slots, or its plug that was pulled; and a word where something is wrong.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @param {View} view
 * @param {Row} row
 */
function drawInside(pen, run, part, t, view, { left, right, y }) {
  const looks = run.looks(part, t);
  const slots = slotsOf(run, part, t);
  const dead = looks?.letter === "✕";
  const slow = looks?.word === "slow" ? "slow" : "";
  const word = WORDS[looks?.letter ?? ""] ?? slow;
  const after = dead ? left : left + widthOfSlots(slots, right - left) + 4;
  if (dead) drawPulled(pen, right - 14, y);
  else drawSlots(pen, run, slots, { x: left, y, room: right - left }, t, view);
  if (word && after + pen.wide(word) < right) pen.text(after, y + 5, word);
}

/**
 * @param {Pen} pen
 * @param {number} x its right end
 * @param {number} y
 */
function drawPulled(pen, x, y) {
  const { fail } = pen.c;
  pen.line(x - 24, y, x - 14, y, fail, 2);
  pen.rect(x - 14, y - 5, 10, 10, 3, { fill: fail });
  for (const side of [-2.5, 2.5]) pen.line(x - 4, y + side, x, y + side, fail, 2);
}

/** @type {DrawPart} */
function drawComponent(pen, run, place, t, view) {
  const { part, x, y, w, h, room } = place;
  const { c } = pen;
  const looks = run.looks(part, t) ?? { letter: "T", done: 1 };
  const bad = { fill: c.failTint, edge: c.fail, line: looks.letter === "H" ? 3 : 2 };
  const dense = h < 44; // two runs share the window
  const racked = run.calls.hasMessages(part);
  if (racked) drawRack(pen, x - room, y, room - 4, h);
  pen.rect(x, y, w, h, 10, looks.letter in WORDS ? bad : { fill: c.raised, edge: c.edge });
  drawBadge(pen, x + 22, y + h / 2, looks);
  const name = pen.fit(run.nameOf(part), w - 48, 16, 600);
  pen.text(x + 42, y + (dense ? 17.5 : 19.5), name, { weight: 600 });
  const row = { left: x + 42, right: x + w - 4, y: y + (dense ? 30.5 : 33.5) };
  drawInside(pen, run, part, t, view, row);
  drawLineBefore(pen, run, slotsOf(run, part, t).line, { ...place, y: y + h / 2 }, view, !racked);
}

/** @type {Partial<Kind>} */
export default {
  rank: 6,
  showsItsEnd: true,
  size(run, part, room) {
    if (!run.calls.some) return THING.size(run, part, room);
    return [widthOf(run, part), room.dense ? 42 : 46, roomBefore(room)];
  },
  draw(pen, run, place, t, view) {
    if (run.calls.some) {
      drawComponent(pen, run, place, t, view);
      return;
    }
    THING.draw(pen, run, place, t, view);
    if (run.looks(place.part, t)?.letter === "✕") drawPlug(pen, place.x + place.w - 34, place.y + place.h);
  },
  story(run, part, t) {
    const gone = absent(run, part, t);
    if (gone) return gone;
    const name = run.nameOf(part);
    const bad = run.looks(part, t)?.letter !== "S" ? sinceWhen(run, part, t) : [];
    if (!run.calls.some) return bad;
    if (run.parts[part].attributes.slots === undefined) {
      const working = run.calls.held(part, t).filter((row) => !run.calls.waitsFor(row, t).length).length;
      return [...bad, `${name} is at work on ${countOf(working, "order")}, in the one process.`];
    }
    const { all, held, line } = slotsOf(run, part, t);
    const waits = waitedFor(run, held, t);
    const why = waits.length ? `: ${waits.join(", ")}` : "";
    const what = run.calls.hasMessages(part) ? "message" : "call";
    const taken = `${name}: ${held.length} of ${all} slots are taken${why}.`;
    return [...bad, `${taken} ${countOf(line.length, what)} in line${inVain(run, line, t)}.`];
  },
};
