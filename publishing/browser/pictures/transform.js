// The transform: a table of eight patients to drag, and beside it the table that Batch Normalization makes of it.

import { element } from "../shared/dom.js";
import { button, choice, row } from "./shared/controls.js";
import { handle } from "./shared/handle.js";
import { picture } from "./shared/picture.js";
import { COLORS, drawing, place, set, svg, text } from "./shared/svg.js";

/** @typedef {{name: string, unit: string, low: number, high: number, step: number, digits: number}} Column */
/** @typedef {{columns: Column[], x: number[][], eps: number}} Data */

const LEFT = 18; // the number of a patient
const WIDE = 107; // a column: the number, then the track of its dot
const TRACK = { from: 60, to: 101 };
const [TOP, HIGH] = [58, 25]; // the first row, and the height of a row
const LARGEST = 4; // times its first unit a column can get
const DOUBLED = { 1: "", 2: "twice the ", 4: "4 × the " };
const EDGE = 2.75; // of the scale of x̂

const average = (/** @type {number[]} */ v) => v.reduce((sum, a) => sum + a, 0) / v.length;
/** The variance, with a divisor of the count less `less`. @param {number[]} v @param {number} less */
function variance(v, less = 0) {
  const mean = average(v);
  return v.reduce((sum, a) => sum + (a - mean) ** 2, 0) / (v.length - less);
}
/** @param {number} value @param {number} digits */
const written = (value, digits) =>
  (value < 0 && Math.abs(value) >= 0.5 * 10 ** -digits ? "−" : "") +
  Math.abs(value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
/** A mean or variance, in few digits. @param {number} value */
const short = (value) => written(value, value >= 1000 ? 0 : value >= 100 ? 1 : 2);

picture("transform", (view, /** @type {Data} */ data, say) => {
  const [m, d] = [data.x.length, data.columns.length];
  let x = data.x.map((line) => [...line]);
  let factor = data.columns.map(() => 1);
  let [axis, less] = [0, 0];
  let lit = { row: 0, column: 0 }; // the cell touched last; its row or its column is lit

  const vectors = () => (axis === 0 ? data.columns.map((_, j) => x.map((line) => line[j])) : x);
  /** The statistics of the lines over which the mean is taken, and x̂. */
  function computed() {
    const mean = vectors().map(average);
    const variances = vectors().map((v) => variance(v, less));
    const xHat = x.map((line, i) =>
      line.map((value, j) => (value - mean[axis === 0 ? j : i]) / Math.sqrt(variances[axis === 0 ? j : i] + data.eps)),
    );
    return { mean, variances, xHat };
  }

  // ---------------------------------------------------------------- two tables

  const height = TOP + m * HIGH + 92;
  const drawn = drawing(340, height, "The table x: eight patients with three features each. Each number can be moved.");
  const result = drawing(340, height, "The table x̂ that Batch Normalization makes of x.");
  const at = (/** @type {number} */ j) => LEFT + j * WIDE;
  const y = (/** @type {number} */ i) => TOP + (i + 0.5) * HIGH;

  /** What both tables have: a heading, names, bands, a mean, dots and numbers. @param {SVGSVGElement} into @param {string} title */
  function table(into, title) {
    const light = svg("rect", { rx: 4, class: "transform-lit" });
    into.append(light, text(title, { x: LEFT, y: 16, class: "transform-title" }));
    const heads = data.columns.map((column, j) => [
      text(column.name, { x: at(j) + 4, y: 36, class: "transform-name" }),
      text("", { x: at(j) + 4, y: 51, class: "muted transform-unit" }),
    ]);
    heads.forEach(([name], j) => (name.style.fill = COLORS[j]));
    for (let i = 0; i < m; i += 1) into.append(text(String(i + 1), { x: LEFT - 6, y: y(i) + 5, "text-anchor": "end", class: "muted" }));
    const bands = data.columns.map((_, j) => svg("rect", { y: TOP, height: m * HIGH, fill: COLORS[j], class: "transform-band" }));
    const means = data.columns.map((_, j) => svg("line", { y1: TOP, y2: TOP + m * HIGH, stroke: COLORS[j], class: "transform-mean" }));
    into.append(...heads.flat(), ...bands, ...means);
    const cells = x.map((_, i) =>
      data.columns.map((_, j) => {
        const number = text("", { x: at(j) + TRACK.from - 8, y: y(i) + 5, "text-anchor": "end", class: "transform-number" });
        const rail = svg("line", { x1: at(j) + TRACK.from, x2: at(j) + TRACK.to, y1: y(i), y2: y(i), class: "transform-rail" });
        const dot = svg("circle", { cy: y(i), r: 5.5, fill: COLORS[j] });
        const catches = svg("rect", { x: at(j) + TRACK.from - 6, y: y(i) - HIGH / 2, width: TRACK.to - TRACK.from + 12, height: HIGH, fill: "transparent" });
        const group = svg("g", {}, catches, dot);
        into.append(rail, number, group);
        return { number, dot, group };
      }),
    );
    const bottom = [0, 1].map((k) => {
      const line = text("", { x: LEFT + 4, y: TOP + m * HIGH + 22 + 42 * k, class: "transform-code" });
      const numbers = data.columns.map((_, j) => text("", { x: at(j) + 4, y: TOP + m * HIGH + 41 + 42 * k, class: "transform-number" }));
      into.append(line, ...numbers);
      return { line, numbers };
    });
    return { light, units: heads.map((head) => head[1]), bands, means, cells, bottom };
  }

  const left = table(drawn, "*x*: eight patients");
  const right = table(result, "*x̂* = (*x* − *μ*) / √(*σ*² + *ε*)");

  /** Where a value stands on the track of its column. */
  const onTrack = (/** @type {number} */ share) => TRACK.from + Math.min(1, Math.max(0, share)) * (TRACK.to - TRACK.from);
  const shareOf = (/** @type {number} */ j, /** @type {number} */ value) =>
    (value / factor[j] - data.columns[j].low) / (data.columns[j].high - data.columns[j].low);
  const shareOfHat = (/** @type {number} */ value) => (value + EDGE) / (2 * EDGE);

  /**
   * @param {ReturnType<typeof table>} side
   * @param {number[][]} values
   * @param {(j: number, value: number) => number} share
   * @param {(j: number, value: number) => string} words
   */
  function drawTable(side, values, share, words) {
    data.columns.forEach((_, j) => {
      const column = values.map((line) => line[j]);
      const [mean, spread] = [average(column), Math.sqrt(variance(column))];
      const [from, to] = [mean - spread, mean + spread].map((value) => at(j) + onTrack(share(j, value)));
      const centre = at(j) + onTrack(share(j, mean));
      set(side.bands[j], { x: from, width: Math.max(0, to - from) });
      set(side.means[j], { x1: centre, x2: centre });
      const shown = axis === 0 ? (j === lit.column ? 1 : 0.55) : 0;
      side.bands[j].style.opacity = String(0.2 * shown);
      side.means[j].style.opacity = String(shown);
      values.forEach((line, i) => {
        side.cells[i][j].number.textContent = words(j, line[j]);
        set(side.cells[i][j].dot, { cx: at(j) + onTrack(share(j, line[j])) });
        side.cells[i][j].group.style.opacity = (axis === 0 ? j === lit.column : i === lit.row) ? "1" : "0.65";
      });
    });
    if (axis === 0) set(side.light, { x: at(lit.column), y: 22, width: WIDE - 2, height: TOP + m * HIGH - 20 });
    else set(side.light, { x: 0, y: TOP + lit.row * HIGH, width: LEFT + d * WIDE - 2, height: HIGH });
  }

  /** The two lines below a table, with their numbers. @param {ReturnType<typeof table>} side @param {string[]} lines @param {string[][]} numbers */
  function drawBottom(side, lines, numbers) {
    side.bottom.forEach(({ line, numbers: nodes }, k) => {
      line.textContent = lines[k];
      nodes.forEach((node, j) => {
        node.textContent = numbers[k][j] ?? "";
        node.classList.toggle("strong", numbers[k].length === 1 || (axis === 0 && j === lit.column));
      });
    });
  }

  const told = /** @type {(() => void)[]} */ ([]);

  function draw() {
    const { mean, variances, xHat } = computed();
    drawTable(left, x, shareOf, (j, value) => written(value, data.columns[j].digits));
    drawTable(right, xHat, (_, value) => shareOfHat(value), (_, value) => written(value, 2));
    data.columns.forEach((column, j) => {
      left.units[j].textContent = `${DOUBLED[/** @type {1 | 2 | 4} */ (factor[j])]}${column.unit}`;
    });
    const all = [mean, variances];
    const ofRow = (/** @type {number} */ k) => [`row ${lit.row + 1}: ${short(all[k][lit.row])}  (one of ${m})`];
    drawBottom(
      left,
      [`mean = x.mean(axis=${axis})`, `var = x.var(axis=${axis}${less ? ", ddof=1" : ""})`],
      axis === 0 ? all.map((values) => values.map(short)) : [ofRow(0), ofRow(1)],
    );
    const columns = data.columns.map((_, j) => xHat.map((line) => line[j]));
    drawBottom(
      right,
      ["x_hat.mean(axis=0)", "x_hat.var(axis=0)"],
      [columns.map((v) => written(average(v), 2)), columns.map((v) => written(variance(v), 3))],
    );
    double.textContent = `Double the ${data.columns[lit.column].name} column`;
    double.setAttribute("aria-disabled", String(factor[lit.column] >= LARGEST));
    for (const tell of told) tell();
    return xHat;
  }

  // ---------------------------------------------------------------- what moves it

  const light = (/** @type {number} */ i, /** @type {number} */ j) => {
    lit = { row: i, column: j };
    draw();
  };

  x.forEach((_, i) =>
    data.columns.forEach((column, j) => {
      const { group } = left.cells[i][j];
      const round = (/** @type {number} */ share) => {
        const value = column.low + share * (column.high - column.low);
        return Number((Math.round(value / column.step) * column.step).toFixed(3));
      };
      // In the column's first unit, so that a doubled column has the same ends and steps.
      const tell = handle(group, {
        label: `${column.name} of patient ${i + 1}`,
        min: column.low,
        max: column.high,
        step: column.step,
        value: () => x[i][j] / factor[j],
        at: (event) => {
          const { x: where } = place(drawn, event);
          return round(Math.min(1, Math.max(0, (where - at(j) - TRACK.from) / (TRACK.to - TRACK.from))));
        },
        moved: (value) => {
          x[i][j] = Number(value.toFixed(3)) * factor[j];
          lit = { row: i, column: j };
          draw();
          const line = axis === 0 ? `the ${column.name} column` : `row ${i + 1}`;
          say(`The mean and the variance of ${line} have changed, and with them all ${axis === 0 ? m : d} values of x̂ there.`);
        },
        spoken: (value) => `${written(value * factor[j], column.digits)} ${column.unit}`,
      });
      told.push(tell);
      group.addEventListener("focus", () => light(i, j));
      group.addEventListener("pointerenter", (event) => {
        if (!event.buttons) light(i, j);
      });
    }),
  );

  const axes = choice("mean over axis", ["0", "1"], 0, (chosen) => {
    axis = chosen;
    const xHat = draw();
    const alike = data.columns.every((_, j) => variance(xHat.map((line) => line[j])) < 0.01);
    if (axis === 0) say("One mean for each column: the ages, the incomes, the temperatures.");
    else say(`One mean for each row: of an age, an income and a temperature.${alike ? " In x̂, all patients look alike." : ""}`);
  });
  const divisors = choice("divisor of the variance", ["m", "m − 1"], 0, (chosen) => {
    less = chosen;
    draw();
    const n = axis === 0 ? m : d;
    if (less && axis === 0) say(`The variances have grown by the factor ${n}/${n - 1}, and x̂ now has the variance ${n - 1}/${n} and not 1.`);
    else if (less) say(`The variances of the rows have grown by the factor ${n}/${n - 1}, and all x̂ are closer to 0.`);
    else say(axis === 0 ? "The variance of x̂ over this batch is 1." : "The variance of x̂ in each row is 1.");
  });
  const double = button("", () => {
    const j = lit.column;
    if (factor[j] >= LARGEST) {
      say("It has been doubled often enough. Start again, or take another column.");
      return;
    }
    const before = computed().xHat;
    factor[j] *= 2;
    x = x.map((line) => line.map((value, k) => (k === j ? 2 * value : value)));
    const after = draw();
    const change = Math.max(...after.flatMap((line, i) => line.map((value, k) => Math.abs(value - before[i][k]))));
    const { name } = data.columns[j];
    if (axis === 1) say(`Every ${name} is twice as large, and with it the means of all rows have changed.`);
    else say(`Every ${name} is twice as large, its mean is twice and its variance four times as large. x̂ ${change < 0.001 ? "is the same as before" : "has changed"}.`);
  });
  const again = button("Start again", () => {
    x = data.x.map((line) => [...line]);
    factor = data.columns.map(() => 1);
    [axis, less] = [0, 0];
    lit = { row: 0, column: 0 };
    axes.set(0);
    divisors.set(0);
    draw();
    say("The table is as it was at the start.");
  });

  const whole = element("div", "transform-picture");
  whole.append(drawn, row(axes, divisors, double, again), result);
  view.append(whole);
  draw();
  say(`The ${data.columns[0].name} column is lit: its ${m} values share one mean and one variance.`);
});
