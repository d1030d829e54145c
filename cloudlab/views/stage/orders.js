// Orders: requests that set off calls. How many are sold, lost and late at a moment, where one of them is,
// and how slots and lines of those who are called are drawn. Read `slotsOf` and `orderStory` first.

import { ENDED } from "./calls.js";
import { drawLine, hitLine } from "./shapes.js";
import { upTo } from "./sorted.js";
import { clockOf, countOf, numberOf, secondsOf } from "./words.js";

/** @import { Place, Room, Story, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const LATE = 10; // seconds after its order from when on what a message brings about is late
const SOONER = 1e-3; // seconds; that a caller gave up is told before the error that follows on it
const SLOT = 18; // pixels of a slot, and what is between two
const FEW_BEADS = 6; // in a line; more are capsules

/** @typedef {{ all: number, held: number[], line: number[] }} Slots calls that hold one, and calls in line */

/**
 * The slots of a part at t. In one process they are held by orders, and the calls of these are those to its
 * first component.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {Slots}
 */
export function slotsOf(run, part, t) {
  const { slots, attributes } = run.parts[part];
  const instances = run.level(part, "Instances", t, attributes.instances ?? 1);
  const entry = run.calls.to.has(part) ? part : (run.childrenOf(part)[0] ?? part);
  return { all: slots * instances, held: run.calls.held(entry, t), line: run.calls.line(entry, t) };
}

// Counts

/**
 * @param {Run} run
 * @param {number} t
 */
export const lostAt = (run, t) => run.lost(t);

/**
 * @param {Run} run
 * @param {number} t
 */
export const soldAt = (run, t) => upTo(run.answers, t) * run.every - run.lost(t);

/** @type {WeakMap<Run, Float64Array>} */
const lates = new WeakMap();

/**
 * How many orders are late: of what a message was left for, not all was done in time.
 *
 * @param {Run} run
 * @param {number} t
 */
export function lateAt(run, t) {
  if (!lates.has(run)) lates.set(run, lateTimes(run));
  return upTo(lates.get(run) ?? [], t);
}

/** @param {Run} run */
function lateTimes(run) {
  const { calls } = run;
  /** @type {number[]} */
  const found = [];
  for (const [order, rows] of calls.of) {
    /** @type {Map<number, number>} */
    const done = new Map();
    for (const row of rows.filter((one) => calls.isMessage(one))) {
      const good = calls.status[row] === ENDED.OK || calls.status[row] === ENDED.LATE;
      const part = calls.service[row];
      done.set(part, Math.min(good ? calls.ended[row] : Infinity, done.get(part) ?? Infinity));
    }
    const due = run.arrived[order] + LATE;
    if ([...done.values()].some((end) => end > due)) found.push(due);
  }
  return Float64Array.from(found).sort();
}

/**
 * How many calls of a line nobody waits for: their orders are over, and they are worked on all the same.
 *
 * @param {Run} run
 * @param {number[]} line
 * @param {number} t
 */
export function inVain(run, line, t) {
  const over = line.filter((row) => !run.calls.isMessage(row) && run.answered[run.calls.order[row]] <= t);
  return over.length ? `, ${numberOf(over.length)} of them for orders that are over` : "";
}

/**
 * Who is in trouble, and what that holds up; '' where all is well.
 *
 * @param {Run} run
 * @param {number} t
 */
export function stuckAt(run, t) {
  /** @type {Record<string, string>} */
  const words = { H: "hangs", "✕": "is down", P: "is deployed" };
  const bad = run.parts.flatMap((_, part) => {
    const looks = run.looks(part, t);
    const slow = looks?.word === "slow" ? "is slow" : "";
    const word = looks ? (words[looks.letter] ?? slow) : "";
    return word && run.calls.some ? [{ part, word }] : [];
  });
  if (!bad.length) return "";
  if (bad.length > 1) return "The whole process is down:";
  const [{ part, word }] = bad;
  const [caller] = holdersFor(run, part, t);
  const wait = caller?.many === 1 ? "waits" : "wait";
  const holds = caller
    ? `, and ${numberOf(caller.many)} of ${caller.all} slots of ${run.nameOf(caller.part)} ${wait} for it`
    : "";
  return `${run.nameOf(part)} ${word}${holds}:`;
}

/**
 * Whose slots wait for a part, straight or through others; the most of them first.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function holdersFor(run, part, t) {
  const owners = run.parts.flatMap(({ attributes }, place) =>
    attributes.slots === undefined ? [] : [place],
  );
  const found = owners
    .filter((one) => one !== part)
    .map((one) => {
      const { all, held } = slotsOf(run, one, t);
      return { part: one, all, many: held.filter((row) => reaches(run, row, part, t)).length };
    });
  return found.filter(({ many }) => many > 0).sort((a, b) => b.many - a.many);
}

/**
 * Whether a call waits for `part`, straight or through others.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} part
 * @param {number} t
 * @returns {boolean}
 */
const reaches = (run, row, part, t) =>
  run.calls.waitsFor(row, t).some((one) => run.calls.service[one] === part || reaches(run, one, part, t));

