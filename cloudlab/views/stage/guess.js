// What was predicted, beside what came of it once the run has been played to the moment that it is about.

import { capital, clockOf, numberOf } from "./words.js";

/** @import { Guess, Model } from "./contract.js" */

const FRESH = 0.25; // of the time until the next prediction is answered, an answer is still shown

/**
 * All that was predicted of this run, in order of the moments that it is about.
 *
 * @param {Model} model
 * @returns {Guess[]}
 */
export const guessesOf = (model) =>
  [model.get("prediction"), ...(model.get("later") ?? [])].filter((guess) => guess !== null);

/**
 * The prediction that is spoken of: the next one to be answered, or the last answer while that is fresh.
 *
 * @param {Guess[]} guesses
 * @param {number} t
 * @param {number} end
 * @returns {Guess | null}
 */
export function guessAt(guesses, t, end) {
  const until = guesses.map((guess, place) => {
    const [own, next] = [guess, guesses[place + 1] ?? guess].map(({ at }) => at ?? end);
    return own + FRESH * (next - own);
  });
  const place = until.findIndex((moment) => t < moment);
  return guesses[place < 0 ? guesses.length - 1 : place] ?? null;
}

/**
 * Whether it is known by now what came: at the moment that it is about, or at the end of the run.
 *
 * @param {Guess | null} guess
 * @param {number} t
 * @param {number} end
 */
export const isKnown = (guess, t, end) =>
  guess !== null && typeof guess.came === "number" && t >= (guess.at ?? end);

/**
 * How large the miss is: exactly right, 2 too many, 13 s too short.
 *
 * @param {Guess} guess
 */
export function missOf({ value, came, unit }) {
  const away = Math.abs(value - Number(came));
  const size = numberOf(away);
  if (size === "0") return "exactly right";
  if (unit === "h") return `${size} h too ${value > Number(came) ? "late" : "early"}`;
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
 * @param {number} end
 */
export function guessSentence(guess, end) {
  const unit = guess.unit === "s" || guess.unit === "h" ? ` ${guess.unit}` : "";
  const came = Number(guess.came);
  const was = `it was ${guess.unit === "h" ? Math.round(10 * came) / 10 : numberOf(came)}${unit}`;
  const when = typeof guess.at === "number" && !unit ? `At ${clockOf(guess.at, end)}: ` : "";
  const words = when ? guess.words : capital(guess.words);
  return `${when}${words} ${numberOf(guess.value)}${unit}, ${was}: ${missOf(guess)}.`;
}
