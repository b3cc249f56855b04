import assert from "node:assert/strict";
import { test } from "node:test";

import { asks, done, knownKeys, sum } from "../shared/counts.js";

const lesson = { page: "book/c/lesson", functions: [], predictions: ["p", "o"], quizzes: { q: 2, r: 1 } };
const exercise = { page: "book/c/exercise", functions: ["f", "g", "h"], predictions: [], quizzes: {} };

test("a solved function is not counted as tried, and an answer counts whether right or wrong", () => {
  const kept = {
    "solved:f": "2024-01-01T00:00:00Z",
    "tried:f": "2024-01-01T00:00:00Z",
    "tried:g": "2024-01-01T00:00:00Z",
    "prediction:p": "1",
    "quiz:book/c/lesson:q": "2",
    "quiz:book/c/lesson:r": "3",
    "first:book/c/lesson:q": "1",
    "first:book/c/lesson:r": "1",
    "quiz:book/other/lesson:q": "2",
  };
  const read = (key) => kept[key] ?? null;
  const counted = [lesson, exercise].map((page) => done(page, read));
  assert.deepEqual(counted, [
    { functions: 0, solved: 0, tried: 0, predictions: 2, predicted: 1, quizzes: 2, answered: 2, right: 1, first: 1 },
    { functions: 3, solved: 1, tried: 1, predictions: 0, predicted: 0, quizzes: 0, answered: 0, right: 0, first: 0 },
  ]);
  assert.equal(sum(counted, "functions"), 3);
  assert.equal(sum(counted, "answered"), 2);
});

test("a page without questions asks nothing", () => {
  const empty = { page: "book/glossary", functions: [], predictions: [], quizzes: {} };
  assert.deepEqual([lesson, exercise, empty].map((page) => asks(done(page, () => null))), [true, true, false]);
});

test("what a course can keep is known", () => {
  const written = { ...exercise, cells: ["code:c:f", "text:c:written_c"] };
  assert.deepEqual(
    [...knownKeys([lesson, written])].sort(),
    [
      ...["code:c:f", "first:book/c/lesson:q", "first:book/c/lesson:r", "passed:f", "passed:g", "passed:h", "prediction:o", "prediction:p", "quiz:book/c/lesson:q", "quiz:book/c/lesson:r"],
      ...["solved:f", "solved:g", "solved:h", "text:c:written_c", "tried:f", "tried:g", "tried:h"],
    ],
  );
});
