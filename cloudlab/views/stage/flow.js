// Flow: any record, its parts from left to right by who sends to whom; on a narrow screen from top to bottom.
//
// A part is drawn as its kind says; what it holds is drawn in it or before it. What goes back, a message that
// nobody deleted, runs below. Read `flowPlan` first.

import { drawHeld, drawQueueing, HELD, QUEUEING } from "./held.js";
import { drawHead, drawPlug, drawSmallTicket } from "./shapes.js";
import { FEW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { drawRequest, fewOf, strokeOf } from "./travellers.js";
import { midX, pointOn, traceWay, wayOf } from "./ways.js";
import { clamp, easeInOut } from "./words.js";

/** @import { DrawScene, Place, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Way } from "./ways.js" */

const NAME = 36; // room for a name below a part
const BETWEEN = 28; // between boxes: room for a plug that hangs
const CLOSE = 14; // between those that show themselves that they are dead
const [LONG, SHORT] = [56, 28]; // ways between layers, and where a line stands before each box
const GAP = 12; // between those side by side

/**
 * A layer: its members, `across` side by side, and how large each of them is.
 *
 * @typedef {{ members: number[], sizes: Size[], across: number, wide: number, pitch: number,
 *   width: number }} Block
 * @typedef {{ width: number, height: number, room: number, grows: boolean }} Size
 */

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function flowPlan(run, room) {
  const { width, dense } = room;
  const shown = run.parts.flatMap(({ layer }, part) => (layer === null ? [] : [part]));
  /** @param {number} part */
  const layerOf = (part) => Number(run.parts[part].layer);
  const gap = run.calls.some ? SHORT : LONG;
  const layers = [...new Set(shown.map(layerOf))].sort((a, b) => a - b);
  const blocks = layers.map((layer) => {
    const members = shown.filter((part) => layerOf(part) === layer);
    return blockOf(run, members, layers.length === 1, room);
  });
  const least = blocks.reduce((sum, block) => sum + block.width, 0) + gap * (blocks.length - 1) + 48;
  const down = least > width && blocks.length > 1;
  /** @type {Map<number, Place>} */
  const places = new Map();
  const plan = {
    draw: drawFlow,
    width,
    height: 0,
    places,
    down,
    below: run.back.length ? 44 : 0,
    dense,
    called: run.calls.some,
  };
  if (down) stackDown(plan, blocks, width);
  else spreadOut(plan, blocks, width, { spare: width - least, gap });
  return plan;
}

/**
 * @param {Run} run
 * @param {number[]} members
 * @param {boolean} alone there is no other layer
 * @param {Room} room
 * @returns {Block}
 */
function blockOf(run, members, alone, room) {
  members.sort((a, b) => Number(run.parts[a].row) - Number(run.parts[b].row));
  const sizes = members.map((part) => sizeOf(run, part, room));
  const labelled = members.some((part) => run.kindOf(part).labelled);
  const wide = widest(sizes);
  const hanging = members.some((part) => !run.kindOf(part).showsItsEnd);
  const apart = hanging ? BETWEEN : CLOSE - (room.dense ? 6 : 0);
  const pitch = Math.max(...sizes.map((size) => size.height)) + (labelled ? NAME : apart);
  const most = Math.max(1, Math.floor((room.width - 48 + GAP) / (wide + GAP)));
  const across = Math.min(most, alone ? FEW : Math.ceil(members.length / FEW));
  return { members, sizes, across, wide, pitch, width: across * wide + (across - 1) * GAP };
}

/** @param {Size[]} sizes */
const widest = (sizes) => Math.max(...sizes.map(({ room, width }) => room + width));

/**
 * @param {Run} run
 * @param {number} part
 * @param {Room} room
 * @returns {Size}
 */
function sizeOf(run, part, room) {
  const { size, grows } = run.kindOf(part);
  const [width, height, before = 0] = size(run, part, room);
  const queueing = run.lanes.has(part) ? QUEUEING : before;
  return { width, height, room: run.moves.rings(part) ? HELD : queueing, grows };
}

/**
 * @param {Plan} plan
 * @param {Block[]} blocks
 * @param {number} width
 * @param {{ spare: number, gap: number }} room what is left of the width, and the least way between layers
 */
function spreadOut(plan, blocks, width, { spare, gap: least }) {
  const growing = blocks.filter(({ sizes, across }) => across === 1 && sizes.some(({ grows }) => grows));
  let left = Math.max(0, spare);
  for (const block of growing) {
    const more = Math.min(140, Math.max(0, spare) / growing.length);
    for (const size of block.sizes) if (size.grows) size.width += more;
    const wide = widest(block.sizes);
    left -= wide - block.wide;
    block.wide = block.width = wide;
  }
  const gap = blocks.length > 1 ? Math.min(150, least + Math.max(0, left) / (blocks.length - 1)) : 0;
  const heights = blocks.map(({ members, across, pitch }) => Math.ceil(members.length / across) * pitch);
  const tall = Math.max(...heights);
  const total = blocks.reduce((sum, block) => sum + block.width, 0) + gap * (blocks.length - 1);
  let x = Math.max(24, (width - total) / 2);
  const [above, under] = plan.dense ? [28, 8] : [36, 16];
  blocks.forEach((block, layer) => {
    placeBlock(plan, block, x, above + (tall - heights[layer]) / 2);
    x += block.width + gap;
  });
  plan.height = above + tall + under + plan.below;
}

/**
 * @param {Plan} plan
 * @param {Block[]} blocks
 * @param {number} width
 */
function stackDown(plan, blocks, width) {
  let y = 32;
  for (const block of blocks) {
    const { members, wide, pitch } = block;
    const most = Math.floor((width - 24 + GAP) / (wide + GAP));
    const beside = Math.max(1, Math.min(members.length, most));
    block.across = plan.called && beside < members.length ? 1 : beside; // no way leads behind a box
    const rows = Math.ceil(members.length / block.across);
    const side = block.across * wide + (block.across - 1) * GAP;
    placeBlock(plan, block, (width - side) / 2, y);
    y += rows * pitch + 34;
  }
  plan.height = y + plan.below;
}

/**
 * @param {Plan} plan
 * @param {Block} block
 * @param {number} x
 * @param {number} y
 */
function placeBlock(plan, { members, sizes, across, wide, pitch }, x, y) {
  const stacked = plan.down && across === 1 && members.length > 1;
  members.forEach((part, place) => {
    const { width: w, height: h, room } = sizes[place];
    const left = x + (place % across) * (wide + GAP) + (wide - room - w) / 2 + room;
    const top = y + Math.floor(place / across) * pitch + (pitch - h) / 2;
    plan.places.set(part, { part, x: left, y: top, w, h, room, stacked, down: plan.down });
  });
}

// Drawing

/** @type {DrawScene} */
function drawFlow(pen, plan, run, t, view) {
  if (view.head) pen.text(24, 24, pen.fit(view.head, plan.width - 48, 16, 600), { weight: 600 });
  for (const [from, to] of run.back) drawWay(pen, plan, run, from, to, [2, 6]);
  for (const [from, to] of run.onward) {
    const leg = view.hop ? run.legs.find((one) => one.from === from && one.to === to) : undefined;
    drawWay(pen, plan, run, from, to, [], leg ? strokeOf(leg.times, t, view.hop / leg.of) : 1.5);
  }
  if (!view.motion && run.moves.some) drawLastMove(pen, plan, run, t);
  for (const place of plan.places.values()) {
    view.places.push({ part: place.part, x: place.x, y: place.y, width: place.w, height: place.h });
    drawPart(pen, run, place, t, view); // what is drawn in it may be selected by itself
  }
  if (view.hop) {
    drawRequestsOn(pen, plan, run, t, view);
    drawCallsOn(pen, plan, run, t, view);
    drawMessagesOn(pen, plan, run, t, view);
  }
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} from
 * @param {number} to
 * @param {number[]} dash
 */
function drawWay(pen, plan, run, from, to, dash, stroke = 1.5) {
  const way = wayOf(plan, run, from, to);
  if (way) traceWay(pen, way, pen.c.wire, stroke, dash);
}

/**
 * A still frame shows the last move as a dotted arrow.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawLastMove(pen, plan, run, t) {
  const move = run.moves.before(t);
  const way = move && wayOf(plan, run, move.source, move.target);
  if (!way) return;
  traceWay(pen, way, pen.c.request, 3, [1, 7]);
  drawHead(pen, ...pointOn(way, 1), ...pointOn(way, 0.94));
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawRequestsOn(pen, plan, run, t, view) {
  const { hop } = view;
  view.moving += upTo(run.arrived, t + hop) - upTo(run.arrived, t);
  for (const leg of run.legs) {
    const way = wayOf(plan, run, leg.from, leg.to);
    if (!way) continue;
    const [since, until] = [
      leg.of === 2 && leg.first ? t + hop / 2 : t,
      leg.of === 1 || leg.first ? hop : hop / 2,
    ];
    const { length, on } = between(way);
    for (const place of fewOf(leg.times, since, t + until, length - 24)) {
      const share = 1 - (leg.times[place] - since) / (t + until - since);
      const own = on(share);
      const [x, y] = pointOn(way, own);
      drawRequest(pen, view, leg.rows[place], [x, y, ...pointOn(way, own - 0.12)]);
    }
  }
}

/**
 * A call is a dot that goes from caller to callee: to the pointer it is its order.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawCallsOn(pen, plan, run, t, view) {
  for (const leg of run.calls.legs) {
    const way = wayOf(plan, run, leg.from, leg.to);
    if (!way) continue;
    const { on } = between(way);
    for (const { row, share } of run.calls.onTheWay(leg, t, view.hop)) {
      const [x, y] = pointOn(way, on(share));
      drawRequest(pen, view, run.calls.order[row], [x, y, ...pointOn(way, on(share) - 0.12)]);
      view.moving += 1;
    }
  }
}

/**
 * How long a way is, and where on it something is that has made a share of its hop: it covers neither end.
 *
 * @param {Way} way
 */
function between(way) {
  const [[x1, y1], [x2, y2]] = [pointOn(way, 0), pointOn(way, 1)];
  const length = Math.max(1, Math.hypot(x2 - x1, y2 - y1));
  const [start, end] = [Math.min(0.4, 10 / length), Math.max(0.6, 1 - 16 / length)];
  /** @param {number} share */
  const on = (share) => start + (end - start) * easeInOut(clamp(share, 0, 1));
  return { length, on };
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawMessagesOn(pen, plan, run, t, view) {
  for (const move of run.moves.onTheWay(t, view.hop)) {
    const way = wayOf(plan, run, move.source, move.target);
    if (!way) continue;
    const share = between(way).on(1 - (move.time - t) / view.hop);
    drawSmallTicket(pen, ...pointOn(way, share), ...pointOn(way, share - 0.12));
    view.moving += 1;
  }
}

/**
 * A part as its kind draws it, with its name, and what it holds.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {Place} place
 * @param {number} t
 * @param {View} view
 */
function drawPart(pen, run, place, t, view) {
  const { part, x, y, w, h } = place;
  const kind = run.kindOf(part);
  kind.draw(pen, run, place, t, view);
  if (run.looks(part, t)?.letter === "✕" && !kind.showsItsEnd) drawPlug(pen, x + w - 34, y + h);
  if (kind.labelled) {
    const words = pen.fit(kind.label(run, part, t), Math.max(w + 24, 130));
    pen.text(midX(place), y + h + 21, words, { align: "center", halo: pen.c.ground });
  }
  if (run.moves.rings(part)) drawHeld(pen, run, place, t, view);
  else if (run.lanes.has(part)) drawQueueing(pen, run, place, t);
}
