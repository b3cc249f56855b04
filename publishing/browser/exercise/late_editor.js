/**
 * An editor that is loaded after the page. Editors stand below what one reads first, and they are two thirds of all that
 * an exercise page loads. Until they are there, each cell shows its code as it stands in the page.
 *
 * They come with the first thing that a reader does: a move of the mouse, a touch, a key, a step down the page. To those
 * whose screen reader reads the page without any of these, they come after a while.
 */

import { loadScript } from "../shared/figure_data.js";

/** @typedef {import("./editor.js").Editor} Editor */
/** @typedef {import("./editor.js").Options} Options */
/** @typedef {(place: HTMLElement, options: Options) => Editor} MakeEditor */

const WHILE = 3000; // ms
/** The editor that somebody has clicked, or reached by Tab, before it was there: what is typed goes there. @type {LateEditor | null} */
let early = null;
addEventListener(
  "keydown",
  (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (!early || ctrlKey || metaKey || altKey || (key.length > 1 && key !== "Enter")) return;
    if (target instanceof Element && target.closest("input, textarea, select, button, [contenteditable]")) return;
    early.typed += key === "Enter" ? "\n" : key;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
for (const sign of ["pointerdown", "focusin"]) {
  addEventListener(sign, ({ target }) => {
    if (early && !early.still.contains(/** @type {Node} */ (target))) early = null; // what was typed is kept for it
  });
}

const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "focusin", "beforeprint"];

/** Whether the reader has followed a link within the page before the editors were there. */
let jumped = false;
addEventListener("hashchange", () => (jumped = true));

/** The editors that wait, in the order of the page. @type {LateEditor[]} */
const waiting = [];
/** @type {Promise<void> | undefined} */
let loading;

/**
 * Load the editor at the first sign of a reader.
 * @param {string} address of its script
 * @param {() => void} then
 */
export function loadEditors(address, then) {
  const load = () => {
    for (const sign of SIGNS) removeEventListener(sign, load);
    loading ??= loadScript(address).then(() => {
      const { makeEditor } = /** @type {{makeEditor: MakeEditor}} */ (/** @type {unknown} */ (window));
      inPlace(() => {
        for (const editor of waiting.splice(0)) editor.make(makeEditor);
      });
      then();
    });
    loading.catch((error) => {
      console.error(error);
      loading = undefined; // the network may come back
      for (const sign of SIGNS) addEventListener(sign, load, { passive: true });
    });
  };
  for (const sign of SIGNS) addEventListener(sign, load, { passive: true }); // the theme scrolls the contents, which does not bubble
  // Who comes by a link to an exercise, or comes back to where they were, sees editors at once.
  if (location.hash || scrollY > 0) return load();
  const { connection } = /** @type {Navigator & {connection?: {saveData: boolean}}} */ (navigator);
  const later = () => setTimeout(load, WHILE);
  if (connection?.saveData) return;
  if (document.readyState === "complete") later();
  else addEventListener("load", later);
}

/**
 * Change the page, and leave what the reader looks at where it is: editors fold what the still code shows, so all that
 * follows moves up. Who has just followed a link is led again to where it leads.
 * @param {() => void} change
 */
function inPlace(change) {
  const target = jumped && document.querySelector(":target");
  const frame = /** @type {HTMLElement} */ (document.querySelector(".bd-article")).getBoundingClientRect();
  const seen = document.elementFromPoint(frame.x + frame.width / 2, Math.max(frame.y, innerHeight / 3));
  const kept = seen?.closest("[data-cell]") ?? seen;
  const before = kept?.getBoundingClientRect();
  change();
  if (target) target.scrollIntoView({ behavior: "instant" });
  else if (kept && before) {
    const edge = before.top < 0 ? "bottom" : "top";
    scrollBy({ top: kept.getBoundingClientRect()[edge] - before[edge], behavior: "instant" });
  }
}

export class LateEditor {
  /** @type {Editor | null} */
  made = null;
  /** What was typed before it was there. */
  typed = "";
  /** What is to be done with the editor when it is there. @type {((editor: Editor) => void)[]} */
  tasks = [];

  /**
   * @param {HTMLElement} place
   * @param {HTMLElement} still the code as it stands in the page
   * @param {Options} options
   */
  constructor(place, still, options) {
    this.place = place;
    this.still = still;
    this.options = options;
    this.begun = options.text;
    const code = still.querySelector("pre");
    if (code && code.textContent?.replace(/^\n+|\n+$/g, "") !== options.text) code.textContent = options.text;
    const box = code?.parentElement; // the theme takes a `pre` that needs no scrolling out of Tab's way
    if (box) {
      // Tab reaches the code as it will reach the editor, which then takes the focus over.
      box.tabIndex = 0;
      for (const [name, value] of [["role", "textbox"], ["aria-multiline", "true"], ["aria-label", options.label]]) box.setAttribute(name, value);
      for (const sign of ["click", "focusin"]) box.addEventListener(sign, () => (early = this.made ? early : this));
    }
    waiting.push(this);
  }

  /** @param {MakeEditor} makeEditor */
  make(makeEditor) {
    this.still.hidden = true;
    this.made = makeEditor(this.place, { ...this.options, text: this.begun });
    if (early === this) {
      this.made.focus();
      early = null;
    }
    if (this.typed) this.made.insert(this.typed);
    for (const task of this.tasks.splice(0)) task(this.made);
  }

  /** @param {(editor: Editor) => void} task */
  soon(task) {
    if (this.made) task(this.made);
    else this.tasks.push(task);
  }

  text() {
    return this.made ? this.made.text() : this.begun;
  }

  /** @param {string} text */
  replace(text) {
    if (this.made) return this.made.replace(text);
    this.begin(text);
    this.options.changed(text);
  }

  /** @param {string} text */
  show(text) {
    if (this.made) this.made.show(text);
    else this.begin(text);
  }

  /** @param {string} text with which the editor is to begin */
  begin(text) {
    this.begun = text;
    const code = this.still.querySelector("pre");
    if (code) code.textContent = text;
  }

  /** @param {number[]} lines */
  mark(lines) {
    this.soon((editor) => editor.mark(lines));
  }

  /** @param {number} line */
  goTo(line) {
    this.soon((editor) => editor.goTo(line));
  }

  focus() {
    this.soon((editor) => editor.focus());
  }

  isShown() {
    return this.place.checkVisibility();
  }
}
