// A topic: a loudspeaker. What is said to it is said to all who listen.

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  size: () => [68, 60],
  draw(pen, run, place) {
    const { c } = pen;
    const [x, y] = [place.x + place.w / 2, place.y + place.h / 2];
    pen.path(
      [
        [x - 26, y - 11],
        [x - 10, y - 11],
        [x + 12, y - 27],
        [x + 12, y + 27],
        [x - 10, y + 11],
        [x - 26, y + 11],
      ],
      { fill: c.slate },
    );
    for (const reach of [16, 25]) {
      pen.context.beginPath();
      pen.context.arc(x + 8, y, reach, -0.8, 0.8);
      pen.stroke(c.slate, 3.4);
    }
  },
};
