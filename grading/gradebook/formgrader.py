"""formgrader's page of a hand-in, made as the feedback page is: what a learner wrote in it is text, within a budget."""

import html
import importlib
import sys
from typing import Any

from nbformat import NotebookNode

from grading.gradebook.pages import NotebookPage

PACKAGE = "nbgrader.server_extensions.formgrader"


class GraderPage(NotebookPage):
    """nbgrader's page of a hand-in with fields for points, made with the template `templates/grader`."""

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        # nbgrader's template writes these into the page as they stand, and learners may choose their names.
        names = {key: html.escape(resources.get(key) or "") for key in ("student", "last_name", "first_name")}
        return super().from_notebook_node(nb, resources={**resources, **names}, **kw)


def install() -> None:
    """Have formgrader make its pages with `GraderPage`, where this process runs formgrader. May be called twice."""
    if f"{PACKAGE}.formgrader" not in sys.modules:
        return
    base, handlers = (importlib.import_module(f"{PACKAGE}.{name}") for name in ("base", "handlers"))
    base.BaseHandler.exporter = property(_exporter)
    # What lies beside a graded notebook of another course may be a learner's page with scripts.
    files = handlers.SubmissionFilesHandler
    files.content_security_policy = property(lambda self: super(files, self).content_security_policy + "; sandbox")


def _exporter(handler: Any) -> Any:
    """Replaces nbgrader's property of a request: it would give nbconvert's exporter."""
    settings = handler.settings
    if "batchnorm_exporter" not in settings:
        settings["batchnorm_exporter"] = GraderPage(config=settings["nbgrader_formgrader"].config)
    return settings["batchnorm_exporter"]
