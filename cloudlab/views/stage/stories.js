// Stories: what Ask why tells of a request, a part, a message or a moment. A screen reader hears the same.

import { GOOD } from "./lane.js";
import { DEAD } from "./looks.js";
import { sentenceAt } from "./subjects.js";
import { capital, clockOf, countOf, numberOf, secondsOf, spanOf, waitOf } from "./words.js";

/** @import { Ask, Move, Story } from "./contract.js" */
/** @import { Run } from "./run.js" */

// A request

/**
 * What is known of a request, in words and numbers.
 *
 * @param {Run} run
 * @param {number} row
 */
function factsOf(run, row) {
  const [came, start, end] = [run.arrived[row], run.started[row], run.answered[row]];
  const target = run.target[row];
  const [code, reason] = run.statuses[run.status[row]];
  const begun = start < Infinity && start <= end;
  return {
    name: run.lanes.has(target) ? run.nameOf(target) : "no server",
    number: numberOf(run.number[row] + 1),
    came,
    start,
    end,
    begun,
    open: end > run.end,
    good: run.status[row] === GOOD,
    outcome: `${code}: ${reason}`,
    ...timesOf(Math.min(end, run.end) - came, Math.max(0, Math.min(run.leftLine(row), run.end) - came)),
    speed: run.lanes.has(target) ? run.speed(target, came) : 1,
    dead: run.shared === null && run.lanes.has(target) && run.looks(target, came)?.letter === "✕",
    noticed: run.state(target, "target", came)?.state === "unhealthy",
    died: diedAt(run, target, came, end),
  };
}

/**
 * How long it took, and how that adds up from waiting and work: all rounded to the place that shows them.
 *
 * @param {number} took
 * @param {number} wait
 */
function timesOf(took, wait) {
  const work = Math.max(0, took - wait);
  let decimals = [100, 10].filter((limit) => took < limit).length;
  /** @param {number} amount */
  const rounded = (amount) => Math.round(amount * 10 ** decimals);
  const lacks = () => (wait > 0 && !rounded(wait)) || (work > 0 && rounded(took) <= rounded(wait));
  while (decimals < 6 && lacks()) decimals += 1; // so that nothing that was is told as 0
  const [size, whole, waited] = [10 ** decimals, rounded(took), rounded(wait)];
  /** @param {number} amount */
  const told = (amount) => {
    const places = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return `${(amount / size).toLocaleString("en-US", places)} s`;
  };
  const words = { took: told(whole), wait: told(waited), work: told(whole - waited) };
  return { took, wait, work, words };
}

/**
 * When its server died while it waited or was worked on, or null.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} since
 * @param {number} until
 */
function diedAt(run, part, since, until) {
  const entries = run.states.get(`${part} application`)?.entries ?? [];
  const died = entries.find(({ time, state }) => time > since && time <= until && DEAD.includes(state));
  return died ? died.time : null;
}

/** @typedef {ReturnType<typeof factsOf>} Facts */

/**
 * @param {Run} run
 * @param {number} row
 * @param {number} [t] the moment
 * @returns {Story}
 */
export function requestStory(run, row, t = run.end) {
  if (run.teller) return run.teller.story(run, row, t);
  const facts = factsOf(run, row);
  const { wait, work, words } = facts;
  const lines = [
    howItCame(run, row, facts),
    howItBegan(run, facts),
    howItEnded(run, facts),
    whySlow(run, facts),
    ...afterwards(run, row, t),
  ];
  return {
    head: questionOf(facts),
    bars: [
      {
        kind: "wait",
        seconds: wait,
        words: `${words.wait} ${facts.dead ? "without an answer" : "in line"}`,
      },
      { kind: "work", seconds: work, words: `${words.work} work` },
    ],
    lines: lines.filter((line) => line !== ""),
  };
}

/**
 * What became of the message that an answered request became.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 */
function afterwards(run, row, t) {
  const message = run.became.get(row);
  if (message === undefined || run.answered[row] > t) return [];
  const [first, ...others] = linesOfMessage(run, message, t);
  return first === undefined ? [] : [`Then it was message ${message}.`, first, ...others];
}

