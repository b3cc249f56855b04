// The start page: one button that begins or goes on where the reader has stopped, and what is solved of each chapter.

import { done } from "../shared/counts.js";
import { onOtherWrites, store } from "../shared/this_browser.js";
import { addressOf, mayMove, nameOf, whereToGoOn } from "../shared/where.js";

const button = /** @type {HTMLAnchorElement} */ (document.getElementById("begin"));
const first = { href: button.getAttribute("href") ?? "", words: button.textContent ?? "" };
const root = document.documentElement.dataset.content_root || "./";
const chapters = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-chapter]"));

function show() {
  const place = whereToGoOn(courseContents.parts, { read: (key) => store.read(key), when: (key) => store.when(key) });
  button.href = place ? `${root}${addressOf(place)}` : first.href;
  button.textContent = place ? `Continue: ${nameOf(place)}` : first.words;
  for (const line of chapters) {
    const page = courseContents.parts.flatMap((part) => part.pages).find((p) => p.page === `book/${line.dataset.chapter}/exercise`);
    if (!page) continue;
    const { solved, functions } = done(page, (key) => store.read(key));
    line.textContent = `${solved} of ${functions} solved`;
    line.classList.toggle("all", solved === functions);
  }
}

onOtherWrites((key) => {
  if (mayMove(key)) show();
});
show();
