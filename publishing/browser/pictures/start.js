// The start page's picture: a batch of one feature on three axes, as it comes (x), normalized (x̂), and as it leaves (y).
// Each example can be dragged, and so can what the network chooses, the mean β and the scale γ.

import { button, row } from "./shared/controls.js";
import { handle } from "./shared/handle.js";
import { picture } from "./shared/picture.js";
import { COLORS, drawing, place, set, svg, text } from "./shared/svg.js";

/** @typedef {{x: number[], gamma: number, beta: number, epsilon: number}} Data */

const [LOW, HIGH] = [-6, 10]; // of all three axes
const FREE = { x: [-5.5, 9.5], beta: [0.7, 3.3], gamma: [-2, 2] }; // what they may be; then every y is on its axis
const AXES = [52, 152, 252]; // where they lie
const HEIGHT = 308;

picture("start", (view, /** @type {Data} */ given, say) => {
  const now = { x: [...given.x], gamma: given.gamma, beta: given.beta };
  const m = now.x.length;
  const drawn = drawing(680, HEIGHT, `A batch of ${m} examples, before and after Batch Normalization`);
  let width = 680;
  const at = (/** @type {number} */ value) => 16 + ((value - LOW) / (HIGH - LOW)) * (width - 32);
  const valueAt = (/** @type {PointerEvent} */ event) => LOW + ((place(drawn, event).x - 16) / (width - 32)) * (HIGH - LOW);

  const axes = ["*x*, as the batch comes", "*x̂*, normalized", "*y* = *γ x̂* + *β*, as it leaves"].map((name, k) => {
    const color = COLORS[[1, 4, 0][k]];
    const y = AXES[k];
    const parts = {
      spread: svg("rect", { y: y - 13, height: 26, rx: 5, fill: color, "fill-opacity": 0.16 }),
      line: svg("line", { class: "axis", y1: y, y2: y }),
      ticks: (k < 2 ? [-5, 0, 5] : []).map((value) => ({ value, mark: text(String(value).replace("-", "−"), { class: "muted", y: y + 29, "text-anchor": "middle", "font-size": 12 }) })),
      mean: svg("line", { y1: y - 18, y2: y + 18, stroke: color, "stroke-width": 2.5 }),
      name: text(name, { x: 0, y: y - 26 }),
      numbers: svg("text", { y: y - 26, "text-anchor": "end", class: "muted start-numbers" }),
    };
    return { color, y, ...parts };
  });
  const links = now.x.map(() => svg("path", { fill: "none", class: "start-link" }));
  const after = [1, 2].map((k) => now.x.map(() => svg("circle", { cy: AXES[k], r: 4.5, fill: axes[k].color })));
  const points = now.x.map((_, i) => grip(AXES[0], 7, axes[0].color, i));
  const beta = knob(AXES[2] + 22, "M0,-9 L9,5 L-9,5 Z", "β");
  const gamma = knob(AXES[2] + 22, "M-8,-7 H8 V7 H-8 Z", "γ");

  drawn.append(
    ...axes.flatMap(({ spread, line, mean, name, numbers, ticks }) => [spread, line, ...ticks.map(({ mark }) => mark), mean, name, numbers]),
    ...links, ...after.flat(), ...points, gamma, beta,
  );

  const told = points.map((point, i) =>
    handle(point, {
      label: `x of example ${i + 1}`,
      min: FREE.x[0], max: FREE.x[1], step: 0.5,
      value: () => now.x[i],
      at: valueAt,
      moved: (value) => {
        now.x[i] = value;
        show(i);
        const { mean, sd, hat, y } = compute();
        say(`x = ${format(value)} becomes x̂ = ${format(hat[i])} and y = ${format(y[i])}. The batch has mean ${format(mean)} and standard deviation ${format(sd)}; x̂ still has 0 and ${format(spread(hat))}.`);
      },
    }),
  );
  told.push(
    handle(beta, {
      label: "beta, the mean of y",
      min: FREE.beta[0], max: FREE.beta[1], step: 0.1,
      value: () => now.beta,
      at: valueAt,
      moved: (value) => {
        now.beta = value;
        show();
        say(`β = ${format(value)}: the mean of y follows. x̂ stays as it was.`);
      },
    }),
    handle(gamma, {
      label: "gamma, the scale of y",
      min: FREE.gamma[0], max: FREE.gamma[1], step: 0.1,
      value: () => now.gamma,
      at: (event) => valueAt(event) - now.beta,
      moved: (value) => {
        now.gamma = value;
        show();
        say(`γ = ${format(value)}: y has the standard deviation ${format(spread(compute().y))}${value < 0 ? ", and its order is reversed" : ""}. x̂ stays as it was.`);
      },
    }),
  );

  function compute() {
    const mean = average(now.x);
    const sd = spread(now.x);
    const hat = now.x.map((x) => (x - mean) / Math.sqrt(sd ** 2 + given.epsilon));
    return { mean, sd, hat, y: hat.map((value) => now.gamma * value + now.beta) };
  }

  /** @param {number} [moved] the example that is being moved */
  function show(moved) {
    const { hat, y } = compute();
    const narrow = width < 460;
    set(drawn, { viewBox: `0 0 ${width} ${HEIGHT}` });
    [now.x, hat, y].forEach((values, k) => {
      const [mean, sd] = [average(values), spread(values)];
      const axis = axes[k];
      set(axis.line, { x1: at(LOW), x2: at(HIGH) });
      set(axis.mean, { x1: at(mean), x2: at(mean) });
      set(axis.spread, { x: at(mean - sd), width: at(mean + sd) - at(mean - sd) });
      set(axis.numbers, { x: width });
      axis.numbers.textContent = narrow ? `${format(mean)} ± ${format(sd)}` : `mean ${format(mean)}, standard deviation ${format(sd)}`;
      for (const { value, mark } of axis.ticks) set(mark, { x: at(value) });
    });
    now.x.forEach((x, i) => {
      const others = now.x.filter((_, k) => k !== i).map((other) => Math.abs(at(other) - at(x)));
      set(points[i], { transform: `translate(${at(x)},${AXES[0]})` });
      set(/** @type {Element} */ (points[i].firstChild), { r: Math.max(7, Math.min(16, ...others)) }); // not over its neighbours
      set(after[0][i], { cx: at(hat[i]), r: moved === i ? 6.5 : 4.5 });
      set(after[1][i], { cx: at(y[i]), r: moved === i ? 6.5 : 4.5 });
      set(links[i], { d: `M${at(x)},${AXES[0]} L${at(hat[i])},${AXES[1]} L${at(y[i])},${AXES[2]}` });
      links[i].classList.toggle("moved", moved === i);
    });
    set(beta, { transform: `translate(${at(now.beta)},${AXES[2] + 22})` });
    set(gamma, { transform: `translate(${at(now.beta + now.gamma)},${AXES[2] + 22})` });
  }

  view.append(
    drawn,
    row(
      button("Start again", () => {
        Object.assign(now, { x: [...given.x], gamma: given.gamma, beta: given.beta });
        show();
        told.forEach((tell) => tell());
        say("As at the beginning.");
      }),
    ),
  );
  new ResizeObserver(() => {
    const wanted = Math.max(280, drawn.clientWidth);
    if (wanted === width) return;
    width = wanted;
    show();
  }).observe(drawn);
  show();
  say("Drag a point, or β or γ. With the keyboard: Tab, then the arrow keys.");
});

/** A point to drag, large enough for a finger. @param {number} y @param {number} r @param {string} color @param {number} i */
function grip(y, r, color, i) {
  return svg("g", { class: "start-point", transform: `translate(0,${y})`, "data-example": i + 1 }, svg("circle", { r: 15, fill: "transparent" }), svg("circle", { r, fill: color }));
}

/** A handle below the last axis. @param {number} y @param {string} shape @param {string} name */
function knob(y, shape, name) {
  const label = text(`*${name}*`, { y: 24, "text-anchor": "middle", "font-size": 17 });
  return svg("g", { class: "start-knob", transform: `translate(0,${y})`, "data-knob": name }, svg("circle", { r: 16, fill: "transparent" }), svg("path", { d: shape, fill: COLORS[0] }), label);
}

/** @param {number[]} values */
function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation, with 1/m. @param {number[]} values */
function spread(values) {
  const mean = average(values);
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
}

/** @param {number} value */
function format(value) {
  return (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace("-", "−");
}
