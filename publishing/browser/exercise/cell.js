/** One code cell of the page: its editor, its buttons, and what they do. */

import { adoptKey } from "../shared/adoption.js";
import { button, element, make } from "../shared/dom.js";
import { KeptText } from "../shared/kept_text.js";
import { keys } from "../shared/store.js";
import { NOT_KEPT, onOtherWrites, store } from "../shared/this_browser.js";
import { Checking, CHECK } from "./checking.js";
import { defines } from "./definitions.js";
import { difference } from "./difference.js";
import { showFailure } from "./failure.js";
import { LateEditor } from "./late_editor.js";
import { Names } from "./names.js";
import { Notices } from "./notices.js";
import { Output } from "./output.js";

/** @typedef {import("./python.js").Result} Result */

const RUN = "Run";

export class Cell {
  notices = new Notices();
  status = element("span", "runner-status");
  progress = element("progress", "");
  /** How far Python is: people who hear the page hear each step from the line at its top. */
  loading = make("span", { class: "runner-loading", "aria-hidden": "true" });
  /** Whether the cell is in the queue or running. */
  waits = false;
  /** The `Session.generation` in which the cell last ran; 0 if it never ran. */
  generation = 0;
  /** The text that ran last without an error. @type {string | null} */
  ran = null;
  /** Of a cell that holds an answer. @type {Checking | null} */
  checking = null;

  /**
   * @param {HTMLElement} place the element that `publishing/sphinx/exercise_cells.py` puts around a cell
   * @param {number} number of the cell among the page's code cells, from 1
   * @param {import("./session.js").Session} session
   * @param {{slug: string, exercises: string, way: import("./way.js").Way}} page
   */
  constructor(place, number, session, page) {
    const { cell, kind, key, starter: digest, function: exercise, from } = place.dataset;
    this.place = place;
    this.session = session;
    this.page = page;
    this.id = /** @type {string} */ (cell);
    this.kind = /** @type {string} */ (kind);
    this.exercise = exercise ?? "";
    this.from = from ?? "";
    this.title = kind === "solution" ? this.id : kind === "scratch" ? `scratch for ${this.exercise}` : `cell ${number}`;
    this.stopButton = this.button("Stop", () => (this.waits ? session.stop(this) : session.python.stopLooking()));
    this.key = keys.code(page.slug, key ?? this.id);
    this.starter = place.querySelector("pre")?.textContent?.replace(/^\n+|\n+$/g, "") ?? "";
    this.digest = digest ?? "";
    adoptKey(store, keys.code(page.slug, this.id), this.key, this.digest);
    this.kept = new KeptText(store, this.key, this.starter, this.digest, {
      text: () => this.text(),
      show: (text) => this.editor?.show(text),
    });
    this.output = new Output(element("div", ""), this.title);
    this.names = new Names((question, text) => this.session.names(this, question, text), this.title);
    this.build();
  }

  build() {
    const still = /** @type {HTMLElement} */ (this.place.querySelector(".cell_input"));
    this.status.setAttribute("role", "status");
    this.progress.hidden = true;
    const bar = element("div", "runner-buttons");
    bar.append(this.button(RUN, () => this.run()), this.stopButton);
    if (this.kind === "solution") {
      this.checking = new Checking(this, this.page.way);
      bar.append(this.button(CHECK, () => this.check()));
    }
    if (this.kind === "paste") bar.append(button(`Bring my ${this.exercise}`, () => this.insertMyAnswer()));
    if (this.kind !== "setup") {
      this.resetButton = this.button("Start over", () => this.reset());
      bar.append(this.resetButton);
      if (this.checking) bar.append(this.checking.passed.button);
      const label = `Python code: ${this.title}. Escape, then Tab leaves it.`;
      const box = element("div", "runner-editor");
      still.before(box);
      this.editor = new LateEditor(box, still, {
        text: this.kept.text,
        label,
        changed: () => this.keep(),
        run: () => this.run(),
        next: () => this.session.goOn(this),
        check: () => this.check(),
        follow: () => this.checking?.follow(),
        ask: (question, text) => this.session.names(this, question, text),
      });
      box.before(this.notices.place);
      box.addEventListener("focusin", () => this.session.warm(this));
      const parts = [this.key, keys.starter(this.key), keys.origin(this.key)];
      onOtherWrites((key) => (key === null || parts.includes(key)) && this.lookAgain());
      this.explain();
    }
    this.loading.append(this.progress);
    bar.append(this.status, this.loading, element("span", "runner-name", this.title));
    this.place.classList.add("runs");
    still.after(bar, this.output.place, this.names.place);
    this.wait(null);
    this.changed();
    const solved = this.checking && store.read(keys.solved(this.exercise));
    if (solved) this.tell(`Your check passed on ${this.dated(solved)}${this.sinceThen()}`);
  }

