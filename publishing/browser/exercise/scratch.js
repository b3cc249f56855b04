/**
 * A scratch cell below each exercise. It is a place of this page alone: the notebook that is handed in has no such cell,
 * so what it sets is gone after its run, and an answer cannot come to need it (`runtime.py`).
 */

import { element, make } from "../shared/dom.js";

/** Unfold those in which something stands. @param {import("./cell.js").Cell[]} cells */
export function openScratchCells(cells) {
  for (const cell of cells) if (cell.kind === "scratch" && cell.text()) cell.place.closest("details")?.toggleAttribute("open", true);
}

/** Put one below the check of each exercise. @param {Document} page */
export function addScratchCells(page) {
  for (const check of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll('.runnable[data-kind="check"]'))) {
    const exercise = check.dataset.function ?? "";
    const name = `scratch-${exercise}`;
    const place = make(
      "div",
      { class: "runnable", id: `cell-${name}`, "data-cell": name, "data-kind": "scratch", "data-key": name, "data-function": exercise },
      element("div", "cell_input", element("pre", "")),
    );
    const note =
      "For experiments of your own. It sees the names of the other cells that ran; what you set here is gone after the run. " +
      "This text is kept in your browser and is not in the notebook that you hand in.";
    check.after(element("details", "runner-scratch", element("summary", "", "Scratch: not graded"), element("p", "", note), place));
  }
}
