"""Our Sphinx extension: no other package imports Sphinx."""
