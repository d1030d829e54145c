// Rows: the same as lanes, on a narrow screen.

import { hopOf } from "./lanes.js";
import {
  BEADS,
  drawBadge,
  drawCapsule,
  drawCustomers,
  drawInlet,
  drawLine,
  drawMoved,
  drawToken,
} from "./pen.js";
import { upTo } from "./sorted.js";
import { clamp, numberOf, per, secondsOf } from "./words.js";

export function rowsPlan(run, width) {
  const parts = run.sorted;
  const direct = run.balancer === null;
  const first = direct ? 110 : 176;
  const pitch = 82;
  const ys = new Map(parts.map((part, place) => [part, first + pitch * place]));
  return {
    kind: "rows",
    width,
    parts,
    ys,
    direct,
    customers: 46,
    middle: 46,
    balancer: [14, 14],
    server: [width - 52, width - 16],
    height: first + pitch * (parts.length - 1) + 40,
    pitch: 10,
    box: 44,
  };
}

export function drawRows(pen, plan, run, t, view) {
  const { c } = pen;
  const { width } = plan;
  drawCustomers(pen, 46, 42);
  const name = run.customers.length ? run.parts[run.customers[0]].name : "customers";
  pen.text(92, 38, pen.fit(view.head || name[0].toUpperCase() + name.slice(1), width - 108, 16, 600), {
    weight: 600,
  });
  const rate =
    (run.arrivedBy(t) - run.arrivedBy(Math.max(0, t - run.window))) / Math.max(1, Math.min(t, run.window));
  if (t > 0) pen.text(92, 60, per(rate), { colour: c.muted });
  const lanes = plan.parts.map((part) => run.lane(part, t));
  if (!plan.direct) {
    pen.line(46, 62, 46, 92, c.wire);
    drawCapsule(pen, 14, 92, width - 28, 40);
    drawInlet(pen, 46, 92);
    pen.text(72, 118, "Balancer", { weight: 600, colour: c.onSlate });
    const counts = lanes.map((lane) => lane.sent);
    const [low, high] = [Math.min(...counts), Math.max(...counts)];
    pen.text(
      width - 30,
      118,
      low === high ? `${numberOf(low)} sent to each` : `${numberOf(low)} to ${numberOf(high)} sent`,
      { colour: c.onSlate, align: "right" },
    );
    pen.line(26, 132, 26, plan.ys.get(plan.parts[plan.parts.length - 1]) + 18, c.wire);
    view.places.push({ part: run.balancer, x: 14, y: 92, width: width - 28, height: 40 });
  }
  if (run.shared !== null) {
    const reach = drawLine(pen, width - 60, 66, run.waiting(t), { dx: -10, tallest: 30 });
    pen.text(width - 66 - reach, 73, numberOf(run.waiting(t)), { size: 20, weight: 600, align: "right" });
  }
  for (const lane of lanes) drawRow(pen, plan, run, t, lane, view);
}

function drawRow(pen, plan, run, t, lane, view) {
  const { c } = pen;
  const { width } = plan;
  const y = plan.ys.get(lane.part);
  const made = run.parts[lane.part];
  const looks = run.looks(lane.part, t) || { letter: "T", word: "gone", done: 1 };
  const speed = run.speed(lane.part, t);
  const name = made.name[0].toUpperCase() + made.name.slice(1);
  const note =
    looks.letter === "✕"
      ? looks.word
      : speed === 0.5
        ? "½ speed"
        : speed !== 1
          ? `speed ${numberOf(speed)}`
          : "";
  pen.text(42, y - 12, name, { weight: 600 });
  pen.text(42 + pen.wide(name, 16, 600) + 8, y - 12, note, { colour: c.muted });
  if (lane.times.n)
    pen.text(width - 58, y - 12, `${numberOf(lane.times.p50)} – ${secondsOf(lane.times.p95)}`, {
      align: "right",
    });
  drawBadge(pen, width - 28, y - 18, looks);
  const line = y + 18;
  pen.line(26, line, width - 46, line, c.wire);
  const row = lane.atWork[0];
  pen.ring(
    width - 30,
    line,
    13,
    row === undefined ? 0 : clamp((t - run.started[row]) / (run.endOf(row) - run.started[row] || 1), 0, 1),
    c.request,
  );
  if (row !== undefined) pen.disc(width - 30, line, 6, { fill: c.request });
  if (run.shared === null) {
    const pitch = Math.min(10, (width - 130) / BEADS);
    const reach = drawLine(pen, width - 50, line, lane.waiting, { dx: -pitch, tallest: 32 });
    drawRowTravellers(pen, plan, run, t, lane, line, view);
    pen.text(width - 56 - reach, line + 7, numberOf(lane.waiting), {
      size: 20,
      weight: 600,
      align: "right",
      halo: c.ground,
      colour: lane.waiting ? c.ink : c.muted,
    });
  }
  if (lane.lost) {
    pen.cross(50, line, 5.5, 2.8);
    pen.text(62, line + 5.5, `${numberOf(lane.lost)} lost`, { weight: 600, halo: c.ground });
  }
  view.places.push({ part: lane.part, x: 36, y: y - 32, width: width - 48, height: 68 });
}

function drawRowTravellers(pen, plan, run, t, lane, y, view) {
  if (run.shared !== null) return;
  const { joined } = run.lanes.get(lane.part);
  const tail = plan.width - 56 - 10 * Math.min(BEADS, lane.waiting);
  if (!view.motion && run.target[upTo(run.arrived, t) - 1] === lane.part)
    drawMoved(pen, 26, y, Math.max(60, tail - 24), y);
  if (!view.hop) return;
  const last = upTo(joined, t + view.hop);
  for (let place = upTo(joined, t); place < last; place += 1) {
    drawToken(pen, ...hopOf(26, y, tail, y, 1 - (joined[place] - t) / view.hop));
    view.moving += 1;
  }
}
