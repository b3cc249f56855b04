// One digit and its companions: the label depends on them, until the statistics come from storage.

import { button, row, slider, toggle } from "./shared/controls.js";
import { picture } from "./shared/picture.js";
import { COLORS, drawing, set, svg, text } from "./shared/svg.js";
import { element, make } from "../shared/dom.js";

/**
 * @typedef {object} Data
 * @property {string[]} digits 64 pixels from 0 to 16 each, as characters; the first is the one in question
 * @property {number[]} labels what the digits are
 * @property {number[]} sizes of the layers
 * @property {number} eps
 * @property {Record<string, number[]>} thousandths the parameters, times 1000, row by row
 * @property {number[][]} memory the batches whose statistics are stored, as numbers of digits
 * @property {number} unit of the first layer, which the number line shows
 */

/** @typedef {{mean: number[], variance: number[]}} Statistics of a layer */

const COMPANIONS = 7;
const MOMENTUM = 0.1;
const WIDTH = 340;

/** @param {Data} data */
function network({ sizes, eps, thousandths }) {
  const hidden = sizes.length - 2;
  const of = (/** @type {string} */ name) => thousandths[name].map((value) => value / 1000);
  const layers = sizes.slice(1).map((width, k) => ({
    width,
    W: of(`W${k + 1}`),
    b: k === hidden ? of(`b${k + 1}`) : [],
    gamma: k < hidden ? of(`gamma${k + 1}`) : [],
    beta: k < hidden ? of(`beta${k + 1}`) : [],
  }));

  /**
   * The logits of each row, what the first layer's units compute, and the statistics that each hidden layer used.
   * @param {number[][]} x
   * @param {Statistics[]} [stored] instead of the batch's own
   */
  return (x, stored) => {
    /** @type {Statistics[]} */
    const used = [];
    let [h, first] = [x, x];
    layers.forEach((layer, k) => {
      const u = h.map((example) => linear(example, layer.W, layer.width));
      if (k === 0) first = u;
      if (k === hidden) {
        h = u.map((example) => example.map((value, j) => value + layer.b[j]));
        return;
      }
      const { mean, variance } = (used[k] = stored?.[k] ?? statistics(u));
      const slope = layer.gamma.map((gamma, j) => gamma / Math.sqrt(variance[j] + eps));
      h = u.map((example) => example.map((value, j) => Math.max(0, slope[j] * (value - mean[j]) + layer.beta[j])));
    });
    return { logits: h, first, used };
  };
}

/** @param {number[]} x @param {number[]} W @param {number} width */
function linear(x, W, width) {
  const u = new Array(width).fill(0);
  x.forEach((value, i) => {
    if (value) for (let j = 0; j < width; j++) u[j] += value * W[i * width + j];
  });
  return u;
}

/** Of a batch, with 1/m. @param {number[][]} batch @returns {Statistics} */
function statistics(batch) {
  const over = (/** @type {(value: number, j: number) => number} */ f) =>
    batch[0].map((_, j) => batch.reduce((total, example) => total + f(example[j], j), 0) / batch.length);
  const mean = over((value) => value);
  return { mean, variance: over((value, j) => (value - mean[j]) ** 2) };
}

/** @param {number[]} logits */
function softmax(logits) {
  const top = Math.max(...logits);
  const odds = logits.map((value) => Math.exp(value - top));
  const all = odds.reduce((a, b) => a + b);
  return odds.map((value) => value / all);
}

/**
 * What is stored before the first batch, after it, after the second one, …
 * @param {ReturnType<typeof network>} run
 * @param {number[][]} images
 * @param {Data} data
 */
function storage(run, images, { memory, sizes }) {
  /** @type {Statistics[]} */
  let stored = sizes.slice(1, -1).map((width) => ({ mean: new Array(width).fill(0), variance: new Array(width).fill(1) }));
  const all = [stored];
  for (const rows of memory) {
    const { used } = run(rows.map((k) => images[k]));
    const m = rows.length;
    const moved = (/** @type {number[]} */ old, /** @type {number[]} */ now, factor = 1) =>
      old.map((value, j) => (1 - MOMENTUM) * value + MOMENTUM * factor * now[j]);
    stored = stored.map(({ mean, variance }, k) => ({
      mean: moved(mean, used[k].mean),
      variance: moved(variance, used[k].variance, m / (m - 1)),
    }));
    all.push(stored);
  }
  return all;
}

