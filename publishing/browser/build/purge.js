// Takes the rules and the custom properties that no page and no script of the site can need out of its style sheets, for
// publishing/sphinx/styles.py: reads JSON with the paths of style sheets, of those that stay as they are, and of the pages
// and scripts, and writes a list with the shorter text of each style sheet.

import { readFileSync } from "node:fs";

import { transformSync } from "esbuild";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const { styles, kept, users } = JSON.parse(readFileSync(0, "utf8"));
const read = (/** @type {string} */ path) => readFileSync(path, "utf8");

/** What a page's text and addresses say is no name of a rule. @param {string} page */
const namesInTags = (page) =>
  (page.match(/<[a-z][^>]*>/gi) ?? []).map((tag) => tag.replace(/ (?:alt|title|aria-label|href|src|style|d)="[^"]*"/g, "")).join(" ");
const content = users.map((/** @type {string} */ path) => ({
  raw: path.endsWith(".html") ? namesInTags(read(path)) : read(path),
  extension: "txt",
}));
const purged = await new PurgeCSS().purge({
  content,
  css: styles.map((/** @type {string} */ path) => ({ raw: read(path) })),
  keyframes: false,
  extractors: [{ extensions: ["txt"], extractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [] }],
});
const trees = purged.map(({ css }) => postcss.parse(css));
const elsewhere = [...kept, ...users].map(read).join("\n");
let less = true;
while (less) {
  less = false; // a property may be used by one that nobody uses
  const used = new Set(`${elsewhere}\n${trees.join("\n")}`.match(/(?<=var\(\s*)--[\w-]+|(?<=["'`])--[\w-]+/g));
  for (const tree of trees)
    tree.walkDecls(/^--/, (declaration) => {
      if (used.has(declaration.prop)) return;
      const rule = declaration.parent;
      declaration.remove();
      if (rule && !rule.nodes?.length) rule.remove();
      less = true;
    });
}
const minified = trees.map((tree) => transformSync(tree.toString(), { loader: "css", minify: true, legalComments: "inline" }).code);
process.stdout.write(JSON.stringify(minified));
