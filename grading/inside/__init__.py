"""What runs inside the sandbox. It imports nothing of the grader but `grading.wire`'s file, mounted beside it."""
