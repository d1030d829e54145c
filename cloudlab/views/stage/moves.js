// Messages: which part holds which at a time t, from the moves of the record.
//
// A message stays at a part from the move that brings it until the move that takes it away. While a part
// works on it, a ring may run: at its end the message is visible to others again.

import { column, upTo } from "./sorted.js";
import { clamp } from "./words.js";

/** @import { Block } from "./block.js" */
/** @import { Hops, Move, Scene, Stay } from "./contract.js" */

export class Moves {
  /**
   * @param {Scene} scene
   * @param {Block} block where the columns stand
   * @param {Set<number>} shelves the parts where messages lie for anyone to take
   */
  constructor({ came, moves, taken, end }, block, shelves) {
    /** @type {Move[]} */
    this.moves = came.flatMap((hops) => readHops(hops, block));
    for (const [time, message, source, target, until, count] of moves)
      this.moves.push({ time, message, source, target, until: until ?? Infinity, count });
    for (const hops of taken) for (const move of readHops(hops, block)) this.moves.push(move);
    this.moves = this.moves.filter(({ time }) => time <= end).sort((a, b) => a.time - b.time);
    this.times = this.moves.map(({ time }) => time);
    /** @type {Map<number, Stay[]>} of each part, in order of their beginning */
    this.stays = new Map();
    /** @type {number[]} when messages were deleted */
    this.gone = [];
    /** @type {number[]} when messages were received once more */
    this.again = [];
    /** @type {[taken: number, stay: Stay][]} what somebody took who is no part: it is hidden on its shelf */
    this.hidden = [];
    this.readStays(shelves);
    this.sortShelves(shelves);
    const stays = [...this.stays];
    this.begun = new Map(stays.map(([part, list]) => [part, list.map(({ since }) => since)]));
    this.ended = new Map(stays.map(([part, list]) => [part, column(list, ({ left }) => left).sort()]));
  }

  /** @param {Set<number>} shelves */
  readStays(shelves) {
    /** @type {Map<number, Stay>} those that have not ended, by part and message */
    const open = new Map();
    /** @type {(part: number, message: number) => number} */
    const key = (part, message) => part * 2 ** 32 + message;
    for (const { time, message, source, target, until, count } of this.moves) {
      const stay = open.get(key(source, message));
      if (stay) {
        stay.left = time;
        stay.to = target;
        open.delete(key(source, message));
      }
      if (count > 1) this.again.push(time);
      if (target === null) {
        this.gone.push(time);
        continue;
      }
      const next = { message, since: time, until, count, left: Infinity, to: undefined };
      if (shelves.has(target) && until < Infinity) this.hide(next);
      open.set(key(target, message), next);
      const stays = this.stays.get(target) ?? [];
      stays.push(next);
      this.stays.set(target, stays);
    }
  }

  /**
   * It lies on a shelf, but nobody sees it until its ring is over.
   *
   * @param {Stay} stay
   */
  hide(stay) {
    if (stay.count) this.hidden.push([stay.since, stay]);
    stay.since = stay.until;
    stay.until = Infinity;
  }

  /**
   * On a shelf only what was ever visible counts, from then on.
   *
   * @param {Set<number>} shelves
   */
  sortShelves(shelves) {
    for (const [part, stays] of this.stays) {
      if (!shelves.has(part)) continue;
      const seen = stays.filter(({ since, left }) => since <= left);
      this.stays.set(
        part,
        seen.sort((a, b) => a.since - b.since),
      );
    }
  }

  get some() {
    return this.moves.length > 0;
  }

  /**
   * Whether a part ever holds a message for a time: then there is room for a ring beside it.
   *
   * @param {number} part
   */
  rings(part) {
    return (this.stays.get(part) || []).some(({ until }) => until < Infinity);
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  count(part, t) {
    return this.begunBy(part, t) - upTo(this.ended.get(part) ?? [], t);
  }

  /**
   * @param {number} part
   * @param {number} t
   */
  begunBy(part, t) {
    return upTo(this.begun.get(part) ?? [], t);
  }

  /**
   * How many messages somebody has in hand at t who is no part.
   *
   * @param {number} t
   */
  handed(t) {
    return this.hidden.filter(([taken, { since, left }]) => taken <= t && t < Math.min(since, left)).length;
  }

  /**
   * How many messages a part got from another one up to t.
   *
   * @param {number} part
   * @param {number} from
   * @param {number} t
   */
  cameBy(part, from, t) {
    const upto = this.moves.slice(0, upTo(this.times, t));
    return upto.filter(({ source, target }) => source === from && target === part).length;
  }

  /**
   * The first `most` stays at a part at t, the oldest first.
   *
   * @param {number} part
   * @param {number} t
   * @param {number} most
   */
  held(part, t, most) {
    let open = this.count(part, t);
    const found = [];
    const stays = this.stays.get(part) ?? [];
    for (let place = this.begunBy(part, t) - 1; place >= 0 && open > 0; place -= 1) {
      if (stays[place].left <= t) continue;
      found.push(stays[place]);
      open -= 1;
    }
    return found.reverse().slice(0, most);
  }

  /**
   * What a part has in hand at t: first what it took last, and works on; then what it failed at before, which
   * nobody else may have yet.
   *
   * @param {number} part
   * @param {number} t
   */
  inHand(part, t) {
    const all = this.held(part, t, Infinity);
    const since = all.at(-1)?.since;
    const before = all.filter((stay) => stay.since !== since);
    return [...all.filter((stay) => stay.since === since), ...before.reverse()];
  }

  /**
   * The last stay that began at a part up to t, whether it has ended or not.
   *
   * @param {number} part
   * @param {number} t
   */
  last(part, t) {
    return this.stays.get(part)?.[this.begunBy(part, t) - 1] ?? null;
  }

  /**
   * The moves that end between t and t + hop: they are on their way.
   *
   * @param {number} t
   * @param {number} hop
   */
  onTheWay(t, hop) {
    return this.moves.slice(upTo(this.times, t), upTo(this.times, t + hop));
  }

  /**
   * The last move up to t, for a still frame.
   *
   * @param {number} t
   */
  before(t) {
    return this.moves[upTo(this.times, t) - 1] || null;
  }

  /**
   * @param {number} message
   * @param {number} t
   */
  of(message, t) {
    return this.moves.filter((move) => move.message === message && move.time <= t);
  }
}

/**
 * Moves of one sort, a row each.
 *
 * @param {Hops} hops
 * @param {Block} block
 * @returns {Move[]}
 */
function readHops({ many, ...told }, block) {
  const time = block.each("time", many, "column");
  const message = block.each("message", many, "column");
  const source = block.each("source", many, told.source);
  const target = block.each("target", many, told.target);
  const until = block.each("until", many, told.until);
  const count = block.each("received", many, told.received);
  const found = new Array(many);
  for (let row = 0; row < many; row += 1)
    found[row] = {
      time: time(row),
      message: message(row),
      source: source(row),
      target: target(row),
      until: until(row) ?? Infinity,
      count: count(row),
    };
  return found;
}

/**
 * How much of its ring a stay has left: {share, seconds}, or null where none runs.
 *
 * @param {Stay} stay
 * @param {number} t
 */
export function ringOf(stay, t) {
  const length = stay.until - stay.since;
  return length > 0 && length < Infinity
    ? { share: clamp((stay.until - t) / length, 0, 1), seconds: Math.max(0, stay.until - t) }
    : null;
}
