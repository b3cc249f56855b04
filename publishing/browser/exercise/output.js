/** What stands below a cell: text, tables, plots, errors, and what to do next. */

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
      const image = /** @type {HTMLImageElement} */ (this.add("img", "image"));
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
   * @param {boolean} folded whether the traceback is
   */
  problem(problem, folded) {
    const box = this.add("div", "error");
    const line = problem.line ? ` (line ${problem.line})` : "";
    const said = problem.message ? `: ${problem.message}` : "";
    box.append(element("p", "", element("strong", "", problem.type), said + line));
    const trace = element("details", "", element("summary", "", "Traceback"), element("pre", "", problem.traceback));
    /** @type {HTMLDetailsElement} */ (trace).open = !folded;
    box.append(trace);
  }

  /**
   * A sentence for the learner, and buttons for what it proposes.
   * @param {string | Node} text
   * @param {Action[]} actions
   */
  advice(text, actions = []) {
    const box = this.add("p", "advice");
    box.append(text);
    for (const [label, act] of actions) box.append(" ", button(label, act));
  }

  /** @param {string} tag @param {string} kind */
  add(tag, kind) {
    const made = element(tag, `runner-${kind}`);
    this.place.append(made);
    return made;
  }
}

/**
 * @param {string} tag
 * @param {string} name its class
 * @param {(string | Node)[]} content
 */
export function element(tag, name, ...content) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...content);
  return made;
}

/** @param {string} label @param {() => void} act */
export function button(label, act) {
  const made = /** @type {HTMLButtonElement} */ (element("button", "", label));
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
