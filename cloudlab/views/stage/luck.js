// Is it luck? A diamond for each seed, in a band from the lowest to the highest.

import { make } from "../nodes.js";
import { numberOf } from "./words.js";

const [AXIS_LEFT, AXIS_RIGHT] = [10, 290];

/**
 * @param {HTMLElement} node
 * @param {{ words: string, unit: string, values: number[] } | null} luck
 */
export function showLuck(node, luck) {
  node.hidden = !luck;
  if (!luck) return;
  const { words, unit, values } = luck;
  /** @param {number} value */
  const shown = (value) => `${numberOf(value)}${unit ? ` ${unit}` : ""}`;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const picture = make("div", "cloudlab-diamonds");
  picture.innerHTML = `<svg viewBox="0 0 300 24" aria-hidden="true">${shapesOf(values, low, high)}</svg>`;
  const range = low === high ? `${shown(low)} each time` : `${numberOf(low)} – ${shown(high)}`;
  const scale = make("div", "cloudlab-ends", make("span", "", "0"), make("span", "", shown(high)));
  const head = make("div", "cloudlab-heading", `Is it luck? ${words} of ${values.length} seeds`);
  node.replaceChildren(head, make("p", "", range), picture, scale);
}

/**
 * @param {number[]} values
 * @param {number} low
 * @param {number} high
 */
function shapesOf(values, low, high) {
  /** @param {number} value */
  const at = (value) => AXIS_LEFT + (value / (high || 1)) * (AXIS_RIGHT - AXIS_LEFT) * 0.94;
  const line = 'stroke="var(--request)" stroke-width="1.5"';
  const place = `x="${at(low) - 10}" y="2" width="${at(high) - at(low) + 20}" height="20" rx="10"`;
  const diamonds = values.map((value) => {
    const path = `M${at(value)} 6.5l5.500 5.500-5.500 5.500-5.500-5.500Z`;
    return `<path d="${path}" fill="var(--request)" stroke="var(--paper)"/>`;
  });
  const axis = `<path d="M${AXIS_LEFT} 12H${AXIS_RIGHT}" stroke="var(--edge)"/>`;
  return `${axis}<rect ${place} fill="var(--request-tint)" ${line}/>${diamonds.join("")}`;
}
