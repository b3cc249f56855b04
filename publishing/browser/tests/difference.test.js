import assert from "node:assert/strict";
import { test } from "node:test";

import { change, difference } from "../exercise/difference.js";

const shown = (before, after) => difference(before, after).map(({ sign, line }) => sign + line);

test("the lines that differ are told, with as many in common as can be", () => {
  assert.deepEqual(shown("a\nb\nc\nd", "a\nc\nx\nd"), [" a", "-b", " c", "+x", " d"]);
  assert.deepEqual(shown("a", "a"), [" a"]);
  assert.deepEqual(shown("", "x"), ["-", "+x"]);
  const long = "x\n".repeat(3000);
  assert.equal(difference(long, `${long}y`).length, 6002, "too long to compare");
});

test("a change is as small as can be", () => {
  for (const [before, after, wanted] of [
    ["abc", "abc", { from: 3, to: 3, insert: "" }],
    ["abc", "axc", { from: 1, to: 2, insert: "x" }],
    ["aa", "aaa", { from: 2, to: 2, insert: "a" }],
    ["aaa", "aa", { from: 2, to: 3, insert: "" }],
    ["", "x", { from: 0, to: 0, insert: "x" }],
    ["x", "", { from: 0, to: 1, insert: "" }],
  ]) {
    const { from, to, insert } = change(before, after);
    assert.deepEqual({ from, to, insert }, wanted);
    assert.equal(before.slice(0, from) + insert + before.slice(to), after);
  }
});
