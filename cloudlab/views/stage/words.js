// Numbers and times in words, the same as in the texts that Python writes, and the few tools all files use.

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * A moment of a run that lasts until `end` (s): 2:05, 13:20 h, day 2, 13:20 h.
 *
 * @param {number} seconds
 * @param {number} end
 */
export function clockOf(seconds, end) {
  const whole = Math.floor(seconds + 1e-6);
  if (Math.max(seconds, end) < 7200) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  const day = end > 86400 ? `day ${Math.floor(whole / 86400) + 1}, ` : "";
  const rest = end > 86400 ? whole % 86400 : whole;
  return `${day}${Math.floor(rest / 3600)}:${two(Math.floor((rest % 3600) / 60))} h`;
}

/** Made once: `toLocaleString` would make one for each number of each frame. */
const WITH_COMMAS = new Intl.NumberFormat("en-US");

/**
 * Two significant digits; from 10 on whole, with commas.
 *
 * @param {number} value
 */
export function numberOf(value) {
  if (Math.abs(value) >= 9.95 || Number.isInteger(value)) return WITH_COMMAS.format(Math.round(value));
  let decimals = 1;
  for (let size = Math.abs(value); size < 0.995 && decimals < 6; size *= 10) decimals += 1;
  return value.toFixed(decimals).replace(/\.?0+$/, "");
}

/**
 * A count where there is little room: from 1,000 on 1.2k, 12k, 1.2M.
 *
 * @param {number} value
 */
export function shortOf(value) {
  const [size, letter] = value >= 999_500 ? [1e6, "M"] : [1e3, "k"];
  return value < 1000 ? numberOf(value) : `${numberOf(Math.round((10 * value) / size) / 10)}${letter}`;
}

/** @param {number} value */
export const secondsOf = (value) => `${numberOf(value)} s`;

/**
 * A length of time in the largest unit that suits it.
 *
 * @param {number} seconds
 */
export function spanOf(seconds) {
  if (seconds < 60) return seconds < 10 ? secondsOf(seconds) : `${Math.round(seconds)} s`;
  if (seconds < 7200) {
    const whole = Math.round(seconds);
    return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** @param {number} value */
export const dollarsOf = (value) => `$${value < 1 ? value.toFixed(3) : value.toFixed(2)}`;

/**
 * @param {number} amount
 * @param {string} word
 * @param {string} [words] of many
 */
export const countOf = (amount, word, words) =>
  `${numberOf(amount)} ${Math.round(amount) === 1 ? word : words || `${word}s`}`;

/** @param {number} amount */
export function waitOf(amount) {
  if (!amount) return "nobody waits";
  return amount === 1 ? "1 waits" : `${numberOf(amount)} wait`;
}

/**
 * The word that goes with an amount: is or are, waits or wait.
 *
 * @param {number} amount
 * @param {string} one
 * @param {string} many
 */
export const agree = (amount, one, many) => (amount === 1 ? one : many);

/** @param {number} amount */
export const isAre = (amount) => agree(amount, "is", "are");

/** @param {string} words */
export const capital = (words) => words.replace(/^./, (letter) => letter.toUpperCase());

/** @param {string[]} names */
export const listedOf = (names) =>
  names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}` : names.join("");

/** @param {number} rate */
export const per = (rate) => {
  if (rate >= 1) return `${numberOf(rate)} a second`;
  return rate * 60 >= 1 ? `${numberOf(rate * 60)} a minute` : `${numberOf(rate * 3600)} an hour`;
};

/**
 * Easing: all motion is a function of time, so stepping back shows the same frame.
 *
 * @param {number} x
 */
export const easeInOut = (x) => (x < 0.5 ? 4 * x ** 3 : 1 - (2 - 2 * x) ** 3 / 2);
/** @param {number} x */
export const easeOut = (x) => 1 - (1 - x) ** 3;
/** @param {number} x */
export const spring = (x) => 1 - Math.cos(x * 2.2 * Math.PI) * (1 - x) ** 2.6;

/**
 * A sentence or a name as it begins, which may be with a name such as i-4: that keeps its letters.
 *
 * @param {string} words
 */
export const begun = (words) => (/^[a-z]{3}/.test(words) ? capital(words) : words);
