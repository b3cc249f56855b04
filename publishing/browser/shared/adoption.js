/** Takes over what the first edition kept, once for each course. Needs no browser. */

import { allKeys, FIRST_EDITION, keys } from "./store.js";

/**
 * Copy the keys of the first edition to this course's, where it has none of its own yet. The old ones stay, because
 * another course at this host may be of the first edition still; only where there is no room for both they are moved.
 * @param {import("./store.js").Store} store
 */
export function adoptFirstEdition(store) {
  const { storage } = store;
  if (!storage || store.read(keys.adopted) !== null) return;
  /** The old keys that have a copy and are there still; null when there was no room for both. @type {string[] | null} */
  let copied = [];
  try {
    for (const old of allKeys(storage).filter((key) => key.startsWith(FIRST_EDITION))) {
      const key = old.slice(FIRST_EDITION.length);
      if (store.read(key) !== null) continue;
      const value = storage.getItem(old) ?? "";
      try {
        if (copied) {
          store.put(key, value);
          copied.push(old);
          continue;
        }
      } catch {
        for (const done of copied ?? []) storage.removeItem(done);
        copied = null;
      }
      move(old, key, value);
    }
    store.put(keys.adopted, "yes");
  } catch {
    // There is no room for all of it: a later visit goes on.
  }

  /** @param {string} old @param {string} key @param {string} value */
  function move(old, key, value) {
    storage?.removeItem(old);
    try {
      store.put(key, value);
    } catch (error) {
      storage?.setItem(old, value);
      throw error;
    }
  }
}

/**
 * Move what is kept under an earlier key of a cell: cells to explore were once named by a digest of their text.
 * @param {import("./store.js").Store} store
 * @param {string} earlier
 * @param {string} key nothing is moved if this one holds something
 * @param {string} digest of the cell's starter, for which the text was written
 */
export function adoptKey(store, earlier, key, digest) {
  const value = store.read(earlier);
  if (earlier === key || value === null || store.read(key) !== null) return;
  const [when, origin] = [store.when(earlier), store.read(keys.origin(earlier))];
  /** @type {[string, string | null][]} */
  const changes = [
    [earlier, null], // first, so that there is room
    [keys.origin(earlier), null],
    [keys.when(earlier), null],
    [key, value],
    [keys.origin(key), origin],
    [keys.when(key), when || null],
    [keys.starter(key), digest],
  ];
  try {
    for (const [name, text] of changes) store.put(name, text);
  } catch {
    store.put(key, null);
    store.put(earlier, value);
  }
}