/** @param {number[]} image */
function pixels(image) {
  const side = Math.sqrt(image.length);
  const drawn = svg("svg", { viewBox: `0 0 ${side} ${side}`, "aria-hidden": "true", class: "inference-pixels" });
  image.forEach((value, k) => {
    if (value) drawn.append(svg("rect", { x: k % side, y: Math.floor(k / side), width: 1.02, height: 1.02, opacity: value }));
  });
  return drawn;
}

/** Ten bars, and above the highest what the network says. */
function bars() {
  const [low, high] = [126, 34];
  const label = text("", { class: "inference-label", "text-anchor": "middle" });
  const columns = [...Array(10).keys()].map((digit) => {
    const bar = svg("rect", { x: 8 + 33 * digit, width: 26, rx: 2 });
    return { bar, name: svg("text", { x: 21 + 33 * digit, y: low + 18, "text-anchor": "middle" }, String(digit)) };
  });
  const drawn = drawing(WIDTH, 150, "How sure the network is of each digit");
  drawn.append(svg("line", { x1: 0, x2: WIDTH, y1: low, y2: low, class: "axis" }), label);
  drawn.append(...columns.flatMap(({ bar, name }) => [bar, name]));
  const show = (/** @type {number[]} */ shares) => {
    const called = shares.indexOf(Math.max(...shares));
    columns.forEach(({ bar, name }, digit) => {
      const height = Math.max(1, shares[digit] * (low - high));
      set(bar, { y: low - height, height, fill: digit === called ? COLORS[1] : COLORS[4] });
      name.classList.toggle("inference-called", digit === called);
    });
    set(label, { x: 21 + 33 * called, y: low - shares[called] * (low - high) - 8 });
    label.textContent = percent(shares[called]);
  };
  return { drawn, show };
}

/** The number line of one unit. @param {number[]} values of all digits */
function numberLine(values) {
  const low = Math.min(-1.1, ...values) - 0.1;
  const high = Math.max(...values) + 0.1;
  const at = (/** @type {number} */ value) => 6 + ((value - low) / (high - low)) * (WIDTH - 12);
  const y = 112;
  const drawn = drawing(WIDTH, 150, "What one hidden unit computes for the digits of the batch, with their mean and standard deviation");
  const bracket = svg("path", { class: "inference-bracket", stroke: COLORS[0] });
  const mean = svg("line", { y1: 44, y2: y + 8, class: "inference-mean", stroke: COLORS[0] });
  const meanName = text("*μ*", { y: 38, "text-anchor": "middle", class: "inference-first" });
  const arrow = svg("line", { y1: 88, y2: 88, class: "inference-distance", stroke: COLORS[1] });
  const distance = text("", { y: 14, x: 0, class: "inference-second" });
  const spread = text("", { y: 14, x: WIDTH, "text-anchor": "end", class: "inference-first" });
  const dots = [...Array(COMPANIONS).keys()].map(() => svg("circle", { cy: y, r: 5, fill: COLORS[4] }));
  const ours = svg("rect", { y: y - 8, width: 16, height: 16, fill: COLORS[1] });
  drawn.append(svg("line", { x1: 0, x2: WIDTH, y1: y, y2: y, class: "axis" }));
  for (const tick of [-1, 0, 1, 2]) {
    drawn.append(svg("line", { x1: at(tick), x2: at(tick), y1: y - 3, y2: y + 3, class: "axis" }));
    drawn.append(svg("text", { x: at(tick), y: y + 26, "text-anchor": "middle", class: "muted" }, String(tick).replace("-", "−")));
  }
  drawn.append(bracket, mean, meanName, arrow, ...dots, ours, distance, spread);

  /**
   * @param {number[]} x of our digit, then of its companions
   * @param {number} mu
   * @param {number} variance
   * @param {number} xHat
   * @param {boolean} stored
   */
  const show = (x, mu, variance, xHat, stored) => {
    const sigma = Math.sqrt(variance);
    const [left, right] = [at(Math.max(low, mu - sigma)), at(Math.min(high, mu + sigma))];
    set(bracket, { d: `M${left},54 V66 M${left},60 H${right} M${right},54 V66` });
    set(mean, { x1: at(mu), x2: at(mu) });
    set(meanName, { x: at(mu) });
    set(arrow, { x1: at(mu), x2: at(x[0]) });
    set(ours, { x: at(x[0]) - 8 });
    dots.forEach((dot, k) => {
      dot.style.display = k + 1 < x.length ? "" : "none";
      if (k + 1 < x.length) set(dot, { cx: at(x[k + 1]), opacity: stored ? 0.35 : 0.9 });
    });
    distance.replaceChildren(...text(`*x̂* = ${signed(xHat)}`).childNodes);
    spread.replaceChildren(...text(`${stored ? "stored " : ""}*μ* = ${signed(mu)}, *σ* = ${sigma.toFixed(2)}`).childNodes);
  };
  return { drawn, show };
}

