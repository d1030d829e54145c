// Meters: two running bills over one strip of traffic, and where they meet.
//
// Each has a card with its sum, what it is made of, and what was paid for nothing. Below lies the traffic,
// then the sums over time, with a ring where they meet and a peg where somebody expected it. Read
// `metersPlan` first.

import { isKnown, missOf } from "./guess.js";
import { NARROW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { clamp, clockOf, numberOf, shortOf } from "./words.js";

/** @import { Curve, DrawScene, Guess, Plan, Point, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

const CARD = 112; // height of a card
const SETTLED = 3600; // before, both stand near nothing, and a meeting means little
const AXIS = 58; // where the axis of time begins, and how much room the names at the ends of the curves need
const NAMES = 98;
const BEHIND = 148; // room behind the end; the timeline leaves as much, so a moment is one line in both
const CENT = 0.01; // dollars that they must be apart after a meeting; less is only a flutter

/**
 * Whether all that a run shows are two meters.
 *
 * @param {Run} run
 */
export function areMeters(run) {
  const drawn = run.parts.flatMap(({ layer }, part) => (layer === null ? [] : [part]));
  return drawn.length === 2 && drawn.every((part) => run.kindOf(part).sums);
}

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function metersPlan(run, { width }) {
  const narrow = width < NARROW;
  const parts = run.partsThat(({ sums }) => sums);
  const wide = narrow ? width - 20 : (width - 30) / 2;
  const top = narrow ? 2 * CARD + 24 : CARD + 14;
  const behind = Math.min(BEHIND, 0.4 * width);
  const right = width - behind;
  return {
    draw: drawMeters,
    width,
    height: top + 192,
    parts,
    narrow,
    cards: parts.map((_, place) => ({
      x: narrow ? 10 : 10 + place * (wide + 10),
      y: narrow ? 10 + place * (CARD + 8) : 8,
      w: wide,
    })),
    traffic: { top: top + 22, base: top + 62 },
    money: { top: top + 92, base: top + 178 },
    right,
    behind,
    at: (/** @type {number} */ t) => AXIS + (t / run.end) * (right - AXIS),
  };
}

// What the meters say

/**
 * A series of readings at t, as straight lines from one to the next.
 *
 * @param {Run} run
 * @param {number} part
 * @param {string} metric
 * @param {number} t
 */
export function readAt(run, part, metric, t) {
  const curve = run.series.get(`${part} ${metric}`);
  return curve ? along(curve, t) : 0;
}

/**
 * @param {Curve} curve
 * @param {number} t
 */
function along({ times, values }, t) {
  const place = upTo(times, t);
  if (place === 0 || place === times.length) return values[clamp(place, 1, times.length) - 1];
  const share = (t - times[place - 1]) / (times[place] - times[place - 1]);
  return values[place - 1] + share * (values[place] - values[place - 1]);
}

/**
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export const costOf = (run, part, t) => readAt(run, part, "Cost", t);

/**
 * What a meter measures, without its number.
 *
 * @param {Run} run
 * @param {number} part
 */
export const startOf = (run, part) => run.parts[part].attributes.title.toLowerCase();

/**
 * By how many dollars the second is ahead.
 *
 * @param {Run} run
 * @param {number} t
 */
export function gapAt(run, t) {
  const [one, other] = run.partsThat(({ sums }) => sums);
  return costOf(run, other, t) - costOf(run, one, t);
}

/** @type {WeakMap<Run, number[]>} */
const known = new WeakMap();

/**
 * The moments at which one overtakes the other, by a cent or more.
 *
 * @param {Run} run
 */
function meetingsOf(run) {
  const there = known.get(run);
  if (there) return there;
  const times = run
    .partsThat(({ sums }) => sums)
    .flatMap((part) => run.series.get(`${part} Cost`)?.times ?? []);
  const sorted = [...new Set(times)].filter((time) => time >= SETTLED).sort((a, b) => a - b);
  /** @type {number[]} */
  const found = [];
  let [same, side] = [0, 0];
  let gap = gapAt(run, sorted[0]);
  sorted.slice(1).forEach((after, place) => {
    const then = gapAt(run, after);
    if (gap * then < 0) same = sorted[place] + ((after - sorted[place]) * gap) / (gap - then);
    if (Math.abs(then) >= CENT) {
      if (side * then < 0) found.push(same);
      side = then;
    }
    gap = then;
  });
  known.set(run, found);
  return found;
}

/**
 * When they met last, up to t; null: not yet.
 *
 * @param {Run} run
 * @param {number} t
 */
export function lastMeeting(run, t) {
  const found = meetingsOf(run).filter((time) => time <= t);
  return found.length ? found[found.length - 1] : null;
}

// Drawing

/** @type {DrawScene} */
function drawMeters(pen, plan, run, t, view) {
  plan.parts.forEach((/** @type {number} */ part, /** @type {number} */ place) =>
    drawCard(pen, plan, run, part, plan.cards[place], t, view),
  );
  drawTraffic(pen, plan, run, t);
  drawMoney(pen, plan, run, t, view);
}

/**
 * The mark of a meter, which its curve has too.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {number} x
 * @param {number} y
 */
function drawSign(pen, run, part, x, y) {
  if (run.parts[part].attributes.square) pen.rect(x - 6, y - 6, 12, 12, 3, { fill: pen.c.slate });
  else pen.disc(x, y, 6.5, { fill: pen.c.money });
}

/**
 * A card: name and price, the sum, how much was idle, and what the sum is made of.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} part
 * @param {{ x: number, y: number, w: number }} card
 * @param {number} t
 * @param {View} view
 */
function drawCard(pen, plan, run, part, { x, y, w }, t, view) {
  const { c } = pen;
  const { title, price, first, second } = run.parts[part].attributes;
  const edge = view.selected === part ? { edge: c.request, line: 3 } : {};
  pen.rect(x, y, w, CARD, 10, { fill: c.raised, ...edge });
  view.places.push({ part, x, y, width: w, height: CARD });
  drawSign(pen, run, part, x + 20, y + 21);
  const priced = plan.narrow ? 0 : pen.wide(price);
  if (priced) pen.text(x + w - 14, y + 26, price, { colour: c.muted, align: "right" });
  pen.text(x + 34, y + 26, pen.fit(title, w - 60 - priced, 16, 600), { weight: 600 });
  const cost = costOf(run, part, t);
  pen.rect(x + 14, y + 40, 112, 58, 10, { fill: c.slate });
  const sum = `$${cost.toFixed(2)}`;
  pen.text(x + 70, y + 79, sum, {
    size: sum.length > 5 ? 24 : 28,
    weight: 650,
    colour: c.onSlate,
    align: "center",
  });
  const left = x + 140;
  const room = w - 154;
  drawIdle(pen, run, part, left, y + 44, room, t);
  const own = readAt(run, part, "First", t);
  const most = Math.max(...plan.parts.map((/** @type {number} */ one) => costOf(run, one, t)), 0.01);
  const bar = Math.min(room, 250);
  const [long, short] = [(bar * own) / most, (bar * Math.max(0, cost - own)) / most];
  pen.rect(left, y + 66, Math.max(long, 2), 12, 3, { fill: c.money });
  if (short > 1) pen.rect(left + long, y + 66, short, 12, 3, { fill: c.raised, edge: c.money });
  const rest = Math.max(0, cost - own);
  const places = rest < 0.01 ? 3 : 2; // else what is less than a cent would be missing from the sum
  const parts = [`${first} ${own.toFixed(places)}`, `${second} ${rest.toFixed(places)}`];
  const words = pen.wide(parts.join(" + ")) <= room ? parts.join(" + ") : parts[0];
  pen.text(left, y + 98, pen.fit(words, room), { colour: c.muted });
}

/**
 * How much of what was paid for was used: a bar, hatched where it was not; then how many calls were late.
 *
 * @param {Pen} pen
 * @param {Run} run
 * @param {number} part
 * @param {number} x
 * @param {number} y
 * @param {number} room
 * @param {number} t
 */
function drawIdle(pen, run, part, x, y, room, t) {
  const { c } = pen;
  const paid = readAt(run, part, "First", t);
  const share = paid ? readAt(run, part, "Idle", t) / paid : 0;
  const late = Math.round(readAt(run, part, "Late", t));
  const wide = clamp(room - 150, 36, 110);
  pen.hatch(x, y, wide, 12, 6, c.hair, 6, 2.4);
  pen.rect(x, y, wide, 12, 6, { edge: c.edge });
  if (share < 0.99) pen.rect(x, y, Math.max(8, wide * (1 - share)), 12, 6, { fill: c.request });
  const percent = `${Math.round(100 * share)} %`;
  const idling = [`${percent} paid idle`, `${percent} idle`, percent];
  const idle = share || run.parts[part].attributes.square ? idling : ["idle costs nothing", "idle is free"];
  const ways = late ? [`${shortOf(late)} late`, shortOf(late)] : idle;
  if (late) pen.cross(x + wide + 16, y + 6, 5, 2.6);
  pen.text(x + wide + (late ? 28 : 10), y + 12, pen.first(ways, room - wide - (late ? 30 : 12)), {});
}

/**
 * The calls of each ten minutes; dotted is what is still to come.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawTraffic(pen, plan, run, t) {
  const { c } = pen;
  const { top, base } = plan.traffic;
  const curve = run.series.get(`${plan.parts[1]} Calls`);
  if (!curve) return;
  const rates = curve.times.slice(1).map((time, place) => {
    const [before, now] = [curve.values[place], curve.values[place + 1]];
    return {
      time: (time + curve.times[place]) / 2,
      hourly: (3600 * (now - before)) / (time - curve.times[place]),
    };
  });
  const most = Math.max(...rates.map(({ hourly }) => hourly), 1);
  const points = rates.map(
    ({ time, hourly }) => /** @type {Point} */ ([plan.at(time), base - ((base - top) * hourly) / most]),
  );
  const played = upTo(
    rates.map(({ time }) => time),
    t,
  );
  const done = points.slice(0, played);
  if (done.length > 1) {
    pen.path([[done[0][0], base], ...done, [done[done.length - 1][0], base]], { fill: c.requestTint });
    pen.path(done, { edge: c.request, line: 2 }, false);
  }
  pen.path(points.slice(Math.max(0, played - 1)), { edge: c.request, line: 1.5, dash: [2, 5] }, false);
  pen.line(AXIS, base, plan.right, base, c.wire, 1);
  pen.text(AXIS - 8, top + 6, shortOf(most), { colour: c.muted, align: "right" });
  pen.text(AXIS - 8, base + 5, "0", { colour: c.muted, align: "right" });
  const words = plan.narrow ? "calls an hour" : "calls an hour; dotted: still to come";
  pen.text(AXIS + 8, top - 6, words, { colour: c.muted });
}

