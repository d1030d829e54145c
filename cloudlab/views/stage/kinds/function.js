// A function: a stall for each of its environments. It alone tells of a run that it is all about.

import { afterWords } from "../kitchen.js";
import { kitchenOf } from "../stalls.js";
import { drawStalls, gridOfStalls } from "../stallshapes.js";
import { absent } from "../thing.js";
import { agree, clockOf, countOf, dollarsOf, isAre, numberOf, secondsOf, spanOf } from "../words.js";

/** @import { Asked, Kind, Story } from "../contract.js" */
/** @import { Run } from "../run.js" */
/** @import { Stalls } from "../stalls.js" */

const SHORT = 4; // stalls side by side, where a function is one of many parts

/**
 * The function that the run is about, with its stalls.
 *
 * @param {Run} run
 */
const about = (run) => /** @type {NonNullable<ReturnType<typeof kitchenOf>>} */ (kitchenOf(run));

/**
 * All stalls of a run's functions.
 *
 * @param {Run} run
 */
const stallsOf = (run) => [...run.stalls.values()];

/**
 * @param {Run} run
 * @param {(stalls: Stalls) => number} count
 */
const sum = (run, count) => stallsOf(run).reduce((total, stalls) => total + count(stalls), 0);

/**
 * Dollars, however few they are.
 *
 * @param {number} value
 */
const fewDollars = (value) => (value > 0 && value < 0.01 ? `$${value.toFixed(5)}` : dollarsOf(value));

// Numbers

/**
 * @param {Run} run
 * @param {number} t
 */
function numbersOf(run, t) {
  const { part, stalls } = about(run);
  const [called, away] = [stalls.called(t), stalls.awayBy(t)];
  const limit = run.level(part, "ConcurrencyLimit", t);
  const cost = run.cost(t);
  const paid = `${numberOf(stalls.paidBy(t))} GB-s`;
  const p95 = stalls.p95(t);
  const third = run.rows
    ? {
        glyph: "p95",
        words: "1 in 20 takes over",
        value: Number.isNaN(p95) ? "–" : numberOf(p95),
        unit: "s p95",
      }
    : { glyph: "wait", words: "Waiting", value: numberOf(waitingAt(run, t)), unit: waitsWhere(run) };
  return [
    {
      glyph: "cold",
      words: "Cold starts",
      value: numberOf(stalls.coldBy(t)),
      unit: `of ${numberOf(called)}`,
    },
    { glyph: "fail", words: "Turned away", value: numberOf(away), unit: `of ${numberOf(called + away)}` },
    {
      glyph: "request",
      words: "In use now",
      value: numberOf(stalls.inUse(t)),
      unit: `of ${numberOf(limit)}`,
    },
    third,
    cost === null || run.label // beside another run there is no room for so small a number
      ? { glyph: "money", words: "Paid for so far", value: numberOf(stalls.paidBy(t)), unit: "GB-s" }
      : { glyph: "money", words: "Billed so far", value: fewDollars(cost), unit: paid },
  ];
}

/**
 * How much waits for a function that nobody waits for: in its queue, or as events that Lambda keeps.
 *
 * @param {Run} run
 * @param {number} t
 */
function waitingAt(run, t) {
  const [shelf] = run.shelves;
  return shelf === undefined ? about(run).stalls.kept(t) : run.moves.count(shelf, t);
}

/** @param {Run} run */
const waitsWhere = (run) => (run.shelves.length ? "in the queue" : "events");

/**
 * One sentence about the moment.
 *
 * @param {Run} run
 * @param {number} t
 */
function sentenceOf(run, t) {
  const { stalls } = about(run);
  const { init, running, idle } = stalls.counts(t);
  const used = stalls.inUse(t);
  const away = stalls.awayBy(t);
  const turned = away ? ` ${countOf(away, "call")} ${agree(away, "was", "were")} turned away so far.` : "";
  if (!stalls.called(t)) return `Nobody has called: nothing runs, and nobody pays.${turned}`;
  if (used) {
    const states = [
      `${countOf(init, "stall")} in INIT`,
      `${numberOf(running)} running`,
      `${numberOf(idle)} idle`,
    ];
    return `${countOf(used, "call")} at once: ${states.join(", ")}.${turned}`;
  }
  const kept = idle
    ? `${countOf(idle, "stall")} ${isAre(idle)} idle`
    : `No stall is left, of ${numberOf(stalls.counts(t).gone)}`;
  return `${kept}: nothing runs, and nobody pays.${turned}`;
}

