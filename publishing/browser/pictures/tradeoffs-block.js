// Which numbers of a batch of images share a mean and a variance with a marked one, for four normalizations; both are
// computed here, and so is what becomes of the marked number when its companions change.

import { deviation, mean, range } from "d3-array";

import { element, make } from "../shared/dom.js";
import { button, choice, row, slider } from "./shared/controls.js";
import { picture } from "./shared/picture.js";
import { COLORS, drawing, set, svg, text } from "./shared/svg.js";

const KINDS = ["Batch", "Layer", "Instance", "Group"];
const [LEFT, TOP, CELL, INSIDE] = [34, 44, 54, 46];

/** @param {number} count @param {string} one */
const amount = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

/** With a true minus sign. @param {number} number @param {number} digits */
const figure = (number, digits = 2) => number.toFixed(digits).replace("-", "−");

picture("tradeoffs-block", (view, /** @type {{pool: number[][][], images: number, channels: number, side: number}} */ data, say) => {
  const { pool, channels, side } = data;
  const pixels = side * side;
  const middle = (pixels - 1) / 2;
  const state = { kind: 0, groups: 2, images: data.images, image: 1, channel: 2 };
  /** Which image of the pool stands in each row. */
  const shown = range(data.images);
  let next = data.images;

  /** Whether a cell's numbers share a mean with the marked one. @param {number} n @param {number} c */
  function shares(n, c) {
    const group = (/** @type {number} */ channel) => Math.floor((channel * state.groups) / channels);
    const [sameImage, sameChannel] = [n === state.image, c === state.channel];
    return [sameChannel, sameImage, sameImage && sameChannel, sameImage && group(c) === group(state.channel)][state.kind];
  }

  function computed() {
    const cells = range(state.images).flatMap((n) => range(channels).filter((c) => shares(n, c)).map((c) => ({ n, c })));
    const numbers = cells.flatMap(({ n, c }) => pool[shown[n]][c]);
    const average = mean(numbers) ?? NaN;
    const spread = (deviation(numbers) ?? NaN) * Math.sqrt(1 - 1 / numbers.length); // with 1/m
    const x = pool[shown[state.image]][state.channel][middle];
    const images = new Set(cells.map(({ n }) => n)).size;
    return { x, average, spread, hat: (x - average) / spread, count: numbers.length, images, means: (state.images * channels * pixels) / numbers.length };
  }

  // The grid: a table to screen readers, in which arrows lead from cell to cell.
  const drawn = drawing(LEFT + channels * CELL + 6, TOP + data.images * CELL + 4, "Images down, channels across");
  const grid = svg("g", { role: "grid", "aria-label": "Cells of pixels: images down, channels across" });
  /** @type {{cell: SVGGElement, frame: SVGRectElement, dots: SVGRectElement[]}[][]} */
  const cells = range(data.images).map((n) => {
    const line = svg("g", { role: "row" });
    const made = range(channels).map((c) => {
      const [left, top, size] = [LEFT + c * CELL, TOP + n * CELL, INSIDE / side];
      const dots = range(pixels).map((k) => svg("rect", { x: left + (k % side) * size, y: top + Math.floor(k / side) * size, width: size, height: size }));
      const frame = svg("rect", { x: left - 1, y: top - 1, width: INSIDE + 2, height: INSIDE + 2, rx: 2, fill: "none" });
      const cell = svg("g", { role: "gridcell", class: "picture-cell" }, ...dots, frame);
      cell.addEventListener("click", () => mark(n, c));
      line.append(cell);
      return { cell, frame, dots };
    });
    grid.append(line);
    return made;
  });
  const diamond = svg("path", { d: "M0-8 8 0 0 8-8 0Z", fill: COLORS[1], stroke: "var(--pst-color-background)", "stroke-width": 2, "pointer-events": "none" });
  drawn.append(
    text("*C* channels", { x: LEFT + (channels * CELL) / 2, y: 14, "text-anchor": "middle" }),
    ...range(channels).map((c) => text(String(c + 1), { x: LEFT + c * CELL + INSIDE / 2, y: 34, "text-anchor": "middle", class: "muted" })),
    ...range(data.images).map((n) => text(String(n + 1), { x: LEFT - 8, y: TOP + n * CELL + INSIDE / 2 + 5, "text-anchor": "end", class: "muted" })),
    text("*N* images", { transform: `translate(12 ${TOP + (data.images * CELL) / 2}) rotate(-90)`, "text-anchor": "middle" }),
    grid,
    diamond,
  );
  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation(); // arrows would turn the page
    mark(Math.min(state.images - 1, Math.max(0, state.image + by[0])), Math.min(channels - 1, Math.max(0, state.channel + by[1])));
    cells[state.image][state.channel].cell.focus({ preventScroll: true });
  });

  /** @param {number} n @param {number} c */
  function mark(n, c) {
    if (n >= state.images) return;
    [state.image, state.channel] = [n, c];
    draw();
  }

  const formula = element("p", "picture-formula");
  /** @param {string} [before] what has changed */
  function draw(before = "") {
    const { x, average, spread, hat, count, images, means } = computed();
    cells.forEach((line, n) =>
      line.forEach(({ cell, frame, dots }, c) => {
        const [here, shared, marked] = [n < state.images, n < state.images && shares(n, c), n === state.image && c === state.channel];
        const color = shared ? COLORS[0] : "var(--pst-color-text-muted)";
        dots.forEach((dot, k) => {
          const level = Math.min(1, Math.max(0, (pool[shown[n]][c][k] + 2) / 16));
          set(dot, { fill: color, "fill-opacity": here ? (shared ? 0.3 + 0.7 * level : 0.04 + 0.3 * level) : 0 });
        });
        set(frame, { stroke: color, "stroke-width": shared ? 2.5 : 1, "stroke-dasharray": here ? "none" : "3 4", "stroke-opacity": shared ? 1 : 0.5 });
        set(cell, { tabindex: marked ? 0 : -1, "aria-selected": String(marked), "aria-disabled": String(!here) });
        const place = `image ${n + 1}, channel ${c + 1}`;
        set(cell, { "aria-label": here ? `${place}${marked ? ", marked" : ""}: ${shared ? "shares the mean" : "has another mean"}` : `${place}: taken away` });
      }),
    );
    set(diamond, { transform: `translate(${LEFT + state.channel * CELL + INSIDE / 2} ${TOP + state.image * CELL + INSIDE / 2})` });
    formula.replaceChildren(
      make("i", {}, "x̂"), " = (", make("i", {}, "x"), " − ", make("i", {}, "μ"), ") / ", make("i", {}, "σ"),
      make("br"),
      ` = (${figure(x, 0)} − ${average < 0 ? `(${figure(average)})` : figure(average)}) / ${figure(spread)} = `,
      element("strong", "picture-number", figure(hat)),
    );
    groups.hidden = state.kind !== 3;
    const from = images > 1 ? amount(images, "image") : "one image";
    say(`${before}${KINDS[state.kind]}: each mean is over ${amount(count, "number")} of ${from}; ${amount(means, "mean")} in all.`);
  }

  const groups = choice("Groups", ["1", "2", "3", "6"], 1, (k) => {
    state.groups = [1, 2, 3, 6][k];
    draw();
  });
  const companions = button("Other companions", () => {
    const before = figure(computed().hat);
    for (const n of range(data.images)) {
      if (n === state.image) continue;
      do next = (next + 1) % pool.length;
      while (shown.includes(next));
      shown[n] = next;
    }
    const after = figure(computed().hat);
    draw(before === after ? `x̂ stays ${after}: no other image counts. ` : `x̂ went from ${before} to ${after}. `);
  });
  view.append(
    element(
      "div",
      "picture-block",
      drawn,
      element(
        "div",
        "",
        row(choice("Normalization", KINDS, 0, (k) => {
          state.kind = k;
          draw();
        })),
        row(groups),
        row(
          slider("Images", { min: 1, max: data.images, step: 1, value: data.images }, (to) => {
            state.images = to;
            state.image = Math.min(state.image, to - 1);
            draw();
          }),
          companions,
        ),
        formula,
      ),
    ),
  );
  draw();
});
