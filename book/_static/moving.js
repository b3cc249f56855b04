// Draws each figure that moves from the Vega-Lite specification beside it. Its still stays where this can't run.
for (const figure of document.querySelectorAll("figure.moving")) {
  const view = figure.querySelector(".moving-view");
  const specification = JSON.parse(figure.querySelector("script").textContent);
  figure.classList.add("moves"); // first, since a chart as wide as its container has to see that width
  vegaEmbed(view, specification, { actions: false, renderer: "svg", ast: false }).catch((error) => {
    figure.classList.remove("moves");
    console.error(error);
  });
  // Vega measures its container when the window is resized, which may be before the page has taken its new width.
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (figure.clientWidth !== width) {
      width = figure.clientWidth;
      window.dispatchEvent(new Event("resize"));
    }
  }).observe(figure);
}
