"""Pictures of lessons in a browser."""

DATA = "script => script.dataset.key ? figureData[script.dataset.key] : JSON.parse(script.textContent)"


def data_of(figure):
    """What a picture was drawn from: it stands in the page, or in a script that the picture has loaded."""
    return figure.locator("script").evaluate(DATA)
