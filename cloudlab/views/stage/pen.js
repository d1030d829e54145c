// The alphabet: every shape that a stage knows, drawn on a canvas in the colours of the theme.
//
// State is colour and shape and letter. `Pen` holds the plain shapes; the functions below draw the things of
// the cloud with it. Sizes are in pixels at scale 1; the canvas itself is scaled for projectors.

import { numberOf } from "./words.js";

const COLOURS = [
  "paper",
  "ground",
  "raised",
  "ink",
  "muted",
  "hair",
  "edge",
  "wire",
  "slate",
  "on-slate",
  "request",
  "request-text",
  "request-tint",
  "wait",
  "wait-edge",
  "ok",
  "on-ok",
  "ok-tint",
  "boot",
  "boot-edge",
  "boot-tint",
  "fail",
  "fail-tint",
  "money",
];

export class Pen {
  constructor(canvas, el) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.el = el;
    this.readTheme();
  }

  readTheme() {
    const style = getComputedStyle(this.el);
    this.c = Object.fromEntries(
      COLOURS.map((name) => [
        name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()),
        style.getPropertyValue(`--${name}`).trim(),
      ]),
    );
    this.fonts = style.getPropertyValue("--fonts").trim() || "sans-serif";
  }

  // Make room for a picture of so many pixels, and clear it.
  begin(width, height, scale) {
    const ratio = (window.devicePixelRatio || 1) * scale;
    const wide = Math.round(width * ratio);
    const high = Math.round(height * ratio);
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      Object.assign(this.canvas, { width: wide, height: high });
      this.canvas.style.height = `${height * scale}px`;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.lineCap = "round";
    this.context.lineJoin = "round";
  }

  stroke(colour, line = 1.5, dash = []) {
    Object.assign(this.context, { strokeStyle: colour, lineWidth: line });
    this.context.setLineDash(dash);
    this.context.stroke();
    this.context.setLineDash([]);
  }

  finish({ fill, edge, line, dash }) {
    if (fill) {
      this.context.fillStyle = fill;
      this.context.fill();
    }
    if (edge) this.stroke(edge, line, dash);
  }

  rect(x, y, width, height, radius, style) {
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, radius);
    this.finish(style);
  }

  disc(x, y, radius, style) {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.finish(style);
  }

  path(points, style, closed = true) {
    this.context.beginPath();
    points.forEach(([x, y], place) => (place ? this.context.lineTo(x, y) : this.context.moveTo(x, y)));
    if (closed) this.context.closePath();
    this.finish(style);
  }

  line(x1, y1, x2, y2, colour, line = 1.5, dash = []) {
    this.path(
      [
        [x1, y1],
        [x2, y2],
      ],
      { edge: colour, line, dash },
      false,
    );
  }

  // A ring that is filled clockwise from the top by `share`.
  ring(x, y, radius, share, colour, line = 4.5, ground = this.c.hair) {
    this.context.lineCap = "butt";
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.stroke(ground, line);
    if (share > 0) {
      this.context.beginPath();
      this.context.arc(x, y, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.min(share, 1));
      this.stroke(colour, line);
    }
    this.context.lineCap = "round";
  }

  cross(x, y, half, line = 3) {
    this.line(x - half, y - half, x + half, y + half, this.c.fail, line);
    this.line(x - half, y + half, x + half, y - half, this.c.fail, line);
  }

  font(size, weight) {
    this.context.font = `${weight} ${size}px ${this.fonts}`;
  }

  text(x, y, words, { size = 16, weight = 400, colour = this.c.ink, align = "left", halo = "" } = {}) {
    this.font(size, weight);
    this.context.textAlign = align;
    if (halo) {
      Object.assign(this.context, { strokeStyle: halo, lineWidth: 6 });
      this.context.strokeText(words, x, y);
    }
    this.context.fillStyle = colour;
    this.context.fillText(words, x, y);
  }

  wide(words, size = 16, weight = 400) {
    this.font(size, weight);
    return this.context.measureText(words).width;
  }

  // Words that fit into `room`: shortened with … where they must be.
  fit(words, room, size = 16, weight = 400) {
    if (this.wide(words, size, weight) <= room) return words;
    let kept = words;
    while (kept.length > 1 && this.wide(`${kept}…`, size, weight) > room) kept = kept.slice(0, -1);
    return `${kept.trimEnd()}…`;
  }

  // Slanted lines over a box with round corners: what is launching.
  hatch(x, y, width, height, radius, colour, gap = 7, line = 3.4) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.roundRect(x, y, width, height, radius);
    context.clip();
    for (let start = Math.floor((x - height) / gap) * gap; start < x + width; start += gap)
      this.line(start, y + height, start + height, y, colour, line);
    context.restore();
  }
}

