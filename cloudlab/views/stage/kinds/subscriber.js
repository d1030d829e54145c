// A subscriber: a box with a hollow ear. Asleep it is dashed, with a Z; one that filters has a funnel in it.

import { numberOf } from "../words.js";

/** @import { Kind } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

const HALF = 70; // of its width

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const asleep = (run, part, t) =>
  ["asleep", "unavailable"].includes(run.state(part, "application", t)?.state ?? "");

/**
 * @param {Pen} pen
 * @param {number} x its middle
 * @param {number} y
 * @param {boolean} dashed
 */
function drawEar(pen, x, y, dashed) {
  const { c, context } = pen;
  context.beginPath();
  context.moveTo(x - HALF, y - 20);
  context.arc(x - HALF, y, 20, -Math.PI / 2, Math.PI / 2);
  context.lineTo(x + HALF - 10, y + 20);
  context.arcTo(x + HALF, y + 20, x + HALF, y + 10, 10);
  context.arcTo(x + HALF, y - 20, x + HALF - 10, y - 20, 10);
  context.closePath();
  pen.finish({ fill: c.raised, edge: c.edge, dash: dashed ? [5, 4] : [] });
}

/**
 * @param {Pen} pen
 * @param {number} x its left side
 * @param {number} y
 */
function drawFunnel(pen, x, y) {
  pen.path(
    [
      [x + 2, y - 9],
      [x + 16, y - 9],
      [x + 11, y - 1],
      [x + 11, y + 8],
      [x + 7, y + 10],
      [x + 7, y - 1],
    ],
    { fill: pen.c.slate },
  );
}

/** @type {Partial<Kind>} */
export default {
  asleep,
  size: () => [2 * HALF, 42],
  draw(pen, run, { part, x, y, w, h }, t) {
    const { name, attributes } = run.parts[part];
    const [middle, sleeps] = [y + h / 2, asleep(run, part, t)];
    const words = pen.fit(name, sleeps ? 76 : 96, 16, 600);
    drawEar(pen, x + w / 2, middle, sleeps);
    const align = "center";
    pen.text(x + w / 2 + 8, middle + 5.5, sleeps ? `${words} Z` : words, { weight: 600, align });
    if (attributes.filter_policy !== undefined) drawFunnel(pen, x + w / 2 - HALF, middle);
    if (!run.moves.some) return;
    const held = run.moves.rings(part) ? 0 : run.moves.count(part, t);
    const colour = held ? pen.c.ink : pen.c.muted;
    const style = { size: 20, weight: 600, colour, halo: pen.c.ground };
    pen.text(x + w + 10, middle + 7, numberOf(held), style);
  },
};
