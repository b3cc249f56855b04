// One training of the two networks: what has happened up to now, and what enters their sigmoids.

import { forward, network, randomNumbers, train } from "./network.js";

export const SIZES = [64, 50, 50, 50, 10];
export const LAYERS = [0, 1, 2]; // the hidden ones
export const STEPS = 300;
const [BATCH, PROBE, RATE, EVERY, SEED] = [60, 100, 1, 10, 1];

/** The images as numbers from 0 to 1, row after row. @param {string[]} images one character from 0 to g for each pixel */
export const pixels = (images) => Float64Array.from(images.flatMap((image) => [...image].map((c) => parseInt(c, 17) / 16)));

/**
 * The inputs of one layer's sigmoids, sorted for each unit.
 * @param {Float64Array} y
 * @param {number} units
 */
const sorted = (y, units) =>
  Array.from({ length: units }, (_, j) => Float64Array.from({ length: PROBE }, (_, i) => y[i * units + j]).sort());

/** @param {Float64Array} values */
function deviation(values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

/**
 * How far the values of a layer's units travelled, in their standard deviations before; the mean over the units.
 * @param {Float64Array[]} before
 * @param {Float64Array[]} after
 */
const travelled = (before, after) =>
  before.reduce((sum, was, j) => {
    const way = was.reduce((total, v, i) => total + Math.abs(after[j][i] - v), 0) / PROBE;
    return sum + way / deviation(was);
  }, 0) / before.length;

/** Networks without and with Batch Normalization, with the same first weights. @param {Float64Array} x @param {number[]} labels */
export function newRun(x, labels) {
  const width = SIZES[0];
  const noise = randomNumbers(SEED + 1);
  const shuffle = randomNumbers(SEED + 2);
  const networks = [network(SIZES, false, SEED), network(SIZES, true, SEED)];
  const probe = x.subarray(0, PROBE * width);
  /** @type {number[]} */
  let order = [];

  function batch() {
    if (order.length < BATCH) {
      order = labels.map((_, i) => i);
      for (let i = order.length - 1; i > 0; i--) {
        const j = Math.floor(shuffle() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
    }
    const rows = order.splice(0, BATCH);
    const images = new Float64Array(BATCH * width);
    rows.forEach((row, i) => images.set(x.subarray(row * width, (row + 1) * width), i * width));
    return { images, rightOnes: rows.map((row) => labels[row]) };
  }

  /** What enters the sigmoids now: network, layer, unit, and its sorted values. */
  const watch = () =>
    networks.map((layers, which) => {
      const passed = forward(layers, probe, PROBE, which && run.shaken ? noise : null);
      return LAYERS.map((k) => sorted(passed[k].y, SIZES[k + 1]));
    });

  const run = {
    step: 0,
    shaken: false,
    /** The losses of both networks. @type {number[][]} */
    losses: [[], []],
    /** Whether the second network was shaken, step by step. @type {boolean[]} */
    shakes: [],
    inputs: /** @type {Float64Array[][][]} */ ([]),
    /** How far each layer of each network travelled in the last ten steps. @type {number[][] | null} */
    shift: null,
    look: () => (run.inputs = watch()),
    advance() {
      const { images, rightOnes } = batch();
      networks.forEach((layers, which) =>
        run.losses[which].push(train(layers, images, rightOnes, RATE, which && run.shaken ? noise : null)),
      );
      run.shakes.push(run.shaken);
      run.step += 1;
      if (run.step % EVERY) return;
      const now = watch();
      run.shift = now.map((layers, which) => layers.map((units, k) => travelled(earlier[which][k], units)));
      earlier = now;
    },
  };
  let earlier = watch();
  run.inputs = earlier;
  return run;
}

/** @typedef {ReturnType<typeof newRun>} Run */

/** The mean of the last ten losses or fewer, at each step. @param {number[]} losses */
export const smooth = (losses) =>
  losses.map((_, k) => {
    const some = losses.slice(Math.max(0, k - 9), k + 1);
    return some.reduce((sum, loss) => sum + loss, 0) / some.length;
  });
