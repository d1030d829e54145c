// A run as the browser holds it: the columns that the kernel sent, and the state of everything at a time t.
//
// Nothing here depends on what was shown before: any question about any moment is answered from the columns
// by looking up a few sorted lists. So the stage can jump, step back and be scrubbed.

import { Moves } from "./moves.js";
import { byTime, column, sums, upTo } from "./sorted.js";
import { clamp } from "./words.js";

export const DEAD = ["killed", "crashed", "failing"];
export const GOOD = 0;

// The requests of one server. All lists are sorted by time.
class Lane {
  constructor(run, part) {
    this.run = run;
    this.part = part;
    this.rows = [];
  }

  // Build the lists when all rows are known.
  finish() {
    const { run, rows } = this;
    const sorted = (pick) => column(rows, pick).sort();
    const shared = run.shared !== null;
    const joined = (row) => (shared ? run.started[row] : run.arrived[row]);
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
    return (this.sortedTimes ||= new Times(this.run, byTime(this.rows, this.run.answered)));
  }

  sent(t) {
    return upTo(this.joined, t);
  }
  waiting(t) {
    return upTo(this.joined, t) - upTo(this.left, t);
  }
  lost(t) {
    return upTo(this.failed, t);
  }

  // The rows at work at t, in order of their start.
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

  // The first `most` rows in line at t, the next one to be served first.
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

  // Seconds of work done up to t, over all slots.
  worked(t) {
    const begun = upTo(this.begun, t);
    const ended = upTo(this.ended, t);
    return this.endedSum[ended] - this.begunSum[begun] + t * (begun - ended);
  }

  // The share of its slots' time at work in the last `window` seconds; of a sampled run, as the sample says.
  busy(t, window) {
    const made = this.run.parts[this.part];
    const from = Math.max(t - window, made.born);
    const to = made.gone === null ? t : Math.min(t, made.gone);
    return to > from
      ? clamp(
          ((this.worked(to) - this.worked(from)) * this.run.every) / ((to - from) * (made.slots || 1)),
          0,
          1,
        )
      : 0;
  }

  // The last moment up to t at which the line moved.
  moved(t) {
    const place = upTo(this.left, t);
    return place ? this.left[place - 1] : -Infinity;
  }
}

// The times of good answers in the order in which they were given; percentiles of the first n of them.
class Times {
  constructor(run, byAnswer) {
    const good = byAnswer.filter((row) => run.status[row] === GOOD);
    this.when = column(good, (row) => run.answered[row]);
    this.long = column(good, (row) => run.answered[row] - run.arrived[row]);
    this.known = -1;
  }

  // {p50, p95, n} of all answers up to t, by nearest rank.
  at(t) {
    const n = upTo(this.when, t);
    if (n !== this.known) {
      const sorted = this.long.slice(0, n).sort();
      const rank = (share) => (n ? sorted[Math.max(1, Math.ceil((share / 100) * n)) - 1] : NaN);
      this.value = { p50: rank(50), p95: rank(95), n };
      this.known = n;
    }
    return this.value;
  }
}

export class Run {
  constructor(data) {
    Object.assign(this, data);
    this.readColumns(data.columns);
    this.found = new Map(); // the series, by part and metric
    for (const [part, metric, times, values] of data.series)
      this.found.set(`${part} ${metric}`, { times, values });
    this.states = new Map();
    for (const [time, part, aspect, state, until] of data.states) {
      const key = `${part} ${aspect}`;
      if (!this.states.has(key)) this.states.set(key, { times: [], entries: [] });
      const list = this.states.get(key);
      list.times.push(time);
      list.entries.push({ time, state, until: until === null ? Infinity : until });
    }
    this.onward = data.links.filter(
      ([from, to]) => !data.back.some(([source, target]) => source === from && target === to),
    );
    this.moves = new Moves(data.moves || []);
    this.service = data.parts.find((part) => part.kind === "container")?.attributes.service;
    this.kinds = (kind) => data.parts.flatMap((part, index) => (part.kind === kind ? [index] : []));
    this.group = this.kinds("group").find((part) => this.found.has(`${part} GroupDesiredCapacity`)) ?? null;
    this.balancer = this.kinds("balancer")[0] ?? null;
    this.customers = data.parts.flatMap((part, index) => (part.kind === "customers" ? [index] : []));
    this.readLanes();
    this.window = [60, 300, 900, 3600, 14400].filter((window) => window <= data.end / 8).pop() || 60;
    this.noteTimes = data.notes.map((note) => note[0]);
    this.readLevels();
  }

  readColumns(view) {
    const n = this.rows;
    let at = view ? view.byteOffset : 0;
    const take = (Type, size) => {
      const bytes = view ? view.buffer.slice(at, at + n * size) : new ArrayBuffer(0);
      at += Math.ceil((n * size) / 8) * 8;
      return new Type(bytes);
    };
    this.arrived = take(Float64Array, 8);
    this.started = take(Float64Array, 8);
    this.finished = take(Float64Array, 8);
    this.answered = take(Float64Array, 8);
    this.number = take(Uint32Array, 4);
    this.target = take(Uint16Array, 2);
    this.client = take(Uint16Array, 2);
    this.status = take(Uint8Array, 1);
  }

