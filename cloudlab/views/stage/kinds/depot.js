// A depot: where programs come from, a folder with files or a registry with images.

import { drawSheet, drawSlabs } from "../parcels.js";
import { countOf } from "../words.js";

/** @import { Kind } from "../contract.js" */

/** @type {Partial<Kind>} */
export default {
  source: true,
  badge: false,
  labelled: true,
  size: () => [64, 54],
  draw(pen, run, { part, x, y, w, h }) {
    const drawn = run.parts[part].attributes.packed ? drawSlabs : drawSheet;
    drawn(pen, x + w / 2, y + h / 2);
  },
  story(run, part, t) {
    const many = run.moves.moves.filter(({ source, time }) => source === part && time <= t).length;
    const what = run.parts[part].attributes.packed ? "an image" : "a file";
    const sent = countOf(many, "time");
    return [`${run.nameOf(part)} has sent ${what} ${sent}. What is sent is the same each time.`];
  },
};
