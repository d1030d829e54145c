// What was predicted, beside what came of it once the run has been played to its end.

import { capital, numberOf } from "./words.js";

/** @import { Guess } from "./contract.js" */

/**
 * Whether it is known by now what came: at the end of the run, and not before.
 *
 * @param {Guess | null} guess
 * @param {number} t
 * @param {number} end
 */
export const isKnown = (guess, t, end) => guess !== null && typeof guess.came === "number" && t >= end;

/**
 * How large the miss is: exactly right, 2 too many, 13 s too short.
 *
 * @param {Guess} guess
 */
export function missOf({ value, came, unit }) {
  const away = Math.abs(value - Number(came));
  const size = numberOf(away);
  if (size === "0") return "exactly right";
  if (unit === "s") return `${size} s too ${value > Number(came) ? "long" : "short"}`;
  return `${size} too ${value > Number(came) ? "many" : "few"}`;
}

/**
 * Whether it was right or wrong.
 *
 * @param {Guess} guess
 */
export const toneOf = (guess) => (missOf(guess) === "exactly right" ? "right" : "wrong");

/**
 * What stands at the peg.
 *
 * @param {Guess} guess
 * @param {boolean} known
 */
export const pegWords = (guess, known) =>
  `${guess.words} ${numberOf(guess.value)}${known ? `: ${missOf(guess)}` : ""}`;

/**
 * The same in one sentence.
 *
 * @param {Guess} guess
 */
export function guessSentence(guess) {
  const unit = guess.unit && guess.unit === "s" ? " s" : "";
  const was = `it was ${numberOf(Number(guess.came))}${unit}`;
  return `${capital(guess.words)} ${numberOf(guess.value)}${unit}, ${was}: ${missOf(guess)}.`;
}
