// A whole shop: who asks, who answers, what is called out, who listens and takes, and where all of it stands.
//
// It is for runs in which requests become messages. On a wide screen the ways lead from left to right, on a
// narrow one from top to bottom. Read `shopPlan` first, then `drawShop`.

import { drawBand, drawFlag, flagWidth } from "./ruler.js";
import { drawPeople, drawSmallTicket } from "./shapes.js";
import { upTo } from "./sorted.js";
import { drawStalls } from "./stallshapes.js";
import { drawBadge, drawTile } from "./tiles.js";
import { drawRequest, fewOf } from "./travellers.js";
import { hopOf } from "./ways.js";
import { clamp, numberOf, per, shortOf, spanOf } from "./words.js";

/** @import { DrawScene, Looks, Plan, Room, View } from "./contract.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Run } from "./run.js" */

/**
 * @typedef {{ x: number, y: number, w: number, h: number }} Field
 * @typedef {{ part: number, name: [x: number, y: number, room: number], rack: Field, crew: Field,
 *   note: [x: number, y: number, room: number] }} Listener
 */

const WIDE_SHOP = 760;
const ROW_OF_SHELF = 98; // from one who listens to the next
const BADGE = 28; // from one badge to the next
const COUNTED = 900; // seconds over which it is counted how many come

/**
 * Whether requests are answered, called out, and lie on shelves until somebody takes them.
 *
 * @param {Run} run
 */
export function isShop(run) {
  const answered = run.rows > 0 && !run.calls.some;
  const listening = shelvesOf(run).length > 0 && shelvesOf(run).length <= 3;
  return answered && run.caller !== null && listening && run.sources.length === 1;
}

/**
 * The shelves that hear of what is called out.
 *
 * @param {Run} run
 */
const shelvesOf = (run) =>
  run.shelves.filter((part) => run.links.some(([from, to]) => from === run.caller && to === part));

/**
 * Whom those who ask know.
 *
 * @param {Run} run
 */
const entryOf = (run) => run.links.find(([from]) => from === run.sources[0])?.[1] ?? run.sources[0];

/**
 * Who takes from a shelf: servers, or one function.
 *
 * @param {Run} run
 * @param {number} shelf
 */
const takersOf = (run, shelf) => [...run.takers].flatMap(([part, from]) => (from === shelf ? [part] : []));

/**
 * Who answers behind the entry.
 *
 * @param {Run} run
 */
const answerersOf = (run) => {
  const entry = entryOf(run);
  return run.links.flatMap(([from, to]) => (from === entry && run.lanes.has(to) ? [to] : []));
};

/**
 * What holds machines, as a host holds containers: those that are drawn, and have others in them.
 *
 * @param {Run} run
 */
function hostsOf(run) {
  const all = new Set([...answerersOf(run), ...run.takers.keys()].map((part) => run.parts[part].parent));
  return run.parts.flatMap(({ layer, attributes }, part) =>
    layer !== null && attributes.availability_zone && all.has(part) ? [part] : [],
  );
}

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function shopPlan(run, { width }) {
  const shelves = shelvesOf(run);
  const plan = width >= WIDE_SHOP ? shopAcross(width, shelves) : shopDown(width, shelves);
  return { draw: drawShop, width, ...plan };
}

/**
 * @param {number} width
 * @param {number[]} shelves
 */
function shopAcross(width, shelves) {
  const [gw, top] = [clamp(width - 670, 230, 290), 12];
  const web = { x: 192, y: top, w: gw, h: 182 };
  const speaker = { x: web.x + web.w + 52, y: 76, w: 68, h: 60 };
  const left = speaker.x + 94;
  const wide = width - 12 - left;
  const rack = Math.min(200, wide * 0.46);
  const listeners = shelves.map((part, place) => {
    const y = top + 26 + ROW_OF_SHELF * place;
    return {
      part,
      name: [left, y - 6, rack],
      rack: { x: left, y: y + 4, w: rack, h: 50 },
      crew: { x: left + rack + 24, y: y - 8, w: wide - rack - 24, h: 74 },
      note: [left, y + 76, rack],
    };
  });
  const below = Math.max(web.y + web.h + 22, top + ROW_OF_SHELF * shelves.length + 10);
  return {
    down: false,
    people: [60, 84],
    capsule: { x: 138, y: 48, w: 36, h: 84 },
    web,
    speaker,
    named: 108,
    listeners,
    tally: { x: 16, y: below, w: left - 50, h: 30 + 34 * shelves.length },
    zones: { x: left, y: below, w: wide, h: 102 },
    height: below + 105,
  };
}

