// Typesets formulas while the site is built, for publishing/sphinx/formulas.py: reads a JSON list of
// [TeX, whether it stands in a line of its own], and writes a list with {html} for each, or {error} if KaTeX refuses it.

import { readFileSync } from "node:fs";

import katex from "katex";

/** @param {[string, boolean]} formula */
function typeset([tex, displayMode]) {
  try {
    return { html: katex.renderToString(tex, { displayMode, throwOnError: true, strict: "error" }) };
  } catch (error) {
    return { error: /** @type {Error} */ (error).message };
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(typeset)));
