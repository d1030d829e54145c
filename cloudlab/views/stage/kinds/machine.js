// A machine with libraries of its own, and the programs on it (`machines.js` draws several side by side).

import { isGone, ordersOf, outcomeOf, programsOn, rightOnes } from "../parcels.js";
import { absent } from "../thing.js";
import { agree, capital, countOf, isAre, listedOf, numberOf } from "../words.js";

/** @import { Kind } from "../contract.js" */
/** @import { Run } from "../run.js" */

/** @param {Run} run */
const machinesOf = (run) => run.partsThat(({ installs }) => installs);

/**
 * All programs that are there at t.
 *
 * @param {Run} run
 * @param {number} t
 */
const programsAt = (run, t) => machinesOf(run).flatMap((part) => programsOn(run, part, t));

/**
 * How many orders of all programs came out how.
 *
 * @param {Run} run
 * @param {number} t
 */
function sumsOf(run, t) {
  const found = programsAt(run, t).map((part) => ordersOf(run, part, t));
  /** @param {"right" | "wrong" | "failed"} what */
  const sum = (what) => found.reduce((total, one) => total + one[what], 0);
  return { right: sum("right"), wrong: sum("wrong"), failed: sum("failed") };
}

/**
 * The one fact: who does what it should, and who doesn't.
 *
 * @param {Run} run
 * @param {number} t
 */
function sentenceOfMachines(run, t) {
  const gone = machinesOf(run).filter((part) => isGone(run, part, t));
  const lost = capital(listedOf(gone.map((part) => run.parts[part].name)));
  if (gone.length) return `${lost} ${isAre(gone.length)} gone, and what ran there with it.`;
  const parts = programsAt(run, t).filter((part) => outcomeOf(run, part, t));
  const bad = parts.filter((part) => outcomeOf(run, part, t)?.kind !== "Right");
  if (!parts.length) return "The program is there, and no order has come yet.";
  if (!bad.length)
    return parts.length > 1
      ? "It does the same wherever it runs."
      : `${run.nameOf(parts[0])} does what it should.`;
  const names = capital(listedOf(bad.map((part) => run.parts[part].name)));
  return `${names} ${agree(bad.length, "does not do what it", "do not do what they")} should.`;
}

/** @type {Partial<Kind>} */
export default {
  installs: true,
  badge: false,
  showsItsEnd: true,
  rank: 4,
  alone: (run) => machinesOf(run).length > 0,
  tellsAlone: true,
  questions: [
    {
      words: "Why does a program not do what it should?",
      find(run, t) {
        const bad = programsAt(run, t).filter(
          (part) => (outcomeOf(run, part, t)?.kind ?? "Right") !== "Right",
        );
        const part = bad[bad.length - 1];
        return part === undefined ? null : { part, inner: "result" };
      },
      none: "All do what they should so far.",
    },
  ],
  glyphs: {
    sheet: [
      '<path d="M3 1.500h7l3 3v10H3Z" fill="var(--raised)" stroke="var(--slate)" stroke-width="1.5"/>',
      '<path d="M5.500 7.500h5M5.500 10.500h5" stroke="var(--slate)" stroke-width="1.3"/>',
    ],
    slabs: [
      '<rect x="1.500" y="2" width="13" height="4" rx="1" fill="var(--request-tint)" stroke="var(--slate)"/>',
      '<rect x="1.500" y="6.500" width="13" height="4" rx="1" fill="var(--raised)" stroke="var(--slate)"/>',
      '<rect x="1.500" y="11" width="13" height="4" rx="1" fill="var(--hair)" stroke="var(--slate)"/>',
    ],
    book: ['<rect x="1.500" y="4" width="13" height="8" rx="2" fill="var(--raised)" stroke="var(--edge)"/>'],
  },
  numbers(run, t) {
    const { right, wrong, failed } = sumsOf(run, t);
    const all = machinesOf(run).length;
    return [
      { glyph: "ok", words: "Machines right", value: numberOf(rightOnes(run, t)), unit: `of ${all}` },
      { glyph: "tick", words: "Orders right", value: numberOf(right) },
      { glyph: "fail", words: "Wrong, no error", value: numberOf(wrong) },
      { glyph: "fail", words: "Failed", value: numberOf(failed) },
    ];
  },
  sentence: sentenceOfMachines,
  level: (run, t) => ({
    words: `of ${machinesOf(run).length} right`,
    value: rightOnes(run, t),
    most: machinesOf(run).length,
  }),
  legend: () => [
    ["sheet", "a program as a file: it imports what is on the shelf of its machine"],
    ["slabs", "an image: layers, each named by the hash of its bytes; a container sees these files only"],
    ["book", "a library on a machine's shelf, with its version"],
    ["ok", "a machine with a green edge: all on it does what it should"],
    ["tick", "an order that came out right: one of the small marks is one of the last orders"],
    ["fail", "an order that failed, or came out wrong"],
  ],
  story(run, part, t) {
    const gone = absent(run, part, t);
    if (gone) return gone;
    const name = run.nameOf(part);
    if (isGone(run, part, t)) return [`${name} is gone, and all that ran on it, contained or not.`];
    const shelf = run.state(part, "shelf", t)?.state ?? "nothing";
    const held = programsOn(run, part, t);
    const seen = run.state(part, "seen", t) ? `${shelf} is installed` : "nobody has looked what is installed";
    return [
      `${name} has kernel ${run.parts[part].attributes.kernel}, and ${seen}.`,
      `${countOf(held.length, "program is", "programs are")} on it.`,
    ];
  },
};
