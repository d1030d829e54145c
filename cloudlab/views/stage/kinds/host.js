// A host: memory along its top edge, processor along its bottom edge; a container is a slab, exact in both.

import { DEAD } from "../looks.js";
import { drawStanding } from "../slabs.js";
import { upTo } from "../sorted.js";
import { GOING, notThere } from "../thing.js";
import { agree, clockOf, countOf, numberOf, spanOf } from "../words.js";

/** @import { Kind, Slab, Waiting } from "../contract.js" */
/** @import { Pen } from "../pen.js" */
/** @import { Run } from "../run.js" */

const UNITS = 1024; // CPU units of a vCPU, and MB of a GiB
const WAITS = "waits"; // in place of a container: those that are none yet
const REFUSED = "can't place a task"; // what a service notes where it finds no host
const CLICKED = 5; // a slab of so many pixels can be selected

/**
 * A container: its place, what it needs, and from when to when it is there, runs, and is on its way out.
 *
 * @typedef {{ part: number, host: number, group: string, cpu: number, memory: number, version: number,
 *   born: number, gone: number, runs: number, goes: number, from: number | null }} Held
 *
 * What is known of a run, read once.
 *
 * @typedef {object} Book
 * @property {number[]} hosts
 * @property {Map<number, { lost: number, drained: number, ended: number }>} fates of the hosts
 * @property {number[]} services
 * @property {number | undefined} cluster
 * @property {Map<number, Held[]>} held by each host, in order of their begin
 * @property {Held[]} all in order of their begin
 * @property {number[]} begins of all
 * @property {string} chosen the service whose containers are solid
 * @property {number} newest version of it
 * @property {Now | null} now the moment that was looked at last
 *
 * A moment: the hosts that live, what each holds and has free, and how many there are of each service.
 *
 * @typedef {{ t: number, living: number[], held: Map<number, Held[]>, free: Map<number, Need>,
 *   there: Map<string, number>, running: number, starting: number }} Now
 * @typedef {{ cpu: number, memory: number }} Need
 */

/** @type {WeakMap<Run, Book>} */
const books = new WeakMap();

/** @param {Run} run */
function bookOf(run) {
  const known = books.get(run) ?? readBook(run);
  books.set(run, known);
  return known;
}

/**
 * @param {Run} run
 * @returns {Book}
 */
function readBook(run) {
  const hosts = run.ofKind("host");
  const fates = new Map(hosts.map((host) => [host, fateOf(run, host)]));
  const parts = run.ofKind("container").filter((part) => fates.has(Number(run.parts[part].parent)));
  const all = parts.map((part) => heldOf(run, part)).sort((a, b) => a.born - b.born || a.part - b.part);
  /** @type {Map<number, Held[]>} */
  const held = new Map(hosts.map((host) => [host, []]));
  for (const one of all) held.get(one.host)?.push(one);
  findSources(all, fates);
  const services = run.ofKind("service");
  /** @type {{ name: string, memory: number }[]} */
  const sizes = services.length
    ? services.map((part) => ({ name: run.parts[part].name, memory: needOf(run, part, Infinity).memory }))
    : all.map(({ group, memory }) => ({ name: group, memory }));
  const [{ name }] = [...sizes]
    .sort((one, other) => other.memory - one.memory)
    .concat({ name: "", memory: 0 });
  const asked = services.map((part) => ({
    group: run.parts[part].name,
    version: run.parts[part].attributes.revision ?? 1, // it may have found no room at all
  }));
  const newest = [...asked, ...all]
    .filter(({ group }) => group === name)
    .reduce((most, { version }) => Math.max(most, version), 1);
  const begins = all.map(({ born }) => born);
  const [cluster] = run.ofKind("cluster");
  return { hosts, fates, services, cluster, held, all, begins, chosen: name, newest, now: null };
}

/**
 * When a host is lost, drained and given back.
 *
 * @param {Run} run
 * @param {number} host
 */
function fateOf(run, host) {
  /**
   * @param {string} aspect
   * @param {string[]} wanted
   */
  const first = (aspect, wanted) =>
    run.states.get(`${host} ${aspect}`)?.entries.find(({ state }) => wanted.includes(state))?.time ??
    Infinity;
  const ended = Math.min(first("application", ["terminated"]), run.parts[host].gone ?? Infinity);
  return { lost: first("application", DEAD), drained: first("lifecycle", ["DRAINING"]), ended };
}

/**
 * @param {Run} run
 * @param {number} part
 * @returns {Held}
 */
