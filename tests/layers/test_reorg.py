"""Reorg against the index arithmetic of Darknet's loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes


def darknet(x: np.ndarray, stride: int, reverse: bool) -> np.ndarray:
    """Flat memory to flat memory, as reorg_cpu."""
    n, c, h, w = x.shape
    source, target, part = x.reshape(-1), np.zeros(x.size), c // stride**2
    for b, k, j, i in np.ndindex(n, c, h, w):
        here = i + w * (j + h * (k + c * b))
        column, row = i * stride + k // part % stride, j * stride + k // part // stride
        there = column + w * stride * (row + h * stride * (k % part + part * b))
        if reverse:
            target[there] = source[here]
        else:
            target[here] = source[there]
    return target


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("shape", "stride"), [((2, 4, 4, 6), 2), ((1, 9, 3, 6), 3), ((1, 8, 2, 2), 2)]
)
def test_equals_darknets_loop(shape: tuple[int, ...], stride: int, reverse: bool) -> None:
    x = np.arange(float(np.prod(shape))).reshape(shape)
    text = f"reorg_param {{ stride: {stride} reverse: {str(reverse).lower()} }}"
    (y,) = run_layer("Reorg", text, torch.from_numpy(x))
    assert [tuple(y.shape)] == top_shapes("Reorg", text, [shape])
    np.testing.assert_array_equal(y.numpy().reshape(-1), darknet(x, stride, reverse))


def test_the_stride_is_2_where_none_is_written() -> None:
    x = torch.arange(32.0).reshape(1, 4, 4, 2)
    assert torch.equal(
        *run_layer("Reorg", "", x), *run_layer("Reorg", "reorg_param { stride: 2 }", x)
    )


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("stride: 0", (1, 4, 4, 4)),
        ("", (1, 3, 4, 4)),
        ("stride: 2", (1, 3, 4, 4)),
        ("stride: 2", (1, 4, 5, 4)),
        ("stride: 2 reverse: true", (1, 6, 2, 2)),
    ],
)
def test_refusals(text: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Reorg", f"reorg_param {{ {text} }}", [shape])
    assert caught.value.field == "reorg_param.stride"