/**
 * Both sums over time, where they met, and where somebody expected that.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawMoney(pen, plan, run, t, view) {
  const { c } = pen;
  const { top, base } = plan.money;
  const high = roundSum(Math.max(...plan.parts.map((/** @type {number} */ part) => costOf(run, part, t))));
  /** @param {number} dollars */
  const y = (dollars) => base - ((base - top) * dollars) / high;
  pen.line(AXIS, top, plan.right, top, c.hair, 1);
  pen.line(AXIS, base, plan.right, base, c.wire, 1);
  pen.text(AXIS - 8, top + 5, `$${numberOf(high)}`, { colour: c.muted, align: "right" });
  pen.text(AXIS - 8, base + 5, "$0", { colour: c.muted, align: "right" });
  const ends = plan.parts.map((/** @type {number} */ part) => {
    const { times, values } = run.series.get(`${part} Cost`) ?? { times: [], values: [] };
    const points = times
      .slice(0, upTo(times, t))
      .map((time, place) => /** @type {Point} */ ([plan.at(time), y(values[place])]));
    points.push([plan.at(t), y(costOf(run, part, t))]);
    const colour = run.parts[part].attributes.square ? c.slate : c.money;
    pen.path(points, { edge: colour, line: 3 }, false);
    return { part, high: y(costOf(run, part, t)) };
  });
  const x = plan.at(t);
  pen.line(x, plan.traffic.top - 4, x, base, c.ink, 1.75);
  if (view.prediction) drawExpected(pen, plan, run, t, view, view.prediction);
  drawNames(pen, plan, run, t, ends, view.prediction);
  drawMeetings(pen, plan, run, t, y);
}