/** @param {Facts} facts */
function questionOf({ open, good, number, words }) {
  if (open) return `Why is request ${number} not answered?`;
  return good ? `Why did request ${number} take ${words.took}?` : `Why did request ${number} fail?`;
}

/**
 * @param {Run} run
 * @param {number} row
 * @param {Facts} facts
 */
function howItCame(run, row, { name, came, dead }) {
  if (dead) return `It came at ${clockOf(came, run.end)} and was sent to ${name}, which was dead.`;
  const ahead = aheadOf(run, row);
  const where = run.shared === null ? `the line of ${name}` : "the one line";
  const how = ahead ? `joined ${where} behind ${countOf(ahead, "other")}` : `found ${name} free`;
  return `It came at ${clockOf(came, run.end)} and ${how}.`;
}

/**
 * How many stood or worked before it on its server when it came.
 *
 * @param {Run} run
 * @param {number} row
 */
function aheadOf(run, row) {
  const t = run.arrived[row];
  if (run.shared !== null) return Math.max(0, run.waiting(t) - 1);
  const lane = run.laneOrNone(run.target[row], t);
  return lane ? Math.max(0, lane.waiting + lane.atWork.length - 1) : 0;
}

/**
 * @param {Run} run
 * @param {Facts} facts
 */
const howItBegan = (run, { name, start, begun }) =>
  begun && start <= run.end ? `${name} began to work on it at ${clockOf(start, run.end)}.` : "";

/**
 * @param {Run} run
 * @param {Facts} facts
 */
function howItEnded(run, { open, good, end, outcome }) {
  if (open) return "At the end of this run it is not answered yet.";
  const when = `At ${clockOf(end, run.end)} it`;
  return good ? `${when} was answered.` : `${when} ended with ${outcome}.`;
}

/**
 * @param {Run} run
 * @param {Facts} facts
 */
function whySlow(run, { name, speed, wait, work, dead, noticed, died, good }) {
  if (dead && !good && noticed) return "It was known to be dead, but no other server was known to be well.";
  if (dead && !good) return "The server was dead, and nobody had noticed yet: so it still got its share.";
  if (died !== null && !good) return `${name} died at ${clockOf(died, run.end)}, before it was done.`;
  if (speed !== 1) {
    const pace = speed === 0.5 ? "half its speed" : `${numberOf(speed)} times its speed`;
    return `${name} works at ${pace}, so each request takes longer and the line grows.`;
  }
  const stood = wait > 3 * work && wait > 0;
  return stood ? `Most of its time it stood in line: ${name} was busy with others.` : "";
}

// A part

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {Story}
 */
export function partStory(run, part, t) {
  const told = run.notes.filter(([time, about]) => about === part && time <= t).slice(-3);
  const notes = told.map(([time, , , text]) => `${clockOf(time, run.end)}: ${text}`);
  const server = run.lanes.has(part) ? serverLines(run, part, t) : [];
  const lines = [...run.kindOf(part).story(run, part, t), ...server, ...notes];
  return { head: `What about ${run.nameOf(part)}?`, bars: [], lines };
}

/**
 * What a server does, whatever its kind is.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function serverLines(run, part, t) {
  const { sent, waiting, atWork, lost, busy, times } = run.lane(part, t);
  const speed = run.speed(part, t);
  const working = atWork.filter((row) => run.answered[row] > t).length; // others were given up
  const done = run.bins ? "" : `${numberOf(times.n)} done, `; // of a sampled run only some are seen
  const lostWords = lost ? `, ${numberOf(lost)} lost` : "";
  const pace = speed === 1 ? "" : `, at ${numberOf(speed)} times its speed`;
  const share = `${Math.round(100 * busy)} % of the last ${spanOf(run.window).replace(/^1 min$/, "minute")}`;
  const lines = [
    `It got ${countOf(sent, "request")}: ${done}${waitOf(waiting)}, ${working} at work${lostWords}.`,
    `It was busy for ${share}${pace}.`,
  ];
  if (!times.n) return lines;
  const most = `one in 20 longer than ${secondsOf(times.p95)}`;
  return [...lines, `Half of its requests took at most ${secondsOf(times.p50)}, ${most}.`];
}

// A message

/** @type {Record<number, string>} */
const ORDINALS = { 2: "second", 3: "third" };

