// The key above a narrow timeline: there is no room for names at the ends of its lines.

/** @import { Style } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Label } from "./timeline.js" */

const SLIM = 480; // narrower timelines have a key
const KEY_ROW = 20;
const KEY_LINE = 22; // a piece of the line, and the space behind it
const KEY_SPACE = 14;

/** @param {number} width */
export const isSlim = (width) => width < SLIM;

/**
 * In which row and from which x on each entry stands: one behind the other, as many as a row can hold.
 *
 * @param {number[]} sizes
 * @param {number} width
 */
function keyPlaces(sizes, width) {
  let [row, x] = [0, 0];
  return sizes.map((size) => {
    if (x > 0 && x + size > width) [row, x] = [row + 1, 0];
    const place = { row, x };
    x += size + KEY_SPACE;
    return place;
  });
}

/**
 * How high the key is when its entries are as wide as they will ever be.
 *
 * @param {Pen} pen
 * @param {string[]} words
 * @param {number} width
 */
export function keyHeight(pen, words, width) {
  const sizes = words.map((one) => KEY_LINE + pen.wide(one, 16, 600));
  return KEY_ROW * (1 + Math.max(0, ...keyPlaces(sizes, width).map(({ row }) => row)));
}

/**
 * @param {Pen} pen
 * @param {Label[]} labels
 * @param {number} width
 */
export function drawKey(pen, labels, width) {
  const sizes = labels.map(({ words, weight }) => KEY_LINE + pen.wide(words, 16, weight));
  keyPlaces(sizes, width).forEach(({ row, x }, place) => {
    const { words, weight, look } = labels[place];
    const middle = KEY_ROW * row + 9;
    pen.path(
      [
        [x + 1, middle],
        [x + KEY_LINE - 6, middle],
      ],
      look,
      false,
    );
    const style = { weight, colour: weight === 600 ? pen.c.ink : pen.c.muted };
    pen.text(x + KEY_LINE, middle + 5, pen.fit(words, width - x - KEY_LINE, 16, weight), style);
  });
}
