import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, unstarted } from "../exercise/starting.js";

test("more than all is all", () => assert.deepEqual([amount(1.4e6, 17e6), amount(18e6, 17e6)], ["1 of 17 MB", "17 of 17 MB"]));

test("the cure follows from the reason", () => {
  const policy = unstarted("CompileError: WebAssembly.instantiate(): Refused to compile or instantiate WebAssembly module.");
  assert.match(policy, /instantiate WebAssembly module\. This browser, or the server of this site, does not let WebAssembly run\./);
  assert.match(unstarted("for a minute, nothing more has come"), /nothing more has come\. Load the page again/);
});
