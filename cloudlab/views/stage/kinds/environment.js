// An environment of a function: its stall is drawn by the function.

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  rank: 31,
  legend: () => [
    ["boot", "a stall with stripes: an environment that starts"],
    ["ok", "a green stall: an environment that runs; the ring fills until it is done"],
    ["open", "a pale stall with Z: it is idle, and goes when its ring is empty"],
  ],
};
