// Lanes: a server in each, with the line before it, how busy it is, and its times on one axis.

import {
  BEADS,
  beadAt,
  chevron,
  drawBadge,
  drawBusy,
  drawCapsule,
  drawCustomers,
  drawInlet,
  drawLine,
  drawMoved,
  drawToken,
} from "./pen.js";
import { partName } from "./run.js";
import { WIDE } from "./sizes.js";
import { upTo } from "./sorted.js";
import { clamp, easeInOut, easeOut, numberOf, per, secondsOf } from "./words.js";

export function lanesPlan(run, width, dense, last) {
  const parts = run.sorted;
  const pitch = dense ? 54 : 78;
  const wide = width >= WIDE;
  const right = wide ? width - 246 : width - 24;
  const left = right - (wide ? 250 : 230);
  const direct = run.balancer === null;
  const first = dense ? 64 : 80;
  const ys = new Map(parts.map((part, place) => [part, first + pitch * place]));
  return {
    kind: "lanes",
    width,
    wide,
    dense,
    parts,
    ys,
    direct,
    pitch,
    height: Math.max(
      first + pitch * (parts.length - 1) + (dense ? (last ? 64 : 40) : wide ? 62 : 52),
      first + (pitch * (parts.length - 1)) / 2 + (dense ? 56 : 84),
    ),
    customers: 67,
    middle: first + (pitch * (parts.length - 1)) / 2,
    balancer: direct ? [104, 104] : [150, 216],
    server: [left, right],
    axis: wide ? [width - 206, width - 30] : null,
    box: dense ? 46 : 64,
  };
}

export function drawLanes(pen, plan, run, t, view) {
  const { c } = pen;
  const {
    balancer: [inlet, outlet],
    server: [left, right],
    middle,
    ys,
  } = plan;
  const top = plan.dense ? 26 : 29;
  if (view.head) pen.text(24, top, view.head, { weight: 600 });
  if (!plan.direct && !plan.dense) pen.text((inlet + outlet) / 2, top, "Sent so far", { align: "center" });
  if (!plan.dense || view.first) pen.text(left - 12, top, "Waiting", { align: "right" });
  if (!plan.dense) pen.text(right, top, "Busy, tick at 70 %", { colour: c.muted, align: "right" });
  if (plan.axis && (!plan.dense || view.first))
    pen.text(plan.axis[1] + 8, top, "Time in system", { align: "right" });
  drawSource(pen, plan, run, t);
  pen.line(plan.customers + 38, middle, inlet, middle, c.wire);
  const lanes = plan.parts.map((part) => run.lane(part, t));
  for (const lane of lanes) drawWire(pen, plan, run, t, lane);
  if (run.shared !== null) drawShared(pen, plan, run, t, view);
  if (!plan.direct) drawBalancer(pen, plan, run, lanes, view);
  for (const lane of lanes) {
    if (run.shared === null) drawWaiting(pen, plan, run, t, lane, view);
    drawServer(pen, plan, run, t, lane, view);
    drawFailures(pen, run, t, lane, left - 14, ys.get(lane.part), view);
  }
  if (plan.axis) drawTimes(pen, plan, lanes, view);
  drawTravellers(pen, plan, run, t, view);
  if (run.shared === null) for (const lane of lanes) drawCount(pen, plan, lane);
  drawPrediction(pen, plan, run, t, lanes, view);
}

function drawSource(pen, plan, run, t) {
  const { c } = pen;
  const rate = run.arrivedBy(t) - run.arrivedBy(Math.max(0, t - run.window));
  drawCustomers(pen, plan.customers, plan.middle - 4);
  if (plan.dense) {
    pen.text(plan.customers, plan.middle + 44, per(rate / Math.max(1, Math.min(t, run.window))), {
      colour: c.muted,
      align: "center",
    });
    return;
  }
  const name = run.customers.length ? run.parts[run.customers[0]].name : "customers";
  pen.text(plan.customers, plan.middle + 44, name[0].toUpperCase() + name.slice(1), { align: "center" });
  if (t > 0)
    pen.text(plan.customers, plan.middle + 66, per(rate / Math.max(1, Math.min(t, run.window))), {
      colour: c.muted,
      align: "center",
    });
}

