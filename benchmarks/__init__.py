"""Measurements of the project, most of them against an alternative: `python -m benchmarks [VERB]`."""
