// The kinds of parts, by name: the files of kinds/, each all that the stage says and draws of one kind.
//
// No other file names a kind. What a file leaves out, or a kind without a file, is as in `thing.js`: so a new
// concept can be seen on the day on which it is written.

import { THING } from "./thing.js";

/** @import { Kind } from "./contract.js" */

/** @type {Record<string, Partial<Kind>>} */
export const KINDS = {}; // filled from the folder when the files are joined

/**
 * All that is asked of a kind.
 *
 * @param {string} name
 * @returns {Kind}
 */
export const kindNamed = (name) => ({ ...THING, ...KINDS[name] });
