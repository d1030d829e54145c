// The line below the bar: what the kernel has answered last, or what was not possible.

import { unbroken } from "../nodes.js";

/** @import { Stage } from "./stage.js" */

/**
 * What the kernel has answered last.
 *
 * @param {Stage} stage
 */
export function showMessage({ model, parts }) {
  parts.message.replaceChildren(...unbroken(model.get("message")));
  parts.message.classList.toggle("cloudlab-fault", model.get("fault"));
}

/**
 * Say something that the kernel doesn't know of.
 *
 * @param {Stage} stage
 * @param {string} words
 */
export function tell({ parts }, words) {
  parts.message.replaceChildren(...unbroken(words));
  parts.message.classList.remove("cloudlab-fault");
}
