// Two networks, one learning rate for both: a dial chooses the rate, and the loss of every step at it is shown. All
// losses were recorded when the page was built; their means are computed here.

import { mean, range, transpose } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";

import { element } from "../shared/dom.js";
import { button, row } from "./shared/controls.js";
import { handle } from "./shared/handle.js";
import { picture } from "./shared/picture.js";
import { COLORS, drawing, place, set, svg, text } from "./shared/svg.js";

/** @typedef {{name: "with" | "without", words: string, color: string, dash: string}} Network */

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [340, 300, 36, 332, 16, 240];
const GUESSING = Math.log(10);
const LOSSES = [0.2, 0.5, 1, 2, 5];
/** @type {Network[]} */
const NETWORKS = [
  { name: "with", words: "with Batch Normalization", color: COLORS[0], dash: "none" },
  { name: "without", words: "without", color: COLORS[1], dash: "7 4" },
];
const y = scaleLog([0.12, 8], [BOTTOM, TOP]).clamp(true);

/** A number with two digits behind the point, or what a loss of 10 stands for. @param {number} loss */
const told = (loss) => (loss > 9.9 ? "diverged" : loss.toFixed(2));

/** An empty chart with the axis of the loss and the line of guessing. @param {string} label @param {string} title */
function chart(label, title) {
  const drawn = drawing(WIDTH, HEIGHT, label);
  for (const loss of LOSSES) {
    drawn.append(
      svg("line", { x1: LEFT, x2: RIGHT, y1: y(loss), y2: y(loss), class: "axis", opacity: 0.2 }),
      text(String(loss), { x: LEFT - 8, y: y(loss) + 5, "text-anchor": "end", class: "muted" }),
    );
  }
  drawn.append(
    svg("line", { x1: LEFT, x2: RIGHT, y1: y(GUESSING), y2: y(GUESSING), class: "axis", "stroke-dasharray": "2 4" }),
    svg("line", { x1: LEFT, x2: RIGHT, y1: BOTTOM, y2: BOTTOM, class: "axis" }),
    text(title, { x: LEFT, y: TOP - 4, class: "muted" }),
  );
  return drawn;
}

/** The two lines that tell the networks apart. */
function legend() {
  return svg(
    "g",
    {},
    ...NETWORKS.flatMap(({ words, color, dash }, k) => [
      svg("line", { x1: LEFT + 8, x2: LEFT + 36, y1: TOP + 18 + 20 * k, y2: TOP + 18 + 20 * k, stroke: color, "stroke-width": 3, "stroke-dasharray": dash }),
      text(words, { x: LEFT + 43, y: TOP + 23 + 20 * k }),
    ]),
  );
}

picture("tradeoffs", (view, /** @type {{rates: number[], runs: Record<Network["name"], number[][][]>}} */ data, say) => {
  const { rates, runs } = data;
  const steps = runs.with[0][0].length;
  /** The losses of each start at a rate. @param {Network} network @param {number} rate */
  const losses = ({ name }, rate) => runs[name].map((start) => start[rate].map((hundredths) => hundredths / 100));
  const ends = NETWORKS.map((network) => rates.map((_, k) => mean(losses(network, k).flatMap((run) => run.slice(-10))) ?? NaN));

  let chosen = 0;
  const tried = new Set([chosen]);

  // On the left the dial, and the end of each training that was tried.
  const x = scaleLog([rates[0], rates[rates.length - 1]], [LEFT + 20, RIGHT - 16]);
  const sweep = chart("The loss at the end against the learning rate, with the dial of the learning rate", "loss at the end");
  const points = svg("g");
  const stem = svg("line", { y1: TOP + 6, y2: BOTTOM, class: "axis" });
  const knob = svg("g", {}, svg("circle", { cy: BOTTOM, r: 20, fill: "transparent" }), svg("circle", { cy: BOTTOM, r: 11, fill: "var(--pst-color-text-base)" }));
  const ticks = rates.map((rate) => text(String(rate), { x: x(rate), y: BOTTOM + 34, "text-anchor": "middle", class: "muted", "font-size": 12 }));
  sweep.append(stem, points, legend(), ...ticks, text("learning rate *η*", { x: (LEFT + RIGHT) / 2, y: BOTTOM + 54, "text-anchor": "middle" }), knob);

  // On the right every step.
  const at = scaleLinear([1, steps], [LEFT + 6, RIGHT - 6]);
  const path = line((/** @type {number} */ _, step) => at(step + 1), (loss) => y(loss));
  const course = chart("The loss of every step at the chosen learning rate", "loss of a step");
  const lines = svg("g", { fill: "none" });
  const title = text("", { x: (LEFT + RIGHT) / 2, y: BOTTOM + 54, "text-anchor": "middle" });
  course.append(lines, ...[1, 20, 40, 60].map((step) => text(String(step), { x: at(step), y: BOTTOM + 20, "text-anchor": "middle", class: "muted" })), title);

  function draw() {
    const rate = rates[chosen];
    const known = range(rates.length).filter((k) => tried.has(k));
    set(stem, { x1: x(rate), x2: x(rate) });
    set(knob, { transform: `translate(${x(rate)} 0)` });
    points.replaceChildren(
      ...NETWORKS.flatMap(({ color, dash }, n) => {
        const joined = line((/** @type {number} */ k) => x(rates[k]), (k) => y(ends[n][k]))(known) ?? "";
        return [
          svg("path", { d: joined, stroke: color, fill: "none", "stroke-width": 1.5, "stroke-dasharray": dash }),
          ...known.map((k) => svg("circle", { cx: x(rates[k]), cy: y(ends[n][k]), r: k === chosen ? 7 : 4, fill: color })),
        ];
      }),
    );
    lines.replaceChildren(
      ...NETWORKS.flatMap((network) => {
        const starts = losses(network, chosen);
        const middle = transpose(starts).map((step) => mean(step) ?? NaN);
        return [
          ...starts.map((run) => svg("path", { d: path(run) ?? "", stroke: network.color, opacity: 0.3 })),
          svg("path", { d: path(middle) ?? "", stroke: network.color, "stroke-width": 3, "stroke-dasharray": network.dash }),
        ];
      }),
    );
    title.replaceChildren(...text(`step, at *η* = ${rate}`).childNodes);
    const [batch, plain] = ends.map((end) => end[chosen]);
    say(`At η = ${rate} the loss ends at ${told(batch)} with Batch Normalization and at ${told(plain)} without.`);
    all.setAttribute("aria-disabled", String(tried.size === rates.length));
  }

  const all = button("Show all rates", () => {
    for (const k of range(rates.length)) tried.add(k);
    draw();
  });
  handle(knob, {
    label: "learning rate η",
    min: 0,
    max: rates.length - 1,
    step: 1,
    value: () => chosen,
    at: (event) => {
      const there = place(sweep, event).x;
      return range(rates.length).reduce((best, k) => (Math.abs(x(rates[k]) - there) < Math.abs(x(rates[best]) - there) ? k : best), 0);
    },
    moved: (to) => {
      chosen = to;
      tried.add(chosen);
      draw();
    },
    spoken: (to) => String(rates[to]),
  });
  view.append(element("div", "picture-pair", sweep, course), row(all));
  draw();
});
