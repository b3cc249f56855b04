"""The steps that nbgrader's `autograde` takes with a hand-in of ours: read, rebuild, grade, keep the points."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    Execute,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.utils import compute_checksum
from traitlets import Bool, Enum

from course.chapter import slugs
from course.freshness import refresh
from grading.engine.cache import Cache
from grading.engine.grade import course_secret
from grading.engine.verdict import Detail, Rules, Verdict
from grading.engine.versions import versions_differ
from grading.gradebook import best, foreign, shared_engine
from grading.gradebook.best import BEST, LAST
from grading.gradebook.kept_graded import BEFORE
from grading.gradebook.message import as_html, as_text, findings
from grading.handin import submission
from grading.handin.dates import parse_date
from grading.handin.release import Release, given_out
from grading.handin.submission import OURS, HandIn
from grading.sandbox.warm import Sandbox
from grading.terminal import visible


def normalize_name(assignment: str, student: str, notebooks: list[str]) -> None:
    """Give nbgrader a copy of a notebook like "exercise (1).ipynb" under the name that it knows.

    This is a hook of nbgrader's, its `pre_convert_hook`. The list of notebooks is changed in place.
    """
    folder = Path(notebooks[0]).parent
    if folder.name in slugs():
        notebooks[:] = [str(submission.normalize(folder, folder.name))]


class NotebookAlone(CourseDirectory):
    """The course's folders for hand-ins of ours, of which nbgrader copies and opens no file.

    Otherwise nbgrader would follow a learner's links, wait for pipes, and put a learner's `check.py` beside the graded
    notebook.

    Attributes
    ----------
    handed_in : str or None
        When the attempt that counts was handed in; None where the folder tells.
    """

    handed_in: str | None = None

    @staticmethod
    def like(other: CourseDirectory) -> "NotebookAlone":
        """The same folders and settings, but that all files beside a notebook are ignored."""
        same = {name: getattr(other, name) for name in other.trait_names(config=True)}
        return NotebookAlone(parent=other.parent, config=other.config, **{**same, "ignore": ["*"]})

    def get_existing_timestamp(self, dest_path: str) -> Any:
        return _date(self, dest_path) if self.handed_in is None else parse_date(self.handed_in)


def _date(self: Any, folder: str) -> Any:
    """When a submission was handed in, by its `timestamp.txt`; None where a learner has written no date there."""
    said = submission.date(Path(folder))
    found = parse_date(said)
    if said and found is None:
        self.log.warning("%s: its timestamp is not a date and does not count", folder)
    return found


def _submitted_timestamp(self: Any, assignment_id: str, student_id: str) -> Any:
    """Replaces `NbGraderAPI.get_submitted_timestamp`, in which one bad date would break formgrader's page for all."""
    folders = self.coursedir
    return _date(self, folders.format_path(folders.submitted_directory, student_id, assignment_id))


