// A topic: a loudspeaker. What is said to it is said to all who listen, a copy for each.

import { copiesAt, whoHas } from "../fan.js";
import { countOf, isAre, listedOf, numberOf } from "../words.js";

/** @import { Column, Kind } from "../contract.js" */
/** @import { Run } from "../run.js" */

/** @type {Column[]} */
const COLUMNS = [
  { metric: "delivered", glyph: () => "" },
  { metric: "waiting", glyph: (run, part) => (run.kindOf(part).shelf ? "wait" : "again") },
  { metric: "lost", glyph: () => "fail" },
  { metric: "filtered", glyph: () => "funnel" },
];

/**
 * How many messages were said to it.
 *
 * @param {Run} run
 * @param {number} t
 */
const publishedAt = (run, t) => run.level(run.caller, "published", t);

/**
 * Who lost copies and where others wait, as one sentence.
 *
 * @param {Run} run
 * @param {number} t
 */
function sentenceOf(run, t) {
  const [lost, waiting] = [whoHas(run, "lost", t), whoHas(run, "waiting", t)];
  /** @param {typeof lost} found */
  const told = (found) => listedOf(found.map(({ name, words }) => `${words} for ${name}`));
  const first = `${countOf(publishedAt(run, t), "message")} ${isAre(publishedAt(run, t))} out`;
  if (!lost.length && !waiting.length) return `${first}, and each copy is where it should be.`;
  if (!lost.length) return `${first}; ${told(waiting)} ${isAre(sum(waiting))} waiting.`;
  const gone = `${told(lost)} ${isAre(sum(lost))} lost`;
  return waiting.length ? `${gone}, ${told(waiting)} ${isAre(sum(waiting))} waiting.` : `${gone}.`;
}

/** @param {{ amount: number }[]} found */
const sum = (found) => found.reduce((total, { amount }) => total + amount, 0);

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  calls: COLUMNS,
  counts: true,
  rank: 5,
  glyphs: {
    speaker: [
      '<path d="M1 5.500h3.500l5-4v13l-5-4H1Z" fill="var(--slate)"/>',
      '<path d="M11.500 5a4.200 4.200 0 0 1 0 6M13.300 3a7 7 0 0 1 0 10" fill="none" stroke="var(--slate)"',
      ' stroke-width="1.6" stroke-linecap="round"/>',
    ],
    funnel: [
      '<path d="M2 3h12L9.500 8.500V13l-3 1.500v-6Z" fill="none" stroke="var(--slate)" stroke-width="1.8"',
      ' stroke-linejoin="round"/>',
    ],
  },
  numbers(run, t) {
    if (!run.callersColumns.length || !run.series.has(`${run.caller} published`)) return [];
    const [told, waiting, lost, filtered] = COLUMNS.map(({ metric }) => numberOf(copiesAt(run, metric, t)));
    return [
      { glyph: "speaker", words: "Published", value: numberOf(publishedAt(run, t)) },
      { glyph: "tick", words: "Delivered", value: told, unit: "copies" },
      { glyph: "wait", words: "Waiting", value: waiting },
      { glyph: "fail", words: "Lost", value: lost },
      { glyph: "funnel", words: "Filtered", value: filtered },
    ];
  },
  sentence: (run, t) => (run.series.has(`${run.caller} published`) ? sentenceOf(run, t) : null),
  level: (run, t) =>
    run.series.has(`${run.caller} published`)
      ? { words: "waiting", value: copiesAt(run, "waiting", t) }
      : null,
  legend: () => [
    ["speaker", "a topic: what is said to it goes to all who listen, a copy for each"],
    ["again", "a copy that could not be delivered and is tried again"],
    ["wait", "a copy that waits in a queue until a worker has deleted it"],
    ["fail", "a copy that is lost: its retries are over"],
    ["funnel", "a message that a filter keeps away"],
  ],
  story(run, part, t) {
    if (!run.series.has(`${part} published`)) return [];
    const copies = COLUMNS.map(({ metric }) => `${numberOf(copiesAt(run, metric, t))} ${metric}`);
    const out = `${countOf(publishedAt(run, t), "message")} ${isAre(publishedAt(run, t))} published`;
    return [`${out}; of the copies ${listedOf(copies)}.`, "It keeps none of them for those who come later."];
  },
  size: () => [68, 60],
  draw(pen, run, place) {
    const { c } = pen;
    const [x, y] = [place.x + place.w / 2, place.y + place.h / 2];
    pen.path(
      [
        [x - 26, y - 11],
        [x - 10, y - 11],
        [x + 12, y - 27],
        [x + 12, y + 27],
        [x - 10, y + 11],
        [x - 26, y + 11],
      ],
      { fill: c.slate },
    );
    for (const reach of [16, 25]) {
      pen.context.beginPath();
      pen.context.arc(x + 8, y, reach, -0.8, 0.8);
      pen.stroke(c.slate, 3.4);
    }
  },
};