/**
 * @param {number} width
 * @param {number[]} shelves
 */
function shopDown(width, shelves) {
  const [x, w] = [12, width - 24];
  const web = { x, y: 132, w, h: 184 };
  const speaker = { x: width / 2 - 34, y: 332, w: 68, h: 60 };
  const pitch = 194;
  const listeners = shelves.map((part, place) => {
    const y = 452 + pitch * place;
    return {
      part,
      name: [x, y - 6, w],
      rack: { x, y: y + 4, w: Math.min(300, w - 30), h: 50 },
      crew: { x, y: y + 84, w, h: 74 },
      note: [x, y + 75, w],
    };
  });
  const below = 440 + pitch * shelves.length;
  const tally = 34 + 34 * shelves.length;
  return {
    down: true,
    people: [60, 58],
    capsule: { x: 150, y: 24, w: 36, h: 84 },
    web,
    speaker,
    named: width - 40,
    listeners,
    tally: { x, y: below, w, h: tally },
    zones: { x, y: below + tally + 8, w, h: 102 },
    height: below + tally + 120,
  };
}

/** @type {DrawScene} */
function drawShop(pen, plan, run, t, view) {
  drawWires(pen, plan, run);
  drawAskers(pen, plan, run, t, view);
  drawWeb(pen, plan, run, t, view);
  const caller = Number(run.caller);
  const called = { part: caller, ...plan.speaker, room: 0, stacked: false };
  run.kindOf(caller).draw(pen, run, called, t, view);
  seen(view, caller, plan.speaker);
  const [cx, align] = plan.down ? [plan.speaker.x + 34, "center"] : [plan.speaker.x + 62, "right"];
  const name = pen.fit(run.nameOf(caller), plan.named);
  pen.text(cx, plan.speaker.y + 80, name, { align, halo: pen.c.ground });
  for (const listener of plan.listeners) drawShelf(pen, run, listener, t, view);
  drawTally(pen, plan, run, t);
  drawPlaces(pen, plan, run, t, view);
  drawGoing(pen, plan, run, t, view);
}

/**
 * @param {View} view
 * @param {number} part
 * @param {Field} field
 */
const seen = (view, part, { x, y, w, h }) => view.places.push({ part, x, y, width: w, height: h });

// The ways

/**
 * The wires, each from where to where.
 *
 * @param {Plan} plan
 * @param {Run} run
 */
function wiresOf(plan, run) {
  const { capsule, web, speaker, listeners, people } = plan;
  const fronted = run.front !== null;
  const high = speaker.y + 30;
  /** @type {Record<string, number[]>} */
  const found = {};
  if (plan.down) {
    found.asks = [people[0] + 42, people[1], fronted ? capsule.x - 8 : capsule.x + 20, people[1]];
    const x = capsule.x + 18;
    found.answers = fronted
      ? [x, capsule.y + capsule.h, x, web.y]
      : [capsule.x + 20, people[1], capsule.x + 20, web.y];
    found.tells = [speaker.x + 34, web.y + web.h, speaker.x + 34, speaker.y];
  } else {
    found.asks = [people[0] + 42, people[1] + 6, fronted ? capsule.x - 8 : web.x, people[1] + 6];
    found.answers = [capsule.x + capsule.w, people[1] + 6, web.x, people[1] + 6];
    found.tells = [web.x + web.w, high, speaker.x + 4, high];
  }
  listeners.forEach((/** @type {Listener} */ { rack, crew }, /** @type {number} */ place) => {
    const y = rack.y + rack.h / 2;
    found[`hears ${place}`] = plan.down
      ? [speaker.x - 4, high, rack.x + 40, rack.y]
      : [speaker.x + speaker.w + 2, high, rack.x, y];
    found[`takes ${place}`] = plan.down
      ? [rack.x + rack.w - 20, rack.y + rack.h, rack.x + rack.w - 20, crew.y]
      : [rack.x + rack.w, y, crew.x, y];
  });
  return found;
}

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 */
function drawWires(pen, plan, run) {
  const { asks, answers, tells, ...others } = wiresOf(plan, run);
  for (const [x1, y1, x2, y2] of [asks, ...(run.front !== null || plan.down ? [answers] : []), tells])
    pen.line(x1, y1, x2, y2, pen.c.wire);
  for (const [x1, y1, x2, y2] of Object.values(others)) {
    if (plan.down && x1 !== x2) continue; // a way down would cross names
    pen.context.beginPath();
    pen.context.moveTo(x1, y1);
    const middle = (x1 + x2) / 2;
    pen.context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
    pen.stroke(pen.c.wire, 1.5);
  }
}

