// A run as the browser holds it: its requests, and the state of everything at a time t.
//
// What each field of the scene means stands in `contract.js`; what a part is to the run, its kind says.

import { kindNamed } from "./kinds.js";
import { looksOf } from "./looks.js";
import { Moves } from "./moves.js";
import { Requests } from "./requests.js";
import { column, upTo } from "./sorted.js";
import { Stalls } from "./stalls.js";
import { begun, capital, clamp } from "./words.js";

/** @import { Column, Curve, Entry, Kind, Kitchen, Leg, Member } from "./contract.js" */
/** @import { Note, Ruler, Scene, Teller } from "./contract.js" */

export class Run extends Requests {
  /** @type {Map<string, Curve>} by part and metric */
  series = new Map();
  /** @type {Map<string, { times: number[], entries: Entry[] }>} by part and aspect */
  states = new Map();

  /** @type {Map<string, Kind>} the kinds that this run has */
  kinds = new Map();
  /** @type {Map<number | null, number[]>} the parts inside a part */
  children = new Map();
  /** @type {Map<number, Stalls>} the environments of each function */
  stalls = new Map();
  /** @type {Kitchen | null | undefined} the one function that it is about, read when it is first asked for */
  kitchen = undefined;
  /** @type {number[] | undefined} when messages were sent to that one, read when it is first drawn */
  sentFrom = undefined;
  /** @type {Kind | null} the kind that alone tells of this run */
  alone = null;
  /** @type {Teller | null} who tells of requests, in place of what is told of any */
  teller = null;
  /** @type {number[]} where requests begin */
  sources = [];
  /** @type {number | null} whom callers know by one name */
  front = null;
  /** @type {number | null} who hands a copy to all who listen */
  caller = null;
  /** @type {Map<number, number>} who takes messages, and from where */
  takers = new Map();
  /** @type {number[]} where messages lie for anyone */
  shelves = [];
  /** @type {number[]} where they lie whom everybody gave up: a shelf leads there */
  deadEnds = [];
  /** @type {number | null} whose members stand on a ruler, */
  fleet = null;
  /** @type {Ruler | null} what that ruler shows, */
  ruler = null;
  /** @type {number[]} and who stands on it */
  memberParts = [];

  /** @type {Curve | null} the level on the timeline, read when it is first drawn */
  curve = null;
  /** @type {Curve | null} how many serve, read when it is first drawn */
  knownService = null;
  /** @type {Leg[] | null} which ways the requests take, read when they are first drawn on them */
  knownLegs = null;
  /** @type {number[] | null} where Step goes to, read when it is first pressed */
  knownSteps = null;

  /**
   * @param {Scene} scene
   * @param {string} label the name of this run, where there are two
   */
  constructor(scene, label = "") {
    super(scene);
    this.label = label;
    this.pace = scene.pace;
    this.links = scene.links;
    this.back = scene.back;
    this.asks = scene.asks;
    // A sentence begins with a capital, also where a part such as web begins it.
    /** @type {Note[]} */
    this.notes = scene.notes.map(([time, part, glyph, text, row]) => [time, part, glyph, begun(text), row]);
    this.money = scene.money;
    const shelves = scene.parts.flatMap(({ kind }, part) => (kindNamed(kind).shelf ? [part] : []));
    this.moves = new Moves(scene, this.block, new Set(shelves));
    this.tales = scene.tales;
    /** the message that a request became, by its row, */
    this.became = new Map(scene.became ?? []);
    /** and the request that a message was */
    this.was = new Map((scene.became ?? []).map(([row, message]) => [message, row]));
    this.noteTimes = scene.notes.map(([time]) => time);
    this.onward = scene.links.filter(([from, to]) => !this.leadsBack(from, to));
    this.stalls = new Map(
      scene.invocations.map((sent) => [
        sent.part,
        new Stalls(sent, Number(scene.parts[sent.part].attributes.idle_lifetime ?? Infinity)),
      ]),
    );
    this.readSeries(scene);
    for (const many of scene.works) this.readWorks(many);
    this.readKinds();
  }

