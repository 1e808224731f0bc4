"""The parts of tools/fuzz.py: what mutates inputs, and what reads them."""