/**
 * A few requests and messages on their ways.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawGoing(pen, plan, run, t, view) {
  const { hop } = view;
  if (!hop) return;
  const wires = wiresOf(plan, run);
  view.moving += upTo(run.arrived, t + hop) - upTo(run.arrived, t);
  const [x1, y1, x2, y2] = wires.asks;
  for (const row of fewOf(run.arrived, t, t + hop, x2 - x1 - 20))
    drawRequest(pen, view, row, hopOf(x1 + 6, y1, x2 - 12, y2, 1 - (run.arrived[row] - t) / hop));
  const going = run.moves.onTheWay(t, hop);
  view.moving += going.length;
  /** @type {Map<string, number>} */
  const drawn = new Map();
  for (const { time, source, target } of going) {
    const wire = wireOf(plan, run, source, target);
    const many = drawn.get(wire) ?? 0;
    if (!wire || many >= 2) continue;
    const [ax, ay, bx, by] = wires[wire];
    if (Math.hypot(bx - ax, by - ay) < 24 || (plan.down && wire.startsWith("hears"))) continue;
    drawn.set(wire, many + 1);
    drawSmallTicket(pen, ...hopOf(ax, ay, bx, by, 1 - (time - t) / hop));
  }
}

/**
 * The wire that a message takes.
 *
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} source
 * @param {number | null} target
 */
function wireOf(plan, run, source, target) {
  if (target === run.caller) return "tells";
  /** @param {number | null} part */
  const placeOf = (part) => plan.listeners.findIndex((/** @type {Listener} */ one) => one.part === part);
  if (source === run.caller) return placeOf(target) < 0 ? "" : `hears ${placeOf(target)}`;
  const place = placeOf(source);
  return place < 0 || target === null || target === source ? "" : `takes ${place}`;
}

// Who asks, and who answers

/**
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawAskers(pen, plan, run, t, view) {
  const [x, y] = plan.people;
  const source = run.sources[0];
  drawPeople(pen, x, y);
  seen(view, source, { x: x - 38, y: y - 24, w: 76, h: 48 });
  const rate = (run.arrivedBy(t) - run.arrivedBy(t - COUNTED)) / Math.min(COUNTED, Math.max(t, 1));
  const room = plan.down ? 130 : 112;
  pen.text(x, y + 44, pen.fit(run.nameOf(source), room), { align: "center", halo: pen.c.ground });
  const words = rate > 0 ? per(rate) : "nobody comes";
  pen.text(x, y + 65, pen.fit(words, room), { align: "center", colour: pen.c.muted, halo: pen.c.ground });
  if (run.front === null) return;
  const front = { part: run.front, ...plan.capsule, room: 0, stacked: false };
  run.kindOf(run.front).draw(pen, run, front, t, view);
  seen(view, run.front, plan.capsule);
  if (!plan.down) {
    const middle = plan.capsule.x + plan.capsule.w / 2;
    const name = pen.fit(run.nameOf(run.front), 60);
    pen.text(middle, plan.capsule.y - 8, name, { align: "center", halo: pen.c.ground });
  } else {
    pen.text(plan.capsule.x + 48, plan.capsule.y + 48, pen.fit(run.nameOf(run.front), plan.width - 210));
  }
}

/**
 * Who answers: members on a ruler, or as many as there are, or the stalls of a function.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawWeb(pen, plan, run, t, view) {
  const { web } = plan;
  const entry = entryOf(run);
  const answerers = answerersOf(run);
  const ruled = run.fleet !== null && answerers.some((part) => run.memberParts.includes(part));
  pen.rect(web.x, web.y, web.w, web.h, 10, { fill: pen.c.raised });
  const stalls = run.stalls.get(entry);
  if (stalls) {
    drawHeading(pen, web, run.nameOf(entry), `${numberOf(stalls.inUse(t))} in use`);
    drawStalls(
      pen,
      { x: web.x + 8, y: web.y + 36, w: web.w - 16, h: web.h - 46 },
      alive(stalls, t),
      entry,
      view,
    );
    return;
  }
  const looks = standing(run, answerers, t);
  const name = ruled ? run.parts[Number(run.fleet)].name : crewName(run, answerers);
  drawHeading(pen, web, `${capitalOf(name)}${ruled ? " group" : ""}`, servingWords(looks));
  if (ruled) drawOnRuler(pen, web, run, t, view);
  else drawBadges(pen, { x: web.x + 12, y: web.y + 44, w: web.w - 24, h: web.h - 56 }, looks, view);
}

/** @param {string} name */
const capitalOf = (name) => name.replace(/^./, (letter) => letter.toUpperCase());

