/** Makes an exercise page run: reads what `publishing/sphinx/exercise_cells.py` wrote into the page, and creates the session, the cells and the buttons. */

import { button, element, make, offerFile } from "../shared/dom.js";
import { holdStill } from "../shared/still.js";
import { store } from "../shared/this_browser.js";
import { Cell } from "./cell.js";
import { filled } from "./notebook.js";
import { keysList } from "./keys_list.js";
import { loadEditors } from "./late_editor.js";
import { Output } from "./output.js";
import { addScratchCells, openScratchCells } from "./scratch.js";
import { Session } from "./session.js";
import { Way } from "./way.js";
import { WithoutNetwork } from "./without_network.js";
import { WrittenAnswer } from "./written_answer.js";

const place = /** @type {HTMLElement | null} */ (document.querySelector(".runner"));
if (place) open(place);

/** @param {HTMLElement} place */
function open(place) {
  const { slug = "", worker = "", editor = "", service = "", release = "", pyodide = "", packages = "", folder = "", files = "", bytes = "0", exercises = "" } = place.dataset;
  const live = /** @type {HTMLElement} */ (place.querySelector(".runner-live"));
  live.hidden = false;
  if (location.protocol === "file:") {
    live.replaceChildren("You have opened this page as a file, and from a file browsers run no Python. To run its cells, open the page at the site’s address, or take the notebook: the links to it stand below.");
    return;
  }
  const absolute = (/** @type {string} */ path) => new URL(path, document.baseURI).href;
  const where = {
    worker: absolute(worker),
    pyodide: absolute(pyodide),
    packages: packages.split(" "),
    files: files.split(" ").map((name) => ({ name, url: absolute(folder + name) })),
  };
  // The one place from which people who hear the page hear each step, without the amounts.
  const status = make("span", { class: "runner-status", role: "status" }, "Python is not loaded yet");
  const loaded = make("span", { class: "runner-loading", "aria-hidden": "true" });
  const session = new Session(where, Number(bytes), (step, text) => {
    if (status.textContent !== step) status.textContent = step;
    loaded.textContent = text === step ? "" : text.slice(step.length + 2);
    if (session.state === "ready") kept.keepAll();
  });
  const kept = new WithoutNetwork(absolute(service), release);
  const way = new Way(slug, document.documentElement.dataset.content_root || "./", session);
  addScratchCells(document);
  const elements = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".runnable"))];
  const writtenAnswers = elements
    .filter((one) => one.dataset.kind === "written")
    .map((one) => new WrittenAnswer(one, slug, () => session.download()));
  const ofNotebook = elements.filter((one) => !["written", "scratch"].includes(one.dataset.kind ?? ""));
  session.cells = elements
    .filter((one) => one.dataset.kind !== "written")
    .flatMap((one) => (one.dataset.kind === "check" ? fold(one) : new Cell(one, 1 + ofNotebook.indexOf(one), session, { slug, exercises, way })));
  way.written = writtenAnswers[0] ?? null;
  way.begin();
  openScratchCells(session.cells);
  loadEditors(absolute(editor), () => kept.keep());
  const parts = [...session.cells, ...writtenAnswers];
  const output = new Output(element("div", ""), "the page's buttons");

  session.download = async () => {
    output.clear();
    try {
      const notebook = await filled(absolute(`${folder}exercise.ipynb`), [...session.cells.filter(({ kind }) => kind !== "scratch"), ...writtenAnswers]);
      offerFile("exercise.ipynb", notebook, "application/x-ipynb+json");
      output.advice("The notebook holds what stands on this page: that is the file to hand in.");
    } catch (error) {
      output.advice(`No notebook: ${/** @type {Error} */ (error).message}.`);
    }
  };
  const runAll = () => session.cells.filter(({ kind }) => kind !== "scratch").forEach((cell) => cell.runToo());
  live.prepend(way.line);
  live.append(
    element(
      "div",
      "runner-buttons",
      button("Run all cells", runAll),
      button("Download my notebook", () => session.download()),
      button("Start the page over", () => startOver(parts, output)),
      keysList(place),
      status,
      loaded,
    ),
    output.place,
    kept.line,
  );
  holdStill([live, ...elements]);
  if (!store.keeps) output.advice("This browser keeps nothing of what you write here: download your notebook before you leave.");
}

/**
 * Fold the cell that calls `check`: the button of the answer above it does what it does in the notebook.
 * @param {HTMLElement} place
 * @returns {Cell[]} none
 */
function fold(place) {
  const call = element("code", "", `check(${place.dataset.function})`);
  const box = element("details", "runner-fold", element("summary", "", "The check of this exercise: ", call));
  box.append(...place.childNodes);
  place.append(box);
  return [];
}

/**
 * Ask, then put every cell back to its starter text; one click undoes it.
 * @param {{starter: string, text: () => string, replace: (text: string) => void}[]} parts
 * @param {Output} output
 */
function startOver(parts, output) {
  const changed = parts.filter((part) => part.text() !== part.starter);
  output.clear();
  if (!changed.length) {
    output.advice("The page is as it was at the start.");
    return;
  }
  const before = changed.map((part) => part.text());
  const undo = () => {
    changed.forEach((part, index) => part.replace(before[index]));
    output.clear();
    output.advice("Your text is back.");
  };
  const start = () => {
    changed.forEach((part) => part.replace(part.starter));
    output.clear();
    output.advice("The page is as it was at the start.", [["Undo", undo]]);
    output.place.querySelector("button")?.focus();
  };
  const cells = changed.length === 1 ? "1 cell" : `${changed.length} cells`;
  output.advice(`Take back what you wrote in ${cells}?`, [
    ["Yes, start over", start],
    ["No", () => output.clear()],
  ]);
  output.place.querySelector("button")?.focus();
}
