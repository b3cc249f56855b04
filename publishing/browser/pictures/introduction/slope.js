// The loss along one step of gradient descent, and the straight line that the slope promises, for two networks.

import { scaleLinear } from "d3-scale";
import { element } from "../../shared/dom.js";
import { choice, row } from "../shared/controls.js";
import { forWidth } from "../shared/layout.js";
import { handle } from "../shared/handle.js";
import { COLORS, drawing, place, set, svg, text } from "../shared/svg.js";

/** @typedef {{slope: number, along: number[]}} Along the slope and the losses at each learning rate, the first at 0 */
/** @typedef {{rates: number[], states: {steps: number, without: Along, with: Along}[]}} Slopes */

const KINDS = /** @type {const} */ (["without", "with"]);
const NAMES = { without: "without normalization", with: "with Batch Normalization" };
const COLOR = { without: COLORS[1], with: COLORS[0] };
const [LOW, HIGH] = [-0.6, 3];
const [TOP, TALL] = [66, 200];

/** @param {number} v */
const signed = (v) => (v < 0 ? `−${(-v).toFixed(2)}` : v.toFixed(2));

/** @param {HTMLElement} view @param {Slopes} data @param {(text: string) => void} say */
export function drawSlope(view, data, say) {
  let [eta, which] = [0.1, Math.min(1, data.states.length - 1)];
  const most = data.rates[data.rates.length - 1];

  /** The loss after a step, between the recorded ones. @param {Along} along @param {number} rate */
  const truth = ({ along }, rate) => scaleLinear(data.rates, along)(rate);
  const promise = (/** @type {Along} */ { along, slope }, /** @type {number} */ rate) => along[0] - rate * slope;
  const tell = () => {
    const parts = KINDS.map((kind) => {
      const along = data.states[which][kind];
      const came = along.along[0] - truth(along, eta);
      const change = came < 0 ? `rises by ${(-came).toFixed(2)}` : `falls by ${came.toFixed(2)}`;
      return `${kind === "with" ? "With" : "Without"} normalization the loss ${change}; the slope promised a fall of ${(eta * along.slope).toFixed(2)}.`;
    });
    say(`A step of η = ${eta.toFixed(2)}. ${parts.join(" ")}`);
  };

  const plot = element("div", "introduction-slopes");
  /** @type {(() => void)[]} */
  let shows = [];
  const show = () => shows.forEach((each) => each());
  const move = (/** @type {number} */ to) => {
    eta = Number(to.toFixed(3));
    show();
    tell();
  };

  /** @param {typeof KINDS[number]} kind @param {number} width */
  function panel(kind, width) {
    const drawn = drawing(width, TOP + TALL + 40, `The loss along one step, ${NAMES[kind]}`);
    drawn.style.width = `${width}px`;
    const across = scaleLinear([0, most], [34, width - 12]);
    const up = scaleLinear([LOW, HIGH], [TOP + TALL, TOP]);
    const color = COLOR[kind];
    for (const tick of [0, 1, 2, 3])
      drawn.append(
        svg("line", { x1: 34, x2: width - 12, y1: up(tick), y2: up(tick), class: "axis", "stroke-opacity": tick ? 0.15 : 0.6 }),
        text(String(tick), { x: 26, y: up(tick) + 5, "text-anchor": "end", class: "muted" }),
      );
    for (const tick of [0, 0.5, 1])
      drawn.append(text(String(tick), { x: across(tick), y: TOP + TALL + 17, "text-anchor": "middle", class: "muted" }));
    const heading = text(NAMES[kind], { x: 0, y: 14, "font-weight": 600, style: `fill: ${color}` });
    const promised = text("", { x: 0, y: 33, class: "introduction-promised" });
    const came = text("", { x: 0, y: 52, class: "introduction-came" });
    drawn.append(
      text("step *η*", { x: (width + 22) / 2, y: TOP + TALL + 34, "text-anchor": "middle", class: "muted" }),
      text("loss", { x: 38, y: TOP + 4, class: "muted" }),
      ...[heading, promised, came],
    );
    const curve = svg("path", { fill: "none", stroke: color, "stroke-width": 2.5 });
    const line = svg("path", { fill: "none", stroke: "var(--pst-color-text-base)", "stroke-width": 1.5, "stroke-dasharray": "5 4" });
    const ground = svg("line", { y1: TOP, y2: TOP + TALL, class: "axis", "stroke-width": 1.5 });
    const grip = svg("rect", { y: TOP - 6, width: 44, height: TALL + 12, fill: "transparent" });
    const knob = svg("rect", { y: TOP + TALL - 9, width: 14, height: 18, rx: 4, fill: color });
    const gap = svg("line", { stroke: color, "stroke-width": 5, "stroke-opacity": 0.35 });
    const there = svg("circle", { r: 6, fill: color });
    const said = svg("circle", { r: 5, fill: "var(--pst-color-background)", stroke: "var(--pst-color-text-base)", "stroke-width": 2 });
    const off = text("", { "font-weight": 600, style: `fill: ${color}` });
    const hold = svg("g", {}, grip, ground, gap, said, there, knob);
    drawn.append(line, curve, hold, off);

    const told = handle(hold, {
      ...{ label: `step η, ${NAMES[kind]}`, min: 0, max: most, step: 0.02, value: () => eta, moved: move },
      at: (event) => across.invert(place(drawn, event).x),
      spoken: (v) => v.toFixed(2),
    });
    shows.push(() => {
      const along = data.states[which][kind];
      const rates = data.rates.filter((_, k) => k === 0 || along.along[k - 1] <= HIGH); // up to the top, and one further
      const points = rates.map((rate, k) => {
        const [v, was] = [along.along[k], along.along[k - 1]];
        if (v <= HIGH) return [across(rate), up(v)];
        const share = (HIGH - was) / (v - was); // where the curve leaves at the top
        return [across(data.rates[k - 1] + share * (rate - data.rates[k - 1])), up(HIGH)];
      });
      set(curve, { d: `M${points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join("L")}` });
      const end = Math.min(most, (along.along[0] - LOW) / along.slope);
      set(line, { d: `M${across(0)},${up(along.along[0])}L${across(end)},${up(promise(along, end))}` });
      const [real, hoped] = [truth(along, eta), promise(along, eta)];
      const inside = (/** @type {number} */ v) => up(Math.min(HIGH, Math.max(LOW, v)));
      set(ground, { x1: across(eta), x2: across(eta) });
      set(grip, { x: across(eta) - 22 });
      set(knob, { x: across(eta) - 7 });
      set(gap, { x1: across(eta), x2: across(eta), y1: inside(real), y2: inside(hoped) });
      set(there, { cx: across(eta), cy: inside(real) });
      set(said, { cx: across(eta), cy: inside(hoped) });
      const right = across(eta) > width / 2;
      set(off, { x: across(eta) + (right ? -10 : 10), y: TOP + 5, "text-anchor": right ? "end" : "start" });
      off.textContent = real > HIGH ? `↑ ${real.toFixed(1)}` : "";
      promised.textContent = `promised: ${signed(along.along[0])} → ${signed(hoped)}`;
      came.textContent = `actual: ${signed(along.along[0])} → ${signed(real)}`;
      told();
    });
    return drawn;
  }

  function layout() {
    const all = Math.max(280, plot.clientWidth);
    const width = all < 520 ? all : (all - 24) / 2;
    shows = [];
    plot.replaceChildren(...KINDS.map((kind) => panel(kind, width)));
    show();
  }
  const trained = choice(
    "trained for",
    data.states.map(({ steps }) => `${steps} steps`),
    which,
    (chosen) => {
      which = chosen;
      show();
      tell();
    },
  );
  view.append(row(trained), plot);
  forWidth(plot, layout);
  tell();
}