  /** @param {Scene} scene */
  readSeries(scene) {
    for (const [part, metric, times, values] of scene.series)
      this.series.set(`${part} ${metric}`, { times, values });
    for (const [time, part, aspect, state, until] of scene.states) {
      const key = `${part} ${aspect}`;
      const list = this.states.get(key) ?? { times: [], entries: [] };
      this.states.set(key, list);
      list.times.push(time);
      list.entries.push({ time, state, until: until ?? Infinity });
    }
  }

  /** @param {number} many pieces of work on messages */
  readWorks(many) {
    const start = new Float64Array(this.block.take(many, 8));
    const worker = new Uint16Array(this.block.take(many, 2));
    const until = new Float64Array(this.block.take(many, 8));
    const tries = new Uint16Array(this.block.take(many, 2));
    for (let row = 0; row < many; row += 1) {
      const key = `${worker[row]} work`;
      const list = this.states.get(key) ?? { times: [], entries: [] };
      this.states.set(key, list);
      const place = upTo(list.times, start[row]);
      list.times.splice(place, 0, start[row]);
      list.entries.splice(place, 0, { time: start[row], state: `try ${tries[row]}`, until: until[row] });
    }
  }

  // What the parts are to this run, by what their kinds say of themselves.
  readKinds() {
    this.kinds = new Map(this.parts.map(({ kind }) => [kind, kindNamed(kind)]));
    this.parts.forEach(({ parent }, part) => {
      const inside = this.childrenOf(parent);
      inside.push(part);
      this.children.set(parent, inside);
    });
    this.sources = this.partsThat((kind) => kind.source);
    this.front = this.partsThat((kind) => kind.front)[0] ?? null;
    this.caller = this.partsThat((kind) => kind.calls.length > 0)[0] ?? null;
    const shelves = this.partsThat((kind) => kind.shelf);
    /** @param {number} part */
    const isDead = (part) => this.links.some(([from, to]) => to === part && shelves.includes(from));
    this.deadEnds = shelves.filter(isDead);
    this.shelves = shelves.filter((part) => !isDead(part));
    const taken = this.links.filter(([from, to]) => shelves.includes(from) && !shelves.includes(to));
    this.takers = new Map(taken.map(([from, to]) => [to, from]));
    /** @param {number} part */
    const wishes = (part) => this.series.has(`${part} ${this.kindOf(part).ruler?.wish}`);
    this.fleet = this.partsThat((kind) => kind.ruler !== null).find(wishes) ?? null;
    this.ruler = this.fleet === null ? null : this.kindOf(this.fleet).ruler;
    const members = this.fleet === null ? [] : this.childrenOf(this.fleet);
    this.memberParts = members.filter((part) => this.parts[part].place !== null);
    const kinds = [...this.kinds.values()];
    this.alone = kinds.find((kind) => kind.alone(this)) ?? null;
    const tellers = this.alone ? [this.alone] : kinds.filter((kind) => !kind.tellsAlone);
    this.teller = tellers.find(({ teller }) => teller !== null)?.teller ?? null;
  }

  // Parts

  /** @param {number} part */
  kindOf(part) {
    return /** @type {Kind} */ (this.kinds.get(this.parts[part].kind));
  }

  /** @param {string} kind */
  ofKind(kind) {
    return this.partsThat((_, name) => name === kind);
  }

  /** @param {(kind: Kind, name: string) => boolean} holds */
  partsThat(holds) {
    const wanted = new Set([...this.kinds].flatMap(([name, kind]) => (holds(kind, name) ? [name] : [])));
    return this.parts.flatMap(({ kind }, part) => (wanted.has(kind) ? [part] : []));
  }

