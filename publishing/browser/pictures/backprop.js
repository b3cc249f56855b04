// The layer as a graph. Nine steps carry gradients back along its arrows; the paths through the mean and through the
// variance can be cut, and the upstream gradient can be changed.

import { element, make } from "../shared/dom.js";
import { button, row } from "./shared/controls.js";
import { handle } from "./shared/handle.js";
import { motion } from "./shared/motion.js";
import { picture } from "./shared/picture.js";
import { drawing, place, set, svg, text } from "./shared/svg.js";

/** @typedef {{x: number[], dy: number[], gamma: number, beta: number, epsilon: number}} Data */
/** @typedef {"mean" | "variance"} Path */

const LAST = 9;

/** The arrows: the step that goes back on it, and where it runs forward, from and to. */
const ARROWS = [
  { step: 1, from: [266, 467], to: [210, 467] }, // beta to y
  { step: 2, from: [266, 389], to: [210, 436] }, // gamma to y
  { step: 3, from: [102, 356], to: [102, 424] }, // x hat to y
  { step: 4, from: [102, 186], to: [102, 310] }, // delta to x hat
  { step: 5, from: [266, 310], to: [210, 328] }, // rho to x hat
  { step: 6, from: [312, 236], to: [312, 284] }, // variance to rho
  { step: 7, from: [210, 172], to: [266, 210] }, // delta to variance
  { step: 8, from: [266, 100], to: [210, 150] }, // mean to delta
  { step: 9, from: [102, 54], to: [102, 140] }, // x to delta
  { step: 9, from: [210, 38], to: [266, 80] }, // x to mean
];

/** The nodes: the first step after which a gradient stands there. Those on the left hold a number for each example. */
const NODES = [
  { name: "x", sign: "x", left: true, top: 8, from: 9 },
  { name: "mean", sign: "μ", left: false, top: 68, from: 8 },
  { name: "delta", sign: "δ", left: true, top: 140, from: 4 },
  { name: "variance", sign: "σ²", left: false, top: 190, from: 6 },
  { name: "rho", sign: "ρ", left: false, top: 284, from: 5 },
  { name: "xHat", sign: "x̂", left: true, top: 310, from: 3 },
  { name: "gamma", sign: "γ", left: false, top: 358, from: 2 },
  { name: "y", sign: "y", left: true, top: 424, from: 0 },
  { name: "beta", sign: "β", left: false, top: 444, from: 1 },
];

/** Each step's formula, the term that is lost with a path, which of the gradients it makes, and what it does in words. */
const STEPS = [
  { formula: "*dβ* = Σ *dy*ᵢ", makes: "beta", words: "All examples use β, so their gradients add up." },
  { formula: "*dγ* = Σ *dy*ᵢ *x̂*ᵢ", makes: "gamma", words: "All examples use γ, each with the slope x̂." },
  { formula: "*dx̂*ᵢ = *γ* *dy*ᵢ", makes: "xHat", words: "Each x̂ gets its own dy, times γ." },
  { formula: "*ρ* *dx̂*ᵢ, for *δ*ᵢ", makes: "first", words: "The straight path: a first part of dδ." },
  { formula: "*dρ* = Σ *dx̂*ᵢ *δ*ᵢ", makes: "rho", words: "All examples use ρ, each with the slope δ." },
  { formula: "*dσ*² = −½ *ρ*³ *dρ*", makes: "variance", words: "The root, and with it the gradient of the variance." },
  { formula: "*dδ*ᵢ = *ρ* *dx̂*ᵢ", term: " + (2/*m*) *δ*ᵢ *dσ*²", lost: "variance", makes: "delta", words: "A second arrow reaches δ; its part is added to that of step 4." },
  { formula: "*dμ* = −Σ *dδ*ᵢ", makes: "mean", words: "All examples subtract μ: minus the sum." },
  { formula: "*dx*ᵢ = *dδ*ᵢ", term: " + *dμ*/*m*", lost: "mean", makes: "x", words: "Two arrows reach x; their parts are added." },
];

