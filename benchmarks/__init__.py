"""What is measured, and against whom: `python -m benchmarks [VERB]`, all of them unless told."""
