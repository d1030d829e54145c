// A part like any other: how it is drawn and what is told of it, where its kind says nothing else.

import { doneOf } from "./looks.js";
import { ringOf } from "./moves.js";
import { drawBadge, drawBusy } from "./tiles.js";
import { clockOf, countOf, secondsOf } from "./words.js";

/** @import { DrawPart, Kind, Stay } from "./contract.js" */
/** @import { Run } from "./run.js" */

/** The states of a container that is on its way out. */
export const GOING = ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"];

/**
 * A box with its name, its badge, and how far it is.
 *
 * @type {DrawPart}
 */
function drawBox(pen, run, { part, x, y, w, h }, t) {
  const { c } = pen;
  const looks = run.looks(part, t);
  const dead = looks?.letter === "✕";
  const style = dead ? { fill: c.failTint, edge: c.fail, line: 2 } : { fill: c.raised, edge: c.edge };
  pen.rect(x, y, w, h, 10, style);
  drawBadge(pen, x + 24, y + h / 2, looks || { letter: "T", done: 1 });
  const work = run.state(part, "work", t);
  const share = work && work.until > t ? doneOf(work, t) : 0;
  const lane = run.laneOrNone(part, t);
  const line = share || lane ? y + h / 2 - 5 : y + h / 2 + 6;
  const colour = looks ? c.ink : c.muted;
  pen.text(x + 46, line, pen.fit(run.nameOf(part), w - 54, 16, 600), { weight: 600, colour });
  if (lane) drawBusy(pen, x + 46, y + h / 2 + 9, w - 62, { share: lane.busy, mark: run.mark });
  else if (share) {
    pen.rect(x + 46, y + h / 2 + 9, w - 62, 7, 3.5, { fill: c.hair });
    pen.rect(x + 46, y + h / 2 + 9, Math.max(7, (w - 62) * share), 7, 3.5, { fill: c.request });
  }
}

/**
 * What to say of a part before its birth and after its end.
 *
 * @param {Run} run
 * @param {number} part
 */
export const notThere = (run, part) => [`${run.nameOf(part)} is not there at this moment.`];

/**
 * The same, or null while it is there.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export const absent = (run, part, t) => (run.isThere(part, t) ? null : notThere(run, part));

/**
 * How long a part is as it is.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export function sinceWhen(run, part, t) {
  const looks = run.looks(part, t);
  return looks ? [`${run.nameOf(part)} has been ${looks.word} since ${clockOf(looks.since, run.end)}.`] : [];
}

/**
 * Whether a part that works did so on a message to no end: it took another one since, or is at work no more.
 *
 * @param {Run} run
 * @param {number} part
 * @param {Stay} stay that is at the part at t
 * @param {number} t
 */
function letGo(run, part, stay, t) {
  const work = run.state(part, "work", t);
  if (!work || run.looks(part, t)?.letter === "✕") return false;
  return stay.since < (run.moves.last(part, t)?.since ?? 0) || (work.time >= stay.since && work.until <= t);
}

/**
 * Whether it is dead, and the messages that it holds.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function storyOf(run, part, t) {
  if (run.lanes.has(part)) return []; // what a server does is told of all servers
  const gone = absent(run, part, t);
  if (gone) return gone;
  const name = run.nameOf(part);
  const lines = run.looks(part, t)?.letter === "✕" ? sinceWhen(run, part, t) : [];
  for (const stay of run.moves.inHand(part, t).slice(0, 3)) {
    const ring = ringOf(stay, t);
    const free = ring ? `; in ${secondsOf(Math.ceil(ring.seconds))} others may take it` : "";
    const what = letGo(run, part, stay, t)
      ? `failed at message ${stay.message}, which it took at`
      : `holds message ${stay.message} since`;
    lines.push(`${name} ${what} ${clockOf(stay.since, run.end)}${free}.`);
  }
  if (!run.moves.some || lines.length) return lines;
  const held = run.moves.count(part, t);
  return [held ? `${name} has ${countOf(held, "message")}.` : `${name} holds no message.`];
}

/** @type {Kind} */
export const THING = {
  source: false,
  front: false,
  serves: false,
  shelf: false,
  badge: true,
  labelled: false,
  showsItsEnd: false,
  grows: false,
  loss: "",
  listed: "",
  calls: [],
  counts: false,
  alone: () => false,
  tellsAlone: false,
  yard: null,
  questions: [],
  innerStory: (run, part, inner, t) => ({ head: run.nameOf(part), bars: [], lines: storyOf(run, part, t) }),
  sums: false,
  installs: false,
  icon: () => {},
  remarks: () => [],
  ruler: null,
  teller: null,
  glyphs: {},
  size: () => [164, 54],
  label: (run, part) => run.parts[part].name,
  asleep: () => false,
  draw: drawBox,
  story: storyOf,
};