function heldOf(run, part) {
  const { parent, born, gone, attributes } = run.parts[part];
  const entries = run.states.get(`${part} lifecycle`)?.entries ?? [];
  const { cpu, memory, service = "", revision = 1 } = attributes;
  return {
    part,
    host: Number(parent),
    group: service,
    cpu,
    memory,
    version: revision,
    born,
    gone: gone ?? Infinity,
    runs: entries.find(({ state }) => state === "RUNNING")?.time ?? Infinity,
    goes: entries.find(({ state }) => GOING.includes(state))?.time ?? Infinity,
    from: null,
  };
}

/**
 * When somebody is to take the place of a container, because its host is drained or lost.
 *
 * @param {Held} held
 * @param {{ lost: number, drained: number }} fate
 */
function leftAt({ born, gone }, { lost, drained }) {
  if (born < drained && drained < Math.min(gone, lost)) return drained;
  return gone === lost ? lost : Infinity;
}

/**
 * Of those of its service that a lost host held, or one that was drained, each new container takes the place
 * of the next one whose place nobody has taken.
 *
 * @param {Held[]} all
 * @param {Map<number, { lost: number, drained: number }>} fates
 */
function findSources(all, fates) {
  /** @type {Map<string, { host: number, since: number }[]>} */
  const left = new Map();
  for (const one of all) {
    const fate = fates.get(one.host);
    const since = fate ? leftAt(one, fate) : Infinity;
    if (since === Infinity) continue;
    const list = left.get(one.group) ?? [];
    list.push({ host: one.host, since });
    left.set(one.group, list);
  }
  for (const list of left.values()) list.sort((a, b) => a.since - b.since);
  for (const one of all) {
    const list = left.get(one.group);
    if (list?.length && list[0].since <= one.born) one.from = Number(list.shift()?.host);
  }
}

/**
 * All that is at t.
 *
 * @param {Run} run
 * @param {number} t
 * @returns {Now}
 */
function nowOf(run, t) {
  const book = bookOf(run);
  if (book.now?.t !== t) book.now = readNow(run, book, t);
  return book.now;
}

/**
 * @param {Run} run
 * @param {Book} book
 * @param {number} t
 * @returns {Now}
 */
