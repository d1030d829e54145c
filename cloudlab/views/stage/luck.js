// Is it luck? The answer, and a diamond for each seed, in a band from the lowest to the highest.

import { make, unbroken } from "../nodes.js";
import { numberOf } from "./words.js";

const [AXIS_LEFT, AXIS_RIGHT, ROW] = [10, 290, 24];

/**
 * What Python has found: the numbers of the runs with other seeds, and of the setting before.
 *
 * @typedef {{ words: string, unit: string, values: number[], answer?: string, before?: number[],
 *   old?: boolean }} Luck
 */

/**
 * @param {HTMLElement} node
 * @param {Luck | null} luck
 */
export function showLuck(node, luck) {
  node.hidden = !luck;
  if (!luck) return;
  const { words, unit, values, answer = "", before = [], old } = luck;
  const asked = old ? " (asked before the last run)" : "";
  const head = make("div", "cloudlab-heading", `Is it luck?${asked}`);
  const told = make("p", "cloudlab-answer", ...unbroken(answer));
  told.hidden = !answer;
  node.replaceChildren(head, told);
  if (!values.length) return;
  const high = Math.max(...values, ...before);
  const rows = before.length ? [values, before] : [values];
  const picture = make("div", "cloudlab-diamonds");
  const shapes = rows.map((row, place) => shapesOf(row, high, ROW * place, place > 0)).join("");
  picture.innerHTML = `<svg viewBox="0 0 300 ${ROW * rows.length}" aria-hidden="true">${shapes}</svg>`;
  const top = `${numberOf(high)}${unit ? ` ${unit}` : ""}`;
  const scale = make("div", "cloudlab-ends", make("span", "", "0"), make("span", "", top));
  const below = before.length ? `${words} of ${values.length} seeds; below, before the change` : "";
  node.append(make("p", "cloudlab-note", below || `${words} of ${values.length} seeds`), picture, scale);
  bringIntoView(node, `${answer} ${values}`, old);
}

/**
 * A new answer is seen wherever the page stands: it was asked for above the scene, and is told below it.
 *
 * @param {HTMLElement} node
 * @param {string} told
 * @param {boolean} [old]
 */
function bringIntoView(node, told, old) {
  if (old || node.dataset.told === told) return;
  node.dataset.told = told;
  node.scrollIntoView({ block: "nearest" });
}

/**
 * @param {number[]} values
 * @param {number} high the right end of the axis
 * @param {number} top of the row
 * @param {boolean} hollow
 */
function shapesOf(values, high, top, hollow) {
  /** @param {number} value */
  const at = (value) => AXIS_LEFT + (value / (high || 1)) * (AXIS_RIGHT - AXIS_LEFT) * 0.94;
  const [left, right] = [at(Math.min(...values)), at(Math.max(...values))];
  const line = 'stroke="var(--request)" stroke-width="1.5"';
  const place = `x="${left - 10}" y="${top + 2}" width="${right - left + 20}" height="20" rx="10"`;
  const look = hollow ? `fill="var(--paper)" ${line}` : 'fill="var(--request)" stroke="var(--paper)"';
  const diamonds = values.map((value) => {
    const path = `M${at(value)} ${top + 6.5}l5.500 5.500-5.500 5.500-5.500-5.500Z`;
    return `<path d="${path}" ${look}/>`;
  });
  const axis = `<path d="M${AXIS_LEFT} ${top + 12}H${AXIS_RIGHT}" stroke="var(--edge)"/>`;
  return `${axis}<rect ${place} fill="var(--request-tint)" ${line}/>${diamonds.join("")}`;
}
