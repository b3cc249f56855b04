/** Where a learner goes on: which exercise of a page is next, and what comes after the page. Needs no browser. */

import { keys } from "../shared/store.js";

/**
 * @typedef {object} Progress what the store keeps of the exercises of a page
 * @property {string[]} functions of the page, in order
 * @property {(key: string) => string | null} read
 * @property {(key: string) => string} when a key was last changed
 * @property {(name: string) => string} code the key of an exercise's text
 */

/** @param {Progress} progress */
export const unsolved = ({ functions, read }) => functions.filter((name) => !read(keys.solved(name)));

/** The first unsolved exercise after this one, or else the first of all; null if all are solved. @param {Progress} progress @param {string} name */
export function after(progress, name) {
  const open = unsolved(progress);
  const here = progress.functions.indexOf(name);
  return open.find((other) => progress.functions.indexOf(other) > here) ?? open[0] ?? null;
}

/**
 * What the link below a page's heading leads to.
 * @param {Progress} progress
 * @returns {{exercise: string | null, begun: boolean, solved: number}} the unsolved exercise on which one has worked
 *   last, or else the first unsolved one
 */
export function goOn(progress) {
  const { functions, read, when, code } = progress;
  const open = unsolved(progress);
  const worked = open.filter((name) => read(code(name)) !== null || read(keys.tried(name)) !== null);
  const last = worked.reduce((/** @type {string | null} */ best, name) => (best && latest(best) >= latest(name) ? best : name), null);
  return {
    exercise: last ?? open[0] ?? null,
    begun: worked.length > 0 || open.length < functions.length,
    solved: functions.length - open.length,
  };

  /** @param {string} name */
  function latest(name) {
    return [when(code(name)), when(keys.tried(name))].sort().at(-1) ?? "";
  }
}

/**
 * The page that follows this one in the contents, or null at the end of what is learned.
 * @param {import("../shared/counts.js").Page[]} pages
 * @param {string} here
 */
export function followingPage(pages, here) {
  return pages[pages.findIndex(({ page }) => page === here) + 1] ?? null;
}
