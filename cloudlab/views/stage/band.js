// The elastic band: a group alone, its tiles on a ruler, what it wants, and what was asked of it.

import { drawBand, drawFlag, drawPeg, drawSpring, drawTile } from "./pen.js";
import { NARROW } from "./sizes.js";
import { upTo } from "./sorted.js";
import { clamp, clockOf, easeOut, numberOf, spring } from "./words.js";

export function cellsOf(run) {
  const most = Math.max(
    ...run
      .kinds("instance")
      .map((part) => (run.parts[part].parent === run.group ? run.parts[part].place + 1 : 0)),
    1,
  );
  const series = run.found.get(`${run.group} GroupMaxSize`);
  const limit = series ? Math.max(...series.values) : most;
  return Math.max(most + 1, limit <= 14 ? limit : 0, 12);
}

export function bandPlan(run, width) {
  const cells = cellsOf(run);
  const pad = width < NARROW ? 30 : 64;
  const room = width < NARROW ? pad : 100;
  const cell = Math.min(74, (width - pad - room) / cells);
  return {
    kind: "band",
    width,
    cells,
    pad,
    cell,
    tile: Math.min(64, cell - 8),
    ruler: 179,
    height: width < NARROW ? 330 : 300,
    at: (n) => pad + n * cell,
  };
}

export function drawBandScene(pen, plan, run, t, view) {
  const { c } = pen;
  const { at, cell, ruler, width } = plan;
  const level = (metric) => run.level(run.group, metric, t);
  const [low, high, wish] = ["GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity"].map(level);
  const members = run.members(t);
  pen.text(plan.pad, 50, `Group “${run.parts[run.group].name}”`, { weight: 600 });
  const head = plan.pad + pen.wide(`Group “${run.parts[run.group].name}”`, 16, 600) + 12;
  const flagX = at(Math.min(shownWish(run, t, view), plan.cells));
  if (head + pen.wide(stateWords(members)) < flagX - 8 || flagX < plan.pad + 8)
    pen.text(head, 50, stateWords(members), { colour: c.muted });
  else pen.text(plan.pad, 24, pen.fit(stateWords(members), width - plan.pad - 20), { colour: c.muted });
  drawMembers(pen, plan, run, t, members, ruler - 63, view);
  drawBand(pen, at, ruler, plan.cells, low, high);
  const guess = view.prediction ? at(clamp(view.prediction.value, 0, plan.cells)) : -999;
  for (const [n, words] of low === high
    ? [[low, "min = max"]]
    : [
        [low, "min"],
        [high, "max"],
      ])
    if (Math.abs(at(Math.min(n, plan.cells)) - guess) > 24)
      pen.text(at(Math.min(n, plan.cells)), ruler + 47, words, { weight: 600, align: "center" });
  drawWish(pen, plan, run, t, wish, flagX, view);
  drawLosses(pen, plan, run, t, view);
  if (view.prediction)
    drawPeg(
      pen,
      guess,
      ruler + 22,
      `${view.prediction.words} ${numberOf(view.prediction.value)}${view.prediction.value > plan.cells ? " →" : ""}`,
    );
}

// The flag moves with one small overshoot when the wish changes.
export function shownWish(run, t, view) {
  const series = run.found.get(`${run.group} GroupDesiredCapacity`);
  const place = series ? upTo(series.times, t) : 0;
  if (place < 2) return place ? series.values[0] : 0;
  const age = (t - series.times[place - 1]) / view.sim(350);
  const [before, now] = [series.values[place - 2], series.values[place - 1]];
  return age < 1 && view.motion ? before + (now - before) * spring(age) : now;
}

function drawWish(pen, plan, run, t, wish, x, view) {
  const { c } = pen;
  const words = `desired ${numberOf(wish)}`;
  const clipped = run.clipped(t);
  const wide = pen.wide(words, 16, 600) + 40;
  const leftward = x + wide > plan.width - 8;
  const flag = drawFlag(pen, x, plan.ruler - 21, 124, words, leftward);
  if (!clipped) return;
  const told = [
    `${clipped.by} asked for ${numberOf(clipped.asked)},`,
    `${clipped.asked > clipped.granted ? "max" : "min"} lets it have ${numberOf(clipped.granted)}`,
  ];
  const end = plan.width - 40;
  if (clipped.asked > clipped.granted && end - Math.max(flag.tip, x) > 60)
    drawSpring(pen, Math.max(flag.tip, x) + 2, flag.y, end, numberOf(clipped.asked));
  if (clipped.asked < clipped.granted && flag.tip + 240 < plan.width) {
    told.forEach((line, place) =>
      pen.text(flag.tip + 14, flag.y - 4 + 21 * place, line, { colour: c.muted }),
    );
    return;
  }
  const y = flag.y + 38;
  const clear = Math.max(...run.members(t).map((member) => plan.at(member.place + 1)), 0) + 12;
  const room = plan.width - 24 - Math.max(...told.map((line) => pen.wide(line)));
  if (clear < room)
    told.forEach((line, place) =>
      pen.text(plan.width - 24, y + 21 * place, line, { colour: c.muted, align: "right" }),
    );
  else
    pen.text(plan.width - 20, plan.height - 14, pen.fit(told.join(" "), plan.width - 40), {
      colour: c.muted,
      align: "right",
    });
}