// Requests

export function drawToken(pen, x, y, backX, backY) {
  const { context, c } = pen;
  const far = Math.hypot(x - backX, y - backY);
  if (far > 4) {
    const reach = Math.min(40, far);
    const ux = (backX - x) / far;
    const uy = (backY - y) / far;
    const shade = context.createLinearGradient(x, y, x + ux * reach, y + uy * reach);
    shade.addColorStop(0, `${c.request}80`);
    shade.addColorStop(1, `${c.request}00`);
    context.beginPath();
    context.moveTo(x - uy * 4.5, y + ux * 4.5);
    context.lineTo(x + ux * reach, y + uy * reach);
    context.lineTo(x + uy * 4.5, y - ux * 4.5);
    context.closePath();
    context.fillStyle = shade;
    context.fill();
  }
  pen.disc(x, y, 6, { fill: c.request });
}

// The head of an arrow that comes from (fromX, fromY).
export function drawHead(pen, x, y, fromX, fromY) {
  const turn = Math.atan2(y - fromY, x - fromX);
  const corner = (angle) => [x - 11 * Math.cos(turn + angle), y - 11 * Math.sin(turn + angle)];
  pen.path([corner(0.5), [x, y], corner(-0.5)], { edge: pen.c.request, line: 3 }, false);
}

// A dotted arrow: what moved last, where nothing moves in the picture.
export function drawMoved(pen, x1, y1, x2, y2) {
  pen.line(x1, y1, x2, y2, pen.c.request, 3, [1, 7]);
  drawHead(pen, x2, y2, x1, y1);
}

// A ticket: a message with its number.
export function drawTicket(pen, x, y, words) {
  const { c, context } = pen;
  pen.rect(x - 23, y - 14, 46, 28, 6, { fill: c.wait, edge: c.waitEdge });
  for (const side of [x - 23, x + 23]) pen.disc(side, y, 4, { fill: c.ground });
  context.beginPath();
  context.arc(x - 23, y, 4, -Math.PI / 2, Math.PI / 2);
  pen.stroke(c.waitEdge);
  context.beginPath();
  context.arc(x + 23, y, 4, Math.PI / 2, -Math.PI / 2);
  pen.stroke(c.waitEdge);
  pen.text(x, y + 5.5, words, { weight: 600, align: "center" });
}

// A ticket on its way, with what it leaves behind.
export function drawSmallTicket(pen, x, y, backX, backY) {
  const { c } = pen;
  pen.line(backX, backY, x, y, `${c.request}55`, 6);
  pen.rect(x - 10, y - 7, 20, 14, 4, { fill: c.wait, edge: c.waitEdge });
}

// A message that came back: an open circle with an arrow's head.
export function drawAgain(pen, x, y) {
  pen.context.beginPath();
  pen.context.arc(x, y, 5, 0.3, 5.2);
  pen.stroke(pen.c.fail, 2.2);
  pen.path(
    [
      [x + 5.2, y - 7],
      [x + 4.6, y - 2.4],
      [x, y - 3],
    ],
    { edge: pen.c.fail, line: 2.2 },
    false,
  );
}

