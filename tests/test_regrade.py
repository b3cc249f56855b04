"""A term after the first grading: a private fork whose tests change, and the list that comes before the gradebook."""

import os
import shutil
import subprocess
import sys

import pytest
from test_formgrader import Server
from test_nbgrader import make_class

from course.chapter import ROOT, Chapter
from course.digest import needed

SLUG = "transform"
MODULES = ("solutions", "tests/hidden", "tests/misconceptions")


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    """A copy of the course, in which files may be changed, with a graded class of four and a person's points."""
    fork = tmp_path_factory.mktemp("fork")
    for name in ("course", "grading", "publishing", "solutions", "tests", "book"):
        shutil.copytree(ROOT / name, fork / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("nbgrader_config.py", "_config.yml"):
        shutil.copy(ROOT / name, fork)
    (fork / ".venv-learner").symlink_to(ROOT / ".venv-learner")
    chapter = Chapter(SLUG)
    in_place = next(m for m in chapter.misconceptions("identity_parameters") if m.slug == "in_place")
    hand_in(fork, "ada", make_class.right(chapter, 0))
    hand_in(fork, "ben", make_class.right(chapter, 1))
    answer = make_class.as_answer(in_place, make_class.load(ROOT / f"tests/misconceptions/{SLUG}.py"))
    hand_in(fork, "dana", {**make_class.right(chapter, 2), "identity_parameters": answer})
    hand_in(fork, "emil", {})
    assert command(fork, "grade").returncode == 0
    with gradebook(fork) as book:
        book.find_grade(f"written_{SLUG}", "exercise", SLUG, "dana").manual_score = 2.0
        book.find_comment(f"written_{SLUG}", "exercise", SLUG, "dana").manual_comment = "Well put."
        book.find_grade("test_linear_bn_relu", "exercise", SLUG, "dana").manual_score = 1.0
        book.db.commit()
    return fork


def hand_in(fork, student, answers):
    folder = fork / "class" / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "exercise.ipynb").write_text(make_class.nbformat.writes(make_class.with_answers(SLUG, answers)))


def command(fork, verb, *options):
    return subprocess.run(
        [sys.executable, "-m", "grading", verb, SLUG, "--root", fork / "class", *options],
        cwd=fork,
        env={**os.environ, "PYTHONPATH": str(fork)},
        capture_output=True,
        text=True,
        check=False,
    )


def gradebook(fork):
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{fork / 'class' / 'gradebook.db'}", "batchnorm")


def written(fork):
    """Everything of the class but its cache, by content."""
    kept = (p for p in (fork / "class").rglob("*") if p.is_file() and "cache" not in p.parts)
    return {p: p.read_bytes() for p in kept}


def points(fork, student):
    with gradebook(fork) as book:
        grades = book.find_submission(SLUG, student).notebooks[0].grades
        return {g.name: g.score for g in grades}


