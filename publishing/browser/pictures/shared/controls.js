// The controls of pictures: a switch, a choice, a slider, a button. Each is an ordinary form control.

import { button as plainButton, element, make } from "../../shared/dom.js";

let made = 0;

/** @param {string} label @param {() => void} act */
export function button(label, act) {
  const press = plainButton(label, act);
  press.className = "course-button";
  return press;
}

/** A switch. @param {string} label @param {boolean} on @param {(on: boolean) => void} changed */
export function toggle(label, on, changed) {
  const input = make("input", { type: "checkbox", autocomplete: "off" });
  input.checked = on;
  input.addEventListener("change", () => changed(input.checked));
  const whole = make("label", { class: "picture-toggle" }, input, " ", label);
  return Object.assign(whole, { set: (/** @type {boolean} */ to) => (input.checked = to) });
}

/**
 * One of several.
 * @param {string} label
 * @param {string[]} options
 * @param {number} chosen
 * @param {(chosen: number) => void} changed
 */
export function choice(label, options, chosen, changed) {
  const name = `picture-choice-${(made += 1)}`;
  const inputs = options.map((_, k) => {
    const input = make("input", { type: "radio", name, autocomplete: "off" });
    input.checked = k === chosen;
    input.addEventListener("change", () => changed(k));
    return input;
  });
  const labels = options.map((option, k) => make("label", {}, inputs[k], " ", option));
  const whole = make("fieldset", { class: "picture-choice" }, make("legend", {}, label), ...labels);
  return Object.assign(whole, { set: (/** @type {number} */ to) => (inputs[to].checked = true) });
}

/**
 * @param {string} label
 * @param {{min: number, max: number, step: number, value: number, shown?: (value: number) => string}} range
 * @param {(value: number) => void} changed
 */
export function slider(label, { min, max, step, value, shown = String }, changed) {
  const input = make("input", { type: "range", min, max, step, value, autocomplete: "off" });
  const number = element("output", "picture-number", shown(value));
  const show = () => {
    number.textContent = shown(input.valueAsNumber);
    input.setAttribute("aria-valuetext", number.textContent);
  };
  input.addEventListener("input", () => {
    show();
    changed(input.valueAsNumber);
  });
  show();
  const whole = make("label", { class: "picture-slider" }, make("span", {}, label), input, number);
  const set = (/** @type {number} */ to) => {
    input.valueAsNumber = to;
    show();
  };
  return Object.assign(whole, { set });
}

/** A row of controls. @param {Node[]} controls */
export const row = (...controls) => element("div", "picture-controls", ...controls);
