"""nbgrader's gradebook made fast: one database engine for the life of the process, and one check of equal metadata.

nbgrader opens nine engines for each submission. `install`, which `configuration.py` calls, replaces two methods of its
class `Gradebook`. Whoever opens a gradebook, nbgrader's own converters and formgrader among them, still gets a session
of its own; what they share is the engine, with the statements that SQLAlchemy has compiled for it.
"""

import contextlib
import json
import logging
import os
from collections.abc import Iterator
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

#: Columns that get an index, as (table, column). By these nbgrader looks for the points and the comments of a notebook
#: and for the notebooks of a submission; without an index each look would read the rows of the whole class.
INDEXED = (("grade", "notebook_id"), ("comment", "notebook_id"), ("submitted_notebook", "assignment_id"))
DEFAULT = "default_course"  # nbgrader's name for a course without one


@dataclass
class _OpenedDatabase:
    """A database that this process has opened.

    Attributes
    ----------
    engine : Engine
        What all its gradebooks share.
    file : pair of ints, or None
        Device and inode of SQLite's file, by which a new file of the same name is noticed; None for other databases.
    courses : set of str
        The courses that are known to be in it.
    """

    engine: Engine
    file: tuple[int, int] | None
    courses: set[str] = field(default_factory=set)


_opened: dict[str, _OpenedDatabase] = {}
_stock_open, _stock_close = Gradebook.__init__, Gradebook.close
# A forked process must not use its parent's connections. It makes its own when it opens a gradebook.
os.register_at_fork(after_in_child=_opened.clear)


def install() -> None:
    """Let all gradebooks that this process opens share one engine for each database. May be called twice."""
    nbgrader.api.get_alembic_version = _latest_schema
    Gradebook.__init__, Gradebook.close = _open, _close  # type: ignore[method-assign]
    logging.getLogger("tornado.application").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record says more than an exception that is raised, too: nbgrader logs the traceback of each failure."""
    return not str(record.msg).startswith("Rolling back session due to database error")


@cache
def _latest_schema() -> str:
    """The version of a new database's schema. nbgrader would run a program to find it, which takes a second."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head())


def _open(self: Any, db_url: str, course_id: str = DEFAULT, authenticator: Any = None) -> None:
    """Replaces `Gradebook.__init__`."""
    delayed = _current_session.get()
    opened = _lookup(db_url)
    if opened is None or course_id not in opened.courses:
        if delayed is not None:  # nbgrader commits here in another session, so what we hold back is committed first
            delayed.real_commit()
        _create_file(db_url, course_id)
        _stock_open(self, db_url, course_id, authenticator)  # makes tables and course where there are none
        _stock_close(self)
        opened = _remember(db_url, course_id)
    if delayed is not None and delayed.get_bind() is opened.engine:
        self.db = scoped_session(lambda: delayed)  # type: ignore[arg-type]
    else:
        self.db = scoped_session(sessionmaker(autoflush=True, bind=opened.engine, future=True))
    self.engine, self.course_id, self.authenticator = opened.engine, course_id, authenticator


def _close(self: Any) -> None:
    """Replaces `Gradebook.close`."""
    delayed = _current_session.get()
    if delayed is not None and self.db() is delayed:
        return
    self.db.remove()
    if self.engine.dialect.name == "sqlite":
        self.engine.dispose()  # an open connection would go on using a file that somebody has replaced


def _create_file(db_url: str, course_id: str) -> None:
    """Make a new gradebook in SQLite, as a whole. nbgrader commits table by table, and so might leave half of them."""
    url = make_url(db_url)
    if not url.drivername.startswith("sqlite") or not url.database or "uri" in url.query or _file(db_url) is not None:
        return
    path = Path(url.database)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        made = object.__new__(Gradebook)
        _stock_open(made, f"sqlite:///{part}", course_id)
        _stock_close(made)
        if not path.exists():
            with contextlib.suppress(FileExistsError):  # another process was faster: its gradebook counts
                os.link(part, path)
        elif not path.stat().st_size:
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _lookup(db_url: str) -> _OpenedDatabase | None:
    """The record of a database that was opened before; None where there is none, or its file was replaced since."""
    opened = _opened.get(db_url)
    if opened is not None and opened.file != _file(db_url):
        del _opened[db_url]
        return None
    return opened


def _remember(db_url: str, course_id: str) -> _OpenedDatabase:
    """Record that a course is in a database, with a new engine where the database has none yet."""
    if db_url not in _opened:
        # A server may have closed a connection that was idle for long, so each is tested before it is used.
        engine = create_engine(db_url, future=True, pool_pre_ping=not db_url.startswith("sqlite"))
        with engine.begin() as connection:
            for table, column in INDEXED:
                connection.execute(text(f"CREATE INDEX IF NOT EXISTS {table}_by_{column} ON {table} ({column})"))
        _opened[db_url] = _OpenedDatabase(engine, _file(db_url))
    _opened[db_url].courses.add(course_id)
    return _opened[db_url]


def _file(db_url: str) -> tuple[int, int] | None:
    """Device and inode of SQLite's file; None for other databases, and where the file is missing or empty."""
    url = make_url(db_url)
    if not url.drivername.startswith("sqlite") or not url.database:
        return None
    try:
        found = os.stat(url.database)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


class _DelayedSession(Session):
    """A session whose commits wait for the end of `one_transaction`."""

    def commit(self) -> None:
        self.flush()
        self.expire_all()  # as a commit would, so that sums of points are read anew

    def real_commit(self) -> None:
        """Commit to the database."""
        super().commit()


_current_session: ContextVar[_DelayedSession | None] = ContextVar("delayed_session", default=None)


@contextlib.contextmanager
def one_transaction(db_url: str, course_id: str = DEFAULT) -> Iterator[Session]:
    """Commit what this block writes to the gradebook once, at its end; after an exception nothing is committed.

    nbgrader commits about thirty times a submission, and waits for the disk each time. The block may call `rollback`
    on the session to drop what was written. A block inside another one belongs to the outer one's transaction.

    Parameters
    ----------
    db_url : str
        The gradebook's address, as SQLAlchemy writes it.
    course_id : str
        nbgrader's name of the course.
    """
    outer = _current_session.get()
    if outer is not None:
        yield outer
        return
    for course in {course_id, DEFAULT}:  # nbgrader's preprocessors open the gradebook without a course's name
        Gradebook(db_url, course).close()
    session = _DelayedSession(bind=_opened[db_url].engine, autoflush=True, future=True)
    token = _current_session.set(session)
    try:
        yield session
        session.real_commit()
    finally:
        _current_session.reset(token)
        session.close()
        if session.get_bind().dialect.name == "sqlite":
            _opened[db_url].engine.dispose()


_well_formed: set[str] = set()


class CheckMetadata(CheckCellMetadata):
    """nbgrader's check of its metadata, made once for equal metadata: most hand-ins have those of the release."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        seen = json.dumps([(c.cell_type, c.metadata.get("nbgrader")) for c in nb.cells], sort_keys=True)
        if seen not in _well_formed:
            super().preprocess(nb, resources)
            if len(_well_formed) < 1000:
                _well_formed.add(seen)
        return nb, resources
