import assert from "node:assert/strict";
import test from "node:test";

import { pieces } from "../exercise/sentence.js";

test("what stands between backticks is code", () => {
  assert.deepEqual(pieces("line 3, `a < b`: look"), [
    { code: false, text: "line 3, " },
    { code: true, text: "a < b" },
    { code: false, text: ": look" },
  ]);
  assert.deepEqual(pieces("`x`"), [{ code: true, text: "x" }]);
});

test("a lone backtick, or two with nothing between them, is text", () => {
  assert.deepEqual(pieces("a ` b"), [{ code: false, text: "a ` b" }]);
  assert.deepEqual(pieces("``"), [{ code: false, text: "``" }]);
  assert.deepEqual(pieces(""), []);
});
