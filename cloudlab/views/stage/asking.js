// Ask why: what can be asked of a run, and the story of what was selected.

import { make, unbroken } from "../nodes.js";
import { pressable } from "./elements.js";
import { GOOD } from "./lane.js";
import { upTo } from "./sorted.js";
import { showMessage, tell } from "./message.js";
import { messageStory, momentStory, partStory, requestStory } from "./stories.js";

/** @import { Asked, Choice, Story } from "./contract.js" */
/** @import { Run } from "./run.js" */
/** @import { Stage } from "./stage.js" */

/**
 * What can be asked, besides the parts; `of` says whether a run has any of it.
 *
 * @type {{ value: string, words: string, of?: (run: Run) => boolean, ask: (asking: Asking) => void }[]}
 */
const QUESTIONS = [
  { value: "events", words: "Events again", ask: (asking) => asking.select(null) },
  { value: "moment", words: "This moment", ask: (asking) => asking.select({ moment: asking.stage.t }) },
  {
    value: "longest",
    words: "The longest {one} so far",
    of: (run) => run.rows > 0 && !run.alone,
    ask: (asking) => asking.askLongest(),
  },
  {
    value: "failed",
    words: "The last one that failed",
    of: (run) => run.rows > 0 && !run.alone,
    ask: (asking) => asking.askFailed(),
  },
  {
    value: "next",
    words: "The next one in line",
    of: (run) => run.rows > 0 && !run.alone,
    ask: (asking) => asking.askNext(),
  },
  {
    value: "request",
    words: "{A one} by its number …",
    of: (run) => run.rows > 0,
    ask: (asking) => asking.openField(asking.one, findRequest),
  },
  {
    value: "message",
    words: "A message by its number …",
    of: (run) => run.moves.some && !run.partsThat(({ installs }) => installs).length, // a program is none
    ask: (asking) => asking.openField("message", findMessage),
  },
];

/** @typedef {(run: Run, number: number, t: number) => Choice | null} Find */

/**
 * @param {Run} run
 * @param {number} number
 * @param {number} t
 * @returns {Choice | null}
 */
function findRequest(run, number, t) {
  const row = run.number.indexOf(number - 1);
  return row >= 0 && run.arrived[row] <= t ? { row } : null;
}

/**
 * @param {Run} run
 * @param {number} number
 * @param {number} t
 * @returns {Choice | null}
 */
const findMessage = (run, number, t) => (run.moves.of(number, t).length ? { message: number } : null);