/**
 * The environments that are there.
 *
 * @param {import("./stalls.js").Stalls} stalls
 * @param {number} t
 */
const alive = (stalls, t) => stalls.standing(t).filter(({ letter }) => letter !== "G");

/**
 * @param {Pen} pen
 * @param {Field} box
 * @param {string} name
 * @param {string} words at the right, where there is room
 */
function drawHeading(pen, { x, y, w }, name, words) {
  const shown = pen.fit(name, w - 24, 16, 600);
  pen.text(x + 12, y + 24, shown, { weight: 600 });
  const left = w - 36 - pen.wide(shown, 16, 600);
  if (left > 60) pen.text(x + w - 12, y + 24, pen.fit(words, left), { colour: pen.c.muted, align: "right" });
}

/** @typedef {Looks & { part: number }} Standing */

/**
 * Those of some parts that are there at t, and how each looks.
 *
 * @param {Run} run
 * @param {number[]} parts
 * @param {number} t
 * @returns {Standing[]}
 */
function standing(run, parts, t) {
  return parts.flatMap((part) => {
    const looks = run.isThere(part, t) ? run.looks(part, t) : null;
    return looks ? [{ part, ...looks }] : [];
  });
}

/** @param {Standing[]} looks */
function servingWords(looks) {
  const serve = looks.filter(({ letter }) => letter === "S").length;
  const start = looks.filter(({ letter }) => letter === "P").length;
  const head = `${numberOf(serve)} serve${serve === 1 ? "s" : ""}`;
  return start ? `${head}, ${numberOf(start)} start${start === 1 ? "s" : ""}` : head;
}

/**
 * What several parts are called together: as what holds them is, or as their service.
 *
 * @param {Run} run
 * @param {number[]} parts
 */
function crewName(run, parts) {
  const one = run.parts[parts[0]];
  if (!one) return "nobody";
  if (one.attributes.service) return String(one.attributes.service);
  const above = one.parent;
  return above === null ? one.name.replace(/ \d+$/, "") : run.parts[above].name;
}

/**
 * @param {Pen} pen
 * @param {Field} web
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawOnRuler(pen, web, run, t, view) {
  const [low, high, wish] = [run.ruled("low", t), run.ruled("high", t), run.ruled("wish", t)];
  const members = run.members(t);
  const most = Math.max(...run.memberParts.map((part) => Number(run.parts[part].place) + 1), high);
  const cells = Math.max(most, 4);
  const cell = (web.w - 64) / cells;
  /** @param {number} n */
  const at = (n) => web.x + 32 + n * cell;
  const [size, y] = [Math.min(40, cell - 4), web.y + 100];
  for (const member of members) {
    const [x, middle] = [at(member.place + 0.5), y - 22 - size / 2];
    drawTile(pen, x, middle, size, member, "");
    seen(view, member.part, { x: x - size / 2, y: middle - size / 2, w: size, h: size });
  }
  drawBand(pen, at, y, cells, low, high);
  const words = `desired ${numberOf(wish)}`;
  const x = at(Math.min(wish, cells));
  drawFlag(pen, x, y + 21, -44, words, x + flagWidth(pen, words) + 6 > web.x + web.w);
}

