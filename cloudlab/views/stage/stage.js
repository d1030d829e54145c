// The stage: one run, or two with the same luck, played on a clock of its own.
//
// `render` builds the elements and wires them: what is shown is a function of the runs and of the moment `t`
// alone. The clock is `player.js`, Ask why `asking.js`, the numbers `strip.js`. Read `Stage.draw` first.

import { lastSeen, make } from "../nodes.js";
import { toggleCode } from "./actions.js";
import { Asking } from "./asking.js";
import { buildBar, showClock, showPlay } from "./bar.js";
import { build, showLegend, still } from "./elements.js";
import { guessAt, guessesOf } from "./guess.js";
import { listenToHands } from "./hands.js";
import { showMessage, tell } from "./message.js";
import { Pen } from "./pen.js";
import { Player } from "./player.js";
import { Run } from "./run.js";
import { planOf } from "./scene.js";
import { NARROW } from "./sizes.js";
import { Spots } from "./spots.js";
import { Strip } from "./strip.js";
import { say, showAsked, showEvents, showSentence, showWords } from "./telling.js";
import { drawTimeline, timelineHeight } from "./timeline.js";
import { longestOf } from "./times.js";

/** @import { Model, Plan, Scene, View } from "./contract.js" */

const WHOLE = 0.9; // of a scene is in view
const THUMB = 9; // half of the scrubber's, in pixels
const TELL = 125; // wall milliseconds between two changes of lists and stories while it plays
const WORDS = [
  "title",
  "description",
  "actions",
  "todo",
  "message",
  "fault",
  "scale",
  "motion",
  "prediction",
  "later",
  "code",
  "luck",
  "opening",
  "finding",
]; // traits that are shown anew when they change

export class Stage {
  /** @type {Run[]} */
  runs = [];
  /** @type {Plan[]} where everything stands in the scene of each run */
  plans = [];
  planned = 0; // the width that the plans were made for
  longest = [{ time: 0, most: 0 }]; // the longest time in system up to so many moments
  /** @type {View | null} what the last picture tells about itself */
  view = null;
  /** @type {ReturnType<typeof drawTimeline> | null} */
  line = null;
  loaded = false; // new runs came, and are not drawn yet
  came = false; // into view, once
  felt = ""; // the last answer to a prediction
  guessed = 0; // so many predictions there are
  told = 0; // when the texts were last changed
  /** @type {string | null} what the list of events was made of */
  ticked = null;
  unwatch = () => {};

