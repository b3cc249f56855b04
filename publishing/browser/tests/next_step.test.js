import assert from "node:assert/strict";
import { test } from "node:test";

import { after, followingPage, goOn } from "../exercise/next_step.js";

const FUNCTIONS = ["f", "g", "h"];

/** The progress of a page; each key with the time of its last change. */
const progress = (kept = {}) => ({
  functions: FUNCTIONS,
  read: (key) => (key in kept ? "x" : null),
  when: (key) => kept[key] ?? "",
  code: (name) => `code:c:${name}`,
});

test("nothing is begun", () => assert.deepEqual(goOn(progress()), { exercise: "f", begun: false, solved: 0 }));

for (const [what, kept, exercise, solved] of [
  ["a text was begun", { "code:c:g": "2" }, "g", 0],
  ["the last of two that were begun", { "code:c:g": "3", "code:c:h": "2" }, "g", 0],
  ["a check counts as work", { "code:c:g": "3", "code:c:h": "2", "tried:h": "4" }, "h", 0],
  ["one is solved, and nothing else begun", { "code:c:f": "9", "solved:f": "9" }, "g", 1],
  ["what is solved is not gone on with", { "code:c:f": "9", "solved:f": "9", "code:c:h": "1" }, "h", 1],
])
  test(what, () => assert.deepEqual(goOn(progress(kept)), { exercise, begun: true, solved }));

const ALL = { "solved:f": "1", "solved:g": "1", "solved:h": "1" };
test("all are solved", () => assert.deepEqual(goOn(progress(ALL)), { exercise: null, begun: true, solved: 3 }));

test("after an exercise comes the next unsolved one, then one that was left out", () => {
  assert.equal(after(progress({ "solved:f": "1" }), "f"), "g");
  assert.equal(after(progress({ "solved:f": "1", "solved:g": "1" }), "f"), "h");
  assert.equal(after(progress({ "solved:h": "1" }), "h"), "f");
  assert.equal(after(progress(ALL), "g"), null);
});

test("after the last page nothing follows", () => {
  const pages = [{ page: "a" }, { page: "b" }];
  assert.equal(followingPage(pages, "a").page, "b");
  assert.equal(followingPage(pages, "b"), null);
});
