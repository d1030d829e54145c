// The button that calls for help in a class, pressed or not. The kernel keeps it; this file only shows it.

import { leaveByKey } from "./keys.js";
import { make } from "./nodes.js";

/** @import { Model } from "./stage/contract.js" */

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  el.classList.add("cloudlab");
  const hand = make("span", "", "✋");
  hand.setAttribute("aria-hidden", "true");
  const button = make("button", "cloudlab-button", hand, "I need help");
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
