// The calls of a run between its parts: who holds a slot, who stands in line, who waits for whom at a time t.
//
// A part works for a call from its start to its end; while a call that it made is open, it only waits. A
// message is a call for whose answer nobody waits. Read `held`, `line` and `waitsFor` first.

import { upTo } from "./sorted.js";

/** @import { Block } from "./block.js" */
/** @import { Part } from "./contract.js" */

const NOBODY = 2 ** 32 - 1; // the order, or the parent, of a call that has none

const TINY = 1e-6; // s: sums of times that are the same differ by less

/** The statuses of calls, as `CallStatus` in kernel/calls.py. */
export const ENDED = { OK: 0, FAILED: 1, LATE: 2, REFUSED: 3, BROKEN: 4, CUT: 5 };

/** @typedef {{ from: number, to: number, rows: number[], times: Float64Array }} CallLeg */

export class Calls {
  arrived = new Float64Array();
  started = new Float64Array();
  ended = new Float64Array();
  order = new Uint32Array(); // a row of the requests
  parent = new Uint32Array(); // the call out of which it was made
  service = new Uint16Array(); // a part
  status = new Uint8Array();

  /** @type {Map<number, number[]>} the calls to each part, */
  to = new Map();
  /** @type {Map<number, number[]>} those of each order, */
  of = new Map();
  /** @type {Map<number, number[]>} and those that each call made */
  made = new Map();
  /** @type {CallLeg[] | null} read when they are first drawn */
  knownLegs = null;

  /**
   * @param {number} n how many there are
   * @param {Block} block
   * @param {Part[]} parts
   */
  constructor(n, block, parts) {
    this.some = n > 0;
    this.parts = parts;
    const ways = parts.flatMap(({ attributes }) => String(attributes.asynchronous ?? "").split(", "));
    this.messages = new Set(ways.filter((way) => way !== ""));
    this.limits = new Map(parts.flatMap(limitsOf));
    if (!n) return;
    /** @param {number} size */
    const bytes = (size) => block.take(n, size);
    this.arrived = new Float64Array(bytes(8));
    this.started = new Float64Array(bytes(8));
    this.ended = new Float64Array(bytes(8));
    this.order = new Uint32Array(bytes(4));
    this.parent = new Uint32Array(bytes(4));
    this.service = new Uint16Array(bytes(2));
    this.status = new Uint8Array(bytes(1));
    for (let row = 0; row < n; row += 1) {
      push(this.to, this.service[row], row);
      if (this.order[row] !== NOBODY) push(this.of, this.order[row], row);
      if (this.parent[row] !== NOBODY) push(this.made, this.parent[row], row);
    }
  }

  /**
   * The calls that hold a slot of a part at t, in order of their start.
   *
   * @param {number} part
   * @param {number} t
   */
  held(part, t) {
    const rows = this.rowsTo(part, t).filter((row) => this.started[row] <= t && this.ended[row] > t);
    return rows.sort((a, b) => this.started[a] - this.started[b]);
  }