  /** @param {number} part */
  nameOf(part) {
    const { name } = this.parts[part];
    return begun(name);
  }

  // What stands below those from whom requests come.
  get sourceName() {
    return this.sources.length ? capital(this.parts[this.sources[0]].name) : "Customers";
  }

  /** @param {number | null} part */
  childrenOf(part) {
    return this.children.get(part) ?? [];
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  isThere(part, t) {
    const { born, gone } = this.parts[part];
    return born <= t && (gone === null || gone > t);
  }

  /**
   * @param {number} from
   * @param {number | null} to
   */
  leadsBack(from, to) {
    return this.back.some(([source, target]) => source === from && target === to);
  }

  /**
   * @param {number | null} part
   * @param {string | undefined} metric
   * @param {number} t
   */
  level(part, metric, t, otherwise = 0) {
    const series = this.series.get(`${part} ${metric}`);
    const place = series ? upTo(series.times, t) : 0;
    return series && place ? series.values[place - 1] : otherwise;
  }

  /**
   * @param {number} part
   * @param {string} aspect
   * @param {number} t
   * @returns {Entry | null}
   */
  state(part, aspect, t) {
    const list = this.states.get(`${part} ${aspect}`);
    const place = list ? upTo(list.times, t) : 0;
    return list && place ? list.entries[place - 1] : null;
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  speed(part, t) {
    return this.level(part, "Speed", t, this.parts[part].speed ?? 1);
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  looks(part, t) {
    return looksOf(this, part, t);
  }

  /**
   * Those that are on the ruler at t, with how they look.
   *
   * @param {number} t
   * @returns {Member[]}
   */
  members(t) {
    return this.memberParts.flatMap((part) => {
      const looks = this.looks(part, t);
      return looks ? [{ part, place: Number(this.parts[part].place), ...looks }] : [];
    });
  }

  /**
   * What the fleet's ruler shows at t: its low, its high, its wish, or how many are serving.
   *
   * @param {"low" | "high" | "wish" | "serving"} what
   * @param {number} t
   */
  ruled(what, t) {
    if (what !== "serving") return this.level(this.fleet, this.ruler?.[what], t);
    const place = upTo(this.inService.times, t);
    return place ? this.inService.values[place - 1] : 0;
  }

  /**
   * How many members serve over time, as their tiles show it: who has died is none of them, noticed or not.
   *
   * @returns {Curve}
   */
  get inService() {
    if (!this.knownService) {
      const members = new Set(this.memberParts);
      const changes = [...this.states].filter(([key]) => members.has(Number(key.split(" ")[0])));
      const times = [...new Set([0, ...changes.flatMap(([, list]) => list.times)])].sort((a, b) => a - b);
      const values = times.map((t) => this.members(t).filter(({ letter }) => letter === "S").length);
      this.knownService = { times, values };
    }
    return this.knownService;
  }

  /** @param {"low" | "high" | "wish" | "serving"} what */
  ruledSeries(what) {
    if (what === "serving") return this.inService;
    return this.series.get(`${this.fleet} ${this.ruler?.[what]}`);
  }

  // Messages

  /** @returns {Column[]} */
  get callersColumns() {
    return this.caller === null ? [] : this.kindOf(this.caller).calls;
  }

  /**
   * Whether a part ever subscribes to what is called out,
   *
   * @param {number} part
   */
  joins(part) {
    return this.states.has(`${part} subscription`);
  }

  /**
   * and whether it gets it at t.
   *
   * @param {number} part
   * @param {number} t
   */
  listens(part, t) {
    return this.state(part, "subscription", t)?.state === "confirmed" && this.isThere(part, t);
  }

  /**
   * Messages: {visible (anyone may take them), flying (someone holds them for a time), gone, again (received
   * once more), dead (given up), twice (how often work was done that had been done before)}.
   *
   * @param {number} t
   */
  messagesAt(t) {
    /** @param {number[]} parts */
    const sum = (parts) => parts.reduce((total, part) => total + this.moves.count(part, t), 0);
    /** @param {number} part */
    const holds = (part) => this.moves.rings(part) && !this.kindOf(part).shelf;
    const holders = [...this.moves.stays.keys()].filter(holds);
    return {
      visible: sum(this.shelves),
      flying: sum(holders) + this.moves.handed(t),
      gone: upTo(this.moves.gone, t),
      again: upTo(this.moves.again, t),
      dead: sum(this.deadEnds),
      twice: this.shelves.reduce((total, part) => total + this.level(part, "WorkDoneTwice", t), 0),
    };
  }

  /**
   * Dollars up to t, or null where the record has no bill.
   *
   * @param {number} t
   */
  cost(t) {
    if (!this.money) return null;
    const { times, values } = this.money;
    const place = upTo(times, t);
    if (!place) return 0;
    if (place === times.length) return values[place - 1];
    const share = (t - times[place - 1]) / (times[place] - times[place - 1]);
    return values[place - 1] + share * (values[place] - values[place - 1]);
  }

  /**
   * Dollars an hour at t: the least slope of the curve around it, minute by minute or in longer pieces.
   * What is charged all at once, such as a begun hour of a balancer, makes one piece steep, and is no rate.
   * Nor is the last piece one: it ends on the bill, which is rounded to cents.
   *
   * @param {number} t
   */
  perHour(t) {
    const step = Math.min(Math.max(this.end / 200, 60), this.end / 4);
    const slopes = [-1, 0, 1].map((away) => {
      const from = clamp(t + away * step, 0, this.end - 2 * step);
      return (Number(this.cost(from + step)) - Number(this.cost(from))) / step;
    });
    return Math.min(...slopes) * 3600;
  }

  // The ways that requests take from part to part, with those that take each, in order of their arrival.
  get legs() {
    this.knownLegs ||= this.readLegs();
    return this.knownLegs;
  }

  /** @returns {Leg[]} */
  readLegs() {
    /** @type {Map<string, { from: number, to: number, of: number, first: boolean, rows: number[] }>} */
    const found = new Map();
    for (let row = 0; row < this.rows; row += 1) {
      const [source, entry] = this.links[this.client[row]] || [this.sources[0], this.target[row]];
      const target = this.target[row];
      const ways = entry === target ? [source, entry] : [source, entry, target];
      const stations = ways.filter((part) => this.parts[part].layer !== null);
      for (let leg = 1; leg < stations.length; leg += 1) {
        const [from, to] = [stations[leg - 1], stations[leg]];
        const key = `${from} ${to}`;
        const known = found.get(key) ?? { from, to, of: stations.length - 1, first: leg === 1, rows: [] };
        known.rows.push(row);
        found.set(key, known);
      }
    }
    return [...found.values()].map((leg) => ({
      ...leg,
      times: column(leg.rows, (row) => this.arrived[row]),
    }));
  }

  // The moments that Step goes to, read when it is first pressed.
  get steps() {
    this.knownSteps ||= this.readSteps();
    return this.knownSteps;
  }

  // States, moves, asks, notes and failures; and all requests, unless they are many and enough else happens.
  readSteps() {
    const entered = [...this.states.values()].flatMap((list) => list.times);
    const asked = this.asks.map(([time]) => time);
    const called = [...this.stalls.values()].flatMap((stalls) => stalls.moments);
    const found = [0, this.end, ...called, ...this.noteTimes, ...entered, ...this.moves.times, ...asked];
    found.push(...this.failed.slice(0, 2000));
    if (this.rows <= 3000 || found.length < 30)
      for (let row = 0; row < this.rows; row += 1)
        found.push(this.arrived[row], this.started[row], this.answered[row]);
    return [...new Set(Float64Array.from(found.filter((time) => time >= 0 && time <= this.end)).sort())];
  }
}
