// A program on a machine, as a file or in a container: its machine draws it.

import { layersOf, ordersOf, outcomeOf } from "../parcels.js";
import { clockOf, countOf, numberOf } from "../words.js";

/** @import { Kind, Story } from "../contract.js" */
/** @import { Run } from "../run.js" */

/**
 * What came of its last order, and why.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function linesOf(run, part, t) {
  const { packed, title, expected } = run.parts[part].attributes;
  const now = outcomeOf(run, part, t);
  if (!now) return [`${run.nameOf(part)} waits for its first order.`];
  const machine = Number(run.parts[part].parent);
  const shelf = run.state(machine, "shelf", t)?.state ?? "";
  const when = clockOf(now.since, run.end);
  const told = {
    Right: `It prints ${now.text} since ${when}, as it should.`,
    Wrong: `Since ${when} it prints ${now.text}, in place of ${expected}. No error is told.`,
    Failed: `Since ${when} it fails: ${now.text}.`,
  }[now.kind];
  const seen = packed
    ? `It finds the files of its image, and nothing of its machine's (${shelf}).`
    : `${title}.py imports what its machine has: ${shelf}.`;
  return [String(told), seen];
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function storyOfProgram(run, part, t) {
  const { packed, digest, fetched } = run.parts[part].attributes;
  const { right, bad } = ordersOf(run, part, t);
  const orders = `${countOf(right + bad, "order")} so far: ${numberOf(right)} right, ${numberOf(bad)} not.`;
  const layers = layersOf(run, part).map(({ words, bytes }) => `${words} (${numberOf(bytes)} bytes)`);
  const image = packed
    ? [`Image ${digest}: ${layers.join(", ")}. ${numberOf(fetched)} bytes had to be fetched.`]
    : [];
  return [...linesOf(run, part, t), orders, ...image];
}

/** @type {Partial<Kind>} */
export default {
  badge: false,
  story: storyOfProgram,
  /** @returns {Story} */
  innerStory: (run, part, inner, t) => ({
    head: `Why does ${run.nameOf(part)} do that?`,
    bars: [],
    lines: storyOfProgram(run, part, t),
  }),
};
