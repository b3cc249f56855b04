"""Grading that a learner's code cannot touch: intake, sandbox, examination, diagnosis, gradebook."""
