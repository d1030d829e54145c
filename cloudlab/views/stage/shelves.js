// Shelves: the coat check. Messages lie on a shelf, then with somebody who holds them for a time; then they
// are gone.
//
// It is drawn where one shelf feeds up to eight holders, and all else is who sends. Read `shelvesPlan` first.

import { drawHand, drawRing } from "./held.js";
import { BEADS, drawAgain, drawLine, drawPeople, drawTicket } from "./shapes.js";
import { drawArrows, drawOnItsWay, drawReturn, drawStill } from "./shelfways.js";
import { FEW, WIDE } from "./sizes.js";
import { numberOf, per, spanOf } from "./words.js";

/** @import { DrawScene, Move, Plan, Room, Stay, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const SHELF_HEAD = 38; // the line with a shelf's name
const ACROSS = 60; // from ticket to ticket
const TIGHT = 330; // in a board less wide than that, one number stands below the other

/**
 * A board: a shelf with its name.
 *
 * @typedef {{ x: number, y: number, w: number, h: number }} Board
 */

/**
 * Whether a run is a coat check: one shelf, few who hold what they took from it, and who sends.
 *
 * @param {Run} run
 */
export function isCoatCheck(run) {
  const holders = holdersOf(run);
  const known = new Set([...run.sources, ...run.shelves, ...run.deadEnds, ...holders]);
  const few = run.shelves.length === 1 && holders.length > 0 && holders.length <= FEW;
  return few && !run.rows && run.parts.every(({ layer }, part) => layer === null || known.has(part));
}

/**
 * Those who take from the shelf, and give back to it.
 *
 * @param {Run} run
 */
const holdersOf = (run) =>
  run.links.flatMap(([from, to]) => (run.shelves.includes(from) && run.leadsBack(to, from) ? [to] : []));

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function shelvesPlan(run, room) {
  const holders = holdersOf(run);
  const many = holders.length > 4;
  const usual = room.dense ? 44 : 49;
  const pitch = many ? 25 : usual;
  const boards =
    room.width >= WIDE
      ? boardsAcross(room, pitch, many)
      : boardsDown(room, pitch, holders.length, run.deadEnds.length);
  const first = boards.hands.y + SHELF_HEAD + pitch / 2;
  const ys = new Map(holders.map((part, place) => [part, first + pitch * place]));
  return { draw: drawShelves, width: room.width, holders, many, pitch, ys, ...boards };
}

/**
 * The three boards from left to right.
 *
 * @param {Room} room
 * @param {number} pitch
 * @param {boolean} many
 */
function boardsAcross({ width, dense }, pitch, many) {
  const [y, h] = [8, SHELF_HEAD + pitch * (many ? 8 : 4) + 4];
  const gone = { x: width - 180, y, w: 168, h };
  const lying = { x: 118, y, w: 194, h };
  const left = lying.x + lying.w + 54;
  const hands = { x: left, y, w: gone.x - 62 - left, h };
  return { down: false, shelves: 3, gone, lying, hands, height: y + h + (dense ? 34 : 44) };
}

/**
 * The three boards one below the other.
 *
 * @param {Room} room
 * @param {number} pitch
 * @param {number} holders
 * @param {number} deadEnds
 */
function boardsDown({ width }, pitch, holders, deadEnds) {
  const [x, w] = [12, width - 24];
  const lying = { x, y: 84, w, h: 88 };
  const hands = { x, y: 212, w, h: SHELF_HEAD + pitch * holders + 4 };
  const gone = { x, y: hands.y + hands.h + 40, w, h: 66 + (w < TIGHT ? 26 * deadEnds : 0) };
  return { down: true, shelves: 1, gone, lying, hands, height: gone.y + gone.h + 12 };
}

/** @type {DrawScene} */
function drawShelves(pen, plan, run, t, view) {
  const coming = view.hop ? run.moves.onTheWay(t, view.hop) : [];
  drawSenders(pen, plan, run, t, view);
  drawLying(pen, plan, run, t, view, coming);
  drawHands(pen, plan, run, t, view);
  drawGoneShelf(pen, plan, run, t, view);
  drawArrows(pen, plan);
  drawReturn(pen, plan, run, t);
  if (!view.motion) drawStill(pen, plan, run, t);
  for (const move of coming) drawOnItsWay(pen, plan, run, t, view, move);
  view.moving += coming.filter(({ target }) => target !== null).length;
}

/**
 * A shelf: its ground, its name, what that means, and how much lies there.
 *
 * @param {Pen} pen
 * @param {Board} board
 * @param {{ head: string, words: string, amount: number }} told
 */
