// The elastic band: a fleet alone, its tiles on a ruler, what it wants, and what was asked of it.

import { cellsOf, clippedAt, shownWish } from "./fleet.js";
import { isKnown, pegWords } from "./guess.js";
import { Labels, middleFor } from "./labels.js";
import { drawBand, drawFlag, drawMiss, drawPeg, drawSpring, flagWidth } from "./ruler.js";
import { NARROW } from "./sizes.js";
import { drawTile } from "./tiles.js";
import { clamp, clockOf, easeOut, numberOf } from "./words.js";

/** @import { DrawScene, Guess, Member, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const FAR = -999; // where nothing is, so that nothing is near it

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function bandPlan(run, { width }) {
  const cells = cellsOf(run);
  const small = width < NARROW;
  const pad = small ? 30 : 64;
  const cell = Math.min(74, (width - pad - (small ? pad : 100)) / cells);
  return {
    draw: drawBandScene,
    width,
    height: small ? 330 : 300,
    cells,
    pad,
    small,
    tile: Math.min(64, cell - 8),
    ruler: 179,
    at: (/** @type {number} */ n) => pad + n * cell,
  };
}

/** @type {DrawScene} */
function drawBandScene(pen, plan, run, t, view) {
  const { at, ruler, cells } = plan;
  const [low, high] = [run.ruled("low", t), run.ruled("high", t)];
  const members = run.members(t);
  const flag = flagOf(pen, plan, run, t, at(Math.min(shownWish(run, t, view), cells)));
  const fallen = fallenAt(plan, run, t, view);
  const staying = members.filter(({ part }) => part !== fallen?.part);
  drawBandTitle(pen, plan, run, members, flag);
  drawMembers(pen, plan, run, t, staying, ruler - 63, view);
  drawBand(pen, at, ruler, cells, low, high);
  drawWish(pen, plan, run, t, flag);
  const labels = new Labels(pen, plan.width);
  const guess = drawGuess(pen, plan, run, t, labels, view.prediction);
  drawEnds(plan, labels, low, high, guess);
  if (view.prediction) view.peg = { x: guess, y: ruler + 32 };
  if (fallen) drawFallen(pen, plan, run, t, labels, fallen, view);
}

/**
 * The words below the two handles: beside the peg where it stands in their way.
 *
 * @param {Plan} plan
 * @param {Labels} labels
 * @param {number} low
 * @param {number} high
 * @param {number} guess where the peg stands
 */
function drawEnds({ at, ruler, cells }, labels, low, high, guess) {
  const y = ruler + 47;
  /** @type {[number, string][]} */
  const ends = [
    [low, "min"],
    [high, "max"],
  ];
  for (const [n, words] of low === high ? [ONE_END(low)] : ends) {
    const x = at(Math.min(n, cells));
    const middle = { x: middleFor(labels.pen, words, x, labels.width), y, align: "center" };
    const [left, right] = [
      { x: x + 15, y, align: "right" },
      { x: x - 15, y },
    ]; // of two handles that stand side by side
    const beside = [
      { x: guess - 14, y, align: "right" },
      { x: guess + 14, y },
    ];
    const spots = words === "max" ? [middle, right, beside[1], beside[0]] : [middle, left, ...beside];
    labels.write(words, spots, { weight: 600 });
  }
}

/** @type {(n: number) => [number, string]} */
const ONE_END = (n) => [n, "min = max"];

/**
 * The peg of what was predicted, its words, and at the end how far off it is. Returns where it stands.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Labels} labels
 * @param {Guess | null} guess
 */
