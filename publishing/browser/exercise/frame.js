/**
 * Shows HTML that a cell has made. The code of a cell may be a stranger's, so its HTML stands in a frame of an origin of
 * its own: no script of it runs, and it asks no host for anything. Three walls do that, each by itself: the frame's
 * sandbox with a policy inside, the policy of the page (`publishing/sphinx/exercise_cells.py`), which lets no frame go
 * anywhere, and `cleaned`, for what no policy governs, such as connections that a page opens ahead.
 */

import { element } from "../shared/dom.js";

/** Told of a frame's height by the one script in it. It knows no secret, so the policy may name it by its hash. */
export const MEASURE = `addEventListener("DOMContentLoaded",()=>{const{documentElement:d,body:b}=document;const tell=()=>{d.tabIndex=d.scrollHeight>innerHeight+1||d.scrollWidth>innerWidth+1?0:-1;parent.postMessage({height:b.offsetHeight},"*")};new ResizeObserver(tell).observe(b);addEventListener("resize",tell)})`;
export const MEASURE_HASH = "sha256-gFGh1xKOJlUOfuD0PfJusEsS9zR7TRpR84ZhY4X8gMI=";

export const POLICY = [
  "default-src 'none'",
  `script-src '${MEASURE_HASH}'`,
  "style-src 'unsafe-inline'",
  "img-src data:",
  "font-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const UNWANTED = "script, link, meta, base, title, iframe, frame, frameset, object, embed, portal, fencedframe";
const LOWEST = 24; // px
const HIGHEST = 480; // px; what is higher scrolls

/** @type {WeakMap<HTMLIFrameElement, string>} */
const shown = new WeakMap();

/** @param {string} html @param {string} title of the frame, for people who hear the page */
export function frame(html, title) {
  const made = element("iframe", "runner-frame");
  made.setAttribute("sandbox", "allow-scripts");
  made.setAttribute("referrerpolicy", "no-referrer");
  made.title = title;
  shown.set(made, cleaned(html));
  dress(made);
  return made;
}

/** The HTML without what loads or leads elsewhere. It is parsed in a document that runs and loads nothing. @param {string} html */
function cleaned(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const unwanted of parsed.querySelectorAll(UNWANTED)) unwanted.remove();
  for (const one of parsed.querySelectorAll("*")) {
    for (const { name, value } of [...one.attributes]) {
      const inside = value.startsWith("#") && !one.matches("a, area"); // what an SVG uses
      const leads = /(^|:)(href|action|formaction|ping|target)$/i.test(name) && !inside;
      if (leads || /^on/i.test(name)) one.removeAttribute(name);
      if (leads && /href$/i.test(name)) one.setAttribute("title", value); // where the link led can still be read
    }
  }
  const styles = [...parsed.head.querySelectorAll("style")].map((style) => style.outerHTML).join("");
  return styles + parsed.body.innerHTML;
}

/** Fill a frame, in the page's colours. @param {HTMLIFrameElement} made */
function dress(made) {
  const page = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => page.getPropertyValue(`--pst-color-${name}`).trim();
  const scheme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
  const style = `:root{color-scheme:${scheme};background:${colour("background")};color:${colour("text-base")};font:14px/1.5 system-ui,sans-serif}
:root:focus-visible{outline:2px solid ${colour("primary")};outline-offset:-2px}
body{margin:0;padding:2px;display:flow-root;overflow-wrap:anywhere}a{color:${colour("link")}}img,svg{max-width:100%}
table{border-collapse:collapse}th,td{padding:.2rem .5rem;border-bottom:1px solid ${colour("border")};text-align:start}`;
  // eslint-disable-next-line no-restricted-syntax -- here it goes into the frame
  made.srcdoc = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>Output</title><style>${style}</style><script>${MEASURE}</script></head><body>${shown.get(made)}</body></html>`;
}

const frames = () => /** @type {NodeListOf<HTMLIFrameElement>} */ (document.querySelectorAll("iframe.runner-frame"));

if (typeof document !== "undefined") {
  addEventListener("message", ({ data, source }) => {
    const height = Number(data?.height);
    if (!Number.isFinite(height)) return;
    const sender = [...frames()].find((made) => made.contentWindow === source);
    if (sender) sender.style.height = `${Math.min(Math.max(Math.ceil(height), LOWEST), HIGHEST)}px`;
  });
  // The reader has chosen another theme.
  new MutationObserver(() => frames().forEach(dress)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
