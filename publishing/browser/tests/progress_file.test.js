import assert from "node:assert/strict";
import { test } from "node:test";

import { isDate, LIMITS, merge, parse, serialize } from "../shared/progress_file.js";
import { prefixOf, Store } from "../shared/store.js";
import { Memory } from "./memory.js";

const OLD = "2020-01-01T00:00:00Z";
const NOW = "2024-01-01T00:00:00Z";
const NEW = "2025-01-01T00:00:00Z";
const FUTURE = "2096-01-01T00:00:00Z";
const FROM = { file: "f.json", at: "2026-01-01T00:00:00Z" };
const P = prefixOf("/", "");

const file = (entries) => JSON.stringify({ course: "batchnorm", version: 1, saved: NOW, entries });

/** A store with these texts, all changed at one time. */
function open(texts, when = NOW, room = Infinity) {
  const kept = Object.entries(texts).flatMap(([key, value]) => [[`${P}${key}`, value], [`${P}when:${key}`, when]]);
  const announced = [];
  const memory = new Memory(Object.fromEntries(kept.filter(([, value]) => value !== null)), room);
  return { memory, announced, store: new Store(memory, P, (key) => announced.push(key)) };
}

test("a file holds all progress, what was deleted too, and comes back the same", () => {
  const { memory, store } = open({ "code:c:x": "y = 1\n", "solved:f": OLD, "prediction:gone": null });
  for (const key of ["name", "asked", "adopted", "origin:code:c:x"]) memory.setItem(P + key, "yes");
  memory.setItem("other", "1");
  memory.setItem(`${P}starter:code:c:x`, "0123456789ab");
  const { entries, unknown, long } = parse(serialize(store, NOW), () => true);
  assert.deepEqual([unknown, long], [0, []]);
  assert.deepEqual(entries, {
    "code:c:x": { value: "y = 1\n", when: NOW, starter: "0123456789ab" },
    "solved:f": { value: OLD, when: NOW },
    "prediction:gone": { value: null, when: NOW },
  });
  const other = open({}).store;
  assert.equal(merge(other, entries, FROM).taken, 2); // what never was here need not be deleted
  assert.deepEqual([other.read("code:c:x"), other.when("code:c:x"), other.starter("code:c:x")], ["y = 1\n", NOW, "0123456789ab"]);
  assert.equal(merge(other, entries, FROM).taken, 0);
});

for (const [text, message] of [
  ["{", "not a file saved on this page, or it is broken"],
  ["null", "not a file saved on this page"],
  ['{"course": "other"}', "not a file saved on this page"],
  ['{"course": "batchnorm", "version": "1"}', "version is missing"],
  ['{"course": "batchnorm", "version": 2, "entries": {}}', "newer version"],
  ['{"course": "batchnorm", "version": 1, "entries": []}', "no entries"],
  [file({ "code:c:x": { value: 1, when: "" } }), "is broken"],
  [file({ "code:c:x": { value: "1" } }), "is broken"],
  [file({ "code:c:x": { value: "1", when: "yesterday" } }), "is broken"],
  [file({ "solved:f": { value: "<img>", when: "" } }), "is broken"],
  [file({ "quiz:p:q": { value: "100", when: "" } }), "is broken"],
  [file({ "code:c:x": { value: "1", when: "", starter: "<b>" } }), "is broken"],
  [file({ "code:c:x": null }), 'entry "code:c:x" is broken'],
  [file({ "code:c:x": { value: "1", when: `2020-01-01T${"0".repeat(1000)}Z` } }), "is broken"],
  [file(Object.fromEntries(Array.from({ length: 5001 }, (_, k) => [`code:c:${k}`, { value: "", when: "" }]))), "5,001 entries; at most 5,000"],
  [file(Object.fromEntries(Array.from({ length: 21 }, (_, k) => [`code:c:${k}`, { value: "x".repeat(100_000), when: "" }]))), "at most 2,000,000 are read"],
])
  test(`not read: ${text.slice(0, 70)}`, () => assert.throws(() => parse(text, () => true), (error) => error.message.includes(message)));

test("a date is a whole one", () => {
  assert.deepEqual([OLD, "2020-01-01T00:00:00.123Z", "2020-01-01T00:00:00+02:00"].map(isDate), [true, true, true]);
  assert.deepEqual(["2020", "2020-01-01", "2020-13-01T00:00:00Z", "", null, 3].map(isDate), Array(6).fill(false));
});

test("the newer of two texts is taken, of first choices the older, and the file's times with them", () => {
  const here = { "code:c:a": "mine", "code:c:b": "mine", "prediction:p": "1", "first:q:1": "1", "first:q:2": "1" };
  const { store, announced } = open(here);
  const { taken } = merge(store, {
    "code:c:a": { value: "theirs", when: OLD },
    "code:c:b": { value: "theirs", when: NEW },
    "code:c:c": { value: "theirs", when: "" },
    "prediction:p": { value: null, when: NEW }, // deleted there
    "first:q:1": { value: "2", when: OLD },
    "first:q:2": { value: "2", when: NEW },
  }, FROM);
  assert.equal(taken, 4);
  const texts = ["code:c:a", "code:c:b", "code:c:c", "prediction:p", "first:q:1", "first:q:2"].map((key) => store.read(key));
  assert.deepEqual(texts, ["mine", "theirs", "theirs", null, "2", "1"]);
  assert.deepEqual([store.when("code:c:b"), store.when("code:c:c"), store.when("first:q:1")], [NEW, "", OLD]);
  assert.deepEqual(announced, [null]);
});