  /** What is to be said of an exercise that was solved on an earlier day. */
  sinceThen() {
    const version = store.starter(keys.solved(this.exercise));
    if (version && version !== this.digest) return ", in an earlier version of this exercise";
    const passed = store.read(keys.passed(this.exercise));
    return passed !== null && passed !== this.text() ? "; edited since" : "";
  }

  /** A button that says to which cell it belongs. @param {string} label @param {() => void} act */
  button(label, act) {
    const made = button(label, act);
    made.setAttribute("aria-label", `${label}: ${this.title}`);
    if (label === CHECK) made.classList.add("runner-check");
    return made;
  }

  text() {
    return this.editor ? this.editor.text() : this.starter;
  }

  /** @param {string} text */
  replace(text) {
    if (this.editor && text !== this.text()) this.editor.replace(text);
  }

  /** Put the cursor into the editor. */
  focus() {
    this.editor?.focus();
  }

  /** Mark lines until the text changes. @param {number[]} lines */
  mark(lines) {
    this.editor?.mark(lines);
  }

  /** Put the cursor into a line. @param {number} line */
  goTo(line) {
    this.editor?.goTo(line);
  }

  keep() {
    const failed = this.kept.write();
    if (failed === "elsewhere") this.notices.set("elsewhere", "Another tab has changed this cell, so its text stands here now. Ctrl+Z brings yours back.");
    else this.notices.clear("elsewhere");
    this.sayWhetherKept(failed === "elsewhere" ? null : failed);
    this.changed();
    this.explain();
  }

  /** @param {import("../shared/store.js").Failure | null} failed */
  sayWhetherKept(failed) {
    if (failed) this.notices.set("unkept", NOT_KEPT[failed], [["Download my notebook", () => this.session.download()]]);
    else this.notices.clear("unkept");
  }

  /** The store has been written elsewhere. */
  lookAgain() {
    this.kept.refresh();
    this.changed();
    this.explain();
  }

  /** Say where the text comes from, if its owner has not run it yet, and whether the exercise has changed since. */
  explain() {
    const origin = this.imported;
    if (origin)
      this.notices.set("origin", `This text comes from the file “${origin.file}”, which you read on ${this.dated(origin.at)}. Read it before you run it: it does not run until you press a button of this cell.`);
    else this.notices.clear("origin");
    if (!this.kept.outdated) return this.notices.clear("changed");
    const what = this.kind === "solution" ? "exercise" : "cell";
    this.notices.set("changed", `This ${what} has changed since you wrote here. You see your own text.`, [
      ["See the difference", () => this.notices.toggle("changed", () => this.difference(this.starter, "new"))],
      ["Keep mine", () => (this.kept.settle(), this.explain())],
      ["Take the new one", () => this.startFrom("You have the new text.")],
    ]);
  }

  /** From which file the text was read, or null if its owner wrote it or has run it. */
  get imported() {
    return this.editor ? store.origin(this.key) : null;
  }

  /** The owner has pressed a button of this cell. */
  accept() {
    if (this.imported) store.put(keys.origin(this.key), null);
    this.notices.clear("origin");
  }

  /** @param {string} other text @param {string} whose it is */
  difference(other, whose) {
    const lines = difference(this.text(), other).map(({ sign, line }) => {
      const kind = { "-": "mine", "+": "new", " ": "" }[sign];
      return element("span", kind, `${sign} ${line}\n`);
    });
    const box = element("pre", "runner-difference", ...lines);
    box.tabIndex = 0;
    box.setAttribute("aria-label", `The difference: lines with - are yours, lines with + are ${whose}`);
    return box;
  }

