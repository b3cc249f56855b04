// Draws each figure that moves from the Vega-Lite specification beside it. Its still stays where this can't run.
for (const figure of document.querySelectorAll("figure.moving")) {
  const view = figure.querySelector(".moving-view");
  const specification = JSON.parse(figure.querySelector("script").textContent);
  figure.classList.add("moves"); // first, since a chart as wide as its container has to see that width
  vegaEmbed(view, specification, { actions: false, renderer: "svg", ast: false }).catch((error) => {
    figure.classList.remove("moves");
    console.error(error);
  });
}
