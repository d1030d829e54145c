// A worker: it takes messages, works on them, and says that they are done. How far it is; which try it is.

import { doneOf } from "../looks.js";
import { drawBadge } from "../tiles.js";
import { clockOf } from "../words.js";

/** @import { Kind, Place } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

/** @type {Record<string, string>} */
const TRIES = { "try 1": "1st try", "try 2": "2nd try", "try 3": "3rd try" };

/**
 * What a worker does at t: its words, how far it is, and whether it is dead.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function doingOf(run, part, t) {
  const looks = run.looks(part, t);
  if (looks?.letter === "✕") return { words: `died ${clockOf(looks.since, run.end)}`, share: 0, dead: true };
  const work = run.state(part, "work", t);
  if (!work || work.until <= t) return { words: looks ? "waits" : "gone", share: 0, dead: false };
  const held = run.moves.held(part, t, 1).length > 0;
  const words = held ? (TRIES[work.state] ?? work.state) : "too late";
  return { words, share: Math.max(doneOf(work, t), 0.02), dead: false };
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} share
 */
function drawDone(pen, x, y, width, share) {
  pen.rect(x, y, width, 7, 3.5, { fill: pen.c.hair });
  pen.rect(x, y, Math.max(7, width * share), 7, 3.5, { fill: pen.c.request });
}

/** @type {Partial<Kind>} */
export default {
  loss: "a worker",
  rank: 20,
  draw(pen, run, { part, x, y, w, h }, t) {
    const { c } = pen;
    const { words, share, dead } = doingOf(run, part, t);
    pen.rect(
      x,
      y,
      w,
      h,
      Math.min(10, h / 3),
      dead ? { fill: c.failTint, edge: c.fail, line: 2 } : { fill: c.raised, edge: c.edge },
    );
    if (h < 34) {
      const name = pen.fit(run.nameOf(part), share ? Math.max(w * 0.5, w - 44) : w - 16, 16, 600);
      pen.text(x + 8, y + h / 2 + 5.5, name, { weight: 600 });
      const after = x + 16 + pen.wide(name, 16, 600);
      if (share) drawDone(pen, after, y + h / 2 - 3.5, x + w - 10 - after, share);
      else
        pen.text(x + w - 8, y + h / 2 + 5.5, pen.first([words, words.split(" ")[0], ""], x + w - 8 - after), {
          colour: c.muted,
          align: "right",
        });
      return;
    }
    drawBadge(pen, x + 21, y + h / 2, run.looks(part, t) ?? { letter: "T", done: 1 });
    const line = share || dead ? y + h / 2 - 3 : y + h / 2 + 5.5;
    const room = w - 50;
    const name = pen.fit(run.nameOf(part), room, 16, 600);
    pen.text(x + 41, line, name, { weight: 600, colour: run.looks(part, t) ? c.ink : c.muted });
    const left = room - pen.wide(name, 16, 600) - 8;
    if (dead) pen.text(x + 41, y + h / 2 + 16, pen.fit(words, room), { colour: c.ink });
    else if (left > pen.wide(words)) pen.text(x + w - 10, line, words, { colour: c.muted, align: "right" });
    if (share) drawDone(pen, x + 41, y + h / 2 + 7, w - 52, share);
  },
  legend: () => [["ring", "the bar of a worker: how far it is with what it took"]],
};
