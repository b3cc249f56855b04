"""Gives each picture of a page (`lab.picture`) the script and style of its name in `publishing/browser/pictures/`."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from publishing.assets import front_end

FIGURE = re.compile(r'<figure class="picture" data-picture="(?P<name>[^"]*)"')


def name_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Write the address of its script into each picture of the page, and link the styles of all of them.

    Raises
    ------
    ExtensionError
        If `publishing/browser/pictures/` has no script of a picture's name.
    """
    names = dict.fromkeys(FIGURE.findall(context.get("body", "")))
    if not names:
        return
    front = front_end.manifest(Path(app.confdir) / "_build" / "vendor")
    for name in names:
        if f"{name}.js" not in front:
            raise ExtensionError(f"{pagename}: no publishing/browser/pictures/{name}.js for the picture {name!r}")
    root = "../" * pagename.count("/")
    address = {name: f"{root}_static/{front[f'{name}.js']}" for name in names}
    context["body"] = FIGURE.sub(lambda found: f'{found[0]} data-script="{address[found["name"]]}"', context["body"])
    for style in ["pictures.css", *(f"{name}.css" for name in names)]:
        if style in front:
            app.add_css_file(front[style], priority=810)  # after course.css


def setup(app: Sphinx) -> None:
    """`publishing.sphinx.extension` calls this."""
    app.connect("html-page-context", name_scripts)
