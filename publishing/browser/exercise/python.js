/** The page's side of the worker in which Python runs: start it, run code in it, end it. */

import { FIRST_STEP, standstill, unstarted } from "./starting.js";

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
 * @property {number[]} lines of the cell that led there
 * @property {boolean} deep whether the traceback says more than message and line
 * @property {string | null} name
 * @property {string | null} stub
 * @property {string} meaning what the error means, where more is known than Python says, else ""
 * @property {string | null} advice in place of a syntax error, where the line is a notebook's command
 *
 * @typedef {object} Line a line of the learner's code, and what is told of it
 * @property {number} line
 * @property {string} text
 *
 * @typedef {object} Report what the course's check finds; `page_check.py` makes it
 * @property {string} name
 * @property {boolean} [passed]
 * @property {[heading: string, text: string, line?: number | null][]} findings
 * @property {[word: string, mark: string, label: string, text: string][]} rows
 * @property {string} footer
 *
 * @typedef {object} Result
 * @property {boolean} ok
 * @property {Report} [report] of a check; none if the cell does not define what is checked
 * @property {number[]} [cells] that are needed
 * @property {boolean} [looking] whether the check wants to look for the line of the mistake
 * @property {Line[]} [lines] that were found by looking
 * @property {number} [seconds]
 * @property {Problem | null} [error]
 * @property {boolean} [stopped] by the learner
 * @property {boolean} [kept] whether Python goes on then, with its names; else it has ended
 * @property {string} [crashed] why Python has ended or could not be started
 * @property {boolean} [unstarted] whether it could not be started
 * @property {any} [answer] to a question about names
 */

/**
 * Asks Python about names (`inspection.py`); null if it has no answer, or is not ready, or runs something.
 * @typedef {(question: "complete" | "signature" | "names", text: string) => Promise<any>} Ask
 */

export class Stopped extends Error {}

const MINUTE = 60_000; // ms
const PATIENCE_WITH_RUN = 5000; // ms in which a run that is interrupted has to end

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
    /** The run that goes on. @type {Promise<Result> | null} */
    this.current = null;
    /** The address of a blob that the worker can load as long as that run may go on. */
    this.leave = "";
    this.interrupted = false;
  }

  /** Load Python, unless that has begun. */
  start() {
    this.ready ??= new Promise((resolve, reject) => {
      const worker = new Worker(this.where.worker, { type: "module" });
      let patience = 0;
      let step = FIRST_STEP;
      const fail = (/** @type {string} */ why) => {
        clearTimeout(patience);
        reject(new Error(unstarted(why)));
        for (const id of [...this.pending.keys()]) this.finish(id, { ok: false, crashed: `Python ended: ${why}` });
        if (this.worker === worker) this.end();
      };
      const comes = () => {
        clearTimeout(patience);
        const still = standstill(step);
        patience = setTimeout(() => fail(still.why), still.minutes * MINUTE);
      };
      this.worker = worker;
      this.giveUp = () => (clearTimeout(patience), reject(new Stopped()));
      comes();
      worker.onerror = (event) => {
        event.preventDefault();
        fail(event.message || "its worker could not be loaded");
      };
      let ready = false;
      worker.onmessage = ({ data }) => {
        if (data.type === "state") step = data.text;
        if (!ready) comes();
        if (data.type === "loaded") this.report("loading", "", data.bytes);
        else if (data.type === "state") this.report("loading", data.text);
        else if (data.type === "ready") {
          ready = true;
          clearTimeout(patience);
          this.report("ready", "Python is ready");
          resolve();
        } else if (data.type === "failed") fail(data.text);
        else if (data.type === "output") this.pending.get(data.id)?.show(data);
        else this.finish(data.id, data);
      };
      worker.postMessage({ ...this.where, type: "start" });
    });
    return this.ready;
  }

  /**
   * Run code, and check what it defines if an exercise is named.
   * @param {{code: string, title: string, exercise?: string, scratch?: boolean}} what and what a traceback calls it, and
   *   whether the names that the code sets go after the run
   * @param {(output: Output) => void} show
   * @returns {Promise<Result>} never rejected
   */
  async run({ code, title, exercise = "", scratch = false }, show) {
    try {
      await this.start();
    } catch (error) {
      if (error instanceof Stopped) return { ok: false, stopped: true };
      return { ok: false, unstarted: true, crashed: /** @type {Error} */ (error).message };
    }
    this.interrupted = false;
    const leave = (this.leave = URL.createObjectURL(new Blob([" "], { type: "text/plain" })));
    this.current = this.ask("run", { code, title, exercise, scratch, leave }, show);
    const result = await this.current;
    this.current = null;
    URL.revokeObjectURL(leave);
    if (result.crashed) this.end();
    if (this.interrupted && result.error?.type === "KeyboardInterrupt") return { ...result, stopped: true, kept: true };
    return result;
  }

  /**
   * Which cells have to run before an answer.
   * @param {string[]} texts of all cells
   * @param {number} answer which of them is the answer
   * @returns {Promise<number[]>}
   */
  async needed(texts, answer) {
    return (await this.ask("needed", { texts, answer })).cells ?? [];
  }

  /**
   * @param {string} type
   * @param {object} what
   * @param {(output: Output) => void} show
   * @returns {Promise<Result>}
   */
  ask(type, what = {}, show = () => {}) {
    const id = ++this.runs;
    return new Promise((done) => {
      this.pending.set(id, { show, done });
      this.worker?.postMessage({ ...what, type, id });
    });
  }

  /** Look for the line of the mistake in what was checked last, until the next run. @returns {Promise<Line[]>} */
  async look() {
    return this.worker ? ((await this.ask("look")).lines ?? []) : [];
  }

  /** Ask about names, where Python is there. @param {string} question @param {string} text @param {string} space whose names */
  async names(question, text, space) {
    return this.worker ? ((await this.ask("names", { question, text, space })).answer ?? null) : null;
  }

  /**
   * Interrupt what runs, once.
   * @returns {Promise<boolean>} whether it has ended; if it has not, only the end of Python ends it
   */
  async interrupt() {
    if (!this.current || this.interrupted) return false;
    this.interrupted = true;
    URL.revokeObjectURL(this.leave);
    return Promise.race([this.current.then(() => true), new Promise((late) => setTimeout(late, PATIENCE_WITH_RUN, false))]);
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
    this.worker = this.ready = this.current = null;
    for (const id of [...this.pending.keys()]) this.finish(id, { ok: false, stopped: true });
    this.report("off", "Python is not running");
  }
}
