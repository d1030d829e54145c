// What a run is about: messages, requests, servers, money, and what its kinds of parts say of themselves.
//
// Each subject gives numbers, a sentence, a level for the timeline, and entries of the legend, as far as it
// has any (`Subject` in contract.js). Of those that a run has, the one with the lowest rank speaks first.

import { serversSentence } from "./sentences.js";
import { agree, countOf, dollarsOf, isAre, listedOf, numberOf, spanOf } from "./words.js";

/** @import { Level, NumberShown, Subject } from "./contract.js" */
/** @import { Run } from "./run.js" */

/**
 * Whether a run has messages that no kind of part counts itself.
 *
 * @param {Run} run
 */
const hasMessages = (run) => run.moves.some && ![...run.kinds.values()].some(({ counts }) => counts);

/** @type {Subject} */
const MESSAGES = {
  rank: 10,
  numbers(run, t) {
    if (!hasMessages(run)) return [];
    const { visible, flying, gone, again, dead } = run.messagesAt(t);
    const shelves = run.shelves.length > 0;
    return [
      ...(shelves ? [{ glyph: "wait", words: "Visible", value: numberOf(visible) }] : []),
      { glyph: "boot", words: "In flight", value: numberOf(flying) },
      { glyph: "tick", words: "Gone", value: numberOf(gone) },
      ...(shelves ? [{ glyph: "again", words: "Received again", value: numberOf(again) }] : []),
      ...(run.deadEnds.length ? [{ glyph: "fail", words: "Dead letters", value: numberOf(dead) }] : []),
    ];
  },
  sentence(run, t) {
    if (!hasMessages(run)) return null;
    const { visible, flying, gone } = run.messagesAt(t);
    const seen = `${countOf(visible, "message")} ${isAre(visible)} visible, ${numberOf(flying)} in flight`;
    const first = run.shelves.length
      ? `${seen}, and ${numberOf(gone)} gone.`
      : `${countOf(gone, "message")} ${isAre(gone)} gone.`;
    const asleep = run.parts.flatMap((_, part) => (run.kindOf(part).asleep(run, part, t) ? [part] : []));
    if (!asleep.length) return first;
    const names = listedOf(asleep.map((part) => run.nameOf(part)));
    return `${first} ${names} ${agree(asleep.length, "is", "are")} asleep.`;
  },
  level: (run, t) => (hasMessages(run) ? { words: "visible", value: run.messagesAt(t).visible } : null),
  legend: (run) =>
    hasMessages(run)
      ? [
          ["wait", "a message that anyone may take; more than 20 are 20 capsules that grow"],
          ["boot", "the ring beside a message: so long nobody else may have it"],
          ["again", "a message that came back, since nobody deleted it"],
        ]
      : [],
};

/** @type {Subject} */
const TIMES = {
  rank: 40,
  numbers(run, t) {
    if (!run.rows) return [];
    const { n, p50, p95 } = run.times.at(t);
    /** @param {number} time */
    const shown = (time) => (n ? numberOf(time) : "–");
    const half = { glyph: "p50", words: "Half take under", value: shown(p50), unit: "s p50" };
    const most = { glyph: "p95", words: "1 in 20 takes over", value: shown(p95), unit: "s p95" };
    return run.fleet === null ? [half, most] : [most];
  },
  legend(run) {
    if (!run.rows) return [];
    const held = run.held === null ? "" : ", the target";
    const [loss] = [...run.kinds.values()].flatMap((kind) => kind.loss || []);
    return [
      ["request", "a request on its way"],
      ["wait", "a request that waits; more than 20 are 20 capsules that grow, and a gap says: even more"],
      ["ring", "a request at work: the ring fills until it is done"],
      ["fail", loss ? `a request, or ${loss}, that is lost` : "a request that is lost"],
      ["busy", `how busy: the mark stands at ${Math.round(100 * run.mark)} %${held}`],
      ["p50", "half of the requests took at most so long (p50)"],
      ["p95", "one in 20 took longer (p95)"],
    ];
  },
};

