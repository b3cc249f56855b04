"""The door to nbgrader: its gradebook, its commands, formgrader and feedback."""