// The plug of a part that is dead: pulled out, it hangs below.
export function drawPlug(pen, x, y) {
  const { c, context } = pen;
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x + 1, y + 9, x + 14, y + 2, x + 14, y + 10);
  pen.stroke(c.fail, 2);
  pen.rect(x + 8, y + 10, 12, 9, 3, { fill: c.fail });
  pen.line(x + 11, y + 20, x + 11, y + 23, c.fail, 2);
  pen.line(x + 17, y + 20, x + 17, y + 23, c.fail, 2);
}

export const BEADS = 20;

// A line of `amount` with its head at (x, y), growing by (dx, dy) from bead to bead.
// To `beads` it is beads; above, so many capsules that grow, so that area is amount. Returns how far it reaches.
export function drawLine(
  pen,
  x,
  y,
  amount,
  { dx = -14, dy = 0, beads = BEADS, tallest = 64, shift = 0 } = {},
) {
  const { c } = pen;
  const pitch = Math.abs(dx || dy);
  const style = { fill: c.wait, edge: c.waitEdge };
  const radius = Math.min(5.25, pitch / 2 - 0.8);
  const at = (place) => [x + dx * (place + 0.5 + shift), y + dy * (place + 0.5 + shift)];
  if (amount <= beads) {
    for (let place = 0; place < amount; place += 1) pen.disc(...at(place), radius, style);
    return pitch * amount;
  }
  const size = (2 * radius + 1) * (amount / beads);
  const height = Math.min(tallest, size);
  const wide = pitch - 2.5;
  for (let place = 0; place < beads; place += 1) {
    const [cx, cy] = [x + dx * (place + 0.5), y + dy * (place + 0.5)];
    if (dx) pen.rect(cx - wide / 2, cy - height / 2, wide, height, wide / 2, style);
    else pen.rect(cx - height / 2, cy - wide / 2, height, wide, wide / 2, style);
  }
  if (size > tallest) {
    // no room for all: a break mark, and the number rules
    const [bx, by] = [x + dx * (beads - 2.4), y + dy * (beads - 2.4)];
    for (const step of [0, 7])
      if (dx) pen.line(bx + step - 5, by + tallest / 2 + 3, bx + step + 5, by - tallest / 2 - 3, c.ground, 4);
      else pen.line(bx - tallest / 2 - 3, by + step + 5, bx + tallest / 2 + 3, by + step - 5, c.ground, 4);
  }
  return pitch * beads;
}

// Where waiting request number `place` stands, for a pointer that selects it.
export const beadAt = (x, y, dx, dy, place) => [x + dx * (place + 0.5), y + dy * (place + 0.5)];

// Parts

export function drawCustomers(pen, x, y, colour = pen.c.slate) {
  const { c } = pen;
  for (const [dx, dy, size] of [
    [-18, 4, 0.8],
    [18, 4, 0.8],
    [0, 0, 1],
  ]) {
    const style = { fill: colour, edge: c.ground, line: 2.5 };
    pen.rect(x + dx - 16 * size, y + dy + 1, 32 * size, 21 * size, [14 * size, 14 * size, 0, 0], style);
    pen.disc(x + dx, y + dy - 10 * size, 9.5 * size, style);
  }
}

export function drawCapsule(pen, x, y, width, height) {
  pen.rect(x, y, width, height, 16, { fill: pen.c.slate });
}

export function drawInlet(pen, x, y) {
  pen.disc(x, y, 7, { fill: pen.c.ground, edge: pen.c.slate, line: 3.5 });
}

export const chevron = (pen, x, y, colour) =>
  pen.path(
    [
      [x - 2.5, y - 5],
      [x + 2.5, y],
      [x - 2.5, y + 5],
    ],
    { edge: colour, line: 2.2 },
    false,
  );

