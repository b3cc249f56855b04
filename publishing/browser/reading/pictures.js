// Loads the data and the script of each picture when its figure comes near the screen. Until then, and where that fails, the page
// shows the picture's still.

import { loadData, loadScript } from "../shared/figure_data.js";
import { holdStill } from "../shared/still.js";

/** @type {Set<string>} */
const asked = new Set();
/** A script draws all figures of its name. @param {string} address */
async function load(address) {
  const figures = [...document.querySelectorAll(`figure.picture[data-script="${CSS.escape(address)}"]`)];
  await Promise.all(figures.map(loadData));
  await loadScript(address);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const address = /** @type {HTMLElement} */ (target).dataset.script;
      if (!address || asked.has(address)) continue;
      asked.add(address);
      load(address).catch((error) => console.error(error)); // the still stays
    }
  },
  { rootMargin: "800px 0px" },
);
const all = document.querySelectorAll("figure.picture");
for (const figure of all) near.observe(figure);
holdStill(all);
