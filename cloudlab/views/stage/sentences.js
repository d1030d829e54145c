// One sentence about a moment of servers, and about two runs side by side. A screen reader hears the same.

import { agree, capital, countOf, numberOf, secondsOf, waitOf } from "./words.js";

/** @import { LaneNow, Percentiles } from "./contract.js" */
/** @import { Run } from "./run.js" */

/**
 * What is known of the servers at a moment.
 *
 * @typedef {{ run: Run, t: number, lanes: LaneNow[], waiting: number, together: Percentiles }} Servers
 */

/**
 * The first rule that has something to say speaks.
 *
 * @type {((servers: Servers) => string | null)[]}
 */
const ABOUT = [aboutDead, aboutOneLine, aboutOneServer, aboutShares];

/**
 * @param {Run} run
 * @param {number} t
 */
export function serversSentence(run, t) {
  const lanes = run.sorted.map((part) => run.lane(part, t));
  const servers = { run, t, lanes, waiting: run.waiting(t), together: run.times.at(t) };
  for (const rule of ABOUT) {
    const said = rule(servers);
    if (said) return said;
  }
  return null;
}

/** @param {Servers} servers */
function aboutDead({ run, t, lanes }) {
  const dead = lanes.find((lane) => lane.lost && run.looks(lane.part, t)?.letter === "✕");
  if (!dead) return null;
  const lost = `${countOf(dead.lost, "request")} sent there ${agree(dead.lost, "is", "are")} lost`;
  return `${run.nameOf(dead.part)} is dead: ${lost}.`;
}

/** @param {Servers} servers */
function aboutOneLine({ run, waiting }) {
  if (run.shared === null) return null;
  return `One line for all: ${waitOf(waiting)}, and the next free server takes the first.`;
}

/** @param {Servers} servers */
function aboutOneServer({ lanes, waiting, together }) {
  if (lanes.length !== 1) return null;
  const line = `${capital(waitOf(waiting))} in line.`;
  if (!together.n) return line;
  const { p50, p95 } = together;
  return `${line} Half took at most ${secondsOf(p50)}, one in 20 longer than ${secondsOf(p95)}.`;
}

/** @param {Servers} servers */
function aboutShares({ run, lanes, waiting }) {
  const got = sharesOf(lanes.map((lane) => lane.sent));
  const longest = lanes.reduce((a, b) => (b.waiting > a.waiting ? b : a));
  const most = waiting >= 6 && longest.waiting >= 0.6 * waiting;
  if (!most) return `${got} ${capital(waitOf(waiting))}.`;
  const share = `${numberOf(longest.waiting)} of the ${numberOf(waiting)} that wait`;
  return `${got} ${run.nameOf(longest.part)} holds ${share}.`;
}

/** @param {number[]} counts */
function sharesOf(counts) {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  if (low === high) return `Each server got ${numberOf(low)} requests.`;
  if (high - low < 2) return `Each server got ${numberOf(low)} or ${numberOf(high)} requests.`;
  return `The servers got ${numberOf(low)} to ${numberOf(high)} requests.`;
}

/**
 * Two runs of the same luck: what the second changes; null where that can't be said yet.
 *
 * @param {Run[]} runs
 * @param {number} t
 */
export function compareSentence(runs, t) {
  if (t <= 0) return "The same luck twice, with another setting. Press Play.";
  const { teller } = runs[runs.length - 1];
  if (teller) return teller.compare(runs, t);
  const [before, after] = runs.map((run) => run.times.at(Math.min(t, run.end)));
  const [one, other] = runs.map((run) => run.waiting(Math.min(t, run.end)));
  if (!before.n || !after.n) return null;
  const setting = runs[1].label || "the second setting";
  const wait = `${numberOf(other)} wait instead of ${numberOf(one)}`;
  return `The same requests, with ${setting}: ${changeOf(before.p95, after.p95)}, and ${wait}.`;
}

/**
 * @param {number} before
 * @param {number} after
 */
function changeOf(before, after) {
  if (after < 0.9 * before) return `p95 falls from ${numberOf(before)} to ${secondsOf(after)}`;
  if (after > 1.1 * before) return `p95 rises from ${numberOf(before)} to ${secondsOf(after)}`;
  return `p95 stays about the same, ${secondsOf(after)}`;
}
