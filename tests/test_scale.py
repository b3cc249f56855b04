"""`python -m benchmarks scale`: the arithmetic of what a course needs, and a small public course that is played."""

import itertools
import signal
import subprocess
import sys

import pytest

from benchmarks import __main__ as verbs
from benchmarks import dask_cluster, scale
from benchmarks.needs import COURSES, NIGHT, Measured, needs
from course.chapter import ROOT, slugs

FOUND = Measured(
    write=0.05, write_wall=0.072, files=800e3, database=10e3, memory=150.0, more=2.0, worker=180.0,
    examine={"transform": 0.36, "project": 7.2},
)  # fmt: skip


def row(table, first):
    (found,) = (line.removeprefix(first).split() for line in table.splitlines() if line.startswith(first))
    return list(map(float, found))


def test_what_courses_need_follows_from_what_was_measured():
    assert COURSES == (1_000, 10_000, 100_000)
    table = needs(FOUND)
    # 100,000 hand-ins of 7.2 s are 200 core hours, which is 25 cores for a night of eight hours.
    assert row(table, "project") == [7.2, 2.0, 1, 20.0, 3, 200.0, 25]
    assert row(table, "transform") == [0.36, 0.1, 1, 1.0, 1, 10.0, 2]
    assert row(table, "writing, hours by the clock") == [0.0, 0.2, 2.0]
    assert row(table, "disk, GB") == [0.8, 8.1, 81.0]
    # 150 MB for the first thousand, and 2 MB for each of the 99 others.
    assert row(table, "writing, GB of memory") == pytest.approx([0.1, 0.2, 0.3], abs=0.06)


def test_the_table_of_the_guide_has_every_chapter_and_its_own_arithmetic():
    page = (ROOT / "book/instructors/scale.md").read_text()
    for slug in slugs():
        each, *needed = row(page, slug)
        for size, hours, cores in zip(COURSES, needed[::2], needed[1::2], strict=True):
            rounding = 0.05 + size * 0.005 / 3600  # the seconds are printed to a hundredth, the hours to a tenth
            assert hours == pytest.approx(size * each / 3600, abs=rounding + 1e-9)
            assert (hours - 0.05) / NIGHT <= cores <= (hours + 0.05) / NIGHT + 1


def test_learners_have_ids_of_all_kinds_and_no_two_the_same():
    known = scale.Known(None, dict.fromkeys(["ada", "iris", "jan"]), {})
    learners = list(itertools.islice(scale._learners(known, ("iris",)), 600))
    assert len({name for name, _ in learners}) == 600
    assert {who for _, who in learners} == {"ada", "jan"}
    assert any(not name.isascii() for name, _ in learners)


def test_it_runs_by_name_alone(monkeypatch):
    ran = []
    for name in verbs.VERBS:
        main = scale.main if name == "scale" else None
        monkeypatch.setitem(verbs.VERBS, name, lambda name=name, **options: ran.append((name, options)))
        if main is not None:
            monkeypatch.setattr(scale, "main", verbs.VERBS[name])
    assert verbs.main([]) == 0
    assert "scale" not in dict(ran)
    ran.clear()
    assert verbs.main(["scale", "--hand-ins", "100000", "--examined", "2000"]) == 0
    assert ran == [("scale", {"hand_ins": 100_000, "examined": 2_000})]


@pytest.mark.slow
@pytest.mark.xdist_group("scale")
# nbgrader's own queries make SQLAlchemy warn.
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_a_small_public_course(tmp_path, capsys, monkeypatch):
    """Both parts, on a class of other learners than the guide's; only the loop without end is left out."""
    handed_in = scale.make_class.hand_ins
    monkeypatch.setattr(scale.make_class, "hand_ins", lambda slug: (h for h in handed_in(slug) if h[0] != scale.SLOW))
    known, found = scale._known(tmp_path / "known"), Measured()
    assert (known.points["ada"], known.points["farah"], known.points["jan"]) == (19, 5, 0)
    scale._write(tmp_path, known, 20, found)
    scale._examine(tmp_path, known, 12, found)
    told = capsys.readouterr().out
    assert "alone: 20 of 20" in told
    assert "alone: 12 of 12" in told
    assert "one worker was killed" in told
    assert "one worker was added" in told
    assert min(found.write, found.write_wall, found.files, found.database, found.memory, found.worker) > 0
    # Somebody whose points are others than alone stops it.
    known.points["ada"] += 1
    root = tmp_path / "known"
    with pytest.raises(SystemExit, match="1 of 10 have other points than alone"):
        scale._check(root, {name: name for name in known.contents}, known)


STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(1000)
"""


def test_a_worker_that_does_not_end_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(dask_cluster, "PATIENCE", 0.5)
    with dask_cluster.Cluster(tmp_path, 0) as cluster:
        stubborn = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
        assert stubborn.stdout.readline() == b"ready\n"
        cluster._workers.append(stubborn)
    assert stubborn.returncode == -signal.SIGKILL
    stubborn.stdout.close()
