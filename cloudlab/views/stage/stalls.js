// Stalls: the environments of a function, and the calls in them, as they are at a time t.
//
// All of it is looked up in sorted columns of what the kernel sent, so that any moment can be asked for.

import { column, upTo } from "./sorted.js";
import { clamp } from "./words.js";

/** @import { FunctionSent, Kitchen, StallNow } from "./contract.js" */
/** @import { Run } from "./run.js" */

const A_HAIR = 1e-6; // milliseconds: a time is a whole number of microseconds

export class Stalls {
  /**
   * @param {FunctionSent} sent
   * @param {number} lifetime seconds for which an idle environment is kept
   */
  constructor(sent, lifetime) {
    this.sent = sent;
    this.lifetime = lifetime;
    this.calls = sent.began.map((_, call) => call);
    this.ended = column(sent.ended, (time) => time ?? Infinity);
    this.gone = column(sent.gone, (time) => time ?? Infinity);
    /** when the handler of each call began */
    this.handled = column(this.calls, (call) => Math.max(sent.began[call], this.readyOf(call)));
    this.cold = this.calls.filter((call) => this.isCold(call));
    /** @type {Map<number, number>} calls by the row of their request */
    this.byRow = new Map();
    /** @type {number[][]} the calls in each environment */
    this.within = sent.born.map(() => []);
    for (const call of this.calls) {
      if (sent.how[call] === "request") this.byRow.set(sent.source[call], call);
      this.within[sent.environment[call]].push(call);
    }
    this.begunIn = this.within.map((calls) => column(calls, (call) => sent.began[call]));
    this.known = { n: -1, p95: NaN };
    /** @type {(values: ArrayLike<number>) => Float64Array<ArrayBuffer>} */
    const sorted = (values) => Float64Array.from(values).sort();
    this.times = {
      began: sorted(sent.began),
      ended: sorted(this.ended),
      cold: sorted(this.cold.map((call) => sent.began[call])),
      warmed: sorted(this.cold.map((call) => this.readyOf(call))),
      born: sorted(sent.born),
      ready: sorted(sent.ready),
      gone: sorted(this.gone),
      settled: sorted(sent.settled.map((time) => time ?? Infinity)),
    };
    /** @type {number[]} calls in order of their end */
    this.byEnd = [...this.calls].sort((a, b) => this.ended[a] - this.ended[b] || a - b);
    this.endedFirst = column(this.byEnd, (call) => this.ended[call]);
    let sum = 0;
    this.paid = [0, ...this.byEnd.map((call) => (sum += this.gigabyteSeconds(call)))];
    /** @type {number[][]} the environments that stand at each place, one after the other */
    this.places = this.placed();
    this.bornAt = this.places.map((stood) => column(stood, (one) => sent.born[one]));
  }

  // Each environment stands where one was that is gone, or else behind the others.
  placed() {
    const { born } = this.sent;
    /** @type {number[][]} */
    const places = [];
    const order = born.map((_, one) => one).sort((a, b) => born[a] - born[b] || a - b);
    for (const one of order) {
      /** @param {number[]} stood */
      const isFree = (stood) => this.gone[stood[stood.length - 1]] <= born[one];
      const place = places.find(isFree);
      if (place) place.push(one);
      else places.push([one]);
    }
    return places;
  }

  // A call

  /** @param {number} call */
  readyOf(call) {
    return this.sent.ready[this.sent.environment[call]];
  }

  /**
   * Whether a call had to wait for its environment, or is the first of one that had no INIT to speak of.
   *
   * @param {number} call
   */
  isCold(call) {
    const { began, born, environment } = this.sent;
    return this.handled[call] > began[call] || began[call] === born[environment[call]];
  }

  /**
   * What is paid for a call: its milliseconds, rounded up, times its memory; the first one in an environment
   * brings INIT along.
   *
   * @param {number} call
   */
  gigabyteSeconds(call) {
    const { born, ready, environment, memory } = this.sent;
    const one = environment[call];
    if (this.ended[call] === Infinity) return 0;
    const init = this.within[one][0] === call ? Math.min(ready[one], this.ended[call]) - born[one] : 0;
    const milliseconds = Math.ceil((this.ended[call] - this.handled[call] + init) * 1000 - A_HAIR);
    return (milliseconds / 1000) * (memory[one] / 1024);
  }

  // Counts at a moment

  /** @param {number} t */
  inUse(t) {
    return upTo(this.times.began, t) - upTo(this.times.ended, t);
  }

  /** @param {number} t */
  counts(t) {
    const { cold, warmed, born, ready, gone } = this.times;
    const left = upTo(gone, t);
    const init = upTo(born, t) - upTo(ready, t);
    const running = this.inUse(t) - (upTo(cold, t) - upTo(warmed, t));
    return { init, running, idle: upTo(born, t) - left - init - running, gone: left };
  }

