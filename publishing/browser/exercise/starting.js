/** What is said while Python is loaded, and where it cannot be started. Needs no browser. */

/** The step whose bytes are counted; the worker names all of them. */
export const FIRST_STEP = "Loading Python";

/**
 * How long a step may stand still, in minutes, and what is said then. While Python is loaded, bytes come or they don't;
 * while it starts, few come, and a slow or busy machine works for long before the next.
 * @param {string} step
 */
export function standstill(step) {
  return step === FIRST_STEP ? { minutes: 1, why: "for a minute, nothing more has come" } : { minutes: 4, why: "for four minutes, nothing more has come" };
}

/** A sentence with the cure. @param {string} why */
export function unstarted(why) {
  const policy = /WebAssembly|CompileError|unsafe-eval|Content Security Policy/i.test(why);
  const cure = policy
    ? "This browser, or the server of this site, does not let WebAssembly run. Try another browser, and tell whoever runs the site"
    : "Load the page again; if that does not help, try another network or another browser";
  return `Python could not be started: ${why.replace(/[.\s]+$/, "")}. ${cure}. Until then you can download your notebook and run it elsewhere`;
}

/** @param {number} loaded @param {number} all in bytes */
export const amount = (loaded, all) => `${(Math.min(loaded, all) / 1e6).toFixed(0)} of ${(all / 1e6).toFixed(0)} MB`;
