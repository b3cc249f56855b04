/** The page's one Python interpreter, and the queue of cells that wait for it. */

import { Python, Stopped } from "./python.js";
import { amount, FIRST_STEP } from "./starting.js";

/**
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./python.js").Result} Result
 * @typedef {object} Job
 * @property {Cell} cell
 * @property {string} what is done with it
 * @property {() => Promise<void>} work
 */

const NOTICED = 500; // ms after which one wonders whether Stop does anything

export class Session {
  /**
   * @param {ConstructorParameters<typeof Python>[0]} where
   * @param {(step: string, text: string, share: number | null) => void} report the step, the same with its amount, and
   *   the share of what is to be loaded, from 0 to 1
   * @param {number} bytes that the first start loads; 0 is unknown
   */
  constructor(where, bytes, report) {
    /** @type {Cell[]} */
    this.cells = [];
    /** @type {Job[]} */
    this.queue = [];
    /** @type {Job | null} */
    this.job = null;
    /** Gives the learner the notebook; `page.js` sets it. */
    this.download = () => {};
    /** Counts restarts; results of an earlier interpreter are void. */
    this.generation = 1;
    this.state = "off";
    /** The cell for which Python is loaded before anything is run, until it is there. @type {Cell | null} */
    this.warming = null;
    this.warmed = false;
    let step = "";
    this.python = new Python(where, (state, told, loaded) => {
      this.state = state;
      if (told) step = told;
      const counts = step === FIRST_STEP && loaded !== undefined && bytes > 0; // later steps stand still meanwhile
      if (!told && !counts) return;
      const share = counts ? Math.min(loaded / bytes, 1) : null;
      const text = counts ? `${step}: ${amount(loaded, bytes)}` : step;
      report(step, text, share);
      for (const cell of this.watching()) cell.load(state === "loading" ? text : "", share);
      if (state !== "loading") this.warming = null;
      if (state === "ready") this.job?.cell.begin();
    });
  }

  /** The cells that wait for Python. */
  watching() {
    return new Set([...this.waiting().map((job) => job.cell), ...(this.warming ? [this.warming] : [])]);
  }

  /**
   * Load Python while the learner is still writing, unless the browser is to save data.
   * @param {Cell} cell in which one writes
   */
  warm(cell) {
    const { connection } = /** @type {Navigator & {connection?: {saveData: boolean}}} */ (navigator);
    if (this.warmed || this.state !== "off" || connection?.saveData) return;
    this.warmed = true;
    this.warming = cell;
    this.python.start().catch((error) => {
      if (error instanceof Stopped || this.job) return; // whose cell says it
      cell.clear();
      cell.failed({ ok: false, unstarted: true, crashed: error.message }, () => {
        cell.clear();
        cell.tell("");
        this.warmed = false;
        this.warm(cell);
      });
    });
  }

  /** The job that runs, and those after it. */
  waiting() {
    return this.job ? [this.job, ...this.queue] : this.queue;
  }

  /**
   * Queue a cell's work. A job that the cell has in the queue already is not added twice.
   * @param {Cell} cell
   * @param {string} what the name of the job
   * @param {() => Promise<void>} work
   */
  submit(cell, what, work) {
    if (this.queue.some((job) => job.cell === cell && job.what === what)) return;
    this.queue.push({ cell, what, work });
    cell.wait(this.state === "loading" ? "Waiting for Python" : "Waiting");
    if (!this.job) void this.drain();
  }

  async drain() {
    while ((this.job = this.queue.shift() ?? null)) {
      const { cell, what, work } = this.job;
      cell.clear();
      cell.begin();
      try {
        if (await this.prepare(cell, () => this.submit(cell, what, work))) await work();
      } catch (error) {
        reportError(error); // it is a mistake of this page's own, and must not keep the next cells waiting
        cell.tell("This page has made a mistake. Load it again: your text is kept");
      }
      cell.end();
      if (this.queue.some((job) => job.cell === cell)) cell.wait("Waiting");
    }
  }