  /**
   * @param {Model} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.parts = build(el);
    this.pen = new Pen(this.parts.canvas, el);
    this.linePen = new Pen(this.parts.line, el);
    this.player = new Player(model, {
      draw: (all) => this.draw(all),
      say: () => say(this),
      showPlay: () => showPlay(this.bar.play, this.player.playing),
    });
    this.asking = new Asking(this);
    this.strip = new Strip(this.parts.numbers);
    this.spots = new Spots(this.parts.overlay, (what) => this.asking.select(what));
    this.bar = this.makeBar();
    this.guessed = guessesOf(model).length;
    this.load();
    this.listen();
  }

  get t() {
    return this.player.t;
  }

  get end() {
    return this.player.end;
  }

  get playing() {
    return this.player.playing;
  }

  get pictures() {
    return this.player.pictures;
  }

  get still() {
    return still();
  }

  // The run that is spoken of: the last one.
  get run() {
    return this.runs[this.runs.length - 1];
  }

  // The prediction that is spoken of at this moment.
  get guess() {
    return guessAt(guessesOf(this.model), this.t, this.end);
  }

  get scale() {
    return this.model.get("scale") || 1;
  }

  makeBar() {
    const reset = () => {
      this.player.pause();
      this.seek(0);
      say(this);
    };
    const share = () => toggleCode(this.parts.field, this.model, (words) => tell(this, words));
    const acts = {
      step: (/** @type {number} */ way) => this.step(way),
      reset,
      share,
      draw: () => this.draw(),
    };
    return buildBar(this.parts.bar, this.player, acts, this.asking.list, this.parts.actions);
  }

  // Take over the runs that the kernel sent, and keep the play-head.
  load() {
    const names = this.model.get("names");
    /** @type {(Scene & { told?: string })[]} a kernel sends all but the columns as one text */
    const sent = this.model.get("runs");
    const scenes = sent.map(({ told, ...one }) => (told ? { ...JSON.parse(told), ...one } : one));
    this.runs = scenes.map((scene, place) => new Run(scene, names[place] || ""));
    this.player.load(Math.max(...this.runs.map((run) => run.end), 0), this.run?.pace || 1);
    this.parts.scrub.max = String(this.end);
    this.planned = 0;
    this.spots.forget();
    this.longest = longestOf(this.runs);
    this.loaded = true;
    this.asking.fill();
    showLegend(this.parts.legend, this.runs);
    this.showWords();
    this.draw(true);
  }

  // What the kernel says about the runs.
  showWords() {
    showWords(this);
    this.bar.share.hidden = !this.model.get("code");
    this.el.style.setProperty("--scale", this.model.get("scale"));
    this.parts.root.classList.toggle("cloudlab-still", !this.model.get("motion"));
  }

  // Time

  /** @param {number} t */
  seek(t) {
    this.player.seek(t);
  }

  start() {
    this.player.start();
  }

  /**
   * To the next or the last event, or to the selected request's.
   *
   * @param {number} way
   */
  step(way) {
    this.player.pause();
    const { t, end } = this;
    /** @param {number} time */
    const ahead = (time) => (way > 0 ? time > t + 1e-9 : time < t - 1e-9);
    const own = this.ownSteps();
    const steps = own.some(ahead) ? own : this.run.steps;
    const next = way > 0 ? steps.find(ahead) : steps.findLast(ahead);
    if (way > 0 && t >= end) tell(this, "This is the end of the run: Play begins it anew.");
    else if (way < 0 && t <= 0) tell(this, "This is the beginning of the run.");
    else showMessage(this);
    const edge = way > 0 ? end : 0;
    this.seek(next ?? edge);
    say(this);
  }

  // What happens to the request that is selected.
  ownSteps() {
    const { run } = this;
    const row = this.asking.selected?.row;
    if (row === undefined) return [];
    return [run.arrived[row], run.started[row], run.answered[row]].filter((time) => time <= run.end);
  }

  // Drawing

  draw(all = false) {
    const { parts, pen, linePen, runs, t, scale } = this;
    if (!this.run || !parts.scene.clientWidth) return; // not on the page yet: drawn when it has a width
    for (const one of [pen, linePen]) if (!one.c.ink) one.readTheme();
    const width = Math.max(300, Math.floor(parts.scene.clientWidth / scale));
    const view = this.newView();
    this.makePlans(width);
    const high = this.plans.reduce((sum, { height }) => sum + height, 0);
    pen.begin(width, high, scale);
    let top = 0;
    this.plans.forEach((plan, place) => {
      this.drawRun(plan, place, top, view);
      top += plan.height;
    });
    this.view = view;
    linePen.begin(width, timelineHeight(linePen, runs, width, view), scale);
    this.line = drawTimeline(linePen, runs, t, width, view, this.plans[0].behind);
    parts.scrub.style.right = `${(width - this.line.right - THUMB) * scale}px`; // it ends where the axis does
    parts.scrub.style.top = `${this.line.above * scale}px`;
    if (parts.scrub.value !== String(t)) parts.scrub.value = String(t);
    showClock(this.bar.clock, parts.scrub, t, this.end);
    this.strip.show(this.runs, t); // scene, timeline and numbers tell of the same moment
    showSentence(this);
    if (all || performance.now() - this.told > TELL) this.tellAll(view, width);
    if (this.loaded) this.el.dataset.revision = this.model.get("revision");
    this.loaded = false;
  }

  /** @returns {View} */
  newView() {
    const { player, model } = this;
    const motion = player.moves;
    return {
      hits: [],
      places: [],
      moving: 0,
      motion,
      hop: motion ? Math.min(player.hop, this.t) : 0, // what is on its way began after the run did
      sim: (milliseconds) => (milliseconds / 1000) * player.rate,
      selected: this.asking.selected?.part,
      prediction: this.guess,
      before: model.get("before"),
      timesTop: this.longest.findLast(({ time }) => time <= this.t)?.most ?? 0,
    };
  }

  /**
   * Where everything stands depends on the runs and on the width.
   *
   * @param {number} width
   */
  makePlans(width) {
    if (this.planned === width) return;
    this.planned = width;
    const dense = this.runs.length > 1 && width >= NARROW;
    this.plans = this.runs.map((run, place) =>
      planOf(run, { width, dense, last: place === this.runs.length - 1 }),
    );
  }

  /**
   * @param {Plan} plan
   * @param {number} place
   * @param {number} top
   * @param {View} view
   */
  drawRun(plan, place, top, view) {
    const run = this.runs[place];
    const { context } = this.pen;
    context.save();
    context.translate(0, top);
    if (place) this.pen.line(24, 0, plan.width - 24, 0, this.pen.c.hair, 1);
    /** @type {View} */
    const own = { ...view, hits: [], places: [], moving: 0 };
    Object.assign(own, { head: run.label, first: !place, last: place === this.runs.length - 1 });
    if (place) own.prediction = null;
    plan.draw(this.pen, plan, run, Math.min(this.t, run.end), own);
    if (view.motion) this.drawChosen(own);
    context.restore();
    view.hits.push(...own.hits.map((hit) => ({ ...hit, y: hit.y + top, run: place })));
    view.places.push(...own.places.map((spot) => ({ ...spot, y: spot.y + top, run: place })));
    view.moving += own.moving;
    view.peg ??= own.peg;
  }

  /**
   * The selected request or message wears a ring, wherever it is.
   *
   * @param {View} view
   */
  drawChosen({ hits }) {
    const { row, message } = this.asking.selected ?? {};
    const hit = hits.find(
      (one) => (row !== undefined && one.row === row) || (message !== undefined && one.message === message),
    );
    if (hit) this.pen.ring(hit.x, hit.y, hit.r + 5, 1, this.pen.c.ink, 2);
  }

  /**
   * All other texts, so many times a second.
   *
   * @param {View} view
   * @param {number} width
   */
  tellAll(view, width) {
    this.told = performance.now();
    this.asking.show();
    if (!this.asking.selected) showEvents(this, width);
    showAsked(this);
    this.asking.offer();
    this.feel();
    this.spots.show(view.places, this.runs, this.t, { scale: this.scale, playing: this.playing });
  }

  /** A prediction is answered at its peg, once for each run: a ring that fades, where things may move. */
  feel() {
    const { tone } = this.parts.asked.dataset;
    const answered = `${this.model.get("revision")} ${this.guess?.at} ${tone}`;
    if (!tone || this.felt === answered) return;
    this.felt = answered;
    this.ring(tone);
  }

  /**
   * A ring at the peg that fades.
   *
   * @param {string} tone
   */
  ring(tone) {
    const { parts, view, line, scale } = this;
    const peg = view?.peg ?? line?.peg;
    if (!peg || !this.player.moves) return;
    const ripple = make("span", "cloudlab-ripple");
    Object.assign(ripple.dataset, { tone });
    Object.assign(ripple.style, { left: `${peg.x * scale}px`, top: `${peg.y * scale}px` });
    ripple.addEventListener("animationend", () => ripple.remove());
    (view?.peg ? parts.overlay : parts.time).append(ripple);
  }

  rethemed() {
    this.pen.readTheme();
    this.linePen.readTheme();
    this.draw(true);
  }

  /**
   * The opening, as soon as the scene is in view.
   *
   * @param {number} share how much of it is
   */
  open(share) {
    const opening = this.model.get("opening");
    if (opening && share >= WHOLE) this.player.open(opening.since, Math.min(opening.until, this.end));
  }

  /** A cell that was run just now shows its stage, and not only its code, whatever stands above. */
  comeIntoView() {
    if (!this.model.get("opening") || !this.model.get("live") || this.player.opened || this.came) return;
    this.came = true;
    (this.el.closest(".jp-OutputArea-output") ?? this.el).scrollIntoView({ block: "start" });
  }

  // Events

  listen() {
    const { model, player } = this;
    for (const name of WORDS)
      model.on(`change:${name}`, () => {
        this.showWords();
        this.draw(true);
      });
    model.on("change:revision", () => this.load());
    for (const name of ["prediction", "later"])
      model.on(`change:${name}`, () => {
        const guessed = guessesOf(model).length;
        if (guessed > this.guessed && this.t < this.end) this.ring("kept"); // it was locked in just now
        this.guessed = guessed;
      });
    model.on("change:time", () => player.hear());
    model.on("change:pictures", () => player.findPictures());
    listenToHands(this);
    this.watch();
    player.findPictures();
  }

  // Its width, the theme, and whether it is on the screen.
  watch() {
    const resized = new ResizeObserver(() => {
      this.draw(true);
      if (this.parts.scene.clientWidth) this.comeIntoView();
    });
    resized.observe(this.parts.scene);
    const themed = new MutationObserver(() => this.rethemed());
    themed.observe(document.body, { attributes: true });
    const watched = new IntersectionObserver((entries) => this.player.see(lastSeen(entries).isIntersecting));
    watched.observe(this.parts.root);
    const opened = new IntersectionObserver((entries) => this.open(lastSeen(entries).intersectionRatio), {
      threshold: WHOLE,
    });
    opened.observe(this.parts.scene);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const onDark = () => this.rethemed();
    dark.addEventListener("change", onDark);
    this.unwatch = () => {
      for (const observer of [resized, themed, watched, opened]) observer.disconnect();
      dark.removeEventListener("change", onDark);
    };
  }

  stop() {
    this.player.stop();
    this.unwatch();
  }
}

/** @param {{ model: Model, el: HTMLElement & { stage?: Stage } }} widget */
function render({ model, el }) {
  el.classList.add("cloudlab");
  const stage = new Stage(model, el);
  el.stage = stage; // for a console, and for tests
  return () => stage.stop();
}

export default { render };
