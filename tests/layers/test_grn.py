"""GRN against the loop of training_toolbox_caffe."""

from __future__ import annotations

import math

import numpy as np
import pytest

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import close, drawn, run_layer


def test_pixels_are_divided_by_their_length() -> None:
    x, wanted = drawn(2, 3, 4, 5), np.empty((2, 3, 4, 5))
    for n, i, j in np.ndindex(2, 4, 5):
        pixel = x[n, :, i, j].double().numpy()
        wanted[n, :, i, j] = pixel / math.sqrt(sum(v * v for v in pixel) + 0.25)
    close(run_layer("GRN", "grn_param { bias: 0.25 }", x)[0], wanted)


def test_what_the_fork_refuses_or_leaves_out() -> None:
    with pytest.raises(ShapeError, match="bias is below 0"):
        run_layer("GRN", "grn_param { bias: -1 }", drawn(1, 2, 2, 2))
    with pytest.raises(UnsupportedError, match="dummy_backward"):
        run_layer("GRN", "grn_param { dummy_backward: true }", drawn(1, 2, 2, 2))


def test_rows_have_length_one_and_four_axes() -> None:
    x = drawn(2, 3)
    (top,) = run_layer("GRN", "grn_param { bias: 0 }", x)
    assert top.shape == (2, 3, 1, 1)
    close(
        top.flatten(1),
        [[v / math.sqrt(sum(u * u for u in row)) for v in row] for row in x.tolist()],
    )
    with pytest.raises(ShapeError, match="at most 4 axes"):
        run_layer("GRN", "", drawn(1, 2, 2, 2, 2))
