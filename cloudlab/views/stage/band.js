// The elastic band: a fleet alone, its tiles on a ruler, what it wants, and what was asked of it.

import { cellsOf, clippedAt, shownWish } from "./fleet.js";
import { drawBand, drawFlag, drawPeg, drawSpring } from "./ruler.js";
import { NARROW } from "./sizes.js";
import { drawTile } from "./tiles.js";
import { clamp, clockOf, easeOut, numberOf } from "./words.js";

/** @import { DrawScene, Member, Plan, Room, View } from "./contract.js" */
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
  const flag = at(Math.min(shownWish(run, t, view), cells));
  drawBandTitle(pen, plan, run, members, flag);
  drawMembers(pen, plan, run, t, members, ruler - 63, view);
  drawBand(pen, at, ruler, cells, low, high);
  const { prediction } = view;
  const guess = prediction ? at(clamp(prediction.value, 0, cells)) : FAR;
  /** @type {[number, string][]} */
  const ends = [
    [low, "min"],
    [high, "max"],
  ];
  for (const [n, words] of low === high ? [[low, "min = max"]] : ends) {
    const x = at(Math.min(Number(n), cells));
    if (Math.abs(x - guess) > 24) pen.text(x, ruler + 47, String(words), { weight: 600, align: "center" });
  }
  drawWish(pen, plan, run, t, flag);
  drawLosses(pen, plan, run, t, view);
  if (!prediction) return;
  const beyond = prediction.value > cells ? " →" : "";
  drawPeg(pen, guess, ruler + 22, `${prediction.words} ${numberOf(prediction.value)}${beyond}`);
}

/**
 * The fleet's name, and how its members are: beside it, or above it where the flag is in the way.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {Member[]} members
 * @param {number} flag
 */
function drawBandTitle(pen, plan, run, members, flag) {
  const { pad, width } = plan;
  const muted = { colour: pen.c.muted };
  const name = `${run.ruler?.word} “${run.parts[Number(run.fleet)].name}”`;
  const words = stateWords(members);
  pen.text(pad, 50, name, { weight: 600 });
  const after = pad + pen.wide(name, 16, 600) + 12;
  if (after + pen.wide(words) < flag - 8 || flag < pad + 8) pen.text(after, 50, words, muted);
  else pen.text(pad, 24, pen.fit(words, width - pad - 20), muted);
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
 * @param {number} x of the flag
 */
function drawWish(pen, plan, run, t, x) {
  const { c } = pen;
  const words = `desired ${numberOf(run.ruled("wish", t))}`;
  const leftward = x + pen.wide(words, 16, 600) + 40 > plan.width - 8;
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
  else pen.text(plan.width - 20, plan.height - 14, pen.fit(told.join(" "), plan.width - 40), muted);
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

/**
 * The last one that was killed lies below its cell.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawLosses(pen, plan, run, t, view) {
  const killed = run.memberParts.flatMap((part) => {
    const state = run.state(part, "application", t);
    return state?.state === "killed" ? [{ part, time: state.time }] : [];
  });
  const [last] = killed.sort((a, b) => b.time - a.time);
  if (!last) return;
  const made = run.parts[last.part];
  const size = Math.min(52, plan.tile);
  const [x, y] = [plan.at(Number(made.place) + 0.5), plan.ruler + 78];
  const peg = view.prediction ? plan.at(view.prediction.value) : FAR;
  if (Math.abs(peg - x) < 90) return;
  const age = view.motion ? clamp((t - last.time) / view.sim(300), 0, 1) : 1;
  drawFallen(pen, x, y, size, age);
  const told = [`${made.name}, killed at ${clockOf(last.time, run.end)}`, standIn(run, last.part, t)];
  const leftward = x > plan.width / 2 || x - size / 2 - 12 - pen.wide(told[0]) > 8;
  const align = leftward ? "right" : "left";
  const beside = leftward ? x - size / 2 - 14 : x + size / 2 + 14;
  const { c } = pen;
  told.forEach((line, row) =>
    pen.text(beside, y - 2 + 21 * row, line, { align, colour: row ? c.muted : c.ink, halo: c.ground }),
  );
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {number} age a share of its fall
 */
function drawFallen(pen, x, y, size, age) {
  const { context } = pen;
  context.save();
  context.globalAlpha = age;
  context.translate(x, y - 24 * (1 - easeOut(age)));
  context.rotate((-9 * Math.PI) / 180);
  pen.rect(-size / 2, -size / 2, size, size, 8, { fill: pen.c.failTint, edge: pen.c.fail, line: 2 });
  pen.cross(0, 0, size * 0.2, 3);
  context.restore();
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
