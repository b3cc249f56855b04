// What a figure is drawn from. It stands in the page, or in a script of its own, which publishing/sphinx/images.py writes.

/** Where those scripts put it, by key. */
const loaded = () => (/** @type {{figureData?: Record<string, unknown>}} */ (/** @type {unknown} */ (window)).figureData ?? {});

/** @param {string} address @returns {Promise<void>} */
export function loadScript(address) {
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    script.async = false; // in the order in which they are asked for
    script.src = address;
    script.onload = () => done();
    script.onerror = () => fail(new Error(`${address} could not be loaded`));
    document.head.append(script);
  });
}

/** @param {Element} figure */
const place = (figure) => /** @type {HTMLElement} */ (figure.querySelector('script[type="application/json"]'));

/** Load a figure's data, if they are not here yet. @param {Element} figure */
export async function loadData(figure) {
  const { from, key = "" } = place(figure).dataset;
  if (from && !(key in loaded())) await loadScript(from);
}

/** The data of a figure; they are loaded. @param {Element} figure */
export function dataOf(figure) {
  const { dataset, textContent } = place(figure);
  return dataset.from ? structuredClone(loaded()[dataset.key ?? ""]) : JSON.parse(textContent ?? "null");
}
