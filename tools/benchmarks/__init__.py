"""Benchmarks, one a file; each measures a ratio against something real in one run."""
