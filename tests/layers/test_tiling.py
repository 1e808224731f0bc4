"""Tiling against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer, top_shapes


def test_tiling() -> None:
    x = drawn(2, 8, 3, 4)
    expected = np.empty((2, 2, 6, 8))
    for n, c, i, j, ty, tx in np.ndindex(2, 2, 3, 4, 2, 2):
        expected[n, c, 2 * i + ty, 2 * j + tx] = x[n, 4 * c + 2 * ty + tx, i, j]
    close(run_layer("Tiling", "tiling_param { tile_dim: 2 }", x)[0], expected)
    with pytest.raises(ShapeError, match="do not divide"):
        top_shapes("Tiling", "tiling_param { tile_dim: 3 }", [(2, 8, 3, 4)])
