// Flow: any record, its parts from left to right by who sends to whom; on a narrow screen from top to bottom.
//
// A part is drawn as its kind; what it holds is drawn in it or before it. What goes back, a message that nobody
// deleted, runs below. Read `flowPlan` first.

import { ringOf } from "./moves.js";
import {
  BEADS,
  beadAt,
  chevron,
  drawBadge,
  drawBusy,
  drawCapsule,
  drawCustomers,
  drawDatabase,
  drawHead,
  drawHost,
  drawInlet,
  drawLine,
  drawPlug,
  drawRack,
  drawSmallTicket,
  drawStall,
  drawSubscriber,
  drawTicket,
  drawToken,
  drawTopic,
} from "./pen.js";
import { aliveAt, childrenOf, doneOf, partName } from "./run.js";
import { FEW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { clamp, easeInOut, numberOf } from "./words.js";

const SIZES = {
  customers: [76, 48],
  balancer: [48, 72],
  topic: [68, 60],
  database: [62, 72],
  subscriber: [140, 42],
  host: [100, 100],
  queue: [200, 50],
  function: [152, 68],
};
const BOX = [164, 54];
const RING = 112; // room for a ring and a ticket before a part that holds messages
const LINE = 150; // room for the line before a server
const LABELLED = ["customers", "balancer", "topic", "database", "host", "function", "queue"];
const LABEL = 26;
const BETWEEN = 28; // between boxes: room for a plug that hangs
const STALLS = 4;

export function flowPlan(run, width) {
  const shown = run.parts.flatMap((part, index) =>
    part.layer === null || part.layer === undefined ? [] : [index],
  );
  const layers = [...new Set(shown.map((part) => run.parts[part].layer))].sort((a, b) => a - b);
  const blocks = layers.map((layer) =>
    blockOf(
      run,
      shown.filter((part) => run.parts[part].layer === layer),
      layers.length === 1,
      width,
    ),
  );
  const least = blocks.reduce((sum, block) => sum + block.width, 0) + 56 * (blocks.length - 1) + 48;
  const plan = {
    kind: "flow",
    width,
    places: new Map(),
    down: least > width && blocks.length > 1,
    below: run.back.length ? 44 : 0,
  };
  if (plan.down) stackDown(plan, blocks, width);
  else spreadOut(plan, blocks, width, width - least);
  return plan;
}

// The members of a layer, `across` side by side, and how large each of them is.
function blockOf(run, members, alone, width) {
  members.sort((a, b) => run.parts[a].row - run.parts[b].row);
  const sizes = members.map((part) => sizeOf(run, part));
  const labelled = members.some((part) => LABELLED.includes(run.parts[part].kind));
  const wide = Math.max(...sizes.map((size) => size.room + size.width));
  const pitch = Math.max(...sizes.map((size) => size.height)) + (labelled ? LABEL + 10 : BETWEEN);
  const most = Math.max(1, Math.floor((width - 48 + 12) / (wide + 12)));
  const across = Math.min(most, alone ? FEW : Math.ceil(members.length / FEW));
  return {
    members,
    sizes,
    across,
    wide,
    pitch,
    width: across * wide + (across - 1) * 12,
    queues: members.map((part) => run.parts[part].kind === "queue"),
  };
}

function sizeOf(run, part) {
  const { kind } = run.parts[part];
  const [width, height] = SIZES[kind] || BOX;
  const stalls = kind === "function" ? Math.min(2, Math.ceil(mostStalls(run, part) / STALLS)) : 1;
  const room = run.moves.rings(part) ? RING : run.lanes.has(part) ? LINE : 0;
  return {
    width: kind === "function" ? 74 * Math.min(STALLS, mostStalls(run, part)) : width,
    height: height * stalls,
    room,
  };
}

function mostStalls(run, part) {
  const children = childrenOf(run, part);
  return Math.max(
    1,
    ...children.map((child) => children.filter((other) => aliveAt(run, other, run.parts[child].born)).length),
  );
}

function spreadOut(plan, blocks, width, spare) {
  const racks = blocks.filter((block) => block.queues.some(Boolean) && block.across === 1);
  let left = Math.max(0, spare);
  for (const block of racks) {
    const more = Math.min(140, Math.max(0, spare) / racks.length);
    block.sizes.forEach((size, place) => {
      if (block.queues[place]) size.width += more;
    });
    const wide = Math.max(...block.sizes.map((size) => size.room + size.width));
    left -= wide - block.wide;
    block.wide = block.width = wide;
  }
  const gap = blocks.length > 1 ? Math.min(150, 56 + Math.max(0, left) / (blocks.length - 1)) : 0;
  const tall = Math.max(
    ...blocks.map((block) => Math.ceil(block.members.length / block.across) * block.pitch),
  );
  const total = blocks.reduce((sum, block) => sum + block.width, 0) + gap * (blocks.length - 1);
  let x = Math.max(24, (width - total) / 2);
  for (const block of blocks) {
    const rows = Math.ceil(block.members.length / block.across);
    placeBlock(plan, block, x, 36 + (tall - rows * block.pitch) / 2);
    x += block.width + gap;
  }
  plan.height = 36 + tall + 16 + plan.below;
}

function stackDown(plan, blocks, width) {
  let y = 32;
  for (const block of blocks) {
    block.across = Math.max(
      1,
      Math.min(block.members.length, Math.floor((width - 24 + 12) / (block.wide + 12))),
    );
    const rows = Math.ceil(block.members.length / block.across);
    const side = block.across * block.wide + (block.across - 1) * 12;
    placeBlock(plan, block, (width - side) / 2, y);
    y += rows * block.pitch + 34;
  }
  plan.height = y + plan.below;
}

function placeBlock(plan, block, x, y) {
  block.members.forEach((part, place) => {
    const size = block.sizes[place];
    const left =
      x + (place % block.across) * (block.wide + 12) + (block.wide - size.room - size.width) / 2 + size.room;
    const top = y + Math.floor(place / block.across) * block.pitch + (block.pitch - size.height) / 2;
    plan.places.set(part, {
      part,
      x: left,
      y: top,
      w: size.width,
      h: size.height,
      room: size.room,
      stacked: plan.down && block.across === 1 && block.members.length > 1,
    });
  });
}

// Ways

const midX = (place) => place.x + place.w / 2;
const midY = (place) => place.y + place.h / 2;

// The way from one part to another: onward a curve, back a path below all parts.
function wayOf(plan, run, from, to) {
  const [a, b] = [plan.places.get(from), plan.places.get(to)];
  if (!a || !b) return null;
  const foot = (place) => place.y + place.h + (LABELLED.includes(run.parts[place.part].kind) ? LABEL : 0);
  if (run.back.some(([source, target]) => source === from && target === to)) {
    const low = plan.height - 26;
    const start = a.room ? a.x - 63.5 : midX(a); // between ring and ticket
    return {
      corners: [
        [start, a.y + a.h / 2],
        [start, low],
        [midX(b), low],
        [midX(b), foot(b)],
      ],
    };
  }
  if (b.stacked) {
    // along the left side of those that stand above it
    const side = Math.max(8, b.x - b.room - 14);
    return {
      corners: [
        [midX(a), foot(a)],
        [midX(a), foot(a) + 12],
        [side, foot(a) + 12],
        [side, midY(b)],
        [b.x - b.room, midY(b)],
      ],
    };
  }
  if (a.stacked) {
    const side = Math.min(plan.width - 8, a.x + a.w + 14);
    return {
      corners: [
        [a.x + a.w, midY(a)],
        [side, midY(a)],
        [side, b.y - 14],
        [midX(b), b.y - 14],
        [midX(b), b.y],
      ],
    };
  }
  const [x1, y1, x2, y2] = plan.down
    ? [midX(a), foot(a), midX(b), b.y]
    : [a.x + a.w, midY(a), b.x - b.room, midY(b)];
  return {
    curve: plan.down
      ? [x1, y1, x1, (y1 + y2) / 2, x2, (y1 + y2) / 2, x2, y2]
      : [x1, y1, (x1 + x2) / 2, y1, (x1 + x2) / 2, y2, x2, y2],
  };
}

// The point at `share` of a way.
function pointOn(way, share) {
  const s = clamp(share, 0, 1);
  if (way.curve) {
    const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = way.curve;
    const mix = (a, b, c, d) =>
      (1 - s) ** 3 * a + 3 * (1 - s) ** 2 * s * b + 3 * (1 - s) * s * s * c + s ** 3 * d;
    return [mix(x1, cx1, cx2, x2), mix(y1, cy1, cy2, y2)];
  }
  const lengths = way.corners
    .slice(1)
    .map(([x, y], place) => Math.hypot(x - way.corners[place][0], y - way.corners[place][1]));
  let rest = s * lengths.reduce((sum, length) => sum + length, 0);
  for (let place = 0; place < lengths.length; place += 1) {
    if (rest <= lengths[place] || place === lengths.length - 1) {
      const [[x1, y1], [x2, y2]] = [way.corners[place], way.corners[place + 1]];
      const part = lengths[place] ? rest / lengths[place] : 1;
      return [x1 + (x2 - x1) * part, y1 + (y2 - y1) * part];
    }
    rest -= lengths[place];
  }
  return way.corners[0];
}

function traceWay(pen, way, colour, line, dash) {
  const { context } = pen;
  context.beginPath();
  if (way.curve) {
    const [x1, y1, ...rest] = way.curve;
    context.moveTo(x1, y1);
    context.bezierCurveTo(...rest);
  } else {
    const [first, ...others] = way.corners;
    context.moveTo(...first);
    others.forEach(([x, y], place) =>
      place < others.length - 1 ? context.arcTo(x, y, ...others[place + 1], 10) : context.lineTo(x, y),
    );
  }
  pen.stroke(colour, line, dash);
}

// Drawing

export function drawFlow(pen, plan, run, t, view) {
  for (const [from, to] of run.back) drawWay(pen, plan, run, from, to, [2, 6]);
  for (const [from, to] of run.onward) drawWay(pen, plan, run, from, to, []);
  if (!view.motion && run.moves.some) drawLastMove(pen, plan, run, t);
  for (const place of plan.places.values()) {
    drawNode(pen, run, place, t, view);
    view.places.push({ part: place.part, x: place.x, y: place.y, width: place.w, height: place.h });
  }
  if (view.hop) {
    drawRequestsOn(pen, plan, run, t, view);
    drawMessagesOn(pen, plan, run, t, view);
  }
}

function drawWay(pen, plan, run, from, to, dash) {
  const way = wayOf(plan, run, from, to);
  if (way) traceWay(pen, way, pen.c.wire, 1.5, dash);
}

// A still frame shows the last move as a dotted arrow.
function drawLastMove(pen, plan, run, t) {
  const move = run.moves.before(t);
  const way = move && move.target !== null ? wayOf(plan, run, move.source, move.target) : null;
  if (!way) return;
  traceWay(pen, way, pen.c.request, 3, [1, 7]);
  drawHead(pen, ...pointOn(way, 1), ...pointOn(way, 0.94));
}

function drawRequestsOn(pen, plan, run, t, view) {
  const [first, last] = [upTo(run.arrived, t), upTo(run.arrived, t + view.hop)];
  for (let row = first; row < last; row += Math.ceil((last - first) / 300) || 1) {
    const [source, entry] = run.links[run.client[row]] || [run.customers[0], run.target[row]];
    const ways = [wayOf(plan, run, source, entry)];
    if (entry !== run.target[row]) ways.push(wayOf(plan, run, entry, run.target[row]));
    const share = (1 - (run.arrived[row] - t) / view.hop) * ways.length;
    const way = ways[Math.min(ways.length - 1, Math.floor(share))];
    if (!way) continue;
    const own = easeInOut(clamp(share - ways.indexOf(way), 0, 1));
    drawToken(pen, ...pointOn(way, own), ...pointOn(way, own - 0.12));
    view.moving += 1;
  }
}

function drawMessagesOn(pen, plan, run, t, view) {
  for (const move of run.moves.onTheWay(t, view.hop)) {
    const way = move.target === null ? null : wayOf(plan, run, move.source, move.target);
    if (!way) continue;
    const share = easeInOut(1 - (move.time - t) / view.hop);
    drawSmallTicket(pen, ...pointOn(way, share), ...pointOn(way, share - 0.12));
    view.moving += 1;
  }
}

function drawNode(pen, run, place, t, view) {
  const { part, x, y, w, h } = place;
  const { kind, name } = run.parts[part];
  const looks = run.looks(part, t);
  if (kind === "customers") drawCustomers(pen, midX(place), midY(place) - 2);
  else if (kind === "topic") drawTopic(pen, midX(place), midY(place));
  else if (kind === "database") drawDatabase(pen, midX(place), midY(place));
  else if (kind === "queue") drawShelf(pen, run, place, t, view);
  else if (kind === "subscriber") drawEar(pen, run, place, t, view);
  else if (kind === "function") drawStalls(pen, run, place, t);
  else if (kind === "host") drawHostAt(pen, run, place, t);
  else if (kind === "balancer") drawFront(pen, place);
  else drawBox(pen, run, place, t, looks);
  if (looks?.letter === "✕" && kind !== "host") drawPlug(pen, x + w - 34, y + h);
  if (LABELLED.includes(kind))
    pen.text(midX(place), y + h + 21, pen.fit(labelOf(run, part, t, name), Math.max(w + 24, 130)), {
      align: "center",
      halo: pen.c.ground,
    });
  if (run.moves.rings(part)) drawHeld(pen, run, place, t, view);
  else if (run.lanes.has(part)) drawLineAt(pen, run, place, t, view);
}

const labelOf = (run, part, t, name) =>
  run.parts[part].kind === "host" && run.looks(part, t)?.letter === "✕" ? `${name} lost` : name;

function drawFront(pen, { x, y, w, h }) {
  drawCapsule(pen, x, y, w, h);
  drawInlet(pen, x, y + h / 2);
  for (const dy of [-20, 0, 20]) chevron(pen, x + w - 11, y + h / 2 + dy, pen.c.onSlate);
}

// A queue's rack: its beads are the messages that anyone may take, the oldest at the front.
function drawShelf(pen, run, { part, x, y, w, h }, t, view) {
  const leaving = view.hop
    ? run.moves.onTheWay(t, view.hop).filter((move) => move.source === part).length
    : 0;
  const amount = Math.max(0, run.visibleAt(part, t) - leaving);
  const pitch = drawRack(pen, x, y + h / 2, w, amount);
  if (amount <= BEADS)
    run.moves.held(part, t, amount).forEach(({ message }, bead) => {
      const [bx, by] = beadAt(x + w - 6, y + h / 2, -pitch, 0, bead);
      view.hits.push({ message, x: bx, y: by, r: pitch / 2 });
    });
}

function drawEar(pen, run, place, t, view) {
  const asleep = ["asleep", "unavailable"].includes(run.state(place.part, "application", t)?.state);
  const { name, attributes } = run.parts[place.part];
  drawSubscriber(
    pen,
    midX(place),
    midY(place),
    pen.fit(name, asleep ? 76 : 96, 16, 600),
    asleep,
    attributes.filter_policy !== undefined,
  );
  const held = run.moves.rings(place.part) ? 0 : run.moves.count(place.part, t);
  if (run.moves.some)
    pen.text(place.x + place.w + 10, midY(place) + 7, numberOf(held), {
      size: 20,
      weight: 600,
      colour: held ? pen.c.ink : pen.c.muted,
      halo: pen.c.ground,
    });
}

// A worker or a component: name, badge, and how far it is.
function drawBox(pen, run, { part, x, y, w, h }, t, looks) {
  const { c } = pen;
  const dead = looks?.letter === "✕";
  pen.rect(
    x,
    y,
    w,
    h,
    10,
    dead ? { fill: c.failTint, edge: c.fail, line: 2 } : { fill: c.raised, edge: c.edge },
  );
  drawBadge(pen, x + 24, y + h / 2, looks || { letter: "T", done: 1 });
  const work = run.state(part, "work", t);
  const share = work && work.until > t ? doneOf(work, t) : 0;
  const lane = run.lanes.has(part) ? run.lane(part, t) : null;
  const line = share || lane ? y + h / 2 - 5 : y + h / 2 + 6;
  pen.text(x + 46, line, pen.fit(partName(run, part), w - 54, 16, 600), {
    weight: 600,
    colour: looks ? c.ink : c.muted,
  });
  if (lane) drawBusy(pen, x + 46, y + h / 2 + 9, w - 62, lane.busy);
  else if (share) {
    pen.rect(x + 46, y + h / 2 + 9, w - 62, 7, 3.5, { fill: c.hair });
    pen.rect(x + 46, y + h / 2 + 9, Math.max(7, (w - 62) * share), 7, 3.5, { fill: c.request });
  }
}

// What a part holds: its ticket, and before that the ring that says how long nobody else may have it.
function drawHeld(pen, run, { part, x, y, h }, t, view) {
  const { c } = pen;
  const middle = y + h / 2;
  const [stay] = run.moves.held(part, t, 1);
  const last = stay ? null : run.moves.last(part, t);
  pen.line(x - RING, middle, x, middle, c.wire);
  if (!stay && !(last && last.to !== null && last.to !== undefined)) return;
  if (!stay) {
    // the message went back, and the part may still work on it
    pen.ring(x - 88, middle, 18, 0, c.fail, 2.5, c.ground);
    pen.disc(x - 88, middle, 18, { fill: c.ground, edge: c.fail, line: 2.5, dash: [2, 5] });
    pen.text(x - 88, middle + 6, "0", { weight: 600, align: "center" });
    pen.rect(x - 59, middle - 14, 46, 28, 6, { fill: c.ground, edge: c.edge, dash: [4, 3] });
    pen.text(x - 36, middle + 5.5, String(last.message), { colour: c.muted, align: "center" });
    return;
  }
  const ring = ringOf(stay, t);
  if (ring) {
    const late = ring.share < 0.25;
    pen.disc(x - 88, middle, 21, { fill: c.ground });
    pen.ring(x - 88, middle, 18, ring.share, late ? c.ink : c.request, late ? 6 : 4.5);
    pen.text(x - 88, middle + 5.5, numberOf(Math.ceil(ring.seconds)), { weight: 600, align: "center" });
  }
  drawTicket(pen, x - 36, middle, String(stay.message));
  view.hits.push({ message: stay.message, x: x - 36, y: middle, r: 23 });
}

// The line before a server.
function drawLineAt(pen, run, { part, x, y, h }, t, view) {
  const lane = run.lane(part, t);
  const reach = drawLine(pen, x - 6, y + h / 2, lane.waiting, { dx: -5.6, tallest: 40 });
  if (lane.waiting)
    pen.text(x - 12 - reach, y + h / 2 + 7, numberOf(lane.waiting), {
      size: 20,
      weight: 600,
      align: "right",
      halo: pen.c.ground,
    });
}

// A function: a stall for each environment that is there.
function drawStalls(pen, run, { part, x, y, w, h }, t) {
  const there = childrenOf(run, part).filter((child) => aliveAt(run, child, t));
  const small = there.length > 2 * STALLS;
  const across = small ? 2 * STALLS : STALLS;
  const most = small ? 4 * 2 * STALLS : 2 * STALLS;
  const [size, pitchY] = small ? [0.5, 34] : [1, 68];
  const pitch = Math.min(74 * size, w / Math.min(across, Math.max(1, there.length)));
  there.slice(0, most).forEach((child, place) => {
    const state = run.state(child, "environment", t);
    const letter = { init: "I", running: "R", idle: "Z" }[state?.state] || "Z";
    pen.context.save();
    pen.context.translate(
      x + pitch * (place % across) + pitch / 2,
      y + pitchY * Math.floor(place / across) + 32 * size,
    );
    pen.context.scale(size, size);
    drawStall(pen, 0, 0, letter, state ? (letter === "Z" ? 1 - doneOf(state, t) : doneOf(state, t)) : 0);
    pen.context.restore();
  });
  if (!there.length)
    pen.rect(x + 4, y + 4, Math.min(w, 66) - 8, Math.min(h, 68) - 12, 8, {
      edge: pen.c.edge,
      line: 2,
      dash: [5, 4],
    });
  if (there.length > most) pen.text(x + w + 6, y + h / 2 + 6, `+ ${there.length - most}`, { weight: 600 });
}

// A host: its containers as slabs, exact in memory above and in processor below.
function drawHostAt(pen, run, { part, x, y, w, h }, t) {
  const { attributes } = run.parts[part];
  if (run.looks(part, t)?.letter === "✕" || !aliveAt(run, part, t)) {
    pen.rect(x, y, w, h, 8, { fill: pen.c.failTint });
    pen.hatch(x, y, w, h, 8, pen.c.fail, 9, 1.2);
    pen.rect(x, y, w, h, 8, { edge: pen.c.fail, line: 2 });
    pen.cross(x + w / 2, y + h / 2, 14, 4);
    return;
  }
  const there = childrenOf(run, part).filter((child) => aliveAt(run, child, t));
  const slabs = there.map((child) => {
    const { cpu, memory, service } = run.parts[child].attributes;
    const state = run.state(child, "lifecycle", t)?.state;
    return {
      memory: memory / attributes.memory,
      cpu: cpu / attributes.cpu,
      tone: ["PROVISIONING", "PENDING"].includes(state) ? "boot" : service === run.service ? "ok" : "pale",
    };
  });
  drawHost(pen, x, y, w, h, slabs);
}