const sum = (/** @type {number[]} */ numbers) => numbers.reduce((a, b) => a + b, 0);
/** Two digits after the point, unless it is a whole number. @param {number} value */
const shown = (value) => (Math.abs(value - Math.round(value)) < 1e-9 ? String(Math.round(value) + 0) : value.toFixed(2)).replace("-", "−");
const list = (/** @type {number[]} */ numbers) => (numbers.length > 1 ? `(${numbers.map(shown).join(", ")})` : shown(numbers[0]));

/** Words as HTML; what stands between asterisks is a variable. @param {string} words */
const maths = (words) => words.split("*").map((part, k) => (k % 2 ? element("i", "", part) : part));

/**
 * All values forward and all gradients back; where a path is cut, nothing comes through its last arrow.
 * @param {Data} data
 * @param {Record<Path, boolean>} cut
 */
function compute({ x, dy, gamma, beta, epsilon }, cut) {
  const m = x.length;
  const mean = sum(x) / m;
  const delta = x.map((a) => a - mean);
  const variance = sum(delta.map((a) => a * a)) / m;
  const rho = 1 / Math.sqrt(variance + epsilon);
  const xHat = delta.map((a) => a * rho);
  const y = xHat.map((a) => gamma * a + beta);
  const dXHat = dy.map((g) => gamma * g);
  const first = dXHat.map((g) => rho * g);
  const dRho = sum(dXHat.map((g, i) => g * delta[i]));
  const dVariance = -0.5 * rho ** 3 * dRho;
  const dDelta = first.map((g, i) => g + (cut.variance ? 0 : (2 / m) * delta[i] * dVariance));
  const dMean = -sum(dDelta);
  const dx = dDelta.map((g) => g + (cut.mean ? 0 : dMean / m));
  /** @type {Record<string, number[]>} */
  const values = { x, mean: [mean], delta, variance: [variance], rho: [rho], xHat, gamma: [gamma], y, beta: [beta] };
  /** @type {Record<string, number[]>} */
  const gradients = {
    y: dy,
    beta: [sum(dy)],
    gamma: [sum(dy.map((g, i) => g * xHat[i]))],
    xHat: dXHat,
    first,
    rho: [dRho],
    variance: [dVariance],
    delta: dDelta,
    mean: [dMean],
    x: dx,
  };
  return { values, gradients, sums: [sum(dx), sum(dx.map((g, i) => g * xHat[i]))] };
}

/** A line with a head, moved to one side. @param {number[]} from @param {number[]} to @param {number} aside */
function arrow(from, to, aside) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [u, v] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const [a, b] = [from, to].map(([x, y]) => [x - v * aside, y + u * aside]);
  const side = (/** @type {number} */ k) => `${b[0] - 8 * u - 4 * k * v},${b[1] - 8 * v + 4 * k * u}`;
  const head = svg("polygon", { points: `${b} ${side(1)} ${side(-1)}` });
  const line = svg("line", { x1: a[0], y1: a[1], x2: b[0] - 6 * u, y2: b[1] - 6 * v });
  const at = (/** @type {number} */ part) => [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
  return { drawn: svg("g", {}, line, head), at };
}

/**
 * A pair of scissors on an arrow, pressed to cut it and to mend it.
 * @param {number[]} at
 * @param {string} label
 * @param {() => void} pressed
 */
function scissors([x, y], label, pressed) {
  const made = svg("g", { class: "backprop-cut", role: "switch", tabindex: 0, "aria-label": label, "aria-checked": "false" });
  made.append(svg("title", {}, label), svg("circle", { cx: x, cy: y, r: 14 }), text("✂", { x, y: y + 5.5, "text-anchor": "middle" }));
  made.addEventListener("click", pressed);
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    pressed();
  });
  return made;
}

