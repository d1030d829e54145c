// A meter: what one way to do the work costs so far. Two of them are drawn side by side (`meters.js`).

import { costOf, gapAt, lastMeeting, readAt, startOf } from "../meters.js";
import { clockOf, countOf, shortOf } from "../words.js";

/** @import { Kind } from "../contract.js" */
/** @import { Run } from "../run.js" */

/** @param {Run} run */
const metersOf = (run) => run.partsThat(({ sums }) => sums);

/** @param {number} dollars */
const moneyOf = (dollars) => `$${dollars.toFixed(2)}`;

/**
 * Which one is dearer by now, as one sentence.
 *
 * @param {Run} run
 * @param {number} t
 */
function sentenceOf(run, t) {
  const [one, other] = metersOf(run);
  const gap = gapAt(run, t);
  if (Math.abs(gap) < 0.005) return "Both stand at the same cent.";
  const [dear, cheap] = gap > 0 ? [other, one] : [one, other];
  const met = lastMeeting(run, t);
  const since = met === null ? "" : `, since ${clockOf(met, run.end)}`;
  const idle = idleShare(run, one, t);
  const though =
    dear === other && idle > 0.5 ? `, though ${Math.round(100 * idle)} % of its hours are idle` : "";
  return `${run.nameOf(cheap)} is cheaper by ${moneyOf(Math.abs(gap))}${since}${though}.`;
}

/**
 * The share of its hours that was paid for nothing.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function idleShare(run, part, t) {
  const paid = readAt(run, part, "First", t);
  return paid ? readAt(run, part, "Idle", t) / paid : 0;
}

/** @param {number} gap */
function wordFor(gap) {
  if (Math.abs(gap) < 0.005) return "apart";
  return gap < 0 ? "cheaper" : "dearer";
}

/** @type {Partial<Kind>} */
export default {
  sums: true,
  badge: false,
  rank: 5,
  glyphs: {
    meet: ['<circle cx="8" cy="8" r="5.5" fill="var(--paper)" stroke="var(--ink)" stroke-width="2.2"/>'],
    rent: ['<rect x="2" y="2" width="12" height="12" rx="3" fill="var(--slate)"/>'],
    pay: ['<circle cx="8" cy="8" r="6" fill="var(--money)"/>'],
    unused: [
      '<rect x="1" y="4" width="14" height="8" rx="4" fill="none" stroke="var(--edge)" stroke-width="1.6"/>',
      '<path d="M5 11 9 5M9 11l4-6" stroke="var(--edge)" stroke-width="1.6"/>',
    ],
  },
  numbers(run, t) {
    const [one, other] = metersOf(run);
    if (other === undefined) return [];
    const met = lastMeeting(run, t);
    const gap = gapAt(run, t);
    const even = Math.abs(gap) < 0.005;
    return [
      { glyph: "request", words: "Calls so far", value: shortOf(readAt(run, other, "Calls", t)) },
      {
        glyph: "unused",
        words: "Paid for idling",
        value: moneyOf(readAt(run, one, "Idle", t)),
        unit: `of ${moneyOf(costOf(run, one, t))}`,
      },
      { glyph: "meet", words: "They met", value: met === null ? "–" : clockOf(met, run.end) },
      {
        glyph: "pay",
        words: `${run.nameOf(other)} now`,
        value: even ? "$0.00" : `${gap < 0 ? "−" : "+"} ${moneyOf(Math.abs(gap))}`,
        unit: wordFor(gap),
      },
    ];
  },
  sentence: (run, t) => (metersOf(run).length === 2 ? sentenceOf(run, t) : null),
  level: (run, t) =>
    metersOf(run).length === 2
      ? { words: "¢ apart", value: Math.round(100 * Math.abs(gapAt(run, t))) }
      : null,
  legend: () => [
    ["rent", "what the servers have cost so far: their hours, busy or not"],
    ["pay", "what the function has cost so far: its calls"],
    ["unused", "paid for, and not used"],
    ["meet", "both meters show the same"],
  ],
  story(run, part, t) {
    const { title, price, first, second } = run.parts[part].attributes;
    const cost = costOf(run, part, t);
    const own = readAt(run, part, "First", t);
    const rest = Math.max(0, cost - own);
    const small = rest < 0.005 ? "less than a cent" : moneyOf(rest);
    const calls = countOf(readAt(run, part, "Calls", t), "call");
    const lines = [
      `${title}, ${price}: ${moneyOf(cost)} so far, for ${calls}.`,
      `Of that ${moneyOf(own)} went for the ${first}, and ${small} for the ${second}.`,
    ];
    const idle = idleShare(run, part, t);
    if (idle) lines.push(`${Math.round(100 * idle)} % of what its hours could do was paid and not used.`);
    const late = readAt(run, part, "Late", t);
    if (late)
      lines.push(`${countOf(late, "call")} took over two minutes: ${startOf(run, part)} had no room.`);
    return lines;
  },
};