// S solid, P hatch that rises, D door open, T dashed, ✕ failed, - left out: a badge of 24 px inside wide parts.
export function drawBadge(pen, x, y, looks, size = 24) {
  const { c } = pen;
  const half = size / 2;
  const middle = { size: 14, weight: 700, align: "center" };
  const radius = 6;
  const { letter, done } = looks;
  if (letter === "S" && done === 1) pen.rect(x - half, y - half, size, size, radius, { fill: c.ok });
  if (letter === "S" && done < 1)
    pen.rect(x - half, y - half, size, size, radius, { fill: c.okTint, edge: c.ok, line: 2 });
  if (letter === "P") {
    pen.rect(x - half, y - half, size, size, radius, { fill: c.bootTint });
    pen.hatch(
      x - half,
      y + half - size * Math.max(0.1, done),
      size,
      size * Math.max(0.1, done),
      radius,
      c.boot,
      6,
      2.6,
    );
    pen.rect(x - half, y - half, size, size, radius, { edge: c.bootEdge, line: 2 });
  }
  if (letter === "D") {
    pen.rect(x - half, y - half, size, size, radius, { fill: c.okTint });
    pen.path(
      [
        [x + half, y - half],
        [x - half, y - half],
        [x - half, y + half],
        [x + half, y + half],
      ],
      { edge: c.ok, line: 2 },
      false,
    );
  }
  if (letter === "T" || letter === "-")
    pen.rect(x - half + 1, y - half + 1, size - 2, size - 2, radius, { edge: c.edge, line: 2, dash: [4, 3] });
  if (letter === "✕") {
    pen.rect(x - half, y - half, size, size, radius, { fill: c.failTint, edge: c.fail, line: 2 });
    pen.cross(x, y, 5, 2.6);
  } else if (letter !== "-") {
    const ink = letter === "S" && done === 1 ? c.onOk : letter === "T" ? c.muted : c.ink;
    if (letter === "P") pen.disc(x, y, 8, { fill: c.bootTint });
    pen.text(x, y + 5, letter, { ...middle, colour: ink });
  }
}

// An instance as a tile with its centre at (x, y).
export function drawTile(pen, x, y, size, looks, name) {
  const { c } = pen;
  const [left, top, radius] = [x - size / 2, y - size / 2, (10 * size) / 64];
  const { letter, done } = looks;
  const named = size >= 46 && pen.wide(name) <= size - 6;
  const line = named ? y - size * 0.14 : y;
  let ink = c.ink;
  if (letter === "S" && done === 1) {
    pen.rect(left, top, size, size, radius, { fill: c.ok });
    ink = c.onOk;
  } else if (letter === "S") {
    pen.rect(left, top, size, size, radius, { fill: c.okTint, edge: c.ok, line: 2 });
  } else if (letter === "P") {
    const high = Math.max(0.05, done) * size;
    pen.rect(left, top, size, size, radius, { fill: c.bootTint });
    pen.hatch(left, top + size - high, size, high, [0, 0, radius, radius], c.boot);
    pen.line(left + 1, top + size - high, left + size - 1, top + size - high, c.bootEdge);
    pen.rect(left, top, size, size, radius, { edge: c.bootEdge, line: 2 });
    if (named) pen.rect(x - size * 0.36, y + size * 0.15, size * 0.72, size * 0.28, 6, { fill: c.bootTint });
  } else if (letter === "D") {
    pen.rect(left, top, size, size, radius, { fill: c.okTint });
    pen.path(
      [
        [left + size, top],
        [left, top],
        [left, top + size],
        [left + size, top + size],
      ],
      { edge: c.ok, line: 2 },
      false,
    );
    pen.line(left + size * 0.78, y, left + size + 12, y, c.ok, 2);
    pen.path(
      [
        [left + size + 7, y - 5],
        [left + size + 12, y],
        [left + size + 7, y + 5],
      ],
      { edge: c.ok, line: 2 },
      false,
    );
  } else if (letter === "✕") {
    pen.rect(left, top, size, size, radius, { fill: c.failTint, edge: c.fail, line: 2 });
    pen.cross(x, line, size * 0.14, 3.2);
  } else {
    pen.rect(left + 1, top + 1, size - 2, size - 2, radius, { edge: c.edge, line: 2, dash: [5, 4] });
    ink = c.muted;
  }
  if (done < 1 && size >= 34 && (letter === "P" || letter === "S")) {
    const [tint, edge] = letter === "P" ? [c.bootTint, c.bootEdge] : [c.okTint, c.ok];
    const ring = Math.min(14, size * 0.22);
    pen.disc(x, line, ring + 1, { fill: tint });
    pen.ring(x, line, ring, done, edge, 3.5);
  }
  const letterSize = size >= 56 && done === 1 ? 20 : size >= 34 ? 16 : 14;
  if (letter !== "✕" && letter !== "-")
    pen.text(x, line + letterSize * 0.35, letter, {
      size: letterSize,
      weight: 600,
      colour: ink,
      align: "center",
    });
  if (named) pen.text(x, y + size * 0.36, name, { colour: ink, align: "center" });
}

