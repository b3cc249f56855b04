/** A question that is answered in words: a text area, whose text is kept in the browser and goes into the notebook. */

import { element } from "../shared/dom.js";
import { KeptText } from "../shared/kept_text.js";
import { keys } from "../shared/store.js";
import { NOT_KEPT, onOtherWrites, store } from "../shared/this_browser.js";
import { change } from "./difference.js";
import { Notices } from "./notices.js";

export class WrittenAnswer {
  notices = new Notices();

  /** @param {HTMLElement} place @param {string} slug @param {() => void} download the notebook */
  constructor(place, slug, download) {
    this.place = place;
    this.id = /** @type {string} */ (place.dataset.cell);
    this.key = keys.text(slug, this.id);
    this.starter = "";
    this.download = download;
    const still = /** @type {HTMLElement} */ (place.firstElementChild);
    this.area = element("textarea", "runner-written");
    this.area.rows = 6;
    this.area.setAttribute("aria-label", "Your answer in words");
    this.area.placeholder = "Your answer here.";
    this.kept = new KeptText(store, this.key, this.starter, "", { text: () => this.text(), show: (text) => this.show(text) });
    this.area.value = this.kept.text;
    this.area.addEventListener("input", () => this.keep());
    onOtherWrites((key) => (key === null || key === this.key) && this.kept.refresh());
    still.hidden = true;
    still.after(this.notices.place, this.area);
  }

  text() {
    return this.area.value;
  }

  /** @param {string} text */
  replace(text) {
    this.area.value = text;
    this.keep();
  }

  /** Show a text that was written elsewhere; the cursor stays. @param {string} text */
  show(text) {
    const { from, to, insert } = change(this.area.value, text);
    this.area.setRangeText(insert, from, to, "preserve");
  }

  keep() {
    const failed = this.kept.write();
    if (failed === "elsewhere") this.notices.set("elsewhere", "Another tab has changed this answer, so its text stands here now.");
    else this.notices.clear("elsewhere");
    if (failed && failed !== "elsewhere") this.notices.set("unkept", NOT_KEPT[failed], [["Download my notebook", this.download]]);
    else this.notices.clear("unkept");
  }
}
