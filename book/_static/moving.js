// Draws each figure that moves from the Vega-Lite specification beside it. Its still stays where this can't run.
for (const figure of document.querySelectorAll("figure.moving")) {
  const view = figure.querySelector(".moving-view");
  const specification = JSON.parse(figure.querySelector("script").textContent);
  vegaEmbed(view, specification, { actions: false, renderer: "svg", ast: false })
    .then(() => figure.classList.add("moves"))
    .catch((error) => console.error(error));
}