def replace(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1, path
    path.write_text(text.replace(old, new))


@pytest.mark.slow
@pytest.mark.xdist_group("regrade")
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
class TestAChangedTest:
    """In this order: a term goes on."""

    def test_lists_who_changes_and_writes_nothing(self, fork):
        # The property that dana fails is worth nothing any more.
        path = fork / "tests" / "hidden" / f"{SLUG}.py"
        before = written(fork)
        name = "def test_identity_parameters__arguments(learner, rng):"
        replace(path, name, f"@pytest.mark.weight(0)\n{name}")
        run = command(fork, "regrade")
        assert run.returncode == 0, run.stderr
        first, *rest = run.stdout.splitlines()
        assert first.startswith("dana: identity_parameters 2.67")
        assert first.endswith("-> 3  (in place)")
        assert rest[0] == "4 hand-ins, 4 of them examined again; 1 learners change"
        assert written(fork) == before

    def test_examines_that_exercise_alone(self, fork):
        """With an engine that writes down what it examines."""
        path = fork / "tests" / "hidden" / f"{SLUG}.py"
        replace(path, "@pytest.mark.weight(0)", "@pytest.mark.weight(0.0)")
        marks = fork / "called"
        replace(
            fork / "grading" / "engine" / "grade.py",
            "    variant = _term_variant(rebuilt)\n",
            f"    open({str(marks)!r}, 'a').write(exercise + '\\n')\n    variant = _term_variant(rebuilt)\n",
        )
        command(fork, "regrade")  # the engine's own text counts for every exercise
        assert len(marks.read_text().split()) == 4 * len(Chapter(SLUG).exercises)
        marks.unlink()
        replace(path, "@pytest.mark.weight(0.0)", "@pytest.mark.weight(0)")
        run = command(fork, "regrade")
        assert "1 learners change" in run.stdout
        assert marks.read_text().split() == ["identity_parameters"] * 4

    def test_changes_no_grade_by_itself(self, fork):
        """Of plain `grade`, though the new verdicts are kept already; a new hand-in is graded by today's tests."""
        (fork / "called").unlink()
        before = written(fork)
        hand_in(fork, "farah", make_class.right(Chapter(SLUG), 3))
        run = command(fork, "grade")
        assert run.returncode == 0, run.stderr
        stay = "4 grades come from earlier tests and stay as before: regrade lists what today's tests would change"
        assert stay in run.stdout
        assert "5 hand-ins, 4 of them graded before; 0 scores changed" in run.stdout
        assert points(fork, "dana")["test_identity_parameters"] < 3
        assert points(fork, "farah")["test_identity_parameters"] == 3
        graded = fork / "class" / "autograded"
        assert {p: b for p, b in written(fork).items() if p.is_relative_to(graded) and "farah" not in p.parts} == {
            p: b for p, b in before.items() if p.is_relative_to(graded)
        }
        again = command(fork, "replay", "dana", "identity_parameters")
        assert "the tests, the reference or the program have changed since it was recorded" in again.stdout
        for made in ("submitted", "autograded"):
            shutil.rmtree(fork / "class" / made / "farah")
        with gradebook(fork) as book:
            book.remove_submission(SLUG, "farah")
        shutil.rmtree(fork / "class" / "cache" / SLUG / "standing" / "farah")
        (fork / "called").unlink()  # farah's

    def test_holds_for_a_class_of_an_earlier_version_too(self, fork):
        """Which kept one verdict on each hand-in, and not which of them the gradebook has."""
        kept = fork / "class" / "cache" / SLUG
        standing = {path: path.read_text() for path in kept.glob("standing/*/*.json")}
        assert len(standing) == 4
        newer = {path.name: (kept / path.name).read_text() for path in standing}
        for path, text in standing.items():
            (kept / path.name).write_text(text)
        shutil.rmtree(kept / "standing")
        before = written(fork)
        assert "4 grades come from earlier tests" in command(fork, "grade").stdout
        assert {p: b for p, b in written(fork).items() if p.suffix == ".ipynb"} == {
            p: b for p, b in before.items() if p.suffix == ".ipynb"
        }
        for name, text in newer.items():
            (kept / name).write_text(text)

    def test_is_written_when_told_from_the_cache(self, fork):
        before = points(fork, "dana")
        run = command(fork, "regrade", "--write")
        assert run.returncode == 0, run.stderr
        assert not (fork / "called").exists()  # nothing was examined again
        assert "dana: 17.67 -> 18 points" in run.stdout
        after = points(fork, "dana")
        assert after["test_identity_parameters"] == 3 > before["test_identity_parameters"]
        assert {**after, "test_identity_parameters": 0} == {**before, "test_identity_parameters": 0}
        assert "0 learners change" in command(fork, "regrade").stdout

    def test_counts_in_formgraders_server_which_has_loaded_the_old_one(self, fork):
        path = fork / "tests" / "hidden" / f"{SLUG}.py"
        mark = "@pytest.mark.weight(0)\n"
        server = Server(fork / "class", fork)
        button = f"/formgrader/api/submission/{SLUG}/dana/autograde"
        try:
            server.wait()
            assert server.post(button)["success"]
            assert points(fork, "dana")["test_identity_parameters"] == 3
            replace(path, mark, "")
            command(fork, "regrade", "--write")
            assert points(fork, "dana")["test_identity_parameters"] == 2.67
            assert server.post(button)["success"]
            assert points(fork, "dana")["test_identity_parameters"] == 2.67
            assert "4 hand-ins, 0 of them examined again; 0 learners change" in command(fork, "regrade").stdout
            name = "def test_identity_parameters__arguments(learner, rng):"
            replace(path, name, f"{mark}{name}")
            assert server.post(button)["success"]  # now the server examines, and keeps what the new test gives
            assert points(fork, "dana")["test_identity_parameters"] == 3
            assert (
                "4 hand-ins, 3 of them examined again; 0 learners change" in command(fork, "regrade", "--write").stdout
            )
        finally:
            server.stop()

    def test_leaves_what_a_person_gave(self, fork):
        with gradebook(fork) as book:
            assert book.find_grade(f"written_{SLUG}", "exercise", SLUG, "dana").manual_score == 2.0
            assert book.find_grade("test_linear_bn_relu", "exercise", SLUG, "dana").score == 1.0
            comment = book.find_comment(f"written_{SLUG}", "exercise", SLUG, "dana")
            assert comment.manual_comment == "Well put."

    def test_says_what_a_person_gave_and_for_one_learner_when_told(self, fork):
        check = 'check("linear_bn_relu"'
        replace(fork / "book" / SLUG / "exercise.md", f":points: 4\n{check}", f":points: 3\n{check}")
        run = command(fork, "regrade", "--student", "dana")
        assert "0 learners change" in run.stdout  # the release is what counts, not today's page
        release = fork / "class" / "release" / SLUG / "exercise.ipynb"
        made = make_class.nbformat.read(release, 4)
        cell = next(c for c in made.cells if c.id == "test_linear_bn_relu")
        cell.metadata.nbgrader.points = 3.0
        release.write_text(make_class.nbformat.writes(made))
        run = command(fork, "regrade", "--student", "dana")
        assert run.stdout.startswith("dana: linear_bn_relu 4 -> 3")
        assert "; a person gave 1, which stays" in run.stdout
        assert "1 hand-ins" in run.stdout

    def test_a_class_that_is_not_graded_is_one_line(self, fork, tmp_path):
        shutil.copytree(fork / "class" / "submitted", tmp_path / "submitted")
        run = command(fork, "regrade", "--root", tmp_path)
        assert run.returncode == 1
        assert run.stderr.startswith("transform is not graded yet: python -m grading grade transform")


class TestWhatAnExerciseHangsOn:
    @pytest.fixture
    def texts(self):
        return [
            "import numpy as np\n\ndef one(x):\n    return _mean(x)\n\ndef _mean(x):\n    return x.mean()\n\n"
            "def two(x):\n    return x\n",
            "from solutions import it as reference\n\n@mark\ndef test_one__values(learner):\n    batch()\n\n"
            "def test_two__values(learner):\n    agree(learner, 'two', reference.one)\n\ndef batch():\n    pass\n",
            "def one__wrong(x):\n    pass\n\ndef two__wrong(x):\n    return one__wrong(x)\n",
        ]

    def test_is_its_own_and_what_that_names(self, texts):
        found = "\n".join(needed("one", texts))
        for name in ("import numpy", "def one", "def _mean", "@mark\ndef test_one__values", "def batch", "one__wrong"):
            assert name in found
        assert "two" not in found
        both = "\n".join(needed("two", texts))
        for name in ("def two", "def one(", "def _mean", "test_two__values", "def two__wrong", "def one__wrong"):
            assert name in both
        for name in ("test_one__values", "def batch"):
            assert name not in both

    def test_comments_between_definitions_count_for_nothing(self, texts):
        assert needed("one", ["# a comment\n" + text for text in texts]) == needed("one", texts)

    def test_every_definition_of_a_chapter_counts_for_some_exercise(self):
        for slug in ("transform", "backprop"):
            texts = [(ROOT / folder / f"{slug}.py").read_text() for folder in MODULES]
            kept = {text for exercise in Chapter(slug).exercises for text in needed(exercise, texts)}
            for text in texts:
                for line in text.splitlines():
                    if line.startswith("def "):
                        assert any(line in part for part in kept), line

    def test_a_misconception_counts_for_its_exercise_alone(self):
        texts = [(ROOT / folder / f"{SLUG}.py").read_text() for folder in MODULES]
        name = "def identity_parameters__eps_ignored("
        changed = [text.replace(name, f"{name}y, ") for text in texts]
        assert changed != texts
        differ = [e for e in Chapter(SLUG).exercises if needed(e, texts) != needed(e, changed)]
        assert differ == ["identity_parameters"]
