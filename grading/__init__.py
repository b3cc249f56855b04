"""Grading that a learner's code cannot touch: hand-in, sandbox, engine, gradebook, platforms, commands."""

import os

from grading import skip_slow_imports  # noqa: F401 (it works by being imported before all others)

# Before anything imports NumPy: on small matrices the threads of its linear algebra wait for each other, and cost.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
