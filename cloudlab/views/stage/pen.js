// A pen: plain shapes and text on a canvas, in the colours of the theme.
//
// State is colour and shape and letter. `shapes.js`, `tiles.js`, `ruler.js` and the files of kinds/ draw the
// things of the cloud with it. Sizes are in pixels at scale 1; the canvas itself is scaled for projectors.

/** @import { Mark, Point, Style } from "./contract.js" */

/** The colours of the theme: `okTint` is the stylesheet's `--ok-tint`. */
const COLOURS = {
  paper: "--paper",
  ground: "--ground",
  raised: "--raised",
  ink: "--ink",
  muted: "--muted",
  hair: "--hair",
  edge: "--edge",
  wire: "--wire",
  slate: "--slate",
  onSlate: "--on-slate",
  request: "--request",
  requestText: "--request-text",
  requestTint: "--request-tint",
  wait: "--wait",
  waitEdge: "--wait-edge",
  ok: "--ok",
  onOk: "--on-ok",
  okTint: "--ok-tint",
  boot: "--boot",
  bootEdge: "--boot-edge",
  bootTint: "--boot-tint",
  fail: "--fail",
  failTint: "--fail-tint",
  money: "--money",
};

export class Pen {
  /**
   * What was drawn and where, in pixels of the picture; null, as usual, when nobody asks. A test asks, and
   * finds words that cover each other.
   *
   * @type {Mark[] | null}
   */
  marks = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} el the element whose theme it takes
   */
  constructor(canvas, el) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.el = el;
    this.c = { ...COLOURS };
    this.fonts = "";
    this.ratio = 1; // pixels of the canvas to one of the picture
    this.readTheme();
  }

  readTheme() {
    const style = getComputedStyle(this.el);
    for (const name of /** @type {(keyof typeof COLOURS)[]} */ (Object.keys(COLOURS)))
      this.c[name] = style.getPropertyValue(COLOURS[name]).trim();
    this.fonts = style.getPropertyValue("--fonts").trim() || "sans-serif";
  }

  /**
   * Make room for a picture of so many pixels, and clear it.
   *
   * @param {number} width
   * @param {number} height
   * @param {number} scale
   */
  begin(width, height, scale) {
    const ratio = (window.devicePixelRatio || 1) * scale;
    this.ratio = ratio;
    if (this.marks) this.marks = [];
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

  /**
   * Note what stands in a box, where somebody asks.
   *
   * @param {string} what
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  mark(what, x, y, width, height, words = "") {
    if (!this.marks) return;
    const { a, b, c, d, e, f } = this.context.getTransform();
    const [right, low] = [x + width, y + height];
    const xs = [a * x + c * y, a * right + c * y, a * x + c * low, a * right + c * low];
    const ys = [b * x + d * y, b * right + d * y, b * x + d * low, b * right + d * low];
    const [left, top] = [(Math.min(...xs) + e) / this.ratio, (Math.min(...ys) + f) / this.ratio];
    const [wide, high] = [Math.max(...xs) + e, Math.max(...ys) + f].map((far) => far / this.ratio);
    this.marks.push({ what, words, x: left, y: top, width: wide - left, height: high - top });
  }

  /**
   * @param {string} colour
   * @param {number[]} dash
   */
  stroke(colour, line = 1.5, dash = []) {
    Object.assign(this.context, { strokeStyle: colour, lineWidth: line });
    this.context.setLineDash(dash);
    this.context.stroke();
    this.context.setLineDash([]);
  }

  /** @param {Style} style */
  finish({ fill, edge, line, dash }) {
    if (fill) {
      this.context.fillStyle = fill;
      this.context.fill();
    }
    if (edge) this.stroke(edge, line, dash);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {number | number[]} radius
   * @param {Style} style
   */
  rect(x, y, width, height, radius, style) {
    this.mark("box", x, y, width, height);
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, radius);
    this.finish(style);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {Style} style
   */
  disc(x, y, radius, style) {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.finish(style);
  }

  /**
   * @param {Point[]} points
   * @param {Style} style
   */
  path(points, style, closed = true) {
    this.context.beginPath();
    points.forEach(([x, y], place) => (place ? this.context.lineTo(x, y) : this.context.moveTo(x, y)));
    if (closed) this.context.closePath();
    this.finish(style);
  }

  /**
   * @param {number} x1
   * @param {number} y1
   * @param {number} x2
   * @param {number} y2
   * @param {string} colour
   * @param {number[]} dash
   */
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

  /**
   * A ring that is filled clockwise from the top by `share`.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {number} share
   * @param {string} colour
   */
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

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} half
   */
  cross(x, y, half, line = 3) {
    this.mark("cross", x - half, y - half, 2 * half, 2 * half);
    this.line(x - half, y - half, x + half, y + half, this.c.fail, line);
    this.line(x - half, y + half, x + half, y - half, this.c.fail, line);
  }

  /**
   * @param {number} size
   * @param {number} weight
   */
  font(size, weight) {
    this.context.font = `${weight} ${size}px ${this.fonts}`;
  }

  /**
   * @param {number} x
   * @param {number} y its baseline
   * @param {string} words
   * @param {{ size?: number, weight?: number, colour?: string, align?: string, halo?: string }} [style]
   */
  text(x, y, words, { size = 16, weight = 400, colour = this.c.ink, align = "left", halo = "" } = {}) {
    this.font(size, weight);
    this.context.textAlign = /** @type {CanvasTextAlign} */ (align);
    if (halo) {
      Object.assign(this.context, { strokeStyle: halo, lineWidth: 6 });
      this.context.strokeText(words, x, y);
    }
    this.context.fillStyle = colour;
    this.context.fillText(words, x, y);
    if (this.marks) this.markText(x, y, words);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} words
   */
  markText(x, y, words) {
    const box = this.context.measureText(words);
    const [left, up] = [box.actualBoundingBoxLeft, box.actualBoundingBoxAscent];
    const [wide, high] = [left + box.actualBoundingBoxRight, up + box.actualBoundingBoxDescent];
    this.mark("text", x - left, y - up, wide, high, words);
  }

  /** @param {string} words */
  wide(words, size = 16, weight = 400) {
    this.font(size, weight);
    return this.context.measureText(words).width;
  }

  /**
   * The first of several ways to say a thing that fits into `room`, or the last.
   *
   * @param {string[]} ways
   * @param {number} room
   * @returns {string}
   */
  first(ways, room, size = 16, weight = 400) {
    return ways.find((words) => this.wide(words, size, weight) <= room) ?? ways[ways.length - 1];
  }

  /**
   * Words that fit into `room`: shortened with … where they must be.
   *
   * @param {string} words
   * @param {number} room
   */
  fit(words, room, size = 16, weight = 400) {
    if (this.wide(words, size, weight) <= room) return words;
    let kept = words;
    while (kept.length > 1 && this.wide(`${kept}…`, size, weight) > room) kept = kept.slice(0, -1);
    return `${kept.trimEnd()}…`;
  }

  /**
   * Slanted lines over a box with round corners: what is launching.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {number | number[]} radius
   * @param {string} colour
   */
  hatch(x, y, width, height, radius, colour, gap = 7, line = 3.4) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.roundRect(x, y, width, height, radius);
    context.clip();
    context.beginPath();
    for (let start = Math.floor((x - height) / gap) * gap; start < x + width; start += gap) {
      context.moveTo(start, y + height);
      context.lineTo(start + height, y);
    }
    this.stroke(colour, line);
    context.restore();
  }
}
