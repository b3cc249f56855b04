import assert from "node:assert/strict";
import { test } from "node:test";

import { defines } from "../exercise/definitions.js";

for (const code of [
  "x = 1",
  "import numpy\nx = 1",
  "x, y = 1, 2",
  "y, x = 1, 2",
  "(y, x) = 1, 2",
  "x=1",
  "def x():\n    pass",
  "async def x():\n    pass",
  "class x:\n    pass",
  "import x",
  "import numpy as x",
  "from lab import y, x  # both",
  "for x in range(3):\n    pass",
  "with open('f') as x:\n    pass",
])
  test(`x is defined by ${JSON.stringify(code)}`, () => assert.ok(defines(code, "x")));

for (const code of ["x == 1", "print(x)", "    x = 1", "xx = 1", "y = x", "# x = 1", "def f(x):\n    x = 1", "import xx", "x.a = 1"])
  test(`x is not defined by ${JSON.stringify(code)}`, () => assert.ok(!defines(code, "x")));

test("a name is no pattern", () => assert.ok(!defines("anything = 1", ".*")));
