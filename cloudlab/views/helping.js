// The button that calls for help in a class, pressed or not. The kernel keeps it; this file only shows it.

import { leaveByKey } from "./keys.js";
import { make } from "./nodes.js";

/** @import { Model } from "./stage/contract.js" */

const HAND =
  "M7 13V6a1.5 1.5 0 0 1 3 0v5M10 11V4.5a1.5 1.5 0 0 1 3 0V11M13 11V5.5a1.5 1.5 0 0 1 3 0V12" +
  "M16 12V8.5a1.5 1.5 0 0 1 3 0V15a6 6 0 0 1-6 6h-1.5a6 6 0 0 1-4.6-2.2L4 14.5a1.6 1.6 0 0 1 2.5-2L7 13";

function raisedHand() {
  const hand = make("span", "cloudlab-hand");
  hand.setAttribute("aria-hidden", "true");
  hand.innerHTML = `<svg viewBox="0 0 24 24"><path d="${HAND}"/></svg>`;
  return hand;
}

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  el.classList.add("cloudlab");
  const button = make("button", "cloudlab-button", raisedHand(), "I need help");
  button.type = "button";
  const told = make("p", "cloudlab-told");
  told.setAttribute("role", "status");
  const place = make("summary", "");
  const more = make("details", "", place, make("p", "", model.get("how")));
  const trouble = make("p", "cloudlab-trouble");
  const strip = make("section", "cloudlab-form cloudlab-helping", button, told, more, trouble);
  strip.setAttribute("aria-label", "Your class");
  for (const one of [button, place]) one.dataset.lmSuppressShortcuts = "true";

  function show() {
    button.setAttribute("aria-pressed", String(model.get("waits")));
    told.textContent = model.get("told");
    place.textContent = model.get("place");
    more.hidden = button.hidden = !model.get("place");
    trouble.textContent = model.get("trouble");
    trouble.hidden = !model.get("trouble");
    el.style.setProperty("--scale", model.get("scale"));
  }

  strip.addEventListener("keydown", (event) => {
    leaveByKey(event, el);
  });
  button.addEventListener("click", () => {
    model.send({ press: true });
  });
  for (const name of ["place", "waits", "told", "trouble", "scale"]) model.on(`change:${name}`, show);
  el.append(strip);
  show();
}

export default { render };
