/** A verdict on an answer: a banner with what was found, then the properties, those that fail first. */

import { button, element, make } from "../shared/dom.js";
import { pieces } from "./sentence.js";

/** @typedef {import("./python.js").Report} Report */

const MOST_ROWS = 200;
const HOLDS = "holds";

/** The nodes of a sentence of the check, with code as code. @param {string} text @returns {(string | HTMLElement)[]} */
export const coded = (text) => pieces(text).map(({ code, text }) => (code ? element("code", "", text) : text));

/** Each line of the answer to which something found points, once. @param {Report} report @returns {number[]} */
export const linesOf = ({ findings }) => [...new Set(findings.flatMap(([, , line]) => line ?? []))].sort((a, b) => a - b);

/**
 * @param {Report} report that a cell may have made up: all of it is text
 * @param {((line: number) => void) | null} goTo puts the cursor into a line of the answer
 */
export function verdict({ name, passed, findings, rows, footer }, goTo = null) {
  const shown = rows.slice(0, MOST_ROWS);
  const [held, others] = [shown.filter(([word]) => word === HOLDS), shown.filter(([word]) => word !== HOLDS)];
  const head = element("p", "runner-verdict-head", element("strong", "", passed ? "Solved." : "Not solved yet."), " ", ...coded(footer));
  const found = findings.slice(0, MOST_ROWS).map(([heading, text, line]) => finding(heading, text, line ?? null, goTo));
  // Who hears the page hears what was found, and the line that is found later, without looking for it.
  const banner = make("div", { class: "runner-banner", role: "status", "aria-atomic": "false", "aria-label": `Verdict on ${name}` }, head, ...found);
  const box = element("div", `runner-verdict ${passed ? "passed" : "failed"}`, banner);
  if (others.length) box.append(table(name, others));
  if (held.length) {
    const many = held.length === 1 ? "1 property holds" : `${held.length} properties hold`;
    box.append(element("details", "runner-held", element("summary", "", many), table(name, held)));
  }
  return box;
}

/**
 * One thing that was found; "line 4" in it is a button that goes there.
 * @param {string} heading
 * @param {string} text
 * @param {number | null} line
 * @param {((line: number) => void) | null} goTo
 */
export function finding(heading, text, line, goTo) {
  const box = element("blockquote", "runner-finding", element("strong", "", heading), " ");
  const place = `line ${line}`;
  const [before, ...after] = line && goTo ? text.split(new RegExp(`\\b${place}\\b`)) : [text];
  box.append(...coded(before));
  if (!line || !goTo) return box;
  const jump = button(place, () => goTo(line));
  jump.className = "runner-line";
  jump.setAttribute("aria-label", `Go to ${place} of your code`);
  if (after.length) box.append(jump, ...coded(after.join(place)));
  else box.append(" (", jump, ")");
  return box;
}

/** @param {string} name @param {Report["rows"]} rows */
function table(name, rows) {
  const lines = rows.map(([word, mark, label, text]) => {
    const cell = element("td", "", ...coded(label));
    if (text) cell.append(element("br", ""), element("small", "", ...coded(text)));
    return element("tr", "", element("td", "", make("span", { role: "img", "aria-label": word }, mark)), cell);
  });
  return element("table", "check", element("caption", "", element("code", "", name)), element("tbody", "", ...lines));
}
