// How a part looks at a moment: a letter with its word, and how far it is. The first rule that holds decides.

/** @import { Entry, Looks } from "./contract.js" */
/** @import { Run } from "./run.js" */

export const DEAD = ["killed", "crashed", "failing"];

/**
 * The states that a part is in.
 *
 * @typedef {{ life: Entry | null, application: Entry | null, target: Entry | null }} Aspects
 */

/**
 * @param {Entry | null} entry
 * @param {...string} states
 */
const is = (entry, ...states) => entry !== null && states.includes(entry.state);

/**
 * `of` is the state whose time and end are shown; a rule that is `over` waits for nothing.
 *
 * @type {{ letter: string, word: (state: string) => string, of: keyof Aspects, over?: boolean,
 *   when: (aspects: Aspects) => boolean }[]}
 */
const LOOKS = [
  {
    letter: "D",
    word: () => "draining",
    of: "life",
    when: ({ life, target }) => is(life, "Terminating") && is(target, "draining"),
  },
  { letter: "T", word: () => "ending", of: "life", when: ({ life }) => is(life, "Terminating") },
  {
    letter: "✕",
    word: (state) => state,
    of: "application",
    over: true,
    when: ({ application }) => is(application, ...DEAD),
  },
  { letter: "D", word: () => "draining", of: "target", when: ({ target }) => is(target, "draining") },
  { letter: "P", word: () => "pending", of: "life", when: ({ life }) => is(life, "Pending") },
  {
    letter: "H",
    word: (state) => state,
    of: "application",
    over: true,
    when: ({ application }) => is(application, "hanging"),
  },
  {
    letter: "S",
    word: (state) => state,
    of: "application",
    when: ({ application }) => is(application, "slow"),
  },
  {
    letter: "P",
    word: (state) => state,
    of: "application",
    when: ({ life, application }) => !life && application !== null && !is(application, "answering"),
  },
  {
    letter: "S",
    word: () => "in service, still booting",
    of: "application",
    when: ({ application }) => is(application, "booting"),
  },
  {
    letter: "-",
    word: (state) => `${state}: nothing is sent to it`,
    of: "target",
    over: true,
    when: ({ target }) => target !== null && !is(target, "healthy", "initial"),
  },
];

/**
 * How a part looks, or null before its birth and after its end.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {Looks | null}
 */
export function looksOf(run, part, t) {
  const { born } = run.parts[part];
  if (born > t) return null;
  const aspects = {
    life: run.state(part, "lifecycle", t),
    application: run.state(part, "application", t),
    target: run.state(part, "target", t),
  };
  const { life, application } = aspects;
  if (is(life, "Terminated") || (!life && is(application, "terminated"))) return null;
  const rule = LOOKS.find(({ when }) => when(aspects));
  const entry = rule ? aspects[rule.of] : null;
  if (!rule || !entry) return { letter: "S", word: "in service", since: life?.time ?? born, done: 1 };
  const done = rule.over ? 1 : doneOf(entry, t);
  return { letter: rule.letter, word: rule.word(entry.state), since: entry.time, done };
}

/**
 * How much of a state that has an end has passed.
 *
 * @param {Entry} entry
 * @param {number} t
 */
export function doneOf(entry, t) {
  const length = entry.until - entry.time;
  return length > 0 && length < Infinity ? Math.min(1, Math.max(0, (t - entry.time) / length)) : 0;
}
