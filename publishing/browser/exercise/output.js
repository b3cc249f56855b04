/**
 * The output below a cell: text, tables, plots, errors, and advice what to do next.
 *
 * All of it comes from a cell's code, which may be a stranger's: it is text here, or stands in a frame (`frame.js`).
 */

import { button, element } from "../shared/dom.js";
import { frame } from "./frame.js";
import { coded, verdict } from "./verdict.js";

/** @typedef {[label: string, act: () => void]} Action */

const MOST_FRAMES = 20; // of one cell
const LONGEST_HTML = 500_000; // characters

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
      image.classList.add("dark-light"); // the theme gives it no white ground on a dark page
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
      this.place.append(verdict(JSON.parse(json)));
    } catch {
      this.add("p", "note").textContent = "An output is left out here that is no table of a check.";
    }
  }

  /** @param {string} kind */
  stream(kind) {
    const last = this.place.lastElementChild;
    return last?.className === `runner-${kind}` ? last : this.add("pre", kind);
  }

  /**
   * What Python says of an exception: its kind and its line are what the cell's status says.
   * @param {import("./python.js").Problem} problem
   * @param {(() => void) | null} goTo puts the cursor into its line
   */
  problem({ type, message, line, traceback, deep, stub }, goTo) {
    const box = this.add("div", "error");
    box.append(element("p", "", element("strong", "", message || type)));
    if (goTo) {
      const jump = button(`Go to line ${line}`, goTo);
      jump.setAttribute("aria-label", `Go to line ${line} of ${this.name}`);
      box.lastElementChild?.append(" ", jump);
    }
    const trace = element("details", "", element("summary", "", "Traceback"), element("pre", "", traceback));
    trace.open = deep && !stub;
    box.append(trace);
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
