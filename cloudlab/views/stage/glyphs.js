// Glyphs: the small shapes before words, 16 × 16, as pieces of SVG in the colours of the theme.
// Kinds bring more.

import { KINDS } from "./kinds.js";

/** @type {Record<string, string[]>} */
const GLYPHS = {
  p50: ['<circle cx="8" cy="8" r="5" fill="none" stroke="var(--request)" stroke-width="2.4"/>'],
  p95: ['<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" fill="var(--request)"/>'],
  busy: [
    '<rect x="1" y="5" width="14" height="6" rx="3" fill="var(--hair)"/>',
    '<rect x="1" y="5" width="9" height="6" rx="3" fill="var(--request)"/>',
    '<path d="M11 2v12" stroke="var(--ink)" stroke-width="1.75"/>',
  ],
  wait: ['<circle cx="8" cy="8" r="5.25" fill="var(--wait)" stroke="var(--wait-edge)" stroke-width="1.5"/>'],
  fail: ['<path d="M3 3 13 13M13 3 3 13" stroke="var(--fail)" stroke-width="2.6" stroke-linecap="round"/>'],
  money: [
    '<circle cx="8" cy="8" r="7" fill="var(--money)"/>',
    '<path d="M10.3 5.6C9.8 4.9 9 4.6 8 4.6c-1.3 0-2.2.6-2.2 1.6 0 2.3 4.6 1.2 4.6 3.6 0 1-1 1.7-2.4',
    ' 1.7-1.1 0-2-.4-2.5-1.1M8 3.2v9.6" stroke="var(--paper)" stroke-width="1.3" fill="none"/>',
  ],
  request: [
    '<path d="M0 8 10 4.500v7Z" fill="var(--request)" opacity=".45"/>',
    '<circle cx="10" cy="8" r="5" fill="var(--request)"/>',
  ],
  ring: [
    '<circle cx="8" cy="8" r="6" fill="none" stroke="var(--hair)" stroke-width="3"/>',
    '<path d="M8 2a6 6 0 0 1 5 9.3" fill="none" stroke="var(--request)" stroke-width="3"/>',
    '<circle cx="8" cy="8" r="2.6" fill="var(--request)"/>',
  ],
  tileS: [
    '<rect x="1" y="1" width="14" height="14" rx="3" fill="var(--ok)"/>',
    '<path d="M10.4 5.500c-.6-.9-4.6-1.3-4.6.9 0 2.2 4.6 1.1 4.6 3.4 0 2-4 1.8-4.8.7"',
    ' stroke="var(--on-ok)" stroke-width="1.6" fill="none" stroke-linecap="round"/>',
  ],
  tileP: [
    '<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="var(--boot-tint)"',
    ' stroke="var(--boot-edge)" stroke-width="1.6"/>',
    '<path d="M3 14 14 8M3 11l8-5" stroke="var(--boot)" stroke-width="2.2"/>',
  ],
  tileT: [
    '<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="none" stroke="var(--edge)"',
    ' stroke-width="1.6" stroke-dasharray="3 2"/>',
  ],
  ok: ['<rect x="2" y="2" width="12" height="12" rx="3" fill="var(--ok)"/>'],
  boot: [
    '<circle cx="8" cy="8" r="6" fill="var(--boot-tint)" stroke="var(--boot-edge)" stroke-width="1.8"/>',
    '<path d="M8 8V2a6 6 0 0 1 6 6Z" fill="var(--boot)"/>',
  ],
  flag: ['<path d="M3 2h10v7l-5 5-5-5Z" fill="var(--slate)"/>'],
  done: [
    '<circle cx="8" cy="8" r="7.5" fill="var(--ok)"/>',
    '<path d="M4.5 8.3 7 10.8l4.7-5.2" stroke="var(--on-ok)" stroke-width="2" fill="none"',
    ' stroke-linecap="round" stroke-linejoin="round"/>',
  ],
  open: ['<circle cx="8" cy="8" r="6.5" fill="none" stroke="var(--edge)" stroke-width="1.8"/>'],
  tick: [
    '<path d="M3 8.5 6.5 12 13 4.5" stroke="var(--ok)" stroke-width="2.2" fill="none"',
    ' stroke-linecap="round" stroke-linejoin="round"/>',
  ],
  again: [
    '<path d="M12.9 9.5A5.2 5.2 0 1 1 12 4.800M12.600 1.500v3.600H9" fill="none" stroke="var(--fail)"',
    ' stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>',
  ],
  dot: ['<circle cx="8" cy="8" r="3" fill="var(--edge)"/>'],
  play: ['<path d="M3 2v12l10-6Z" fill="currentColor"/>'],
  pause: ['<path d="M3 2h3.5v12H3zM9.5 2H13v12H9.5z" fill="currentColor"/>'],
  back: ['<path d="M13 2v12L5 8ZM2.5 2H5v12H2.5z" fill="currentColor"/>'],
  step: ['<path d="M3 2v12l8-6ZM11 2h2.5v12H11z" fill="currentColor"/>'],
};

/**
 * The glyphs of the record's notes.
 *
 * @type {Record<string, string>}
 */
const NOTES = {
  "✓": "tick",
  "✕": "fail",
  "●": "wait",
  "◐": "boot",
  "▲": "flag",
  "▼": "flag",
  "⚑": "flag",
  "■": "ok",
  $: "money",
  "↻": "again",
};

/** @param {string} name */
function pathsOf(name) {
  const own = Object.values(KINDS).map((kind) => kind.glyphs?.[name]);
  return (GLYPHS[name] ?? own.find(Boolean) ?? GLYPHS.dot).join("");
}

/**
 * A glyph for the eye alone: the words beside it say the same.
 *
 * @param {string} name
 */
export function glyph(name) {
  const holder = document.createElement("span");
  holder.className = "cloudlab-glyph";
  holder.setAttribute("aria-hidden", "true");
  holder.innerHTML = `<svg viewBox="0 0 16 16" width="16" height="16">${pathsOf(name)}</svg>`;
  return holder;
}

/** @param {string} mark of a note */
export const noteGlyph = (mark) => glyph(NOTES[mark] || "dot");
