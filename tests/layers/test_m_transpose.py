"""MTranspose against the index arithmetic of CCN."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import close, drawn, run_layer


def test_rows_and_back() -> None:
    x, groups = drawn(2, 6, 2, 4), 3
    wanted = np.empty(96)
    for place, value in enumerate(x.flatten().tolist()):
        n, c, inner = place // 48, place // 8 % 6, place % 8
        row = n * 48 // groups + c // groups * 8 + inner
        wanted[row * groups + c % groups] = value
    (rows,) = run_layer("MTranspose", "mtranspose_param { groups: 3 }", x)
    close(rows, wanted.reshape(32, 3))
    back = "mtranspose_param { groups: 3 inverse: true channel: 6 height: 2 width: 4 }"
    np.testing.assert_array_equal(run_layer("MTranspose", back, rows)[0], x)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("groups: 4", "6 channels are no groups of 4"),
        ("groups: 0", "6 channels are no groups of 0"),
        ("inverse: true channel: 5 height: 3 width: 3", "96 values are no maps"),
    ],
)
def test_sizes_that_do_not_fit(text: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        run_layer("MTranspose", f"mtranspose_param {{ {text} }}", drawn(2, 6, 2, 4))
