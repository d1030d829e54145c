// Shows one image with its finding above, a cursor over its time axis, and its description below.
// The kernel draws; this file only tells it the width and the theme, and moves the cursor.

import { leaveByKey } from "./keys.js";
import { add, lastSeen, make, setWords } from "./nodes.js";

/** @import { Model } from "./stage/contract.js" */

const STEP = 20; // widths are told in steps of so many pixels, to spare drawings

class Picture {
  /**
   * @param {Model} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.figure = add("figure", "cloudlab-picture", el);
    this.caption = add("figcaption", "cloudlab-finding", this.figure);
    this.frame = add("div", "cloudlab-frame", this.figure);
    this.image = add("img", "", this.frame);
    this.cursor = add("div", "cloudlab-cursor", this.frame);
    this.veil = add("div", "cloudlab-veil", this.frame);
    this.later = add("p", "cloudlab-later", this.figure);
    this.laterWords = add("span", "", this.later);
    this.reveal = add("button", "cloudlab-reveal", this.later);
    this.details = add("details", "cloudlab-words", this.figure);
    add("summary", "", this.details).textContent = "In words";
    this.words = add("p", "", this.details);
    this.table = add("table", "", this.details);
    this.address = ""; // of the image that is shown
    this.isNear = false; // or was
    this.revealed = false; // somebody wants to see all of it at once
    this.near = new IntersectionObserver((entries) => this.come(lastSeen(entries).isIntersecting), {
      rootMargin: "200px",
    });
    this.resized = new ResizeObserver(() => this.tell());
    this.rethemed = new MutationObserver(() => this.tell());
  }

  listen() {
    const { model, frame, details, el } = this;
    model.on("change:revision", () => this.showImage());
    for (const name of ["caption", "description", "table", "details"])
      model.on(`change:${name}`, () => this.showWords());
    for (const name of ["time", "plot"]) model.on(`change:${name}`, () => this.showCursor());
    model.on("change:played", () => this.showPlayed());
    this.reveal.type = "button";
    this.reveal.textContent = "Show all of it now";
    this.reveal.addEventListener("click", () => {
      this.revealed = true;
      this.showPlayed();
    });
    frame.addEventListener("pointerdown", (event) => this.pointAt(event));
    details.addEventListener("keydown", (event) => {
      // Enter opens the words, and not the cell's editor
      if (leaveByKey(event, el)) return;
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    this.near.observe(this.figure);
    this.resized.observe(this.figure);
    this.rethemed.observe(document.body, { attributes: true });
  }

  showAll() {
    this.showImage();
    this.showWords();
    this.showCursor();
    this.showPlayed();
  }

  /**
   * It is about to be seen: now it is drawn.
   *
   * @param {boolean} near
   */
  come(near) {
    this.isNear ||= near;
    this.tell();
  }

  // Whether all of it may be shown: what the stage above has not played yet is not told here.
  get whole() {
    const played = this.model.get("played");
    return this.revealed || played === null || played >= 1;
  }

  /**
   * As far as it was played: the rest lies under a veil, and a picture without a time axis waits for the end.
   */
  showPlayed() {
    const { model, veil, later, caption, image, whole } = this;
    const plot = model.get("plot");
    const shown = whole || (plot && model.get("svg"));
    this.frame.hidden = !shown || (!model.get("svg") && !model.get("awaited"));
    later.hidden = whole;
    veil.hidden = whole || !plot;
    this.laterWords.textContent = plot
      ? "This picture grows as the stage above plays. "
      : "This picture comes when the stage above has played to its end. ";
    image.alt = whole ? this.told : "As far as the stage above has played.";
    if (plot) {
      const left = `${100 * (plot.left + (model.get("played") ?? 1) * (plot.right - plot.left))}%`;
      // What lies between and above is legend and axis, and stays.
      /** @type {number[][]} from where to where, and from which x on if not from the play-head on */
      const bands = plot.veils ?? [[plot.top, plot.bottom]];
      veil.replaceChildren(
        ...bands.map(([top, bottom, from]) =>
          bandOf(from === undefined ? left : `${100 * from}%`, top, bottom),
        ),
      );
    }
    caption.hidden = !whole || !model.get("caption");
    this.showDetails();
  }