// Stories

/**
 * What became of a call: why it was cold or warm, and how it ended.
 *
 * @param {Run} run
 * @param {Stalls} stalls
 * @param {number} call
 * @param {number} t
 * @returns {Story}
 */
function callStory(run, stalls, call, t) {
  const { began, ready, born, environment, provisioned, ending } = stalls.sent;
  const one = environment[call];
  const [from, handled, end] = [began[call], stalls.handled[call], stalls.ended[call]];
  const cold = stalls.isCold(call);
  const init = handled - from;
  const work = Math.min(end, run.end) - handled;
  const bars = [
    { kind: "wait", seconds: init, words: `${secondsOf(init)} INIT` },
    { kind: "work", seconds: Math.max(0, work), words: `${secondsOf(Math.max(0, work))} in the handler` },
  ];
  const name = `${nameOfCall(run, stalls, call)}`;
  const lines = [`It came at ${clockOf(from, run.end)}. ${besides(stalls, call)}`];
  if (cold && provisioned[one]) lines.push(`Environment ${one + 1} was made beforehand, and not ready yet.`);
  else if (cold) {
    const seconds = secondsOf(ready[one] - born[one]);
    lines.push(`So environment ${one + 1} was made for it: INIT took ${seconds}, before the handler began.`);
  } else lines.push(`Environment ${one + 1} was idle, so the handler began at once.`);
  if (end > t) lines.push("It runs still.");
  else if (ending[call]) lines.push(`At ${clockOf(end, run.end)} it failed: ${ending[call]}.`);
  else lines.push(`At ${clockOf(end, run.end)} it was done. Until then it is paid for, INIT included.`);
  return { head: cold ? `Why did ${name} start cold?` : `Why did ${name} start at once?`, bars, lines };
}

/**
 * How a call is called: as the request, event or batch that it is.
 *
 * @param {Run} run
 * @param {Stalls} stalls
 * @param {number} call
 */
function nameOfCall(run, stalls, call) {
  const [how, source] = [stalls.sent.how[call], stalls.sent.source[call]];
  const words = { request: "call", event: "event", batch: "batch", hand: "call by hand" }[how] ?? "call";
  return how === "batch" ? `${words} ${numberOf(call + 1)}` : `${words} ${numberOf(source + 1)}`;
}

/**
 * How many environments there were besides when a cold call came, and what they did.
 *
 * @param {Stalls} stalls
 * @param {number} call
 */
function besides(stalls, call) {
  if (!stalls.isCold(call)) return "";
  const { began, born, environment } = stalls.sent;
  const [t, own] = [began[call], environment[call]];
  const others = born.flatMap((_, one) => {
    const state = born[one] < t || (born[one] === t && one < own) ? stalls.stateOf(one, t) : null;
    return state && state.letter !== "G" ? [state.letter] : [];
  });
  const busy = others.filter((letter) => letter !== "Z").length;
  if (!others.length) return "No environment was there.";
  const were = `${countOf(others.length, "environment")} ${agree(others.length, "was", "were")} there`;
  const who = busy < others.length ? numberOf(busy) : agree(busy, "it", "all");
  return `${were}, and ${who} ${agree(busy, "was", "were")} busy.`;
}

/**
 * Why a call was turned away.
 *
 * @param {Run} run
 * @param {number} part
 * @param {Stalls} stalls
 * @param {number} place
 * @returns {Story}
 */
function awayStory(run, part, stalls, place) {
  const { throttled, why } = stalls.sent;
  const time = throttled[place];
  const limit = run.level(part, "ConcurrencyLimit", time);
  const head = `Why was a call turned away at ${clockOf(time, run.end)}?`;
  if (why[place].includes("RateLimit"))
    return {
      head,
      bars: [],
      lines: [`More than ${numberOf(10 * limit)} calls came within a second.`, why[place]],
    };
  const used = `${numberOf(limit)} calls may run at once, and ${numberOf(stalls.inUse(time))} did.`;
  const reason = limit ? used : "No call may run: its reserved concurrency is 0.";
  return { head, bars: [], lines: [reason, `429 TooManyRequestsException: ${why[place]}.`, afterWords(run)] };
}

