"""SplitChannel against the loop of CCN."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def test_the_first_channels_are_kept() -> None:
    x, wanted = drawn(2, 5, 3, 4), np.empty((2, 2, 3, 4))
    for n, c, i, j in np.ndindex(2, 2, 3, 4):
        wanted[n, c, i, j] = x[n, c, i, j]
    close(run_layer("SplitChannel", "memory_data_param { channels: 2 }", x)[0], wanted)


@pytest.mark.parametrize("channels", [0, 6])
def test_no_more_channels_than_there_are(channels: int) -> None:
    with pytest.raises(ShapeError, match=f"channels is {channels}, of 5 channels"):
        run_layer(
            "SplitChannel", f"memory_data_param {{ channels: {channels} }}", drawn(2, 5, 3, 4)
        )