export class Asking {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Choice | null} */
    this.selected = null;
    this.shown = ""; // what the story on the screen is made of
    /** @type {HTMLOptionElement[]} */
    this.parts = []; // those of the list that ask about a part
    this.list = make("select", "cloudlab-select");
    this.list.setAttribute("aria-label", "Ask why");
    this.list.addEventListener("change", () => this.ask(this.list.value));
  }

  /** What a request of the run is called. */
  get one() {
    return this.stage.run?.teller?.one ?? "request";
  }

  // The questions that this run can be asked.
  fill() {
    const { run } = this.stage;
    this.selected = null;
    const questions = QUESTIONS.filter(({ of }) => !of || (run && of(run)));
    const an = /^[aeiou]/.test(this.one) ? "An" : "A";
    /** @param {string} words */
    const told = (words) => words.replace("{one}", this.one).replace("{A one}", `${an} ${this.one}`);
    const options = questions.map(({ value, words }) => new Option(told(words), value));
    const groups = run ? groupsOf(run) : [];
    this.parts = groups.flatMap(({ options }) => options);
    const own = run ? questionsOf(run).map(({ words }, place) => new Option(words, `own ${place}`)) : [];
    this.list.replaceChildren(new Option("Ask why …", ""), ...own, ...options, ...listed(groups));
    this.offer();
  }

  // Only the parts that are there by now: what will be launched would tell what is to come.
  offer() {
    const { run, t } = this.stage;
    for (const option of this.parts) {
      const early = !run || run.parts[Number(option.value.slice(5))].born > t;
      if (option.hidden !== early) Object.assign(option, { hidden: early, disabled: early });
    }
  }

  /** @param {string} what */
  ask(what) {
    this.list.value = "";
    this.stage.parts.field.hidden = true; // of the last question
    showMessage(this.stage); // without what was told about the last choice
    if (what.startsWith("part ")) this.select({ part: Number(what.slice(5)) });
    else if (what.startsWith("own ")) this.askOwn(questionsOf(this.stage.run)[Number(what.slice(4))]);
    else QUESTIONS.find(({ value }) => value === what)?.ask(this);
  }

  /**
   * What a kind lets ask: of the last one of its kind, or of one by its number.
   *
   * @param {Asked} asked
   */
  askOwn({ field, find, none }) {
    if (field) {
      this.openField(field, (run, number, t) => find(run, t, number));
      return;
    }
    const { run, t } = this.stage;
    const found = find(run, t, 0);
    this.select(found); // without what was told before, where there is none
    if (!found) tell(this.stage, none);
  }

  /** @param {Choice | null} what */
  select(what) {
    this.selected = what;
    this.stage.draw(true);
    if (what) this.stage.parts.spoken.textContent = this.stage.parts.why.textContent;
  }

  // Of two runs, the one in which a request is longer.
  askLongest() {
    const found = this.answeredRows((run, row) => run.status[row] === GOOD);
    const { runs } = this.stage;
    this.selectMost(
      found,
      ({ run, row }) => runs[run].answered[row] - runs[run].arrived[row],
      `No ${this.one} was answered so far.`,
    );
  }

  askFailed() {
    const found = this.answeredRows((run, row) => run.status[row] !== GOOD);
    const { runs } = this.stage;
    this.selectMost(found, ({ run, row }) => runs[run].answered[row], `No ${this.one} has failed so far.`);
  }

  askNext() {
    const { run, t } = this.stage;
    const lines = run.sorted.flatMap((part) => run.inLine(part, t, 1));
    const known = run.shared === null ? lines : run.sharedLine(t, 1);
    const rows = run.teller ? run.teller.line(run, t) : known;
    this.selectMost(
      rows.map((row) => ({ row })),
      ({ row }) => -run.arrived[row],
      "Nobody waits at this moment.",
    );
  }

  /** @param {(run: Run, row: number) => boolean} holds */
  answeredRows(holds) {
    const { runs, t } = this.stage;
    return runs.flatMap((run, place) => {
      const rows = run.byAnswer.slice(0, upTo(run.answers, t)).filter((row) => holds(run, row));
      return rows.map((row) => ({ row, run: place }));
    });
  }

  /**
   * Select the first of those with the highest mark.
   *
   * @template {Choice} T
   * @param {T[]} found
   * @param {(choice: T) => number} mark
   * @param {string} otherwise
   */
  selectMost(found, mark, otherwise) {
    this.select(found.length ? found.reduce((a, b) => (mark(b) > mark(a) ? b : a)) : null);
    if (!found.length) tell(this.stage, otherwise);
  }

  /**
   * A field for the number of a request or of a message.
   *
   * @param {string} what
   * @param {Find} find
   */
  openField(what, find) {
    const { field } = this.stage.parts;
    field.hidden = false;
    const input = make("input", "cloudlab-number");
    Object.assign(input, { type: "number", min: 1, size: 8 });
    const look = () => this.lookUp(what, find, input.value);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") look();
    });
    const label = make("label", "", `Number of the ${what} `, input);
    field.replaceChildren(label, pressable("Ask", look));
    input.focus();
  }

  /**
   * @param {string} what
   * @param {Find} find
   * @param {string} typed
   */
  lookUp(what, find, typed) {
    const { run, t } = this.stage;
    const found = find(run, Number(typed), t);
    if (found) {
      this.select(found);
      return;
    }
    const which = typed ? `${what} ${typed}` : what;
    const sampled = what === this.one && run.every > 1 ? ", or it is not among those shown" : "";
    tell(this.stage, `No ${which} has come so far${sampled}: give a whole number from 1 on.`);
  }

  // The stories of what is selected: of a request or a moment one for each run, else one.
  /**
   * @param {Choice} choice
   * @returns {Story[]}
   */
  storiesOf({ row, part, inner, message, moment, run: place }) {
    const { runs, t } = this.stage;
    const run = runs[place ?? runs.length - 1];
    if (message !== undefined) return [messageStory(run, message, t)];
    if (moment !== undefined) return runs.map((one) => momentStory(one, moment));
    if (part !== undefined && inner !== undefined) return [run.kindOf(part).innerStory(run, part, inner, t)];
    if (part !== undefined) return [partStory(run, part, t)];
    return runs.filter(({ rows }) => Number(row) < rows).map((one) => requestStory(one, Number(row), t));
  }

  // The story of what is selected, in place of the events.
  show() {
    const { parts, runs } = this.stage;
    parts.why.hidden = !this.selected;
    parts.events.hidden = this.selected !== null;
    if (!this.selected) return;
    const stories = this.storiesOf(this.selected);
    const place = this.selected.run ?? runs.length - 1;
    const main = stories[Math.min(place, stories.length - 1)];
    const made = JSON.stringify([main.head, main.lines, stories.length, place]);
    if (made === this.shown && parts.why.childElementCount) return;
    this.shown = made;
    const head = make("div", "cloudlab-heading", main.head);
    const told = this.selected.moment === undefined ? [main] : stories;
    const lines = told.flatMap((story) => {
      const label = stories.length > 1 ? runs[stories.indexOf(story)].label : runs[place].label;
      const paragraphs = story.lines.map((line) => make("p", "", ...unbroken(line)));
      return label ? [make("b", "", label), ...paragraphs] : paragraphs;
    });
    const close = pressable("Back to events", () => this.select(null));
    const bars = stories.flatMap((story, index) => barsOf(stories, story, runs[index].label));
    parts.why.replaceChildren(head, ...bars, ...lines, close);
  }
}

