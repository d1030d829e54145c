// The elements of a stage, without behaviour: glyphs, buttons, and where everything stands.

import { make } from "../nodes.js";
import { numberOf } from "./words.js";

const GLYPH_PATHS = {
  p50: '<circle cx="8" cy="8" r="5" fill="none" stroke="var(--request)" stroke-width="2.4"/>',
  p95: '<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" fill="var(--request)"/>',
  busy: '<rect x="1" y="5" width="14" height="6" rx="3" fill="var(--hair)"/><rect x="1" y="5" width="9" height="6" rx="3" fill="var(--request)"/><path d="M11 2v12" stroke="var(--ink)" stroke-width="1.75"/>',
  wait: '<circle cx="8" cy="8" r="5.25" fill="var(--wait)" stroke="var(--wait-edge)" stroke-width="1.5"/>',
  fail: '<path d="M3 3 13 13M13 3 3 13" stroke="var(--fail)" stroke-width="2.6" stroke-linecap="round"/>',
  money:
    '<circle cx="8" cy="8" r="7" fill="var(--money)"/><path d="M10.3 5.6C9.8 4.9 9 4.6 8 4.6c-1.3 0-2.2.6-2.2 1.6 0 2.3 4.6 1.2 4.6 3.6 0 1-1 1.7-2.4 1.7-1.1 0-2-.4-2.5-1.1M8 3.2v9.6" stroke="var(--paper)" stroke-width="1.3" fill="none"/>',
  request:
    '<path d="M0 8 10 4.500v7Z" fill="var(--request)" opacity=".45"/><circle cx="10" cy="8" r="5" fill="var(--request)"/>',
  ring: '<circle cx="8" cy="8" r="6" fill="none" stroke="var(--hair)" stroke-width="3"/><path d="M8 2a6 6 0 0 1 5 9.3" fill="none" stroke="var(--request)" stroke-width="3"/><circle cx="8" cy="8" r="2.6" fill="var(--request)"/>',
  tileS:
    '<rect x="1" y="1" width="14" height="14" rx="3" fill="var(--ok)"/><path d="M10.4 5.500c-.6-.9-4.6-1.3-4.6.9 0 2.2 4.6 1.1 4.6 3.4 0 2-4 1.8-4.8.7" stroke="var(--on-ok)" stroke-width="1.6" fill="none" stroke-linecap="round"/>',
  tileP:
    '<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="var(--boot-tint)" stroke="var(--boot-edge)" stroke-width="1.6"/><path d="M3 14 14 8M3 11l8-5" stroke="var(--boot)" stroke-width="2.2"/>',
  tileT:
    '<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="none" stroke="var(--edge)" stroke-width="1.6" stroke-dasharray="3 2"/>',
  ok: '<rect x="2" y="2" width="12" height="12" rx="3" fill="var(--ok)"/>',
  boot: '<circle cx="8" cy="8" r="6" fill="var(--boot-tint)" stroke="var(--boot-edge)" stroke-width="1.8"/><path d="M8 8V2a6 6 0 0 1 6 6Z" fill="var(--boot)"/>',
  handle: '<rect x="3" y="1" width="10" height="14" rx="3" fill="var(--slate)"/>',
  balancer:
    '<rect x="4" y="0.500" width="9" height="15" rx="3.500" fill="var(--slate)"/><circle cx="4" cy="8" r="2.500" fill="var(--paper)" stroke="var(--slate)" stroke-width="1.600"/><path d="M9 4.500l1.600 1.500L9 7.500M9 9l1.600 1.500L9 12" fill="none" stroke="var(--on-slate)" stroke-width="1.400"/>',
  flag: '<path d="M3 2h10v7l-5 5-5-5Z" fill="var(--slate)"/>',
  done: '<circle cx="8" cy="8" r="7.5" fill="var(--ok)"/><path d="M4.5 8.3 7 10.8l4.7-5.2" stroke="var(--on-ok)" stroke-width="2" fill="none" stroke-linecap="round" stroke-linejoin="round"/>',
  open: '<circle cx="8" cy="8" r="6.5" fill="none" stroke="var(--edge)" stroke-width="1.8"/>',
  tick: '<path d="M3 8.5 6.5 12 13 4.5" stroke="var(--ok)" stroke-width="2.2" fill="none" stroke-linecap="round" stroke-linejoin="round"/>',
  again:
    '<path d="M12.9 9.5A5.2 5.2 0 1 1 12 4.800M12.600 1.500v3.600H9" fill="none" stroke="var(--fail)" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>',
  dot: '<circle cx="8" cy="8" r="3" fill="var(--edge)"/>',
  play: '<path d="M3 2v12l10-6Z" fill="currentColor"/>',
  pause: '<path d="M3 2h3.5v12H3zM9.5 2H13v12H9.5z" fill="currentColor"/>',
  back: '<path d="M13 2v12L5 8ZM2.5 2H5v12H2.5z" fill="currentColor"/>',
  step: '<path d="M3 2v12l8-6ZM11 2h2.5v12H11z" fill="currentColor"/>',
};

