// How a part is, as a tile or as a small badge: S solid, P a hatch that rises, D an open door, T dashed,
// H hangs, ✕ failed, - left out. Colour, shape and letter say the same.

/** @import { Style } from "./contract.js" */
/** @import { Pen } from "./pen.js" */

/** @typedef {{ x: number, y: number, size: number, radius: number, done: number }} Square around (x, y) */

const OUT = ["T", "-"]; // letters of what is no longer in use, or left out

/**
 * @param {Pen} pen
 * @param {string} letter
 * @param {number} done
 */
function inkOf({ c }, letter, done) {
  if (letter === "S" && done === 1) return c.onOk;
  return OUT.includes(letter) ? c.muted : c.ink;
}

/**
 * @param {Pen} pen
 * @param {Square} square
 * @param {Style} style
 */
function drawSquare(pen, { x, y, size, radius }, style) {
  pen.rect(x - size / 2, y - size / 2, size, size, radius, style);
}

/**
 * @param {Pen} pen
 * @param {Square} square
 */
function drawServing(pen, square) {
  const { c } = pen;
  drawSquare(pen, square, square.done === 1 ? { fill: c.ok } : { fill: c.okTint, edge: c.ok, line: 2 });
}

/**
 * A square without its right side.
 *
 * @param {Pen} pen
 * @param {Square} square
 */
function drawDoor(pen, square) {
  const { x, y, size } = square;
  const [left, right, top, bottom] = [x - size / 2, x + size / 2, y - size / 2, y + size / 2];
  drawSquare(pen, square, { fill: pen.c.okTint });
  pen.path(
    [
      [right, top],
      [left, top],
      [left, bottom],
      [right, bottom],
    ],
    { edge: pen.c.ok, line: 2 },
    false,
  );
}

/**
 * @param {Pen} pen
 * @param {Square} square
 */
function drawFailed(pen, square) {
  drawSquare(pen, square, { fill: pen.c.failTint, edge: pen.c.fail, line: 2 });
}

/**
 * @param {Pen} pen
 * @param {Square} square
 * @param {number[]} dash
 */
function drawDashed(pen, { x, y, size, radius }, dash) {
  const style = { edge: pen.c.edge, line: 2, dash };
  pen.rect(x - size / 2 + 1, y - size / 2 + 1, size - 2, size - 2, radius, style);
}

// Badges

/** @type {Record<string, (pen: Pen, square: Square) => void>} */
const BADGES = {
  S: drawServing,
  P(pen, square) {
    const { x, y, size, radius, done } = square;
    const high = size * Math.max(0.1, done);
    drawSquare(pen, square, { fill: pen.c.bootTint });
    pen.hatch(x - size / 2, y + size / 2 - high, size, high, radius, pen.c.boot, 6, 2.6);
    drawSquare(pen, square, { edge: pen.c.bootEdge, line: 2 });
    pen.disc(x, y, 8, { fill: pen.c.bootTint }); // a ground for the letter
  },
  D: drawDoor,
  H(pen, square) {
    drawSquare(pen, square, { fill: pen.c.failTint, edge: pen.c.fail, line: 2, dash: [4, 3] });
  },
  T: (pen, square) => drawDashed(pen, square, [4, 3]),
  "-": (pen, square) => drawDashed(pen, square, [4, 3]),
  "✕"(pen, square) {
    drawFailed(pen, square);
    pen.cross(square.x, square.y, 5, 2.6);
  },
};

/**
 * A badge of 24 px inside wide parts, with its middle at (x, y).
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {{ letter: string, done: number }} looks
 */
export function drawBadge(pen, x, y, { letter, done }) {
  BADGES[letter]?.(pen, { x, y, size: 24, radius: 6, done });
  if (letter === "✕" || letter === "-") return;
  const style = { size: 14, weight: 700, align: "center", colour: inkOf(pen, letter, done) };
  pen.text(x, y + 5, letter, style);
}

// Tiles

/** @type {Record<string, (pen: Pen, square: Square, name: number) => void>} */
const TILES = {
  S: drawServing,
  P(pen, square, name) {
    const { x, y, size, radius, done } = square;
    const { c } = pen;
    const [left, right] = [x - size / 2, x + size / 2];
    const high = Math.max(0.05, done) * size;
    const top = y - size / 2 + size - high;
    drawSquare(pen, square, { fill: c.bootTint });
    pen.hatch(left, top, size, high, [0, 0, radius, radius], c.boot);
    pen.line(left + 1, top, right - 1, top, c.bootEdge);
    drawSquare(pen, square, { edge: c.bootEdge, line: 2 });
    const wide = Math.max(size * 0.6, name + 4);
    if (name) pen.rect(x - wide / 2, y + size * 0.1, wide, size * 0.36, 5, { fill: c.bootTint });
  },
  D(pen, square) {
    const { x, y, size } = square;
    const [left, right] = [x - size / 2, x + size / 2];
    drawDoor(pen, square);
    pen.line(left + size * 0.78, y, right + 12, y, pen.c.ok, 2);
    pen.path(
      [
        [right + 7, y - 5],
        [right + 12, y],
        [right + 7, y + 5],
      ],
      { edge: pen.c.ok, line: 2 },
      false,
    );
  },
  "✕": drawFailed,
};

/**
 * How far a part is that boots, as a ring on its tile.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} size of the tile
 * @param {{ letter: string, done: number }} looks
 */
function drawProgress(pen, x, y, size, { letter, done }) {
  const { c } = pen;
  const [tint, edge] = letter === "P" ? [c.bootTint, c.bootEdge] : [c.okTint, c.ok];
  const radius = Math.min(14, size * 0.22);
  pen.disc(x, y, radius + 1, { fill: tint });
  pen.ring(x, y, radius, done, edge, 3.5);
}

/**
 * @param {number} size
 * @param {number} done
 */
function letterSize(size, done) {
  if (size >= 56 && done === 1) return 20;
  return size >= 34 ? 16 : 14;
}

/**
 * An instance as a tile with its middle at (x, y); its name where there is room.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {{ letter: string, done: number }} looks
 * @param {string} name
 */
export function drawTile(pen, x, y, size, looks, name) {
  const { letter, done } = looks;
  const square = { x, y, size, radius: (10 * size) / 64, done };
  const named = size >= 46 && pen.wide(name) <= size - 6;
  const line = named ? y - size * 0.14 : y;
  const colour = inkOf(pen, letter, done);
  const tile = TILES[letter];
  if (tile) tile(pen, square, named ? pen.wide(name) : 0);
  else drawDashed(pen, square, [5, 4]);
  if (done < 1 && size >= 34 && (letter === "P" || letter === "S")) drawProgress(pen, x, line, size, looks);
  if (letter === "✕") pen.cross(x, line, size * 0.14, 3.2);
  else if (letter !== "-") {
    const high = letterSize(size, done);
    pen.text(x, line + high * 0.35, letter, { size: high, weight: 600, colour, align: "center" });
  }
  if (named) pen.text(x, y + size * 0.36, name, { colour, align: "center" });
}

/**
 * How busy: a bar with a tick, where it is to be.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {{ share: number, mark: number }} busy
 * @param {number} [height]
 */
export function drawBusy(pen, x, y, width, { share, mark }, height = 7) {
  const { c } = pen;
  pen.rect(x, y, width, height, height / 2, { fill: c.hair });
  if (share > 0.005) pen.rect(x, y, Math.max(height, width * share), height, height / 2, { fill: c.request });
  pen.line(x + mark * width, y - 3, x + mark * width, y + height + 3, c.ink, 1.75);
}
