/** What is kept for a reader: texts below one prefix, and for each the time of its last change. Needs no browser. */

export const PREFIX = "batchnorm:";

/** The kinds of keys that are a reader's progress. */
export const KINDS = ["code", "solved", "tried", "prediction", "quiz", "first", "text"];

/**
 * How a key is written, always without the prefix: its kind, then what it belongs to. Readers' browsers and saved files
 * hold these names, so they must not change.
 */
export const keys = {
  name: "name",
  /** A browser is asked once to keep this site's data. */
  asked: "asked",
  /** @param {string} slug of the chapter @param {string} cell */
  code: (slug, cell) => `code:${slug}:${cell}`,
  /** @param {string} slug of the chapter @param {string} cell */
  text: (slug, cell) => `text:${slug}:${cell}`,
  /** @param {string} exercise */
  solved: (exercise) => `solved:${exercise}`,
  /** @param {string} exercise */
  tried: (exercise) => `tried:${exercise}`,
  /** @param {string} name */
  prediction: (name) => `prediction:${name}`,
  /** @param {string} page @param {string} id */
  quiz: (page, id) => `quiz:${page}:${id}`,
  /** The first choice that stood. @param {string} page @param {string} id of the quiz */
  first: (page, id) => `first:${page}:${id}`,
  /** When something changed. @param {string} key of it */
  when: (key) => `when:${key}`,
};

/** @param {string} key without the prefix */
export const kindOf = (key) => key.split(":", 1)[0];

/** @param {string} key without the prefix */
export const isProgress = (key) => KINDS.includes(kindOf(key));

/** What a store needs of `localStorage`. @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Kept */

export class Store {
  /**
   * @param {Kept | null} storage null where the browser keeps nothing
   * @param {(key: string | null) => void} announce is told each key that was written, or null for any number of them
   */
  constructor(storage, announce = () => {}) {
    this.storage = storage;
    this.announce = announce;
  }

  /** Whether anything is kept. */
  get keeps() {
    return this.storage !== null;
  }

  /**
   * @param {string} key
   * @returns {string | null}
   */
  read(key) {
    return this.storage?.getItem(PREFIX + key) ?? null;
  }

  /**
   * Keep a text with the time, or forget it (`null`): of two devices the newer wins.
   * @param {string} key
   * @param {string | null} value
   */
  write(key, value) {
    try {
      this.put(key, value);
    } catch {
      return; // there is no room
    }
    if (isProgress(key)) {
      try {
        this.put(keys.when(key), new Date().toISOString());
      } catch {
        // There is room for the text but not for its time: the text counts.
      }
    }
    if (this.keeps) this.announce(key);
  }

  /**
   * Write without a time or a word to anybody; throws where there is no room.
   * @param {string} key
   * @param {string | null} value
   */
  put(key, value) {
    if (value === null) this.storage?.removeItem(PREFIX + key);
    else this.storage?.setItem(PREFIX + key, value);
  }

  /** When something was last changed; empty where nobody knows. @param {string} key */
  when(key) {
    const itself = ["solved", "tried"].includes(kindOf(key)) ? this.read(key) : null; // its text is a time
    return this.read(keys.when(key)) ?? itself ?? "";
  }

  /** All keys that are there. */
  names() {
    const all = Array.from({ length: this.storage?.length ?? 0 }, (_, k) => this.storage?.key(k) ?? "");
    return all.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  }

  /** Forget everything. */
  forget() {
    for (const key of this.names()) this.put(key, null);
    this.announce(null);
  }
}
