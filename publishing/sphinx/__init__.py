"""The door to Sphinx: what the site's pages have beyond their text."""
