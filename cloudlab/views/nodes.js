// Elements of a page, made in one call. All texts are set as text, never as HTML.

/**
 * An element with a class and what stands in it.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 */
export function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

// What stays in one line: a name such as i-15 or order-placed, and a number with its unit, as `bound` has it.
const KEPT = /(\b[\w-]{1,24}-\w[\w-]{0,24}\b|\d[\d.,:]* (?:s|ms|min|h|%|cm|[KMG]i?B|vCPUs?)(?!\w))/;

/**
 * Words in which no name is broken at its hyphen, and no number is parted from its unit.
 *
 * @param {string} words
 * @returns {(Node | string)[]}
 */
export const unbroken = (words) =>
  words.split(KEPT).map((piece, place) => (place % 2 ? make("span", "cloudlab-unbroken", piece) : piece));

/**
 * Let words stand in an element, `unbroken`; only where they differ, since an unchanged text costs nothing.
 *
 * @param {Element} node
 * @param {string} words
 */
export function setWords(node, words) {
  if (node.textContent !== words) node.replaceChildren(...unbroken(words));
}

/**
 * What an observer of one element saw last. A busy page is told of several moments at once, the oldest first.
 *
 * @param {IntersectionObserverEntry[]} entries
 */
export const lastSeen = (entries) => entries[entries.length - 1];

/**
 * A new element at the end of `parent`.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {Element} parent
 */
export function add(tag, className, parent) {
  const node = make(tag, className);
  parent.append(node);
  return node;
}
