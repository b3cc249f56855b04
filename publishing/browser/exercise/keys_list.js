/** The list of the keys of an editor: a button, and `?` where one does not type. */

import { button, element, make } from "../shared/dom.js";

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = APPLE ? "Cmd" : "Ctrl";
const ALT = APPLE ? "Option" : "Alt";

/** @type {[keys: string[][], what: string][]} each with the ways to press it */
const KEYS = [
  [[[MOD, "Enter"]], "Run the cell"],
  [[["Shift", "Enter"]], "Run the cell and go to the next one"],
  [[[MOD, "Shift", "Enter"]], "Check your answer"],
  [[[MOD, ALT, "Enter"]], "Go where the verdict leads: to the line, or to the next exercise"],
  [[["Ctrl", "Space"]], "List the names that fit here (after a dot the list opens by itself)"],
  [[["Ctrl", "Shift", "Space"]], "Show what a function takes, inside its brackets"],
  [[["Tab"], ["Shift", "Tab"]], "Indent more or less"],
  [[["Esc"]], "Close what is open; then Tab leaves the editor"],
  [[[MOD, "."]], "Open or fold the docstring"],
  [[[MOD, "/"]], "Make the line a comment, or take that back"],
  [[[ALT, "↑"], [ALT, "↓"]], "Move the line up or down"],
  [[[MOD, "F"]], "Search and replace in the cell"],
  [[[MOD, "Z"], APPLE ? ["Cmd", "Shift", "Z"] : ["Ctrl", "Y"]], "Undo, redo"],
  [[["?"]], "Show this list, when the cursor is in no text"],
];

/** @param {string[]} pressed together */
const combination = (pressed) => pressed.flatMap((key, k) => [k ? "+" : "", element("kbd", "", key)]);

/** The button that opens the list. @param {HTMLElement} place for the list */
export function keysList(place) {
  const rows = KEYS.map(([ways, what]) =>
    make("tr", {}, make("th", { scope: "row" }, ...ways.flatMap((way, k) => [k ? " or " : "", ...combination(way)])), make("td", {}, what)),
  );
  const dialog = make("dialog", { class: "runner-keys-list", "aria-labelledby": "runner-keys-title" });
  const close = button("Close", () => dialog.close());
  dialog.append(make("h2", { id: "runner-keys-title" }, "Keys in an editor"), make("table", {}, make("tbody", {}, ...rows)), close);
  // A click beside the dialog closes it too.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("keydown", (event) => {
    const typing = /** @type {HTMLElement} */ (event.target).closest?.("input, textarea, select, [contenteditable=true]");
    if (event.key !== "?" || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    dialog.showModal();
  });
  const open = button("Keys", () => dialog.showModal());
  open.setAttribute("aria-keyshortcuts", "?");
  place.append(dialog);
  return open;
}
