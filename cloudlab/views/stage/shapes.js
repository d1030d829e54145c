// Shapes that travel, wait or stand for a part, in the colours of the theme. What only one kind of part looks
// like stands in its file of kinds/.

/** @import { Point, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */

// Requests and messages

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} backX
 * @param {number} backY
 */
export function drawToken(pen, x, y, backX, backY) {
  const { context, c } = pen;
  const far = Math.hypot(x - backX, y - backY);
  if (far > 4) {
    const reach = Math.min(40, far);
    const ux = (backX - x) / far;
    const uy = (backY - y) / far;
    const shade = context.createLinearGradient(x, y, x + ux * reach, y + uy * reach);
    shade.addColorStop(0, `${c.request}80`);
    shade.addColorStop(1, `${c.request}00`);
    context.beginPath();
    context.moveTo(x - uy * 4.5, y + ux * 4.5);
    context.lineTo(x + ux * reach, y + uy * reach);
    context.lineTo(x + uy * 4.5, y - ux * 4.5);
    context.closePath();
    context.fillStyle = shade;
    context.fill();
  }
  pen.disc(x, y, 6, { fill: c.request });
  pen.mark("dot", x - 6, y - 6, 12, 12);
}

/**
 * The head of an arrow that comes from (fromX, fromY).
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} fromX
 * @param {number} fromY
 */
export function drawHead(pen, x, y, fromX, fromY) {
  const turn = Math.atan2(y - fromY, x - fromX);
  /**
   * @param {number} angle
   * @returns {Point}
   */
  const corner = (angle) => [x - 11 * Math.cos(turn + angle), y - 11 * Math.sin(turn + angle)];
  pen.path([corner(0.5), [x, y], corner(-0.5)], { edge: pen.c.request, line: 3 }, false);
}

/**
 * A dotted arrow: what moved last, where nothing moves in the picture.
 *
 * @param {Pen} pen
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function drawMoved(pen, x1, y1, x2, y2) {
  pen.line(x1, y1, x2, y2, pen.c.request, 3, [1, 7]);
  drawHead(pen, x2, y2, x1, y1);
}

/**
 * A ticket: a message with its number.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {string} words
 */
export function drawTicket(pen, x, y, words, ground = pen.c.ground) {
  const { c, context } = pen;
  pen.rect(x - 23, y - 14, 46, 28, 6, { fill: c.wait, edge: c.waitEdge });
  for (const side of [x - 23, x + 23]) pen.disc(side, y, 4, { fill: ground });
  context.beginPath();
  context.arc(x - 23, y, 4, -Math.PI / 2, Math.PI / 2);
  pen.stroke(c.waitEdge);
  context.beginPath();
  context.arc(x + 23, y, 4, Math.PI / 2, -Math.PI / 2);
  pen.stroke(c.waitEdge);
  pen.text(x, y + 5.5, words, { weight: 600, align: "center" });
}

/**
 * A ticket on its way, with what it leaves behind.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} backX
 * @param {number} backY
 */
export function drawSmallTicket(pen, x, y, backX, backY) {
  const { c } = pen;
  pen.line(backX, backY, x, y, `${c.request}55`, 6);
  pen.rect(x - 10, y - 7, 20, 14, 4, { fill: c.wait, edge: c.waitEdge });
}

/**
 * A message that came back: an open circle with an arrow's head.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawAgain(pen, x, y) {
  pen.context.beginPath();
  pen.context.arc(x, y, 5, 0.3, 5.2);
  pen.stroke(pen.c.fail, 2.2);
  pen.path(
    [
      [x + 5.2, y - 7],
      [x + 4.6, y - 2.4],
      [x, y - 3],
    ],
    { edge: pen.c.fail, line: 2.2 },
    false,
  );
}

// Lines

export const BEADS = 20;

/**
 * A line of `amount` with its head at (x, y), growing by (dx, dy) from bead to bead. To `beads` it is beads;
 * above, so many capsules that grow, so that area is amount. Returns how far it reaches.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} amount
 * @param {{ dx?: number, dy?: number, beads?: number, tallest?: number, shift?: number }} [way]
 */
export function drawLine(pen, x, y, amount, way = {}) {
  const { dx = -14, dy = 0, beads = BEADS, shift = 0 } = way;
  const pitch = Math.abs(dx || dy);
  if (amount > beads) {
    drawCapsules(pen, x, y, amount, { tallest: 64, ...way, dx, dy, beads });
    return pitch * beads;
  }
  const style = { fill: pen.c.wait, edge: pen.c.waitEdge };
  const radius = beadRadius(pitch);
  for (let place = shift; place < amount + shift; place += 1) {
    const [cx, cy] = beadAt(x, y, dx, dy, place);
    pen.disc(cx, cy, radius, style);
    pen.mark("bead", cx - radius, cy - radius, 2 * radius, 2 * radius);
  }
  return pitch * amount;
}

