// An application: one box that holds its components, where they are one process. It tells of orders: which
// are sold, lost and late, and where each one is.

import { drawBadge } from "../tiles.js";
import {
  drawLineBefore,
  drawSlots,
  lateAt,
  lostAt,
  orderStory,
  roomBefore,
  slotsOf,
  soldAt,
  stuckAt,
  inVain,
  whyLost,
  widthOfSlots,
} from "../orders.js";
import { absent } from "../thing.js";
import { countOf, numberOf, secondsOf } from "../words.js";

/** @import { Kind, Place, Room, View } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

const EDGE = 12; // between the box and its components
const GAP = 10; // between those

/**
 * How its components stand in it: so many across, each so large.
 *
 * @param {Run} run
 * @param {number} part
 * @param {{ width: number, dense: boolean }} room
 */
function gridOf(run, part, { width, dense }) {
  const cells = run.childrenOf(part).length;
  const longest = Math.max(...run.childrenOf(part).map((child) => run.nameOf(child).length), 4);
  const wide = 77 + 10.6 * longest;
  const most = Math.max(1, Math.floor((width - 48 - 2 * EDGE + GAP) / (wide + GAP)));
  const across = Math.max(1, Math.min(most, width < 880 ? 2 : 3, cells));
  const [head, high] = dense ? [26, 32] : [32, 42];
  return { wide, across, down: Math.ceil(cells / across), head, high };
}

/** @param {ReturnType<typeof gridOf>} grid */
const sizeOf = ({ wide, across, down, head, high }) => [
  across * wide + (across - 1) * GAP + 2 * EDGE,
  head + down * high + (down - 1) * 8 + EDGE,
];

/**
 * Whether all of its components are down.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const isDown = (run, part, t) => {
  const children = run.childrenOf(part);
  return (
    children.length > 0 && children.every((child) => ["✕", "P"].includes(run.looks(child, t)?.letter ?? ""))
  );
};

/**
 * A component in the box: how it is, and the orders at which it is at work.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {Place} place
 * @param {number} t
 * @param {View} view
 */
function drawCell(pen, run, { part, x, y, w, h }, t, view) {
  const { c } = pen;
  const looks = run.looks(part, t) ?? { letter: "T", done: 1 };
  const bad = looks.letter === "✕" || looks.letter === "H";
  pen.rect(x, y, w, h, 8, bad ? { fill: c.raised, edge: c.fail, line: 2 } : { fill: c.raised, edge: c.edge });
  drawBadge(pen, x + 20, y + h / 2, looks);
  pen.text(x + 40, y + h / 2 + 5.5, pen.fit(run.nameOf(part), w - 62, 16, 600), { weight: 600 });
  const working = run.calls.held(part, t).filter((row) => !run.calls.waitsFor(row, t).length);
  if (working.length) {
    pen.disc(x + w - 14, y + h / 2, 5, { fill: c.request });
    pen.mark("dot", x + w - 19, y + h / 2 - 5, 10, 10);
    view.hits.push({ row: run.calls.order[working[0]], x: x + w - 14, y: y + h / 2, r: 8 });
  }
  view.places.push({ part, x, y, width: w, height: h });
}

