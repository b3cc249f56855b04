import assert from "node:assert/strict";
import { test } from "node:test";

import { adoptFirstEdition, adoptKey } from "../shared/adoption.js";
import { isCounted, isProgress, keys, prefixOf, Store } from "../shared/store.js";
import { Memory } from "./memory.js";

const P = prefixOf("/course/", "");
/** A day on which this course did not exist yet. */
const THEN = "2024-01-01T00:00:00Z";

/** Texts with the prefix of a course's keys. */
const ours = (texts, prefix = P) => Object.fromEntries(Object.entries(texts).map(([key, value]) => [prefix + key, value]));

function open(kept = {}, room = Infinity) {
  const announced = [];
  const memory = new Memory(kept, room);
  return { memory, announced, store: new Store(memory, P, (key) => announced.push(key)) };
}

test("the names that readers' browsers hold stay as they are", () => {
  assert.deepEqual(
    [keys.code("c", "x"), keys.text("c", "x"), keys.solved("f"), keys.tried("f"), keys.passed("f"), keys.prediction("p"), keys.name],
    ["code:c:x", "text:c:x", "solved:f", "tried:f", "passed:f", "prediction:p", "name"],
  );
  assert.deepEqual(
    [keys.quiz("book/c/lesson", "q"), keys.first("book/c/lesson", "q"), keys.when("code:c:x"), keys.asked],
    ["quiz:book/c/lesson:q", "first:book/c/lesson:q", "when:code:c:x", "asked"],
  );
  assert.deepEqual([P, keys.starter("code:c:x"), keys.origin("code:c:x")], ["batchnorm@/course/|:", "starter:code:c:x", "origin:code:c:x"]);
  const { memory, store } = open();
  store.write("name", "Ada");
  assert.deepEqual([...memory.kept], [[`${P}name`, "Ada"]]);
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
  assert.equal(memory.getItem(`${P}code:c:x`), "y = 1");
  assert.ok(Date.parse(store.when("code:c:x")) >= before);
  store.write("code:c:x", null);
  assert.equal(store.read("code:c:x"), null);
  assert.ok(store.when("code:c:x"), "when it was deleted is known");
  assert.deepEqual(announced, ["code:c:x", "code:c:x"]);
});

test("of what was solved before times were kept, the text is the time", () => {
  const { store } = open(ours({ "solved:f": THEN, "quiz:p:q": "2" }));
  assert.equal(store.when("solved:f"), THEN);
  assert.equal(store.when("quiz:p:q"), "");
});

test("a browser that keeps nothing is no error, and tells nothing", () => {
  const announced = [];
  const store = new Store(null, P, (key) => announced.push(key));
  assert.equal(store.write("code:c:x", "y = 1"), "refused");
  store.forget();
  assert.deepEqual([store.keeps, store.read("code:c:x"), store.when("code:c:x"), store.names()], [false, null, "", []]);
  assert.deepEqual(announced, [null]);
});

test("where there is no room the text before stays, and nothing is announced", () => {
  const { store, announced } = open(ours({ "code:c:x": "old" }), 40);
  assert.equal(store.write("code:c:x", "a text that is too long for this browser"), "full");
  assert.equal(store.read("code:c:x"), "old");
  assert.deepEqual(announced, []);
});

test("where there is room for the text but not for its time, the text counts", () => {
  const { store, announced } = open({}, 40);
  assert.equal(store.write("code:c:x", "y = 1"), null);
  assert.deepEqual([store.read("code:c:x"), store.when("code:c:x"), announced], ["y = 1", "", ["code:c:x"]]);
});

test("where there was no room and is again, the next key is kept", () => {
  const { memory, store } = open({ other: "x".repeat(100) }, 120);
  assert.equal(store.write("code:c:x", "y = 1"), "full");
  memory.removeItem("other");
  assert.equal(store.write("code:c:x", "y = 12"), null);
  assert.equal(store.read("code:c:x"), "y = 12");
});

test("a browser that refuses to write says something else than one without room", () => {
  const { memory, store } = open();
  memory.setItem = () => {
    throw new DOMException("denied", "SecurityError");
  };
  assert.equal(store.write("code:c:x", "y = 1"), "refused");
});

test("with a text the digest of its starter is kept, and goes with it", () => {
  const { memory, store } = open();
  store.write("code:c:x", "y = 1", "0123456789ab");
  assert.equal(store.starter("code:c:x"), "0123456789ab");
  store.put(keys.origin("code:c:x"), '{"file": "f.json", "at": ""}');
  assert.deepEqual(store.origin("code:c:x"), { file: "f.json", at: "" });
  store.write("code:c:x", null);
  assert.deepEqual([store.starter("code:c:x"), store.origin("code:c:x")], ["", null]);
  assert.deepEqual([...memory.kept.keys()], [`${P}when:code:c:x`]);
});

