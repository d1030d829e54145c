// Ways: where something is that travels, and the paths from part to part in a flow.

import { clamp, easeInOut } from "./words.js";

/** @import { Place, Plan, Point } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/** @typedef {{ curve: number[], corners?: undefined } | { corners: Point[], curve?: undefined }} Way */

/**
 * What is at `share` of a straight hop: its place, and a place a little behind it, for its tail.
 *
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {number} share
 * @returns {[x: number, y: number, backX: number, backY: number]}
 */
export function hopOf(x1, y1, x2, y2, share) {
  /** @param {number} s */
  const at = (s) => [x1 + (x2 - x1) * easeInOut(clamp(s, 0, 1)), y1 + (y2 - y1) * easeInOut(clamp(s, 0, 1))];
  const [x, y] = at(share);
  const [backX, backY] = at(share - 0.16);
  return [x, y, backX, backY];
}

/** @param {Place} place */
export const midX = (place) => place.x + place.w / 2;
/** @param {Place} place */
export const midY = (place) => place.y + place.h / 2;

const LABEL = 26; // room for the name below a part

/**
 * The way from one part to another: onward a curve, back a path below all parts.
 *
 * @param {Plan} plan of a flow
 * @param {Run} run
 * @param {number} from
 * @param {number | null} to
 * @returns {Way | null}
 */
export function wayOf(plan, run, from, to) {
  const [a, b] = [plan.places.get(from), plan.places.get(to)];
  if (!a || !b) return null;
  /** @param {Place} place */
  const foot = (place) => place.y + place.h + (run.kindOf(place.part).labelled ? LABEL : 0);
  if (run.leadsBack(from, to)) return { corners: cornersBelow(a, b, plan.height - 26, foot(b)) };
  if (b.stacked) return { corners: cornersLeft(a, b, foot(a)) };
  if (a.stacked) return { corners: cornersRight(a, b, plan.width) };
  return { curve: plan.down ? curveDown(a, b, foot(a)) : curveOnward(a, b) };
}

/**
 * @param {Place} a
 * @param {Place} b
 * @param {number} low
 * @param {number} foot
 * @returns {Point[]}
 */
function cornersBelow(a, b, low, foot) {
  const start = a.room ? a.x - 63.5 : midX(a); // between ring and ticket
  return [
    [start, a.y + a.h / 2],
    [start, low],
    [midX(b), low],
    [midX(b), foot],
  ];
}

/**
 * Along the left side of those that stand above it.
 *
 * @param {Place} a
 * @param {Place} b
 * @param {number} foot
 * @returns {Point[]}
 */
function cornersLeft(a, b, foot) {
  const side = Math.max(8, b.x - b.room - 14);
  return [
    [midX(a), foot],
    [midX(a), foot + 12],
    [side, foot + 12],
    [side, midY(b)],
    [b.x - b.room, midY(b)],
  ];
}

/**
 * @param {Place} a
 * @param {Place} b
 * @param {number} width
 * @returns {Point[]}
 */
function cornersRight(a, b, width) {
  const side = Math.min(width - 8, a.x + a.w + 14);
  return [
    [a.x + a.w, midY(a)],
    [side, midY(a)],
    [side, b.y - 14],
    [midX(b), b.y - 14],
    [midX(b), b.y],
  ];
}

/**
 * @param {Place} a
 * @param {Place} b
 * @param {number} foot
 */
function curveDown(a, b, foot) {
  const [x1, y1, x2, y2] = [midX(a), foot, midX(b), b.y];
  const middle = (y1 + y2) / 2;
  return [x1, y1, x1, middle, x2, middle, x2, y2];
}

/**
 * @param {Place} a
 * @param {Place} b
 */
function curveOnward(a, b) {
  const [x1, y1, x2, y2] = [a.x + a.w, midY(a), b.x - b.room, midY(b)];
  const middle = (x1 + x2) / 2;
  return [x1, y1, middle, y1, middle, y2, x2, y2];
}

/**
 * The point at `share` of a way.
 *
 * @param {Way} way
 * @param {number} share
 * @returns {Point}
 */
export function pointOn(way, share) {
  const s = clamp(share, 0, 1);
  return way.curve ? pointOnCurve(way.curve, s) : pointOnCorners(way.corners, s);
}

/**
 * @param {number[]} curve
 * @param {number} s
 * @returns {Point}
 */
function pointOnCurve([x1, y1, cx1, cy1, cx2, cy2, x2, y2], s) {
  /** @type {(a: number, b: number, c: number, d: number) => number} */
  const mix = (a, b, c, d) =>
    (1 - s) ** 3 * a + 3 * (1 - s) ** 2 * s * b + 3 * (1 - s) * s * s * c + s ** 3 * d;
  return [mix(x1, cx1, cx2, x2), mix(y1, cy1, cy2, y2)];
}

/**
 * @param {Point[]} corners
 * @param {number} s
 * @returns {Point}
 */
function pointOnCorners(corners, s) {
  const pieces = corners.slice(1).map(([x, y], place) => {
    const [fromX, fromY] = corners[place];
    return { x, y, fromX, fromY, length: Math.hypot(x - fromX, y - fromY) };
  });
  let rest = s * pieces.reduce((sum, { length }) => sum + length, 0);
  for (const { x, y, fromX, fromY, length } of pieces) {
    if (rest <= length) {
      const part = length ? rest / length : 1;
      return [fromX + (x - fromX) * part, fromY + (y - fromY) * part];
    }
    rest -= length;
  }
  return corners[corners.length - 1]; // the sum of lengths was rounded
}

/**
 * @param {Pen} pen
 * @param {Way} way
 * @param {string} colour
 * @param {number} line
 * @param {number[]} dash
 */
export function traceWay(pen, way, colour, line, dash) {
  const { context } = pen;
  context.beginPath();
  if (way.curve) {
    const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = way.curve;
    context.moveTo(x1, y1);
    context.bezierCurveTo(cx1, cy1, cx2, cy2, x2, y2);
  } else {
    const [first, ...others] = way.corners;
    context.moveTo(...first);
    others.forEach(([x, y], place) => {
      if (place < others.length - 1) context.arcTo(x, y, ...others[place + 1], 10);
      else context.lineTo(x, y);
    });
  }
  pen.stroke(colour, line, dash);
}
