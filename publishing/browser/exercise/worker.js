/** Python in a web worker, one for each page: ending the worker stops whatever runs in it. */

import inspection from "./inspection.py";
import commands from "./notebook_commands.py";
import figures from "./page_figures.py";
import runtime from "./runtime.py";

const HOME = "/home/pyodide/";

/** @type {any} */
let python;
/** The id of the current run. */
let running = 0;

self.onmessage = async ({ data }) => {
  if (data.type === "look") tell("done", { id: data.id, ok: true, lines: JSON.parse(await python.globals.get("look")()) });
  else if (data.type === "ask") tell("done", { id: data.id, answer: JSON.parse(python.pyimport("inspection").answer(data.question, data.text, data.space)) });
  else if (data.type === "stop looking") python.globals.get("stop_looking")();
  else if (data.type === "start") await start(data).catch((error) => tell("failed", { text: String(error.message ?? error) }));
  else await run(data).catch((error) => tell("done", { id: data.id, ok: false, crashed: `Python ended: ${error.message ?? error}` }));
};

/** @param {string} type @param {object} more */
function tell(type, more = {}) {
  self.postMessage({ type, ...more });
}

/** @param {{pyodide: string, packages: string[], files: {name: string, url: string}[]}} given */
async function start({ pyodide, packages, files }) {
  countBytes();
  const companions = Promise.all(files.map(async (file) => ({ ...file, content: await bytes(file.url) })));
  companions.catch(() => {}); // the error is reported below, where the promise is awaited
  const { loadPyodide } = await import(pyodide + "pyodide.mjs");
  python = await loadPyodide({ indexURL: pyodide, packages, env: { HOME, MPLBACKEND: "module://page_figures" } });
  for (const { name, content } of await companions) python.FS.writeFile(HOME + name, content);
  python.FS.writeFile(HOME + "page_figures.py", figures);
  python.FS.writeFile(HOME + "inspection.py", inspection);
  python.FS.writeFile(HOME + "notebook_commands.py", commands);
  python.registerJsModule("page", {
    emit: (/** @type {string} */ kind, /** @type {string} */ text, /** @type {string} */ alt) => tell("output", { id: running, kind, text, alt }),
  });
  python.runPython(runtime, { filename: "runtime.py" });
  tell("ready");
}

/** @param {string} url */
async function bytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} could not be loaded (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** @param {{id: number, code: string, title: string, scratch: boolean}} given */
async function run({ id, code, title, scratch }) {
  running = id;
  /** @type {string[]} */
  const failed = [];
  await python.loadPackagesFromImports(code, {
    messageCallback: (/** @type {string} */ text) => {
      if (text.startsWith("Loading ")) tell("step", { id, text });
    },
    errorCallback: (/** @type {string} */ text) => failed.push(text),
  });
  if (failed.length) tell("output", { id, kind: "error", text: failed.join("\n") });
  const result = await python.globals.get("run")(code, title, scratch);
  tell("done", { id, ...JSON.parse(result) });
}

/** Report to the page how many bytes have been loaded, by this script or by Pyodide. */
function countBytes() {
  const plain = self.fetch;
  let loaded = 0;
  self.fetch = async (...given) => {
    const answer = await plain(...given);
    if (!answer.body) return answer;
    const counted = new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.byteLength;
        tell("loaded", { bytes: loaded });
        controller.enqueue(chunk);
      },
    });
    return new Response(answer.body.pipeThrough(counted), answer);
  };
}
