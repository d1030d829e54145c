// A database: a cylinder.

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  size: () => [62, 72],
  draw(pen, run, place) {
    const { c, context } = pen;
    const [x, y] = [place.x + place.w / 2, place.y + place.h / 2];
    const style = { fill: c.raised, edge: c.edge };
    pen.path(
      [
        [x - 30, y - 24],
        [x - 30, y + 24],
        [x + 30, y + 24],
        [x + 30, y - 24],
      ],
      { fill: c.raised },
    );
    for (const [dy, from, to] of [
      [24, 0, Math.PI],
      [-6, 0, Math.PI],
      [-24, 0, 2 * Math.PI],
    ]) {
      context.beginPath();
      context.ellipse(x, y + dy, 30, 9, 0, from, to);
      pen.finish(style);
    }
    for (const side of [x - 30, x + 30]) pen.line(side, y - 24, side, y + 24, c.edge);
  },
};
