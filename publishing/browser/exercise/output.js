/** The output below a cell: text, tables, plots, errors, and advice what to do next. */

import { button, element } from "../shared/dom.js";

/** @typedef {[label: string, act: () => void]} Action */

export class Output {
  /** @param {HTMLElement} place @param {string} name of the cell */
  constructor(place, name) {
    this.place = place;
    place.className = "runner-output";
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", `Output of ${name}`);
  }

  clear() {
    this.place.replaceChildren();
  }

  /** @param {import("./python.js").Output} output */
  show({ kind, text, alt }) {
    if (kind === "html") this.add("div", "html").innerHTML = text;
    else if (kind === "image") {
      const image = this.add("img", "image");
      image.alt = alt ?? "";
      image.src = `data:image/png;base64,${text}`;
    } else if (kind === "out" || kind === "err") this.stream(kind).append(text);
    else this.add("p", kind).textContent = text;
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
    this.place.prepend(element("blockquote", "runner-finding", element("strong", "", heading), ` ${text}`));
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