  readLanes() {
    this.lanes = new Map();
    this.parts.forEach((part, index) => {
      if (part.server) this.lanes.set(index, new Lane(this, index));
    });
    const all = [];
    for (let row = 0; row < this.rows; row += 1) {
      const lane = this.lanes.get(this.target[row]);
      if (lane && !(this.shared !== null && this.started[row] === Infinity)) lane.rows.push(row);
      all.push(row);
    }
    if (this.shared !== null)
      for (const lane of this.lanes.values()) lane.rows = byTime(lane.rows, this.started);
    for (const lane of this.lanes.values()) lane.finish();
    this.left = column(all, (row) => Math.min(this.started[row], this.answered[row])).sort();
    this.byAnswer = byTime(all, this.answered);
    this.answers = column(this.byAnswer, (row) => this.answered[row]);
    this.times = new Times(this, this.byAnswer);
    this.failed = column(
      this.byAnswer.filter((row) => this.status[row] !== GOOD),
      (row) => this.answered[row],
    );
    this.sorted = [...this.lanes.keys()].sort((a, b) => this.parts[a].row - this.parts[b].row || a - b);
  }

  endOf(row) {
    return this.finished[row] === Infinity ? this.answered[row] : this.finished[row];
  }

  arrivedBy(t) {
    return upTo(this.arrived, t) * this.every;
  }

  // How many requests stand in line at t: exact, also where only some requests are sent.
  waiting(t) {
    if (this.bins) return this.binned("waiting", t);
    return upTo(this.arrived, t) - upTo(this.left, t);
  }

  lost(t) {
    return this.bins ? this.binned("failed", t) : upTo(this.failed, t);
  }

  binned(what, t) {
    const place = Math.max(0, upTo(this.bins.times, t) - 1);
    return Object.values(this.bins.parts).reduce((total, part) => total + part[what][place], 0);
  }

