"""Enlarge against the loop of MAF."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_squares_become_channels() -> None:
    x, scale = drawn(2, 2, 4, 7), 2
    (y,) = run_layer("Enlarge", "", x)
    data = x.numpy()
    top = np.zeros((2, 8, 2, 3))
    for m, n, h, w in np.ndindex(*top.shape):
        row = h * scale + n % (scale * scale) // scale
        column = w * scale + n % (scale * scale) % scale
        top[m, n, h, w] = data[m, n // (scale * scale), row, column]
    close(y, top)
