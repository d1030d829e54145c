// How stalls are drawn: each environment of a function is one, smaller where there are many.
//
// Awning hatched and I: INIT. Solid: it runs, and its ring fills. Pale and Z: idle, and its ring empties.
// Dashed and G: gone.

/** @import { Hit, StallNow, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */

/**
 * How many fit: a pitch, and the size of a stall in it; 1 is 64 × 56.
 *
 * @type {[pitchX: number, pitchY: number, size: number][]}
 */
const SIZES = [
  [78, 64, 1],
  [54, 46, 0.7],
  [32, 30, 0],
  [22, 18, 0],
  [13, 11, 0],
];
const LETTERED = 0.5; // a stall of this size has its letter in it

/**
 * The colours of an awning and of a stall's edge.
 *
 * @param {Pen} pen
 * @param {string} letter
 */
function coloursOf({ c }, letter) {
  if (letter === "I") return { fill: c.bootTint, edge: c.bootEdge, ring: c.bootEdge };
  if (letter === "R") return { fill: c.ok, edge: c.ok, ring: c.request };
  return { fill: c.okTint, edge: c.ok, ring: c.edge };
}

/**
 * A stall around the origin, 64 wide and 56 high.
 *
 * @param {Pen} pen
 * @param {string} letter
 * @param {number} share how far its ring is
 * @param {number} [letterSize]
 */
export function drawStall(pen, letter, share, letterSize = 14) {
  const { c } = pen;
  if (letter === "G") {
    const style = { edge: c.edge, line: 1.5, dash: [4, 3] };
    pen.rect(-25, -14, 50, 42, [0, 0, 6, 6], style);
    pen.path(
      [
        [-32, -14],
        [-26, -28],
        [26, -28],
        [32, -14],
      ],
      style,
      false,
    );
    pen.text(0, 15, "G", { size: letterSize, weight: 700, align: "center", colour: c.muted });
    return;
  }
  const { fill, edge, ring } = coloursOf(pen, letter);
  pen.rect(-25, -10, 50, 38, [0, 0, 6, 6], { fill: c.raised, edge });
  pen.path(
    [
      [-26, -28],
      [26, -28],
      [32, -14],
      [-32, -14],
    ],
    { fill, edge },
  );
  for (let scallop = 0; scallop < 4; scallop += 1) {
    pen.context.beginPath();
    pen.context.arc(-24 + 16 * scallop, -14, 8, 0, Math.PI);
    pen.finish({ fill, edge });
  }
  if (letter === "I") pen.hatch(-29, -28, 58, 20, 5, c.boot, 8, 3);
  pen.ring(0, 10, 10, share, ring, 3.2);
  if (letter === "R") pen.disc(0, 10, 4.5, { fill: c.request });
  else pen.text(0, 10 + 0.36 * letterSize, letter, { size: letterSize, weight: 700, align: "center" });
}

/**
 * A stall where there is little room: its awning tells, and a dot that it runs.
 *
 * @param {Pen} pen
 * @param {number} x its middle
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {StallNow} now
 */
function drawSmallStall(pen, x, y, w, h, { letter, share }) {
  const { c } = pen;
  const [left, top] = [x - w / 2, y - h / 2];
  if (letter === "G") {
    pen.rect(left + 1.5, top + 1, w - 3, h - 2, 3, { edge: c.edge, line: 1, dash: [2.5, 2.5] });
    return;
  }
  const { fill, edge, ring } = coloursOf(pen, letter);
  const roof = Math.max(4, 0.38 * h);
  pen.rect(left + 2, top + 2, w - 4, h - 3, 2, { fill: c.raised, edge, line: 1.25 });
  pen.rect(left, top, w, roof, 2, { fill, edge, line: 1.25 });
  if (letter === "I") pen.hatch(left, top, w, roof, 2, c.boot, 6, 2.4);
  const [middle, radius] = [top + roof + (h - roof) / 2 - 0.5, Math.min(5, (h - roof) / 2 - 2.5)];
  if (radius < 2) return;
  if (letter === "R") pen.disc(x, middle, radius, { fill: c.request });
  else pen.ring(x, middle, radius - 0.5, share, ring, 1.8);
}

/**
 * How a grid of so many stalls stands in a box: pitch, size and how many are across. Where not even the
 * smallest fit, `fits` says how many do.
 *
 * @param {number} many
 * @param {number} w
 * @param {number} h
 */
export function gridOfStalls(many, w, h) {
  /** @param {[number, number, number]} pitch */
  const roomFor = ([x, y]) => Math.floor(w / x) * Math.floor(h / y);
  const [pitchX, pitchY, size] = SIZES.find((pitch) => roomFor(pitch) >= many) ?? SIZES[SIZES.length - 1];
  const across = Math.max(1, Math.floor(w / pitchX));
  return { pitchX, pitchY, size, across, fits: across * Math.floor(h / pitchY) };
}

/**
 * Stalls at their places in a box, each a thing that can be asked about.
 *
 * @param {Pen} pen
 * @param {{ x: number, y: number, w: number, h: number }} box
 * @param {({ one: number } & StallNow)[]} standing
 * @param {number} part whose they are
 * @param {View} view
 */
export function drawStalls(pen, { x, y, w, h }, standing, part, view) {
  const grid = gridOfStalls(standing.length, w, h);
  const { context } = pen;
  standing.slice(0, grid.fits).forEach((now, place) => {
    const middleX = x + grid.pitchX * ((place % grid.across) + 0.5);
    const middleY = y + grid.pitchY * (Math.floor(place / grid.across) + 0.5);
    if (grid.size >= LETTERED) {
      context.save();
      context.translate(middleX, middleY);
      context.scale(grid.size, grid.size);
      drawStall(pen, now.letter, now.share, Math.max(14, 12 / grid.size));
      context.restore();
    } else drawSmallStall(pen, middleX, middleY, grid.pitchX - 4, grid.pitchY - 4, now);
    const box = [grid.pitchX / 2 - 1, grid.pitchY / 2 - 4];
    /** @type {Hit} */
    const hit = { part, inner: `environment ${now.one}`, x: middleX, y: middleY, r: grid.pitchX / 2, box };
    view.hits.push(hit);
  });
  return Math.max(0, standing.length - grid.fits);
}