  /**
   * Run the setup cells that this interpreter has not run yet. Returns false if one fails; `cell` shows the error.
   * @param {Cell} cell
   * @param {() => void} retry what is done with it
   */
  async prepare(cell, retry) {
    for (const setup of this.cells) {
      if (setup.kind !== "setup" || setup.generation === this.generation || setup === cell) continue;
      const result = await this.run(setup, setup.text(), (output) => cell.output.show(output));
      if (!result.ok) {
        cell.failed(result, retry);
        return false;
      }
      setup.tell("Run by itself");
    }
    return true;
  }

  /**
   * @param {Cell} cell whose code it is
   * @param {string} code
   * @param {(output: import("./python.js").Output) => void} show
   * @param {string} exercise that is checked then; empty if none is
   * @returns {Promise<Result>}
   */
  async run(cell, code, show, exercise = "") {
    const result = await this.python.run({ code, title: cell.title, exercise, scratch: cell.kind === "scratch" }, show);
    if (result.crashed) this.forget();
    else if (!result.stopped) {
      cell.generation = this.generation;
      cell.ran = result.error ? null : code;
    }
    return result;
  }

  /**
   * Stop a cell: take it from the queue or, if it runs, interrupt it. Where that doesn't help for some seconds, and where
   * Stop is pressed again before, end Python and start a new one.
   * @param {Cell} cell
   */
  async stop(cell) {
    if (this.job?.cell === cell) {
      for (const { cell: other } of this.queue.splice(0)) {
        other.end();
        other.tell("Not run: Python was stopped before");
      }
      const late = setTimeout(() => cell.tell("Stopping. Stop again ends Python"), NOTICED);
      const interrupted = await this.python.interrupt();
      clearTimeout(late);
      if (interrupted) return;
      this.forget();
      this.python.end();
      void this.python.start().catch(() => {}); // the next cell that is run shows the error
    } else {
      this.queue = this.queue.filter((job) => job.cell !== cell);
      cell.end();
      cell.tell("Not run");
    }
  }

  /** Python has ended: mark the cells that ran in it, and count the restart. */
  forget() {
    for (const cell of this.cells) cell.forgotten(this.generation);
    this.generation += 1;
  }

  /**
   * The cell whose text defines a name: the nearest one before `cell`, or else the first one after it.
   * @param {string} name
   * @param {Cell} cell
   */
  definer(name, cell) {
    const here = this.cells.indexOf(cell);
    const others = this.cells.filter((other) => other !== cell && other.kind !== "scratch" && other.defines(name));
    return others.findLast((other) => this.cells.indexOf(other) < here) ?? others[0];
  }

  /** The cells above a cell, without scratch cells, in order. @param {Cell} cell */
  above(cell) {
    return this.cells.slice(0, this.cells.indexOf(cell)).filter((other) => other.kind !== "scratch");
  }

  /** The cells that an answer needs and whose text has not run in this Python, in order. @param {Cell} answer */
  async needed(answer) {
    const found = await this.python.needed(this.cells.map((cell) => (cell.kind === "scratch" ? "" : cell.text())), this.cells.indexOf(answer));
    const cells = found.map((index) => this.cells[index]).filter((cell) => cell.kind !== "setup");
    return cells.filter((cell) => cell.generation !== this.generation || cell.ran !== cell.text());
  }

  /**
   * Ask Python about a cell's names, unless it is not ready or runs something.
   * @param {Cell} cell
   * @param {string} question
   * @param {string} text
   */
  async names(cell, question, text) {
    if (this.state !== "ready" || this.job) return null;
    return this.python.names(question, text, cell.kind === "scratch" && question === "names" ? "scratch" : "__main__");
  }

  /** Put the cursor into the next editor that is shown. @param {Cell} cell */
  goOn(cell) {
    const after = this.cells.slice(this.cells.indexOf(cell) + 1);
    after.find((other) => other.editor?.isShown())?.editor?.focus();
  }
}
