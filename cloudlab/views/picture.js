// Shows one image with its finding above, a cursor over its time axis, and its description below.
// The kernel draws; this file only tells it the width and the theme, and moves the cursor.

import { leaveByKey } from "./keys.js";
import { add, make } from "./nodes.js";

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
    this.details = add("details", "cloudlab-words", this.figure);
    add("summary", "", this.details).textContent = "In words";
    this.words = add("p", "", this.details);
    this.table = add("table", "", this.details);
    this.address = ""; // of the image that is shown
    this.resized = new ResizeObserver(() => this.tell());
    this.rethemed = new MutationObserver(() => this.tell());
  }

  listen() {
    const { model, frame, details, el } = this;
    model.on("change:revision", () => this.showImage());
    for (const name of ["caption", "description", "table", "details"])
      model.on(`change:${name}`, () => this.showWords());
    for (const name of ["time", "plot"]) model.on(`change:${name}`, () => this.showCursor());
    frame.addEventListener("pointerdown", (event) => this.pointAt(event));
    details.addEventListener("keydown", (event) => {
      // Enter opens the words, and not the cell's editor
      if (leaveByKey(event, el)) return;
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    this.resized.observe(this.figure);
    this.rethemed.observe(document.body, { attributes: true });
  }

  showAll() {
    this.showImage();
    this.showWords();
    this.showCursor();
  }

  showImage() {
    const { model, image, el } = this;
    const svg = model.get("image");
    this.frame.hidden = !svg;
    if (!svg && model.get("caption")) this.details.open = true; // no matplotlib: the words stand alone
    image.alt = [model.get("caption"), model.get("description")].join(" ");
    const next = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    image.src = next;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = next;
    el.style.setProperty("--scale", model.get("scale"));
    el.dataset.revision = model.get("revision");
  }

  showWords() {
    const { model, caption, words, details, table } = this;
    caption.textContent = model.get("caption");
    caption.hidden = !model.get("caption");
    words.textContent = model.get("description");
    const wanted = model.get("details") || !model.get("image");
    details.hidden = !wanted || !model.get("description");
    const rows = model.get("table").map(rowOf);
    table.replaceChildren(...rows);
    table.hidden = rows.length === 0;
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

  // Tell the kernel how wide the picture is to be, and in which theme.
  tell() {
    const { model } = this;
    const width = Math.floor(this.frame.clientWidth / STEP) * STEP;
    const dark = getComputedStyle(this.el).getPropertyValue("--dark").trim() === "1";
    if (width < 200 || (width === model.get("width") && dark === model.get("dark"))) return;
    model.set("width", width);
    model.set("dark", dark);
    model.save_changes();
  }

  stop() {
    this.resized.disconnect();
    this.rethemed.disconnect();
    URL.revokeObjectURL(this.address);
  }
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
