/** Globals that other scripts of a page define. */

/** Written by `publishing/sphinx/activities.py` into `contents.js`. */
declare const courseContents: { version: number; term: string; parts: { title: string; pages: import("./shared/counts.js").Page[] }[] };

/** From Sphinx's `documentation_options.js`. */
declare const DOCUMENTATION_OPTIONS: { pagename: string };

/** Vega-Embed, which `reading/moving.js` loads. */
declare const vegaEmbed: (view: HTMLElement, specification: object, options: object) => Promise<unknown>;

/** Sphinx's search, on the page of that name. */
declare const Search: {
  htmlToText(html: string, anchor: string): string;
  makeSearchSummary(html: string, words: Set<string>, anchor: string): HTMLElement | null;
};

/** esbuild gives a Python file as its text, and Matplotlib's settings. */
declare module "*.py" {
  const text: string;
  export default text;
}
declare module "*.mplstyle" {
  const text: string;
  export default text;
}
