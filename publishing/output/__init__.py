"""What becomes of the built site: searched for leaks, printed, packed, published, served."""
