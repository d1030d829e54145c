// An instance: a server that is launched, boots, serves and ends. Its tiles and badges are in `tiles.js`.

import { notThere, sinceWhen } from "../thing.js";

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  serves: true,
  loss: "an instance",
  rank: 44,
  legend: () => [["tileS", "S: in service"]],
  story(run, part, t) {
    const since = sinceWhen(run, part, t);
    return since.length || run.lanes.has(part) ? since : notThere(run, part);
  },
};
