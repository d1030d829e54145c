// A container: a slab of its host, which draws it.

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  rank: 21,
  legend: () => [
    ["ok", "a container: as wide above as its memory, below as its CPU; full green is the first service"],
    ["tileP", "a container that starts"],
  ],
};
