"""Drawings of a net: what is wired to what, with which shapes. No torch here.

The line: subject (which net, in which states) → wiring (layers and blobs) → shapes → parts
(in-place chains folded, repeated blocks on request) → picture (boxes with their text) → layout
(rows, orders, positions, routes) → formats (one file a kind of file).
"""
