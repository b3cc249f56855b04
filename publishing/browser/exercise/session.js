/** The page's one Python interpreter, and the queue of cells that wait for it. */

import { Python } from "./python.js";

/**
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./python.js").Result} Result
 * @typedef {object} Job
 * @property {Cell} cell
 * @property {string} what is done with it
 * @property {() => Promise<void>} work
 */

export class Session {
  /**
   * @param {ConstructorParameters<typeof Python>[0]} where
   * @param {(text: string, share: number | null) => void} report share: of what is to be loaded, from 0 to 1
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
    this.python = new Python(where, (state, text, loaded) => {
      this.state = state;
      let [message, share] = [text, /** @type {number | null} */ (null)];
      if (state === "loading" && bytes && loaded !== undefined) {
        share = Math.min(loaded / bytes, 1);
        message = share < 0.93 ? `${text}: ${amount(loaded, bytes)}` : "Starting Python";
      }
      report(message, share);
      if (state === "loading") for (const job of this.waiting()) job.cell.tell(message, share);
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
      const { cell, work } = this.job;
      cell.begin();
      if (await this.prepare(cell)) await work();
      cell.end();
      if (this.queue.some((job) => job.cell === cell)) cell.wait("Waiting");
    }
  }

  /**
   * Run the setup cells that this interpreter has not run yet. Returns false if one fails; `cell` shows the error.
   * @param {Cell} cell
   */
  async prepare(cell) {
    for (const setup of this.cells) {
      if (setup.kind !== "setup" || setup.generation === this.generation || setup === cell) continue;
      const result = await this.run(setup, setup.text(), (output) => cell.output.show(output));
      if (!result.ok) {
        cell.failed(result);
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
   * @returns {Promise<Result>}
   */
  async run(cell, code, show) {
    const result = await this.python.run(code, cell.title, show, cell.kind === "scratch");
    if (result.crashed) this.forget();
    else if (!result.stopped) cell.generation = this.generation;
    return result;
  }

  /**
   * Stop a cell: take it from the queue or, if it runs, end Python and start a new one.
   * @param {Cell} cell
   */
  stop(cell) {
    if (this.job?.cell === cell) {
      for (const { cell: other } of this.queue.splice(0)) {
        other.end();
        other.tell("Not run: Python was stopped before");
      }
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

  /** The cells above a cell, without checks and scratch cells, in order. @param {Cell} cell */
  above(cell) {
    return this.cells.slice(0, this.cells.indexOf(cell)).filter((other) => !["check", "scratch"].includes(other.kind));
  }

  /**
   * Ask Python about a cell's names, unless it is not ready or runs something.
   * @param {Cell} cell
   * @param {string} question
   * @param {string} text
   */
  async ask(cell, question, text) {
    if (this.state !== "ready" || this.job) return null;
    return this.python.ask(question, text, cell.kind === "scratch" && question === "names" ? "scratch" : "__main__");
  }

  /** Put the cursor into the next editor that is shown. @param {Cell} cell */
  goOn(cell) {
    const after = this.cells.slice(this.cells.indexOf(cell) + 1);
    after.find((other) => other.editor?.isShown())?.editor?.focus();
  }
}

/** @param {number} loaded @param {number} all in bytes */
function amount(loaded, all) {
  return `${(loaded / 1e6).toFixed(0)} of ${(all / 1e6).toFixed(0)} MB`;
}