/**
 * What a pointer selects in such a line: a bead is a request, a capsule of a crowd the first of its share.
 *
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @param {number} amount
 * @param {{ dx?: number, dy?: number, beads?: number, tallest?: number }} way as it was drawn
 * @param {(most: number) => number[]} rows the first so many of the line, the next one first
 */
export function hitLine(view, x, y, amount, { dx = 0, dy = 0, beads = BEADS, tallest = 64 }, rows) {
  const pitch = Math.abs(dx || dy);
  if (amount <= beads) {
    rows(beads).forEach((row, place) => {
      const [cx, cy] = beadAt(x, y, dx, dy, place);
      view.hits.push({ row, x: cx, y: cy, r: pitch / 2 });
    });
    return;
  }
  const half = Math.min(tallest, (2 * beadRadius(pitch) + 1) * (amount / beads)) / 2;
  for (let place = 0; place < beads; place += 1) {
    const [cx, cy] = beadAt(x, y, dx, dy, place);
    const first = Math.floor((place * amount) / beads);
    const box = dx ? [pitch / 2, half] : [half, pitch / 2];
    view.hits.push({ x: cx, y: cy, r: pitch / 2, box, find: () => rows(first + 1)[first] });
  }
}

/** @param {number} pitch */
const beadRadius = (pitch) => Math.min(5.25, pitch / 2 - 0.8);

/**
 * A crowd: capsules in place of beads, as tall as there is room.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} amount
 * @param {{ dx: number, dy: number, beads: number, tallest: number }} way
 */
function drawCapsules(pen, x, y, amount, { dx, dy, beads, tallest }) {
  const style = { fill: pen.c.wait, edge: pen.c.waitEdge };
  const pitch = Math.abs(dx || dy);
  const size = (2 * beadRadius(pitch) + 1) * (amount / beads);
  const height = Math.min(tallest, size);
  const wide = pitch - 2.5;
  for (let place = 0; place < beads; place += 1) {
    const [cx, cy] = beadAt(x, y, dx, dy, place);
    if (dx) pen.rect(cx - wide / 2, cy - height / 2, wide, height, wide / 2, style);
    else pen.rect(cx - height / 2, cy - wide / 2, height, wide, wide / 2, style);
  }
  if (size > tallest)
    drawBreak(pen, x + dx * (beads - 2.4), y + dy * (beads - 2.4), tallest / 2 + 3, dx !== 0);
}

/**
 * No room for all: a break mark, and the number rules.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} half
 * @param {boolean} upright
 */
function drawBreak(pen, x, y, half, upright) {
  for (const step of [0, 7])
    if (upright) pen.line(x + step - 5, y + half, x + step + 5, y - half, pen.c.ground, 4);
    else pen.line(x - half, y + step + 5, x + half, y + step - 5, pen.c.ground, 4);
}

/**
 * Where number `place` of a line stands: it is drawn there, and a pointer selects it there.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} dx
 * @param {number} dy
 * @param {number} place
 * @returns {[x: number, y: number]}
 */
export const beadAt = (x, y, dx, dy, place) => [x + dx * (place + 0.5), y + dy * (place + 0.5)];

// Parts

/**
 * Those from whom requests come.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawPeople(pen, x, y) {
  const { c } = pen;
  for (const [dx, dy, size] of [
    [-18, 4, 0.8],
    [18, 4, 0.8],
    [0, 0, 1],
  ]) {
    const style = { fill: c.slate, edge: c.ground, line: 2.5 };
    pen.rect(x + dx - 16 * size, y + dy + 1, 32 * size, 21 * size, [14 * size, 14 * size, 0, 0], style);
    pen.disc(x + dx, y + dy - 10 * size, 9.5 * size, style);
  }
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export function drawCapsule(pen, x, y, width, height) {
  pen.rect(x, y, width, height, 16, { fill: pen.c.slate });
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawInlet(pen, x, y) {
  pen.disc(x, y, 7, { fill: pen.c.ground, edge: pen.c.slate, line: 3.5 });
  pen.mark("inlet", x - 8, y - 8, 16, 16);
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
export const chevron = (pen, x, y, colour) =>
  pen.path(
    [
      [x - 2.5, y - 5],
      [x + 2.5, y],
      [x - 2.5, y + 5],
    ],
    { edge: colour, line: 2.2 },
    false,
  );

/**
 * The plug of a part that is dead: pulled out, it hangs below.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
export function drawPlug(pen, x, y) {
  const { c, context } = pen;
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x + 1, y + 9, x + 14, y + 2, x + 14, y + 10);
  pen.stroke(c.fail, 2);
  pen.rect(x + 8, y + 10, 12, 9, 3, { fill: c.fail });
  pen.line(x + 11, y + 20, x + 11, y + 23, c.fail, 2);
  pen.line(x + 17, y + 20, x + 17, y + 23, c.fail, 2);
}
