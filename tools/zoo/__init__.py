"""Checks of a corpus of real files that need PyTorch; `tools/check_zoo.py` runs them."""
