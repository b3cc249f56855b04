"""What a verdict hangs on, exactly: which files regrade whom when they change."""

import json
import shutil

import pytest

from course import digest as course_digest
from course.chapter import ROOT, Chapter
from course.errors import CourseError
from grading.engine import digest as engine_digest

SLUG = "transform"
ALL = set(Chapter(SLUG).exercises)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the files, and a function that gives the digests of a chapter as these files have them."""
    for folder in ("course", "grading", "publishing", "solutions", "tests", "book"):
        skip = shutil.ignore_patterns("__pycache__", "node_modules", "fixtures")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skip)
    monkeypatch.setattr(course_digest, "ROOT", tmp_path)
    monkeypatch.setattr(engine_digest, "ROOT", tmp_path)
    monkeypatch.setattr(engine_digest, "exercise_digests", course_digest.exercise_digests.__wrapped__)
    monkeypatch.setattr(engine_digest, "_engine", engine_digest._engine.__wrapped__)
    monkeypatch.setattr(engine_digest, "_references", engine_digest._references.__wrapped__)
    return tmp_path


def fallen(tree, path, old, new):
    """The exercises whose verdicts fall when a text in a file changes."""
    before = engine_digest.verdict_digests(SLUG)
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new, 1))
    after = engine_digest.verdict_digests(SLUG)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    "path",
    [
        "publishing/assets/icons.py",
        "publishing/sphinx/extension.py",
        "publishing/browser/exercise/cell.js",
        "publishing/browser/exercise/runtime.py",
        "grading/gradebook/feedback.py",
        "grading/commands/report.py",
        "grading/platforms/names.py",
        "grading/handin/intake.py",  # what it makes of a hand-in is in the key of the verdict
        "book/transform/lesson.md",
        "book/transform/exercise.md",  # the release is what counts
        "book/lab.py",
        "tests/slips/transform.py",
        "course/mutations.py",
        "course/earned.py",
        "course/diagnosis_table.py",
        "course/scaffold.py",
        "tests/hidden/backprop.py",
        "tests/misconceptions/backprop.py",
    ],
)
def test_a_change_of_the_site_the_gradebook_or_another_chapter_regrades_nobody(tree, path):
    first = (tree / path).read_text().splitlines()[0]
    assert fallen(tree, path, first, first + " and more") == set()


@pytest.mark.parametrize(
    "path",
    [
        "course/kit/check.py",
        "course/examination/examine.py",
        "course/examination/slip.py",
        "grading/engine/slip.py",
        "grading/engine/session.py",
        "grading/sandbox/limits.py",
        "grading/sandbox/inside/shell.py",
    ],
)
def test_a_change_of_what_examines_regrades_everybody(tree, path):
    first = (tree / path).read_text().splitlines()[0]
    assert fallen(tree, path, first, first + " and more") == ALL


@pytest.mark.parametrize(
    ("path", "old", "new", "who"),
    [
        (
            "tests/hidden/transform.py",
            "def test_identity_parameters__",
            "def test_identity_parameters__renamed_",
            {"identity_parameters"},
        ),
        (
            "tests/misconceptions/transform.py",
            "def identity_parameters__",
            "def identity_parameters__renamed_",
            {"identity_parameters"},
        ),
        (  # pairs of mistakes are merged around right answers
            "tests/formulations/transform.py",
            "def identity_parameters__",
            "def identity_parameters__renamed_",
            {"identity_parameters"},
        ),
    ],
)
def test_a_change_of_one_exercises_tests_or_wrong_answers_regrades_that_exercise(tree, path, old, new, who):
    assert fallen(tree, path, old, new) == who


def test_a_change_of_a_reference_regrades_the_exercises_that_name_it_and_those_whose_calls_it_may_answer(tree):
    body = (tree / "solutions/transform.py").read_text()
    found = fallen(tree, "solutions/transform.py", "def identity_parameters(", "def identity_parameters (")
    named = {n for n in ALL if "identity_parameters" in "".join(course_digest.needed(n, [body]))}
    later = list(Chapter(SLUG).exercises)[1:]
    assert later[0] == "identity_parameters"
    assert found == named | set(later)


def test_another_numpy_of_the_learners_regrades_everybody(tree, monkeypatch):
    before = engine_digest.verdict_digests(SLUG)
    found = engine_digest.learner_packages()
    assert set(found) == {"python", "numpy", "matplotlib", "ipython"}
    monkeypatch.setattr(engine_digest, "learner_packages", lambda: {**found, "numpy": "1.0"})
    after = engine_digest.verdict_digests(SLUG)
    assert all(before[name] != after[name] for name in ALL)


def test_the_learners_packages_are_those_of_their_environment(tmp_path):
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    for name, version in (("numpy", "2.2.0"), ("requests", "1.0")):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    assert engine_digest.learner_packages(tmp_path / "bin" / "python") == {"numpy": "2.2.0", "python": "python3.12"}


def test_a_cached_verdict_that_cannot_be_read_is_a_miss(tmp_path):
    from grading.engine.cache import SCHEMA, Cache
    from grading.engine.verdict import Verdict

    cache = Cache(tmp_path)
    cache.keep(SLUG, b"key", Verdict({}, notes=["a note"]))
    (path,) = (tmp_path / SLUG).glob("*.json")
    whole = path.read_text()
    assert cache.recorded(SLUG, b"key").notes == ["a note"]
    data = json.loads(whole)
    for broken in (
        whole[: len(whole) // 2],
        "",
        "[]",
        "null",
        '{"schema": 1}',
        json.dumps({**data, "schema": SCHEMA + 1}),
    ):
        path.write_text(broken)
        assert cache.recorded(SLUG, b"key") is None
        assert cache.find(SLUG, b"key") is None
        assert set(cache.stale(SLUG, b"key")) == ALL


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"tests/hidden/{SLUG}.py", False),
        ("solutions/introduction.py", False),
        ("course/kit/judges.py", False),
        ("grading/engine/session.py", False),
        ("tests/hidden/introduction.py", True),
        (f"book/{SLUG}/exercise.md", True),
        ("grading/commands/report.py", True),
    ],
)
def test_a_verdict_is_not_kept_where_what_has_judged_is_another_one_by_now(tmp_path, monkeypatch, path, kept):
    """The file is edited after it was loaded, and before the digest is asked for."""
    from course import freshness
    from grading.engine.cache import Cache
    from grading.engine.verdict import Verdict

    def edited(stamps):
        return tuple((name, time - (name == str(ROOT / path)), size) for name, time, size in stamps)

    for name in ("program", "content"):
        before = getattr(freshness._State, name)
        monkeypatch.setattr(freshness._State, name, edited(before))
    cache = Cache(tmp_path)
    if kept:
        cache.keep(SLUG, b"key", Verdict({}))
    else:
        with pytest.raises(CourseError, match=f"the tests of {SLUG} or the grader have changed since"):
            cache.keep(SLUG, b"key", Verdict({}))
    assert bool(list(tmp_path.glob("*/*.json"))) == kept


def test_a_verdict_that_cannot_be_written_holds(tmp_path):
    from grading.engine.cache import Cache
    from grading.engine.verdict import Verdict

    (tmp_path / SLUG).write_text("a file where the folder should be")
    verdict = Verdict({}, notes=["a note"])
    assert Cache(tmp_path).keep(SLUG, b"key", verdict).notes == ["a note"]


def test_a_verdict_that_cannot_be_kept_leaves_no_earlier_one_standing(tmp_path):
    """The gradebook has the later one, and the next run would write the earlier one in its place."""
    from grading.engine.cache import Cache
    from grading.engine.verdict import Verdict

    cache, first, second = Cache(tmp_path), Verdict({}, notes=["first"]), Verdict({}, notes=["second"])
    cache.stand(SLUG, "ada", b"key", cache.keep(SLUG, b"key", first))
    assert cache.standing(SLUG, "ada", b"key")[0].notes == ["first"]
    cache.stand(SLUG, "ada", b"key", second)  # which `keep` could not write
    assert cache.standing(SLUG, "ada", b"key")[0] is None
