// A group: an elastic band of instances between a minimum and a maximum, and a flag for how many it wants.
//
// Its members stand on a ruler; `columns.js` and `band.js` draw it for any kind that has one.

import { clippedAt } from "../fleet.js";
import { DEAD } from "../looks.js";
import { capital, agree, numberOf, waitOf } from "../words.js";

/** @import { Kind, Ruler } from "../contract.js" */
/** @import { Run } from "../run.js" */

/**
 * How many members look so.
 *
 * @param {Run} run
 * @param {number} t
 * @param {string} letter
 */
const count = (run, t, letter) => run.members(t).filter((member) => member.letter === letter).length;

/**
 * Instances that were killed, crashed or failed up to t.
 *
 * @param {Run} run
 * @param {number} t
 */
function lostBy(run, t) {
  /** @param {number} part */
  const died = (part) =>
    run.states
      .get(`${part} application`)
      ?.entries.some(({ state, time }) => DEAD.includes(state) && time <= t);
  return run.ofKind("instance").filter(died).length;
}

/**
 * Those that boot, and those that are still on their way.
 *
 * @param {Run} run
 * @param {number} t
 */
function comingWords(run, t) {
  const booting = run.members(t).filter(({ letter, done }) => letter === "S" && done < 1).length;
  const pending = count(run, t, "P");
  const boots = booting ? ` ${numberOf(booting)} of them still ${agree(booting, "boots", "boot")}.` : "";
  const way = pending ? ` ${numberOf(pending)} more ${agree(pending, "is", "are")} on the way.` : "";
  return boots + way;
}

/** @type {Ruler} */
const RULER = {
  word: "Group",
  low: "GroupMinSize",
  high: "GroupMaxSize",
  wish: "GroupDesiredCapacity",
};

/** @type {Partial<Kind>} */
export default {
  ruler: RULER,
  rank: 50,
  glyphs: { handle: ['<rect x="3" y="1" width="10" height="14" rx="3" fill="var(--slate)"/>'] },
  legend(run) {
    if (run.fleet === null) return [];
    /** @type {[glyph: string, words: string][]} */
    const entries = [
      ["tileP", "P: pending, launched and not in service yet; the stripes rise"],
      ["tileT", "T: ending; D: draining, it gets no new requests"],
      ["flag", "the flag: how many the group wants"],
    ];
    if (!run.rows) entries.push(["handle", "a handle of the band: the minimum, the maximum"]);
    return entries;
  },
  numbers(run, t) {
    if (run.fleet === null) return [];
    const pending = numberOf(count(run, t, "P"));
    const serving = { glyph: "ok", words: "In service", value: numberOf(count(run, t, "S")) };
    const range = `of ${numberOf(run.ruled("low", t))} to ${numberOf(run.ruled("high", t))}`;
    const wish = { glyph: "flag", words: "Desired", value: numberOf(run.ruled("wish", t)), unit: range };
    if (run.rows) return [{ ...serving, unit: `+ ${pending} on the way` }, wish];
    const lost = { glyph: "fail", words: "Died", value: numberOf(lostBy(run, t)) };
    return [serving, { glyph: "boot", words: "Pending", value: pending }, wish, lost];
  },
  sentence(run, t) {
    if (run.fleet === null) return null;
    const serving = numberOf(count(run, t, "S"));
    const wants = `The group wants ${numberOf(run.ruled("wish", t))} and has ${serving} in service.`;
    if (run.rows) return `${capital(waitOf(run.waiting(t)))}. ${wants}${comingWords(run, t)}`;
    const clipped = clippedAt(run, t);
    if (!clipped) return wants;
    const { by, asked, granted } = clipped;
    return `${capital(by)} asked for ${numberOf(asked)}: the band clips it to ${numberOf(granted)}.`;
  },
  level: (run, t) =>
    run.rows || run.fleet === null
      ? null
      : { words: "in service", value: run.ruled("serving", t), ruler: true },
};
