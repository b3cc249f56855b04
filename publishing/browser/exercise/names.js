/** A table, on demand, of the names that the last run of a cell has set or changed. */

import { element, make } from "../shared/dom.js";

/** @typedef {import("./python.js").Ask} Ask */

const HEAD = ["Name", "Type", "Shape", "Value"];

export class Names {
  place = element("details", "runner-names", element("summary", "", "Names"));
  content = element("div", "");
  /** The text that ran last. */
  code = "";

  /** @param {Ask} ask @param {string} title of the cell */
  constructor(ask, title) {
    this.ask = ask;
    this.title = title;
    this.place.hidden = true;
    this.place.append(this.content);
    this.place.addEventListener("toggle", () => this.show());
  }

  /** The cell has run. @param {string} code */
  ran(code) {
    this.code = code;
    this.place.hidden = false;
    setTimeout(() => this.show()); // when the session has ended the run
  }

  /** What ran is gone. */
  forget() {
    this.place.hidden = true;
    this.place.open = false;
  }

  async show() {
    if (!this.place.open) return;
    const { code } = this;
    /** @type {string[][] | null} */
    const rows = await this.ask("names", code);
    if (code !== this.code) return;
    if (!rows) this.say("Python is busy. Open this again when the run is over.");
    else if (!rows.length) this.say("This cell set no names.");
    else {
      const head = HEAD.map((text) => make("th", { scope: "col" }, text));
      const lines = rows.map(([name, ...more]) =>
        make("tr", {}, make("th", { scope: "row" }, element("code", "", name)), ...more.map((text) => make("td", {}, text))),
      );
      const table = make("table", { "aria-label": `Names of ${this.title}` }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
      this.content.replaceChildren(table);
    }
  }

  /** @param {string} text */
  say(text) {
    this.content.replaceChildren(element("p", "", text));
  }
}
