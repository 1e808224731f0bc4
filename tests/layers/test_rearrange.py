"""Rearrange against the loop of caffe-videoSR."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def test_channels_become_pixels() -> None:
    x, wanted = drawn(2, 18, 2, 3), np.empty((2, 2, 6, 9))
    for n, d, h, w, i, j in np.ndindex(2, 2, 2, 3, 3, 3):
        wanted[n, d, h * 3 + i, w * 3 + j] = x[n, (d * 3 + i) * 3 + j, h, w]
    close(run_layer("Rearrange", "rearrange_param { depth: 2 }", x)[0], wanted)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_channels_that_are_no_square(depth: int) -> None:
    with pytest.raises(ShapeError, match="no square number"):
        run_layer("Rearrange", f"rearrange_param {{ depth: {depth} }}", drawn(1, 18, 2, 2))