// The story of an order

/**
 * Where an order is at t, call by call.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 * @returns {Story}
 */
export function orderStory(run, row, t) {
  const number = numberOf(run.number[row] + 1);
  const [came, end] = [run.arrived[row], run.answered[row]];
  const over = end <= t;
  const took = secondsOf(end - came);
  const good = run.status[row] === 0;
  const head = over
    ? `Why was order ${number} ${good ? `sold after ${took}` : "lost"}?`
    : `Where is order ${number}?`;
  const calls = (run.calls.of.get(row) ?? []).filter((one) => run.calls.arrived[one] <= t);
  const told = calls.map((one) => ({ when: toldAt(run, one, t), line: callLine(run, one, t) }));
  const left = calls.filter((one) => run.calls.gaveUp(one) <= t);
  const waits = left.map((one) => ({ when: run.calls.gaveUp(one) - SOONER, line: gaveUpLine(run, one, t) }));
  const lines = [...told, ...waits]
    .sort((a, b) => a.when - b.when)
    .map(({ line }) => line)
    .slice(-7);
  lines.unshift(`It came at ${clockOf(came, run.end)}.`);
  if (over) lines.push(endLine(run, row, good, took));
  return { head, bars: [], lines };
}

/**
 * @param {Run} run
 * @param {number} row
 * @param {boolean} good
 * @param {string} took
 */
function endLine(run, row, good, took) {
  const when = clockOf(run.answered[row], run.end);
  if (good) return `At ${when} it was sold, after ${took}.`;
  return `At ${when} it was lost, after ${took}: ${whyLost(run, row)}.`;
}

/** The code of a request whose caller waits no longer. */
const GAVE_UP = 460;

/** @type {Record<number, string>} */
const FAULTS = {
  [ENDED.REFUSED]: "was down",
  [ENDED.BROKEN]: "went down with it",
  [ENDED.LATE]: "was too slow",
};

/**
 * The part that has slots: the component itself, or the one process that it is in.
 *
 * @param {Run} run
 * @param {number} part
 */
function processOf(run, part) {
  const { parent, attributes } = run.parts[part];
  return attributes.slots === undefined && parent !== null ? parent : part;
}

/**
 * Who is at fault for a lost order: where it stood when its customer left, or who failed last.
 *
 * @param {Run} run
 * @param {number} row
 */
export function whyLost(run, row) {
  const { calls } = run;
  const end = run.answered[row];
  const made = (calls.of.get(row) ?? []).filter((one) => calls.arrived[one] <= end && !calls.isMessage(one));
  /** @param {number} one */
  const process = (one) => run.nameOf(processOf(run, calls.service[one]));
  const stuck = made.filter((one) => calls.ended[one] > end && !calls.waitsFor(one, end).length);
  const [open] = stuck;
  if (open !== undefined && run.statuses[run.status[row]][0] === GAVE_UP) {
    const where =
      calls.started[open] > end
        ? `it stood in line before ${process(open)}`
        : `${run.nameOf(calls.service[open])} kept it`;
    return `its customer left, while ${where}`;
  }
  const failed = made.findLast((one) => calls.status[one] in FAULTS && calls.ended[one] <= end);
  const last = stuck.at(-1);
  if (last !== undefined && (failed === undefined || calls.arrived[last] > calls.arrived[failed])) {
    const tries = stuck.filter((one) => calls.service[one] === calls.service[last]).length;
    return `${run.nameOf(calls.service[last])} did not answer ${countOf(tries, "call")} of it in time`;
  }
  if (failed !== undefined) return `${process(failed)} ${FAULTS[calls.status[failed]]}`;
  return run.statuses[run.status[row]][1];
}

/** @type {Record<number, string>} */
const OVER = {
  [ENDED.OK]: "was done with it",
  [ENDED.FAILED]: "answered with an error, since something that it needed did not work",
  [ENDED.LATE]: "was done with it when its caller waited no longer",
  [ENDED.BROKEN]: "went down with it",
};

/**
 * The moment that the line of a call tells of; those that are still open come last.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 */
function toldAt({ calls }, row, t) {
  if (calls.ended[row] > t) return Infinity;
  const never = calls.status[row] === ENDED.REFUSED || calls.status[row] === ENDED.CUT;
  return never ? calls.arrived[row] : calls.ended[row];
}

/**
 * How long a call that is over stood in line, where that is worth a word.
 *
 * @param {Run["calls"]} calls
 * @param {number} row
 */
function inLine({ arrived, started, ended, status }, row) {
  const stood = Math.min(started[row], ended[row]) - arrived[row];
  return status[row] === ENDED.OK && stood >= 1 ? `, after ${secondsOf(stood)} in line` : "";
}

/**
 * That a caller waited no longer, and what it did then.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 */