/** @type {Partial<Kind>} */
export default {
  rank: 5,
  showsItsEnd: true,
  glyphs: {
    late: [
      '<circle cx="8" cy="8" r="6" fill="none" stroke="var(--boot-edge)" stroke-width="2"/>',
      '<path d="M8 4.500V8l2.500 1.500" fill="none" stroke="var(--boot-edge)" stroke-width="2"/>',
    ],
    slots: [
      '<rect x="1" y="4" width="8" height="8" rx="2" fill="none" stroke="var(--edge)" stroke-width="1.5"/>',
      '<circle cx="5" cy="8" r="2.5" fill="var(--request)"/>',
      '<rect x="9" y="4" width="6" height="8" rx="2" fill="none" stroke="var(--edge)" stroke-width="1.5"/>',
    ],
    hollow: [
      '<rect x="2" y="2" width="12" height="12" rx="3" fill="none" stroke="var(--edge)" stroke-width="1.5"/>',
      '<circle cx="8" cy="8" r="3" fill="none" stroke="var(--request)" stroke-width="2"/>',
    ],
  },
  size(run, part, room) {
    const [width, height] = sizeOf(gridOf(run, part, room));
    return [width, height, roomBefore(room)];
  },
  draw(pen, run, place, t, view) {
    const { part, x, y, w, h } = place;
    const { c } = pen;
    const width = pen.canvas.width / pen.ratio;
    const grids = [false, true].map((dense) => gridOf(run, part, { width, dense }));
    const grid = grids.find((one) => sizeOf(one)[1] === h) ?? grids[0];
    const down = isDown(run, part, t);
    pen.rect(x, y, w, h, 12, { fill: down ? c.failTint : c.ground });
    if (down) pen.hatch(x, y, w, h, 12, c.fail, 10, 1.2);
    pen.rect(x, y, w, h, 12, down ? { edge: c.fail, line: 2 } : { edge: c.edge, line: 2 });
    const middle = y + grid.head / 2 + 1;
    const words = down ? "one process, down" : "one process";
    if (down) pen.rect(x + EDGE - 4, middle - 11, pen.wide(words) + 8, 22, 6, { fill: c.failTint });
    pen.text(x + EDGE, middle + 5.5, words, { colour: c.ink });
    const slots = slotsOf(run, part, t);
    if (!down) {
      const room = w - 2 * EDGE - pen.wide(words) - 12;
      const left = x + w - EDGE - widthOfSlots(slots, room);
      drawSlots(pen, run, slots, { x: left, y: middle, room }, t, view);
    }
    run.childrenOf(part).forEach((child, cell) => {
      const [column, row] = [cell % grid.across, Math.floor(cell / grid.across)];
      const left = x + EDGE + column * (grid.wide + GAP);
      const top = y + grid.head + row * (grid.high + 8);
      const box = { ...place, part: child, x: left, y: top, w: grid.wide, h: grid.high };
      drawCell(pen, run, box, t, view);
    });
    drawLineBefore(pen, run, slots.line, { ...place, y: y + h / 2 }, view);
  },
  teller: {
    one: "order",
    story: orderStory,
    ended(run, row) {
      const number = numberOf(run.number[row] + 1);
      const took = secondsOf(run.answered[row] - run.arrived[row]);
      if (!run.status[row]) return `Order ${number} is sold after ${took}.`;
      return `Order ${number} is lost after ${took}: ${whyLost(run, row)}.`;
    },
    line(run, t) {
      const lines = run.parts.flatMap((_, part) =>
        run.calls.line(part, t).map((row) => run.calls.order[row]),
      );
      return lines.filter((row) => row < run.rows && run.answered[row] > t);
    },
    compare(runs, t) {
      const [before, after] = runs.map((run) => Math.min(t, run.end));
      const [one, other] = runs;
      const lost = `${numberOf(lostAt(other, after))} lost instead of ${numberOf(lostAt(one, before))}`;
      const [late, was] = [lateAt(other, after), lateAt(one, before)];
      const behind = late || was ? `, and ${numberOf(late)} late instead of ${numberOf(was)}` : "";
      return `The same orders, with ${other.label || "the second shop"}: ${lost}${behind}.`;
    },
  },
  numbers(run, t) {
    const { p50, n } = run.times.at(t);
    return [
      { glyph: "tick", words: "Sold", value: numberOf(soldAt(run, t)) },
      { glyph: "fail", words: "Lost", value: numberOf(lostAt(run, t)) },
      { glyph: "late", words: "Late", value: numberOf(lateAt(run, t)) },
      { glyph: "wait", words: "Open", value: numberOf(run.arrivedBy(t) - soldAt(run, t) - lostAt(run, t)) },
      { glyph: "p50", words: "Half take under", value: n ? numberOf(p50) : "–", unit: "s p50" },
    ];
  },
  sentence(run, t) {
    const [sold, lost, late] = [soldAt(run, t), lostAt(run, t), lateAt(run, t)];
    const counts = `${numberOf(sold)} sold, ${numberOf(lost)} lost, ${numberOf(late)} late.`;
    const stuck = stuckAt(run, t);
    return stuck ? `${stuck} ${counts}` : `${countOf(sold + lost, "order")} over: ${counts}`;
  },
  level(run, t) {
    const some = lostAt(run, run.end) > 0 || !lateAt(run, run.end);
    const value = some ? lostAt(run, t) : lateAt(run, t);
    return { words: some ? "lost" : "late", value, unit: "orders" };
  },
  legend: () => [
    ["request", "an order, or a call that it sets off, on its way"],
    ["slots", "slots: with a disc one is at work, empty it is free"],
    ["hollow", "a slot that is taken and only waits for the answer of another part"],
    ["wait", "an order or a call that stands in line; behind a rack it is a message in a queue"],
    ["fail", "an order that is lost; a part that is down"],
    ["late", "an order that is sold, while what belongs to it is not done within 10 s"],
  ],
  story(run, part, t) {
    const gone = absent(run, part, t);
    if (gone) return gone;
    const { all, held, line } = slotsOf(run, part, t);
    const name = run.nameOf(part);
    if (isDown(run, part, t)) return [`${name} is one process, and it is down with all that is in it.`];
    return [
      `${name}: ${held.length} of ${all} slots are taken, and ${countOf(line.length, "order")} in line` +
        `${inVain(run, line, t)}.`,
    ];
  },
};
