/**
 * A reader's progress as a file: serialized, parsed and checked, and merged into the store. Needs no browser.
 *
 * A file may come from anybody. So what is read is bounded, keys that this course does not have are left out, times in
 * the future count as the time of reading, and each text remembers its file until its owner has run it.
 */

import { isProgress, keys, kindOf } from "./store.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{value: string | null, when: string, starter?: string}} Entry a deleted entry has the value null
 * @typedef {Record<string, Entry>} Entries
 *
 * @typedef {object} Read what came out of a file
 * @property {Entries} entries
 * @property {number} unknown how many entries were left out because this course has no such thing
 * @property {string[]} long the keys of the entries that were left out because they are too long
 */

const VERSION = 1;
/** Bounds. Together they leave more than half of the 5 million characters that a browser keeps for a host. */
export const LIMITS = { bytes: 8_000_000, entries: 5_000, text: 100_000, characters: 2_000_000 };

/** Whether a text is a time as `toISOString` writes it. @param {unknown} text */
export function isDate(text) {
  return typeof text === "string" && /^\d{4}-\d\d-\d\dT[\d:.]{1,20}(Z|[+-]\d\d:\d\d)$/.test(text) && !isNaN(Date.parse(text));
}

/** The text of a file with all progress in the store. @param {Store} store @param {string} saved the time now */
export function serialize(store, saved) {
  /** @type {Entries} */
  const entries = {};
  for (const name of store.names()) {
    const key = name.replace(/^when:/, "");
    if (!isProgress(key)) continue;
    const starter = store.starter(key);
    entries[key] ??= { value: store.read(key), when: store.when(key), ...(starter && { starter }) };
  }
  return JSON.stringify({ course: "batchnorm", version: VERSION, saved, entries }, null, 1);
}

/**
 * The entries of a saved file. Throws an error with one line for the reader if the text is no such file.
 * @param {string} text
 * @param {(key: string) => boolean} isKnown whether this course has such a thing
 * @returns {Read}
 */
export function parse(text, isKnown) {
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
  const found = Object.entries(all);
  if (found.length > LIMITS.entries) throw new Error(`it has ${grouped(found.length)} entries; at most ${grouped(LIMITS.entries)} are read`);
  /** @type {Read} */
  const read = { entries: {}, unknown: 0, long: [] };
  let characters = 0;
  for (const [key, entry] of found) {
    if (!isProgress(key) || !isKnown(key)) {
      read.unknown += 1;
      continue;
    }
    const { value, when, starter } = entry ?? {};
    const fits =
      (when === "" || isDate(when)) &&
      (value === null || (typeof value === "string" && valueFits(kindOf(key), value))) &&
      (starter === undefined || (typeof starter === "string" && /^[0-9a-f]{12}$/.test(starter)));
    if (!fits) throw new Error(`its entry ${JSON.stringify(key.slice(0, 60))} is broken`);
    if ((value?.length ?? 0) > LIMITS.text) {
      read.long.push(key);
      continue;
    }
    characters += key.length + (value?.length ?? 0);
    read.entries[key] = { value, when, ...(starter && { starter }) };
  }
  if (characters > LIMITS.characters)
    throw new Error(`it holds ${grouped(characters)} characters; at most ${grouped(LIMITS.characters)} are read`);
  return read;
}

/** @param {number} number */
const grouped = (number) => number.toLocaleString("en-US");

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
 * @param {import("./store.js").Origin} origin the file's name, and the time now
 * @returns {{taken: number, undo: () => number}} how many entries were taken over, and a function that puts back what
 *   was there before, unless it has been changed since; it returns how many entries it put back
 */
export function merge(store, incoming, { file, at }) {
  const now = Date.parse(at);
  /** @param {string} text */
  const time = (text) => Date.parse(text) || 0;
  /** A time that is not later than now: a file may name any. @param {string} text */
  const past = (text) => (time(text) > now ? at : text);
  const taken = Object.entries(incoming).filter(([key, theirs]) => {
    const [value, when] = [store.read(key), store.when(key)];
    if (value === theirs.value) return false;
    if (value === null && when === "") return theirs.value !== null;
    const newer = time(past(theirs.when)) - time(when);
    return kindOf(key) === "first" ? newer < 0 : newer > 0;
  });
  const from = JSON.stringify({ file: file.slice(0, 100), at });
  const changes = taken.map(([key, { value, when, starter }]) => {
    const text = value && ["solved", "tried"].includes(kindOf(key)) ? past(value) : value; // their text is a time
    return [
      { key, value: text || null },
      { key: keys.when(key), value: past(when) || null },
      { key: keys.starter(key), value: starter ?? null },
      { key: keys.origin(key), value: text && ["code", "passed"].includes(kindOf(key)) ? from : null },
    ];
  });
  const before = changes.map((group) => group.map(({ key }) => ({ key, value: store.read(key) })));
  try {
    for (const { key, value } of changes.flat()) store.put(key, value);
    // A time in the future in the store is of a clock that was wrong, or of a file that an earlier version read: from
    // now on, what is written later is newer.
    for (const key of Object.keys(incoming)) if (time(store.when(key)) > now) store.put(keys.when(key), at);
  } catch {
    putBack(store, before.flat());
    throw new Error("this browser has no room for it");
  }
  if (taken.length) store.announce(null);
  const undo = () => {
    const same = before.filter((_, k) => changes[k].slice(0, 2).every(({ key, value }) => store.read(key) === value));
    putBack(store, same.flat());
    store.announce(null);
    return same.length;
  };
  return { taken: taken.length, undo };
}

/** @param {Store} store @param {{key: string, value: string | null}[]} texts */
function putBack(store, texts) {
  for (const { key } of texts) store.put(key, null); // first, so that there is room
  for (const { key, value } of texts) store.put(key, value);
}
