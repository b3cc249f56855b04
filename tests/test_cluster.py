"""A class graded on a cluster: a worker that dies, what travels to a worker, a cluster that is not there."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from conftest import free_port, wait_until
from hand_ins import FULL, SLUG, a_class, hand_in, points
from test_nbgrader import make_class

from course.chapter import Chapter
from course.errors import CourseError
from grading.commands.grade_class import Options, grade_class
from grading.engine import grade as engine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("scale"),  # not beside the classes of test_class_at_scale.py: each takes all processors
    # nbgrader's own queries make SQLAlchemy warn.
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, each a process of its own; the address."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    folder = tmp_path / "cluster"
    folder.mkdir()
    dask = [sys.executable, "-m", "dask"]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    commands = [[*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], worker, worker]
    log = (folder / "log").open("w")
    started = [subprocess.Popen(c, cwd=folder, stdout=log, stderr=subprocess.STDOUT) for c in commands]
    yield address
    for process in started:
        process.kill()
        process.wait()
    log.close()
    print((folder / "log").read_text())


@pytest.mark.filterwarnings("default")
def test_a_worker_that_dies_costs_a_retry_and_loses_nobody(tmp_path, cluster):
    from distributed import Client

    from grading.engine.cluster import grade_there

    root = tmp_path / "class"
    a_class(root, 6, first="import time; time.sleep(1)")
    results = []
    run = threading.Thread(target=lambda: results.extend(grade_class(root, SLUG, Options(scheduler=cluster))))
    with Client(cluster, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        pids = client.run(os.getpid)
        run.start()
        verdicts = root / "cache" / SLUG
        wait_until(lambda: len(list(verdicts.glob("*.json"))) >= 1 and all(client.processing().values()))
        killed = next(iter(pids))
        lost = client.processing()[killed]
        os.kill(pids[killed], signal.SIGKILL)
        run.join()
        assert lost
        assert killed not in client.scheduler_info()["workers"]
        with pytest.raises(CourseError, match="has another version of the course"):
            client.submit(grade_there, SLUG, b"", b"", {"batchnorm_forward": "another digest"}).result()
    assert points(results) == {f"student{k}": FULL for k in range(6)}
    assert not any(g.problem for g in results)


@pytest.fixture
def relay(cluster):
    """A wire between a client and the scheduler that keeps all that passes; its address, and what has passed."""
    server, passed, ends = socket.create_server(("127.0.0.1", 0)), bytearray(), []

    def carry(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                passed.extend(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.create_connection(("127.0.0.1", int(cluster.rsplit(":", 1)[1])))
                ends.extend([near, far])
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    wait_until(lambda: _listens(cluster))
    threading.Thread(target=accept, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.getsockname()[1]}", passed
    for end in [server, *ends]:
        end.close()


def _listens(address):
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", int(address.rsplit(":", 1)[1]))) == 0


@pytest.mark.filterwarnings("default")
def test_no_name_and_no_secret_travels_to_a_worker(tmp_path, relay):
    address, passed = relay
    root = tmp_path / "class-of-quincy-zanzibar"
    hand_in(root, "quincy-zanzibar", make_class.right(Chapter(SLUG), 0), "a_word_of_the_notebook = 1")
    (root / "submitted" / "quincy-zanzibar" / SLUG / "timestamp.txt").write_text("2026-11-24 12:34:56 UTC")
    assert points(grade_class(root, SLUG, Options(scheduler=address))) == {"quincy-zanzibar": FULL}
    sent = bytes(passed)
    assert b"a_word_of_the_notebook" in sent  # this is the wire, and it is not compressed
    assert b"batchnorm_forward" in sent
    assert b"zanzibar" not in sent
    assert b"12:34:56" not in sent
    secret = engine.course_secret(root)
    assert secret not in sent
    assert secret.hex().encode() not in sent


@pytest.mark.filterwarnings("default")
def test_a_cluster_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    from grading.engine import cluster

    monkeypatch.setattr(cluster, "WAIT_SECONDS", 1)
    a_class(tmp_path, 1)
    with pytest.raises(CourseError, match="no Dask scheduler answers at tcp://"):
        grade_class(tmp_path, SLUG, Options(scheduler=f"tcp://127.0.0.1:{free_port()}"))