  /** @param {number} t */
  called(t) {
    return upTo(this.times.began, t);
  }

  /** @param {number} t */
  coldBy(t) {
    return upTo(this.times.cold, t);
  }

  /** @param {number} t */
  awayBy(t) {
    return upTo(this.sent.throttled, t);
  }

  /**
   * Events that Lambda keeps, and is not calling with just now.
   *
   * @param {number} t
   */
  kept(t) {
    if (!this.sent.came.length) return 0;
    return Math.max(0, upTo(this.sent.came, t) - upTo(this.times.settled, t) - this.inUse(t));
  }

  /** @param {number} t */
  paidBy(t) {
    return this.paid[upTo(this.endedFirst, t)];
  }

  /**
   * How long one call in 20 took longer than, INIT included.
   *
   * @param {number} t
   */
  p95(t) {
    const n = upTo(this.endedFirst, t);
    if (n !== this.known.n) {
      const took = column(this.byEnd.slice(0, n), (call) => this.ended[call] - this.sent.began[call]).sort();
      this.known = { n, p95: n ? took[Math.max(1, Math.ceil(0.95 * n)) - 1] : NaN };
    }
    return this.known.p95;
  }

  /**
   * When something was called, began, ended or was gone: Step goes there.
   *
   * @returns {number[]}
   */
  get moments() {
    const { began, ended, ready, gone } = this.times;
    return [...began, ...ended, ...ready, ...gone, ...this.sent.throttled];
  }

  // Environments at a moment

  /**
   * How one is at t, or null before it was made: I in INIT, R running, Z idle, G gone. `share` is how far
   * INIT or the call is, or what is left of an idle one's time.
   *
   * @param {number} one
   * @param {number} t
   * @returns {StallNow | null}
   */
  stateOf(one, t) {
    const { born, ready } = this.sent;
    if (born[one] > t) return null;
    const before = upTo(this.begunIn[one], t);
    const call = before ? this.within[one][before - 1] : null;
    if (this.gone[one] <= t) return { letter: "G", since: this.gone[one], share: 1, call };
    if (ready[one] > t)
      return { letter: "I", since: born[one], share: partOf(born[one], ready[one], t), call };
    const end = call === null ? ready[one] : this.ended[call];
    if (call !== null && end > t) {
      const since = this.handled[call];
      return { letter: "R", since, share: partOf(since, end, t), call };
    }
    const since = Math.max(end, ready[one]);
    const left = this.sent.provisioned[one] ? 1 : 1 - partOf(since, since + this.lifetime, t);
    return { letter: "Z", since, share: left, call };
  }

  /**
   * Who stands at each place at t, of those at which somebody has stood by then.
   *
   * @param {number} t
   * @returns {({ one: number } & StallNow)[]}
   */
  standing(t) {
    return this.places.flatMap((stood, place) => {
      const one = stood[upTo(this.bornAt[place], t) - 1];
      const now = one === undefined ? null : this.stateOf(one, t);
      return now ? [{ one, ...now }] : [];
    });
  }
}

/**
 * @param {number} since
 * @param {number} until
 * @param {number} t
 */
const partOf = (since, until, t) => (until > since ? clamp((t - since) / (until - since), 0, 1) : 1);

/**
 * The way in which a function is called: from who sends to what is right before it; null where ways fork.
 *
 * @param {Run} run
 * @param {number} part
 * @returns {number[] | null}
 */
function wayToDoor(run, part) {
  /** @type {number[]} */
  const way = [];
  let last = part;
  while (!run.sources.includes(last)) {
    const before = new Set(run.links.flatMap(([from, to]) => (to === last ? [from] : [])));
    const [next] = before;
    if (before.size !== 1 || way.includes(next)) return null;
    way.unshift(next);
    last = next;
  }
  return way;
}

/**
 * A kitchen: one function, the one way in which it is called, and nothing behind it. Null for other runs.
 *
 * @param {Run} run
 * @returns {Kitchen | null}
 */
export function kitchenOf(run) {
  if (run.kitchen !== undefined) return run.kitchen;
  run.kitchen = null;
  const [found, ...others] = run.stalls;
  if (!found || others.length || run.lanes.size) return null;
  const [part, stalls] = found;
  const way = wayToDoor(run, part);
  if (!way || way.length > 2) return null;
  const drawn = run.parts.flatMap(({ layer }, one) => (layer === null ? [] : [one]));
  if (drawn.some((one) => one !== part && !way.includes(one))) return null;
  run.kitchen = { part, stalls, way };
  return run.kitchen;
}