function drawGuess(pen, { at, ruler, cells, width }, run, t, labels, guess) {
  if (!guess) return FAR;
  const x = at(clamp(guess.value, 0, cells));
  const known = isKnown(guess, t, run.end);
  const beyond = guess.value > cells && !known ? " →" : "";
  const words = `${pegWords(guess, known)}${beyond}`;
  if (known) drawMiss(pen, x, at(clamp(Number(guess.came), 0, cells)), ruler + 26);
  drawPeg(pen, x, ruler + 22);
  labels.keep(x - 11, ruler + 20, x + 11, ruler + 46);
  const middle = { x: middleFor(pen, words, x, width), y: ruler + 67, align: "center" };
  labels.write(words, [middle], { weight: 600, colour: pen.c.requestText });
  return x;
}

/**
 * The flag of what the fleet wants: where it stands, what it says, and from where to where its cloth reaches.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {number} x
 */
function flagOf(pen, plan, run, t, x) {
  const words = `desired ${numberOf(run.ruled("wish", t))}`;
  const wide = flagWidth(pen, words);
  const leftward = x + wide + 6 > plan.width - 8;
  return { x, words, leftward, left: leftward ? x - wide : x, right: leftward ? x : x + wide };
}

/** @typedef {ReturnType<typeof flagOf>} Flag */

/**
 * The fleet's name, and how its members are: in the row of the flag, or above it where that is in the way.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {Member[]} members
 * @param {Flag} flag
 */
function drawBandTitle(pen, plan, run, members, flag) {
  const { pad, width } = plan;
  const muted = { colour: pen.c.muted };
  const name = `${run.ruler?.word} “${run.parts[Number(run.fleet)].name}”`;
  const words = stateWords(members);
  const after = pad + pen.wide(name, 16, 600) + 12;
  /** @param {number} end */
  const clear = (end) => end < flag.left - 8 || pad > flag.right + 8;
  const row = clear(after - 12) ? 50 : 24;
  pen.text(pad, row, name, { weight: 600 });
  if (row === 24) pen.text(after, 24, pen.fit(words, width - after - 12), muted);
  else if (clear(after + pen.wide(words))) pen.text(after, 50, words, muted);
  else pen.text(pad, 24, pen.fit(words, width - pad - 12), muted);
}

const STATES = [
  { letters: ["S", "-"], words: "in service" },
  { letters: ["P"], words: "pending" },
  { letters: ["D", "T"], words: "ending" },
  { letters: ["✕"], words: "failed" },
];

/** @param {Member[]} members */
function stateWords(members) {
  const told = STATES.flatMap(({ letters, words }) => {
    const many = members.filter(({ letter }) => letters.includes(letter)).length;
    return many ? [`${many} ${words}`] : [];
  });
  return told.join(", ") || "no instance";
}

/**
 * What the fleet wants; and while an ask is clipped, what was asked for.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Flag} flag
 */
function drawWish(pen, plan, run, t, { x, words, leftward }) {
  const { c } = pen;
  const flag = drawFlag(pen, x, plan.ruler - 21, 124, words, leftward);
  const clipped = clippedAt(run, t);
  if (!clipped) return;
  const { by, asked, granted } = clipped;
  const limit = asked > granted ? "max" : "min";
  const told = [`${by} asked for ${numberOf(asked)},`, `${limit} lets it have ${numberOf(granted)}`];
  const [start, end] = [Math.max(flag.tip, x), plan.width - 40];
  if (asked > granted && end - start > 60) drawSpring(pen, start + 2, flag.y, end, numberOf(asked));
  if (asked < granted && flag.tip + 240 < plan.width) {
    told.forEach((line, row) => pen.text(flag.tip + 14, flag.y - 4 + 21 * row, line, { colour: c.muted }));
    return;
  }
  const muted = { colour: c.muted, align: "right" };
  const clear = Math.max(...run.members(t).map((member) => plan.at(member.place + 1)), 0) + 12;
  const room = plan.width - 24 - Math.max(...told.map((line) => pen.wide(line)));
  if (clear < room)
    told.forEach((line, row) => pen.text(plan.width - 24, flag.y + 38 + 21 * row, line, muted));
  else if (plan.small)
    pen.text(plan.width - 20, plan.height - 12, pen.fit(told.join(" "), plan.width - 40), muted);
  else pen.text(plan.width - 24, 24, told.join(" "), muted);
}

