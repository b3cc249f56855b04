/** The store in this browser, and the events that announce a change. A page also works in a browser that keeps nothing. */

import { keys, PREFIX, Store } from "./store.js";

/** The event on the document after each write; `detail.key` has the prefix, and is null if many keys were written. */
export const STORED = "course:stored";

function storage() {
  try {
    localStorage.getItem(PREFIX);
    return localStorage;
  } catch {
    return null;
  }
}

export const store = new Store(storage(), (key) => {
  const detail = { key: key === null ? null : PREFIX + key };
  document.dispatchEvent(new CustomEvent(STORED, { detail }));
});

/** Ask the browser, once, not to clear this site's data when room is short; some browsers ask the reader. */
export function askToKeep() {
  if (store.read(keys.asked) !== null) return;
  try {
    store.put(keys.asked, "yes");
  } catch {
    return; // there is no room, so a later visit asks again
  }
  void navigator.storage?.persist?.();
}

/**
 * Call back when another tab has changed a text.
 * @param {string} key without the prefix
 * @param {(value: string | null) => void} changed
 */
export function follow(key, changed) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + key) changed(event.newValue);
  });
}
