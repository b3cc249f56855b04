"""Copies a gradebook to another database: students, points, what people gave by hand, comments."""

from collections.abc import Iterator

from nbgrader.api import Base, Comment, Grade
from sqlalchemy import Table, func, insert, inspect, select
from sqlalchemy.orm import Session

from course.errors import CourseError
from grading.gradebook.facade import Gradebook

AT_ONCE = 1000  # rows
COURSE = "course"  # the one table in which nbgrader writes a row when it opens a gradebook


def copy(source: Gradebook, target: Gradebook) -> dict[str, int]:
    """Copy all that is in a gradebook to an empty one, in one transaction.

    Returns
    -------
    dict of str to int
        By table the number of rows that were copied; the rows of empty tables are left out.

    Raises
    ------
    CourseError
        They are one database, the source is not there, or the target has students already.
    """
    if source.db_url == target.db_url:
        raise CourseError(f"{source.place} is where the gradebook is; wanted another database")
    if not source.exists():
        raise CourseError(f"there is no gradebook at {source.place}")
    if target.students():
        raise CourseError(f"{target.place} has students already; wanted an empty database")
    copied = {}
    with source.session() as old, target.session() as new:
        for table in Base.metadata.sorted_tables:  # what others refer to comes first
            if table.name == COURSE:
                new.execute(table.delete())
            count = 0
            for rows in _rows(old, table):
                new.execute(insert(table), rows)
                count += len(rows)
            if count:
                copied[table.name] = count
        new.commit()
    return copied


def _rows(session: Session, table: Table) -> Iterator[list[dict]]:
    """The rows of a table, some at a time; of a gradebook of an older nbgrader the columns that it has."""
    there = {column["name"] for column in inspect(session.connection()).get_columns(table.name)}
    result = session.execute(select(*(column for column in table.columns if column.name in there)))
    for rows in result.mappings().partitions(AT_ONCE):
        yield [dict(row) for row in rows]


def by_hand(gradebook: Gradebook) -> int:
    """How many grades and comments people have given in a gradebook."""
    with gradebook.session() as session:
        return sum(
            session.execute(select(func.count()).select_from(kind).where(given.is_not(None))).scalar_one()
            for kind, given in ((Grade, Grade.manual_score), (Comment, Comment.manual_comment))
        )


def left_behind(book: Gradebook) -> str:
    """What to say where the course's folder has a gradebook with grades given by hand, and `book`, elsewhere, has none.

    Empty where there is nothing to say.
    """
    file = book.root / "gradebook.db"
    here = f"sqlite:///{file}"
    if not file.is_file() or book.db_url == here:
        return ""
    left = by_hand(Gradebook(book.root, here))
    if not left or by_hand(book):
        return ""
    return (
        f"{left} grades and comments given by hand are in {file} and not in {book.place}; into an empty database "
        f"python -m grading copy-gradebook copies them"
    )
