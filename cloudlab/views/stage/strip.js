// The strip of numbers under the scene. Its cells are made once, and then only their texts change. They are
// made anew when they are to tell of something else, as after a control has changed what the run holds.

import { make } from "../nodes.js";
import { glyph } from "./glyphs.js";
import { numbersAt } from "./subjects.js";

/** @import { Gauge, NumberShown } from "./contract.js" */
/** @import { Run } from "./run.js" */

/**
 * @typedef {{ cell: HTMLElement, value: HTMLElement, unit: HTMLElement, words: string,
 *   gauge: GaugeNodes | null }} Cell
 * @typedef {{ row: HTMLElement, bar: HTMLElement, told: HTMLElement, state: string }} GaugeNodes
 */

const OF_STATE = { met: "tick", near: "boot", missed: "fail" };

export class Strip {
  /** @param {HTMLElement} node */
  constructor(node) {
    this.node = node;
    /** @type {Cell[]} */
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
      if (entry.gauge) showGauge(this.cells[place].gauge, entry.gauge);
    });
  }

  /** @param {NumberShown[]} numbers */
  makeCells(numbers) {
    this.cells = numbers.map(({ glyph: icon, words, gauge: limited }) => {
      const value = make("span", "cloudlab-value");
      const unit = make("span", "cloudlab-unit");
      const head = make("dt", "", glyph(icon), make("span", "", words));
      const gauge = limited ? makeGauge(limited) : null;
      const below = gauge ? [gauge.row] : [];
      const cell = make("div", "cloudlab-number-cell", head, make("dd", "", value, " ", unit), ...below);
      return { cell, value, unit, words, gauge };
    });
    this.node.replaceChildren(...this.cells.map(({ cell }) => cell));
  }
}

/**
 * A bar with a mark at its limit, and in words whether that is kept.
 *
 * @param {Gauge} gauge
 * @returns {GaugeNodes}
 */
function makeGauge({ mark }) {
  const bar = make("span", "cloudlab-gauge-bar");
  bar.style.setProperty("--mark", String(mark));
  const told = make("span", "cloudlab-gauge-told");
  return { row: make("dd", "cloudlab-gauge", bar, told), bar, told, state: "" };
}

/**
 * @param {GaugeNodes | null} nodes
 * @param {Gauge} gauge
 */
function showGauge(nodes, { share, mark, state }) {
  if (!nodes) return;
  nodes.bar.style.setProperty("--share", share.toFixed(3));
  nodes.bar.style.setProperty("--mark", String(mark));
  if (nodes.state === state) return;
  nodes.state = nodes.bar.dataset.state = state;
  nodes.told.replaceChildren(
    glyph(OF_STATE[/** @type {keyof typeof OF_STATE} */ (state)]),
    make("span", "", state),
  );
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