test("what was deleted here later than it was written there stays deleted", () => {
  const { store, announced } = open({ "code:c:gone": null });
  assert.equal(merge(store, { "code:c:gone": { value: "theirs", when: OLD } }, FROM).taken, 0);
  assert.equal(store.read("code:c:gone"), null);
  assert.deepEqual(announced, []);
});

test("a file without room for all of it changes nothing", () => {
  const { memory, store, announced } = open({ "code:c:a": "mine" }, OLD, 250);
  const before = [...memory.kept];
  const theirs = { "code:c:a": { value: "theirs", when: NEW }, "code:c:b": { value: "x".repeat(100), when: NEW } };
  assert.throws(() => merge(store, theirs, FROM), /no room/);
  assert.deepEqual([...memory.kept], before);
  assert.deepEqual(announced, []);
});

// ---- a file may be anybody's

test("what this course has no place for is left out and counted, and so is what is too long", () => {
  const odd = ["other:x", "when:code:c:x", "name", "code:", "code", "__proto__", "constructor", `code:c:${"x".repeat(300)}`, "solved:nothing"];
  const entries = odd.map((key) => [key, { value: "1", when: "" }]);
  entries.push(["code:c:x", { value: "x".repeat(LIMITS.text), when: "" }], ["text:c:y", { value: "x".repeat(LIMITS.text + 1), when: "" }]);
  const text = `{"course": "batchnorm", "version": 1, "entries": {${entries.map(([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`)}}}`;
  const read = parse(text, (key) => ["code:c:x", "text:c:y"].includes(key));
  assert.deepEqual([Object.keys(read.entries), read.unknown, read.long], [["code:c:x"], odd.length, ["text:c:y"]]);
  assert.equal({}.value, undefined);
});

test("a time in the future counts as the time of reading, and beats nothing that is later", () => {
  const { store } = open({ "code:c:a": "mine", "solved:f": NOW });
  const theirs = { "code:c:a": { value: "theirs", when: FUTURE }, "code:c:b": { value: "theirs", when: FUTURE }, "solved:g": { value: FUTURE, when: FUTURE } };
  assert.equal(merge(store, theirs, FROM).taken, 3);
  assert.deepEqual(["code:c:a", "code:c:b", "solved:g"].map((key) => store.when(key)), Array(3).fill(FROM.at));
  assert.equal(store.read("solved:g"), FROM.at);
  store.put("code:c:a", "later");
  store.put("when:code:c:a", "2026-02-01T00:00:00Z");
  const later = { file: "g.json", at: "2026-03-01T00:00:00Z" };
  assert.equal(merge(store, { "code:c:a": { value: "other", when: "2026-01-15T00:00:00Z" } }, later).taken, 0);
  assert.equal(merge(store, { "code:c:a": { value: "other", when: "2026-02-15T00:00:00Z" } }, later).taken, 1);
});

test("a time in the future that an earlier version took over keeps later files out no more", () => {
  const { store } = open({ "code:c:a": "theirs" }, FUTURE);
  const read = (when, at) => merge(store, { "code:c:a": { value: "mine", when } }, { file: "g.json", at }).taken;
  assert.equal(read(NEW, FROM.at), 0, "which is the newer cannot be known, so nothing is lost");
  assert.equal(read("2097-01-01T00:00:00Z", FROM.at), 0);
  assert.equal(store.when("code:c:a"), FROM.at);
  assert.equal(read("2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z"), 1);
});

test("code remembers its file, other texts need not", () => {
  const { store } = open({});
  merge(store, { "code:c:a": { value: "theirs", when: OLD }, "text:c:b": { value: "theirs", when: OLD } }, { ...FROM, file: "x".repeat(300) });
  assert.deepEqual(store.origin("code:c:a"), { file: "x".repeat(100), at: FROM.at });
  assert.equal(store.origin("text:c:b"), null);
});

test("what was read can be taken back, but for what was changed since", () => {
  const { memory, store, announced } = open({ "code:c:a": "mine", "solved:f": NOW });
  const before = [...memory.kept].sort();
  const theirs = { "code:c:a": { value: "theirs", when: NEW }, "code:c:b": { value: "theirs", when: NEW, starter: "0123456789ab" } };
  const first = merge(store, theirs, FROM);
  assert.equal(first.undo(), 2);
  assert.deepEqual([...memory.kept].sort(), before);
  assert.deepEqual(announced, [null, null]);
  const second = merge(store, theirs, FROM);
  store.write("code:c:b", "written since");
  assert.equal(second.undo(), 1);
  assert.deepEqual([store.read("code:c:a"), store.read("code:c:b")], ["mine", "written since"]);
});

test("the last version that passed is a text from the file too, until its owner has run it", () => {
  const { store } = open({});
  merge(store, { "passed:f": { value: "def f(): ...", when: NOW } }, FROM);
  assert.equal(store.read("passed:f"), "def f(): ...");
  assert.equal(store.origin("passed:f").file, "f.json");
});
