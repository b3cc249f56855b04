"""What the site serves that npm and PyPI give."""