picture("backprop", (view, /** @type {Data} */ data, say) => {
  const dy = [...data.dy];
  const cut = { mean: false, variance: false };
  let step = 0;

  // The graph.
  const graph = drawing(360, 500, "The layer as a graph, from x at the top to y at the bottom");
  const back = ARROWS.map(({ step: number, from, to }) => {
    const forward = arrow(from, to, 4);
    const way = arrow(to, from, 4);
    set(forward.drawn, { class: "backprop-forward" });
    const [x, y] = way.at(0.22);
    const badge = svg("g", { class: "backprop-badge" }, svg("circle", { cx: x, cy: y, r: 8.5 }), text(String(number), { x, y: y + 4, "text-anchor": "middle" }));
    graph.append(forward.drawn, way.drawn, badge);
    return { ...way, badge, number, dot: svg("circle", { class: "backprop-dot", r: 5 }) };
  });
  const numbers = NODES.map(({ name, sign, left, top }) => {
    const [x, width, columns] = left ? [4, 206, [76, 128, 180]] : [266, 90, [326]];
    const box = svg("rect", { x, y: top, width, height: name === "y" ? 56 : 46, rx: left ? 10 : 2 });
    const slope = text(`*d${sign}*`, { x: x + 10, y: top + (name === "y" ? 43 : 38), class: "backprop-slope" });
    graph.append(svg("g", { class: "backprop-node" }, box, text(`*${sign}*`, { x: x + 10, y: top + 19 }), slope));
    const value = columns.map((column) => text("", { x: column, y: top + 19, "text-anchor": "middle" }));
    const slopes = columns.map((column) => text("", { x: column, y: top + (name === "y" ? 43 : 38), "text-anchor": "middle", class: "backprop-slope" }));
    graph.append(...value, ...slopes);
    return { value, slope, slopes };
  });
  for (const k of dy.keys()) graph.append(upstream(k));
  const cuts = {
    mean: scissors(back[9].at(0.62), "Cut the path through the mean", () => toggle("mean")),
    variance: scissors(back[6].at(0.62), "Cut the path through the variance", () => toggle("variance")),
  };
  graph.append(cuts.mean, cuts.variance);

  /** The gradient of one output, to drag up and down. @param {number} k */
  function upstream(k) {
    const [x, y] = [76 + 52 * k, 463];
    const box = svg("rect", { class: "backprop-grip", x: x - 21, y: y - 13, width: 42, height: 26, rx: 5 });
    const sign = text("↕", { x: x + 21, y: y - 8, class: "backprop-slope", "font-size": 11, "text-anchor": "middle" });
    const grip = svg("g", {}, svg("title", {}, "Drag up or down, or use the arrow keys"), box, sign);
    let [held, was] = [0, 0];
    grip.addEventListener("pointerdown", (event) => ([held, was] = [place(graph, event).y, dy[k]]));
    handle(grip, {
      label: `dy of example ${k + 1}`,
      min: -2,
      max: 2,
      step: 0.1,
      vertical: true,
      value: () => dy[k],
      at: (event) => Math.round(10 * (was + (held - place(graph, event).y) / 40)) / 10,
      moved: (value) => {
        dy[k] = Math.round(10 * value) / 10;
        draw();
        say(`dy = ${list(dy)} gives dx = ${list(compute({ ...data, dy }, cut).gradients.x)}.`);
      },
    });
    return grip;
  }

  // The steps beside it.
  const rows = STEPS.map(({ formula, term = "" }, k) => {
    const number = element("span", "backprop-result");
    const last = element("span", "", ...maths(term));
    const place = element("span", "backprop-number", String(k + 1));
    const press = make("button", { type: "button" }, place, element("span", "", ...maths(formula), last), number);
    press.addEventListener("click", () => go(k + 1));
    return { press, number, last, item: make("li", {}, press) };
  });
  const where = element("span", "picture-number");
  const previous = button("◀ Back", () => go(step - 1));
  const next = button("Next ▶", () => go(step + 1));
  let clock = 0;
  const play = motion(view, (seconds) => {
    if (step === LAST) go(0);
    clock += seconds;
    const moving = back.filter(({ number }) => number === step + 1);
    for (const { dot, at } of moving) {
      const [cx, cy] = at(Math.min(1, clock / 0.8));
      set(dot, { cx, cy });
      if (!dot.isConnected) graph.append(dot);
    }
    if (clock < 0.8) return false;
    if (clock >= 1.4) go(step + 1);
    return step === LAST;
  });
  const controls = row(previous, where, next, play);
  set(controls, { role: "group", "aria-label": "Steps back through the graph" });
  const totals = [element("b", ""), element("b", "")];
  const sums = make(
    "p",
    { class: "backprop-sums" },
    element("span", "", "Σ ", element("i", "", "dx"), "ᵢ = ", totals[0]),
    element("span", "", "Σ ", element("i", "", "x̂"), "ᵢ ", element("i", "", "dx"), "ᵢ = ", totals[1]),
  );
  const left = element("div", "backprop-graph", sums, graph, controls);
  const right = element("div", "backprop-steps", element("ol", "", ...rows.map(({ item }) => item)));
  view.append(element("div", "backprop", left, right));
  view.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const inSteps = event.target instanceof Node && (controls.contains(event.target) || right.contains(event.target));
    if (!by || !inSteps || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // arrows would turn the page
    go(step + by);
  });

  /** @param {number} to */
  function go(to) {
    if (to < 0 || to > LAST) return;
    step = to;
    clock = 0;
    for (const { dot } of back) dot.remove();
    draw();
    const { makes, words } = STEPS[step - 1] ?? {};
    const found = makes && compute({ ...data, dy }, cut).gradients[makes];
    say(found ? `Step ${step}. ${words} ${list(found)}` : "The values are there. Walk the gradients back, from y to x.");
  }

  /** @param {Path} path */
  function toggle(path) {
    cut[path] = !cut[path];
    go(LAST);
    const { sums } = compute({ ...data, dy }, cut);
    const [law, other] = sums.map((total) => (Math.abs(total) < 1e-9 ? "is 0" : `is ${shown(total)}`));
    say(`The path through the ${path} is ${cut[path] ? "cut" : "whole again"}. The sum of dx ${law}; the sum of x̂ dx ${other}.`);
  }

  function draw() {
    const { values, gradients, sums: found } = compute({ ...data, dy }, cut);
    NODES.forEach(({ name, sign, from }, k) => {
      const part = name === "delta" && step < 7;
      const now = gradients[part ? "first" : name];
      numbers[k].value.forEach((place, i) => (place.textContent = shown(values[name][i])));
      numbers[k].slopes.forEach((place, i) => (place.textContent = step >= from ? shown(now[i]) : ""));
      numbers[k].slope.replaceChildren(svg("tspan", { "font-style": "italic" }, part ? "ρ dx̂" : `d${sign}`));
      set(numbers[k].slope, { visibility: step >= from ? "visible" : "hidden" });
    });
    const severed = [cut.variance && back[6], cut.mean && back[9]];
    for (const way of back) {
      const walked = step >= way.number && !severed.includes(way);
      const now = step === way.number ? " now" : "";
      set(way.drawn, { class: `backprop-back${now}`, visibility: walked ? "visible" : "hidden" });
      set(way.badge, { class: `backprop-badge${now}`, visibility: severed.includes(way) ? "hidden" : "visible" });
    }
    for (const [path, made] of Object.entries(cuts)) set(made, { "aria-checked": String(cut[/** @type {Path} */ (path)]) });
    rows.forEach(({ press, number, last }, k) => {
      const { lost } = STEPS[k];
      last.classList.toggle("severed", Boolean(lost && cut[/** @type {Path} */ (lost)]));
      number.textContent = step > k ? list(gradients[STEPS[k].makes]) : "";
      press.classList.toggle("later", step <= k);
      if (step === k + 1) set(press, { "aria-current": "step" });
      else press.removeAttribute("aria-current");
    });
    where.textContent = `Step ${step} of ${LAST}`;
    set(previous, { "aria-disabled": String(step === 0) });
    set(next, { "aria-disabled": String(step === LAST) });
    totals.forEach((total, k) => {
      const zero = Math.abs(found[k]) < 1e-9;
      total.textContent = step < LAST ? "…" : `${shown(found[k])} ${zero ? "✓" : "✗"}`;
      total.className = step < LAST ? "" : zero ? "right" : "wrong";
    });
  }

  go(0);
});

