// The fields of a panel: native inputs with labels, each drawn from what the kernel says of a parameter.

import { make, setWords } from "./nodes.js";
import { clockOf } from "./stage/words.js";

/**
 * What the kernel says of a parameter.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {"choice" | "number" | "check"} kind
 * @property {string} label
 * @property {string} unit
 * @property {string} range
 * @property {any} default
 * @property {string} shown the default, in words
 * @property {Choosable[]} options
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} step
 * @property {boolean} optional
 * @property {boolean} action
 *
 * @typedef {{ value: any, text: string, full?: string }} Choosable
 * @typedef {(value: any) => void} Choose
 */

// Each widget has this module for itself, so a counter would give two panels the same names.
export const unique = () => `cloudlab-${Math.random().toString(36).slice(2)}`;

/**
 * @param {number} a
 * @param {number} b
 */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * @param {string} words
 * @param {string} className
 * @param {() => void} act
 */
export function button(words, className, act) {
  const node = make("button", `cloudlab-button ${className}`, words);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

/**
 * One field: {node, show(value, error), focus()}. `choose(value)` is called with what the learner chose.
 *
 * @param {Field} field
 * @param {Choose} choose
 */
export function fieldOf(field, choose) {
  const id = unique();
  const reset = button("↺", "cloudlab-reset", () => {
    choose(field.default);
    input.focus();
  });
  const undo = `Reset ${field.label} to ${field.shown}`;
  reset.setAttribute("aria-label", undo);
  reset.title = undo;
  const error = make("p", "cloudlab-error");
  error.id = `${id}-error`;
  error.setAttribute("role", "alert");
  const input = { choice: choiceInput, number: numberInput, check: checkInput }[field.kind](
    field,
    id,
    choose,
  );
  const head = make("div", "cloudlab-head", input.label);
  const node = make("div", "cloudlab-field", head, input.node, reset, error);
  if (field.kind === "choice") {
    node.setAttribute("role", "radiogroup");
    node.setAttribute("aria-labelledby", `${id}-label`);
  }
  return {
    node,
    /**
     * @param {any} value
     * @param {string | undefined} sentence what is wrong with it
     */
    show(value, sentence) {
      input.show(value);
      reset.classList.toggle("cloudlab-on", !same(value, field.default));
      setWords(error, sentence || "");
      for (const control of node.querySelectorAll("input, select")) {
        control.toggleAttribute("aria-invalid", Boolean(sentence));
        if (sentence) control.setAttribute("aria-describedby", error.id);
        else control.removeAttribute("aria-describedby");
      }
    },
  };
}

/**
 * @param {Field} field
 * @param {string} id
 * @param {Choose} choose
 */
function choiceInput(field, id, choose) {
  const label = make("span", "cloudlab-label", field.label);
  label.id = `${id}-label`;
  const said = field.label.toLowerCase() === field.unit; // “Workers” in workers: a screen reader says it once
  if (field.unit && !said) label.append(make("span", "cloudlab-hidden", `, ${field.unit}`));
  const node = make("div", "cloudlab-choices");
  const unit = make("span", "cloudlab-unit", field.unit.length <= 2 ? field.unit : "");
  unit.setAttribute("aria-hidden", "true"); // the label has said it
  /** @type {{ radio: HTMLInputElement, option: Choosable }[]} */
  let radios = [];
  /** @param {Choosable[]} options */
  function build(options) {
    radios = options.map((option) => {
      const radio = make("input");
      radio.type = "radio";
      radio.name = id;
      radio.addEventListener("change", () => choose(option.value));
      return { radio, option };
    });
    node.replaceChildren(
      ...radios.map(({ radio, option }) => {
        const label = make("label", "", radio, make("span", "", option.text));
        if (option.full !== undefined && option.full !== option.text) label.title = option.full;
        return label;
      }),
    );
  }
  build(field.options);
  return {
    label,
    node: field.unit ? make("div", "cloudlab-withunit", node, unit) : node,
    focus: () => (radios.find(({ radio }) => radio.checked) || radios[0]).radio.focus(),
    /** @param {any} value */
    show(value) {
      if (!radios.some(({ option }) => same(option.value, value)))
        build([
          ...field.options,
          { value, text: Array.isArray(value) ? value.map((t) => clockOf(t, 0)).join(", ") : String(value) },
        ]);
      for (const { radio, option } of radios) radio.checked = same(option.value, value);
    },
  };
}

/**
 * Whether somebody is in the middle of typing a number: a run that ends meanwhile must not write over it.
 *
 * @param {HTMLInputElement} input
 */
export function typing(input) {
  let begun = false;
  input.addEventListener("input", () => {
    begun = true;
  });
  for (const end of ["change", "blur"])
    input.addEventListener(end, () => {
      begun = false;
    });
  return () => begun;
}

/**
 * @param {Field} field
 * @param {string} id
 * @param {Choose} choose
 */
function numberInput(field, id, choose) {
  const label = make("label", "cloudlab-label", field.label);
  label.htmlFor = id;
  if (field.range) label.append(make("span", "cloudlab-unit", `, ${field.range}`));
  const input = make("input", "cloudlab-number");
  Object.assign(input, {
    id,
    type: "number",
    step: field.step ?? "any",
    placeholder: field.optional ? "none" : "",
  });
  if (field.low !== null) input.min = String(field.low);
  if (field.high !== null) input.max = String(field.high);
  const typed = typing(input);
  input.addEventListener("change", () => choose(input.value === "" ? null : Number(input.value)));
  return {
    label,
    node: input,
    focus: () => input.focus(),
    /** @param {any} value */
    show(value) {
      if (typed()) return;
      const text = value === null ? "" : String(value);
      if (input.value !== text && document.activeElement !== input) input.value = text;
      else if (value !== null && Number(input.value) !== value) input.value = text;
    },
  };
}

/**
 * @param {Field} field
 * @param {string} id
 * @param {Choose} choose
 */
function checkInput(field, id, choose) {
  const input = make("input");
  Object.assign(input, { id, type: "checkbox" });
  input.addEventListener("change", () => choose(input.checked));
  const label = make("label", "cloudlab-label", field.label);
  label.htmlFor = id;
  return {
    label,
    node: make("div", "cloudlab-check", input),
    focus: () => input.focus(),
    /** @param {any} value */
    show(value) {
      input.checked = Boolean(value);
    },
  };
}
