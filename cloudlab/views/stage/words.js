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

/**
 * Two significant digits; from 10 on whole, with commas.
 *
 * @param {number} value
 */
export function numberOf(value) {
  if (Math.abs(value) >= 9.95 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  let decimals = 1;
  for (let size = Math.abs(value); size < 0.995 && decimals < 6; size *= 10) decimals += 1;
  return value.toFixed(decimals).replace(/\.?0+$/, "");
}

/** @param {number} value */
export const secondsOf = (value) => `${numberOf(value)} s`;

/**
 * Two parts of a time in seconds, rounded so that they add up to the whole as it is shown.
 *
 * @param {number} one
 * @param {number} other
 * @returns {[string, string]}
 */
export function secondsOfTwo(one, other) {
  const whole = one + other;
  let decimals = whole >= 9.95 ? 0 : 1;
  for (let size = whole; size > 0 && size < 0.995 && decimals < 6; size *= 10) decimals += 1;
  const least = Math.min(one, other);
  const small = Number(least.toFixed(decimals));
  const large = secondsOf(Number((Number(whole.toFixed(decimals)) - small).toFixed(decimals)));
  const little = secondsOf(small || least); // what is too short to be seen in the sum is told all the same
  return one < other ? [little, large] : [large, little];
}

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
