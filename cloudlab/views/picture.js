// Shows one image with its finding above, a cursor over its time axis, and its description below.
// The kernel draws; this file only tells it the width and the theme, and moves the cursor.

import { leaveByKey } from "./keys.js";
import { add } from "./nodes.js";

const STEP = 20; // widths are told in steps of so many pixels, to spare drawings

function render({ model, el }) {
  el.classList.add("cloudlab");
  const figure = add("figure", "cloudlab-picture", el);
  const caption = add("figcaption", "cloudlab-finding", figure);
  const frame = add("div", "cloudlab-frame", figure);
  const image = add("img", "", frame);
  const cursor = add("div", "cloudlab-cursor", frame);
  const details = add("details", "cloudlab-words", figure);
  add("summary", "", details).textContent = "In words";
  const words = add("p", "", details);
  const table = add("table", "", details);
  let address = "";

  function showImage() {
    const svg = model.get("image");
    frame.hidden = !svg;
    if (!svg && model.get("caption")) details.open = true; // no matplotlib: the words stand alone
    image.alt = [model.get("caption"), model.get("description")].join(" ");
    const next = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    image.src = next;
    if (address) URL.revokeObjectURL(address);
    address = next;
    el.style.setProperty("--scale", model.get("scale"));
    el.dataset.revision = model.get("revision");
  }

  function showWords() {
    caption.textContent = model.get("caption");
    caption.hidden = !model.get("caption");
    words.textContent = model.get("description");
    const wanted = model.get("details") || !model.get("image");
    details.hidden = !wanted || !model.get("description");
    const rows = model.get("table").map((cells, index) => {
      const row = document.createElement("tr");
      row.append(
        ...cells.map((cell, column) => {
          const node = document.createElement(index === 0 || column === 0 ? "th" : "td");
          if (node.tagName === "TH") node.scope = index === 0 ? "col" : "row";
          node.textContent = cell;
          return node;
        }),
      );
      return row;
    });
    table.replaceChildren(...rows);
    table.hidden = rows.length === 0;
  }

  function showCursor() {
    const plot = model.get("plot");
    const time = model.get("time");
    cursor.hidden = !plot || time === null;
    if (cursor.hidden) return;
    const share = (time - plot.from) / (plot.to - plot.from);
    cursor.style.left = `${100 * (plot.left + share * (plot.right - plot.left))}%`;
    cursor.style.top = `${100 * plot.top}%`;
    cursor.style.height = `${100 * (plot.bottom - plot.top)}%`;
  }

  function pointAt(event) {
    const plot = model.get("plot");
    if (!plot || model.get("time") === null) return;
    const box = frame.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - plot.left) / (plot.right - plot.left);
    if (share < -0.02 || share > 1.02) return;
    model.set("time", plot.from + Math.min(1, Math.max(0, share)) * (plot.to - plot.from));
    model.save_changes();
  }

  function tell() {
    const width = Math.floor(frame.clientWidth / STEP) * STEP;
    const dark = getComputedStyle(el).getPropertyValue("--dark").trim() === "1";
    if (width < 200 || (width === model.get("width") && dark === model.get("dark"))) return;
    model.set("width", width);
    model.set("dark", dark);
    model.save_changes();
  }

  model.on("change:revision", showImage);
  for (const name of ["caption", "description", "table", "details"]) model.on(`change:${name}`, showWords);
  for (const name of ["time", "plot"]) model.on(`change:${name}`, showCursor);
  frame.addEventListener("pointerdown", pointAt);
  details.addEventListener("keydown", (event) => {
    // Enter opens the words, and not the cell's editor
    if (leaveByKey(event, el)) return;
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  const resized = new ResizeObserver(tell);
  resized.observe(figure);
  const rethemed = new MutationObserver(tell);
  rethemed.observe(document.body, { attributes: true });
  showImage();
  showWords();
  showCursor();

  return () => {
    resized.disconnect();
    rethemed.disconnect();
    URL.revokeObjectURL(address);
  };
}

export default { render };
