// A small recurrent network, forward and backward through time: what is left of a gradient, sequences that end before
// the others, and the numbers that one unit normalizes at the step a reader has chosen.

import { extent, range } from "d3-array";
import { scaleLinear } from "d3-scale";
import { make } from "../shared/dom.js";
import { row, slider, toggle } from "./shared/controls.js";
import { handle } from "./shared/handle.js";
import { motion } from "./shared/motion.js";
import { picture } from "./shared/picture.js";
import { COLORS, drawing, place, set, svg, text } from "./shared/svg.js";

const EPS = 1e-5;

/**
 * @typedef {object} Data
 * @property {number} units
 * @property {number[]} lengths of the sequences, the longest first
 * @property {number[][]} noise of each step: sequence after sequence, unit after unit; in tenths
 * @property {number[]} start the same for the state before the first step
 */

/**
 * @typedef {object} Step what one unit normalizes at one step
 * @property {number[]} u of each sequence
 * @property {number} mean
 * @property {number} spread
 */

/**
 * Forward through all steps and back again. What enters a step is 1 plus noise where a sequence goes on, and 0 where it
 * is padded. With a mask, padding is no part of a step's statistics and the state of a sequence that has ended stays.
 * @param {Data} data
 * @param {number} gamma
 * @param {number} spread
 * @param {boolean} masked
 * @returns {{left: number[], steps: Step[]}} the norm of the gradient at each state, the last being 1
 */
function compute({ units, lengths, noise, start }, gamma, spread, masked) {
  const [T, m] = [noise.length, lengths.length];
  const size = m * units;
  const states = [start.map((z) => Math.tanh((gamma * z) / 10))];
  /** @type {{hats: number[], sigmas: number[], used: number}[]} */
  const kept = [];
  /** @type {Step[]} */
  const steps = [];
  for (let t = 0; t < T; t += 1) {
    const before = states[t];
    const u = before.map((h, k) => h + (t < lengths[Math.floor(k / units)] ? 1 + (spread * noise[t][k]) / 10 : 0));
    const used = masked ? lengths.filter((length) => t < length).length : m; // the first ones: the longest
    const [hats, state, sigmas] = [new Array(size).fill(0), [...before], new Array(units).fill(0)];
    for (let j = 0; j < units; j += 1) {
      const mean = average(used, (i) => u[i * units + j]);
      const sigma = Math.sqrt(average(used, (i) => (u[i * units + j] - mean) ** 2) + EPS);
      sigmas[j] = sigma;
      for (let k = j; k < used * units; k += units) {
        hats[k] = (u[k] - mean) / sigma;
        state[k] = Math.tanh(gamma * hats[k]);
      }
      if (j === 0) steps.push({ u: range(m).map((i) => u[i * units]), mean, spread: Math.sqrt(sigma ** 2 - EPS) });
    }
    states.push(state);
    kept.push({ hats, sigmas, used });
  }
  // The loss looks at the last state of the sequences that go on to the end; any gradient there will do.
  let gradient = states[T].map((_, k) => (lengths[Math.floor(k / units)] === T ? noise[0][k] / 10 : 0));
  const norms = [Math.hypot(...gradient)];
  for (let t = T - 1; t >= 0; t -= 1) {
    const { hats, sigmas, used } = kept[t];
    const back = gradient.map((g, k) => gamma * (1 - states[t + 1][k] ** 2) * g);
    const next = [...gradient];
    for (let j = 0; j < units; j += 1) {
      const mean = average(used, (i) => back[i * units + j]);
      const along = average(used, (i) => back[i * units + j] * hats[i * units + j]);
      for (let k = j; k < used * units; k += units) next[k] = (back[k] - mean - hats[k] * along) / sigmas[j];
    }
    gradient = next;
    norms.push(Math.hypot(...gradient));
  }
  return { left: norms.reverse().map((norm) => norm / norms[norms.length - 1]), steps };
}

/** @param {number} count @param {(i: number) => number} value */
function average(count, value) {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += value(i);
  return sum / count;
}

