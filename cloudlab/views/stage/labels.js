// Words that find a free place: the first of some where they cover nothing and stay on their card.

/** @import { Pen } from "./pen.js" */

/**
 * Where words may stand: `x` is their left, their middle or their right, `y` their base line.
 *
 * @typedef {{ x: number, y: number, align?: string }} Spot
 * @typedef {[left: number, top: number, right: number, bottom: number]} Box
 */

const [UP, DOWN, AIR] = [14, 5, 3]; // of letters of 16 px, and what is kept free around them

export class Labels {
  /**
   * @param {Pen} pen
   * @param {number} width of the card
   */
  constructor(pen, width) {
    this.pen = pen;
    this.width = width;
    /** @type {Box[]} */
    this.taken = [];
  }

  /**
   * Keep a box free of words.
   *
   * @param {number} left
   * @param {number} top
   * @param {number} right
   * @param {number} bottom
   */
  keep(left, top, right, bottom) {
    this.taken.push([left, top, right, bottom]);
  }

  /**
   * The box of words at a spot.
   *
   * @param {string} words
   * @param {Spot} spot
   * @param {{ weight?: number }} style
   * @returns {Box}
   */
  boxOf(words, { x, y, align = "left" }, { weight = 400 }) {
    const wide = this.pen.wide(words, 16, weight);
    const left = { left: x, center: x - wide / 2, right: x - wide }[align] ?? x;
    return [left, y - UP, left + wide, y + DOWN];
  }

  /** @param {Box} box */
  isFree([left, top, right, bottom]) {
    const onCard = left >= 4 && right <= this.width - 4;
    /** @param {Box} box */
    const clear = ([from, high, to, low]) =>
      right + AIR <= from || left - AIR >= to || bottom <= high || top >= low;
    return onCard && this.taken.every(clear);
  }

  /**
   * Write words at the first spot that is free. Returns it, or undefined where none is.
   *
   * @param {string} words
   * @param {Spot[]} spots
   * @param {{ weight?: number, colour?: string, halo?: string }} [style]
   */
  write(words, spots, style = {}) {
    const spot = spots.find((one) => this.isFree(this.boxOf(words, one, style)));
    if (!spot) return undefined;
    this.keep(...this.boxOf(words, spot, style));
    this.pen.text(spot.x, spot.y, words, { align: spot.align ?? "left", ...style });
    return spot;
  }
}

/**
 * The middle of words that are to stand at x, moved so that they stay on the card.
 *
 * @param {Pen} pen
 * @param {string} words
 * @param {number} x
 * @param {number} width of the card
 */
export function middleFor(pen, words, x, width, weight = 600) {
  const half = pen.wide(words, 16, weight) / 2 + 8;
  return Math.min(width - half, Math.max(half, x));
}
