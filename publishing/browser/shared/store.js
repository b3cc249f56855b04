/** The texts that are kept for a reader, each with the time of its last change. Needs no browser. */

/**
 * What the keys of the first edition began with. They named no course, so two courses at one host shared them;
 * `adoption.js` takes them over.
 */
export const FIRST_EDITION = "batchnorm:";

/**
 * What all keys of one course begin with: another course at the same host, or another term's, has its own.
 * @param {string} path of the site at its host, such as `/course/`
 * @param {string} term as `_config.yml` names it; usually empty
 */
export const prefixOf = (path, term) => `batchnorm@${encoded(path)}|${encoded(term)}:`;

/** Without `|` and `:`, so that no course's prefix begins another's. @param {string} text */
const encoded = (text) => encodeURIComponent(text).replaceAll("%2F", "/");

/** The kinds of keys that are a reader's progress. */
export const KINDS = ["code", "solved", "tried", "prediction", "quiz", "first", "text", "passed"];

/**
 * The keys without the prefix: a kind, then what the text belongs to. Readers' browsers and saved files have these keys,
 * so they must not change.
 */
export const keys = {
  name: "name",
  /** Set when the browser has been asked to keep this site's data. */
  asked: "asked",
  /** Set when the keys of the first edition have been taken over. */
  adopted: "adopted",
  /** @param {string} slug of the chapter @param {string} cell */
  code: (slug, cell) => `code:${slug}:${cell}`,
  /** @param {string} slug of the chapter @param {string} cell */
  text: (slug, cell) => `text:${slug}:${cell}`,
  /** @param {string} exercise */
  solved: (exercise) => `solved:${exercise}`,
  /** @param {string} exercise */
  tried: (exercise) => `tried:${exercise}`,
  /** The last text that passed the check. @param {string} exercise */
  passed: (exercise) => `passed:${exercise}`,
  /** @param {string} name */
  prediction: (name) => `prediction:${name}`,
  /** @param {string} page @param {string} id */
  quiz: (page, id) => `quiz:${page}:${id}`,
  /** The first answer that a reader chose. @param {string} page @param {string} id of the quiz */
  first: (page, id) => `first:${page}:${id}`,
  /** When something changed. @param {string} key of it */
  when: (key) => `when:${key}`,
  /** A digest of the text that the page gave when something was written or solved. @param {string} key of it */
  starter: (key) => `starter:${key}`,
  /** From which file something was read, until its owner has run it: JSON of `Origin`. @param {string} key of it */
  origin: (key) => `origin:${key}`,
};

/** @typedef {{file: string, at: string}} Origin */

/** @param {string} key without the prefix */
export const kindOf = (key) => key.split(":", 1)[0];

/** @param {string} key without the prefix */
export const isProgress = (key) => KINDS.includes(kindOf(key));

/** Whether a change of a key changes what is counted; null is any number of keys. @param {string | null} key */
export const isCounted = (key) => key === null || ["solved", "tried", "prediction", "quiz", "first"].includes(kindOf(key));

/** What a store needs of `localStorage`. @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Kept */

/** Why a text was not kept. @typedef {"full" | "refused"} Failure */

export class Store {
  /**
   * @param {Kept | null} storage null where the browser keeps nothing
   * @param {string} prefix of all keys, from `prefixOf`
   * @param {(key: string | null) => void} announce is called with each key that was written, or with null for any number of keys
   */
  constructor(storage, prefix, announce = () => {}) {
    this.storage = storage;
    this.prefix = prefix;
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
    return this.storage?.getItem(this.prefix + key) ?? null;
  }

  /**
   * Write a text and the time, or delete the text (`null`). The time decides which of two devices' texts is newer.
   * @param {string} key
   * @param {string | null} value
   * @param {string} starter the digest of what the page gave for it; empty if it gave nothing
   * @returns {Failure | null} why it was not written; what was kept before is still there then
   */
  write(key, value, starter = "") {
    if (!this.keeps) return "refused";
    try {
      this.put(key, value);
    } catch (error) {
      return failure(error);
    }
    try {
      if (starter || value === null) this.put(keys.starter(key), value === null ? null : starter);
      if (value === null) this.put(keys.origin(key), null);
      if (isProgress(key)) this.put(keys.when(key), new Date().toISOString());
    } catch {
      // There is room for the text but not for its time: the text counts.
    }
    this.announce(key);
    return null;
  }

  /**
   * Write without a time and without an announcement; throws if there is no room.
   * @param {string} key
   * @param {string | null} value
   */
  put(key, value) {
    if (value === null) this.storage?.removeItem(this.prefix + key);
    else this.storage?.setItem(this.prefix + key, value);
  }

  /** When a text was last changed; empty if unknown. @param {string} key */
  when(key) {
    const itself = ["solved", "tried"].includes(kindOf(key)) ? this.read(key) : null; // its text is a time
    return this.read(keys.when(key)) ?? itself ?? "";
  }

  /** The digest of what the page gave when a text was written; empty if unknown. @param {string} key */
  starter(key) {
    return this.read(keys.starter(key)) ?? "";
  }

  /**
   * From which file a text was read, or null if its owner wrote it or has run it.
   * @param {string} key
   * @returns {Origin | null}
   */
  origin(key) {
    try {
      return JSON.parse(this.read(keys.origin(key)) ?? "null");
    } catch {
      return null;
    }
  }

  /** All keys in the store, without the prefix. */
  names() {
    return allKeys(this.storage)
      .filter((key) => key.startsWith(this.prefix))
      .map((key) => key.slice(this.prefix.length));
  }

  /** Delete everything, what the first edition left too. Another course's keys stay. */
  forget() {
    for (const key of this.names()) if (key !== keys.adopted) this.put(key, null);
    for (const key of allKeys(this.storage)) if (key.startsWith(FIRST_EDITION)) this.storage?.removeItem(key);
    this.announce(null);
  }
}

/** @param {Kept | null} storage */
export const allKeys = (storage) => Array.from({ length: storage?.length ?? 0 }, (_, k) => storage?.key(k) ?? "");

/** @param {unknown} error @returns {Failure} */
const failure = (error) => (/quota/i.test(`${/** @type {Error} */ (error)?.name} ${error}`) ? "full" : "refused");
