"""An exercise examined: its hidden tests against somebody's code, and which mistake it looks like."""
