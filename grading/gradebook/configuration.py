"""Plugs the course into nbgrader: which classes it uses in place of its own."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearSolutions,
    Execute,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from course.chapter import slugs
from grading.gradebook import dates, formgrader, kept_graded, kept_release, literal_ids, shared_engine
from grading.gradebook.exchange import ReleaseFeedback
from grading.gradebook.export import QuotedExport
from grading.gradebook.feedback import AddCard, FeedbackPage, GetGrades
from grading.gradebook.pages import TEMPLATES
from grading.gradebook.preprocessors import Grade, Reader, SaveVerdict, _submitted_timestamp, normalize_name
from grading.terminal import show_control_characters_in_logs

# nbgrader runs the program `alembic` when it makes a gradebook, and looks for it on PATH alone.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

# nbgrader's own queries make SQLAlchemy warn at each submission, without harm.
warnings.filterwarnings("ignore", category=SAWarning)


def configure(c: Config, root: Path) -> None:
    """Plug the course into nbgrader.

    Parameters
    ----------
    c : Config
        The configuration that nbgrader reads; it is changed in place.
    root : Path
        The course's folder, nbgrader's course root: `source/`, `submitted/`, `gradebook.db`, ...
    """
    show_control_characters_in_logs()
    shared_engine.install()
    literal_ids.install()
    dates.install()
    kept_release.install()
    kept_graded.install()
    NbGraderAPI.get_submitted_timestamp = _submitted_timestamp
    c.CourseDirectory.root = str(root)
    # A page of ours holds stubs and no solutions. nbgrader would look for a solution to clear, and replace whole cells.
    c.GenerateAssignment.preprocessors = [
        skip_our_assignments(kind) if kind is ClearSolutions else kind for kind in _stock(GenerateAssignment)
    ]
    c.Autograde.exporter_class = Reader
    c.Reader.optimistic_validation = True  # the notebook is validated once a pass, not after each preprocessor
    c.Autograde.sanitize_preprocessors = [
        *(
            shared_engine.CheckMetadata if kind is CheckCellMetadata else skip_our_assignments(kind)
            for kind in _stock(Autograde, "sanitize_")
        ),
    ]
    ours = {Execute: Grade, SaveAutoGrades: SaveVerdict, CheckCellMetadata: shared_engine.CheckMetadata}
    c.Autograde.autograde_preprocessors = [ours.get(kind, kind) for kind in _stock(Autograde, "autograde_")]
    c.Autograde.pre_convert_hook = normalize_name
    c.ExchangeFactory.release_feedback = ReleaseFeedback
    c.ExportApp.plugin_class = QuotedExport
    # The options of our pages stand under their own names. Under `HTMLExporter` nbgrader would overwrite them.
    stock = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    for page, template in ((c.FeedbackPage, "learner"), (c.GraderPage, "grader")):
        page.template_name = template
        page.extra_template_basedirs = [str(TEMPLATES), str(stock / "templates")]
        page.extra_template_paths = [
            str(TEMPLATES),
            str(stock / "templates"),
            str(stock / "static" / "node_modules" / "bootstrap" / "dist" / "css"),
        ]
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.GenerateFeedback.preprocessors = [GetGrades, AddCard, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
    formgrader.install()


def _stock(converter: type, which: str = "") -> list[type]:
    """The preprocessors that nbgrader's converter has by itself; `which` is "sanitize_", "autograde_" or nothing."""
    return list(converter.class_traits()[f"{which}preprocessors"].default())  # type: ignore[attr-defined]


def skip_our_assignments(kind: type) -> type:
    """A subclass of a preprocessor of nbgrader's that passes over our assignments and works on all others.

    It has the name of the original, so that its section of the configuration still holds.
    """

    def preprocess(self: Any, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if resources["nbgrader"]["assignment"] in slugs():
            return nb, resources
        return kind.preprocess(self, nb, resources)  # type: ignore[attr-defined]

    return type(kind.__name__, (kind,), {"preprocess": preprocess})
