// What a page with formulas does with them: copying gives their LaTeX, and one that is too wide for the screen can be
// scrolled by keyboard. The formulas themselves were typeset when the site was built.

import { make } from "../shared/dom.js";

const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});
for (const formula of document.querySelectorAll(".katex-display")) watcher.observe(formula);

/** @param {Node} node */
const formulaAround = (node) => (node instanceof Element ? node : node.parentElement)?.closest(".katex");

// A formula is in the page twice, as it looks and for screen readers: copied as it is, it would come twice and in pieces.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !event.clipboardData) return;
  const range = selection.getRangeAt(0).cloneRange();
  const [first, last] = [formulaAround(range.startContainer), formulaAround(range.endContainer)];
  if (first) range.setStartBefore(first); // a formula is copied whole
  if (last) range.setEndAfter(last);
  const box = make("div", { class: "visually-hidden" });
  box.append(range.cloneContents());
  const formulas = box.querySelectorAll(".katex");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const mark = formula.parentElement?.matches(".katex-display") ? "$$" : "$";
    formula.replaceWith(`${mark}${formula.querySelector("annotation")?.textContent ?? ""}${mark}`);
  }
  document.body.append(box); // `innerText` leaves out what is hidden and breaks lines where the page does
  const text = box.innerText;
  box.remove();
  event.clipboardData.setData("text/plain", text);
  event.clipboardData.setData("text/html", box.innerHTML);
  event.preventDefault();
});
