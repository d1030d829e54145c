// Slabs: what stands in a box, as wide above as its share of one thing and below as its share of another.
//
// Exact in both: where slabs end above, so much of the one is taken, and where they end below, so much of
// the other. Read `drawStanding` first.

/** @import { Point, Slab } from "./contract.js" */
/** @import { Pen } from "./pen.js" */

/** @typedef {{ x: number, y: number, w: number, h: number }} Box */
/** @typedef {{ above: number, below: number }} Edge */

const [LEAN, STRAIGHT] = [0.3, 0.7]; // between these shares of its height a slab leans to its other width
const FINE = 64; // boxes that are narrower have finer lines

/**
 * The edge of a slab at such widths, from above to below.
 *
 * @param {Box} box
 * @param {Edge} at
 * @returns {Point[]}
 */
function edgeOf({ y, h }, { above, below }) {
  const margin = h < 44 ? 2 : 4;
  const [top, bottom] = [y + margin, y + h - margin];
  const [lean, straight] = [LEAN, STRAIGHT].map((share) => top + (bottom - top) * share);
  return [
    [above, top],
    [above, lean],
    [below, straight],
    [below, bottom],
  ];
}

/**
 * The outline of a slab between two edges: the first corner, the edge `to`, and back along the edge `from`.
 *
 * @param {Box} box
 * @param {Edge} from
 * @param {Edge} to
 * @returns {Point[]}
 */
function outlineOf(box, from, to) {
  const [first, ...back] = edgeOf(box, from);
  return [first, ...edgeOf(box, to), ...back.reverse()];
}

/**
 * Where slabs stand in a box, one after the other.
 *
 * @template {Slab} T
 * @param {T[]} slabs
 * @param {Box} box
 * @returns {{ slab: T, from: Edge, to: Edge, left: number, right: number }[]}
 */
export function standingIn(slabs, box) {
  const [left, width] = [box.x + 3, box.w - 6];
  let from = { above: left, below: left };
  return slabs.map((slab) => {
    const to = { above: from.above + slab.memory * width, below: from.below + slab.cpu * width };
    const reach = { left: Math.min(from.above, from.below), right: Math.max(to.above, to.below) };
    const found = { slab, from, to, ...reach };
    from = to;
    return found;
  });
}

/**
 * Lines through these points, as one path.
 *
 * @param {Pen} pen
 * @param {Point[][]} lines
 * @param {boolean} closed
 */
function traceAll({ context }, lines, closed) {
  context.beginPath();
  for (const points of lines) {
    points.forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (closed) context.closePath();
  }
}

/**
 * Slabs in their box; returns where each stands. Those of one look that stand side by side are filled at
 * once, with lines between them, since there may be thousands.
 *
 * @template {Slab} T
 * @param {Pen} pen
 * @param {T[]} slabs
 * @param {Box} box
 */
export function drawStanding(pen, slabs, box) {
  const { c, context } = pen;
  const standing = standingIn(slabs, box);
  const line = box.w < FINE || slabs.length > 12 ? 1 : 1.5;
  /** @type {Record<string, { fill: string, edge: string, dash: number[] }>} */
  const looks = {
    pale: { fill: c.okTint, edge: c.ok, dash: [] },
    ok: { fill: c.ok, edge: c.onOk, dash: [] },
    boot: { fill: c.bootTint, edge: c.bootEdge, dash: [] },
    going: { fill: c.ground, edge: c.edge, dash: [2.5, 2.5] },
    coming: { fill: "", edge: c.bootEdge, dash: [2.5, 2.5] },
  };
  for (const [tone, { fill, edge, dash }] of Object.entries(looks)) {
    const mine = standing.filter(({ slab }) => slab.tone === tone);
    if (!mine.length) continue;
    /** @type {Point[][]} */
    const outlines = [];
    /** @type {Point[][]} */
    const between = [];
    mine.forEach(({ from, to }, place) => {
      const first = !place || mine[place - 1].to !== from;
      if (first) outlines.push(outlineOf(box, from, to));
      else {
        between.push(edgeOf(box, from));
        outlines[outlines.length - 1].splice(1, 4, ...edgeOf(box, to));
      }
    });
    traceAll(pen, outlines, true);
    pen.finish({ fill });
    if (tone === "boot") {
      context.save();
      context.clip();
      pen.hatch(box.x, box.y, box.w, box.h, 0, c.boot, 7, 2.6);
      context.restore();
    }
    const style = { edge, line: tone === "ok" ? 0.75 : line, dash };
    traceAll(pen, outlines, true);
    pen.finish(style);
    traceAll(pen, between, false);
    pen.finish(style);
  }
  return standing;
}

/**
 * One slab by itself: as high as it is told, and as wide as its shares of `width`.
 *
 * @param {Pen} pen
 * @param {{ memory: number, cpu: number }} size
 * @param {Box} box
 * @param {{ fill: string, edge: string }} colours
 */
export function drawOneSlab(pen, size, { x, y, w, h }, { fill, edge }) {
  const to = { above: x + Math.max(3, size.memory * w), below: x + Math.max(3, size.cpu * w) };
  pen.path(outlineOf({ x, y: y - 2, w, h: h + 4 }, { above: x, below: x }, to), { fill, edge, line: 1.5 });
}