function drawBoard(pen, { x, y, w, h }, { head, words, amount }) {
  const { c } = pen;
  pen.rect(x, y, w, h, 10, { fill: c.raised, edge: c.hair });
  const number = numberOf(amount);
  const after = x + 12 + pen.wide(head, 16, 600) + 9;
  const room = x + w - 18 - pen.wide(number, 20, 600) - after;
  pen.text(x + 12, y + 25, head, { weight: 600 });
  if (pen.wide(words) <= room) pen.text(after, y + 25, words, { colour: c.muted });
  pen.text(x + w - 12, y + 26, number, { size: 20, weight: 600, align: "right" });
}

/**
 * Who sends, left of the shelf or above it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawSenders(pen, { down, lying }, run, t, view) {
  const { c } = pen;
  const [shelf] = run.shelves;
  const middle = down ? 38 : lying.y + lying.h / 2;
  if (down) pen.line(60, 60, 60, lying.y, c.wire);
  else pen.line(96, middle, lying.x, middle, c.wire);
  run.sources.forEach((part, place) => {
    const alone = run.sources.length === 1;
    const [x, y] = down
      ? [60 + 150 * place, middle]
      : [60, middle + 100 * (place - (run.sources.length - 1) / 2)];
    drawPeople(pen, x, y - 4);
    view.places.push({ part, x: x - 38, y: y - 28, width: 76, height: 48 });
    const rate = alone && t > 0 ? run.moves.cameBy(shelf, part, t) / t : 0;
    const align = down ? "left" : "center";
    const [wordsX, wordsY] = down ? [x + 46, y - 2] : [x, y + 44];
    pen.text(wordsX, wordsY, pen.fit(run.nameOf(part), 108), { align });
    if (rate) pen.text(wordsX, wordsY + 22, pen.fit(per(rate), 112), { colour: c.muted, align });
  });
}

/**
 * What lies there for anyone to take, the oldest first: tickets, beads where there are more, capsules above.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @param {Move[]} coming
 */
function drawLying(pen, { lying, shelves }, run, t, view, coming) {
  const [shelf] = run.shelves;
  const { x, y, w, h } = lying;
  const leaving = new Set(coming.flatMap(({ source, message }) => (source === shelf ? [message] : [])));
  const amount = run.moves.count(shelf, t);
  const stays = run.moves.held(shelf, t, BEADS + leaving.size).filter(({ message }) => !leaving.has(message));
  const shown = Math.max(0, amount - leaving.size);
  drawBoard(pen, lying, { head: "Visible", words: "to take", amount });
  view.places.push({ part: shelf, x, y, width: w, height: h });
  const gap = (h - SHELF_HEAD) / shelves;
  /** @param {number} row */
  const lineOf = (row) => y + SHELF_HEAD + gap * (row + 1) - 12;
  for (let row = 0; row < shelves; row += 1)
    pen.line(x + 12, lineOf(row), x + w - 12, lineOf(row), pen.c.hair, 1.5);
  const across = Math.floor((w - 14) / ACROSS);
  const seen = stays.slice(0, shown);
  if (shown > across * shelves) {
    const way = { dx: -Math.min(14, (w - 30) / BEADS), tallest: shelves > 1 ? 56 : 30 };
    const [front, middle] = [x + w - 15, lineOf(shelves > 1 ? 1 : 0) - (shelves > 1 ? 30 : 18)];
    drawLine(pen, front, middle, shown, way);
    if (shown > BEADS) return;
    seen.forEach(({ message }, place) => {
      view.hits.push({ message, x: front + way.dx * (place + 0.5), y: middle, r: -way.dx / 2 });
    });
    return;
  }
  seen.forEach(({ message }, place) => {
    const ticketX = x + 12 + ACROSS * ((place % across) + 0.5) - 5;
    const ticketY = lineOf(Math.floor(place / across)) - 15;
    drawTicket(pen, ticketX, ticketY, numberOf(message), pen.c.raised);
    view.hits.push({ message, x: ticketX, y: ticketY, r: 9, box: [23, 14] });
  });
}

/**
 * Who holds a message, with the ring that says how long nobody else may have it.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawHands(pen, plan, run, t, view) {
  const { x, w } = plan.hands;
  const timeout = Number(run.parts[run.shelves[0]].attributes.visibility_timeout ?? 0);
  const words = timeout ? `hidden for ${spanOf(timeout)}` : "hidden";
  const amount = run.messagesAt(t).flying;
  drawBoard(pen, plan.hands, { head: "In flight", words, amount });
  const tall = plan.pitch - (plan.many ? 3 : 6);
  for (const part of plan.holders) {
    const y = plan.ys.get(part);
    drawHolding(pen, plan, run, part, y, t, view);
    const place = { part, x: x + 110, y: y - tall / 2, w: w - 122, h: tall, room: 0, stacked: true };
    run.kindOf(part).draw(pen, run, place, t, view);
    view.places.push({ part, x: place.x, y: place.y, width: place.w, height: tall });
  }
}

/**
 * The ring and the ticket before a holder; dashed where the ring has run out.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} part
 * @param {number} y
 * @param {number} t
 * @param {View} view
 */
