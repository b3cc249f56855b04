/** The store in this browser, and the events that announce a change. A page also works in a browser that keeps nothing. */

import { adoptFirstEdition } from "./adoption.js";
import { keys, prefixOf, Store } from "./store.js";

/** The event on the document after each write; `detail.key` has no prefix, and is null if many keys were written. */
export const STORED = "course:stored";

function storage() {
  try {
    localStorage.getItem("");
    return localStorage;
  } catch {
    return null;
  }
}

/** A site that is opened from a folder keeps its progress when the folder moves. */
function sitePath() {
  if (location.protocol === "file:") return "";
  return new URL(document.documentElement.dataset.content_root || "./", location.href).pathname;
}

const prefix = prefixOf(sitePath(), courseContents.term);

export const store = new Store(storage(), prefix, (key) => {
  document.dispatchEvent(new CustomEvent(STORED, { detail: { key } }));
});
adoptFirstEdition(store);

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
 * Call back when something may have been written elsewhere: by another tab, or while this page was not shown. A page to
 * which the Back button returns has slept, and was told of nothing.
 * @param {(key: string | null) => void} changed is called with the key without its prefix, or with null for any number of keys
 */
export function onOtherWrites(changed) {
  addEventListener("storage", ({ key }) => {
    if (key === null) changed(null); // all was deleted
    else if (key.startsWith(prefix)) changed(key.slice(prefix.length));
  });
  addEventListener("pageshow", ({ persisted }) => persisted && changed(null));
  document.addEventListener("visibilitychange", () => document.hidden || changed(null));
}

/** What a page says where something is not kept. */
export const NOT_KEPT = {
  full: "This browser has no room left for this site, so what stands here is not kept.",
  refused: "This browser keeps nothing for this site, so what stands here is gone when you leave the page.",
};