function drawBalancer(pen, plan, run, lanes, view) {
  const {
    balancer: [left, right],
    ys,
    middle,
    box,
  } = plan;
  const [first, last] = [ys.get(plan.parts[0]), ys.get(plan.parts[plan.parts.length - 1])];
  drawCapsule(pen, left, first - box / 2, right - left, last - first + box);
  drawInlet(pen, left, middle);
  for (const lane of lanes) {
    const y = ys.get(lane.part);
    const words = numberOf(lane.sent);
    const size = pen.wide(words, 20, 600) > right - left - 26 ? 16 : 20;
    pen.text(right - 18, y + 7, words, { size, weight: 600, colour: pen.c.onSlate, align: "right" });
    chevron(pen, right - 9, y, pen.c.onSlate);
  }
  view.places.push({
    part: run.balancer,
    x: left,
    y: first - box / 2,
    width: right - left,
    height: last - first + box,
  });
}

function drawWire(pen, plan, run, t, lane) {
  const {
    balancer: [, outlet],
    server: [left],
    ys,
  } = plan;
  const looks = run.looks(lane.part, t);
  const off =
    !plan.direct &&
    (!looks || looks.letter !== "S") &&
    run.state(lane.part, "target", t)?.state !== "healthy";
  pen.line(
    run.shared !== null ? left - 34 : outlet,
    ys.get(lane.part),
    left,
    ys.get(lane.part),
    pen.c.wire,
    1.5,
    off ? [3, 7] : [],
  );
}

function drawWaiting(pen, plan, run, t, lane, view) {
  const {
    balancer: [, outlet],
    server: [left],
    ys,
    dense,
  } = plan;
  const y = ys.get(lane.part);
  const pitch = Math.min(14, (left - outlet - 70) / BEADS);
  const since = (t - run.lanes.get(lane.part).moved(t)) / view.sim(160);
  const shift = lane.waiting <= BEADS && since < 1 && view.motion ? 1 - easeOut(since) : 0;
  drawLine(pen, left - 9, y, lane.waiting, { dx: -pitch, tallest: dense ? 42 : plan.axis ? 64 : 34, shift });
  if (lane.waiting <= BEADS)
    run.lanes
      .get(lane.part)
      .line(t, BEADS)
      .forEach((row, place) => {
        const [x, by] = beadAt(left - 9, y, -pitch, 0, place);
        view.hits.push({ row, x, y: by, r: pitch / 2 });
      });
}

// How many wait, at the tail of their line; requests pass behind it.
function drawCount(pen, plan, lane) {
  const {
    balancer: [, outlet],
    server: [left],
    ys,
  } = plan;
  const reach = Math.min(14, (left - outlet - 70) / BEADS) * Math.min(BEADS, lane.waiting);
  pen.text(left - 17 - reach - (lane.waiting ? 4 : 0), ys.get(lane.part) + 7, numberOf(lane.waiting), {
    size: 20,
    weight: 600,
    align: "right",
    halo: pen.c.ground,
    colour: lane.waiting ? pen.c.ink : pen.c.muted,
  });
}

