// On every page: marks solved exercises in the contents, keeps the answers to questions in the browser, and adds what the
// theme lacks. Nothing is sent to a server. A page works without this script, and in a browser that keeps nothing.

import { done } from "../shared/counts.js";
import { make } from "../shared/dom.js";
import { isCounted, isProgress, keys } from "../shared/store.js";
import { askToKeep, NOT_KEPT, onOtherWrites, store, STORED } from "../shared/this_browser.js";

const page = DOCUMENTATION_OPTIONS.pagename;
const entries = courseContents.parts.flatMap((part) => part.pages);

// Every write by a script of this page is announced.
document.addEventListener(STORED, (event) => {
  const { key } = /** @type {CustomEvent<{key: string | null}>} */ (event).detail;
  if (key !== null && isProgress(key)) askToKeep();
  if (isCounted(key)) mark();
});

/** Mark each page in the sidebar with the number of solved functions or answered questions, once there is one. */
function mark() {
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("nav.bd-links a.reference.internal"));
  for (const link of links) {
    const here = link.getAttribute("href") === "#"; // the page that is shown
    const entry = entries.find((e) => (here ? e.page === page : link.href === new URL(`${e.page}.html`, root).href));
    if (!entry) continue;
    const now = done(entry, (key) => store.read(key));
    const [some, all, word] = now.functions
      ? [now.solved, now.functions, "solved"]
      : [now.predicted + now.answered, now.predictions + now.quizzes, "answered"];
    link.querySelector(".progress-mark")?.remove();
    if (!some) continue;
    const sign = make("span", { "aria-hidden": "true" }, some === all ? "✓" : `${some}/${all}`);
    const words = make("span", { class: "visually-hidden" }, ` (${some} of ${all} ${word})`);
    link.append(make("span", { class: some === all ? "progress-mark all" : "progress-mark" }, sign, words));
  }
}

// ---- questions on this page

const boxes = /** @type {NodeListOf<HTMLFieldSetElement>} */ (
  document.querySelectorAll("fieldset.prediction, fieldset.quiz")
);

/** @param {HTMLFieldSetElement} box */
const boxKey = (box) =>
  box.matches(".prediction") ? keys.prediction(box.dataset.prediction ?? "") : keys.quiz(page, box.id);

function restore() {
  for (const box of boxes) {
    const kept = store.read(boxKey(box));
    for (const input of box.querySelectorAll("input")) input.checked = input.value === kept;
  }
}

if (store.keeps) restore();
for (const box of boxes) {
  box.addEventListener("change", (event) => {
    sayWhetherKept(box, store.write(boxKey(box), /** @type {HTMLInputElement} */ (event.target).value));
    if (store.keeps && box.matches(".quiz")) scheduleFirstChoice(box);
  });
}
onOtherWrites((key) => {
  if (!isCounted(key)) return;
  restore();
  mark();
});

/** @param {HTMLFieldSetElement} box @param {import("../shared/store.js").Failure | null} failed */
function sayWhetherKept(box, failed) {
  box.querySelector(".not-kept")?.remove();
  if (failed) box.append(make("p", { class: "not-kept", role: "status" }, NOT_KEPT[failed]));
}

// The first choice counts when it has been selected for a second or the reader leaves the page: somebody who uses the
// arrow keys selects other answers on the way.
/** @type {Map<HTMLFieldSetElement, number>} */
const waiting = new Map();
/** @param {HTMLFieldSetElement} box */
function scheduleFirstChoice(box) {
  if (store.read(keys.first(page, box.id))) return;
  clearTimeout(waiting.get(box));
  waiting.set(box, setTimeout(() => saveFirstChoice(box), 1000));
}
/** @param {HTMLFieldSetElement} box */
function saveFirstChoice(box) {
  clearTimeout(waiting.get(box));
  waiting.delete(box);
  const chosen = /** @type {HTMLInputElement | null} */ (box.querySelector("input:checked"));
  if (chosen) store.write(keys.first(page, box.id), chosen.value);
}
addEventListener("pagehide", () => [...waiting.keys()].forEach(saveFirstChoice));

mark();

// Sphinx takes `/` for its search, and would take arrows to turn pages, unless the focus is in a form's field. It does
// not know that one types into an editor of an exercise page too. So a key that is typed there goes no further than the
// page's body: Sphinx listens at the document. Escape goes on, since it closes what is open on the page.
document.body.addEventListener("keydown", (event) => {
  const typedInto = /** @type {HTMLElement} */ (event.target);
  if (typedInto.isContentEditable && event.key !== "Escape") event.stopPropagation();
});

// What the theme lacks for people who use a keyboard or a screen reader.
document.querySelectorAll(".fa-solid").forEach((icon) => icon.setAttribute("aria-hidden", "true")); // a letter that no voice knows
document.querySelectorAll(".search-button-field").forEach((button) => {
  button.removeAttribute("aria-label"); // "Search" alone would hide the keys that its text names
});
/** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".theme-switch-button")).forEach((button) => {
  button.setAttribute("aria-label", "Color mode: Light, Dark or System Settings"); // its icons bear these names
  button.addEventListener("click", () => setTimeout(() => button.focus())); // the theme lets go of the focus
});
const sidebar = document.querySelector("#pst-primary-sidebar"); // the logo stands in it, outside of any landmark
sidebar?.setAttribute("role", "region");
sidebar?.setAttribute("aria-label", "Course");

// The theme marks this page in one list and this section in the other, and lets the marks leave the screen.
/** @param {string} list */
function keepMarkInSight(list) {
  const box = document.querySelector(list);
  const mark = [...(box?.querySelectorAll(".active") ?? [])].at(-1);
  if (!box || !mark) return;
  const [frame, { top, bottom }] = [box, mark].map((part) => part.getBoundingClientRect());
  if (top < frame.top || bottom > frame.bottom) box.scrollTop += top - frame.top - frame.height / 2;
}
addEventListener("load", () => keepMarkInSight("#pst-primary-sidebar"));
// The theme moves its mark a little after the page.
addEventListener("scroll", () => setTimeout(keepMarkInSight, 200, "#pst-secondary-sidebar"), { passive: true });

// What the theme leaves to Bootstrap's script, which no page loads (book/_templates/layout.html).
document.querySelectorAll("[data-bs-title]").forEach((button) => button.setAttribute("title", button.getAttribute("data-bs-title") ?? ""));
const toTop = /** @type {HTMLElement | null} */ (document.querySelector("#pst-back-to-top"));
if (toTop) {
  let before = scrollY;
  // The way back is offered to who goes back.
  addEventListener("scroll", () => {
    toTop.style.display = scrollY < before && scrollY > 200 ? "block" : "none";
    before = scrollY;
  }, { passive: true });
  toTop.addEventListener("click", () => scrollTo(0, 0));
}
