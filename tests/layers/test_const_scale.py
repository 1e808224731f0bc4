"""ConstScale against its definition in CCN."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_scaled_and_moved() -> None:
    x = drawn(2, 3)
    (y,) = run_layer("ConstScale", "const_scale_param { scale: -2 bias: 0.5 }", x)
    close(y, [[-2 * v + 0.5 for v in row] for row in x.tolist()])
    np.testing.assert_array_equal(run_layer("ConstScale", "", x)[0], x)
