import assert from "node:assert/strict";
import { test } from "node:test";

import { isDate, merge, parse, serialize } from "../shared/progress_file.js";
import { Store } from "../shared/store.js";
import { Memory } from "./memory.js";

const OLD = "2020-01-01T00:00:00Z";
const NOW = "2024-01-01T00:00:00Z";
const NEW = "2096-01-01T00:00:00Z";

const file = (entries) => JSON.stringify({ course: "batchnorm", version: 1, saved: NOW, entries });

/** A store with these texts, all changed at one time. */
function open(texts, when = NOW, room = Infinity) {
  const kept = Object.entries(texts).flatMap(([key, value]) => [[`batchnorm:${key}`, value], [`batchnorm:when:${key}`, when]]);
  const announced = [];
  const memory = new Memory(Object.fromEntries(kept.filter(([, value]) => value !== null)), room);
  return { memory, announced, store: new Store(memory, (key) => announced.push(key)) };
}

test("a file holds all progress, what was deleted too, and comes back the same", () => {
  const { memory, store } = open({ "code:c:x": "y = 1\n", "solved:f": OLD, "prediction:gone": null });
  memory.setItem("batchnorm:name", "Ada");
  memory.setItem("batchnorm:asked", "yes");
  memory.setItem("other", "1");
  const entries = parse(serialize(store, NOW));
  assert.deepEqual(entries, {
    "code:c:x": { value: "y = 1\n", when: NOW },
    "solved:f": { value: OLD, when: NOW },
    "prediction:gone": { value: null, when: NOW },
  });
  const other = open({}).store;
  assert.equal(merge(other, entries), 2); // what never was here need not be deleted
  assert.deepEqual([other.read("code:c:x"), other.when("code:c:x")], ["y = 1\n", NOW]);
  assert.equal(merge(other, entries), 0);
});

for (const [text, message] of [
  ["{", "not a file saved on this page, or it is broken"],
  ["null", "not a file saved on this page"],
  ['{"course": "other"}', "not a file saved on this page"],
  ['{"course": "batchnorm", "version": "1"}', "version is missing"],
  ['{"course": "batchnorm", "version": 2, "entries": {}}', "newer version"],
  ['{"course": "batchnorm", "version": 1, "entries": []}', "no entries"],
  [file({ "other:x": { value: "1", when: "" } }), 'entry "other:x" is broken'],
  [file({ "when:code:c:x": { value: OLD, when: "" } }), "is broken"],
  [file({ "code:": { value: "1", when: "" } }), 'entry "code:" is broken'],
  [file({ code: { value: "1", when: "" } }), 'entry "code" is broken'],
  [file({ [`code:c:${"x".repeat(300)}`]: { value: "1", when: "" } }), "is broken"],
  [file({ "code:c:x": { value: 1, when: "" } }), "is broken"],
  [file({ "code:c:x": { value: "1" } }), "is broken"],
  [file({ "code:c:x": { value: "1", when: "yesterday" } }), "is broken"],
  [file({ "solved:f": { value: "<img>", when: "" } }), "is broken"],
  [file({ "quiz:p:q": { value: "100", when: "" } }), "is broken"],
])
  test(`not read: ${text.slice(0, 70)}`, () => assert.throws(() => parse(text), (error) => error.message.includes(message)));

test("a date is a whole one", () => {
  assert.deepEqual([OLD, "2020-01-01T00:00:00.123Z", "2020-01-01T00:00:00+02:00"].map(isDate), [true, true, true]);
  assert.deepEqual(["2020", "2020-01-01", "2020-13-01T00:00:00Z", "", null, 3].map(isDate), Array(6).fill(false));
});

test("the newer of two texts is taken, of first choices the older, and the file's times with them", () => {
  const here = { "code:c:a": "mine", "code:c:b": "mine", "prediction:p": "1", "first:q:1": "1", "first:q:2": "1" };
  const { store, announced } = open(here);
  const taken = merge(store, {
    "code:c:a": { value: "theirs", when: OLD },
    "code:c:b": { value: "theirs", when: NEW },
    "code:c:c": { value: "theirs", when: "" },
    "prediction:p": { value: null, when: NEW }, // deleted there
    "first:q:1": { value: "2", when: OLD },
    "first:q:2": { value: "2", when: NEW },
  });
  assert.equal(taken, 4);
  const texts = ["code:c:a", "code:c:b", "code:c:c", "prediction:p", "first:q:1", "first:q:2"].map((key) => store.read(key));
  assert.deepEqual(texts, ["mine", "theirs", "theirs", null, "2", "1"]);
  assert.deepEqual([store.when("code:c:b"), store.when("code:c:c"), store.when("first:q:1")], [NEW, "", OLD]);
  assert.deepEqual(announced, [null]);
});

test("what was deleted here later than it was written there stays deleted", () => {
  const { store, announced } = open({ "code:c:gone": null });
  assert.equal(merge(store, { "code:c:gone": { value: "theirs", when: OLD } }), 0);
  assert.equal(store.read("code:c:gone"), null);
  assert.deepEqual(announced, []);
});

test("a file without room for all of it changes nothing", () => {
  const { memory, store, announced } = open({ "code:c:a": "mine" }, OLD, 200);
  const before = [...memory.kept];
  const theirs = { "code:c:a": { value: "theirs", when: NEW }, "code:c:b": { value: "x".repeat(100), when: NEW } };
  assert.throws(() => merge(store, theirs), /no room/);
  assert.deepEqual([...memory.kept], before);
  assert.deepEqual(announced, []);
});