// How busy: a bar with its tick at 70 %.
export function drawBusy(pen, x, y, width, share, height = 7) {
  const { c } = pen;
  pen.rect(x, y, width, height, height / 2, { fill: c.hair });
  if (share > 0.005) pen.rect(x, y, Math.max(height, width * share), height, height / 2, { fill: c.request });
  pen.line(x + 0.7 * width, y - 3, x + 0.7 * width, y + height + 3, c.ink, 1.75);
}

// A group: the ruler, its band between two handles.
export function drawBand(pen, at, y, cells, low, high) {
  const { c } = pen;
  pen.line(at(0), y, at(cells), y, c.wire);
  const [left, right] = [at(Math.min(low, cells)), at(Math.min(high, cells))];
  if (right > left) pen.rect(left, y - 17, right - left, 34, 8, { fill: c.hair, edge: c.edge, line: 1.75 });
  const room = at(1) - at(0);
  const every = room >= 34 ? 1 : room >= 20 ? 2 : 5;
  const plate = (words) => Math.max(34, pen.wide(words, 20, 600) + 14) / 2 + 12; // half a handle, and a number
  const [first, last] = [plate(String(low)), plate(high > cells ? `${high} ›` : String(high))];
  for (let n = 0; n <= cells; n += every) {
    if (Math.abs(at(n) - left) < first || Math.abs(at(n) - right) < last) continue;
    const inside = n > low && n < high;
    if (!inside) pen.disc(at(n), y, 14, { fill: c.ground });
    pen.text(at(n), y + 5.5, String(n), { colour: inside ? c.ink : c.muted, align: "center" });
  }
  drawHandle(pen, left, y, String(low));
  if (high !== low) drawHandle(pen, right, y, high > cells ? `${high} ›` : String(high));
}

function drawHandle(pen, x, y, words) {
  const wide = Math.max(34, pen.wide(words, 20, 600) + 14);
  pen.rect(x - wide / 2, y - 21, wide, 42, 9, { fill: pen.c.slate });
  pen.text(x, y + 7, words, { size: 20, weight: 600, colour: pen.c.onSlate, align: "center" });
}

// The flag: what the group wants. `up` is the height of the pole; a negative one points down.
export function drawFlag(pen, x, y, up, words, leftward = false) {
  const { c } = pen;
  const wide = pen.wide(words, 16, 600) + 24;
  const top = up > 0 ? y - up : y - up - 32;
  pen.line(x, y, x, up > 0 ? top + 2 : top + 30, c.slate, 3);
  const way = leftward ? -1 : 1;
  pen.path(
    [
      [x - 1.5 * way, top],
      [x + way * wide, top],
      [x + way * (wide + 10), top + 16],
      [x + way * wide, top + 32],
      [x - 1.5 * way, top + 32],
    ],
    { fill: c.slate },
  );
  pen.text(x + (way * wide) / 2, top + 21.5, words, { weight: 600, colour: c.onSlate, align: "center" });
  return { tip: x + way * (wide + 10), y: top + 16 };
}

