// A subscriber: a box with a hollow ear. Asleep it is dashed, with a Z; one that filters has a funnel in it.
// Its badge tells by shape and letter by what way it is reached, and a word says the same.

import { clockOf, countOf, numberOf } from "../words.js";

/** @import { Kind } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

const HALF = 70; // of its width

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const asleep = (run, part, t) =>
  ["asleep", "unavailable"].includes(run.state(part, "application", t)?.state ?? "");

/**
 * @param {Pen} pen
 * @param {number} x its middle
 * @param {number} y
 * @param {boolean} dashed
 */
function drawEar(pen, x, y, dashed) {
  const { c, context } = pen;
  context.beginPath();
  context.moveTo(x - HALF, y - 20);
  context.arc(x - HALF, y, 20, -Math.PI / 2, Math.PI / 2);
  context.lineTo(x + HALF - 10, y + 20);
  context.arcTo(x + HALF, y + 20, x + HALF, y + 10, 10);
  context.arcTo(x + HALF, y - 20, x + HALF - 10, y - 20, 10);
  context.closePath();
  pen.finish({ fill: c.raised, edge: c.edge, dash: dashed ? [5, 4] : [] });
}

/**
 * @param {Pen} pen
 * @param {number} x its left side
 * @param {number} y
 */
function drawFunnel(pen, x, y) {
  pen.path(
    [
      [x + 2, y - 9],
      [x + 16, y - 9],
      [x + 11, y - 1],
      [x + 11, y + 8],
      [x + 7, y + 10],
      [x + 7, y - 1],
    ],
    { fill: pen.c.slate },
  );
}

/**
 * By what way it is reached: the letter of its badge, its word, and its shape.
 *
 * @type {Record<string, { letter: string, word: string, shape: (pen: Pen, x: number, y: number) => void }>}
 */
const WAYS = {
  http: { letter: "H", word: "HTTP", shape: drawGlobe },
  https: { letter: "H", word: "HTTPS", shape: drawGlobe },
  email: { letter: "E", word: "e-mail", shape: drawEnvelope },
  "email-json": { letter: "E", word: "e-mail, JSON", shape: drawEnvelope },
  sms: { letter: "S", word: "SMS", shape: drawBubble },
  application: { letter: "A", word: "mobile push", shape: drawPhone },
  lambda: { letter: "L", word: "Lambda", shape: drawStall },
  firehose: { letter: "F", word: "stream", shape: drawGlobe },
};

/** @param {Pen} pen */
const line = ({ c }) => ({ fill: c.okTint, edge: c.ok, line: 2 });

/** @type {(pen: Pen, x: number, y: number) => void} */
function drawGlobe(pen, x, y) {
  pen.disc(x, y, 12, line(pen));
}

/** @type {(pen: Pen, x: number, y: number) => void} */
function drawEnvelope(pen, x, y) {
  pen.rect(x - 14, y - 10, 28, 20, 2, line(pen));
  pen.line(x - 14, y - 10, x - 6, y - 4, pen.c.ok, 2);
  pen.line(x + 14, y - 10, x + 6, y - 4, pen.c.ok, 2);
}

/** @type {(pen: Pen, x: number, y: number) => void} */
function drawBubble(pen, x, y) {
  pen.path(
    [
      [x - 13, y - 11],
      [x + 13, y - 11],
      [x + 13, y + 7],
      [x - 3, y + 7],
      [x - 9, y + 13],
      [x - 9, y + 7],
      [x - 13, y + 7],
    ],
    line(pen),
  );
}

/** @type {(pen: Pen, x: number, y: number) => void} */
function drawPhone(pen, x, y) {
  pen.rect(x - 9, y - 14, 18, 28, 4, line(pen));
  pen.line(x - 3, y + 10.5, x + 3, y + 10.5, pen.c.ok, 1.5);
}

/** @type {(pen: Pen, x: number, y: number) => void} */
function drawStall(pen, x, y) {
  pen.rect(x - 11, y - 6, 22, 18, 2, line(pen));
  pen.path(
    [
      [x - 11, y - 13],
      [x + 11, y - 13],
      [x + 14, y - 6],
      [x - 14, y - 6],
    ],
    { fill: pen.c.ok },
  );
}