/**
 * The names at the ends of the curves, moved apart.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {{ part: number, high: number }[]} ends
 * @param {Guess | null} guess
 */
function drawNames(pen, plan, run, t, ends, guess) {
  const x = plan.at(t);
  const [upper, lower] = [...ends].sort((a, b) => a.high - b.high);
  const middle = (upper.high + lower.high) / 2;
  const half = Math.max(11, (lower.high - upper.high) / 2);
  const free = lastMeeting(run, t) === null; // else words about a meeting stand above
  const highest = plan.money.top + (free ? -8 : 12);
  const pegged = guess !== null && isBeside(plan, t, pegAt(plan, run, guess));
  const lowest = plan.money.base - (pegged ? 30 : 4);
  const [first, second] = [clamp(middle - half, highest, lowest - 22), middle + half];
  [upper, lower].forEach(({ part }, place) => {
    const at = place ? clamp(second, first + 22, lowest) : first;
    drawSign(pen, run, part, x + 18, at);
    pen.text(x + 30, at + 5.5, pen.fit(run.nameOf(part), plan.width - x - 34, 16, 600), {
      weight: 600,
      halo: pen.c.ground,
    });
  });
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {(dollars: number) => number} y
 */
function drawMeetings(pen, plan, run, t, y) {
  const { c } = pen;
  const found = meetingsOf(run).filter((time) => time <= t);
  for (const time of found) {
    const [x, high] = [plan.at(time), y(costOf(run, plan.parts[0], time))];
    pen.line(x, plan.money.top, x, plan.money.base, c.muted, 1.5, [2, 4]);
    pen.disc(x, high, 7, { fill: c.paper, edge: c.ink, line: 2.2 });
  }
  const last = found[found.length - 1];
  if (last === undefined) return;
  const calls = shortOf(readAt(run, plan.parts[1], "Calls", last));
  const clock = clockOf(last, run.end);
  const words = plan.narrow ? `they meet at ${clock}` : `they meet at ${clock}, after ${calls} calls`;
  const [x, wide] = [plan.at(last), pen.wide(words, 16, 600)];
  const wished = x > plan.width / 2 ? x + 6 - wide : x - 6;
  const left = clamp(wished, AXIS + 4, plan.width - wide - 8);
  pen.text(left, plan.money.top - 7, words, { weight: 600, halo: c.ground });
}

/**
 * The peg of a prediction, at the hour that it names; afterwards also how far off it was.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 * @param {Guess} guess
 */
function drawExpected(pen, plan, run, t, view, guess) {
  const { c } = pen;
  const x = pegAt(plan, run, guess);
  const base = plan.money.base;
  pen.line(x, plan.money.top, x, base - 20, c.request, 1.75, [1, 6]);
  pen.path(
    [
      [x - 8, base],
      [x - 8, base - 12],
      [x, base - 20],
      [x + 8, base - 12],
      [x + 8, base],
    ],
    { edge: c.request, line: 2.2, fill: c.paper },
  );
  pen.mark("peg", x - 8, base - 20, 16, 20);
  const miss = isKnown(guess, t, run.end) ? `: ${missOf(guess)}` : "";
  const who = plan.narrow ? "" : `${guess.words} `;
  const words = `${who}${numberOf(guess.value)} h${plan.narrow ? "" : miss}`;
  const wide = pen.wide(words, 16, 600);
  let right = x > plan.width / 2;
  let from = right ? x - 14 : x + 14;
  if (plan.at(t) + NAMES > from - (right ? wide : 0) && plan.at(t) < from + (right ? 0 : wide) + 4) {
    // the names at the ends of the curves stand there
    const behind = Math.max(plan.at(t) + NAMES, x + 14);
    right = plan.at(t) > x ? x - 16 - wide > AXIS : behind + wide > plan.width - 8;
    from = right ? Math.min(plan.at(t), x - 8) - 8 : behind;
  }
  pen.text(from, base - 6, words, {
    weight: 600,
    colour: c.requestText,
    align: right ? "right" : "left",
    halo: c.ground,
  });
  view.peg = { x, y: base - 10 };
}

/**
 * Where the peg of a prediction stands.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {Guess} guess
 */
const pegAt = (plan, run, guess) => plan.at(clamp(guess.value * 3600, 0, run.end));

/**
 * Whether something at x is where the names at the ends of the curves stand.
 *
 * @param {Plan} plan
 * @param {number} t
 * @param {number} x
 */
const isBeside = (plan, t, x) => x > plan.at(t) - 12 && x < plan.at(t) + NAMES + 8;

/**
 * A round sum that is at least so many dollars.
 *
 * @param {number} dollars
 */
function roundSum(dollars) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100];
  return steps.find((step) => step >= dollars) ?? Math.ceil(dollars / 100) * 100;
}