function drawShared(pen, plan, run, t, view) {
  const {
    balancer: [, outlet],
    server: [left],
    middle,
    ys,
  } = plan;
  const fork = left - 34;
  const amount = run.waiting(t);
  pen.line(outlet, middle, fork, middle, pen.c.wire);
  pen.line(fork, ys.get(plan.parts[0]), fork, ys.get(plan.parts[plan.parts.length - 1]), pen.c.wire);
  const pitch = Math.min(14, (fork - outlet - 70) / BEADS);
  const reach = drawLine(pen, fork - 6, middle, amount, { dx: -pitch, tallest: plan.dense ? 42 : 64 });
  pen.text(fork - 14 - reach - (amount ? 4 : 0), middle + 7, numberOf(amount), {
    size: 20,
    weight: 600,
    align: "right",
    halo: pen.c.ground,
    colour: amount ? pen.c.ink : pen.c.muted,
  });
  pen.text(outlet + 12, middle - 42, plan.dense ? "" : "one line for all: no AWS option", {
    colour: pen.c.muted,
  });
  if (amount <= BEADS)
    run.sharedLine(t, BEADS).forEach((row, place) => {
      const [x, y] = beadAt(fork - 6, middle, -pitch, 0, place);
      view.hits.push({ row, x, y, r: pitch / 2 });
    });
}

function drawServer(pen, plan, run, t, lane, view) {
  const { c } = pen;
  const {
    server: [left, right],
    box,
    dense,
  } = plan;
  const y = plan.ys.get(lane.part);
  const made = run.parts[lane.part];
  const looks = run.looks(lane.part, t) || { letter: "T", word: "gone", done: 1 };
  const dead = looks.letter === "✕";
  const style = dead ? { fill: c.failTint, edge: c.fail, line: 2 } : { fill: c.raised, edge: c.edge };
  pen.rect(
    left,
    y - box / 2,
    right - left,
    box,
    10,
    view.selected === lane.part ? { ...style, edge: c.request, line: 3 } : style,
  );
  const after = drawWork(pen, run, t, lane, left + 27, y, made.slots || 1, view);
  const speed = run.speed(lane.part, t);
  const note = dead
    ? looks.word
    : speed === 0.5
      ? "½ speed"
      : speed < 0.05
        ? "stands still"
        : speed !== 1
          ? `speed ${numberOf(speed)}`
          : "";
  const base = dense ? y + 5.5 : y - 6;
  const name = pen.fit(
    partName(run, lane.part),
    right - 14 - after - (dense || made.kind === "desk" ? 0 : 28),
    16,
    600,
  );
  pen.text(after, base, name, { weight: 600 });
  const end = after + pen.wide(name, 16, 600) + 8;
  if (dense) {
    if (note) pen.text(right - 12, base, note, { colour: c.muted, align: "right" });
  } else {
    if (note) pen.text(end, base, pen.fit(note, right - 38 - end), { colour: c.muted });
    if (made.kind !== "desk") drawBadge(pen, right - 22, y - 11, looks);
    const words = `${Math.round(100 * lane.busy)} %`;
    const bar = right - 70 - after;
    drawBusy(pen, after, y + 13, bar, lane.busy);
    pen.text(right - 12, y + 22, words, { colour: c.muted, align: "right" });
  }
  if (!plan.axis && !dense && lane.times.n) {
    const told = `p50 ${numberOf(lane.times.p50)}, p95 ${secondsOf(lane.times.p95)}`;
    pen.text(left - 14, y - 20, told, { colour: c.muted, align: "right", halo: c.ground });
  }
  view.places.push({ part: lane.part, x: left, y: y - box / 2, width: right - left, height: box });
}

// The rings of what is at work: one for each slot up to three, else one for all. Returns where the name begins.
function drawWork(pen, run, t, lane, x, y, slots, view) {
  const { c } = pen;
  const shown = slots <= 3 ? slots : 1;
  const radius = shown === 1 ? 14 : 11;
  for (let slot = 0; slot < shown; slot += 1) {
    const cx = x + slot * 29;
    const row = lane.atWork[slot];
    const share =
      slots > 3
        ? lane.atWork.length / slots
        : row === undefined
          ? 0
          : clamp((t - run.started[row]) / (run.endOf(row) - run.started[row] || 1), 0, 1);
    pen.ring(cx, y, radius, share, c.request, shown === 1 ? 4.5 : 4);
    if (slots > 3)
      pen.text(cx, y + 5, String(lane.atWork.length), { size: 14, weight: 700, align: "center" });
    else if (row !== undefined) {
      pen.disc(cx, y, shown === 1 ? 6.5 : 5, { fill: c.request });
      view.hits.push({ row, x: cx, y, r: radius + 2 });
    }
  }
  return x + (shown - 1) * 29 + 27;
}

