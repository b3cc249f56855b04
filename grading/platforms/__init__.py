"""Reads what learning platforms give an instructor, and writes what they take back."""
