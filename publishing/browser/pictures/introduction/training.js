// Two networks train side by side. What enters their sigmoids moves as they learn; a button shakes the normalized one.

import { scaleLinear } from "d3-scale";
import { element } from "../../shared/dom.js";
import { button, row } from "../shared/controls.js";
import { forWidth } from "../shared/layout.js";
import { motion, reduced } from "../shared/motion.js";
import { COLORS, drawing, set, svg, text } from "../shared/svg.js";
import { LAYERS, newRun, pixels, smooth, STEPS } from "./run.js";

/** @typedef {{images: string[], labels: number[]}} Digits */
/** @typedef {import("./run.js").Run} Run */

const UNITS = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]; // those that are drawn
const NAMES = ["without normalization", "with Batch Normalization"];
const PLAIN = COLORS[1];
const NORMALIZED = COLORS[0];
const SHAKEN = COLORS[2];
const [BAR, HEAD, GAP, LOSS] = [6, 20, 12, 144]; // heights
const PER_SECOND = 25;

/** @param {HTMLElement} view @param {Digits} data @param {(text: string) => void} say */
export function drawTraining(view, data, say) {
  const x = pixels(data.images);
  let run = newRun(x, data.labels);
  /** The normalized network's losses of the run before this one. @type {number[]} */
  let before = [];
  let waiting = 0; // seconds that are still to be turned into steps

  const plot = element("div", "introduction-plot");
  let show = () => {};
  const layout = () => {
    const width = Math.max(280, plot.clientWidth);
    const units = drawUnits(width);
    const losses = drawLosses(width);
    plot.replaceChildren(units.drawn, losses.drawn);
    show = () => {
      units.show(run);
      losses.show(run, before);
    };
    show();
  };

  const number = (/** @type {number} */ which) => smooth(run.losses[which]).at(-1)?.toFixed(2) ?? "";
  const tell = () => {
    if (!run.step) return say("Both networks are untrained, with the same first weights.");
    const noisy = run.shakes.every(Boolean) ? ", its layers shaken in every step" : run.shakes.some(Boolean) ? ", its layers shaken in some steps" : "";
    const moved = run.shift ? ` In the last ten steps, layer 3 moved by ${run.shift[0][2].toFixed(2)} and ${run.shift[1][2].toFixed(2)} standard deviations.` : "";
    say(`After ${run.step} steps the loss is ${number(0)} without normalization and ${number(1)} with it${noisy}.${moved}`);
  };
  const advance = (/** @type {number} */ steps) => {
    for (let k = 0; k < steps && run.step < STEPS; k++) run.advance();
    run.look();
  };

  const train = motion(
    view,
    (seconds) => {
      if (run.step >= STEPS) anew();
      waiting += seconds;
      const steps = Math.min(2, Math.floor(waiting * PER_SECOND)); // a slow machine takes longer, and stays usable
      if (steps === 0) return false;
      waiting = Math.max(0, Math.min(0.2, waiting - steps / PER_SECOND));
      advance(steps);
      const ended = run.step >= STEPS;
      if (!reduced() || ended || run.step % 20 < steps) show();
      if (ended) tell();
      return ended;
    },
    { play: "▶ Train" },
  );
  train.addEventListener("click", () => {
    if (!train.running()) tell();
  });
  function anew() {
    if (run.step) before = run.losses[1];
    const { shaken } = run;
    run = newRun(x, data.labels);
    run.shaken = shaken;
    run.look();
    show();
  }
  const ten = button("Ten steps", () => {
    train.set(false);
    advance(10);
    show();
    tell();
  });
  const again = button("Start again", () => {
    train.set(false);
    anew();
    tell();
  });
  const shake = button("Shake the layers", () => {
    run.shaken = !run.shaken;
    shake.textContent = run.shaken ? "Stop shaking" : "Shake the layers";
    heads[1].style.color = run.shaken ? SHAKEN : NORMALIZED;
    run.look();
    show();
    say(
      run.shaken
        ? "From now on, each unit after a normalization is shifted and stretched at random, differently at every step."
        : "The layers are no longer shaken.",
    );
  });
  const heads = NAMES.map((name, which) => {
    const head = element("div", "", element("strong", "", name));
    head.style.color = [PLAIN, NORMALIZED][which];
    return head;
  });
  heads[1].append(" ", shake);
  view.append(element("div", "introduction-heads", ...heads), plot, row(train, ten, again));
  forWidth(plot, layout);
  tell();
}

