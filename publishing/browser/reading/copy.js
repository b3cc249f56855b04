// A button on each block of code that copies it, with the look that sphinx-copybutton's style sheet gives it. Its own two
// scripts are longer than all that a page of the course has of ours.

import { make } from "../shared/dom.js";

// Lines of two icons: two sheets, and a tick.
const [COPY, COPIED] = [
  "M10 8h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2",
  "M5 12l5 5L20 7",
];
const WHILE = 2000; // ms for which the button says what it did

/** @param {string} name @param {Record<string, string>} attributes @param {Node[]} content */
function svg(name, attributes, ...content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** @param {HTMLElement} button @param {string} icon @param {string} says */
function dress(button, icon, says) {
  const lines = svg("path", { d: icon });
  button.replaceChildren(svg("svg", { "aria-hidden": "true", viewBox: "0 0 24 24", "stroke-width": "1.5", fill: "none" }, lines));
  button.dataset.tooltip = says;
  button.setAttribute("aria-label", says === "Copy" ? "Copy the code" : says);
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = make("textarea", { class: "visually-hidden" }); // over plain http
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not copy");
}

for (const code of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("div.highlight pre"))) {
  const button = make("button", { type: "button", class: "copybtn o-tooltip--left" });
  dress(button, COPY, "Copy");
  button.addEventListener("click", async () => {
    try {
      await copy((code.textContent ?? "").replace(/\n$/, ""));
      dress(button, COPIED, "Copied!");
      button.classList.add("success");
    } catch {
      dress(button, COPY, "Failed to copy");
    }
    setTimeout(() => (dress(button, COPY, "Copy"), button.classList.remove("success")), WHILE);
  });
  code.after(button);
}