/**
 * What becomes of events that Lambda keeps.
 *
 * @param {Stalls} stalls
 * @param {number} t
 * @returns {Story}
 */
function keptStory(stalls, t) {
  const kept = stalls.kept(t);
  const again =
    "One that was turned away is tried again after 1 s, then after twice as long each time, up to 5 min.";
  const words = `Lambda keeps ${countOf(kept, "event")}: nobody waits for them.`;
  return { head: "What becomes of the events that Lambda keeps?", bars: [], lines: [words, again] };
}

/**
 * What became of an environment, and why it is gone.
 *
 * @param {Run} run
 * @param {Stalls} stalls
 * @param {number} one
 * @param {number} t
 * @returns {Story}
 */
function environmentStory(run, stalls, one, t) {
  const { born, ready, began } = stalls.sent;
  const now = stalls.stateOf(one, t);
  const name = `environment ${one + 1}`;
  if (!now) return { head: `What about ${name}?`, bars: [], lines: ["It is not there at this moment."] };
  const calls = stalls.within[one].filter((call) => began[call] <= t);
  const served = `since then it served ${countOf(calls.length, "call")}, one at a time`;
  const inside =
    now.letter === "I"
      ? "It is in INIT: the code outside the handler is loaded."
      : `INIT took ${secondsOf(ready[one] - born[one])}; ${served}.`;
  const head = now.letter === "G" ? `Why is ${name} gone?` : `What about ${name}?`;
  return { head, bars: [], lines: [whyMade(run, stalls, one), inside, ...sinceThen(run, stalls, one, t)] };
}

/**
 * Why an environment was made.
 *
 * @param {Run} run
 * @param {Stalls} stalls
 * @param {number} one
 */
function whyMade(run, stalls, one) {
  if (stalls.sent.provisioned[one])
    return "It was made beforehand (provisioned), and is paid for as long as it is there.";
  const [first] = stalls.within[one];
  const call = first === undefined ? "a call" : nameOfCall(run, stalls, first);
  return `It was made at ${clockOf(stalls.sent.born[one], run.end)} for ${call}, since no other was idle.`;
}

/**
 * What an environment does at t, or why it is gone.
 *
 * @param {Run} run
 * @param {Stalls} stalls
 * @param {number} one
 * @param {number} t
 */
function sinceThen(run, stalls, one, t) {
  const now = stalls.stateOf(one, t);
  if (!now || now.letter === "I") return [];
  const when = clockOf(now.since, run.end);
  if (now.letter === "R" && now.call !== null)
    return [`It has worked on ${nameOfCall(run, stalls, now.call)} since ${when}.`];
  if (now.letter === "Z") {
    const kept = stalls.sent.provisioned[one] ? "." : ": its globals are kept, and nobody pays.";
    return [`It has been idle since ${when}${kept}`];
  }
  const why = whyGone(stalls, one, now.call, now.since);
  const { init, running, idle } = stalls.counts(now.since);
  const last = init + running + idle ? "." : ": the next call is cold, as no other is there.";
  return [`At ${when} it was gone: ${why}.`, `What its globals held is gone with it${last}`];
}

/**
 * Why an environment is gone, as the end of a sentence.
 *
 * @param {Stalls} stalls
 * @param {number} one
 * @param {number | null} last its last call
 * @param {number} since
 */
function whyGone(stalls, one, last, since) {
  const { ready, ending, resets } = stalls.sent;
  const end = last === null ? ready[one] : stalls.ended[last];
  if (last !== null && resets[last] && end === since) return ending[last];
  return since > end ? `it had been idle for ${spanOf(since - end)}` : "a newer version has taken its place";
}

/**
 * The last one of a list of moments that lies before t, as a thing to be asked about.
 *
 * @param {Run} run
 * @param {(stalls: Stalls) => [time: number, inner: string][]} list
 * @param {number} t
 */
