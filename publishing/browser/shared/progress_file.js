/** A reader's progress as a file: serialized, parsed and checked, and merged into the store. Needs no browser. */

import { isProgress, keys, kindOf } from "./store.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {Record<string, {value: string | null, when: string}>} Entries a deleted entry has the value null */

const VERSION = 1;
export const LARGEST = 10_000_000; // characters; a browser keeps about half of it

/** Whether a text is a time as `toISOString` writes it. @param {unknown} text */
export function isDate(text) {
  return typeof text === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) && !isNaN(Date.parse(text));
}

/** The text of a file with all progress in the store. @param {Store} store @param {string} saved the time now */
export function serialize(store, saved) {
  /** @type {Entries} */
  const entries = {};
  for (const name of store.names()) {
    const key = name.replace(/^when:/, "");
    if (isProgress(key)) entries[key] ??= { value: store.read(key), when: store.when(key) };
  }
  return JSON.stringify({ course: "batchnorm", version: VERSION, saved, entries }, null, 1);
}

/**
 * The entries of a saved file. Throws an error with one line for the reader if the text is no such file.
 * @param {string} text
 * @returns {Entries}
 */
export function parse(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("it is not a file saved on this page, or it is broken");
  }
  if (data?.course !== "batchnorm") throw new Error("it is not a file saved on this page");
  if (!Number.isInteger(data.version) || data.version < 1) throw new Error("its version is missing");
  if (data.version > VERSION) throw new Error("it comes from a newer version of this site; update this one");
  const all = data.entries;
  if (typeof all !== "object" || all === null || Array.isArray(all)) throw new Error("it holds no entries");
  for (const [key, entry] of Object.entries(all)) {
    const { value, when } = entry ?? {};
    const fits =
      isProgress(key) &&
      key.length > kindOf(key).length + 1 &&
      key.length < 300 &&
      (when === "" || isDate(when)) &&
      (value === null || (typeof value === "string" && valueFits(kindOf(key), value)));
    if (!fits) throw new Error(`its entry ${JSON.stringify(key.slice(0, 60))} is broken`);
  }
  return all;
}

/** @param {string} kind @param {string} value */
function valueFits(kind, value) {
  if (["solved", "tried"].includes(kind)) return isDate(value);
  if (["prediction", "quiz", "first"].includes(kind)) return /^\d{1,2}$/.test(value);
  return true;
}

/**
 * Take over each entry that is newer than the store's; of first choices the older. If there is no room, nothing changes.
 * @param {Store} store
 * @param {Entries} incoming
 * @returns {number} how many entries were taken over
 */
export function merge(store, incoming) {
  /** @param {string} text */
  const time = (text) => Date.parse(text) || 0;
  const taken = Object.entries(incoming).filter(([key, theirs]) => {
    const [value, when] = [store.read(key), store.when(key)];
    if (value === theirs.value) return false;
    if (value === null && when === "") return theirs.value !== null;
    const newer = time(theirs.when) - time(when);
    return kindOf(key) === "first" ? newer < 0 : newer > 0;
  });
  const changes = taken.flatMap(([key, { value, when }]) => [
    { key, value: value || null },
    { key: keys.when(key), value: when || null },
  ]);
  const before = changes.map(({ key }) => ({ key, value: store.read(key) }));
  try {
    for (const { key, value } of changes) store.put(key, value);
  } catch {
    for (const { key, value } of before) store.put(key, value);
    throw new Error("this browser has no room for it");
  }
  if (taken.length) store.announce(null);
  return taken.length;
}
