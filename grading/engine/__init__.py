"""Runs a prepared hand-in, examines it, and gives its verdict, on this machine or on a cluster."""
