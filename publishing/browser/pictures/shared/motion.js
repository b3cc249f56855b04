// Motion that a reader can stop: it rests off screen, and starts by itself only where the reader's system allows motion.

import { button } from "./controls.js";

/** Whether the reader's system asks for less motion. */
export const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * A button that starts and stops a motion.
 * @param {HTMLElement} view the picture; while it is off screen, nothing moves
 * @param {(seconds: number) => boolean | void} frame draws what is `seconds` later than the last frame; true ends the motion
 * @param {{play?: string, pause?: string, running?: boolean}} how the button's words, and whether it starts by itself
 */
export function motion(view, frame, { play = "▶ Play", pause = "⏸ Pause", running = false } = {}) {
  let [on, visible, last, request] = [running && !reduced(), false, 0, 0];
  const press = button(play, () => set(!on));
  function tick(/** @type {number} */ now) {
    request = 0;
    const ended = frame(last ? Math.min(0.1, (now - last) / 1000) : 0);
    last = now;
    if (ended) set(false);
    else next();
  }
  function next() {
    if (on && visible && !request) request = requestAnimationFrame(tick);
  }
  function set(/** @type {boolean} */ to) {
    on = to;
    last = 0;
    press.textContent = on ? pause : play;
    next();
  }
  new IntersectionObserver((entries) => {
    visible = entries.some((entry) => entry.isIntersecting);
    last = 0;
    next();
  }).observe(view);
  set(on);
  return Object.assign(press, { set, running: () => on });
}