const signed = (/** @type {number} */ value) => (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace("-", "−");
const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;

picture("inference", (/** @type {HTMLElement} */ view, /** @type {Data} */ data, say) => {
  const images = data.digits.map((digit) => [...digit].map((pixel) => parseInt(pixel, 17) / 16));
  const run = network(data);
  const all = storage(run, images, data);
  const company = [...Array(COMPANIONS).keys()].map((k) => k + 1);
  const waiting = [...images.keys()].slice(COMPANIONS + 1);
  let [alone, stored, batches, before] = [false, false, all.length - 1, -1];
  /** @type {number[]} the places of companions that came last */
  let fresh = [];

  const chart = bars();
  const line = numberLine(run(images).first.map((units) => units[data.unit]));
  const places = company.map((_, k) => {
    const press = button("", () => exchange([k]));
    press.className = "inference-companion";
    return press;
  });
  const strip = element("div", "inference-strip", ...places);
  const others = button("Swap all", () => exchange([...places.keys()]));
  const leave = button("Send them away", () => {
    alone = !alone;
    show();
  });
  const evaluation = toggle("eval(): use stored statistics", false, (on) => {
    stored = on;
    show();
  });
  const seen = slider("batches seen", { min: 0, max: batches, step: 1, value: batches }, (to) => {
    batches = to;
    show();
  });
  const answer = element("strong", "inference-answer");
  const ours = element("div", "inference-ours", pixels(images[0]));
  ours.setAttribute("role", "img");
  ours.setAttribute("aria-label", "The digit in question: a narrow, blurred 3");

  /** @param {number[]} which places get another companion */
  function exchange(which) {
    if (alone) {
      alone = false;
    } else {
      fresh = which;
      for (const k of which) {
        const next = /** @type {number} */ (waiting.shift());
        waiting.push(company[k]);
        company[k] = next;
      }
    }
    show();
  }

  function show() {
    const rows = [0, ...(alone ? [] : company)];
    const { logits, first, used } = run(rows.map((k) => images[k]), stored ? all[batches] : undefined);
    const shares = logits.map(softmax);
    const calls = shares.map((share) => share.indexOf(Math.max(...share)));
    places.forEach((press, k) => {
      const who = `Companion ${k + 1}, the digit ${data.labels[company[k]]}`;
      press.classList.toggle("away", alone);
      press.classList.toggle("new", !alone && fresh.includes(k));
      press.setAttribute("aria-label", alone ? `${who}, is away: bring all back` : `${who}: swap it`);
      if (press.dataset.digit === String(company[k])) return;
      press.dataset.digit = String(company[k]);
      press.replaceChildren(pixels(images[company[k]]));
    });
    answer.textContent = String(calls[0]);
    leave.textContent = alone ? "Bring them back" : "Send them away";
    const input = /** @type {HTMLInputElement} */ (seen.querySelector("input"));
    input.disabled = !stored;
    chart.show(shares[0]);
    const { mean, variance } = used[0];
    const [mu, spread] = [mean[data.unit], variance[data.unit]];
    const x = first.map((units) => units[data.unit]);
    line.show(x, mu, spread, (x[0] - mu) / Math.sqrt(spread + data.eps), stored);
    const now = `${calls[0]}, ${percent(shares[0][calls[0]])} sure`;
    const changed = before >= 0 && before !== calls[0] ? ` It was called ${before} before.` : "";
    if (stored) {
      const left = percent((1 - MOMENTUM) ** batches);
      say(`Stored statistics, ${batches} batches seen, ${left} of the start left: the digit is called ${now}, whatever its companions.${changed}`);
    } else if (alone) {
      say(`Alone, with the statistics of a batch of one: the digit is called ${now}. Every x̂ is 0.${changed}`);
    } else {
      say(`With the statistics of these eight digits: the digit is called ${now}.${changed}`);
    }
    before = calls[0];
  }

  view.append(
    element("div", "inference-batch", ours, strip),
    row(others, leave),
    element(
      "div",
      "inference-panels",
      make("div", {}, element("p", "inference-title", "The network calls it ", answer), chart.drawn),
      make("div", {}, element("p", "inference-title", "One hidden unit: its number for each digit"), line.drawn),
    ),
    row(evaluation, seen),
  );
  show();
});