  // What the lane of `part` holds at t.
  lane(part, t) {
    const lane = this.lanes.get(part);
    const bins = this.bins?.parts[part];
    const place = bins ? Math.max(0, upTo(this.bins.times, t) - 1) : 0;
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

  // Messages that anyone may take from a queue.
  visibleAt(part, t) {
    return this.moves.some
      ? this.moves.count(part, t)
      : this.level(part, "ApproximateNumberOfMessagesVisible", t);
  }

  // All messages: {visible (at queues), flying (someone holds them for a time), gone, again}.
  messagesAt(t) {
    const queues = this.kinds("queue");
    const sum = (parts) => parts.reduce((total, part) => total + this.moves.count(part, t), 0);
    const holders = [...this.moves.stays.keys()].filter(
      (part) => this.moves.rings(part) && !queues.includes(part),
    );
    return {
      visible: sum(queues),
      flying: sum(holders),
      gone: upTo(this.moves.gone, t),
      again: upTo(this.moves.again, t),
    };
  }

  // The containers that are there: {running, starting, hosts, cpu, memory (shares of all living hosts)}.
  containersAt(t) {
    const there = (part) => aliveAt(this, part, t) && this.looks(part, t)?.letter !== "✕";
    const hosts = this.kinds("host").filter(there);
    const held = this.kinds("container").filter(
      (part) => aliveAt(this, part, t) && hosts.includes(this.parts[part].parent),
    );
    const starting = held.filter((part) =>
      ["PROVISIONING", "PENDING"].includes(this.state(part, "lifecycle", t)?.state),
    ).length;
    const share = (what) =>
      held.reduce((sum, part) => sum + this.parts[part].attributes[what], 0) /
      (hosts.reduce((sum, part) => sum + this.parts[part].attributes[what], 0) || 1);
    return {
      running: held.length - starting,
      starting,
      hosts: hosts.length,
      cpu: share("cpu"),
      memory: share("memory"),
    };
  }

  // The environments of functions: {init, running, idle}.
  environmentsAt(t) {
    const found = { init: 0, running: 0, idle: 0 };
    for (const part of this.kinds("environment"))
      if (aliveAt(this, part, t)) found[this.state(part, "environment", t)?.state] += 1;
    return found;
  }

  // The level that the timeline shows at t: {words, value}.
  shownLevel(t) {
    if (this.moves.some) return { words: "visible", value: this.messagesAt(t).visible };
    if (this.kinds("host").length) return { words: "running", value: this.containersAt(t).running };
    if (this.kinds("function").length && !this.lanes.size)
      return { words: "environments", value: Object.values(this.environmentsAt(t)).reduce((a, b) => a + b) };
    if (this.rows || this.group === null) return { words: "waiting", value: this.waiting(t) };
    return { words: "in service", value: this.level(this.group, "GroupInServiceInstances", t) };
  }

  sharedLine(t, most) {
    const found = [];
    let open = upTo(this.arrived, t) - upTo(this.left, t);
    for (let row = upTo(this.arrived, t) - 1; row >= 0 && open > 0; row -= 1)
      if (Math.min(this.started[row], this.answered[row]) > t) {
        found.push(row);
        open -= 1;
      }
    return found.reverse().slice(0, most);
  }

  level(part, metric, t, otherwise = 0) {
    const series = this.found.get(`${part} ${metric}`);
    const place = series ? upTo(series.times, t) : 0;
    return place ? series.values[place - 1] : otherwise;
  }

  state(part, aspect, t) {
    const list = this.states.get(`${part} ${aspect}`);
    const place = list ? upTo(list.times, t) : 0;
    return place ? list.entries[place - 1] : null;
  }

  speed(part, t) {
    return this.level(part, "Speed", t, this.parts[part].speed ?? 1);
  }

  // How an instance is: {letter, done, word}, or null before its birth and after its end.
  looks(part, t) {
    const made = this.parts[part];
    if (made.born > t) return null;
    const life = this.state(part, "lifecycle", t);
    const application = this.state(part, "application", t);
    const target = this.state(part, "target", t);
    const since = (entry) => ({ since: entry.time, done: doneOf(entry, t) });
    if (life?.state === "Terminated" || (!life && application?.state === "terminated")) return null;
    if (life?.state === "Terminating")
      return target?.state === "draining"
        ? { letter: "D", word: "draining", ...since(life) }
        : { letter: "T", word: "ending", ...since(life) };
    if (application && DEAD.includes(application.state))
      return { letter: "✕", word: application.state, since: application.time, done: 1 };
    if (target?.state === "draining") return { letter: "D", word: "draining", ...since(target) };
    if (life?.state === "Pending") return { letter: "P", word: "pending", ...since(life) };
    if (!life && application && application.state !== "answering")
      return { letter: "P", word: application.state, ...since(application) };
    if (application?.state === "booting")
      return { letter: "S", word: "in service, still booting", ...since(application) };
    if (target && !["healthy", "initial"].includes(target.state))
      return { letter: "-", word: `${target.state}: nothing is sent to it`, since: target.time, done: 1 };
    return { letter: "S", word: "in service", since: life?.time ?? made.born, done: 1 };
  }

  // The instances of the group at t: those that there are, with how they look.
  members(t) {
    return this.kinds("instance").flatMap((part) => {
      if (this.parts[part].parent !== this.group) return [];
      const looks = this.looks(part, t);
      return looks ? [{ part, place: this.parts[part].place, ...looks }] : [];
    });
  }

  // The last ask that the band clipped, while its grant still stands.
  clipped(t) {
    const asks = this.asks.filter(([time]) => time <= t);
    const last = asks[asks.length - 1];
    if (!last || last[2] === last[3] || this.level(this.group, "GroupDesiredCapacity", t) !== last[3])
      return null;
    return { time: last[0], asked: last[2], granted: last[3], by: last[4] };
  }

  // Dollars up to t, or null where the record has no bill.
  cost(t) {
    if (!this.money) return null;
    const { times, values } = this.money;
    const place = upTo(times, t);
    if (!place) return 0;
    if (place === times.length) return values[place - 1];
    const share = (t - times[place - 1]) / (times[place] - times[place - 1]);
    return values[place - 1] + share * (values[place] - values[place - 1]);
  }

  perHour(t) {
    const step = this.end / 200;
    const from = Math.max(0, Math.min(t, this.end - step));
    return ((this.cost(from + step) - this.cost(from)) / step) * 3600;
  }

  // The level that the timeline shows, at 400 moments.
  readLevels() {
    const moments = Array.from({ length: 401 }, (_, place) => (place / 400) * this.end);
    this.curve = { times: moments, values: moments.map((t) => this.shownLevel(t).value) };
  }

  // The moments that Step goes to, read when it is first pressed.
  get steps() {
    return (this.knownSteps ||= this.readSteps());
  }

  // States, moves, asks, notes and failures; and all requests, unless they are many and enough else happens.
  readSteps() {
    const found = [
      0,
      this.end,
      ...this.noteTimes,
      ...this.stateTimes(),
      ...this.moves.times,
      ...this.asks.map((ask) => ask[0]),
    ];
    found.push(...this.failed.slice(0, 2000));
    if (this.rows <= 3000 || found.length < 30)
      for (let row = 0; row < this.rows; row += 1)
        found.push(this.arrived[row], this.started[row], this.answered[row]);
    return [...new Set(Float64Array.from(found.filter((time) => time >= 0 && time <= this.end)).sort())];
  }

  stateTimes() {
    return [...this.states.values()].flatMap((list) => list.times);
  }
}

export function doneOf(entry, t) {
  const length = entry.until - entry.time;
  return length > 0 && length < Infinity ? clamp((t - entry.time) / length, 0, 1) : 0;
}

export const partName = (run, part) => {
  const { name } = run.parts[part];
  return /^[a-z]{3}/.test(name) ? name[0].toUpperCase() + name.slice(1) : name;
};

export const childrenOf = (run, part) =>
  run.parts.flatMap((made, index) => (made.parent === part ? [index] : []));

export const aliveAt = (run, part, t) =>
  run.parts[part].born <= t && (run.parts[part].gone === null || run.parts[part].gone > t);
