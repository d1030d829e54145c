// The home page: shows the HTML that the kernel made, and asks for it anew whenever it comes into view again.
// The HTML holds the course's own words, escaped; nothing in it was typed by anybody.

import { leaveByKey } from "./keys.js";
import { lastSeen } from "./nodes.js";

/** @import { Model } from "./stage/contract.js" */

/**
 * The folder of the open notebook inside JupyterLab, such as "" or "class/", or null outside of it.
 *
 * @param {string} address
 */
function folderIn(address) {
  const found = /\/lab\/(?:workspaces\/[^/]+\/)?tree\/(.*)$/.exec(address);
  return found ? decodeURIComponent(found[1].slice(0, found[1].lastIndexOf("/") + 1)) : null;
}

/**
 * In JupyterLab a link opens its notebook beside this one; its own listener reads what is written here.
 * Elsewhere it is a link as any other.
 *
 * @param {MouseEvent} event
 */
function openBeside(event) {
  const link = /** @type {HTMLElement} */ (event.target).closest("a");
  const folder = folderIn(window.location.pathname);
  if (!link || folder === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
  link.dataset.commandlinkerCommand = "docmanager:open";
  link.dataset.commandlinkerArgs = JSON.stringify({ path: folder + link.getAttribute("href") });
}

/**
 * Calls `act` whenever the element is seen again after it was out of sight.
 *
 * @param {HTMLElement} el
 * @param {() => void} act
 */
function whenSeenAgain(el, act) {
  let hidden = false;
  const seen = new IntersectionObserver((entries) => {
    const visible = lastSeen(entries).isIntersecting;
    if (visible && hidden) act();
    hidden = !visible;
  });
  seen.observe(el);
  const turned = () => {
    if (document.visibilityState === "visible") act();
  };
  document.addEventListener("visibilitychange", turned);
  return () => {
    seen.disconnect();
    document.removeEventListener("visibilitychange", turned);
  };
}

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  const page = document.createElement("div");
  el.append(page);

  function show() {
    const held = document.activeElement?.getAttribute("href");
    const had = page.contains(document.activeElement);
    const open = page.querySelector("details")?.open ?? false;
    page.innerHTML = model.get("html");
    page.querySelector("details")?.toggleAttribute("open", open);
    page.style.setProperty("--scale", model.get("scale"));
    for (const link of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("a, summary")))
      link.dataset.lmSuppressShortcuts = "true";
    /** @type {HTMLElement | null} */
    const again = had ? page.querySelector(`a[href="${held}"]`) : null;
    again?.focus();
  }

  function told() {
    el.dataset.looked = model.get("looked");
  }

  page.addEventListener("click", openBeside, true);
  page.addEventListener("keydown", (event) => {
    leaveByKey(event, el);
  });
  model.on("change:html", show);
  model.on("change:looked", told);
  show();
  told();
  return whenSeenAgain(el, () => model.send({ look: true }));
}

export default { render };
