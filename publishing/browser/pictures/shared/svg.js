// SVG elements, their colours, and where a pointer is among them.

/** The colours of data, in the order of `lab.COLORS`; each has a value for light and one for dark pages. */
export const COLORS = [1, 2, 3, 4, 5].map((k) => `var(--picture-${k})`);

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {(string | Node)[]} content
 */
export function svg(tag, attributes = {}, ...content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(made, attributes);
  made.append(...content);
  return made;
}

/** @param {Element} node @param {Record<string, string | number>} attributes */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}

/**
 * A drawing as wide as its place, with coordinates from 0 to `width` and `height`.
 * @param {number} width
 * @param {number} height
 * @param {string} label what it shows, for screen readers
 */
export function drawing(width, height, label) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "picture-drawing", role: "group", "aria-label": label });
}

/**
 * A text; what stands between asterisks is set as a variable, in italics: `text("*x̂* of example 1", …)`.
 * @param {string} words
 * @param {Record<string, string | number>} attributes
 */
export function text(words, attributes = {}) {
  const parts = words.split("*").map((part, k) => (k % 2 ? svg("tspan", { "font-style": "italic" }, part) : part));
  return svg("text", attributes, ...parts);
}

/**
 * Where a pointer is, in the coordinates of a drawing.
 * @param {SVGSVGElement} drawn
 * @param {PointerEvent} event
 */
export function place(drawn, event) {
  const there = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawn.getScreenCTM()?.inverse());
  return { x: there.x, y: there.y };
}
