"""The verbs of `python -m grading`."""
