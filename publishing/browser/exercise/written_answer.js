/** A question that is answered in words: a text area, whose text is kept in the browser and goes into the notebook. */

import { element } from "../shared/dom.js";
import { keys } from "../shared/store.js";
import { follow, store } from "../shared/this_browser.js";

export class WrittenAnswer {
  /** @param {HTMLElement} place @param {string} slug */
  constructor(place, slug) {
    this.id = /** @type {string} */ (place.dataset.cell);
    this.key = keys.text(slug, this.id);
    this.starter = "";
    const still = /** @type {HTMLElement} */ (place.firstElementChild);
    this.area = element("textarea", "runner-written");
    this.area.rows = 6;
    this.area.setAttribute("aria-label", "Your answer in words");
    this.area.placeholder = "Your answer here.";
    this.area.value = store.read(this.key) ?? "";
    this.area.addEventListener("input", () => this.keep());
    follow(this.key, (text) => this.area !== document.activeElement && (this.area.value = text ?? ""));
    still.hidden = true;
    still.after(this.area);
  }

  text() {
    return this.area.value;
  }

  /** @param {string} text */
  replace(text) {
    this.area.value = text;
    this.keep();
  }

  keep() {
    store.write(this.key, this.area.value || null);
  }
}
