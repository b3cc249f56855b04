"""What ships to learners: the visible check, with NumPy alone."""