  /** The text has changed: of that hang the button to start over, and the verdict. */
  changed() {
    this.resetButton?.setAttribute("aria-disabled", String(this.text() === this.starter));
    this.checking?.changed();
  }

  // ---- what the buttons do

  /** Run it for another cell, or with all: not before its owner has seen what a file has put there. */
  runToo() {
    if (!this.imported) return this.run();
    this.tell("Not run: its text comes from a file. Look at it, then press Run here");
  }

  run() {
    this.accept();
    this.session.submit(this, RUN, async () => {
      const text = this.text();
      const result = await this.session.run(this, text, (output) => this.output.show(output));
      if (result.ok) this.tell(`Done in ${seconds(result)}`);
      else this.failed(result);
      if (this.editor && !result.stopped && !result.crashed) this.names.ran(text);
    });
  }

  check() {
    this.checking?.check();
  }

  /** Empty the output, and with it the verdict. */
  clear() {
    this.output.clear();
    this.mark([]);
    this.checking?.forget();
  }

  reset() {
    if (this.text() !== this.starter) this.startFrom("This cell is as it was at the start.");
  }

  /** Put the starter there; one click takes it back. @param {string} message */
  startFrom(message) {
    const before = this.text();
    this.replace(this.starter);
    this.clear();
    this.tell("");
    this.output.advice(message, [
      ["Undo", () => (this.replace(before), this.output.clear(), this.tell("Your text is back"))],
    ]);
  }

  /** Copy the learner's function from another chapter's page into this cell, and run it. */
  insertMyAnswer() {
    const there = keys.code(this.from, this.exercise);
    const text = store.read(there);
    this.clear();
    if (text) {
      this.replace(text);
      const origin = store.origin(there);
      if (!origin) return this.run();
      store.put(keys.origin(this.key), JSON.stringify(origin));
      return this.explain();
    }
    const link = element("a", "", `the exercise “${this.from}”`);
    link.href = `${this.page.exercises}${this.from}/exercise.html#cell-${this.exercise}`;
    const message = element("span", "", `This browser has no ${this.exercise} of yours. Write it in `, link);
    message.append(", or paste it here.");
    this.output.advice(message);
  }

  // ---- the result of a run

  /** @param {Result} result that is not `ok` @param {() => void} retry what was tried */
  failed(result, retry = () => this.run()) {
    showFailure(this, result, retry);
  }

  /** The cell in words for a message: the heading of its section. */
  describe() {
    const heading = this.place.closest("section")?.querySelector(":scope > h1, :scope > h2, :scope > h3");
    const section = heading?.firstChild?.textContent?.trim();
    return section ? `a cell of “${section}”` : this.title;
  }

  /** Whether the cell's text defines a name at its top level. @param {string} name */
  defines(name) {
    return defines(this.text(), name);
  }

  // ---- called by the session

  /** @param {string | null} text why it waits, or null where it does not */
  wait(text) {
    this.waits = text !== null;
    this.allowStop();
    if (text !== null) this.tell(text);
  }

  /** Enable the button to stop while there is something to stop. */
  allowStop() {
    this.stopButton.setAttribute("aria-disabled", String(!this.waits && !this.checking?.looking));
  }

  begin() {
    this.place.classList.add("running");
    this.tell(this.session.state === "ready" ? "Running" : "Waiting for Python");
  }

  end() {
    this.place.classList.remove("running");
    this.wait(null);
    this.load("");
  }

  /** Show how far Python is; an empty text shows nothing. @param {string} text @param {number | null} share of what is to be loaded */
  load(text, share = null) {
    this.loading.replaceChildren(...(text ? [this.progress, text] : []));
    this.progress.hidden = share === null;
    if (share !== null) this.progress.value = share;
  }

  /** @param {number} generation of the interpreter that has ended */
  forgotten(generation) {
    if (this.generation === generation) this.names.forget();
    if (this.generation === generation) this.tell("Ran in the Python that was stopped: its results are gone");
  }

  /** @param {string} text */
  tell(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** A day for readers. @param {string} iso */
  dated(iso) {
    return new Date(iso).toLocaleDateString("en-GB", { dateStyle: "medium" });
  }
}

/** @param {Result} result */
function seconds(result) {
  return `${Math.max(result.seconds ?? 0, 0.01).toFixed(2)} s`;
}
