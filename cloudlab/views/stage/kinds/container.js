// A container: a slab of its host, which draws it.

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  rank: 21,
  legend: () => [
    ["ok", "a container; full green are those of one service, the newest version of it"],
    ["boot", "a container that starts"],
  ],
};
