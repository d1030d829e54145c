// The kitchen: one function, who calls it, its door, and a stall for each environment.
//
// Nobody waits at the door: a call is let in, or turned away. Read `kitchenPlan` first.

import { BEADS, drawHead, drawLine, drawMoved, drawPeople, drawSmallTicket, hitLine } from "./shapes.js";
import { NARROW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { kitchenOf } from "./stalls.js";
import { drawStall, drawStalls, gridOfStalls } from "./stallshapes.js";
import { drawRequest, fewOf } from "./travellers.js";
import { hopOf } from "./ways.js";
import { numberOf, shortOf, spanOf } from "./words.js";

/** @import { Choice, DrawScene, Plan, Point, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */
/** @import { Stalls } from "./stalls.js" */

/**
 * @typedef {{ x: number, y: number, w: number, h: number }} Area
 * @typedef {{ x: number, top: number, from: number, end: number, wire: number }} On the way to the door: down
 *   from (x, top) to the height `wire`, and from `from` on to the right, to `end`
 */

const CROWD = 3; // more than so many on their way stand before the door
const SOON = 0.45; // wall seconds of a hop at ×1: where nothing moves, who comes within it is shown

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function kitchenPlan(run, { width, dense }) {
  const plan =
    width >= NARROW ? across(width, dense) : down(width, kitchenOf(run)?.stalls.places.length ?? 1);
  return { draw: drawKitchen, width, ...plan };
}

/**
 * Who calls stands at the left, the stalls at the right of the door.
 *
 * @param {number} width
 * @param {boolean} dense
 */
function across(width, dense) {
  const [left, low] = [276, dense ? 228 : 242];
  const wide = width - left - 12;
  return {
    down: false,
    calls: { x: 12, y: 8, w: 232, h: 162 },
    card: { x: 14, y: 178, w: 230, h: 108 },
    door: /** @type {[Point, Point]} */ ([
      [260, 52],
      [260, low],
    ]),
    heads: { x: left, y: 10, w: wide, h: 32 },
    stalls: { x: left, y: 48, w: wide, h: low - 48 },
    bar: { x: left, y: low + 8, w: wide, h: 30 },
    height: dense ? 290 : 296,
  };
}

/**
 * One below the other, with room for so many stalls.
 *
 * @param {number} width
 * @param {number} many
 */
function down(width, many) {
  const [x, w] = [12, width - 24];
  const few = width < 560;
  const heads = { x, y: 262, w, h: few ? 68 : 32 };
  const most = few ? 306 : 192;
  const { pitchY, across: side } = gridOfStalls(many, w, most);
  const stalls = {
    x,
    y: heads.y + heads.h + 8,
    w,
    h: Math.min(most, Math.max(64, pitchY * Math.ceil(many / side))),
  };
  const bar = { x, y: stalls.y + stalls.h + 8, w, h: few ? 60 : 30 };
  return {
    down: true,
    calls: { x, y: 8, w, h: 140 },
    card: { x, y: 168, w, h: 84 },
    door: /** @type {[Point, Point]} */ ([
      [x + 4, 158],
      [x + w - 4, 158],
    ]),
    heads,
    stalls,
    bar,
    height: bar.y + bar.h + 8,
  };
}

/** @type {DrawScene} */
function drawKitchen(pen, plan, run, t, view) {
  const found = kitchenOf(run);
  if (!found) return;
  const { part, stalls } = found;
  const limit = run.level(part, "ConcurrencyLimit", t);
  view.places.push({ part, x: plan.stalls.x, y: plan.stalls.y, width: plan.stalls.w, height: plan.stalls.h });
  drawCallers(pen, plan, run, t, view);
  drawKitchenDoor(pen, plan);
  drawStates(pen, plan.heads, stalls, t);
  const more = drawStalls(pen, plan.stalls, stalls.standing(t), part, view);
  drawUse(pen, plan.bar, stalls, t, { limit, more });
  drawAway(pen, plan, run, t, view);
}

// Who calls

/**
 * Who calls, what stands between them and the door, and what is on its way.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawCallers(pen, plan, run, t, view) {
  const { calls } = plan;
  const { c } = pen;
  const [source, between] = kitchenOf(run)?.way ?? [];
  const [x, y] = [calls.x + 42, calls.y + 46];
  const wire = calls.y + 120;
  const end = plan.down ? calls.x + calls.w - 30 : plan.door[0][0];
  pen.line(x, y + 24, x, wire, c.wire);
  if (plan.down) pen.line(end, wire, end, plan.door[0][1] - 4, c.wire);
  pen.line(x, wire, end, wire, c.wire);
  drawPeople(pen, x, y);
  view.places.push({ part: source, x: x - 38, y: y - 24, width: 76, height: 48 });
  const room = calls.x + calls.w - x - 52;
  pen.text(x + 50, y - 6, pen.fit(run.nameOf(source), room, 16, 600), { weight: 600 });
  const came = cameLately(run, source, t);
  if (came) pen.text(x + 50, y + 17, pen.fit(`last minute: ${shortOf(came)}`, room), { colour: c.muted });
  const from = between === undefined ? x + 8 : drawBetween(pen, plan, run, between, t, view);
  drawComing(pen, plan, run, t, view, { x, top: y + 26, from, end, wire });
}

/**
 * How many came in the last minute: after a burst a rate would speak of calls that nobody sees any more.
 *
 * @param {Run} run
 * @param {number} source
 * @param {number} t
 */
function cameLately(run, source, t) {
  if (run.rows) return run.arrivedBy(t) - run.arrivedBy(t - 60);
  return upTo(arrivalsOf(run, source), t) - upTo(arrivalsOf(run, source), t - 60);
}

/**
 * When whoever calls sent something.
 *
 * @param {Run} run
 * @param {number} source
 * @returns {ArrayLike<number>}
 */
function arrivalsOf(run, source) {
  if (run.rows) return run.arrived;
  const [only] = [...run.stalls.values()];
  if (!run.moves.some) return only.sent.came;
  run.sentFrom ??= run.moves.moves.flatMap((move) => (move.source === source ? [move.time] : []));
  return run.sentFrom;
}

/**
 * A topic, with the events that Lambda keeps, or a queue. Returns where its way on begins.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @param {View} view
 */
function drawBetween(pen, { calls, down: stacked }, run, part, t, view) {
  const { c } = pen;
  const wire = calls.y + 120;
  const found = kitchenOf(run);
  if (run.shelves.includes(part)) {
    const amount = run.moves.count(part, t);
    const [x, w] = [calls.x + 8, stacked ? Math.min(300, calls.w - 60) : calls.w - 34];
    drawRackOf(pen, x, wire, w, amount);
    pen.text(x + w - 4, wire - 32, pen.fit(run.nameOf(part), w - 60), { colour: c.muted, align: "right" });
    view.places.push({ part, x, y: wire - 25, width: w, height: 50 });
    const lying = run.moves.held(part, t, amount).map(({ message }) => ({ message }));
    hitRack(view, x + w, wire, w, lying);
    return x + w + 4;
  }
  const box = { part, x: calls.x + 8, y: wire - 27, w: 68, h: 54, room: 0, stacked: false };
  pen.rect(box.x + 2, box.y, 66, 54, 4, { fill: c.ground });
  run.kindOf(part).draw(pen, run, box, t, view);
  view.places.push({ part, x: box.x, y: box.y, width: 68, height: 54 });
  const kept = found?.stalls.kept(t) ?? 0;
  if (!kept) return box.x + 74;
  const x = box.x + 84;
  const w = stacked ? Math.min(240, calls.w - 130) : calls.x + calls.w - x - 14;
  drawRackOf(pen, x, wire, w, kept);
  const each = { part: Number(found?.part), inner: "kept" };
  hitRack(view, x + w, wire, w, Array(kept).fill(each));
  pen.text(x + w + 12, wire - 32, pen.fit("kept by Lambda", w + 20), { colour: c.muted, align: "right" });
  return x + w + 4;
}

/** @param {number} width */
const pitchIn = (width) => Math.min(12, (width - 70) / BEADS);

/**
 * What lies somewhere until it is taken, with its number.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y its middle
 * @param {number} width
 * @param {number} amount
 */
function drawRackOf(pen, x, y, width, amount) {
  const { c } = pen;
  const right = x + width;
  pen.path(
    [
      [right, y - 22],
      [x + 8, y - 22],
      [x, y - 14],
      [x, y + 14],
      [x + 8, y + 22],
      [right, y + 22],
    ],
    { fill: c.raised, edge: c.edge },
    false,
  );
  const reach = drawLine(pen, right - 6, y, amount, { dx: -pitchIn(width), tallest: 36 });
  pen.text(right - 12 - reach, y + 7, shortOf(amount), { size: 20, weight: 600, align: "right" });
}

/**
 * What a pointer selects in such a rack: each bead, or the first of a capsule's share.
 *
 * @param {View} view
 * @param {number} right
 * @param {number} y
 * @param {number} width
 * @param {Choice[]} things the oldest first
 */
function hitRack(view, right, y, width, things) {
  const pitch = pitchIn(width);
  const shown = Math.min(BEADS, things.length);
  for (let place = 0; place < shown; place += 1) {
    const first = things[Math.floor((place * things.length) / shown)];
    view.hits.push({ ...first, x: right - 6 - pitch * (place + 0.5), y, r: pitch / 2, box: [pitch / 2, 18] });
  }
}

/**
 * What comes to the door: a few dots, or a crowd that stands before it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @param {On} on
 */
function drawComing(pen, plan, run, t, view, on) {
  const way = kitchenOf(run)?.way ?? [];
  const times = arrivalsOf(run, way[0]);
  const [first, last] = [upTo(times, t), upTo(times, t + (view.hop || SOON * run.pace))];
  const direct = way.length === 1;
  if (view.motion) view.moving += last - first;
  if (direct && last - first > CROWD) drawCrowd(pen, run, { first, many: last - first }, view, on);
  else if (!view.motion && first && first === last)
    drawMoved(pen, on.x, on.top + 4, on.x, on.wire - (direct ? 12 : 30));
  else if (view.hop) drawFew(pen, run, times, t, view, on);
}

/**
 * A few dots or tickets on their way from who calls: to the door, or to what stands between.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {ArrayLike<number>} times
 * @param {number} t
 * @param {View} view
 * @param {On} on
 */
function drawFew(pen, run, times, t, view, { x, top, from, end, wire }) {
  const direct = kitchenOf(run)?.way.length === 1;
  const length = direct ? end - 12 - x : 40;
  for (const place of fewOf(times, t, t + view.hop, length)) {
    const share = 1 - (times[place] - t) / view.hop;
    const hopped = direct ? hopOf(x + 8, wire, end - 12, wire, share) : hopOf(x, top, x, wire - 28, share);
    if (run.rows) drawRequest(pen, view, place, hopped);
    else drawSmallTicket(pen, ...hopped);
  }
  if (!direct) drawOnward(pen, run, t, view, { x, top, from, end, wire });
}

/**
 * Messages on their way from what stands between to the door.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @param {On} on
 */
function drawOnward(pen, run, t, view, { from, end, wire }) {
  const way = kitchenOf(run)?.way ?? [];
  const last = way[way.length - 1];
  const going = run.moves
    .onTheWay(t, view.hop)
    .filter(({ source, target }) => source === last && target !== last);
  view.moving += going.length;
  const room = end - 12 - from;
  if (room < 16) return;
  for (const { time } of going.slice(0, CROWD))
    drawSmallTicket(pen, ...hopOf(from + 10, wire, end - 12, wire, 1 - (time - t) / view.hop));
}

/**
 * More than a few who come at once: they stand before the door, and are let in or turned away.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {{ first: number, many: number }} who
 * @param {View} view
 * @param {On} on
 */
function drawCrowd(pen, run, { first, many }, view, { x, end, wire }) {
  const way = { dx: -Math.min(9, (end - x - 24) / BEADS), tallest: 46 };
  const front = end - 12;
  const reach = drawLine(pen, front, wire, many, way);
  hitLine(view, front, wire, many, way, (most) =>
    Array.from({ length: Math.min(most, many) }, (_, place) => first + place),
  );
  const words = `${numberOf(many)} at the door`;
  const left = Math.max(x + 10, front - reach);
  pen.text(left, wire + 44, pen.fit(words, end - left, 16, 600), { weight: 600, halo: pen.c.ground });
}

// The door, and who is turned away

/**
 * @param {Pen} pen
 * @param {Plan} plan
 */
function drawKitchenDoor(pen, { door, down: stacked, calls, stalls }) {
  const { c } = pen;
  const [[x1, y1], [x2, y2]] = door;
  pen.line(x1, y1, x2, y2, c.slate, 3);
  if (stacked) {
    drawHead(pen, calls.x + calls.w - 30, y1 - 2, calls.x + calls.w - 30, y1 - 20);
    return;
  }
  for (const share of [1 / 6, 3 / 6, 5 / 6]) {
    const y = stalls.y + stalls.h * share;
    pen.line(x1, y, x1 + 10, y, c.slate, 2.2);
    pen.path(
      [
        [x1 + 5, y - 5],
        [x1 + 10, y],
        [x1 + 5, y + 5],
      ],
      { edge: c.slate, line: 2.2 },
      false,
    );
  }
}

/**
 * The card of those who were turned away so far: how many, why, and what becomes of them.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawAway(pen, { card, calls, down: stacked }, run, t, view) {
  const found = kitchenOf(run);
  const away = found?.stalls.awayBy(t) ?? 0;
  if (!found || !away) return;
  const { c } = pen;
  const { x, y, w, h } = card;
  if (!stacked && found.way.length === 1) {
    pen.line(calls.x + 150, calls.y + 122, calls.x + 150, y - 6, c.edge, 1.5, [3, 4]);
  }
  pen.rect(x, y, w, h, 10, { fill: c.failTint, edge: c.fail, line: 2 });
  pen.cross(x + 22, y + 20, 7, 3);
  const number = numberOf(away);
  pen.text(x + 40, y + 27, number, { size: 20, weight: 600 });
  pen.text(x + 48 + pen.wide(number, 20, 600), y + 27, "turned away", { weight: 600 });
  const lines = linesOf(pen, awayWords(run, found.part, found.stalls, t), w - 28, stacked ? 2 : 3);
  lines.forEach((line, place) => pen.text(x + 14, y + 51 + 22 * place, line));
  view.hits.push({
    part: found.part,
    inner: `away ${away - 1}`,
    x: x + w / 2,
    y: y + h / 2,
    r: 20,
    box: [w / 2, h / 2],
  });
}

/**
 * Why calls are turned away, and what becomes of them.
 *
 * @param {Run} run
 * @param {number} part
 * @param {Stalls} stalls
 * @param {number} t
 */
function awayWords(run, part, stalls, t) {
  const place = stalls.awayBy(t) - 1;
  const limit = numberOf(run.level(part, "ConcurrencyLimit", stalls.sent.throttled[place]));
  const full = limit === "0" ? "429: it is turned off." : `429: all ${limit} were in use.`;
  const why = stalls.sent.why[place].includes("RateLimit") ? "429: too many a second." : full;
  return `${why} ${afterWords(run)}`;
}

/**
 * What becomes of what was turned away: it depends on who called.
 *
 * @param {Run} run
 */
export function afterWords(run) {
  if (run.rows) return "Nobody waits in line: each caller must retry.";
  if (run.shelves.length) return "They come back to the queue.";
  return "Lambda keeps each, and tries it again.";
}

/**
 * Words in at most so many lines.
 *
 * @param {Pen} pen
 * @param {string} words
 * @param {number} room
 * @param {number} most
 */
function linesOf(pen, words, room, most) {
  /** @type {string[]} */
  const lines = [];
  for (const word of words.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && pen.wide(`${last} ${word}`) <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = pen.fit(`${kept[most - 1]} ${lines[most]}`, room);
  return kept;
}

// The stalls, and how many are in use

/**
 * How many stalls are in which state.
 *
 * @param {Pen} pen
 * @param {Area} heads
 * @param {Stalls} stalls
 * @param {number} t
 */
function drawStates(pen, { x, y, w }, stalls, t) {
  const { c, context } = pen;
  const { init, running, idle, gone } = stalls.counts(t);
  const columns = w < 500 ? 2 : 4;
  /** @type {[letter: string, amount: number, words: string][]} */
  const told = [
    ["I", init, "in INIT"],
    ["R", running, "running"],
    ["Z", idle, "idle"],
    ["G", gone, "gone"],
  ];
  told.forEach(([letter, amount, words], place) => {
    const left = x + (w / columns) * (place % columns);
    const line = y + 36 * Math.floor(place / columns);
    context.save();
    context.translate(left + 17, line + 15);
    context.scale(0.5, 0.5);
    drawStall(pen, letter, letter === "R" ? 0.3 : 1, 24);
    context.restore();
    const number = numberOf(amount);
    const style = { size: 20, weight: 600, colour: amount ? c.ink : c.muted };
    pen.text(left + 40, line + 23, number, style);
    pen.text(left + 46 + pen.wide(number, 20, 600), line + 22, words, { colour: c.muted });
  });
}

/**
 * The calls that run, against what may run at once.
 *
 * @param {Pen} pen
 * @param {Area} bar
 * @param {Stalls} stalls
 * @param {number} t
 * @param {{ limit: number, more: number }} told
 */
function drawUse(pen, bar, stalls, t, { limit, more }) {
  const { c } = pen;
  const used = stalls.inUse(t);
  const kept = stalls.lifetime < Infinity ? `idle ones are kept for ${spanOf(stalls.lifetime)}` : "";
  const told = more ? `+ ${numberOf(more)} stalls` : kept;
  const badge = limit < 1e5 ? numberOf(limit) : shortOf(limit);
  const wide = pen.wide(badge, 16, 600) + 18;
  const below = bar.h > 40;
  const room = pen.wide(`${numberOf(limit)} in use`, 16, 600) + 14;
  const right = below || bar.w < 560 ? 0 : pen.wide(told) + 24;
  const left = bar.x + room;
  const length = Math.max(60, bar.w - room - wide - pen.wide("cap") - 16 - right);
  pen.text(bar.x, bar.y + 20, `${numberOf(used)} in use`, { weight: 600, colour: used ? c.ink : c.muted });
  drawFilled(pen, { x: left, y: bar.y, w: length, h: 28 }, stalls, t, limit);
  const end = left + length;
  pen.rect(end - 4, bar.y - 3, wide, 34, 8, { fill: c.slate });
  pen.text(end - 4 + wide / 2, bar.y + 20, badge, { weight: 600, align: "center", colour: c.onSlate });
  pen.text(end + wide + 4, bar.y + 20, "cap", { weight: 600 });
  if (!told) return;
  if (right) pen.text(bar.x + bar.w, bar.y + 20, told, { colour: c.muted, align: "right" });
  else if (below) pen.text(bar.x, bar.y + 52, pen.fit(told, bar.w), { colour: c.muted });
}

/**
 * A bar that is filled by those that run, and hatched by those in INIT.
 *
 * @param {Pen} pen
 * @param {Area} bar
 * @param {Stalls} stalls
 * @param {number} t
 * @param {number} limit
 */
function drawFilled(pen, { x, y, w, h }, stalls, t, limit) {
  const { c } = pen;
  const { init, running } = stalls.counts(t);
  const unit = limit ? w / limit : 0;
  const hot = Math.min(w, running * unit);
  const cold = Math.min(w - hot, Math.min(init, stalls.inUse(t) - running) * unit);
  pen.rect(x, y, w, h, 7, { fill: c.hair });
  if (hot > 0) pen.rect(x, y, hot, h, [7, 0, 0, 7], { fill: c.request });
  if (cold > 0) {
    pen.rect(x + hot, y, cold, h, hot ? 0 : [7, 0, 0, 7], { fill: c.bootTint });
    pen.hatch(x + hot, y, cold, h, hot ? 0 : [7, 0, 0, 7], c.boot);
  }
  for (let step = 1; step < limit && unit > 7; step += 1)
    pen.line(x + step * unit, y + 1, x + step * unit, y + h - 1, c.ground, 1);
  pen.rect(x, y, w, h, 7, { edge: c.edge });
}
