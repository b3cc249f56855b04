import assert from "node:assert/strict";
import { test } from "node:test";

import { isProgress, keys, Store } from "../shared/store.js";
import { Memory } from "./memory.js";

function open(kept = {}, room = Infinity) {
  const announced = [];
  const memory = new Memory(kept, room);
  return { memory, announced, store: new Store(memory, (key) => announced.push(key)) };
}

test("the names that readers' browsers hold stay as they are", () => {
  assert.deepEqual(
    [keys.code("c", "x"), keys.text("c", "x"), keys.solved("f"), keys.tried("f"), keys.prediction("p"), keys.name],
    ["code:c:x", "text:c:x", "solved:f", "tried:f", "prediction:p", "name"],
  );
  assert.deepEqual(
    [keys.quiz("book/c/lesson", "q"), keys.first("book/c/lesson", "q"), keys.when("code:c:x"), keys.asked],
    ["quiz:book/c/lesson:q", "first:book/c/lesson:q", "when:code:c:x", "asked"],
  );
  const { memory, store } = open();
  store.write("name", "Ada");
  assert.deepEqual([...memory.kept], [["batchnorm:name", "Ada"]]);
});

test("progress is what a reader did, not a time, a name or another's key", () => {
  assert.deepEqual(["code:c:x", "first:p:q", "solved:f"].filter(isProgress), ["code:c:x", "first:p:q", "solved:f"]);
  assert.deepEqual(["when:code:c:x", "name", "asked", ""].filter(isProgress), []);
});

test("a text is kept with its time and announced", () => {
  const { memory, store, announced } = open();
  const before = Date.now();
  store.write("code:c:x", "y = 1");
  assert.equal(store.read("code:c:x"), "y = 1");
  assert.equal(memory.getItem("batchnorm:code:c:x"), "y = 1");
  assert.ok(Date.parse(store.when("code:c:x")) >= before);
  store.write("code:c:x", null);
  assert.equal(store.read("code:c:x"), null);
  assert.ok(store.when("code:c:x"), "when it was deleted is known");
  assert.deepEqual(announced, ["code:c:x", "code:c:x"]);
});

test("of what was solved before times were kept, the text is the time", () => {
  const { store } = open({ "batchnorm:solved:f": "2024-01-01T00:00:00Z", "batchnorm:quiz:p:q": "2" });
  assert.equal(store.when("solved:f"), "2024-01-01T00:00:00Z");
  assert.equal(store.when("quiz:p:q"), "");
});

test("a browser that keeps nothing is no error, and tells nothing", () => {
  const announced = [];
  const store = new Store(null, (key) => announced.push(key));
  store.write("code:c:x", "y = 1");
  store.forget();
  assert.deepEqual([store.keeps, store.read("code:c:x"), store.when("code:c:x"), store.names()], [false, null, "", []]);
  assert.deepEqual(announced, [null]);
});

test("where there is no room the text before stays, and nothing is announced", () => {
  const { store, announced } = open({ "batchnorm:code:c:x": "old" }, 30);
  store.write("code:c:x", "a text that is too long for this browser");
  assert.equal(store.read("code:c:x"), "old");
  assert.deepEqual(announced, []);
});

test("where there is room for the text but not for its time, the text counts", () => {
  const { store, announced } = open({}, 40);
  store.write("code:c:x", "y = 1");
  assert.deepEqual([store.read("code:c:x"), store.when("code:c:x"), announced], ["y = 1", "", ["code:c:x"]]);
});

test("forgetting leaves another site's keys alone", () => {
  const { memory, store, announced } = open({ "batchnorm:name": "Ada", other: "1", "batchnorm:when:code:c:x": "2" });
  assert.deepEqual(store.names(), ["name", "when:code:c:x"]);
  store.forget();
  assert.deepEqual([...memory.kept.keys()], ["other"]);
  assert.deepEqual(announced, [null]);
});
