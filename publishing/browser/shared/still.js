/**
 * Holds what is in view where it is while something above it grows. Browsers do so themselves ("scroll anchoring"), but
 * for Safari: there, a line that came at the head of the page moved the button from under one's pointer, and a figure
 * that was drawn moved the text below it.
 */

/** @param {Iterable<Element>} places that may grow, in the page's order, none within another */
export function holdStill(places) {
  if (CSS.supports("overflow-anchor", "auto")) return;
  /** @type {WeakMap<Element, number>} */
  const heights = new WeakMap();
  const observer = new ResizeObserver((changed) => {
    let grown = 0;
    for (const { target } of changed) {
      const { bottom, height } = target.getBoundingClientRect();
      const more = height - (heights.get(target) ?? height);
      heights.set(target, height);
      if (bottom - more - grown <= 0) grown += more; // it was above the view
    }
    if (grown) scrollBy({ top: grown, behavior: "instant" });
  });
  for (const place of places) observer.observe(place);
}
