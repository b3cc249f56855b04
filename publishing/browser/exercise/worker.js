/** Python in a web worker, one for each page: ending the worker stops whatever runs in it. */

import check from "./page_check.py";
import commands from "./notebook_commands.py";
import inspection from "./inspection.py";
import figures from "./page_figures.py";
import names from "./page_names.py";
import plots from "./plots.mplstyle";
import runtime from "./runtime.py";

const HOME = "/home/pyodide/";
const CORE = ["pyodide.asm.wasm", "python_stdlib.zip"]; // when these have been loaded, Python starts

const SIGINT = 2;
const PAUSE = 200; // ms between two questions whether a run may go on; each takes up to 3 ms

/** @type {any} */
let python;
/** The id of the current run. */
let running = 0;

/**
 * What Pyodide reads, again and again while Python runs, as a number that another thread may set: at SIGINT it raises
 * KeyboardInterrupt. Threads share memory only on pages with headers that many hosts don't send; the address of a blob
 * they share everywhere, and it can be loaded until the page takes it back.
 */
const interrupts = {
  /** The address of that blob; empty where nothing is to be interrupted, or is interrupted already. */
  leave: "",
  asked: 0,
  /** @param {string} leave */
  watch(leave) {
    this.leave = leave;
    this.asked = performance.now();
  },
  get 0() {
    if (!this.leave || performance.now() - this.asked < PAUSE) return 0;
    if (stands(this.leave)) this.asked = performance.now();
    else this.leave = "";
    return this.leave ? 0 : SIGINT;
  },
  set 0(_) {}, // Pyodide takes the number back
};

/** Whether an address can be loaded; without waiting for messages, of which none comes in while Python runs. @param {string} address */
function stands(address) {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  try {
    request.send();
  } catch {
    return false;
  }
  return true;
}

self.onmessage = async ({ data }) => {
  if (data.type === "stop looking") python.globals.get("stop_looking")();
  else if (data.type === "start") await start(data).catch((error) => tell("failed", { text: String(error.message ?? error) }));
  else await answer(data).catch((error) => tell("done", { id: data.id, ok: false, crashed: `Python ended: ${error.message ?? error}` }));
};

/** @param {string} type @param {object} more */
function tell(type, more = {}) {
  self.postMessage({ type, ...more });
}

/** @param {{pyodide: string, packages: string[], files: {name: string, url: string}[]}} given */
async function start({ pyodide, packages, files }) {
  tell("state", { text: "Loading Python" });
  countBytes();
  const refused = wasmRefused();
  const companions = Promise.all(files.map(async (file) => ({ ...file, content: await bytes(file.url) })));
  companions.catch(() => {}); // the error is reported below, where the promise is awaited
  const { loadPyodide } = await import(pyodide + "pyodide.mjs");
  const loading = loadPyodide({ indexURL: pyodide, packages, env: { HOME, MPLBACKEND: "module://page_figures" } });
  python = await Promise.race([loading, refused]);
  for (const { name, content } of await companions) python.FS.writeFile(HOME + name, content);
  for (const [name, text] of Object.entries({ check, figures, names })) python.FS.writeFile(`${HOME}page_${name}.py`, text);
  for (const [name, text] of Object.entries({ inspection, notebook_commands: commands })) python.FS.writeFile(`${HOME}${name}.py`, text);
  python.FS.writeFile(`${HOME}matplotlibrc`, plots); // where Matplotlib looks for its settings
  python.registerJsModule("page", {
    emit: (/** @type {string} */ kind, /** @type {string} */ text, /** @type {string} */ alt) => tell("output", { id: running, kind, text, alt }),
  });
  tell("state", { text: "Loading NumPy" });
  python.runPython(runtime, { filename: "runtime.py" });
  const own = URL.createObjectURL(new Blob([" "], { type: "text/plain" })); // Firefox reads any other as XML
  if (stands(own)) python.setInterruptBuffer(interrupts); // a server's policy may forbid it; Stop ends Python then
  URL.revokeObjectURL(own);
  tell("ready");
}

/** @param {string} url */
async function bytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} could not be loaded (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** @param {{type: string, id: number, [more: string]: any}} asked */
async function answer({ type, id, ...asked }) {
  if (type === "look") tell("done", { id, ok: true, lines: JSON.parse(await python.globals.get("look")()) });
  else if (type === "names") tell("done", { id, answer: JSON.parse(python.pyimport("inspection").answer(asked.question, asked.text, asked.space)) });
  else if (type === "needed") {
    const cells = JSON.parse(python.globals.get("needed")(JSON.stringify(asked.texts), asked.answer));
    tell("done", { id, ok: true, cells });
  } else await run(id, asked.code, asked.title, asked.exercise, asked.scratch, asked.leave);
}

/** @param {number} id @param {string} code @param {string} title @param {string} exercise @param {boolean} scratch @param {string} leave */
async function run(id, code, title, exercise, scratch, leave) {
  running = id;
  /** @type {string[]} */
  const failed = [];
  let steps = 0;
  await python.loadPackagesFromImports(code, {
    messageCallback: (/** @type {string} */ text) => {
      if (!text.startsWith("Loading ")) return;
      steps += 1;
      tell("state", { text: text.includes("matplotlib") ? "Loading Matplotlib" : "Loading packages" });
    },
    errorCallback: (/** @type {string} */ text) => failed.push(text),
  });
  if (steps) tell("ready");
  if (failed.length) tell("output", { id, kind: "error", text: failed.join("\n") });
  interrupts.watch(leave);
  const result = await python.globals.get("run")(code, title, exercise, scratch);
  interrupts.watch("");
  tell("done", { id, ...JSON.parse(result) });
}

/** Report to the page how many bytes have been loaded, by this script or by Pyodide, and when Python itself is there. */
function countBytes() {
  const plain = self.fetch;
  const missing = new Set(CORE);
  let loaded = 0;
  const count = (/** @type {number} */ more) => tell("loaded", { bytes: (loaded += more) });
  // Modules are not fetched by a script.
  new PerformanceObserver((list) => {
    for (const entry of /** @type {PerformanceResourceTiming[]} */ (list.getEntries())) if (/\.m?js$/.test(entry.name)) count(entry.decodedBodySize);
  }).observe({ type: "resource", buffered: true });
  self.fetch = async (...given) => {
    const answer = await plain(...given);
    if (!answer.body || !answer.ok) return answer;
    const name = answer.url.replace(/.*\//, "");
    const headers = new Headers(answer.headers);
    if (name.endsWith(".wasm")) headers.set("Content-Type", "application/wasm"); // some servers do not know it
    const counted = new TransformStream({
      transform(chunk, controller) {
        count(chunk.byteLength);
        controller.enqueue(chunk);
      },
      flush() {
        if (missing.delete(name) && !missing.size) tell("state", { text: "Starting Python" });
      },
    });
    return new Response(answer.body.pipeThrough(counted), { status: answer.status, statusText: answer.statusText, headers });
  };
}

/** Rejected where the browser refuses to run Python's WebAssembly: Pyodide only warns of that, and waits for ever. */
function wasmRefused() {
  const { warn } = console;
  return /** @type {Promise<never>} */ (
    new Promise((_, reject) => {
      console.warn = (...told) => {
        if (told[0] instanceof Error) reject(told[0]);
        else if (told[0] !== "wasm instantiation failed!") warn(...told);
      };
    })
  );
}
