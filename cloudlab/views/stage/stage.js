// The stage: one run, or two with the same luck, played on a clock of its own.
//
// `render` builds the elements and wires them: what is shown is a function of the runs and of the moment `t`
// alone. Nothing moves before Play; an off-screen stage pauses; with reduced motion there are still frames.

import { leaveByKey } from "../keys.js";
import { NOTE_GLYPHS, build, glyph, pressable, showLegend, showLuck, still } from "./elements.js";
import { Pen } from "./pen.js";
import { GOOD, Run, partName } from "./run.js";
import { drawScene, planOf } from "./scene.js";
import { NARROW } from "./sizes.js";
import { TIME_BASE, drawTimeline } from "./timeline.js";
import {
  compareSentence,
  lastEvents,
  messageStory,
  momentStory,
  numbersAt,
  partStory,
  sentenceAt,
  storyOf,
} from "./told.js";
import { upTo } from "./sorted.js";
import { make } from "../nodes.js";
import { clamp, clockOf, numberOf } from "./words.js";

const SPEEDS = [
  [1, "×1"],
  [4, "×4"],
  [16, "×16"],
  [0, "max"],
];
const HOP = 0.45; // wall seconds of a hop at ×1 and ×4
const FAST = 40; // times ×1 that "max" is
const FRAME = 1; // wall seconds between still frames

