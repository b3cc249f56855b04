"""From the pages of the book to notebooks, visible answer keys and the site."""
