// What a stage tells in words beside its scene: the sentence, the last events, what a screen reader hears.

import { make, setWords, unbroken } from "../nodes.js";
import { showActions, showTodo } from "./actions.js";
import { lastEvents } from "./events.js";
import { guessSentence, isKnown, toneOf } from "./guess.js";
import { noteGlyph } from "./glyphs.js";
import { showLuck } from "./luck.js";
import { showMessage } from "./message.js";
import { compareSentence } from "./sentences.js";
import { sentenceAt } from "./subjects.js";
import { capital, clockOf, numberOf } from "./words.js";

/** @import { Run } from "./run.js" */
/** @import { Stage } from "./stage.js" */

/**
 * All that the kernel says about the runs.
 *
 * @param {Stage} stage
 */
export function showWords(stage) {
  const { model, parts } = stage;
  parts.title.textContent = model.get("title");
  parts.title.hidden = !model.get("title") || model.get("details") === false; // its panel says it
  setWords(parts.told, model.get("description") + sampledWords(stage.run));
  parts.words.hidden = model.get("details") === false;
  showActions(stage);
  showTodo(parts.todo, model.get("todo"));
  showLuck(parts.luck, model.get("luck"));
  showAsked(stage);
  showMessage(stage);
}

/**
 * What to say of a run of which only some requests travel.
 *
 * @param {Run | undefined} run
 */
function sampledWords(run) {
  if (!run || run.every === 1) return "";
  const counts = "what is sent, waits and is lost is counted of all";
  const shares = "times and busy shares are those of the shown ones";
  return ` The picture shows every ${run.every}th request; ${counts}, and ${shares}.`;
}

/**
 * What the opening asks, from when it has stopped until it is answered; what it says of the moment at which
 * it stopped goes with that moment.
 *
 * @param {Stage} stage
 */
function askedBy({ model, t, end, player }) {
  const opening = model.get("opening");
  const stopped = opening && player.opened && !player.opening;
  if (!stopped || !opening.question || t >= (opening.answered ?? end)) return "";
  return t > opening.until ? opening.question.split(". ").at(-1) : opening.question;
}

/**
 * What is asked, and then what came of what was predicted.
 *
 * @param {Stage} stage
 */
export function showAsked(stage) {
  const { parts, t, end, runs, guess } = stage;
  const known = guess && runs.length === 1 && isKnown(guess, t, end);
  const words = known ? guessSentence(guess, end) : askedBy(stage);
  parts.asked.classList.toggle("cloudlab-kept", guess !== null && typeof guess.came === "number");
  parts.asked.dataset.tone = known ? toneOf(guess) : "";
  setWords(parts.asked, words);
}

/**
 * The one fact that the picture is about.
 *
 * @param {Stage} stage
 */
export function showSentence({ run, runs, t, end, parts, model, guess }) {
  const compared = runs.length > 1 ? compareSentence(runs, t) : null;
  const found = t >= end && runs.length === 1 ? model.get("finding") : ""; // of the whole run, at its end
  const said = compared ?? (found || sentenceAt(run, Math.min(t, run.end)));
  const words = t <= 0 ? said + sampledWords(run) : said;
  setWords(parts.sentence, words);
  const predicted = guess ? ` ${capital(guess.words)} ${numberOf(guess.value)}.` : "";
  const label = `The scene at ${clockOf(t, end)}. ${words}${predicted}`;
  if (parts.scene.getAttribute("aria-label") !== label) parts.scene.setAttribute("aria-label", label);
}

/**
 * The last events, as many as there is room for.
 *
 * @param {Stage} stage
 * @param {number} width
 */
export function showEvents(stage, width) {
  const { run, t, end, scale } = stage;
  const { ticker } = stage.parts;
  const usual = scale > 1 ? 2 : 5;
  const list = lastEvents(run, Math.min(t, run.end), width < 500 ? 3 : usual);
  const made = list.map(({ time, text }) => `${time}${text}`).join();
  if (made === stage.ticked) return;
  stage.ticked = made;
  const items = list.map(({ time, glyph, text }) => {
    const when = make("span", "cloudlab-when", clockOf(time, end));
    return make("li", "", when, noteGlyph(glyph), make("span", "", ...unbroken(text)));
  });
  ticker.replaceChildren(...items);
  if (!list.length) ticker.append(make("li", "cloudlab-note", "Nothing yet."));
}

/**
 * Speak at a pause, a step and a turning point, not at every event.
 *
 * @param {Stage} stage
 */
export function say({ run, t, end, parts }) {
  const [event] = lastEvents(run, t, 1);
  const last = event && event.time > t - end / 100 ? ` ${event.text}` : "";
  parts.spoken.textContent = `${clockOf(t, end)}. ${parts.sentence.textContent}${last}`;
}
