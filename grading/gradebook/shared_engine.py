"""nbgrader's gradebook made fast: one database engine for the life of the process, and one check of equal metadata.

nbgrader opens nine engines for each submission. `install`, which `configuration.py` calls, replaces two methods of its
class `Gradebook`. Whoever opens a gradebook, nbgrader's own converters and formgrader among them, still gets a session
of its own; what they share is the engine, with the statements that SQLAlchemy has compiled for it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbgrader.api
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import CheckCellMetadata
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

#: Where nbgrader looks for what belongs to one submission, which without an index reads the whole class's: the points
#: and comments of a notebook, and the notebooks of a submission (SQLite then starts there to find one grade).
INDEXED = (("grade", "notebook_id"), ("comment", "notebook_id"), ("submitted_notebook", "assignment_id"))
DEFAULT = "default_course"  # nbgrader's name for a course without one


@dataclass
class _Known:
    """A database that has been opened: its engine, which file it is, and the courses that are in it."""

    engine: Engine
    file: tuple[int, int] | None
    courses: set[str] = field(default_factory=set)


_known: dict[str, _Known] = {}
_stock_open, _stock_close = Gradebook.__init__, Gradebook.close
# A connection is of no use to a forked process; its own is made when it opens a gradebook.
os.register_at_fork(after_in_child=_known.clear)


def install() -> None:
    """Let every gradebook that this process opens share its database's engine; to do it twice does no harm."""
    nbgrader.api.get_alembic_version = _latest_schema
    Gradebook.__init__, Gradebook.close = _open, _close  # type: ignore[method-assign]


@cache
def _latest_schema() -> str:
    """The version that a new database is given; nbgrader starts a program to ask for it, which takes a second."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head())


def _open(self: Any, db_url: str, course_id: str = DEFAULT, authenticator: Any = None) -> None:
    """Stands for `Gradebook.__init__`."""
    together = _together.get()
    known = _lookup(db_url)
    if known is None or course_id not in known.courses:
        # nbgrader commits below in a session of its own, so what we hold back is committed first.
        if together is not None:
            together.real_commit()
        _stock_open(self, db_url, course_id, authenticator)  # makes tables and course where there are none
        _stock_close(self)
        known = _remember(db_url, course_id)
    if together is not None and together.get_bind() is known.engine:
        self.db = scoped_session(lambda: together)  # type: ignore[arg-type]
    else:
        self.db = scoped_session(sessionmaker(autoflush=True, bind=known.engine, future=True))
    self.engine, self.course_id, self.authenticator = known.engine, course_id, authenticator


def _close(self: Any) -> None:
    """Stands for `Gradebook.close`."""
    together = _together.get()
    if together is not None and self.db() is together:
        return
    self.db.remove()
    if self.engine.dialect.name == "sqlite":
        self.engine.dispose()  # a file that is replaced must not live on in an open connection


def _lookup(db_url: str) -> _Known | None:
    """What is known of a database, unless its file is another one by now."""
    known = _known.get(db_url)
    if known is not None and known.file != _file(db_url):
        del _known[db_url]
        return None
    return known


def _remember(db_url: str, course_id: str) -> _Known:
    if db_url not in _known:
        # A server may have closed a connection that was idle for long: it is tried before it is used.
        engine = create_engine(db_url, future=True, pool_pre_ping=not db_url.startswith("sqlite"))
        with engine.begin() as connection:
            for table, column in INDEXED:
                connection.execute(text(f"CREATE INDEX IF NOT EXISTS {table}_by_{column} ON {table} ({column})"))
        _known[db_url] = _Known(engine, _file(db_url))
    _known[db_url].courses.add(course_id)
    return _known[db_url]


def _file(db_url: str) -> tuple[int, int] | None:
    """Which file a database of SQLite's is."""
    url = make_url(db_url)
    if not url.drivername.startswith("sqlite") or not url.database:
        return None
    try:
        found = os.stat(url.database)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


class _Together(Session):
    """A session whose commits wait for the end of `one_transaction`."""

    def commit(self) -> None:
        self.flush()
        self.expire_all()  # as a commit does: sums of points are read anew

    def real_commit(self) -> None:
        super().commit()


_together: ContextVar[_Together | None] = ContextVar("together", default=None)


@contextmanager
def one_transaction(db_url: str, course_id: str = DEFAULT) -> Iterator[Session]:
    """Keep what this block writes to the gradebook at its end, all of it, or with an exception nothing.

    nbgrader commits about thirty times a submission, and each time waits for the disk. The block may call
    `rollback` on the session to drop what was written. A block inside another one is a part of it.
    """
    outer = _together.get()
    if outer is not None:
        yield outer
        return
    for course in {course_id, DEFAULT}:  # nbgrader's preprocessors ask for the second
        Gradebook(db_url, course).close()
    session = _Together(bind=_known[db_url].engine, autoflush=True, future=True)
    token = _together.set(session)
    try:
        yield session
        session.real_commit()
    finally:
        _together.reset(token)
        session.close()
        if session.get_bind().dialect.name == "sqlite":
            _known[db_url].engine.dispose()


_well_formed: set[str] = set()


class CheckMetadata(CheckCellMetadata):
    """nbgrader's check of its metadata, which is not made again of the same metadata: they are mostly the release's."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        seen = json.dumps([(c.cell_type, c.metadata.get("nbgrader")) for c in nb.cells], sort_keys=True)
        if seen not in _well_formed:
            super().preprocess(nb, resources)
            if len(_well_formed) < 1000:
                _well_formed.add(seen)
        return nb, resources
