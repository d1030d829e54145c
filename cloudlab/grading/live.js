// The teacher's view of a class: asks for the parts of the page every two seconds, and puts in those that
// changed. This machine makes them itself, and what comes from learners stands there as escaped text.

const EVERY = 2000; // milliseconds

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const lost = /** @type {HTMLElement} */ (document.querySelector(".lost"));
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @type {(HTMLInputElement | HTMLSelectElement)[]} */
const fields = [...form.querySelectorAll("input"), ...form.querySelectorAll("select")];

/** What the teacher wants to see; it stands in the page's address, too. */
function wish() {
  const words = new URLSearchParams();
  for (const field of fields)
    words.set(field.name, field instanceof HTMLInputElement ? String(Number(field.checked)) : field.value);
  return words;
}

/** Set the fields as the page's address says. */
function begin() {
  const given = new URLSearchParams(location.search);
  for (const field of fields) {
    const value = given.get(field.name);
    if (value === null) continue;
    if (field instanceof HTMLInputElement) field.checked = value === "1";
    else if ([...field.options].some((option) => option.value === value)) field.value = value;
  }
}

function paint() {
  const { theme, size } = Object.fromEntries(wish());
  root.dataset.theme = theme || (dark.matches ? "dark" : "light");
  root.style.setProperty("--scale", size);
}

let asked = 0,
  shown = 0;

async function look() {
  const mine = (asked += 1);
  try {
    const answer = await fetch(`parts?${wish()}`);
    const { trouble, ...parts } = await answer.json();
    if (mine < shown) return; // a later one was faster
    shown = mine;
    lost.textContent = trouble ?? "";
    for (const [name, html] of Object.entries(parts)) put(name, html);
    root.dataset.looked = String(mine);
  } catch {
    lost.textContent = "Nothing new is heard: look whether `cloudlab class live` still runs.";
  }
}

/** @type {Record<string, string>} */
const held = {};

/**
 * @param {string} name
 * @param {string} html
 */
function put(name, html) {
  const part = document.getElementById(name);
  if (!part || held[name] === html) return;
  held[name] = part.innerHTML = html;
}

async function goOn() {
  await look();
  setTimeout(goOn, EVERY);
}

form.addEventListener("change", () => {
  history.replaceState(null, "", `?${wish()}`);
  paint();
  look();
});
form.addEventListener("submit", (event) => event.preventDefault());
dark.addEventListener("change", paint);
begin();
paint();
goOn();
