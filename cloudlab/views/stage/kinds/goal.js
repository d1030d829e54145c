// A goal: a number that must stay below a limit. A run with some is told by them alone.

import { undoneAt } from "../shop.js";
import { countOf, dollarsOf, isAre, listedOf, numberOf } from "../words.js";

/** @import { Kind, NumberShown } from "../contract.js" */
/** @import { Run } from "../run.js" */

const NEAR = 0.85; // from this share of its limit on it is near
const REACH = 1.25; // a gauge ends at so many times the limit

/** @param {Run} run */
const goalsOf = (run) => run.ofKind("goal");

/**
 * A goal at t: its number, its limit, and how it stands.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function goalAt(run, part, t) {
  const { limit, unit, glyph } = run.parts[part].attributes;
  const value = run.level(part, "Value", t);
  const near = limit > 0 && value > NEAR * limit ? "near" : "met";
  return { value, limit, unit, glyph, state: value > limit ? "missed" : near };
}

/**
 * @param {number} value
 * @param {string} unit
 */
const shown = (value, unit) => (unit === "$" ? dollarsOf(value) : numberOf(value));

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {NumberShown}
 */
function numberAt(run, part, t) {
  const { value, limit, unit, glyph, state } = goalAt(run, part, t);
  const most = limit > 0 ? REACH * limit : Math.max(value, 1);
  const after = unit === "$" ? "" : `${unit}, `;
  return {
    glyph,
    words: run.parts[part].name,
    value: shown(value, unit),
    unit: `${after}limit ${unit === "$" ? `$${limit.toFixed(2)}` : numberOf(limit)}`,
    gauge: { share: Math.min(1, value / most), mark: limit / most, state },
  };
}

/**
 * How many jobs are open, one for each who listens to an order: where nothing is called out, requests wait.
 *
 * @param {Run} run
 * @param {number} t
 */
function openAt(run, t) {
  if (run.caller === null)
    return { value: run.waiting(t), words: "waiting", one: "order waits", many: "orders wait" };
  return { value: undoneAt(run, t), words: "open", unit: "jobs", one: "job is open", many: "jobs are open" };
}

/** @type {Partial<Kind>} */
export default {
  alone: (run) => goalsOf(run).length > 0,
  numbers: (run, t) => goalsOf(run).map((part) => numberAt(run, part, t)),
  sentence(run, t) {
    const { value, one, many } = openAt(run, t);
    const head = countOf(value, one, many);
    const missed = goalsOf(run).filter((part) => goalAt(run, part, t).state === "missed");
    if (!missed.length) return `${head}, and all ${goalsOf(run).length} limits are kept so far.`;
    const names = listedOf(
      missed.map((part) => run.parts[part].name.replace(/^[A-Z]/, (a) => a.toLowerCase())),
    );
    return `${head}. Over the limit ${isAre(missed.length)}: ${names}.`;
  },
  level: (run, t) => openAt(run, t),
  legend: () => [
    ["request", "a request on its way"],
    ["wait", "an order that waits; more than 20 are 20 capsules that grow"],
    ["ok", "S: in service; a lighter one still boots"],
    ["boot", "P: pending, launched and not in service yet"],
    ["flag", "the flag: how many the group wants"],
    ["fail", "what is lost, or over its limit"],
  ],
};
