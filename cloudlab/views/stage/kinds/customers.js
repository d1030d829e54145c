// Customers: where requests and messages begin.

import { drawPeople } from "../shapes.js";

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  source: true,
  labelled: true,
  story: (run, part) => [`${run.nameOf(part)}: all ${run.rows ? "requests" : "messages"} begin here.`],
  size: () => [76, 48],
  draw: (pen, run, { x, y, w, h }) => drawPeople(pen, x + w / 2, y + h / 2 - 2),
};
