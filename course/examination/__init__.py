"""Examining an exercise: run its hidden tests on somebody's code, and name the mistake."""