class Reader(NotebookExporter):
    """Reads what learners really send; a hand-in that can't be read becomes the release with the reason on top."""

    def __init__(self, *args: Any, **kw: Any):
        super().__init__(*args, **kw)
        # nbgrader makes its exporter before it looks at a hand-in, so its folders can still be exchanged here.
        if isinstance(self.parent, Autograde) and self.parent.coursedir.assignment_id in slugs():
            self.parent.coursedir = NotebookAlone.like(self.parent.coursedir)

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        about = (resources or {}).get("nbgrader", {})
        if about.get("assignment") not in slugs():
            return super().from_filename(filename, resources=resources, **kw)
        converter: Any = self.parent
        resources["course_root"] = converter.coursedir.root
        if not converter._sanitizing:  # the second pass reads the notebook that our first pass has written
            return super().from_filename(filename, resources=resources, **kw)
        slug, student, root = about["assignment"], about["student"], Path(converter.coursedir.root)
        refresh()
        release = given_out(root, slug)
        if self.config.Grade.get("attempt") == BEST:
            hand_in = self._best(root, slug, student, release)
        else:
            hand_in = submission.prepare(Path(filename).parent, student, slug, release.notebook)
        for line in [hand_in.refusal, *hand_in.notes, versions_differ()]:
            if line:
                self.log.warning("%s: %s", student, line)
        lay_companion_files(converter, hand_in, release)
        return self.from_notebook_node(hand_in.notebook, resources=resources, **kw)

    def _best(self, root: Path, slug: str, student: str, release: Release) -> HandIn:
        """The best of a student's attempts, all of which are graded here; their verdicts are kept."""
        kept, secret, found = Cache(root / "cache"), course_secret(root), []
        for one in best.prepared(root, slug, student, release):
            verdict = Verdict(refused=one.refusal) if one.refusal else None
            if verdict is None:
                verdict = kept.graded(slug, student, one.notebook, secret, lambda: sandbox_for(release.files))
            found.append((one, verdict))
        folders = self.parent.coursedir  # type: ignore[union-attr]
        with Gradebook(folders.db_url, folders.course_id) as book:
            late = best.lateness(book.db, self.config, slug)
            counts = best.chosen(found, Grade(config=self.config).rules, late)[0]
            book.update_or_create_submission(slug, student, timestamp=parse_date(counts.date))
        return counts


def lay_companion_files(converter: Any, hand_in: HandIn, release: Release) -> None:
    """Write what belongs beside a graded notebook: the release's files, the time, and the name for the feedback."""
    files = dict(release.files)
    if hand_in.date:
        files[submission.DATE] = hand_in.date.encode()
    if hand_in.exchange_secret:
        files[submission.SECRET] = hand_in.exchange_secret.encode()
    submission.lay_beside(files, Path(converter._format_dest(hand_in.slug, hand_in.student)))


class Grade(NbGraderPreprocessor):
    """Runs and examines a rebuilt notebook in the sandbox; the messages become the outputs of its test cells."""

    detail = Enum(
        [d.value for d in Detail],
        Detail.HINTS.value,
        help="How much learners are told: score, hints, inputs.",
    ).tag(config=True)
    follow_through = Bool(
        True, help="Whether an exercise counts as right where only an earlier function that it calls is wrong."
    ).tag(config=True)
    one_slip = Bool(
        True, help="Whether an exercise that is right but for one small edit earns half of its points."
    ).tag(config=True)
    all_or_nothing = Bool(False, help="Whether an exercise earns nothing unless it earns all of its points.").tag(
        config=True
    )
    attempt = Enum([LAST, BEST], LAST, help="Which of a learner's attempts counts: last, best.").tag(config=True)

    @property
    def rules(self) -> Rules:
        """What counts, by the course's settings."""
        return Rules(self.follow_through, self.one_slip, self.all_or_nothing)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        slug, state = about["assignment"], nb.metadata.get(OURS, {})
        if slug not in slugs():
            self._run_foreign(nb, resources)
            return nb, resources
        verdict = resources.get("verdict")
        if verdict is None:
            verdict = self._graded(about, nb, Path(resources["course_root"]), state.get("refused", ""))
            for line in verdict.notes:
                self.log.warning("%s: %s", about["student"], line)
        verdict = verdict.counted(self.rules)
        show(nb, verdict, Detail(self.detail))
        resources["verdict"] = verdict
        return nb, resources

    @staticmethod
    def _graded(about: Any, nb: NotebookNode, root: Path, refusal: str) -> Verdict:
        if refusal:
            return Verdict(refused=refusal)
        slug, student = about["assignment"], about["student"]
        files = given_out(root, slug).files
        return Cache(root / "cache").graded(slug, student, nb, course_secret(root), lambda: sandbox_for(files))

    def _run_foreign(self, nb: NotebookNode, resources: Any) -> None:
        """Run another course's notebook, by the settings of nbgrader's preprocessor `Execute`."""
        stock = Execute(parent=self)
        if not stock.enabled:
            return
        seconds = stock.timeout if stock.timeout and stock.timeout > 0 else None
        folder = Path(resources["metadata"]["path"])
        for line in foreign.run(nb, folder, foreign_sandbox(), seconds, stock.error_on_timeout):
            self.log.warning("%s: %s", resources["nbgrader"]["student"], line)


