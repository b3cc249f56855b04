import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, FIRST_STEP, standstill, unstarted } from "../exercise/starting.js";

test("more than all is all", () => assert.deepEqual([amount(1.4e6, 17e6), amount(18e6, 17e6)], ["1 of 17 MB", "17 of 17 MB"]));

test("the cure follows from the reason", () => {
  const policy = unstarted("CompileError: WebAssembly.instantiate(): Refused to compile or instantiate WebAssembly module.");
  assert.match(policy, /instantiate WebAssembly module\. This browser, or the server of this site, does not let WebAssembly run\./);
  const { why } = standstill(FIRST_STEP);
  assert.match(unstarted(why), /for a minute, nothing more has come\. Load the page again/);
});

test("a machine has longer to start what it has loaded than a network to send a byte", () => {
  assert.ok(standstill("Starting Python").minutes >= 3 * standstill(FIRST_STEP).minutes);
  assert.match(standstill("Starting Python").why, /four minutes/);
});