// A failure: ✕ where the request was, falling for a moment.
function drawFailures(pen, run, t, lane, x, y, view) {
  if (!lane.lost) return;
  const { failed } = run.lanes.get(lane.part);
  const last = failed[upTo(failed, t) - 1];
  const age = (t - last) / view.sim(300);
  if (age < 1 && view.motion) pen.cross(x, y + 24 * easeOut(age), 6, 3);
  const words = numberOf(lane.lost);
  const left = view.lostAt ?? x - 150;
  pen.cross(left, y + 22, 5.5, 2.8);
  pen.text(left + 12, y + 27.5, `${words} lost`, { weight: 600, halo: pen.c.ground });
}

// ○ p50 and ◆ p95 of each server on one axis.
function drawTimes(pen, plan, lanes, view) {
  const { c } = pen;
  const [left, right] = plan.axis;
  const high = view.timesTop || 1;
  const ticks = ticksOf(high, 4);
  const scale = (right - left) / ticks[ticks.length - 1];
  const [top, bottom] = [
    plan.ys.get(plan.parts[0]) - plan.box / 2,
    plan.ys.get(plan.parts[plan.parts.length - 1]) + plan.box / 2,
  ];
  for (const tick of ticks) {
    const x = left + tick * scale;
    pen.line(x, top, x, bottom + 4, tick ? c.hair : c.edge, 1);
    if (!plan.dense || view.last)
      pen.text(x, bottom + 24, `${numberOf(tick)}${tick === ticks[ticks.length - 1] ? " s" : ""}`, {
        colour: c.muted,
        align: "center",
      });
  }
  for (const lane of lanes) {
    if (!lane.times.n) continue;
    drawPair(
      pen,
      left + lane.times.p50 * scale,
      left + lane.times.p95 * scale,
      plan.ys.get(lane.part),
      left,
      plan.width,
      `${numberOf(lane.times.p50)} – ${secondsOf(lane.times.p95)}`,
    );
  }
}

function drawPair(pen, low, high, y, left, width, words) {
  const { c } = pen;
  pen.line(low, y, high, y, c.request, 3);
  pen.disc(low, y, 5.5, { fill: c.ground, edge: c.request, line: 2.4 });
  pen.path(
    [
      [high, y - 7],
      [high + 7, y],
      [high, y + 7],
      [high - 7, y],
    ],
    { fill: c.request },
  );
  const wide = pen.wide(words);
  if (high + 15 + wide < width - 6) pen.text(high + 15, y + 5.5, words, { halo: c.ground });
  else
    pen.text(clamp((low + high) / 2, left + wide / 2 + 2, width - 10 - wide / 2), y - 14, words, {
      align: "center",
      halo: c.ground,
    });
}

function ticksOf(high, about) {
  const rough = high / about;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) || 1;
  const ticks = [];
  for (let tick = 0; tick < high + step * 0.999; tick += step) ticks.push(tick);
  return ticks;
}

