"""Learners' code in processes that can do no harm: bubblewrap, a warm process, its children."""
