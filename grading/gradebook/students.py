"""A student of the class, as the gradebook keeps one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Student:
    """What nbgrader's gradebook keeps of a student; what is not known is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