/**
 * The rule of a filter in few words, such as "speed: express".
 *
 * @param {string} policy
 */
function filterWords(policy) {
  const [[key, rules]] = Object.entries(JSON.parse(policy));
  const simple = Array.isArray(rules) && rules.every((rule) => typeof rule !== "object");
  return simple ? `only ${rules.join(", ")}` : `a filter on ${key}`;
}

/** @type {Record<string, string>} */
const STATES = {
  unavailable: "asleep since",
  slow: "slow since",
  forbidden: "refuses since",
  gone: "gone since",
};

/**
 * How it is, in a few words: not subscribed, not well, with a filter, or late.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function stateOf(run, part, t) {
  if (!run.listens(part, t)) {
    const pending = run.state(part, "subscription", t)?.state === "pending";
    return pending ? "asked to confirm" : "not subscribed";
  }
  const entry = run.state(part, "application", t);
  const told = entry && STATES[entry.state];
  if (told) return `${told} ${clockOf(entry.time, run.end)}`;
  const { filter_policy: policy } = run.parts[part].attributes;
  return policy === undefined ? joinedAt(run, part, t) : filterWords(String(policy));
}

/**
 * When it joined, if that was not at the beginning.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function joinedAt(run, part, t) {
  const since = run.state(part, "subscription", t)?.time ?? 0;
  return since > 0 ? `joined at ${clockOf(since, run.end)}` : "";
}

/** @type {Partial<Kind>} */
export default {
  asleep,
  icon(pen, run, part, x, y) {
    const way = WAYS[run.parts[part].attributes.protocol];
    if (!way) return;
    way.shape(pen, x, y);
    pen.text(x, y + 5, way.letter, { size: 14, weight: 700, align: "center" });
  },
  remarks(run, part, t) {
    const word = WAYS[run.parts[part].attributes.protocol]?.word ?? "";
    return [word, stateOf(run, part, t)].filter((words) => words !== "");
  },
  story(run, part, t) {
    const name = run.nameOf(part);
    const word = WAYS[run.parts[part].attributes.protocol]?.word;
    if (!word || !run.series.has(`${part} delivered`)) {
      const held = run.moves.count(part, t);
      return [held ? `${name} has ${countOf(held, "message")}.` : `${name} holds no message.`];
    }
    /** @param {string} metric */
    const amount = (metric) => numberOf(run.level(part, metric, t));
    const counts = `${amount("delivered")} were delivered, ${amount("waiting")} are tried again`;
    const state = stateOf(run, part, t);
    const reached = `${name} is reached by ${word}${state ? `: ${state}` : ""}.`;
    if (run.state(part, "subscription", t) === null) return [reached];
    const kept = run.level(part, "filtered", t) ? `; its filter kept ${amount("filtered")} away` : "";
    return [reached, `Of its copies ${counts} and ${amount("lost")} are lost${kept}.`];
  },
  size: () => [2 * HALF, 42],
  draw(pen, run, { part, x, y, w, h }, t) {
    const { name, attributes } = run.parts[part];
    const [middle, sleeps] = [y + h / 2, asleep(run, part, t)];
    const words = pen.fit(name, sleeps ? 76 : 96, 16, 600);
    drawEar(pen, x + w / 2, middle, sleeps);
    const align = "center";
    pen.text(x + w / 2 + 8, middle + 5.5, sleeps ? `${words} Z` : words, { weight: 600, align });
    if (attributes.filter_policy !== undefined) drawFunnel(pen, x + w / 2 - HALF, middle);
    if (!run.moves.some) return;
    const held = run.moves.rings(part) ? 0 : run.moves.count(part, t);
    const colour = held ? pen.c.ink : pen.c.muted;
    const style = { size: 20, weight: 600, colour, halo: pen.c.ground };
    pen.text(x + w + 10, middle + 7, numberOf(held), style);
  },
};
