/** One code cell of the page: its editor, its buttons, and what they do. */

import { adoptKey } from "../shared/adoption.js";
import { button, element } from "../shared/dom.js";
import { KeptText } from "../shared/kept_text.js";
import { keys } from "../shared/store.js";
import { NOT_KEPT, onOtherWrites, store } from "../shared/this_browser.js";
import { defines } from "./definitions.js";
import { difference } from "./difference.js";
import { makeEditor } from "./editor.js";
import { Names } from "./names.js";
import { Notices } from "./notices.js";
import { Output } from "./output.js";

/** @typedef {import("./python.js").Result} Result */

const RUN = "Run";
const CHECK = "Check my answer";

export class Cell {
  notices = new Notices();
  status = element("span", "runner-status");
  progress = element("progress", "");
  stopButton = button("Stop", () => (this.waits ? this.session.stop(this) : this.session.python.stopLooking()));
  /** Whether the cell is in the queue or running. */
  waits = false;
  /** The `Session.generation` in which the cell last ran; 0 if it never ran. */
  generation = 0;

  /**
   * @param {HTMLElement} place the element that `publishing/sphinx/exercise_cells.py` puts around a cell
   * @param {number} number of the cell among the page's code cells, from 1
   * @param {import("./session.js").Session} session
   * @param {{slug: string, exercises: string}} page
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
    this.key = keys.code(page.slug, key ?? this.id);
    this.starter = place.querySelector("pre")?.textContent?.replace(/^\n+|\n+$/g, "") ?? "";
    this.digest = digest ?? "";
    adoptKey(store, keys.code(page.slug, this.id), this.key, this.digest);
    this.kept = new KeptText(store, this.key, this.starter, this.digest, {
      text: () => this.text(),
      show: (text) => this.editor?.show(text),
    });
    this.output = new Output(element("div", ""), this.title);
    this.names = new Names((question, text) => this.session.ask(this, question, text), this.title);
    this.build();
  }

  build() {
    const still = /** @type {HTMLElement} */ (this.place.querySelector(".cell_input"));
    this.status.setAttribute("role", "status");
    this.progress.hidden = true;
    this.progress.setAttribute("aria-label", "Loading Python");
    const bar = element("div", "runner-buttons");
    if (this.kind === "check") bar.append(this.button(CHECK, () => this.check()), this.stopButton);
    else bar.append(this.button(RUN, () => this.run()), this.stopButton);
    if (this.kind === "solution") bar.append(this.button(CHECK, () => this.check()));
    if (this.kind === "paste") bar.append(button(`Bring my ${this.exercise}`, () => this.insertMyAnswer()));
    if (this.kind !== "check" && this.kind !== "setup") {
      this.resetButton = button("Start over", () => this.reset());
      bar.append(this.resetButton);
      const label = `Python code: ${this.title}. Escape, then Tab leaves it.`;
      const box = element("div", "runner-editor");
      still.before(box);
      still.hidden = true;
      this.editor = makeEditor(box, {
        text: this.kept.text,
        label,
        changed: () => this.keep(),
        run: () => this.run(),
        next: () => this.session.goOn(this),
        check: () => this.check(),
        ask: (question, text) => this.session.ask(this, question, text),
      });
      box.before(this.notices.place);
      const parts = [this.key, keys.starter(this.key), keys.origin(this.key)];
      onOtherWrites((key) => (key === null || parts.includes(key)) && this.lookAgain());
      this.explain();
    }
    bar.append(this.progress, this.status, element("span", "runner-name", this.title));
    this.place.classList.add("runs");
    still.after(bar, this.output.place, this.names.place);
    this.wait(null);
    this.changed();
    const solved = this.kind === "solution" && store.read(keys.solved(this.exercise));
    if (solved) {
      const version = store.starter(keys.solved(this.exercise));
      const earlier = version && version !== this.digest ? ", in an earlier version of this exercise" : "";
      this.tell(`Your check passed on ${dated(solved)}${earlier}`);
    }
  }

  /** A button that says to which cell it belongs. @param {string} label @param {() => void} act */
  button(label, act) {
    const made = button(label, act);
    made.setAttribute("aria-label", `${label}: ${this.kind === "check" ? this.exercise : this.title}`);
    if (label === CHECK && this.kind === "solution") made.classList.add("runner-check");
    return made;
  }

  text() {
    return this.editor ? this.editor.text() : this.starter;
  }

  /** @param {string} text */
  replace(text) {
    if (this.editor && text !== this.text()) this.editor.replace(text);
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
      this.notices.set("origin", `This text comes from the file “${origin.file}”, which you read on ${dated(origin.at)}. Read it before you run it: it does not run until you press a button of this cell.`);
    else this.notices.clear("origin");
    if (!this.kept.outdated) return this.notices.clear("changed");
    const what = this.kind === "solution" ? "exercise" : "cell";
    this.notices.set("changed", `This ${what} has changed since you wrote here. You see your own text.`, [
      ["See the difference", () => this.notices.toggle("changed", () => this.difference())],
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

  difference() {
    const lines = difference(this.text(), this.starter).map(({ sign, line }) => {
      const kind = { "-": "mine", "+": "new", " ": "" }[sign];
      return element("span", kind, `${sign} ${line}\n`);
    });
    const box = element("pre", "runner-difference", ...lines);
    box.tabIndex = 0;
    box.setAttribute("aria-label", "The difference: lines with - are yours, lines with + are new");
    return box;
  }

  /** Enable the button to start over only if the text has changed. */
  changed() {
    this.resetButton?.setAttribute("aria-disabled", String(this.text() === this.starter));
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
      this.output.clear();
      this.editor?.mark([]);
      const text = this.text();
      const result = await this.session.run(this, text, (output) => this.output.show(output));
      if (result.ok) this.tell(`Done in ${seconds(result)}`);
      else this.failed(result);
      if (this.editor && !result.stopped && !result.crashed) this.names.ran(text);
    });
  }

  /** Run the answer, then the visible check on it; the table goes below the cell whose button was pressed. */
  check() {
    const { cells } = this.session;
    const answer = cells.find((cell) => cell.kind === "solution" && cell.exercise === this.exercise);
    const test = cells.find((cell) => cell.kind === "check" && cell.exercise === this.exercise);
    if (!answer || !test) return;
    if (this === answer) this.accept();
    else if (answer.imported) return this.tell(`Not checked: the text of ${answer.title} comes from a file. Look at it, then check it there`);
    this.session.submit(this, CHECK, async () => {
      this.output.clear();
      const show = (/** @type {import("./python.js").Output} */ output) => this.output.show(output);
      let result = await this.session.run(answer, answer.text(), show);
      if (result.ok) result = await this.session.run(test, test.text(), show);
      if (result.stopped || result.crashed) return this.failed(result);
      const mark = (result.ok ? keys.solved : keys.tried)(this.exercise);
      this.sayWhetherKept(store.write(mark, new Date().toISOString(), answer.digest));
      if (result.ok) this.tell("Your check passed");
      else if (result.error) this.failed(result);
      else this.tell("Your check did not pass yet: the table says why");
      if (result.looking) void this.look();
    });
  }

  /** Look for the line of the mistake, in the background: the next run ends it. */
  async look() {
    const looking = "Your check did not pass yet. Looking for the line";
    this.tell(looking);
    this.stopButton.setAttribute("aria-disabled", "false");
    const lines = await this.session.python.look();
    if (this.waits || this.status.textContent !== looking) return;
    this.stopButton.setAttribute("aria-disabled", "true");
    for (const { text } of lines.reverse()) this.output.finding("Look here:", text);
    const found = lines.map(({ line }) => line).sort((a, b) => a - b);
    this.tell(found.length ? `Your check did not pass yet: look at line ${found.join(" and ")}` : "Your check did not pass yet: the table says why");
  }

  reset() {
    if (this.text() !== this.starter) this.startFrom("This cell is as it was at the start.");
  }

  /** Put the starter there; one click takes it back. @param {string} message */
  startFrom(message) {
    const before = this.text();
    this.replace(this.starter);
    this.output.clear();
    this.tell("");
    this.output.advice(message, [
      ["Undo", () => (this.replace(before), this.output.clear(), this.tell("Your text is back"))],
    ]);
  }

  /** Copy the learner's function from another chapter's page into this cell, and run it. */
  insertMyAnswer() {
    const there = keys.code(this.from, this.exercise);
    const text = store.read(there);
    this.output.clear();
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

  /** @param {Result} result that is not `ok` */
  failed(result) {
    const above = this.session.above(this);
    /** @type {import("./output.js").Action[]} */
    const again = above.length ? [["Run all above", () => above.forEach((cell) => cell.runToo())]] : [];
    if (result.stopped) {
      this.tell("Stopped");
      this.output.advice("Stopped. Python starts anew: what ran before is gone, your text is not.", again);
    } else if (result.crashed) {
      this.tell("Python ended");
      this.output.advice(`${result.crashed}. Your text is kept; run a cell to start Python again.`, again);
    } else if (result.error) {
      const { error } = result;
      if (error.line) this.editor?.mark([error.line]);
      if (error.advice) {
        this.tell(`Line ${error.line} is a notebook's command`);
        return this.output.sentence(error.advice);
      }
      this.tell(error.line ? `${error.type} in line ${error.line}` : error.type);
      this.output.problem(error, Boolean(error.stub));
      if (error.stub) this.output.advice(`${error.stub} is not written yet: its cell still says YOUR CODE HERE.`);
      const definer = error.name ? this.session.definer(error.name, this) : undefined;
      if (definer) this.adviseOn(/** @type {string} */ (error.name), definer, again);
    }
  }

  /**
   * @param {string} name that is not defined
   * @param {Cell} definer the cell that would define it
   * @param {import("./output.js").Action[]} again
   */
  adviseOn(name, definer, again) {
    const link = element("a", "", definer.describe());
    link.href = `#${definer.place.id}`;
    const ran = definer.generation === this.session.generation;
    const message = element("span", "", `${name} is defined in `, link, ran ? ": run it again." : ", which has not run yet.");
    const both = () => (definer.runToo(), this.run());
    const all = again.map(([, act]) => /** @type {import("./output.js").Action} */ (["Run all above and this", () => (act(), this.run())]));
    this.output.advice(message, [["Run that cell and this", both], ...all]);
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
    this.stopButton.setAttribute("aria-disabled", String(!this.waits));
    if (text !== null) this.tell(text);
  }

  begin() {
    this.place.classList.add("running");
    this.tell("Running");
  }

  end() {
    this.place.classList.remove("running");
    this.wait(null);
    this.progress.hidden = true;
  }

  /** @param {number} generation of the interpreter that has ended */
  forgotten(generation) {
    if (this.generation === generation) this.names.forget();
    if (this.generation === generation) this.tell("Ran in the Python that was stopped: its results are gone");
  }

  /** @param {string} text @param {number | null} share of what is to be loaded */
  tell(text, share = null) {
    if (this.status.textContent !== text) this.status.textContent = text;
    this.progress.hidden = share === null;
    if (share !== null) this.progress.value = share;
  }
}

/** @param {Result} result */
function seconds(result) {
  return `${Math.max(result.seconds ?? 0, 0.01).toFixed(2)} s`;
}

/** @param {string} iso */
const dated = (iso) => new Date(iso).toLocaleDateString("en-GB", { dateStyle: "medium" });