class Stage {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.parts = build(el);
    this.pen = new Pen(this.parts.canvas, el);
    this.linePen = new Pen(this.parts.line, el);
    this.t = model.get("time") || 0;
    this.speed = 1;
    this.playing = false;
    this.seen = true;
    this.selected = null;
    this.told = 0;
    this.buildBar();
    this.load();
    this.listen();
  }

  // The bar: always the same buttons in the same order.
  buildBar() {
    const { bar } = this.parts;
    this.play = pressable("Play", () => (this.playing ? this.pause() : this.start()), "play");
    this.play.classList.add("cloudlab-go");
    this.back = pressable("Back", () => this.step(-1), "back");
    this.next = pressable("Step", () => this.step(1), "step");
    this.reset = pressable("Reset", () => {
      this.pause();
      this.seek(0);
      this.say();
    });
    this.clock = make("output", "cloudlab-stageclock");
    this.speeds = make("div", "cloudlab-choices");
    this.speeds.setAttribute("role", "radiogroup");
    this.speeds.setAttribute("aria-label", "Speed");
    const name = `speed-${Math.random().toString(36).slice(2)}`;
    for (const [speed, words] of SPEEDS) {
      const radio = document.createElement("input");
      Object.assign(radio, { type: "radio", name, checked: speed === 1 });
      radio.addEventListener("change", () => {
        this.speed = speed;
        this.draw();
      });
      this.speeds.append(make("label", "", radio, make("span", "", words)));
    }
    this.ask = make("select", "cloudlab-select");
    this.ask.setAttribute("aria-label", "Ask why");
    this.ask.addEventListener("change", () => this.asked(this.ask.value));
    this.share = pressable("Share", () => this.showCode());
    this.code = make("div", "cloudlab-code");
    this.code.hidden = true;
    bar.append(this.play, this.back, this.next, this.reset, this.clock, this.speeds, this.ask, this.share);
    bar.after(this.code);
  }

  // Take over the runs that the kernel sent, and keep the play-head.
  load() {
    const names = this.model.get("names");
    this.runs = this.model.get("runs").map((data, place) => {
      const run = new Run(data);
      run.label = names[place] || "";
      return run;
    });
    this.run = this.runs[this.runs.length - 1];
    this.end = Math.max(...this.runs.map((run) => run.end), 0);
    this.t = clamp(this.t, 0, this.end);
    const pace = this.run?.pace || 1;
    this.sim = (milliseconds) => (milliseconds / 1000) * pace * (this.speed || FAST);
    this.pace = pace;
    this.parts.scrub.max = this.end;
    this.selected = null;
    this.spotMark = null;
    this.loaded = performance.now();
    this.fillAsk();
    showLegend(this.parts.legend, this.runs);
    this.showWords();
    this.draw(true);
  }

  showWords() {
    const { model, parts } = this;
    parts.title.textContent = model.get("title");
    parts.title.hidden = !model.get("title");
    const sampled =
      this.run && this.run.every > 1
        ? ` The picture shows every ${this.run.every}th request; what is sent, waits and is lost is counted of all, and times and busy shares are those of the shown ones.`
        : "";
    parts.words.querySelector("p").textContent = model.get("description") + sampled;
    parts.words.hidden = model.get("details") === false;
    this.sampled = sampled;
    this.showActions();
    this.showTodo();
    showLuck(parts.luck, model.get("luck"));
    this.showMessage();
    this.share.hidden = !model.get("code");
    this.el.style.setProperty("--scale", model.get("scale"));
  }

  showActions() {
    const actions = this.model.get("actions");
    const live = this.model.get("live");
    const held = this.parts.actions.contains(document.activeElement)
      ? document.activeElement.dataset.name
      : null;
    this.parts.actions.hidden = !actions.length;
    this.parts.actions.replaceChildren(
      ...actions.flatMap(({ name, label, moments }) => {
        const act = pressable(label, () => this.press(name));
        act.disabled = !live;
        act.dataset.name = name;
        act.title = live ? "" : "This needs Python: open the lesson.";
        const chips = moments.map((moment) => {
          const chip = pressable(`${clockOf(moment, this.end)} ✕`, () =>
            this.model.send({ unpress: name, moment }),
          );
          chip.classList.add("cloudlab-chip");
          chip.dataset.name = name;
          chip.setAttribute("aria-label", `Take back: ${label} at ${clockOf(moment, this.end)}`);
          chip.disabled = !live;
          return chip;
        });
        return [make("span", "cloudlab-action", act, ...chips)];
      }),
    );
    if (held) this.parts.actions.querySelector(`[data-name="${held}"]`)?.focus(); // not lost with the button
    if (!live && actions.length)
      this.parts.actions.append(
        make("span", "cloudlab-note", "These buttons need Python: open the lesson to use them."),
      );
  }

  press(name) {
    const moment = Math.round(clamp(this.t, 0, this.end) * 10) / 10;
    this.model.send({ press: name, moment });
    if (!this.playing && !still()) this.start();
  }

  showTodo() {
    const todo = this.model.get("todo");
    this.parts.todo.hidden = !todo.length;
    if (!todo.length) return;
    const list = make(
      "ul",
      "",
      ...todo.map(({ text, done }) => {
        const item = make(
          "li",
          done ? "cloudlab-done" : "",
          glyph(done ? "done" : "open"),
          make("span", "", text),
        );
        item.append(make("span", "cloudlab-hidden", done ? " (done)" : " (not yet)"));
        return item;
      }),
    );
    this.parts.todo.replaceChildren(make("div", "cloudlab-heading", "Make it happen"), list);
  }

  showMessage() {
    const { message } = this.parts;
    message.textContent = this.model.get("message");
    message.classList.toggle("cloudlab-fault", this.model.get("fault"));
  }

  showCode() {
    const { code } = this;
    code.hidden = !code.hidden;
    if (code.hidden) return;
    const input = make("input", "cloudlab-number");
    Object.assign(input, { type: "text", value: this.model.get("code"), size: 34 });
    const label = make("label", "", "Code of this run ", input);
    const copy = pressable("Copy", async () => {
      input.select();
      try {
        await navigator.clipboard.writeText(input.value);
        this.tell("Copied.");
      } catch {
        this.tell("Copy the marked text with your keyboard.");
      }
    });
    const restore = pressable("Restore", () => this.model.send({ code: input.value }));
    restore.disabled = !this.model.get("live");
    code.replaceChildren(label, copy, restore);
    input.focus();
    input.select();
  }

  fillAsk() {
    const options = [
      new Option("Ask why …", ""),
      new Option("Events again", "events"),
      new Option("This moment", "moment"),
    ];
    const { run } = this;
    if (run?.rows)
      options.push(
        new Option("The longest request so far", "longest"),
        new Option("The last one that failed", "failed"),
        new Option("The next one in line", "next"),
        new Option("A request by its number …", "number request"),
      );
    if (run?.moves.some) options.push(new Option("A message by its number …", "number message"));
    const parts = !run
      ? []
      : run.sorted.length
        ? run.sorted
        : run.parts.flatMap((part, index) => (part.layer === null ? [] : [index]));
    for (const part of parts.slice(0, 12)) options.push(new Option(partName(run, part), `part ${part}`));
    this.ask.replaceChildren(...options);
  }

  asked(what) {
    const { run, t } = this;
    this.ask.value = "";
    this.showMessage(); // without what was told about the last choice
    if (what === "events") return this.select(null);
    if (what === "moment") return this.select({ moment: t });
    if (what.startsWith("number ")) return this.showNumberField(what.slice(7));
    if (what.startsWith("part ")) return this.select({ part: Number(what.slice(5)) });
    if (what === "next") {
      const rows = run.sorted
        .flatMap((part) => (run.shared === null ? run.lanes.get(part).line(t, 1) : []))
        .concat(run.shared !== null ? run.sharedLine(t, 1) : []);
      return rows.length
        ? this.select({ row: rows.reduce((a, b) => (run.arrived[b] < run.arrived[a] ? b : a)) })
        : this.tell("Nobody waits at this moment.");
    }
    const known = this.runs.flatMap((one, place) =>
      one.byAnswer
        .slice(0, upTo(one.answers, t))
        .flatMap((row) => ((what === "failed") === (one.status[row] !== GOOD) ? [{ row, run: place }] : [])),
    );
    if (!known.length)
      return this.tell(
        what === "failed" ? "No request has failed so far." : "No request was answered so far.",
      );
    const mark = ({ row, run: place }) =>
      this.runs[place].answered[row] - (what === "failed" ? 0 : this.runs[place].arrived[row]);
    return this.select(known.reduce((a, b) => (mark(b) > mark(a) ? b : a))); // of two runs, the one in which it is longer
  }

  // A field for the number of a request or of a message.
  showNumberField(kind) {
    const { code, run } = this;
    code.hidden = false;
    const input = make("input", "cloudlab-number");
    Object.assign(input, { type: "number", min: 1, size: 8 });
    const look = () => {
      const wanted = Number(input.value);
      const found =
        kind === "request" ? run.number.indexOf(wanted - 1) : run.moves.of(wanted, this.t).length - 1;
      if (found >= 0 && (kind === "message" || run.arrived[found] <= this.t))
        this.select(kind === "request" ? { row: found } : { message: wanted });
      else
        this.tell(
          `${input.value ? `No ${kind} ${input.value}` : `No ${kind}`} has come so far${kind === "request" && run.every > 1 ? ", or it is not among those shown" : ""}: give a whole number from 1 on.`,
        );
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") look();
    });
    code.replaceChildren(make("label", "", `Number of the ${kind} `, input), pressable("Ask", look));
    input.focus();
  }

  tell(words) {
    this.parts.message.textContent = words;
    this.parts.message.classList.remove("cloudlab-fault");
  }

  select(what) {
    this.selected = what;
    this.draw(true);
    if (what) this.parts.spoken.textContent = this.parts.why.textContent;
  }

  // Time

  start() {
    if (this.t >= this.end) this.seek(0);
    this.playing = true;
    this.showPlay();
    this.before = null;
    this.ahead = 0;
    this.request();
  }

  pause() {
    const was = this.playing;
    this.playing = false;
    this.showPlay();
    if (was) {
      this.draw(true);
      this.say();
      this.sync(true);
    }
  }

  showPlay() {
    this.play.replaceChildren(
      glyph(this.playing ? "pause" : "play"),
      make("span", "", this.playing ? "Pause" : "Play"),
    );
  }

  seek(t) {
    this.t = clamp(t, 0, this.end);
    this.draw(true);
    this.sync(!this.playing);
  }

  // To the next or the last event, or to the selected request's.
  step(way) {
    this.pause();
    const { run, t } = this;
    const row = this.selected?.row;
    const own =
      row === undefined
        ? null
        : [run.arrived[row], run.started[row], run.answered[row]].filter((time) => time <= run.end);
    const steps = own && own.some((time) => (way > 0 ? time > t + 1e-9 : time < t - 1e-9)) ? own : run.steps;
    const next = way > 0 ? steps.find((time) => time > t + 1e-9) : steps.findLast((time) => time < t - 1e-9);
    this.seek(next === undefined ? (way > 0 ? this.end : 0) : next);
    this.say();
  }

  request() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = 0;
    if (!this.playing || !this.seen) {
      this.before = null;
      return;
    }
    const passed = this.before === null ? 0 : Math.min(0.25, (now - this.before) / 1000);
    this.before = now;
    const rate = this.pace * (this.speed || FAST);
    if (still() || !this.model.get("motion")) {
      this.ahead += passed;
      if (this.ahead >= FRAME) {
        this.t = Math.min(this.end, this.t + this.ahead * rate);
        this.ahead = 0;
        this.draw();
      }
    } else {
      this.t = Math.min(this.end, this.t + passed * rate);
      this.draw();
    }
    this.sync();
    if (this.t >= this.end) this.pause();
    else this.request();
  }

  // Tell the kernel and the charts where the play-head stands.
  sync(now = false) {
    for (const picture of this.pictures || []) {
      if (Math.abs((picture.get("time") ?? -1) - this.t) > 1e-9) {
        this.pushing = true;
        picture.set("time", this.t);
        this.pushing = false;
      }
    }
    const since = performance.now() - (this.synced || 0);
    if (!now && since < 500) return;
    this.synced = performance.now();
    this.model.set("time", this.t);
    this.model.save_changes();
  }

  // Speak at a pause, a step and a turning point, not at every event.
  say() {
    const event = lastEvents(this.run, this.t, 1)[0];
    const last = event && event.time > this.t - this.end / 100 ? ` ${event.text}` : "";
    this.parts.spoken.textContent = `${clockOf(this.t, this.end)}. ${this.parts.sentence.textContent}${last}`;
  }

  // Drawing

  draw(all = false) {
    const { parts } = this;
    if (!this.run || !parts.scene.clientWidth) return; // not on the page yet: drawn when it has a width
    if (!this.pen.c.ink) this.pen.readTheme();
    if (!this.linePen.c.ink) this.linePen.readTheme();
    const scale = this.model.get("scale") || 1;
    const width = Math.max(300, Math.floor(parts.scene.clientWidth / scale));
    const now = performance.now();
    const motion = this.model.get("motion") && !still();
    const hop = motion && this.speed ? this.sim(1000 * (this.speed === 16 ? 0.15 : HOP)) : 0;
    const view = {
      hits: [],
      places: [],
      moving: 0,
      motion,
      hop,
      sim: this.sim,
      selected: this.selected?.part,
      prediction: this.model.get("prediction"),
      before: this.model.get("before"),
      timesTop: this.timesTop(),
    };
    if (this.plansWidth !== width || this.plansOf !== this.runs) this.makePlans(width);
    const height = this.plans.reduce((sum, plan) => sum + plan.height, 0);
    this.pen.begin(width, height, scale);
    let top = 0;
    this.plans.forEach((plan, place) =>
      this.drawOne(plan, place, top, view, (top += plan.height) - plan.height),
    );
    this.view = view;
    this.linePen.begin(width, TIME_BASE + 34, scale);
    this.line = drawTimeline(this.linePen, this.runs, this.t, width, view);
    if (parts.scrub.value !== String(this.t)) parts.scrub.value = this.t;
    this.showClock();
    if (all || now - this.told > 125) {
      this.told = now;
      this.showNumbers();
      this.showEvents();
      this.showSentence();
      this.showSpots(view);
    }
    if (this.loaded) {
      this.el.dataset.revision = this.model.get("revision");
      this.loaded = 0;
    }
  }

  makePlans(width) {
    this.plansWidth = width;
    this.plansOf = this.runs;
    this.plans = this.runs.map((run, place) =>
      planOf(run, width, this.runs.length > 1 && width >= NARROW, place === this.runs.length - 1),
    );
  }

  drawOne(plan, place, top, view) {
    const run = this.runs[place];
    const { context } = this.pen;
    context.save();
    context.translate(0, top);
    if (place) this.pen.line(24, 0, plan.width - 24, 0, this.pen.c.hair, 1);
    const own = {
      ...view,
      hits: [],
      places: [],
      head: run.label,
      first: !place,
      last: place === this.runs.length - 1,
      moving: 0,
      prediction: place ? null : view.prediction,
    };
    const t = Math.min(this.t, run.end);
    drawScene(this.pen, plan, run, t, own);
    if (!still() && view.motion) this.drawPath(plan, run, t, own);
    context.restore();
    view.hits.push(...own.hits.map((hit) => ({ ...hit, y: hit.y + top, run: place })));
    view.places.push(...own.places.map((spot) => ({ ...spot, y: spot.y + top, run: place })));
    view.moving += own.moving;
  }

  // The selected request wears a ring, wherever it is.
  drawPath(plan, run, t, view) {
    if (this.selected?.row === undefined && this.selected?.message === undefined) return;
    const hit = view.hits.find(({ row, message }) =>
      row === undefined
        ? message !== undefined && message === this.selected.message
        : row === this.selected.row,
    );
    if (hit) this.pen.ring(hit.x, hit.y, hit.r + 5, 1, this.pen.c.ink, 2);
  }

  // The axis of times keeps its length through a run, so that a pair that moves right is a longer time.
  timesTop() {
    if (this.timesOf !== this.runs) {
      this.timesOf = this.runs;
      const shown = this.runs.filter((run) => run.group === null);
      this.longest = Math.max(
        1e-6,
        ...shown.flatMap((run) =>
          run.sorted.map((part) => {
            const marks = [0.25, 0.5, 0.75, 1].map(
              (share) => run.lanes.get(part).times.at(run.end * share).p95 || 0,
            );
            return Math.max(...marks);
          }),
        ),
      );
    }
    return this.longest;
  }

  showClock() {
    const words = `${clockOf(this.t, this.end)}`;
    if (this.clock.dataset.words === words) return;
    this.clock.dataset.words = words;
    this.clock.replaceChildren(make("b", "", words), ` of ${clockOf(this.end, this.end)}`);
    this.parts.scrub.setAttribute("aria-valuetext", words);
  }

  showNumbers() {
    const lists = this.runs.map((run) => numbersAt(run, Math.min(this.t, run.end)));
    const last = lists[lists.length - 1];
    if (this.shownNumbers !== last.length) {
      this.shownNumbers = last.length;
      this.cells = last.map(({ glyph: icon, words }) => {
        const value = make("span", "cloudlab-value");
        const unit = make("span", "cloudlab-unit");
        const cell = make(
          "div",
          "cloudlab-number-cell",
          make("dt", "", glyph(icon), make("span", "", words)),
          make("dd", "", value, " ", unit),
        );
        this.parts.numbers.append(cell);
        return { cell, value, unit };
      });
      this.parts.numbers.replaceChildren(...this.cells.map(({ cell }) => cell));
    }
    last.forEach((entry, place) => {
      const before = lists.length > 1 ? lists[0].find(({ key }) => key === entry.key) : null;
      const words = before ? `${before.value} → ${entry.value}` : entry.value;
      const cell = this.cells[place];
      if (cell.value.textContent !== words) cell.value.textContent = words;
      if (cell.unit.textContent !== entry.unit) cell.unit.textContent = entry.unit;
    });
  }

  showSentence() {
    const words =
      (this.runs.length > 1
        ? compareSentence(this.runs, this.t)
        : sentenceAt(this.run, Math.min(this.t, this.run.end))) +
      (this.run.every > 1 && this.t <= 0 ? this.sampled : "");
    if (this.parts.sentence.textContent !== words) {
      this.parts.sentence.textContent = words;
      const guess = this.model.get("prediction");
      const predicted = guess
        ? ` ${guess.words[0].toUpperCase()}${guess.words.slice(1)} ${numberOf(guess.value)}.`
        : "";
      this.parts.scene.setAttribute(
        "aria-label",
        `The scene at ${clockOf(this.t, this.end)}. ${words}${predicted}`,
      );
    }
  }

  showEvents() {
    const { ticker, why, events } = this.parts;
    why.hidden = !this.selected;
    events.hidden = Boolean(this.selected);
    if (this.selected) {
      this.showWhy();
      return;
    }
    const most = this.plansWidth < 500 ? 3 : this.model.get("scale") > 1 ? 2 : 5;
    const list = lastEvents(this.run, Math.min(this.t, this.run.end), most);
    const mark = list.map((event) => `${event.time}${event.text}`).join();
    if (mark === this.tickerMark) return;
    this.tickerMark = mark;
    ticker.replaceChildren(
      ...list.map((event) =>
        make(
          "li",
          "",
          make("span", "cloudlab-when", clockOf(event.time, this.end)),
          glyph(NOTE_GLYPHS[event.glyph] || "dot"),
          make("span", "", event.text),
        ),
      ),
    );
    if (!list.length) ticker.append(make("li", "cloudlab-note", "Nothing yet."));
  }

  // The stories of what is selected: of a request one for each run, else one.
  stories(place) {
    const { row, part, message, moment } = this.selected;
    const run = this.runs[place];
    if (message !== undefined) return [messageStory(run, message, this.t)];
    if (moment !== undefined) return [momentStory(run, moment)];
    if (row === undefined) return [partStory(run, part, this.t)];
    return this.runs.map((one) => (row < one.rows ? storyOf(one, row, this.t) : null)).filter(Boolean);
  }

  showWhy() {
    const { row } = this.selected;
    const place = this.selected.run ?? this.runs.length - 1;
    const stories = this.stories(place);
    const main = row === undefined ? stories[0] : stories[Math.min(place, stories.length - 1)];
    const longest = Math.max(
      ...stories.flatMap((story) => [story.bars.reduce((sum, bar) => sum + bar.seconds, 0)]),
      1e-9,
    );
    const bars =
      row === undefined
        ? []
        : stories.map((story, index) =>
            make(
              "div",
              "cloudlab-bars",
              make("b", "", this.runs[index].label),
              ...story.bars.map(({ kind, seconds, words }) => {
                const bar = make("span", `cloudlab-${kind}bar`);
                bar.style.width = `${(60 * seconds) / longest}%`;
                return make("span", "cloudlab-barrow", bar, make("span", "", words));
              }),
            ),
          );
    const close = pressable("Back to events", () => this.select(null));
    const mark = JSON.stringify([main.head, main.lines, stories.length]);
    if (mark === this.whyMark && this.parts.why.childElementCount) return;
    this.whyMark = mark;
    this.parts.why.replaceChildren(
      make("div", "cloudlab-heading", main.head),
      ...bars,
      ...main.lines.map((line) => make("p", "", line)),
      close,
    );
  }

  // Buttons over the parts, so that they can be reached by keyboard and read as sentences.
  showSpots(view) {
    const scale = this.model.get("scale") || 1;
    const wanted = view.places.filter(({ part }) => part !== null && part !== undefined);
    const mark = wanted.map(({ part, run }) => `${run}:${part}`).join();
    if (mark !== this.spotMark) {
      this.spotMark = mark;
      const old = document.activeElement?.dataset?.spot;
      this.spots = wanted.map(({ part, run }) => {
        const spot = make("button", "cloudlab-spot");
        spot.type = "button";
        spot.dataset.spot = `${run}:${part}`;
        spot.addEventListener("click", () => this.select({ part, run }));
        return spot;
      });
      this.parts.overlay.replaceChildren(...this.spots);
      this.spots.find((spot) => spot.dataset.spot === old)?.focus();
    }
    wanted.forEach(({ part, run, x, y, width, height }, place) => {
      const spot = this.spots[place];
      Object.assign(spot.style, {
        left: `${x * scale}px`,
        top: `${y * scale}px`,
        width: `${width * scale}px`,
        height: `${height * scale}px`,
      });
      const words = partStory(this.runs[run], part, Math.min(this.t, this.runs[run].end))
        .lines.slice(0, 3)
        .join(" ");
      const label = `${this.runs[run].label ? `${this.runs[run].label}: ` : ""}${words || partName(this.runs[run], part)}`;
      if (!this.playing && spot.getAttribute("aria-label") !== label) spot.setAttribute("aria-label", label);
      else if (!spot.hasAttribute("aria-label"))
        spot.setAttribute("aria-label", partName(this.runs[run], part));
    });
  }

  // Events

  listen() {
    const { model, parts } = this;
    const on = (names, act) => names.forEach((name) => model.on(`change:${name}`, act));
    on(["revision"], () => this.load());
    on(
      [
        "title",
        "description",
        "actions",
        "todo",
        "message",
        "fault",
        "scale",
        "motion",
        "prediction",
        "code",
        "luck",
      ],
      () => {
        this.showWords();
        this.draw(true);
      },
    );
    on(["time"], () => {
      if (Math.abs(model.get("time") - this.t) > 0.75 * this.pace * (this.speed || FAST) || !this.playing) {
        if (Math.abs(model.get("time") - this.t) > 1e-6) {
          this.t = clamp(model.get("time"), 0, this.end);
          this.draw(true);
        }
      }
    });
    on(["pictures"], () => this.findPictures());
    parts.scrub.addEventListener("input", () => {
      this.playing = false;
      this.showPlay();
      this.t = Number(parts.scrub.value);
      this.draw(true);
      this.sync();
    });
    parts.scrub.addEventListener("pointerdown", (event) => this.pointMark(event));
    parts.scrub.addEventListener("change", () => {
      this.sync(true);
      this.say();
    });
    parts.scrub.addEventListener("keydown", (event) => this.scrubKey(event));
    parts.canvas.addEventListener("pointerdown", (event) => this.point(event));
    parts.root.addEventListener("keydown", (event) => {
      // keys work here, and not on the cell
      if (event.key === "Escape" && this.selected) this.select(null);
      else if (leaveByKey(event, this.el)) return;
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    this.resized = new ResizeObserver(() => this.draw(true));
    this.resized.observe(parts.scene);
    this.themed = new MutationObserver(() => this.rethemed());
    this.themed.observe(document.body, { attributes: true });
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.onDark = () => this.rethemed();
    this.dark.addEventListener("change", this.onDark);
    this.watched = new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
      this.before = null;
      if (this.seen && this.playing) this.request();
    });
    this.watched.observe(parts.root);
    this.findPictures();
  }

  rethemed() {
    this.pen.readTheme();
    this.linePen.readTheme();
    this.draw(true);
  }

  scrubKey(event) {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[
      event.key
    ];
    if (!step) return;
    event.preventDefault();
    this.playing = false;
    this.showPlay();
    this.seek(this.t + (step * this.end) / 120);
    this.say();
  }

  point(event) {
    const box = this.parts.canvas.getBoundingClientRect();
    const scale = this.model.get("scale") || 1;
    const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
    const near = this.view.hits.filter((hit) => Math.hypot(hit.x - x, hit.y - y) <= hit.r + 4);
    if (!near.length) return;
    const hit = near.reduce((a, b) => (Math.hypot(b.x - x, b.y - y) < Math.hypot(a.x - x, a.y - y) ? b : a));
    this.pause();
    this.select(
      hit.message === undefined ? { row: hit.row, run: hit.run } : { message: hit.message, run: hit.run },
    );
  }

  // A mark above the timeline: go there and tell what happened.
  pointMark(event) {
    const box = this.parts.line.getBoundingClientRect();
    const scale = this.model.get("scale") || 1;
    const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
    const near = (this.line?.marks || []).filter((mark) => y <= 24 && Math.abs(mark.x - x) <= 10);
    if (!near.length) return;
    event.preventDefault();
    this.pause();
    const { time } = near.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a));
    this.seek(time);
    this.select({ moment: time });
  }

  // The pictures of the same panel, whose cursor goes with the play-head, and the other way round.
  async findPictures() {
    const manager = this.model.widget_manager;
    this.pictures = [];
    if (!manager) return;
    for (const name of this.model.get("pictures")) {
      const picture = await manager.get_model(name.replace("IPY_MODEL_", ""));
      picture.on("change:time", () => {
        const told = picture.get("time");
        if (this.playing && told < this.t && this.t - told < 2 * this.pace * (this.speed || FAST)) return; // an echo of a moment that has passed
        if (
          this.pushing ||
          told === null ||
          Math.abs(told - this.t) < 1e-9 ||
          Math.abs(told - this.model.get("time")) < 1e-6
        )
          return;
        this.playing = false;
        this.showPlay();
        this.seek(picture.get("time"));
        this.say();
      });
      this.pictures.push(picture);
    }
    this.sync();
  }

  stop() {
    this.playing = false;
    if (this.frame) cancelAnimationFrame(this.frame);
    this.resized.disconnect();
    this.themed.disconnect();
    this.watched.disconnect();
    this.dark.removeEventListener("change", this.onDark);
  }
}

function render({ model, el }) {
  el.classList.add("cloudlab");
  const stage = new Stage(model, el);
  el.stage = stage; // for a console, and for tests
  return () => stage.stop();
}

export default { render };
