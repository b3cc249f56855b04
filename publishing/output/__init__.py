"""After the build: the site is searched for leaks, printed, packed, published or served."""
