// Columns: a group behind a balancer. Each line stands on its instance, so a wave is seen as one.

import { cellsOf, drawMembers, shownWish } from "./band.js";
import { hopOf } from "./lanes.js";
import {
  beadAt,
  drawBand,
  drawBusy,
  drawCapsule,
  drawCustomers,
  drawFlag,
  drawInlet,
  drawLine,
  drawMoved,
  drawToken,
} from "./pen.js";
import { NARROW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { easeOut, numberOf, per, waitOf } from "./words.js";

export function columnsPlan(run, width) {
  const cells = cellsOf(run);
  const small = width < NARROW;
  const left = small ? 20 : 150;
  const cell = Math.min(74, (width - left - 34) / cells);
  const tile = Math.min(56, cell - Math.max(3, cell * 0.12));
  const bus = small ? 96 : 40;
  const foot = bus + 40 + 152; // where the lines stand on their instances
  return {
    kind: "columns",
    width,
    cells,
    cell,
    tile,
    left,
    bus,
    foot,
    small,
    ruler: foot + tile + 58,
    height: foot + tile + 150,
    at: (n) => left + n * cell,
    customers: small ? 46 : 67,
  };
}

export function drawColumns(pen, plan, run, t, view) {
  const { c } = pen;
  const { at, bus, foot, tile, cells } = plan;
  const level = (metric) => run.level(run.group, metric, t);
  const [low, high, wish] = ["GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity"].map(level);
  const members = run.members(t);
  const rate =
    (run.arrivedBy(t) - run.arrivedBy(Math.max(0, t - run.window))) / Math.max(1, Math.min(t, run.window));
  const middle = plan.small ? 42 : bus + 20;
  drawCustomers(pen, plan.customers, middle);
  const name = run.customers.length ? run.parts[run.customers[0]].name : "customers";
  const shown = name[0].toUpperCase() + name.slice(1);
  if (plan.small) pen.text(92, middle + 4, `${shown}, ${per(rate)}`, {});
  else {
    pen.text(plan.customers, middle + 44, shown, { align: "center" });
    if (rate) pen.text(plan.customers, middle + 66, per(rate), { colour: c.muted, align: "center" });
    pen.line(plan.customers + 38, middle, plan.left, middle, c.wire);
  }
  for (const member of members) if (run.lanes.has(member.part)) drawColumn(pen, plan, run, t, member, view);
  drawCapsule(pen, plan.left, bus, at(cells) - plan.left, 40);
  if (!plan.small) drawInlet(pen, plan.left, middle);
  const title = run.balancer === null || plan.small ? "" : `Balancer “${run.parts[run.balancer].name}”`;
  pen.text(plan.left + 18, bus + 26, title, { weight: 600, colour: c.onSlate });
  const told = `${numberOf(run.arrivedBy(t))} came, ${waitOf(run.waiting(t))}`;
  pen.text(at(cells) - 16, bus + 26, told, { colour: c.onSlate, align: "right" });
  view.places.push({ part: run.balancer, x: plan.left, y: bus, width: at(cells) - plan.left, height: 40 });
  drawMembers(pen, plan, run, t, members, foot + tile / 2, view);
  for (const member of members)
    if (run.lanes.has(member.part) && member.letter === "S")
      drawBusy(
        pen,
        at(member.place + 0.5) - tile / 2,
        foot + tile + 7,
        tile,
        run.lanes.get(member.part).busy(t, run.window),
        6,
      );
  drawBand(pen, at, plan.ruler, cells, low, high);
  pen.text(at(Math.min(low, cells)), plan.ruler + 45, low === high ? "min = max" : "min", {
    weight: 600,
    align: "center",
  });
  if (low !== high)
    pen.text(at(Math.min(high, cells)), plan.ruler + 45, "max", { weight: 600, align: "center" });
  const x = at(Math.min(shownWish(run, t, view), cells));
  drawFlag(pen, x, plan.ruler + 20, -28, `desired ${numberOf(wish)}`, x + 150 > plan.width);
  if (!plan.small)
    pen.text(plan.left - 16, foot + tile / 2 + 5, stateWordsShort(members), { align: "right" });
  if (!plan.small)
    pen.text(plan.left - 16, foot + tile + 14, "busy, tick 70 %", { colour: c.muted, align: "right" });
  if (!plan.small && run.waiting(t))
    pen.text(plan.left - 16, foot - 30, "waiting", { colour: c.muted, align: "right" });
  drawFallers(pen, plan, run, t, view);
  for (const member of members) if (run.lanes.has(member.part)) drawHeight(pen, plan, run, t, member);
}

// A still frame shows the last arrival as a dotted arrow.
function drawLastFall(pen, { bus, foot, at }, run, t) {
  const part = run.target[upTo(run.arrived, t) - 1];
  const place = run.parts[part]?.place;
  if (place === null || place === undefined) return;
  const tail = foot - 30 - 11 * Math.min(10, run.lanes.get(part)?.waiting(t) ?? 0);
  drawMoved(pen, at(place + 0.5), bus + 44, at(place + 0.5), Math.max(bus + 58, tail));
}

// How many wait, above their line; requests fall behind it.
function drawHeight(pen, { foot, cell, at }, run, t, member) {
  const { waiting } = run.lane(member.part, t);
  const words = numberOf(waiting);
  if (waiting && pen.wide(words, 16, 600) < cell - 4)
    pen.text(at(member.place + 0.5), foot - 12 - 11 * Math.min(10, waiting), words, {
      weight: 600,
      align: "center",
      halo: pen.c.ground,
    });
}

const stateWordsShort = (members) => `${members.filter((member) => member.letter === "S").length} in service`;

function drawColumn(pen, plan, run, t, member, view) {
  const { foot, bus, cell } = plan;
  const x = plan.at(member.place + 0.5);
  const lane = run.lane(member.part, t);
  const served = run.state(member.part, "target", t);
  const off = !served || !["healthy", "initial"].includes(served.state) || member.letter === "P";
  pen.line(x, bus + 40, x, foot, pen.c.wire, 1.5, off ? [3, 7] : []);
  drawLine(pen, x, foot - 3, lane.waiting, { dx: 0, dy: -11, beads: 10, tallest: cell - 6 });
  if (lane.waiting <= 10)
    run.lanes
      .get(member.part)
      .line(t, 10)
      .forEach((row, place) => {
        const [bx, by] = beadAt(x, foot - 3, 0, -11, place);
        view.hits.push({ row, x: bx, y: by, r: 6 });
      });
  if (lane.lost) drawLostOnTile(pen, x + plan.tile / 2 - 6, foot + 4, run, t, member.part, view);
}

function drawLostOnTile(pen, x, y, run, t, part, view) {
  const { failed } = run.lanes.get(part);
  const age = (t - failed[upTo(failed, t) - 1]) / view.sim(900);
  if (age < 1) pen.cross(x, y - 10 + (view.motion ? 14 * easeOut(age) : 0), 6, 3);
}

// Requests that travel along the balancer and fall to their instance.
function drawFallers(pen, plan, run, t, view) {
  const { hop } = view;
  const { bus, foot, at } = plan;
  if (!view.motion) drawLastFall(pen, plan, run, t);
  if (!hop) return;
  const middle = plan.small ? 42 : bus + 20;
  const [first, last] = [upTo(run.arrived, t), upTo(run.arrived, t + 2 * hop)];
  const every = Math.ceil((last - first) / 90) || 1; // more would only be a thick line
  const inlet = every * (Math.ceil((last - upTo(run.arrived, t + hop)) / every / 5) || 1); // the way to the balancer is short
  for (let row = first - (first % every); row < last; row += every) {
    if (row < first) continue;
    const made = run.parts[run.target[row]];
    const away = (run.arrived[row] - t) / hop;
    let place;
    if (away > 1)
      place =
        plan.small || row % inlet
          ? null
          : hopOf(plan.customers + 40, middle, plan.left - 7, middle, 2 - away);
    else if (made && made.place !== null && made.place !== undefined) {
      const x = at(made.place + 0.5);
      const tail = foot - 8 - 11 * Math.min(10, run.lanes.get(run.target[row])?.waiting(t) ?? 0);
      place = hopOf(x, bus + 40, x, Math.max(bus + 52, tail), 1 - away);
    }
    if (!place) continue;
    drawToken(pen, ...place);
    view.hits.push({ row, x: place[0], y: place[1], r: 8 });
    view.moving += 1;
  }
}
