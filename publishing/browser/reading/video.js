// Plays a video in the page once the reader asks for it. Before that, and without this script, it is a plain link.

import { make } from "../shared/dom.js";

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a.video"))) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a new tab or window
    event.preventDefault();
    const { title = "", frame: address = "" } = link.dataset;
    const frame = make("iframe", { class: "video", title });
    frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    frame.referrerPolicy = "strict-origin-when-cross-origin"; // the player refuses to start without an origin
    frame.src = address;
    link.replaceWith(frame);
    frame.focus();
  });
}
