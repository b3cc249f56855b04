"""The reference package: one module a chapter, NumPy only. Never shipped to learners."""