function gaveUpLine(run, row, t) {
  const { calls } = run;
  const { parent, service, arrived } = calls;
  const until = calls.gaveUp(row);
  const [caller, callee] = [parent[row], row].map((one) => run.nameOf(service[one]));
  const { seconds } = calls.limits.get(calls.wayOf(row)) ?? { seconds: 0 };
  const later = (calls.made.get(parent[row]) ?? []).some(
    (one) => service[one] === service[row] && arrived[one] > until && arrived[one] <= t,
  );
  const then = later ? ", gave up, and called again" : ", and gave up";
  return `${clockOf(until, run.end)}: ${caller} waited ${secondsOf(seconds)} for ${callee}${then}.`;
}

/**
 * What became of a call by t.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 */
function callLine(run, row, t) {
  const { calls } = run;
  const [came, end, status] = [calls.arrived[row], calls.ended[row], calls.status[row]];
  if (end > t) return openLine(run, row, t);
  const name = run.nameOf(calls.service[row]);
  const at = (/** @type {number} */ time) => clockOf(time, run.end);
  if (status === ENDED.REFUSED) return `${at(came)}: ${name} was down, and nobody took the call.`;
  if (status === ENDED.CUT) return `${at(came)}: the breaker was open, so ${name} was not called.`;
  const message = calls.isMessage(row) ? ", as a message" : "";
  return `${at(end)}: ${name} ${OVER[status]}${message}${inLine(calls, row)}.`;
}

/**
 * Where a call is that isn't over at t.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 */
function openLine(run, row, t) {
  const { calls } = run;
  const name = run.nameOf(calls.service[row]);
  const vain = calls.gaveUp(row) <= t ? ", though nobody waits for it" : "";
  const since = clockOf(calls.started[row] > t ? calls.arrived[row] : calls.started[row], run.end);
  if (calls.started[row] > t) {
    const stands = calls.isMessage(row) ? "a message for it waits" : "it stands in the line";
    return `Since ${since} ${stands} before ${name}${vain}.`;
  }
  const [waits] = calls.waitsFor(row, t).filter((one) => calls.gaveUp(one) > t);
  if (waits !== undefined)
    return `${name} keeps a slot for it since ${since}, and waits for ${run.nameOf(calls.service[waits])}.`;
  const hangs = run.looks(calls.service[row], t)?.letter === "H" ? ", and hangs" : "";
  return `${name} has it since ${since}${hangs}${vain}.`;
}

// Drawing

/**
 * How wide its slots are, or the words that stand in their place.
 *
 * @param {Slots} slots
 * @param {number} room
 */
export const widthOfSlots = ({ all }, room) => (SLOT * all > room ? 72 : SLOT * all);

/** @param {Room} room */
export const roomBefore = ({ width }) => (width < 480 ? 56 : 60);

/**
 * A square for each slot: with a disc it is at work, with a ring it waits for another part, else it is free.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {Slots} slots
 * @param {{ x: number, y: number, room: number }} where they begin, their middle, and how far they may reach
 * @param {number} t
 * @param {View} view
 */
export function drawSlots(pen, run, { all, held }, { x, y, room }, t, view) {
  const { c } = pen;
  if (SLOT * all > room) {
    pen.text(x, y + 5.5, `${held.length} of ${all}`, { colour: held.length ? c.ink : c.muted });
    return;
  }
  for (let slot = 0; slot < all; slot += 1) {
    const left = x + SLOT * slot;
    const row = held[slot];
    const edge = row === undefined ? c.wire : c.request;
    pen.rect(left, y - 7, 14, 14, 4, { fill: c.raised, edge });
    if (row === undefined) continue;
    const waits = run.calls.waitsFor(row, t).length > 0;
    pen.disc(left + 7, y, 3.6, waits ? { edge: c.request, line: 2 } : { fill: c.request });
    const order = run.calls.order[row];
    if (order < run.rows) view.hits.push({ row: order, x: left + 7, y, r: 8 });
  }
}

/**
 * The calls that stand in line before a box: beads, and their number.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number[]} line
 * @param {Place} place of the box, with the middle of its left side
 * @param {View} view
 * @param {boolean} [wired] its way leads through the line
 */
export function drawLineBefore(pen, run, line, { x, y, room, down, stacked }, view, wired = true) {
  if (wired && (!down || stacked)) pen.line(x - room, y, x, y, pen.c.wire); // its way comes from the left
  if (!line.length) return;
  const dx = -(room - 38) / FEW_BEADS;
  const way = { dx, beads: FEW_BEADS, tallest: 30 };
  const reach = drawLine(pen, x - 6, y, line.length, way);
  hitLine(view, x - 6, y, line.length, way, (most) => line.slice(0, most).map((row) => run.calls.order[row]));
  const style = { size: 16, weight: 600, align: "right", halo: pen.c.ground };
  pen.text(x - 10 - reach, y + 6, numberOf(line.length), style);
}

/**
 * A queue before a box: an open-fronted rack.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 */
export function drawRack(pen, x, y, w, h) {
  pen.path(
    [
      [x + w, y],
      [x + 6, y],
      [x, y + 6],
      [x, y + h - 6],
      [x + 6, y + h],
      [x + w, y + h],
    ],
    { fill: pen.c.raised, edge: pen.c.edge },
    false,
  );
}
