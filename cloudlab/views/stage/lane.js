// The requests of one server, in sorted lists: so what it held at any moment is looked up.

import { byTime, column, sums, upTo } from "./sorted.js";
import { clamp } from "./words.js";

/** @import { Requests } from "./requests.js" */

export const GOOD = 0; // the status of a good answer

// The requests of one server. All lists are sorted by time.
export class Lane {
  /**
   * @param {Requests} run
   * @param {number} part
   * @param {number[]} rows in order of time: of arrival, or of start where one line is shared
   */
  constructor(run, part, rows) {
    this.run = run;
    this.part = part;
    this.rows = rows;
    /** @param {(row: any) => number} pick */
    const sorted = (pick) => column(rows, pick).sort();
    const shared = run.shared !== null;
    /**
     * @param {number} row
     * @param {number} row
     * @param {number} row
     * @param {number} row
     * @param {number} row
     */
    const joined = (row) => (shared ? run.started[row] : run.arrived[row]);
    /** @type {Times | null} */
    this.sortedTimes = null;
    this.byStart = byTime(rows, run.started);
    this.joined = sorted(joined);
    this.left = sorted((row) => (shared ? joined(row) : Math.min(run.started[row], run.answered[row])));
    this.begun = column(this.byStart, (row) => run.started[row]);
    this.ended = column(this.byStart, (row) => run.endOf(row)).sort();
    this.begunSum = sums(this.begun);
    this.endedSum = sums(this.ended);
    this.failed = column(
      rows.filter((row) => run.status[row] !== GOOD),
      (row) => run.answered[row],
    ).sort();
  }

  // The times of its answers, sorted when they are first asked for: not every picture shows them.
  get times() {
    this.sortedTimes ||= new Times(this.run, byTime(this.rows, this.run.answered));
    return this.sortedTimes;
  }

  /** @param {number} t */
  sent(t) {
    return upTo(this.joined, t);
  }
  /** @param {number} t */
  waiting(t) {
    return upTo(this.joined, t) - upTo(this.left, t);
  }
  /** @param {number} t */
  lost(t) {
    return upTo(this.failed, t);
  }

  /**
   * The rows at work at t, in order of their start.
   *
   * @param {number} t
   */
  atWork(t) {
    const begun = upTo(this.begun, t);
    let open = begun - upTo(this.ended, t);
    const found = [];
    for (let place = begun - 1; place >= 0 && open > 0; place -= 1) {
      const row = this.byStart[place];
      if (this.run.endOf(row) > t) {
        found.push(row);
        open -= 1;
      }
    }
    return found.reverse();
  }

  /**
   * The first `most` rows in line at t, the next one to be served first.
   *
   * @param {number} t
   * @param {number} most
   */
  line(t, most) {
    const found = [];
    const last = upTo(this.joined, t);
    let open = last - upTo(this.left, t);
    for (let place = last - 1; place >= 0 && open > 0; place -= 1) {
      const row = this.rows[place];
      if (Math.min(this.run.started[row], this.run.answered[row]) > t) {
        found.push(row);
        open -= 1;
      }
    }
    return found.reverse().slice(0, most);
  }

  /**
   * Seconds of work done up to t, over all slots.
   *
   * @param {number} t
   */
  worked(t) {
    const begun = upTo(this.begun, t);
    const ended = upTo(this.ended, t);
    return this.endedSum[ended] - this.begunSum[begun] + t * (begun - ended);
  }

  /**
   * The share of its slots' time at work in the last `window` seconds; of a sampled run, as the sample says.
   *
   * @param {number} t
   * @param {number} window
   */
  busy(t, window) {
    const made = this.run.parts[this.part];
    const from = Math.max(t - window, made.born);
    const to = made.gone === null ? t : Math.min(t, made.gone);
    if (to <= from) return 0;
    const worked = (this.worked(to) - this.worked(from)) * this.run.every;
    return clamp(worked / ((to - from) * (made.slots || 1)), 0, 1);
  }

  /**
   * The last moment up to t at which the line moved.
   *
   * @param {number} t
   */
  moved(t) {
    const place = upTo(this.left, t);
    return place ? this.left[place - 1] : -Infinity;
  }
}

// The times of good answers in the order in which they were given; percentiles of the first n of them.
export class Times {
  /**
   * @param {Requests} run
   * @param {number[]} byAnswer
   */
  constructor(run, byAnswer) {
    const good = byAnswer.filter((row) => run.status[row] === GOOD);
    this.when = column(good, (row) => run.answered[row]);
    this.long = column(good, (row) => run.answered[row] - run.arrived[row]);
    this.known = -1; // how many answers `value` is about
    this.value = { p50: NaN, p95: NaN, n: 0 };
  }

  /**
   * {p50, p95, n} of all answers up to t, by nearest rank.
   *
   * @param {number} t
   */
  at(t) {
    const n = upTo(this.when, t);
    if (n !== this.known) {
      const sorted = this.long.slice(0, n).sort();
      /** @param {number} share */
      const rank = (share) => (n ? sorted[Math.max(1, Math.ceil((share / 100) * n)) - 1] : NaN);
      this.value = { p50: rank(50), p95: rank(95), n };
      this.known = n;
    }
    return this.value;
  }
}
