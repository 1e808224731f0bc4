"""Checks of golden data, one part a file; each yields one Outcome a case."""
