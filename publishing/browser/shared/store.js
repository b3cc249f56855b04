/** The texts that are kept for a reader, below one prefix, each with the time of its last change. Needs no browser. */

export const PREFIX = "batchnorm:";

/** The kinds of keys that are a reader's progress. */
export const KINDS = ["code", "solved", "tried", "prediction", "quiz", "first", "text"];

/**
 * The keys without the prefix: a kind, then what the text belongs to. Readers' browsers and saved files have these keys,
 * so they must not change.
 */
export const keys = {
  name: "name",
  /** Set when the browser has been asked to keep this site's data. */
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
  /** The first answer that a reader chose. @param {string} page @param {string} id of the quiz */
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
   * @param {(key: string | null) => void} announce is called with each key that was written, or with null for any number of keys
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
   * Write a text and the time, or delete the text (`null`). The time decides which of two devices' texts is newer.
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
   * Write without a time and without an announcement; throws if there is no room.
   * @param {string} key
   * @param {string | null} value
   */
  put(key, value) {
    if (value === null) this.storage?.removeItem(PREFIX + key);
    else this.storage?.setItem(PREFIX + key, value);
  }

  /** When a text was last changed; empty if unknown. @param {string} key */
  when(key) {
    const itself = ["solved", "tried"].includes(kindOf(key)) ? this.read(key) : null; // its text is a time
    return this.read(keys.when(key)) ?? itself ?? "";
  }

  /** All keys in the store, without the prefix. */
  names() {
    const all = Array.from({ length: this.storage?.length ?? 0 }, (_, k) => this.storage?.key(k) ?? "");
    return all.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  }

  /** Delete everything. */
  forget() {
    for (const key of this.names()) this.put(key, null);
    this.announce(null);
  }
}
