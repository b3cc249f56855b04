import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptText } from "../shared/kept_text.js";
import { Store } from "../shared/store.js";
import { Memory } from "./memory.js";

const KEY = "code:c:x";

/** A tab with one text, in a browser whose storage several tabs share. */
function tab(memory, starter = "start", digest = "000000000001") {
  const made = { shows: "", writes: 0 };
  made.store = new Store(memory, "p:", () => made.writes++);
  made.kept = new KeptText(made.store, KEY, starter, digest, { text: () => made.shows, show: (text) => (made.shows = text) });
  made.shows = made.kept.text;
  made.type = (text) => ((made.shows = text), made.kept.write());
  return made;
}

test("what another tab wrote is shown, and not written back", () => {
  const memory = new Memory();
  const [one, two] = [tab(memory), tab(memory)];
  one.type("from one");
  assert.ok(two.kept.refresh());
  assert.deepEqual([two.shows, two.writes], ["from one", 0]);
  assert.ok(!two.kept.refresh());
  one.type("start"); // as at the start, so nothing is kept
  two.kept.refresh();
  assert.deepEqual([two.shows, two.writes, two.store.read(KEY)], ["start", 0, null]);
});

test("a key in a tab that was told of nothing does not overwrite what another tab wrote", () => {
  const memory = new Memory();
  const [one, two] = [tab(memory), tab(memory)];
  one.type("a whole paragraph");
  assert.equal(two.type("startx"), "elsewhere");
  assert.deepEqual([two.shows, two.store.read(KEY)], ["a whole paragraph", "a whole paragraph"]);
  assert.equal(two.type("a whole paragraph!"), null);
  assert.equal(one.store.read(KEY), "a whole paragraph!");
});

test("what found no room is kept with the next key that finds some", () => {
  const memory = new Memory({ other: "x".repeat(100) }, 120);
  const here = tab(memory);
  assert.equal(here.type("startx"), "full");
  assert.equal(here.shows, "startx");
  memory.removeItem("other");
  assert.equal(here.type("startxy"), null);
  assert.equal(here.store.read(KEY), "startxy");
});

test("a text for another starter is outdated until that is settled, and typing on does not settle it", () => {
  const memory = new Memory();
  tab(memory).type("mine");
  const here = tab(memory, "new start", "000000000002");
  assert.deepEqual([here.shows, here.kept.outdated], ["mine", true]);
  here.type("mine!");
  assert.ok(here.kept.outdated);
  assert.ok(tab(memory, "new start", "000000000002").kept.outdated);
  here.kept.settle();
  assert.ok(!here.kept.outdated);
  const later = tab(memory, "new start", "000000000002");
  assert.deepEqual([later.shows, later.kept.outdated], ["mine!", false]);
});

test("taking the new starter keeps nothing, and what is written then is for it", () => {
  const memory = new Memory();
  tab(memory).type("mine");
  const here = tab(memory, "new start", "000000000002");
  here.type("new start");
  assert.deepEqual([here.store.read(KEY), here.kept.outdated], [null, false]);
  here.type("mine"); // taken back
  assert.deepEqual([here.store.read(KEY), here.kept.outdated], ["mine", false]);
});

test("of what was kept before digests were, nothing is said", () => {
  const here = tab(new Memory({ [`p:${KEY}`]: "mine" }));
  assert.deepEqual([here.shows, here.kept.outdated], ["mine", false]);
});
