"""What runs inside the sandbox. Of the grader it imports only `wire.py`, which is mounted beside it."""