function readNow(run, { hosts, held, fates }, t) {
  /** @type {Now} */
  const now = { t, living: [], held: new Map(), free: new Map(), there: new Map(), running: 0, starting: 0 };
  for (const host of hosts) {
    const { lost, ended } = fates.get(host) ?? { lost: Infinity, ended: Infinity };
    if (run.parts[host].born > t || lost <= t || ended <= t) continue;
    const mine = (held.get(host) ?? []).filter(({ born, gone }) => born <= t && gone > t);
    let { cpu, memory } = run.parts[host].attributes;
    for (const one of mine) {
      cpu -= one.cpu;
      memory -= one.memory;
      if (one.goes <= t) continue;
      now.there.set(one.group, (now.there.get(one.group) ?? 0) + 1);
      if (one.runs <= t) now.running += 1;
      else now.starting += 1;
    }
    now.living.push(host);
    now.held.set(host, mine);
    now.free.set(host, { cpu, memory });
  }
  return now;
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const isLost = (run, part, t) => (bookOf(run).fates.get(part)?.lost ?? Infinity) <= t;

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
const isDrained = (run, part, t) => (bookOf(run).fates.get(part)?.drained ?? Infinity) <= t;

/**
 * What one container of a service needs, as far as that is known.
 *
 * @param {Run} run
 * @param {number} part of the service
 * @param {number} t
 * @returns {Need}
 */
const needOf = (run, part, t) => ({
  cpu: run.level(part, "NeedCPU", t),
  memory: run.level(part, "NeedMemory", t),
});

/**
 * How much of all living hosts is set aside, as a share.
 *
 * @param {Run} run
 * @param {number} t
 * @param {"cpu" | "memory"} what
 */
function taken(run, t, what) {
  const { living, free } = nowOf(run, t);
  const whole = living.reduce((sum, host) => sum + run.parts[host].attributes[what], 0);
  const left = living.reduce((sum, host) => sum + (free.get(host)?.[what] ?? 0), 0);
  return 1 - left / (whole || 1);
}

/**
 * How many containers are wanted: none is known where there is no service.
 *
 * @param {Run} run
 * @param {number} t
 */
const wantedAt = (run, t) =>
  bookOf(run).services.reduce((sum, part) => sum + run.level(part, "DesiredTaskCount", t), 0);

/**
 * Those that find no host: of each service as many as are wanted and not there. Of them so many are wanted
 * `instead` of others, which are there as long as nothing takes their place.
 *
 * @param {Run} run
 * @param {number} t
 * @returns {(Waiting & { part: number, need: Need, instead: number, tried: boolean })[]}
 */
function waitingAt(run, t) {
  const { services, hosts } = bookOf(run);
  const whole = run.parts[hosts[0]]?.attributes;
  const { there } = nowOf(run, t);
  return services.flatMap((part) => {
    const { name } = run.parts[part];
    const missing = Math.max(0, run.level(part, "DesiredTaskCount", t) - (there.get(name) ?? 0));
    const known = run.level(part, "WaitingTaskCount", t); // of a lost host the service hears later
    const many = Math.max(missing, known);
    if (many <= 0) return [];
    const need = needOf(run, part, t);
    const size = { memory: need.memory / whole.memory, cpu: need.cpu / whole.cpu };
    const told = { words: name, needs: `${sizeIn(need.memory)} each`, instead: many - missing };
    return [{ part, need, many, tried: known > 0, ...told, ...size }];
  });
}

/**
 * MB, or GiB where that is a round number.
 *
 * @param {number} memory
 */
const sizeIn = (memory) => {
  const gib = memory / UNITS;
  return Number.isInteger(gib * 4) && gib >= 1 ? `${numberOf(gib)} GiB` : `${numberOf(memory)} MB`;
};

/** @param {Waiting[]} waiting */
const sumOf = (waiting) => waiting.reduce((sum, { many }) => sum + many, 0);

/** @param {Need} need */
const sizeOf = ({ cpu, memory }) => `${numberOf(cpu)} CPU units and ${numberOf(memory)} MB`;

/**
 * The slabs on a host, and those that come within a hop.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 * @param {number} hop
 * @returns {(Slab & { part: number })[]}
 */
function slabsOf(run, part, t, hop) {
  const { attributes: whole } = run.parts[part];
  const { held, chosen, newest } = bookOf(run);
  let { cpu: leftCpu, memory: leftMemory } = nowOf(run, t).free.get(part) ?? { cpu: 0, memory: 0 };
  const shown = (held.get(part) ?? []).filter(({ born, gone, cpu, memory }) => {
    if (born <= t || born > t + hop) return born <= t && gone > t;
    leftCpu -= cpu;
    leftMemory -= memory;
    return leftCpu >= 0 && leftMemory >= 0; // who takes the place of another one has none yet
  });
  return shown.map(({ part: child, cpu, memory, group, version, born, runs, goes }) => {
    const look = group === chosen && version === newest ? "ok" : "pale";
    const late = goes <= t ? "going" : look;
    const now = runs > t && late !== "going" ? "boot" : late;
    const tone = born > t ? "coming" : now;
    return { part: child, memory: memory / whole.memory, cpu: cpu / whole.cpu, tone };
  });
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
  pen.cross(x + w / 2, y + h / 2, Math.min(14, w / 4, h / 3), 4);
}

/**
 * How a host is read: what its two edges are, what is free, and whose slabs are solid.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {{ x: number, y: number, w: number, h: number }} area
 */
function drawKey(pen, run, { x, y, w }) {
  const { c } = pen;
  const { hosts, chosen, newest } = bookOf(run);
  const whole = run.parts[hosts[0]].attributes;
  const box = { x, y: y + 24, w: Math.min(104, w - 46), h: 52 };
  pen.text(x, y + 17, pen.fit(`${sizeIn(whole.memory)} memory`, w), { colour: c.muted });
  pen.rect(box.x, box.y, box.w, box.h, 8, { fill: c.ground });
  pen.hatch(box.x, box.y, box.w, box.h, 8, c.hair, 8, 1.6);
  drawStanding(
    pen,
    [
      { memory: 0.26, cpu: 0.12, tone: "ok" },
      { memory: 0.12, cpu: 0.16, tone: "pale" },
      { memory: 0.18, cpu: 0.1, tone: "pale" },
    ],
    box,
  );
  pen.rect(box.x, box.y, box.w, box.h, 8, { edge: c.edge });
  pen.text(box.x + box.w + 8, box.y + 31, "free", { colour: c.muted });
  pen.text(x, y + 95, pen.fit(`${numberOf(whole.cpu / UNITS)} vCPU`, w), { colour: c.muted });
  if (!chosen) return;
  pen.rect(x, y + 108, 15, 15, 4, { fill: c.ok });
  pen.text(x + 23, y + 121, pen.fit(newest > 1 ? `${chosen}, version ${newest}` : chosen, w - 23));
}

/**
 * Why one more of a size fits on no host, or null where it does.
 *
 * @param {Run} run
 * @param {{ cpu: number, memory: number }} need
 * @param {number} t
 */
function shortOfRoom(run, need, t) {
  const now = nowOf(run, t);
  const open = now.living.filter((host) => !isDrained(run, host, t));
  const free = open.map((host) => now.free.get(host) ?? { cpu: 0, memory: 0 });
  if (free.some(({ cpu, memory }) => cpu >= need.cpu && memory >= need.memory)) return null;
  const withCpu = free.filter(({ cpu }) => cpu >= need.cpu).length;
  const withMemory = free.filter(({ memory }) => memory >= need.memory).length;
  if (withCpu && withMemory) return `no host has both ${sizeOf(need)} free`;
  if (withMemory) return `none has ${numberOf(need.cpu)} CPU units free`;
  const some = withCpu ? countOf(withCpu, "host has", "hosts have") : "no host has";
  const cpu = withCpu && withCpu === free.length ? `all ${numberOf(withCpu)} hosts have` : some;
  return `${cpu} the CPU, none has ${numberOf(need.memory)} MB free`;
}

/**
 * @param {Run} run
 * @param {number} t
 */
function sentenceOf(run, t) {
  const { running, starting } = nowOf(run, t);
  const [waits] = waitingAt(run, t);
  const why = waits && shortOfRoom(run, waits.need, t);
  if (waits && why) {
    return `${waits.many} of ${waits.words} ${agree(waits.many, "waits", "wait")}: ${why}.`;
  }
  const hosts = countOf(inUse(run, t), "host");
  const coming = starting ? `, and ${countOf(starting, "more starts", "more start")}` : "";
  const late = waits ? `; ${countOf(waits.many, "is", "are")} to be placed` : "";
  return `${countOf(running, "container runs", "containers run")} on ${hosts}${coming}${late}.`;
}

/**
 * How many hosts hold a container.
 *
 * @param {Run} run
 * @param {number} t
 */
function inUse(run, t) {
  const { living, held } = nowOf(run, t);
  return living.filter((host) => held.get(host)?.length).length;
}

/** @type {Partial<Kind>} */
export default {
  labelled: true,
  showsItsEnd: true,
  loss: "a host",
  listed: "Hosts",
  rank: 20,
  size: () => [100, 100],
  label(run, part, t) {
    const { name } = run.parts[part];
    if (isLost(run, part, t)) return `${name} lost`;
    return isDrained(run, part, t) ? `${name} drained` : name;
  },
  draw(pen, run, place, t, view) {
    const { part, x, y, w, h } = place;
    if (isLost(run, part, t)) {
      drawLost(pen, place);
      return;
    }
    if (!nowOf(run, t).held.has(part)) {
      pen.rect(x, y, w, h, 8, { edge: pen.c.edge, line: 1, dash: [3, 3] });
      return;
    }
    pen.rect(x, y, w, h, 8, { fill: pen.c.ground });
    pen.hatch(x, y, w, h, 8, pen.c.hair, 8, 1.6);
    const standing = drawStanding(pen, slabsOf(run, part, t, view.hop), { x, y, w, h });
    const drained = isDrained(run, part, t);
    pen.rect(x, y, w, h, 8, { edge: pen.c.edge, line: drained ? 2 : 1.5, dash: drained ? [5, 4] : [] });
    for (const { slab, left, right } of standing) {
      if (right - left < CLICKED || slab.tone === "coming") continue;
      const box = [(right - left) / 2, h / 2 - 4];
      const hit = { x: (left + right) / 2, y: y + h / 2, r: (right - left) / 2, box };
      view.hits.push({ part, inner: String(slab.part), ...hit });
    }
  },
  yard: {
    waiting: waitingAt,
    key: drawKey,
    why(run, part, t) {
      const waits = waitingAt(run, t).find((one) => one.part === part);
      return waits ? whyWaiting(run, waits, t) : [];
    },
    coming(run, t, hop) {
      const { all, begins, hosts } = bookOf(run);
      const whole = run.parts[hosts[0]].attributes;
      const some = all.slice(upTo(begins, t), upTo(begins, t + hop));
      return some.map(({ host, from, born, cpu, memory }) => {
        const size = { memory: memory / whole.memory, cpu: cpu / whole.cpu };
        return { from, to: host, time: born, ...size };
      });
    },
  },
  numbers(run, t) {
    const { running, starting, living } = nowOf(run, t);
    const { cluster, services } = bookOf(run);
    /** @param {"cpu" | "memory"} what */
    const share = (what) => numberOf(Math.round(100 * taken(run, t, what)));
    const least = run.level(cluster ?? null, "FewestHosts", t);
    const must = least ? `at least ${numberOf(least)}` : `of ${living.length}`;
    const wanted = wantedAt(run, t);
    // Who is replaced stays until the next one is healthy, so that more run than are wanted.
    const besides = running > wanted ? `(${numberOf(wanted)} wanted)` : `of ${numberOf(wanted)}`;
    const unit = wanted ? besides : undefined;
    const runs = { glyph: "ok", words: "Running", value: numberOf(running) };
    const hosts = { glyph: "host", words: "Hosts in use", value: numberOf(inUse(run, t)) };
    const memory = { glyph: "busy", words: "Memory held", value: share("memory"), unit: "%" };
    if (run.label) return [runs, hosts, memory]; // beside another run there is no room for more
    return [
      { ...runs, unit },
      services.length
        ? { glyph: "wait", words: "Waiting", value: numberOf(sumOf(waitingAt(run, t))) }
        : { glyph: "boot", words: "Starting", value: numberOf(starting) },
      { ...hosts, unit: must },
      { glyph: "busy", words: "CPU held", value: share("cpu"), unit: "%" },
      memory,
    ];
  },
  glyphs: {
    host: [
      '<rect x="1.5" y="2.5" width="13" height="11" rx="2.5" fill="none"',
      ' stroke="var(--edge)" stroke-width="1.5"/>',
      '<path d="M4 5H7L6 11H4Z" fill="var(--ok)"/>',
    ],
    slab: [
      '<path d="M3 2H13V6L9 10V14H3Z" fill="var(--ok-tint)" stroke="var(--ok)" stroke-width="1.5"',
      ' stroke-linejoin="round"/>',
    ],
  },
  sentence: sentenceOf,
  level(run, t) {
    const { running } = nowOf(run, t);
    const wanted = wantedAt(run, t);
    const limit = wanted ? { limit: { value: wanted, words: `${numberOf(wanted)} wanted` } } : {};
    return { words: "running", value: running, ...limit };
  },
  legend: () => [
    [
      "host",
      "a host: memory along its top, CPU along its bottom; a container is a slab, as wide as it takes; " +
        "a thick dashed edge: it is drained",
    ],
    ["wait", "a container that finds no room"],
  ],
  story(run, part, t) {
    const name = run.nameOf(part);
    if (isLost(run, part, t)) return lostStory(run, part, t);
    const free = nowOf(run, t).free.get(part);
    if (!free) return notThere(run, part);
    const held = nowOf(run, t).held.get(part) ?? [];
    const { cpu, memory } = run.parts[part].attributes;
    const told = [
      `${name} holds ${countOf(held.length, "container")}.`,
      `${numberOf(cpu - free.cpu)} of ${numberOf(cpu)} CPU units and ${numberOf(memory - free.memory)} of ` +
        `${numberOf(memory)} MB are set aside.`,
    ];
    const moves = held.length ? "what is here moves elsewhere" : "what was here has moved elsewhere";
    if (isDrained(run, part, t)) return [...told, `It is drained: ${moves}.`];
    const [waits] = waitingAt(run, t);
    return waits ? [...told, fitsHere(waits, free)] : told;
  },
  questions: [
    {
      words: "Why does a container wait?",
      find: (run, t) => (waitingAt(run, t).length ? { part: bookOf(run).hosts[0], inner: WAITS } : null),
      none: "No container waits at this moment.",
    },
  ],
  innerStory(run, part, inner, t) {
    if (inner === WAITS) return waitingStory(run, t);
    const child = Number(inner);
    const { name, attributes, born } = run.parts[child];
    const { service, cpu, memory, revision } = attributes;
    const state = run.state(child, "lifecycle", t)?.state ?? "";
    const version = revision > 1 ? `, version ${revision}` : "";
    const host = run.parts[part].name;
    const since = spanOf(Math.max(0, t - born));
    return {
      head: `Why is ${name} on ${host}?`,
      bars: [],
      lines: [
        `It is a container of ${service}${version}, and takes ${sizeOf({ cpu, memory })}.`,
        `It was placed at ${clockOf(born, run.end)}, ${since} ago; it is ${state.toLowerCase() || "there"}.`,
        "It was given the host that the placement liked best, of those that had room for both.",
      ],
    };
  },
};

/**
 * Why those of one service wait.
 *
 * @param {Run} run
 * @param {number} t
 */
function waitingStory(run, t) {
  const [waits, ...others] = waitingAt(run, t);
  if (!waits) return { head: "Why does a container wait?", bars: [], lines: ["None waits at this moment."] };
  const more = `${others.map((one) => one.words).join(", ")} ${agree(others.length, "waits", "wait")} too.`;
  const lines = [...whyWaiting(run, waits, t), ...(others.length ? [more] : [])];
  return { head: `Why does ${waits.words} wait?`, bars: [], lines };
}

/**
 * How many wait, why, and what is free.
 *
 * @param {Run} run
 * @param {ReturnType<typeof waitingAt>[0]} waits
 * @param {number} t
 */
function whyWaiting(run, waits, t) {
  const { words, many, need, instead } = waits;
  const now = nowOf(run, t);
  const open = now.living.filter((host) => !isDrained(run, host, t)).map((host) => now.free.get(host));
  const [cpu, memory] = [open.map((one) => one?.cpu ?? 0), open.map((one) => one?.memory ?? 0)];
  /** @param {number[]} free */
  const sum = (free) => free.reduce((total, one) => total + one, 0);
  const why = shortOfRoom(run, need, t);
  const size = sizeOf({ cpu: sum(cpu), memory: sum(memory) });
  /** @param {number[]} free */
  const most = (free) => numberOf(Math.max(0, ...free));
  const some = `, ${instead < many ? `${numberOf(instead)} of them ` : ""}in place of others`;
  const wanted =
    `${countOf(many, "container")} of ${words} ${agree(many, "is", "are")} wanted and not there` +
    (instead ? some : "");
  return [
    `${wanted}: each needs ${sizeOf(need)}.`,
    heldBack(run, waits.part, t) ?? (why ? `There is no room: ${why}.` : despiteRoom(run, waits, t)),
    `In all, ${size} are free; the most on one is ${most(cpu)} units, and ${most(memory)} MB.`,
  ];
}

/**
 * Why a service starts none, with room or without: its last ones failed. Null where it may start one.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function heldBack(run, part, t) {
  const held = run.state(part, "starts", t);
  const name = run.nameOf(part);
  if (held?.state === "has failed") return `${name} starts none: its deployment has failed.`;
  if (held?.state !== "backs off" || held.until <= t) return null;
  return `${name} starts none before ${clockOf(held.until, run.end)}: the last one failed.`;
}

/**
 * Why it waits though a host has room: a rule or a constraint forbids it, or the service hasn't looked yet.
 *
 * @param {Run} run
 * @param {{ part: number, tried: boolean }} waits
 * @param {number} t
 */
function despiteRoom(run, { part, tried }, t) {
  const said = run.notes.slice(0, upTo(run.noteTimes, t)).filter(([, of]) => of === part);
  const refused = said.reverse().find(([, , , text]) => text.includes(REFUSED));
  if (tried && refused) return `A host has room, but ${refused[3]}`;
  return "A host has room: the next look of the service places it.";
}

/**
 * Whether what waits would fit on a host, as a sentence.
 *
 * @param {{ words: string, need: Need }} waits
 * @param {Need} free
 */
function fitsHere({ words, need }, free) {
  const short = [
    ...(need.cpu > free.cpu ? [`${numberOf(need.cpu - free.cpu)} CPU units`] : []),
    ...(need.memory > free.memory ? [`${numberOf(need.memory - free.memory)} MB`] : []),
  ];
  const size = sizeOf(need);
  if (!short.length) return `A container of ${words} would fit: it needs ${size}.`;
  return `A container of ${words} needs ${size}: ${short.join(" and ")} too much for this host.`;
}

/**
 * What a lost host took along, and what of it runs again.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function lostStory(run, part, t) {
  const { held, all, fates } = bookOf(run);
  const since = fates.get(part)?.lost ?? 0;
  const lost = (held.get(part) ?? []).filter(({ gone }) => gone === since);
  const back = all.filter(({ from, born }) => from === part && born <= t).length;
  const again = back === lost.length ? "All of them" : numberOf(back);
  const many = countOf(lost.length, "container");
  return [
    `${run.nameOf(part)} is lost since ${clockOf(since, run.end)}, and the ${many} on it with it.`,
    `${again} ${agree(back, "has", "have")} been started again on other hosts.`,
  ];
}