export function drawMembers(pen, plan, run, t, members, y, view) {
  for (const member of members) {
    const x = plan.at(member.place + 0.5);
    const size = plan.tile;
    const name = run.parts[member.part].name;
    if (view.selected === member.part)
      pen.rect(x - size / 2 - 4, y - size / 2 - 4, size + 8, size + 8, 12, { edge: pen.c.request, line: 3 });
    const age = member.letter === "✕" && view.motion ? clamp((t - member.since) / view.sim(300), 0, 1) : 1;
    if (member.letter === "✕") {
      pen.context.save();
      pen.context.translate(x, y);
      pen.context.rotate((9 * Math.PI * easeOut(age)) / 180);
      drawTile(pen, 0, 0, size, member, name);
      pen.context.restore();
    } else drawTile(pen, x, y, size, member, name);
    view.places.push({ part: member.part, x: x - size / 2, y: y - size / 2, width: size, height: size });
  }
}

// The last two that were lost lie below their cell for a while.
function drawLosses(pen, plan, run, t, view) {
  const lost = run
    .kinds("instance")
    .flatMap((part) => {
      const state = run.parts[part].parent === run.group ? run.state(part, "application", t) : null;
      const gone = !run.looks(part, t) || ["T", "D"].includes(run.looks(part, t)?.letter);
      return state?.state === "terminated" || state?.state === "killed"
        ? [{ part, time: state.time, killed: state.state === "killed", gone }]
        : [];
    })
    .filter(({ killed }) => killed)
    .sort((a, b) => b.time - a.time)
    .slice(0, 1);
  for (const { part, time } of lost) {
    const place = run.parts[part].place;
    const size = Math.min(52, plan.tile);
    const x = plan.at(place + 0.5);
    const y = plan.ruler + 78;
    const age = view.motion ? clamp((t - time) / view.sim(300), 0, 1) : 1;
    const peg = view.prediction ? plan.at(view.prediction.value) : -999;
    if (Math.abs(peg - x) < 90) continue;
    pen.context.save();
    pen.context.globalAlpha = age;
    pen.context.translate(x, y - 24 * (1 - easeOut(age)));
    pen.context.rotate((-9 * Math.PI) / 180);
    pen.rect(-size / 2, -size / 2, size, size, 8, { fill: pen.c.failTint, edge: pen.c.fail, line: 2 });
    pen.cross(0, 0, size * 0.2, 3);
    pen.context.restore();
    const told = [`${run.parts[part].name}, killed at ${clockOf(time, run.end)}`, standIn(run, part, t)];
    const onLeft = x > plan.width / 2 || x - size / 2 - 12 - pen.wide(told[0]) > 8;
    told.forEach((line, row) =>
      pen.text(onLeft ? x - size / 2 - 14 : x + size / 2 + 14, y - 2 + 21 * row, line, {
        align: onLeft ? "right" : "left",
        colour: row ? pen.c.muted : pen.c.ink,
        halo: pen.c.ground,
      }),
    );
  }
}

function standIn(run, part, t) {
  const place = run.parts[part].place;
  const next = run
    .kinds("instance")
    .find(
      (other) =>
        other !== part &&
        run.parts[other].place === place &&
        run.parts[other].born > run.parts[part].born &&
        run.parts[other].born <= t,
    );
  return next === undefined ? "" : `${run.parts[next].name} takes its place`;
}

function stateWords(members) {
  const count = (letters) => members.filter((member) => letters.includes(member.letter)).length;
  return (
    [
      [count(["S", "-"]), "in service"],
      [count(["P"]), "pending"],
      [count(["D", "T"]), "ending"],
      [count(["✕"]), "failed"],
    ]
      .filter(([number]) => number)
      .map(([number, words]) => `${number} ${words}`)
      .join(", ") || "no instance"
  );
}
