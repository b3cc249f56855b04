// The museum of bugs: the reader clicks the line that holds the mistake. Without this script the explanation is folded.

import { element, make } from "../shared/dom.js";

/** @param {HTMLDetailsElement} explanation @param {HTMLPreElement} code */
function prepare(explanation, code) {
  const guilty = (explanation.dataset.lines ?? "").split(" ").map(Number);
  const lines = (code.textContent ?? "").trimEnd().split("\n");
  const told = make("p", { class: "exhibit-told", role: "status" }, "Click the line that is wrong.");
  let tries = 0;

  const rows = lines.map((line, k) => {
    if (!line.trim()) return element("span", "");
    const row = make("button", { type: "button", tabindex: -1, "aria-label": `Line ${k + 1}: ${line.trim()}` });
    row.addEventListener("click", () => (guilty.includes(k + 1) ? found(true) : missed(row, k)));
    return row;
  });
  const buttons = rows.filter((row) => row instanceof HTMLButtonElement);
  const cover = make("div", { class: "exhibit-lines", role: "group", "aria-label": "Which line is wrong?" }, ...rows);
  buttons[0].tabIndex = 0; // one stop for Tab; arrows go from line to line
  cover.addEventListener("keydown", (event) => {
    const here = buttons.findIndex((button) => button === document.activeElement);
    const last = buttons.length - 1;
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = buttons[Math.min(last, Math.max(0, to))];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });

  /** @param {Element} row @param {number} k */
  function missed(row, k) {
    row.classList.add("innocent");
    tries += 1;
    told.textContent = `The mistake is not in line ${k + 1}.${tries < 3 ? " Look again." : " The answer is folded below."}`;
  }

  /** @param {boolean} clicked */
  function found(clicked) {
    if (!cover.isConnected) return;
    const focused = cover.contains(document.activeElement);
    cover.replaceWith(
      make("div", { class: "exhibit-lines found", "aria-hidden": "true" }, ...lines.map((_, k) => element("span", guilty.includes(k + 1) ? "guilty" : ""))),
    );
    const place = `line${guilty.length > 1 ? "s" : ""} ${guilty.join(" and ")}`;
    told.textContent = clicked ? `Yes: ${place}.` : `The mistake is in ${place}.`;
    explanation.open = true;
    if (focused) explanation.querySelector("summary")?.focus({ preventScroll: true });
  }

  explanation.addEventListener("toggle", () => explanation.open && found(false));
  code.classList.add("exhibit");
  code.append(cover);
  cover.style.width = `${code.scrollWidth}px`;
  explanation.before(told);
}

for (const explanation of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.guilty-line"))) {
  const code = explanation.previousElementSibling?.querySelector("div.highlight pre");
  if (code instanceof HTMLPreElement) prepare(explanation, code);
}
