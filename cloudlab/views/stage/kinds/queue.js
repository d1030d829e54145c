// A queue: an open-fronted rack. Its beads are the messages that anyone may take, the oldest at the front.

import { BEADS, beadAt, drawLine } from "../shapes.js";
import { absent } from "../thing.js";
import { countOf, numberOf } from "../words.js";

/** @import { Kind } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

/**
 * Messages that anyone may take: those that move, or as its metric says.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const visibleAt = (run, part, t) =>
  run.moves.some ? run.moves.count(part, t) : run.level(part, "ApproximateNumberOfMessagesVisible", t);

/**
 * The rack with what waits in it. Returns the pitch of its beads.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y its middle
 * @param {number} width
 * @param {number} amount
 */
function drawRack(pen, x, y, width, amount) {
  const { c } = pen;
  const right = x + width;
  pen.path(
    [
      [right, y - 24],
      [x + 8, y - 24],
      [x, y - 16],
      [x, y + 16],
      [x + 8, y + 24],
      [right, y + 24],
    ],
    { fill: c.raised, edge: c.edge },
    false,
  );
  const pitch = Math.min(14, (width - 56) / BEADS);
  const reach = drawLine(pen, right - 6, y, amount, { dx: -pitch, tallest: 40 });
  pen.text(right - 12 - reach, y + 7, numberOf(amount), { size: 20, weight: 600, align: "right" });
  return pitch;
}

/**
 * A small rack with its letter, where it is one of those who listen.
 *
 * @type {Kind["icon"]}
 */
function drawIcon(pen, run, part, x, y) {
  pen.path(
    [
      [x + 12, y - 11],
      [x - 9, y - 11],
      [x - 13, y - 7],
      [x - 13, y + 7],
      [x - 9, y + 11],
      [x + 12, y + 11],
    ],
    { fill: pen.c.okTint, edge: pen.c.ok, line: 2 },
    false,
  );
  pen.text(x, y + 5, "Q", { size: 14, weight: 700, align: "center" });
}

/** @type {Partial<Kind>} */
export default {
  icon: drawIcon,
  shelf: true,
  labelled: true,
  grows: true,
  size: () => [200, 50],
  draw(pen, run, { part, x, y, w, h }, t, view) {
    const moves = view.hop ? run.moves.onTheWay(t, view.hop) : [];
    const leaving = moves.filter((move) => move.source === part).length;
    const amount = Math.max(0, visibleAt(run, part, t) - leaving);
    const pitch = drawRack(pen, x, y + h / 2, w, amount);
    if (amount > BEADS) return;
    run.moves.held(part, t, amount).forEach(({ message }, bead) => {
      const [beadX, beadY] = beadAt(x + w - 6, y + h / 2, -pitch, 0, bead);
      view.hits.push({ message, x: beadX, y: beadY, r: pitch / 2 });
    });
  },
  rank: 15,
  numbers(run, t) {
    const { gone, twice } = run.messagesAt(t);
    if (!run.shelves.length || (run.caller !== null && !twice)) return [];
    const unit = gone ? `(${Math.round((100 * twice) / gone)} % of ${numberOf(gone)})` : "";
    return [{ glyph: "again", words: "Work done twice", value: numberOf(twice), unit }];
  },
  story: (run, part, t) =>
    absent(run, part, t) ?? [
      `${run.nameOf(part)} holds ${countOf(visibleAt(run, part, t), "message")} that anyone may take.`,
    ],
};