  get told() {
    return [this.model.get("caption"), this.model.get("description")].join(" ");
  }

  showImage() {
    const { model, image, el } = this;
    const svg = model.get("svg");
    if (!svg && !model.get("awaited") && model.get("caption")) this.details.open = true; // no matplotlib
    this.frame.classList.toggle("cloudlab-awaited", !svg);
    this.showPlayed();
    const next = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    if (svg) image.src = next;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = next;
    el.style.setProperty("--scale", model.get("scale"));
    el.dataset.revision = model.get("revision");
  }

  showWords() {
    const { model, caption, words, table } = this;
    setWords(caption, model.get("caption"));
    setWords(words, model.get("description"));
    this.showPlayed();
    const rows = model.get("table").map(rowOf);
    table.replaceChildren(...rows);
    table.hidden = rows.length === 0;
  }

  showDetails() {
    const { model, details, whole } = this;
    const wanted = model.get("details") || (!model.get("svg") && !model.get("awaited"));
    details.hidden = !whole || !wanted || !model.get("description");
  }

  showCursor() {
    const { model, cursor } = this;
    const plot = model.get("plot");
    const time = model.get("time");
    cursor.hidden = !plot || time === null;
    if (cursor.hidden) return;
    const share = (time - plot.from) / (plot.to - plot.from);
    cursor.style.left = `${100 * (plot.left + share * (plot.right - plot.left))}%`;
    cursor.style.top = `${100 * plot.top}%`;
    cursor.style.height = `${100 * (plot.bottom - plot.top)}%`;
  }

  /** @param {PointerEvent} event */
  pointAt(event) {
    const { model } = this;
    const plot = model.get("plot");
    if (!plot || model.get("time") === null) return;
    const box = this.frame.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - plot.left) / (plot.right - plot.left);
    if (share < -0.02 || share > 1.02) return;
    model.set("time", plot.from + Math.min(1, Math.max(0, share)) * (plot.to - plot.from));
    model.save_changes();
  }

  /**
   * Tell the kernel how wide the picture is to be, and in which theme; and that it is about to be seen.
   */
  tell() {
    const { model } = this;
    const seen = this.isNear && !model.get("seen");
    const width = Math.floor(this.figure.clientWidth / STEP) * STEP;
    const dark = getComputedStyle(this.el).getPropertyValue("--dark").trim() === "1";
    const same = width === model.get("width") && dark === model.get("dark");
    if (width < 200 || (same && !seen)) return;
    model.set("width", width);
    model.set("dark", dark);
    if (seen) model.set("seen", true);
    model.save_changes();
  }

  stop() {
    this.near.disconnect();
    this.resized.disconnect();
    this.rethemed.disconnect();
    URL.revokeObjectURL(this.address);
  }
}

/**
 * A piece of the veil, from `left` to the edge of the picture.
 *
 * @param {string} left
 * @param {number} top
 * @param {number} bottom
 */
function bandOf(left, top, bottom) {
  const band = make("div", "cloudlab-veil-band");
  band.style.left = left;
  band.style.top = `${100 * top}%`;
  band.style.bottom = `${100 * (1 - bottom)}%`;
  return band;
}

/**
 * A row of the table: the first row and the first column are heads.
 *
 * @param {string[]} cells
 * @param {number} index
 */
function rowOf(cells, index) {
  const nodes = cells.map((text, column) => {
    if (index > 0 && column > 0) return make("td", "", text);
    const head = make("th", "", text);
    head.scope = index === 0 ? "col" : "row";
    return head;
  });
  return make("tr", "", ...nodes);
}

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  el.classList.add("cloudlab");
  const picture = new Picture(model, el);
  picture.listen();
  picture.showAll();
  return () => picture.stop();
}

export default { render };
