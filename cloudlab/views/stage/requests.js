// The requests of a run: the columns that the kernel sent, and what waits, works and is lost at a time t.
//
// Nothing here depends on what was shown before: any question about any moment is answered from the columns
// by looking up a few sorted lists. So the stage can jump, step back and be scrubbed.

import { Block } from "./block.js";
import { Calls } from "./calls.js";
import { GOOD, Lane, Times } from "./lane.js";
import { byTime, column, upTo } from "./sorted.js";

/** @import { LaneNow, Scene } from "./contract.js" */

const WINDOWS = [60, 300, 900, 3600, 14400]; // seconds over which busy shares and rates are taken

export class Requests {
  // The requests, in order of their arrival: one entry for each row.
  arrived = new Float64Array();
  started = new Float64Array();
  finished = new Float64Array(); // the work is done
  answered = new Float64Array(); // the caller has its answer
  number = new Uint32Array();
  target = new Uint16Array(); // a part
  client = new Uint16Array(); // a link
  status = new Uint8Array();

  /** @type {Map<number, Lane>} the requests of each server */
  lanes = new Map();
  /** @type {number[]} the servers from top to bottom */
  sorted = [];
  /** when requests left their line, */
  left = new Float64Array();
  /** @type {number[]} rows in order of their answers, */
  byAnswer = [];
  /** when those came, */
  answers = new Float64Array();
  /** and when requests failed */
  failed = new Float64Array();

  /** @param {Scene} scene */
  constructor(scene) {
    this.end = scene.end;
    this.rows = scene.rows;
    this.held = scene.mark; // the busy share that something holds servers to, if there is any
    this.mark = scene.mark ?? 0.7; // where a tick stands in what is busy
    this.every = scene.every; // one in so many requests is shown
    this.bins = scene.bins;
    this.parts = scene.parts;
    this.shared = scene.shared;
    this.statuses = scene.statuses;
    this.window = WINDOWS.filter((window) => window <= scene.end / 8).pop() || WINDOWS[0];
    this.block = new Block(scene.columns);
    this.readColumns();
    this.calls = new Calls(scene.calls ?? 0, this.block, this.parts);
    this.readLanes();
    this.times = new Times(this, this.byAnswer);
  }

  readColumns() {
    /** @param {number} size */
    const bytes = (size) => this.block.take(this.rows, size);
    this.arrived = new Float64Array(bytes(8));
    this.started = new Float64Array(bytes(8));
    this.finished = new Float64Array(bytes(8));
    this.answered = new Float64Array(bytes(8));
    this.number = new Uint32Array(bytes(4));
    this.target = new Uint16Array(bytes(2));
    this.client = new Uint16Array(bytes(2));
    this.status = new Uint8Array(bytes(1));
  }

  readLanes() {
    const servers = this.parts.flatMap(({ server }, part) => (server ? [part] : []));
    /** @type {Map<number, number[]>} */
    const rowsOf = new Map(servers.map((part) => [part, []]));
    /** @type {number[]} */
    const all = [];
    for (let row = 0; row < this.rows; row += 1) {
      const taken = this.shared === null || this.started[row] < Infinity;
      if (taken) rowsOf.get(this.target[row])?.push(row);
      all.push(row);
    }
    /** @param {number[]} rows */
    const inOrder = (rows) => (this.shared === null ? rows : byTime(rows, this.started));
    this.lanes = new Map([...rowsOf].map(([part, rows]) => [part, new Lane(this, part, inOrder(rows))]));
    this.left = column(all, (row) => this.leftLine(row)).sort();
    this.byAnswer = byTime(all, this.answered);
    this.answers = column(this.byAnswer, (row) => this.answered[row]);
    const failed = this.byAnswer.filter((row) => this.status[row] !== GOOD);
    this.failed = column(failed, (row) => this.answered[row]);
    this.sorted = servers.sort((a, b) => Number(this.parts[a].row) - Number(this.parts[b].row) || a - b);
  }

  /** @param {number} row */
  endOf(row) {
    return this.finished[row] === Infinity ? this.answered[row] : this.finished[row];
  }

  /**
   * When a request left its line: to be served, or without being served.
   *
   * @param {number} row
   */
  leftLine(row) {
    return Math.min(this.started[row], this.answered[row]);
  }

  /** @param {number} t */
  arrivedBy(t) {
    return upTo(this.arrived, t) * this.every;
  }

  /**
   * Requests a second, lately.
   *
   * @param {number} t
   */
  rate(t) {
    const came = this.arrivedBy(t) - this.arrivedBy(Math.max(0, t - this.window));
    return came / Math.max(1, Math.min(t, this.window));
  }

  /**
   * How many requests stand in line at t: exact, also where only some requests are sent.
   *
   * @param {number} t
   */
  waiting(t) {
    if (this.bins) return this.binned("waiting", t);
    return upTo(this.arrived, t) - upTo(this.left, t);
  }

  /** @param {number} t */
  lost(t) {
    return this.bins ? this.binned("failed", t) : upTo(this.failed, t);
  }

  /**
   * Of a sampled run, the counts of all requests.
   *
   * @param {"waiting" | "failed"} what
   * @param {number} t
   */
  binned(what, t) {
    if (!this.bins) return 0;
    const place = Math.max(0, upTo(this.bins.times, t) - 1);
    return Object.values(this.bins.parts).reduce((total, part) => total + part[what][place], 0);
  }

  /**
   * What the lane of `part` holds at t.
   *
   * @param {number} part
   * @param {number} t
   * @returns {LaneNow}
   */
  lane(part, t) {
    const lane = /** @type {Lane} */ (this.lanes.get(part));
    const bins = this.bins?.parts[part];
    const place = this.bins && bins ? Math.max(0, upTo(this.bins.times, t) - 1) : 0;
    return {
      part,
      sent: bins ? bins.sent[place] : lane.sent(t),
      waiting: bins ? bins.waiting[place] : lane.waiting(t),
      lost: bins ? bins.failed[place] : lane.lost(t),
      atWork: lane.atWork(t),
      busy: lane.busy(t, this.window),
      get times() {
        return lane.times.at(t);
      },
    };
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  laneOrNone(part, t) {
    return this.lanes.has(part) ? this.lane(part, t) : null;
  }

  /**
   * The rows in the line of a server at t, the next one first.
   *
   * @param {number} part
   * @param {number} t
   * @param {number} most
   */
  inLine(part, t, most) {
    return this.lanes.get(part)?.line(t, most) ?? [];
  }

  /**
   * The rows in the one line for all.
   *
   * @param {number} t
   * @param {number} most
   */
  sharedLine(t, most) {
    const found = [];
    let open = upTo(this.arrived, t) - upTo(this.left, t);
    for (let row = upTo(this.arrived, t) - 1; row >= 0 && open > 0; row -= 1)
      if (this.leftLine(row) > t) {
        found.push(row);
        open -= 1;
      }
    return found.reverse().slice(0, most);
  }
}
