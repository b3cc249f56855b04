/** How much of a page is done, counted from what the store keeps. Needs no browser. */

import { keys } from "./store.js";

/**
 * @typedef {object} Page one page of `courseContents`, which `publishing/sphinx/activities.py` writes
 * @property {string} page
 * @property {string} title
 * @property {number} minutes
 * @property {string[]} predictions
 * @property {Record<string, number>} quizzes the number of the right answer by the quiz's id
 * @property {string[]} functions
 * @property {Record<string, string>} [starters] of an exercise page: the digest of each function's stub
 * @property {string[]} [cells] of an exercise page: the keys of all texts that can be written there
 *
 * @typedef {ReturnType<typeof done>} Done
 */

/**
 * @param {Pick<Page, "page" | "predictions" | "quizzes" | "functions">} entry
 * @param {(key: string) => string | null} read
 */
export function done({ page, functions, predictions, quizzes }, read) {
  const ids = Object.keys(quizzes);
  const solved = functions.filter((name) => read(keys.solved(name)));
  return {
    functions: functions.length,
    solved: solved.length,
    tried: functions.filter((name) => read(keys.tried(name)) && !solved.includes(name)).length,
    predictions: predictions.length,
    predicted: predictions.filter((name) => read(keys.prediction(name))).length,
    quizzes: ids.length,
    answered: ids.filter((id) => read(keys.quiz(page, id))).length,
    right: ids.filter((id) => read(keys.quiz(page, id)) === String(quizzes[id])).length,
    first: ids.filter((id) => read(keys.first(page, id)) === String(quizzes[id])).length,
  };
}

/** Whether a page asks anything of its reader. @param {Done} page */
export const asks = (page) => page.functions + page.predictions + page.quizzes > 0;

/** @param {Done[]} pages @param {keyof Done} name */
export const sum = (pages, name) => pages.reduce((total, page) => total + page[name], 0);

/** The keys of all progress that a course can have. @param {Page[]} pages @returns {Set<string>} */
export function knownKeys(pages) {
  const of = (/** @type {Page} */ { page, predictions, quizzes, functions, cells = [] }) => [
    ...cells,
    ...predictions.map(keys.prediction),
    ...functions.flatMap((name) => [keys.solved(name), keys.tried(name), keys.passed(name)]),
    ...Object.keys(quizzes).flatMap((id) => [keys.quiz(page, id), keys.first(page, id)]),
  ];
  return new Set(pages.flatMap(of));
}
