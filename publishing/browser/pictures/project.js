// Six checks as alarms: plant a bug in a training program, run the checks, see which of them ring.

import { element, make } from "../shared/dom.js";
import { button, choice, row } from "./shared/controls.js";
import { picture } from "./shared/picture.js";
import { svg } from "./shared/svg.js";

/** @typedef {{name: string, rings: number[], low: number[], high: number[]}} Mistake what five runs with one bug gave */
/** @typedef {{checks: string[], mistakes: Mistake[]}} Data */

const RUNS = 5;
/** What each check measures: its number in words, and what is allowed. */
const MEASURES = [
  { shown: plain, unit: "", allowed: "1.5 to 4.5" },
  { shown: plain, unit: "", allowed: "0" },
  { shown: percent, unit: " %", allowed: "0.01 %" },
  { shown: plain, unit: "", allowed: "below 0.05" },
  { shown: percent, unit: " % of labels", allowed: "none" },
  { shown: percent, unit: " %", allowed: "90 % or more" },
];

/** @param {number} value */
function plain(value) {
  return Math.abs(value) < 1e-6 ? "0" : String(Number(value.toPrecision(2)));
}

/** @param {number} share */
function percent(share) {
  return Math.abs(share) < 1e-6 ? "0" : String(Number((100 * share).toPrecision(2)));
}

/** @param {Mistake} mistake @param {number} k */
function measured(mistake, k) {
  const { shown, unit } = MEASURES[k];
  const [low, high] = [shown(mistake.low[k]), shown(mistake.high[k])];
  return `${low === high ? low : `${low} to ${high}`}${unit}`;
}

function bell() {
  const drawn = svg("svg", { viewBox: "0 0 24 24", class: "alarm-bell", "aria-hidden": "true" });
  drawn.append(svg("path", { d: "M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6z" }), svg("circle", { cx: 12, cy: 20, r: 1.8 }));
  return drawn;
}

picture("project", (view, /** @type {Data} */ { checks, mistakes }, say) => {
  let planted = 0;
  let hidden = false; // a bug that the reader has to find
  /** @type {Set<number>} */
  const ran = new Set();

  const alarms = checks.map((name, k) => {
    const result = element("span", "alarm-result", "run");
    const press = make("button", { type: "button", class: "alarm" }, bell(), element("span", "alarm-name", `${k + 1}. ${name}`), result, element("span", "alarm-allowed", `allowed: ${MEASURES[k].allowed}`));
    press.addEventListener("click", () => {
      run(k);
      say(`Check ${k + 1}, ${name}: ${told(k)}${ran.size === checks.length ? ` ${summary()}` : ""}`);
    });
    return { press, result };
  });

  /** @param {number} k */
  function run(k) {
    ran.add(k);
    const count = mistakes[planted].rings[k];
    const { press, result } = alarms[k];
    press.classList.toggle("rings", count > 0);
    press.classList.toggle("silent", count === 0);
    result.textContent = `${measured(mistakes[planted], k)}: ${count ? `rings in ${count} of ${RUNS}` : "silent"}`;
  }

  /** @param {number} k */
  function told(k) {
    const count = mistakes[planted].rings[k];
    const verdict = count ? `It rings in ${count} of ${RUNS} runs.` : "It stays silent.";
    return `measured ${measured(mistakes[planted], k)}, allowed ${MEASURES[k].allowed}. ${verdict}`;
  }

  function summary() {
    const ringing = checks.filter((_, k) => mistakes[planted].rings[k]);
    if (!ringing.length) return "All six have run, and no alarm rings.";
    const names = ringing.join(", ").replace(/, ([^,]*)$/, " and $1");
    return `All six have run: ${ringing.length === 1 ? "only " : ""}${names} ${ringing.length === 1 ? "rings" : "ring"}.`;
  }

  function reset() {
    ran.clear();
    for (const { press, result } of alarms) {
      press.classList.remove("rings", "silent");
      result.textContent = "run";
    }
  }

  /** @param {number} chosen */
  function choose(chosen) {
    if (hidden) return guess(chosen);
    planted = chosen;
    reset();
    say(`Planted: ${mistakes[planted].name}. Which alarms will ring?`);
  }

  /** @param {number} guessed */
  function guess(guessed) {
    if (guessed === planted) {
      hidden = false;
      say(`Yes: ${mistakes[planted].name}.`);
      return;
    }
    const differs = [...ran].find((k) => mistakes[guessed].rings[k] > 0 !== mistakes[planted].rings[k] > 0);
    if (differs === undefined) say("No. The alarms that you ran do not tell these two apart: run more, or compare what they measured.");
    else say(`No: with that bug, ${checks[differs]} would ${mistakes[guessed].rings[differs] ? "ring" : "stay silent"}.`);
  }

  const bugs = choice(
    "Plant a bug:",
    mistakes.map(({ name }) => name),
    0,
    choose,
  );
  const all = button("Run all six", () => {
    checks.forEach((_, k) => run(k));
    say(summary());
  });
  const surprise = button("Hide a bug from me", () => {
    planted = 1 + Math.floor(Math.random() * (mistakes.length - 1));
    hidden = true;
    reset();
    for (const input of bugs.querySelectorAll("input")) input.checked = false;
    say("A bug is planted. Run the checks, then choose above which one it is.");
  });
  bugs.classList.add("alarm-bugs");
  view.append(row(bugs), element("div", "alarms", ...alarms.map(({ press }) => press)), row(all, surprise));
});
