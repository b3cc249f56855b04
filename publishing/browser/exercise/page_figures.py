"""A Matplotlib backend that passes each figure to the page, with a description for people who cannot see it."""

import base64
import io

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase as FigureManager  # noqa: F401  Matplotlib looks for it
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas  # noqa: F401
from page import emit


def show(*args, **kwargs):
    """Draw all open figures below the cell, and close them."""
    for manager in Gcf.get_all_fig_managers():
        draw(manager.canvas.figure)
    Gcf.destroy_all()


def draw(figure):
    """Draw one figure below the cell."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110, bbox_inches="tight", facecolor="auto")
    emit("image", base64.b64encode(picture.getvalue()).decode(), describe(figure))


def describe(figure):
    """A description of a figure: its titles, axis labels and legends."""
    parts = [figure._suptitle.get_text()] if figure._suptitle else []
    for axes in figure.axes:
        parts.append(axes.get_title())
        across, up = axes.get_xlabel(), axes.get_ylabel()
        parts.append(f"{up} over {across}" if across and up else across or up)
        legend = axes.get_legend()
        if legend:
            parts.append("with " + ", ".join(text.get_text() for text in legend.get_texts()))
    return "Plot drawn by this cell: " + ("; ".join(filter(None, parts)) or "it has no labels")
