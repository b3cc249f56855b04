"""What learning platforms give an instructor, and what they take back."""
