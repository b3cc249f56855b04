/** What is said while Python is loaded, and where it cannot be started. Needs no browser. */

/** How long a start may stand still, in ms: without a byte that comes, or a step that is done. */
export const PATIENCE = 60_000;

/** The step whose bytes are counted; the worker names all of them. */
export const FIRST_STEP = "Loading Python";

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
