// The page "Your progress": shows what the site's scripts keep, saves it to a file, reads such a file, deletes it all, and
// prints a record.

import { asks, done, knownKeys, sum } from "../shared/counts.js";
import { button, make, offerFile } from "../shared/dom.js";
import { isDate, LIMITS, merge, parse, serialize } from "../shared/progress_file.js";
import { isCounted, keys } from "../shared/store.js";
import { NOT_KEPT, onOtherWrites, store } from "../shared/this_browser.js";

/**
 * @typedef {import("../shared/counts.js").Page} Page
 * @typedef {import("../shared/counts.js").Done} Done
 */

/** @param {string} id */
const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const nameField = /** @type {HTMLInputElement} */ ($("progress-name"));
const fileField = /** @type {HTMLInputElement} */ ($("progress-file"));
const sure = /** @type {HTMLDialogElement} */ ($("progress-sure"));
const root = document.documentElement.dataset.content_root || "./";
const title = document.querySelector("article h1")?.firstChild?.textContent ?? document.title;
/** @param {Page} page */
const count = (page) => done(page, (key) => store.read(key));
const known = knownKeys(courseContents.parts.flatMap((part) => part.pages));
const parts = courseContents.parts.filter((part) => part.pages.map(count).some(asks));

/** @param {string} iso */
const day = (iso) => new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
/** @param {string} iso */
const dated = (iso) => (isDate(iso) ? day(iso) : "no date");

// ---- the counts

function show() {
  $("progress").replaceChildren(...parts.map(chapter));
  record();
}

/** @param {{title: string, pages: Page[]}} part */
function chapter(part) {
  const now = part.pages.map(count);
  const box = make("section", { class: "progress-chapter" }, make("h3", {}, part.title));
  const exercise = part.pages.find((page) => page.functions.length);
  const lines = make("ul", { class: "progress-counts" });
  if (exercise) lines.append(line("Functions solved", sum(now, "solved"), sum(now, "functions"), tried(sum(now, "tried"))));
  if (sum(now, "predictions")) lines.append(line("Predictions made", sum(now, "predicted"), sum(now, "predictions")));
  if (sum(now, "quizzes"))
    lines.append(line("Quiz questions answered", sum(now, "answered"), sum(now, "quizzes"), choices(now)));
  box.append(lines);
  if (exercise) {
    const list = exercise.functions.map((name) => make("li", {}, ...state(name, exercise.starters?.[name])));
    box.append(make("ul", { class: "progress-functions" }, ...list));
  }
  const asking = part.pages.filter((_, k) => asks(now[k]));
  const links = asking.map((page) => make("a", { href: `${root}${page.page}.html` }, page.title));
  box.append(make("p", { class: "progress-pages" }, ...links.flatMap((link, k) => (k ? [" · ", link] : [link]))));
  return box;
}

/** @param {number} number */
const tried = (number) => (number ? `${number} more tried` : "");
/** @param {Done[]} now */
const choices = (now) =>
  sum(now, "answered") ? `${sum(now, "right")} right now, ${sum(now, "first")} right at the first choice` : "";

/** @param {string} label @param {number} some @param {number} all */
function line(label, some, all, more = "") {
  const bar = make("progress", { max: all, value: some, "aria-label": `${label}: ${some} of ${all}` });
  return make("li", {}, bar, make("span", {}, `${label}: ${some} of ${all}${more ? ` (${more})` : ""}`));
}

/** @param {string} name of a function @param {string} [starter] the digest of its stub */
function state(name, starter) {
  const [solved, failed] = [store.read(keys.solved(name)), store.read(keys.tried(name))];
  let [sign, word] = ["○", "not yet"];
  if (failed) [sign, word] = ["◐", `tried, ${dated(failed)}`];
  const version = store.starter(keys.solved(name));
  const earlier = version && version !== starter ? " (an earlier version of it)" : "";
  if (solved) [sign, word] = ["✓", `solved, ${dated(solved)}${earlier}`];
  const span = make("span", { "aria-hidden": "true", class: solved ? "sign solved" : "sign" }, sign);
  return [span, " ", make("code", {}, name), ` ${word}`];
}

// ---- whether this browser promises to keep the data

