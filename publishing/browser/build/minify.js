// Takes comments and blanks out of scripts, for publishing/sphinx/scripts.py: reads a JSON list of scripts and writes
// another. What a script declares for others keeps its name, and who wrote it is still said.

import { readFileSync } from "node:fs";

import { transformSync } from "esbuild";

/** @param {string} script */
function minify(script) {
  const written = script.match(/^\s*\/\*(?:(?!\*\/)[^])*copyright(?:(?!\*\/)[^])*\*\//i)?.[0].replace("/*", "/*!") ?? "";
  const { code } = transformSync(script.startsWith("/*!") ? script : written + script, { minify: true, legalComments: "inline" });
  return code;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(minify)));
