/** One text on a page that is kept, and that other tabs may change too. Needs no browser. */

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {object} Place where the text stands
 * @property {() => string} text
 * @property {(text: string) => void} show a text that was written elsewhere; this must not end in a call of `write`
 */

export class KeptText {
  /**
   * @param {Store} store
   * @param {string} key
   * @param {string} starter what stands there if nothing is kept
   * @param {string} digest of the starter; empty if it has none
   * @param {Place} place
   */
  constructor(store, key, starter, digest, place) {
    this.store = store;
    this.key = key;
    this.starter = starter;
    this.digest = digest;
    this.place = place;
    /** What the store holds, as far as this tab knows. */
    this.known = store.read(key);
    /** The digest of the starter for which the text was written. */
    this.basis = (this.known !== null && store.starter(key)) || digest;
  }

  /** What the place shows at first. */
  get text() {
    return this.known ?? this.starter;
  }

  /** Whether the text was written for another starter than the page has now. */
  get outdated() {
    return this.known !== null && this.basis !== this.digest;
  }

  /**
   * Keep what stands in the place. If another tab has written since, its text is shown and nothing is overwritten.
   * @returns {import("./store.js").Failure | "elsewhere" | null} why it was not kept
   */
  write() {
    if (this.refresh()) return "elsewhere";
    const text = this.place.text();
    const value = text === this.starter ? null : text;
    if (value === null) this.basis = this.digest;
    const failed = this.store.write(this.key, value, this.basis);
    if (!failed) this.known = value;
    return failed;
  }

  /** The text is for the starter that the page has now. */
  settle() {
    this.basis = this.digest;
    if (this.known !== null) this.store.write(this.key, this.known, this.basis);
  }

  /** Show what the store holds if another tab has changed it. Returns whether it had. */
  refresh() {
    const now = this.store.read(this.key);
    this.basis = (now !== null && this.store.starter(this.key)) || this.digest;
    if (now === this.known) return false;
    this.known = now;
    if (this.text === this.place.text()) return false;
    this.place.show(this.text);
    return true;
  }
}