_sandboxes: dict[str, Sandbox] = {}


def sandbox_for(files: Mapping[str, bytes]) -> Sandbox:
    """The sandbox with these files, by name, which stays warm for as long as this process lives."""
    key = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
    if key not in _sandboxes:
        _sandboxes[key] = Sandbox(files=files).__enter__()
    return _sandboxes[key]


def foreign_sandbox() -> Sandbox:
    """The sandbox for other courses' notebooks, which stays warm for as long as this process lives."""
    if "" not in _sandboxes:
        _sandboxes[""] = Sandbox(foreign.LIMITS).__enter__()
    return _sandboxes[""]


def show(nb: NotebookNode, verdict: Verdict, detail: Detail) -> None:
    """Put a verdict into a notebook: the outputs of the learner's cells, and the message of each test cell."""
    if verdict.refused:
        banner = f"**This submission could not be read, so it was not graded.** {_as_markdown(verdict.refused)}"
        nb.cells.insert(0, NotebookNode(cell_type="markdown", id="refused", source=banner, metadata={}))
    nb.metadata.setdefault(OURS, NotebookNode())["findings"] = {
        name: findings(found, detail) for name, found in verdict.exercises.items() if detail is not Detail.SCORE
    }
    count = 0
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("test_")
        graded = cell.metadata.get("nbgrader", {}).get("grade")
        if graded and name in verdict.exercises:
            found = verdict.exercises[name]
            cell.outputs = [_display(as_text(found, detail), as_html(found, detail))]
        elif graded:
            cell.outputs = [_display("not graded: " + (verdict.refused or "see above"), None)]
        else:
            cell.outputs = [kept for o in verdict.outputs.get(cell.id, []) if (kept := _harmless(o, count))]


_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def _as_markdown(text: str) -> str:
    """Markdown that shows a text as it is, in one line: a reason may hold names that a learner chose."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(visible(text, keep="").split()))


def _display(text: str, page: str | None) -> NotebookNode:
    data = {"text/plain": text} | ({"text/html": page} if page else {})
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=NotebookNode())


PICTURES = ("image/png", "image/jpeg")


def _harmless(output: dict, count: int) -> NotebookNode | None:
    """A learner's output with its text and pictures alone, since a page would run HTML; None where nothing is left."""
    node = NotebookNode(output)
    if node.output_type in ("display_data", "execute_result"):
        data = {k: v for k, v in output["data"].items() if k == "text/plain" or k in PICTURES}
        if not data:
            return None
        node.data, node.metadata = NotebookNode(data), NotebookNode()
        if node.output_type == "execute_result":
            node.execution_count = count
    return node


def answers(nb: NotebookNode) -> dict[str, str]:
    """What a learner has written into the cells for answers, by the cells' names."""
    cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}


def _graded_before(resources: Any) -> dict[str, str]:
    """The answers in the notebook that was graded before this one; none where it is not there or can't be read."""
    about, root = resources["nbgrader"], Path(resources.get("course_root", ""))
    path = resources.get("graded_before") or root / BEFORE / about["student"] / about["assignment"] / submission.NAME
    try:
        return answers(nbformat.read(path, as_version=4))
    except (OSError, ValueError, nbformat.ValidationError):
        return {}