/** The bars of both networks' units. @param {number} width */
function drawUnits(width) {
  const tall = HEAD + UNITS.length * BAR + GAP;
  const height = LAYERS.length * tall + 34;
  const drawn = drawing(width, height, "What enters the sigmoids of each layer, for ten units of each network");
  const across = (width - 24) / 2;
  const places = NAMES.map((_, which) => {
    const left = which * (across + 24);
    const value = scaleLinear([-5, 5], [left, left + across]).clamp(true);
    for (const tick of [-4, 0, 4])
      drawn.append(
        svg("line", { x1: value(tick), x2: value(tick), y1: HEAD, y2: height - 34, class: "axis", "stroke-opacity": tick ? 0.15 : 0.5 }),
        text(String(tick).replace("-", "−"), { x: value(tick), y: height - 20, "text-anchor": "middle", class: "muted" }),
      );
    drawn.append(text("input of the sigmoid", { x: left + across / 2, y: height - 3, "text-anchor": "middle", class: "muted" }));
    return LAYERS.map((k) => {
      const top = k * tall;
      const shift = text("", { x: left + across, y: top + 14, "text-anchor": "end", class: "muted introduction-shift" });
      drawn.append(text(`layer ${k + 1}`, { x: left, y: top + 14 }), shift);
      const bars = UNITS.map((_, line) => {
        const y = top + HEAD + (line + 0.5) * BAR;
        const bar = svg("line", { y1: y, y2: y, "stroke-width": BAR - 2, "stroke-opacity": 0.45, class: "introduction-bar" });
        const dot = svg("circle", { cy: y, r: 2.4 });
        drawn.append(bar, dot);
        return { bar, dot };
      });
      return { bars, shift, value };
    });
  });

  /** @param {Run} run */
  function show(run) {
    places.forEach((layers, which) => {
      const color = which === 0 ? PLAIN : run.shaken ? SHAKEN : NORMALIZED;
      layers.forEach(({ bars, shift, value }, k) => {
        shift.textContent = run.shift ? `moved ${run.shift[which][k].toFixed(2)}` : "";
        bars.forEach(({ bar, dot }, line) => {
          const values = run.inputs[which][k][UNITS[line]]; // sorted
          const at = (/** @type {number} */ share) => value(values[Math.round(share * (values.length - 1))]);
          set(bar, { x1: at(0.15), x2: Math.max(at(0.85), at(0.15) + 0.5), stroke: color });
          set(dot, { cx: at(0.5), fill: color });
        });
      });
    });
  }
  return { drawn, show };
}

/** The losses of both networks over the steps. @param {number} width */
function drawLosses(width) {
  const drawn = drawing(width, LOSS + 38, "The training loss of both networks");
  const across = scaleLinear([0, STEPS], [30, width - 4]);
  const up = scaleLinear([0, 2.6], [LOSS, 24]).clamp(true);
  for (const tick of [0, 1, 2])
    drawn.append(
      svg("line", { x1: 30, x2: width - 4, y1: up(tick), y2: up(tick), class: "axis", "stroke-opacity": tick ? 0.15 : 0.6 }),
      text(String(tick), { x: 22, y: up(tick) + 5, "text-anchor": "end", class: "muted" }),
    );
  for (const tick of [0, 100, 200, 300])
    drawn.append(text(String(tick), { x: across(tick), y: LOSS + 18, "text-anchor": tick === 300 ? "end" : "middle", class: "muted" }));
  drawn.append(
    text("training step", { x: (width + 26) / 2, y: LOSS + 34, "text-anchor": "middle", class: "muted" }),
    text("training loss", { x: 0, y: 12, class: "muted" }),
  );
  const line = (/** @type {Record<string, string | number>} */ how) => {
    const path = svg("path", { fill: "none", "stroke-width": 2, ...how });
    drawn.append(path);
    return path;
  };
  const last = line({ stroke: "var(--pst-color-text-muted)", "stroke-dasharray": "2 3", "stroke-width": 1.5 });
  const plain = line({ stroke: PLAIN, "stroke-dasharray": "7 3" });
  const calm = line({ stroke: NORMALIZED, class: "introduction-calm" });
  const shaken = line({ stroke: SHAKEN, "stroke-width": 3, class: "introduction-shaken" });
  const label = text("the run before", { "text-anchor": "end", class: "muted" });
  drawn.append(label);

  /** @param {number[]} losses @param {(k: number) => boolean} [wanted] those that are drawn */
  const path = (losses, wanted = () => true) =>
    smooth(losses)
      .map((loss, k) => (wanted(k) ? `${k && wanted(k - 1) ? "L" : "M"}${across(k + 1).toFixed(1)},${up(loss).toFixed(1)}` : ""))
      .join("");

  /** @param {Run} run @param {number[]} before */
  function show(run, before) {
    set(last, { d: path(before) });
    set(plain, { d: path(run.losses[0]) });
    set(calm, { d: path(run.losses[1], (k) => !run.shakes[k]) });
    set(shaken, { d: path(run.losses[1], (k) => run.shakes[k]) });
    const end = smooth(before).at(-1);
    set(label, { x: across(before.length) - 2, y: up(end ?? 0) - 6, visibility: before.length ? "visible" : "hidden" });
  }
  return { drawn, show };
}
