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
