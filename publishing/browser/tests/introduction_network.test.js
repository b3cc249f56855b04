import assert from "node:assert/strict";
import { test } from "node:test";

import { crossEntropy, forward, network, randomNumbers, train } from "../pictures/introduction/network.js";

const SIZES = [5, 4, 4, 4, 3];
const random = randomNumbers(7);
const x = Float64Array.from({ length: 8 * 5 }, random);
const labels = [0, 1, 2, 0, 1, 2, 0, 1];

for (const [name, normalized, shaken] of [
  ["plain", false, false],
  ["normalized", true, false],
  ["shaken", true, true],
])
  test(`a step of a ${name} network follows the gradient`, () => {
    const noise = () => (shaken ? randomNumbers(3) : null);
    const stepped = network(SIZES, normalized, 1);
    train(stepped, x, labels, 1, noise());
    network(SIZES, normalized, 1).forEach((layer, k) => {
      const parts = layer.normalized ? ["W", "gamma", "beta"] : ["W", "b"];
      for (const part of parts)
        layer[part].forEach((before, q) => {
          const loss = (by) => {
            const moved = network(SIZES, normalized, 1);
            moved[k][part][q] += by;
            return crossEntropy(forward(moved, x, labels.length, noise()).at(-1).y, labels).loss;
          };
          const slope = (loss(1e-5) - loss(-1e-5)) / 2e-5;
          assert.ok(Math.abs(before - stepped[k][part][q] - slope) < 1e-7, `layer ${k + 1}, ${part}[${q}]`);
        });
    });
  });
