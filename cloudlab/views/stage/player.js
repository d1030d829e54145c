// The player: a clock of its own that moves the play-head, and what it tells the kernel and the charts.
//
// Nothing moves before Play; an off-screen stage stands still; with reduced motion there are still frames.

import { still } from "./elements.js";
import { clamp } from "./words.js";

/** @import { Model } from "./contract.js" */

/**
 * What the bar offers: so many times ×1, which is a minute for a run; 0 is as fast as can be.
 *
 * @type {[speed: number, words: string][]}
 */
export const SPEEDS = [
  [1, "×1"],
  [4, "×4"],
  [16, "×16"],
  [0, "max"],
];
const FAST = 40; // times ×1 that "max" is
const FRAME = 1; // wall seconds between still frames
const TOLD = 500; // wall milliseconds between two words to the kernel
const HOP = 0.45; // wall seconds of a hop at ×1 and ×4
const SHORT_HOP = 0.15; // and at ×16
const OPENING = 4.5; // wall seconds of an opening: what stops within five needs no button to stop it

/**
 * What the player calls when the play-head has moved.
 *
 * @typedef {object} Shown
 * @property {(all?: boolean) => void} draw
 * @property {() => void} say
 * @property {() => void} showPlay whether it plays has changed
 */

export class Player {
  /**
   * @param {Model} model
   * @param {Shown} shown
   */
  constructor(model, shown) {
    this.model = model;
    this.shown = shown;
    this.t = model.get("time") || 0;
    this.end = 0;
    this.pace = 1;
    this.speed = 1;
    this.playing = false;
    this.seen = true; // on the screen
    this.frame = 0;
    /** @type {number | null} when the last frame was drawn */
    this.before = null;
    this.ahead = 0; // wall seconds since the last still frame
    this.synced = 0;
    /** @type {Model[]} the pictures of the same panel, whose cursor goes with the play-head */
    this.pictures = [];
    this.pushing = false;
    /** @type {[since: number, until: number] | null} what the opening shows, while it plays */
    this.opening = null;
    this.opened = false; // once, whoever was faster
    this.furthest = this.t; // moment that was shown of this run: the charts beside it show no more
  }

  /**
   * Take over another run: the play-head stays where it is.
   *
   * @param {number} end
   * @param {number} pace
   */
  load(end, pace) {
    this.end = end;
    this.pace = pace;
    this.t = clamp(this.t, 0, end);
    this.furthest = this.t;
    this.tellPictures();
  }

  // Seconds of the run in a second of play.
  get rate() {
    if (this.opening) return (this.opening[1] - this.opening[0]) / OPENING;
    return this.pace * (this.speed || FAST);
  }

  // Seconds of the run that a hop takes; as fast as can be there is none.
  get hop() {
    if (!this.speed) return 0;
    return (this.speed === 16 ? SHORT_HOP : HOP) * this.rate;
  }

  get moves() {
    return this.model.get("motion") && !still();
  }

  start() {
    if (this.t >= this.end) this.seek(0);
    this.playing = true;
    this.shown.showPlay();
    this.before = null;
    this.ahead = 0;
    this.request();
  }

  /**
   * Play up to the moment of suspense, unless somebody has played before; without motion, show that moment.
   *
   * @param {number} since
   * @param {number} until
   */
  open(since, until) {
    if (this.opened || this.playing || this.t > 0) return;
    this.opened = true;
    this.seek(this.moves ? since : until);
    if (!this.moves) return;
    this.start();
    this.opening = [since, until];
  }

  // Stop, and tell everyone where.
  pause() {
    const played = this.playing;
    this.halt();
    if (!played) return;
    this.shown.draw(true);
    this.shown.say();
    this.sync(true);
  }

  halt() {
    this.playing = false;
    this.opening = null;
    this.opened = true;
    this.shown.showPlay();
  }

  /** @param {number} t */
  seek(t) {
    if (this.opening) this.halt(); // somebody was faster
    this.t = clamp(t, 0, this.end);
    this.shown.draw(true);
    this.sync(!this.playing);
  }

  /**
   * Where somebody has put the play-head by hand.
   *
   * @param {number} t
   */
  put(t) {
    this.halt();
    this.seek(t);
    this.shown.say();
  }

  /**
   * While somebody drags it.
   *
   * @param {number} t
   */
  drag(t) {
    this.halt();
    this.t = t;
    this.shown.draw(true);
    this.sync();
  }

  /** @param {boolean} seen */
  see(seen) {
    this.seen = seen;
    this.before = null;
    if (seen && this.playing) this.request();
  }

  request() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now */
  tick(now) {
    this.frame = 0;
    if (!this.playing || !this.seen) {
      this.before = null;
      return;
    }
    const passed = this.before === null ? 0 : Math.min(0.25, (now - this.before) / 1000);
    this.before = now;
    this.ahead += passed;
    if (this.moves || this.ahead >= FRAME) {
      this.t = Math.min(this.opening?.[1] ?? this.end, this.t + this.ahead * this.rate);
      this.ahead = 0;
      this.shown.draw();
    }
    this.sync();
    if (this.t >= (this.opening?.[1] ?? this.end)) this.pause();
    else this.request();
  }

  // Tell the charts where the play-head stands, and how far this run was played.
  tellPictures() {
    this.furthest = Math.max(this.furthest, this.t);
    const played = this.end ? this.furthest / this.end : 1;
    for (const picture of this.pictures) {
      if (picture.get("played") !== played) picture.set("played", played);
      if (!picture.get("plot")) continue;
      if (Math.abs((picture.get("time") ?? -1) - this.t) <= 1e-9) continue;
      this.pushing = true;
      picture.set("time", this.t);
      this.pushing = false;
    }
  }

  // Tell the kernel and the charts where the play-head stands.
  sync(now = false) {
    this.tellPictures();
    const since = performance.now() - this.synced;
    if (!now && since < TOLD) return;
    this.synced = performance.now();
    this.model.set("time", this.t);
    this.model.save_changes();
  }

  // The kernel has said where the play-head is. While it plays, a moment near by is an echo of what it told.
  hear() {
    const told = this.model.get("time");
    const away = Math.abs(told - this.t);
    if (this.playing && away <= 0.75 * this.rate) return;
    if (away <= 1e-6) return;
    this.t = clamp(told, 0, this.end);
    this.shown.draw(true);
  }

  /**
   * A picture has said where its cursor is.
   *
   * @param {number} told
   */
  hearPicture(told) {
    const late = this.t - told;
    if (this.playing && late > 0 && late < 2 * this.rate) return; // an echo of a moment that has passed
    if (this.pushing || told === null || Math.abs(late) < 1e-9) return;
    if (Math.abs(told - this.model.get("time")) < 1e-6) return;
    this.put(told);
  }

  // Find the pictures of the same panel: the play-head moves their cursors, and the other way round.
  async findPictures() {
    const manager = this.model.widget_manager;
    this.pictures = [];
    if (!manager) return;
    for (const name of this.model.get("pictures")) {
      const picture = await manager.get_model(name.replace("IPY_MODEL_", ""));
      picture.on("change:time", () => this.hearPicture(picture.get("time")));
      this.pictures.push(picture);
    }
    this.sync();
  }

  stop() {
    this.playing = false;
    if (this.frame) cancelAnimationFrame(this.frame);
  }
}
