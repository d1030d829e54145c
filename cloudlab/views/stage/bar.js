// The bar below the timeline: always the same buttons in the same order.

import { make } from "../nodes.js";
import { pressable } from "./elements.js";
import { glyph } from "./glyphs.js";
import { SPEEDS } from "./player.js";
import { clockOf } from "./words.js";

/** @import { Player } from "./player.js" */

/** @typedef {ReturnType<typeof buildBar>} Bar */

/**
 * @param {HTMLElement} bar
 * @param {Player} player
 * @param {{ step: (way: number) => void, reset: () => void, draw: () => void, share: () => void }} acts
 * @param {HTMLElement} list what can be asked
 * @param {HTMLElement} actions what can be done at a moment
 */
export function buildBar(bar, player, acts, list, actions) {
  const play = pressable("Play", () => (player.playing ? player.pause() : player.start()), "play");
  play.classList.add("cloudlab-go");
  const back = pressable("Back", () => acts.step(-1), "back");
  const next = pressable("Step", () => acts.step(1), "step");
  const reset = pressable("Reset", acts.reset);
  const clock = make("output", "cloudlab-stageclock");
  const share = pressable("Share", acts.share);
  bar.append(play, actions, back, next, reset, clock, ...speedsOf(player, acts.draw), list, share);
  return { play, clock, share };
}

/**
 * The speeds side by side, and the same in a list, for where there is less room: one of the two is shown.
 *
 * @param {Player} player
 * @param {() => void} draw
 */
function speedsOf(player, draw) {
  const list = make("select", "cloudlab-select cloudlab-speeds");
  list.setAttribute("aria-label", "Speed");
  list.append(...SPEEDS.map(([speed, words]) => new Option(words, String(speed))));
  /** @type {HTMLInputElement[]} */
  const radios = [];
  /** @param {number} speed */
  const choose = (speed) => {
    player.speed = speed;
    list.value = String(speed);
    SPEEDS.forEach(([one], place) => (radios[place].checked = one === speed));
    draw();
  };
  list.addEventListener("change", () => choose(Number(list.value)));
  const speeds = make("div", "cloudlab-choices");
  speeds.setAttribute("role", "radiogroup");
  speeds.setAttribute("aria-label", "Speed");
  const name = `speed-${Math.random().toString(36).slice(2)}`;
  for (const [speed, words] of SPEEDS) {
    const radio = make("input");
    Object.assign(radio, { type: "radio", name, checked: speed === 1 });
    radio.addEventListener("change", () => choose(speed));
    radios.push(radio);
    speeds.append(make("label", "", radio, make("span", "", words)));
  }
  return [speeds, list];
}

/**
 * @param {HTMLElement} play
 * @param {boolean} playing
 */
export function showPlay(play, playing) {
  const words = playing ? "Pause" : "Play";
  play.replaceChildren(glyph(playing ? "pause" : "play"), make("span", "", words));
}

/**
 * @param {HTMLElement} clock
 * @param {HTMLElement} scrub
 * @param {number} t
 * @param {number} end
 */
export function showClock(clock, scrub, t, end) {
  const words = clockOf(t, end);
  if (clock.dataset.words === words) return;
  clock.dataset.words = words;
  clock.replaceChildren(make("b", "", words), make("span", "", ` of ${clockOf(end, end)}`));
  scrub.setAttribute("aria-valuetext", words);
}
