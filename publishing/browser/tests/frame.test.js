import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { MEASURE, MEASURE_HASH, POLICY } from "../exercise/frame.js";

test("the policy of a frame names its one script, and lets nothing else run or load", () => {
  assert.equal(MEASURE_HASH, `sha256-${createHash("sha256").update(MEASURE).digest("base64")}`);
  assert.ok(!MEASURE.includes("</"));
  assert.deepEqual(POLICY.match(/(?<=script-src )[^;]*/g), [`'${MEASURE_HASH}'`]);
  assert.ok(POLICY.startsWith("default-src 'none';"));
  assert.ok(!/https?:|\*|'self'|unsafe-(hashes|eval)/.test(POLICY));
});