test("marks change when what is counted changes, not at each key of a text", () => {
  assert.deepEqual([null, "solved:f", "quiz:p:q", "prediction:p"].map(isCounted), Array(4).fill(true));
  assert.deepEqual(["code:c:x", "text:c:x", "when:solved:f", "starter:solved:f", "name"].map(isCounted), Array(5).fill(false));
});

// ---- two courses at one host

test("a course is its path and its term, and no course's keys begin another's", () => {
  const places = [["/", ""], ["/course/", ""], ["/course/|:code/", ""], ["/course/", "2026"], ["/course", "/2026"], ["/c%20d/", ""], ["", ""]];
  const prefixes = places.map(([path, term]) => prefixOf(path, term));
  for (const [k, one] of prefixes.entries())
    for (const [l, other] of prefixes.entries()) assert.ok(k === l || !`${other}code:c:x`.startsWith(one), `${one} ${other}`);
});

test("what one course keeps another does not see, count or delete", () => {
  const { memory, store } = open();
  const other = new Store(memory, prefixOf("/course/", "2026"));
  store.write("code:c:x", "mine");
  other.write("code:c:x", "theirs");
  assert.deepEqual([store.read("code:c:x"), other.read("code:c:x"), store.names().length], ["mine", "theirs", 2]);
  store.forget();
  assert.deepEqual([store.read("code:c:x"), other.read("code:c:x")], [null, "theirs"]);
});

test("forgetting leaves another site's keys alone, and takes what the first edition left", () => {
  const { memory, store, announced } = open({ ...ours({ name: "Ada", "when:code:c:x": "2" }), other: "1", "batchnorm:code:c:x": "3" });
  assert.deepEqual(store.names(), ["name", "when:code:c:x"]);
  store.forget();
  assert.deepEqual([...memory.kept.keys()], ["other"]);
  assert.deepEqual(announced, [null]);
});

// ---- the first edition's keys

const FIRST = { "batchnorm:code:c:x": "y = 1", "batchnorm:when:code:c:x": THEN, "batchnorm:name": "Ada", "batchnorm:solved:f": THEN };

test("what the first edition kept is taken over once, by each course", () => {
  const { memory, store } = open({ ...FIRST, ...ours({ name: "Grace" }) });
  adoptFirstEdition(store);
  assert.deepEqual([store.read("code:c:x"), store.when("code:c:x"), store.read("solved:f")], ["y = 1", THEN, THEN]);
  assert.equal(store.read("name"), "Grace", "what is newer stays");
  assert.equal(memory.getItem("batchnorm:code:c:x"), "y = 1", "another course may be of the first edition still");
  store.write("code:c:x", null);
  adoptFirstEdition(store);
  assert.equal(store.read("code:c:x"), null, "what was deleted does not come back");
  const other = new Store(memory, prefixOf("/other/", ""));
  adoptFirstEdition(other);
  assert.equal(other.read("code:c:x"), "y = 1");
  store.forget();
  adoptFirstEdition(store);
  assert.deepEqual(store.names(), ["adopted"]);
});

test("where there is no room for both, what the first edition kept is moved, and none is lost", () => {
  const length = Object.entries(FIRST).join("").length;
  const { memory, store } = open(FIRST, length + 100);
  adoptFirstEdition(store);
  assert.deepEqual([store.read("code:c:x"), store.read("name"), store.read("solved:f"), store.read("adopted")], ["y = 1", "Ada", THEN, "yes"]);
  assert.ok(!memory.getItem("batchnorm:code:c:x"));
  const full = open(FIRST, length);
  adoptFirstEdition(full.store);
  assert.equal(full.store.read("adopted"), null, "a later visit goes on");
  for (const [key, value] of Object.entries(FIRST)) {
    const name = key.slice("batchnorm:".length);
    assert.equal(full.memory.getItem(key) ?? full.store.read(name), value);
  }
});

test("a cell's earlier key is moved, with its time, and never over a newer text", () => {
  const { memory, store } = open(ours({ "code:c:c-0123": "mine", "when:code:c:c-0123": THEN, "origin:code:c:c-0123": "{}" }));
  adoptKey(store, "code:c:c-0123", "code:c:explore-1", "0123456789ab");
  assert.deepEqual(
    [store.read("code:c:explore-1"), store.when("code:c:explore-1"), store.starter("code:c:explore-1"), store.origin("code:c:explore-1")],
    ["mine", THEN, "0123456789ab", {}],
  );
  assert.equal(store.read("code:c:c-0123"), null);
  memory.setItem(`${P}code:c:c-0123`, "old");
  adoptKey(store, "code:c:c-0123", "code:c:explore-1", "0123456789ab");
  assert.deepEqual([store.read("code:c:explore-1"), store.read("code:c:c-0123")], ["mine", "old"]);
});
