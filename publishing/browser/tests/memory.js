/** A `Storage` in memory, with room for a number of characters. */
export class Memory {
  /** @param {Record<string, string>} kept @param {number} room */
  constructor(kept = {}, room = Infinity) {
    this.kept = new Map(Object.entries(kept));
    this.room = room;
  }

  get length() {
    return this.kept.size;
  }

  key(index) {
    return [...this.kept.keys()][index] ?? null;
  }

  getItem(key) {
    return this.kept.get(key) ?? null;
  }

  setItem(key, value) {
    const others = [...this.kept].filter(([other]) => other !== key);
    if (others.concat([[key, value]]).join("").length > this.room) throw new Error("QuotaExceededError");
    this.kept.set(key, value);
  }

  removeItem(key) {
    this.kept.delete(key);
  }
}
