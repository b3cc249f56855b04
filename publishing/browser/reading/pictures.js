// Loads the script of each picture when its figure comes near the screen. Until then, and where that fails, the page
// shows the picture's still.

export {}; // a module, so that its names are its own

/** @type {Set<string>} */
const asked = new Set();
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const address = /** @type {HTMLElement} */ (target).dataset.script;
      if (!address || asked.has(address)) continue;
      asked.add(address);
      const script = document.createElement("script");
      script.src = address;
      document.head.append(script);
    }
  },
  { rootMargin: "800px 0px" },
);
for (const figure of document.querySelectorAll("figure.picture")) near.observe(figure);