/**
 * What the kinds of a run let ask.
 *
 * @param {Run} run
 */
const questionsOf = (run) =>
  [...run.kinds.values()].flatMap(({ questions, yard }) =>
    run.stalls.size || run.alone || yard ? questions : [],
  );

/** @typedef {{ label: string, options: HTMLOptionElement[] }} Group options that ask about parts */

/**
 * The parts that can be asked about: those that a kind lists under a name of its own, then servers, or all
 * that stand on a way.
 *
 * @param {Run} run
 * @returns {Group[]}
 */
function groupsOf(run) {
  const shown = run.parts.flatMap(({ layer }, part) => (layer === null ? [] : [part]));
  const others = run.parts.flatMap(({ layer }, part) =>
    layer === null && run.kindOf(part).listed ? [part] : [],
  );
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const part of [...others, ...(run.sorted.length ? run.sorted : shown)]) {
    const label = run.kindOf(part).listed;
    found.set(label, [...(found.get(label) ?? []), part]);
  }
  return [...found].map(([label, parts]) => ({
    label,
    options: parts.map((part) => new Option(run.nameOf(part), `part ${part}`)),
  }));
}

/**
 * As the list has them: a group with a name under it.
 *
 * @param {Group[]} groups
 */
function listed(groups) {
  return groups.flatMap(({ label, options }) => {
    if (!label) return options;
    const group = make("optgroup", "", ...options);
    group.label = label;
    return [group];
  });
}

/**
 * The time of a request in bars, all stories on one scale.
 *
 * @param {Story[]} stories
 * @param {Story} story
 * @param {string} label
 */
function barsOf(stories, { bars }, label) {
  if (!bars.length) return [];
  const lengths = stories.map((one) => one.bars.reduce((sum, { seconds }) => sum + seconds, 0));
  const longest = Math.max(...lengths, 1e-9);
  const rows = bars.map(({ kind, seconds, words }) => {
    const bar = make("span", `cloudlab-${kind}bar`);
    bar.style.width = `${(60 * seconds) / longest}%`;
    return make("span", "cloudlab-barrow", bar, make("span", "", words));
  });
  return [make("div", "cloudlab-bars", make("b", "", label), ...rows)];
}
