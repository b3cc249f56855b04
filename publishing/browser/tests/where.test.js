import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, nameOf, whereToGoOn } from "../shared/where.js";

const page = (name, more) => ({ page: `book/${name}`, title: name, minutes: 1, predictions: [], quizzes: {}, functions: [], ...more });
const LESSON = page("transform/lesson", { predictions: ["tail"], quizzes: { "quiz-1": 1 } });
const EXERCISE = page("transform/exercise", { functions: ["f", "g"], cells: ["code:transform:f", "code:transform:g"] });
const NEXT = page("inference/lesson", { predictions: ["company"] });
const PARTS = [
  { title: "Before you start", pages: [page("ready")] },
  { title: "The transform", pages: [LESSON, EXERCISE] },
  { title: "Test time", pages: [NEXT] },
];

/** What is kept, by key, with the time of its last change. */
const go = (kept) =>
  whereToGoOn(PARTS, { read: (key) => (key in kept ? "1" : null), when: (key) => kept[key] ?? "" });

test("who has not begun has no place", () => assert.equal(go({}), null));

for (const [what, kept, name, address] of [
  ["a bet was made", { "prediction:tail": "1" }, "the transform, lesson", "book/transform/lesson.html"],
  ["a lesson is answered", { "prediction:tail": "1", "quiz:book/transform/lesson:quiz-1": "2" }, "the transform, exercise 1", "book/transform/exercise.html#cell-f"],
  ["an answer was begun", { "prediction:tail": "1", "code:transform:g": "2" }, "the transform, exercise 2", "book/transform/exercise.html#cell-g"],
  ["the later page counts", { "code:transform:g": "2", "prediction:tail": "3" }, "the transform, lesson", "book/transform/lesson.html"],
  ["all exercises are solved", { "solved:f": "1", "solved:g": "2" }, "test time, lesson", "book/inference/lesson.html"],
])
  test(what, () => {
    const place = go(kept);
    assert.equal(nameOf(place), name);
    assert.equal(addressOf(place), address);
  });

test("after the last page there is no place", () => assert.equal(go({ "prediction:company": "1" }), null));
test("what has no time counts as the oldest", () => {
  assert.equal(whereToGoOn(PARTS, { read: (key) => (key === "solved:f" ? "1" : null), when: () => "" }).exercise, "g");
});
