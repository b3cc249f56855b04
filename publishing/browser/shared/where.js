/** Where a reader has stopped, and where to go on. Needs no browser. */

import { followingPage, goOn } from "../exercise/next_step.js";
import { done } from "./counts.js";
import { keys, kindOf } from "./store.js";

/**
 * @typedef {import("./counts.js").Page} Page
 * @typedef {{title: string, pages: Page[]}} Part
 * @typedef {{title: string, page: Page, exercise: string | null}} Place a page, the title of its part, and an exercise on it
 */

/**
 * The place to go on at: the exercise on which the reader has worked last, or the page, or what follows where it is done;
 * null for a reader who has not begun.
 * @param {Part[]} parts
 * @param {{read: (key: string) => string | null, when: (key: string) => string}} store
 * @returns {Place | null}
 */
export function whereToGoOn(parts, store) {
  const pages = parts.flatMap((part) => part.pages);
  const [page, time] = pages.reduce(
    (/** @type {[Page | null, string]} */ best, page) => {
      const time = latest(page, store);
      return time > best[1] ? [page, time] : best;
    },
    [null, ""],
  );
  if (!page || !time) return null;
  const at = isDone(page, store) ? followingPage(pages, page.page) : page;
  if (!at) return null;
  const exercise = at.functions.length ? goOn(progressOf(at, store)).exercise : null;
  return { title: parts.find((part) => part.pages.includes(at))?.title ?? at.title, page: at, exercise };
}

/** When something was last done on a page; empty if nothing was. @param {Page} page @param {{when: (key: string) => string, read: (key: string) => string | null}} store */
function latest(page, { read, when }) {
  const all = [
    ...(page.cells ?? []),
    ...page.functions.flatMap((name) => [keys.solved(name), keys.tried(name)]),
    ...page.predictions.map(keys.prediction),
    ...Object.keys(page.quizzes).map((id) => keys.quiz(page.page, id)),
  ];
  const times = all.filter((key) => read(key) !== null).map((key) => when(key) || "0");
  return times.sort().at(-1) ?? "";
}

/** @param {Page} page @param {{read: (key: string) => string | null}} store */
function isDone(page, { read }) {
  const now = done(page, read);
  return now.solved === now.functions && now.predicted === now.predictions && now.answered === now.quizzes;
}

/** @param {Page} page @param {{when: (key: string) => string, read: (key: string) => string | null}} store */
function progressOf(page, { read, when }) {
  const slug = page.page.split("/")[1];
  return { functions: page.functions, read, when, code: (/** @type {string} */ name) => keys.code(slug, name) };
}

/** What the place is called: "test time, exercise 2". @param {Place} place */
export function nameOf({ title, page, exercise }) {
  const part = title.slice(0, 1).toLowerCase() + title.slice(1);
  if (exercise) return `${part}, exercise ${page.functions.indexOf(exercise) + 1}`;
  return page.page.endsWith("/lesson") ? `${part}, lesson` : part;
}

/** The address of the place below the site's root. @param {Place} place */
export const addressOf = ({ page, exercise }) => `${page.page}.html${exercise ? `#cell-${exercise}` : ""}`;

/** Whether a change of a key may change the place; null is any number of keys. @param {string | null} key */
export const mayMove = (key) => key === null || ["code", "solved", "tried", "prediction", "quiz"].includes(kindOf(key));
