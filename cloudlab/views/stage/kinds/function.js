// A function: a row of stalls, one for each environment that is there.
//
// A stall's awning is hatched while it starts (I), solid while it runs, and pale when it is idle (Z).

import { doneOf } from "../looks.js";
import { absent } from "../thing.js";
import { countOf, numberOf } from "../words.js";

/** @import { Kind } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

const STALLS = 4; // in a row; twice as many small ones

/** @type {Record<string, string>} */
const LETTERS = { init: "I", running: "R", idle: "Z" };

/**
 * The environments of a function at t.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const stallsAt = (run, part, t) => run.childrenOf(part).filter((child) => run.isThere(child, t));

/**
 * How many of these environments are in each state.
 *
 * @param {Run} run
 * @param {number[]} stalls
 * @param {number} t
 */
function statesOf(run, stalls, t) {
  const states = stalls.map((stall) => run.state(stall, "environment", t)?.state);
  /** @param {string | undefined} state */
  const many = (state) => states.filter((one) => one === state).length;
  return { init: many("init"), running: many("running"), idle: many("idle") };
}

/**
 * The most that are there at once.
 *
 * @param {Run} run
 * @param {number} part
 */
function mostStalls(run, part) {
  const children = run.childrenOf(part);
  return Math.max(1, ...children.map((child) => stallsAt(run, part, run.parts[child].born).length));
}

/**
 * @param {Pen} pen
 * @param {string} letter
 * @param {number} done how far its ring is
 */
function drawStall(pen, letter, done) {
  const { c } = pen;
  const [fill, edge] = { I: [c.bootTint, c.bootEdge], R: [c.ok, c.ok] }[letter] ?? [c.okTint, c.ok];
  pen.rect(-25, -10, 50, 38, [0, 0, 6, 6], { fill: c.raised, edge });
  pen.path(
    [
      [-26, -28],
      [26, -28],
      [32, -14],
      [-32, -14],
    ],
    { fill, edge },
  );
  if (letter === "I") pen.hatch(-28, -28, 56, 14, 3, c.boot, 8, 3);
  for (let scallop = 0; scallop < 4; scallop += 1) {
    pen.context.beginPath();
    pen.context.arc(-24 + 16 * scallop, -14, 8, 0, Math.PI);
    pen.finish({ fill, edge });
  }
  const ring = { R: c.request, I: c.bootEdge }[letter] ?? c.edge;
  pen.ring(0, 10, 10, done, ring, 3.2);
  if (letter === "R") pen.disc(0, 10, 4.5, { fill: c.request });
  else pen.text(0, 15, letter, { size: 14, weight: 700, align: "center" });
}

/**
 * The stall of one environment with its middle at (x, y).
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} child
 * @param {number} t
 * @param {{ x: number, y: number, size: number }} where
 */
function drawEnvironment(pen, run, child, t, { x, y, size }) {
  const state = run.state(child, "environment", t);
  const letter = LETTERS[state?.state ?? ""] ?? "Z";
  const passed = state ? doneOf(state, t) : 0;
  pen.context.save();
  pen.context.translate(x, y);
  pen.context.scale(size, size);
  drawStall(pen, letter, state && letter === "Z" ? 1 - passed : passed);
  pen.context.restore();
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function storyOf(run, part, t) {
  const gone = absent(run, part, t);
  if (gone) return gone;
  const stalls = stallsAt(run, part, t);
  const { init, running, idle } = statesOf(run, stalls, t);
  const states = `${init} starting, ${running} running, ${idle} idle`;
  return [`${run.nameOf(part)} has ${countOf(stalls.length, "environment")}: ${states}.`];
}

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  rank: 30,
  size(run, part) {
    const most = mostStalls(run, part);
    return [74 * Math.min(STALLS, most), 68 * Math.min(2, Math.ceil(most / STALLS))];
  },
  draw(pen, run, { part, x, y, w, h }, t) {
    const there = stallsAt(run, part, t);
    const small = there.length > 2 * STALLS;
    const [across, down, size, high] = small ? [2 * STALLS, 4, 0.5, 34] : [STALLS, 2, 1, 68];
    const wide = Math.min(74 * size, w / Math.min(across, Math.max(1, there.length)));
    there.slice(0, across * down).forEach((child, place) => {
      const stallX = x + wide * (place % across) + wide / 2;
      const stallY = y + high * Math.floor(place / across) + 32 * size;
      drawEnvironment(pen, run, child, t, { x: stallX, y: stallY, size });
    });
    const none = { edge: pen.c.edge, line: 2, dash: [5, 4] };
    if (!there.length) pen.rect(x + 4, y + 4, Math.min(w, 66) - 8, Math.min(h, 68) - 12, 8, none);
    const more = there.length - across * down;
    if (more > 0) pen.text(x + w + 6, y + h / 2 + 6, `+ ${more}`, { weight: 600 });
  },
  numbers(run, t) {
    const functions = run.ofKind("function");
    const { init, running, idle } = statesOf(
      run,
      functions.flatMap((part) => stallsAt(run, part, t)),
      t,
    );
    return [
      { glyph: "boot", words: "Starting", value: numberOf(init) },
      { glyph: "ok", words: "Running", value: numberOf(running) },
      { glyph: "open", words: "Idle", value: numberOf(idle) },
    ];
  },
  sentence: (run, t) =>
    run
      .ofKind("function")
      .flatMap((part) => storyOf(run, part, t))
      .join(" "),
  level(run, t) {
    if (run.lanes.size) return null;
    const stalls = run.ofKind("function").flatMap((part) => stallsAt(run, part, t));
    return { words: "environments", value: stalls.length };
  },
  story: storyOf,
};