/**
 * Badges in rows; where there is no room for all, how many more there are.
 *
 * @param {Pen} pen
 * @param {Field} field
 * @param {Standing[]} looks
 * @param {View} view
 */
function drawBadges(pen, { x, y, w, h }, looks, view) {
  const across = Math.max(1, Math.floor(w / BADGE));
  const most = across * Math.max(1, Math.floor((h + 4) / BADGE));
  const fits = looks.length <= most ? looks.length : most - 1;
  looks.slice(0, fits).forEach((one, place) => {
    const [bx, by] = [x + 12 + BADGE * (place % across), y + 12 + BADGE * Math.floor(place / across)];
    drawBadge(pen, bx, by, one);
    seen(view, one.part, { x: bx - 12, y: by - 12, w: 24, h: 24 });
  });
  if (fits === looks.length) return;
  const [bx, by] = [x + BADGE * (fits % across), y + 17 + BADGE * Math.floor(fits / across)];
  pen.text(bx, by, `+ ${numberOf(looks.length - fits)}`, { colour: pen.c.muted });
}

// Who listens, and who takes

/**
 * @param {Pen} pen
 * @param {Run} run
 * @param {Listener} listener
 * @param {number} t
 * @param {View} view
 */
function drawShelf(pen, run, { part, name, rack, crew, note }, t, view) {
  pen.text(name[0], name[1], pen.fit(run.nameOf(part), name[2], 16, 600), { weight: 600 });
  run.kindOf(part).draw(pen, run, { part, ...rack, room: 0, stacked: false }, t, view);
  seen(view, part, rack);
  const age = oldestAt(run, part, t);
  if (age >= 60) {
    const words = pen.fit(`oldest ${spanOf(60 * Math.round(age / 60))}`, note[2]);
    pen.text(note[0], note[1], words, { colour: pen.c.muted, halo: pen.c.ground });
  }
  drawCrew(pen, run, takersOf(run, part), crew, t, view);
}

/**
 * How long the oldest message on a shelf has been there (s).
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function oldestAt(run, part, t) {
  const [first] = run.moves.held(part, t, 1);
  if (!first) return 0;
  const stays = run.moves.stays.get(part) ?? [];
  const came = stays.find(({ message }) => message === first.message);
  return t - (came ?? first).since;
}

/**
 * @param {Pen} pen
 * @param {Run} run
 * @param {number[]} takers
 * @param {Field} box
 * @param {number} t
 * @param {View} view
 */
function drawCrew(pen, run, takers, box, t, view) {
  const { c } = pen;
  const caller = takers.find((part) => run.stalls.has(part));
  if (caller !== undefined) {
    const stalls = /** @type {import("./stalls.js").Stalls} */ (run.stalls.get(caller));
    pen.rect(box.x, box.y, box.w, box.h, 10, { fill: c.raised, edge: c.edge });
    drawHeading(pen, { ...box, y: box.y - 2 }, run.nameOf(caller), `${numberOf(stalls.inUse(t))} in use`);
    const room = { x: box.x + 6, y: box.y + 30, w: box.w - 12, h: box.h - 34 };
    if (run.level(caller, "ConcurrencyLimit", t, 1) > 0)
      drawStalls(pen, room, alive(stalls, t), caller, view);
    else {
      pen.cross(box.x + 22, box.y + 51, 6, 3);
      pen.text(box.x + 38, box.y + 56, pen.fit("switched off", box.w - 44));
    }
    return;
  }
  const looks = standing(run, takers, t).filter(({ letter }) => letter !== "✕");
  const able = looks.filter(({ letter }) => letter === "S");
  const busy = able.filter(({ part }) => run.moves.count(part, t) > 0).length;
  const none = !able.length;
  pen.rect(
    box.x,
    box.y,
    box.w,
    box.h,
    10,
    none ? { fill: c.failTint, edge: c.fail, line: 2 } : { fill: c.raised, edge: c.edge },
  );
  const name = capitalOf(crewName(run, takers));
  const left = box.w - 36 - pen.wide(name, 16, 600);
  const many = `${numberOf(busy)} of ${numberOf(able.length)}`;
  const told = none ? ["nobody works", "none works"] : [`${many} busy`, many];
  const words = told.find((one) => pen.wide(one) <= left) ?? "";
  drawHeading(pen, { ...box, y: box.y - 2 }, name, words);
  drawBadges(pen, { x: box.x + 10, y: box.y + 36, w: box.w - 20, h: box.h - 46 }, looks, view);
}

