/** The last version of an answer that passed its check: kept beside the answer, compared with it, and brought back. */

import { keys } from "../shared/store.js";
import { store } from "../shared/this_browser.js";

export class PassedVersion {
  /** @param {import("./cell.js").Cell} cell that holds the answer */
  constructor(cell) {
    this.cell = cell;
    this.key = keys.passed(cell.exercise);
    this.button = cell.button("Last version that passed", () => this.compare());
    this.button.hidden = true;
  }

  /** @param {string} text that has passed @returns {import("../shared/store.js").Failure | null} why it was not kept */
  keep(text) {
    return store.write(this.key, text, this.cell.digest);
  }

  /** Offer the comparison where there is something to compare. */
  changed() {
    const passed = store.read(this.key);
    this.button.hidden = passed === null;
    this.button.setAttribute("aria-disabled", String(passed === this.cell.text()));
    this.cell.notices.clear("passed"); // it was about the text before
  }

  compare() {
    const { cell } = this;
    const passed = store.read(this.key);
    if (passed === null || passed === cell.text()) return;
    const when = store.when(this.key);
    const day = when ? ` on ${cell.dated(when)}` : "";
    cell.notices.set("passed", `What differs from the version that passed${day}:`, [
      ["Bring that version back", () => this.bringBack(passed)],
      ["Keep mine", () => (cell.notices.clear("passed"), this.button.focus())],
    ]);
    cell.notices.toggle("passed", () => cell.difference(passed, "of the version that passed"));
    cell.notices.focus("passed");
  }

  /** One step of undo takes it back. @param {string} passed */
  bringBack(passed) {
    const { cell } = this;
    cell.replace(passed);
    const origin = store.origin(this.key);
    if (origin) store.put(keys.origin(cell.key), JSON.stringify(origin)); // it waits for its owner to run it
    cell.explain();
    cell.tell("The version that passed stands here again. Ctrl+Z brings yours back");
    cell.focus();
  }
}