function lastOf(run, list, t) {
  const found = [...run.stalls].flatMap(([part, stalls]) =>
    list(stalls).map(([time, inner]) => ({ time, part, inner })),
  );
  const before = found.filter(({ time }) => time <= t);
  return before.length ? before.reduce((a, b) => (b.time >= a.time ? b : a)) : null;
}

/** @type {Asked[]} */
const QUESTIONS_OF_CALLS = [
  {
    words: "Why was the last call cold?",
    find: (run, t) =>
      lastOf(run, (stalls) => stalls.cold.map((call) => [stalls.sent.began[call], `call ${call}`]), t),
    none: "No call has started cold so far.",
  },
  {
    words: "Why was the last one turned away?",
    find: (run, t) =>
      lastOf(run, (stalls) => stalls.sent.throttled.map((time, place) => [time, `away ${place}`]), t),
    none: "No call was turned away so far.",
  },
  {
    words: "Why is an environment gone?",
    find: (run, t) =>
      lastOf(run, (stalls) => [...stalls.gone].map((time, one) => [time, `environment ${one}`]), t),
    none: "No environment is gone so far.",
  },
  {
    words: "An environment by its number …",
    field: "environment",
    find(run, t, number) {
      const [part] = run.stalls.keys();
      const there = run.stalls.get(part)?.stateOf(number - 1, t);
      return there ? { part, inner: `environment ${number - 1}` } : null;
    },
    none: "",
  },
];