// What became of orders, and where all of it stands

/**
 * A row for each who listens: how many jobs are open (in the queue or in somebody's hands), done, set aside.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 */
function drawTally(pen, { tally, listeners }, run, t) {
  const { c } = pen;
  const told = run.moves.begunBy(Number(run.caller), t);
  pen.line(tally.x, tally.y, tally.x + tally.w, tally.y, c.hair);
  pen.text(tally.x, tally.y + 28, pen.fit(`${numberOf(told)} orders placed so far`, tally.w, 16, 600), {
    weight: 600,
  });
  listeners.forEach((/** @type {Listener} */ { part }, /** @type {number} */ place) => {
    const y = tally.y + 60 + 32 * place;
    const { sent, done, aside } = tallyAt(run, part, t);
    /** @type {[string, string, string][]} */
    const cells = [
      ["wait", shortOf(sent - done - aside), "open"],
      ["done", shortOf(done), "done"],
    ];
    if (aside) cells.push(["lost", shortOf(aside), "aside"]);
    const label = pen.fit(run.nameOf(part), Math.min(120, tally.w * 0.3));
    pen.text(tally.x, y, label, { colour: c.muted });
    const first = Math.min(130, tally.w * 0.34);
    const wide = (tally.w - first) / 3;
    cells.forEach(([icon, value, words], column) =>
      drawTallied(pen, tally.x + first + wide * column, y, wide, [icon, value, words]),
    );
  });
}

/** @typedef {{ sent: number[], done: number[], aside: number[] }} Counted moments, sorted, of one shelf */

/** @type {WeakMap<Run, Map<number, Counted>>} */
const COUNTED_ONCE = new WeakMap();

/**
 * When messages came to each shelf, were done, or were set aside.
 *
 * @param {Run} run
 */
function countedIn(run) {
  const known = COUNTED_ONCE.get(run);
  if (known) return known;
  /** @type {Map<number, Counted>} */
  const found = new Map(shelvesOf(run).map((part) => [part, { sent: [], done: [], aside: [] }]));
  for (const { time, source, target } of run.moves.moves) {
    const from = found.get(source) ?? found.get(shelfOf(run, source));
    if (source === run.caller && target !== null) found.get(target)?.sent.push(time);
    else if (target === null) from?.done.push(time);
    else if (run.deadEnds.includes(target)) from?.aside.push(time);
  }
  COUNTED_ONCE.set(run, found);
  return found;
}

/**
 * The shelf from which a part takes, by itself or for what it belongs to; -1 for none.
 *
 * @param {Run} run
 * @param {number} part
 */
const shelfOf = (run, part) => run.takers.get(part) ?? run.takers.get(run.parts[part].parent ?? -1) ?? -1;

/**
 * How many messages came to a shelf by t, are done, and are set aside.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
export function tallyAt(run, part, t) {
  const { sent, done, aside } = countedIn(run).get(part) ?? { sent: [], done: [], aside: [] };
  return { sent: upTo(sent, t), done: upTo(done, t), aside: upTo(aside, t) };
}

/**
 * How many jobs are open at t, at all shelves together: neither done nor set aside.
 *
 * @param {Run} run
 * @param {number} t
 */
export const undoneAt = (run, t) =>
  [...countedIn(run).keys()].reduce((sum, part) => {
    const { sent, done, aside } = tallyAt(run, part, t);
    return sum + sent - done - aside;
  }, 0);

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y its base line
 * @param {number} room
 * @param {[icon: string, value: string, words: string]} cell
 */
