"""Plugs the course into nbgrader: `nbgrader autograde transform` works from here.

An instructor's data lies in `class/`; set BATCHNORM_CLASS to use another folder.
"""

import os
from pathlib import Path

from grading.gradebook.configuration import configure

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "batchnorm"
configure(c, Path(os.environ.get("BATCHNORM_CLASS", Path(__file__).parent / "class")))

# The gradebook of that folder: gradebook.db in it, or a server's, say
# c.CourseDirectory.db_url = "postgresql://course@localhost/course"

# What learners are told: "score", "hints" (which property fails, and the hint of the mistake) or
# "inputs" (also the numbers that came and were wanted).
c.Grade.detail = "hints"

# Whether an exercise counts as right where only an earlier function that it calls is wrong. With False each exercise
# has the points that its function has by itself; the message says the same.
c.Grade.follow_through = True

# Whether an exercise that one small edit in one line makes right earns half of its points. With False it has what its
# properties give; the message says the same.
c.Grade.one_slip = True

# Whether an exercise earns nothing unless it earns all of its points.
c.Grade.all_or_nothing = False

# Which of a learner's attempts counts: "last", or "best", the one with the most points after what lateness costs.
c.Grade.attempt = "last"

# Whether the page for written answers (python -m grading answers) shows no names; --blind and --no-blind are stronger.
c.Answers.blind = False

# Late submissions, where a hand-in has a timestamp.txt and the assignment a due date
# (nbgrader db assignment add transform --duedate "2026-11-01 23:59:59 UTC"): "none" or "zero", ...
c.LateSubmissionPlugin.penalty_method = "none"
# ... or a tenth of the points for each day begun, two hours being nothing and half of the points the most:
# c.AssignLatePenalties.plugin_class = "grading.gradebook.penalties.PenaltyPerDay"
# c.PenaltyPerDay.share = 0.1
# c.PenaltyPerDay.grace_hours = 2
# c.PenaltyPerDay.most = 0.5

# What a learning platform gives goes to class/downloaded/ASSIGNMENT/archive/, as it is; then
# nbgrader zip_collect ASSIGNMENT
c.ZipCollectApp.extractor_plugin = "grading.platforms.zipcollect.Extractor"
c.ZipCollectApp.collector_plugin = "grading.platforms.zipcollect.Collector"
# Blackboard and Brightspace write times in their server's zone, without saying which:
# c.Extractor.timezone = "Europe/Berlin"
