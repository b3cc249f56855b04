// Explains a term of the glossary on hover, on focus, or at a first tap. Without this script it is a link.

import { make } from "../shared/dom.js";

/** The tip that is shown. @type {HTMLElement | null} */
let open = null;

function hide() {
  if (open) open.hidden = true;
  open = null;
}

/** @param {Element} link @param {HTMLElement} tip */
function place(link, tip) {
  const word = link.getClientRects()[0];
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(word.left, document.documentElement.clientWidth - width - 8));
  const below = word.bottom + height <= innerHeight || word.top < height;
  const top = below ? word.bottom : word.top - height; // touching: the pointer can go onto it
  tip.style.transform = `translate(${left}px, ${top}px)`; // no other box is laid out again
}

/** @param {Element} link @param {HTMLElement} tip */
function show(link, tip) {
  if (open === tip) return;
  hide();
  open = tip;
  tip.hidden = false;
  place(link, tip);
}

/** @type {NodeListOf<HTMLTemplateElement>} */ (document.querySelectorAll("a.term + template")).forEach((template, k) => {
  const link = /** @type {HTMLElement} */ (template.previousElementSibling);
  const box = make("span"); // so that the pointer may rest on the tip
  const tip = make("span", { class: "term-tip", id: `term-tip-${k + 1}`, role: "tooltip" }, template.content);
  tip.hidden = true;
  link.replaceWith(box);
  template.remove();
  box.append(link, tip);
  link.setAttribute("aria-describedby", tip.id);
  link.removeAttribute("title");

  // Not "pointerenter": a word that is scrolled below a pointer at rest would open its tip.
  box.addEventListener("pointermove", (event) => event.pointerType !== "touch" && show(link, tip));
  box.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch" && document.activeElement !== link) hide();
  });
  link.addEventListener("focus", () => show(link, tip));
  link.addEventListener("blur", hide);
  let tapped = false;
  link.addEventListener("pointerdown", (event) => {
    tapped = event.pointerType === "touch" && open !== tip;
  });
  link.addEventListener("click", (event) => {
    if (!tapped) return; // a second tap follows the link
    tapped = false;
    event.preventDefault();
    show(link, tip);
  });
});

document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("pointerdown", (event) => {
  if (open && !open.parentElement?.contains(/** @type {Node} */ (event.target))) hide();
});
addEventListener("scroll", () => open?.previousElementSibling && place(open.previousElementSibling, open), { passive: true });