function drawHolding(pen, { hands, many }, run, part, y, t, view) {
  const { c } = pen;
  const { x } = hands;
  const hand = run.moves.inHand(part, t);
  const [stay] = hand;
  const radius = many ? 9 : 17;
  if (stay) {
    pen.line(x + 97, y, x + 110, y, c.wire);
    drawRing(pen, x + 29, y, stay, t, { radius, ground: c.raised, numbers: !many });
    if (!many) {
      drawHand(pen, x + 74, y, hand, c.raised, view);
      return;
    }
    const words = numberOf(stay.message);
    const more = hand.length > 1 ? `${words} +${hand.length - 1}` : words;
    pen.text(x + 74, y + 5.5, pen.first([more, words], 50), { weight: 600, align: "center" });
    view.hits.push({ message: stay.message, x: x + 74, y, r: 23, box: [23, 12] });
    return;
  }
  const late = lateOf(run, part, t);
  if (!late) return;
  pen.disc(x + 29, y, radius - 1, { edge: c.fail, line: 2.2, dash: [2, 5] });
  if (!many) pen.rect(x + 51, y - 14, 46, 28, 6, { edge: c.edge, dash: [4, 3] });
  pen.text(x + 74, y + 5.5, numberOf(late.message), { colour: c.muted, align: "center" });
}

/**
 * The message that somebody still works on though it came back, or null.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {Stay | null}
 */
function lateOf(run, part, t) {
  const last = run.moves.last(part, t);
  const work = run.state(part, "work", t);
  const busy = work !== null && work.until > t && run.looks(part, t)?.letter !== "✕";
  return last && busy && last.left <= t && typeof last.to === "number" ? last : null;
}

/**
 * What was deleted, what was done twice, and what nobody could do.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawGoneShelf(pen, { gone: board, down }, run, t, view) {
  const { x, y, w, h } = board;
  const { gone, twice, dead } = run.messagesAt(t);
  drawBoard(pen, board, { head: "Gone", words: "deleted", amount: gone });
  const beside = down && w >= TIGHT && run.deadEnds.length > 0;
  const lines = beside ? 0 : 26 * run.deadEnds.length; // below the first one
  const below = (down ? 30 : 34) + lines;
  const first = down ? y + h - 16 - lines : y + h - below + 26;
  if (!down) {
    const rows = Math.floor((h - SHELF_HEAD - below) / 23);
    for (let place = 0; place < Math.min(gone, 4 * rows); place += 1)
      drawTicked(pen, x + 14 + 36 * (place % 4), y + SHELF_HEAD + 2 + 23 * Math.floor(place / 4));
    pen.line(x + 12, y + h - below + 5, x + w - 12, y + h - below + 5, pen.c.hair, 1.5);
  }
  /** @type {[left: number, line: number, amount: number, words: string][]} */
  const told = [
    [x + 22, first, twice, "done twice"],
    ...run.deadEnds.map((_, place) => {
      const [left, line] = beside ? [x + w / 2, first] : [x + 22, first + 26 * (place + 1)];
      return /** @type {[number, number, number, string]} */ ([
        left,
        line,
        dead,
        dead === 1 ? "dead letter" : "dead letters",
      ]);
    }),
  ];
  told.forEach(([left, line, amount, words], place) => {
    if (place) pen.cross(left, line - 5, 5, 2.6);
    else drawAgain(pen, left, line - 5);
    const room = (beside ? w / 2 : w) - 44;
    const style = { colour: amount ? pen.c.ink : pen.c.muted };
    pen.text(left + 14, line, pen.fit(`${numberOf(amount)} ${words}`, room), style);
    if (place)
      view.places.push({
        part: run.deadEnds[place - 1],
        x: left - 10,
        y: line - 19,
        width: room + 26,
        height: 25,
      });
  });
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
function drawTicked(pen, x, y) {
  pen.rect(x, y, 28, 18, 4, { edge: pen.c.edge, line: 1 });
  pen.path(
    [
      [x + 9, y + 9],
      [x + 13, y + 13],
      [x + 20, y + 5],
    ],
    { edge: pen.c.ok, line: 2 },
    false,
  );
}
