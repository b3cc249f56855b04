/** What runs, in which order: one Python for the page, and a queue of cells before it. */

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
    /** Which Python this is: what another one ran is gone. */
    this.generation = 1;
    this.state = "off";
    this.python = new Python(where, (state, text, loaded) => {
      this.state = state;
      let [told, share] = [text, /** @type {number | null} */ (null)];
      if (state === "loading" && bytes && loaded !== undefined) {
        share = Math.min(loaded / bytes, 1);
        told = share < 0.93 ? `${text}: ${amount(loaded, bytes)}` : "Starting Python";
      }
      report(told, share);
      if (state === "loading") for (const job of this.waiting()) job.cell.tell(told, share);
    });
  }

  /** The job that runs, and those after it. */
  waiting() {
    return this.job ? [this.job, ...this.queue] : this.queue;
  }

  /**
   * Do something with Python for a cell, after what was asked for before; asked for twice, it is done once.
   * @param {Cell} cell
   * @param {string} what
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
   * Run the setup cells that this Python has not run. False, and told at the cell, where that fails.
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
    const result = await this.python.run(code, cell.title, show);
    if (result.crashed) this.forget();
    else if (!result.stopped) cell.generation = this.generation;
    return result;
  }

  /**
   * Stop what a cell does: take it from the queue, or end Python and start a new one.
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
      void this.python.start().catch(() => {}); // whoever runs a cell next is told
    } else {
      this.queue = this.queue.filter((job) => job.cell !== cell);
      cell.end();
      cell.tell("Not run");
    }
  }

  /** What ran is gone with its Python. */
  forget() {
    for (const cell of this.cells) cell.forgotten(this.generation);
    this.generation += 1;
  }

  /**
   * The cell whose text defines a name, the nearest before `cell` or else the first after it.
   * @param {string} name
   * @param {Cell} cell
   */
  definer(name, cell) {
    const here = this.cells.indexOf(cell);
    const others = this.cells.filter((other) => other !== cell && other.defines(name));
    return others.findLast((other) => this.cells.indexOf(other) < here) ?? others[0];
  }

  /** @param {Cell} cell the cells before it, as one would run them */
  above(cell) {
    return this.cells.slice(0, this.cells.indexOf(cell)).filter((other) => other.kind !== "check");
  }
}

/** @param {number} loaded @param {number} all in bytes */
function amount(loaded, all) {
  return `${(loaded / 1e6).toFixed(0)} of ${(all / 1e6).toFixed(0)} MB`;
}
