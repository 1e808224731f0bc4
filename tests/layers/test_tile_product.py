"""TileProduct against the loop of AttentionMask."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def test_every_channel_is_multiplied() -> None:
    x, weights, wanted = drawn(2, 3, 4, 5), drawn(2, 1, 4, 5, seed=1), np.empty((2, 3, 4, 5))
    for n, c, i, j in np.ndindex(2, 3, 4, 5):
        wanted[n, c, i, j] = float(x[n, c, i, j]) * float(weights[n, 0, i, j])
    close(run_layer("TileProduct", "", x, weights)[0], wanted)


def test_the_map_must_fit() -> None:
    with pytest.raises(ShapeError, match=r"takes \(N, C, H, W\) and \(N, 1, H, W\)"):
        run_layer("TileProduct", "", drawn(2, 3, 4, 5), drawn(2, 3, 4, 5))
