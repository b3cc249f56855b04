/** What the browser keeps for this course: `localStorage` below one prefix, which may be refused. */

const PREFIX = "batchnorm:";

/** Whether this browser keeps anything. */
export let keeps = true;

/**
 * @param {string} key without the prefix
 * @returns {string | null}
 */
export function read(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    keeps = false;
    return null;
  }
}

/**
 * Keep a text, or forget it (`null`), and tell the other scripts of the page.
 * @param {string} key without the prefix
 * @param {string | null} value
 */
export function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    keeps = false;
    return;
  }
  document.dispatchEvent(new CustomEvent("course:stored", { detail: { key: PREFIX + key } }));
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
