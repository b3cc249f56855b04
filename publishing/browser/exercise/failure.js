/** What a cell says where its run has failed, and what its learner can do about it. */

import { element, leadTo } from "../shared/dom.js";

/**
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./output.js").Action} Action
 */

/**
 * @param {Cell} cell whose button was pressed
 * @param {import("./python.js").Result} result that is not `ok`
 * @param {() => void} retry what was tried
 */
export function showFailure(cell, result, retry) {
  const { output, session } = cell;
  const above = session.above(cell);
  /** @type {Action[]} */
  const again = above.length ? [["Run all above", () => above.forEach((other) => other.runToo())]] : [];
  if (result.kept) {
    const line = result.error?.line;
    cell.tell(line ? `Stopped in line ${line}` : "Stopped");
    cell.mark(result.error?.lines ?? []);
    output.advice("Stopped. What ran before is kept, and so is your text.", []);
  } else if (result.stopped) {
    cell.tell("Stopped");
    output.advice("Stopped. Python starts anew: what ran before is gone, your text is not.", again);
  } else if (result.unstarted) {
    cell.tell("Python could not be started");
    output.advice(`${result.crashed}.`, [
      ["Try again", retry],
      ["Download my notebook", () => session.download()],
    ]);
  } else if (result.crashed) {
    cell.tell("Python ended");
    output.advice(`${result.crashed}. Your text is kept; run a cell to start Python again.`, again);
  } else if (result.error) {
    const { error } = result;
    if (error.advice) {
      cell.tell(`Line ${error.line} is a notebook's command`);
      cell.mark(error.lines);
      return output.sentence(error.advice);
    }
    cell.tell(error.line ? `${error.type} in line ${error.line}` : error.type);
    output.problem(error, error.line ? () => cell.goTo(/** @type {number} */ (error.line)) : null);
    cell.mark(error.lines);
    if (error.meaning && !error.stub) output.sentence(error.meaning);
    if (error.stub) output.sentence(`${error.stub} is not written yet: its line \`raise NotImplementedError()\` is still there.`);
    const definer = error.name ? session.definer(error.name, cell) : undefined;
    if (definer) adviseOn(cell, /** @type {string} */ (error.name), definer, again, retry);
  } else cell.tell("Done: a check did not pass yet");
}

/**
 * @param {Cell} cell
 * @param {string} name that is not defined
 * @param {Cell} definer the cell that would define it
 * @param {Action[]} again
 * @param {() => void} retry
 */
function adviseOn(cell, name, definer, again, retry) {
  const ran = definer.generation === cell.session.generation;
  const message = element("span", "", `${name} is defined in `, linkTo(definer), ran ? ": run it again." : ", which has not run yet.");
  const both = () => (definer.runToo(), retry());
  const all = again.map(([, act]) => /** @type {Action} */ (["Run all above and this", () => (act(), retry())]));
  cell.output.advice(message, [["Run that cell and this", both], ...all]);
}

/** A link to a cell; it puts the cursor there. @param {Cell} cell @param {(string | Node)[]} words */
export function linkTo(cell, ...words) {
  const link = element("a", "", ...(words.length ? words : [cell.describe()]));
  leadTo(link, cell.place, () => cell.focus());
  return link;
}
