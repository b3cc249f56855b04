// Takes the rules that no page and no script of the site can need out of its style sheets, for publishing/sphinx/styles.py:
// reads JSON with the folder of the site, the paths of its style sheets and of the pages and scripts, and writes a list
// with the shorter text of each style sheet.

import { readFileSync } from "node:fs";

import { PurgeCSS } from "purgecss";

const { styles, users } = JSON.parse(readFileSync(0, "utf8"));
const raw = (/** @type {string} */ path) => ({ raw: readFileSync(path, "utf8"), extension: "html" });
const purged = await new PurgeCSS().purge({ content: users.map(raw), css: styles.map(raw), keyframes: false });
process.stdout.write(JSON.stringify(purged.map(({ css }) => css)));
