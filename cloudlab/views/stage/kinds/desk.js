// A desk with clerks: one part that is always there, so that no badge says how it is.

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  badge: false,
};