async function promise() {
  const sentences = [];
  if (!store.keeps)
    sentences.push(
      "This browser keeps nothing for this site: all is gone when you leave a page. " +
        "Allow the site to store data, or use another browser.",
    );
  else {
    const kept = await navigator.storage?.persisted?.().catch(() => false);
    sentences.push(
      kept
        ? "This browser has promised to keep your progress until you delete it."
        : "This browser has not promised to keep your progress: it may delete it when room is short, or with its " +
            "history. Save it to a file from time to time.",
    );
    const agent = navigator.userAgent;
    if (!kept && /Safari\//.test(agent) && !/Chrom(e|ium)\/|Android/.test(agent))
      sentences.push("Safari deletes what a site keeps after seven days in which you use Safari without visiting the site.");
    if (location.protocol === "file:")
      sentences.push(
        "You opened this page as a file: some browsers then keep nothing, or each page's answers apart from the others'.",
      );
    sentences.push("In a private window everything is gone when you close the window.");
  }
  $("progress-storage").textContent = sentences.join(" ");
}

// ---- saving to a file and reading one

function save() {
  const saved = new Date().toISOString();
  const name = `batch-normalization-progress-${saved.slice(0, 10)}.json`;
  offerFile(name, serialize(store, saved), "application/json");
  say("Saved. Open the file with “Read a file” on the other device.");
}

/** @param {File} file */
async function load(file) {
  try {
    if (!store.keeps) throw new Error("this browser keeps nothing for this site");
    if (file.size > LIMITS.bytes) throw new Error("it is too large");
    const { entries, unknown, long } = parse(await file.text(), (key) => known.has(key));
    const { taken, undo } = merge(store, entries, { file: file.name, at: new Date().toISOString() });
    const what = taken === 1 ? "1 thing was new and taken over" : `${taken} things were new and taken over`;
    const left = [
      unknown ? ` Left out: ${unknown === 1 ? "1 entry" : `${unknown} entries`} for which this course has no place.` : "",
      ...long.map((key) => ` Left out: “${key}”, which has more than ${LIMITS.text.toLocaleString("en-US")} characters.`),
    ].join("");
    say(`Read “${file.name}”: ${taken ? what : "nothing in it is newer than what is here"}.${left}`);
    if (taken) offerUndo(undo);
    navigator.storage?.persist?.().then(promise, promise);
  } catch (error) {
    say(`“${file.name}” was not read: ${/** @type {Error} */ (error).message}. Nothing was changed.`);
  }
  show();
}

/** @param {() => number} undo */
function offerUndo(undo) {
  const takeBack = button("Take it back", () => {
    const count = undo();
    say(`${count === 1 ? "1 thing is" : `${count} things are`} as before.`);
    show();
  });
  takeBack.className = "course-button";
  $("progress-said").append(" ", takeBack);
}

/** @param {string} text */
const say = (text) => ($("progress-said").textContent = text);

// ---- a record to print

function record() {
  const functions = parts.flatMap((part) => part.pages.flatMap((page) => page.functions.map((name) => ({ part, name }))));
  const rows = functions.flatMap(({ part, name }) => {
    const at = store.read(keys.solved(name));
    const cells = [make("code", {}, name), part.title, dated(at ?? "")].map((content) => make("td", {}, content));
    return at ? [make("tr", {}, ...cells)] : [];
  });
  const head = make("tr", {}, ...["Function", "Chapter", "Solved"].map((text) => make("th", { scope: "col" }, text)));
  const name = store.read(keys.name)?.trim();
  const logo = /** @type {HTMLImageElement | null} */ (document.querySelector(".navbar-brand img"));
  $("progress-record").replaceChildren(
    make("p", { class: "record-title" }, logo?.alt.replace(/ - Home$/, "") || title),
    make("p", { class: "record-name" }, name || "(no name given)"),
    make("p", {}, `Solved ${rows.length} of ${functions.length} functions by ${day(new Date().toISOString())}.`),
    ...(rows.length ? [make("table", { class: "table" }, make("thead", {}, head), make("tbody", {}, ...rows))] : []),
    make(
      "p",
      { class: "record-note" },
      "Self-reported: kept and printed by the learner’s own browser, from the visible checks only. " +
        "Nobody has verified it, and it is not a grade.",
    ),
  );
}

// ---- the buttons

$("progress-save").addEventListener("click", save);
fileField.addEventListener("change", async () => {
  if (fileField.files?.length) await load(fileField.files[0]);
  fileField.value = ""; // so that the same file can be read again
});
$("progress-reset").addEventListener("click", () => sure.showModal());
sure.addEventListener("close", () => {
  if (sure.returnValue === "yes") {
    store.forget();
    nameField.value = "";
    say("Everything is forgotten.");
    show();
  }
  sure.returnValue = "";
});
nameField.value = store.read(keys.name) ?? "";
nameField.addEventListener("input", () => {
  const failed = store.write(keys.name, nameField.value);
  if (failed) say(NOT_KEPT[failed]);
  else if (Object.values(NOT_KEPT).includes($("progress-said").textContent ?? "")) say("");
  record();
});
$("progress-print").addEventListener("click", () => print());
onOtherWrites((key) => {
  if (key === null || key === keys.name) nameField.value = store.read(keys.name) ?? "";
  if (key === keys.name) record();
  else if (isCounted(key)) show();
});
show();
void promise();
