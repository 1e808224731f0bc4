"""The kinds of file that `c2t inspect` knows, one a file.

Each has `fits(head)`, true for no file that another kind fits, and `report(head, options)`.
"""
