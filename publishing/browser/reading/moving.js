// Draws each figure that moves from its Vega-Lite specification when the figure comes near the screen; Vega is loaded
// then. Where this fails, the page shows the figure's still picture.

import { dataOf, loadData, loadScript } from "../shared/figure_data.js";
import { holdStill } from "../shared/still.js";

// The folder `vega` is next to the folder of this script, see publishing/assets/vendor.py.
const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
const vega = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"].map((name) => new URL(`../vega/${name}`, here).href);
/** @type {Promise<unknown> | undefined} */
let loading;

function load() {
  loading ??= Promise.all(vega.map(loadScript));
  return loading;
}

/** @param {Element} figure */
function draw(figure) {
  const view = /** @type {HTMLElement} */ (figure.querySelector(".moving-view"));
  const specification = dataOf(figure);
  figure.classList.add("moves"); // first, since a chart as wide as its container has to see that width
  // Vega measures its container when the window is resized, which may be before the page has taken its new width.
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (figure.clientWidth !== width) {
      width = figure.clientWidth;
      window.dispatchEvent(new Event("resize"));
    }
  }).observe(figure);
  return vegaEmbed(view, specification, { actions: false, renderer: "svg", ast: false });
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      Promise.all([load(), loadData(target)])
        .then(() => draw(target))
        .catch((error) => {
          target.classList.remove("moves");
          console.error(error);
        });
    }
  },
  { rootMargin: "800px 0px" },
);
const all = document.querySelectorAll("figure.moving");
for (const figure of all) near.observe(figure);
holdStill(all);
