// A host: memory along its top edge, processor along its bottom edge; a container is a slab, exact in both.

import { absent } from "../thing.js";
import { countOf, numberOf } from "../words.js";

/** @import { Kind, Point } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

const STARTING = ["PROVISIONING", "PENDING"];

/** @typedef {{ memory: number, cpu: number, tone: "ok" | "pale" | "boot" }} Slab shares from 0 to 1 */

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const isLost = (run, part, t) => run.looks(part, t)?.letter === "✕";

/**
 * @param {Run} run
 * @param {number} container
 * @param {number} t
 */
const isStarting = (run, container, t) =>
  STARTING.includes(run.state(container, "lifecycle", t)?.state ?? "");

/**
 * The containers on a host at t.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const heldBy = (run, part, t) => run.childrenOf(part).filter((child) => run.isThere(child, t));

/**
 * How much of these hosts their containers take, as a share.
 *
 * @param {Run} run
 * @param {number[]} hosts
 * @param {number[]} held
 * @param {"cpu" | "memory"} what
 */
function taken(run, hosts, held, what) {
  /** @param {number[]} parts */
  const sum = (parts) => parts.reduce((total, part) => total + run.parts[part].attributes[what], 0);
  return sum(held) / (sum(hosts) || 1);
}

/**
 * All containers that are there: {running, starting, hosts, cpu, memory (shares of all living hosts)}.
 *
 * @param {Run} run
 * @param {number} t
 */
function containersAt(run, t) {
  /** @param {number} part */
  const lives = (part) => run.isThere(part, t) && !isLost(run, part, t);
  const hosts = run.ofKind("host").filter(lives);
  const held = hosts.flatMap((host) => heldBy(run, host, t));
  const starting = held.filter((part) => isStarting(run, part, t)).length;
  const [cpu, memory] = [taken(run, hosts, held, "cpu"), taken(run, hosts, held, "memory")];
  return { running: held.length - starting, starting, hosts: hosts.length, cpu, memory };
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @returns {Slab[]}
 */
function slabsOf(run, part, t) {
  const host = run.parts[part].attributes;
  const first = run.parts[run.ofKind("container")[0]]?.attributes.service;
  return heldBy(run, part, t).map((child) => {
    const { cpu, memory, service } = run.parts[child].attributes;
    const tone = service === first ? "ok" : "pale";
    const shown = isStarting(run, child, t) ? "boot" : tone;
    return { memory: memory / host.memory, cpu: cpu / host.cpu, tone: shown };
  });
}

/**
 * A slab from `above` on its upper and `below` on its lower side, as wide as its shares of `width`.
 *
 * @param {Pen} pen
 * @param {Slab} slab
 * @param {{ above: number, below: number, y: number, width: number, height: number }} where
 */
function drawSlab(pen, { memory, cpu, tone }, { above, below, y, width, height }) {
  const { c, context } = pen;
  const [fill, edge] = { ok: [c.ok, c.ok], pale: [c.okTint, c.ok], boot: [c.bootTint, c.bootEdge] }[tone];
  const [upper, lower] = [above + memory * width, below + cpu * width];
  const [third, half] = [y + 4 + (height - 8) * 0.3, y + 4 + (height - 8) * 0.7];
  const bottom = y + height - 4;
  /** @type {Point[]} */
  const outline = [
    [above, y + 4],
    [upper, y + 4],
    [upper, third],
    [lower, half],
    [lower, bottom],
    [below, bottom],
    [below, half],
    [above, third],
  ];
  pen.path(outline, { fill });
  if (tone === "boot") {
    const left = Math.min(above, below);
    context.save();
    pen.path(outline, {});
    context.clip();
    pen.hatch(left, y, Math.max(upper, lower) - left, height, 0, c.boot, 7, 3);
    context.restore();
  }
  pen.path(outline, { edge, line: 1.5 });
  return { above: upper, below: lower };
}

/**
 * @param {Pen} pen
 * @param {{ x: number, y: number, w: number, h: number }} place
 */
function drawLost(pen, { x, y, w, h }) {
  const { c } = pen;
  pen.rect(x, y, w, h, 8, { fill: c.failTint });
  pen.hatch(x, y, w, h, 8, c.fail, 9, 1.2);
  pen.rect(x, y, w, h, 8, { edge: c.fail, line: 2 });
  pen.cross(x + w / 2, y + h / 2, 14, 4);
}

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  showsItsEnd: true,
  rank: 20,
  size: () => [100, 100],
  label: (run, part, t) => `${run.parts[part].name}${isLost(run, part, t) ? " lost" : ""}`,
  draw(pen, run, place, t) {
    const { part, x, y, w, h } = place;
    if (isLost(run, part, t) || !run.isThere(part, t)) {
      drawLost(pen, place);
      return;
    }
    pen.rect(x, y, w, h, 8, { fill: pen.c.ground });
    pen.hatch(x, y, w, h, 8, pen.c.hair, 8, 1.6);
    let sides = { above: x + 3, below: x + 3 };
    for (const slab of slabsOf(run, part, t))
      sides = drawSlab(pen, slab, { ...sides, y, width: w - 6, height: h });
    pen.rect(x, y, w, h, 8, { edge: pen.c.edge });
  },
  numbers(run, t) {
    const { running, starting, cpu, memory } = containersAt(run, t);
    /** @param {number} value */
    const share = (value) => numberOf(Math.round(100 * value));
    return [
      { glyph: "ok", words: "Running", value: numberOf(running) },
      { glyph: "boot", words: "Starting", value: numberOf(starting) },
      { glyph: "busy", words: "CPU held", value: share(cpu), unit: "%" },
      { glyph: "busy", words: "Memory held", value: share(memory), unit: "%" },
    ];
  },
  sentence(run, t) {
    const { running, starting, hosts } = containersAt(run, t);
    const coming = starting ? `, and ${countOf(starting, "more starts", "more start")}` : "";
    return `${countOf(running, "container runs", "containers run")} on ${countOf(hosts, "host")}${coming}.`;
  },
  level: (run, t) => ({ words: "running", value: containersAt(run, t).running }),
  story(run, part, t) {
    const name = run.nameOf(part);
    const gone = absent(run, part, t);
    if (gone) return gone;
    if (isLost(run, part, t)) return [`${name} is lost, and what ran on it with it.`];
    const held = heldBy(run, part, t);
    /** @param {"cpu" | "memory"} what */
    const share = (what) => `${Math.round(100 * taken(run, [part], held, what))} % of its`;
    const shares = `${share("cpu")} CPU and ${share("memory")} memory are taken`;
    return [`${name} holds ${countOf(held.length, "container")}: ${shares}.`];
  },
};
