/** The page's side of the worker in which Python runs: start it, run code in it, end it. */

/**
 * @typedef {object} Output what a run shows: `kind` is out, err, html, check, image, note or error
 * @property {string} kind
 * @property {string} text
 * @property {string} [alt]
 *
 * @typedef {object} Problem an exception, as `runtime.py` tells it
 * @property {string} type
 * @property {string} message
 * @property {string} traceback
 * @property {number | null} line
 * @property {string | null} name
 * @property {string | null} stub
 * @property {string | null} advice in place of a syntax error, where the line is a notebook's command
 *
 * @typedef {object} Line a line of the learner's code, and what is told of it
 * @property {number} line
 * @property {string} text
 *
 * @typedef {object} Result
 * @property {boolean} ok
 * @property {boolean} [looking] whether the check wants to look for the line of the mistake
 * @property {Line[]} [lines] that were found by looking
 * @property {number} [seconds]
 * @property {Problem | null} [error]
 * @property {boolean} [stopped] by the learner
 * @property {string} [crashed] why Python has ended or could not be started
 */

/**
 * Asks Python about names (`inspection.py`); null if it has no answer, or is not ready, or runs something.
 * @typedef {(question: "complete" | "signature" | "names", text: string) => Promise<any>} Ask
 */

class Stopped extends Error {}

export class Python {
  /**
   * @param {{worker: string, pyodide: string, packages: string[], files: {name: string, url: string}[]}} where
   * @param {(state: "off" | "loading" | "ready", text: string, bytes?: number) => void} report
   */
  constructor(where, report) {
    this.where = where;
    this.report = report;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Promise<void> | null} */
    this.ready = null;
    /** @type {Map<number, {show: (output: Output) => void, done: (result: Result) => void}>} */
    this.pending = new Map();
    this.giveUp = () => {};
    this.runs = 0;
  }

  /** Load Python, unless that has begun. */
  start() {
    this.ready ??= new Promise((resolve, reject) => {
      const worker = new Worker(this.where.worker, { type: "module" });
      this.worker = worker;
      this.giveUp = () => reject(new Stopped());
      this.report("loading", "Loading Python", 0);
      worker.onerror = (event) => {
        event.preventDefault();
        const why = event.message || "its worker could not be loaded";
        reject(new Error(why));
        for (const id of [...this.pending.keys()]) this.finish(id, { ok: false, crashed: `Python ended: ${why}` });
      };
      worker.onmessage = ({ data }) => {
        if (data.type === "loaded") this.report("loading", "Loading Python", data.bytes);
        else if (data.type === "step") this.report("loading", data.text);
        else if (data.type === "ready") {
          this.report("ready", "Python is ready");
          resolve();
        } else if (data.type === "failed") reject(new Error(data.text));
        else if (data.type === "output") this.pending.get(data.id)?.show(data);
        else this.finish(data.id, data);
      };
      const { pyodide, packages, files } = this.where;
      worker.postMessage({ type: "start", pyodide, packages, files });
    });
    return this.ready;
  }

  /**
   * @param {string} code
   * @param {string} title what a traceback calls it
   * @param {(output: Output) => void} show
   * @param {boolean} scratch whether the names that the code sets go after the run
   * @returns {Promise<Result>} never rejected
   */
  async run(code, title, show, scratch) {
    try {
      await this.start();
    } catch (error) {
      if (error instanceof Stopped) return { ok: false, stopped: true };
      this.end();
      return { ok: false, crashed: `Python could not be loaded: ${/** @type {Error} */ (error).message}` };
    }
    const id = ++this.runs;
    const result = await new Promise((done) => {
      this.pending.set(id, { show, done });
      this.worker?.postMessage({ type: "run", id, code, title, scratch });
    });
    if (result.crashed) this.end();
    return result;
  }

  /** Look for the line of the mistake in what was checked last, until the next run. @returns {Promise<Line[]>} */
  async look() {
    if (!this.worker) return [];
    const id = ++this.runs;
    /** @type {Result} */
    const result = await new Promise((done) => {
      this.pending.set(id, { show: () => {}, done });
      this.worker?.postMessage({ type: "look", id });
    });
    return result.lines ?? [];
  }

  /** Ask about names, where Python is ready. @param {string} question @param {string} text @param {string} space whose names */
  async ask(question, text, space) {
    if (!this.worker) return null;
    const id = ++this.runs;
    const result = await new Promise((/** @type {(result: any) => void} */ done) => {
      this.pending.set(id, { show: () => {}, done });
      this.worker?.postMessage({ type: "ask", id, question, text, space });
    });
    return result.answer ?? null;
  }

  stopLooking() {
    this.worker?.postMessage({ type: "stop looking" });
  }

  /** @param {number} id @param {Result} result */
  finish(id, result) {
    const run = this.pending.get(id);
    this.pending.delete(id);
    run?.done(result);
  }

  /** End the worker and whatever runs in it. */
  end() {
    this.worker?.terminate();
    this.giveUp();
    this.worker = this.ready = null;
    for (const id of [...this.pending.keys()]) this.finish(id, { ok: false, stopped: true });
    this.report("off", "Python is not running");
  }
}