/**
 * Each of its moves up to t.
 *
 * @param {Run} run
 * @param {number} message
 * @param {number} t
 * @returns {Story}
 */
export function messageStory(run, message, t) {
  const row = run.was.get(message);
  const lines = linesOfMessage(run, message, t);
  const asks = run.tales[message] ? "What became of" : "Where has";
  const head = `${asks} message ${message}${run.tales[message] ? "?" : " been?"}`;
  if (row === undefined) return { head, bars: [], lines };
  const [came, answered] = [run.arrived[row], run.answered[row]].map((time) => clockOf(time, run.end));
  const first = `${came}: somebody asked; ${run.nameOf(run.target[row])} answered at ${answered}.`;
  return { head, bars: [], lines: [first, ...lines] };
}

/**
 * What happened to a message up to t, a line each.
 *
 * @param {Run} run
 * @param {number} message
 * @param {number} t
 */
function linesOfMessage(run, message, t) {
  const tale = run.tales[message];
  if (tale) {
    const told = tale.filter(([time]) => time <= t);
    return told.map(([time, text]) => `${clockOf(time, run.end)}: ${text}`);
  }
  const moves = run.moves.of(message, t).slice(-6);
  return moves.map((move) => `${clockOf(move.time, run.end)}: ${moveWords(run, move)}`);
}

/**
 * @param {Run} run
 * @param {Move} move
 */
function moveWords(run, move) {
  const { time, source, target, until, count } = move;
  if (target === null) {
    const deleted = !run.kindOf(source).shelf && !purgedAt(run, time);
    return `${deleted ? `${run.nameOf(source)} deletes it. It` : "it"} is gone for good.`;
  }
  const ring = until < Infinity ? ` and nobody else sees it for ${secondsOf(until - time)}` : "";
  const back = ring ? null : backWords(run, move);
  if (back) return back;
  const way = source === target ? "somebody takes it" : `from ${run.nameOf(source)} to ${run.nameOf(target)}`;
  const times = count > 1 ? `, for the ${ORDINALS[count] ?? `${count}th`} time` : "";
  return `${way}${times}${ring}.`;
}

/**
 * Whether all messages of a queue were thrown away at that moment.
 *
 * @param {Run} run
 * @param {number} time
 */
const purgedAt = (run, time) =>
  run.notes.some(([moment, , , text]) => moment === time && text.includes(" is purged: "));

/**
 * That a message is visible again and why, or null where it did not come back. Who took it may be no part.
 *
 * @param {Run} run
 * @param {Move} move
 */
function backWords(run, { time, message, source, target }) {
  const shelf = target !== null && run.kindOf(target).shelf;
  const why = shelf && (source === target || !run.kindOf(source).shelf) && whyBack(run, message, time);
  const back = why || source === target || run.leadsBack(source, target);
  return back ? `it is visible again: ${why || "nobody deleted it."}` : null;
}

/**
 * Why a message came back, as a note of that moment says, if there is one.
 *
 * @param {Run} run
 * @param {number} message
 * @param {number} time
 */
function whyBack(run, message, time) {
  const begin = `Message ${message} is visible again: `;
  const note = run.notes.find(([moment, , , text]) => moment === time && text.startsWith(begin));
  return note && note[3].slice(begin.length);
}

// A moment

/**
 * What happened at a moment that was selected on the timeline.
 *
 * @param {Run} run
 * @param {number} time
 * @returns {Story}
 */
export function momentStory(run, time) {
  /** @param {number} moment */
  const near = (moment) => Math.abs(moment - time) <= run.end / 400;
  const notes = run.notes.filter(([moment]) => near(moment)).map(([, , , text]) => text);
  const asks = run.asks.filter(([moment]) => near(moment)).map(askWords);
  const told = [...new Set(notes.length ? notes : asks)].slice(0, 5);
  const head = `What happened at ${clockOf(time, run.end)}?`;
  return { head, bars: [], lines: [...told, sentenceAt(run, time)] };
}

/** @param {Ask} ask */
function askWords([, , asked, granted, by]) {
  const got = asked === granted ? "" : ` and got ${numberOf(granted)}`;
  return `${capital(by)} asked for ${numberOf(asked)}${got}.`;
}