// Requests on their way: a hop ends at its event's time, so those that travel are not yet counted anywhere.
function drawTravellers(pen, plan, run, t, view) {
  const hop = view.hop;
  if (!view.motion) drawLastArrival(pen, plan, run, t);
  if (!hop) return;
  const {
    balancer: [inlet, outlet],
    middle,
    ys,
    server: [left],
  } = plan;
  const from = plan.customers + 40;
  const end = run.shared === null ? t + 2 * hop : t + hop;
  const [first, last] = [upTo(run.arrived, t), upTo(run.arrived, plan.direct ? t + hop : end)];
  const every = Math.ceil((last - first) / 300) || 1;
  const short = plan.direct ? 1 : Math.ceil((last - upTo(run.arrived, end - hop)) / 16) || 1; // the way to the balancer is
  for (let row = first; row < last; row += every) {
    const away = (run.arrived[row] - t) / hop; // hops that are left
    let place;
    if (row % short && (run.shared !== null || away > 1)) continue;
    if (plan.direct)
      place = hopOf(
        from,
        middle,
        tailOf(plan, run, t, run.target[row]),
        ys.get(run.target[row]) ?? middle,
        1 - away,
      );
    else if (run.shared !== null) place = hopOf(from, middle, inlet - 7, middle, 1 - away);
    else if (away > 1) place = hopOf(from, middle, inlet - 7, middle, 2 - away);
    else if (ys.has(run.target[row]))
      place = hopOf(
        outlet,
        ys.get(run.target[row]),
        tailOf(plan, run, t, run.target[row]),
        ys.get(run.target[row]),
        1 - away,
      );
    if (!place) continue;
    drawToken(pen, ...place);
    view.hits.push({ row, x: place[0], y: place[1], r: 8 });
    view.moving += 1;
  }
  if (run.shared !== null) drawTaken(pen, plan, run, t, hop, left, view);
}

// A still frame shows the last arrival as a dotted arrow.
function drawLastArrival(pen, plan, run, t) {
  const part = run.target[upTo(run.arrived, t) - 1];
  const {
    balancer: [inlet, outlet],
    middle,
    ys,
  } = plan;
  const y = ys.get(part);
  if (run.shared !== null) {
    if (upTo(run.arrived, t)) drawMoved(pen, plan.customers + 40, middle, inlet - 9, middle);
    return;
  }
  if (y === undefined) return;
  if (plan.direct) drawMoved(pen, plan.customers + 40, middle, tailOf(plan, run, t, part) - 34, y);
  else drawMoved(pen, outlet + 4, y, tailOf(plan, run, t, part) - 34, y);
}

// From one shared line to a server: the hop is short and comes after the start, since nothing waits for it.
function drawTaken(pen, plan, run, t, hop, left, view) {
  for (const part of plan.parts) {
    const lane = run.lanes.get(part);
    const place = upTo(lane.begun, t) - 1;
    const age = place >= 0 ? (t - lane.begun[place]) / (hop * 0.6) : 2;
    if (age < 1) {
      const [x, y, bx, by] = hopOf(left - 40, plan.middle, left, plan.ys.get(part), age);
      drawToken(pen, x, y, bx, by);
      view.moving += 1;
    }
  }
}

export function hopOf(x1, y1, x2, y2, share) {
  const at = (s) => [x1 + (x2 - x1) * easeInOut(clamp(s, 0, 1)), y1 + (y2 - y1) * easeInOut(clamp(s, 0, 1))];
  const [x, y] = at(share);
  const [bx, by] = at(share - 0.16);
  return [x, y, bx, by];
}

function tailOf(plan, run, t, part) {
  const {
    balancer: [, outlet],
    server: [left],
  } = plan;
  const waiting = run.lanes.get(part)?.waiting(t) ?? 0;
  const pitch = Math.min(14, (left - outlet - 70) / BEADS);
  return Math.max(outlet + 30, left - 12 - pitch * Math.min(BEADS, waiting));
}

// A prediction stands in the empty space over the line that it is about.
function drawPrediction(pen, plan, run, t, lanes, view) {
  if (!view.prediction || plan.direct) return;
  const { words, value, unit } = view.prediction;
  const y = plan.dense ? 12 : 10;
  pen.path(
    [
      [286, y + 20],
      [286, y + 9],
      [294, y + 1],
      [302, y + 9],
      [302, y + 20],
    ],
    { edge: pen.c.request, line: 2.2 },
  );
  pen.text(312, y + 19, `${words} ${numberOf(value)}${unit ? ` ${unit}` : ""}`.trim(), {
    colour: pen.c.requestText,
    weight: 600,
  });
}
