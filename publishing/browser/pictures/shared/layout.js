// A picture that is laid out for the width of its place.

/**
 * Lay a picture out now, and again whenever its place has another width.
 * @param {Element} place
 * @param {() => void} layout
 */
export function forWidth(place, layout) {
  let width = place.clientWidth;
  layout();
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    layout();
  }).observe(place);
}