  /**
   * The calls that stand in the line of a part at t, the next one first.
   *
   * @param {number} part
   * @param {number} t
   */
  line(part, t) {
    return this.rowsTo(part, t).filter((row) => this.started[row] > t && this.ended[row] > t);
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  rowsTo(part, t) {
    return (this.to.get(part) ?? []).filter((row) => this.arrived[row] <= t);
  }

  /**
   * The open calls for whose answer a call waits at t: of those that it made last.
   *
   * @param {number} row
   * @param {number} t
   */
  waitsFor(row, t) {
    const made = (this.made.get(row) ?? []).filter((one) => this.arrived[one] <= t);
    const last = Math.max(...made.map((one) => this.arrived[one]));
    return made.filter((one) => this.arrived[one] === last && this.ended[one] > t && !this.isMessage(one));
  }

  /**
   * When a caller waited no longer for the answer of a call; Infinity where it got one, or was over before.
   *
   * @param {number} row
   */
  gaveUp(row) {
    const parent = this.parent[row];
    if (!this.limits.size || parent === NOBODY || this.status[row] === ENDED.CUT) return Infinity;
    const limit = this.limits.get(this.wayOf(row));
    if (!limit) return Infinity;
    const until = this.arrived[row] - limit.latency + limit.seconds;
    const heard = this.ended[row] + limit.latency <= until;
    return heard || this.ended[parent] < until - TINY ? Infinity : until;
  }

  /**
   * Who makes a call, and to whom, as `asynchronous` and `time_limits` name it.
   *
   * @param {number} row of a call that was made out of another
   */
  wayOf(row) {
    const ends = [this.service[this.parent[row]], this.service[row]];
    return ends.map((part) => this.parts[part].name).join(" → ");
  }

  /**
   * Whether nobody waits for the answer of a call.
   *
   * @param {number} row
   */
  isMessage(row) {
    if (!this.messages.size || this.parent[row] === NOBODY) return false;
    return this.messages.has(this.wayOf(row));
  }

  /**
   * Whether messages are left for a part.
   *
   * @param {number} part
   */
  hasMessages(part) {
    return [...this.messages].some((way) => way.endsWith(` → ${this.parts[part].name}`));
  }

  // The ways that calls take from part to part.
  get legs() {
    this.knownLegs ||= this.readLegs();
    return this.knownLegs;
  }

  /** @returns {CallLeg[]} */
  readLegs() {
    /** @type {Map<string, { from: number, to: number, rows: number[] }>} */
    const found = new Map();
    for (let row = 0; row < this.order.length; row += 1) {
      if (this.parent[row] === NOBODY || this.status[row] === ENDED.CUT) continue;
      const [from, to] = [this.service[this.parent[row]], this.service[row]];
      const leg = found.get(`${from} ${to}`) ?? { from, to, rows: [] };
      leg.rows.push(row);
      found.set(`${from} ${to}`, leg);
    }
    return [...found.values()].map((leg) => {
      const rows = leg.rows.sort((a, b) => this.arrived[a] - this.arrived[b]);
      return { ...leg, rows, times: Float64Array.from(rows, (row) => this.arrived[row]) };
    });
  }

  /**
   * What travels on a way at t, as far as it has come: a hop ends when the call arrives, and begins no
   * sooner than the caller is done with what came before.
   *
   * @param {CallLeg} leg
   * @param {number} t
   * @param {number} hop
   */
  onTheWay({ rows, times }, t, hop) {
    const coming = rows.slice(upTo(times, t), upTo(times, t + hop));
    return coming.flatMap((row) => {
      const end = this.arrived[row];
      const begin = Math.max(end - hop, this.freeBefore(row));
      return begin < t ? [{ row, share: (t - begin) / (end - begin) }] : [];
    });
  }

  /**
   * From when on its caller could make a call: it had begun, and its calls before were over.
   *
   * @param {number} row
   */
  freeBefore(row) {
    const before = (this.made.get(this.parent[row]) ?? []).filter(
      (one) => this.ended[one] <= this.arrived[row],
    );
    return Math.max(this.started[this.parent[row]], ...before.map((one) => this.ended[one]));
  }
}

/**
 * @param {Map<number, number[]>} lists
 * @param {number} key
 * @param {number} row
 */
function push(lists, key, row) {
  const list = lists.get(key) ?? [];
  list.push(row);
  lists.set(key, list);
}

/**
 * How long a caller waits for an answer, and how long a call is on its way (s), by who calls whom.
 *
 * @param {Part} part
 * @returns {[string, { seconds: number, latency: number }][]}
 */
function limitsOf({ attributes }) {
  const ways = String(attributes.time_limits ?? "").split(", ");
  const latency = Number(attributes.latency ?? 0);
  return ways.filter(Boolean).map((way) => {
    const cut = way.lastIndexOf(" ");
    return [way.slice(0, cut), { seconds: Number(way.slice(cut)), latency }];
  });
}
