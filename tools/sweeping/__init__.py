"""Hostile inputs of every kind, the commands that take them, and how a run of one is judged."""