/** @param {number} value "0.83" or "10⁻²⁰" */
function written(value) {
  if (value >= 0.01) return value < 100 ? value.toPrecision(2) : String(Math.round(value));
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const power = String(Math.round(-Math.log10(Math.max(value, 1e-300))));
  return `10⁻${[...power].map((digit) => digits[Number(digit)]).join("")}`;
}

/** @param {number} value */
const fixed = (value) => value.toFixed(2).replace("-", "−");

picture("recurrent", (view, /** @type {Data} */ data, say) => {
  const [T, m] = [data.noise.length, data.lengths.length];
  const narrow = view.parentElement ? view.parentElement.clientWidth < 520 : false;
  const width = narrow ? 340 : 680;
  const x = scaleLinear([0, T], [12, width - 12]);
  let [gamma, spread, masked, now] = [0.1, 0.01, true, T];
  let both = computed();

  function computed() {
    return { masked: compute(data, gamma, spread, true), counted: compute(data, gamma, spread, false) };
  }

  // The thread and the sequences, with time running to the right.
  const [middle, top, lane] = [52, 100, 5];
  const bottom = top + m * lane;
  const through = drawing(width, bottom + 46, `${T} steps through time: the gradient as a thread, and below it the sequences`);
  const thread = svg("path", { class: "thread", fill: COLORS[0], stroke: COLORS[0], "stroke-width": 0.6 });
  const lost = svg("path", { class: "lost", stroke: COLORS[0], fill: "none", "stroke-dasharray": "1 5", "stroke-width": 1.5 });
  const lanes = data.lengths.map((length, i) => {
    const [y, height] = [top + i * lane, lane - 1.6];
    const real = svg("rect", { x: x(0), y, width: x(length) - x(0), height, fill: COLORS[2] });
    const padding = svg("rect", { x: x(length), y, width: x(T) - x(length), height, class: "padding" });
    return svg("g", {}, real, padding);
  });
  const ticks = range(0, T + 1, 10).map((t) => text(String(t), { x: x(t), y: bottom + 40, class: "muted", "text-anchor": "middle" }));
  const knob = svg("circle", { cy: bottom + 14, r: 9, fill: COLORS[1] });
  const line = svg("line", { y1: 24, y2: bottom + 14, stroke: COLORS[1], "stroke-width": 1.5 });
  const grip = svg("rect", { y: 20, width: 32, height: bottom + 6, fill: "transparent" });
  const scrubber = svg("g", {}, grip, line, knob);
  const here = svg("text", { y: 14, "text-anchor": "middle" });
  const note = svg("text", { x: x(0), y: top - 8, class: "muted" });
  through.append(here, note, lost, thread, ...lanes, ...ticks, scrubber);
  const told = handle(scrubber, {
    label: "time step",
    min: 1,
    max: T,
    step: 1,
    value: () => now,
    at: (event) => Math.round(x.invert(place(through, event).x)),
    moved: (to) => {
      now = to;
      draw();
    },
  });

  // The numbers of one unit at that step.
  const [ground, height] = [82, 128];
  const numbers = drawing(width, height, "What one unit receives at this step from each sequence, with mean and standard deviation");
  const band = svg("rect", { y: 20, height: ground - 20, fill: COLORS[1], opacity: 0.16 });
  const mean = svg("line", { y1: 16, y2: ground, stroke: COLORS[1], "stroke-width": 2.5 });
  const real = svg("line", { y1: 16, y2: ground, stroke: COLORS[2], "stroke-width": 2, "stroke-dasharray": "5 4" });
  const dots = data.lengths.map((_, i) => svg("circle", { cy: 28 + (i % 5) * 11, r: 4 }));
  const axis = svg("g", {});
  const mu = text("*μ*", { y: 12, "text-anchor": "middle" });
  const received = text("*u*: what one unit receives at this step", { x: width / 2, y: ground + 40, class: "muted", "text-anchor": "middle" });
  numbers.append(band, axis, real, mean, mu, received, ...dots);

  const exponent = (/** @type {number} */ e) => written(10 ** e);
  const gammas = slider("γ", { min: -1.3, max: 0.3, step: 0.05, value: -1, shown: exponent }, (e) => {
    gamma = 10 ** e;
    redo();
  });
  const spreads = slider("spread of the inputs", { min: -2, max: 0, step: 0.05, value: -2, shown: exponent }, (e) => {
    spread = 10 ** e;
    redo();
  });
  gammas.querySelector("span")?.replaceChildren(make("i", {}, "γ"));
  const mask = toggle("leave the padding out (mask)", true, (on) => {
    masked = on;
    draw();
  });
  let exact = T;
  const play = motion(
    view,
    (seconds) => {
      if (now <= 1 && exact <= 1) exact = T;
      exact = Math.max(1, exact - 10 * seconds);
      now = Math.round(exact);
      draw();
      told();
      return exact <= 1;
    },
    { play: "◀ Go back through time" },
  );

  function redo() {
    both = computed();
    draw();
  }

  function draw() {
    const { left, steps } = masked ? both.masked : both.counted;
    const half = left.map((norm) => 7 * Math.min(norm, 300) ** (1 / 6));
    const visible = range(T + 1).filter((t) => half[t] > 0.12);
    const edge = (/** @type {number} */ sign) => visible.map((t) => `${x(t).toFixed(1)},${(middle + sign * half[t]).toFixed(2)}`);
    set(thread, { d: `M${[...edge(-1), ...edge(1).reverse()].join("L")}Z` });
    set(lost, { d: `M${x(0)},${middle}H${x(visible[0])}` });
    for (const node of lanes) node.classList.toggle("counted", !masked);
    note.textContent = `${m} sequences, ${masked ? "hollow where padded" : "with their padding"}`;
    set(line, { x1: x(now), x2: x(now) });
    set(knob, { cx: x(now) });
    set(grip, { x: x(now) - 16 });
    set(here, { x: Math.min(Math.max(x(now), 75), width - 75) });
    here.textContent = `left at step ${now}: ${written(left[now])}`;

    const t = now - 1; // the step that makes this state
    const alive = data.lengths.filter((length) => t < length).length;
    const all = [...both.masked.steps, ...both.counted.steps].flatMap((step) => step.u);
    const u = scaleLinear(/** @type {[number, number]} */ (extent(all)), [16, width - 16]).nice(6);
    const step = steps[t];
    dots.forEach((dot, i) => {
      set(dot, { cx: u(step.u[i]).toFixed(1), class: t < data.lengths[i] ? "real" : masked ? "out" : "counted" });
    });
    set(band, { x: u(step.mean - step.spread), width: Math.max(1, u(step.mean + step.spread) - u(step.mean - step.spread)) });
    set(mean, { x1: u(step.mean), x2: u(step.mean) });
    set(mu, { x: u(step.mean) });
    const ofReal = average(alive, (i) => step.u[i]);
    const spreadOfReal = Math.sqrt(average(alive, (i) => (step.u[i] - ofReal) ** 2));
    set(real, { x1: u(ofReal), x2: u(ofReal) });
    real.style.display = masked || alive === m ? "none" : "";
    axis.replaceChildren(
      svg("line", { x1: 4, x2: width - 4, y1: ground, y2: ground, class: "axis" }),
      ...u.ticks(5).map((tick) => text(fixed(tick).replace(/0$/, ""), { x: u(tick), y: ground + 20, class: "muted", "text-anchor": "middle" })),
    );

    const ended = m - alive;
    const spoiled = !masked && ended;
    say(
      `At step ${now}, ${ended === 0 ? `all ${m} sequences still run` : `${ended} of ${m} sequences have ended`}. ` +
        `Mean ${fixed(step.mean)}, standard deviation ${fixed(step.spread)}` +
        (spoiled ? ` (of the real entries: ${fixed(ofReal)} and ${fixed(spreadOfReal)}). ` : ". ") +
        `Of the gradient at step ${T}, ${written(left[now])} is left here and ${written(left[0])} at the start.`,
    );
  }

  draw();
  told();
  view.append(row(gammas, spreads), through, row(play, mask), numbers);
});