/** @type {Kind["innerStory"]} */
function innerStory(run, part, inner, t) {
  const stalls = /** @type {Stalls} */ (run.stalls.get(part));
  const [what, place] = inner.split(" ");
  if (what === "call") return callStory(run, stalls, Number(place), t);
  if (what === "away") return awayStory(run, part, stalls, Number(place));
  if (what === "kept") return keptStory(stalls, t);
  return environmentStory(run, stalls, Number(place), t);
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function storyOf(run, part, t) {
  const gone = absent(run, part, t);
  if (gone) return gone;
  const stalls = run.stalls.get(part);
  if (!stalls) return [];
  const { init, running, idle } = stalls.counts(t);
  const states = `${numberOf(init)} starting, ${numberOf(running)} running, ${numberOf(idle)} idle`;
  const there = init + running + idle;
  const limit = run.level(part, "ConcurrencyLimit", t);
  const cold = `${numberOf(stalls.coldBy(t))} of ${countOf(stalls.called(t), "call")} started cold`;
  return [
    `${run.nameOf(part)} has ${countOf(there, "environment")}: ${states}.`,
    `${cold}, and ${numberOf(limit)} may run at once.`,
  ];
}

/**
 * The request's call, or why it was none.
 *
 * @param {Run} run
 * @param {number} row
 * @param {number} t
 * @returns {Story}
 */
function requestStoryOf(run, row, t) {
  const { part, stalls } = about(run);
  const number = run.number[row];
  const call = stalls.byRow.get(number);
  if (call !== undefined) return callStory(run, stalls, call, t);
  const place = stalls.sent.throttled.indexOf(run.arrived[row]);
  const story = awayStory(run, part, stalls, Math.max(0, place));
  return { ...story, head: `Why was call ${numberOf(number + 1)} turned away?` };
}

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  rank: 30,
  loss: "a call",
  alone: (run) => kitchenOf(run) !== null,
  tellsAlone: true,
  questions: QUESTIONS_OF_CALLS,
  innerStory,
  teller: {
    one: "call",
    story: requestStoryOf,
    ended(run, row) {
      const number = numberOf(run.number[row] + 1);
      const call = about(run).stalls.byRow.get(run.number[row]);
      if (call === undefined) return `Call ${number} is turned away with 429.`;
      const cold = about(run).stalls.isCold(call) ? ", INIT included" : "";
      return `Call ${number} is answered after ${secondsOf(run.answered[row] - run.arrived[row])}${cold}.`;
    },
    compare(runs, t) {
      const [before, after] = runs.map((one) => about(one).stalls);
      const [first, second] = [before, after].map((one) => [one.coldBy(t), one.awayBy(t)]);
      const cold = `${numberOf(second[0])} cold starts instead of ${numberOf(first[0])}`;
      const away = `${numberOf(second[1])} turned away instead of ${numberOf(first[1])}`;
      return `The same calls: ${cold}, and ${away}.`;
    },
    line: () => [],
  },
  glyphs: {
    cold: [
      '<rect x="2" y="2" width="12" height="12" rx="3" fill="var(--boot-tint)" stroke="var(--boot-edge)"',
      ' stroke-width="1.6"/><path d="M3 13 13 3M3 8l5-5M8 13l5-5" stroke="var(--boot)" stroke-width="2"/>',
    ],
    stall: [
      '<path d="M2 7h12v7H2Z" fill="var(--raised)" stroke="var(--ok)" stroke-width="1.4"/>',
      '<path d="M2.500 2h11L15 7H1Z" fill="var(--ok)"/>',
    ],
    idle: [
      '<path d="M2 7h12v7H2Z" fill="var(--raised)" stroke="var(--ok)" stroke-width="1.4"/>',
      '<path d="M2.500 2h11L15 7H1Z" fill="var(--ok-tint)" stroke="var(--ok)" stroke-width="1.4"/>',
    ],
    gone: [
      '<path d="M2 7h12v7H2ZM2.500 2h11L15 7H1Z" fill="none" stroke="var(--edge)" stroke-width="1.4"',
      ' stroke-dasharray="2.5 2"/>',
    ],
  },
  size(run, part) {
    const most = Math.max(1, run.stalls.get(part)?.places.length ?? 1);
    return [82 * Math.min(SHORT, most), 66 * Math.min(2, Math.ceil(most / SHORT))];
  },
  draw(pen, run, { part, x, y, w, h }, t, view) {
    const stalls = run.stalls.get(part);
    const standing = stalls?.standing(t) ?? [];
    if (!standing.length) {
      pen.rect(x + 8, y + 6, Math.min(w, 80) - 16, Math.min(h, 66) - 14, 8, {
        edge: pen.c.edge,
        line: 2,
        dash: [5, 4],
      });
      return;
    }
    const { across, pitchX } = gridOfStalls(standing.length, w, h);
    const left = x + Math.max(0, (w - pitchX * Math.min(across, standing.length)) / 2);
    const more = drawStalls(pen, { x: left, y, w: x + w - left, h }, standing, part, view);
    if (more > 0) pen.text(x + w + 6, y + h / 2 + 6, `+ ${numberOf(more)}`, { weight: 600 });
  },
  numbers(run, t) {
    if (run.alone) return numbersOf(run, t);
    if (!run.stalls.size) return [];
    return [
      { glyph: "cold", words: "Starting", value: numberOf(sum(run, (stalls) => stalls.counts(t).init)) },
      { glyph: "stall", words: "Running", value: numberOf(sum(run, (stalls) => stalls.counts(t).running)) },
      { glyph: "idle", words: "Idle", value: numberOf(sum(run, (stalls) => stalls.counts(t).idle)) },
    ];
  },
  sentence: (run, t) =>
    run.alone
      ? sentenceOf(run, t)
      : run
          .ofKind("function")
          .flatMap((part) => storyOf(run, part, t).slice(0, 1))
          .join(" "),
  level(run, t) {
    if (run.alone) {
      const { part, stalls } = about(run);
      const limit = run.level(part, "ConcurrencyLimit", t);
      return {
        words: "in use",
        value: stalls.inUse(t),
        limit: { value: limit, words: `cap ${numberOf(limit)}` },
        ticks: stalls.times.began,
      };
    }
    if (run.lanes.size || !run.stalls.size) return null;
    return { words: "in use", value: sum(run, (stalls) => stalls.inUse(t)) };
  },
  legend: (run) =>
    run.stalls.size
      ? [
          ["cold", "a stall with a striped awning and I: an environment in INIT, a cold start"],
          [
            "stall",
            "a stall with a solid awning: it runs, one call at a time; its ring fills until that is done",
          ],
          ["idle", "a pale stall with Z: it is idle, costs nothing, and goes when its ring is empty"],
          ["gone", "a dashed stall with G: that environment is gone, with all that its globals held"],
          ["request", "a call on its way to the door"],
          ["wait", "calls before the door, or what waits in a queue; more than 20 are 20 capsules that grow"],
          ["fail", "a call that was turned away: as many run as may (429)"],
        ]
      : [],
  story: storyOf,
};
