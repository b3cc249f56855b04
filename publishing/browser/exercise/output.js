/**
 * The output below a cell: text, tables, plots, errors, and advice what to do next.
 *
 * All of it comes from a cell's code, which may be a stranger's: it is text here, or stands in a frame (`frame.js`).
 */

import { button, element, make } from "../shared/dom.js";
import { frame } from "./frame.js";
import { pieces } from "./sentence.js";

/** @typedef {[label: string, act: () => void]} Action */

const MOST_FRAMES = 20; // of one cell
const LONGEST_HTML = 500_000; // characters
const MOST_ROWS = 200; // of the table of a check

/** The nodes of a sentence of the check, with code as code. @param {string} text @returns {(string | HTMLElement)[]} */
const coded = (text) => pieces(text).map(({ code, text }) => (code ? element("code", "", text) : text));

export class Output {
  /** @param {HTMLElement} place @param {string} name of the cell */
  constructor(place, name) {
    this.place = place;
    this.name = name;
    place.className = "runner-output";
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", `Output of ${name}`);
  }

  clear() {
    this.place.replaceChildren();
  }

  /** @param {import("./python.js").Output} output */
  show({ kind, text, alt }) {
    if (kind === "html") this.html(text);
    else if (kind === "check") this.report(text);
    else if (kind === "image") {
      const image = this.add("img", "image");
      image.alt = alt ?? "";
      image.src = `data:image/png;base64,${text}`;
    } else if (kind === "out" || kind === "err") this.stream(kind).append(text);
    else this.add("p", kind === "error" ? "error" : "note").textContent = text;
  }

  /** @param {string} html that the cell has made */
  html(html) {
    const frames = this.place.querySelectorAll("iframe").length;
    if (frames < MOST_FRAMES && html.length <= LONGEST_HTML) this.place.append(frame(html, `HTML in the output of ${this.name}`));
    else if (!this.place.querySelector(".runner-left-out")) {
      const most = `at most ${MOST_FRAMES} pieces of up to ${LONGEST_HTML.toLocaleString("en-US")} characters are shown for a cell`;
      this.add("p", "note runner-left-out").textContent = `Some HTML is left out here: ${most}.`;
    }
  }

  /** @param {string} json that a cell may have made up */
  report(json) {
    try {
      this.table(JSON.parse(json));
    } catch {
      this.add("p", "note").textContent = "An output is left out here that is no table of a check.";
    }
  }

  /**
   * What the course's check tells. `runtime.py` makes it of a `Report`.
   * @param {{name: string, findings: [heading: string, text: string][], rows: [word: string, mark: string, label: string, text: string][], footer: string}} report
   */
  table({ name, findings, rows, footer }) {
    const lines = rows.slice(0, MOST_ROWS).map(([word, mark, label, text]) => {
      const cell = element("td", "", ...coded(label));
      if (text) cell.append(element("br", ""), element("small", "", ...coded(text)));
      return element("tr", "", make("td", { role: "img", "aria-label": word }, mark), cell);
    });
    this.add("div", "check-report").append(
      ...findings.slice(0, MOST_ROWS).map(([heading, text]) => element("blockquote", "", element("strong", "", heading), " ", ...coded(text))),
      element("table", "check", element("caption", "", element("code", "", name)), element("tbody", "", ...lines)),
      element("p", "", ...coded(footer)),
    );
  }

  /** @param {string} kind */
  stream(kind) {
    const last = this.place.lastElementChild;
    return last?.className === `runner-${kind}` ? last : this.add("pre", kind);
  }

  /**
   * @param {import("./python.js").Problem} problem
   * @param {boolean} folded whether the traceback is folded
   */
  problem(problem, folded) {
    const box = this.add("div", "error");
    const line = problem.line ? ` (line ${problem.line})` : "";
    const message = problem.message ? `: ${problem.message}` : "";
    box.append(element("p", "", element("strong", "", problem.type), message + line));
    const trace = element("details", "", element("summary", "", "Traceback"), element("pre", "", problem.traceback));
    trace.open = !folded;
    box.append(trace);
  }

  /** Show what was found of a mistake, above all else. @param {string} heading @param {string} text */
  finding(heading, text) {
    this.place.prepend(element("blockquote", "runner-finding", element("strong", "", heading), " ", ...coded(text)));
  }

  /** Show a sentence in which code is between backquotes. @param {string} text */
  sentence(text) {
    this.add("p", "advice").append(...coded(text));
  }

  /**
   * Show a sentence, and a button for each action that it proposes.
   * @param {string | Node} text
   * @param {Action[]} actions
   */
  advice(text, actions = []) {
    const box = this.add("p", "advice");
    box.append(text);
    for (const [label, act] of actions) box.append(" ", button(label, act));
  }

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {string} kind
   */
  add(tag, kind) {
    const made = element(tag, `runner-${kind}`);
    this.place.append(made);
    return made;
  }
}