// A spring from the flag to what was asked for and not granted.
export function drawSpring(pen, x, y, end, words) {
  const points = [];
  for (let step = 0; step <= 120; step += 1) {
    const share = step / 120;
    points.push([x + (end - 16 - x) * share, y + 8 * (1 - share) ** 0.8 * Math.sin(share * 26)]);
  }
  pen.path(points, { edge: pen.c.edge, line: 2 }, false);
  const wide = Math.max(28, pen.wide(words, 16, 600) + 12);
  pen.rect(end - wide / 2, y - 14, wide, 28, 8, {
    fill: pen.c.ground,
    edge: pen.c.edge,
    line: 1.75,
    dash: [4, 3],
  });
  pen.text(end, y + 5.5, words, { weight: 600, align: "center" });
}

// What was predicted: a hollow blue peg that points up.
export function drawPeg(pen, x, y, words) {
  pen.path(
    [
      [x - 9, y + 22],
      [x - 9, y + 9],
      [x, y],
      [x + 9, y + 9],
      [x + 9, y + 22],
    ],
    { edge: pen.c.request, line: 2.2, fill: pen.c.ground },
  );
  pen.text(x, y + 42, words, { colour: pen.c.requestText, weight: 600, align: "center" });
}

export function drawTopic(pen, x, y) {
  const { c } = pen;
  pen.path(
    [
      [x - 26, y - 11],
      [x - 10, y - 11],
      [x + 12, y - 27],
      [x + 12, y + 27],
      [x - 10, y + 11],
      [x - 26, y + 11],
    ],
    { fill: c.slate },
  );
  for (const reach of [16, 25]) {
    pen.context.beginPath();
    pen.context.arc(x + 8, y, reach, -0.8, 0.8);
    pen.stroke(c.slate, 3.4);
  }
}

export function drawDatabase(pen, x, y) {
  const { c, context } = pen;
  const style = { fill: c.raised, edge: c.edge };
  pen.path(
    [
      [x - 30, y - 24],
      [x - 30, y + 24],
      [x + 30, y + 24],
      [x + 30, y - 24],
    ],
    { fill: c.raised },
    true,
  );
  for (const [dy, from, to] of [
    [24, 0, Math.PI],
    [-6, 0, Math.PI],
    [-24, 0, 2 * Math.PI],
  ]) {
    context.beginPath();
    context.ellipse(x, y + dy, 30, 9, 0, from, to);
    pen.finish(style);
  }
  pen.line(x - 30, y - 24, x - 30, y + 24, c.edge);
  pen.line(x + 30, y - 24, x + 30, y + 24, c.edge);
}

// A subscriber: a box with a hollow ear; asleep it is dashed, with a Z; one that filters has a funnel in its ear.
export function drawSubscriber(pen, x, y, words, asleep = false, filters = false) {
  const { c } = pen;
  const half = 70;
  pen.context.beginPath();
  pen.context.moveTo(x - half, y - 20);
  pen.context.arc(x - half, y, 20, -Math.PI / 2, Math.PI / 2);
  pen.context.lineTo(x + half - 10, y + 20);
  pen.context.arcTo(x + half, y + 20, x + half, y + 10, 10);
  pen.context.arcTo(x + half, y - 20, x + half - 10, y - 20, 10);
  pen.context.closePath();
  pen.finish({ fill: c.raised, edge: c.edge, dash: asleep ? [5, 4] : [] });
  pen.text(x + 8, y + 5.5, asleep ? `${words} Z` : words, { weight: 600, align: "center" });
  if (filters)
    pen.path(
      [
        [x - half + 2, y - 9],
        [x - half + 16, y - 9],
        [x - half + 11, y - 1],
        [x - half + 11, y + 8],
        [x - half + 7, y + 10],
        [x - half + 7, y - 1],
      ],
      { fill: c.slate },
    );
}

