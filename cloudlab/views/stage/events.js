// Events: what just happened, from the notes of the record and from its requests.

import { GOOD } from "./lane.js";
import { upTo } from "./sorted.js";
import { numberOf, secondsOf, waitOf } from "./words.js";

/** @import { Happening } from "./contract.js" */
/** @import { Run } from "./run.js" */

/**
 * The last `most` events up to t, the newest first.
 *
 * @param {Run} run
 * @param {number} t
 * @param {number} most
 */
export function lastEvents(run, t, most) {
  /** @type {Happening[]} */
  const found = [];
  for (let place = upTo(run.noteTimes, t) - 1; place >= 0 && found.length < most; place -= 1) {
    const [time, part, glyph, text, row] = run.notes[place];
    found.push({ time, part, glyph, text, row });
  }
  const rare = run.noteTimes.length < 40 || found.length < most;
  if (run.rows && rare) {
    const list = requestEvents(run, t, Math.max(2, most - found.length));
    found.length = Math.min(found.length, Math.max(0, most - list.length));
    found.push(...list);
  }
  return newest(found, most);
}

/**
 * @param {Happening[]} events
 * @param {number} most
 */
const newest = (events, most) => events.sort((a, b) => b.time - a.time).slice(0, most);

/**
 * The last answers, and the last request that joined a line.
 *
 * @param {Run} run
 * @param {number} t
 * @param {number} most
 */
function requestEvents(run, t, most) {
  const answers = upTo(run.answers, t);
  const rows = run.byAnswer.slice(Math.max(0, answers - most), answers).reverse();
  const found = rows.map((row) => answerOf(run, row));
  const joined = found.length ? lastJoined(run, t) : null;
  return newest(joined ? [...found, joined] : found, most);
}

/**
 * @param {Run} run
 * @param {number} row
 * @returns {Happening}
 */
function answerOf(run, row) {
  const [time, part] = [run.answered[row], run.target[row]];
  const number = numberOf(run.number[row] + 1);
  const told = run.teller?.ended(run, row);
  if (told) return { time, glyph: run.status[row] === GOOD ? "✓" : "✕", text: told, row, part };
  if (run.status[row] !== GOOD) {
    const [code, reason] = run.statuses[run.status[row]];
    return { time, glyph: "✕", text: `Request ${number} fails with ${code}: ${reason}.`, row, part };
  }
  const who = run.lanes.has(part) ? run.nameOf(part) : `The ${run.parts[part]?.kind ?? "front"}`;
  const line = Math.max(0, run.leftLine(row) - run.arrived[row]);
  const [waited, whole] = [secondsOf(line), secondsOf(time - run.arrived[row])];
  const share = waited === whole ? "nearly all" : waited; // a sum that is rounded leaves nothing for the work
  const inLine = line > 0.05 ? `, ${share} of them in line` : "";
  const text = `${who} ends request ${number} after ${whole}${inLine}.`;
  return { time, glyph: "✓", text, row, part };
}

/**
 * @param {Run} run
 * @param {number} t
 * @returns {Happening | null}
 */
function lastJoined(run, t) {
  const row = upTo(run.arrived, t) - 1;
  if (row < 0 || run.shared !== null || run.started[row] <= t) return null;
  const part = run.target[row];
  const lane = run.laneOrNone(part, t);
  if (!lane) return null;
  const number = numberOf(run.number[row] + 1);
  const text = `Request ${number} joins the line of ${run.nameOf(part)}: ${waitOf(lane.waiting)} there.`;
  return { time: run.arrived[row], glyph: "●", text, row, part };
}
