"""The pages that instructors get: one file each, no script, no network, light and dark, for a phone too."""

from pathlib import Path
from typing import Any

from grading.jinja import environment

_TEMPLATES = environment(Path(__file__).parent / "templates")


def render(name: str, **values: Any) -> str:
    """A whole page.

    Parameters
    ----------
    name : str
        Of its template in `templates/`, which extends `page.html.j2`.
    values
        What the template shows, as text: markup in it is escaped.
    """
    return _TEMPLATES.get_template(f"{name}.html.j2").render(values)
