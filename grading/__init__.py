"""Grading that a learner's code cannot touch: intake, sandbox, examination, diagnosis, gradebook."""

import os

# Before anything imports NumPy: on small matrices the threads of its linear algebra wait for each other, and cost.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
