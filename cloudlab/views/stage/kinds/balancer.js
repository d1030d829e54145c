// A load balancer: callers know one name, and it chooses who of those behind it answers.

import { chevron, drawCapsule, drawInlet } from "../shapes.js";
import { agree, countOf, numberOf } from "../words.js";

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  front: true,
  labelled: true,
  rank: 42,
  glyphs: {
    balancer: [
      '<rect x="4" y="0.500" width="9" height="15" rx="3.500" fill="var(--slate)"/>',
      '<circle cx="4" cy="8" r="2.500" fill="var(--paper)" stroke="var(--slate)" stroke-width="1.600"/>',
      '<path d="M9 4.500l1.600 1.500L9 7.500M9 9l1.600 1.500L9 12"',
      ' fill="none" stroke="var(--on-slate)" stroke-width="1.400"/>',
    ],
  },
  legend: () => [["balancer", "the load balancer"]],
  size: () => [48, 72],
  draw(pen, run, { x, y, w, h }) {
    drawCapsule(pen, x, y, w, h);
    drawInlet(pen, x, y + h / 2);
    for (const dy of [-20, 0, 20]) chevron(pen, x + w - 11, y + h / 2 + dy, pen.c.onSlate);
  },
  story(run, part, t) {
    const method = (run.parts[part].attributes.load_balancing_algorithm_type || "").replaceAll("_", " ");
    const chooses = method ? `, and it chooses by ${method}` : "";
    const [came, waiting] = [run.arrivedBy(t), run.waiting(t)];
    const wait = `${countOf(waiting, "request")} ${agree(waiting, "waits", "wait")}`;
    return [
      `Callers know one name: ${run.nameOf(part)}. ${countOf(came, "request")} came to it${chooses}.`,
      `${wait}, ${numberOf(run.lost(t))} failed.`,
    ];
  },
};
