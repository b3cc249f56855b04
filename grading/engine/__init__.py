"""From a prepared hand-in to its verdict."""
