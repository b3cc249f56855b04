// A network for digits that trains in the page: linear layers with sigmoids between them, each hidden one normalized
// over the batch if you like. Arrays are Float64Array, row after row; a variance is the one with 1/m.

const EPS = 1e-5;

/** Random numbers that a seed fixes, uniform in [0, 1). @param {number} seed */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @typedef {{inputs: number, outputs: number, W: Float64Array, b: Float64Array, gamma: Float64Array, beta: Float64Array, normalized: boolean}} Layer */

/**
 * Layers with He's initial weights; the same seed gives the same weights, normalized or not.
 * @param {number[]} sizes
 * @param {boolean} normalized
 * @param {number} seed
 */
export function network(sizes, normalized, seed) {
  const random = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return sizes.slice(1).map((outputs, k) => {
    const inputs = sizes[k];
    const W = new Float64Array(inputs * outputs).map(() => normal() * Math.sqrt(2 / inputs));
    const hidden = k < sizes.length - 2;
    return {
      ...{ inputs, outputs, W, b: new Float64Array(outputs), normalized: normalized && hidden },
      ...{ gamma: new Float64Array(outputs).fill(1), beta: new Float64Array(outputs) },
    };
  });
}

/** @param {Float64Array} h @param {number} m @param {Layer} layer */
function linear(h, m, { inputs, outputs, W, b }) {
  const u = new Float64Array(m * outputs);
  for (let i = 0; i < m; i++) {
    u.set(b, i * outputs);
    for (let k = 0; k < inputs; k++) {
      const value = h[i * inputs + k];
      if (value) for (let j = 0; j < outputs; j++) u[i * outputs + j] += value * W[k * outputs + j];
    }
  }
  return u;
}

/**
 * Mean 0 and variance 1 for each unit; then, where the layers are shaken, a random stretch and shift for each unit.
 * @param {Float64Array} u
 * @param {number} m
 * @param {Layer} layer
 * @param {(() => number) | null} shaking
 */
function normalize(u, m, { outputs, gamma, beta }, shaking) {
  const xHat = new Float64Array(u.length); // as it leaves the normalization
  const scale = new Float64Array(outputs); // of xHat against u: 1 / spread
  const stretch = new Float64Array(outputs).fill(1);
  const shift = new Float64Array(outputs);
  const y = new Float64Array(u.length);
  for (let j = 0; j < outputs; j++) {
    let mean = 0;
    for (let i = 0; i < m; i++) mean += u[i * outputs + j] / m;
    let variance = 0;
    for (let i = 0; i < m; i++) variance += (u[i * outputs + j] - mean) ** 2 / m;
    scale[j] = 1 / Math.sqrt(variance + EPS);
    if (shaking) {
      stretch[j] = Math.exp(shaking() - 0.5);
      shift[j] = 2.4 * shaking() - 1.2;
    }
    for (let i = 0; i < m; i++) {
      const at = i * outputs + j;
      xHat[at] = (u[at] - mean) * scale[j];
      y[at] = gamma[j] * (xHat[at] * stretch[j] + shift[j]) + beta[j];
    }
  }
  return { xHat, scale, stretch, shift, y };
}

/**
 * From the images to the scores of the ten digits.
 * @param {Layer[]} layers
 * @param {Float64Array} x
 * @param {number} m
 * @param {(() => number) | null} shaking random numbers, where the normalized layers are shaken
 */
export function forward(layers, x, m, shaking = null) {
  let h = x;
  return layers.map((layer, k) => {
    const before = h;
    const u = linear(h, m, layer);
    const norm = layer.normalized ? normalize(u, m, layer, shaking) : null;
    const y = norm ? norm.y : u; // what enters the sigmoid
    h = k < layers.length - 1 ? y.map((z) => 1 / (1 + Math.exp(-z))) : y;
    return { before, norm, y, h };
  });
}

/** @typedef {ReturnType<typeof forward>} Passed */

/**
 * The loss, and its gradient with respect to the scores.
 * @param {Float64Array} scores
 * @param {number[]} labels
 */
export function crossEntropy(scores, labels) {
  const m = labels.length;
  const n = scores.length / m;
  const d = new Float64Array(scores.length);
  let loss = 0;
  for (let i = 0; i < m; i++) {
    const row = scores.subarray(i * n, (i + 1) * n);
    const top = Math.max(...row);
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Math.exp(row[j] - top);
    loss += (Math.log(sum) + top - row[labels[i]]) / m;
    for (let j = 0; j < n; j++) d[i * n + j] = (Math.exp(row[j] - top) / sum - (j === labels[i] ? 1 : 0)) / m;
  }
  return { loss, d };
}

/**
 * The gradient on its way back through a normalized layer; `dgamma` and `dbeta` are filled.
 * @param {Float64Array} dy
 * @param {number} m
 * @param {Layer} layer
 * @param {NonNullable<Passed[number]["norm"]>} norm
 * @param {Float64Array} dgamma
 * @param {Float64Array} dbeta
 */
function normalizeBack(dy, m, { outputs, gamma }, { xHat, scale, stretch, shift }, dgamma, dbeta) {
  const du = new Float64Array(dy.length);
  for (let j = 0; j < outputs; j++) {
    let [sum, along] = [0, 0];
    for (let i = 0; i < m; i++) {
      const at = i * outputs + j;
      sum += dy[at];
      along += dy[at] * xHat[at];
    }
    dbeta[j] = sum;
    dgamma[j] = along * stretch[j] + sum * shift[j];
    const factor = gamma[j] * stretch[j] * scale[j];
    for (let i = 0; i < m; i++) {
      const at = i * outputs + j;
      du[at] = factor * (dy[at] - sum / m - (xHat[at] * along) / m);
    }
  }
  return du;
}

/**
 * One step of gradient descent, which changes the layers. Returns the loss before it.
 * @param {Layer[]} layers
 * @param {Float64Array} x
 * @param {number[]} labels
 * @param {number} rate
 * @param {(() => number) | null} shaking
 */
export function train(layers, x, labels, rate, shaking = null) {
  const m = labels.length;
  const passed = forward(layers, x, m, shaking);
  const { loss, d } = crossEntropy(passed[layers.length - 1].y, labels);
  let dy = d;
  for (let k = layers.length - 1; k >= 0; k--) {
    const layer = layers[k];
    const { inputs, outputs, W, b, gamma, beta } = layer;
    const { before, norm } = passed[k];
    let du = dy;
    if (norm) {
      const dgamma = new Float64Array(outputs);
      const dbeta = new Float64Array(outputs);
      du = normalizeBack(dy, m, layer, norm, dgamma, dbeta);
      for (let j = 0; j < outputs; j++) {
        gamma[j] -= rate * dgamma[j];
        beta[j] -= rate * dbeta[j];
      }
    }
    const dW = new Float64Array(W.length);
    const db = new Float64Array(outputs);
    const below = new Float64Array(m * inputs);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < outputs; j++) db[j] += du[i * outputs + j];
      for (let q = 0; q < inputs; q++) {
        const h = before[i * inputs + q];
        let back = 0;
        for (let j = 0; j < outputs; j++) {
          const g = du[i * outputs + j];
          dW[q * outputs + j] += h * g;
          back += W[q * outputs + j] * g;
        }
        below[i * inputs + q] = back * h * (1 - h); // h is a sigmoid's output, but for the images, whose part is not used
      }
    }
    for (let q = 0; q < W.length; q++) W[q] -= rate * dW[q];
    if (!norm) for (let j = 0; j < outputs; j++) b[j] -= rate * db[j];
    dy = below;
  }
  return loss;
}
