// A handle: dragged by mouse or finger, moved by keys, and a slider to screen readers.

import { set } from "./svg.js";

/**
 * @typedef {object} How
 * @property {string} label what it moves
 * @property {number} min
 * @property {number} max
 * @property {number} step of an arrow key; Page Up and Page Down make ten of them
 * @property {() => number} value the present value
 * @property {(event: PointerEvent) => number} at the value at a pointer
 * @property {(value: number) => void} moved takes the new value and draws
 * @property {(value: number) => string} [spoken] a value in words
 * @property {boolean} [vertical]
 */

/**
 * Make an element a handle. Returns a function to call when the value has changed in another way.
 * @param {SVGElement} node
 * @param {How} how
 */
export function handle(node, how) {
  const told = () => {
    const value = how.value();
    set(node, { "aria-valuenow": Number(value.toFixed(6)), "aria-valuetext": (how.spoken ?? ((v) => String(Number(v.toFixed(2)))))(value) });
  };
  const move = (/** @type {number} */ value) => {
    const bounded = Math.min(how.max, Math.max(how.min, value));
    if (bounded !== how.value()) how.moved(bounded);
    told();
  };
  set(node, { role: "slider", tabindex: 0, "aria-label": how.label, "aria-valuemin": how.min, "aria-valuemax": how.max });
  if (how.vertical) set(node, { "aria-orientation": "vertical" });
  node.classList.add("picture-handle");
  node.style.touchAction = how.vertical ? "pan-x" : "pan-y"; // a finger that moves the other way scrolls the page
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    node.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    event.preventDefault();
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) move(how.at(event));
  });
  node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const to = { Home: how.min, End: how.max }[event.key] ?? how.value() + (steps ?? NaN) * how.step;
    if (Number.isNaN(to)) return;
    event.preventDefault();
    event.stopPropagation(); // arrows would turn the page
    move(to);
  });
  told();
  return told;
}
