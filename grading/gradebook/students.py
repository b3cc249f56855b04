"""Who is in a class, as the gradebook has it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Student:
    """A row of nbgrader's table of students."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