function drawTallied(pen, x, y, room, [icon, value, words]) {
  const { c } = pen;
  if (icon === "wait") pen.disc(x + 6, y - 6, 5.25, { fill: c.wait, edge: c.waitEdge });
  else if (icon === "lost") pen.cross(x + 6, y - 6, 5, 2.6);
  else
    pen.path(
      [
        [x + 1, y - 6],
        [x + 5, y - 1],
        [x + 12, y - 11],
      ],
      { edge: c.ok, line: 2.6 },
      false,
    );
  const size = room < 80 ? 16 : 20;
  pen.text(x + 18, y, value, { size, weight: 600 });
  const after = 24 + pen.wide(value, size, 600);
  if (pen.wide(words) <= room - after - 4) pen.text(x + after, y, words, { colour: c.muted });
}

/**
 * Hosts with what is on them; without any, zones with the machines in each.
 *
 * @param {Pen} pen
 * @param {Plan} plan
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
function drawPlaces(pen, { zones }, run, t, view) {
  const hosts = hostsOf(run).filter((part) => run.parts[part].born <= t);
  if (hosts.length) drawHosts(pen, zones, run, hosts, t, view);
  else drawZones(pen, zones, run, t);
}

/**
 * @param {Pen} pen
 * @param {Field} zones
 * @param {Run} run
 * @param {number[]} hosts
 * @param {number} t
 * @param {View} view
 */
function drawHosts(pen, zones, run, hosts, t, view) {
  const most = Math.max(1, Math.floor((zones.w + 6) / 30));
  const alive = hosts.filter((part) => run.looks(part, t)?.letter !== "✕");
  const shown = hosts.length > most ? alive.slice(-most) : hosts;
  const wide = Math.min(100, (zones.w + 6) / shown.length - 6);
  pen.text(zones.x, zones.y + 16, pen.fit("Containers on hosts", zones.w, 16, 600), { weight: 600 });
  shown.forEach((part, place) => {
    const box = {
      part,
      x: zones.x + (wide + 6) * place,
      y: zones.y + 26,
      w: wide,
      h: 52,
      room: 0,
      stacked: false,
    };
    run.kindOf(part).draw(pen, run, box, t, view);
    const words = [run.kindOf(part).label(run, part, t), run.parts[part].name];
    const fits = words.find((one) => pen.wide(one) <= wide + 2);
    if (fits) pen.text(box.x + wide / 2, zones.y + 96, fits, { align: "center" });
    seen(view, part, box);
  });
}

/**
 * @param {Pen} pen
 * @param {Field} zones
 * @param {Run} run
 * @param {number} t
 */
function drawZones(pen, zones, run, t) {
  const { c } = pen;
  const machines = [...new Set([...answerersOf(run), ...run.takers.keys()])];
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const part of machines) {
    const zone = run.parts[part].attributes.availability_zone;
    if (zone) found.set(zone, [...(found.get(zone) ?? []), part]);
  }
  const names = [...found.keys()].sort();
  if (!names.length) return;
  const wide = (zones.w + 10) / names.length - 10;
  names.forEach((zone, place) => {
    const box = { x: zones.x + (wide + 10) * place, y: zones.y, w: wide, h: 92 };
    const parts = found.get(zone) ?? [];
    const alive = standing(run, parts, t).filter(({ letter }) => letter === "S" || letter === "D");
    const dark = !alive.length && parts.some((part) => run.parts[part].born <= t);
    pen.rect(
      box.x,
      box.y,
      box.w,
      box.h,
      10,
      dark ? { fill: c.failTint, edge: c.fail, line: 2 } : { edge: c.edge },
    );
    pen.text(box.x + 12, box.y + 24, pen.fit(zone, box.w - 24, 16, 600), { weight: 600 });
    if (dark) {
      pen.cross(box.x + 20, box.y + 48, 7, 3);
      pen.text(box.x + 38, box.y + 54, pen.fit("nothing runs", box.w - 46));
      return;
    }
    crewsIn(
      run,
      alive.map(({ part }) => part),
    ).forEach((line, row) =>
      pen.text(box.x + 12, box.y + 50 + 22 * row, pen.fit(line, box.w - 24), { colour: c.muted }),
    );
  });
}

/**
 * How many of each crew: `web: 2`, `packers: 3`.
 *
 * @param {Run} run
 * @param {number[]} parts
 */
function crewsIn(run, parts) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const part of parts) {
    const name = crewName(run, [part]);
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return [...found].map(([name, many]) => `${name}: ${numberOf(many)}`);
}
