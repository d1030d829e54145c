// The strip of numbers under the scene. Its cells are made once, and then only their texts change. They are
// made anew when they are to tell of something else, as after a control has changed what the run holds.

import { make } from "../nodes.js";
import { glyph } from "./glyphs.js";
import { numbersAt } from "./subjects.js";

/** @import { NumberShown } from "./contract.js" */
/** @import { Run } from "./run.js" */

export class Strip {
  /** @param {HTMLElement} node */
  constructor(node) {
    this.node = node;
    /** @type {{ cell: HTMLElement, value: HTMLElement, unit: HTMLElement, words: string }[]} */
    this.cells = [];
  }

  /**
   * Show the numbers of the last run at t; of two, with those of the first before them.
   *
   * @param {Run[]} runs
   * @param {number} t
   */
  show(runs, t) {
    const lists = runs.map((run) => numbersAt(run, Math.min(t, run.end)));
    const last = lists[lists.length - 1];
    const same = this.cells.length === last.length;
    if (!same || last.some(({ words }, place) => words !== this.cells[place].words)) this.makeCells(last);
    last.forEach((entry, place) => {
      const before = lists.length > 1 ? lists[0].find(({ words }) => words === entry.words) : null;
      const words = before ? `${before.value} → ${entry.value}` : entry.value;
      setText(this.cells[place].value, words);
      setText(this.cells[place].unit, entry.unit ?? "");
    });
  }

  /** @param {NumberShown[]} numbers */
  makeCells(numbers) {
    this.cells = numbers.map(({ glyph: icon, words }) => {
      const value = make("span", "cloudlab-value");
      const unit = make("span", "cloudlab-unit");
      const head = make("dt", "", glyph(icon), make("span", "", words));
      const cell = make("div", "cloudlab-number-cell", head, make("dd", "", value, " ", unit));
      return { cell, value, unit, words };
    });
    this.node.replaceChildren(...this.cells.map(({ cell }) => cell));
  }
}

/**
 * Only where it differs: an unchanged text costs nothing.
 *
 * @param {HTMLElement} node
 * @param {string} words
 */
function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
