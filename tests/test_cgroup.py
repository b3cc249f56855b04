"""Memory cgroups: a part of the tree is used where it was handed over, and only there.

The files of a group are made up here; that the kernel kills what exceeds them is not for this project to test.
"""

import os
from types import SimpleNamespace

import pytest
from sandboxed import run

from course.errors import ChildDied
from grading.sandbox import cgroup
from grading.sandbox.cgroup import SPARE_BYTES, Group, delegated
from grading.sandbox.limits import MIB


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A cgroup tree whose group /course was handed over, with the processes 11 and 12; and the file that names it."""
    course = tmp_path / "tree" / "course"
    course.mkdir(parents=True)
    (course / "cgroup.procs").write_text("11\n12\n")
    (course / "cgroup.controllers").write_text("cpu io memory pids\n")
    own = tmp_path / "own"
    own.write_text("4:memory:/elsewhere\n0::/course\n")
    given = {course: b"1"}

    def getxattr(folder, name):
        if name != "user.delegate" or folder not in given:
            raise OSError
        return given[folder]

    monkeypatch.setattr(cgroup.os, "getxattr", getxattr)
    return SimpleNamespace(root=tmp_path / "tree", course=course, own=own, given=given)


def test_a_group_that_was_handed_over_is_used(tree):
    assert delegated(tree.root, tree.own) == tree.course
    assert (tree.course / "grader" / "cgroup.procs").read_text() in ("11", "12")
    assert (tree.course / "cgroup.subtree_control").read_text() in ("+memory", "+cpu")


def test_a_second_grader_in_it_finds_it_prepared(tree):
    tree.own.write_text("0::/course/grader\n")
    assert delegated(tree.root, tree.own) == tree.course
    assert not (tree.course / "cgroup.subtree_control").exists()


@pytest.mark.parametrize("missing", ["delegation", "other delegation", "controller", "version 2", "tree"])
def test_no_other_group_is_touched(tree, missing):
    if missing == "delegation":
        tree.given.clear()
    elif missing == "other delegation":
        tree.given[tree.course] = b"0"
    elif missing == "controller":
        (tree.course / "cgroup.controllers").write_text("hugetlb\n")
    elif missing == "version 2":
        tree.own.write_text("4:memory:/course\n")
    else:
        tree.own.write_text("0::/nowhere\n")
    assert delegated(tree.root, tree.own) is None
    assert not (tree.course / "grader").exists()


def test_a_child_gets_a_group_with_a_limit(tree):
    group = Group(tree.course, 1024 * MIB)
    (folder,) = tree.course.glob("learner-*")
    assert (folder / "memory.max").read_text() == str(1024 * MIB + SPARE_BYTES)
    assert (folder / "memory.oom.group").read_text() == "1"
    group.add(17)
    assert (folder / "cgroup.procs").read_text() == "17"
    for file in folder.iterdir():
        file.unlink()  # the kernel does it
    group.remove()
    group.remove()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("events", "killed"),
    [
        ("low 0\nhigh 0\nmax 52\noom 1\noom_kill 2\noom_group_kill 1\n", True),
        ("low 0\nhigh 0\nmax 52\noom 0\noom_kill 1\n", False),  # the whole machine was out of memory
        ("low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n", False),
        ("", False),
        (None, False),
    ],
)
def test_whether_its_limit_has_killed_it_is_read_from_the_group(tree, events, killed):
    group = Group(tree.course, 1024 * MIB)
    (folder,) = tree.course.glob("learner-*")
    if events is not None:
        (folder / "memory.events").write_text(events)
    assert group.killed() is killed


def test_a_process_that_its_group_has_killed_took_too_much_memory(box):
    with box.start() as child:
        run(child, "import time\ndef f(): time.sleep(30)")
        child._status._group = SimpleNamespace(killed=lambda: True, remove=lambda: None)
        os.kill(child._status.pid, 9)
        with pytest.raises(ChildDied, match="too much memory together"):
            child.call("f")


def test_the_sandbox_has_groups_where_this_machine_hands_them_over(box):
    with box.start() as child:
        group = [
            line for line in run(child, "print(open('/proc/self/cgroup').read())").splitlines() if line[:3] == "0::"
        ]
        assert box.cgroups == (delegated() is not None)
        assert (child._status._group is not None) == box.cgroups
    assert len(group) <= 1