/**
 * The tiles; a failed one has tilted.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Member[]} members
 * @param {number} y
 * @param {View} view
 */
export function drawMembers(pen, plan, run, t, members, y, view) {
  const size = plan.tile;
  for (const member of members) {
    const { name } = run.parts[member.part];
    const x = plan.at(member.place + 0.5);
    const [left, top] = [x - size / 2, y - size / 2];
    if (view.selected === member.part)
      pen.rect(left - 4, top - 4, size + 8, size + 8, 12, { edge: pen.c.request, line: 3 });
    if (member.letter === "✕") {
      const age = view.motion ? clamp((t - member.since) / view.sim(300), 0, 1) : 1;
      pen.context.save();
      pen.context.translate(x, y);
      pen.context.rotate((9 * Math.PI * easeOut(age)) / 180);
      drawTile(pen, 0, 0, size, member, name);
      pen.context.restore();
    } else drawTile(pen, x, y, size, member, name);
    view.places.push({ part: member.part, x: left, y: top, width: size, height: size });
  }
}

/** @typedef {{ part: number, time: number, x: number, y: number, size: number, age: number }} Fallen */

/**
 * The last one that was killed lies below its cell, and so it stands there no more.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @returns {Fallen | null}
 */
function fallenAt(plan, run, t, view) {
  const killed = run.memberParts.flatMap((part) => {
    const state = run.state(part, "application", t);
    return state?.state === "killed" ? [{ part, time: state.time }] : [];
  });
  const [last] = killed.sort((a, b) => b.time - a.time);
  if (!last) return null;
  const [size, below] = view.prediction ? [40, 94] : [52, 80]; // below the words of the peg
  const fall = Math.min(view.sim(300), 0.9); // a still picture a second later shows where it lies
  const age = view.motion ? clamp((t - last.time) / fall, 0, 1) : 1;
  const y = plan.ruler - 63 + (below + 63) * easeOut(age);
  return { ...last, x: plan.at(Number(run.parts[last.part].place) + 0.5), y, size, age };
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {Labels} labels
 * @param {Fallen} fallen
 * @param {View} view
 */
function drawFallen(pen, plan, run, t, labels, { part, time, x, y, size, age }, view) {
  const { context, c } = pen;
  const half = size / 2;
  const chosen = view.selected === part ? { edge: c.request, line: 3 } : { edge: c.fail, line: 2 };
  context.save();
  context.translate(x, y);
  context.rotate((-9 * Math.PI * easeOut(age)) / 180);
  pen.rect(-half, -half, size, size, 8, { fill: c.failTint, ...chosen });
  pen.cross(0, 0, size * 0.2, 3);
  context.restore();
  view.places.push({ part, x: x - half, y: y - half, width: size, height: size });
  const { name } = run.parts[part];
  const lines = [`${name}, killed at ${clockOf(time, run.end)}`, standIn(run, part, t)];
  const [right, left] = [x + half + 12, x - half - 12];
  const least = Math.max(...lines.map((line) => pen.wide(line))) + 8;
  const rightward = x < plan.width / 2 ? left < least : right + least < plan.width;
  lines.forEach((line, row) => {
    const base = plan.ruler + 87 + 21 * row;
    const spot = rightward ? { x: right, y: base } : { x: left, y: base, align: "right" };
    labels.write(line, [spot], { colour: row ? c.muted : c.ink, halo: c.ground });
  });
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function standIn(run, part, t) {
  const { place, born } = run.parts[part];
  const next = run.memberParts.find((other) => {
    const made = run.parts[other];
    return other !== part && made.place === place && made.born > born && made.born <= t;
  });
  return next === undefined ? "" : `${run.parts[next].name} takes its place`;
}
