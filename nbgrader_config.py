"""Plugs the course into nbgrader: `nbgrader autograde transform` works from here.

An instructor's data lies in `class/`; set BATCHNORM_CLASS to use another folder.
"""

import os
from pathlib import Path

from grading.plugin import configure

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "batchnorm"
configure(c, Path(os.environ.get("BATCHNORM_CLASS", Path(__file__).parent / "class")))

# The gradebook of that folder: gradebook.db in it, or a server's, say
# c.CourseDirectory.db_url = "postgresql://course@localhost/course"

# What learners are told: "score", "hints" (which property fails, and the hint of the mistake) or
# "inputs" (also the numbers that came and were wanted).
c.Grade.detail = "hints"

# Late submissions: "none" or "zero", or a plug-in of your own (nbgrader's documentation, "late penalties").
c.LateSubmissionPlugin.penalty_method = "none"
