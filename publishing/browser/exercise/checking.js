/** The check of one exercise: it runs what the answer needs, then the answer, and shows the verdict on this text. */

import { element } from "../shared/dom.js";
import { keys } from "../shared/store.js";
import { store } from "../shared/this_browser.js";
import { linkTo } from "./failure.js";
import { PassedVersion } from "./passed_version.js";
import { finding, linesOf, verdict } from "./verdict.js";

export const CHECK = "Check my answer";
const UNWRITTEN = /raise NotImplementedError\(\)\s*$/;

/** @typedef {import("./cell.js").Cell} Cell */

export class Checking {
  /** What was judged last: the text, what the status says of it, and the verdict on the page. @type {{text: string, said: string, shown: HTMLElement} | null} */
  judged = null;
  /** Whether the line of the mistake is looked for. */
  looking = false;

  /** @param {Cell} cell that holds the answer @param {import("./way.js").Way} way */
  constructor(cell, way) {
    this.cell = cell;
    this.way = way;
    this.passed = new PassedVersion(cell);
    this.edited = element("p", "runner-edited", "Edited since: this verdict is about the text as it was.");
  }

  check() {
    const { cell } = this;
    cell.accept();
    cell.session.submit(cell, CHECK, () => this.work());
  }

  async work() {
    const { cell } = this;
    if (!(await this.prepare())) return;
    const text = cell.text();
    cell.begin();
    const result = await cell.session.run(cell, text, (output) => cell.output.show(output), cell.exercise);
    if (result.stopped || result.crashed) return cell.failed(result, () => this.check());
    const solved = Boolean(result.report?.passed);
    const now = new Date().toISOString();
    let failed = store.write((solved ? keys.solved : keys.tried)(cell.exercise), now, cell.digest);
    if (solved) failed ??= this.passed.keep(text);
    cell.sayWhetherKept(failed);
    if (result.report) this.show(text, result.report);
    else if (result.error) cell.failed(result, () => this.check());
    else this.undefined();
    this.changed();
    if (result.looking) void this.look();
  }

  /** Run the cells that the answer needs. Returns false if one of them cannot be run, which is said then. */
  async prepare() {
    const { cell } = this;
    for (const other of await cell.session.needed(cell)) {
      const name = other.exercise || other.title;
      if (other.imported) return this.refuse(other, `${name}, which your answer calls, comes from a file`, "Look at it and run it there first");
      if (other.kind === "solution" && UNWRITTEN.test(other.text())) return this.refuse(other, `${name} is not written yet; your answer calls it`, "Write it first");
      cell.tell(`Running ${name} first`);
      const result = await cell.session.run(other, other.text(), () => {});
      if (result.stopped || result.crashed) {
        cell.failed(result, () => this.check());
        return false;
      }
      if (result.error) {
        const { type, line, message } = result.error;
        return this.refuse(other, `${name}, which your answer calls, does not run: ${type}${line ? ` in line ${line}` : ""}`, message);
      }
      other.tell(`Run for ${cell.exercise}`);
    }
    return true;
  }

  /** @param {Cell} other @param {string} why @param {string} more @returns {false} */
  refuse(other, why, more) {
    this.cell.tell(`Not checked: ${why}`);
    this.cell.output.advice(element("span", "", `${more}: `, linkTo(other), "."));
    return false;
  }

  undefined() {
    const { exercise } = this.cell;
    this.cell.tell(`Your check did not pass yet: this cell does not define ${exercise}`);
    this.cell.output.advice(element("span", "", "The check calls ", element("code", "", exercise), ": give your function or class this name again."));
  }

  /** @param {string} text @param {import("./python.js").Report} report */
  show(text, report) {
    const { cell } = this;
    const goTo = (/** @type {number} */ line) => cell.goTo(line);
    const shown = verdict(report, goTo);
    shown.firstElementChild?.append(report.passed ? this.way.onward(cell.exercise) : this.way.lesson(cell));
    cell.output.place.append(shown);
    // Below a long answer it would stand out of sight of who types there.
    if (cell.place.contains(document.activeElement)) shown.firstElementChild?.scrollIntoView({ block: "nearest" });
    const said = report.passed ? "Your check passed" : "Your check did not pass yet";
    this.judged = { text, said, shown };
    cell.tell(said);
    cell.mark(linesOf(report));
  }

  /** Go where the verdict leads: to the first line that it names or, from a solved exercise, to what is next. */
  follow() {
    const shown = this.judged?.shown;
    const to = shown?.querySelector(shown.classList.contains("passed") ? ".runner-onward a" : ".runner-line");
    /** @type {HTMLElement | null | undefined} */ (to)?.click();
  }

  /** Look for the line of the mistake, in the background: the next run ends it. */
  async look() {
    const { cell, judged } = this;
    if (!judged) return;
    this.say(`${judged.said}. Looking for the line`);
    this.looking = true;
    const lines = await cell.session.python.look();
    if (this.judged !== judged || cell.waits) return;
    this.looking = false;
    cell.allowStop();
    const goTo = (/** @type {number} */ line) => cell.goTo(line);
    const banner = judged.shown.querySelector(".runner-verdict-head");
    banner?.after(...lines.map(({ line, text }) => finding("Look here:", text, line, goTo)));
    const found = lines.map(({ line }) => line).sort((a, b) => a - b);
    this.say(found.length ? `Your check did not pass yet: look at line ${found.join(" and ")}` : "Your check did not pass yet");
    if (found.length && cell.text() === judged.text) cell.mark(found);
  }

  /** Say something of what was judged, unless the text is another one now. @param {string} said */
  say(said) {
    if (!this.judged) return;
    this.judged.said = said;
    if (this.cell.text() === this.judged.text) this.cell.tell(said);
  }

  /** The text has changed, or what is kept of the exercise. */
  changed() {
    this.passed.changed();
    if (!this.judged) return;
    const { text, said, shown } = this.judged;
    const edited = this.cell.text() !== text;
    if (edited === shown.classList.contains("edited")) return;
    shown.classList.toggle("edited", edited);
    if (edited) shown.prepend(this.edited);
    else this.edited.remove();
    if (!this.cell.waits) this.cell.tell(edited ? "Edited since the check" : said);
  }

  /** There is no verdict any more, because the output is cleared. */
  forget() {
    this.judged = null;
    this.looking = false;
  }
}