class _RowsOfNotebook:
    """Takes the gradebook's place while `SaveAutoGrades` works through the cells of one notebook.

    nbgrader would ask the database for the row of each cell, and commit after each. Here all rows of the notebook are
    read at once, and what has changed is committed once, at the end.
    """

    def __init__(self, gradebook: Gradebook, notebook: str, assignment: str, student: str):
        found = gradebook.find_submission_notebook(notebook, assignment, student)
        self._grades = {grade.name: grade for grade in found.grades}
        self._comments = {comment.name: comment for comment in found.comments}
        self.db = self

    def commit(self) -> None:
        """Do nothing: `SaveVerdict` commits at the end."""

    def find_grade(self, name: str, *_: str) -> Any:
        """The row with the points of the cell of this name; raises MissingEntry where there is none."""
        return self._found(self._grades, name)

    def find_comment(self, name: str, *_: str) -> Any:
        """The row with the comment on the cell of this name; raises MissingEntry where there is none."""
        return self._found(self._comments, name)

    @staticmethod
    def _found(rows: dict[str, Any], name: str) -> Any:
        if name not in rows:
            raise MissingEntry(f"the gradebook has no cell {name!r} in this notebook")
        return rows[name]


class SaveVerdict(SaveAutoGrades):
    """Writes the points of a verdict to the gradebook.

    nbgrader itself does so with manual scores, comments and written questions. Where a regrade changes the points, the
    old and the new ones are logged.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        self._changed: list[tuple[float, float]] = []  # old and new points of each test cell that was graded before
        about = resources["nbgrader"]
        self._root = resources.get("course_root", "")
        self._answers, self._before = answers(nb), _graded_before(resources)
        self.notebook_id, self.assignment_id = about["notebook"], about["assignment"]
        self.student_id, self.db_url = about["student"], about["db_url"]
        with shared_engine.one_transaction(self.db_url) as session, Gradebook(self.db_url) as gradebook:
            self.gradebook: Any = _RowsOfNotebook(gradebook, self.notebook_id, self.assignment_id, self.student_id)
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, resources, index)
            session.commit()
        old, new = (round(sum(points[k] for points in self._changed), 2) for k in (0, 1))
        if old != new:
            self.log.warning("%s: %g points by tests, were %g", about["student"], new, old)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        name = cell.metadata.nbgrader.grade_id.removeprefix("test_")
        verdict: Verdict | None = resources.get("verdict")
        if verdict is None or cell.cell_type != "code":
            self._add_written_score(cell, resources)
            return
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        points = verdict.exercises[name].points if name in verdict.exercises else 0.0
        if grade.auto_score is not None:
            self._changed.append((grade.auto_score, points))
        grade.auto_score = points
        grade.needs_manual_grade = self._asks_again(grade, name)
        self.gradebook.db.commit()

    def _add_written_score(self, cell: NotebookNode, resources: Any) -> None:
        self._set_checksum(cell)
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        again = self._asks_again(grade, name)
        super()._add_score(cell, resources)
        if grade.manual_score is not None:
            grade.needs_manual_grade = again

    def _asks_again(self, grade: Any, name: str) -> bool:
        """Whether a person has to look at an answer again that they have graded: it has changed since, or was asked.

        nbgrader asks for all of them whenever a hand-in is written, for a new due date, say.
        """
        if grade.manual_score is None:
            return False
        return bool(grade.needs_manual_grade) or self._before.get(name) != self._answers.get(name)

    def _add_comment(self, cell: NotebookNode, resources: Any) -> None:
        self._set_checksum(cell)
        super()._add_comment(cell, resources)

    def _set_checksum(self, cell: NotebookNode) -> None:
        if cell.metadata.nbgrader.get("checksum") is None and self.assignment_id in slugs():
            cell.metadata.nbgrader.checksum = self._released_checksum(cell)

    def _released_checksum(self, cell: NotebookNode) -> str:
        """The checksum of the cell as it was released; nbgrader takes an answer with this checksum for none."""
        untouched = next(
            (
                c
                for c in given_out(Path(self._root), self.assignment_id).notebook.cells
                if c.metadata.get("nbgrader", {}).get("grade_id") == cell.metadata.nbgrader.grade_id
            ),
            cell,
        )
        return compute_checksum(untouched)