export const NOTE_GLYPHS = {
  "✓": "tick",
  "✕": "fail",
  "●": "wait",
  "◐": "boot",
  "▲": "flag",
  "▼": "flag",
  "⚑": "flag",
  "■": "ok",
  $: "money",
  "↻": "again",
};

export function glyph(name) {
  const holder = document.createElement("span");
  holder.className = "cloudlab-glyph";
  holder.setAttribute("aria-hidden", "true");
  holder.innerHTML = `<svg viewBox="0 0 16 16" width="16" height="16">${GLYPH_PATHS[name] || GLYPH_PATHS.dot}</svg>`;
  return holder;
}

export function pressable(words, act, icon = "") {
  const node = make("button", "cloudlab-button");
  node.type = "button";
  if (icon) node.append(glyph(icon));
  node.append(make("span", "", words));
  node.addEventListener("click", act);
  return node;
}

export const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// What each shape means: only the shapes that these runs can show.
export function showLegend(legend, runs) {
  const has = (test) => runs.some(test);
  const entries = [];
  const add = (name, words) => entries.push(make("li", "", glyph(name), make("span", "", words)));
  if (has((run) => run.rows)) {
    add("request", "a request on its way");
    add("wait", "a request that waits; more than 20 are 20 capsules that grow, and a gap says: even more");
    add("ring", "a request at work: the ring fills until it is done");
    add(
      "fail",
      has((run) => run.kinds("instance").length)
        ? "a request, or an instance, that is lost"
        : "a request that is lost",
    );
    add("busy", "how busy: the mark stands at 70 %");
    add("p50", "half of the requests took at most so long (p50)");
    add("p95", "one in 20 took longer (p95)");
  }
  if (has((run) => run.moves.some)) {
    add("wait", "a message that anyone may take; more than 20 are 20 capsules that grow");
    add("boot", "the ring beside a message: so long nobody else may have it");
    add("again", "a message that came back, since nobody deleted it");
  }
  if (has((run) => run.kinds("container").length)) {
    add("ok", "a container: as wide above as its memory, below as its CPU; full green is the first service");
    add("tileP", "a container that starts");
  }
  if (has((run) => run.kinds("environment").length)) {
    add("boot", "a stall with stripes: an environment that starts");
    add("ok", "a green stall: an environment that runs; the ring fills until it is done");
    add("open", "a pale stall with Z: it is idle, and goes when its ring is empty");
  }
  if (has((run) => run.balancer !== null)) add("balancer", "the load balancer");
  if (has((run) => run.kinds("instance").length)) add("tileS", "S: in service");
  if (has((run) => run.group !== null)) {
    add("tileP", "P: pending, launched and not in service yet; the stripes rise");
    add("tileT", "T: ending; D: draining, it gets no new requests");
    add("flag", "the flag: how many the group wants");
    if (has((run) => run.group !== null && !run.rows))
      add("handle", "a handle of the band: the minimum, the maximum");
  }
  legend.replaceChildren(
    make("summary", "", "What the shapes mean"),
    make("ul", "cloudlab-legend", ...entries),
  );
  legend.hidden = !entries.length;
}

