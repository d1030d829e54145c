// Keys that leave a widget: Escape goes to its cell, from where arrows go from cell to cell; Shift+Enter runs
// the cell, as everywhere in a notebook. Each widget imports this file.

/**
 * Whether the key was one of them, and all is done.
 *
 * @param {KeyboardEvent} event
 * @param {HTMLElement} el
 */
export function leaveByKey(event, el) {
  /** @type {HTMLElement | null} */
  const cell = el.closest(".jp-Cell");
  if (event.key === "Escape") cell?.focus();
  if (event.key === "Escape" || event.key !== "Enter" || !event.shiftKey || !cell)
    return event.key === "Escape";
  event.preventDefault(); // a button would be pressed
  event.stopPropagation();
  cell.focus();
  cell.dispatchEvent(
    new KeyboardEvent("keydown", {
      key: "Enter",
      code: "Enter",
      keyCode: 13,
      shiftKey: true,
      bubbles: true,
      cancelable: true,
    }),
  );
  return true;
}
