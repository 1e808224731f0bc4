"""One command a file: parse arguments, call one function, print. See `cli.py`."""
