"""ChannelNorm against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import math

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_channel_norm() -> None:
    x, lengths = drawn(2, 3, 4, 5), np.empty((2, 1, 4, 5))
    for n, i, j in np.ndindex(2, 4, 5):
        lengths[n, 0, i, j] = math.sqrt(sum(v * v for v in x[n, :, i, j].tolist()))
    close(run_layer("ChannelNorm", "", x)[0], lengths)
