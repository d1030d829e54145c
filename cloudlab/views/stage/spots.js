// Spots: buttons over the parts of the scene, so that they can be reached by keyboard and read as sentences.

import { make } from "../nodes.js";
import { partStory } from "./stories.js";

/** @import { Choice, Spot } from "./contract.js" */
/** @import { Run } from "./run.js" */

const FEW_SPOTS = 12; // where there are more, Tab stops once, and arrow keys go from part to part

/** @type {Record<string, number>} how many places a key goes on */
const GOES_ON = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e6, End: 1e6 };

export class Spots {
  /**
   * @param {HTMLElement} overlay
   * @param {(what: Choice) => void} select
   */
  constructor(overlay, select) {
    this.overlay = overlay;
    this.select = select;
    /** @type {string | null} what the buttons are for */
    this.made = null;
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    overlay.addEventListener("keydown", (event) => this.goOn(event));
  }

  // New runs: make the buttons anew.
  forget() {
    this.made = null;
  }

  /**
   * @param {Spot[]} places
   * @param {Run[]} runs
   * @param {number} t
   * @param {{ scale: number, playing: boolean }} how
   */
  show(places, runs, t, { scale, playing }) {
    const wanted = places.filter(({ part }) => part !== null && part !== undefined);
    const made = wanted.map(({ part, run }) => `${run}:${part}`).join();
    if (made !== this.made) this.makeButtons(wanted);
    this.made = made;
    wanted.forEach((spot, place) => {
      const button = this.buttons[place];
      const run = runs[Number(spot.run)];
      const name = run.nameOf(Number(spot.part));
      moveTo(button, spot, scale);
      if (!playing) setLabel(button, labelOf(run, spot, t));
      else if (!button.hasAttribute("aria-label")) setLabel(button, name);
    });
  }

  /** @param {Spot[]} wanted */
  makeButtons(wanted) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.spot;
    this.buttons = wanted.map(({ part, run }) => {
      const button = make("button", "cloudlab-spot");
      button.type = "button";
      button.dataset.spot = `${run}:${part}`;
      button.addEventListener("click", () => this.select({ part: Number(part), run }));
      return button;
    });
    for (const old of this.overlay.querySelectorAll("button")) old.remove();
    this.overlay.append(...this.buttons);
    const last = this.buttons.find((button) => button.dataset.spot === focused);
    this.stopAt(last ?? this.buttons[0]);
    last?.focus();
  }

  // Of many parts, let the Tab key stop at this one alone.
  /** @param {HTMLButtonElement | undefined} one */
  stopAt(one) {
    if (this.buttons.length > FEW_SPOTS)
      for (const button of this.buttons) button.tabIndex = button === one ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  goOn(event) {
    const place = this.buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (this.buttons.length <= FEW_SPOTS || place < 0 || !(event.key in GOES_ON)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = this.buttons.at(Math.min(Math.max(place + GOES_ON[event.key], 0), this.buttons.length - 1));
    this.stopAt(next);
    next?.focus();
  }
}

/**
 * @param {HTMLElement} button
 * @param {Spot} spot
 * @param {number} scale
 */
function moveTo(button, { x, y, width, height }, scale) {
  Object.assign(button.style, {
    left: `${x * scale}px`,
    top: `${y * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  });
}

/**
 * @param {Run} run
 * @param {Spot} spot
 * @param {number} t
 */
function labelOf(run, { part }, t) {
  const { lines } = partStory(run, Number(part), Math.min(t, run.end));
  const words = lines.slice(0, 3).join(" ") || run.nameOf(Number(part));
  return run.label ? `${run.label}: ${words}` : words;
}

/**
 * @param {HTMLElement} button
 * @param {string} label
 */
function setLabel(button, label) {
  if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
}
