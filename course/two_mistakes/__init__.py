"""Two known mistakes of one exercise at once: which pairs there are, and what the page ships of them."""