// A queue: an open-fronted rack, with what waits in it.
export function drawRack(pen, x, y, width, amount) {
  const { c } = pen;
  pen.path(
    [
      [x + width, y - 24],
      [x + 8, y - 24],
      [x, y - 16],
      [x, y + 16],
      [x + 8, y + 24],
      [x + width, y + 24],
    ],
    { fill: c.raised, edge: c.edge },
    false,
  );
  const pitch = Math.min(14, (width - 56) / BEADS);
  const reach = drawLine(pen, x + width - 6, y, amount, { dx: -pitch, tallest: 40 });
  pen.text(x + width - 12 - reach, y + 7, numberOf(amount), { size: 20, weight: 600, align: "right" });
  return pitch;
}

// A function's environment: a stall, its awning hatched while it starts (I), solid while it runs, pale when idle (Z).
export function drawStall(pen, x, y, letter, done) {
  const { c } = pen;
  const [fill, edge] = { I: [c.bootTint, c.bootEdge], R: [c.ok, c.ok], Z: [c.okTint, c.ok] }[letter];
  pen.rect(x - 25, y - 10, 50, 38, [0, 0, 6, 6], { fill: c.raised, edge });
  const awning = [
    [x - 26, y - 28],
    [x + 26, y - 28],
    [x + 32, y - 14],
    [x - 32, y - 14],
  ];
  pen.path(awning, { fill, edge });
  if (letter === "I") pen.hatch(x - 28, y - 28, 56, 14, 3, c.boot, 8, 3);
  for (let scallop = 0; scallop < 4; scallop += 1) {
    pen.context.beginPath();
    pen.context.arc(x - 24 + 16 * scallop, y - 14, 8, 0, Math.PI);
    pen.finish({ fill, edge });
  }
  pen.ring(x, y + 10, 10, done, letter === "R" ? c.request : letter === "I" ? c.bootEdge : c.edge, 3.2);
  if (letter === "R") pen.disc(x, y + 10, 4.5, { fill: c.request });
  else pen.text(x, y + 15, letter, { size: 14, weight: 700, align: "center" });
}

// A host: memory along its top edge, processor along its bottom edge; a container is a slab, exact in both.
// `slabs` are {memory, cpu (shares 0 to 1), tone: "ok" | "pale" | "boot"}, from left to right; the rest is free.
export function drawHost(pen, x, y, width, height, slabs) {
  const { c } = pen;
  pen.rect(x, y, width, height, 8, { fill: c.ground });
  pen.hatch(x, y, width, height, 8, c.hair, 8, 1.6);
  const fills = { ok: [c.ok, c.ok], pale: [c.okTint, c.ok], boot: [c.bootTint, c.bootEdge] };
  let [above, below] = [x + 3, x + 3];
  for (const { memory, cpu, tone } of slabs) {
    const [upper, lower] = [above + memory * (width - 6), below + cpu * (width - 6)];
    const [third, half] = [y + 4 + (height - 8) * 0.3, y + 4 + (height - 8) * 0.7];
    const outline = [
      [above, y + 4],
      [upper, y + 4],
      [upper, third],
      [lower, half],
      [lower, y + height - 4],
      [below, y + height - 4],
      [below, half],
      [above, third],
    ];
    pen.path(outline, { fill: fills[tone][0] });
    if (tone === "boot") {
      pen.context.save();
      pen.path(outline, {});
      pen.context.clip();
      pen.hatch(
        Math.min(above, below),
        y,
        Math.max(upper, lower) - Math.min(above, below),
        height,
        0,
        c.boot,
        7,
        3,
      );
      pen.context.restore();
    }
    pen.path(outline, { edge: fills[tone][1], line: 1.5 });
    [above, below] = [upper, lower];
  }
  pen.rect(x, y, width, height, 8, { edge: c.edge });
}