// Is it luck? A diamond for each seed, in a band from the lowest to the highest.
export function showLuck(node, luck) {
  node.hidden = !luck;
  if (!luck) return;
  const { words, unit, values } = luck;
  const shown = (value) => `${numberOf(value)}${unit ? ` ${unit}` : ""}`;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [left, right] = [10, 290];
  const at = (value) => left + (value / (high || 1)) * (right - left) * 0.94;
  const diamonds = values.map(
    (value) =>
      `<path d="M${at(value)} 6.5l5.500 5.500-5.500 5.500-5.500-5.500Z" fill="var(--request)" stroke="var(--paper)"/>`,
  );
  const band = `<rect x="${at(low) - 10}" y="2" width="${at(high) - at(low) + 20}" height="20" rx="10" fill="var(--request-tint)" stroke="var(--request)" stroke-width="1.5"/>`;
  const axis = `<path d="M${left} 12H${right}" stroke="var(--edge)"/>`;
  const picture = make("div", "cloudlab-diamonds");
  picture.innerHTML = `<svg viewBox="0 0 300 24" aria-hidden="true">${axis}${band}${diamonds.join("")}</svg>`;
  const range = low === high ? `${shown(low)} each time` : `${numberOf(low)} – ${shown(high)}`;
  const scale = make("div", "cloudlab-ends", make("span", "", "0"), make("span", "", shown(high)));
  node.replaceChildren(
    make("div", "cloudlab-heading", `Is it luck? ${words} of ${values.length} seeds`),
    make("p", "", range),
    picture,
    scale,
  );
}

// All elements of a stage, without behaviour.
export function build(el) {
  const parts = {
    title: make("div", "cloudlab-title"),
    sentence: make("p", "cloudlab-sentence"),
    actions: make("div", "cloudlab-actions"),
    scene: make("div", "cloudlab-scene"),
    canvas: document.createElement("canvas"),
    overlay: make("div", "cloudlab-overlay"),
    numbers: make("dl", "cloudlab-numbers"),
    time: make("div", "cloudlab-time"),
    line: document.createElement("canvas"),
    scrub: document.createElement("input"),
    bar: make("div", "cloudlab-stagebar"),
    message: make("p", "cloudlab-message"),
    ticker: make("ol", "cloudlab-ticker"),
    why: make("div", "cloudlab-why"),
    todo: make("div", "cloudlab-todo"),
    luck: make("div", "cloudlab-luck"),
    spoken: make("p", "cloudlab-spoken"),
    legend: make("details", "cloudlab-words"),
    words: make("details", "cloudlab-words"),
  };
  parts.scene.append(parts.canvas, parts.overlay);
  Object.assign(parts.scrub, { type: "range", min: 0, step: "any", className: "cloudlab-scrub" });
  parts.scrub.setAttribute("aria-label", "Moment");
  parts.time.append(parts.line, parts.scrub);
  parts.spoken.setAttribute("aria-live", "polite");
  parts.message.setAttribute("role", "status");
  for (const canvas of [parts.canvas, parts.line]) canvas.setAttribute("aria-hidden", "true");
  parts.scene.setAttribute("role", "group");
  const head = make("div", "cloudlab-stagehead", parts.title, parts.sentence);
  parts.events = make(
    "div",
    "cloudlab-events",
    make("div", "cloudlab-heading", "What just happened"),
    parts.ticker,
  );
  parts.foot = make(
    "div",
    "cloudlab-foot",
    make("div", "", parts.events, parts.why),
    make("div", "", parts.todo, parts.luck),
  );
  parts.words.append(make("summary", "", "In words"), make("p", ""));
  parts.root = make(
    "section",
    "cloudlab-stage",
    head,
    parts.actions,
    parts.scene,
    parts.numbers,
    parts.time,
    parts.bar,
    parts.message,
    parts.foot,
    parts.legend,
    parts.words,
    parts.spoken,
  );
  el.append(parts.root);
  return parts;
}