/** @type {Subject} */
const SERVERS = {
  rank: 60,
  numbers(run, t) {
    if (run.fleet !== null || !run.lanes.size) return [];
    const shares = [...run.lanes.values()].map((lane) => lane.busy(t, run.window));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const words = shares.length > 1 ? "Busy, mean" : "Busy";
    const value = numberOf(Math.round(100 * mean));
    return [{ glyph: "busy", words, value, unit: `% in ${spanOf(run.window)}` }];
  },
  sentence: (run, t) => (run.lanes.size ? serversSentence(run, t) : null),
};

/** @type {Subject} */
const LINE = {
  rank: 70,
  numbers: (run, t) =>
    run.rows
      ? [
          { glyph: "wait", words: "Waiting", value: numberOf(run.waiting(t)) },
          { glyph: "fail", words: "Lost", value: numberOf(run.lost(t)) },
        ]
      : [],
  level: (run, t) => ({ words: "waiting", value: run.waiting(t) }),
};

/** @type {Subject} */
const MONEY = {
  rank: 80,
  numbers(run, t) {
    const cost = run.cost(t);
    if (cost === null) return [];
    const unit = `$${run.perHour(t).toFixed(2)} an hour`;
    return [{ glyph: "money", words: "Cost so far", value: dollarsOf(cost), unit }];
  },
};

// Of a run without anything to count: which parts are dead.
/** @type {Subject} */
const PARTS = {
  rank: 90,
  sentence(run, t) {
    const dead = run.parts.flatMap(({ layer }, part) =>
      layer !== null && run.looks(part, t)?.letter === "✕" ? [run.nameOf(part)] : [],
    );
    return dead.length ? `${listedOf(dead)} ${isAre(dead.length)} dead.` : "All parts answer.";
  },
};

const GENERAL = [MESSAGES, TIMES, SERVERS, LINE, MONEY, PARTS];
const OF_REQUESTS = [TIMES, SERVERS, LINE]; // what a kind may tell in their place
const LATER = 50; // the rank of a kind that gives none

/**
 * All subjects of a run, the first to speak first.
 *
 * @param {Run} run
 */
function subjectsOf(run) {
  if (run.alone) return [run.alone];
  const general = run.teller ? GENERAL.filter((subject) => !OF_REQUESTS.includes(subject)) : GENERAL;
  /** @param {Subject} subject */
  const rank = (subject) => subject.rank ?? LATER;
  return [...general, ...run.kinds.values()].sort((a, b) => rank(a) - rank(b));
}

/**
 * What the first subject says that has something to say.
 *
 * @template T
 * @param {Run} run
 * @param {(subject: Subject) => T | null | undefined} ask
 */
function first(run, ask) {
  for (const subject of subjectsOf(run)) {
    const said = ask(subject);
    if (said) return said;
  }
  return null;
}

/**
 * The numbers under the scene.
 *
 * @param {Run} run
 * @param {number} t
 * @returns {NumberShown[]}
 */
export const numbersAt = (run, t) => subjectsOf(run).flatMap((subject) => subject.numbers?.(run, t) ?? []);

/**
 * One sentence about the moment t: the one fact that the picture is about.
 *
 * @param {Run} run
 * @param {number} t
 */
export function sentenceAt(run, t) {
  if (t <= 0) return "Nothing has happened yet. Press Play, or step from event to event.";
  return first(run, (subject) => subject.sentence?.(run, t)) ?? "";
}

/**
 * The level that the timeline shows at t.
 *
 * @param {Run} run
 * @param {number} t
 * @returns {Level}
 */
export const levelAt = (run, t) =>
  first(run, (subject) => subject.level?.(run, t)) ?? { words: "", value: 0 };

/**
 * What each shape means, of the shapes that these runs can show.
 *
 * @param {Run[]} runs
 */
export function legendOf(runs) {
  const entries = runs.flatMap((run) => subjectsOf(run).flatMap((subject) => subject.legend?.(run) ?? []));
  return [...new Map(entries.map(([glyph, words]) => [words, { glyph, words }])).values()];
}
