"""Runs learners' code in processes that can do no harm: a warm process behind bubblewrap forks a child for each."""
