"""Exercises: a chapter's files, its notebook, its examination, and the kit that ships to learners."""
